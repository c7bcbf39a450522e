"""Files of messages, and mails as they were laid out: always apart from our own pages."""

from __future__ import annotations

import re
from typing import IO

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control

from tickets import access, signed_links
from tickets.actions.attaching import safe_type
from tickets.channels.email import identity
from tickets.channels.email.html import with_inline_images
from tickets.models import Attachment, Message, User
from tickets.templatetags.mail import SHOWN_INLINE

ACTIVE = re.compile(r"(?:java|ecma|j|live)script|\bcss\b|html|\bxml\b|svg|wasm")

# Pictures come from our own storage, by addresses that are good for one reader; nothing comes from elsewhere.
MAIL_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; frame-ancestors 'self'; form-action 'none'; "
    "base-uri 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
FILE_POLICY = "default-src 'none'; sandbox"


@login_required
def attachment(request: HttpRequest, attachment_id: int) -> HttpResponse:
    return as_download(visible_attachment(request.user, attachment_id, request))


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


def as_download(file: Attachment) -> FileResponse:
    """The bytes under a file name, never as a page: the browser saves them and guesses nothing."""
    return to_be_saved(content_of(file), name=file.name, content_type=file.content_type)


def content_of(file: Attachment) -> IO[bytes]:
    try:
        return default_storage.open(file.path)
    except FileNotFoundError as error:
        raise Http404 from error


def to_be_saved(content: IO[bytes], *, name: str, content_type: str) -> FileResponse:
    # Our pages may load scripts and styles from this very site: no stranger's file answers as one.
    kind = "application/octet-stream" if ACTIVE.search(content_type) else safe_type(content_type)
    response = FileResponse(content, as_attachment=True, filename=name, content_type=kind)
    response["Cache-Control"] = "private, max-age=3600"
    return _harmless(response)


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
