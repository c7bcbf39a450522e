"""Automatic assignment: whose turn it is, who is passed over, and that nothing is ever given twice."""

import threading

import pytest
from django.db import connection

from tests.factories import AT, HOUR, MINUTE, make_agent, make_queue, make_team, make_ticket
from tickets.actions import assigning, changing, dealing, facts, snoozing
from tickets.models import Event, Kind, Notification, Ticket
from tickets.views.timeline import Names, timeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def queue(team):
    return make_queue(team, assignment="round_robin", assignment_cap=3)


@pytest.fixture
def people(team, queue):
    return [make_agent(team, name=name) for name in ("Ala", "Bea", "Cyl")]


def waiting(queue, number, **fields):
    return [make_ticket(queue, at=AT + each * MINUTE, **fields) for each in range(number)]


def owners(tickets):
    known = dict(Ticket.objects.values_list("pk", "assignee__name"))
    return [known[each.pk] for each in tickets]


def test_in_turn_the_oldest_first_up_to_the_cap(queue, people):
    late = make_ticket(queue, at=AT + HOUR)
    tickets = [*waiting(queue, 9), late]

    assert dealing.deal_all(at=AT + HOUR) == 9

    assert owners(tickets) == ["Ala", "Bea", "Cyl"] * 3 + [None]
    event = Event.objects.filter(ticket=tickets[0]).latest("id")
    assert (event.kind, event.actor, event.data["automatic"]) == (Kind.ASSIGNED, None, "round_robin")
    assert Notification.objects.filter(person=people[0], kind="assigned").count() == 3
    names = Names(reader=people[1], requester_id=0, people={people[0].pk: "Ala"}, queues={})
    assert timeline([], [event], names, at=AT)[-1].sentence == "Assigned to <b>Ala</b> automatically"


def test_who_becomes_free_gets_the_oldest_that_waits(queue, people):
    tickets = waiting(queue, 10)
    dealing.deal_all(at=AT)
    changing.change_status(ticket=tickets[1], to="solved", by=people[1], at=AT)
    snoozing.snooze(ticket=tickets[2], until=AT + HOUR, reason="jutro", by=people[2], at=AT)

    assert dealing.deal_all(at=AT) == 1

    assert owners(tickets[9:]) == ["Bea"]  # by turn Ala would be next, and she is full


def test_to_whoever_has_the_fewest(queue, people):
    queue.assignment = "least_loaded"
    queue.save()
    for _each in range(2):
        make_ticket(queue, assignee=people[0])
    make_ticket(queue, assignee=people[1])

    tickets = waiting(queue, 6)
    dealing.deal_all(at=AT)

    assert owners(tickets) == ["Cyl", "Bea", "Cyl", "Ala", "Bea", "Cyl"]


def test_who_is_off_or_left_gets_nothing(queue, people, team):
    people[2].is_active = False
    people[2].save()
    facts.store_presence(people[1], [(AT, AT + HOUR)], after=AT)
    tickets = waiting(queue, 2)

    dealing.deal_all(at=AT)
    assert owners(tickets) == ["Bea", "Bea"]
    evening = [make_ticket(queue, at=AT + 2 * HOUR)]
    dealing.deal_all(at=AT + 2 * HOUR)

    assert owners(evening) == [None]  # hours are kept here, and nobody is there


def test_what_somebody_handed_back_or_asked_for_goes_to_somebody_else(queue, people):
    ticket = make_ticket(queue, assignee=people[0])
    assigning.assign(ticket=ticket, to=None, by=people[0], at=AT)
    own = make_ticket(queue, requester=people[1])

    dealing.deal_all(at=AT)

    assert owners([ticket, own]) == ["Bea", "Ala"]


def test_a_ticket_that_nobody_may_have_holds_nobody_up(queue, people):
    ticket = make_ticket(queue)
    for person in people:
        ticket = assigning.assign(ticket=ticket, to=person, by=person, at=AT)
        ticket = assigning.assign(ticket=ticket, to=None, by=person, at=AT)
    after = waiting(queue, 1)

    assert dealing.deal_all(at=AT) == 1

    assert owners([ticket, *after]) == [None, "Ala"]


def test_off_is_off_and_spam_snoozed_and_solved_wait_for_nobody(queue, people):
    off = make_queue(queue.team)
    spam, asleep = make_ticket(queue), make_ticket(queue)
    Ticket.objects.filter(pk=spam.pk).update(removed_as="spam", removed_at=AT)
    snoozing.snooze(ticket=asleep, until=AT + HOUR, reason="x", by=people[0], at=AT)
    tickets = [make_ticket(off), spam, asleep, make_ticket(queue, status="solved")]

    assert dealing.deal_all(at=AT) == 0

    assert owners(tickets) == [None] * 4


@pytest.mark.django_db(transaction=True)
def test_nothing_is_given_twice_and_no_cap_is_passed(team, people, queue):
    second = make_queue(team, assignment="least_loaded", assignment_cap=3)
    tickets = [*waiting(queue, 8), *waiting(second, 8)]
    barrier = threading.Barrier(5)
    taken = []

    def press(act):
        try:
            barrier.wait()
            act()
        finally:
            connection.close()

    def take():
        for _each in range(2):
            taken.append(assigning.take_next(by=people[0], at=AT).pk)

    acts = [lambda: dealing.deal_all(at=AT)] * 4 + [take]
    threads = [threading.Thread(target=press, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    dealing.deal_all(at=AT)

    given = list(Event.objects.filter(kind__in=[Kind.ASSIGNED, Kind.TAKEN]).values_list("ticket", flat=True))
    assert len(given) == len(set(given)) and set(taken) <= set(given)
    counts = [Ticket.objects.filter(assignee=person).count() for person in people]
    assert counts[1:] == [3, 3] and 3 <= counts[0] <= 5  # two more than the cap only by own hand
    assert len(given) == sum(counts) < len(tickets)
