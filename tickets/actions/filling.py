"""Values of the desk's own fields: read as people write them, kept in one form, asked for before a ticket is solved."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tickets import access
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import locked
from tickets.actions.removing import refuse_removed
from tickets.actions.saving import UNSEEN, refuse_conflict, saved
from tickets.models import CustomField, Kind, Ticket, User

LONGEST_VALUE = 500
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,6})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d{1,6})?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


class UnknownField(Refused):
    message = _("This ticket has no such field.")


class WrongValue(Refused):
    """The value is not of the field's type; the sentence says what would be."""

    def __init__(self, field: CustomField, why: Any) -> None:
        self.field = field
        super().__init__(_("%(field)s: %(why)s") % {"field": field.label, "why": why})


class FieldsMissing(Refused):
    """Fields that a solved ticket must have are empty; ``fields`` are those."""

    def __init__(self, fields: Sequence[CustomField]) -> None:
        self.fields = list(fields)
        names = ", ".join(field.label for field in fields)
        super().__init__(_("Before the ticket is solved, fill in: %(names)s.") % {"names": names})


@transaction.atomic
def fill(*, ticket: Ticket, key: str, to: str | None, by: User | None, at: datetime, seen: Any = UNSEEN) -> Ticket:
    """Give the field ``key`` of the ticket a value, written in any way `read` knows; None or blanks empty it.

    ``seen`` is the stored value the person had in sight, "" for none.
    Raises `NotAllowed`, `UnknownField`, `WrongValue`, `Conflict`, `TicketIsRemoved`.
    """
    ticket = locked(ticket)
    if by is not None and not access.can_change_properties(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    field = CustomField.objects.on(ticket.queue_id).filter(key=key).first()
    if field is None:
        raise UnknownField
    before, value = ticket.fields.get(key, ""), read(field, to or "")
    if value == before:
        return ticket
    refuse_conflict(f"field-{key}", seen=seen, current=before, wanted=value)
    kept = {name: old for name, old in ticket.fields.items() if name != key}
    ticket.fields = {**kept, key: value} if value else kept
    return saved(ticket, by=by, kind=Kind.FIELD_CHANGED, at=at, field=key, value=[before, value])


def read_all(queue_id: int, given: Mapping[str, str]) -> dict[str, str]:
    """The values of a new ticket in this queue as they are stored. Raises `UnknownField`, `WrongValue`."""
    if not given:
        return {}
    known = {field.key: field for field in CustomField.objects.on(queue_id)}
    if given.keys() - known.keys():
        raise UnknownField
    values = {key: read(known[key], text) for key, text in given.items()}
    return {key: value for key, value in values.items() if value}


def refuse_missing(ticket: Ticket) -> None:
    """Raises `FieldsMissing` while a field that a solved ticket must have is empty."""
    needed = CustomField.objects.on(ticket.queue_id).filter(is_required_to_solve=True)
    missing = [field for field in needed if not ticket.fields.get(field.key)]
    if missing:
        raise FieldsMissing(missing)


def read(field: CustomField, text: str) -> str:
    """What somebody wrote, as the field stores it (`CustomField`); "" for nothing. Raises `WrongValue`."""
    text = " ".join(unicodedata.normalize("NFC", str(text)).split())
    if not text:
        return ""
    if field.type == CustomField.Type.NUMBER:
        return _number(field, text)
    if field.type == CustomField.Type.DATE:
        return _date(field, text)
    if field.type == CustomField.Type.CHOICE and text not in field.choices:
        raise WrongValue(field, _("choose one of: %(choices)s.") % {"choices": ", ".join(field.choices)})
    if len(text) > LONGEST_VALUE:
        raise WrongValue(field, _("at most %(most)d characters.") % {"most": LONGEST_VALUE})
    return text


def _number(field: CustomField, text: str) -> str:
    """The comma divides whole from part, as in Polish. In English 1,234 may mean a thousand, so it is asked again."""
    plain = text.replace(" ", "").replace("\N{MINUS SIGN}", "-")
    if get_language() == "en" and _GROUPED.fullmatch(plain):
        raise WrongValue(field, _("write a number without commas between thousands, such as 1234.5."))
    if not plain.isascii() or not _NUMBER.fullmatch(plain):
        raise WrongValue(field, _("write a number, such as 12 or 12.5."))
    number = Decimal(plain.replace(",", "."))
    return f"{number.normalize():f}" if number else "0"


def _date(field: CustomField, text: str) -> str:
    """2026-03-09 or 9.03.2026."""
    if text.isascii():
        found = _DAY_FIRST.fullmatch(text)
        try:
            day = date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text)
        except ValueError:
            pass
        else:
            return day.isoformat()
    raise WrongValue(field, _("write a date, such as 2026-03-09."))
