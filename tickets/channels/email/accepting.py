"""What a parsed mail becomes: a message on the ticket it answers, or a new ticket in the queue it was written to."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.lib import clock
from tickets.actions import opening, outgoing, pausing, replying
from tickets.actions.attaching import File
from tickets.channels.email import identity, matching, traits, troubles
from tickets.channels.email.bounces import Bounce
from tickets.channels.email.parsing import ParsedMail
from tickets.models import Channel, InboundMessage, Language, Mailbox, Message, Queue, QueueAddress, Ticket, User

MAX_TEXT = 200_000
MAX_HTML = 1_000_000
TOO_OLD_TO_ANSWER = timedelta(hours=24)


@dataclass(frozen=True)
class Outcome:
    state: str
    ticket: Ticket | None
    message: Message | None
    why: str


class CannotAccept(ValueError):
    """The mail is kept and waits for a person. str() is a sentence for them."""


def accept(mail: ParsedMail, inbound: InboundMessage, *, at: datetime) -> Outcome:
    """Turn the mail into a message, in the caller's transaction. Raises `CannotAccept` and the refusals of actions."""
    if copy := _copy_of(mail):
        return Outcome(InboundMessage.State.DUPLICATE, copy.ticket, copy, "the same mail came before")
    recipients = _recipients(mail, inbound.envelope_to)
    if mail.bounce and (
        bounced := matching.bounced(mail, recipients=recipients, envelope_to=inbound.envelope_to, at=at)
    ):
        return _bounced(mail, mail.bounce, bounced, at=at)
    if mail.sender is None:
        raise CannotAccept(troubles.NO_SENDER)

    own_addresses = _own_addresses(mail)
    address, name = _requester(mail, own_addresses)
    queue, why_queue = _queue(recipients, inbound.mailbox)
    sender = User.objects.filter(email=User.clean_email(address)).first()
    found = matching.match(mail, recipients=recipients, sender=sender, mailbox=inbound.mailbox, at=at)

    if found and found.is_agent and sender:
        message = replying.reply(
            ticket=found.ticket,
            by=sender,
            text=identity.without_tokens(mail.new_words or mail.text),
            at=at,
            attachments=_files(mail),
            mail=_facts(mail),
        )
        return Outcome(InboundMessage.State.ACCEPTED, found.ticket, message, found.because)

    person = opening.find_or_create_requester(email=address, name=name, language=_language(mail, queue))
    if found:
        try:
            message = replying.requester_wrote(
                ticket=found.ticket,
                author=person,
                text=_text(mail, found.ticket.queue),
                html=_html(mail),
                at=at,
                channel=Channel.EMAIL,
                attachments=_files(mail),
                mail=_facts(mail),
            )
        except replying.TicketIsClosed:
            message = _open(mail, person, found.ticket.queue, at=at, follow_up_of=found.ticket)
            return Outcome(InboundMessage.State.ACCEPTED, message.ticket, message, f"{found.because}; it is closed")
        return Outcome(InboundMessage.State.ACCEPTED, found.ticket, message, found.because)

    message = _open(mail, person, queue, at=at)
    if _may_be_acknowledged(mail, address, own_addresses):
        outgoing.acknowledge(ticket=message.ticket, message=message, at=at)
    return Outcome(InboundMessage.State.ACCEPTED, message.ticket, message, why_queue)


def _bounced(mail: ParsedMail, bounce: Bounce, found: matching.Bounced, *, at: datetime) -> Outcome:
    """Kept on the ticket of the mail that came back, for the desk alone."""
    ticket = found.sent.ticket
    message = pausing.record_bounce(
        sent=found.sent,
        failure=pausing.Failure(
            address=bounce.address[:320],
            reason=bounce.reason,
            is_hard=bounce.is_hard,
            is_delay=bounce.is_delay,
            status=bounce.status[:20],
            detail=identity.without_tokens(bounce.detail),
        ),
        is_proven=found.is_proven,
        pauses=found.is_same_address,
        text=_text(mail, ticket.queue) if ticket else "",
        mail=_facts(mail),
        at=at,
        attachments=_files(mail),
    )
    return Outcome(InboundMessage.State.ACCEPTED, ticket, message, found.because)


def _open(mail: ParsedMail, person: User, queue: Queue, *, at: datetime, follow_up_of: Ticket | None = None) -> Message:
    with translation.override(queue.language):
        subject = mail.subject or _("(no subject)")
    ticket = opening.open_ticket(
        requester=person,
        queue=queue,
        channel=Channel.EMAIL,
        subject=subject,
        text=_text(mail, queue),
        html=_html(mail),
        by=person,
        at=at,
        attachments=_files(mail),
        mail=_facts(mail),
        follow_up_of=follow_up_of,
        looks_like=None if follow_up_of else matching.looks_like(mail),
    )
    message = Message.objects.get(ticket=ticket)
    message.ticket = ticket
    return message


def _may_be_acknowledged(mail: ParsedMail, address: str, own_addresses: frozenset[str]) -> bool:
    """Automatic mail goes only to people, only while their mail is fresh, and never to ourselves."""
    # The demo has a Monday of its own: a mail dated there, or here, is fresh.
    is_old = mail.sent_at is not None and all(
        mail.sent_at < now - TOO_OLD_TO_ANSWER for now in (clock.real_now(), clock.now())
    )
    return mail.automation.may_be_auto_answered and not is_old and identity.without_plus(address) not in own_addresses


