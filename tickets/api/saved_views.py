"""Saved searches: listing, making, changing, removing, ordering them, and the tickets that one holds."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.lib.pagination import BadCursor
from helpdesk.lib.time_limit import TooSlow
from tickets import access
from tickets.actions import keeping_views
from tickets.actions.errors import Refused
from tickets.api import problems
from tickets.api.inputs import MoveInput, PageInput, ViewChangeInput, ViewInput
from tickets.api.outputs import TicketPage, ViewList, ViewOutput, rows_shown
from tickets.api.responses import INVALID, INVALID_LIST, NOT_SIGNED_IN, NOT_VISIBLE, REFUSED, checked, viewer
from tickets.models import Team, View
from tickets.queries import views as reading
from tickets.searching import QueryError

A_VIEW: dict[Any, Any] = {
    200: OpenApiResponse(ViewOutput, description="The view."),
    **INVALID,
    **NOT_SIGNED_IN,
    **NOT_VISIBLE,
    **REFUSED,
}


class ViewTooSlow(Refused):
    message = gettext_lazy("This view takes too long in its order. Narrow the search, or let it show the newest first.")


@extend_schema(
    methods=["GET"],
    operation_id="list_views",
    summary="Saved views",
    description="Your own and those shared with you, in your order; for administrators then all that are shared. "
    "`count` is exact to 9,999, 10000 means more, and null that counting takes too long; it may be 5 seconds old.",
    responses={200: OpenApiResponse(ViewList, description="In your order."), **NOT_SIGNED_IN, **NOT_VISIBLE},
)
@extend_schema(
    methods=["POST"],
    operation_id="make_view",
    summary="Save a search as a view",
    description="Leads may share with their teams, administrators with every team and with everybody.",
    request=ViewInput,
    responses={201: OpenApiResponse(ViewOutput, description="Saved."), **A_VIEW},
)
@api_view(["GET", "POST"])
def views(request: Request) -> Response:
    _require_desk(request)
    if request.method == "POST":
        return _saved(request, View(owner=request.user), checked(ViewInput, request.data).validated_data, status=201)
    rows = [view for view, _is_listed in reading.listed(request.user)]
    numbers = reading.numbers(rows, request.user, request.at, is_patient=True)
    return Response({"results": [_shown(view, numbers[view.pk], request) for view in rows]})


@extend_schema(operation_id="read_view", summary="One saved view", responses=A_VIEW)
@api_view(["GET"])
def view(request: Request, number: int) -> Response:
    return _answer(_seen(request, number), request)


@extend_schema(
    operation_id="list_tickets_of_view",
    summary="What a view holds for you",
    description="Tickets you work that it finds, in its order. A page starts behind the last row of the page before: "
    "follow `next` until it is null.",
    parameters=[PageInput],
    responses={
        200: OpenApiResponse(TicketPage, description="One page."),
        **INVALID_LIST, **NOT_SIGNED_IN, **NOT_VISIBLE, **REFUSED,
    },
)  # fmt: skip
@api_view(["GET"])
def view_tickets(request: Request, number: int) -> Response:
    found = _seen(request, number)
    given = checked(PageInput, request.query_params.dict()).validated_data
    query = reading.read(found.query)
    try:
        page = reading.page_of(
            query, found.sort, request.user, at=request.at, cursor=given.get("after"), size=given["size"]
        )
    except BadCursor as error:
        raise ValidationError({"after": [_("This page mark is not readable. Start with the first page.")]}) from error
    except TooSlow as error:
        raise ViewTooSlow from error
    following = None
    if page.next_cursor is not None:
        more = request.query_params.copy()
        more["after"] = page.next_cursor
        following = request.build_absolute_uri(f"{request.path}?{more.urlencode()}")
    return Response(
        {"results": rows_shown(page.rows, viewer(request)), "next": following, "searched_to": page.searched_to}
    )


@extend_schema(
    operation_id="change_view",
    summary="Change a view",
    description="Only what is given changes. With `seen`, the `version` you saw, a change made meanwhile is refused "
    "(`changed_meanwhile`).",
    request=ViewChangeInput,
    responses=A_VIEW,
)
@api_view(["POST"])
def change_view(request: Request, number: int) -> Response:
    found = _seen(request, number)
    return _saved(request, found, checked(ViewChangeInput, request.data).validated_data)


@extend_schema(
    operation_id="remove_view",
    summary="Remove a view",
    description="It can be brought back for 30 days.",
    request=None,
    responses={204: OpenApiResponse(description="Removed."), **NOT_SIGNED_IN, **NOT_VISIBLE},
)
@api_view(["POST"])
def remove_view(request: Request, number: int) -> Response:
    keeping_views.remove(view=_seen(request, number), by=request.user, at=request.at)
    return Response(status=204)


@extend_schema(operation_id="restore_view", summary="Bring a removed view back", request=None, responses=A_VIEW)
@api_view(["POST"])
def restore_view(request: Request, number: int) -> Response:
    _require_desk(request)
    found = reading.removed_view(number)
    if found is None or not access.can_change_view(request.user, found):
        raise Http404
    return _answer(keeping_views.restore(view=found, by=request.user, at=request.at), request)


@extend_schema(
    operation_id="move_view",
    summary="Move a view one place in your own order",
    request=MoveInput,
    responses={204: OpenApiResponse(description="Moved."), **INVALID, **NOT_SIGNED_IN, **NOT_VISIBLE},
)
@api_view(["POST"])
def move_view(request: Request, number: int) -> Response:
    given = checked(MoveInput, request.data).validated_data
    keeping_views.move(view=_seen(request, number), by=request.user, is_up=given["to"] == "up")
    return Response(status=204)


def _saved(request: Request, found: View, given: dict[str, Any], *, status: int = 200) -> Response:
    for name in ("name", "query", "sort", "columns", "is_for_everybody"):
        if name in given:
            setattr(found, name, given[name])
    if "team" in given:
        if given["team"] is not None and not Team.objects.filter(pk=given["team"]).exists():
            raise ValidationError({"team": [_("There is no such team.")]})
        found.team_id = given["team"]
    if found.team_id is not None and found.is_for_everybody:
        raise ValidationError({"team": [_("A view is for a team or for everybody, not both.")]})
    try:
        saved = keeping_views.save(view=found, by=request.user, at=request.at, seen=given.get("seen"))
    except QueryError as error:
        return problems.mistake(error, field="query")
    response = _answer(saved, request, status=status)
    if status == 201:
        response["Location"] = reverse("api:view", args=[saved.pk])
    return response


def _answer(view: View, request: Request, *, status: int = 200) -> Response:
    number = reading.numbers([view], request.user, request.at, is_patient=True)[view.pk]
    return Response(_shown(view, number, request), status=status)


def _shown(view: View, number: reading.Number, request: Request) -> Any:
    may_change = access.can_change_view(request.user, view)
    return ViewOutput(view, context={"number": number, "may_change": may_change}).data


def _require_desk(request: Request) -> None:
    if not access.can_use_desk(request.user, request.at):
        raise Http404


def _seen(request: Request, number: int) -> View:
    _require_desk(request)
    try:
        return reading.view_for(request.user, number)
    except View.DoesNotExist as error:
        raise Http404 from error
