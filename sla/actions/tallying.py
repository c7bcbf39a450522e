"""Keeping the sums of past weeks. A week is counted anew as a whole, so that a run that was killed leaves the figures
of the run before, and any number of runs at once end with the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from sla.figures import tallies
from sla.figures.tallies import Key
from sla.models import TalliedWeek, Tally

NONE = (0, 0)


@dataclass(frozen=True)
class Difference:
    """``kept`` and ``counted``: how many, and how many of them did well."""

    week: date
    what: Key
    kept: tuple[int, int]
    counted: tuple[int, int]


def count_running(*, at: datetime) -> None:
    """The running week and the one before, where what happens now is counted."""
    _count_weeks(tallies.weeks(at)[-2:], at=at)


def count_all(*, at: datetime) -> None:
    """All weeks that are shown: old ones change too, by what is recorded late, merged or thrown away. Weeks that are
    shown no more are forgotten."""
    shown = tallies.weeks(at)
    _count_weeks(shown, at=at)
    Tally.objects.filter(week__lt=shown[0]).delete()
    TalliedWeek.objects.filter(week__lt=shown[0]).delete()


def _count_weeks(weeks: Iterable[date], *, at: datetime) -> None:
    for week in weeks:
        count(week, at=at)


@transaction.atomic
def count(week: date, *, at: datetime) -> bool:
    """Count one week as of ``at``. Returns False where a later count is there already."""
    known, is_new = TalliedWeek.objects.select_for_update().get_or_create(week=week, defaults={"at": at})
    if not is_new and known.at > at:
        return False
    sums = tallies.of_week(week, at)
    Tally.objects.filter(week=week).delete()
    Tally.objects.bulk_create(
        Tally(week=week, queue_id=queue, figure=figure, key=key, count=number, good=good)
        for (queue, figure, key), (number, good) in sorted(sums.items())
    )
    TalliedWeek.objects.filter(week=week).update(at=at)
    return True


def differences() -> list[Difference]:
    """Where what is kept differs from the raw count, as of the moment each week was counted. What has happened to
    tickets of those weeks since then differs too: it is asked right after a count, in one picture of the database."""
    found = []
    for known in TalliedWeek.objects.order_by("week"):
        rows = Tally.objects.filter(week=known.week).values_list("queue", "figure", "key", "count", "good")
        kept = {(queue, figure, key): (count, good) for queue, figure, key, count, good in rows}
        counted = tallies.of_week(known.week, known.at)
        for key in sorted(kept.keys() | counted.keys()):
            if kept.get(key) != counted.get(key):
                found.append(Difference(known.week, key, kept.get(key, NONE), counted.get(key, NONE)))
    return found