def mail_identity(mail: ParsedMail) -> str | None:
    """Equal for copies of one mail, whatever way they came: Message-ID, sender, and the words and files themselves."""
    if not mail.message_id or not mail.sender:
        return None
    digest = hashlib.sha256()
    for value in (mail.message_id, mail.sender.address.lower(), mail.subject, mail.text, mail.html):
        digest.update(value.encode("utf-8", "surrogatepass") + b"\0")
    for file in mail.attachments:
        digest.update(hashlib.sha256(file.content).digest())
    return digest.hexdigest()


def _copy_of(mail: ParsedMail) -> Message | None:
    key = mail_identity(mail)
    found = Message.objects.filter(identity=key).values_list("pk", flat=True).first() if key else None
    return Message.objects.select_related("ticket").get(pk=found) if found else None


def _facts(mail: ParsedMail) -> opening.MailFacts:
    return opening.MailFacts(
        mail_id=mail.message_id,
        to=[address.address for address in mail.to],
        cc=[address.address for address in mail.cc],
        automatic=mail.automation.kind.value if mail.automation.is_automated else "",
        identity=mail_identity(mail),
        traits=[*mail.traits, *traits.of_date(mail.sent_at, now=clock.real_now())],
        invitation=invitation_of(mail),
    )


def invitation_of(mail: ParsedMail) -> dict[str, Any] | None:
    """As people may read it: whoever plans a call about a mail of ours quotes it."""
    if mail.invitation is None:
        return None
    return {
        name: identity.without_tokens(value) if isinstance(value, str) else value
        for name, value in mail.invitation.items()
    }


def _requester(mail: ParsedMail, own_addresses: frozenset[str]) -> tuple[str, str]:
    """Address and name of who asks. A form on our own site writes from our address, with the visitor in Reply-To."""
    assert mail.sender is not None
    asks = mail.sender
    if identity.without_plus(asks.address) in own_addresses:
        strangers = [one for one in mail.reply_to if identity.without_plus(one.address) not in own_addresses]
        asks = strangers[0] if strangers else asks
    if len(asks.address) > 254:
        raise CannotAccept(troubles.SENDER_TOO_LONG)
    return asks.address, asks.name


def _own_addresses(mail: ParsedMail) -> frozenset[str]:
    """Those of the mail's senders that are addresses of our queues."""
    senders = [mail.sender, *mail.reply_to] if mail.sender else list(mail.reply_to)
    candidates = {identity.without_plus(one.address) for one in senders}
    return frozenset(QueueAddress.objects.filter(address__in=candidates).values_list("address", flat=True))


def _recipients(mail: ParsedMail, envelope_to: str) -> list[str]:
    """Every address it may have been sent to us by, the surest first: envelope, delivery headers, To, Cc."""
    found = [envelope_to, *mail.delivered_to, *(one.address for one in (*mail.to, *mail.cc))]
    return [address for address in dict.fromkeys(found) if "@" in address]


def _queue(recipients: Sequence[str], mailbox: Mailbox | None) -> tuple[Queue, str]:
    """The queue whose address is the first among the recipients, else the mailbox's, else the first queue of all:
    mail that nobody expected is seen by somebody instead of waiting in a list."""
    plain = [identity.without_plus(address) for address in recipients]
    rows = QueueAddress.objects.select_related("queue").filter(address__in=plain)
    by_address = {row.address: row.queue for row in rows}
    for address in plain:
        if queue := by_address.get(address):
            return queue, f"written to {address}"[:200]
    if mailbox:
        return mailbox.queue, f"read from mailbox {mailbox.name}"[:200]
    first = Queue.objects.order_by("position", "id").first()
    if first is None:
        raise CannotAccept(troubles.NO_QUEUE)
    return first, "no queue has the recipient's address; the first queue took it"


def _language(mail: ParsedMail, queue: Queue) -> str:
    said = mail.language.lower().partition("-")[0]
    return said if said in Language.values else queue.language


def _text(mail: ParsedMail, queue: Queue) -> str:
    """What people read. A quoted mail of ours speaks for nobody any more; the raw mail is kept as it came."""
    text = identity.without_tokens(mail.text)
    if len(text) > MAX_TEXT:
        return text[:MAX_TEXT] + " […]"
    if text.strip():
        return text
    if mail.invitation and (words := mail.invitation["description"]):
        return identity.without_tokens(str(words))
    with translation.override(queue.language):
        if {traits.ENCRYPTED_PGP, traits.ENCRYPTED_SMIME}.intersection(mail.traits):
            return _("(The mail is encrypted. Only the key it was written for opens it.)")
        return _("(The mail has no text.)")


def _html(mail: ParsedMail) -> str:
    return identity.without_tokens(mail.html) if len(mail.html) <= MAX_HTML else ""


def _files(mail: ParsedMail) -> list[File]:
    """Attachments; and a text too long for a page, so that nothing of it is out of reach."""
    files = [
        File(
            name=file.name,
            content=file.content,
            content_type=file.content_type,
            content_id=file.content_id,
            is_inline=file.is_inline,
            is_sniffed=True,
        )
        for file in mail.attachments
    ]
    if len(mail.text) > MAX_TEXT:
        content = identity.without_tokens(mail.text).encode("utf-8", "replace")
        files.append(File(name="message.txt", content=content, content_type="text/plain"))
    return files
