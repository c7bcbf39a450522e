"""Links, merges, splits, appointments, and people who turned out to be one."""

from __future__ import annotations

from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from tickets import access
from tickets.actions import appointing, linking, merging, merging_people, splitting
from tickets.actions.errors import NotAllowed
from tickets.api.inputs import (
    AppointmentInput,
    AppointmentMoveInput,
    LinkInput,
    MergeInput,
    PersonMergeInput,
    SplitInput,
)
from tickets.api.outputs import AppointmentOutput, LinkOutput, Named
from tickets.api.responses import CHANGED, INVALID, NOT_SIGNED_IN, NOT_VISIBLE, REFUSED, answer, checked, visible_ticket
from tickets.models import Appointment, Merge, PersonMerge, User
from tickets.queries import joined, people

BOTH = {**INVALID, **NOT_SIGNED_IN, **NOT_VISIBLE, **REFUSED}


@extend_schema(
    operation_id="link_ticket",
    summary="Link two tickets",
    request=LinkInput,
    responses={201: OpenApiResponse(LinkOutput, description="The link, seen from this ticket."), **BOTH},
)
@api_view(["POST"])
def link(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(LinkInput, request.data).validated_data
    other = visible_ticket(request, given["other"])
    made = linking.link(ticket=ticket, other=other, relation=given["relation"], by=request.user, at=request.at)
    return Response(LinkOutput(joined.Linked(made, other), context={"ticket": ticket.pk}).data, status=201)


@extend_schema(
    operation_id="unlink_ticket",
    summary="Take a link away",
    request=None,
    responses={204: OpenApiResponse(description="It is gone."), **NOT_SIGNED_IN, **NOT_VISIBLE, **REFUSED},
)
@api_view(["POST"])
def unlink(request: Request, number: int, link_id: int) -> Response:
    ticket = visible_ticket(request, number)
    known = joined.links_of(ticket, request.user, at=request.at)
    found = next((each.link for each in known if each.link.pk == link_id), None)
    if found is None:
        raise Http404
    linking.unlink(link=found, by=request.user, at=request.at)
    return Response(status=204)


@extend_schema(
    operation_id="merge_ticket",
    summary="Merge into another ticket",
    description="Messages, notes, drafts, links and appointments move; what is written to this ticket arrives on the "
    "other one from now on. For 30 days it can be undone. Answers with the ticket it went into.",
    request=MergeInput,
    responses={**CHANGED, **INVALID},
)
@api_view(["POST"])
def merge(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(MergeInput, request.data).validated_data
    into = visible_ticket(request, given["into"])
    merging.merge(ticket=ticket, into=into, by=request.user, at=request.at, shows_all=given["shows_all"])
    return answer(into, request)


@extend_schema(
    operation_id="undo_merge",
    summary="Take a merged ticket out again",
    description="Of a ticket that was merged: with everything that moved. What came since stays where it is.",
    request=None,
    responses=CHANGED,
)
@api_view(["POST"])
def unmerge(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    try:
        made = joined.last_merge_of(request.user, ticket, at=request.at)
    except Merge.DoesNotExist:
        raise Http404 from None
    return answer(merging.unmerge(merge=made, by=request.user, at=request.at), request)


@extend_schema(
    operation_id="split_ticket",
    summary="Split messages off into a new ticket",
    request=SplitInput,
    responses={**CHANGED, **INVALID},
)
@api_view(["POST"])
def split(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(SplitInput, request.data).validated_data
    if not access.can_join(request.user, ticket, request.at):
        raise NotAllowed
    requester = User.objects.filter(pk=given["requester"]).first() if given["requester"] else None
    if given["requester"] and requester is None:
        raise splitting.NotAsker
    new = splitting.split(
        ticket=ticket,
        messages=given["messages"],
        subject=given["subject"],
        requester=requester,
        by=request.user,
        at=request.at,
    )
    return answer(new, request)


@extend_schema(
    operation_id="undo_split",
    summary="Put split-off messages back",
    description="As long as nothing was said since. Answers with the ticket they are on again.",
    request=None,
    responses=CHANGED,
)
@api_view(["POST"])
def unsplit(request: Request, number: int) -> Response:
    made = splitting.unsplit(ticket=visible_ticket(request, number), by=request.user, at=request.at)
    return answer(made.target, request)


@extend_schema(
    operation_id="make_appointment",
    summary="Agree on a time with the requester",
    description="The requester gets a public message, and by mail an invitation for the calendar. At its time the "
    "ticket is open and its assignee told.",
    request=AppointmentInput,
    responses={201: OpenApiResponse(AppointmentOutput, description="The appointment."), **BOTH},
)
@api_view(["POST"])
def appoint(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(AppointmentInput, request.data).validated_data
    made = appointing.appoint(ticket=ticket, by=request.user, at=request.at, **given)
    return Response(AppointmentOutput(made).data, status=201)


@extend_schema(
    operation_id="move_appointment",
    summary="Change an appointment",
    request=AppointmentMoveInput,
    responses={200: OpenApiResponse(AppointmentOutput, description="As it is now."), **BOTH},
)
@api_view(["POST"])
def move_appointment(request: Request, number: int) -> Response:
    found = _appointment(request, number)
    given = checked(AppointmentMoveInput, request.data).validated_data
    moved = appointing.move(appointment=found, by=request.user, at=request.at, **given)
    return Response(AppointmentOutput(moved).data)


@extend_schema(
    operation_id="cancel_appointment",
    summary="Call an appointment off",
    request=None,
    responses={
        200: OpenApiResponse(AppointmentOutput, description="As it is now."),
        **NOT_SIGNED_IN, **NOT_VISIBLE, **REFUSED,
    },
)  # fmt: skip
@api_view(["POST"])
def cancel_appointment(request: Request, number: int) -> Response:
    found = _appointment(request, number)
    return Response(AppointmentOutput(appointing.cancel(appointment=found, by=request.user, at=request.at)).data)


def _appointment(request: Request, number: int) -> Appointment:
    try:
        return joined.appointment_of(request.user, number, at=request.at)
    except Appointment.DoesNotExist:
        raise Http404 from None


@extend_schema(
    operation_id="merge_person",
    summary="Make a requester part of another person",
    description="Tickets, messages and addresses become the other's, and the first signs in no more. For 30 days it "
    "can be undone. You must work a ticket of each.",
    request=PersonMergeInput,
    responses={200: OpenApiResponse(Named, description="The person who stays."), **BOTH},
)
@api_view(["POST"])
def merge_person(request: Request, person_id: int) -> Response:
    person = _person(request, person_id)
    given = checked(PersonMergeInput, request.data).validated_data
    into = _person(request, given["into"])
    merging_people.merge_people(person=person, into=into, by=request.user, at=request.at)
    return Response(Named({"pk": into.pk, "name": str(into)}).data)


@extend_schema(
    operation_id="undo_merge_person",
    summary="Make two people of one again",
    description="Of the person who was made part of another: whatever moved goes back and they sign in as before. What "
    "came since stays where it came.",
    request=None,
    responses={
        200: OpenApiResponse(Named, description="The person who is back."),
        **NOT_SIGNED_IN, **NOT_VISIBLE, **REFUSED,
    },
)  # fmt: skip
@api_view(["POST"])
def unmerge_person(request: Request, person_id: int) -> Response:
    try:
        made = people.last_merge_of(person_id)
    except PersonMerge.DoesNotExist:
        raise Http404 from None
    if not merging_people.may_unmerge(request.user, made, request.at):
        raise Http404
    back = merging_people.unmerge_people(merge=made, by=request.user, at=request.at)
    return Response(Named(back).data)


def _person(request: Request, person_id: int) -> User:
    if not access.can_merge_people(request.user):
        raise Http404
    try:
        return people.requester(request.user, person_id, at=request.at)
    except User.DoesNotExist:
        raise Http404 from None
