"""Mail of an archive. The admin vouches for the file, so mails in it belong together as their References say; nothing
automatic follows from any of them, and each counts as of its own date. What they become stands as in `archiving`.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tickets.actions import archiving, opening
from tickets.channels.email import contents, identity, matching, quoting, troubles
from tickets.channels.email.accepting import Outcome
from tickets.channels.email.bounces import Bounce
from tickets.channels.email.contents import CannotAccept
from tickets.channels.email.parsing import ParsedMail
from tickets.models import InboundMessage, Message, Queue, QueueAddress, Ticket, User

OPEN_FOR = timedelta(days=30)
"""A conversation whose last mail is older than that is over, unless the admin says otherwise."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_CAME_BY_NETWORK = re.compile(rb"^Received[ \t]*:", re.MULTILINE | re.IGNORECASE)
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")


def accept(mail: ParsedMail, inbound: InboundMessage, *, at: datetime, open_for: timedelta | None = None) -> Outcome:
    """Put an imported mail where it belongs; a conversation is over that had no mail for `open_for` (`OPEN_FOR`).
    Raises `CannotAccept` and the refusals of actions."""
    if copy := contents.copy_of(mail):
        return Outcome(InboundMessage.State.DUPLICATE, copy.ticket, copy, "the same mail came before")
    came_at = _came_at(mail, inbound, at)
    is_over = at - came_at > (OPEN_FOR if open_for is None else open_for)
    recipients = contents.recipients(mail, inbound.envelope_to)
    if mail.bounce and (outcome := _bounced(mail, mail.bounce, recipients, came_at)):
        return outcome
    if mail.sender is None:
        raise CannotAccept(troubles.NO_SENDER)
    own_addresses = contents.own_addresses(mail)
    address, name = contents.requester(mail, own_addresses)
    sender = User.objects.with_address(address)
    ticket, is_ours, because = thread(mail), False, "answers a mail of the archive"
    if ticket is None and (
        found := matching.match(mail, recipients=recipients, sender=sender, mailbox=inbound.mailbox, at=came_at)
    ):
        ticket, is_ours, because = found.ticket, found.is_agent, found.because
    is_staff = sender is not None and sender.is_support
    if not is_ours and (mail.sender.address.lower() in own_addresses or is_staff):
        is_ours = _was_sent_by_us(mail, inbound)
    is_new = quoting.is_forward(mail.subject) or ticket is None
    if ticket is not None:
        author = sender if is_ours and is_staff else None
        if not is_ours:
            author = sender or _person(address, name, mail, ticket.queue)
        message = archiving.add_archived(
            ticket=ticket,
            author=author,
            is_ours=is_ours,
            at=came_at,
            is_over=is_over,
            **contents.said(mail, ticket.queue, quotes_are_new=is_new),
        )
        return Outcome(InboundMessage.State.ACCEPTED, ticket, message, because)

    queue, why_queue = _queue(recipients, inbound)
    to = _stranger(mail) if is_ours else None
    message = archiving.open_archived(
        requester=_person(*to, mail, queue) if to else sender or _person(address, name, mail, queue),
        queue=queue,
        subject=mail.subject,
        is_ours=to is not None,
        author=sender if is_staff else None,
        at=came_at,
        is_over=is_over,
        **contents.said(mail, queue, quotes_are_new=is_new),
    )
    return Outcome(InboundMessage.State.ACCEPTED, message.ticket, message, why_queue)


def _bounced(mail: ParsedMail, bounce: Bounce, recipients: Sequence[str], came_at: datetime) -> Outcome | None:
    """A bounce of a mail of the archive or of the desk, kept beside it. None when it is about neither."""
    about = _imported(bounce.original_ids)
    ticket = about.ticket if about else thread(mail)
    because = "answers a mail of the archive"
    if ticket is None and (found := matching.bounced(mail, recipients=recipients, at=came_at)):
        about, ticket, because = found.sent.message, found.sent.ticket, found.because
    if ticket is None:
        return None
    text = contents.text(mail, ticket.queue)
    message = archiving.add_archived_bounce(
        ticket=ticket,
        failure=contents.failure(bounce),
        about=about.pk if about else None,
        text=text,
        at=came_at,
        attachments=contents.files(mail),
        mail=contents.mail_facts(mail, text),
    )
    return Outcome(InboundMessage.State.ACCEPTED, ticket, message, because)


def _came_at(mail: ParsedMail, inbound: InboundMessage, at: datetime) -> datetime:
    """The mail's own date where it can be true: mail is no older than its format and not from the future."""
    if mail.sent_at and EARLIEST <= mail.sent_at <= at:
        return mail.sent_at
    return inbound.received_at


def thread(mail: ParsedMail) -> Ticket | None:
    """The ticket of the nearest imported mail that this one answers or, for a bounce, is about."""
    found = _imported([*mail.thread_ids, *(mail.bounce.original_ids if mail.bounce else ())])
    return found.ticket if found else None


def _imported(ids: Sequence[str]) -> Message | None:
    """The message of an imported mail with the first of the ids that one has."""
    if not ids:
        return None
    imported = InboundMessage.objects.filter(is_imported=True, state=InboundMessage.State.ACCEPTED)
    found = Message.objects.filter(mail_id__in=ids, inbound__in=imported, ticket__removed_as="")
    by_id = {message.mail_id: message for message in found.select_related("ticket__queue").order_by("-pk")}
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
    return opening.find_or_create_requester(email=address, name=name, language=contents.language(mail, queue))


def _queue(recipients: Sequence[str], inbound: InboundMessage) -> tuple[Queue, str]:
    queue, why = contents.queue_of(recipients, inbound.mailbox)
    if inbound.queue and not why.startswith("written to"):
        return inbound.queue, f"imported into {inbound.queue.name}"
    return queue, why
