"""Public words on a ticket: replies, what crosses them, replies under review, and what requesters write."""

from datetime import timedelta

import pytest

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    SECOND,
    fresh,
    make_admin,
    make_agent,
    make_colleague,
    make_draft,
    make_grant,
    make_lead,
    make_note,
    make_queue,
    make_reply,
    make_requester,
    make_requester_message,
    make_team,
    make_ticket,
    share,
)
from tickets.actions.assigning import CapReached, assign
from tickets.actions.attaching import File
from tickets.actions.errors import NotAllowed
from tickets.actions.facts import store_promise
from tickets.actions.opening import MailFacts
from tickets.actions.replying import (
    REVIEW_WITHOUT_DUE,
    CannotFollow,
    Crossed,
    EmptyMessage,
    NotAwaitingReview,
    TicketIsClosed,
    approve,
    reply,
    return_to_author,
)
from tickets.models import Draft, Event, Kind, Message, Outbox, Status, Ticket

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
def mentor():
    """An agent of another team."""
    return make_agent(make_team())


@pytest.fixture
def volunteer(queue, mentor):
    colleague = make_colleague()
    make_grant(colleague, queue, mentors=[mentor], is_reviewed=True, cap=2)
    return colleague


def last_event(ticket) -> Event:
    return Event.objects.filter(ticket=ticket).latest("id")


def state_of(ticket) -> tuple:
    """Everything a refusal must leave as it was."""
    row = Ticket.objects.filter(pk=ticket.pk).values().get()
    messages = list(Message.objects.order_by("pk").values("pk", "state", "text", "at"))
    return row, messages, Event.objects.count(), Outbox.objects.count(), Draft.objects.count()


# Replying


def test_reply_is_stored_mailed_and_recorded(agent, queue):
    ticket = make_ticket(queue)
    later = AT + HOUR

    message = reply(ticket=ticket, by=agent, text="Już działa.", html="<p>Już działa.</p>", at=later)

    stored = Message.objects.get(pk=message.pk)
    assert (stored.author, stored.text, stored.html, stored.at) == (agent, "Już działa.", "<p>Już działa.</p>", later)
    assert (stored.state, stored.kind, stored.is_from_requester) == ("sent", "public", False)
    mail = Outbox.objects.get()
    assert (mail.message, mail.address, mail.is_automatic) == (message, ticket.requester.email, False)
    event = last_event(ticket)
    assert (event.kind, event.actor, event.at) == (Kind.REPLIED, agent, later)
    assert event.data == {"message": message.pk, "status": ["new", "open"], "assignee": [None, agent.pk]}


def test_first_reply_opens_the_ticket_gives_it_to_its_author_and_is_stamped_once(agent, queue):
    ticket = make_ticket(queue)

    make_reply(ticket, agent, at=AT + HOUR)
    make_reply(ticket, agent, at=AT + 2 * HOUR)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee, ticket.first_reply_at) == (Status.OPEN, agent, AT + HOUR)
    assert ticket.updated_at == AT + 2 * HOUR
    assert ticket.version == 3


def test_a_reply_to_somebody_elses_ticket_leaves_it_theirs(team, agent, queue):
    ticket = make_ticket(queue, assignee=agent)

    make_reply(ticket, make_agent(team))

    assert Ticket.objects.get().assignee == agent


def test_reply_and_pause_in_one_step(agent, queue):
    ticket = make_ticket(queue)

    make_reply(ticket, agent, next_status=Status.WAITING)

    assert Ticket.objects.get().status == Status.WAITING
    assert last_event(ticket).data["status"] == ["new", "waiting"]


def test_reply_and_solve_in_one_step(agent, queue):
    ticket = make_ticket(queue)

    make_reply(ticket, agent, at=AT + HOUR, next_status=Status.SOLVED)

    stored = Ticket.objects.get()
    assert (stored.status, stored.solved_at, stored.first_reply_at) == (Status.SOLVED, AT + HOUR, AT + HOUR)


