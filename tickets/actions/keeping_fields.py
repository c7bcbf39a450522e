"""Keeping the desk's own fields: adding, changing, ordering, retiring them. Values on tickets are never touched: what
a ticket has it keeps and shows, whatever becomes of the field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.core.cache import cache
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tickets import access
from tickets.actions import auditing
from tickets.actions.errors import NotAllowed
from tickets.actions.mail_settings import WrongSettings
from tickets.models import CustomField, Queue, User
from tickets.searching import fields as search_fields
from tickets.searching.parsing import is_field_name

LONGEST_CHOICE = 100


class FieldSettings(TypedDict):
    """``choices`` of a field of that type, in their order; ``queues`` none for everywhere."""

    label: str
    choices: Sequence[str]
    queues: Iterable[Queue]
    is_required_to_solve: bool


@transaction.atomic
def add(*, type: str, by: User, at: datetime, **settings: Unpack[FieldSettings]) -> CustomField:
    """A new field, the last in the order; its key, by which searches call it, is made of its name and stays.

    Raises `NotAllowed`, `WrongSettings`.
    """
    rows = _locked(by)
    last = max((each.position for each in rows), default=0)
    field = CustomField(type=type, position=last + 1, key=_free_key(settings["label"], rows))
    _store(field, settings)
    auditing.record_change(field, before=None, by=by, at=at, queues=_queue_names(field))
    return field


@transaction.atomic
def change(*, field: CustomField, by: User, at: datetime, **settings: Unpack[FieldSettings]) -> CustomField:
    """Raises `NotAllowed`, `WrongSettings`."""
    field = next(each for each in _locked(by) if each.pk == field.pk)
    before = auditing.told(field, queues=_queue_names(field))
    _store(field, settings)
    auditing.record_change(field, before=before, by=by, at=at, queues=_queue_names(field))
    return field


@transaction.atomic
def switch(*, field: CustomField, is_active: bool, by: User, at: datetime) -> CustomField:
    """Retire the field, or take it into use again. Doing it twice does nothing. Raises `NotAllowed`."""
    field = next(each for each in _locked(by) if each.pk == field.pk)
    before = auditing.told(field)
    field.is_active = is_active
    field.save(update_fields=["is_active"])
    auditing.record_change(field, before=before, by=by, at=at)
    cache.delete("custom_fields")
    return field


@transaction.atomic
def move(*, field: CustomField, by: User, is_up: bool, at: datetime) -> None:
    """One place up or down among all fields; at the end it stays. Raises `NotAllowed`."""
    rows = _locked(by)
    place = next(index for index, each in enumerate(rows) if each.pk == field.pk)
    moved = rows.pop(place)
    before = auditing.told(moved) | {"position": place + 1}
    rows.insert(max(0, place - 1) if is_up else place + 1, moved)
    for position, each in enumerate(rows, start=1):
        each.position = position
    CustomField.objects.bulk_update(rows, ["position"])
    auditing.record_change(moved, before=before, by=by, at=at)
    cache.delete("custom_fields")


def _locked(by: User) -> list[CustomField]:
    """All fields in their order; who changes one waits for whoever changes another."""
    if not access.can_change_setup(by):
        raise NotAllowed(_("Only administrators change how the desk is set up."))
    return list(CustomField.objects.select_for_update().order_by("position", "id"))


def _store(field: CustomField, settings: FieldSettings) -> None:
    field.label, field.is_required_to_solve = settings["label"], settings["is_required_to_solve"]
    is_choice = field.type == CustomField.Type.CHOICE
    field.choices = _clean(settings["choices"]) if is_choice else []
    errors: dict[str, str] = {}
    if is_choice and not field.choices:
        errors["choices"] = _("Write at least one choice.")
    if any(len(each) > LONGEST_CHOICE for each in field.choices):
        errors["choices"] = _("A choice has at most 100 characters.")
    try:
        field.full_clean()
    except ValidationError as error:
        for name, sentences in error.message_dict.items():
            errors.setdefault("" if name == NON_FIELD_ERRORS else name, " ".join(sentences))
    if errors:
        raise WrongSettings(errors)
    field.save()
    field.queues.set(settings["queues"])
    cache.delete("custom_fields")


def _clean(choices: Sequence[str]) -> list[str]:
    given = [" ".join(unicodedata.normalize("NFC", each).split()) for each in choices]
    return list(dict.fromkeys(each for each in given if each))


def _queue_names(field: CustomField) -> list[Any]:
    return list(field.queues.order_by("name").values_list("name", flat=True))


def _free_key(label: str, rows: Iterable[CustomField]) -> str:
    """numer-zamowienia, numer-zamowienia-2: no other field's key, and no word that searches know already.

    Searches must be able to say it (they begin with a letter), and two underscores would ask for a value in a value.
    """
    plain = unicodedata.normalize("NFKD", label.replace("ł", "l").replace("Ł", "L"))
    wanted = re.sub("__+", "_", slugify(plain)[:40].strip("-_")) or "field"
    if not is_field_name(wanted):
        wanted = f"field-{wanted}"
    taken = {*(each.key for each in rows), *search_fields.names({})}
    number = 1
    key = wanted
    while key in taken:
        number += 1
        key = f"{wanted}-{number}"
    return key
