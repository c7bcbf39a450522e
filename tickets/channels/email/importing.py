"""Mail of an archive. The admin vouches for the file, so mails in it belong together as their References say; nothing
automatic follows from any of them, and each counts as of its own date.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tickets.actions import archiving, opening
from tickets.channels.email import accepting, identity, matching, troubles
from tickets.channels.email.accepting import CannotAccept, Outcome
from tickets.channels.email.parsing import ParsedMail
from tickets.models import InboundMessage, Message, Queue, QueueAddress, Ticket, User

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_CAME_BY_NETWORK = re.compile(rb"^Received[ \t]*:", re.MULTILINE | re.IGNORECASE)
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")


def accept(mail: ParsedMail, inbound: InboundMessage, *, at: datetime) -> Outcome:
    """Put an imported mail where it belongs. Raises `CannotAccept` and the refusals of actions."""
    if mail.sender is None:
        raise CannotAccept(troubles.NO_SENDER)
    if copy := accepting._copy_of(mail):
        return Outcome(InboundMessage.State.DUPLICATE, copy.ticket, copy, "the same mail came before")
    came_at = _came_at(mail, inbound, at)
    own_addresses = accepting._own_addresses(mail)
    recipients = accepting._recipients(mail, inbound.envelope_to)
    address, name = accepting._requester(mail, own_addresses)
    sender = User.objects.filter(email=User.clean_email(address)).first()
    ticket, is_ours, because = thread(mail), False, "answers a mail of the archive"
    if ticket is None and (
        found := matching.match(mail, recipients=recipients, sender=sender, mailbox=inbound.mailbox, at=came_at)
    ):
        ticket, is_ours, because = found.ticket, found.is_agent, found.because
    is_staff = sender is not None and sender.is_support
    if not is_ours and (mail.sender.address.lower() in own_addresses or is_staff):
        is_ours = _was_sent_by_us(mail, inbound)
    words: dict[str, Any] = {"at": came_at, "attachments": accepting._files(mail), "mail": accepting._facts(mail)}
    if ticket is not None:
        author = sender if is_ours and is_staff else None
        if not is_ours:
            author = sender or _person(address, name, mail, ticket.queue)
        message = archiving.add_archived(
            ticket=ticket,
            author=author,
            is_ours=is_ours,
            text=accepting._text(mail, ticket.queue),
            html=accepting._html(mail),
            **words,
        )
        return Outcome(InboundMessage.State.ACCEPTED, ticket, message, because)

    queue, why_queue = _queue(recipients, inbound)
    to = _stranger(mail) if is_ours else None
    message = archiving.open_archived(
        requester=_person(*to, mail, queue) if to else sender or _person(address, name, mail, queue),
        queue=queue,
        subject=mail.subject,
        text=accepting._text(mail, queue),
        html=accepting._html(mail),
        is_ours=to is not None,
        author=sender if is_staff else None,
        **words,
    )
    return Outcome(InboundMessage.State.ACCEPTED, message.ticket, message, why_queue)


def _came_at(mail: ParsedMail, inbound: InboundMessage, at: datetime) -> datetime:
    """The mail's own date where it can be true: mail is no older than its format and not from the future."""
    if mail.sent_at and EARLIEST <= mail.sent_at <= at:
        return mail.sent_at
    return inbound.received_at


def thread(mail: ParsedMail) -> Ticket | None:
    """The ticket of the nearest imported mail that this one answers or, for a bounce, is about."""
    ids = [*mail.thread_ids, *(mail.bounce.original_ids if mail.bounce else ())]
    if not ids:
        return None
    imported = InboundMessage.objects.filter(is_imported=True, state=InboundMessage.State.ACCEPTED)
    found = Message.objects.filter(mail_id__in=ids, inbound__in=imported, ticket__removed_as="")
    by_id = {message.mail_id: message.ticket for message in found.select_related("ticket__queue").order_by("-pk")}
    return next((by_id[mail_id] for mail_id in ids if mail_id in by_id), None)


def _was_sent_by_us(mail: ParsedMail, inbound: InboundMessage) -> bool:
    """Whether the desk wrote it, which a From line alone never proves: it lies in the archive without a trace of having
    come over the network, as what a mail program keeps of sent mail does, or our own server vouches for it."""
    head = bytes(inbound.raw[: 256 * 1024])
    if found := _END_OF_HEADER.search(head):
        head = head[: found.start()]
    return not _CAME_BY_NETWORK.search(head) or matching.is_authenticated(mail, inbound.mailbox)


def _stranger(mail: ParsedMail) -> tuple[str, str] | None:
    """To whom we wrote: the first recipient who is not us."""
    others = [one for one in (*mail.to, *mail.cc) if len(one.address) <= 254]
    plain = [identity.without_plus(one.address) for one in others]
    own = set(QueueAddress.objects.filter(address__in=plain).values_list("address", flat=True))
    return next(((one.address, one.name) for one, bare in zip(others, plain, strict=True) if bare not in own), None)


def _person(address: str, name: str, mail: ParsedMail, queue: Queue) -> User:
    return opening.find_or_create_requester(email=address, name=name, language=accepting._language(mail, queue))


def _queue(recipients: Sequence[str], inbound: InboundMessage) -> tuple[Queue, str]:
    queue, why = accepting._queue(recipients, inbound.mailbox)
    if inbound.queue and not why.startswith("written to"):
        return inbound.queue, f"imported into {inbound.queue.name}"
    return queue, why