def test_a_reply_to_a_solved_ticket_leaves_it_solved(agent, queue):
    ticket = make_ticket(queue, status=Status.SOLVED)

    make_reply(ticket, agent, at=AT + HOUR)

    stored = Ticket.objects.get()
    assert (stored.status, stored.solved_at, stored.assignee) == (Status.SOLVED, AT, None)


def test_a_reply_to_somebody_without_an_address_mails_nothing(agent, queue):
    ticket = make_ticket(queue, requester=make_requester(email=None, phone="600 100 200"))

    make_reply(ticket, agent)

    assert Ticket.objects.get().first_reply_at == AT
    assert not Outbox.objects.exists()


def test_reply_keeps_its_files_and_removes_its_draft_only(agent, queue):
    ticket = make_ticket(queue)
    make_draft(ticket, agent)
    kept = make_draft(ticket, agent, kind="note")

    message = make_reply(ticket, agent, text="", attachments=[File(name="instrukcja.txt", content=b"1. Wyloguj")])

    assert message.attachments.get().name == "instrukcja.txt"
    assert list(Draft.objects.all()) == [kept]


def test_a_reply_by_mail_keeps_what_identifies_the_mail(agent, queue):
    message = make_reply(make_ticket(queue), agent, mail=MailFacts(mail_id="<b@bursztyn.example>", identity="once"))

    assert (message.mail_id, message.identity) == ("<b@bursztyn.example>", "once")


def test_reply_refuses_strangers(queue, agent):
    ticket = make_ticket(queue)
    assert make_reply(ticket, agent)
    before = state_of(ticket)

    for stranger in (make_agent(make_team()), make_colleague(), make_requester(), ticket.requester):
        with pytest.raises(NotAllowed):
            reply(ticket=ticket, by=stranger, text="Ja też", at=AT)

    assert state_of(ticket) == before


def test_a_mentor_does_not_reply_in_place_of_the_mentee(queue, mentor, volunteer):
    ticket = make_ticket(queue, assignee=volunteer)

    with pytest.raises(NotAllowed):
        reply(ticket=ticket, by=mentor, text="Ja odpiszę", at=AT)


def test_reply_refuses_a_closed_ticket(queue, agent):
    ticket = make_ticket(queue, status=Status.CLOSED)
    before = state_of(ticket)

    with pytest.raises(TicketIsClosed):
        reply(ticket=ticket, by=agent, text="Jeszcze słowo", at=AT)

    assert state_of(ticket) == before


@pytest.mark.parametrize("said", ["", " \n\t "])
def test_reply_refuses_when_nothing_is_said(queue, agent, said):
    ticket = make_ticket(queue)
    before = state_of(ticket)

    with pytest.raises(EmptyMessage):
        reply(ticket=ticket, by=agent, text=said, at=AT)

    assert state_of(ticket) == before


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (Status.NEW, Status.NEW),
        (Status.NEW, Status.CLOSED),
        (Status.OPEN, Status.ON_HOLD),
        (Status.OPEN, Status.NEW),
        (Status.SOLVED, Status.WAITING),
        (Status.SOLVED, Status.CLOSED),
        (Status.OPEN, "nonsense"),
    ],
)
def test_reply_refuses_a_status_that_cannot_follow(queue, agent, status, wanted):
    ticket = make_ticket(queue, status=status)
    before = state_of(ticket)

    with pytest.raises(CannotFollow):
        reply(ticket=ticket, by=agent, text="Odpowiedź", at=AT, next_status=wanted)

    assert state_of(ticket) == before


# Crossing


def test_a_reply_is_held_when_the_requester_wrote_meanwhile(queue, agent):
    ticket = make_ticket(queue)
    seen = ticket.messages.get().pk
    crossing = make_requester_message(ticket, text="Już nieaktualne!")
    before = state_of(ticket)

    with pytest.raises(Crossed) as held:
        reply(ticket=ticket, by=agent, text="Proszę czekać", at=AT, seen_message=seen)

    assert held.value.newer == [crossing]
    assert state_of(ticket) == before


