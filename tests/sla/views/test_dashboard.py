"""The dashboard: its sentence, its causes, who sees which teams, the list and the file behind it, and what it costs."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sla.actions import keeping, looking_ahead, tallying
from sla.models import Outlook, Policy, SweepRun
from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_admin,
    make_agent,
    make_lead,
    make_queue,
    make_reply,
    make_team,
    make_ticket,
)
from tests.sla.actions.test_folding import OFFICE
from tests.sla.test_looking_ahead import at_work, due
from tests.tickets.views.conftest import HTMX, shown, statements
from tickets.actions import linking
from tickets.actions.facts import store_work_order
from tickets.models import Queue, Team, User

pytestmark = pytest.mark.django_db
WEEK = timedelta(weeks=1)


@pytest.fixture
def own_team(db: None, clock: Any) -> Team:
    return make_team("Shop team")


@pytest.fixture
def queue(own_team: Team) -> Queue:
    office = keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, at=AT - 9 * WEEK)
    keeping.make_policy(
        name="Podstawowe", calendar=office, targets=keeping.USUAL_TARGETS, is_default=True, at=AT - 9 * WEEK
    )
    found = make_queue(own_team, name="Shops")
    store_work_order(found.pk, work_order="due", handling_s=600)
    return found


@pytest.fixture
def boss(own_team: Team, queue: Queue) -> Client:
    return browser_of(make_lead(own_team, name="Lena Łoś", language="en"))


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def overload(queue: Queue, count: int = 8) -> User:
    agent = at_work(make_agent(queue.team, name="Zofia Maj", email="zofia@bursztyn.example"))
    for number in range(count):
        due(queue, AT + HOUR + number * MINUTE)
    return agent


def last_week(queue: Queue, count: int = 3) -> None:
    agent = make_agent(queue.team)
    for number in range(count):
        ticket = make_ticket(queue, at=AT - WEEK, subject=f"Paczka {number}")
        make_reply(ticket, agent, at=AT - WEEK + (5 if number == 0 else 1) * HOUR)


def test_the_sentence_its_arithmetic_and_what_it_costs_to_work_so(boss: Client, queue: Queue) -> None:
    overload(queue)
    looking_ahead.look_ahead(at=AT)

    page = shown(boss.get("/dashboard/"))

    assert "At least 2 promises will break by 9:07" in page
    assert "promises due by 9:07: 8; people at work until then: 1, together 1.1 h." in page
    assert "8 take 10.0 min each" in page
    assert "That is enough for 6 at most, the shortest first: 8 − 6 = 2." in page
    assert "Take next goes first to what can still be kept" in page


def test_where_all_can_be_kept_it_says_so(boss: Client, queue: Queue) -> None:
    overload(queue, count=2)

    page = shown(boss.get("/dashboard/"))

    assert "Everything that is due by tomorrow 8:00 can still be kept." in page
    assert "Take next goes" not in page


def test_a_cause_leads_to_its_tickets(boss: Client, queue: Queue) -> None:
    agent = overload(queue)
    for _each in range(8):
        due(queue, AT + HOUR, assignee=agent, subject="In hand")

    page = shown(boss.get("/dashboard/"))

    assert "Zofia Maj has too much in hand" in page
    behind = [
        shown(boss.get(f"/dashboard/tickets/?of=cause&{each}"))
        for each in dict.fromkeys(re.findall(r"of=cause&amp;(key=[a-z0-9-]+)", page))
    ]
    assert len(behind) == 2
    assert all("as of 8:00:00; the dashboard counted at 8:00:00" in each for each in behind)
    assert "the dashboard counted" not in shown(boss.get("/dashboard/tickets/?of=came"))
    assert "Zofia Maj has too much in hand" in behind[0] and "8 tickets" in behind[0] and "In hand" in behind[0]
    assert "Nobody has taken them" in behind[1] and "8 tickets" in behind[1] and "In hand" not in behind[1]


def test_what_is_done_about_a_cause_begins_with_exactly_its_tickets(boss: Client, queue: Queue) -> None:
    """Also where another list would hold more: what waits on a problem is at risk on that channel too."""
    at_work(make_agent(queue.team), "10-16")
    apart = [due(queue, AT + HOUR, channel="chat", subject="Czat") for _each in range(2)]
    problem = make_ticket(queue, subject="Puste faktury")
    linked = [due(queue, AT + HOUR, channel="chat", subject="Pusta") for _each in range(3)]
    for ticket in linked:
        linking.link(ticket=ticket, other=problem, relation="duplicate_of", by=make_admin(), at=AT)
    due(queue, AT + 3 * HOUR, channel="chat", subject="Zdążą")
    looking_ahead.look_ahead(at=AT)

    page = shown(boss.get("/dashboard/"))

    assert "Known problem: Puste faktury" in page and "3 unsolved tickets are linked to it" in page
    assert f'href="/tickets/{problem.pk}/"' in page and f"Open #{problem.pk}" in page
    share_out = re.search(r'class="btn" data-size="s" href="([^"]+)" aria-label="Share out', page)
    assert share_out
    found = boss.get(html.unescape(share_out[1]))
    assert {each.pk for each in found.context["rows"]} == {ticket.pk for ticket in apart}
    ticked = re.findall(r'name="ticket" value="(\d+)"', shown(found))
    assert {int(each) for each in ticked} == {ticket.pk for ticket in apart}
    bulk = boss.post("/bulk/new/", {"ticket": ticked, "first": "assignee"})
    assert bulk.status_code == 200 and bulk.context["count"] == 2
    waiting = boss.get(f"/dashboard/tickets/?of=cause&key=problem-{problem.pk}")
    assert {each.pk for each in waiting.context["rows"]} == {ticket.pk for ticket in linked}


@pytest.mark.parametrize("is_written", [True, False])
def test_of_a_problem_in_another_team_no_more_is_said_than_that(boss: Client, queue: Queue, is_written: bool) -> None:
    problem = make_ticket(make_queue(make_team()), subject="Tajne")
    for _each in range(2):
        ticket = due(queue, AT + HOUR)
        linking.link(ticket=ticket, other=problem, relation="child_of", by=make_admin(), at=AT)
    if is_written:
        looking_ahead.look_ahead(at=AT)

    page = shown(boss.get("/dashboard/"))

    assert "A known problem of another team" in page and "2 unsolved tickets are linked to it" in page
    assert "Tajne" not in page and f"#{problem.pk}" not in page and f"/tickets/{problem.pk}/" not in page


def test_each_sees_the_figures_of_their_teams(boss: Client, queue: Queue) -> None:
    last_week(queue)
    overload(queue)
    agent = browser_of(make_agent(queue.team, language="en"))
    stranger = browser_of(make_agent(make_team(), language="en"))

    assert "At least 2 promises" in shown(agent.get("/dashboard/"))
    assert "What favours cost" not in shown(agent.get("/dashboard/"))
    elsewhere = shown(stranger.get("/dashboard/"))
    assert "At least" not in elsewhere and "No promise has been due yet." in elsewhere
    assert "Paczka 0" in shown(boss.get("/dashboard/promises/?by=kept"))
    assert "Paczka 0" not in shown(stranger.get("/dashboard/promises/?by=kept"))


def test_what_was_said_of_the_past_is_said_again_to_readers_of_the_same_teams_alone(boss: Client, queue: Queue) -> None:
    last_week(queue)
    other = make_queue(make_team(), name="Wholesale")
    tallying.count_all(at=AT)
    looking_ahead.look_ahead(at=AT)
    stranger = browser_of(make_lead(other.team, language="en"))
    second = browser_of(make_agent(queue.team, language="en"))
    polish = browser_of(make_lead(queue.team, language="pl"))
    admin = browser_of(make_admin(language="en"))

    for _turn in range(2):
        assert "Shops" in shown(boss.get("/dashboard/")) and "1 of 3 missed" in shown(boss.get("/dashboard/"))
        page = shown(stranger.get("/dashboard/"))
        assert "Shops" not in page and "of 3 missed" not in page and "No promise has been due yet." in page
        assert "1 of 3 missed" in shown(second.get("/dashboard/"))
        assert "1 of 3 missed" not in (page := shown(polish.get("/dashboard/"))) and "Shops" in page
        assert "1 of 3 missed" in shown(admin.get("/dashboard/"))

    Queue.objects.filter(pk=queue.pk).update(name="Shops and stores")
    Policy.objects.update(name="Wszyscy")
    page = shown(boss.get("/dashboard/"))
    assert "Shops and stores" in page and "Wszyscy" in page and "Podstawowe" not in page

    queue.team.members.remove(User.objects.get(pk=second.session["_auth_user_id"]))
    assert "1 of 3 missed" not in shown(second.get("/dashboard/"))


def test_where_nothing_is_written_each_still_sees_their_teams_alone(boss: Client, queue: Queue) -> None:
    last_week(queue)
    overload(queue)
    other = make_queue(make_team(), name="Wholesale")
    stranger = browser_of(make_lead(other.team, language="en"))

    for _turn in range(2):
        page = shown(boss.get("/dashboard/"))
        assert "At least 2 promises" in page and "1 of 3 missed" in page
        page = shown(stranger.get("/dashboard/"))
        assert "At least" not in page and "of 3 missed" not in page and "Nothing is due within four hours." in page

    late = make_queue(make_team(), name="Later")
    assert "Nothing is due" in shown(browser_of(make_lead(late.team, language="en")).get("/dashboard/"))


def test_a_count_made_for_the_page_is_no_older_than_a_minute(boss: Client, queue: Queue, clock: Any) -> None:
    overload(queue, count=1)
    assert "can still be kept" in shown(boss.get("/dashboard/"))
    for number in range(1, 8):
        due(queue, AT + HOUR + number * MINUTE)

    clock.advance(minutes=1)

    assert "At least 2 promises" in shown(boss.get("/dashboard/"))


def test_numbers_lead_to_what_broke(boss: Client, queue: Queue) -> None:
    last_week(queue)
    tallying.count_all(at=AT)

    page = shown(boss.get("/dashboard/"))
    by_hour = shown(boss.get("/dashboard/promises/?by=hour&key=1-12"))

    assert "/dashboard/promises/?by=hour&amp;key=1-12" in page
    assert "Mon 12:00, 1 of 3 missed" in page
    assert "Paczka 0" in by_hour and "Paczka 1" not in by_hour


@pytest.mark.parametrize(
    "asked", ["by=person", "by=queue&key=x", "by=hour&key=9-99", "by=kept&week=x", "by=hour&key=%27"]
)
def test_what_is_no_number_of_the_dashboard_is_not_found(boss: Client, queue: Queue, asked: str) -> None:
    assert boss.get(f"/dashboard/promises/?{asked}").status_code == 404


def test_it_says_that_the_sweep_is_late_and_is_right_all_the_same(boss: Client, queue: Queue) -> None:
    looking_ahead.look_ahead(at=AT - 6 * HOUR)
    SweepRun.objects.create(started_at=AT - 6 * HOUR)
    overload(queue)

    page = shown(boss.get("/dashboard/"))

    assert "The check for broken promises is late" in page
    assert "At least 2 promises will break" in page
    SweepRun.objects.create(started_at=AT - MINUTE)
    assert "is late: it ran" not in shown(boss.get("/dashboard/"))


NEVER_SWEPT = "The check for broken promises has never run here"


def test_it_says_that_nobody_ever_looked_for_broken_promises(boss: Client, queue: Queue) -> None:
    make_ticket(queue, at=AT - 72 * HOUR)

    assert NEVER_SWEPT in shown(boss.get("/dashboard/"))
    SweepRun.objects.create(started_at=AT - MINUTE)
    assert NEVER_SWEPT not in shown(boss.get("/dashboard/"))


def test_a_desk_without_a_broken_promise_needs_no_sweep_yet(boss: Client, queue: Queue) -> None:
    make_ticket(queue, at=AT - HOUR)

    assert NEVER_SWEPT not in shown(boss.get("/dashboard/"))


def test_it_is_renewed_in_place(boss: Client, queue: Queue) -> None:
    overload(queue)

    page = shown(boss.get("/dashboard/?part=ahead", **HTMX))

    assert "At least 2 promises" in page and 'hx-swap-oob="true"' in page
    assert "<html" not in page


def test_the_file_has_the_weeks(boss: Client, queue: Queue) -> None:
    last_week(queue)

    answer = boss.post("/dashboard/file/")

    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert "dyzur-dashboard-2026-01-12_2026-03-09.csv" in answer["Content-Disposition"]
    assert ["2026-03-02", "Came", "", "3", "", ""] in rows
    assert any(row[1:] == ["By queue", "Shops", "6", "2", ""] for row in rows)


def test_it_costs_the_same_whatever_there_is(boss: Client, queue: Queue) -> None:
    overload(queue, count=8)
    due(queue, AT + HOUR, assignee=make_agent(queue.team))
    last_week(queue, count=1)
    looking_ahead.look_ahead(at=AT)
    tallying.count_all(at=AT)
    boss.get("/dashboard/")
    with statements() as few:
        boss.get("/dashboard/")
    for _each in range(2):
        due(queue, AT + HOUR, assignee=make_agent(queue.team))
    last_week(queue, count=3)
    looking_ahead.look_ahead(at=AT)
    tallying.count_all(at=AT)
    boss.get("/dashboard/")

    with statements() as many:
        boss.get("/dashboard/")

    assert len(many) <= len(few)


def test_the_weekly_report_of_any_week(boss: Client, queue: Queue) -> None:
    last_week(queue)

    page = shown(boss.get("/dashboard/week/"))

    for shown_page in (page, shown(boss.get("/dashboard/week/2026-03-05/"))):
        assert "Weekly report, 2 March – 8 March 2026" in shown_page
    assert "/dashboard/promises/?by=kept&amp;week=2026-03-02" in page
    assert "No promise was due in this week." in shown(boss.get("/dashboard/week/2025-06-30/"))
    assert "so far" in shown(boss.get("/dashboard/week/2026-03-09/"))
    for wrong in ("2026-03-16", "2026-02-30", "1999-12-31", "week", "9999-12-31"):
        assert boss.get(f"/dashboard/week/{wrong}/").status_code == 404


def test_the_weekly_report_is_mailed_to_who_asks_for_it(boss: Client, queue: Queue) -> None:
    agent = browser_of(make_agent(queue.team, language="en"))

    assert "Mail it to me" in shown(boss.get("/dashboard/week/"))
    boss.post("/dashboard/week/mail/", {"want": "1"})
    assert "Do not mail it to me" in shown(boss.get("/dashboard/week/"))
    boss.post("/dashboard/week/mail/", {"want": "0"})
    assert "Mail it to me" in shown(boss.get("/dashboard/week/"))
    assert "Mail it to me" not in shown(agent.get("/dashboard/week/"))
    assert agent.post("/dashboard/week/mail/", {"want": "1"}).status_code == 404


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("of=came&week=2026-03-02", 3), ("of=reply", 3), ("of=open", 3), ("of=age&key=28", 3), ("of=age&key=1", 0),
        ("of=status&key=on_hold", 0), ("of=solved", 0), ("of=first_contact", 0), ("of=reason&key=x", 0),
        ("of=other_reasons", 0), ("of=cause&key=free", 0), ("of=cause&key=x", 0),
    ],
)  # fmt: skip
def test_tickets_behind_a_number(boss: Client, queue: Queue, asked: str, number: int) -> None:
    last_week(queue)

    page = shown(boss.get(f"/dashboard/tickets/?{asked}"))

    assert f"{number} ticket" in page
    assert ("Paczka 0" in page) == bool(number)


@pytest.mark.parametrize("asked", ["of=x", "of=age&key=2", "of=status&key=solved", "of=came&week=0001-01-01", ""])
def test_what_is_no_list_of_the_dashboard_is_not_found(boss: Client, queue: Queue, asked: str) -> None:
    assert boss.get(f"/dashboard/tickets/?{asked}").status_code == 404


def test_numbers_of_more_than_three_figures_are_grouped(boss: Client, queue: Queue) -> None:
    overload(queue)
    looking_ahead.look_ahead(at=AT)
    row = Outlook.objects.get(team=queue.team)
    row.picture["bound"] |= {"breaks": 1234, "due": 5678, "doable": 4444, "lengths": [[600, 5678]]}
    row.picture |= {"free": 1500, "overdue": 2600, "hopeless": 3700}
    row.save()

    page = shown(boss.get("/dashboard/"))

    assert "At least 1,234 promises will break by 9:07" in page
    assert "5,678 take 10.0 min each" in page and "5,678 − 4,444 = 1,234" in page
    assert ">1,500</a>" in page and "2,600 are late already." in page and "The price: 3,700 tickets" in page
