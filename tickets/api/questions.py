"""Questions on tickets: asking mentors or a colleague, answering, closing, and what waits for an answer."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, parser_classes
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.lib.bounded_json import BoundedJSONParser
from tickets import access
from tickets.actions import asking
from tickets.api.fields import LONGEST_TEXT, Files, Identifier, LetIn, StrictSerializer, Words
from tickets.api.outputs import PersonOutput
from tickets.api.responses import INVALID, NOT_SIGNED_IN, NOT_VISIBLE, REFUSED, checked, visible_ticket
from tickets.models import Consultation, User
from tickets.queries import consultations


class AskInput(StrictSerializer):
    text = Words(help_text="The question. Only people of the desk and whoever is asked read it.")
    to = Identifier(
        required=False,
        default=None,
        allow_null=True,
        help_text="Number of a colleague. Left out, your own mentors are asked, if your duty has any.",
    )

    let_in = LetIn()


class AskWithFilesInput(AskInput):
    files = Files()


class AnswerInput(StrictSerializer):
    text = Words(help_text="The answer: a note, never shown to the requester.")
    let_in = LetIn()


class AnswerWithFilesInput(StrictSerializer):
    text = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        trim_whitespace=False,
        max_length=LONGEST_TEXT,
        help_text="The answer: a note, never shown to the requester. Files can answer without words.",
    )
    let_in = LetIn()
    files = Files()

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if not values["text"].strip() and not values["files"]:
            raise serializers.ValidationError({"text": [self.fields["text"].error_messages["blank"]]})
        return values


class QuestionOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    ticket = serializers.IntegerField(source="ticket_id")
    message = serializers.IntegerField(source="message_id", help_text="The note that asks.")
    asked_by = PersonOutput(allow_null=True)
    asked_at = serializers.DateTimeField()
    is_for_mentors = serializers.BooleanField()
    to = serializers.SerializerMethodField(help_text="Who is asked.")
    answer = serializers.IntegerField(source="answer_id", allow_null=True, help_text="The note that answers.")
    answered_by = PersonOutput(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)

    def get_to(self, question: Consultation) -> list[int]:
        return sorted(row.person_id for row in question.people.all())


class QuestionsOutput(serializers.Serializer[Any]):
    to_you = QuestionOutput(many=True, help_text="Waiting for your answer, the oldest first.")
    by_you = QuestionOutput(many=True, help_text="Asked by you and not closed.")
    waiting = QuestionOutput(many=True, help_text="In your sight, waiting for somebody else's answer.")


@extend_schema(
    operation_id="questions",
    summary="Questions that wait",
    description="To you, by you, and by others on tickets that you work.",
    responses={200: QuestionsOutput, **NOT_SIGNED_IN, **NOT_VISIBLE},
)
@api_view(["GET"])
def questions(request: Request) -> Response:
    user, at = request.user, request.at
    if not access.can_use_desk(user, at):
        raise Http404
    lists = {
        "to_you": consultations.questions_to(user, at=at),
        "by_you": consultations.questions_of(user, at=at),
        "waiting": consultations.waiting_questions(user, at=at),
    }
    return Response(QuestionsOutput(lists).data)


@extend_schema(
    operation_id="ask",
    summary="Ask your mentors or a colleague",
    description="Whoever is asked sees the ticket and its notes until 24 hours after the question is closed; they may "
    "note and answer, not reply. Solving the ticket closes its questions.",
    request={"application/json": AskInput, "multipart/form-data": AskWithFilesInput},
    responses={
        201: OpenApiResponse(QuestionOutput, description="Asked."),
        **INVALID,
        **NOT_SIGNED_IN,
        **NOT_VISIBLE,
        **REFUSED,
    },
)
@api_view(["POST"])
@parser_classes([BoundedJSONParser, MultiPartParser])
def ask(request: Request, number: int) -> Response:
    ticket = visible_ticket(request, number)
    given = checked(AskWithFilesInput, request.data).validated_data
    person = None
    if given["to"] is not None:
        person = User.objects.filter(pk=given["to"]).first()
        if person is None:
            raise asking.NotToBeAsked
    question = asking.ask(
        ticket=ticket,
        by=request.user,
        text=given["text"],
        to=person,
        at=request.at,
        let_in=given["let_in"],
        attachments=given["files"],
    )
    return Response(QuestionOutput(question).data, status=201)


@extend_schema(
    operation_id="answer_question",
    summary="Answer a question",
    description="For whoever was asked. The first answer counts; who comes later can leave a note.",
    request={"application/json": AnswerInput, "multipart/form-data": AnswerWithFilesInput},
    responses={200: QuestionOutput, **INVALID, **NOT_SIGNED_IN, **NOT_VISIBLE, **REFUSED},
)
@api_view(["POST"])
@parser_classes([BoundedJSONParser, MultiPartParser])
def answer(request: Request, number: int) -> Response:
    question = _question(request, number)
    given = checked(AnswerWithFilesInput, request.data).validated_data
    asking.answer(
        question=question,
        by=request.user,
        text=given["text"],
        at=request.at,
        let_in=given["let_in"],
        attachments=given["files"],
    )
    return Response(QuestionOutput(_question(request, number)).data)


@extend_schema(
    operation_id="close_question",
    summary="Close a question",
    description="Answered or not, by people who serve the ticket. Closing it again changes nothing.",
    request=None,
    responses={200: QuestionOutput, **NOT_SIGNED_IN, **NOT_VISIBLE, **REFUSED},
)
@api_view(["POST"])
def close(request: Request, number: int) -> Response:
    asking.close(question=_question(request, number), by=request.user, at=request.at)
    return Response(QuestionOutput(_question(request, number)).data)


def _question(request: Request, number: int) -> Consultation:
    try:
        return consultations.question(request.user, number, at=request.at)
    except Consultation.DoesNotExist as error:
        raise Http404 from error
