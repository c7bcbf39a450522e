"""Mails of a plan, the answer from a mail, and reminders."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import signal
from collections import Counter
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client

from rotations import answer_links
from rotations.actions import leaving, mailing, placing, publishing, rounds
from rotations.models import Duty, Reminder, Round
from rotations.queries import reminders
from tests.factories import AT, HOUR, make_agent, make_lead
from tests.rotations.duties import MONDAY, make_programme, make_round, propose, shift_of, sign_up, volunteer
from tickets.models import Outbox, Team, User

DAY = timedelta(days=1)
STARTS = AT + 7 * DAY
"""When the first shift of rounds here begins."""


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def people(db: None) -> list[User]:
    return [volunteer(email=f"{name}@bursztyn.example") for name in ("ala", "ola", "ula", "ela")]


@pytest.fixture
def planned(team: Team, lead: User, people: list[User]) -> Round:
    of = make_round(make_programme(team, seats=3), lead, state=Round.State.SIGNUP)
    for person in people:
        sign_up(of, person)
    return rounds.move_on(of=of, to=Round.State.PLANNING, by=lead, at=AT)


@pytest.fixture
def published(planned: Round, people: list[User], lead: User) -> Round:
    propose(shift_of(planned), people[0], lead)
    return rounds.move_on(of=planned, to=Round.State.PUBLISHED, by=lead, at=AT)


def duty_of(person: User) -> Duty:
    return Duty.objects.filter(person=person).latest("id")


def written() -> list[tuple[str, str]]:
    """To which volunteer, and the subject; taken off the list, with what mentors got."""
    rows = Outbox.objects.filter(recipient__role="colleague").order_by("id")
    found = [(each.address.partition("@")[0], each.payload["subject"].partition(":")[0]) for each in rows]
    Reminder.objects.update(mail=None)
    Outbox.objects.all().delete()
    return sorted(found)


def test_a_plan_is_mailed_to_those_in_it_and_its_changes_to_those_they_touch(
    planned: Round, people: list[User], lead: User, team: Team
) -> None:
    ala, ola, ula, ela = people
    shift, mentor = shift_of(planned), make_agent(team, name="Marek Mentor")
    for person in (ala, ola):
        propose(shift, person, lead, mentor=mentor)
    assert written() == []

    rounds.move_on(of=planned, to=Round.State.PUBLISHED, by=lead, at=AT)
    first = written()
    placing.confirm(duty=duty_of(ala), by=ala, at=AT)
    leaving.decline(duty=duty_of(ola), by=ola, at=AT)
    placing.take_seat(shift=shift, channels=["email"], by=ela, at=AT + HOUR)
    propose(shift, ula, lead, at=AT + HOUR)
    publishing.publish_changes(of=planned, by=lead, at=AT + 2 * HOUR)
    second = written()
    Duty.objects.filter(person=ala).update(deputy=lead)
    leaving.call_off(duty=duty_of(ula), by=lead, at=AT + 3 * HOUR)
    publishing.publish_changes(of=planned, by=lead, at=AT + 4 * HOUR)
    third = written()
    propose(shift, ula, lead, at=AT + 5 * HOUR)
    publishing.publish_changes(of=planned, by=lead, at=AT + 6 * HOUR)
    fourth = written()
    publishing.publish_changes(of=planned, by=lead, at=AT + 7 * HOUR)

    asked = "You are asked for a duty"
    assert first == [("ala", asked), ("ola", asked)]
    assert second == [("ula", asked)]
    assert third == [("ala", "Your duties have changed"), ("ula", "Your duties have changed")]
    assert fourth == [("ula", asked)]
    assert written() == []


def test_whoever_is_asked_again_between_two_plans_is_mailed_again(
    published: Round, people: list[User], lead: User
) -> None:
    leaving.decline(duty=duty_of(people[0]), by=people[0], at=AT + HOUR)
    propose(shift_of(published), people[0], lead, at=AT + 2 * HOUR)
    written()

    publishing.publish_changes(of=published, by=lead, at=AT + 3 * HOUR)

    assert written() == [("ala", "You are asked for a duty")]


def test_a_mail_speaks_the_readers_language_and_tells_the_time_of_their_clock(
    planned: Round, people: list[User], lead: User
) -> None:
    User.objects.filter(pk=people[0].pk).update(language="pl")
    User.objects.filter(pk=people[1].pk).update(time_zone="America/New_York")
    for person in people[:2]:
        propose(shift_of(planned), person, lead)

    rounds.move_on(of=planned, to=Round.State.PUBLISHED, by=lead, at=AT)

    at_home, away = (Outbox.objects.get(recipient=each).payload for each in people[:2])
    assert at_home["subject"].startswith("Pytamy o dyżur")
    assert "Poniedziałek 16 marca, 8:00–16:00\n" in at_home["text"]
    assert "Monday 16 March, 3:00–11:00 (America/New_York)" in away["text"]
    assert "<p>" in at_home["html"]


def test_the_link_of_a_mail_shows_the_place_and_only_the_button_answers(published: Round, people: list[User]) -> None:
    text = Outbox.objects.get().payload["text"]
    (path,) = re.findall(r"http://[^/]+(/d/\S+)", text)
    client = Client()

    pages = [client.get(path), client.head(path), client.get(path)]
    before = duty_of(people[0]).state
    done = client.post(path, {"answer": "yes"}, follow=True)
    duty = duty_of(people[0])

    assert [each.status_code for each in pages] == [200, 200, 200]
    assert "I will be there" in pages[0].content.decode()
    assert before == Duty.State.PROPOSED
    assert (duty.state, duty.confirmed_by_id) == (Duty.State.CONFIRMED, people[0].pk)
    assert "I will be there" not in done.content.decode()
    assert client.post(path, {}).status_code == 302
    assert client.get(path.replace("~", "~x", 1)).status_code == 404
    User.objects.filter(pk=people[0].pk).update(is_active=False)
    assert client.get(path).status_code == 404


def test_no_by_the_link(published: Round, people: list[User]) -> None:
    (path,) = re.findall(r"http://[^/]+(/d/\S+)", Outbox.objects.get().payload["text"])

    Client().post(path, {"answer": "no"})

    assert duty_of(people[0]).state == Duty.State.DECLINED


def test_a_link_of_a_place_that_is_planned_anew_shows_nothing_before_it_is_published(
    published: Round, people: list[User], lead: User
) -> None:
    duty = propose(shift_of(published), people[1], lead, at=AT + HOUR)
    address = answer_links.url_for(duty.pk, people[1].pk)

    assert Client().get(address[address.index("/d/") :]).status_code == 404


def test_mentors_are_told_whom_they_look_after_and_of_changes_once_each(
    planned: Round, people: list[User], lead: User, team: Team
) -> None:
    ala, ola, *_rest = people
    shift = shift_of(planned)
    first, second = (make_agent(team, name=name, language="en", email=f"{name}@bursztyn.example") for name in "mn")
    propose(shift, ala, lead, mentor=first, deputy=second)
    propose(shift, ola, lead, mentor=first)

    rounds.move_on(of=planned, to=Round.State.PUBLISHED, by=lead, at=AT)
    mails = {each.recipient: each.payload["text"] for each in Outbox.objects.filter(recipient__in=[first, second])}
    written()
    publishing.publish_changes(of=planned, by=lead, at=AT + HOUR)
    unchanged = Outbox.objects.count()
    leaving.call_off(duty=duty_of(ola), by=lead, at=AT + HOUR)
    publishing.publish_changes(of=planned, by=lead, at=AT + 2 * HOUR)

    assert str(ala) in mails[first]
    assert str(ola) in mails[first]
    assert "Monday 16 March, 8:00–16:00" in mails[first]
    assert str(ola) not in mails[second]
    assert unchanged == 0
    told = Outbox.objects.get(recipient=first).payload["text"]
    assert "You do not look after these any more:" in told
    assert str(ala) not in told
    assert not Outbox.objects.filter(recipient=second).exists()


def test_reminders_come_a_week_a_day_and_on_the_morning_before_and_each_once(
    published: Round, people: list[User]
) -> None:
    placing.confirm(duty=duty_of(people[0]), by=people[0], at=AT - HOUR)
    written()
    said = []
    moments = (
        STARTS - 7 * DAY - HOUR, STARTS - 7 * DAY, STARTS - 6 * DAY, STARTS - DAY - HOUR, STARTS - DAY,
        STARTS - 3 * HOUR, STARTS - 2 * HOUR, STARTS - HOUR, STARTS, STARTS + DAY,
    )  # fmt: skip

    for at in moments:
        mailing.remind_all(at=at)
        mailing.remind_all(at=at)
        said.append([subject for _to, subject in written()])

    # The shift begins at 8:00; a morning's mail comes at 7:00, or two hours before: at 6:00.
    assert said == [
        [], ["Your duty in 7 days"], [], [], ["Your duty tomorrow"], [], ["Your duty today"], [], [], [],
    ]  # fmt: skip


def test_whoever_slept_through_is_told_of_what_is_due_now_alone(published: Round, people: list[User]) -> None:
    placing.confirm(duty=duty_of(people[0]), by=people[0], at=AT - HOUR)
    written()

    mailing.remind_all(at=STARTS - HOUR)

    assert written() == [("ala", "Your duty today")]


def test_nobody_is_reminded_at_once_of_what_they_have_just_taken(published: Round, people: list[User]) -> None:
    placing.take_seat(shift=shift_of(published), channels=["email"], by=people[1], at=STARTS - 20 * HOUR)
    written()

    mailing.remind_all(at=STARTS - 19 * HOUR)
    soon = [to for to, _subject in written()]
    mailing.remind_all(at=STARTS - HOUR)

    assert "ola" not in soon
    assert ("ola", "Your duty today") in written()


def test_who_has_not_answered_is_asked_and_who_left_is_left_alone(
    published: Round, people: list[User], lead: User
) -> None:
    gone = placing.take_seat(shift=shift_of(published), channels=["email"], by=people[1], at=AT)
    leaving.withdraw(duty=gone, by=people[1], at=AT + HOUR)
    propose(shift_of(published), people[2], lead, at=AT + HOUR)  # not published
    Outbox.objects.all().delete()

    mailing.remind_all(at=STARTS - DAY)

    mail = Outbox.objects.get()
    assert mail.recipient == people[0]
    assert "You have not answered yet." in mail.payload["text"]
    assert "/d/" in mail.payload["text"]


def test_looking_for_reminders_costs_the_same_for_one_and_for_many(
    published: Round, people: list[User], django_assert_num_queries: Any
) -> None:
    for person in people[1:3]:
        placing.take_seat(shift=shift_of(published), channels=["email"], by=person, at=AT - HOUR)

    with django_assert_num_queries(2):
        assert len(reminders.due_reminders(STARTS - DAY)) == 3


# Many workers, some of which are killed in the middle of it


def _worker(seed: int) -> None:
    """Runs once, and may end between a mail and the end of its transaction."""
    chance, send = random.Random(seed), mailing.send

    def send_or_die(*args: Any) -> Any:
        made = send(*args)
        if chance.random() < 0.3:
            os.kill(os.getpid(), signal.SIGKILL)
        return made

    try:
        with patch.object(mailing, "send", send_or_die):
            mailing.remind_all(at=STARTS - DAY)
    finally:
        connection.close()
        os._exit(0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_each_is_reminded_once_by_any_number_of_workers_killed_at_random(team: Team, lead: User) -> None:
    of = make_round(make_programme(team, seats=12), lead, state=Round.State.PUBLISHED)
    people = [volunteer() for _number in range(12)]
    for person in people:
        placing.take_seat(shift=shift_of(of, MONDAY), channels=["email"], by=person, at=AT)
    Outbox.objects.all().delete()  # what their mentor was told
    fork = multiprocessing.get_context("fork")
    killed = 0

    for seed in range(0, 400, 4):
        connection.close()  # none of them may speak through the parent's
        workers = [fork.Process(target=_worker, args=[seed + number]) for number in range(4)]
        for each in workers:
            each.start()
        for each in workers:
            each.join(120)
        killed += sum(each.exitcode == -signal.SIGKILL for each in workers)
        if not reminders.due_reminders(STARTS - DAY):
            break

    assert killed > 0
    to = Counter(Outbox.objects.values_list("recipient", flat=True))
    assert to == {person.pk: 1 for person in people}
    assert Reminder.objects.filter(kind="day").count() == 12
