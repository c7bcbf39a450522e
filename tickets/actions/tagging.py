"""Tags of a ticket. A set merges: what one person adds and another takes off at the same time both hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tickets import access
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import locked
from tickets.actions.removing import refuse_removed
from tickets.actions.saving import saved
from tickets.models import Kind, Tag, Ticket, User
from tickets.models.properties import must_be_a_tag

MOST_TAGS = 20


class NotATag(Refused):
    """Something given is no tag; the sentence names it."""


class TooManyTags(Refused):
    message = _("A ticket has at most 20 tags. Take one off first.")


@transaction.atomic
def set_tags(
    *, ticket: Ticket, to: Iterable[str], by: User | None, at: datetime, seen: Iterable[str] | None = None
) -> Ticket:
    """Give the ticket these tags.

    With ``seen``, the tags the person had in sight, only what they added to them and took off them is done: tags that
    came or went meanwhile stay as they are now. Raises `NotAllowed`, `NotATag`, `TooManyTags`, `TicketIsRemoved`.
    """
    wanted = normalised(to)
    if seen is None:
        return _changed(ticket, by=by, at=at, change=lambda current: wanted)
    known = normalised(seen)
    return _changed(ticket, by=by, at=at, change=lambda current: (current | (wanted - known)) - (known - wanted))


@transaction.atomic
def add_tags(*, ticket: Ticket, tags: Iterable[str], by: User | None, at: datetime) -> Ticket:
    """Raises `NotAllowed`, `NotATag`, `TooManyTags`, `TicketIsRemoved`."""
    added = normalised(tags)
    return _changed(ticket, by=by, at=at, change=lambda current: current | added)


@transaction.atomic
def remove_tags(*, ticket: Ticket, tags: Iterable[str], by: User | None, at: datetime) -> Ticket:
    """Taking off what is not there does nothing. Raises `NotAllowed`, `NotATag`, `TicketIsRemoved`."""
    gone = normalised(tags)
    return _changed(ticket, by=by, at=at, change=lambda current: current - gone)


def normalised(tags: Iterable[str]) -> frozenset[str]:
    """Tags as they are stored: lower case, NFC. Raises `NotATag`."""
    return frozenset(normal_tag(tag) for tag in tags if tag.strip())


def normal_tag(tag: str) -> str:
    """Raises `NotATag`."""
    # A "#" in front is how people write tags elsewhere.
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", tag).strip().removeprefix("#").lower())
    try:
        must_be_a_tag(name)
    except ValidationError as error:
        raise NotATag(_("“%(tag)s”: %(why)s") % {"tag": name[:60], "why": error.messages[0]}) from error
    return name


def _changed(ticket: Ticket, *, by: User | None, at: datetime, change: Any) -> Ticket:
    ticket = locked(ticket)
    if by is not None and not access.can_change_properties(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    before = list(ticket.tags)
    after = sorted(change(frozenset(before)))
    if after == before:
        return ticket
    if len(after) > MOST_TAGS and len(after) > len(before):
        raise TooManyTags
    Tag.objects.bulk_create((Tag(name=name) for name in after if name not in before), ignore_conflicts=True)
    ticket.tags = after
    return saved(ticket, by=by, kind=Kind.TAGS_CHANGED, at=at, tags=[before, after])