def test_a_reply_is_held_when_another_agent_answered_meanwhile(team, queue, agent):
    ticket = make_ticket(queue)
    seen = ticket.messages.get().pk
    crossing = make_reply(ticket, make_agent(team))

    with pytest.raises(Crossed) as held:
        reply(ticket=ticket, by=agent, text="I ja", at=AT, seen_message=seen)

    assert held.value.newer == [crossing]


def test_a_reply_is_sent_once_its_author_has_seen_what_crossed_it(queue, agent):
    ticket = make_ticket(queue)
    crossing = make_requester_message(ticket)

    assert make_reply(ticket, agent, seen_message=crossing.pk)


def test_notes_and_replies_under_review_cross_nobody(queue, agent, volunteer):
    ticket = make_ticket(queue, assignee=volunteer)
    seen = ticket.messages.get().pk
    make_note(ticket, agent)
    make_reply(ticket, fresh(volunteer))

    assert make_reply(ticket, agent, seen_message=seen)


def test_a_reply_that_says_nothing_of_what_was_seen_is_sent(queue, agent):
    ticket = make_ticket(queue)
    make_requester_message(ticket)

    assert make_reply(ticket, agent, seen_message=None)


# Under review


def test_a_reply_under_review_is_kept_and_is_no_reply_yet(queue, volunteer):
    ticket = make_ticket(queue, assignee=volunteer)

    message = make_reply(ticket, volunteer, at=AT + HOUR, next_status=Status.SOLVED)

    stored = Ticket.objects.get()
    assert (message.state, message.next_status) == (Message.State.AWAITING_REVIEW, Status.SOLVED)
    assert (stored.status, stored.first_reply_at, stored.solved_at) == (Status.NEW, None, None)
    assert not Outbox.objects.exists()
    event = last_event(ticket)
    assert (event.kind, event.actor, event.at, event.data) == (
        Kind.REPLY_SUBMITTED,
        volunteer,
        AT + HOUR,
        {"message": message.pk},
    )


def test_a_reply_of_an_experienced_volunteer_leaves_at_once(queue):
    colleague = make_colleague()
    make_grant(colleague, queue, is_reviewed=False)
    ticket = make_ticket(queue)

    message = make_reply(ticket, colleague)

    assert message.state == Message.State.SENT
    assert Outbox.objects.get().message == message


def test_an_agent_on_a_grant_elsewhere_is_reviewed_there_and_nowhere_else(team, queue):
    agent, own = make_agent(make_team()), make_queue(team)
    make_grant(agent, queue, is_reviewed=True)
    helper = make_agent(own.team)
    make_grant(helper, own, is_reviewed=True)

    assert make_reply(make_ticket(queue), fresh(agent)).is_awaiting_review
    assert not make_reply(make_ticket(own), fresh(helper)).is_awaiting_review


def test_submitting_takes_a_ticket_that_nobody_has_so_that_the_mentor_sees_it(queue, mentor, volunteer):
    ticket = make_ticket(queue)
    assert not Ticket.objects.visible_to(fresh(mentor), AT).exists()

    message = make_reply(ticket, volunteer)

    assert Ticket.objects.visible_to(fresh(mentor), AT).get().assignee == volunteer
    assert last_event(ticket).data == {"message": message.pk, "assignee": [None, volunteer.pk]}


def test_answering_what_nobody_has_counts_against_the_cap(queue, volunteer):
    for _ in range(2):
        make_ticket(queue, assignee=volunteer)
    own = Ticket.objects.filter(assignee=volunteer).first()
    free = make_ticket(queue)
    assert make_reply(own, fresh(volunteer))
    before = state_of(free)

    with pytest.raises(CapReached):
        reply(ticket=free, by=fresh(volunteer), text="I to jeszcze", at=AT)

    assert state_of(free) == before


