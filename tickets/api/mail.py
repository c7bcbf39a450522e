"""Mail that a mail server hands over: its raw bytes, committed before the answer."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.exceptions import APIException, AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from tickets import tasks
from tickets.actions import mailboxes
from tickets.api.fields import Identifier
from tickets.api.outputs import ProblemOutput
from tickets.api.responses import PROBLEM
from tickets.channels.email import receiving
from tickets.models import InboundMessage, Mailbox

PER_MINUTE = 1200
"""Mails of one mailbox that one web process takes in a minute. The mail server keeps the others and comes back."""
LARGE = 4 * 1024 * 1024
LARGE_WAIT_S = 20
_one_large = threading.BoundedSemaphore(1)


class Unavailable(APIException):
    status_code = 503
    wait = 30

    def __init__(self) -> None:
        super().__init__(_("The mail could not be kept now. Hand it over again later."))


class Paused(APIException):
    """As if nobody were here: a mail server keeps its mail, which it would give up for where it is not let in."""

    status_code = 503
    wait = 300

    def __init__(self) -> None:
        super().__init__(_("This mailbox is paused. Keep the mail and hand it over again later."))


class CutOff(APIException):
    """Not 400, after which a mail server gives the mail up: a proxy between us may have lost the rest of it."""

    status_code = 503
    wait = 30

    def __init__(self) -> None:
        super().__init__(_("The mail was cut off on its way. Hand it over again."))


class TooLarge(APIException):
    status_code = 413

    def __init__(self) -> None:
        limit = filesizeformat(settings.MAIL_MAX_BYTES)
        super().__init__(_("The mail is larger than %(limit)s. It was not kept.") % {"limit": limit})


class WithoutLength(APIException):
    status_code = 411

    def __init__(self) -> None:
        super().__init__(_("Say how long the mail is (Content-Length), so that none is kept cut in half."))


class Unreadable(APIException):
    status_code = 400


class MailboxToken(BaseAuthentication):
    """`Authorization: Bearer …`. Guessing is not counted: a token has 256 bits, and nothing is read before it fits."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Mailbox]:
        scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        try:
            mailbox = mailboxes.find_by_push_token(token.strip()) if scheme.lower() == "bearer" else None
        except (OperationalError, InterfaceError) as error:
            raise Unavailable from error
        if mailbox is None:
            raise AuthenticationFailed(_("This is not the token of a mailbox that takes mail."))
        if not mailbox.is_active:
            raise Paused
        return AnonymousUser(), mailbox

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class MailboxTokenScheme(OpenApiAuthenticationExtension):
    target_class = MailboxToken
    name = "mailboxToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The token of a mailbox that takes pushed mail."}


class ComesFromMailServer(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, Mailbox)


class KeptOutput(serializers.Serializer[Any]):
    id = Identifier(source="pk", help_text="The mail's number here.")
    state = serializers.CharField(
        help_text="`stored`: it is read in a moment. A mail that came before answers with its number and what became "
        "of it: `accepted`, `duplicate`, `quarantined`, `dismissed`."
    )


