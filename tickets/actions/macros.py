"""Macros: their words filled in for a ticket, and the reply or note that leaves together with their changes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tickets import access
from tickets.actions import noting, replying
from tickets.actions.changes import Change, carry_out
from tickets.contact import mask_name
from tickets.models import Language, Macro, Message, Status, Ticket, User
from tickets.models.automation import MACRO_VARIABLES

_VARIABLE = re.compile(r"(\s?)\{(" + "|".join(map(re.escape, MACRO_VARIABLES)) + r")\}")
_WITH_REPLY = (Status.OPEN, Status.WAITING, Status.SOLVED)
_BEFORE = frozenset({"subject", "priority", "tags", "add_tags", "remove_tags", "field"})
"""What is changed before the words leave: a field that a solved ticket must have is filled in when it is asked for."""


def words_of(macro: Macro, ticket: Ticket) -> str:
    """The text in the language of the requester, its variables still in braces."""
    return in_language_of(ticket, macro.text, macro.text_en)


def in_language_of(ticket: Ticket, text: str, text_en: str) -> str:
    """Of two texts the one that the requester reads; where it is empty the other one."""
    return (text_en if ticket.requester.language == Language.ENGLISH else "") or text or text_en


def filled_in(text: str, ticket: Ticket, by: User, *, but: Sequence[str] = ()) -> str:
    """``text`` with the variables of macros filled in, all ``but`` these. Of one that is empty no gap is left.

    Who told us no name is called by an address or a number: nobody is greeted by that, and a person on a duty who
    writes a note with a variable does not learn it.
    """
    name = ticket.requester.name
    if mask_name(name) != name:
        name = ""
    names = name.split()
    values = {
        "requester": name,
        "first name": names[0] if names else "",
        "agent": by.name,
        "ticket": f"#{ticket.pk}",
        "subject": ticket.subject,
        "queue": ticket.queue.name,
    }

    def value_of(found: re.Match[str]) -> str:
        if found[2] in but:
            return found[0]
        value = values[found[2]]
        return f"{found[1]}{value}" if value else ""

    return _VARIABLE.sub(value_of, text)


@transaction.atomic
def reply(
    *, ticket: Ticket, by: User, text: str, at: datetime, changes: Sequence[Change], next_status: str = "", **more: Any
) -> Message | None:
    """Send the reply and make the changes, or nothing of both. Without words and files only the changes are made.

    A status among the changes is set with the reply, as if chosen beside Send; ``next_status`` goes before it. Under
    review it waits with the reply for the mentor. ``more`` is for `replying.reply`.
    Raises the refusals of `replying.reply` and of the changes.
    """
    if not text.strip() and not more.get("attachments") and not more.get("kept_files"):
        carry_out(ticket, changes, by=by, at=at)
        return None
    before, with_reply, after = _in_turn(changes)
    if with_reply and not next_status and with_reply[-1]["to"] != ticket.status:
        next_status = str(with_reply[-1]["to"])
    words: dict[str, Any] = {
        "ticket": ticket,
        "by": by,
        "text": filled_in(text, ticket, by),
        "at": at,
        "next_status": next_status,
    }
    if more.get("hold_s") and not access.needs_review(by, ticket, at):
        _try_out(before, after, by=by, at=at, words=words | more | {"hold_s": 0})
        return replying.reply(**words, **more, changes=[*before, *after])
    return _together(before, after, by=by, at=at, words=words | more)


def _together(
    before: Sequence[Change], after: Sequence[Change], *, by: User, at: datetime, words: dict[str, Any]
) -> Message:
    ticket = carry_out(words["ticket"], before, by=by, at=at)
    message = replying.reply(**words | {"ticket": ticket})
    carry_out(message.ticket, after, by=by, at=at)
    return message


class _TriedOut(Exception):
    """It would have worked; it is taken back."""


def _try_out(before: Sequence[Change], after: Sequence[Change], **rest: Any) -> None:
    """Words that are held are refused now and not when they leave: nobody looks at the page any more then."""
    try:
        with transaction.atomic():
            _together(before, after, **rest)
            raise _TriedOut
    except _TriedOut:
        return


def let_leave(*, ticket: Ticket, message: Message, at: datetime) -> None:
    """A held reply and the changes that waited with it, or nothing of both. Raises the refusals of both."""
    before, _with_reply, after = _in_turn(message.changes or [])
    author = message.author
    ticket = carry_out(ticket, before, by=author, at=at)
    replying.let_leave(ticket=ticket, message=message, at=at)
    carry_out(ticket, after, by=author, at=at)


def _in_turn(changes: Sequence[Change]) -> tuple[list[Change], list[Change], list[Change]]:
    """What is changed before the words leave, with them, and after them."""
    with_reply = [each for each in changes if each.get("property") == "status" and each.get("to") in _WITH_REPLY]
    before = [each for each in changes if each.get("property") in _BEFORE]
    return before, with_reply, [each for each in changes if each not in before and each not in with_reply]


@transaction.atomic
def note(
    *, ticket: Ticket, by: User, text: str, at: datetime, changes: Sequence[Change], **more: Any
) -> Message | None:
    """Leave the note and make the changes, or nothing of both. Raises the refusals of `noting.note` and the changes."""
    message = None
    if text.strip() or more.get("attachments") or more.get("kept_files") or not changes:
        message = noting.note(ticket=ticket, by=by, text=filled_in(text, ticket, by), at=at, **more)
    carry_out(ticket, changes, by=by, at=at)
    return message
