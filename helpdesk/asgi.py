"""The live process: WebSockets alone. Pages are served by WSGI, which is several times faster here."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

http = get_asgi_application()

from tickets.consumers import LiveConsumer  # noqa: E402  models are ready only after the application is made

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": OriginValidator(
            AuthMiddlewareStack(URLRouter([path("live/", LiveConsumer.as_asgi())])),
            [settings.SITE_URL, *(f"http://{host}:{settings.PORT}" for host in settings.ALLOWED_HOSTS)],
        ),
    }
)