@extend_schema(
    operation_id="hand_over_mail",
    summary="Hand over a raw mail",
    description="For a mail server, with the token of a mailbox. The mail is committed before the answer: after 202 it "
    "cannot be lost, after any other answer it was not kept. The same bytes handed over again are answered in the same "
    "way and kept once. Only 413 and 400 are for good; after everything else hand it over again later.",
    parameters=[
        OpenApiParameter("recipient", str, description="The address of the envelope (RCPT TO)."),
        OpenApiParameter("X-Envelope-To", str, OpenApiParameter.HEADER, description="The same, as a header."),
    ],
    request={
        "message/rfc822": OpenApiTypes.BINARY,
        "multipart/form-data": {
            "type": "object",
            "properties": {
                "message": {"type": "string", "format": "binary"},
                "recipient": {"type": "string"},
            },
            "required": ["message"],
        },
    },
    responses={
        202: OpenApiResponse(KeptOutput, description="Kept."),
        (400, PROBLEM): OpenApiResponse(ProblemOutput, description="No mail in the request."),
        (401, PROBLEM): OpenApiResponse(ProblemOutput, description="Not the token of a mailbox."),
        (411, PROBLEM): OpenApiResponse(ProblemOutput, description="No Content-Length."),
        (413, PROBLEM): OpenApiResponse(ProblemOutput, description="Above the limit for mail, 35 MB."),
        (429, PROBLEM): OpenApiResponse(ProblemOutput, description="Too many in this minute; see Retry-After."),
        (503, PROBLEM): OpenApiResponse(
            ProblemOutput,
            description="The mailbox is paused, the database away, or the mail was cut off; see Retry-After.",
        ),
    },
)
@api_view(["POST"])
@authentication_classes([MailboxToken])
@permission_classes([ComesFromMailServer])
def mail_in(request: Request) -> Response:
    mailbox: Mailbox = request.auth
    _count(mailbox)
    with _room(_announced(request)):
        raw, recipient = _handed_over(request._request)
        if not raw.strip():
            raise Unreadable(_("There is no mail in the request."))
        try:
            _note_visit(mailbox, request)
            row, _is_new = receiving.store(raw, mailbox=mailbox, at=request.at, envelope_to=recipient)
        except (OperationalError, InterfaceError) as error:
            raise Unavailable from error
    if row.state == InboundMessage.State.STORED:
        tasks.nudge_inbound(row)
    return Response(KeptOutput(row).data, status=202)


def _count(mailbox: Mailbox) -> None:
    key = f"mail-in:{mailbox.pk}"
    cache.add(key, 0, timeout=60)
    try:
        taken = cache.incr(key)
    except ValueError:  # the minute ended between the two lines
        return
    if taken > PER_MINUTE:
        raise Throttled(wait=60)


def _announced(request: Request) -> int:
    """The length of the body. Above the limit nothing of it is read; a form has some lines around the mail."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit():
        raise WithoutLength
    around = 64 * 1024 if _is_form(request._request) else 0
    if int(length) > settings.MAIL_MAX_BYTES + around:
        raise TooLarge
    return int(length)


@contextmanager
def _room(length: int) -> Iterator[None]:
    """Large mails come one after the other: each takes several times its size in memory until it is stored."""
    if length <= LARGE:
        yield
        return
    if not _one_large.acquire(timeout=LARGE_WAIT_S):
        raise Unavailable
    try:
        yield
    finally:
        _one_large.release()


def _handed_over(request: HttpRequest) -> tuple[bytes, str]:
    """The raw mail and the envelope's recipient. A body that ends early is refused: half a mail must not be kept."""
    length = int(request.META["CONTENT_LENGTH"])
    try:
        body = request.read(length)
    except OSError as error:
        raise CutOff from error
    if len(body) != length:
        raise CutOff
    recipient = request.GET.get("recipient") or request.META.get("HTTP_X_ENVELOPE_TO", "")
    if not _is_form(request):
        return body, _address(recipient)
    try:
        # Latin-1 gives the bytes of a text field back as they came.
        fields, files = MultiPartParser(request.META, io.BytesIO(body), request.upload_handlers, "latin-1").parse()
    except RequestDataTooBig as error:
        raise Unreadable(
            _("The mail is too large for a text field of a form. Send it as the body of the request or as a file.")
        ) from error
    except MultiPartParserError as error:
        raise Unreadable(_("There is no mail in the request.")) from error
    file = files.get("message")
    raw = file.read() if file else fields.get("message", "").encode("latin-1", "replace")
    if len(raw) > settings.MAIL_MAX_BYTES:
        raise TooLarge
    return raw, _address(recipient or fields.get("recipient", ""))


def _is_form(request: HttpRequest) -> bool:
    return request.content_type == "multipart/form-data"


def _address(recipient: str) -> str:
    """The envelope's recipient, if it is an address at all: it only chooses the queue, no mail is refused for it."""
    address = recipient.strip().strip("<>")
    return address if "@" in address and len(address) <= 320 and address.isprintable() else ""


def _note_visit(mailbox: Mailbox, request: Request) -> None:
    """Once a minute: each mail writing the same row would make them wait for each other."""
    stale = Q(last_fetch_at__isnull=True) | Q(last_fetch_at__lt=request.at - timedelta(minutes=1))
    Mailbox.objects.filter(stale, pk=mailbox.pk).update(last_fetch_at=request.at, last_error="", failing_since=None)
