"""Files of messages, and mails as they were laid out: always apart from our own pages."""

from __future__ import annotations

import base64
import re

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control

from tickets.channels.email.html import with_inline_images
from tickets.models import Attachment, Message

SHOWN_INLINE = {"image/png", "image/jpeg", "image/gif", "image/webp"}
INLINE_LIMIT_BYTES = 2_000_000
ACTIVE = re.compile(r"(?:java|ecma|j|live)script|\bcss\b|html|\bxml\b|svg|wasm")

MAIL_POLICY = (
    "default-src 'none'; img-src data:; style-src 'self'; frame-ancestors 'self'; form-action 'none'; base-uri 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
FILE_POLICY = "default-src 'none'; sandbox"


@login_required
def attachment(request: HttpRequest, attachment_id: int) -> HttpResponse:
    visible = Message.objects.visible_to(request.user, request.at)
    try:
        found = Attachment.objects.select_related("message").get(pk=attachment_id, message__in=visible)
    except Attachment.DoesNotExist as error:
        raise Http404 from error
    return as_download(found)


def as_download(file: Attachment) -> FileResponse:
    """The bytes under a file name, never as a page: the browser saves them and guesses nothing."""
    try:
        content = default_storage.open(file.path)
    except FileNotFoundError as error:
        raise Http404 from error
    # Our pages may load scripts and styles from this very site: no stranger's file answers as one.
    kind = "application/octet-stream" if ACTIVE.search(file.content_type) else file.content_type
    response = FileResponse(content, as_attachment=True, filename=file.name, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = FILE_POLICY
    response["Cache-Control"] = "private, max-age=3600"
    return response


@login_required
@cache_control(private=True, max_age=600)
def message_html(request: HttpRequest, message_id: int) -> HttpResponse:
    """The cleaned mail in a frame of its own, without scripts, forms or anything from elsewhere."""
    try:
        found = Message.objects.visible_to(request.user, request.at).exclude(html="").select_related("author")
        message = found.get(pk=message_id)
    except Message.DoesNotExist as error:
        raise Http404 from error
    html = with_inline_images(message.html, _inline_images(message))
    language = message.author.language if message.author else ""
    response = render(request, "tickets/mail_frame.html", {"html": html, "language": language})
    response["Content-Security-Policy"] = MAIL_POLICY
    return response


def _inline_images(message: Message) -> dict[str, str]:
    """Pictures inside the mail as data: the frame has no origin of its own, so it could not fetch them."""
    images = message.attachments.exclude(content_id="").filter(
        content_type__in=SHOWN_INLINE, size__lte=INLINE_LIMIT_BYTES
    )
    return {image.content_id.strip("<>"): _as_data(image) for image in images.order_by("pk")}


def _as_data(image: Attachment) -> str:
    try:
        with default_storage.open(image.path) as content:
            return f"data:{image.content_type};base64,{base64.b64encode(content.read()).decode()}"
    except FileNotFoundError:
        return ""
