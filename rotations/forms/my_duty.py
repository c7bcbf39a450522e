"""What a volunteer writes on My duty."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from rotations.actions.on_duty import LONG, SHORT
from rotations.models import Finding


class AskForm(forms.Form):
    ticket = forms.IntegerField()
    text = forms.CharField(required=False, max_length=5000)
    to = forms.IntegerField(required=False)
    """One of the mentors; all of them at once without it."""


class BreakForm(forms.Form):
    minutes = forms.TypedChoiceField(coerce=int, choices=[(each, each) for each in (0, SHORT, LONG)])


class TickForm(forms.Form):
    item = forms.CharField(max_length=200)
    is_done = forms.BooleanField(required=False)


class FindingForm(forms.Form):
    kind = forms.ChoiceField(choices=Finding.Kind.choices)
    ticket = forms.IntegerField(required=False)
    text = forms.CharField(max_length=5000)


class ReflectionForm(forms.Form):
    """Three texts, each for its readers."""

    for_me = forms.CharField(
        label=_("For yourself"), required=False, max_length=5000, widget=forms.Textarea,
        help_text=_("Nobody else reads it."),
    )  # fmt: skip
    for_mentors = forms.CharField(
        label=_("For your mentors"), required=False, max_length=5000, widget=forms.Textarea,
        help_text=_("Your two mentors read it."),
    )  # fmt: skip
    for_company = forms.CharField(
        label=_("For everybody"), required=False, max_length=5000, widget=forms.Textarea,
        help_text=_("It stands with your name on the page of duties."),
    )  # fmt: skip
