"""Which ticket a mail answers, and in whose name it speaks (DESIGN §4, "Mail identity").

A mail joins a ticket by a token that we gave to a person, or by naming a message that we sent to the very address it
comes from. A number in the subject alone never joins: anyone can guess it. Nobody becomes an agent by a From line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tickets import access
from tickets.channels.email import identity, quoting
from tickets.channels.email.automated import Kind
from tickets.channels.email.parsing import ParsedMail
from tickets.models import Appointment, Event, Mailbox, Message, Outbox, Share, Ticket, User
from tickets.models import Kind as Happened
from tickets.models.ticket import RemovedAs

_SUBJECT_NUMBER = re.compile(r"#(\d{1,9})\b")


@dataclass(frozen=True)
class Match:
    """The ticket, whether the sender speaks as an agent, and what proved it."""

    ticket: Ticket
    is_agent: bool
    because: str


@dataclass(frozen=True)
class _Link:
    ticket_id: int
    user_id: int | None
    is_token: bool
    because: str


def match(
    mail: ParsedMail, *, recipients: Sequence[str], sender: User | None, mailbox: Mailbox | None, at: datetime
) -> Match | None:
    """The ticket this mail belongs to, or None: then it opens one. `sender`: the person with its address, if known."""
    for link in _links(mail, recipients, at=at):
        named = Ticket.objects.select_related("queue", "requester").filter(pk=link.ticket_id).first()
        ticket = _where_it_went(named)
        if named is None or ticket is None:
            continue
        # An agent's answer to a merged ticket was meant for its requester, not for another one's.
        is_theirs = named.requester_id == ticket.requester_id
        is_linked = link.is_token and sender is not None and sender.pk == link.user_id
        if is_linked and is_theirs and sender and _is_agent(mail, sender, ticket, mailbox, at=at):
            return Match(ticket, is_agent=True, because=f"{link.because}, authenticated")
        user_id = User.objects.current_id(link.user_id) if link.user_id else None
        if _is_requesters_side(named, user_id, sender) or _is_requesters_side(ticket, user_id, sender):
            return Match(_split_off(ticket, user_id, mail) or ticket, is_agent=False, because=link.because)
    return None


def _where_it_went(ticket: Ticket | None) -> Ticket | None:
    """The ticket that this one is or was merged into. Spam and deleted ones are themselves: what becomes of the words
    is the action's to say."""
    while ticket is not None and ticket.removed_as == RemovedAs.MERGED:
        into = ticket.merged_into_id or 0
        ticket = Ticket.objects.select_related("queue", "requester").filter(pk=into).first()
    return ticket


def _split_off(ticket: Ticket, user_id: int | None, mail: ParsedMail) -> Ticket | None:
    """The ticket to which the message that this mail answers went when it was split off, for a reader of both."""
    ids = list(mail.thread_ids)
    if not ids or not Event.objects.filter(ticket=ticket, kind=Happened.SPLIT, data__has_key="into").exists():
        return None
    went: dict[str, int | None] = {}
    for rows in (Message.objects.filter(mail_id__in=ids), Outbox.objects.filter(mail_id__in=ids)):
        went.update(rows.values_list("mail_id", "ticket"))
    answered = next((went[mail_id] for mail_id in ids if went.get(mail_id)), None)
    if answered is None or answered == ticket.pk:
        return None
    parts = Event.objects.filter(ticket=answered, kind=Happened.SPLIT, data__source=ticket.pk)
    part = Ticket.objects.select_related("queue", "requester").filter(pk__in=parts.values("ticket")).first()
    found = _where_it_went(part)
    return found if found and _is_requesters_side(found, user_id, None) else None


