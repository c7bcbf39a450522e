"""What settings of promises are called, and the difference of two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from sla.actions import keeping
from sla.actions.keeping import Values
from sla.models import Edit, Policy
from tickets.actions.auditing import differences
from tickets.models import AuditEntry

LABELS: dict[str, Any] = {
    "name": pgettext_lazy("of a thing", "Name"),
    "zone": gettext_lazy("Time zone"),
    **{f"weekday_{number}": name for number, name in WEEKDAYS.items()},
    "days": gettext_lazy("Days that differ"),
    "conditions": gettext_lazy("For which tickets"),
    "calendar": gettext_lazy("Calendar of working time"),
    "targets": gettext_lazy("Promises"),
    "hold_pauses": gettext_lazy("On hold stops the clock"),
    "levels": gettext_lazy("Warnings"),
    "order": gettext_lazy("Order"),
    "is_default": gettext_lazy("Default policy"),
    "default": gettext_lazy("Default policy"),
    "own_conditions": gettext_lazy("The new default is for"),
    "conditions_before": gettext_lazy("The default until now is for"),
}


@dataclass(frozen=True)
class Difference:
    label: str
    old: list[str]
    new: list[str]


def told(kind: str, values: Values) -> Values:
    """The values in words; nothing of nothing."""
    if not values:
        return {}
    if kind == Edit.Kind.CALENDAR:
        return keeping.told_calendar(values)
    if kind == Edit.Kind.POLICY:
        return keeping.told_policy(values)
    if kind == Edit.Kind.DEFAULT:
        name = Policy.objects.filter(pk=values["default"]).values_list("name", flat=True).first()
        return {
            "default": name or "–",
            "own_conditions": values["own_conditions"] or _("whatever fits no other"),
            "conditions_before": values["conditions"] or _("whatever fits no other"),
        }
    names = dict(Policy.objects.filter(pk__in=values["order"]).values_list("pk", "name"))
    return {"order": "; ".join(names.get(number, "?") for number in values["order"])}


def compared(kind: str, old: Values, new: Values) -> list[Difference]:
    pairs = differences(told(kind, old), told(kind, new))
    return [Difference(str(LABELS[name]), _lines(one), _lines(other)) for name, (one, other) in pairs.items()]


@dataclass(frozen=True)
class Line:
    entry: AuditEntry
    is_new: bool
    changes: list[Difference]


def in_lines(entries: list[AuditEntry]) -> list[Line]:
    """The history of a calendar or a policy, as the audit has it."""
    return [
        Line(
            entry,
            entry.action == AuditEntry.Action.ADDED,
            [
                Difference(str(LABELS[name]), *(_lines(keeping.policy_in_words(name, each)) for each in pair))
                for name, pair in entry.data.items()
                if name in LABELS
            ],
        )
        for entry in entries
    ]


def _lines(value: Any) -> list[str]:
    if value is None or value == "":
        return [pgettext("value", "empty")]
    if isinstance(value, bool):
        return [_("Yes") if value else _("No")]
    return str(value).split("; ")
