"""Who the caller is, what they asked for themselves, and which queues are theirs to work."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from tickets import access
from tickets.api.outputs import MeOutput, QueueList, RequestList
from tickets.api.responses import NOT_SIGNED_IN
from tickets.models.grant import scopes_of
from tickets.queries.cases import own_cases
from tickets.queries.queue import queues_of


@extend_schema(
    operation_id="list_queues",
    summary="Queues you work",
    description="Those of your teams, and those of your duty while it lasts. All of them for administrators.",
    responses={200: OpenApiResponse(QueueList, description="In their order."), **NOT_SIGNED_IN},
)
@api_view(["GET"])
def queues(request: Request) -> Response:
    return Response(QueueList({"results": queues_of(request.user, request.at)}).data)


@extend_schema(
    operation_id="list_requests",
    summary="What you asked for yourself",
    description="Your own requests, solved ones too: the newest 30.",
    responses={200: OpenApiResponse(RequestList, description="Newest first."), **NOT_SIGNED_IN},
)
@api_view(["GET"])
def requests(request: Request) -> Response:
    return Response(RequestList({"results": own_cases(request.user, at=request.at)}).data)


@extend_schema(
    operation_id="read_me",
    summary="You",
    description="Who you are signed in as, and what your duties let you work right now.",
    responses={200: OpenApiResponse(MeOutput, description="You."), **NOT_SIGNED_IN},
)
@api_view(["GET"])
def me(request: Request) -> Response:
    user = request.user
    scopes = [
        {
            "queues": sorted(scope.queue_ids),
            "channels": sorted(scope.channels),
            "cap": scope.cap,
            "chat_cap": scope.chat_cap,
            "is_reviewed": scope.is_reviewed,
        }
        for scope in scopes_of(user, request.at)
    ]
    shown = {
        "id": user.pk,
        "name": str(user),
        "email": user.email,
        "role": user.role,
        "language": user.language,
        "time_zone": user.time_zone,
        "can_use_desk": access.can_use_desk(user, request.at),
        "scopes": scopes,
    }
    return Response(MeOutput(shown).data)
