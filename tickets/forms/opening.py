"""A ticket that somebody of the desk opens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.one_line import must_be_one_line
from tickets.forms.fields import ChoiceField, FilesField, TypedChoiceField, WordsField, own_field
from tickets.models import Channel, Priority
from tickets.queries.custom_fields import Field
from tickets.queries.directory import Desk


class NewTicketForm(forms.Form):
    email = forms.EmailField(
        label=_("Requester's email"),
        required=False,
        validators=[must_be_one_line],
        help_text=_("A new address makes a new requester."),
    )
    name = forms.CharField(label=_("Name"), required=False, max_length=200, validators=[must_be_one_line])
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40, validators=[must_be_one_line])
    queue = TypedChoiceField(label=_("Queue"), coerce=int)
    channel = ChoiceField(label=_("It came by"))
    priority = TypedChoiceField(label=_("Priority"), choices=Priority.choices, coerce=int, initial=Priority.NORMAL)
    subject = forms.CharField(label=_("Subject"), max_length=300, validators=[must_be_one_line])
    text = WordsField(label=_("What is it about?"))
    files = FilesField(label=_("Files"), required=False)

    def __init__(
        self, *args: Any, desks: Iterable[Desk], channels: Iterable[str], own: Iterable[Field] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        desks = list(desks)
        self.fields["queue"].choices = [(desk.pk, desk.name) for desk in desks]
        self.fields["channel"].choices = [(each, Channel(each).label) for each in channels]
        self._own = [each for each in own if any(each.is_on(desk.pk) for desk in desks)]
        for each in self._own:
            self.fields[f"field-{each.key}"] = own_field(each)

    @property
    def own_fields(self) -> list[tuple[Field, forms.BoundField]]:
        """The desk's own fields of any queue that can be chosen; the page hides those of the others."""
        return [(each, self[f"field-{each.key}"]) for each in self._own]

    @property
    def own_values(self) -> dict[str, str]:
        """What was typed into those of the chosen queue, by key."""
        typed = {each.key: self.cleaned_data.get(f"field-{each.key}", "") for each in self._own}
        queue = self.cleaned_data["queue"]
        return {each.key: typed[each.key] for each in self._own if each.is_on(queue) and typed[each.key]}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("email") and "email" not in self.errors:
            if not values.get("name"):
                self.add_error("email", _("Write an email address, or a name and a phone number."))
            elif not values.get("phone"):
                self.add_error("phone", _("Without an email address a phone number is needed, to call back."))
        return values