def test_the_mentor_approves_and_then_it_is_a_reply(queue, mentor, volunteer):
    ticket = make_ticket(queue)
    message = make_reply(ticket, volunteer, at=AT, next_status=Status.WAITING)
    press = AT + 7 * MINUTE

    approve(message=message, by=mentor, at=press)

    message.refresh_from_db()
    stored = Ticket.objects.get()
    assert (message.state, message.approved_by, message.author, message.at) == ("sent", mentor, volunteer, press)
    assert (stored.status, stored.first_reply_at) == (Status.WAITING, press)
    assert Outbox.objects.get().message == message
    event = last_event(ticket)
    assert (event.kind, event.actor, event.at) == (Kind.REPLIED, mentor, press)
    assert event.data == {"message": message.pk, "author": volunteer.pk, "status": ["new", "waiting"]}


def test_the_mentor_may_word_it_differently(queue, mentor, volunteer):
    message = make_reply(make_ticket(queue), volunteer, html="<p>Nie wiem.</p>")

    approve(message=message, by=mentor, at=AT, text="Sprawdzimy to dziś do 16.")

    message.refresh_from_db()
    assert (message.text, message.html, message.author) == ("Sprawdzimy to dziś do 16.", "", volunteer)


def test_a_status_that_cannot_follow_any_more_is_left_out(queue, agent, mentor, volunteer):
    ticket = make_ticket(queue)
    message = make_reply(ticket, volunteer, next_status=Status.WAITING)
    make_reply(ticket, agent, next_status=Status.SOLVED)

    approve(message=message, by=mentor, at=AT)

    assert Ticket.objects.get().status == Status.SOLVED
    assert "status" not in last_event(ticket).data


def test_the_team_may_approve_after_half_the_time_left(queue, agent, volunteer):
    ticket = make_ticket(queue)
    store_promise(ticket.pk, due_at=AT + 4 * HOUR, sla_state="running")
    message = make_reply(ticket, volunteer, at=AT)
    assert message.review_opens_at == AT + 2 * HOUR
    before = state_of(ticket)

    with pytest.raises(NotAllowed):
        approve(message=message, by=agent, at=AT + 2 * HOUR - SECOND)

    assert state_of(ticket) == before
    assert approve(message=message, by=agent, at=AT + 2 * HOUR).state == Message.State.SENT


@pytest.mark.parametrize(
    ("due_at", "opens_at"),
    [(None, AT + REVIEW_WITHOUT_DUE), (AT - HOUR, AT), (AT + timedelta(minutes=30), AT + 15 * MINUTE)],
)
def test_when_a_review_opens_to_the_team(queue, volunteer, due_at, opens_at):
    ticket = make_ticket(queue, at=AT - 2 * HOUR)
    store_promise(ticket.pk, due_at=due_at)

    assert make_reply(ticket, volunteer, at=AT).review_opens_at == opens_at


def test_leads_of_the_team_and_admins_need_not_wait(team, queue, volunteer):
    first, second = make_reply(make_ticket(queue), volunteer), make_reply(make_ticket(queue), volunteer)

    assert approve(message=first, by=make_lead(team), at=AT)
    assert approve(message=second, by=make_admin(), at=AT)


def test_nobody_else_approves_and_no_author_their_own(team, queue, mentor, volunteer):
    message = make_reply(make_ticket(queue), volunteer)
    other_mentor, foreign_lead = make_agent(make_team()), make_lead(make_team())
    make_grant(make_colleague(), queue, mentors=[other_mentor])
    before = state_of(message.ticket)

    for somebody in (volunteer, other_mentor, foreign_lead, make_colleague(), message.ticket.requester):
        with pytest.raises(NotAllowed):
            approve(message=message, by=fresh(somebody), at=AT + 24 * HOUR)
        with pytest.raises(NotAllowed):
            return_to_author(message=message, by=fresh(somebody), at=AT + 24 * HOUR, comment="Nie")

    assert state_of(message.ticket) == before
    assert approve(message=message, by=fresh(mentor), at=AT)


