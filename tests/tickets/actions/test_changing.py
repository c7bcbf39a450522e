"""Status, priority and queue: the table of transitions, conflicts, and who may."""

import pytest

from tests.factories import (
    AT,
    HOUR,
    fresh,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_queue,
    make_requester,
    make_team,
    make_ticket,
    share,
)
from tickets.actions.changing import (
    ReasonMissing,
    UnknownValue,
    WrongTransition,
    change_priority,
    change_queue,
    change_status,
    close,
)
from tickets.actions.errors import Conflict, NotAllowed
from tickets.models import Event, Kind, Priority, Status, Ticket
from tickets.models.ticket import TRANSITIONS

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def queue(team):
    return make_queue(team)


@pytest.fixture
def agent(team):
    return make_agent(team)


def last_event() -> Event:
    return Event.objects.latest("id")


def state_of(ticket) -> tuple:
    return Ticket.objects.filter(pk=ticket.pk).values().get(), Event.objects.count()


# Status


@pytest.mark.parametrize("before", Status.values)
@pytest.mark.parametrize("after", Status.values)
def test_the_table_of_transitions(queue, agent, before, after):
    ticket = make_ticket(queue, status=before)
    stored = state_of(ticket)
    is_allowed = after in TRANSITIONS[before] and after != Status.CLOSED

    if is_allowed:
        change_status(ticket=ticket, to=after, by=agent, at=AT + HOUR, reason="części")
        assert Ticket.objects.get().status == after
        assert last_event().data["status"] == [before, after]
    elif before == after:
        change_status(ticket=ticket, to=after, by=agent, at=AT + HOUR)
        assert state_of(ticket) == stored
    else:
        with pytest.raises(WrongTransition):
            change_status(ticket=ticket, to=after, by=agent, at=AT + HOUR, reason="części")
        assert state_of(ticket) == stored


def test_solving_is_stamped_and_recorded(queue, agent):
    ticket = make_ticket(queue, status=Status.OPEN)
    version = ticket.version

    change_status(ticket=ticket, to=Status.SOLVED, by=agent, at=AT + HOUR)

    stored = Ticket.objects.get()
    assert (stored.solved_at, stored.updated_at, stored.version) == (AT + HOUR, AT + HOUR, version + 1)
    event = last_event()
    assert (event.ticket, event.kind, event.actor, event.at) == (ticket, Kind.STATUS_CHANGED, agent, AT + HOUR)
    assert event.data == {"status": ["open", "solved"]}


def test_reopening_forgets_when_it_was_solved(queue, agent):
    ticket = make_ticket(queue, status=Status.SOLVED)

    change_status(ticket=ticket, to=Status.OPEN, by=agent, at=AT + HOUR)

    stored = Ticket.objects.get()
    assert (stored.solved_at, stored.reopened_at) == (None, AT + HOUR)


def test_a_hold_needs_a_reason_and_forgets_it_afterwards(queue, agent):
    ticket = make_ticket(queue)
    before = state_of(ticket)

    with pytest.raises(ReasonMissing):
        change_status(ticket=ticket, to=Status.ON_HOLD, by=agent, at=AT, reason="  ")
    assert state_of(ticket) == before
    change_status(ticket=ticket, to=Status.ON_HOLD, by=agent, at=AT, reason=" Kurier ")
    assert Ticket.objects.get().hold_reason == "Kurier"
    assert last_event().data == {"status": ["new", "on_hold"], "reason": "Kurier"}
    change_status(ticket=ticket, to=Status.OPEN, by=agent, at=AT)
    assert Ticket.objects.get().hold_reason == ""


def test_a_hold_can_get_another_reason(queue, agent):
    ticket = make_ticket(queue, status=Status.ON_HOLD)

    change_status(ticket=ticket, to=Status.ON_HOLD, by=agent, at=AT, reason="Producent")

    assert Ticket.objects.get().hold_reason == "Producent"
    assert last_event().data == {"status": ["on_hold", "on_hold"], "reason": "Producent"}


