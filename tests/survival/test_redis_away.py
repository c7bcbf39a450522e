"""Redis is frozen, then killed, while 200 people are answered: nobody waits for it, and every mail leaves."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from tests.factories import make_requester, make_ticket
from tests.survival.conftest import IS_FULL
from tests.survival.desk import Desk, wait_for
from tests.survival.smtp_server import SmtpServer
from tickets.models import Message, Outbox, Queue, Ticket, User

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

OUTAGE_S = 60.0 if IS_FULL else 8.0
LONGEST_WAIT_S = 2.0
"""What Redis' absence may add to the slowest request with Redis, in which a busy machine has its share."""


@pytest.fixture
def tickets(shops: Queue, now: datetime) -> list[Ticket]:
    people = [make_requester(email=f"k{number}@klient.example") for number in range(200)]
    return [make_ticket(shops, requester=person, at=now) for person in people]


def test_replies_do_not_wait_for_redis_and_all_leave_once_it_is_back(
    desk: Desk, smtp: SmtpServer, tickets: list[Ticket], agent: User
) -> None:
    desk.settings["SMTP_URL"] = smtp.url
    desk.start("web", "worker", "beat")
    desk.wait_until_it_answers()
    headers = desk.as_person(agent)

    def answer(ticket: Ticket) -> float:
        begun = time.monotonic()
        status, _ = desk.request(
            "POST", f"/api/tickets/{ticket.pk}/reply/", body={"text": f"Reply {ticket.pk}"}, headers=headers
        )
        assert status == 201
        return time.monotonic() - begun

    def answer_all(some: list[Ticket], *, over_s: float = 0) -> float:
        """Four agents at once, spread over the time; returns the longest request in seconds."""
        begun, took = time.monotonic(), []
        with ThreadPoolExecutor(4) as pool:
            for first in range(0, len(some), 4):
                time.sleep(max(0.0, begun + over_s * first / len(some) - time.monotonic()))
                took += pool.map(answer, some[first : first + 4])
        return max(took)

    def all_left(count: int) -> bool:
        desk.revive()
        return smtp.count() >= count

    usual = answer_all(tickets[:20])
    wait_for(lambda: smtp.count() >= 20, within_s=180, otherwise=desk.logs)

    desk.freeze_redis()
    while_frozen = answer_all(tickets[20:100], over_s=OUTAGE_S)
    desk.thaw_redis()
    after_the_freeze = wait_for(lambda: all_left(100), within_s=180, otherwise=desk.logs)

    desk.kill_redis()
    while_dead = answer_all(tickets[100:180], over_s=OUTAGE_S)
    desk.redis.start()
    after_the_death = wait_for(lambda: all_left(180), within_s=180, otherwise=desk.logs)
    answer_all(tickets[180:])
    wait_for(lambda: all_left(200), within_s=180, otherwise=desk.logs)

    print(
        f"outages of {OUTAGE_S:.0f} s; slowest request: with Redis {usual:.2f} s, frozen {while_frozen:.2f} s, "
        f"dead {while_dead:.2f} s; "
        f"all gone after {after_the_freeze:.1f} s and {after_the_death:.1f} s"
    )
    assert while_frozen < usual + LONGEST_WAIT_S
    assert while_dead < usual + LONGEST_WAIT_S
    assert Message.objects.filter(is_from_requester=False).count() == 200
    wait_for(lambda: Outbox.objects.filter(state="sent").count() == 200, within_s=10)
    assert set(smtp.by_id().values()) == {1}
    assert sorted(mail["X-Envelope-To"] for mail in smtp.kept()) == sorted(t.requester.email for t in tickets)
