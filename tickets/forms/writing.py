"""Words: replies, notes, drafts, questions to those who know, and what a mentor says of a reply."""

from __future__ import annotations

from datetime import datetime
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


class ReplyForm(NoteForm):
    """``seen`` is the newest public message the writer saw; ``next_status`` is empty to leave the status alone."""

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
