"""Changing many tickets at once: its rows are fixed when it begins, workers do them one by one, undo restores them.

Each ticket has its own transaction: the row of the item, which nobody waits for, then the ticket as everywhere. A
worker that dies takes back the ticket it was at, and the next one goes on there.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tickets import access, events
from tickets.actions import holding, macros
from tickets.actions.changes import Change, carry_out
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import lock_person, locked
from tickets.actions.restoring import changed_between, restore_values, values_of
from tickets.models import BulkChange, BulkItem, Event, Message, Ticket, User
from tickets.models.ticket import TicketQuerySet

MOST = 20_000
MOST_AS_GUEST = 25
"""Of people who are not support: a slip of a day's guest is put right by hand."""
BATCH = 50
HELD_S = 30
"""So long words for many can be taken back (DESIGN §4)."""

log = logging.getLogger(__name__)
State = BulkChange.State
UNFINISHED = (State.WAITING, State.RUNNING)


class NothingChosen(Refused):
    message = _("Tick at least one ticket.")


class NothingToChange(Refused):
    message = _("Choose what should change.")


class TooMany(Refused):
    message = _("These are more than 20,000 tickets. Narrow the search, or do it in parts.")


class TooManyForGuest(Refused):
    message = _("On a duty up to 25 tickets are changed at once. Do it in parts, or ask an agent.")


class NoAddress(Refused):
    message = _("There is no email address to answer to, so nothing was sent.")


class OneByOne(Refused):
    message = _("Your replies here wait for a mentor: write this one on its ticket.")


class StillRunning(Refused):
    message = _("It is not finished yet. Stop it first.")


class AlreadyUndone(Refused):
    message = _("This was undone already.")


@dataclass(frozen=True)
class Words:
    """What is written on every ticket, with the variables of macros, in the language of its requester. A reply is held
    for HELD_S; it crosses what came after ``seen_message``."""

    text: str = ""
    text_en: str = ""
    is_note: bool = False
    seen_message: int | None = None

    def __bool__(self) -> bool:
        return bool(self.text.strip() or self.text_en.strip())


