"""Files of messages, and mails as they were laid out: always apart from our own pages."""

from __future__ import annotations

import hashlib
import io
import re
import threading
from typing import IO

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control

from tickets import access, signed_links
from tickets.actions import auditing
from tickets.actions.attaching import safe_type
from tickets.channels.email import identity, masking
from tickets.channels.email.html import with_inline_images
from tickets.models import Attachment, Message, User
from tickets.templatetags.mail import SHOWN_INLINE
from tickets.views import errors

ACTIVE = re.compile(r"(?:java|ecma|j|live)script|\bcss\b|html|\bxml\b|svg|wasm")

# Pictures come from our own storage, by addresses that are good for one reader; nothing comes from elsewhere. Nothing
# runs: with scripts our origin would be theirs, without them it only lets our page see how high the mail is.
MAIL_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; frame-ancestors 'self'; form-action 'none'; "
    "base-uri 'none'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
MAY_QUOTE = re.compile(r"text/|message/|multipart/|application/(?:json|xml|ics|(?:x-)?pkcs7-mime|.*\+(?:xml|json)$)")
QUOTING_NAMES = (".eml", ".mht", ".mhtml", ".mbox", ".txt", ".log", ".md", ".htm", ".html", ".ics", ".csv", ".p7m")
MAX_MASKED = 40 * 1024 * 1024
"""More than any mail holds."""
AT_ONCE = 1024 * 1024
"""Files above this size are masked one after the other."""
PATIENCE_S = 3
REMEMBERED_S = 3600
_turn = threading.Lock()
FILE_POLICY = "default-src 'none'; sandbox"


class Busy(Exception):
    """Somebody else's file is being masked."""


@login_required
def attachment(request: HttpRequest, attachment_id: int) -> HttpResponse:
    return as_download(request, visible_attachment(request.user, attachment_id, request))


def visible_attachment(person: User, attachment_id: int, request: HttpRequest) -> Attachment:
    """Raises Http404 for whoever may not read the message it hangs on, or sees addresses masked: a mail that came back
    holds ours whole, with the address and the links that speak for the requester."""
    visible = Message.objects.visible_to(person, request.at)
    try:
        found = Attachment.objects.select_related("message__ticket").get(pk=attachment_id, message__in=visible)
    except Attachment.DoesNotExist as error:
        raise Http404 from error
    if found.message.bounce and not access.can_see_contact(person, found.message.ticket, request.at):
        raise Http404
    return found


def as_download(request: HttpRequest, file: Attachment) -> HttpResponse:
    """The bytes under a file name, never as a page: the browser saves them and guesses nothing."""
    return to_be_saved(request, content_of(file), name=file.name, content_type=file.content_type, size=file.size)


def content_of(file: Attachment) -> IO[bytes]:
    try:
        return default_storage.open(file.path)
    except FileNotFoundError as error:
        raise Http404 from error


def to_be_saved(request: HttpRequest, content: IO[bytes], *, name: str, content_type: str, size: int) -> HttpResponse:
    """What people may read as text loses the tokens of ours that it quotes. What would take too long to check is for
    administrators, who have raw mail as well."""
    if MAY_QUOTE.match(content_type) or name.lower().endswith(QUOTING_NAMES):
        try:
            content = _masked(content, size)
        except Busy:
            content.close()
            return errors.busy(request)
        except masking.TooCostly:
            if not access.can_manage_mail(request.user):
                content.close()
                return errors.not_checked(request)
            content.seek(0)
            action, kind = auditing.Action.READ, auditing.Kind.RAW_MAIL
            auditing.record_audit(action=action, kind=kind, by=request.user, at=request.at, name=name)
    # Our pages may load scripts and styles from this very site: no stranger's file answers as one.
    kind = "application/octet-stream" if ACTIVE.search(content_type) else safe_type(content_type)
    response = FileResponse(content, as_attachment=True, filename=name, content_type=kind)
    response["Cache-Control"] = "private, max-age=3600"
    return _harmless(response)


def _masked(content: IO[bytes], size: int) -> IO[bytes]:
    """Raises `Busy` and `masking.TooCostly`, the latter without doing the work again for whoever asks again."""
    if size > MAX_MASKED:
        raise masking.TooCostly
    data = content.read()
    if size <= AT_ONCE:
        return io.BytesIO(masking.masked(data))
    key = f"too-costly-{hashlib.sha256(data).hexdigest()}"
    if not _turn.acquire(timeout=PATIENCE_S):
        raise Busy
    try:
        if cache.get(key):
            raise masking.TooCostly
        return io.BytesIO(masking.masked(data))
    except masking.TooCostly:
        cache.set(key, 1, REMEMBERED_S)
        raise
    finally:
        _turn.release()


def picture(request: HttpRequest, token: str) -> HttpResponse:
    """A picture inside a mail, for the reader that its address was made for, as long as they may read the message."""
    try:
        attachment_id, user_id = signed_links.read_picture(token)
        reader = User.objects.get(pk=user_id, is_active=True)
    except (signed_links.BadLink, User.DoesNotExist) as error:
        raise Http404 from error
    found = visible_attachment(reader, attachment_id, request)
    if found.content_type not in SHOWN_INLINE:
        raise Http404
    response = FileResponse(content_of(found), filename=found.name, content_type=found.content_type)
    response["Cache-Control"] = f"private, max-age={signed_links.PICTURE_MAX_AGE_S}"
    return _harmless(response)


def _harmless(response: FileResponse) -> FileResponse:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = FILE_POLICY
    return response


@login_required
@cache_control(private=True, max_age=600)
def message_html(request: HttpRequest, message_id: int) -> HttpResponse:
    try:
        message = Message.objects.visible_to(request.user, request.at).get(pk=message_id)
    except Message.DoesNotExist as error:
        raise Http404 from error
    return as_laid_out(request, message, reader=request.user)


def as_laid_out(request: HttpRequest, message: Message, *, reader: User) -> HttpResponse:
    """The cleaned mail in a frame of its own, without scripts, forms or anything from elsewhere."""
    if not message.html:
        raise Http404
    html = with_inline_images(identity.without_tokens(message.html), _pictures(message, reader))
    language = message.author.language if message.author else ""
    response = render(request, "tickets/mail_frame.html", {"html": html, "language": language})
    response["Content-Security-Policy"] = MAIL_POLICY
    return response


def _pictures(message: Message, reader: User) -> dict[str, str]:
    """Our own address of each picture of the message, by its Content-ID. The first of that name counts."""
    pictures = message.attachments.exclude(content_id="").filter(content_type__in=SHOWN_INLINE).order_by("-pk")
    return {
        picture.content_id.strip("<>"): reverse("picture", args=[signed_links.picture_token(picture.pk, reader)])
        for picture in pictures
    }