def quotes_are_new(mail: ParsedMail, found: Match | None, *, recipients: Sequence[str], at: datetime) -> bool:
    """Whether what the mail quotes may stand nowhere else on the desk, so that folding it would hide the only copy.

    So it is with what was passed on, and with a mail that answers nothing of ours. Also when we know its thread, but
    not the very mail it answers: then somebody was asked in between. A mail that was sent to an address with our
    token answers ours, even if a server on the way gave that one another Message-ID.
    """
    if quoting.is_forward(mail.subject):
        return True
    ids = mail.thread_ids
    known = {
        *Message.objects.filter(mail_id__in=ids).values_list("mail_id", flat=True),
        *Outbox.objects.filter(mail_id__in=ids).values_list("mail_id", flat=True),
        *(each for each in ids if identity.read(each, at=at)),
    }
    if not known:
        return found is None
    answered = mail.in_reply_to or mail.references[-1:]
    return known.isdisjoint(answered) and not any(identity.read(address, at=at) for address in recipients)


def _links(mail: ParsedMail, recipients: Sequence[str], *, at: datetime) -> Iterator[_Link]:
    for address in recipients:
        if found := identity.read(address, at=at):
            yield _Link(found.ticket_id, found.user_id, is_token=True, because="token in the recipient address")
    for mail_id in mail.thread_ids:
        if found := identity.read(mail_id, at=at):
            yield _Link(found.ticket_id, found.user_id, is_token=True, because="token in the message it answers")
    if mail.invitation and mail.invitation["method"] == "reply" and mail.invitation["uid"]:
        # The number of an invitation is told to nobody but the invited.
        for invited in Appointment.objects.filter(uid=mail.invitation["uid"]):
            yield _Link(invited.ticket_id, invited.person_id, is_token=False, because="answers an invitation of ours")
    if mail.sender and mail.thread_ids:
        sent = Outbox.objects.filter(
            mail_id__in=mail.thread_ids, address__in=User.spellings(mail.sender.address), ticket__isnull=False
        )
        for row in sent.order_by("-pk")[:20]:
            assert row.ticket_id is not None
            yield _Link(row.ticket_id, row.recipient_id, is_token=False, because="answers a mail sent to this address")


def _is_agent(mail: ParsedMail, sender: User, ticket: Ticket, mailbox: Mailbox | None, *, at: datetime) -> bool:
    """All three: their own token, a From that the mailbox's server has authenticated, and the right as of now.

    A machine never speaks for an agent: an out-of-office note would go to the customer.
    """
    return (
        sender.pk != ticket.requester_id
        and mail.sender is not None
        and User.clean_email(mail.sender.address) == sender.email
        and not mail.automation.is_automated
        and is_authenticated(mail, mailbox)
        and access.can_reply(sender, ticket, at)
    )


def is_authenticated(mail: ParsedMail, mailbox: Mailbox | None) -> bool:
    """Whether the server of this mailbox vouches for the From address: dmarc=pass in the topmost header, under the name
    that the mailbox is configured with. Without a configured name nothing is believed."""
    expected = mailbox.authserv_id.strip().lower() if mailbox else ""
    results = mail.authentication
    return bool(
        expected
        and results
        and results.authserv_id == expected
        and mail.sender
        and not mail.sender_is_ambiguous
        and results.dmarc_passes_for(mail.sender.domain)
    )


def _is_requesters_side(ticket: Ticket, linked_user_id: int | None, sender: User | None) -> bool:
    """A message for the requester's side: linked to the requester, to somebody the ticket is shared with, or to whom we
    sent a copy of a reply.

    Who writes from another address with such a link (a second mailbox, a colleague it was forwarded to) is heard under
    their own name, by the desk alone (see `replying.requester_wrote`). But not an agent: the words would look like the
    desk's. Their mail opens a ticket of its own.
    """
    if linked_user_id is None:
        return False
    if sender and sender.is_support and sender.pk != ticket.requester_id:
        return False
    return (
        linked_user_id == ticket.requester_id
        or Share.objects.filter(ticket=ticket, user_id=linked_user_id).exists()
        or Outbox.objects.filter(ticket=ticket, recipient=linked_user_id, kind=Outbox.Kind.COPY).exists()
    )


