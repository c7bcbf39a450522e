"""Clocks of real tickets, moved by real actions."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sla import course, queries
from sla.actions import folding, keeping
from sla.models import Agreement, Clock, Flag, PolicyVersion, Standing
from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    fresh,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_note,
    make_queue,
    make_reply,
    make_requester,
    make_requester_message,
    make_ticket,
)
from tickets.actions import assigning, changing, merging, removing, replying, splitting, tagging, walkups
from tickets.models import Message, Priority, Ticket

pytestmark = pytest.mark.django_db

OFFICE = {day: [("08:00", "16:00")] for day in range(5)}
DAY = timedelta(days=1)


@pytest.fixture
def office() -> Any:
    return keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, at=AT)


@pytest.fixture
def policy(office: Any) -> Any:
    return keeping.make_policy(
        name="Podstawowe", calendar=office, targets=keeping.USUAL_TARGETS, is_default=True, at=AT
    )


def clocks(ticket: Ticket) -> dict[tuple[str, int], str]:
    return {(row.metric, row.cycle): row.state for row in queries.clocks_of(ticket.pk)}


def facts_of(ticket: Ticket) -> tuple[Any, ...]:
    now = Ticket.objects.get(pk=ticket.pk)
    return now.sla_state, now.sla_metric, now.due_at


def assert_replays(ticket: Ticket) -> None:
    """What is stored is what the events give when they are read anew."""
    standing = queries.standing_of(ticket.pk)
    assert standing is not None
    stored = queries.course_of(standing, queries.clocks_of(ticket.pk))
    read, last = queries.replayed(ticket.pk)
    assert (sorted(stored.clocks, key=_place), stored.status) == (sorted(read.clocks, key=_place), read.status)
    assert standing.at == last


def is_ours(statement: str) -> bool:
    return any(f'"{model._meta.db_table}"' in statement for model in (Agreement, Clock, PolicyVersion, Standing))


def _place(clock: course.Clock) -> tuple[str, int]:
    return clock.metric, clock.cycle


def test_without_a_policy_there_are_no_clocks() -> None:
    ticket = make_ticket()
    make_reply(ticket, make_agent(ticket.queue.team))

    assert not Clock.objects.exists() and not Standing.objects.exists()
    assert facts_of(ticket) == ("", "", None)


@pytest.mark.usefixtures("policy")
class TestOneTicket:
    def test_a_new_ticket_has_its_promise_at_once(self) -> None:
        ticket = make_ticket()

        assert clocks(ticket) == {("first_response", 1): "running", ("resolution", 1): "running"}
        assert facts_of(ticket) == ("running", "first_response", AT + 4 * HOUR)
        assert (ticket.sla_since, ticket.sla_target_s) == (AT, 4 * 3600)
        assert_replays(ticket)

    def test_a_reply_moves_the_promise_on(self) -> None:
        ticket = make_ticket()
        make_reply(ticket, make_agent(ticket.queue.team), at=AT + HOUR)

        assert clocks(ticket)["first_response", 1] == "met"
        assert facts_of(ticket) == ("running", "resolution", AT + 2 * DAY + 8 * HOUR)
        assert_replays(ticket)

    def test_waiting_pauses_and_the_answer_goes_on(self) -> None:
        ticket = make_ticket()
        make_reply(ticket, make_agent(ticket.queue.team), at=AT + HOUR, next_status="waiting")
        assert facts_of(ticket) == ("paused", "resolution", None)

        make_requester_message(ticket, at=AT + 3 * HOUR)

        assert facts_of(ticket) == ("running", "next_response", AT + 16 * HOUR + 3 * HOUR + 8 * HOUR)
        assert_replays(ticket)

    def test_solved_in_time_is_met(self) -> None:
        ticket = make_ticket()
        make_reply(ticket, make_agent(ticket.queue.team), at=AT + HOUR, next_status="solved")

        assert facts_of(ticket) == ("met", "resolution", None)

    def test_solved_late_is_broken_and_says_since_when(self) -> None:
        ticket = make_ticket()
        make_reply(ticket, make_agent(ticket.queue.team), at=AT + 5 * HOUR, next_status="solved")

        assert clocks(ticket)["first_response", 1] == "missed"
        assert Ticket.objects.get(pk=ticket.pk).breached_at == AT + 4 * HOUR

    def test_a_higher_priority_shortens_what_is_left(self) -> None:
        ticket = make_ticket()

        changing.change_priority(ticket=ticket, to=Priority.URGENT, by=make_admin(), at=AT + 30 * MINUTE)

        assert facts_of(ticket) == ("running", "first_response", AT + HOUR)
        assert Agreement.objects.filter(ticket=ticket).count() == 2
        assert_replays(ticket)

    def test_spam_has_no_clock_and_restored_it_has(self) -> None:
        ticket, admin = make_ticket(), make_admin()
        removing.remove(ticket=ticket, removed_as="spam", by=admin, at=AT + MINUTE)
        assert (set(clocks(ticket).values()), facts_of(ticket)) == ({"cancelled"}, ("", "", None))

        removing.restore(ticket=ticket, by=admin, at=AT + HOUR)

        assert facts_of(ticket)[2] == AT + 5 * HOUR - MINUTE
        assert_replays(ticket)

    def test_the_target_of_a_merge_keeps_the_earlier_start(self) -> None:
        queue, requester = make_queue(), make_requester()
        source, target = make_ticket(queue, requester=requester), make_ticket(queue, requester=requester, at=AT + HOUR)

        merging.merge(ticket=source, into=target, by=make_admin(), at=AT + 2 * HOUR)

        assert set(clocks(source).values()) == {"cancelled"}
        assert facts_of(target) == ("running", "first_response", AT + 4 * HOUR)
        assert_replays(source)
        assert_replays(target)

    @pytest.mark.parametrize("answers_meanwhile", [False, True])
    def test_taken_out_again_each_has_the_clocks_of_its_own_events(self, answers_meanwhile: bool) -> None:
        queue, requester, admin = make_queue(), make_requester(), make_admin()
        source, target, alone = (
            make_ticket(queue, requester=requester, at=AT + after) for after in (timedelta(0), 3 * HOUR, 3 * HOUR)
        )
        merge = merging.merge(ticket=source, into=target, by=admin, at=AT + 4 * HOUR)
        if answers_meanwhile:
            for each in (target, alone):  # too late for the words of the source, in time for their own
                make_reply(Ticket.objects.get(pk=each.pk), admin, at=AT + 6 * HOUR)

        merging.unmerge(merge=merge, by=admin, at=AT + 6 * HOUR + MINUTE)

        told, own = (
            [(row.metric, row.state, row.started_at, row.due_at, row.used_s, row.breached_at) for row in rows]
            for rows in (queries.clocks_of(target.pk), queries.clocks_of(alone.pk))
        )
        assert told == own
        assert facts_of(target) == facts_of(alone)
        assert clocks(source) == {("first_response", 1): "running", ("resolution", 1): "running"}
        assert not Flag.objects.filter(ticket=target, revoked_at=None).exists()
        for each in (source, target):
            assert_replays(each)

    def test_what_is_split_off_counts_from_its_first_words(self) -> None:
        ticket, admin = make_ticket(), make_admin()
        message = make_requester_message(ticket, at=AT + HOUR)

        new = splitting.split(ticket=ticket, messages=[message.pk], subject="Drugie", by=admin, at=AT + 2 * HOUR)

        assert facts_of(new) == ("running", "first_response", AT + 5 * HOUR)
        assert_replays(new)

    def test_the_only_unanswered_words_wait_where_they_went(self) -> None:
        ticket, admin = make_ticket(), make_admin()
        make_reply(ticket, admin, at=AT + MINUTE)
        message = make_requester_message(ticket, at=AT + HOUR)

        new = splitting.split(ticket=ticket, messages=[message.pk], by=admin, at=AT + 2 * HOUR)

        assert clocks(ticket)["next_response", 1] == "cancelled"
        assert facts_of(ticket)[1] == "resolution"
        assert Clock.objects.get(ticket=new, metric="first_response").started_at == AT + HOUR
        for each in (ticket, new):
            assert_replays(each)
        splitting.unsplit(ticket=new, by=admin, at=AT + 3 * HOUR)
        again = Clock.objects.get(ticket=ticket, metric="next_response", cycle=2)
        assert (again.state, again.started_at) == ("running", AT + HOUR)
        assert_replays(ticket)

    def test_of_several_unanswered_words_those_that_stay_wait_on(self) -> None:
        ticket, admin = make_ticket(), make_admin()
        make_reply(ticket, admin, at=AT + MINUTE)
        first = make_requester_message(ticket, at=AT + HOUR)
        make_requester_message(ticket, at=AT + 90 * MINUTE)
        last = make_requester_message(ticket, at=AT + 100 * MINUTE)

        splitting.split(ticket=ticket, messages=[last.pk], by=admin, at=AT + 2 * HOUR)
        assert clocks(ticket)["next_response", 1] == "running"
        splitting.split(ticket=ticket, messages=[first.pk], by=admin, at=AT + 2 * HOUR)

        assert clocks(ticket)["next_response", 1] == "cancelled"
        assert Clock.objects.get(ticket=ticket, metric="next_response", cycle=2).started_at == AT + 90 * MINUTE
        assert_replays(ticket)

    def test_what_is_split_off_with_its_answer_waits_for_none(self) -> None:
        ticket, admin = make_ticket(), make_admin()
        asked = make_requester_message(ticket, at=AT + HOUR)
        answered = make_reply(ticket, admin, at=AT + 2 * HOUR)

        new = splitting.split(ticket=ticket, messages=[asked.pk, answered.pk], by=admin, at=AT + 3 * HOUR)

        assert clocks(new) == {("resolution", 1): "running"}
        assert Clock.objects.get(ticket=new).started_at == AT + HOUR
        assert_replays(new)

    def test_a_reply_and_the_words_after_it_split_off_wait_since_those_words(self) -> None:
        ticket, admin = make_ticket(), make_admin()
        answered = make_reply(ticket, admin, at=AT + HOUR)
        asked = make_requester_message(ticket, at=AT + 2 * HOUR)

        new = splitting.split(ticket=ticket, messages=[asked.pk, answered.pk], by=admin, at=AT + 3 * HOUR)

        assert Clock.objects.get(ticket=new, metric="next_response").started_at == AT + 2 * HOUR
        assert clocks(ticket)["next_response", 1] == "cancelled"
        for each in (ticket, new):
            assert_replays(each)

    def test_a_favour_done_on_the_spot_has_no_clock(self) -> None:
        queue = make_queue()
        agent = make_agent(queue.team)
        told = {"what": "Toner", "minutes": 5, "queue": queue, "at": AT, "by": agent, "logged_at": AT + HOUR}
        done = walkups.log_walk_up(who=walkups.Asker(name="Zenek"), outcome="done", key="a", **told)
        queued = walkups.log_walk_up(who=walkups.Asker(name="Zenek"), outcome="queued", key="b", **told)

        assert clocks(done.ticket) == {}
        assert Clock.objects.get(ticket=queued.ticket, metric="first_response").started_at == AT + HOUR

    def test_a_reply_under_review_is_no_reply_until_the_mentor_sends_it(self) -> None:
        queue = make_queue()
        mentor, volunteer = make_agent(queue.team), make_colleague()
        make_grant(volunteer, queue, is_reviewed=True, mentors=[mentor])
        ticket = make_ticket(queue)

        message = make_reply(ticket, fresh(volunteer), at=AT + MINUTE)
        assert clocks(ticket)["first_response", 1] == "running"
        replying.approve(message=Message.objects.get(pk=message.pk), by=fresh(mentor), at=AT + HOUR)

        assert Clock.objects.get(ticket=ticket, metric="first_response").stopped_at == AT + HOUR

    def test_mail_of_a_stranger_is_promised_no_answer(self) -> None:
        ticket = make_ticket()
        make_reply(ticket, make_agent(ticket.queue.team))
        facts = replying.MailFacts()

        make_requester_message(ticket, at=AT + HOUR, author=make_requester(), mail=facts)

        assert ("next_response", 1) not in clocks(ticket)

    def test_an_event_that_comes_late_is_put_where_it_belongs(self) -> None:
        """Mail counts as of its arrival, a held reply as of when it was sent off, whenever they are recorded."""
        ticket = make_ticket()
        agent = make_agent(ticket.queue.team)
        changing.change_priority(ticket=ticket, to=Priority.LOW, by=make_admin(), at=AT + 5 * HOUR)
        assert Clock.objects.get(ticket=ticket, metric="first_response").breached_at == AT + 4 * HOUR

        make_reply(ticket, agent, at=AT + 3 * HOUR)

        clock = Clock.objects.get(ticket=ticket, metric="first_response")
        assert (clock.state, clock.stopped_at, clock.breached_at) == ("met", AT + 3 * HOUR, None)
        assert Ticket.objects.get(pk=ticket.pk).breached_at is None
        assert_replays(ticket)

    def test_mail_that_came_before_the_solution_and_was_read_after_it_reopens(self) -> None:
        ticket = make_ticket()
        agent = make_agent(ticket.queue.team)
        make_reply(ticket, agent, at=AT + HOUR)
        changing.change_status(ticket=ticket, to="solved", by=agent, at=AT + 3 * HOUR)

        make_requester_message(ticket, at=AT + 2 * HOUR)

        assert Clock.objects.get(ticket=ticket, metric="next_response").started_at == AT + 2 * HOUR
        assert set(clocks(ticket).values()) == {"met", "running"}
        standing = queries.standing_of(ticket.pk)
        assert standing is not None and standing.status == Ticket.objects.get(pk=ticket.pk).status == "open"
        assert_replays(ticket)

    def test_an_error_takes_the_action_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ticket = make_ticket()
        agent = make_agent(ticket.queue.team)

        def fail(*args: Any, **kwargs: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(folding.course, "step", fail)
        with pytest.raises(ZeroDivisionError):
            make_reply(ticket, agent)

        assert not Message.objects.filter(ticket=ticket, is_from_requester=False).exists()

    def test_a_note_costs_nothing(self) -> None:
        ticket = make_ticket()
        agent = make_agent(ticket.queue.team)

        with CaptureQueriesContext(connection) as captured:
            make_note(ticket, agent)
            assigning.assign_me(ticket=ticket, by=agent, at=AT)

        assert [each["sql"] for each in captured if is_ours(each["sql"])] == []

    def test_what_a_reply_costs(self) -> None:
        ticket = make_ticket()
        agent = make_agent(ticket.queue.team)

        with CaptureQueriesContext(connection) as captured:
            make_reply(ticket, agent, at=AT + MINUTE)

        ours = [each["sql"] for each in captured if is_ours(each["sql"])]
        # Both are read, the stopped clock and where the course stands are written.
        assert len(ours) == 4

    def test_a_promise_is_not_overwritten_by_the_rest_of_the_action(self) -> None:
        """Actions save the whole row, and record afterwards: the facts in memory must be those in the database."""
        ticket = make_ticket()

        ticket.save()

        assert facts_of(ticket)[2] == AT + 4 * HOUR


def test_the_first_policy_that_fits_is_the_tickets(office: Any) -> None:
    usual, quick = keeping.USUAL_TARGETS, {Priority.NORMAL: {"first_response": 600}}
    keeping.make_policy(name="Reszta", calendar=office, targets=usual, is_default=True, at=AT)
    keeping.make_policy(name="VIP", calendar=office, targets=quick, conditions="tag:vip", position=2, at=AT)
    ticket = make_ticket()
    assert facts_of(ticket)[2] == AT + 4 * HOUR

    tagging.add_tags(ticket=ticket, tags=["vip"], by=make_admin(), at=AT + MINUTE)

    assert facts_of(ticket)[2] == AT + 10 * MINUTE
    # The policy promises no solution: its clock runs on without a target.
    assert Clock.objects.get(ticket=ticket, metric="resolution").target_s is None
    assert_replays(ticket)


def test_conditions_that_cannot_be_read_any_more_fit_nothing(office: Any) -> None:
    queue = make_queue(slug="sklepy")
    keeping.make_policy(name="Reszta", calendar=office, targets=keeping.USUAL_TARGETS, is_default=True, at=AT)
    shops = {Priority.NORMAL: {"first_response": 600}}
    policy = keeping.make_policy(name="Sklepy", calendar=office, targets=shops, conditions="queue:sklepy", at=AT)
    policy.conditions = "queue:nieznana"
    policy.save()

    assert facts_of(make_ticket(queue))[2] == AT + 4 * HOUR


def test_of_many_policies_the_first_that_fits_is_found_by_one_statement(office: Any) -> None:
    """Whatever conditions hold: own words, a moment, a negation, what nobody can read any more."""
    shops, ewa = make_queue(slug="sklepy"), make_requester(name="Ewa")
    keeping.make_policy(name="Reszta", calendar=office, targets=keeping.USUAL_TARGETS, is_default=True, at=AT)
    asked = ("channel:phone -queue:sklepy", "created:>2026-03-10", "queue:sklepy subject:kasa", "drukarka", "from:ewa")
    for place, conditions in enumerate(asked, 1):
        targets = {priority: {"first_response": place * 60} for priority in Priority.values}
        keeping.make_policy(name=conditions, calendar=office, targets=targets, conditions=conditions, at=AT)
    broken = keeping.make_policy(
        name="Zerwane", calendar=office, targets=keeping.USUAL_TARGETS, conditions="tag:x", position=0, at=AT
    )
    broken.conditions = "queue:nieznana"
    broken.save()

    def promised(**ticket: Any) -> timedelta:
        with CaptureQueriesContext(connection) as sent:
            due_at = facts_of(make_ticket(**ticket))[2]
        assert len([each for each in sent if "EXISTS" in each["sql"] and "CASE WHEN" in each["sql"]]) == 1
        return due_at - ticket.get("at", AT)

    for _again in range(2):
        assert promised(channel="phone") == MINUTE
        assert promised(channel="phone", queue=shops) == 4 * HOUR
        assert promised(at=AT + 2 * DAY) == 2 * MINUTE
        assert promised(queue=shops, subject="Kasa stoi") == 3 * MINUTE
        assert promised(subject="Kasa stoi") == 4 * HOUR
        assert promised(subject="Drukarki stoją") == 4 * MINUTE
        assert promised(requester=ewa) == 5 * MINUTE
