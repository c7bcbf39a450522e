from django.conf import settings
from django.urls import include, path
from django.views.i18n import set_language

from helpdesk.lib.health import healthz, readyz
from tickets import admin

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("language/", set_language, name="set_language"),
    path("accounts/", include("tickets.account_urls")),
    path("admin/", admin.site.urls),
    path("api/", include("tickets.api.urls")),
    path("api/", include("sla.api.urls")),
    path("", include("rotations.urls")),
    path("", include("sla.urls")),
    path("", include("tickets.urls")),
]

handler400 = "tickets.views.errors.bad_request"
handler403 = "tickets.views.errors.forbidden"
handler404 = "tickets.views.errors.not_found"
handler429 = "tickets.views.errors.too_many_requests"  # allauth's limits on signing in and on mail
handler500 = "tickets.views.errors.server_error"

if settings.DEBUG:
    from django.contrib.staticfiles.urls import staticfiles_urlpatterns

    urlpatterns += staticfiles_urlpatterns()
