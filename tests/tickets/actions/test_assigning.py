"""Who has a ticket: assigning, taking, taking the next one, and the caps of a duty."""

import pytest

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    fresh,
    make_admin,
    make_agent,
    make_colleague,
    make_draft,
    make_grant,
    make_lead,
    make_queue,
    make_requester,
    make_team,
    make_ticket,
)
from tickets.actions.assigning import (
    AlreadyAssigned,
    CapReached,
    NobodyThere,
    NothingWaits,
    TicketIsOver,
    assign,
    assign_me,
    take_next,
)
from tickets.actions.errors import Conflict, NotAllowed
from tickets.actions.facts import store_promise
from tickets.models import Channel, DueState, Event, Kind, Status, Ticket

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


@pytest.fixture
def other(team):
    return make_agent(team)


@pytest.fixture
def volunteer(queue):
    """May hold three tickets of the queue, one of them a chat."""
    colleague = make_colleague()
    make_grant(colleague, queue, channels=[Channel.EMAIL, Channel.CHAT], cap=3, chat_cap=1)
    return colleague


def last_event() -> Event:
    return Event.objects.latest("id")


def state_of(ticket) -> tuple:
    return Ticket.objects.filter(pk=ticket.pk).values().get(), Event.objects.count()


def due(ticket, at, state=DueState.RUNNING):
    store_promise(ticket.pk, due_at=at, sla_state=state)
    return ticket


# Assigning


def test_assign_gives_the_ticket_and_records_it(queue, agent, other):
    ticket = make_ticket(queue, assignee=other)
    version = ticket.version

    assign(ticket=ticket, to=agent, by=other, at=AT + HOUR)

    stored = Ticket.objects.get()
    assert (stored.assignee, stored.updated_at, stored.version) == (agent, AT + HOUR, version + 1)
    event = last_event()
    assert (event.ticket, event.kind, event.actor, event.at) == (ticket, Kind.ASSIGNED, other, AT + HOUR)
    assert event.data == {"assignee": [other.pk, agent.pk]}


def test_assign_gives_it_to_nobody(queue, agent):
    ticket = make_ticket(queue, assignee=agent)

    assign(ticket=ticket, to=None, by=agent, at=AT)

    assert Ticket.objects.get().assignee is None
    assert last_event().data == {"assignee": [agent.pk, None]}


def test_assigning_to_whoever_has_it_does_nothing(queue, agent, other):
    ticket = make_ticket(queue, assignee=agent)
    before = state_of(ticket)

    assign(ticket=ticket, to=agent, by=other, at=AT + HOUR, seen=None)

    assert state_of(ticket) == before


def test_leads_and_admins_assign(team, queue, agent):
    for somebody in (make_lead(team), make_admin()):
        assert assign(ticket=make_ticket(queue), to=agent, by=somebody, at=AT).assignee == agent


def test_strangers_mentors_and_volunteers_do_not_assign(queue, agent, volunteer):
    mentor = make_agent(make_team())
    mentored = make_colleague()
    make_grant(mentored, queue, mentors=[mentor])
    ticket = make_ticket(queue, assignee=mentored)
    before = state_of(ticket)

    for somebody in (mentor, volunteer, make_colleague(), make_agent(make_team()), ticket.requester):
        with pytest.raises(NotAllowed):
            assign(ticket=ticket, to=agent, by=fresh(somebody), at=AT)

    assert state_of(ticket) == before
    assert assign(ticket=ticket, to=agent, by=agent, at=AT)


def test_a_volunteer_hands_back_only_their_own(queue, agent, volunteer):
    own, foreign = make_ticket(queue, assignee=volunteer), make_ticket(queue, assignee=agent)
    before = state_of(foreign)

    assign(ticket=own, to=None, by=fresh(volunteer), at=AT)
    with pytest.raises(NotAllowed):
        assign(ticket=foreign, to=None, by=fresh(volunteer), at=AT)

    assert Ticket.objects.get(pk=own.pk).assignee is None
    assert state_of(foreign)[0] == before[0]


