"""The list, opening a ticket, one ticket with its messages."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.lib.pagination import BadCursor
from tickets import access
from tickets.actions import opening
from tickets.actions.errors import NotAllowed
from tickets.api.inputs import ListInput, OpenInput
from tickets.api.outputs import ChoicesOutput, TicketDetail, TicketOutput, TicketPage, detail_shown, rows_shown
from tickets.api.responses import (
    INVALID,
    INVALID_LIST,
    NOT_SIGNED_IN,
    NOT_VISIBLE,
    REFUSED,
    answer,
    checked,
    viewer,
    visible_ticket,
)
from tickets.models import Status, Ticket
from tickets.models.ticket import TRANSITIONS
from tickets.queries import searching
from tickets.queries.queue import queue_page
from tickets.queries.searching.writing import as_query
from tickets.queries.ticket import choices_for, messages_of, ticket_for_page


@extend_schema(
    methods=["GET"],
    operation_id="list_tickets",
    summary="Tickets you work",
    description="What you work, unsolved ones by due time, solved ones latest first. A page starts behind the last "
    "row of the page before: follow `next` until it is null. A queue that you do not work gives an empty list. "
    "With `q` it is a search: everything you work, newest first.",
    parameters=[ListInput],
    responses={200: OpenApiResponse(TicketPage, description="One page."), **INVALID_LIST, **NOT_SIGNED_IN},
)
@extend_schema(
    methods=["POST"],
    operation_id="open_ticket",
    summary="Open a ticket for a requester",
    description="In a queue of your teams, or for a caller inside your duty's queues and channels. No "
    "acknowledgement is mailed: that belongs to requests that came by mail.",
    request=OpenInput,
    responses={
        201: OpenApiResponse(TicketOutput, description="Opened."),
        204: OpenApiResponse(description="Opened, and not yours to see."),
        **INVALID, **NOT_SIGNED_IN, **REFUSED,
    },
)  # fmt: skip
@api_view(["GET", "POST"])
def tickets(request: Request) -> Response:
    return _list(request) if request.method == "GET" else _open(request)


def _list(request: Request) -> Response:
    given = checked(ListInput, request.query_params.dict())
    values = given.validated_data
    if values.get("q"):
        return _search(request, given)
    try:
        page = queue_page(request.user, given.filters, at=request.at, cursor=values.get("after"), size=values["size"])
    except BadCursor as error:
        raise ValidationError({"after": [_("This page mark is not readable. Start with the first page.")]}) from error
    return Response(
        {"results": rows_shown(page.rows, viewer(request)), "next": _next_address(request, page.next_cursor)}
    )


def _search(request: Request, given: ListInput) -> Response:
    values = given.validated_data
    query = searching.read(values["q"]).narrowed_by(searching.read(as_query(given.filters)))
    try:
        found = searching.find(query, request.user, at=request.at, cursor=values.get("after"), size=values["size"])
    except BadCursor as error:
        raise ValidationError({"after": [_("This page mark is not readable. Start with the first page.")]}) from error
    return Response(
        {
            "results": rows_shown(found.rows, viewer(request)),
            "next": _next_address(request, found.next_cursor),
            "is_near": found.is_generous,
            "left_out": found.left_out,
            "searched_to": found.searched_to,
        }
    )


def _next_address(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["after"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _open(request: Request) -> Response:
    given: dict[str, Any] = checked(OpenInput, request.data).validated_data
    # Asked before the requester is looked for, so that a refusal makes nobody and finds nobody.
    if not access.can_open_in(request.user, given["queue"], given["channel"], request.at):
        raise NotAllowed(_("You may not open tickets in this queue."))
    requester = opening.find_or_create_requester(**given.pop("requester"), language=given["queue"].language)
    ticket = opening.open_ticket(requester=requester, by=request.user, at=request.at, **given)
    response = answer(ticket, request, status=201)
    response["Location"] = reverse("api:ticket", args=[ticket.pk])
    return response


@extend_schema(
    operation_id="read_ticket",
    summary="One ticket with its messages",
    description="For people who work it: everything, notes included. For its requester and whoever shares it: the "
    "public messages. For everybody else it does not exist.",
    responses={200: OpenApiResponse(TicketDetail, description="The ticket."), **NOT_SIGNED_IN, **NOT_VISIBLE},
)
@api_view(["GET"])
def ticket(request: Request, number: int) -> Response:
    try:
        found = ticket_for_page(request.user, number, at=request.at)
    except Ticket.DoesNotExist:
        raise Http404 from None
    messages = list(messages_of(found, request.user, at=request.at))
    return Response(detail_shown(found, messages, viewer(request)))


@extend_schema(
    operation_id="list_choices",
    summary="Who can get the ticket, where it can go, what status it can have",
    description="For people who may assign the ticket.",
    responses={200: OpenApiResponse(ChoicesOutput, description="The choices."), **NOT_SIGNED_IN, **NOT_VISIBLE},
)
@api_view(["GET"])
def choices(request: Request, number: int) -> Response:
    found = visible_ticket(request, number)
    if not access.can_assign(request.user, found, request.at):
        raise NotAllowed
    offered = choices_for(found, request.user, at=request.at)
    statuses = [status for status in Status if status in TRANSITIONS[found.status] and status != Status.CLOSED]
    return Response(
        ChoicesOutput({"assignees": offered.assignees, "queues": offered.queues, "statuses": statuses}).data
    )
