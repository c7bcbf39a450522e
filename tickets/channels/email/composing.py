"""From an outbox row to the mail it stands for: words, sender, thread. The mail itself is made by `building`."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from helpdesk.lib import clock
from tickets import signed_links
from tickets.channels.email import building, identity, inviting, quoting, troubles
from tickets.models import Channel, Message, Outbox, Ticket, User
from tickets.models.message import Attachment
from tickets.queries.joined import said_on

QUOTED_MESSAGES = 5
SPOKEN = (Channel.PHONE, Channel.WALK_UP)
"""Their words are ours: whoever took the call wrote them down."""
_PREFIXES = re.compile(r"^(?:\s*(?:re|odp|aw|sv)\s*:)+\s*", re.IGNORECASE)
_NUMBER = re.compile(r"\s*\[#\d+\]")


@dataclass(frozen=True)
class Letter:
    """A mail with its envelope."""

    mail: EmailMessage
    sender: str
    recipient: str


def mail_id_for(row: Outbox) -> str:
    """The Message-ID of all attempts at this row; made once and stored before the first of them."""
    domain = _domain(_sender(row)[1])
    if row.ticket_id and row.recipient_id:
        return identity.message_id(identity.make(row.ticket_id, row.recipient_id, at=row.created_at), row.pk, domain)
    return f"{row.pk}.{secrets.token_hex(8)}@{domain}"


def compose(row: Outbox) -> Letter:
    """The mail of this row. Raises `ValueError` with a sentence when it cannot be made (a broken address)."""
    language = _language(row)
    with translation.override(language):
        if row.kind == Outbox.Kind.ACCOUNT:
            return _account_mail(row, language)
        if row.kind == Outbox.Kind.ACKNOWLEDGEMENT:
            return _acknowledgement(row, language)
        return _reply(row, language, calendar=_calendar(row) if row.kind == Outbox.Kind.INVITATION else None)


def _language(row: Outbox) -> str:
    """The fixed words are in the language of whoever reads them; without a person, of the queue, else of the site."""
    if row.recipient:
        return row.recipient.language
    return row.ticket.queue.language if row.ticket else settings.LANGUAGE_CODE


def _account_mail(row: Outbox, language: str) -> Letter:
    name, address = _sender(row)
    mail = building.build(
        sender_name=name,
        sender_address=address,
        to_name="",
        to_address=row.address,
        subject=row.payload["subject"],
        text=row.payload["text"],
        html=row.payload.get("html", ""),
        stop=row.payload.get("stop", ""),
        message_id=row.mail_id,
        at=clock.real_now(),
        is_automatic=True,
        language=language,
        instance=identity.instance(),
    )
    return Letter(mail, sender=_ascii(mail["From"]), recipient=_ascii(mail["To"]))


def _acknowledgement(row: Outbox, language: str) -> Letter:
    ticket, person = _ticket(row)
    text = _(
        "Hello,\n\n"
        "your message has reached us and has the number #%(number)s. Somebody will answer you here.\n\n"
        "You can see it, add to it or close it on this page:\n%(link)s\n\n"
        "To add something you can also simply answer this mail."
    ) % {"number": ticket.pk, "link": signed_links.url_for(ticket, person)}
    return _letter(
        row,
        ticket,
        person,
        text=text,
        sender_name=ticket.queue.name,
        language=language,
        list_id=f"{ticket.queue.slug}.queues.{_domain(_sender(row)[1])}",
    )


def _calendar(row: Outbox) -> building.Calendar | None:
    """The event of the message as it was agreed then: mails of a move may overtake each other."""
    if row.message is None or row.message.invitation is None:
        return None
    name, address = _sender(row)
    return inviting.calendar_of(
        row.message.invitation,
        organiser=(building.one_line(name), building.ascii_address(address)),
        invited=(building.one_line(str(row.recipient or "")), building.ascii_address(row.address)),
        stamp=row.message.at,
    )


def _reply(row: Outbox, language: str, calendar: building.Calendar | None = None) -> Letter:
    ticket, person = _ticket(row)
    message = row.message
    assert message is not None
    author = message.author.name if message.author else ""
    is_copy = row.kind == Outbox.Kind.COPY
    link = building.Link(_("Request #%(number)s") % {"number": ticket.pk}, signed_links.url_for(ticket, person))
    files = [
        building.File(name=building.one_line(file.name), content_type=file.content_type, content=_content(file))
        for file in message.attachments.order_by("pk")
    ]
    return _letter(
        row,
        ticket,
        person,
        text=message.text,
        html=message.html,
        signature=ticket.queue.signature_of(author),
        footer=None if is_copy else link,
        cc=message.copied_to if row.kind != Outbox.Kind.INVITATION else (),
        sender_name=_("%(agent)s (%(queue)s)") % {"agent": author, "queue": ticket.queue.name}
        if author
        else ticket.queue.name,
        language=language,
        files=files,
        quotes=[] if calendar or is_copy else _quotes(ticket, before=message),
        calendar=calendar,
    )


def _letter(
    row: Outbox,
    ticket: Ticket,
    person: User,
    *,
    text: str,
    sender_name: str,
    language: str,
    html: str = "",
    signature: str = "",
    footer: building.Link | None = None,
    list_id: str = "",
    cc: Sequence[str] = (),
    files: list[building.File] | None = None,
    quotes: list[building.Quote] | None = None,
    calendar: building.Calendar | None = None,
) -> Letter:
    address = _sender(row)[1]
    reply_to = identity.plus_address(address, identity.make(ticket.pk, person.pk, at=row.created_at))
    thread = building.usable_ids(_thread(row, ticket))
    # A copy names the same recipients as the reply; to whom it goes stands on its envelope.
    to = ticket.requester if row.kind == Outbox.Kind.COPY else person
    to_address = (to.email or row.address) if to is not person else row.address
    mail = building.build(
        sender_name=building.one_line(sender_name),
        sender_address=address,
        to_name=building.one_line(to.name) if to.name != to.email else "",
        to_address=to_address,
        cc=cc,
        subject=building.one_line(_subject(ticket)),
        text=text,
        html=html,
        signature=signature,
        footer=footer,
        message_id=row.mail_id,
        at=clock.real_now(),
        reply_to=reply_to,
        in_reply_to=thread[-1] if thread else "",
        references=thread,
        quotes=quotes or [],
        attachments=files or [],
        calendar=calendar,
        is_automatic=row.is_automatic,
        list_id=list_id,
        language=language,
        instance=identity.instance(),
    )
    # The envelope carries the token too: a bounce or an absence note, which answer the envelope, find the ticket.
    return Letter(mail, sender=_ascii(mail["Reply-To"]), recipient=building.ascii_address(row.address))


def _domain(address: str) -> str:
    """The domain of an address as ids need it; the site's own where the address is none."""
    try:
        return building.ascii_address(address).rpartition("@")[2]
    except ValueError:
        return urlsplit(settings.SITE_URL).hostname or "localhost"


