"""Tickets that belong together, and words that become a ticket of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.one_line import must_be_one_line
from tickets.actions.linking import Relation
from tickets.forms.fields import ChoiceField, TypedChoiceField


class LinkForm(forms.Form):
    """``other`` is a number, or words to find the ticket by."""

    relation = ChoiceField(label=_("This ticket is"), choices=Relation.choices)
    other = forms.CharField(label=_("Number or words of the subject"), max_length=300)


class SplitForm(forms.Form):
    """``requester`` is the id of whoever the new ticket belongs to: this one's requester or an author of a message."""

    subject = forms.CharField(label=_("Subject of the new ticket"), max_length=300, validators=[must_be_one_line])
    requester = TypedChoiceField(label=_("Whose ticket it is"), coerce=int)
    messages = forms.TypedMultipleChoiceField(label=_("Messages"), coerce=int, required=False)

    def __init__(self, *args: Any, people: Iterable[tuple[int, str]], messages: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["requester"].choices = list(people)
        self.fields["messages"].choices = [(each, "") for each in messages]
