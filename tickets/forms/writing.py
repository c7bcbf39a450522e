"""Words: replies, notes, drafts, questions to those who know, and what a mentor says of a reply."""

from __future__ import annotations

from datetime import datetime
from email.utils import getaddresses
from typing import Any

from django import forms

from tickets.forms.fields import ChoiceField, FilesField, NumbersField, WordsField, moment
from tickets.models import DraftKind


class NoteForm(forms.Form):
    """``kept`` are the files beside the draft that leave with it."""

    text = WordsField(required=False)
    files = FilesField(required=False)
    kept = NumbersField(required=False)


class InternalNoteForm(NoteForm):
    """``let_in`` are those of the people named in it who may look in from now on."""

    let_in = NumbersField(required=False)


LONGEST_CC = 2000


class AddressesField(forms.CharField):
    """Addresses between commas or semicolons, with or without names, as a list. What is none is left as it was typed:
    the action says so."""

    def clean(self, value: Any) -> list[str]:
        typed = super().clean(value).replace(";", ",").replace("\n", ",")
        found = [address for _name, address in getaddresses([typed])]
        return [address for address in found if address] or ([typed] if typed.strip(" ,") else [])


class ReplyForm(NoteForm):
    """``seen`` is the newest public message the writer saw; ``next_status`` is empty to leave the status alone; ``cc``
    is who gets a copy."""

    cc = AddressesField(required=False, max_length=LONGEST_CC)
    next_status = ChoiceField(required=False, choices=[])
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, next_statuses: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["next_status"].choices = next_statuses


class AnswerForm(NoteForm):
    """The requester's own answer."""


class AskForm(InternalNoteForm):
    """``to`` is a colleague by name or address; empty for one's own mentors."""

    to = forms.CharField(required=False, max_length=300)


class QuestionAnswerForm(InternalNoteForm):
    """The answer of somebody who was asked."""


class DraftForm(forms.Form):
    """``draft_seen`` is when the draft was saved that the page began with, empty for none."""

    kind = ChoiceField(choices=[("public", ""), ("note", ""), ("ask", "")])
    text = WordsField(required=False)
    cc = forms.CharField(required=False, max_length=LONGEST_CC)
    draft_seen = forms.CharField(required=False, max_length=40)

    def clean_draft_seen(self) -> datetime | None:
        return moment(self.cleaned_data["draft_seen"])


class DraftFilesForm(forms.Form):
    kind = ChoiceField(choices=[(kind, "") for kind in DraftKind.values])
    files = FilesField()


class ApprovalForm(forms.Form):
    text = WordsField()


class ReturnForm(forms.Form):
    comment = forms.CharField(max_length=2000, widget=forms.Textarea)
