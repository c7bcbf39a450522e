"""What favours cost: the sums, who sees whose, the list behind every number, the file."""

import csv
import io
import re
from datetime import timedelta

import pytest

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_admin,
    make_agent,
    make_colleague,
    make_lead,
    make_organisation,
    make_queue,
    make_ticket,
)
from tests.tickets.views.conftest import shown, statements
from tickets.actions import facts, walkups
from tickets.models import AuditEntry, QueueSnapshot, User, WalkUp

DAY = timedelta(days=1)
LAST_WEEK = AT - 5 * DAY
"""Wednesday, 8:00."""
MATCH = re.compile(r"<[^>]+>")


@pytest.fixture
def lead(team, queue, sign_in):
    return sign_in(make_lead(team, language="en", name="Lena Łoś"))


@pytest.fixture
def sales():
    return make_organisation("Sprzedaż")


def favour(agent, queue, *, minutes=30, at=LAST_WEEK, unit=None, outcome="done", what="Java"):
    number = WalkUp.objects.count()
    return walkups.log_walk_up(
        who=walkups.Asker(make_colleague(organisation=unit)), what=f"{what} {number}", minutes=minutes,
        outcome=outcome, queue=queue, at=at, by=agent, logged_at=at + HOUR, key=f"favour-{number:04}",
    )  # fmt: skip


def text_of(response):
    return re.sub(r"\s+", " ", MATCH.sub(" ", shown(response)))


def test_the_last_whole_week_is_shown_first_and_every_period_has_its_weeks(lead, agent, queue):
    for at, minutes in ((LAST_WEEK, 60), (LAST_WEEK - 7 * DAY, 30), (AT - 60 * DAY, 15), (AT - MINUTE, 5)):
        favour(agent, queue, at=at, minutes=minutes)

    said = {
        period: text_of(lead.get("/favours/", {"period": period})) for period in ("", "this", "4", "13", "nonsense")
    }

    assert "1 h went into 1 favour." in said[""] and "1 h went into 1 favour." in said["nonsense"]
    assert "5 min went into 1 favour." in said["this"]
    assert "1 h 30 went into 2 favours." in said["4"]
    assert "1 h 45 went into 3 favours." in said["13"]


def test_the_share_of_a_post_is_hours_by_weeks_and_its_formula_stands_beside_it(lead, agent, queue):
    favour(agent, queue, minutes=600)

    said = text_of(lead.get("/favours/"))

    assert "That is 0.25 of a full-time post." in said
    assert "10 h ÷ (1 × 40 h) = 0.25" in said


def test_a_favour_belongs_to_the_week_of_the_readers_own_clock(lead, agent, queue):
    favour(agent, queue, at=AT - 8 * HOUR - 10 * MINUTE)  # Sunday, 23:50 in Warsaw

    assert "went into 1 favour" in text_of(lead.get("/favours/"))
    User.objects.filter(name="Lena Łoś").update(time_zone="Asia/Tokyo")
    assert "No favour was logged" in text_of(lead.get("/favours/"))


def test_a_lead_sees_the_team_an_agent_the_own_an_admin_all(lead, agent, queue, team, stranger, sign_in):
    favour(agent, queue, minutes=30)
    favour(make_agent(team), queue, minutes=10)
    elsewhere = make_queue(name="Far")
    favour(make_agent(elsewhere.team), elsewhere, minutes=5)
    own, admin = sign_in(agent), sign_in(make_admin(language="en"))

    said = {name: text_of(client.get("/favours/")) for name, client in
            {"lead": lead, "agent": own, "admin": admin, "stranger": sign_in(stranger)}.items()}  # fmt: skip

    assert "40 min went into 2 favours" in said["lead"]
    assert "30 min went into 1 favour" in said["agent"] and "My favours" in said["agent"]
    assert "45 min went into 3 favours" in said["admin"]
    assert "No favour was logged" in said["stranger"]


def test_by_name_stands_only_who_chose_it(lead, agent, queue, team):
    shy = make_agent(team, name="Zofia Maj")
    User.objects.filter(pk=agent.pk).update(shows_favours=True)
    favour(agent, queue, minutes=30)
    favour(shy, queue, minutes=20)

    page, listed = shown(lead.get("/favours/")), shown(lead.get("/favours/list/"))
    by_name = lead.get("/favours/list/", {"agent": agent.pk})
    of_shy = lead.get("/favours/list/", {"agent": shy.pk})

    for said in (page, listed):
        assert "Agnieszka Wrona" in said and "Zofia Maj" not in said
    assert "Everybody else" in page
    assert "Java 0" in shown(by_name)
    assert "Java 1" not in shown(of_shy) and "Zofia Maj" not in shown(of_shy)
    line = AuditEntry.objects.get()
    assert (line.action, line.kind, line.name) == ("read", "favours", "Agnieszka Wrona")


def test_the_choice_is_made_in_the_own_settings_and_is_off_at_first(desk, agent):
    asked = shown(desk.get("/settings/"))
    assert 'name="shows_favours"' in asked and not agent.shows_favours

    desk.post("/settings/", {"language": "en", "theme": "", "time_zone": "Europe/Warsaw", "shows_favours": "on"})

    agent.refresh_from_db()
    assert agent.shows_favours


