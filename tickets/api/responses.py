"""What the endpoints have in common: loading inside the caller's sight, checking input, answering with the ticket."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.lib.api_values import INVALID as INVALID
from helpdesk.lib.api_values import NOT_SIGNED_IN as NOT_SIGNED_IN
from helpdesk.lib.api_values import PROBLEM as PROBLEM
from helpdesk.lib.api_values import REFUSED as REFUSED
from helpdesk.lib.api_values import checked as checked
from helpdesk.lib.api_values import problem_answer
from tickets.api.outputs import (
    ConflictOutput,
    InvalidListOutput,
    ProblemOutput,
    TicketOutput,
    Viewer,
    ticket_shown,
)
from tickets.models import Ticket
from tickets.queries.ticket import ticket_for_page

NOT_VISIBLE: dict[Any, Any] = {
    (404, PROBLEM): problem_answer(ProblemOutput, "There is no such ticket, or it is outside of what you may see."),
}
INVALID_LIST: dict[Any, Any] = {
    (400, PROBLEM): problem_answer(
        InvalidListOutput, "Unknown filters, or a search that cannot be read; `mistake` says where."
    ),
}
CHANGED: dict[Any, Any] = {
    200: OpenApiResponse(TicketOutput, description="The ticket as it is now."),
    204: OpenApiResponse(description="Done, and by it the ticket has left your sight."),
    (409, PROBLEM): problem_answer(
        ConflictOutput, "The state forbids it, or somebody changed the same property since you looked (`conflict`)."
    ),
    **NOT_SIGNED_IN,
    **NOT_VISIBLE,
}


def viewer(request: Request) -> Viewer:
    return Viewer(user=request.user, at=request.at)


def visible_ticket(request: Request, number: int) -> Ticket:
    """Outside the caller's sight there is nothing: 404, never 403."""
    ticket = Ticket.objects.visible_to(request.user, request.at).filter(pk=number).first()
    if ticket is None:
        raise Http404
    return ticket


def answer(ticket: Ticket, request: Request, *, status: int = 200) -> Response:
    """The ticket as it is now, or 204 when the caller has moved it out of the own sight."""
    try:
        ticket = ticket_for_page(request.user, ticket.pk, at=request.at)
    except Ticket.DoesNotExist:
        return Response(status=204)
    return Response(ticket_shown(ticket, viewer(request)), status=status)
