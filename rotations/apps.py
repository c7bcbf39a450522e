from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RotationsConfig(AppConfig):
    name = "rotations"
    verbose_name = _("Duties")

    def ready(self) -> None:
        from rotations import access
        from rotations.queries import my_duty
        from tickets import notices
        from tickets.queries.places import Place, register, register_start

        register_start(my_duty.start)
        register(Place("my_duty", _("My duty"), "home", "sidebar", access.can_volunteer))
        register(Place("duties", _("Duties"), "rota", "sidebar", access.can_see_duties))
        register(Place("mentoring", _("Mentoring"), "mentor", "sidebar", access.can_look_after))
        register(Place("team_hours", _("Working hours"), "clock", "sidebar", access.can_see_hours_of_teams))
        register(Place("own_hours", _("My hours and absences"), "clock", "settings", access.can_keep_absences))
        register(Place("feeds", _("Calendar subscriptions"), "calplus", "settings", access.can_keep_absences))
        for name, label, icon in (
            ("handover_offer", _("You are asked to take a ticket over"), "handover"),
            ("handed_back", _("Left at the end of a duty, back in the queue"), "handover"),
        ):
            notices.register(notices.Kind(name, label, icon))
        for name, label, icon in (
            ("mentor_away", _("A mentor is not there"), "mentor"),
            ("mentors_changed", _("Who looks after whom on duty"), "mentor"),
            ("left_day_taken", _("Somebody takes a day of duty that was left"), "swap"),
            ("rules_open", _("Rules of duty to talk over"), "chat"),
        ):
            notices.register(notices.Kind(name, label, icon, notices.Way.MAIL))
