"""Tags, the desk's own fields, snooze, subject, requester, spam and deletion."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from tickets import access
from tickets.actions import changing, filling, opening, removing, snoozing, tagging
from tickets.actions.errors import NotAllowed
from tickets.actions.saving import UNSEEN
from tickets.api.inputs import (
    FieldInput,
    RemovalInput,
    RequesterChangeInput,
    SnoozeInput,
    SubjectInput,
    TagsInput,
)
from tickets.api.outputs import FieldList, TagList
from tickets.api.responses import CHANGED, INVALID, NOT_SIGNED_IN, answer, checked, visible_ticket
from tickets.queries import tags as tag_queries
from tickets.queries.custom_fields import custom_fields


@extend_schema(
    operation_id="change_tags",
    summary="Put tags on and take them off",
    description="`add` and `remove` together, or `tags` for all of them at once. With `seen`, only what `tags` adds to "
    "it and takes off it is done: what others changed meanwhile stays. Tags become lower case.",
    request=TagsInput,
    responses={**CHANGED, **INVALID},
)
@api_view(["POST"])
def tags(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(TagsInput, request.data).validated_data
    seen, to = given["remove"], given["add"]
    if "tags" in given:
        seen, to = given.get("seen"), given["tags"]
    changed = tagging.set_tags(ticket=ticket, to=to, seen=seen, by=request.user, at=request.at)
    return answer(changed, request)


@extend_schema(
    operation_id="change_field",
    summary="Fill in a field of the desk's own",
    description="Numbers with a point or a comma, dates as YYYY-MM-DD, choices by their words; empty or null empties "
    "the field. `wrong_value` says what would be right.",
    request=FieldInput,
    responses={**CHANGED, **INVALID},
)
@api_view(["POST"])
def field(request: Request, number: int, key: str) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(FieldInput, request.data).validated_data
    seen = given["seen"] or "" if "seen" in given else UNSEEN
    changed = filling.fill(ticket=ticket, key=key, to=given["value"], seen=seen, by=request.user, at=request.at)
    return answer(changed, request)


@extend_schema(
    operation_id="change_subject",
    summary="Change the subject",
    request=SubjectInput,
    responses={**CHANGED, **INVALID},
)
@api_view(["POST"])
def subject(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(SubjectInput, request.data).validated_data
    changed = changing.change_subject(
        ticket=ticket, to=given["subject"], seen=given["seen"], by=request.user, at=request.at
    )
    return answer(changed, request)


@extend_schema(
    operation_id="change_requester",
    summary="Say whose request it is",
    description="The new requester sees all public messages, the one before none any more. For the ticket's team.",
    request=RequesterChangeInput,
    responses={**CHANGED, **INVALID},
)
@api_view(["POST"])
def requester(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(RequesterChangeInput, request.data).validated_data
    # Asked before the person is looked for, so that a refusal makes nobody and finds nobody.
    if not access.can_change_requester(request.user, ticket, request.at):
        raise NotAllowed
    with transaction.atomic():
        person = opening.find_or_create_requester(**given["requester"], language=ticket.queue.language)
        changed = changing.change_requester(
            ticket=ticket, to=person, seen=given["seen"], by=request.user, at=request.at
        )
    return answer(changed, request)


@extend_schema(
    operation_id="snooze",
    summary="Put the ticket off, or wake it",
    description="Until a time within a year, with a reason; `until` null wakes it. A snoozed ticket is in no working "
    "list, its promises run on, and it wakes when the requester writes.",
    request=SnoozeInput,
    responses={**CHANGED, **INVALID},
)
@api_view(["POST"])
def snooze(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(SnoozeInput, request.data).validated_data
    if given["until"] is None:
        return answer(snoozing.wake(ticket=ticket, by=request.user, at=request.at), request)
    changed = snoozing.snooze(
        ticket=ticket,
        until=given["until"],
        reason=given["reason"],
        seen=given.get("seen", UNSEEN),
        by=request.user,
        at=request.at,
    )
    return answer(changed, request)


@extend_schema(
    operation_id="remove",
    summary="Call it spam, or delete it",
    description="It leaves every list at once, can be restored for 30 days and is then erased for good.",
    request=RemovalInput,
    responses={**CHANGED, **INVALID},
)
@api_view(["POST"])
def remove(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(RemovalInput, request.data).validated_data
    changed = removing.remove(ticket=ticket, removed_as=given["removed_as"], by=request.user, at=request.at)
    return answer(changed, request)


@extend_schema(operation_id="restore", summary="Bring a removed ticket back", request=None, responses=CHANGED)
@api_view(["POST"])
def restore(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    return answer(removing.restore(ticket=ticket, by=request.user, at=request.at), request)


@extend_schema(
    operation_id="list_fields",
    summary="The desk's own fields",
    description="Those out of use are here too: old tickets have values of them.",
    responses={200: OpenApiResponse(FieldList, description="In their order."), **NOT_SIGNED_IN},
)
@api_view(["GET"])
def fields(request: Request) -> Response:
    _require_desk(request)
    return Response(FieldList({"results": custom_fields()}).data)


@extend_schema(
    operation_id="suggest_tags",
    summary="Tags that begin like this",
    parameters=[OpenApiParameter("q", str, description="How the tag begins.")],
    responses={
        200: OpenApiResponse(TagList, description="At most ten, in the order of the alphabet."),
        **NOT_SIGNED_IN,
    },
)
@api_view(["GET"])
def suggestions(request: Request) -> Response:
    _require_desk(request)
    found: dict[str, Any] = {
        "results": tag_queries.suggested(request.query_params.get("q", ""), request.user, request.at)
    }
    return Response(TagList(found).data)


def _require_desk(request: Request) -> None:
    if not access.can_use_desk(request.user, request.at):
        raise Http404
