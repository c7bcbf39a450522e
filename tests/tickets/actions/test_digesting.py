"""The mail of the day: when it is due, what stands in it, and that it comes once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helpdesk.lib import clock as product_clock
from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    fresh,
    make_agent,
    make_colleague,
    make_queue,
    make_requester,
    make_requester_message,
    make_ticket,
)
from tickets import tasks
from tickets.actions import asking, digesting, noting
from tickets.models import Notification, Outbox
from tickets.queries.digest import people_to_digest

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def run_at(task, at):
    with product_clock.moved_to(at):
        task()


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    person = make_agent(queue.team, name="Alicja Zbiorcza", language="en")
    return fresh(digesting.choose(by=person, hour=8, at=AT - DAY))


def digests_to(person):
    return list(Outbox.objects.filter(recipient=person, payload__subject__icontains="what waits for you"))


def test_it_says_what_waits_the_most_urgent_first(queue, agent):
    later = make_ticket(queue, assignee=agent, subject="Późniejsze")
    sooner = make_ticket(queue, assignee=agent, subject="Pilniejsze")
    type(sooner).objects.filter(pk=sooner.pk).update(sla_state="running", due_at=AT + HOUR)
    other = make_ticket(queue, subject="Cudze-marker")
    mate = fresh(make_agent(queue.team, name="Łucja Pytająca"))
    asked = make_ticket(queue, subject="Z pytaniem")
    asking.ask(ticket=asked, by=mate, to=agent, text="Wiesz, co to?", at=AT)
    noting.note(ticket=other, by=mate, text="@Alicja zerknij", at=AT)
    make_requester_message(later, at=AT)

    mail = digesting.send(person_id=agent.pk, at=AT)

    text, html = mail.payload["text"], mail.payload["html"]
    assert mail.payload["subject"] == "Monday 9 March: what waits for you"
    assert text.index("Pilniejsze") < text.index("Późniejsze")
    assert "1 h 00 left" in text
    assert "Łucja Pytająca: Wiesz, co to?" in text
    assert f"Łucja Pytająca: #{other.pk} Cudze-marker" in text
    assert f"The requester wrote: #{later.pk}" in text
    assert "/settings/notifications/" in text
    for words in ("Pilniejsze", "Wiesz, co to?", "Cudze-marker", "/settings/notifications/"):
        assert words in html


def test_it_is_in_the_persons_language_and_zone(queue):
    person = make_agent(queue.team, name="Polka Polska", language="pl", time_zone="Asia/Tokyo")
    digesting.choose(by=person, hour=16, at=AT - DAY)
    make_ticket(queue, assignee=person)

    early = digesting.send(person_id=person.pk, at=AT - HOUR)
    mail = digesting.send(person_id=person.pk, at=AT)

    assert early is None  # 15:00 in Tokyo
    assert mail.payload["subject"] == "Poniedziałek 9 marca: co na Ciebie czeka"


def test_an_empty_one_never_leaves(agent):
    assert digesting.send(person_id=agent.pk, at=AT) is None

    assert not Outbox.objects.filter(recipient=agent).exists()


def test_it_comes_once_a_day_on_weekdays_and_a_missed_hour_is_made_up_for(queue, agent):
    make_ticket(queue, assignee=agent)
    monday = AT

    moments = [monday - HOUR, monday + 5 * HOUR, monday + 6 * HOUR, monday + DAY, monday + 5 * DAY, monday + 7 * DAY]
    written = [digesting.send(person_id=agent.pk, at=at) is not None for at in moments]

    assert written == [False, True, False, True, False, True]


def test_a_day_that_went_by_in_an_outage_is_not_mailed_afterwards(queue, agent):
    make_ticket(queue, assignee=agent)

    written = [digesting.send(person_id=agent.pk, at=at) is not None for at in (AT, AT + 3 * DAY, AT + 3 * DAY + HOUR)]

    assert written == [True, True, False]


def test_an_hour_chosen_after_it_went_by_begins_the_next_day(queue):
    person = make_agent(queue.team)
    make_ticket(queue, assignee=person)
    digesting.choose(by=person, hour=8, at=AT + HOUR)

    assert people_to_digest(AT + 2 * HOUR) == []
    assert people_to_digest(AT + DAY) == [person.pk]


def test_nobody_gets_one_who_did_not_choose_or_does_not_work_here(queue, agent):
    for person in (
        make_agent(queue.team),
        make_requester(digest_hour=0),
        make_colleague(digest_hour=0, is_active=False),
    ):
        assert person.pk not in people_to_digest(AT)
    assert people_to_digest(AT) == [agent.pk]

    digesting.choose(by=agent, hour=None, at=AT)

    assert people_to_digest(AT) == []


def test_nothing_out_of_sight_is_in_it(queue, agent):
    ticket = make_ticket(queue, subject="Sprawa-marker")
    noting.note(ticket=ticket, by=fresh(make_agent(queue.team)), text="@Alicja zerknij", at=AT)
    assert Notification.objects.filter(person=agent).exists()
    agent.memberships.all().delete()

    assert digesting.send(person_id=agent.pk, at=AT) is None


def test_the_task_writes_everybodys_once(queue, agent):
    second = make_agent(queue.team, language="en")
    digesting.choose(by=second, hour=7, at=AT - DAY)
    for person in (agent, second):
        make_ticket(queue, assignee=person)

    for minutes in (0, 0, 1, 2):
        run_at(tasks.send_digests, AT + minutes * MINUTE)

    assert [len(digests_to(person)) for person in (agent, second)] == [1, 1]
