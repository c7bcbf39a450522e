from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SlaConfig(AppConfig):
    name = "sla"

    def ready(self) -> None:
        from sla import access, receivers  # noqa: F401  connects the receiver of ticket_event
        from tickets.queries.places import Place, register

        register(Place("promises", _("Promises (SLA)"), "flag", "sidebar", access.can_see_promises))