def test_nobody_is_given_what_they_cannot_open(queue, agent, volunteer):
    ticket = make_ticket(queue, channel=Channel.EMAIL)
    inactive = make_agent(queue.team, is_active=False)
    off_duty = make_colleague()
    make_grant(off_duty, queue, start=AT + HOUR, end=AT + 2 * HOUR)
    before = state_of(ticket)

    for somebody in (make_agent(make_team()), make_requester(), make_colleague(), inactive, off_duty):
        with pytest.raises(NobodyThere):
            assign(ticket=ticket, to=fresh(somebody), by=agent, at=AT)

    assert state_of(ticket) == before
    assert assign(ticket=ticket, to=fresh(volunteer), by=agent, at=AT)


@pytest.mark.parametrize("status", [Status.SOLVED, Status.CLOSED])
def test_what_is_over_is_not_given_away(queue, agent, status):
    ticket = make_ticket(queue, status=status)
    before = state_of(ticket)

    with pytest.raises(TicketIsOver):
        assign(ticket=ticket, to=agent, by=agent, at=AT)
    with pytest.raises(TicketIsOver):
        assign_me(ticket=ticket, by=agent, at=AT)

    assert state_of(ticket) == before


def test_assign_conflicts_when_somebody_else_got_it_meanwhile(team, queue, agent, other):
    ticket = make_ticket(queue, assignee=other)
    before = state_of(ticket)

    with pytest.raises(Conflict) as conflict:
        assign(ticket=ticket, to=agent, by=agent, at=AT, seen=None)

    assert (conflict.value.field, conflict.value.theirs, conflict.value.yours) == ("assignee", other.pk, agent.pk)
    assert state_of(ticket) == before
    assert assign(ticket=ticket, to=agent, by=agent, at=AT, seen=other.pk)


def test_a_change_of_another_property_is_no_conflict(queue, agent):
    ticket = make_ticket(queue)
    Ticket.objects.update(priority=4, version=7)

    assert assign(ticket=ticket, to=agent, by=agent, at=AT, seen=None).priority == 4


# Taking


def test_assign_me_takes_what_nobody_has(queue, agent):
    ticket = make_ticket(queue)

    assign_me(ticket=ticket, by=agent, at=AT + HOUR)

    assert Ticket.objects.get().assignee == agent
    event = last_event()
    assert (event.kind, event.actor, event.at) == (Kind.TAKEN, agent, AT + HOUR)
    assert event.data == {"assignee": [None, agent.pk]}


def test_taking_ones_own_again_does_nothing(queue, agent):
    ticket = make_ticket(queue, assignee=agent)
    before = state_of(ticket)

    assign_me(ticket=ticket, by=agent, at=AT + HOUR)

    assert state_of(ticket) == before


def test_assign_me_refuses_what_somebody_has(queue, agent, other):
    ticket = make_ticket(queue, assignee=other)
    before = state_of(ticket)

    with pytest.raises(AlreadyAssigned):
        assign_me(ticket=ticket, by=agent, at=AT)

    assert state_of(ticket) == before


def test_assign_me_refuses_strangers(queue, agent):
    ticket = make_ticket(queue)
    before = state_of(ticket)

    for somebody in (make_agent(make_team()), make_colleague(), ticket.requester):
        with pytest.raises(NotAllowed):
            assign_me(ticket=ticket, by=somebody, at=AT)

    assert state_of(ticket) == before
    assert assign_me(ticket=ticket, by=agent, at=AT)


def test_nothing_is_taken_in_grace(queue):
    colleague = make_colleague()
    make_grant(colleague, queue, end=AT)
    ticket = make_ticket(queue, assignee=colleague, at=AT - MINUTE)
    make_draft(ticket, fresh(colleague), at=AT - MINUTE)
    free = make_ticket(queue, at=AT - MINUTE)

    with pytest.raises(NotAllowed):
        assign_me(ticket=free, by=fresh(colleague), at=AT + MINUTE)
    with pytest.raises(NothingWaits):
        take_next(by=fresh(colleague), at=AT + MINUTE)


# The next one


def test_take_next_goes_by_due_time_then_by_number(queue, agent):
    plain, second_plain = make_ticket(queue), make_ticket(queue)
    later, sooner = due(make_ticket(queue), AT + 2 * HOUR), due(make_ticket(queue), AT + HOUR)
    paused = due(make_ticket(queue), AT - HOUR, DueState.PAUSED)
    overdue = due(make_ticket(queue), AT - HOUR)

    taken = [take_next(by=agent, at=AT) for _ in range(6)]

    assert taken == [overdue, sooner, later, plain, second_plain, paused]
    assert last_event().kind == Kind.TAKEN
    assert last_event().data == {"assignee": [None, agent.pk]}
    with pytest.raises(NothingWaits):
        take_next(by=agent, at=AT)


