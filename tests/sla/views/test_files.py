"""Lists of promises and of the dashboard as CSV: each page gives its own, narrowed as it is there, to whoever may."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from helpdesk.lib import list_files
from sla.actions import editing, keeping
from sla.models import Calendar, Edit, Policy
from sla.views import files
from tests.factories import (
    AT,
    HOUR,
    make_admin,
    make_agent,
    make_lead,
    make_queue,
    make_reply,
    make_team,
    make_ticket,
)
from tests.sla.views.conftest import browser_of
from tests.tickets.views.conftest import shown, statements
from tickets.models import AuditEntry, Queue

pytestmark = pytest.mark.django_db
WEEK = timedelta(weeks=1)


def table(response: Any) -> list[list[str]]:
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def old_calendar(db: None, clock: object) -> Calendar:
    hours = {day: [("08:00", "16:00")] for day in range(5)}
    return keeping.make_calendar(
        name="=Biuro", zone="Europe/Warsaw", weekly=hours, exceptions={date(2026, 4, 6): []},
        names={date(2026, 4, 6): "Lany"}, at=AT - 9 * WEEK,
    )  # fmt: skip


@pytest.fixture
def old_policy(old_calendar: Calendar) -> Policy:
    targets = {4: {"first_response": 1800}, 2: {"first_response": 4 * 3600, "resolution": 24 * 3600}}
    return keeping.make_policy(
        name="+Reszta", calendar=old_calendar, targets=targets, is_default=True, at=AT - 9 * WEEK
    )


@pytest.fixture
def queue(old_policy: Policy) -> Queue:
    return make_queue(make_team("Sklepy"), name="-Sklepy")


def broken_last_week(queue: Queue, count: int = 1, subject: str = "@Paczka") -> None:
    agent = make_agent(queue.team)
    for _number in range(count):
        make_reply(make_ticket(queue, at=AT - WEEK, subject=subject), agent, at=AT - WEEK + 5 * HOUR)


def change_of(policy: Policy) -> Edit:
    values = keeping.values_of_policy(policy)
    proposed = values | {"targets": {"2": {"first_response": 600}}}
    edit = editing.propose(
        kind="policy", target=policy.pk, base=editing.fingerprint(values), proposed=proposed, by=make_admin(), at=AT
    )
    while editing.count_batch(edit.pk, at=AT):
        pass
    return edit


PAGES = {
    "broken-promises": "/dashboard/promises/?by=kept",
    "calendars": "/settings/calendars/",
    "changes": "/settings/promises/edits/",
    "due-times": "/settings/promises/edits/{edit}/",
    "policies": "/settings/promises/",
    "tickets": "/dashboard/tickets/?of=open",
}


def test_every_list_has_its_page() -> None:
    assert PAGES.keys() == files.LISTS.keys()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_offers_its_file_once_and_the_form_on_it_gives_it(name: str, queue: Queue, old_policy: Policy) -> None:
    broken_last_week(queue)
    make_ticket(queue)
    edit = change_of(old_policy)
    client = browser_of(make_admin(language="en"))

    page = shown(client.get(PAGES[name].format(edit=edit.pk)))
    forms = re.findall(rf'<form[^>]*action="/export/promises/{name}/">.*?</form>', page)

    assert len(forms) == 1
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', forms[0]))
    header, *rows = table(client.post(f"/export/promises/{name}/", fields))
    assert rows and {len(row) for row in rows} == {len(header)}
    line = AuditEntry.objects.latest("id")
    assert line.action == "exported" and line.name


def test_who_takes_no_lists_out_is_not_offered_any(queue: Queue, old_policy: Policy) -> None:
    broken_last_week(queue)
    make_ticket(queue)
    edit = change_of(old_policy)
    client = browser_of(make_agent(queue.team, language="en"))

    for page in (PAGES["broken-promises"], PAGES["tickets"]):
        assert "/export/promises/" not in shown(client.get(page))
    for name in files.LISTS:
        given = {"of": edit.pk} if name == "due-times" else {"of": "open", "by": "kept"}
        assert client.post(f"/export/promises/{name}/", given).status_code == 404
        assert client.get(f"/export/promises/{name}/").status_code == 405
    assert not AuditEntry.objects.filter(action="exported").exists()


def test_a_list_that_is_not_there_and_questions_that_make_no_sense(queue: Queue) -> None:
    client = browser_of(make_admin(language="en"))
    for name, given in (
        ("nothing", {}), ("people", {}), ("tickets", {}), ("tickets", {"of": "age", "key": "5"}),
        ("broken-promises", {"by": "queue", "key": "x"}), ("broken-promises", {"by": "kept", "week": "9999-12-31"}),
        ("due-times", {"of": "x"}), ("due-times", {"of": "1"}),
    ):  # fmt: skip
        assert client.post(f"/export/promises/{name}/", given).status_code == 404, (name, given)


def test_policies_and_calendars_in_words(queue: Queue) -> None:
    client = browser_of(make_lead(queue.team, language="en"))

    header, urgent, normal = table(client.post("/export/promises/policies/"))
    calendars = table(client.post("/export/promises/calendars/"))[1:]

    assert header[:7] == [
        "Policy", "For which tickets", "Calendar of working time", "Priority", "First reply", "Next reply", "Solved",
    ]  # fmt: skip
    assert urgent[:8] == ["'+Reszta", "whatever fits no other", "'=Biuro", "Urgent", "30 min", "", "", "yes"]
    assert normal[3:7] == ["Normal", "4 h", "", "24 h"]
    assert calendars == [["'=Biuro", "Mon–Fri 08:00–16:00", "2026-04-06 – Lany", "Europe/Warsaw", "1"]]


def test_what_a_number_of_the_dashboard_is_made_of(queue: Queue) -> None:
    broken_last_week(queue)
    other = make_queue(make_team("Magazyn"), name="Magazyn")
    broken_last_week(other, subject="Obce")
    client = browser_of(make_lead(queue.team, language="en"))
    week = (AT - WEEK).date().isoformat()

    broken = table(client.post("/export/promises/broken-promises/", {"by": "kept", "week": week}))
    kept = table(client.post("/export/promises/broken-promises/", {"by": "kept", "which": "kept", "week": week}))
    slow = table(client.post("/export/promises/tickets/", {"of": "reply", "week": week}))
    unsolved = table(client.post("/export/promises/tickets/", {"of": "open"}))

    assert [row[2:] for row in broken[1:]] == [
        ["'@Paczka", "Solved", "'-Sklepy", "still late", "broken"],
        ["'@Paczka", "First reply", "'-Sklepy", "2026-03-02T12:00:00Z", "broken"],
    ]
    assert broken[2][0] == "2026-03-02T11:00:00Z"
    assert len(kept) == 1
    assert slow[0][-2:] == ["Minutes of working time", "Minutes by the calendar"] and slow[1][-2:] == ["300", "300"]
    assert [row[2] for row in unsolved[1:]] == ["'@Paczka"]
    lines = AuditEntry.objects.filter(action="exported").order_by("id")
    assert {line.kind for line in lines} == {"tickets"}
    assert lines[0].data == {"list": f"by:kept which:broken week:{week}"}


def test_due_times_of_other_teams_are_told_to_no_lead(queue: Queue, old_policy: Policy) -> None:
    other = make_queue(make_team("Magazyn"), name="Magazyn")
    make_ticket(queue, subject="Nasze")
    make_ticket(other, subject="Obce")
    edit = change_of(old_policy)

    of_lead = table(
        browser_of(make_lead(queue.team, language="en")).post("/export/promises/due-times/", {"of": edit.pk})
    )
    of_admin = table(browser_of(make_admin(language="en")).post("/export/promises/due-times/", {"of": edit.pk}))

    assert {row[1] for row in of_lead[1:]} == {"Nasze"}
    assert ["First reply", "2026-03-09T11:00:00Z", "2026-03-09T07:10:00Z", ""] in [row[2:] for row in of_lead]
    assert {row[1] for row in of_admin[1:]} == {"Nasze", "Obce"}


@pytest.mark.parametrize("number", [1, 5])
def test_a_long_list_is_whole_in_its_order_and_steady_in_cost(
    queue: Queue, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [make_ticket(queue).pk for _ in range(number)]
    client = browser_of(make_admin(language="en"))
    cache.clear()

    with statements() as sent:
        whole = table(client.post("/export/promises/tickets/", {"of": "open"}))
    monkeypatch.setattr(list_files, "AT_ONCE", 2)
    in_parts = table(client.post("/export/promises/tickets/", {"of": "open"}))

    assert [int(row[1]) for row in whole[1:]] == tickets[::-1]
    assert in_parts == whole
    assert len(sent) == 22


def test_the_page_of_a_reason_asks_for_that_reason_alone(queue: Queue) -> None:
    make_ticket(queue)
    page = browser_of(make_admin(language="en")).get("/dashboard/tickets/", {"of": "age", "key": "1", "page": "1"})

    form = re.search(r'<form[^>]*action="/export/promises/tickets/">.*?</form>', shown(page))
    assert form is not None
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', html.unescape(form[0])))
    assert {"of": "age", "key": "1"}.items() <= hidden.items() and "page" not in hidden


def test_a_desk_without_promises_offers_no_files(clock: object) -> None:
    client: Client = browser_of(make_admin(language="en"))
    for page in ("/settings/calendars/", "/settings/promises/", "/settings/promises/edits/"):
        assert "/export/promises/" not in shown(client.get(page))
