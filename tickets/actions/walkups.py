"""Favours: logging one in five seconds, taking it back, correcting it, and turning it round into a ticket, kindly."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.one_line import one_line
from tickets import access, events
from tickets.actions import opening, outgoing
from tickets.actions.auditing import Action, record_audit
from tickets.actions.auditing import Kind as Audited
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import lock_person, locked
from tickets.actions.removing import remove
from tickets.actions.saving import saved
from tickets.actions.transitions import stamp_status
from tickets.models import Channel, Kind, Queue, QueueSnapshot, Status, Ticket, User, WalkUp
from tickets.models.ticket import AT_RISK, RemovedAs
from tickets.models.walkup import LONGEST_MINUTES

Outcome = WalkUp.Outcome

UNDONE_WITHIN = timedelta(hours=1)
"""So long a favour can be taken back; after that it is corrected instead."""

LINK_WORKS = timedelta(days=30)
"""So long after the favour its link opens the form."""


class NobodyAsked(Refused):
    message = _("Write who asked.")


class NothingAsked(Refused):
    message = _("Write what it was about.")


class TooLong(Refused):
    message = _("A favour takes between 1 and 720 minutes.")


class NotYet(Refused):
    message = _("This time is still to come.")


class UnknownOutcome(Refused):
    message = _("This outcome is not known.")


class TooLateToUndo(Refused):
    message = _("This cannot be taken back any more. Correct the minutes instead, or delete the ticket.")


class NoAddress(Refused):
    message = _("There is no mail address of this person: show the code or give them the link.")


class LinkOver(Refused):
    message = _("This link does not work any more.")


class FiledAlready(Refused):
    message = _("This is filed already.")


class AddressMissing(Refused):
    message = _("Write your email address, so that we can answer.")


@dataclass(frozen=True)
class Asker:
    """Who asked: a person the desk knows, or a name, perhaps with a mail address."""

    person: User | None = None
    name: str = ""
    email: str = ""


@transaction.atomic
def log_walk_up(
    *,
    who: Asker,
    what: str,
    minutes: int,
    outcome: str,
    queue: Queue,
    at: datetime,
    by: User,
    logged_at: datetime,
    key: str,
) -> WalkUp:
    """Log a favour that began at ``at``, at ``logged_at``, which may be long after it.

    ``done`` makes a ticket that is solved at once, ``queued`` an ordinary one opened now, so that it overtakes nobody,
    ``asked_to_file`` none until the asker files it by the link (`url_of`). The same ``key`` of the same person is
    logged once: the second call returns what the first one logged.
    Raises `NotAllowed`, `NobodyAsked`, `NothingAsked`, `TooLong`, `NotYet`, `UnknownOutcome`.
    """
    lock_person(by)
    if known := WalkUp.objects.filter(agent=by, key=key).select_related("requester", "ticket", "queue").first():
        return known
    if not access.can_open_in(by, queue, Channel.WALK_UP, logged_at):
        raise NotAllowed(_("You may not log favours in this queue."))
    what, name = one_line(what)[:300], one_line(who.name)[:200]
    if outcome not in Outcome.values:
        raise UnknownOutcome
    if not (who.person or name or who.email):
        raise NobodyAsked
    if not what:
        raise NothingAsked
    _refuse_length(minutes)
    if at > logged_at:
        raise NotYet
    person = who.person
    if person is None and (who.email or outcome != Outcome.ASKED_TO_FILE):
        person = opening.find_or_create_requester(email=who.email or None, name=name, language=queue.language)
    walk_up = WalkUp(
        requester=person,
        asker_name="" if person else name,
        agent=by,
        organisation_id=person.organisation_id if person else None,
        queue=queue,
        what=what,
        minutes=minutes,
        outcome=outcome,
        at=at,
        logged_at=logged_at,
        key=key,
    )
    if outcome == Outcome.ASKED_TO_FILE:
        walk_up.token_sha256 = _hashed(token_of(walk_up))
    else:
        assert person is not None
        walk_up.ticket = _open(walk_up, person)
    walk_up.save()
    return walk_up


def _open(walk_up: WalkUp, person: User) -> Ticket:
    is_done = walk_up.outcome == Outcome.DONE
    begun_at = walk_up.at if is_done else walk_up.logged_at
    # Whoever keeps clocks reads in the events that this was a favour, and of which kind.
    with events.caused_by(favour=walk_up.outcome):
        ticket = opening.open_ticket(
            requester=person,
            queue=walk_up.queue,
            channel=Channel.WALK_UP,
            subject=walk_up.what,
            text=walk_up.what,
            by=walk_up.agent,
            at=begun_at,
        )
        if is_done:
            # Fields that a solved ticket must have are not asked for: a favour is logged in five seconds.
            ended_at = min(walk_up.ends_at, walk_up.logged_at)
            ticket = locked(ticket)
            ticket.assignee = walk_up.agent
            ticket = saved(ticket, by=walk_up.agent, kind=Kind.TAKEN, at=ended_at, assignee=[None, walk_up.agent.pk])
            stamp_status(ticket, Status.SOLVED, at=ended_at)
            change = [Status.NEW.value, Status.SOLVED.value]
            ticket = saved(ticket, by=walk_up.agent, kind=Kind.STATUS_CHANGED, at=ended_at, status=change)
    return ticket


@transaction.atomic
def undo(*, walk_up: WalkUp, by: User, at: datetime) -> WalkUp:
    """Take a favour back as if it had not been logged; its ticket is deleted as any other is. Twice does nothing.

    Raises `NotAllowed`, `TooLateToUndo`: after an hour, once it is filed, and once somebody works the ticket.
    """
    walk_up = _locked(walk_up)
    if not access.can_change_walk_up(by, walk_up):
        raise NotAllowed
    if walk_up.undone_at:
        return walk_up
    ticket = walk_up.ticket
    is_touched = ticket is not None and (ticket.first_reply_at or ticket.assignee_id not in (None, by.pk))
    if walk_up.filed_at or is_touched or at - walk_up.logged_at > UNDONE_WITHIN:
        raise TooLateToUndo
    if ticket is not None:
        # Whoever logged it takes it back, also on a duty, which removes nothing else.
        own = by if access.can_remove(by, ticket, at) else None
        with events.caused_by(favour="undone"):
            remove(ticket=ticket, removed_as=RemovedAs.DELETED, by=own, at=at)
    walk_up.undone_at = at
    walk_up.save(update_fields=["undone_at"])
    return walk_up


@transaction.atomic
def correct(*, walk_up: WalkUp, what: str, minutes: int, began_at: datetime, by: User, at: datetime) -> WalkUp:
    """Change what a favour was about, how long it took and when it began. Its ticket stays as it is.

    Raises `NotAllowed`, `NothingAsked`, `TooLong`, `NotYet`.
    """
    walk_up = _locked(walk_up)
    if not access.can_change_walk_up(by, walk_up) or walk_up.undone_at:
        raise NotAllowed
    what = one_line(what)[:300]
    if not what:
        raise NothingAsked
    _refuse_length(minutes)
    if began_at > walk_up.logged_at:
        raise NotYet(_("It was logged at this time: it cannot have begun later."))
    walk_up.what, walk_up.minutes, walk_up.at = what, minutes, began_at
    walk_up.save(update_fields=["what", "minutes", "at"])
    return walk_up


# Asked to file


def token_of(walk_up: WalkUp) -> str:
    """What stands in the link. Made anew from the key whenever it is shown; the row keeps its hash."""
    digest = salted_hmac("tickets.walk_up", f"{walk_up.agent_id}:{walk_up.key}", algorithm="sha256").digest()
    return urlsafe_b64encode(digest[:18]).decode()


def url_of(walk_up: WalkUp) -> str:
    """The full address of the prefilled form."""
    return f"{settings.SITE_URL}/f/{token_of(walk_up)}/"


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def send_kind_mail(*, walk_up: WalkUp, by: User, at: datetime) -> WalkUp:
    """Mail the link to whoever asked, with the kind sentence, once. Raises `NotAllowed`, `NoAddress`, `LinkOver`."""
    walk_up = _locked(walk_up)
    if not access.can_change_walk_up(by, walk_up):
        raise NotAllowed
    if walk_up.mailed_at:
        return walk_up
    _refuse_over(walk_up, at)
    person = walk_up.requester
    if person is None or not person.email:
        raise NoAddress
    with translation.override(person.language):
        text = gettext(
            "Hello,\n\n"
            "I promise you will get help with “%(what)s”. Do me a favour and file it, so that I or somebody of the "
            "team remembers you. Your words are in the form already:\n\n%(url)s\n\n%(name)s"
        ) % {"what": walk_up.what, "url": url_of(walk_up), "name": by}
        subject = gettext("Please file it: %(what)s") % {"what": walk_up.what}
        sent = outgoing.send_account_mail(
            address=person.email, subject=one_line(subject)[:200], text=text, html="", at=at, recipient=person
        )
    if sent is None:
        raise NoAddress(_("Mail to this address came back, so none is sent: show the code or give them the link."))
    walk_up.mailed_at = at
    walk_up.save(update_fields=["mailed_at"])
    return walk_up


def by_token(token: str, at: datetime) -> WalkUp:
    """The favour of a link, filed or not. Raises `LinkOver`."""
    rows = WalkUp.objects.select_related("requester", "queue", "agent", "ticket")
    walk_up = rows.filter(token_sha256=_hashed(token)).first()
    if walk_up is None:
        raise LinkOver
    if not walk_up.filed_at:
        _refuse_over(walk_up, at)
    return walk_up


@transaction.atomic
def file(*, token: str, text: str, at: datetime, subject: str = "", name: str = "", email: str = "") -> WalkUp:
    """Open the ticket that the asker was asked to file, and tie it to the favour. Of two presses the first one counts.

    Whose it is the favour says; only where nobody knew them do ``name`` and ``email``.
    Raises `LinkOver`, `FiledAlready`, `AddressMissing`, `opening.NothingSaid`.
    """
    walk_up = _locked(by_token(token, at))
    if walk_up.filed_at:
        raise FiledAlready
    _refuse_over(walk_up, at)
    person = walk_up.requester
    if person is None:
        if not email.strip():
            raise AddressMissing
        named = one_line(name) or walk_up.asker_name
        person = opening.find_or_create_requester(email=email, name=named, language=walk_up.queue.language)
    if not person.is_active:
        raise LinkOver
    with events.caused_by(favour=Outcome.ASKED_TO_FILE.value):
        ticket = opening.open_ticket(
            requester=person,
            queue=walk_up.queue,
            channel=Channel.WEB,
            subject=subject or walk_up.what,
            text=text.strip() or walk_up.what,
            by=person,
            at=at,
        )
    outgoing.acknowledge(ticket=ticket, message=ticket.messages.get(), at=at)
    walk_up.requester, walk_up.asker_name = ticket.requester, ""
    walk_up.organisation_id = walk_up.organisation_id or ticket.organisation_id
    walk_up.ticket, walk_up.filed_at = ticket, at
    walk_up.save(update_fields=["requester", "asker_name", "organisation", "ticket", "filed_at"])
    return walk_up


def _refuse_over(walk_up: WalkUp, at: datetime) -> None:
    if walk_up.outcome != Outcome.ASKED_TO_FILE or walk_up.undone_at or at - walk_up.logged_at > LINK_WORKS:
        raise LinkOver


def _refuse_length(minutes: int) -> None:
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise TooLong


def _locked(walk_up: WalkUp) -> WalkUp:
    """The row as it is, locked, and what it points at now. Read in one statement, whoever called them while we waited
    for the lock would be missing."""
    WalkUp.objects.select_for_update(no_key=True).get(pk=walk_up.pk)
    return WalkUp.objects.select_related("requester", "queue", "agent", "ticket").get(pk=walk_up.pk)


# What it looked like meanwhile


def take_snapshots(*, at: datetime) -> int:
    """Write down how full every queue is. Twice for one moment writes once. Returns how many queues there are."""
    unsolved = Ticket.objects.unsolved().order_by().values("queue")
    counted = unsolved.annotate(
        open=Count("queue"),
        at_risk=Count("queue", filter=Q(work_at__gte=at, work_at__lt=at + AT_RISK)),
        overdue=Count("queue", filter=Q(work_at__lt=at)),
    )
    found = {row["queue"]: (row["open"], row["at_risk"], row["overdue"]) for row in counted}
    rows = []
    for queue in Queue.objects.order_by("pk").values_list("pk", flat=True):
        unsolved_now, at_risk, overdue = found.get(queue, (0, 0, 0))
        rows.append(QueueSnapshot(queue_id=queue, at=at, open=unsolved_now, at_risk=at_risk, overdue=overdue))
    QueueSnapshot.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


# Who looked


def note_read(*, by: User, at: datetime, name: str, listed: str, count: int, is_export: bool) -> None:
    """A line in the audit: who saw whose favours, or took them out of the desk as a file, and how narrowed."""
    action = Action.EXPORTED if is_export else Action.READ
    record_audit(action=action, kind=Audited.FAVOURS, by=by, at=at, name=name, data={"listed": listed, "rows": count})