def test_status_conflicts_when_somebody_changed_it_meanwhile(queue, agent):
    ticket = make_ticket(queue, status=Status.WAITING)
    before = state_of(ticket)

    with pytest.raises(Conflict) as conflict:
        change_status(ticket=ticket, to=Status.SOLVED, by=agent, at=AT, seen=Status.OPEN)

    assert (conflict.value.field, conflict.value.theirs, conflict.value.yours) == ("status", "waiting", "solved")
    assert state_of(ticket) == before


def test_two_people_wanting_the_same_status_do_not_conflict(queue, agent):
    ticket = make_ticket(queue, status=Status.WAITING)
    before = state_of(ticket)

    change_status(ticket=ticket, to=Status.WAITING, by=agent, at=AT, seen=Status.OPEN)

    assert state_of(ticket) == before


def test_an_unknown_status_is_refused(queue, agent):
    ticket = make_ticket(queue)
    before = state_of(ticket)

    with pytest.raises(UnknownValue):
        change_status(ticket=ticket, to="sleeping", by=agent, at=AT)

    assert state_of(ticket) == before


def test_requesters_solve_and_reopen_their_own(queue):
    ticket = make_ticket(queue)

    change_status(ticket=ticket, to=Status.SOLVED, by=ticket.requester, at=AT)
    assert Ticket.objects.get().status == Status.SOLVED
    change_status(ticket=ticket, to=Status.OPEN, by=ticket.requester, at=AT)

    assert Ticket.objects.get().status == Status.OPEN
    assert last_event().actor == ticket.requester


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (Status.NEW, Status.OPEN),
        (Status.WAITING, Status.OPEN),
        (Status.OPEN, Status.WAITING),
        (Status.OPEN, Status.ON_HOLD),
        (Status.CLOSED, Status.OPEN),
    ],
)
def test_requesters_change_nothing_else(queue, status, wanted):
    ticket = make_ticket(queue, status=status)
    before = state_of(ticket)

    with pytest.raises(NotAllowed):
        change_status(ticket=ticket, to=wanted, by=ticket.requester, at=AT, reason="bo tak")
    with pytest.raises(NotAllowed):
        change_priority(ticket=ticket, to=Priority.URGENT, by=ticket.requester, at=AT)
    with pytest.raises(NotAllowed):
        change_queue(ticket=ticket, to=make_queue(), by=ticket.requester, at=AT)

    assert state_of(ticket) == before


def test_strangers_change_nothing(queue, agent):
    mentor, volunteer = make_agent(make_team()), make_colleague()
    make_grant(volunteer, queue, mentors=[mentor])
    ticket = make_ticket(queue, assignee=volunteer)
    follower = make_requester()
    share(ticket, follower)
    before = state_of(ticket)

    for somebody in (mentor, follower, make_colleague(), make_agent(make_team()), make_lead(make_team())):
        for act, to in ((change_status, Status.SOLVED), (change_priority, 4), (change_queue, make_queue())):
            with pytest.raises(NotAllowed):
                act(ticket=ticket, to=to, by=fresh(somebody), at=AT)

    assert state_of(ticket) == before
    assert change_status(ticket=ticket, to=Status.SOLVED, by=fresh(volunteer), at=AT)


# Closing


def test_close_ends_a_solved_ticket_in_nobodys_name(queue):
    ticket = make_ticket(queue, status=Status.SOLVED)

    close(ticket=ticket, at=AT + HOUR)

    stored = Ticket.objects.get()
    assert (stored.status, stored.closed_at, stored.solved_at) == (Status.CLOSED, AT + HOUR, AT)
    event = last_event()
    assert (event.kind, event.actor, event.at) == (Kind.STATUS_CHANGED, None, AT + HOUR)
    assert event.data == {"status": ["solved", "closed"]}


@pytest.mark.parametrize("status", [status for status in Status.values if status != Status.SOLVED])
def test_close_refuses_what_is_not_solved(queue, status):
    ticket = make_ticket(queue, status=status)
    before = state_of(ticket)

    with pytest.raises(WrongTransition):
        close(ticket=ticket, at=AT)

    assert state_of(ticket) == before


# Priority


