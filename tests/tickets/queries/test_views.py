"""Saved searches: what they hold for whom, in which order, and how many that is."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from helpdesk.lib.time_limit import TooSlow, time_limit
from tests.factories import (
    AT,
    HOUR,
    SECOND,
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
)
from tickets.actions import removing, snoozing, tagging
from tickets.actions.facts import store_promise
from tickets.models import CustomField, Message, Priority, Status, Ticket, View, ViewOrder
from tickets.queries import exporting, sidebar, views
from tickets.queries.queue import Filters, queue_page
from tickets.queries.searching.writing import as_saved
from tickets.queries.sidebar import KEPT_S

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue(make_team())


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch):
    """A machine that is busy for a moment counts all the same."""
    monkeypatch.setattr(views, "QUICK_MS", 10_000)


def beside(person) -> list[View]:
    return sidebar.counts(fresh(person), AT).views


def make_view(owner, query="is:unsolved", **fields) -> View:
    return View.objects.create(owner=owner, query=query, **{"name": "W", **fields})


def held(user, query, sort="newest", at=AT, size=50) -> list[int]:
    """Every ticket of the view, page by page."""
    found, cursor = [], None
    while True:
        page = views.page_of(views.read(query), sort, fresh(user), at=at, cursor=cursor, size=size)
        found += [ticket.pk for ticket in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            return found


def number(user, query, at=AT, **more) -> int | None:
    view = View(pk=1, query=query)
    return views.numbers([view], fresh(user), at, **more)[1].value


# Whose


def test_everybody_sees_their_own_their_teams_and_everybodys(queue, agent):
    other = make_team()
    lead = make_lead(other)
    own, foreign = make_view(agent), make_view(lead)
    team, others = make_view(lead, team=queue.team), make_view(lead, team=other)
    everybody = make_view(lead, is_for_everybody=True)
    make_view(agent, removed_at=AT)

    assert set(View.objects.visible_to(agent)) == {own, team, everybody}
    assert set(View.objects.visible_to(make_colleague())) == {everybody}
    assert set(View.objects.visible_to(make_admin())) == {team, others, everybody}
    assert foreign in View.objects.visible_to(lead)
    assert not View.objects.visible_to(make_requester()).exists()


def test_a_team_view_is_gone_with_the_membership_even_for_its_owner(queue):
    lead = make_lead(queue.team)
    view = make_view(lead, team=queue.team)
    assert view in View.objects.visible_to(lead)

    lead.memberships.all().delete()

    assert view not in View.objects.visible_to(lead)


def test_those_never_moved_stand_behind_everybodys_first(queue, agent):
    own, team, everybody = make_view(agent), make_view(agent, team=queue.team), make_view(agent, is_for_everybody=True)

    assert beside(agent) == [everybody, team, own]

    ViewOrder.objects.create(person=agent, views=[own.pk])

    assert beside(agent) == [own, everybody, team]


# What


def test_a_view_widens_nothing(queue, agent):
    inside, outside = make_ticket(queue), make_ticket()
    phone = make_ticket(queue, channel="phone")
    colleague = make_colleague()
    make_grant(colleague, queue)

    for sort in View.Sort.values:
        assert set(held(make_admin(), "is:unsolved", sort)) == {inside.pk, outside.pk, phone.pk}
        assert set(held(agent, "is:unsolved", sort)) == {inside.pk, phone.pk}
        assert held(colleague, "is:unsolved", sort) == [inside.pk]
    assert [number(each, "is:unsolved") for each in (make_admin(), agent, colleague)] == [3, 2, 1]


def test_the_order_is_the_views_on_every_page_and_in_the_file(queue, agent):
    lead = make_lead(queue.team)
    late, soon, plain = make_ticket(queue), make_ticket(queue), make_ticket(queue)
    solved, older = make_ticket(queue, status=Status.SOLVED), make_ticket(queue, status=Status.SOLVED)
    store_promise(late.pk, due_at=AT + 5 * HOUR, sla_state="running")
    store_promise(soon.pk, due_at=AT + HOUR, sla_state="running")
    numbers = [late.pk, soon.pk, plain.pk, solved.pk, older.pk]
    wanted = {
        "newest": sorted(numbers, reverse=True),
        "oldest": sorted(numbers),
        "due": [soon.pk, late.pk, plain.pk, older.pk, solved.pk],
    }

    for sort, order in wanted.items():
        for size in (1, 2, 3, 4, 50):
            assert held(agent, "-is:spam", sort, size=size) == order
        assert list(exporting.of_view(make_view(lead, "-is:spam", sort=sort), fresh(lead), AT)) == order


@pytest.mark.parametrize(
    "filters",
    [
        *({"view": view} for view in ("all", "mine", "nobody", "at_risk", "overdue", "waiting", "snoozed", "solved")),
        {"status": "waiting"},
        {"status": "solved"},
        {"priority": Priority.URGENT},
        {"channel": "phone", "assignee": "nobody"},
        {"view": "nobody", "priority": Priority.URGENT},
    ],
)
def test_a_list_of_the_queue_is_saved_as_what_it_holds(filters, queue, agent):
    make_ticket(queue, assignee=agent)
    make_ticket(queue, channel="phone", priority=Priority.URGENT)
    make_ticket(queue, status=Status.WAITING)
    make_ticket(queue, status=Status.SOLVED)
    store_promise(make_ticket(queue).pk, due_at=AT + HOUR, sla_state="running")
    store_promise(make_ticket(queue).pk, due_at=AT - HOUR, sla_state="running")
    snoozing.snooze(ticket=make_ticket(queue), until=AT + HOUR, reason="Urlop", by=fresh(agent), at=AT)
    removing.remove(ticket=make_ticket(queue), removed_as="spam", by=fresh(agent), at=AT)
    filters = Filters(**filters)

    listed = [ticket.pk for ticket in queue_page(fresh(agent), filters, at=AT).rows]

    assert listed
    assert set(held(agent, as_saved(filters))) == set(listed)
    if filters.view not in ("solved", "snoozed") and filters.status != "solved":
        assert held(agent, as_saved(filters), "due") == listed


def test_what_is_not_said_word_for_word_is_not_in_it(queue, agent):
    ticket = make_ticket(queue, subject="Faktura korygująca")

    assert held(agent, "faktury") == [ticket.pk]
    assert held(agent, "fakktura") == []
    assert number(agent, "fakktura") == 0
    assert list(exporting.of_search("fakktura", make_admin(), AT)) == [ticket.pk]  # as the page of the search shows it


def test_tags_that_nobody_has_are_named(queue, agent):
    tagging.add_tags(ticket=make_ticket(queue), tags=["zwrot"], by=fresh(agent), at=AT)

    assert views.unknown_tags(views.read("tag:zwrot,Zniknęła -tag:spam tag:none"), fresh(agent), AT) == [
        "spam",
        "zniknęła",
    ]
    assert views.unknown_tags(views.read("is:unsolved"), agent, AT) == []


# How many


def test_what_is_wrong_stands_in_its_place_and_nowhere_else(queue, agent):
    make_ticket(queue)
    CustomField.objects.create(key="kwota", label="Kwota", type="number")
    texts = ["kwota:>1", "queue:nigdzie", "is:unsolved", "status:"]
    saved = [make_view(agent, text) for text in texts]
    assert views.numbers(saved[:1], agent, AT)[saved[0].pk].value == 0
    CustomField.objects.all().delete()
    cache.clear()

    found = [views.numbers(saved, fresh(agent), AT)[each.pk] for each in saved]

    assert [each.value for each in found] == [None, None, 1, None]
    assert [bool(each.problem) for each in found] == [True, True, False, True]
    assert "nigdzie" in found[1].problem


def test_counting_stops_at_ten_thousand(queue, agent):
    row = {"queue": queue, "requester": make_requester(), "channel": "web", "opened_at": AT, "updated_at": AT}
    Ticket.objects.bulk_create(Ticket(**row) for _each in range(9_999))

    assert number(agent, "is:unsolved") == 9_999

    Ticket.objects.bulk_create(Ticket(**row) for _each in range(7))
    cache.clear()
    with CaptureQueriesContext(connection) as sent:
        assert number(agent, "is:unsolved") == 10_000
    assert any("LIMIT 10000" in each["sql"] for each in sent)


def test_a_number_is_kept_for_a_scope_and_never_longer(queue):
    one, two = make_agent(queue.team), make_agent(queue.team)
    make_ticket(queue)
    assert number(one, "is:unsolved") == 1
    make_ticket(queue)

    with CaptureQueriesContext(connection) as sent:
        assert number(two, "is:unsolved", AT + (KEPT_S - 1) * SECOND) == 1
    assert not any("count(*)" in each["sql"] for each in sent)
    assert number(two, "is:unsolved", AT + KEPT_S * SECOND) == 2
    assert number(make_admin(), "is:unsolved") == 2


def test_me_is_somebody_else_for_each_and_so_is_today(queue):
    one, two = make_agent(queue.team), make_agent(queue.team)
    make_ticket(queue, assignee=one)
    far = make_agent(queue.team, time_zone="Pacific/Auckland")
    yesterday = AT - timedelta(hours=9)  # 23:00 in Warsaw, today's noon in Auckland
    make_ticket(queue, at=yesterday)

    for query in ("assignee:me", "is:mine", "assignee:ja status:open,new"):
        assert (number(one, query), number(two, query)) == (1, 0)
    assert (number(one, "created:today"), number(far, "created:today")) == (1, 2)


def test_any_number_of_views_is_counted_by_the_same_statements(queue, agent):
    make_ticket(queue, subject="Faktura")
    texts = ["is:unsolved", "faktura", 'subject:"Faktura"', "tag:zwrot", "requester:anna", "assignee:me", "przesyłka"]
    one, many = [make_view(agent, texts[1])], [make_view(agent, text) for text in texts]

    with CaptureQueriesContext(connection) as first:
        views.numbers(one, fresh(agent), AT)
    cache.clear()
    with CaptureQueriesContext(connection) as second:
        found = views.numbers(many, fresh(agent), AT)

    assert [found[each.pk].value for each in many] == [1, 1, 1, 0, 0, 0, 0]
    extra = [each["sql"] for each in second if "tickets_tag" in each["sql"] and "count(*)" not in each["sql"]]
    assert len(second) - len(extra) == len(first)  # the names of tags are kept for the next ten seconds
    with CaptureQueriesContext(connection) as third:
        views.numbers(many, fresh(agent), AT)
    assert not any("count(*)" in each["sql"] for each in third)


def test_a_page_does_not_wait_for_what_is_slow_and_the_next_question_gets_it(queue, agent, monkeypatch):
    make_ticket(queue)
    monkeypatch.setattr(views, "QUICK_MS", 40)
    monkeypatch.setattr(views, "_COUNT", "(select count(*) from ({}) found, pg_sleep(0.06))")

    assert number(agent, "is:unsolved") is None
    assert number(agent, "is:unsolved") is None
    assert number(agent, "is:unsolved", is_patient=True) == 1
    assert number(agent, "is:unsolved") == 1


def test_a_limit_of_time_leaves_the_connection_whole():
    with pytest.raises(TooSlow), time_limit(20), connection.cursor() as cursor:
        cursor.execute("select pg_sleep(1)")

    with connection.cursor() as cursor:
        cursor.execute("show statement_timeout")
        assert cursor.fetchone() == ("0",)
    with time_limit(5000), connection.cursor() as cursor:
        cursor.execute("show statement_timeout")
        assert cursor.fetchone() == ("5s",)
    assert not Message.objects.exists()
