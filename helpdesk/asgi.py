"""The live process: WebSockets alone. Pages are served by WSGI, which is several times faster here."""

import os
from typing import Any

import django
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

django.setup(set_prefix=False)


class Health(ASGIHandler):
    """Only helpdesk/live_urls.py: the pages' modules are a fifth of what this process would hold in memory."""

    def create_request(self, scope: Any, body_file: Any) -> Any:
        request, error = super().create_request(scope, body_file)
        if request is not None:
            request.urlconf = "helpdesk.live_urls"
        return request, error


from tickets.consumers import LiveConsumer  # noqa: E402  models are ready only after the application is made

application = ProtocolTypeRouter(
    {
        "http": Health(),
        "websocket": OriginValidator(
            AuthMiddlewareStack(URLRouter([path("live/", LiveConsumer.as_asgi())])),
            [settings.SITE_URL, *(f"http://{host}:{settings.PORT}" for host in settings.ALLOWED_HOSTS)],
        ),
    }
)
