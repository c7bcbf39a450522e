"""What a parsed mail becomes: a message on the ticket it answers, or a new ticket in the queue it was written to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from helpdesk.lib import clock
from tickets.actions import opening, outgoing, pausing, replying
from tickets.channels.email import contents, identity, matching, troubles
from tickets.channels.email.bounces import Bounce
from tickets.channels.email.contents import CannotAccept
from tickets.channels.email.parsing import ParsedMail
from tickets.models import Channel, InboundMessage, Message, Queue, Ticket, User

TOO_OLD_TO_ANSWER = timedelta(hours=24)


@dataclass(frozen=True)
class Outcome:
    state: str
    ticket: Ticket | None
    message: Message | None
    why: str


def accept(mail: ParsedMail, inbound: InboundMessage, *, at: datetime) -> Outcome:
    """Turn the mail into a message, in the caller's transaction. Raises `CannotAccept` and the refusals of actions."""
    if copy := contents.copy_of(mail):
        return Outcome(InboundMessage.State.DUPLICATE, copy.ticket, copy, "the same mail came before")
    recipients = contents.recipients(mail, inbound.envelope_to)
    if mail.bounce and (
        bounced := matching.bounced(mail, recipients=recipients, envelope_to=inbound.envelope_to, at=at)
    ):
        return _bounced(mail, mail.bounce, bounced, at=at)
    if mail.sender is None:
        raise CannotAccept(troubles.NO_SENDER)

    own_addresses = contents.own_addresses(mail)
    address, name = contents.requester(mail, own_addresses)
    queue, why_queue = contents.queue_of(recipients, inbound.mailbox)
    sender = User.objects.with_address(address)
    found = matching.match(mail, recipients=recipients, sender=sender, mailbox=inbound.mailbox, at=at)
    is_new = matching.quotes_are_new(mail, found, recipients=recipients, at=at)

    if found and found.is_agent and sender:
        text = identity.without_tokens(mail.new_words or mail.text)
        message = replying.reply(
            ticket=found.ticket,
            by=sender,
            text=text,
            at=at,
            attachments=contents.files(mail),
            mail=contents.mail_facts(mail, text, quotes_are_new=is_new),
        )
        return Outcome(InboundMessage.State.ACCEPTED, found.ticket, message, found.because)

    person = sender or opening.find_or_create_requester(
        email=address, name=name, language=contents.language(mail, queue)
    )
    if found:
        try:
            message = replying.requester_wrote(
                ticket=found.ticket,
                author=person,
                at=at,
                channel=Channel.EMAIL,
                **contents.said(mail, found.ticket.queue, quotes_are_new=is_new),
            )
        except replying.TicketIsClosed:
            message = _open(mail, person, found.ticket.queue, at=at, is_new=is_new, follow_up_of=found.ticket)
            return Outcome(InboundMessage.State.ACCEPTED, message.ticket, message, f"{found.because}; it is closed")
        return Outcome(InboundMessage.State.ACCEPTED, message.ticket, message, found.because)

    message = _open(mail, person, queue, at=at, is_new=is_new)
    if _may_be_acknowledged(mail, address, own_addresses):
        outgoing.acknowledge(ticket=message.ticket, message=message, at=at)
    return Outcome(InboundMessage.State.ACCEPTED, message.ticket, message, why_queue)


def _bounced(mail: ParsedMail, bounce: Bounce, found: matching.Bounced, *, at: datetime) -> Outcome:
    """Kept on the ticket of the mail that came back, for the desk alone."""
    ticket = found.sent.ticket
    text = contents.text(mail, ticket.queue) if ticket else ""
    message = pausing.record_bounce(
        sent=found.sent,
        failure=contents.failure(bounce),
        is_proven=found.is_proven,
        pauses=found.is_same_address,
        text=text,
        mail=contents.mail_facts(mail, text),
        at=at,
        attachments=contents.files(mail),
    )
    return Outcome(InboundMessage.State.ACCEPTED, message.ticket if message else ticket, message, found.because)


def _open(
    mail: ParsedMail, person: User, queue: Queue, *, at: datetime, is_new: bool, follow_up_of: Ticket | None = None
) -> Message:
    ticket = opening.open_ticket(
        requester=person,
        queue=queue,
        channel=Channel.EMAIL,
        subject=mail.subject,
        by=person,
        at=at,
        **contents.said(mail, queue, quotes_are_new=is_new),
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
