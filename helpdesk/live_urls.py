"""What the live process answers over HTTP: whether it is well. Loading every page would cost it memory for nothing."""

from django.urls import path

from helpdesk.lib.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
