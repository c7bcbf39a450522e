"""A time agreed with a requester."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from helpdesk.lib.one_line import must_be_one_line
from helpdesk.lib.years import YEARS
from tickets.forms.fields import TypedChoiceField

LENGTHS = [15, 30, 45, 60, 90, 120, 180, 240, 480]


class AppointmentForm(forms.Form):
    """When is by the clock of whoever fills it in. A time that a change to summer time skips reads later, one that
    comes twice is the first."""

    title = forms.CharField(label=_("What"), max_length=200, validators=[must_be_one_line])
    day = forms.DateField(
        label=pgettext_lazy("day", "Date"),
        validators=YEARS,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    start = forms.TimeField(label=_("Start"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    minutes = TypedChoiceField(label=_("Length"), coerce=int, initial=30)
    place = forms.CharField(label=_("Where"), required=False, max_length=200, validators=[must_be_one_line])
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, length: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minutes"].choices = [(each, _length(each)) for each in sorted({*LENGTHS, length} - {0})]

    @property
    def span(self) -> tuple[datetime, datetime]:
        values = self.cleaned_data
        starts_at = datetime.combine(values["day"], values["start"], tzinfo=timezone.get_current_timezone())
        starts_at = starts_at.astimezone(UTC)
        return starts_at, starts_at + timedelta(minutes=values["minutes"])


def _length(minutes: int) -> str:
    if minutes % 60:
        return ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}
    return ngettext("%(number)d hour", "%(number)d hours", minutes // 60) % {"number": minutes // 60}
