"""What of the audit is asked for."""

from __future__ import annotations

from django import forms
from django.utils.translation import pgettext_lazy

from helpdesk.lib.years import YEARS
from tickets.forms.fields import ChoiceField
from tickets.models import AuditEntry


class AuditForm(forms.Form):
    """What of the audit is asked for; everything may be left empty."""

    person = forms.CharField(label=pgettext_lazy("audit", "By whom (name or address)"), required=False, max_length=200)
    kind = ChoiceField(
        label=pgettext_lazy("audit", "On what"),
        required=False,
        choices=lambda: [("", pgettext_lazy("audit", "Everything")), *AuditEntry.Kind.choices],
    )
    since = forms.DateField(
        label=pgettext_lazy("audit", "From"),
        required=False,
        validators=YEARS,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=pgettext_lazy("audit", "To"),
        required=False,
        validators=YEARS,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
