"""What of the audit is asked for."""

from __future__ import annotations

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import pgettext_lazy

from tickets.forms.fields import ChoiceField
from tickets.models import AuditEntry


class AuditForm(forms.Form):
    """What of the audit is asked for; everything may be left empty."""

    _years = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1)))

    person = forms.CharField(label=pgettext_lazy("audit", "By whom (name or address)"), required=False, max_length=200)
    kind = ChoiceField(
        label=pgettext_lazy("audit", "On what"),
        required=False,
        choices=lambda: [("", pgettext_lazy("audit", "Everything")), *AuditEntry.Kind.choices],
    )
    since = forms.DateField(
        label=pgettext_lazy("audit", "From"),
        required=False,
        validators=_years,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=pgettext_lazy("audit", "To"),
        required=False,
        validators=_years,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
