"""What the properties beside a conversation show and offer: tags, the desk's own fields, the snooze."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tickets.actions.linking import relation_of
from tickets.forms.fields import options
from tickets.models import CustomField, Ticket
from tickets.queries.custom_fields import Field, custom_fields
from tickets.queries.joined import Linked
from tickets.templatetags.ui import moment

Type = CustomField.Type
LATER_TODAY_UNTIL = 18
"""The hour after which nothing is put off to later today."""
MORNING = time(8)


@dataclass(frozen=True)
class Input:
    """A field of the desk's own that the person may fill in. ``seen`` is the stored value in sight."""

    key: str
    label: str
    url: str
    type: str
    value: str
    seen: str
    options: SafeString
    error: str = ""
    is_missing: bool = False


@dataclass(frozen=True)
class Fact:
    """A field that is only shown: out of use, of another queue, or not the person's to change."""

    label: str
    value: str


@dataclass(frozen=True)
class OwnFields:
    inputs: list[Input] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)


def fields_of(
    ticket: Ticket,
    *,
    may_change: bool,
    missing: Container[str] = (),
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> OwnFields:
    """``typed`` is what the person wrote and was refused, by key, ``errors`` why; ``missing`` must be filled in."""
    typed, errors = typed or {}, errors or {}
    shown = OwnFields()
    for each in custom_fields():
        stored = ticket.fields.get(each.key, "")
        if may_change and each.is_on(ticket.queue_id):
            shown.inputs.append(
                Input(
                    key=each.key,
                    label=each.label,
                    url=reverse("change_field", args=[ticket.pk, each.key]),
                    type=each.type,
                    value=typed.get(each.key, written(each, stored)),
                    seen=stored,
                    options=_options(each, typed.get(each.key, stored)),
                    error=errors.get(each.key, ""),
                    is_missing=each.key in missing,
                )
            )
        elif stored:
            shown.facts.append(Fact(each.label, in_words(each, stored)))
    return shown


def _options(each: Field, chosen: str) -> SafeString:
    if each.type != Type.CHOICE:
        return SafeString()
    # A choice that was taken off the list stays on the tickets that have it.
    known = each.choices if chosen in ("", *each.choices) else (*each.choices, chosen)
    return options([("", "–"), *((choice, choice) for choice in known)], chosen)


def written(each: Field, stored: str) -> str:
    """A stored value as its input holds it: a number with the comma of the reader's language."""
    return stored.replace(".", ",") if each.type == Type.NUMBER and get_language() == "pl" else stored


def in_words(each: Field, stored: str) -> str:
    """A stored value in a sentence."""
    if each.type != Type.DATE or not stored:
        return written(each, stored)
    try:
        words = formats.date_format(date.fromisoformat(stored), "j E Y")
    except ValueError:
        return stored
    return words.lower() if get_language() == "pl" else words


def label_of(key: str) -> str:
    """What the field is called now; its key when nobody knows it any more."""
    return next((each.label for each in custom_fields() if each.key == key), key)


def value_in_words(key: str, stored: str) -> str:
    known = next((each for each in custom_fields() if each.key == key), None)
    return in_words(known, stored) if known else stored


# Snooze


@dataclass(frozen=True)
class Snooze:
    times: SafeString
    """Options of the select: presets as times, and "own"."""
    seen: str
    until: str = ""
    reason: str = ""
    error: str = ""
    is_open: bool = False


def snooze_of(
    ticket: Ticket, at: datetime, *, when: str = "", until: str = "", reason: str = "", error: str = ""
) -> Snooze:
    """``when``, ``until`` and ``reason`` are what the person chose and was refused, ``error`` why."""
    offered = [(each.isoformat(), label) for each, label in presets(at)]
    return Snooze(
        times=options([*offered, ("own", _("my own time"))], when or offered[0][0]),
        seen=ticket.snoozed_until.isoformat() if ticket.snoozed_until else "",
        until=until,
        reason=reason or ticket.snooze_reason,
        error=error,
        is_open=bool(error),
    )


def presets(at: datetime) -> list[tuple[datetime, str]]:
    """Times to put a ticket off to, on the reader's clock: later today while there is a later, tomorrow, Monday."""
    now = timezone.localtime(at)
    later = (now + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    tomorrow = datetime.combine(now.date() + timedelta(days=1), MORNING, now.tzinfo)
    monday = datetime.combine(now.date() + timedelta(days=7 - now.weekday()), MORNING, now.tzinfo)
    found = []
    if later.date() == now.date() and later.hour <= LATER_TODAY_UNTIL:
        found.append((later, _("later today, %(time)s") % {"time": moment(later, at)}))
    found.append((tomorrow, _("tomorrow, %(time)s") % {"time": formats.date_format(tomorrow, "G:i")}))
    if monday != tomorrow:
        found.append((monday, _("Monday, %(time)s") % {"time": formats.date_format(monday, "G:i")}))
    return found


# What belongs together


@dataclass(frozen=True)
class LinkRow:
    """A link as the page shows it: what this ticket is to the other, and the other."""

    pk: int
    label: str
    other: Ticket


def links_of(ticket: Ticket, links: Iterable[Linked]) -> list[LinkRow]:
    rows = [LinkRow(each.link.pk, relation_of(each.link, seen_from=ticket.pk).label, each.other) for each in links]
    return sorted(rows, key=lambda row: row.label)
