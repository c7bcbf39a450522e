"""Who has a ticket: giving it, taking it, taking the next one."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from tickets.actions import assigning
from tickets.api.inputs import AssignInput
from tickets.api.outputs import TicketOutput
from tickets.api.responses import CHANGED, INVALID, NOT_SIGNED_IN, REFUSED, answer, checked, visible_ticket
from tickets.models import User


@extend_schema(
    operation_id="assign",
    summary="Give the ticket to somebody, or to nobody",
    description="Only to people who can open it. People on a duty may only hand their own tickets back (null). With "
    "`seen`, a change made meanwhile is a conflict. Giving it to whoever has it does nothing.",
    request=AssignInput,
    responses={**CHANGED, **INVALID},
)
@api_view(["POST"])
def assign(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(AssignInput, request.data).validated_data
    to = None
    if given["assignee"] is not None:
        to = User.objects.filter(pk=given["assignee"]).first()
        if to is None:
            raise assigning.NobodyThere
    seen = given.get("seen", assigning.UNSEEN)
    return answer(assigning.assign(ticket=ticket, to=to, by=request.user, at=request.at, seen=seen), request)


@extend_schema(
    operation_id="take",
    summary="Take a ticket that nobody has",
    description="Taking one's own again does nothing. Somebody else's is refused, and so is more than a duty's cap.",
    request=None,
    responses=CHANGED,
)
@api_view(["POST"])
def take(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    return answer(assigning.assign_me(ticket=ticket, by=request.user, at=request.at), request)


@extend_schema(
    operation_id="take_next",
    summary="Take the next ticket in work order",
    description="The first unassigned new or open ticket among those you work. Any number of people may ask at once: "
    "no ticket is given twice.",
    request=None,
    responses={
        200: OpenApiResponse(TicketOutput, description="Yours now."),
        204: OpenApiResponse(description="Nothing is waiting."),
        **NOT_SIGNED_IN, **REFUSED,
    },
)  # fmt: skip
@api_view(["POST"])
def take_next(request: Request) -> Response:
    try:
        ticket = assigning.take_next(by=request.user, at=request.at)
    except assigning.NothingWaits:
        return Response(status=204)
    return answer(ticket, request)