def test_a_reply_is_approved_once(queue, mentor, volunteer):
    message = make_reply(make_ticket(queue), volunteer)
    approve(message=message, by=mentor, at=AT)
    before = state_of(message.ticket)

    with pytest.raises(NotAwaitingReview):
        approve(message=message, by=mentor, at=AT)
    with pytest.raises(NotAwaitingReview):
        return_to_author(message=message, by=mentor, at=AT, comment="A jednak nie")

    assert state_of(message.ticket) == before


def test_approve_refuses_an_empty_wording_and_a_closed_ticket(queue, agent, mentor, volunteer):
    ticket = make_ticket(queue)
    message = make_reply(ticket, volunteer)
    with pytest.raises(EmptyMessage):
        approve(message=message, by=mentor, at=AT, text="  ")
    Ticket.objects.update(status=Status.CLOSED, solved_at=AT, closed_at=AT)
    before = state_of(ticket)

    with pytest.raises(TicketIsClosed):
        approve(message=message, by=mentor, at=AT)

    assert state_of(ticket) == before


def test_a_returned_reply_becomes_its_authors_draft_again(queue, mentor, volunteer):
    ticket = make_ticket(queue)
    message = make_reply(ticket, volunteer, text="Proszę zrestartować.")

    return_to_author(message=message, by=mentor, at=AT + HOUR, comment=" Milej, proszę. ")

    message.refresh_from_db()
    draft = Draft.objects.get()
    assert message.state == Message.State.RETURNED
    assert (draft.author, draft.ticket, draft.text) == (volunteer, ticket, "Proszę zrestartować.")
    event = last_event(ticket)
    assert (event.kind, event.actor, event.at) == (Kind.REPLY_RETURNED, mentor, AT + HOUR)
    assert event.data == {"message": message.pk, "author": volunteer.pk, "comment": "Milej, proszę."}
    assert not Outbox.objects.exists()


def test_a_returned_reply_does_not_overwrite_what_its_author_is_writing(queue, mentor, volunteer):
    ticket = make_ticket(queue)
    message = make_reply(ticket, volunteer)
    make_draft(ticket, fresh(volunteer), text="Druga odpowiedź")

    return_to_author(message=message, by=mentor, at=AT, comment="Milej")

    assert Draft.objects.get().text == "Druga odpowiedź"
    assert Message.objects.get(pk=message.pk).text == "Już sprawdzam."


def test_a_reply_is_not_returned_without_a_word(queue, mentor, volunteer):
    message = make_reply(make_ticket(queue), volunteer)
    before = state_of(message.ticket)

    with pytest.raises(EmptyMessage):
        return_to_author(message=message, by=mentor, at=AT, comment=" ")

    assert state_of(message.ticket) == before


# The grace after the last window


def test_in_grace_an_open_draft_can_still_be_sent_under_the_rules_of_its_duty(queue, mentor):
    reviewed, trusted = make_colleague(), make_colleague()
    make_grant(reviewed, queue, end=AT, is_reviewed=True, mentors=[mentor])
    make_grant(trusted, queue, end=AT, is_reviewed=False)
    for colleague in (reviewed, trusted):
        ticket = make_ticket(queue, assignee=colleague, at=AT - MINUTE)
        make_draft(ticket, fresh(colleague), at=AT - MINUTE)

    waiting = make_reply(Ticket.objects.get(assignee=reviewed), fresh(reviewed), at=AT + 9 * MINUTE)
    sent = make_reply(Ticket.objects.get(assignee=trusted), fresh(trusted), at=AT + 9 * MINUTE)

    assert (waiting.state, sent.state) == (Message.State.AWAITING_REVIEW, Message.State.SENT)
    assert approve(message=waiting, by=fresh(mentor), at=AT + 9 * MINUTE)