def test_take_next_passes_over_what_is_not_waiting_for_the_desk(queue, agent, other):
    for status in (Status.WAITING, Status.ON_HOLD, Status.SOLVED, Status.CLOSED):
        make_ticket(queue, status=status)
    make_ticket(queue, assignee=other)
    make_ticket()
    for reason in ("spam", "deleted", "merged"):
        Ticket.objects.filter(pk=make_ticket(queue).pk).update(removed_as=reason)
    free = make_ticket(queue, status=Status.OPEN)

    assert take_next(by=agent, at=AT) == free
    with pytest.raises(NothingWaits):
        take_next(by=agent, at=AT)


def test_take_next_needs_a_desk(queue, volunteer):
    make_ticket(queue)
    assert take_next(by=fresh(volunteer), at=AT)
    make_ticket(queue)

    for somebody, at in ((volunteer, AT + 9 * HOUR), (make_colleague(), AT), (make_requester(), AT)):
        with pytest.raises(NotAllowed):
            take_next(by=fresh(somebody), at=at)

    assert Ticket.objects.filter(assignee=None).count() == 1


def test_a_volunteer_takes_inside_scope_only(queue, volunteer):
    make_ticket(queue, channel=Channel.PHONE)
    make_ticket(make_queue(queue.team), channel=Channel.EMAIL)
    inside = make_ticket(queue, channel=Channel.CHAT)

    assert take_next(by=fresh(volunteer), at=AT) == inside
    with pytest.raises(NothingWaits):
        take_next(by=fresh(volunteer), at=AT)


# Caps


def test_the_cap_on_tickets_in_hand_binds_both_ways_of_taking(queue, volunteer):
    for _ in range(3):
        make_ticket(queue, assignee=volunteer)
    free = make_ticket(queue)
    before = state_of(free)

    with pytest.raises(CapReached):
        take_next(by=fresh(volunteer), at=AT)
    with pytest.raises(CapReached):
        assign_me(ticket=free, by=fresh(volunteer), at=AT)

    assert state_of(free) == before


def test_solving_makes_room(queue, volunteer):
    tickets = [make_ticket(queue, assignee=volunteer) for _ in range(3)]
    make_ticket(queue)
    Ticket.objects.filter(pk=tickets[0].pk).update(status=Status.SOLVED, solved_at=AT)

    assert take_next(by=fresh(volunteer), at=AT)


def test_the_cap_on_chats_leaves_room_for_mail(queue, volunteer):
    make_ticket(queue, channel=Channel.CHAT, assignee=volunteer)
    chat, mail = make_ticket(queue, channel=Channel.CHAT), make_ticket(queue, channel=Channel.EMAIL)

    with pytest.raises(CapReached):
        assign_me(ticket=chat, by=fresh(volunteer), at=AT)
    assert take_next(by=fresh(volunteer), at=AT) == mail
    with pytest.raises(CapReached):
        take_next(by=fresh(volunteer), at=AT)


def test_a_full_duty_says_so_only_while_something_waits(queue, volunteer):
    for _ in range(3):
        make_ticket(queue, assignee=volunteer)

    with pytest.raises(NothingWaits):
        take_next(by=fresh(volunteer), at=AT)


def test_each_grant_has_its_own_cap(queue):
    colleague, roomy = make_colleague(), make_queue()
    make_grant(colleague, queue, cap=1)
    make_grant(colleague, roomy, cap=2)
    make_ticket(queue, assignee=colleague)
    make_ticket(queue)
    free = make_ticket(roomy)

    assert take_next(by=fresh(colleague), at=AT) == free


def test_agents_have_no_cap_in_their_team_and_the_grants_cap_elsewhere(queue, agent):
    elsewhere = make_queue()
    make_grant(agent, elsewhere, cap=2)
    for _ in range(2):
        assert take_next(by=fresh(agent), at=AT) if make_ticket(queue) else None
    outside = make_ticket(elsewhere)

    with pytest.raises(CapReached):
        take_next(by=fresh(agent), at=AT)
    with pytest.raises(CapReached):
        assign_me(ticket=outside, by=fresh(agent), at=AT)
    own = make_ticket(queue)
    assert take_next(by=fresh(agent), at=AT) == own
