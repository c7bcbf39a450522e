"""Calendars, policies and edits as the API takes and gives them. What is typed is read by the forms of the pages, so
that the same is refused with the same sentences."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from helpdesk.lib.api_values import Identifier, Moment, StrictSerializer
from helpdesk.lib.one_line import must_be_one_line
from sla import levels
from sla.actions import editing, keeping
from sla.actions.keeping import LONGEST_TARGET_S, Values
from sla.forms import CalendarForm, DayRows
from sla.models import Calendar, CalendarVersion, Edit, Foreseen, Policy, PolicyVersion
from tickets.models import Priority
from tickets.models.ticket import Metric

MOST_DAYS = 400
SEEN = "The `seen` of what you read; a change made meanwhile is refused (`changed_meanwhile`)."


class Span(serializers.ListField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.RegexField(r"^\d{1,2}:\d{2}\Z"), min_length=2, max_length=2, **kwargs)


class DayInput(StrictSerializer):
    """A date on which other hours hold; without any the desk is closed."""

    date = serializers.DateField()
    hours = serializers.ListField(child=Span(), max_length=20, default=list)
    name = serializers.CharField(max_length=100, allow_blank=True, default="", validators=[must_be_one_line])


class CalendarInput(StrictSerializer):
    name = serializers.CharField(max_length=100, validators=[must_be_one_line])
    zone = serializers.CharField(max_length=64, help_text="An IANA name, such as Europe/Warsaw.")
    weekly = serializers.DictField(
        child=serializers.ListField(child=Span(), max_length=20),
        help_text='Hours by weekday, "0" is Monday: {"0": [["08:00", "12:00"], ["13:00", "16:00"]]}. "24:00" ends a '
        "day; what ends before it begins goes on into the next.",
    )
    days = DayInput(many=True, required=False, default=list, max_length=MOST_DAYS)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if wrong := sorted(set(data["weekly"]) - {str(day) for day in range(7)}):
            raise serializers.ValidationError({"weekly": [f"{wrong[0]!r} is no weekday: 0 is Monday, 6 is Sunday."]})
        hours = {f"day_{day}": _typed(data["weekly"].get(str(day), [])) for day in range(7)}
        form = CalendarForm({"name": data["name"], "zone": data["zone"], **hours})
        days = QueryDict(mutable=True)
        for each in data["days"]:
            days.appendlist("date", each["date"].isoformat())
            days.appendlist("hours", _typed(each["hours"]))
            days.appendlist("label", each["name"])
        rows = DayRows.typed(days)
        if not rows.check():
            raise serializers.ValidationError({"days": [f"{row.date}: {row.error}" for row in rows.rows if row.error]})
        if not form.is_valid():
            raise serializers.ValidationError(
                {
                    "weekly" if name.startswith("day_") or name == "__all__" else name: list(said)
                    for name, said in form.errors.items()
                }
            )
        return {
            **{name: form.cleaned_data[name] for name in ("name", "zone", "weekly")},
            "exceptions": rows.exceptions,
            "names": rows.names,
        }


def _typed(spans: list[list[str]]) -> str:
    return ", ".join("-".join(span) for span in spans)


class CalendarChangeInput(CalendarInput):
    seen = serializers.CharField(max_length=64, help_text=SEEN)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        return {**super().validate(data), "seen": data["seen"]}


PRIORITIES = {priority.name.lower(): str(priority.value) for priority in Priority}


class Targets(StrictSerializer):
    """Whole seconds of working time; what is missing is not promised."""

    first_response = serializers.IntegerField(required=False, min_value=1, max_value=LONGEST_TARGET_S)
    next_response = serializers.IntegerField(required=False, min_value=1, max_value=LONGEST_TARGET_S)
    resolution = serializers.IntegerField(required=False, min_value=1, max_value=LONGEST_TARGET_S)


class TargetsByPriority(StrictSerializer):
    low = Targets(required=False)
    normal = Targets(required=False)
    high = Targets(required=False)
    urgent = Targets(required=False)


class PolicyInput(StrictSerializer):
    name = serializers.CharField(max_length=100, validators=[must_be_one_line])
    conditions = serializers.CharField(
        max_length=1000,
        allow_blank=True,
        default="",
        help_text="A search, such as `tag:vip`: for which tickets. The default policy has none.",
    )
    calendar = Identifier(help_text="Number of the calendar whose working time counts.")
    targets = TargetsByPriority()
    hold_pauses = serializers.BooleanField(default=True, help_text="Whether on hold stops the clock of the solution.")
    levels = serializers.ListField(
        child=serializers.DictField(),
        max_length=levels.MOST_LEVELS,
        required=False,
        help_text='When somebody is told: {"used_percent": 75, "recipients": ["assignee"]}, {"minutes": -30, …}, '
        '{"breach": true, …}; recipients are assignee, team, lead.',
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if not Calendar.objects.filter(pk=data["calendar"], versions__replaced_at=None).exists():
            raise serializers.ValidationError({"calendar": ["There is no such calendar."]})
        said = data.get("levels", levels.usual())
        try:
            levels.read(said)
        except (ValueError, TypeError) as wrong:
            raise serializers.ValidationError({"levels": [str(wrong)]}) from wrong
        targets = {
            PRIORITIES[priority]: {metric: by_metric[metric] for metric in Metric.values if metric in by_metric}
            for priority, by_metric in data["targets"].items()
        }
        targets = {priority: targets[priority] for priority in sorted(targets) if targets[priority]}
        if not targets:
            raise serializers.ValidationError(
                {"targets": ["A policy without any target promises nothing: give at least one."]}
            )
        return {**data, "conditions": data["conditions"].strip(), "targets": targets, "levels": said}


class PolicyChangeInput(PolicyInput):
    seen = serializers.CharField(max_length=64, help_text=SEEN)


class SeenInput(StrictSerializer):
    seen = serializers.CharField(max_length=64, help_text=SEEN)


class DefaultInput(SeenInput):
    conditions = serializers.CharField(
        max_length=1000, help_text="A search: for which tickets the default of until now is from then on."
    )


class OrderInput(SeenInput):
    order = serializers.ListField(
        child=Identifier(), max_length=1000, help_text="Numbers of all policies but the default one, as they are asked."
    )


class CountInput(StrictSerializer):
    everything = serializers.BooleanField(default=False, help_text="Also the tickets that were left out.")


class PageInput(StrictSerializer):
    offset = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)


class CalendarOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    zone = serializers.CharField()
    weekly = serializers.DictField(child=serializers.ListField(child=Span()))
    days = DayInput(many=True)
    version = serializers.IntegerField()
    seen = serializers.CharField(help_text="What a change names as `seen`.")


class CalendarList(serializers.Serializer[Any]):
    results = CalendarOutput(many=True)


class PolicyOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    is_default = serializers.BooleanField()
    conditions = serializers.CharField()
    calendar = serializers.IntegerField()
    targets = TargetsByPriority()
    hold_pauses = serializers.BooleanField()
    levels = serializers.ListField(child=serializers.DictField())
    version = serializers.IntegerField()
    seen = serializers.CharField(help_text="What a change names as `seen`.")
    seen_as_default = serializers.CharField(help_text="The same for making it the default.")


class PolicyList(serializers.Serializer[Any]):
    """In the order in which they are asked, the default one last."""

    results = PolicyOutput(many=True)
    seen = serializers.CharField(help_text="What another order names as `seen`.")


class ChangeOutput(serializers.Serializer[Any]):
    ticket = serializers.IntegerField()
    metric = serializers.ChoiceField(choices=Metric.choices)
    due_at = Moment(allow_null=True)
    becomes_due_at = Moment(allow_null=True)
    is_overdue = serializers.BooleanField(help_text="It would be overdue, and is not.")


class EditOutput(serializers.Serializer[Any]):
    """A change that is foreseen, decided on, or done."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Edit.Kind.choices)
    target = serializers.IntegerField(allow_null=True, help_text="Number of the calendar or the policy.")
    state = serializers.ChoiceField(choices=Edit.State.choices)
    before = serializers.DictField()
    proposed = serializers.DictField(help_text="Empty: it is removed.")
    by = serializers.IntegerField()
    made_at = Moment()
    total = serializers.IntegerField(help_text="Tickets with clocks that are not over.")
    counted = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="Due times that it would change, of what was counted.")
    overdue = serializers.IntegerField(help_text="Of them, what would become overdue.")
    applied = serializers.IntegerField()
    applied_at = Moment(allow_null=True)
    refused = serializers.CharField(allow_blank=True)


