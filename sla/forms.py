"""What people type about hours and promises, checked. What may be done, and can be done at all, the actions say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.dates import WEEKDAYS
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from helpdesk.lib.one_line import must_be_one_line, one_line
from rotations.weekly_hours import DAY, Block, WrongHours, checked, read_day
from sla import durations, queries
from sla.days_files import LONGEST_NAME, MOST_DAYS
from sla.durations import WrongDuration
from sla.levels import MOST_MINUTES, MOST_PERCENT
from sla.models import Calendar
from tickets.models import Channel, Priority, Queue
from tickets.models.ticket import Metric

Spans = list[list[str]]

BLANK_ROWS = 3
QUIET = {"autocomplete": "off", "spellcheck": "false", "translate": "no"}


def zones() -> list[str]:
    return [*sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")), "UTC"]


def spans_of(blocks: Iterable[Block]) -> Spans:
    """As versions store them."""
    return [[_time(each.starts), _time(each.ends if each.ends <= DAY else each.ends % DAY)] for each in sorted(blocks)]


def write_spans(spans: Iterable[Iterable[str]]) -> str:
    """As `rotations.weekly_hours.read_day` reads them."""
    return ", ".join("-".join(span) for span in spans)


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _hours_field(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=100, widget=forms.TextInput(QUIET))


class CalendarForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=100, validators=[must_be_one_line])
    zone = forms.CharField(
        label=gettext_lazy("Time zone"), max_length=64, widget=forms.TextInput({**QUIET, "list": "zones"})
    )
    day_0 = _hours_field(WEEKDAYS[0])
    day_1 = _hours_field(WEEKDAYS[1])
    day_2 = _hours_field(WEEKDAYS[2])
    day_3 = _hours_field(WEEKDAYS[3])
    day_4 = _hours_field(WEEKDAYS[4])
    day_5 = _hours_field(WEEKDAYS[5])
    day_6 = _hours_field(WEEKDAYS[6])

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[f"day_{day}"] for day in range(7)]

    def clean_zone(self) -> str:
        zone = self.cleaned_data["zone"].strip()
        if zone not in available_timezones() or zone in ("localtime", "posixrules", "Factory"):
            raise forms.ValidationError(
                _("“%(zone)s” is no time zone. Choose one of the list, such as Europe/Warsaw.") % {"zone": zone}
            )
        return zone

    def clean(self) -> dict[str, Any]:
        week: list[Block] = []
        for day in range(7):
            try:
                week += read_day(self.cleaned_data.get(f"day_{day}", ""), day)
            except WrongHours as wrong:
                self.add_error(f"day_{day}", str(wrong))
        if not any(self.errors.get(f"day_{day}") for day in range(7)):
            try:
                checked(week)
            except WrongHours as wrong:
                self.add_error(None, str(wrong))
            if not week:
                self.add_error(None, _("A calendar needs weekly hours: without any, nothing would ever be due."))
        by_day = {str(day): spans_of(each for each in week if each.weekday == day) for day in range(7)}
        self.cleaned_data["weekly"] = {day: spans for day, spans in by_day.items() if spans}
        return self.cleaned_data


@dataclass
class DayRow:
    """A date on which other hours hold, as it was typed."""

    date: str = ""
    hours: str = ""
    name: str = ""
    error: str = ""
    is_new: bool = False

    @property
    def is_blank(self) -> bool:
        return not (self.date.strip() or self.hours.strip() or self.name.strip())


@dataclass
class DayRows:
    """All of them; ``exceptions`` and ``names`` are filled by `check`."""

    rows: list[DayRow]
    exceptions: dict[str, Spans] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def typed(cls, data: QueryDict) -> DayRows:
        columns = zip(data.getlist("date"), data.getlist("hours"), data.getlist("label"), strict=False)
        rows = [DayRow(*(value[:200] for value in row)) for row in list(columns)[: MOST_DAYS + BLANK_ROWS]]
        return cls([row for row in rows if not row.is_blank])

    @classmethod
    def stored(cls, exceptions: dict[str, Spans], names: dict[str, str]) -> DayRows:
        return cls([DayRow(day, write_spans(spans), names.get(day, "")) for day, spans in sorted(exceptions.items())])

    def check(self) -> bool:
        """Read them; what is wrong is said at its row. Returns whether all are right."""
        for row in self.rows:
            row.error = ""
            try:
                day = date.fromisoformat(row.date.strip()).isoformat()
                blocks = checked(read_day(row.hours, 0))
            except WrongHours as wrong:
                row.error = str(wrong)
                continue
            except ValueError:
                row.error = _("“%(text)s” is no date.") % {"text": row.date} if row.date else _("Give the date.")
                continue
            if day in self.exceptions:
                row.error = _("This day stands here twice.")
                continue
            self.exceptions[day] = spans_of(blocks)
            if name := one_line(row.name)[:LONGEST_NAME]:
                self.names[day] = name
        return not any(row.error for row in self.rows)

    def add(self, days: dict[date, str], hours: dict[date, str] | None = None) -> int:
        """Those that do not stand here yet. Returns how many those are."""
        known = {row.date.strip() for row in self.rows}
        new = [
            DayRow(day.isoformat(), (hours or {}).get(day, ""), name, is_new=True)
            for day, name in days.items()
            if day.isoformat() not in known
        ]
        self.rows = sorted([*self.rows, *new], key=lambda row: row.date)
        return len(new)

    @cached_property
    def with_blanks(self) -> list[DayRow]:
        return [*self.rows, *(DayRow() for _number in range(BLANK_ROWS))]


def day_s(calendar: Calendar | None) -> int:
    """How long a day of the calendar's week is, on average of the days that have hours: what "2 d" means."""
    version = calendar.versions.filter(replaced_at=None).first() if calendar else None
    lengths = []
    for spans in version.weekly.values() if version else ():
        minutes = 0
        for opens, closes in spans:
            start, end = (int(text[:2]) * 60 + int(text[3:5]) for text in (opens, closes))
            minutes += end - start if end > start else end + DAY - start
        if minutes:
            lengths.append(minutes * 60)
    return sum(lengths) // len(lengths) if lengths else 8 * durations.HOUR


class PolicyForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=100, validators=[must_be_one_line])
    conditions = forms.CharField(
        label=gettext_lazy("For which tickets"),
        max_length=1000,
        widget=forms.TextInput(
            {
                **QUIET,
                "data-suggest": reverse_lazy("suggest"),
                "hx-get": reverse_lazy("check_conditions"),
                "hx-trigger": "input changed delay:500ms",
                "hx-target": "#conditions-check",
                "hx-swap": "innerHTML",
            }
        ),
    )
    calendar = forms.ModelChoiceField(
        queries.calendars_in_force(), label=gettext_lazy("Calendar of working time"), empty_label=None
    )
    hold_pauses = forms.BooleanField(label=gettext_lazy("On hold stops the clock of the solution"), required=False)

    def __init__(self, *args: Any, is_default: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_default:
            del self.fields["conditions"]
        for priority in sorted(Priority.values, reverse=True):
            for metric in Metric.values:
                widget = forms.TextInput(QUIET)
                label = f"{Priority(priority).label}, {Metric(metric).label}"
                name = f"target_{priority}_{metric}"
                self.fields[name] = forms.CharField(label=label, required=False, max_length=40, widget=widget)

    @property
    def table(self) -> list[tuple[str, list[tuple[str, forms.BoundField]]]]:
        """A row per priority with a cell per metric."""
        return [
            (
                str(Priority(priority).label),
                [(str(Metric(metric).label), self[f"target_{priority}_{metric}"]) for metric in Metric.values],
            )
            for priority in sorted(Priority.values, reverse=True)
        ]

    @property
    def metrics(self) -> list[str]:
        return [str(metric.label) for metric in Metric]

    def clean(self) -> dict[str, Any]:
        length = day_s(self.cleaned_data.get("calendar"))
        targets: dict[str, dict[str, int]] = {}
        has_wrong = False
        for priority in sorted(Priority.values):
            for metric in Metric.values:
                name = f"target_{priority}_{metric}"
                if text := self.cleaned_data.get(name, ""):
                    try:
                        targets.setdefault(str(priority), {})[metric] = durations.read(text, day_s=length)
                    except WrongDuration as wrong:
                        self.add_error(name, str(wrong))
                        has_wrong = True
        if not targets and not has_wrong:
            self.add_error(None, _("A policy without any target promises nothing: give at least one."))
        self.cleaned_data["targets"] = targets
        return self.cleaned_data


def initial_of_policy(values: dict[str, Any]) -> dict[str, Any]:
    """The form's values of what is stored."""
    targets = {
        f"target_{priority}_{metric}": durations.in_words(seconds)
        for priority, by_metric in values["targets"].items()
        for metric, seconds in by_metric.items()
    }
    return {**values, **targets}


LEVEL_ROWS = 8
TOLD = [("assignee", gettext_lazy("assignee")), ("team", gettext_lazy("team")), ("lead", gettext_lazy("leads"))]
LEVEL_KINDS = [
    ("", "–"),
    ("used_percent", gettext_lazy("percent of the time used")),
    ("before", gettext_lazy("min before the end")),
    ("breach", gettext_lazy("when it is broken")),
    ("after", gettext_lazy("min after the end")),
]


@dataclass
class LevelRow:
    """A level of warning as it was typed."""

    place: int
    kind: str = ""
    number: str = ""
    told: tuple[str, ...] = ()
    error: str = ""

    @property
    def kinds(self) -> list[tuple[str, Any, bool]]:
        return [(key, label, key == self.kind) for key, label in LEVEL_KINDS]

    @property
    def people(self) -> list[tuple[str, Any, bool]]:
        return [(key, label, key in self.told) for key, label in TOLD]


@dataclass
class LevelRows:
    rows: list[LevelRow]
    levels: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def typed(cls, data: QueryDict) -> LevelRows:
        return cls(
            [
                LevelRow(
                    place,
                    data.get(f"level_{place}_kind", ""),
                    data.get(f"level_{place}_number", "").strip()[:20],
                    tuple(data.getlist(f"level_{place}_told")),
                )
                for place in range(LEVEL_ROWS)
            ]
        )

    @classmethod
    def stored(cls, levels: list[dict[str, Any]]) -> LevelRows:
        rows = []
        for place, level in enumerate(levels):
            kind, number = "breach", ""
            if "used_percent" in level:
                kind, number = "used_percent", str(level["used_percent"])
            elif level.get("minutes"):
                kind, number = ("before" if level["minutes"] < 0 else "after"), str(abs(level["minutes"]))
            rows.append(LevelRow(place, kind, number, tuple(level.get("recipients", []))))
        return cls(rows + [LevelRow(place) for place in range(len(rows), LEVEL_ROWS)])

    @property
    def shown(self) -> list[LevelRow]:
        """The filled ones and two to fill."""
        last = max((row.place for row in self.rows if row.kind or row.number), default=-1)
        return self.rows[: last + 3]

    def check(self) -> bool:
        said: set[tuple[str, int]] = set()
        for row in self.rows:
            if not row.kind:
                row.error = _("Choose what the number means.") if row.number else ""
                continue
            number = int(row.number) if row.number.isascii() and row.number.isdecimal() else 0
            most = MOST_PERCENT if row.kind == "used_percent" else MOST_MINUTES
            if row.kind not in dict(LEVEL_KINDS) or not set(row.told) <= dict(TOLD).keys():
                row.error = _("This is no level.")
            elif row.kind != "breach" and not 0 < number <= most:
                row.error = _("Give a whole number from 1 to %(most)s.") % {"most": most}
            elif (row.kind, 0 if row.kind == "breach" else number) in said:
                row.error = _("Another level says the same.")
            else:
                said.add((row.kind, 0 if row.kind == "breach" else number))
                recipients = [name for name, _label in TOLD if name in row.told]
                what: dict[str, Any] = {
                    "used_percent": {"used_percent": number},
                    "before": {"minutes": -number},
                    "after": {"minutes": number},
                    "breach": {"breach": True},
                }[row.kind]
                self.levels.append({**what, "recipients": recipients})
        return not any(row.error for row in self.rows)


class TryForm(forms.Form):
    """A ticket that is not there, by its properties."""

    queue = forms.ModelChoiceField(Queue.objects.order_by("name", "pk"), label=gettext_lazy("Queue"), empty_label=None)
    priority = forms.TypedChoiceField(
        label=gettext_lazy("Priority"), choices=Priority.choices, coerce=int, initial=Priority.NORMAL
    )
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=Channel.choices, initial=Channel.EMAIL)
    tags = forms.CharField(label=gettext_lazy("Tags"), required=False, max_length=200, widget=forms.TextInput(QUIET))
    asker = forms.EmailField(
        label=gettext_lazy("Requester’s address"), required=False, widget=forms.EmailInput({"autocomplete": "off"})
    )
    subject = forms.CharField(
        label=gettext_lazy("Subject"), required=False, max_length=200, validators=[must_be_one_line]
    )

    def clean_tags(self) -> list[str]:
        return [each for each in self.cleaned_data["tags"].replace(",", " ").split() if each]
