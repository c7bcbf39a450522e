"""The administrators' page of who may sign in, and how."""

from __future__ import annotations

from django import forms


class AddressToUnlockForm(forms.Form):
    address = forms.CharField(max_length=255)


class SecondFactorRuleForm(forms.Form):
    required = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])
