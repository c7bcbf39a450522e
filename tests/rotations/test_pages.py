"""The pages of hours and absences: what they say, what they keep of what was typed, undo, and what they cost."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from rotations.models import Absence, WorkingHours
from tests.factories import (
    AT,
    HOUR,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_queue,
    make_requester,
    make_team,
)
from tests.rotations.test_hours_and_absences import away, set_hours, week
from tests.tickets.views.conftest import shown, statements
from tickets.models import AuditEntry, Team, User

OWN = "/settings/hours/"


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def desk(agent: User) -> Client:
    return browser_of(agent)


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, name="Lena Łoś", language="en")


def a_week(**fields: str) -> dict[str, str]:
    days = {f"day_{day}": "8-16" if day < 5 else "" for day in range(7)}
    return {**days, "valid_from": "2026-03-09", "zone": "Europe/Warsaw", **fields}


def test_one_writes_a_week_and_is_on_duty(desk: Client, agent: User) -> None:
    assert "No hours are entered yet." in shown(desk.get(OWN))

    answer = desk.post(f"/hours/{agent.pk}/week/", a_week(day_0="8-12, 12:30-16:30"), follow=True)

    page = shown(answer)
    assert answer.redirect_chain == [(OWN, 302)]
    assert "In force since 9 March 2026" in page
    assert "<dd>8:00–12:00, 12:30–16:30</dd>" in page
    assert 'name="day_0" value="8:00-12:00, 12:30-16:30"' in page
    assert "until 12:00" in page  # the lamp beside the page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day_1": "8-25"}, "“25” is no time of day. Times go from 0:00 to 24:00."),
        ({"day_1": "8-12, 11-13"}, "8:00–12:00 and 11:00–13:00 overlap."),
        ({"valid_from": "2026-03-08"}, "What was in force stays as it was. Enter a new week from today on instead."),
        ({"valid_from": "9999-12-31"}, "That is more than two years away."),
        ({f"day_{day}": "" for day in range(5)}, "Write when the week begins and ends, such as 8:00-16:00."),
        ({"zone": "Mars/Olympus"}, "Select a valid choice. Mars/Olympus is not one of the available choices."),
    ],
)
def test_a_wrong_week_is_said_so_and_stays_in_the_form(
    desk: Client, agent: User, typed: dict[str, str], said: str
) -> None:
    answer = desk.post(f"/hours/{agent.pk}/week/", a_week(**{"day_4": "9:15-10", **typed}))

    page = shown(answer)
    assert answer.status_code == 400
    assert said in page
    assert all(f'value="{each}"' in page for name, each in typed.items() if each and name != "zone")
    assert ('value="9:15-10"' in page) == ("day_4" not in typed)
    assert not WorkingHours.objects.exists()


def test_a_week_to_come_can_be_removed_and_brought_back(desk: Client, agent: User) -> None:
    set_hours(agent)
    later = set_hours(agent, week("10-18"), since=(AT + timedelta(days=7)).date())
    assert "From 16 March 2026" in shown(desk.get(OWN))

    removed = shown(desk.post(f"/hours/weeks/{later.pk}/remove/", follow=True))
    undo = re.search(r'<form method="post" action="(/hours/weeks/\d+/restore/)">', removed)

    assert "From 16 March 2026" not in removed
    assert undo and "From 16 March 2026" in shown(desk.post(undo[1], follow=True))


def test_an_absence_of_days_and_one_of_hours(desk: Client, agent: User) -> None:
    set_hours(agent)
    path = f"/hours/{agent.pk}/absences/"

    desk.post(path, {"kind": "holiday", "first": "2026-03-12", "last": "2026-03-13", "note": "Narty"})
    desk.post(path, {"kind": "other", "first": "2026-03-10", "from_time": "12:00", "to_time": "14:00"})

    page = shown(desk.get(OWN))
    assert "<b>Thu 12 March 2026 – Fri 13 March 2026</b>" in page
    assert "Narty" in page
    assert "<b>Tue 10 March 2026, 12:00–14:00</b>" in page
    days, hours = Absence.objects.order_by("-starts_at")
    assert (days.ends_at - days.starts_at, hours.ends_at - hours.starts_at) == (timedelta(days=2), 2 * HOUR)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"last": "2026-03-11"}, "The end lies before the beginning."),
        ({"from_time": "14:00", "to_time": "12:00"}, "The end lies before the beginning."),
        ({"first": "9999-12-31"}, "That is more than two years away."),
        ({"first": "rubbish"}, "Enter a valid date."),
        ({"first": "2026-03-09"}, "Another absence is entered for this time already."),
        ({"kind": "revenge"}, "Select a valid choice."),
    ],
)
def test_a_wrong_absence_is_said_so_and_stays_in_the_form(
    desk: Client, agent: User, typed: dict[str, str], said: str
) -> None:
    away(agent, AT, AT + 10 * HOUR)

    typed = {"kind": "sick", "first": "2026-03-12", "note": "Grypa żołądkowa", **typed}
    answer = desk.post(f"/hours/{agent.pk}/absences/", typed)

    page = shown(answer)
    assert answer.status_code == 400
    assert said in page
    assert all(f'value="{each}"' in page for name, each in typed.items() if name != "kind")
    assert Absence.objects.count() == 1


def test_a_removed_absence_comes_back_by_undo(desk: Client, agent: User) -> None:
    absence = away(agent, AT + 24 * HOUR, AT + 48 * HOUR)

    removed = shown(desk.post(f"/hours/absences/{absence.pk}/remove/", follow=True))
    assert "No absences ahead." in removed
    assert f'action="/hours/absences/{absence.pk}/restore/"' in removed
    desk.post(f"/hours/absences/{absence.pk}/restore/")

    assert Absence.objects.get().removed_at is None


def test_what_changes_takes_a_post(desk: Client, agent: User) -> None:
    for path in (f"{agent.pk}/week/", f"{agent.pk}/absences/", "weeks/1/remove/", "weeks/1/restore/",
                 "absences/1/remove/", "absences/1/restore/"):  # fmt: skip
        assert desk.get(f"/hours/{path}").status_code == 405


def test_a_lead_enters_for_the_team_and_it_says_who_did(agent: User, lead: User) -> None:
    browser = browser_of(lead)

    answer = browser.post(f"/hours/{agent.pk}/week/", a_week())
    browser.post(f"/hours/{agent.pk}/absences/", {"kind": "sick", "first": "2026-03-10", "note": "Dzwoniła rano"})

    assert answer["Location"] == f"/hours/{agent.pk}/"
    page = shown(browser.get(f"/hours/{agent.pk}/"))
    assert "Hours of Agnieszka Wrona" in page
    assert page.count("entered by Lena Łoś") == 2
    assert "Dzwoniła rano" in page
    assert AuditEntry.objects.filter(actor=lead).count() == 2


def test_the_week_of_the_team_with_who_is_there(agent: User, lead: User, team: Team) -> None:
    other, elsewhere = make_agent(team, name="Jan Żak"), make_agent(make_team(), name="Daleki Kolega")
    for person in (agent, other, elsewhere):
        set_hours(person)
    away(other, AT - HOUR, AT + 3 * HOUR, kind="sick", note="Ukryte")

    page = shown(browser_of(lead).get("/hours/"))

    assert "1 person is on duty now" in page
    assert re.search(
        r'<td data-label="Monday" data-today>'
        r'<span class="stretch">11:00–16:00</span>  *<span class="chip">Sick</span></td>',
        page,
    )
    assert 'data-label="Together">40 h</td>' in page
    assert 'data-label="Together">37 h</td>' in page
    assert '2 people<span class="sub">13 h</span>' in page
    assert "Daleki Kolega" not in page
    assert "Ukryte" not in page
    assert "8:00–16:00" in shown(browser_of(lead).get("/hours/?week=2026-03-18"))
    for week_of in ("rubbish", "9999-12-31", "0001-01-01"):
        assert "1 person is on duty now" in shown(browser_of(lead).get(f"/hours/?week={week_of}"))


def test_the_week_is_told_by_the_clock_of_whoever_looks(agent: User, lead: User) -> None:
    set_hours(agent, week("22-6"))
    User.objects.filter(pk=lead.pk).update(time_zone="Asia/Tokyo")

    page = shown(browser_of(lead).get("/hours/"))

    assert '<td data-label="Tuesday"><span class="stretch">6:00–14:00</span> </td>' in page


def test_links_stand_where_people_look(desk: Client, lead: User) -> None:
    for client, has_teams in ((desk, False), (browser_of(lead), True)):
        assert 'href="/settings/hours/"' in shown(client.get("/settings/"))
        assert ('href="/hours/"' in shown(client.get("/queue/"))) == has_teams
    assert 'href="/settings/hours/"' not in shown(browser_of(make_requester(language="en")).get("/settings/"))


def test_a_colleague_enters_absences_alone_on_duty_and_off(team: Team) -> None:
    colleague = make_colleague(name="Ola Nowicka", language="en")

    off_duty = shown(browser_of(colleague).get(OWN))
    make_grant(colleague, team.queues.get())
    on_duty = shown(browser_of(colleague).get(OWN))

    for page in (off_duty, on_duty):
        assert "Enter an absence" in page
        assert "Save the week" not in page
    assert 'id="nav"' in on_duty and 'id="nav"' not in off_duty


def test_pages_cost_the_same_for_one_person_and_for_many(agent: User, lead: User, team: Team) -> None:
    def cost(path: str) -> int:
        browser = browser_of(lead)
        browser.get(path)
        with statements() as sent:
            assert browser.get(path).status_code == 200
        return len(sent)

    set_hours(agent)
    away(agent, AT + 24 * HOUR, AT + 26 * HOUR)
    paths = ("/hours/", f"/hours/{agent.pk}/")
    before = [cost(path) for path in paths]
    for number in range(2, 5):
        person = make_agent(team)
        make_queue(make_team())
        set_hours(person)
        away(person, AT + HOUR, AT + 2 * HOUR)
        away(agent, AT + number * 24 * HOUR, AT + (number * 24 + 1) * HOUR)
        set_hours(agent, since=(AT + timedelta(days=number)).date())

    assert [cost(path) for path in paths] == before
    assert max(before) <= 20


def test_the_surroundings_cost_nothing_where_they_are_not_shown(agent: User) -> None:
    requester: Any = make_requester()

    with statements() as sent:
        browser_of(requester).get("/settings/")

    assert not any("tickets_presence" in sql for sql in sent)
