"""Who may do what with promises."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from tickets.models import Role, User

Person = User | AnonymousUser


def can_see_promises(user: Person) -> bool:
    """Calendars and policies, to look at."""
    return isinstance(user, User) and user.is_active and user.is_lead


def can_keep_promises(user: Person) -> bool:
    """Calendars and policies, to change."""
    return isinstance(user, User) and user.is_active and user.role == Role.ADMIN


def can_see_dashboard(user: Person) -> bool:
    """The figures of one's teams; of all of them for administrators."""
    return isinstance(user, User) and user.is_active and user.is_support


def can_want_report(user: Person) -> bool:
    """The weekly report by mail."""
    return isinstance(user, User) and user.is_active and user.is_lead
