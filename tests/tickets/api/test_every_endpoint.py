"""What holds for all of them: who is let in, what strangers get, methods, CSRF, bodies nobody can read."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tickets.api.urls import urlpatterns
from tickets.models import Ticket

ON_A_TICKET = {
    "ticket": ("get", {}),
    "choices": ("get", {}),
    "reply": ("post", {"text": "x"}),
    "note": ("post", {"text": "x"}),
    "assign": ("post", {"assignee": None}),
    "take": ("post", {}),
    "status": ("post", {"status": "solved"}),
    "priority": ("post", {"priority": "high"}),
    "queue": ("post", {"queue": 1}),
    "subject": ("post", {"subject": "x"}),
    "requester": ("post", {"requester": {"email": "x@y.example"}}),
    "tags": ("post", {"add": ["x"]}),
    "field": ("post", {"value": "x"}),
    "snooze": ("post", {"until": None}),
    "remove": ("post", {"removed_as": "spam"}),
    "restore": ("post", {}),
    "link": ("post", {"relation": "related", "other": 1}),
    "unlink": ("post", {}),
    "merge": ("post", {"into": 1}),
    "unmerge": ("post", {}),
    "split": ("post", {"messages": [1]}),
    "unsplit": ("post", {}),
    "ask": ("post", {"text": "x"}),
    "appoint": ("post", {"title": "x", "starts_at": "2026-03-10T09:00:00Z", "ends_at": "2026-03-10T10:00:00Z"}),
}
ELSEWHERE = {
    "tickets": ("get", {}),
    "queues": ("get", {}),
    "requests": ("get", {}),
    "me": ("get", {}),
    "take_next": ("post", {}),
    "fields": ("get", {}),
    "suggest_tags": ("get", {}),
    "views": ("get", {}),
    "view": ("get", {}),
    "view_tickets": ("get", {}),
    "change_view": ("post", {"name": "x"}),
    "remove_view": ("post", {}),
    "restore_view": ("post", {}),
    "move_view": ("post", {"to": "up"}),
    "move_appointment": ("post", {}),
    "cancel_appointment": ("post", {}),
    "merge_person": ("post", {"into": 1}),
    "unmerge_person": ("post", {}),
    "questions": ("get", {}),
    "answer_question": ("post", {"text": "x"}),
    "close_question": ("post", {}),
}
MORE_ARGUMENTS = {
    "field": ["key"],
    "unlink": [1],
    "move_appointment": [1],
    "cancel_appointment": [1],
    "merge_person": [1],
    "unmerge_person": [1],
    "answer_question": [1],
    "close_question": [1],
    "view": [1],
    "view_tickets": [1],
    "change_view": [1],
    "remove_view": [1],
    "restore_view": [1],
    "move_view": [1],
}
EVERY = ON_A_TICKET | ELSEWHERE
FOR_MAIL_SERVERS = {"mail_in"}  # no session and no person: see test_mail.py

BY_NAME = pytest.mark.parametrize("name", EVERY)
BY_TICKET = pytest.mark.parametrize("name", ON_A_TICKET)


def address(name: str, ticket: Ticket) -> str:
    number = [ticket.pk] if name in ON_A_TICKET else []
    return reverse(f"api:{name}", args=number + MORE_ARGUMENTS.get(name, []))


def call(client: Client, name: str, ticket: Ticket, method: str = "", **extra: Any) -> Any:
    usual, body = EVERY[name]
    send = getattr(client, method or usual)
    if (method or usual) == "get":
        return send(address(name, ticket))
    return send(address(name, ticket), json.dumps(body), content_type="application/json", **extra)


def test_this_file_knows_every_endpoint():
    assert {pattern.name for pattern in urlpatterns} == set(EVERY) | FOR_MAIL_SERVERS


@BY_NAME
def test_without_signing_in_there_is_nothing(desk, as_, name):
    ticket = desk.ticket()

    response = call(as_(None).client, name, ticket)

    assert response.status_code == 403
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 403
    assert "Invoice" not in response.content.decode()


@BY_NAME
def test_people_who_were_deactivated_are_out_at_once(desk, as_, name):
    ticket = desk.ticket()
    caller = as_(desk.agent)
    desk.agent.is_active = False
    desk.agent.save()

    assert call(caller.client, name, ticket).status_code == 403


@BY_TICKET
def test_a_ticket_of_another_team_does_not_exist(desk, as_, name):
    ticket = desk.ticket()
    assert as_(desk.agent).get(f"tickets/{ticket.pk}/").status_code == 200

    response = call(as_(desk.stranger).client, name, ticket)

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    missing = call(as_(desk.stranger).client, name, Ticket(pk=987654321))
    assert response.content == missing.content
    assert ticket.events.count() == 1


@BY_TICKET
def test_a_stranger_learns_nothing_from_bad_input_either(desk, as_, name):
    ticket = desk.ticket()
    if ON_A_TICKET[name][0] == "get":
        return

    response = as_(desk.stranger).client.post(address(name, ticket), "[]", content_type="application/json")

    assert response.status_code == 404


@BY_TICKET
def test_a_colleague_sees_nothing_when_the_duty_is_over(desk, as_, clock, name):
    desk.duty(desk.colleague)
    ticket = desk.ticket()
    caller = as_(desk.colleague)
    assert caller.get(f"tickets/{ticket.pk}/").status_code == 200

    clock.advance(hours=1)

    assert call(caller.client, name, ticket).status_code == 404


@BY_NAME
def test_the_other_methods_are_refused(desk, as_, name):
    ticket = desk.ticket()
    client = as_(desk.agent).client
    allowed = {EVERY[name][0]} | ({"post"} if name in ("tickets", "views") else set())

    for method in {"get", "post", "put", "patch", "delete"} - allowed:
        response = call(client, name, ticket, method)

        assert response.status_code == 405
        assert set(response["Allow"].lower().split(", ")) == {*allowed, "options"}
    assert ticket.events.count() == 1


@pytest.mark.parametrize("name", [name for name, (method, _) in EVERY.items() if method == "post"] + ["tickets"])
def test_a_post_without_csrf_token_changes_nothing(desk, name):
    ticket = desk.ticket()
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.agent)

    response = call(client, name, ticket, "post")

    assert response.status_code == 403
    assert "CSRF" in response.json()["detail"]
    assert ticket.events.count() == 1


def test_a_post_with_csrf_token_is_served(desk):
    ticket = desk.ticket()
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.agent)
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32

    response = call(client, "take", ticket, headers={"X-CSRFToken": "a" * 32})

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b"null", 400),
        (b'{"text": NaN}', 400),
        (b'{"text": "\\ud800"}', 400),
        (b"[" * 200_000, 400),
        (b'{"text": ' + b"9" * 5000 + b"}", 400),
        (b'{"text": "' + b"x" * (5 * 1024 * 1024) + b'"}', 413),
    ],
    ids=["cut", "not text", "list", "string", "null", "nan", "half a character", "deep", "long number", "large"],
)
def test_bodies_that_nobody_can_read_are_refused(desk, as_, body, status):
    ticket = desk.ticket()

    response = as_(desk.agent).client.post(f"/api/tickets/{ticket.pk}/note/", body, content_type="application/json")

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert ticket.messages.count() == 1


def test_forms_are_not_taken(desk, as_):
    ticket = desk.ticket()

    response = as_(desk.agent).client.post(f"/api/tickets/{ticket.pk}/note/", {"text": "x"})

    assert response.status_code == 415


def test_refusals_speak_the_callers_language(desk, as_):
    desk.stranger.language = "pl"
    desk.stranger.save()

    english, polish = (
        as_(person).post("tickets/", requester={"email": "a@b.example"}, queue=queue.pk, subject="S", text="T").json()
        for person, queue in ((desk.agent, desk.shops), (desk.stranger, desk.billing))
    )

    assert english["detail"] == "You may not open tickets in this queue."
    assert english["code"] == polish["code"] == "not_allowed"
