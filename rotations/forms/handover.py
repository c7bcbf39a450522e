"""What becomes of a ticket at the end of a duty."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.years import YEARS
from rotations.models import HandedTicket
from tickets.models import User

Step = HandedTicket.Step
MORNING = 8
"""When a ticket that is put off until a date wakes, by the clock on the wall."""


class StepForm(forms.Form):
    step = forms.ChoiceField(choices=[(each, each) for each in Step.values if each != Step.LEFT])
    day = forms.DateField(required=False, validators=YEARS)
    to = forms.IntegerField(required=False)
    text = forms.CharField(required=False, max_length=2000)

    def __init__(self, *args: Any, zone: str, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.people = ZoneInfo(zone), {person.pk: person for person in people}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        day, step = values.get("day"), values.get("step")
        if step == Step.SNOOZED and "day" not in self.errors:
            if day is None:
                self.add_error("day", _("Choose until when."))
            else:
                values["until"] = datetime(day.year, day.month, day.day, MORNING, tzinfo=self.zone)
        if step == Step.OFFERED:
            values["person"] = self.people.get(values.get("to") or 0)
            if values["person"] is None:
                self.add_error("to", _("Choose a person."))
        return values


class DoneForm(forms.Form):
    note = forms.CharField(required=False, max_length=5000)
