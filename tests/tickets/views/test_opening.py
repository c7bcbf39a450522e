"""A new ticket for somebody who called."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import make_colleague, make_grant, make_queue, make_requester
from tests.tickets.views.conftest import shown
from tickets.models import Channel, Priority, Ticket, User


@pytest.fixture
def call(queue):
    return {
        "email": "halina@lniana.example",
        "name": "Halina Dębska",
        "phone": "",
        "queue": queue.pk,
        "channel": "phone",
        "priority": "3",
        "subject": "Pusta faktura",
        "text": "Od piątku faktury są puste.",
    }


def test_a_call_becomes_a_ticket(desk, call, queue):
    files = [SimpleUploadedFile("zrzut.txt", b"x")]

    response = desk.post("/tickets/new/", call | {"files": files}, follow=True)

    ticket = Ticket.objects.get()
    assert response.redirect_chain == [(ticket.get_absolute_url(), 302)]
    assert (ticket.subject, ticket.queue, ticket.channel) == ("Pusta faktura", queue, Channel.PHONE)
    assert ticket.priority == Priority.HIGH
    assert ticket.requester.email == "halina@lniana.example"
    assert ticket.messages.get().attachments.get().name == "zrzut.txt"
    assert f"Ticket #{ticket.pk} is created." in shown(response)


def test_somebody_known_is_not_made_twice(desk, call):
    known = make_requester(email="halina@lniana.example", name="Halina")

    desk.post("/tickets/new/", call)

    assert Ticket.objects.get().requester == known
    assert User.objects.filter(email="halina@lniana.example").count() == 1


def test_without_an_address_a_name_and_a_number_are_needed(desk, call):
    nobody = desk.post("/tickets/new/", call | {"email": "", "name": ""})
    no_number = desk.post("/tickets/new/", call | {"email": ""})

    assert nobody.status_code == no_number.status_code == 400
    assert "Write an email address, or a name and a phone number." in shown(nobody)
    assert "a phone number is needed" in shown(no_number)
    assert "Od piątku faktury są puste.</textarea>" in shown(no_number)

    desk.post("/tickets/new/", call | {"email": "", "phone": "601 200 300"})
    assert Ticket.objects.get().requester.phone == "601 200 300"


def test_a_queue_of_another_team_is_no_choice(desk, call):
    response = desk.post("/tickets/new/", call | {"queue": make_queue().pk})

    assert response.status_code == 400
    assert not Ticket.objects.exists()


def test_a_volunteer_opens_only_in_scope(sign_in, queue, call):
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue, channels=[Channel.PHONE])
    browser = sign_in(volunteer)

    refused = browser.post("/tickets/new/", call | {"channel": "chat"})
    browser.post("/tickets/new/", call)

    assert refused.status_code == 400
    assert "chat is not one of the available choices" in shown(refused)
    assert not User.objects.filter(email="other@lniana.example").exists()
    assert Ticket.objects.get().channel == Channel.PHONE


def test_a_refusal_leaves_no_new_person_behind(sign_in, queue, call):
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue, channels=[Channel.PHONE])

    sign_in(volunteer).post("/tickets/new/", call | {"channel": "chat"})

    assert not User.objects.filter(email="halina@lniana.example").exists()


def test_requesters_find_no_form(sign_in, call):
    browser = sign_in(make_requester())

    assert browser.get("/tickets/new/").status_code == 404
    assert browser.post("/tickets/new/", call).status_code == 404


def test_people_on_duty_are_offered_the_ways_of_their_duty(sign_in, queue, call):
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue, channels=[Channel.EMAIL, Channel.CHAT])
    browser = sign_in(volunteer)

    page = shown(browser.get("/tickets/new/"))
    browser.post("/tickets/new/", call | {"channel": "phone"})

    assert '<option value="email">' in page
    assert '<option value="phone">' not in page
    assert not Ticket.objects.exists()
