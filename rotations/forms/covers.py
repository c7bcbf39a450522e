"""Which days somebody is looked for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rotations.models import CoverRequest, Duty, DutyDay
from tickets.models import Role, User


class CoverForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What would you like?"),
        choices=[
            (CoverRequest.Kind.GIVE, pgettext_lazy("cover", "Somebody comes instead")),
            (CoverRequest.Kind.SWAP, pgettext_lazy("cover", "Swap for another duty")),
        ],
        initial=CoverRequest.Kind.GIVE,
        widget=forms.RadioSelect,
    )
    days = forms.MultipleChoiceField(
        label=_("Which days?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose days that have not begun.")},
    )
    to = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Whom do you ask?"),
        required=False,
        empty_label=pgettext_lazy("cover", "Everybody"),
        help_text=_("The first who says yes has the days."),
    )

    def __init__(self, *args: Any, duty: Duty, days: list[tuple[DutyDay, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].choices = [(day.pk, words) for day, words in days]
        self.fields["days"].initial = [day.pk for day, _words in days]
        signed_up = duty.shift.round.sign_ups.filter(withdrawn_at=None).values("person")
        people = User.objects.filter(pk__in=signed_up, is_active=True, role=Role.COLLEAGUE)
        self.fields["to"].queryset = people.exclude(pk=duty.person_id).order_by("sort_key", "id")

    @property
    def chosen(self) -> list[int]:
        return [int(each) for each in self.cleaned_data["days"]]
