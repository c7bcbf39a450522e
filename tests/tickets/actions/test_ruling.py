"""Rules: when they fire, on what, that they end, and that nothing is lost or done twice."""

import threading

import pytest
from django.core.cache import cache
from django.db import DataError, OperationalError, connection, transaction

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_admin,
    make_agent,
    make_queue,
    make_reply,
    make_requester_message,
    make_ticket,
)
from tickets import access
from tickets.actions import changing, keeping_rules, ruling, tagging
from tickets.models import Event, Kind, Rule, RuleCursor, RuleFiring, Status, Ticket
from tickets.searching import QueryError
from tickets.views.timeline import Names, timeline

pytestmark = pytest.mark.django_db(transaction=True)
"""Events are read once their transaction is over, so there must be such transactions."""

TAG = [{"property": "add_tags", "to": ["auto"]}]


@pytest.fixture
def queue():
    return make_queue(slug="zwroty")


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


@pytest.fixture(autouse=True)
def _from_now_on():
    ruling.run_events(at=AT)


def rule(trigger="opened", conditions="", changes=TAG, **more):
    made = Rule(name=more.pop("name", "Etykieta"), trigger=trigger, conditions=conditions, is_active=True, **more)
    return keeping_rules.save(rule=made, changes=changes, by=make_admin(), at=AT)


def run(at=AT):
    """Read on to the newest event: transactions of other test processes hold the feed back for a while."""
    is_behind = True
    while is_behind:
        ruling.run_events(at=at)
        reached = RuleCursor.objects.values_list("xid", "event").get()
        is_behind = Event.objects.order_by("xid", "id").values_list("xid", "id").last() != reached


def tags(ticket):
    return Ticket.objects.get(pk=ticket.pk).tags


def test_a_rule_fires_on_what_fits_and_says_why(queue):
    made = rule(conditions="queue:zwroty zwrot")
    fits = make_ticket(queue, subject="Zwrot roweru")
    others = [make_ticket(queue, subject="Inne"), make_ticket(subject="Zwrot gdzie indziej")]

    run()
    run()

    assert [tags(each) for each in (fits, *others)] == [["auto"], [], []]
    firing = RuleFiring.objects.get()
    assert (firing.ticket, firing.event.kind, firing.done) == (fits, Kind.OPENED, [{"change": TAG[0]}])
    assert firing.why["conditions"] == "queue:zwroty zwrot"
    event = Event.objects.filter(ticket=fits).latest("id")
    assert (event.actor, event.data["rule"]["name"]) == (None, "Etykieta")
    names = Names(reader=make_admin(), requester_id=0, people={}, queues={})
    assert timeline([], [event], names, at=AT)[-1].sentence.startswith("The rule “Etykieta” tagged it")
    assert made.made_by is not None


@pytest.mark.parametrize(
    ("trigger", "act"),
    [
        ("requester_wrote", lambda ticket, agent: make_requester_message(ticket)),
        ("replied", lambda ticket, agent: make_reply(ticket, agent)),
        ("changed", lambda ticket, agent: changing.change_priority(ticket=ticket, to=4, by=agent, at=AT)),
    ],
)
def test_every_trigger_waits_for_its_own(queue, agent, trigger, act):
    rule(trigger)
    ticket = make_ticket(queue)
    run()
    assert tags(ticket) == []

    act(ticket, agent)
    run()

    assert tags(ticket) == ["auto"]


def test_nobody_may_do_everything_a_rule_can(queue, agent):
    person = make_agent(queue.team)
    other = make_queue(queue.team)
    rule(
        changes=[
            {"property": "priority", "to": 4},
            {"property": "queue", "to": other.pk},
            {"property": "assignee", "to": person.pk},
            {"property": "subject", "to": "Z reguły"},
            {"property": "snooze", "to": 60, "reason": "poczeka"},
            {"property": "status", "to": "open"},
            {"property": "status", "to": "new"},
        ]
    )
    ticket = make_ticket(queue)

    run()

    ticket.refresh_from_db()
    assert (ticket.priority, ticket.queue, ticket.assignee, ticket.subject) == (4, other, person, "Z reguły")
    assert (ticket.status, ticket.snoozed_until) == (Status.OPEN, AT + HOUR)
    done = RuleFiring.objects.get().done
    assert ["refused" in each for each in done] == [False] * 6 + [True]


def test_rules_go_in_their_order_and_one_that_stops_is_the_last(queue):
    rule(name="a", changes=[{"property": "priority", "to": 4}])
    second = rule(name="b", conditions="priority:urgent", stops=True)
    third = rule(name="c", changes=[{"property": "add_tags", "to": ["trzecia"]}])
    ticket = make_ticket(queue)
    run()
    assert tags(ticket) == ["auto"]

    keeping_rules.move(rule=third, by=make_admin(), is_up=True, at=AT)
    ticket = make_ticket(queue)
    run()

    assert tags(ticket) == ["auto", "trzecia"]
    assert [each.name for each in Rule.objects.all()] == ["a", "c", "b"]
    assert second.stops


def test_two_rules_that_answer_each_other_end(queue, agent):
    up = rule("changed", "priority:low", [{"property": "priority", "to": 4}], name="w górę")
    down = rule("changed", "priority:urgent", [{"property": "priority", "to": 1}], name="w dół")
    ticket = make_ticket(queue)

    changing.change_priority(ticket=ticket, to=4, by=agent, at=AT)
    run()

    assert list(RuleFiring.objects.order_by("id").values_list("rule__name", flat=True)) == ["w dół", "w górę"]
    last = Event.objects.filter(ticket=ticket).latest("id")
    assert last.data["rule"]["chain"] == [down.pk, up.pk]


