"""Opening tickets, and finding or creating the person who asks."""

import pytest

from tests.factories import (
    AT,
    HOUR,
    fresh,
    make_agent,
    make_colleague,
    make_grant,
    make_organisation,
    make_queue,
    make_requester,
    make_team,
    make_ticket,
)
from tickets.actions.attaching import File
from tickets.actions.errors import NotAllowed
from tickets.actions.opening import MailFacts, NothingSaid, find_or_create_requester, open_ticket
from tickets.models import Channel, Event, Kind, Message, Outbox, Priority, Status, Ticket, User

pytestmark = pytest.mark.django_db


def test_open_ticket_stores_the_request_and_its_first_message():
    firm = make_organisation("Jantar sp. z o.o.")
    requester = make_requester(organisation=firm)
    queue = make_queue()

    ticket = open_ticket(
        requester=requester,
        queue=queue,
        channel=Channel.WEB,
        subject=" Brak \n faktury ",
        text="Proszę o fakturę.",
        by=requester,
        at=AT,
        priority=Priority.HIGH,
    )

    stored = Ticket.objects.get()
    assert stored == ticket
    assert (stored.subject, stored.status, stored.priority) == ("Brak faktury", Status.NEW, Priority.HIGH)
    assert (stored.queue, stored.requester, stored.organisation, stored.assignee) == (queue, requester, firm, None)
    assert stored.opened_at == stored.updated_at == AT
    message = Message.objects.get()
    assert (message.ticket, message.author, message.text, message.at) == (ticket, requester, "Proszę o fakturę.", AT)
    assert message.is_from_requester
    assert not message.is_note


def test_open_ticket_records_who_opened_it():
    team = make_team()
    agent, requester = make_agent(team), make_requester()

    ticket = open_ticket(
        requester=requester, queue=make_queue(team), channel=Channel.PHONE, subject="Telefon", text="", by=agent, at=AT
    )

    event = Event.objects.get()
    assert (event.ticket, event.actor, event.kind, event.at) == (ticket, agent, Kind.OPENED, AT)
    assert event.data == {"message": Message.objects.get().pk, "channel": "phone"}


def test_open_ticket_records_what_it_follows_and_what_it_looks_like():
    old = make_ticket()
    requester = make_requester()

    ticket = open_ticket(
        requester=requester,
        queue=old.queue,
        channel=Channel.EMAIL,
        subject="Znowu",
        text="To samo",
        by=requester,
        at=AT,
        follow_up_of=old,
        looks_like=old.pk,
    )

    assert ticket.follow_up_of == old
    data = ticket.events.get().data
    assert (data["follow_up_of"], data["looks_like"]) == (old.pk, old.pk)


def test_the_subject_comes_from_the_text_when_there_is_none():
    requester = make_requester()

    ticket = open_ticket(
        requester=requester,
        queue=make_queue(),
        channel=Channel.CHAT,
        subject="",
        text="Dzień dobry,\nmam pytanie " * 40,
        by=requester,
        at=AT,
    )

    assert ticket.subject.startswith("Dzień dobry, mam pytanie Dzień")
    assert len(ticket.subject) == 300


def test_a_file_alone_is_a_request():
    requester = make_requester()

    ticket = open_ticket(
        requester=requester,
        queue=make_queue(),
        channel=Channel.WEB,
        subject="",
        text="",
        by=requester,
        at=AT,
        attachments=[File(name="umowa.pdf", content=b"%PDF-1.7")],
    )

    assert ticket.subject == ""
    assert ticket.messages.get().attachments.get().name == "umowa.pdf"


@pytest.mark.parametrize("said", ["", "   \n\t"])
def test_open_ticket_refuses_when_nothing_is_said(said):
    requester = make_requester()

    with pytest.raises(NothingSaid):
        open_ticket(
            requester=requester, queue=make_queue(), channel=Channel.WEB, subject=said, text=said, by=requester, at=AT
        )

    assert not Ticket.objects.exists()
    assert not Event.objects.exists()


def test_the_desk_opens_for_others_only_where_it_works():
    team = make_team()
    agent = make_agent(team)
    requester, own, foreign = make_requester(), make_queue(team), make_queue()
    words = {"requester": requester, "channel": Channel.PHONE, "subject": "Telefon", "text": "", "by": agent, "at": AT}
    assert open_ticket(queue=own, **words)

    with pytest.raises(NotAllowed):
        open_ticket(queue=foreign, **words)

    assert Ticket.objects.count() == Event.objects.count() == 1


def test_a_volunteer_opens_for_a_caller_inside_scope_and_window_only():
    queue, other = make_queue(), make_queue()
    volunteer, requester = make_colleague(), make_requester()
    make_grant(volunteer, queue, channels=[Channel.PHONE], start=AT, end=AT + HOUR)
    words = {"requester": requester, "subject": "Telefon", "text": ""}
    assert open_ticket(queue=queue, channel=Channel.PHONE, by=fresh(volunteer), at=AT, **words)

    for wrong in (
        {"queue": other, "channel": Channel.PHONE, "at": AT},
        {"queue": queue, "channel": Channel.EMAIL, "at": AT},
        {"queue": queue, "channel": Channel.PHONE, "at": AT + HOUR},
    ):
        with pytest.raises(NotAllowed):
            open_ticket(by=fresh(volunteer), **wrong, **words)

    assert Ticket.objects.count() == 1


def test_everybody_opens_their_own():
    volunteer = make_colleague()

    ticket = open_ticket(
        requester=volunteer, queue=make_queue(), channel=Channel.WEB, subject="Laptop", text="", by=volunteer, at=AT
    )

    assert ticket.requester == volunteer


def test_opening_mails_nothing_by_itself():
    make_ticket()

    assert not Outbox.objects.exists()


def test_mail_facts_are_remembered():
    requester = make_requester()
    facts = MailFacts(
        mail_id="<a@klient.example>",
        to=["pomoc@bursztyn.example"],
        cc=["x@klient.example"],
        automatic="list",
        identity="i",
    )

    ticket = make_ticket(requester=requester, mail=facts)

    message = ticket.messages.get()
    assert (message.mail_id, message.mail_to, message.mail_cc) == (facts.mail_id, facts.to, facts.cc)
    assert (message.automatic, message.identity) == ("list", "i")


def test_find_or_create_requester_makes_a_person_once():
    made = find_or_create_requester(
        email=" Ewa.Łoś@Klient.Example ", name="Ewa \n Łoś", phone="600 100 200", language="en"
    )
    found = find_or_create_requester(email="ewa.łoś@klient.example", name="Kto inny")

    assert found == made
    assert (made.email, made.name, made.role, made.language) == ("ewa.łoś@klient.example", "Ewa Łoś", "requester", "en")
    assert not made.has_usable_password()


def test_find_or_create_requester_finds_people_of_every_role():
    agent = make_agent()

    assert find_or_create_requester(email=agent.email) == agent
    assert User.objects.count() == 1


def test_somebody_without_an_address_is_known_by_their_phone():
    made = find_or_create_requester(email=None, name="Pan Adam", phone="600 100 200")

    assert find_or_create_requester(email="", name="Adam", phone="600 100 200") == made
    assert find_or_create_requester(email=None, name="Inny", phone="600 100 201") != made
    assert find_or_create_requester(email=None, name="Bez telefonu") != find_or_create_requester(
        email=None, name="Ktoś"
    )


def test_a_name_of_any_script_and_length_makes_a_person():
    person = find_or_create_requester(email="gaks@klient.example", name="각" * 500)

    assert person.name == "각" * 200
    assert find_or_create_requester(email="nameless@klient.example").name == "nameless@klient.example"
