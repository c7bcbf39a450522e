"""The report by mail: to whom, when, once, and with the numbers of its page."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from sla.actions import keeping, reporting
from sla.figures import reading
from sla.models import MailedWeek
from tests.factories import AT, HOUR, MINUTE, make_admin, make_agent, make_lead, make_queue, make_reply, make_ticket
from tests.sla.actions.test_folding import OFFICE
from tickets.models import Outbox, Queue, User

pytestmark = pytest.mark.django_db
WEEK = timedelta(weeks=1)
MONDAY_7_30 = AT - 30 * MINUTE
LAST_WEEK = date(2026, 3, 2)


@pytest.fixture
def queue() -> Queue:
    office = keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, at=AT - 9 * WEEK)
    keeping.make_policy(
        name="Podstawowe", calendar=office, targets=keeping.USUAL_TARGETS, is_default=True, at=AT - 9 * WEEK
    )
    found = make_queue(name="Shops")
    agent = make_agent(found.team)
    for number in range(3):
        make_reply(make_ticket(found, at=AT - WEEK), agent, at=AT - WEEK + (5 if number == 0 else 1) * HOUR)
    return found


@pytest.fixture
def lead(queue: Queue) -> User:
    found = make_lead(queue.team, email="lead@bursztyn.example", language="en")
    reporting.want(by=found, at=AT - WEEK)
    return found


def mails() -> list[str]:
    return list(Outbox.objects.filter(kind="account").order_by("pk").values_list("address", flat=True))


def test_it_goes_on_monday_at_half_past_seven_and_once(lead: User) -> None:
    assert reporting.mail_last_week(at=MONDAY_7_30 - timedelta(seconds=1)) == 0
    assert reporting.mail_last_week(at=MONDAY_7_30) == 1
    assert reporting.mail_last_week(at=MONDAY_7_30 + MINUTE) == 0
    assert mails() == ["lead@bursztyn.example"]
    assert MailedWeek.objects.get(week=LAST_WEEK).mails == 1


def test_a_beat_that_comes_back_late_still_sends_it(lead: User) -> None:
    assert reporting.mail_last_week(at=MONDAY_7_30 + 3 * 24 * HOUR) == 1
    assert MailedWeek.objects.get().week == LAST_WEEK


@pytest.mark.parametrize(("at", "week"), [("2026-03-30 05:29:59", "2026-03-16"), ("2026-03-30 05:30:00", "2026-03-23")])
def test_half_past_seven_is_by_the_clock_on_the_wall(at: str, week: str) -> None:
    """Summer time began the night before."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert reporting.due_week(moment) == (date.fromisoformat(week) if week == "2026-03-23" else None)


def test_it_has_the_numbers_of_the_page(lead: User) -> None:
    reporting.mail_last_week(at=AT)

    mail = Outbox.objects.get(kind="account").payload
    found = reading.of_week(reading.scope_of(lead), LAST_WEEK, AT)
    assert mail["subject"] == "Kept promises, 2 March – 8 March 2026"
    assert f"({found.kept.good} of {found.kept.count})" in mail["text"]
    assert "Came: 3, solved: 0" in mail["text"]
    assert f"- Shops: {found.kept.missed}" in mail["text"]
    assert "/dashboard/week/2026-03-02/" in mail["text"]


def test_only_who_wants_it_and_still_may_read_it(queue: Queue, lead: User) -> None:
    admin = make_admin(email="admin@bursztyn.example", language="pl")
    reporting.want(by=admin, at=AT)
    make_lead(queue.team, email="other@bursztyn.example")
    for fallen in (make_agent(queue.team, email="agent@bursztyn.example"), make_admin(email="gone@bursztyn.example")):
        reporting.want(by=fallen, at=AT)
    User.objects.filter(email="gone@bursztyn.example").update(is_active=False)
    reporting.want(by=lead, at=AT)
    reporting.want_no_more(by=lead)

    reporting.mail_last_week(at=AT)

    assert mails() == ["admin@bursztyn.example"]
    assert Outbox.objects.get(kind="account").payload["subject"] == "Dotrzymane terminy, 2 marca – 8 marca 2026"


@pytest.mark.django_db(transaction=True)
def test_many_beats_at_once_send_it_once(lead: User) -> None:
    together = threading.Barrier(4)

    def beat(_number: int) -> int:
        try:
            together.wait()
            return reporting.mail_last_week(at=AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as beats:
        results = list(beats.map(beat, range(4)))

    assert sorted(results) == [0, 0, 0, 1]
    assert mails() == ["lead@bursztyn.example"]


def test_the_page_of_a_week_has_the_dashboards_numbers(lead: User, clock: Any) -> None:
    scope = reading.scope_of(lead)
    past = reading.past(scope, AT)
    for week in past.weeks:
        found = reading.of_week(scope, week, AT)
        assert found.kept == past.by_week.get(week, reading.Share())
        assert found.opened.get(week, 0) == past.opened.get(week, 0)
        assert found.solved.get(week, 0) == past.solved.get(week, 0)


def test_one_press_in_the_mail_ends_the_report(lead: User) -> None:
    reporting.mail_last_week(at=AT)
    stop = Outbox.objects.get(kind="account").payload["stop"].removeprefix(settings.SITE_URL)
    client = Client(enforce_csrf_checks=True)
    before = client.get(stop).text

    answer = client.post(stop, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")

    assert "Weekly report" in before
    assert "Mail me none of them" in before
    assert answer.status_code == 200
    assert not reporting.wants(lead)
    assert "Mail me none of them" not in client.get(stop).text