RECENT = timedelta(days=5)
"""Mail servers try for so long before they give up (RFC 5321 §4.5.4.1)."""
_A_CLAIM = "bounce from an address we wrote to lately; it proves nothing"


@dataclass(frozen=True)
class Bounced:
    """Our mail that a bounce is about, what tells so, and whether that is proof and about the address we wrote to."""

    sent: Outbox
    because: str
    is_proven: bool
    is_same_address: bool


def bounced(mail: ParsedMail, *, recipients: Sequence[str], envelope_to: str = "", at: datetime) -> Bounced | None:
    """The mail that came back. None when nothing of it is ours, or nothing but words tells that a server wrote this:
    a person's answer has the ids of our mail too.

    Anybody can write a bounce. One proves itself by what only they know who got our mail: its Message-ID in the
    returned part, or the token in the envelope's sender, which is where bounces go; in To it may be whoever has seen
    that address. And it speaks for the address we wrote to alone: that a recipient's own forwarding fails is their
    affair. What only names an address or a token of ours is shown there as what it is, a claim; else a forged bounce
    could cut a customer off.
    """
    assert mail.bounce is not None
    automation = mail.automation
    failed = {spelled for address in mail.bounce.addresses for spelled in User.spellings(address)}

    def found(sent: Outbox, because: str, *, is_proven: bool) -> Bounced:
        is_same = User.clean_email(sent.address) in failed if failed else automation.is_report
        return Bounced(sent, because, is_proven=is_proven, is_same_address=is_same)

    rows = Outbox.objects.select_related("ticket", "message").filter(attempts__gt=0)
    ids = tuple(dict.fromkeys((*mail.bounce.original_ids, *mail.thread_ids)))
    if not automation.has_servers_sign:
        ids = tuple(each for each in ids if each not in mail.thread_ids)
    by_id = {row.mail_id: row for row in rows.filter(mail_id__in=ids).order_by("pk")} if ids else {}
    for mail_id in ids:
        if row := by_id.get(mail_id):
            return found(row, "bounce of a mail we sent, by its Message-ID", is_proven=True)
    if not automation.has_servers_sign:
        return None
    came_back = automation.is_report or automation.is_returned
    for address in recipients:
        if token := identity.read(address, at=at):
            is_proven = came_back and address in {envelope_to, *mail.delivered_to}
            sent = rows.filter(ticket=token.ticket_id, recipient=token.user_id).order_by("-pk")
            if row := sent.filter(address__in=failed).first() or sent.first():
                because = "bounce of a mail we sent, by the token it was sent with" if is_proven else _A_CLAIM
                return found(row, because, is_proven=is_proven)
    lately = rows.filter(address__in=failed, ticket__isnull=False, created_at__gt=at - RECENT)
    if row := lately.order_by("-pk").first():
        return found(row, _A_CLAIM, is_proven=False)
    return None


def is_own(mail: ParsedMail, *, at: datetime) -> bool:
    """Whether this desk sent the mail that says so: anybody who got one of ours can copy its header."""
    return mail.automation.kind is Kind.OWN and bool(
        mail.message_id
        and (identity.read(mail.message_id, at=at) or Outbox.objects.filter(mail_id=mail.message_id).exists())
    )


def looks_like(mail: ParsedMail) -> int | None:
    """The number of a ticket that a mail without proof seems to belong to: a hint for people, nothing else."""
    ids = list(mail.thread_ids)
    if ids:
        sent = Outbox.objects.filter(mail_id__in=ids, ticket__isnull=False).order_by("-pk")
        heard = Message.objects.filter(mail_id__in=ids).order_by("-pk")
        for rows in (sent, heard):
            if found := rows.values_list("ticket", flat=True).first():
                return int(found)
    if number := _SUBJECT_NUMBER.search(mail.subject):
        return Ticket.objects.filter(pk=int(number.group(1))).values_list("pk", flat=True).first()
    return None
