"""Telephone calls: logged once, on a new ticket or on one that is there, and what becomes of it."""

import pytest

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    fresh,
    make_agent,
    make_colleague,
    make_grant,
    make_queue,
    make_requester,
    make_team,
    make_ticket,
)
from tickets.actions import calling, merging_people, removing, snoozing
from tickets.actions.calling import Caller, Next, Said
from tickets.actions.errors import NotAllowed
from tickets.models import CallDraft, Event, Message, PersonNumber, PhoneCall, Status, Ticket, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue(make_team())


@pytest.fixture
def agent(queue):
    return make_agent(queue.team, name="Agnieszka Wrona")


@pytest.fixture
def halina():
    return make_requester(name="Halina Dębska", phone="+48 601 234 567", email="halina@lniana.example")


def call(by, who, about, **more):
    more = {
        "said": Said("Pusta faktura", "Faktura PDF jest pusta."),
        "then": Next("open"),
        "direction": "in",
        "began_at": AT,
        "seconds": 240,
        "at": AT + 5 * MINUTE,
        "key": "k" * 16,
    } | more
    return calling.log_call(by=fresh(by), who=who, about=about, **more)


def test_a_call_opens_a_ticket_of_when_it_began(agent, halina, queue):
    made = call(agent, Caller(halina), queue)

    ticket = Ticket.objects.get()
    assert (made.ticket, made.person, made.seconds, made.began_at) == (ticket, halina, 240, AT)
    assert (ticket.channel, ticket.status, ticket.opened_at, ticket.assignee) == ("phone", "new", AT, None)
    assert ticket.messages.get().text == "Faktura PDF jest pusta."
    assert list(Event.objects.values_list("kind", flat=True).order_by("pk")) == ["opened", "called"]


def test_pressed_twice_it_is_logged_once(agent, halina, queue):
    first = call(agent, Caller(halina), queue)

    assert call(agent, Caller(halina), queue) == first
    assert Ticket.objects.count() == 1


def test_solved_now_is_solved_by_whoever_talked(agent, halina, queue):
    made = call(agent, Caller(halina), queue, then=Next("solved", is_mine=True))

    assert (made.ticket.status, made.ticket.assignee) == ("solved", agent)


def test_call_back_later_snoozes_it(agent, halina, queue):
    made = call(agent, Caller(halina), queue, then=Next("call_back", AT + 2 * HOUR, is_mine=True))

    assert (made.ticket.snoozed_until, made.ticket.assignee) == (AT + 2 * HOUR, agent)


def test_call_back_needs_a_time_and_nothing_is_half_done(agent, halina, queue):
    with pytest.raises(calling.WhenToCall):
        call(agent, Caller(halina), queue, then=Next("call_back"))

    assert not Ticket.objects.exists()
    assert not PhoneCall.objects.exists()


def test_a_time_gone_by_takes_everything_back(agent, halina, queue):
    with pytest.raises(snoozing.NotAhead):
        call(agent, Caller(halina), queue, then=Next("call_back", AT - HOUR))

    assert not Ticket.objects.exists()


def test_on_a_ticket_that_is_there_the_notes_are_internal_and_it_is_open_again(agent, halina, queue):
    ticket = make_ticket(queue, requester=halina, status=Status.WAITING)

    made = call(agent, Caller(halina), ticket)

    note = Message.objects.get(ticket=ticket, kind="note")
    assert (note.text, made.ticket.status) == ("Faktura PDF jest pusta.", "open")
    assert Ticket.objects.count() == 1


def test_leaving_the_status_leaves_it(agent, halina, queue):
    ticket = make_ticket(queue, requester=halina, status=Status.WAITING)

    made = call(agent, Caller(halina), ticket, then=Next("as_is"), said=Said())

    assert made.ticket.status == "waiting"
    assert not Message.objects.filter(ticket=ticket, kind="note").exists()


def test_somebody_else_calls_about_a_ticket_and_its_requester_stays(agent, halina, queue):
    ticket = make_ticket(queue, requester=halina)

    made = call(agent, Caller(name="Marek", number="22 123 45 67"), ticket)

    assert (made.person.name, made.ticket.requester) == ("Marek", halina)


def test_a_ticket_in_the_bin_takes_no_call(agent, halina, queue):
    ticket = make_ticket(queue, requester=halina)
    removing.remove(ticket=ticket, removed_as="deleted", by=fresh(agent), at=AT)

    with pytest.raises(removing.TicketIsRemoved):
        call(agent, Caller(halina), ticket)