def test_after_the_grace_nothing_can_be_sent(queue):
    colleague = make_colleague()
    make_grant(colleague, queue, end=AT)
    ticket = make_ticket(queue, assignee=colleague, at=AT - MINUTE)
    make_draft(ticket, fresh(colleague), at=AT - MINUTE)

    with pytest.raises(NotAllowed):
        reply(ticket=ticket, by=fresh(colleague), text="Za późno", at=AT + 10 * MINUTE)


# What requesters write


@pytest.mark.parametrize("status", [Status.WAITING, Status.ON_HOLD, Status.SOLVED])
def test_what_the_requester_writes_brings_the_ticket_back(queue, status):
    ticket = make_ticket(queue, status=status)
    version = ticket.version

    message = make_requester_message(ticket, at=AT + HOUR)

    stored = Ticket.objects.get()
    assert (stored.status, stored.solved_at, stored.hold_reason) == (Status.OPEN, None, "")
    assert stored.reopened_at == (AT + HOUR if status == Status.SOLVED else None)
    assert stored.version == version + 1
    event = last_event(ticket)
    assert (event.kind, event.actor, event.at) == (Kind.REQUESTER_WROTE, ticket.requester, AT + HOUR)
    assert event.data == {"message": message.pk, "status": [status, "open"]}


@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN])
def test_what_the_requester_writes_to_a_ticket_under_way_leaves_its_status(queue, status):
    ticket = make_ticket(queue, status=status)

    message = make_requester_message(ticket)

    assert Ticket.objects.get().status == status
    assert last_event(ticket).data == {"message": message.pk}


@pytest.mark.parametrize("status", [Status.WAITING, Status.SOLVED, Status.CLOSED])
def test_automated_mail_brings_nothing_back(queue, status):
    ticket = make_ticket(queue, status=status)

    message = make_requester_message(ticket, mail=MailFacts(automatic="vacation"))

    assert Ticket.objects.get().status == status
    assert last_event(ticket).data == {"message": message.pk, "automatic": "vacation"}


def test_a_closed_ticket_takes_no_more_words(queue):
    ticket = make_ticket(queue, status=Status.CLOSED)
    before = state_of(ticket)

    with pytest.raises(TicketIsClosed):
        make_requester_message(ticket)

    assert state_of(ticket) == before


def test_an_empty_message_of_the_requester_is_refused_and_a_file_alone_is_none(queue):
    ticket = make_ticket(queue)
    before = state_of(ticket)

    with pytest.raises(EmptyMessage):
        make_requester_message(ticket, text=" ")

    assert state_of(ticket) == before
    assert make_requester_message(ticket, text="", attachments=[File(name="zrzut.png", content=b"\x89PNG")])


def test_nobody_writes_in_the_requesters_name(agent, queue, volunteer, mentor):
    ticket = make_ticket(queue, assignee=volunteer)
    follower = make_requester()
    share(ticket, follower)
    before = state_of(ticket)

    for somebody in (agent, follower, volunteer, mentor, make_admin(), make_requester()):
        with pytest.raises(NotAllowed):
            make_requester_message(ticket, author=fresh(somebody))

    assert state_of(ticket) == before
    assert make_requester_message(ticket)


def test_whose_words_a_mail_carries_is_the_mails_own_proof(queue):
    sender = make_requester()

    message = make_requester_message(make_ticket(queue), author=sender, mail=MailFacts(mail_id="<c@klient.example>"))

    assert (message.author, message.is_from_requester) == (sender, True)


def test_reopening_gives_the_ticket_back_to_whoever_had_it(agent, queue):
    ticket = make_ticket(queue, assignee=agent, status=Status.SOLVED)

    make_requester_message(ticket)

    assert Ticket.objects.get().assignee == agent


def test_handing_back_what_waits_for_review_is_not_undone_by_the_approval(queue, mentor, volunteer):
    ticket = make_ticket(queue)
    message = make_reply(ticket, volunteer)
    assign(ticket=ticket, to=None, by=fresh(volunteer), at=AT)

    approve(message=message, by=mentor, at=AT)

    assert Ticket.objects.get().assignee is None
