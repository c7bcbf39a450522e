"""How many people a round wants: taken from the desk's history, or set by a planner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations import access
from rotations.models import Demand, Round
from rotations.queries import demand as queries
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User


@transaction.atomic
def take_from_history(*, of: Round, by: User, at: datetime) -> None:
    """Everything anew, also what was set by hand. Raises `NotAllowed`, `Refused`."""
    of = _locked(of, by)
    weekdays = queries.weekdays_of(of.shifts.filter(cancelled_at=None))
    seen = queries.history(of.programme, at, weekdays)
    if not any(each.arrivals for each in seen.values()):
        raise Refused(_("Nothing came to these queues in the last twelve weeks. Enter by hand whom you want."))
    _store(of, queries.suggested(seen), Demand.Source.HISTORY)


@transaction.atomic
def set_demand(*, of: Round, wanted: Mapping[queries.Place, queries.Wanted], by: User) -> None:
    """What is not among it is wanted by nobody. Raises `NotAllowed`, `Refused`."""
    of = _locked(of, by)
    parts, channels = set(queries.parts(of.programme.part_edges)), set(queries.channels_of(of.programme))
    parts |= {(each.starts, each.ends) for each in of.demands.all()}
    for (weekday, part, channel), each in wanted.items():
        if weekday not in range(7) or part not in parts or channel not in channels:
            raise Refused(_("The parts of the day have changed in the meantime. Look again."))
        if not 0 <= each.people <= 99 or not 1 <= each.weight <= 9:
            raise Refused(_("Enter 0 to 99 people and a weight of 1 to 9."))
    _store(of, wanted, Demand.Source.MANUAL)


def _store(of: Round, wanted: Mapping[queries.Place, queries.Wanted], source: Demand.Source) -> None:
    """A cell whose figures stay keeps where they came from."""
    before = {(each.weekday, (each.starts, each.ends), each.channel): each for each in of.demands.all()}
    of.demands.all().delete()
    rows = []
    for (weekday, part, channel), each in wanted.items():
        old = before.get((weekday, part, channel))
        is_kept = old is not None and (old.people, old.weight) == (each.people, each.weight)
        kept_source = old.source if is_kept and old is not None and source == Demand.Source.MANUAL else source
        rows.append(
            Demand(
                round=of, weekday=weekday, starts=part[0], ends=part[1], channel=channel, people=each.people,
                weight=each.weight, source=kept_source,
            )
        )  # fmt: skip
    Demand.objects.bulk_create(rows)


def _locked(of: Round, by: User) -> Round:
    of = Round.objects.select_for_update(of=("self",), no_key=True).select_related("programme").get(pk=of.pk)
    if not access.can_plan(by, of.programme):
        raise NotAllowed(_("You may not plan this round."))
    if of.state in (Round.State.REFLECTING, Round.State.CLOSED, Round.State.CANCELLED):
        raise Refused(_("This round is over."))
    return of
