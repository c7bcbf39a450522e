"""Time spent on a ticket: what a page measured, what a call took, and what its person says it was."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from tickets import access
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import lock_person
from tickets.models import Ticket, TimeSpent, User

Source = TimeSpent.Source

SHORTEST_S = 10
"""Whoever only looked past is not at work on it."""
LONGEST_VISIT = timedelta(hours=4)
LONGEST_MINUTES = 100 * 60


class ImpossibleTime(Refused):
    message = _("Write how many minutes it was, up to 6000.")


@transaction.atomic
def measured(*, ticket: Ticket, by: User, seconds: int, at: datetime) -> TimeSpent | None:
    """Keep what a page measured until ``at``. Nobody is at two pages at once: of what several report together no more
    is kept than has gone by since the last report. None where nothing is left. Raises `NotAllowed`."""
    if not access.can_note(by, ticket, at):
        raise NotAllowed
    lock_person(by)
    last = TimeSpent.objects.filter(person=by, source=Source.PAGE).order_by("-at").values_list("at", flat=True).first()
    since = max(last or at - LONGEST_VISIT, at - LONGEST_VISIT)
    seconds = min(seconds, int((at - since).total_seconds()))
    if seconds < SHORTEST_S:
        return None
    return TimeSpent.objects.create(ticket=ticket, person=by, seconds=seconds, at=at, source=Source.PAGE)


def talked(*, ticket: Ticket, by: User, seconds: int, at: datetime) -> None:
    """Keep the length of a call."""
    if seconds > 0:
        TimeSpent.objects.create(ticket=ticket, person=by, seconds=seconds, at=at, source=Source.CALL)


@transaction.atomic
def correct(*, ticket: Ticket, by: User, minutes: int, at: datetime) -> TimeSpent | None:
    """Make one's own time on the ticket so many minutes. What was kept stays: the difference is a row of its own, so
    that what was measured and what was said can both be read later. Raises `NotAllowed`, `ImpossibleTime`."""
    if not access.can_note(by, ticket, at):
        raise NotAllowed
    if not 0 <= minutes <= LONGEST_MINUTES:
        raise ImpossibleTime
    lock_person(by)
    own = TimeSpent.objects.filter(ticket=ticket, person=by).aggregate(seconds=Sum("seconds"))["seconds"] or 0
    if own == minutes * 60:
        return None
    return TimeSpent.objects.create(ticket=ticket, person=by, seconds=minutes * 60 - own, at=at, source=Source.BY_HAND)


def even_out(*, ticket: Ticket, at: datetime) -> None:
    """Nobody has spent less than nothing: who took minutes away by hand that have left the ticket since, with the
    ticket they were spent on, gets them back."""
    people = TimeSpent.objects.filter(ticket=ticket).order_by().values("person").annotate(sum=Sum("seconds"))
    TimeSpent.objects.bulk_create(
        TimeSpent(ticket=ticket, person_id=each["person"], seconds=-each["sum"], at=at, source=Source.BY_HAND)
        for each in people.filter(sum__lt=0).order_by("person")
    )
