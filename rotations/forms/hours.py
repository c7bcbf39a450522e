"""What people write about their week and their absences, checked. What may be done with it the actions say."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.lib.one_line import must_be_one_line
from rotations.models import Absence
from rotations.weekly_hours import DAY, Block, WrongHours, checked, moment, read_day

NEAR = timedelta(days=800)
"""Dates further away are refused here: the actions' own limits are nearer, and arithmetic ends with the year 9999."""


def date_field(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **more)


def time_field(label: Any) -> forms.TimeField:
    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget)


def _day_field(label: Any) -> forms.CharField:
    words = {"autocomplete": "off", "spellcheck": "false", "translate": "no"}
    return forms.CharField(label=label, required=False, max_length=100, widget=forms.TextInput(words))


class HoursForm(forms.Form):
    day_0 = _day_field(WEEKDAYS[0])
    day_1 = _day_field(WEEKDAYS[1])
    day_2 = _day_field(WEEKDAYS[2])
    day_3 = _day_field(WEEKDAYS[3])
    day_4 = _day_field(WEEKDAYS[4])
    day_5 = _day_field(WEEKDAYS[5])
    day_6 = _day_field(WEEKDAYS[6])
    valid_from = date_field(_("Valid from"))
    zone = forms.ChoiceField(label=_("Time zone"), widget=forms.Select({"translate": "no"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        self.fields["zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[f"day_{day}"] for day in range(7)]

    def clean(self) -> dict[str, Any]:
        blocks: list[Block] = []
        for day in range(7):
            try:
                blocks += read_day(self.cleaned_data.get(f"day_{day}", ""), day)
            except WrongHours as wrong:
                self.add_error(f"day_{day}", str(wrong))
        if not self.errors:
            try:
                self.cleaned_data["blocks"] = checked(blocks)
            except WrongHours as wrong:
                self.add_error(None, str(wrong))
        return self.cleaned_data


class AbsenceForm(forms.Form):
    """Whole days, or with a time from the one to the other."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Absence.Kind.choices)
    first = date_field(_("First day"))
    last = date_field(_("Last day"), required=False)
    from_time = time_field(pgettext_lazy("time of day", "From"))
    to_time = time_field(pgettext_lazy("time of day", "To"))
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=300,
        validators=[must_be_one_line],
        help_text=_("Only the person and their leads read it."),
    )

    def __init__(self, *args: Any, zone: str, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.today = zone, today

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        first, last = values.get("first"), values.get("last") or values.get("first")
        for name, day in (("first", first), ("last", last)):
            if day is not None and abs(day - self.today) > NEAR and name not in self.errors:
                self.add_error(name, _("That is more than two years away."))
        if self.errors or first is None or last is None:
            return values
        zone = ZoneInfo(self.zone)
        values["starts_at"] = moment(first, _minutes(values["from_time"], 0), zone)
        values["ends_at"] = moment(last, _minutes(values["to_time"], DAY), zone)
        if values["ends_at"] <= values["starts_at"]:
            self.add_error("to_time" if first == last else "last", _("The end lies before the beginning."))
        return values

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.cleaned_data["starts_at"], self.cleaned_data["ends_at"]


def _minutes(at: time | None, otherwise: int) -> int:
    return otherwise if at is None else at.hour * 60 + at.minute
