"""How the desk is set up: queues, own fields, people, teams, names of tags."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.forms.fields import ChoiceField, PlainSelect
from tickets.forms.rows import RowForm
from tickets.models import Assignment, CustomField, Organisation, Queue, Role, Team, User


class OrganisationForm(RowForm):
    class Meta:
        model = Organisation
        fields = ("name",)


class TagNameForm(forms.Form):
    """What a tag becomes on every ticket; empty to take it off."""

    becomes = forms.CharField(label=_("New name"), required=False, max_length=60)


class QueueSetupForm(RowForm):
    """``sure``: whoever fills it in has read what follows from it."""

    addresses = forms.CharField(
        label=_("Mail addresses"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=_("One on each line. Mail to them lands here; what the queue sends leaves from the first."),
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Queue
        fields = ("name", "team", "assignment", "assignment_cap", "closes_after_days")
        widgets = {"team": PlainSelect, "assignment": forms.RadioSelect({"class": "check"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignment"].choices = Assignment.choices
        self.fields["assignment_cap"].widget.attrs["min"] = self.fields["closes_after_days"].widget.attrs["min"] = 1
        if self.instance.pk:
            rows = sorted(self.instance.addresses.all(), key=lambda row: (not row.is_sender, row.address))
            self.initial["addresses"] = "\n".join(row.address for row in rows)

    def clean_addresses(self) -> list[str]:
        return str(self.cleaned_data["addresses"]).split()


class FieldSetupForm(RowForm):
    """One of the desk's own fields. Its type is chosen once: values are stored in the form of the type."""

    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One on each line. Tickets keep a choice that is taken off here."),
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = CustomField
        fields = ("label", "type", "queues", "is_required_to_solve")
        labels = {"is_required_to_solve": _("A ticket cannot be solved while it is empty")}
        widgets = {
            "type": forms.RadioSelect({"class": "check"}),
            "queues": forms.CheckboxSelectMultiple({"class": "check"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(self.instance.choices)
        if self.instance.pk:
            del self.fields["type"]
        else:
            self.fields["type"].choices = CustomField.Type.choices
            self.initial["type"] = CustomField.Type.TEXT

    def clean_choices(self) -> list[str]:
        return str(self.cleaned_data["choices"]).splitlines()


class PersonSetupForm(RowForm):
    """An account. ``mails_link`` belongs to a new one; later there is a button for it."""

    organisation = forms.CharField(
        label=_("Organisation"),
        required=False,
        max_length=200,
        help_text=_("A name that is new here makes a new organisation."),
    )
    time_zone = ChoiceField(
        label=_("Time zone"), choices=lambda: [(zone, zone) for zone in sorted(available_timezones())]
    )
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"),
        queryset=Team.objects.order_by("name", "id"),
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "check"}),
    )
    mails_link = forms.BooleanField(
        label=_("Mail a link to choose a password"),
        required=False,
        initial=True,
        help_text=_("Valid for three days. Whoever missed it asks for another one on the sign-in page."),
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = User
        fields = ("name", "email", "phone", "role", "language")
        widgets = {"role": PlainSelect, "language": PlainSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = Role.choices
        if self.instance.pk:
            del self.fields["mails_link"]
            self.initial["organisation"] = self.instance.organisation.name if self.instance.organisation else ""
            self.initial["teams"] = [team.pk for team in self.instance.teams.all()]
        else:
            self.initial["role"] = Role.AGENT
        self.initial["time_zone"] = self.instance.time_zone


class TeamSetupForm(RowForm):
    members = forms.ModelMultipleChoiceField(
        label=_("Members"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple({"class": "check"})
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Team
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True, role__in=[Role.AGENT, Role.LEAD, Role.ADMIN])
        self.fields["members"].queryset = people.order_by("sort_key", "id")
        if self.instance.pk:
            self.initial["members"] = list(self.instance.memberships.values_list("user", flat=True))

    def clean_members(self) -> list[User]:
        """Whoever is not offered, being away from the desk for now, stays in the team."""
        offered = self.fields["members"].queryset
        stays = User.objects.filter(memberships__team=self.instance.pk).exclude(pk__in=offered.values("pk"))
        return [*self.cleaned_data["members"], *(stays if self.instance.pk else ())]
