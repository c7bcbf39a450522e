"""Fields that more than one form has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import flatatt
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tickets.actions.attaching import File, TooLarge
from tickets.models import CustomField
from tickets.queries.custom_fields import Field


def options(choices: Iterable[tuple[Any, Any]], *chosen: Any) -> SafeString:
    """The options of a select, the chosen ones marked. Pages repeat them: the same ones are put together once by each
    process."""
    return _options(tuple((str(value), str(label)) for value, label in choices), frozenset(map(str, chosen)))


@lru_cache(maxsize=1024)
def _options(choices: tuple[tuple[str, str], ...], marked: frozenset[str]) -> SafeString:
    return SafeString(
        "".join(
            f'<option value="{escape(value)}"{" selected" if value in marked else ""}>{escape(label)}</option>'
            for value, label in choices
        )
    )


class PlainSelect(forms.Select):
    """A select written in one go: Django renders a template per option, dearer than fifty rows of a list."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        attributes = flatatt({**self.build_attrs(self.attrs, attrs), "name": name})
        return format_html("<select{}>{}</select>", attributes, options(self.choices, *self.format_value(value)))


class ChoiceField(forms.ChoiceField):
    widget = PlainSelect


class TypedChoiceField(forms.TypedChoiceField):
    widget = PlainSelect


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, together no more than one message may carry."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if self.required and not given:
            raise forms.ValidationError(self.error_messages["required"])
        files = [super(FilesField, self).clean(each, initial) for each in given]
        if sum(file.size for file in files) > settings.MAX_UPLOAD_BYTES:
            raise forms.ValidationError(str(TooLarge()))
        return files


def as_attachments(files: list[UploadedFile]) -> list[File]:
    """Uploaded files as the actions take them."""
    return [
        File(name=file.name or "", content=file.read(), content_type=file.content_type or "application/octet-stream")
        for file in files
    ]


MAX_WORDS = 200_000


TOO_LONG = {"max_length": _("This text is too long to read here. Attach it as a file instead.")}


class WordsField(forms.CharField):
    """A text just as it was typed. A NUL, which some programs copy along, is no part of it: nobody sees it, and the
    database holds none."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, max_length=MAX_WORDS, error_messages=TOO_LONG, **kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\0", "")

    def bound_data(self, data: Any, initial: Any) -> str:
        """What the page shows again."""
        return self.to_python(data)


class NumbersField(forms.Field):
    """Ids that stand in the form under one name; what is no number is left out."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[int]:
        return [int(each) for each in value or [] if each.isascii() and each.isdecimal() and len(each) < 19]


def moment(text: str | None) -> datetime | None:
    """An aware time from a page of ours; None for anything else."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


def own_field(each: Field) -> forms.Field:
    """The form's field for one of the desk's own. What its value means is for the action to say."""
    if each.type == CustomField.Type.CHOICE:
        return ChoiceField(
            label=each.label, required=False, choices=[("", "–"), *((choice, choice) for choice in each.choices)]
        )
    attributes = {CustomField.Type.DATE: {"type": "date"}, CustomField.Type.NUMBER: {"inputmode": "decimal"}}
    widget = forms.TextInput({"autocomplete": "off", **attributes.get(CustomField.Type(each.type), {})})
    return forms.CharField(label=each.label, required=False, max_length=500, widget=widget)