def test_a_rule_that_fires_too_often_pauses_itself(queue, agent):
    made = rule("changed", changes=[{"property": "tags", "to": ["stała"]}])
    ticket = make_ticket(queue)
    for number in range(7):
        tagging.add_tags(ticket=ticket, tags=[f"t{number}"], by=agent, at=AT + number * MINUTE)
        run(AT + number * MINUTE)

    made.refresh_from_db()
    assert made.paused_because == f"It fired 5 times within an hour on #{ticket.pk}."
    assert RuleFiring.objects.count() == 5
    assert tags(ticket) == ["stała", "t5", "t6"]


def test_conditions_that_lost_their_meaning_pause_the_rule(queue):
    made = rule(conditions="queue:zwroty")
    queue.slug, queue.name = "inne", "Inne"
    queue.save()
    cache.clear()
    make_ticket(queue)

    run()

    made.refresh_from_db()
    assert "zwroty" in made.paused_because


@pytest.mark.parametrize(
    "fails", [DataError("out of range"), OverflowError("date value out of range"), KeyError("field")]
)
def test_conditions_that_cannot_be_asked_pause_their_rule_and_no_other(queue, monkeypatch, fails):
    broken = [rule(conditions="tag:zly"), rule("time", conditions="tag:zly", after_minutes=5)]
    rule(name="b", changes=[{"property": "priority", "to": 4}])
    fitting = ruling.fitting

    def fits(conditions, at, **more):
        if conditions == "tag:zly":
            raise fails
        return fitting(conditions, at, **more)

    monkeypatch.setattr(ruling, "fitting", fits)
    ticket = make_ticket(queue)

    run()
    ruling.run_time(at=AT + HOUR)

    assert Ticket.objects.get(pk=ticket.pk).priority == 4
    for each in broken:
        each.refresh_from_db()
        assert each.paused_because == "Its conditions cannot be asked. Change them, then switch it on again."


def test_a_server_that_goes_away_pauses_no_rule(queue, monkeypatch):
    made = rule()
    make_ticket(queue)

    def goes_away(*args, **kwargs):
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patched:
        patched.setattr(ruling, "fitting", goes_away)
        with pytest.raises(OperationalError):
            run()

    run()
    made.refresh_from_db()
    assert (made.paused_because, RuleFiring.objects.count()) == ("", 1)


def test_a_rule_of_time_fires_once_until_something_changes(queue, agent):
    rule("time", "status:waiting", [{"property": "priority", "to": 4}], after_minutes=60)
    ticket = make_ticket(queue, status=Status.WAITING)
    solved = make_ticket(queue, status=Status.SOLVED)

    assert ruling.run_time(at=AT + 59 * MINUTE) == 0
    assert ruling.run_time(at=AT + 61 * MINUTE) == 1
    assert ruling.run_time(at=AT + 300 * MINUTE) == 0
    tagging.add_tags(ticket=ticket, tags=["x"], by=agent, at=AT + 301 * MINUTE)
    assert ruling.run_time(at=AT + 302 * MINUTE) == 0
    assert ruling.run_time(at=AT + 361 * MINUTE) == 1

    assert Ticket.objects.get(pk=solved.pk).priority == 2


def test_an_open_transaction_is_waited_for_and_not_passed_over(queue):
    rule()
    slow, fast = [], []
    started, ended = threading.Event(), threading.Event()

    def write_slowly():
        with transaction.atomic():
            slow.append(make_ticket(queue))
            started.set()
            ended.wait(20)
        connection.close()

    thread = threading.Thread(target=write_slowly)
    thread.start()
    started.wait(20)
    fast.append(make_ticket(queue))
    ruling.run_events(at=AT)
    assert tags(fast[0]) == []
    ended.set()
    thread.join()

    run()

    assert [tags(each) for each in (*slow, *fast)] == [["auto"], ["auto"]]


def test_workers_at_once_and_one_that_dies_fire_each_rule_once(queue, monkeypatch):
    rule()
    tickets = [make_ticket(queue) for _each in range(6)]
    carry_out, calls = ruling.carry_out, []

    class Died(BaseException):
        pass

    def dies_once(*args, **kwargs):
        calls.append(1)
        carried = carry_out(*args, **kwargs)
        if len(calls) == 2:
            raise Died
        return carried

    monkeypatch.setattr(ruling, "carry_out", dies_once)
    with pytest.raises(Died):
        run()
    barrier = threading.Barrier(3)

    def work():
        try:
            barrier.wait()
            run()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _each in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run()

    assert [tags(each) for each in tickets] == [["auto"]] * 6
    assert sorted(RuleFiring.objects.values_list("ticket", flat=True)) == [each.pk for each in tickets]


def test_what_is_wrong_is_refused(queue, agent):
    for trigger, conditions, changes, error in (
        ("opened", "", [], keeping_rules.ChangesNothing),
        ("opened", "", [{"property": "assignee", "to": "me"}], keeping_rules.WrongRule),
        ("time", "", TAG, keeping_rules.NoTime),
        ("opened", "status:(", TAG, QueryError),
        ("opened", "queue:nie-ma", TAG, QueryError),
    ):
        with pytest.raises(error):
            rule(trigger, conditions, changes)
    assert not access.can_manage_rules(agent)
    assert not Rule.objects.exists()