def test_an_unknown_caller_is_made_on_the_spot(agent, queue):
    made = call(agent, Caller(name="Zofia Lis", number="+48 700 100 200"), queue)

    assert (made.person.name, made.person.phone, made.person.email) == ("Zofia Lis", "+48 700 100 200", None)


def test_nobody_on_the_phone_is_refused(agent, queue):
    with pytest.raises(calling.NobodyCalls):
        call(agent, Caller(), queue)


def test_a_call_without_words_is_refused(agent, halina, queue):
    with pytest.raises(calling.NothingSaid):
        call(agent, Caller(halina), queue, said=Said())


def test_a_new_number_is_remembered_once_and_only_when_asked(agent, halina, queue):
    make_ticket(queue, requester=halina)

    call(agent, Caller(halina, number="22 123 45 67"), queue, key="a" * 16)
    assert not PersonNumber.objects.exists()
    call(agent, Caller(halina, number="22 123 45 67"), queue, key="b" * 16, remembers_number=True)
    call(agent, Caller(halina, number="+48 22 1234567"), queue, key="c" * 16, remembers_number=True)
    call(agent, Caller(halina, number="601234567"), queue, key="d" * 16, remembers_number=True)

    assert [each.number for each in PersonNumber.objects.all()] == ["22 123 45 67"]


def test_a_person_without_a_number_gets_it_in_their_card(agent, queue):
    person = make_requester(phone="")

    call(agent, Caller(person, number="22 123 45 67"), queue, remembers_number=True)

    assert fresh(person).phone == "22 123 45 67"


def test_a_duty_with_phones_logs_calls_in_its_queues(halina, queue):
    colleague = make_colleague()
    make_grant(colleague, queue, channels=["phone"])

    made = call(colleague, Caller(name="Zofia", number="700 100 200"), queue)

    assert made.ticket.channel == "phone"
    with pytest.raises(NotAllowed):
        call(colleague, Caller(name="Zofia"), make_queue(), key="other-queue")


def test_a_duty_without_phones_logs_none(halina, queue):
    colleague = make_colleague()
    make_grant(colleague, queue, channels=["email"])

    with pytest.raises(NotAllowed):
        call(colleague, Caller(halina), queue)


def test_a_call_that_began_before_the_duty_is_of_when_the_duty_began_to_hold(queue):
    colleague = make_colleague()
    make_grant(colleague, queue, channels=["phone"], start=AT)

    made = call(colleague, Caller(name="Zofia"), queue, began_at=AT - 2 * MINUTE, at=AT + MINUTE)

    assert made.ticket.opened_at == AT + MINUTE


def test_a_call_that_began_tomorrow_began_now(agent, halina, queue):
    assert call(agent, Caller(halina), queue, began_at=AT + 24 * HOUR).began_at == AT + 5 * MINUTE


def test_a_draft_that_comes_after_the_call_was_logged_brings_nothing_back(agent, halina, queue):
    draft = {"by": fresh(agent), "key": "k" * 16, "began_at": AT, "values": {"notes": "Fak"}, "at": AT}
    calling.save_draft(**draft)
    calling.save_draft(**draft | {"values": {"notes": "Faktura"}})
    assert CallDraft.objects.get().values == {"notes": "Faktura"}

    call(agent, Caller(halina), queue)

    assert calling.save_draft(**draft) is None
    assert not CallDraft.objects.exists()


def test_drafts_do_not_grow_for_ever(agent):
    for number in range(calling.MOST_DRAFTS + 3):
        calling.save_draft(by=fresh(agent), key=f"key-{number:05}", began_at=AT, values={}, at=AT + number * MINUTE)

    assert CallDraft.objects.count() == calling.MOST_DRAFTS
    assert not CallDraft.objects.filter(key="key-00000").exists()


def test_numbers_and_calls_go_along_when_two_people_are_one(agent, halina, queue):
    other = make_requester(name="H. Dębska", phone="700 100 200")
    make_ticket(queue, requester=halina)
    call(agent, Caller(other), queue)
    PersonNumber.objects.create(person=other, number="22 123 45 67", added_at=AT)

    merging_people.merge_people(person=other, into=halina, by=fresh(agent), at=AT + HOUR)

    assert set(User.objects.get(pk=halina.pk).numbers.values_list("number", flat=True)) == {
        "700 100 200",
        "22 123 45 67",
    }
    assert PhoneCall.objects.get().person == halina