def _ascii(header: Any) -> str:
    """The address as envelopes need it: `building` has written a domain like żółw.pl as xn--w-uga1v8h.pl."""
    address: str = header.addresses[0].addr_spec
    return address


def _sender(row: Outbox) -> tuple[str, str]:
    """Name and address: the queue's own, or the site's where the queue has none."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    if row.ticket and row.kind != Outbox.Kind.ACCOUNT:
        return row.ticket.queue.name, row.ticket.queue.sender_address or address
    return name, address


def _ticket(row: Outbox) -> tuple[Ticket, User]:
    if row.ticket is None or row.recipient is None:
        raise ValueError(troubles.NOBODY_TO_SEND_TO)
    return row.ticket, row.recipient


def _subject(ticket: Ticket) -> str:
    """ "Re:" once and our number once, also for a follow-up whose subject came from such a mail."""
    bare = _NUMBER.sub("", _PREFIXES.sub("", ticket.subject)).strip() or _("(no subject)")
    return f"Re: {bare} [#{ticket.pk}]"


def _thread(row: Outbox, ticket: Ticket) -> list[str]:
    """Ids of the conversation before this mail as this person knows it, oldest first: what they sent, what they got."""
    heard = said_on(ticket).filter(is_from_requester=True).exclude(mail_id="")
    if row.message_id and row.message and not row.message.is_from_requester:
        heard = heard.filter(pk__lt=row.message_id)
    sent = Outbox.objects.filter(ticket=ticket, address=row.address, pk__lt=row.pk).exclude(mail_id="")
    dated = [*heard.values_list("at", "mail_id"), *sent.values_list("created_at", "mail_id")]
    ids = list(dict.fromkeys(mail_id for _at, mail_id in sorted(dated)))
    # The answer's nearest relative is the newest mail of the person, not our own acknowledgement of it.
    newest = heard.order_by("-pk").values_list("mail_id", flat=True).first()
    return [*(mail_id for mail_id in ids if mail_id != newest), newest] if newest else ids


def _quotes(ticket: Ticket, *, before: Message) -> list[building.Quote]:
    """The newest public messages before this one, newest first, without what they quote themselves."""
    earlier = said_on(ticket).filter(pk__lt=before.pk).select_related("author")
    return [
        building.Quote(_introduction(message, ticket.requester), quoting.new_words(message.text))
        for message in earlier.order_by("-pk")[:QUOTED_MESSAGES]
    ]


def _introduction(message: Message, reader: User) -> str:
    written_at = date_format(message.at.astimezone(ZoneInfo(reader.time_zone)), "j E Y, G:i")
    if message.is_from_requester and message.channel in SPOKEN:
        return _("On %(time)s we noted what was said:") % {"time": written_at}
    return _("On %(time)s, %(name)s wrote:") % {"time": written_at, "name": message.author or _("somebody")}


def _content(file: Attachment) -> bytes:
    with default_storage.open(file.path) as stored:
        content: bytes = stored.read()
        return content
