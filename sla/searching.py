"""What can be asked of promises by name: `sla:breached`, `metric:first_response`. Verdicts are from times, as of the
moment of the search, whether or not the sweep has looked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from sla import queries
from sla.models import Clock
from tickets.models import DueState
from tickets.models.ticket import due_between
from tickets.queries.searching.meaning import Reading, means
from tickets.searching.fields import Field, Kind, choices, register
from tickets.searching.tree import Property
from tickets.searching.tree import Value as Word

NEAR_S = 30 * 60
SHARE = 4
"""The pill turns amber when half an hour, or a quarter of the promise, of working time is left."""
FARTHEST = timedelta(days=366 * 10)

_STATES = choices(
    "breached broken zlamane przekroczone",
    "warning amber zagrozone ostrzezenie",
    "running biegnie",
    "paused wstrzymane",
    "met kept dotrzymane",
    "missed niedotrzymane",
)
_METRICS = choices(
    "first_response first first-response pierwsza",
    "next_response next next-response nastepna",
    "resolution solution rozwiazanie",
)


@means("sla")
def _sla(node: Property, value: Word, reading: Reading) -> Q:
    at = reading.at
    if value.meaning == "breached":
        return Q(breached_at__isnull=False) | due_between(None, at)
    if value.meaning == "warning":
        return _amber(at)
    if value.meaning == "missed":
        return Q(Exists(Clock.objects.filter(ticket=OuterRef("pk"), state=Clock.State.MISSED)))
    states = {"running": DueState.RUNNING, "paused": DueState.PAUSED, "met": DueState.MET}
    return Q(sla_state=states[str(value.meaning)])


def _amber(at: datetime) -> Q:
    """Running, not broken, and of working time so little left as the pill asks for (tickets.templatetags.promises).

    For each calendar and each length of a promise that there is, working time gives the moment before which a promise
    must be due to be amber now; so only a stretch of the work order is looked at, whatever is open.
    """
    moments = {
        calendar << 32 | target_s: _amber_until(calendar, target_s, at)
        for calendar, target_s in queries.promised_lengths(NEAR_S * SHARE)
    }
    target = Greatest(Coalesce("sla_target_s", 0), NEAR_S * SHARE)
    until = _Listed(moments, F("sla_calendar_id") * (1 << 32) + target)
    every_hour = ExpressionWrapper(
        Value(at) + ExpressionWrapper((target / SHARE + 1) * Value(timedelta(seconds=1)), output_field=DurationField()),
        output_field=DateTimeField(),
    )
    near = max([at + timedelta(seconds=NEAR_S), *moments.values()])
    return due_between(at, near) & Q(work_at__lt=Coalesce(until, every_hour))


class _Listed(Func):
    """What is said for a key; NULL for others."""

    arg_joiner, template = ")[", "(%(expressions)s]"
    output_field = DateTimeField()

    def __init__(self, said: dict[int, datetime], key: Any) -> None:
        keys = Value(list(said), output_field=ArrayField(BigIntegerField()))
        values = Value(list(said.values()), output_field=ArrayField(DateTimeField()))
        place = Func(
            Cast(keys, ArrayField(BigIntegerField())), key, function="array_position", output_field=IntegerField()
        )
        super().__init__(Cast(values, ArrayField(DateTimeField())), place)


def _amber_until(calendar: int, target_s: int, at: datetime) -> datetime:
    try:
        return queries.hours(calendar).due(at, max(NEAR_S, target_s // SHARE) + 1)
    except ValueError:  # beyond all years
        return at + FARTHEST


@means("metric")
def _metric(node: Property, value: Word, reading: Reading) -> Q:
    """The promise that runs, or is paused, and that the pill shows."""
    return Q(sla_metric=value.meaning, sla_state__in=[DueState.RUNNING, DueState.PAUSED])


for each in (
    Field(
        "sla",
        Kind.CHOICE,
        _("how its promises stand: breached, missed; warning is the amber of the pills, by working time"),
        ("obietnica",),
        _STATES,
    ),
    Field("metric", Kind.CHOICE, _("what is due next: a first reply, a solution"), ("miara",), _METRICS),
):
    register(each)
