"""Who looks after a volunteer: suggested by the rule of the greedy plan, named by whoever plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations import access, solver
from rotations.actions import telling
from rotations.actions.locking import locked
from rotations.actions.rights import renew_rights
from rotations.models import Duty, DutyEvent, Programme
from rotations.queries.planning import planning
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User

Pair = tuple[User | None, User | None]


class NobodyHasRoom(Refused):
    message = _("No mentor of the team is there on these days and has room. Name one yourself.")


class NotMentors(Refused):
    message = _("Mentors are two different people of the team.")


def check_mentors(programme: Programme, mentor: User | None, deputy: User | None) -> None:
    chosen = [each for each in (mentor, deputy) if each is not None]
    if len({each.pk for each in chosen}) < len(chosen):
        raise NotMentors
    if not all(access.can_mentor(each, programme) for each in chosen):
        raise NotMentors


def suggested(duty: Duty, at: datetime) -> Pair:
    """Who could look after a duty that stands in the plan, as if it had no mentors yet; nobody where nobody is there
    with room."""
    plan = planning(duty.shift.round, at)
    own = (duty.person_id, duty.shift_id)
    problem = replace(
        plan.problem, locked=tuple(each for each in plan.problem.locked if (each.volunteer, each.slot) != own)
    )
    if duty.person_id not in {each.id for each in problem.volunteers} or duty.shift_id not in plan.shifts:
        return None, None
    first, second = solver.suggest_mentors(problem, duty.person_id, duty.shift_id)
    return plan.mentors.get(first or 0), plan.mentors.get(second or 0)


@transaction.atomic
def name_mentors(*, duty: Duty, mentor: User | None, deputy: User | None, by: User, at: datetime) -> Duty:
    """Others look after the duty from now on; who has most room where nobody is named. A duty that was told of tells
    those it concerns at once. Raises `NotAllowed`, `NotMentors`, `NobodyHasRoom`, `Refused`."""
    person, shift = locked(person_id=duty.person_id, shift_id=duty.shift_id)
    duty = (
        Duty.objects.select_for_update(of=("self",), no_key=True)
        .select_related("grant", "mentor", "deputy")
        .get(pk=duty.pk)
    )
    duty.person, duty.shift = person, shift
    if not access.can_plan(by, shift.round.programme):
        raise NotAllowed(_("You may not plan this round."))
    if duty.state not in Duty.LIVE or shift.ends_at <= at:
        raise Refused(_("It is too late for that: the duty is over, or answered otherwise."))
    if mentor is None and deputy is None:
        mentor, deputy = suggested(duty, at)
        if mentor is None:
            raise NobodyHasRoom
    if mentor is None:
        mentor, deputy = deputy, None
    check_mentors(shift.round.programme, mentor, deputy)
    before = (duty.mentor, duty.deputy)
    if (mentor, deputy) == before:
        return duty
    duty.mentor, duty.deputy = mentor, deputy
    duty.save(update_fields=["mentor", "deputy"])
    named = [each.pk for each in (mentor, deputy) if each is not None]
    DutyEvent.objects.create(duty=duty, kind=DutyEvent.Kind.MENTORS_CHANGED, actor=by, at=at, data={"mentors": named})
    if duty.grant is not None:
        renew_rights(duty, at=at)
    published_at = shift.round.published_at
    is_known = published_at is not None and (duty.state != Duty.State.PROPOSED or duty.placed_at <= published_at)
    if shift.round.shows_plan and is_known:
        telling.tell_of_mentors(duty, before=[each for each in before if each is not None], by=by, at=at)
    return duty
