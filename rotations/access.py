"""Who may say when somebody works, who plans duties and who takes them."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from rotations.models import Duty, Programme, Round
from tickets.models import Queue, Role, User

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


def can_plan(user: Person, programme: Programme) -> bool:
    """Leads for their own teams, admins for all."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.role == Role.ADMIN or (user.is_lead and programme.team_id in user.team_ids)


def can_mentor(user: User, programme: Programme) -> bool:
    return user.is_active and user.is_support and programme.team_id in user.team_ids


def can_volunteer(user: Person) -> bool:
    """Colleagues: whoever works at the desk anyway has no turn of duty there."""
    return isinstance(user, User) and user.is_active and user.role == Role.COLLEAGUE


def can_offer(user: User, queue: Queue) -> bool:
    """To volunteers, in a programme: leads the queues of their teams."""
    return user.role == Role.ADMIN or queue.team_id in user.team_ids


def can_plan_any(user: Person) -> bool:
    return isinstance(user, User) and user.is_active and user.is_lead


def can_see_duties(user: Person) -> bool:
    return can_volunteer(user) or can_plan_any(user)


def can_see_round(user: Person, of: Round) -> bool:
    """When its shifts are, and how many people are there: the team, and every colleague once people may sign up."""
    if not isinstance(user, User):
        return False
    if can_plan(user, of.programme) or can_mentor(user, of.programme):
        return True
    return can_volunteer(user) and of.state != Round.State.DRAFT


def can_discuss(user: Person, of: Round) -> bool:
    """Read the rules with what was said of them: the team, and every colleague once a draft is open for comments, and
    of such a draft also when it is one no more."""
    if not isinstance(user, User):
        return False
    if can_plan(user, of.programme) or can_mentor(user, of.programme):
        return True
    return can_volunteer(user) and of.discussed_since is not None


def can_see_who_is_on_duty(user: Person, programme: Programme) -> bool:
    return isinstance(user, User) and (can_plan(user, programme) or can_mentor(user, programme))


def can_close_handover(user: Person, duty: Duty) -> bool:
    """Its mentors, and whoever plans for the team: a mentor may have left. Never the volunteer."""
    if not isinstance(user, User) or not user.is_active or user.pk == duty.person_id:
        return False
    return user.pk in (duty.mentor_id, duty.deputy_id) or can_plan(user, duty.shift.round.programme)


def can_look_after(user: Person) -> bool:
    """Whoever may be a mentor, or be asked to take a ticket over."""
    return isinstance(user, User) and user.is_active and user.is_support


def can_look_back(user: Person, of: Round) -> bool:
    """What came of a round: the team from its beginning, and every colleague once it is closed."""
    if not isinstance(user, User) or not of.shows_plan:
        return False
    if can_plan(user, of.programme) or can_mentor(user, of.programme):
        return True
    return can_volunteer(user) and of.state == Round.State.CLOSED
