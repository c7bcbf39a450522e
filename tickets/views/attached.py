"""A mail that came as a file of another mail, opened to be read: who wrote it, when, its words, its files."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from tickets import access
from tickets.actions.attaching import safe_name
from tickets.channels.email import contents, identity, reading
from tickets.channels.email.headers import Address
from tickets.channels.email.parsing import ParsedAttachment, ParsedMail
from tickets.models import Attachment, User
from tickets.templatetags.mail import is_mail
from tickets.views.downloads import content_of, to_be_saved, visible_attachment

MAX_DEPTH = 5
"""A mail in a mail in a mail: each level is read by itself."""

REMEMBERED_S = 600
MAX_REMEMBERED_BYTES = 128 * 1024
PATIENCE_S = 3
TOO_SLOW = "too slow"
"""Remembered of a mail that takes more than `reading.QUICK_S` of processor."""

_turn = threading.Lock()
"""A reader may take seconds of processor for one mail: those who look take turns, and keep none from incoming mail."""


class Busy(Exception):
    """Somebody else's mail is being read."""


MAX_SHOWN = 20
"""Recipients that the page names."""
MAX_TEXT = 200_000
BEHIND = 5000
"""Letters behind the last one shown, so that no token is cut and not known again."""


@login_required
@never_cache
def attached_mail(request: HttpRequest, attachment_id: int, place: str = "") -> HttpResponse:
    file = visible_attachment(request.user, attachment_id, request)
    back = f"{reverse('ticket', args=[file.message.ticket_id])}#message-{file.message_id}"
    names = {"file": "attachment", "mail": "attached_mail"}
    return opened(
        request,
        file,
        place,
        reader=request.user,
        back=back,
        address=lambda what, *more: reverse(names[what], args=[file.pk, *more]),
    )


def opened(
    request: HttpRequest, file: Attachment, place: str, *, reader: User, back: str, address: Callable[..., str]
) -> HttpResponse:
    """The mail in `file` as a page; with a `place` ("2", or "2-0" for a file of that file) a file in it.

    `address("file")` and `address("mail", place)` are where this reader finds the file, and what is in it.
    """
    if not is_mail({"content_type": file.content_type, "name": file.name}):
        raise Http404
    with content_of(file) as stored:
        content = stored.read()
    numbers = [int(number) for number in place.split("-") if number.isdecimal() and len(number) < 4]
    if len(numbers) >= MAX_DEPTH or "-".join(map(str, numbers)) != place:
        raise Http404
    context = {"back": back, "name": file.name, "download": address("file"), "text": "", "files": []}
    try:
        mail = _read(content)
        for depth, number in enumerate(numbers, start=1):
            inner = _file_of(mail, number)
            is_last = depth == len(numbers)
            if is_last and ("download" in request.GET or not _is_mail(inner)):
                name = safe_name(inner.name)
                content = io.BytesIO(inner.content)
                return to_be_saved(
                    request, content, name=name, content_type=inner.content_type, size=len(inner.content)
                )
            if not _is_mail(inner):
                raise Http404
            place_so_far = "-".join(map(str, numbers[:depth]))
            context |= {"name": inner.name, "download": f"{address('mail', place_so_far)}?download"}
            mail = _read(inner.content)
    except reading.Unreadable as error:
        context["problem"] = _("This mail cannot be read. It can be saved as it came.")
        if str(error) == TOO_SLOW:
            context["problem"] = _("Reading this mail takes too long. It can be saved as it came.")
        return render(request, "tickets/attached_mail.html", context)
    except Busy:
        context["problem"] = _("This mail waits its turn: others are being read. Try again in a moment.")
        return _for_now(request, context)
    except reading.CannotStart:
        context["problem"] = _("Mail cannot be read just now. Try again in a moment.")
        return _for_now(request, context)
    prefix = f"{place}-" if place else ""
    context["files"] = [
        {
            "name": safe_name(inner.name),
            "size": len(inner.content),
            "content_type": inner.content_type,
            "url": address("mail", f"{prefix}{number}"),
        }
        for number, inner in enumerate(mail.attachments)
    ]
    context["mail"] = _without_tokens(mail)
    context["sender"] = _named(mail.sender) if mail.sender else None
    context["to"] = [_named(one) for one in mail.to[:MAX_SHOWN]]
    context["may_see_contact"] = access.can_see_contact(reader, file.message.ticket, request.at)
    return render(request, "tickets/attached_mail.html", context)


def _for_now(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """No fault of the mail: the page offers to try again."""
    context["again"] = request.get_full_path()
    response = render(request, "tickets/attached_mail.html", context, status=503)
    response["Retry-After"] = "10"
    return response


def _read(content: bytes) -> ParsedMail:
    """Read once, remembered for a while, a failure too: else whoever has a link spends our processor as they like.

    Raises `Busy`, `reading.Unreadable` and `reading.CannotStart`.
    """
    key = f"attached-mail-{hashlib.sha256(content).hexdigest()}"
    found = cache.get(key)
    if found is None:
        if not _turn.acquire(timeout=PATIENCE_S):
            raise Busy
        try:
            found = cache.get(key) or _read_now(content)
            if _size_of(found) <= MAX_REMEMBERED_BYTES:
                cache.set(key, found, REMEMBERED_S)
        finally:
            _turn.release()
    if isinstance(found, str):
        raise reading.Unreadable(found)
    mail: ParsedMail = found
    return mail


def _read_now(content: bytes) -> ParsedMail | str:
    """The mail, or why it cannot be read."""
    try:
        return reading.read(content, is_quick=True)
    except reading.NotQuick:
        return TOO_SLOW
    except reading.Unreadable as reason:
        return str(reason)


def _size_of(found: ParsedMail | str) -> int:
    if isinstance(found, str):
        return len(found)
    return len(found.text) + len(found.html) + sum(len(file.content) for file in found.attachments)


def _without_tokens(mail: ParsedMail) -> ParsedMail:
    """As far as the page shows it: the mail may be one of ours, which its reader forwarded."""
    return replace(
        mail,
        subject=identity.without_tokens(mail.subject),
        text=identity.without_tokens(mail.text[: MAX_TEXT + BEHIND]),
        invitation=contents.invitation_of(mail),
    )


def _named(person: Address) -> dict[str, str]:
    return {name: identity.without_tokens(value) for name, value in asdict(person).items()}


def _file_of(mail: ParsedMail, number: int) -> ParsedAttachment:
    try:
        return mail.attachments[number]
    except IndexError as error:
        raise Http404 from error


def _is_mail(file: ParsedAttachment) -> bool:
    return is_mail({"content_type": file.content_type, "name": file.name})
