"""The mail server is away, refuses, puts off, hangs up after DATA; the worker is killed while it sends. Every mail
leaves or says why not, and what leaves twice has the same Message-ID."""

import html
import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories import make_admin, make_reply, make_requester, make_ticket
from tests.survival.desk import Desk, wait_for
from tests.survival.smtp_server import SmtpServer
from tickets.channels.email import outbox
from tickets.models import Outbox, Queue, User

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def by_smtp(db: Any, settings: Any, smtp: SmtpServer) -> SmtpServer:
    settings.SMTP_URL = smtp.url
    return smtp


def write_replies(queue: Queue, agent: User, *names: str, at: datetime) -> None:
    """One reply each to `name@klient.example`."""
    for name in names:
        ticket = make_ticket(queue, requester=make_requester(email=f"{name}@klient.example"), at=at)
        make_reply(ticket, agent, at=at, text=f"Reply to {name}")


def drain_for(duration: timedelta, *, since: datetime) -> datetime:
    """Drain as beat does, at each moment something becomes due. Returns the end."""
    at, end = since, since + duration
    while at <= end:
        outbox.drain(at=at)
        due = Outbox.objects.filter(state="pending").order_by("next_at").values_list("next_at", flat=True).first()
        at = max(due or end, at + timedelta(seconds=5))
    return end


def row_of(name: str) -> Outbox:
    return Outbox.objects.get(address=f"{name}@klient.example")


def test_a_server_that_always_hangs_up_after_data_does_not_send_a_mail_for_ever(
    by_smtp: SmtpServer, shops: Queue, agent: User, now: datetime
) -> None:
    by_smtp.be("ok", anna="keep and drop", jan="drop")
    write_replies(shops, agent, "anna", "jan", "ola", at=now)

    drain_for(3 * DAY, since=now)

    assert (row_of("ola").state, row_of("anna").state, row_of("jan").state) == ("sent", "dead", "dead")
    assert "broke while sending" in row_of("anna").last_error
    assert by_smtp.count() == 1 + outbox.MOST_ATTEMPTS
    assert len(by_smtp.by_id()) == 2


def test_a_line_that_breaks_once_costs_one_mail_a_minute_and_the_others_nothing(
    by_smtp: SmtpServer, shops: Queue, agent: User, now: datetime
) -> None:
    by_smtp.be("ok", jan="drop")
    write_replies(shops, agent, "anna", "jan", "ola", at=now)
    outbox.drain(at=now)
    assert by_smtp.count() == 2
    by_smtp.be("ok")

    drain_for(5 * MINUTE, since=now)

    assert Outbox.objects.filter(state="sent").count() == 3
    assert set(by_smtp.by_id().values()) == {1}


def test_a_server_that_is_away_for_days_costs_nothing(
    by_smtp: SmtpServer, shops: Queue, agent: User, now: datetime
) -> None:
    by_smtp.kill()
    write_replies(shops, agent, *"abcde", at=now)

    for hour in range(72):
        assert outbox.drain(at=now + timedelta(hours=hour)) == 0
    assert {row.state for row in Outbox.objects.all()} == {"pending"}
    assert "nothing answers on port" in Outbox.objects.order_by("next_at").first().last_error
    by_smtp.start()
    drain_for(5 * MINUTE, since=now + 3 * DAY)

    assert Outbox.objects.filter(state="sent").count() == 5
    assert set(by_smtp.by_id().values()) == {1}


@pytest.mark.parametrize("answer", ["421 closing", "450 greylisted", "452 full"])
def test_a_server_that_puts_everything_off_for_an_hour_gets_everything_once(
    by_smtp: SmtpServer, shops: Queue, agent: User, now: datetime, answer: str
) -> None:
    by_smtp.be(answer)
    write_replies(shops, agent, *"abcde", at=now)
    at = drain_for(60 * MINUTE, since=now)
    assert by_smtp.count() == 0
    by_smtp.be("ok")

    drain_for(DAY, since=at)

    assert Outbox.objects.filter(state="sent").count() == 5
    assert set(by_smtp.by_id().values()) == {1}