def test_change_priority_is_stored_and_recorded(queue, agent):
    ticket = make_ticket(queue)

    change_priority(ticket=ticket, to=Priority.URGENT, by=agent, at=AT + HOUR)

    stored = Ticket.objects.get()
    assert (stored.priority, stored.updated_at, stored.version) == (Priority.URGENT, AT + HOUR, 2)
    event = last_event()
    assert (event.kind, event.actor, event.at) == (Kind.PRIORITY_CHANGED, agent, AT + HOUR)
    assert event.data == {"priority": [2, 4]}


def test_priority_conflicts_and_refuses_unknown_values(queue, agent):
    ticket = make_ticket(queue, priority=Priority.HIGH)
    before = state_of(ticket)

    with pytest.raises(Conflict) as conflict:
        change_priority(ticket=ticket, to=Priority.LOW, by=agent, at=AT, seen=Priority.NORMAL)
    with pytest.raises(UnknownValue):
        change_priority(ticket=ticket, to=5, by=agent, at=AT)
    change_priority(ticket=ticket, to=Priority.HIGH, by=agent, at=AT, seen=Priority.NORMAL)

    assert (conflict.value.theirs, conflict.value.yours) == (Priority.HIGH, Priority.LOW)
    assert state_of(ticket) == before


# Queue


def test_change_queue_is_stored_and_recorded(queue, agent):
    ticket, target = make_ticket(queue), make_queue()

    change_queue(ticket=ticket, to=target, by=agent, at=AT + HOUR)

    stored = Ticket.objects.get()
    assert (stored.queue, stored.updated_at, stored.version) == (target, AT + HOUR, 2)
    event = last_event()
    assert (event.kind, event.actor, event.at) == (Kind.QUEUE_CHANGED, agent, AT + HOUR)
    assert event.data == {"queue": [queue.pk, target.pk]}


def test_an_assignee_who_cannot_open_it_there_loses_it(team, queue, agent):
    ticket, target = make_ticket(queue, assignee=agent), make_queue()

    change_queue(ticket=ticket, to=target, by=agent, at=AT)

    assert Ticket.objects.get().assignee is None
    assert last_event().data == {"queue": [queue.pk, target.pk], "assignee": [agent.pk, None]}


def test_an_assignee_who_works_there_too_keeps_it(team, queue, agent):
    ticket, target = make_ticket(queue, assignee=agent), make_queue(team)

    change_queue(ticket=ticket, to=target, by=agent, at=AT)

    assert Ticket.objects.get().assignee == agent


def test_a_misrouted_ticket_can_be_passed_on_to_any_team(team, queue):
    for somebody in (make_agent(team), make_lead(team)):
        ticket, elsewhere = make_ticket(queue), make_queue()

        change_queue(ticket=ticket, to=elsewhere, by=somebody, at=AT)

        assert Ticket.objects.get(pk=ticket.pk).queue == elsewhere
        assert not Ticket.objects.visible_to(fresh(somebody), AT).filter(pk=ticket.pk).exists()


def test_admins_move_anything_anywhere(queue):
    ticket, target = make_ticket(queue), make_queue()

    assert change_queue(ticket=ticket, to=target, by=make_admin(), at=AT).queue == target


def test_volunteers_do_not_move_tickets(queue):
    volunteer, second = make_colleague(), make_queue()
    make_grant(volunteer, queue, second)
    ticket = make_ticket(queue, assignee=volunteer)
    before = state_of(ticket)

    with pytest.raises(NotAllowed):
        change_queue(ticket=ticket, to=second, by=fresh(volunteer), at=AT)

    assert state_of(ticket) == before


def test_queue_conflicts_and_the_same_queue_does_nothing(team, queue, agent):
    ticket, second = make_ticket(queue), make_queue(team)
    before = state_of(ticket)

    with pytest.raises(Conflict) as conflict:
        change_queue(ticket=ticket, to=second, by=agent, at=AT, seen=second.pk)
    change_queue(ticket=ticket, to=queue, by=agent, at=AT, seen=second.pk)

    assert (conflict.value.field, conflict.value.theirs, conflict.value.yours) == ("queue", queue.pk, second.pk)
    assert state_of(ticket) == before
