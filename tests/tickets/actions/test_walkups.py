"""Favours: logged in one of three ways, taken back, corrected, filed by the asker, and what the queues looked like."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    fresh,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_organisation,
    make_queue,
    make_reply,
    make_requester,
    make_team,
    make_ticket,
)
from tickets.actions import facts, walkups
from tickets.actions.errors import NotAllowed
from tickets.actions.walkups import Asker
from tickets.models import CustomField, Event, Outbox, PausedAddress, QueueSnapshot, Ticket, User, WalkUp

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue(make_team())


@pytest.fixture
def agent(queue):
    return make_agent(queue.team, name="Agnieszka Wrona")


@pytest.fixture
def anna():
    return make_requester(
        name="Anna Kowal", email="anna@b.example", language="en", organisation=make_organisation("Sprzedaż")
    )


def log(by, who, queue, **more):
    more = {
        "what": "Java",
        "minutes": 10,
        "outcome": "done",
        "at": AT - 10 * MINUTE,
        "logged_at": AT,
        "key": "k" * 8,
    } | more
    who = who if isinstance(who, Asker) else Asker(person=who)
    return walkups.log_walk_up(who=who, queue=queue, by=by, **more)


def test_a_favour_done_is_a_ticket_that_is_solved_at_once(agent, anna, queue):
    CustomField.objects.create(key="pietro", label="Piętro", type="text", is_required_to_solve=True)

    walk_up = log(agent, anna, queue)

    ticket = walk_up.ticket
    assert (ticket.status, ticket.channel, ticket.assignee, ticket.requester) == ("solved", "walk_up", agent, anna)
    assert (ticket.opened_at, ticket.solved_at, ticket.subject) == (AT - 10 * MINUTE, AT, "Java")
    assert (ticket.due_at, ticket.sla_state) == (None, "")
    assert walk_up.organisation.name == "Sprzedaż"
    assert {event.data["favour"] for event in Event.objects.filter(ticket=ticket)} == {"done"}
    assert not Outbox.objects.exists()


def test_a_queued_favour_is_opened_when_it_is_logged_so_that_it_overtakes_nobody(agent, anna, queue):
    walk_up = log(agent, anna, queue, outcome="queued", at=AT - 3 * HOUR)

    assert walk_up.at == AT - 3 * HOUR
    assert (walk_up.ticket.status, walk_up.ticket.opened_at, walk_up.ticket.assignee) == ("new", AT, None)


def test_asked_to_file_makes_no_ticket_and_a_link_of_which_the_row_keeps_a_hash(agent, anna, queue):
    walk_up = log(agent, anna, queue, outcome="asked_to_file")

    token = walkups.token_of(walk_up)
    assert walk_up.ticket is None
    assert token not in str(WalkUp.objects.values().get())
    assert walkups.by_token(token, AT) == walk_up
    with pytest.raises(walkups.LinkOver):
        walkups.by_token(token[:-1] + "x", AT)


def test_a_free_name_becomes_a_person_where_there_is_a_ticket_and_stays_a_name_where_there_is_none(agent, queue):
    done = log(agent, Asker(name="Zenek"), queue)
    asked = log(agent, Asker(name="Zofia"), queue, outcome="asked_to_file", key="l" * 8)

    assert (done.requester.name, done.requester.email, done.asker_name) == ("Zenek", None, "")
    assert (asked.requester, asked.asker_name, asked.asker) == (None, "Zofia", "Zofia")
    assert not User.objects.filter(name="Zofia").exists()


def test_the_same_key_is_logged_once(agent, anna, queue):
    assert log(agent, anna, queue) == log(agent, anna, queue)
    assert (WalkUp.objects.count(), Ticket.objects.count()) == (1, 1)
    assert log(make_agent(queue.team), anna, queue) != WalkUp.objects.earliest("pk")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"what": "  "}, walkups.NothingAsked),
        ({"who": Asker(name=" ")}, walkups.NobodyAsked),
        ({"minutes": 0}, walkups.TooLong),
        ({"minutes": 721}, walkups.TooLong),
        ({"at": AT + MINUTE}, walkups.NotYet),
        ({"outcome": "perhaps"}, walkups.UnknownOutcome),
    ],
)
def test_what_is_no_favour_is_refused(agent, anna, queue, wrong, refusal):
    with pytest.raises(refusal):
        log(agent, wrong.pop("who", anna), queue, **wrong)

    assert not WalkUp.objects.exists() and not Ticket.objects.exists()


def test_favours_are_logged_in_own_queues_and_on_duty_in_those_of_the_duty(anna, queue):
    volunteer = make_colleague()
    make_grant(volunteer, queue, channels=["email"])

    log(fresh(volunteer), anna, queue)

    for stranger in (make_colleague(), make_agent(make_team()), anna):
        with pytest.raises(NotAllowed):
            log(fresh(stranger), anna, queue)


def test_whoever_logged_takes_it_back_within_the_hour(agent, anna, queue):
    walk_up = log(agent, anna, queue)

    walkups.undo(walk_up=walk_up, by=agent, at=AT + MINUTE)
    walkups.undo(walk_up=walk_up, by=agent, at=AT + MINUTE)

    assert Ticket.objects.get().removed_as == "deleted"
    assert not WalkUp.objects.counted().exists()


def test_a_volunteer_takes_the_own_favour_back_though_they_may_delete_nothing(anna, queue):
    volunteer = make_colleague()
    make_grant(volunteer, queue, channels=["email"])
    walk_up = log(fresh(volunteer), anna, queue)

    walkups.undo(walk_up=walk_up, by=fresh(volunteer), at=AT)

    assert Ticket.objects.get().removed_as == "deleted"


def test_too_late_or_not_ones_own_it_is_not_taken_back(agent, anna, queue):
    walk_up = log(agent, anna, queue, outcome="queued")

    with pytest.raises(NotAllowed):
        walkups.undo(walk_up=walk_up, by=make_lead(queue.team), at=AT)
    with pytest.raises(walkups.TooLateToUndo):
        walkups.undo(walk_up=walk_up, by=agent, at=AT + HOUR + MINUTE)
    make_reply(walk_up.ticket, make_agent(queue.team))
    with pytest.raises(walkups.TooLateToUndo):
        walkups.undo(walk_up=walk_up, by=agent, at=AT)

    assert Ticket.objects.get().removed_as == ""


def test_whoever_logged_corrects_it(agent, anna, queue):
    walk_up = log(agent, anna, queue)
    right = {"walk_up": walk_up, "what": "Java 21", "minutes": 25, "began_at": AT - HOUR, "at": AT + 24 * HOUR}

    walkups.correct(by=agent, **right)

    walk_up.refresh_from_db()
    assert (walk_up.what, walk_up.minutes, walk_up.at) == ("Java 21", 25, AT - HOUR)
    with pytest.raises(NotAllowed):
        walkups.correct(by=make_lead(queue.team), **right)
    with pytest.raises(walkups.NotYet):
        walkups.correct(by=agent, **right | {"began_at": AT + MINUTE})


def test_the_kind_mail_leaves_once_in_the_askers_language(agent, anna, queue):
    walk_up = log(agent, anna, queue, outcome="asked_to_file")

    walkups.send_kind_mail(walk_up=walk_up, by=agent, at=AT)
    walkups.send_kind_mail(walk_up=walk_up, by=agent, at=AT)

    mail = Outbox.objects.get()
    assert mail.address == "anna@b.example"
    assert "I promise you will get help with “Java”. Do me a favour" in mail.payload["text"]
    assert walkups.url_of(walk_up) in mail.payload["text"]


def test_no_mail_without_an_address_or_to_one_that_came_back(agent, anna, queue):
    nobody = log(agent, Asker(name="Zofia"), queue, outcome="asked_to_file")
    paused = log(agent, anna, queue, outcome="asked_to_file", key="l" * 8)
    PausedAddress.objects.create(address="anna@b.example", reason="user_unknown", paused_at=AT)

    for walk_up in (nobody, paused):
        with pytest.raises(walkups.NoAddress):
            walkups.send_kind_mail(walk_up=walk_up, by=agent, at=AT)


def test_the_filed_ticket_ties_back_once(agent, anna, queue):
    walk_up = log(agent, anna, queue, outcome="asked_to_file")
    token = walkups.token_of(walk_up)

    filed = walkups.file(token=token, text="Na laptopie 2", at=AT + HOUR)

    ticket = Ticket.objects.get()
    assert (filed.ticket, filed.filed_at) == (ticket, AT + HOUR)
    assert (ticket.requester, ticket.channel, ticket.subject, ticket.opened_at) == (anna, "web", "Java", AT + HOUR)
    assert Outbox.objects.get().kind == Outbox.Kind.ACKNOWLEDGEMENT
    with pytest.raises(walkups.FiledAlready):
        walkups.file(token=token, text="Jeszcze raz", at=AT + HOUR)
    with pytest.raises(walkups.TooLateToUndo):
        walkups.undo(walk_up=walk_up, by=agent, at=AT)


def test_whom_nobody_knew_says_who_they_are(agent, queue):
    walk_up = log(agent, Asker(name="Zofia"), queue, outcome="asked_to_file")
    token = walkups.token_of(walk_up)
    with pytest.raises(walkups.AddressMissing):
        walkups.file(token=token, text="x", at=AT)

    filed = walkups.file(token=token, text="x", email="zofia@b.example", at=AT)

    assert (filed.requester.name, filed.requester.email, filed.asker_name) == ("Zofia", "zofia@b.example", "")


def test_a_link_ends_after_thirty_days_and_with_the_favour(agent, anna, queue):
    old = log(agent, anna, queue, outcome="asked_to_file")
    gone = log(agent, anna, queue, outcome="asked_to_file", key="l" * 8)
    walkups.undo(walk_up=gone, by=agent, at=AT)

    for walk_up, at in ((old, AT + timedelta(days=31)), (gone, AT)):
        with pytest.raises(walkups.LinkOver):
            walkups.file(token=walkups.token_of(walk_up), text="x", at=at)


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": 0}, {"outcome": "x"}, {"what": ""}, {"requester": None}, {"token_sha256": "0"},
        {"filed_at": AT}, {"at": AT + MINUTE},
    ],
)  # fmt: skip
def test_the_database_refuses_what_makes_no_sense(agent, anna, queue, wrong):
    walk_up = log(agent, anna, queue)

    with pytest.raises(IntegrityError), transaction.atomic():
        WalkUp.objects.filter(pk=walk_up.pk).update(**wrong)


def test_everybody_sees_their_own_leads_those_of_their_teams(agent, anna, queue):
    walk_up = log(agent, anna, queue)
    seen = {
        "agent": agent, "mate": make_agent(queue.team), "lead": make_lead(queue.team), "asker": anna,
        "other lead": make_lead(make_team()),
    }  # fmt: skip

    found = {name for name, person in seen.items() if WalkUp.objects.visible_to(fresh(person), AT).exists()}

    assert walk_up.agent == agent
    assert found == {"agent", "lead"}


def test_a_snapshot_counts_what_the_sidebar_counts(queue):
    empty = make_queue()
    for minutes in (30, 200, 300, -10):
        ticket = make_ticket(queue)
        facts.store_promise(
            ticket.pk, due_at=AT + minutes * MINUTE, sla_state="running", sla_metric="first_response",
            sla_since=AT - HOUR, sla_target_s=7200,
        )  # fmt: skip
    make_ticket(queue, status="waiting")
    make_ticket(queue, status="solved")

    walkups.take_snapshots(at=AT)
    walkups.take_snapshots(at=AT)

    assert set(QueueSnapshot.objects.values_list("queue", "at", "open", "at_risk", "overdue")) == {
        (queue.pk, AT, 5, 2, 1),
        (empty.pk, AT, 0, 0, 0),
    }
