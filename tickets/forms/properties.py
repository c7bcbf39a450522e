"""Properties of one ticket, each in a form of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.one_line import must_be_one_line
from tickets.forms.fields import ChoiceField, TypedChoiceField, moment
from tickets.models import Priority, Status
from tickets.queries.directory import Colleague, Desk


class StatusForm(forms.Form):
    """``seen`` in this and the next forms is the value the person had in sight when choosing."""

    name = "status"

    status = ChoiceField(label=_("Status"))
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("What does it wait for?"), required=False, max_length=300)

    def __init__(self, *args: Any, statuses: Iterable[Status], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = [(each, each.label) for each in statuses]


class PriorityForm(forms.Form):
    name = "priority"

    priority = TypedChoiceField(label=_("Priority"), choices=Priority.choices, coerce=int)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class QueueForm(forms.Form):
    name = "queue"

    queue = TypedChoiceField(label=_("Queue"), coerce=int)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, desks: Iterable[Desk], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["queue"].choices = [(desk.pk, desk.name) for desk in desks]


class AssigneeForm(forms.Form):
    """``seen`` is 0 for nobody."""

    name = "assignee"

    assignee = TypedChoiceField(label=_("Assignee"), required=False, coerce=int, empty_value=None)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: Iterable[Colleague], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [("", _("Nobody")), *((person.pk, person.name) for person in people)]


class SubjectForm(forms.Form):
    name = "subject"

    subject = forms.CharField(label=_("Subject"), max_length=300, validators=[must_be_one_line])
    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)


class RequesterForm(forms.Form):
    """``full_name`` is for an address that nobody has yet."""

    name = "email"

    email = forms.EmailField(label=_("Requester's email"), validators=[must_be_one_line])
    full_name = forms.CharField(label=_("Name"), required=False, max_length=200, validators=[must_be_one_line])
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class TagsForm(forms.Form):
    """Tags to put on, apart by blanks or commas, or one to take off."""

    add = forms.CharField(required=False, max_length=1000)
    remove = forms.CharField(required=False, max_length=60)


class FieldValueForm(forms.Form):
    value = forms.CharField(required=False, max_length=2000)
    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)


class SnoozeForm(forms.Form):
    """``when`` is a time, or "own" for the one in ``until``. ``seen`` is empty for a ticket that was awake."""

    when = forms.CharField(max_length=40)
    until = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
    reason = forms.CharField(label=_("Why can it wait?"), required=False, max_length=300)
    seen = forms.CharField(required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("when") == "own":
            values["moment"] = values.get("until")
        else:
            values["moment"] = moment(values.get("when"))
        if not values["moment"] and "until" not in self.errors:
            self.add_error("until", _("Choose until when."))
        return values

    def clean_seen(self) -> datetime | None:
        return moment(self.cleaned_data["seen"])


class RemovalForm(forms.Form):
    removed_as = ChoiceField(choices=[("spam", ""), ("deleted", "")])
