"""Pages of refusals: in the design, without queries, with the typed words safe."""

import pytest
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import OperationalError, connections
from django.test import Client, RequestFactory

from tests.factories import make_ticket
from tests.tickets.views.conftest import shown, statements
from tickets.accounts.session_store import SessionStore
from tickets.views import errors


def test_what_is_not_there(client):
    with statements() as sent:
        response = client.get("/nothing/here/")

    assert response.status_code == 404
    assert "There is nothing here that you can see" in shown(response)
    assert sent == []


def test_our_fault_needs_neither_request_nor_database(rf):
    with statements() as sent:
        response = errors.server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert "it is our fault" in shown(response)
    assert sent == []


def test_too_much_at_once_says_what_to_leave_out(rf):
    response = errors.bad_request(rf.post("/"), RequestDataTooBig())

    assert response.status_code == 413
    assert "leave out the largest files" in shown(response)
    assert errors.bad_request(rf.get("/"), BadRequest()).status_code == 400


def test_a_form_that_is_too_old_gives_the_words_back(agent, queue):
    ticket = make_ticket(queue)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(agent)

    response = browser.post(f"/tickets/{ticket.pk}/reply/", {"text": "Długa odpowiedź <b>"})

    assert response.status_code == 403
    assert "Długa odpowiedź &lt;b&gt;</textarea>" in shown(response)
    assert ticket.messages.count() == 1


def test_forbidden_says_whom_to_ask(rf):
    response = errors.forbidden(rf.get("/"))

    assert response.status_code == 403
    assert "Ask a lead or an administrator" in shown(response)


@pytest.fixture
def no_database(monkeypatch):
    """As it is for somebody signed in while PostgreSQL is stopped: already the session cannot be read."""

    def fails(_store):
        raise OperationalError("connection refused")

    monkeypatch.setattr(SessionStore, "_get_session_from_db", fails)
    monkeypatch.setattr(connections["default"], "is_usable", lambda: False)


def test_without_the_database_the_page_says_so_and_gives_the_words_back(agent, queue, no_database):
    ticket = make_ticket(queue)
    browser = Client(raise_request_exception=False)
    browser.cookies["sessionid"] = "somebody"

    sent = browser.post(f"/tickets/{ticket.pk}/reply/", {"text": "Długa odpowiedź <b>"})
    read = browser.get("/queue/")

    assert (sent.status_code, read.status_code) == (503, 503)
    assert "Długa odpowiedź &lt;b&gt;</textarea>" in shown(sent)
    assert "The desk cannot reach its database" in shown(read) and "It will be back by itself" in shown(read)
    assert read["Retry-After"] == "10"
    assert ticket.messages.count() == 1


def test_without_the_database_a_program_is_told_in_its_own_form(no_database):
    browser = Client(raise_request_exception=False)
    browser.cookies["sessionid"] = "somebody"

    answer = browser.get("/api/tickets/")

    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer["Retry-After"] == "10"
    assert answer.json()["status"] == 503 and answer.json()["detail"]


def test_an_address_that_the_api_does_not_have_is_told_in_its_own_form(db):
    answer = Client().get("/api/nothing/")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_statement_that_fails_is_our_fault_while_the_database_answers(rf, db):
    try:
        raise OperationalError("canceling statement due to statement timeout")
    except OperationalError:
        response = errors.server_error(rf.post("/", {"text": "Długa odpowiedź"}))

    assert response.status_code == 500
    assert "it is our fault" in shown(response) and "Długa odpowiedź</textarea>" in shown(response)


def test_probes_are_answered_without_the_database(no_database):
    assert Client().get("/healthz").status_code == 200
