"""What is known of the mail behind a message: why it is here, when and how it came, the headers that matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models.functions import Substr
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tickets import access
from tickets.channels.email import identity, matching, reading, troubles, whys
from tickets.channels.email.bounds import GLANCE_BYTES
from tickets.channels.email.headers import Address
from tickets.channels.email.parsing import ParsedMail
from tickets.contact import mask_name
from tickets.models import InboundMessage, Message
from tickets.templatetags.ui import full_moment
from tickets.views.shell import shell


@dataclass(frozen=True, slots=True)
class Arrival:
    """One stored mail behind a message. ``problems`` are in the parser's own English."""

    number: int
    at: datetime
    way_in: str
    why: str
    state: str
    problems: str
    is_copy: bool


def arrivals(message: Message, *, may_see_contact: bool) -> list[Arrival]:
    """What `queries.ticket.messages_of` brought along, the mail itself before its copies; no statement of its own."""
    rows = [_arrival(row, may_see_contact) for row in getattr(message, "came_in", ())]
    return sorted(rows, key=lambda row: (row.is_copy, row.number))


def _arrival(row: dict[str, Any], may_see_contact: bool) -> Arrival:
    why = whys.in_words(row["why"])
    return Arrival(
        number=row["pk"],
        at=datetime.fromisoformat(row["at"]),
        way_in=_way_in(row),
        why=why if may_see_contact else mask_name(why),
        state=InboundMessage.State(row["state"]).label,
        problems=row["reason"] if may_see_contact else mask_name(row["reason"]),
        is_copy=row["state"] == InboundMessage.State.DUPLICATE,
    )


def _way_in(row: dict[str, Any]) -> str:
    if row["is_imported"]:
        return _("an archive")
    return row["mailbox"] or _("handed over by the mail server on this machine (receive_mail)")


@login_required
def mail_headers(request: HttpRequest, message_id: int) -> HttpResponse:
    """For people of the team; whoever sees addresses masked sees no headers, and raw mail is for administrators."""
    try:
        found = Message.objects.visible_to(request.user, request.at).select_related("ticket__queue").get(pk=message_id)
    except Message.DoesNotExist as error:
        raise Http404 from error
    if not may_see_headers(request, found):
        raise Http404
    mail = _mail_of(found)
    if mail is None:
        raise Http404
    try:
        lines = _lines(reading.read(_head(mail)), mail, request.at)
        headers = [(name, identity.without_tokens(value)) for name, value in lines]
        refusal = ""
    except reading.Unreadable as error:
        headers, refusal = [], troubles.in_words(str(error))
    context = {"message": found, "headers": headers, "refusal": refusal}
    if request.htmx:
        return render(request, "tickets/_mail_headers.html", context)
    return render(request, "tickets/mail_headers.html", {**context, "shell": shell(request)})


def may_see_headers(request: HttpRequest, message: Message) -> bool:
    user, at = request.user, request.at
    return access.can_work(user, message.ticket, at) and access.can_see_contact(user, message.ticket, at)


def _mail_of(message: Message) -> InboundMessage | None:
    rows = InboundMessage.objects.filter(message=message, state=InboundMessage.State.ACCEPTED)
    rows = rows.select_related("mailbox").defer("raw").annotate(head=Substr("raw", 1, GLANCE_BYTES))
    return rows.order_by("pk").first()


def _head(mail: InboundMessage) -> bytes:
    """The header alone: what stands behind it is not read again for it."""
    raw = bytes(mail.head)
    ends = [place for end in (b"\r\n\r\n", b"\n\n") if (place := raw.find(end)) >= 0]
    return raw[: min(ends)] + b"\r\n\r\n" if ends else raw


def _lines(parsed: ParsedMail, mail: InboundMessage, at: datetime) -> Iterator[tuple[str, str]]:
    """Header and value in the reader's words. Tokens in our own addresses stay out: each speaks for one person."""

    def listed(addresses: tuple[Address, ...]) -> str:
        return ", ".join(_named(each, at) for each in addresses)

    if parsed.sender:
        yield _("From"), _named(parsed.sender, at)
    if parsed.reply_to:
        yield _("Replies to"), listed(parsed.reply_to)
    yield _("To"), listed(parsed.to)
    if parsed.cc:
        yield _("Copy to"), listed(parsed.cc)
    if mail.envelope_to:
        yield _("Delivered to"), _without_token(mail.envelope_to, at)
    if parsed.sent_at:
        yield _("Dated"), full_moment(parsed.sent_at)
    yield _("Subject"), parsed.subject
    if parsed.message_id and not identity.read(parsed.message_id, at=at):
        yield "Message-ID", parsed.message_id
    if parsed.automation.is_automated:
        yield _("Written by a machine"), parsed.automation.because
    yield _("Sender proved"), _proof(parsed, mail)


def _named(address: Address, at: datetime) -> str:
    plain = _without_token(address.address, at)
    return f"{address.name} <{plain}>" if address.name else plain


def _without_token(address: str, at: datetime) -> str:
    return identity.without_plus(address) if identity.read(address, at=at) else address


def _proof(parsed: ParsedMail, mail: InboundMessage) -> str:
    if matching.is_authenticated(parsed, mail.mailbox):
        return _("yes: the mail server vouches for the address (DMARC)")
    if not mail.mailbox or not mail.mailbox.authserv_id:
        return _("not known: the mailbox names no server that is to be believed")
    return _("no: the mail server does not vouch for the address")
