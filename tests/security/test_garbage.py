"""What no page of ours would ever send: whoever sends it gets an answer, and never our fault (500)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from rotations.models import Programme
from tests.factories import AT, make_admin, make_queue, make_requester, make_ticket
from tickets.models import Role, Ticket, User, WalkUp

BEYOND = str(10**30)
WORDS = ["\x00", "abc", BEYOND, "9" * 5000, "'\"><", "١٢"]


@pytest.fixture
def ticket(db: None, clock: Any) -> Any:
    return make_ticket(make_queue(), at=clock.now)


@pytest.fixture
def client(ticket: Any) -> Client:
    """An administrator's browser: nothing is kept from it by a right. A 500 is raised in the test."""
    client = Client()
    client.force_login(make_admin())
    return client


ENDS = ["0001-01-01", "9999-12-31", "31.12.9999"]
"""Of the calendar: another zone, or a day more, is out of it."""

LISTS = {
    "/queue/": ("view", "queue", "channel", "status", "priority", "assignee", "cursor", "after"),
    "/queue/news/": ("newest", "queue", "assignee"),
    "/queue/rows/": ("numbers", "newest", "view"),
    "/nav/": ("path",),
    "/notifications/": ("cursor",),
    "/mail/": ("in", "out"),
    "/api/tickets/": ("view", "queue", "status", "channel", "priority", "assignee", "after", "size"),
}


@pytest.mark.parametrize("path", LISTS)
def test_lists_answer_to_any_filter(client, path):
    for name in LISTS[path]:
        for word in WORDS:
            assert client.get(path, {name: word}).status_code in (200, 302, 400), (name, word)


@pytest.mark.parametrize("number", [BEYOND, "9" * 5000, str(2**63), str(2**63 - 1), "0"])
def test_numbers_beyond_every_row_are_not_there(client, number):
    for path in (
        "/tickets/{}/",
        "/tickets/{}/preview/",
        "/tickets/{}/news/",
        "/requests/{}/",
        "/attachments/{}/",
        "/messages/{}/html/",
        "/mail/in/{}/raw/",
        "/api/tickets/{}/",
    ):
        assert client.get(path.format(number)).status_code == 404, path
    assert client.post(f"/tickets/{number}/take/").status_code == 404
    assert client.post(f"/notifications/{number}/open/").status_code == 404


FORMS = {
    "reply": ("text", "seen", "next_status"),
    "note": ("text",),
    "draft": ("kind", "text"),
    "assign": ("assignee", "seen"),
    "status": ("status", "seen", "reason"),
    "priority": ("priority", "seen"),
    "queue": ("queue", "seen"),
    "news": ("newest",),
}
GOOD = {
    "text": "x",
    "kind": "note",
    "assignee": "",
    "status": "on_hold",
    "reason": "x",
    "priority": "3",
    "queue": "1",
}


@pytest.mark.parametrize("act", FORMS)
def test_forms_answer_to_any_value(client, ticket, act):
    for name in FORMS[act]:
        for word in WORDS:
            given = {field: GOOD.get(field, "") for field in FORMS[act]} | {name: word}
            path = f"/tickets/{ticket.pk}/{act}/"
            response = client.get(path, given) if act == "news" else client.post(path, given)
            assert response.status_code < 500, (name, word)


@pytest.mark.parametrize("day", ENDS)
def test_pages_answer_to_the_ends_of_the_calendar(client, ticket, day):
    for path in ("/favours/list/?week=", "/dashboard/promises/?by=today&week="):
        assert client.get(path + day).status_code in (200, 404), path
    assert client.get(f"/audit/?since={day}&until={day}").status_code == 400
    assert client.get(f"/dashboard/week/{day}/").status_code == 404
    assert client.post("/favours/file/", {"week": day}).status_code == 200
    for start in ("00:00", "23:59"):
        time = {"title": "Wizyta", "day": day, "start": start, "minutes": "30"}
        assert client.post(f"/tickets/{ticket.pk}/appointments/", time).status_code == 400


@pytest.mark.parametrize("day", ENDS)
def test_favours_and_rounds_are_not_moved_to_the_ends_of_the_calendar(client, day):
    administrator = User.objects.get(role=Role.ADMIN)
    queue = Ticket.objects.get().queue
    row = {"agent": administrator, "requester": make_requester(), "queue": queue, "minutes": 5, "what": "x", "key": "k"}
    favour = WalkUp.objects.create(outcome="done", at=AT, logged_at=AT, **row)
    programme = Programme.objects.create(team=queue.team, name="Dyżury", channels=["email"])
    dates = {"starts_on": day, "ends_on": day, "signup_until": day, "rules": "Z"}

    for began in ("00:00", "23:59"):
        told = {"what": "Inne", "minutes": "9", "day": day, "began": began}
        assert client.post(f"/walk-ups/{favour.pk}/", told).status_code == 400
    assert client.post(f"/duties/programmes/{programme.pk}/rounds/new/", dates).status_code == 400
    favour.refresh_from_db()
    assert (favour.at, favour.what) == (AT, "x")


def test_a_new_ticket_answers_to_any_value(client):
    good = {"email": "a@b.example", "queue": "1", "channel": "phone", "priority": "2", "subject": "s", "text": "t"}
    for name in (*good, "name", "phone"):
        for word in WORDS:
            assert client.post("/tickets/new/", good | {name: word}).status_code < 500, (name, word)


def test_cut_off_and_broken_uploads_are_refused(client, ticket):
    kinds = ["multipart/form-data", "multipart/form-data; boundary=\xff", "multipart/form-data; boundary=x"]
    for kind in kinds:
        for body in (b"", b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="files"; filename="\x00"\r\n\r\n'):
            response = client.post(f"/tickets/{ticket.pk}/note/", body, content_type=kind)
            assert response.status_code < 500, (kind, body)


HALVES = ['{"status": "\\ud800"}', '{"\\ud800": 1}', '{"reason": "\\udfff", "status": "on_hold"}']


@pytest.mark.parametrize("body", HALVES)
def test_half_a_character_in_json_is_refused(client, ticket, body):
    response = client.post(f"/api/tickets/{ticket.pk}/status/", body, content_type="application/json")

    assert response.status_code == 400


def test_half_a_character_in_an_address_is_refused(client):
    assert client.get("/api/tickets/?status=%ED%A0%80&%ED%A0%80=1").status_code == 400
    assert client.get("/queue/?status=%ED%A0%80").status_code == 200
