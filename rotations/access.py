"""Who may say when somebody works."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from tickets.models import Role, User

Person = User | AnonymousUser


def can_keep_absences(user: Person) -> bool:
    """Whoever may have a turn of duty, colleagues included."""
    return isinstance(user, User) and user.is_active and user.role != Role.REQUESTER


def can_keep_hours(user: Person) -> bool:
    """Those whose week is the desk's: colleagues are on duty by their duties alone."""
    return isinstance(user, User) and user.is_active and user.is_support


def can_see_hours_of_teams(user: Person) -> bool:
    return isinstance(user, User) and user.is_active and user.is_lead


def can_enter_for(user: Person, person: User) -> bool:
    """One's own; leads for their teams, admins for everybody. Whoever may enter also reads the notes of absences."""
    if not isinstance(user, User) or not can_keep_absences(user) or not can_keep_absences(person):
        return False
    if user.pk == person.pk or user.role == Role.ADMIN:
        return True
    return user.is_lead and bool(user.team_ids & person.team_ids)
