"""A plan that is told to those who are in it, and what changes of it later."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from rotations import access
from rotations.actions.mailing import places_of, tell_mentors, tell_of_plan
from rotations.models import Duty, DutyEvent, PublishedPlan, Round
from rotations.queries.board import quality
from rotations.queries.planning import planning
from rotations.queries.publishing import entries
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User


@transaction.atomic
def publish_changes(*, of: Round, by: User, at: datetime) -> PublishedPlan:
    """Whoever was proposed since the plan was published sees it from now on, and may answer.

    Raises `NotAllowed`, `Refused`.
    """
    of = Round.objects.select_for_update(of=("self",), no_key=True).select_related("programme").get(pk=of.pk)
    if not access.can_plan(by, of.programme):
        raise NotAllowed(_("You may not plan this round."))
    if of.state not in (Round.State.PUBLISHED, Round.State.RUNNING):
        raise Refused(_("The plan is not published yet."))
    return record_plan(of, by=by, at=at)


def record_plan(of: Round, *, by: User, at: datetime) -> PublishedPlan:
    """The round is locked by the caller. Whoever the difference touches is mailed."""
    plan = planning(of, at)
    worth = quality(plan)
    of.published_at = at
    of.save(update_fields=["published_at"])
    last = of.published_plans.order_by("-number").first()
    made = PublishedPlan.objects.create(
        round=of,
        number=last.number + 1 if last else 1,
        made_by=by,
        made_at=at,
        placements=entries(plan),
        shortfall=worth.shortfall,
        asked=worth.asked,
    )
    # Whoever said no to a place, or was taken off it, and is asked for it once more is asked once more.
    anew = {
        (each.shift_id, each.person_id)
        for each in plan.duties
        if each.state == Duty.State.PROPOSED and last is not None and each.placed_at > last.made_at
    }
    after, known = places_of(made), places_of(last)
    if last is not None:
        known |= {pair: after[pair] for pair in _told_at_once(of, last.made_at) - anew if pair in after}
    before = {pair: place for pair, place in known.items() if pair not in anew}
    tell_of_plan(of=of, before=before, after=after, at=at)
    tell_mentors(of=of, before=known, after=after, at=at)
    return made


def _told_at_once(of: Round, since: datetime) -> set[tuple[int, int]]:
    """Whose mentors were told when somebody took a seat, or when they were changed, after the last plan."""
    duties = Duty.objects.filter(shift__round=of, state__in=Duty.LIVE)
    own = Q(placed_by=F("person"), placed_at__gt=since)
    changed = Q(events__kind=DutyEvent.Kind.MENTORS_CHANGED, events__at__gt=since)
    return set(duties.filter(own | changed).values_list("shift_id", "person_id"))
