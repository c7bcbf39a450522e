from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SlaConfig(AppConfig):
    name = "sla"

    def ready(self) -> None:
        # Connects the receiver of ticket_event, and makes `sla:` and `metric:` known to the search.
        from sla import access, beside, receivers, searching  # noqa: F401
        from sla.actions import reporting
        from sla.actions.announcing import BROKEN, WARNING
        from sla.actions.keeping import policy_in_words
        from sla.figures import outlook
        from sla.queries import hours
        from sla.views.words import LABELS
        from tickets import notices
        from tickets.queries import alongside, audit, working_time
        from tickets.queries.places import Place, register

        working_time.register(hours)
        for kind in ("policy", "calendar"):
            audit.register(kind, audit.Words(LABELS, policy_in_words))
        alongside.register("clocks_beside", beside.newest_clocks)
        alongside.register("outlook_beside", beside.newest_outlook)
        alongside.register("on_a_problem", outlook.on_a_problem)
        for name, label, icon in (
            (WARNING, _("A promise is about to break"), "sla-warning"),
            (BROKEN, _("A promise is broken"), "sla-breached"),
        ):
            notices.register(notices.Kind(name, label, icon, notices.Way.MAIL))
        notices.register_regular_mail(
            notices.RegularMail(
                reporting.REPORT,
                _("Weekly report"),
                reporting.wants,
                lambda person: reporting.want_no_more(by=person),
            )
        )

        register(Place("dashboard", _("Dashboard"), "gauge", "sidebar", access.can_see_dashboard, act="go_dashboard"))
        register(Place("promises", _("Promises (SLA)"), "flag", "sidebar", access.can_see_promises))
