"""Who is signed off, for what and until when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rotations.forms.hours import date_field
from rotations.queries import qualifications as queries
from tickets.models import Channel, User


class SignOffForm(forms.Form):
    person = forms.ModelChoiceField(User.objects.none(), label=pgettext_lazy("sign-off", "Who"))
    channel = forms.ChoiceField(label=pgettext_lazy("sign-off", "For which channel"))
    last_day = date_field(_("Last day"), required=False, help_text=_("None: it holds until somebody takes it back."))

    def __init__(self, *args: Any, channels: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = User.objects.filter(
            pk__in=[each.pk for each in queries.candidates()]
        ).order_by("sort_key", "id")
        self.fields["channel"].choices = [(each, Channel(each).label) for each in channels]

    @property
    def expires_on(self) -> date | None:
        """The first day on which it does not hold any more."""
        last: date | None = self.cleaned_data["last_day"]
        return last + timedelta(days=1) if last is not None and last < date.max else last