class EditPage(EditOutput):
    changes = ChangeOutput(many=True, help_text="Up to 100 due times that change, the worst first.")
    next_offset = serializers.IntegerField(allow_null=True)


class EditList(serializers.Serializer[Any]):
    results = EditOutput(many=True)


def shown_calendar(row: Calendar, version: CalendarVersion) -> Values:
    values = keeping.values_of_calendar(row, version)
    days = [
        {"date": day, "hours": spans, "name": values["names"].get(day, "")}
        for day, spans in sorted(values["exceptions"].items())
    ]
    told = {name: values[name] for name in ("name", "zone", "weekly")}
    return {"id": row.pk, **told, "days": days, "version": version.number, "seen": editing.fingerprint(values)}


def shown_policy(row: Policy, version: PolicyVersion, default: int | None) -> Values:
    """``default`` is the number of the default policy."""
    values = keeping.values_of_policy(row, version)
    names = {number: name for name, number in PRIORITIES.items()}
    return {
        "id": row.pk,
        "is_default": row.is_default,
        **values,
        "targets": {names[priority]: by_metric for priority, by_metric in values["targets"].items()},
        "version": version.number,
        "seen": editing.fingerprint(values),
        "seen_as_default": editing.fingerprint(keeping.default_of(default, row.conditions)),
    }


def shown_edit(row: Edit) -> Values:
    names = EditOutput().fields.keys() - {"by"}
    return dict(EditOutput({name: getattr(row, name) for name in names} | {"by": row.by_id}).data)


def shown_change(row: Foreseen) -> Values:
    return {
        "ticket": row.ticket_id,
        **{name: getattr(row, name) for name in ("metric", "due_at", "becomes_due_at", "is_overdue")},
    }
