"""Replies, the requester's own words, notes."""

import pytest

from tickets.actions import replying
from tickets.models import Channel, Draft, Message, Outbox, Status, Ticket


def test_a_reply_is_sent_by_mail_and_moves_the_status(desk, as_):
    ticket = desk.ticket()

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/reply/", text="Solved.", next_status="solved")

    assert response.status_code == 201
    assert (response.json()["state"], response.json()["text"]) == ("sent", "Solved.")
    assert response.json()["delivery"]["state"] == "pending"
    assert Outbox.objects.get().address == "roza@bursztyn.example"
    ticket.refresh_from_db()
    assert (ticket.status, ticket.solved_at, ticket.assignee) == (Status.SOLVED, desk.at, desk.agent)


def test_a_reply_goes_in_copy_to_the_given_addresses(desk, as_):
    ticket = desk.ticket()

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/reply/", text="Solved.", cc=["Biuro@lniana.example"])

    assert (response.status_code, response.json()["cc"]) == (201, ["biuro@lniana.example"])
    assert Outbox.objects.get(kind=Outbox.Kind.COPY).address == "biuro@lniana.example"


@pytest.mark.parametrize(
    ("cc", "status"), [(["biuro"], 409), ("biuro@lniana.example", 400), ([f"a{n}@x.example" for n in range(11)], 400)]
)
def test_copies_that_cannot_be_sent_are_refused_with_the_reply(desk, as_, cc, status):
    ticket = desk.ticket()

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/reply/", text="Solved.", cc=cc)

    assert response.status_code == status
    assert not Outbox.objects.exists()


def test_whoever_is_on_a_duty_sends_no_copies(desk, as_):
    desk.duty(desk.colleague)
    ticket = desk.ticket()

    response = as_(desk.colleague).post(f"tickets/{ticket.pk}/reply/", text="Solved.", cc=["biuro@lniana.example"])

    assert response.status_code == 403
    assert not Message.objects.filter(author=desk.colleague).exists()


def test_a_reply_that_crossed_a_newer_message_is_not_sent_and_shows_it(desk, as_):
    ticket = desk.ticket()
    seen = ticket.messages.get().pk
    replying.requester_wrote(ticket=ticket, author=desk.requester, text="Found it.", at=desk.at, channel=Channel.EMAIL)
    caller = as_(desk.agent)

    crossed = caller.post(f"tickets/{ticket.pk}/reply/", text="Wait.", seen_message=seen)

    assert crossed.status_code == 409
    assert crossed["Content-Type"] == "application/problem+json"
    assert crossed.json()["code"] == "crossed"
    assert [message["text"] for message in crossed.json()["newer"]] == ["Found it."]
    assert not Outbox.objects.exists()
    newest = crossed.json()["newer"][-1]["id"]
    assert caller.post(f"tickets/{ticket.pk}/reply/", text="Good.", seen_message=newest).status_code == 201


def test_a_note_of_somebody_else_crosses_nothing(desk, as_):
    ticket = desk.ticket()
    seen = ticket.messages.get().pk
    desk.note(ticket)

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/reply/", text="Hello", seen_message=seen)

    assert response.status_code == 201


def test_a_reply_under_review_is_accepted_and_waits(desk, as_):
    desk.duty(desk.colleague)
    ticket = desk.ticket()

    response = as_(desk.colleague).post(f"tickets/{ticket.pk}/reply/", text="My first.", next_status="solved")

    assert response.status_code == 202
    assert (response.json()["state"], response.json()["delivery"]) == ("review", None)
    assert not Outbox.objects.exists()
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


def test_a_reply_in_the_grace_after_a_duty_answers_with_what_was_written(desk, as_, clock):
    desk.duty(desk.colleague)
    ticket = desk.ticket()
    Ticket.objects.filter(pk=ticket.pk).update(assignee=desk.colleague)
    Draft.objects.create(ticket=ticket, author=desk.colleague, text="Almost done", saved_at=desk.at)
    clock.advance(minutes=65)

    response = as_(desk.colleague).post(f"tickets/{ticket.pk}/reply/", text="Done.")

    assert response.status_code == 202
    assert response.json()["text"] == "Done."
    assert as_(desk.colleague).get(f"tickets/{ticket.pk}/").status_code == 404


def test_a_requester_answers_on_the_own_ticket_and_brings_it_back(desk, as_):
    ticket = desk.ticket()
    replying.reply(ticket=ticket, by=desk.agent, text="Done?", at=desk.at, next_status=Status.SOLVED)

    response = as_(desk.requester).post(f"tickets/{ticket.pk}/reply/", text="No.")

    assert response.status_code == 201
    assert response.json()["is_from_requester"] is True
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert Outbox.objects.count() == 1


@pytest.mark.parametrize("who", ["agent", "requester"])
def test_a_closed_ticket_takes_no_public_message(desk, as_, who):
    ticket = desk.ticket()
    Ticket.objects.filter(pk=ticket.pk).update(status=Status.CLOSED, solved_at=desk.at, closed_at=desk.at)

    response = as_(getattr(desk, who)).post(f"tickets/{ticket.pk}/reply/", text="Still?")

    assert response.status_code == 409
    assert response.json() == {
        "type": "about:blank",
        "title": "Not possible now",
        "status": 409,
        "detail": "This ticket is closed. Open a new one that follows it.",
        "code": "ticket_is_closed",
    }
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"text": "  \n"}, "text"),
        ({}, "text"),
        ({"text": ["a"]}, "text"),
        ({"text": "x", "next_status": "closed"}, "next_status"),
        ({"text": "x", "next_status": "on_hold"}, "next_status"),
        ({"text": "x", "seen_message": -1}, "seen_message"),
        ({"text": "x", "seen_mesage": 1}, "seen_mesage"),
    ],
)
def test_a_reply_that_cannot_be_read_is_refused_by_field(desk, as_, body, name):
    ticket = desk.ticket()

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/reply/", **body)

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [name]
    assert Message.objects.count() == 1


def test_a_status_that_cannot_follow_is_refused(desk, as_):
    ticket = desk.ticket()
    Ticket.objects.filter(pk=ticket.pk).update(status=Status.SOLVED, solved_at=desk.at)

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/reply/", text="Hm", next_status="waiting")

    assert (response.status_code, response.json()["code"]) == (409, "cannot_follow")


def test_a_note_stays_inside(desk, as_):
    ticket = desk.ticket()

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/note/", text="Known customer.")

    assert (response.status_code, response.json()["kind"]) == (201, "note")
    assert not Outbox.objects.exists()
    assert len(as_(desk.agent).get(f"tickets/{ticket.pk}/").json()["messages"]) == 2
    assert len(as_(desk.requester).get(f"tickets/{ticket.pk}/").json()["messages"]) == 1


def test_an_empty_note_is_refused(desk, as_):
    ticket = desk.ticket()

    assert as_(desk.agent).post(f"tickets/{ticket.pk}/note/", text="").status_code == 400