def test_every_number_leads_to_its_favours(lead, agent, queue, sales):
    favour(agent, queue, minutes=30, unit=sales, what="VPN")
    favour(agent, queue, minutes=10, unit=None, outcome="asked_to_file", what="Druk")
    page = shown(lead.get("/favours/"))

    links = {address.replace("&amp;", "&") for address in re.findall(r'href="(/favours/list/[^"]*)"', page)}
    listed = {address: shown(lead.get(address)) for address in links}

    by_unit = listed[f"/favours/list/?period=last&unit={sales.pk}"]
    assert "VPN 0" in by_unit and "Druk 1" not in by_unit
    nobodys = listed["/favours/list/?period=last&unit=0"]
    assert "VPN 0" not in nobodys and "Druk 1" in nobodys
    asked = listed["/favours/list/?period=last&outcome=asked_to_file"]
    assert "VPN 0" not in asked and "Druk 1" in asked
    week = listed["/favours/list/?period=last&week=2026-03-02"]
    assert "VPN 0" in week and "Druk 1" in week
    assert "VPN 0" not in listed["/favours/list/?period=last&week=2026-02-23"]
    assert "VPN 0" in listed["/favours/list/?period=last"]


def test_what_the_queues_looked_like_when_favours_began(lead, agent, queue, team):
    second, far = make_queue(team, name="Second"), make_queue(name="Far")
    at = LAST_WEEK
    for each, number in ((queue, 40), (second, 10), (far, 1000)):
        QueueSnapshot.objects.create(queue=each, at=at, open=number, at_risk=number // 2, overdue=1)
        QueueSnapshot.objects.create(queue=each, at=at + 2 * HOUR, open=number // 2, at_risk=0, overdue=0)
    favour(agent, queue)
    favour(agent, queue, at=LAST_WEEK + 30 * HOUR)  # nobody looked then

    said = text_of(lead.get("/favours/"))

    assert "Open 50 38" in said  # 40 + 10, and over the day the mean of 50 and 25
    assert "At risk 25 13" in said
    assert "(1 moment)" in said
    assert "is told, not why" in said


def test_without_snapshots_nothing_is_said_of_the_queues(lead, agent, queue):
    favour(agent, queue)

    assert "The queues meanwhile" not in text_of(lead.get("/favours/"))


def broken(queue, at):
    ticket = make_ticket(queue, at=at - HOUR)
    facts.store_promise(
        ticket.pk, due_at=at, sla_state="running", sla_metric="first_response", sla_since=at - HOUR,
        sla_target_s=3600, breached_at=at,
    )  # fmt: skip


def test_promises_that_broke_during_a_favour_are_counted_and_lead_to_it(lead, agent, queue):
    QueueSnapshot.objects.create(queue=queue, at=LAST_WEEK, open=1, at_risk=0, overdue=0)
    favour(agent, queue, minutes=30, what="VPN")
    favour(agent, queue, minutes=30, at=LAST_WEEK + HOUR, what="Druk")
    assert "promise" not in text_of(lead.get("/favours/"))  # nobody keeps clocks: nothing is said

    broken(queue, LAST_WEEK + 2 * HOUR)
    assert "1 promise broke in this time, not during a favour." in text_of(lead.get("/favours/"))

    broken(queue, LAST_WEEK + 29 * MINUTE)
    broken(queue, LAST_WEEK + 30 * MINUTE)
    broken(make_queue(), LAST_WEEK + 5 * MINUTE)

    assert "1 promise of 3 that broke did so while somebody was doing a favour." in text_of(lead.get("/favours/"))
    listed = text_of(lead.get("/favours/list/", {"breached": "on"}))
    assert "VPN 0" in listed and "Druk 1" not in listed


def test_a_favour_taken_back_counts_nowhere(lead, agent, queue):
    walk_up = favour(agent, queue)
    walkups.undo(walk_up=walk_up, by=agent, at=walk_up.logged_at)

    assert "No favour was logged" in text_of(lead.get("/favours/"))


def test_the_file_has_every_row_names_only_by_choice_and_no_formula(lead, agent, queue, team, sales):
    User.objects.filter(pk=agent.pk).update(shows_favours=True)
    favour(agent, queue, unit=sales, what="=1+1")
    favour(make_agent(team, name="Zofia Maj"), queue, minutes=10, outcome="asked_to_file")

    answer = lead.post("/favours/file/", {"period": "last"})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    assert 'filename="dyzur-favours-2026-03-02_2026-03-08.csv"' in answer["Content-Disposition"]
    assert len(rows) == 3
    assert rows[2][1:2] + rows[2][3:5] == ["30", "Sprzedaż", "'=1+1 0"]
    assert rows[2][0] == "2026-03-04T07:00:00Z"
    assert {row[8] for row in rows[1:]} == {"Agnieszka Wrona", ""}
    line = AuditEntry.objects.get()
    assert (line.action, line.kind, line.data["rows"]) == ("exported", "favours", 2)


def test_agents_take_no_file(desk, agent, queue):
    assert desk.post("/favours/file/").status_code == 404
    assert desk.get("/favours/file/").status_code == 405


def test_the_page_and_the_list_run_the_same_statements_for_any_number(lead, agent, queue, sales):
    counts = []
    for rows in (1, 3, 30):
        while WalkUp.objects.count() < rows:
            favour(agent, queue, unit=sales)
        lead.get("/favours/")
        with statements() as page:
            lead.get("/favours/")
        with statements() as listed:
            lead.get("/favours/list/")
        counts.append((len(page), len(listed)))

    assert len(set(counts)) == 1
    assert counts[0][0] <= 18


def test_a_long_list_has_pages(lead, agent, queue, monkeypatch):
    monkeypatch.setattr("tickets.queries.favours.PAGE_SIZE", 2)
    for _ in range(3):
        favour(agent, queue)

    first, second = shown(lead.get("/favours/list/")), shown(lead.get("/favours/list/?page=2"))

    assert "Java 2" in first and "Java 0" not in first and "page=2" in first
    assert "Java 0" in second and "page=3" not in second
