"""Calendars, policies and their edits for programs: leads read, administrators change, by the actions of the pages.

A change is proposed first: that answers with an edit whose due times were found by carrying it out and taking it back.
Applied, it holds at once for what comes and is brought to running clocks in batches; the edit says how far it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.lib import problem_json
from helpdesk.lib.api_values import INVALID, NOT_SIGNED_IN, PROBLEM, REFUSED, ProblemOutput, checked, problem_answer
from sla import access, queries, tasks
from sla.actions import editing, keeping
from sla.api.values import (
    CalendarChangeInput,
    CalendarInput,
    CalendarList,
    CalendarOutput,
    CountInput,
    DefaultInput,
    EditList,
    EditOutput,
    EditPage,
    OrderInput,
    PageInput,
    PolicyChangeInput,
    PolicyInput,
    PolicyList,
    PolicyOutput,
    SeenInput,
    shown_calendar,
    shown_change,
    shown_edit,
    shown_policy,
)
from sla.models import Calendar, Edit
from tickets.actions.errors import NotAllowed
from tickets.searching import QueryError

AT_ONCE = 4
"""Batches that the request itself does."""
SHOWN = 100

NOT_THERE: dict[Any, Any] = {
    (404, PROBLEM): problem_answer(ProblemOutput, "There is no such thing, or you may not see promises."),
}
FORESEEN: dict[Any, Any] = {
    201: OpenApiResponse(EditOutput, description="What it would do, as far as it is counted. Nothing has changed yet."),
    **INVALID,
    **NOT_SIGNED_IN,
    **NOT_THERE,
    **REFUSED,
}
Endpoint = Callable[..., Response]


def _for_leads(endpoint: Endpoint) -> Endpoint:
    """Who may not look finds nothing; who may look and not change hears so."""

    @wraps(endpoint)
    def checked_first(request: Request, *args: Any, **kwargs: Any) -> Response:
        if not access.can_see_promises(request.user):
            raise Http404
        if request.method == "POST" and not access.can_keep_promises(request.user):
            raise NotAllowed
        return endpoint(request, *args, **kwargs)

    return checked_first


# Calendars


@extend_schema(
    methods=["GET"],
    operation_id="list_calendars",
    summary="Calendars of working time",
    responses={200: OpenApiResponse(CalendarList, description="By name."), **NOT_SIGNED_IN, **NOT_THERE},
)
@extend_schema(
    methods=["POST"],
    operation_id="make_calendar",
    summary="Make a calendar",
    description="No policy counts by it yet, so nothing moves.",
    request=CalendarInput,
    responses={
        201: OpenApiResponse(CalendarOutput, description="Made."),
        **INVALID, **NOT_SIGNED_IN, **NOT_THERE, **REFUSED,
    },
)  # fmt: skip
@api_view(["GET", "POST"])
@_for_leads
def calendars(request: Request) -> Response:
    if request.method == "GET":
        return Response({"results": [shown_calendar(row, row.version) for row in queries.calendars()]})
    given = checked(CalendarInput, request.data).validated_data
    made = _meant(keeping.make_calendar, **editing.hours_from(given), by=request.user, at=request.at)
    response = Response(_calendar(made), status=201)
    response["Location"] = reverse("sla_api:calendar", args=[made.pk])
    return response


@extend_schema(
    operation_id="read_calendar",
    summary="One calendar",
    responses={200: OpenApiResponse(CalendarOutput, description="As it holds now."), **NOT_SIGNED_IN, **NOT_THERE},
)
@api_view(["GET"])
@_for_leads
def calendar(request: Request, number: int) -> Response:
    return Response(_calendar(get_object_or_404(queries.calendars_in_force(), pk=number)))


@extend_schema(
    operation_id="change_calendar",
    summary="Foresee other hours",
    description="All of the calendar as it shall be.",
    request=CalendarChangeInput,
    responses=FORESEEN,
)
@api_view(["POST"])
@_for_leads
def change_calendar(request: Request, number: int) -> Response:
    found = get_object_or_404(queries.calendars_in_force(), pk=number)
    given = checked(CalendarChangeInput, request.data).validated_data
    return _proposed(request, Edit.Kind.CALENDAR, found.pk, given.pop("seen"), given)


@extend_schema(
    operation_id="remove_calendar",
    summary="Foresee that a calendar is removed",
    description="Refused while policies count by it.",
    request=SeenInput,
    responses=FORESEEN,
)
@api_view(["POST"])
@_for_leads
def remove_calendar(request: Request, number: int) -> Response:
    found = get_object_or_404(queries.calendars_in_force(), pk=number)
    return _proposed(request, Edit.Kind.CALENDAR, found.pk, _seen(request), {})


# Policies


@extend_schema(
    methods=["GET"],
    operation_id="list_policies",
    summary="Policies in the order in which they are asked",
    responses={200: OpenApiResponse(PolicyList, description="The default one last."), **NOT_SIGNED_IN, **NOT_THERE},
)
@extend_schema(
    methods=["POST"],
    operation_id="make_policy",
    summary="Foresee a new policy",
    description="Applied, it is asked last of those with conditions; on a desk without any it is the default one.",
    request=PolicyInput,
    responses=FORESEEN,
)
@api_view(["GET", "POST"])
@_for_leads
def policies(request: Request) -> Response:
    if request.method == "GET":
        found = queries.policies()
        default = next((row.pk for row in found if row.is_default), None)
        rows = [shown_policy(row, row.version, default) for row in found]
        return Response({"results": rows, "seen": _base(Edit.Kind.ORDER, None)})
    given = checked(PolicyInput, request.data).validated_data
    return _proposed(request, Edit.Kind.POLICY, None, _base(Edit.Kind.POLICY, None), given)


@extend_schema(
    operation_id="read_policy",
    summary="One policy",
    responses={200: OpenApiResponse(PolicyOutput, description="As it holds now."), **NOT_SIGNED_IN, **NOT_THERE},
)
@api_view(["GET"])
@_for_leads
def policy(request: Request, number: int) -> Response:
    found = get_object_or_404(queries.policies_in_force(), pk=number)
    default = keeping.default_now(None)["default"]
    return Response(shown_policy(found, found.versions.get(replaced_at=None), default))


@extend_schema(
    operation_id="change_policy",
    summary="Foresee other promises",
    description="All of the policy as it shall be.",
    request=PolicyChangeInput,
    responses=FORESEEN,
)
@api_view(["POST"])
@_for_leads
def change_policy(request: Request, number: int) -> Response:
    found = get_object_or_404(queries.policies_in_force(), pk=number)
    given = checked(PolicyChangeInput, request.data).validated_data
    seen = given.pop("seen")
    if found.is_default:
        given["conditions"] = ""
    return _proposed(request, Edit.Kind.POLICY, found.pk, seen, given)


@extend_schema(
    operation_id="remove_policy",
    summary="Foresee that a policy is removed",
    description="Its tickets get the next one that fits. The default policy stays.",
    request=SeenInput,
    responses=FORESEEN,
)
@api_view(["POST"])
@_for_leads
def remove_policy(request: Request, number: int) -> Response:
    found = get_object_or_404(queries.policies_in_force(), pk=number)
    return _proposed(request, Edit.Kind.POLICY, found.pk, _seen(request), {})


@extend_schema(
    operation_id="make_policy_the_default",
    summary="Foresee another default policy",
    description="What fits no other policy then has this one, and its own conditions go. The default of until now is "
    "asked last of the others, for `conditions`. `seen` is the policy's `seen_as_default`.",
    request=DefaultInput,
    responses=FORESEEN,
)
@api_view(["POST"])
@_for_leads
def make_default(request: Request, number: int) -> Response:
    found = get_object_or_404(queries.policies_in_force(), pk=number)
    given = checked(DefaultInput, request.data).validated_data
    wanted = {"default": found.pk, "own_conditions": "", "conditions": given["conditions"]}
    return _proposed(request, Edit.Kind.DEFAULT, found.pk, given["seen"], wanted)


@extend_schema(
    operation_id="order_policies",
    summary="Foresee another order of the policies",
    description="`seen` is that of the list.",
    request=OrderInput,
    responses=FORESEEN,
)
@api_view(["POST"])
@_for_leads
def order_policies(request: Request) -> Response:
    given = checked(OrderInput, request.data).validated_data
    return _proposed(request, Edit.Kind.ORDER, None, given["seen"], {"order": given["order"]})


# Edits


@extend_schema(
    operation_id="list_edits",
    summary="Edits of calendars and policies",
    responses={200: OpenApiResponse(EditList, description="The newest 100."), **NOT_SIGNED_IN, **NOT_THERE},
)
@api_view(["GET"])
@_for_leads
def edits(request: Request) -> Response:
    return Response({"results": [shown_edit(row) for row in queries.edits()[:SHOWN]]})


@extend_schema(
    operation_id="read_edit",
    summary="What an edit would change, or how far it is done",
    parameters=[PageInput],
    responses={200: OpenApiResponse(EditPage, description="As it is now."), **INVALID, **NOT_SIGNED_IN, **NOT_THERE},
)
@api_view(["GET"])
@_for_leads
def edit(request: Request, number: int) -> Response:
    found = get_object_or_404(Edit, pk=number)
    first = checked(PageInput, request.query_params.dict()).validated_data["offset"]
    rows = queries.foreseen(found, request.user, request.at, first=first, most=SHOWN + 1)
    following = first + SHOWN if len(rows) > SHOWN else None
    changes = [shown_change(row) for row in rows[:SHOWN]]
    return Response({**shown_edit(found), "changes": changes, "next_offset": following})


DECIDED: dict[Any, Any] = {
    200: OpenApiResponse(EditOutput, description="The edit as it is now."),
    **INVALID,
    **NOT_SIGNED_IN,
    **NOT_THERE,
    **REFUSED,
}


@extend_schema(operation_id="apply_edit", summary="Let an edit hold from now on", request=None, responses=DECIDED)
@api_view(["POST"])
@_for_leads
def apply_edit(request: Request, number: int) -> Response:
    editing.apply(edit=get_object_or_404(Edit, pk=number), by=request.user, at=request.at)
    for _each in range(AT_ONCE):
        if not editing.apply_batch(number, at=request.at):
            break
    tasks.nudge_edits()
    return Response(shown_edit(Edit.objects.get(pk=number)))


@extend_schema(operation_id="drop_edit", summary="Drop an edit", request=None, responses=DECIDED)
@api_view(["POST"])
@_for_leads
def drop_edit(request: Request, number: int) -> Response:
    editing.drop(edit=get_object_or_404(Edit, pk=number), by=request.user, at=request.at)
    return Response(shown_edit(Edit.objects.get(pk=number)))


@extend_schema(
    operation_id="count_edit",
    summary="Count again what an edit would change",
    request=CountInput,
    responses=DECIDED,
)
@api_view(["POST"])
@_for_leads
def count_edit(request: Request, number: int) -> Response:
    given = checked(CountInput, request.data).validated_data
    found = get_object_or_404(Edit, pk=number)
    editing.count_again(edit=found, by=request.user, at=request.at, everything=given["everything"])
    _count(found, request)
    return Response(shown_edit(Edit.objects.get(pk=number)))


def _proposed(request: Request, kind: str, target: int | None, base: str, wanted: dict[str, Any]) -> Response:
    try:
        found = _meant(
            editing.propose, kind=kind, target=target, base=base, proposed=wanted, by=request.user, at=request.at
        )
    except QueryError as error:
        return problem_json.problem(
            status=400,
            title="Invalid input",
            detail=str(error),
            errors={"conditions": [str(error)]},
            mistake={"start": error.start, "end": error.end, "suggestion": error.suggestion},
        )
    _count(found, request)
    response = Response(shown_edit(Edit.objects.get(pk=found.pk)), status=201)
    response["Location"] = reverse("sla_api:edit", args=[found.pk])
    return response


def _meant(action: Callable[..., Any], **given: Any) -> Any:
    """What the action makes; what cannot be meant is invalid input."""
    try:
        return action(**given)
    except QueryError:
        raise
    except ValueError as wrong:
        raise ValidationError({"non_field_errors": [str(wrong)]}) from wrong


def _count(found: Edit, request: Request) -> None:
    for _each in range(AT_ONCE):
        if not editing.count_batch(found.pk, at=request.at):
            return
    tasks.nudge_edits()


def _base(kind: str, target: int | None) -> str:
    return editing.fingerprint(editing.current(kind, target))


def _seen(request: Request) -> str:
    return str(checked(SeenInput, request.data).validated_data["seen"])


def _calendar(row: Calendar) -> dict[str, Any]:
    return shown_calendar(row, row.versions.get(replaced_at=None))
