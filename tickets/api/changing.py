"""Changing status, priority and queue. With ``seen``, a change made meanwhile is a conflict: 409 with both values."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from tickets.actions import changing
from tickets.api.inputs import PriorityInput, QueueInput, StatusInput
from tickets.api.responses import CHANGED, INVALID, answer, checked, visible_ticket


@extend_schema(
    operation_id="change_status",
    summary="Change the status",
    description="Solve, reopen, wait, hold: by the table of transitions. Closed is final, and time sets it. Requesters "
    "may solve and reopen their own tickets.",
    request=StatusInput,
    responses={**CHANGED, **INVALID},
)
@api_view(["POST"])
def status(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(StatusInput, request.data).validated_data
    changed = changing.change_status(
        ticket=ticket, to=given["status"], seen=given["seen"], reason=given["reason"], by=request.user, at=request.at
    )
    return answer(changed, request)


@extend_schema(
    operation_id="change_priority",
    summary="Change the priority",
    request=PriorityInput,
    responses={**CHANGED, **INVALID},
)
@api_view(["POST"])
def priority(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(PriorityInput, request.data).validated_data
    changed = changing.change_priority(
        ticket=ticket, to=given["priority"], seen=given.get("seen"), by=request.user, at=request.at
    )
    return answer(changed, request)


@extend_schema(
    operation_id="change_queue",
    summary="Move to another queue",
    description="An assignee who could not open the ticket there loses it. 204 when you cannot see it there yourself.",
    request=QueueInput,
    responses={**CHANGED, **INVALID},
)
@api_view(["POST"])
def queue(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(QueueInput, request.data).validated_data
    changed = changing.change_queue(
        ticket=ticket, to=given["queue"], seen=given.get("seen"), by=request.user, at=request.at
    )
    return answer(changed, request)