@transaction.atomic
def start(
    *,
    tickets: TicketQuerySet,
    changes: Sequence[Change],
    by: User,
    at: datetime,
    query: str = "",
    words: Words | None = None,
    key: str = "",
) -> BulkChange:
    """Fix the rows now; workers do them soon. ``query`` says what was searched for, empty for a selection by hand.

    ``tickets`` are those the person works; whether each may be changed or answered is asked when its turn comes. The
    same ``key`` of the same person begins once: two presses of Send tell nobody twice.
    Raises `NotAllowed`, `NothingChosen`, `NothingToChange`, `TooMany`, `TooManyForGuest`.
    """
    if not access.can_use_desk(by, at):
        raise NotAllowed
    if key:
        lock_person(by)
        if known := BulkChange.objects.filter(by=by, key=key).first():
            return known
    words = words or Words()
    if not changes and not words:
        raise NothingToChange
    ids = list(tickets.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if not ids:
        raise NothingChosen
    check_size(len(ids), by)
    made = BulkChange.objects.create(
        by=by,
        at=at,
        query=query[:500],
        changes=list(changes),
        text=words.text,
        text_en=words.text_en,
        is_note=words.is_note,
        seen_message=words.seen_message,
        key=key,
        total=len(ids),
    )
    BulkItem.objects.bulk_create((BulkItem(change=made, ticket_id=each) for each in ids), batch_size=2000)
    return made


def check_size(count: int, by: User) -> None:
    """Raises `TooMany`, `TooManyForGuest`."""
    if count > MOST:
        raise TooMany
    if count > MOST_AS_GUEST and not by.is_support:
        raise TooManyForGuest


@transaction.atomic
def cancel(*, change: BulkChange, by: User, at: datetime) -> BulkChange:
    """Stop it: what is done stays done. Stopping one that is over does nothing. Raises `NotAllowed`."""
    change = BulkChange.objects.select_for_update().get(pk=change.pk)
    if change.by_id != by.pk:
        raise NotAllowed
    if change.state in UNFINISHED:
        change.state, change.ended_at = State.CANCELLED, at
        change.save(update_fields=["state", "ended_at"])
    return change


@transaction.atomic
def undo(*, change: BulkChange, by: User, at: datetime) -> BulkChange:
    """Begin to give back what it changed. Words that were begun are stopped first: nobody waits for the last one while
    the first ones leave. Raises `NotAllowed`, `StillRunning`, `AlreadyUndone`, `NothingToChange`."""
    change = BulkChange.objects.select_for_update().get(pk=change.pk)
    if change.by_id != by.pk or change.undoes_id is not None:
        raise NotAllowed
    if change.state in UNFINISHED and change.has_words:
        change = cancel(change=change, by=by, at=at)
        # Waits for tickets that a worker is at: from here on it finds none that it may do.
        list(_to_do(change).select_for_update(no_key=True, of=("self",)).order_by("id").values_list("pk", flat=True))
    if change.state in UNFINISHED:
        raise StillRunning
    if BulkChange.objects.filter(undoes=change).exists():
        raise AlreadyUndone
    done = change.items.filter(done_at__isnull=False, refused="").exclude(before={}).order_by("id")
    ids = list(done.values_list("ticket", flat=True))
    if not ids:
        raise NothingToChange(_("It changed nothing, so there is nothing to undo."))
    made = BulkChange.objects.create(by=by, at=at, undoes=change, total=len(ids))
    BulkItem.objects.bulk_create((BulkItem(change=made, ticket_id=each) for each in ids), batch_size=2000)
    return made


def run_batch(*, at: datetime) -> bool:
    """Do up to BATCH tickets of every bulk change that is not over. Returns whether any are left."""
    for change in BulkChange.objects.filter(state__in=UNFINISHED).select_related("by", "undoes").order_by("id"):
        BulkChange.objects.filter(pk=change.pk, state=State.WAITING).update(state=State.RUNNING)
        with translation.override(change.by.language):
            for _each in range(BATCH):
                if not _do_next(change, at=at):
                    _finish(change, at=at)
                    break
    return BulkChange.objects.filter(state__in=UNFINISHED).exists()


@transaction.atomic
def _do_next(change: BulkChange, *, at: datetime) -> bool:
    """Do the first ticket that nobody is at. False when there is none, or when it was stopped."""
    if not BulkChange.objects.filter(pk=change.pk, state=State.RUNNING).exists():
        return False
    item = _to_do(change).select_for_update(skip_locked=True, of=("self",)).order_by("id").first()
    # Asked once more: it may have been stopped between the question above and this row.
    if item is None or not BulkChange.objects.filter(pk=change.pk, state=State.RUNNING).exists():
        return False
    try:
        with transaction.atomic(), events.caused_by(bulk=change.pk):
            _do(item, change, at=at)
    except Refused as refusal:
        item.refused = str(refusal)[:300]
    except Exception:
        # One ticket that breaks must not keep the others waiting for ever.
        log.exception("bulk change %s failed on ticket %s", change.pk, item.ticket_id)
        item.refused = gettext("Something went wrong with this ticket. It is as it was.")
    item.done_at = at
    item.save(update_fields=["done_at", "refused", "before"])
    return True


def _do(item: BulkItem, change: BulkChange, *, at: datetime) -> None:
    ticket = locked(Ticket(pk=item.ticket_id))
    if change.undoes is None:
        before = values_of(ticket)
        message = _write(ticket, change, at=at) if change.has_words else None
        after = locked(ticket) if change.has_words else carry_out(ticket, change.changes, by=change.by, at=at)
        changed: dict[str, Any] = changed_between(before, values_of(after))
        item.before = {"changed": changed, "version": after.version} if changed else {}
        if message:
            item.before["message"] = message.pk
        return
    done = BulkItem.objects.get(change=change.undoes, ticket=item.ticket_id).before
    if "message" in done and not change.undoes.is_note:
        held = Message(pk=done["message"], ticket=ticket)
        holding.withdraw(message=held, by=change.by)
        return
    if "changed" not in done:
        return
    made = Event.objects.filter(ticket=ticket, data__bulk=change.undoes_id).values_list("pk", flat=True)
    told = {"changed": done["changed"], "version": done["version"], "events": list(made)}
    ticket, left = restore_values(ticket=ticket, by=change.by, at=at, **told)
    item.before = {"left": left} if left else {}


def _write(ticket: Ticket, change: BulkChange, *, at: datetime) -> Message | None:
    """The words on this ticket and the changes that go with them. A draft of the writer's own on it is another text."""
    by = change.by
    more: dict[str, Any] = {"keeps_draft": True, "changes": change.changes}
    text = macros.in_language_of(ticket, change.text, change.text_en)
    if change.is_note:
        return macros.note(ticket=ticket, by=by, text=text, at=at, **more)
    if not ticket.requester.email:
        raise NoAddress
    if access.needs_review(by, ticket, at):
        raise OneByOne
    return macros.reply(ticket=ticket, by=by, text=text, at=at, seen_message=change.seen_message, hold_s=HELD_S, **more)


def _to_do(change: BulkChange) -> Any:
    return BulkItem.objects.filter(change=change, done_at__isnull=True)


def _finish(change: BulkChange, *, at: datetime) -> None:
    """Over, unless another worker is still at one of its tickets."""
    if not _to_do(change).exists():
        BulkChange.objects.filter(pk=change.pk, state=State.RUNNING).update(state=State.DONE, ended_at=at)
