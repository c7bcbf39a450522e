"""The ticket page while mail to its requester is on pause, and the button that ends the pause."""

import pytest
from django.urls import reverse

from tests.factories import AT, HOUR, make_agent, make_colleague, make_grant, make_reply, make_requester, make_ticket
from tickets.actions import pausing
from tickets.actions.opening import MailFacts
from tickets.models import Outbox, PausedAddress

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket():
    return make_ticket(requester=make_requester(email="anna@klient.example", name="Anna"))


def bounced(ticket, agent, *, is_delay=False):
    """A reply that came back."""
    message = make_reply(ticket, agent, at=AT)
    sent = Outbox.objects.get(message=message)
    Outbox.objects.update(state="sent", sent_at=AT, attempts=1)
    sent.refresh_from_db()
    failure = pausing.Failure("anna@klient.example", "mailbox_full", False, is_delay, "5.2.2", "552 5.2.2 over quota")
    facts = MailFacts(automatic="bounce")
    note = pausing.record_bounce(
        sent=sent, failure=failure, is_proven=True, pauses=True, text="Raw words", mail=facts, at=AT + HOUR
    )
    return message, note


def page(client, person, ticket):
    client.force_login(person)
    return client.get(reverse("ticket", args=[ticket.pk])).content.decode()


def test_the_page_says_what_came_back_and_offers_the_end_of_the_pause(client, ticket):
    agent = make_agent(ticket.queue.team, language="en")
    bounced(ticket, agent)

    shown = page(client, agent, ticket)

    assert "It could not be delivered to anna@klient.example. The mailbox is full." in shown
    assert "Mail to this address is paused." in shown
    assert "552 5.2.2 over quota" in shown
    assert "Show the automatic mail" in shown
    assert "A mail to a…@k… came back: The mailbox is full." in shown
    assert reverse("clear_pause", args=[ticket.pk]) in shown


def test_a_volunteer_reads_the_reason_but_neither_address_nor_button(client, ticket):
    bounced(ticket, make_agent(ticket.queue.team, language="en"))
    volunteer = make_colleague(language="en")
    make_grant(volunteer, ticket.queue)

    shown = page(client, volunteer, ticket)

    assert "It could not be delivered to a…@k…. The mailbox is full." in shown
    assert "People of the team can end it." in shown
    assert "anna@klient.example" not in shown
    assert "over quota" not in shown
    assert reverse("clear_pause", args=[ticket.pk]) not in shown


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"state": "dead"}, "The copy to biuro@lniana.example could not be delivered."),
        (
            {"state": "sent", "bounced_at": AT + HOUR, "bounce_reason": "mailbox_full"},
            "The copy to biuro@lniana.example could not be delivered. The mailbox is full.",
        ),
    ],
)
def test_a_copy_that_failed_is_told_under_its_message_and_the_others_are_not(client, ticket, how, sentence):
    agent = make_agent(ticket.queue.team, language="en")
    make_reply(ticket, agent, at=AT, cc=["biuro@lniana.example", "szef@lniana.example"])
    assert "could not be delivered" not in page(client, agent, ticket)

    Outbox.objects.filter(address="biuro@lniana.example").update(**how)

    shown = page(client, agent, ticket)
    assert sentence in shown
    assert shown.count("could not be delivered") == 1


def test_a_delay_is_told_and_pauses_nothing(client, ticket):
    agent = make_agent(ticket.queue.team, language="en")
    bounced(ticket, agent, is_delay=True)

    shown = page(client, agent, ticket)

    assert "A mail to anna@klient.example is delayed." in shown
    assert "is paused" not in shown


def test_the_button_ends_the_pause_and_lets_the_held_reply_go(client, ticket):
    agent = make_agent(ticket.queue.team, language="en")
    bounced(ticket, agent)
    held = make_reply(ticket, agent, at=AT + HOUR)
    assert "Kept back" in page(client, agent, ticket)

    response = client.post(reverse("clear_pause", args=[ticket.pk]))

    assert response.status_code == 302
    assert Outbox.objects.get(message=held).state == Outbox.State.PENDING
    assert PausedAddress.objects.get().cleared_by == agent
    assert "Kept back" not in page(client, agent, ticket)


def test_the_requester_sees_nothing_of_a_bounce(client, ticket):
    bounced(ticket, make_agent(ticket.queue.team, language="en"))
    client.force_login(ticket.requester)

    shown = client.get(reverse("own_case", args=[ticket.pk])).content.decode()

    assert "Raw words" not in shown
    assert "is paused" not in shown


def test_a_volunteer_may_not_end_the_pause(client, ticket):
    bounced(ticket, make_agent(ticket.queue.team, language="en"))
    volunteer = make_colleague(language="en")
    make_grant(volunteer, ticket.queue)
    client.force_login(volunteer)

    assert client.post(reverse("clear_pause", args=[ticket.pk])).status_code == 403


def test_a_stranger_finds_nothing_and_reading_changes_nothing(client, ticket):
    bounced(ticket, make_agent(ticket.queue.team, language="en"))
    client.force_login(make_agent(make_ticket().queue.team))
    url = reverse("clear_pause", args=[ticket.pk])

    assert client.post(url).status_code == 404
    assert client.get(url).status_code == 405