def test_a_mail_that_kills_whoever_makes_it_ends_as_a_dead_letter(
    by_smtp: SmtpServer, shops: Queue, agent: User, now: datetime
) -> None:
    write_replies(shops, agent, "anna", at=now)
    for attempt in range(outbox.MOST_ATTEMPTS):  # each worker leased it and died
        assert outbox._lease(at=now + attempt * outbox.LEASE) is not None

    drain_for(outbox.LEASE, since=now + outbox.MOST_ATTEMPTS * outbox.LEASE)

    assert row_of("anna").state == "dead"
    assert "cut short" in row_of("anna").last_error
    assert by_smtp.count() == 0


def test_an_address_in_polish_letters_is_mailed_under_its_ascii_name(
    by_smtp: SmtpServer, shops: Queue, agent: User, now: datetime
) -> None:
    ticket = make_ticket(shops, requester=make_requester(email="jan@żółw.example"), at=now)
    make_reply(ticket, agent, at=now)

    assert outbox.drain(at=now) == 1

    (mail,) = by_smtp.kept()
    assert mail["X-Envelope-To"] == "jan@xn--w-uga1v8h.example"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_worker_killed_while_it_sends_loses_nothing_and_dead_letters_can_be_sent_again(
    desk: Desk, smtp: SmtpServer, shops: Queue, agent: User, now: datetime
) -> None:
    dice = random.Random(7)
    names = [f"k{number}" for number in range(60)]
    write_replies(shops, agent, *names, "greylisted", "gone", "anna", at=now)
    smtp.be("slow", greylisted="450 come back later", gone="550 no such mailbox", anna="keep and drop")
    smtp.kill()
    desk.settings["SMTP_URL"] = smtp.url
    desk.start("web", "worker", "beat")
    wait_for(
        lambda: Outbox.objects.filter(last_error__contains="nothing answers on port").exists(),
        within_s=180,
        otherwise=desk.logs,
    )
    assert not Outbox.objects.filter(state="dead").exists()

    smtp.start()
    for moment in sorted(dice.sample(range(1, 60), 3)):
        desk.later(minutes=1)
        wait_for(lambda moment=moment: smtp.count() >= moment, within_s=180, otherwise=desk.logs)
    desk.kill("worker")
    desk.start("worker")
    desk.later(minutes=6)
    wait_for(
        lambda: not Outbox.objects.filter(state="pending", address__startswith="k").exists(),
        within_s=180,
        otherwise=desk.logs,
    )

    admin = desk.as_person(make_admin(language="en"))
    desk.wait_until_it_answers()
    status, page = desk.request("GET", "/mail/", headers=admin)
    assert status == 200
    assert "gone@klient.example" in page
    assert "The mail server refused the mail. It said: “550 no such mailbox”" in html.unescape(page)
    assert row_of("greylisted").attempts > 0
    smtp.be("ok")
    assert desk.request("POST", f"/mail/out/{row_of('gone').pk}/retry/", headers=admin)[0] == 302
    desk.later(minutes=30)
    wait_for(lambda: not Outbox.objects.exclude(state="sent").exists(), within_s=180, otherwise=desk.logs)

    sent = smtp.by_id()
    doubled = {mail_id: times for mail_id, times in sent.items() if times > 1}
    print(f"{len(sent)} mails, twice or more under the same Message-ID: {sorted(doubled.values())}")
    assert set(sent) == {f"<{mail_id}>" for mail_id in Outbox.objects.values_list("mail_id", flat=True)}
    assert len({mail["X-Envelope-To"] for mail in smtp.kept()}) == len(sent) == 63
    assert len(doubled) <= 1 + desk.kills["worker"]  # Anna's, and the one in the hands of each that was killed
