"""What can be asked of promises by name: `sla:breached`, `metric:first_response`. Verdicts are from times, as of the
moment of the search, whether or not the sweep has looked."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import DateTimeField, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, Value
from django.utils.translation import gettext_lazy as _

from sla.models import Clock
from tickets.models import DueState
from tickets.models.ticket import due_between
from tickets.queries.searching.meaning import Reading, means
from tickets.searching.fields import Field, Kind, choices, register
from tickets.searching.tree import Property
from tickets.searching.tree import Value as Word

NEAR = timedelta(minutes=30)
SHARE = 4
"""The pill turns amber when half an hour, or a quarter of the promise, is left."""
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
        share = ExpressionWrapper(F("sla_target_s") * Value(timedelta(seconds=1) / SHARE), output_field=DurationField())
        is_short = Q(due_at__lte=ExpressionWrapper(Value(at) + share, output_field=DateTimeField()))
        return due_between(at, at + FARTHEST) & (Q(due_at__lte=at + NEAR) | is_short)
    if value.meaning == "missed":
        return Q(Exists(Clock.objects.filter(ticket=OuterRef("pk"), state=Clock.State.MISSED)))
    states = {"running": DueState.RUNNING, "paused": DueState.PAUSED, "met": DueState.MET}
    return Q(sla_state=states[str(value.meaning)])


@means("metric")
def _metric(node: Property, value: Word, reading: Reading) -> Q:
    """The promise that runs, or is paused, and that the pill shows."""
    return Q(sla_metric=value.meaning, sla_state__in=[DueState.RUNNING, DueState.PAUSED])


for each in (
    Field("sla", Kind.CHOICE, _("how its promises stand: breached, warning, missed"), ("obietnica",), _STATES),
    Field("metric", Kind.CHOICE, _("what is due next: a first reply, a solution"), ("miara",), _METRICS),
):
    register(each)
