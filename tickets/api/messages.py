"""Writing on a ticket: replies, the requester's own words, notes."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from tickets import access
from tickets.actions import noting, replying
from tickets.api.inputs import NoteInput, ReplyInput
from tickets.api.outputs import CrossedOutput, MessageOutput, messages_shown
from tickets.api.problems import refusal
from tickets.api.responses import INVALID, NOT_SIGNED_IN, NOT_VISIBLE, PROBLEM, REFUSED, checked, viewer, visible_ticket
from tickets.models import Channel, Message, Ticket
from tickets.queries.ticket import messages_of


@extend_schema(
    operation_id="reply",
    summary="Write to the requester, or as the requester",
    description="From people who work the ticket: a reply in the desk's name, mailed when the requester has an "
    "address. From its requester: an answer to the desk, which brings a waiting or solved ticket back; "
    "`next_status`, `seen_message` and `cc` are not looked at then.",
    request=ReplyInput,
    responses={
        201: OpenApiResponse(MessageOutput, description="Sent."),
        202: OpenApiResponse(MessageOutput, description="Kept: a mentor reads it before it leaves."),
        (409, PROBLEM): OpenApiResponse(
            CrossedOutput, description="Somebody wrote meanwhile (`crossed`), or the state forbids a reply."
        ),
        **INVALID, **NOT_SIGNED_IN, **NOT_VISIBLE,
    },
)  # fmt: skip
@api_view(["POST"])
def reply(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(ReplyInput, request.data).validated_data
    if access.can_write_as_requester(request.user, ticket) and not access.can_reply(request.user, ticket, request.at):
        message = replying.requester_wrote(
            ticket=ticket, author=request.user, text=given["text"], channel=Channel.WEB, at=request.at
        )
        return _shown(message, ticket, request, status=201)
    try:
        message = replying.reply(ticket=ticket, by=request.user, at=request.at, **given)
    except replying.Crossed as crossed:
        newer = messages_of(ticket, request.user, at=request.at).filter(pk__in=[each.pk for each in crossed.newer])
        return refusal(crossed, newer=messages_shown(list(newer), ticket, viewer(request)))
    return _shown(message, ticket, request, status=202 if message.is_awaiting_review else 201)


@extend_schema(
    operation_id="note",
    summary="Leave an internal note",
    description="Read by people who work the ticket, never by its requester. Changes no status; possible on closed "
    "tickets too. `@` and a name, or an address, names a colleague: they are told. Whoever does not see the ticket is "
    "let in only where `let_in` says so; a name that could mean several people is refused.",
    request=NoteInput,
    responses={
        201: OpenApiResponse(MessageOutput, description="Kept."),
        **INVALID,
        **NOT_SIGNED_IN,
        **NOT_VISIBLE,
        **REFUSED,
    },
)
@api_view(["POST"])
def note(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(NoteInput, request.data).validated_data
    message = noting.note(ticket=ticket, by=request.user, at=request.at, **given)
    return _shown(message, ticket, request, status=201)


def _shown(message: Message, ticket: Ticket, request: Request, *, status: int) -> Response:
    """With its delivery; as it was written for somebody who lost sight of it by sending (the grace after a duty)."""
    stored = messages_of(ticket, request.user, at=request.at).filter(pk=message.pk).first()
    (shown,) = messages_shown([stored or message], ticket, viewer(request))
    return Response(shown, status=status)
