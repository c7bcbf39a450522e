"""Who is told of promises, when, and what of it: each once, together, and nothing that is no longer so."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from sla.actions import announcing, keeping, sweeping
from sla.models import Announcement, Flag, Notice
from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_queue,
    make_reply,
    make_requester,
    make_team,
    make_ticket,
)
from tickets import stop_links
from tickets.actions import changing, facts, merging, notifying, removing, snoozing
from tickets.models import Membership, Notification, Outbox, Queue, Team, Ticket, User

pytestmark = pytest.mark.django_db

AT_75 = AT + 3 * HOUR + MINUTE
BEFORE_END = AT + 4 * HOUR - 29 * MINUTE
BROKEN = AT + 4 * HOUR + MINUTE


@pytest.fixture(autouse=True)
def policy() -> Any:
    """Four hours to the first reply: warned at three (assignee) and half an hour before (team), then the lead."""
    keeping.make_usual_policy(at=AT)


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def queue(team: Team) -> Queue:
    return make_queue(team)


@pytest.fixture
def ewa(team: Team) -> User:
    return make_agent(team, name="Ewa", language="en")


@pytest.fixture
def jan(team: Team) -> User:
    return make_agent(team, name="Jan", language="en")


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, name="Basia", language="en")


def run(at: datetime) -> int:
    sweeping.sweep(at=at)
    return announcing.announce(at=at)


def mails(state: str = "pending") -> list[tuple[str, str]]:
    rows = Outbox.objects.filter(kind=Outbox.Kind.ACCOUNT, state=state).order_by("recipient__name", "pk")
    return [(row.recipient.name if row.recipient else "", row.payload.get("subject", "")) for row in rows]


def shown() -> list[tuple[str, str, int]]:
    rows = Notification.objects.filter(kind__startswith="promise").order_by("created_at", "person__name", "kind")
    return [(row.person.name, row.kind, row.more) for row in rows]


def leave(at: datetime) -> None:
    """What waits in the outbox leaves."""
    waiting = Outbox.objects.filter(state=Outbox.State.PENDING)
    waiting.update(state=Outbox.State.SENT, sent_at=at, payload={})


def test_each_level_reaches_whom_the_policy_names(queue: Queue, ewa: User, jan: User, lead: User) -> None:
    make_ticket(queue, assignee=ewa)

    run(AT_75)
    assert shown() == [("Ewa", "promise_warning", 0)]
    leave(AT_75)
    run(BEFORE_END)
    assert shown()[1:] == [("Ewa", "promise_warning", 0), ("Jan", "promise_warning", 0)]
    leave(BEFORE_END)
    run(BROKEN)

    assert shown()[3:] == [("Basia", "promise_broken", 0), ("Ewa", "promise_broken", 0)]
    assert [name for name, _subject in mails()] == ["Basia", "Ewa"]
    assert set(Notice.objects.values_list("state", flat=True)) == {"spread"}


def test_a_ticket_that_nobody_has_is_the_teams(queue: Queue, ewa: User, jan: User, lead: User) -> None:
    make_ticket(queue)

    run(AT_75)

    assert [name for name, *_ in shown()] == ["Ewa", "Jan"]


def test_all_of_a_run_is_one_message_the_most_urgent_first(queue: Queue, ewa: User) -> None:
    first = make_ticket(queue, assignee=ewa, subject="Pierwsze")
    tickets = [make_ticket(queue, assignee=ewa, at=AT + n * MINUTE, subject=f"Kolejne {n}") for n in (2, 1)]

    assert run(AT_75 + 3 * MINUTE) == 1

    assert shown() == [("Ewa", "promise_warning", 2)]
    assert Notification.objects.get(kind="promise_warning").ticket == first
    (mail,) = Outbox.objects.filter(kind=Outbox.Kind.ACCOUNT)
    assert mail.payload["subject"] == "3 promises are about to break"
    places = [mail.payload["text"].index(f"#{ticket.pk} ") for ticket in (first, tickets[1], tickets[0])]
    assert places == sorted(places)


def test_what_the_team_hears_of_is_one_line_until_it_is_read(queue: Queue, ewa: User) -> None:
    """Each ticket counts once, however often it warns; one's own tickets have lines of their own."""
    first = make_ticket(queue)
    run(AT_75)
    second = make_ticket(queue, at=AT + MINUTE)
    run(AT_75 + MINUTE)
    make_ticket(queue, assignee=ewa, at=AT + 2 * MINUTE)
    run(AT_75 + 2 * MINUTE)
    assert shown() == [("Ewa", "promise_warning", 1), ("Ewa", "promise_warning", 0)]
    run(BEFORE_END)  # again of the first
    line = Notification.objects.get(more=1)
    assert (line.ticket, line.created_at) == (first, BEFORE_END)

    notifying.mark_read(by=ewa, at=BEFORE_END, notification_id=line.pk)
    run(BEFORE_END + MINUTE)

    assert sorted(row.more for row in Notification.objects.all()) == [0, 0, 1]
    assert Notification.objects.unread().filter(ticket=second, more=0).exists()


def test_a_second_run_tells_nothing_again(queue: Queue, ewa: User) -> None:
    make_ticket(queue, assignee=ewa)
    run(AT_75)

    assert run(AT_75 + MINUTE) == 0
    leave(AT_75 + MINUTE)
    assert run(AT_75 + 2 * MINUTE) == 0

    assert (len(shown()), len(mails()), len(mails("sent"))) == (1, 0, 1)
    assert not Announcement.objects.filter(ended_at=None).exists()


def test_mails_to_one_person_are_a_quarter_of_an_hour_apart(queue: Queue, ewa: User) -> None:
    make_ticket(queue, assignee=ewa)
    run(AT_75)
    leave(AT_75)
    make_ticket(queue, assignee=ewa, at=AT + 2 * MINUTE, subject="Drugie")
    make_ticket(queue, assignee=ewa, at=AT + 5 * MINUTE, subject="Trzecie")

    run(AT_75 + 2 * MINUTE)
    run(AT_75 + 5 * MINUTE)
    assert mails() == []
    assert len(shown()) == 3  # the page has them at once
    run(AT_75 + 16 * MINUTE)

    assert mails() == [("Ewa", "2 promises are about to break")]


def test_a_warning_held_over_the_night_is_not_told_after_the_promise_broke(queue: Queue, ewa: User) -> None:
    facts.store_presence(ewa, [(AT + 6 * HOUR, AT + 8 * HOUR)], after=AT)
    make_ticket(queue, assignee=ewa)

    assert run(AT_75) == 0
    assert run(BEFORE_END) == 0
    assert run(BROKEN) == 0
    assert (shown(), mails()) == ([], [])
    assert run(AT + 6 * HOUR) == 1

    assert shown() == [("Ewa", "promise_broken", 0)]
    assert [subject.partition(":")[0] for _, subject in mails()] == ["A promise is broken"]


def test_what_still_holds_is_told_when_its_person_comes(queue: Queue, ewa: User) -> None:
    comes = AT_75 + 10 * MINUTE
    facts.store_presence(ewa, [(comes, AT + 8 * HOUR)], after=AT)
    make_ticket(queue, assignee=ewa)

    assert run(AT_75) == 0
    assert run(comes) == 1

    assert shown() == [("Ewa", "promise_warning", 0)]


def test_the_team_hears_of_what_somebody_has_who_is_away(queue: Queue, ewa: User, jan: User) -> None:
    facts.store_presence(ewa, [(AT + 24 * HOUR, AT + 32 * HOUR)], after=AT)
    make_ticket(queue, assignee=ewa)

    run(AT_75)

    assert [name for name, *_ in shown()] == ["Jan"]


def test_a_mail_that_has_not_left_is_written_anew_when_it_is_true_no_more(
    queue: Queue, ewa: User, settings: Any
) -> None:
    """The mail server is away while the promise breaks: what leaves at last says that, once, and no warning."""
    make_ticket(queue, assignee=ewa)
    run(AT_75)
    Outbox.objects.filter(kind=Outbox.Kind.ACCOUNT).update(attempts=3, next_at=AT + 6 * HOUR, last_error="away")

    run(BEFORE_END)
    assert [subject.partition(":")[0] for _, subject in mails()] == ["A promise is about to break"]
    run(BROKEN)

    assert [subject.partition(":")[0] for _, subject in mails()] == ["A promise is broken"]
    assert mails("dismissed") == []


def test_one_press_in_the_mail_ends_mails_of_what_it_tells_of(queue: Queue, ewa: User) -> None:
    """Also where it was written anew: the mail is about something else then."""
    make_ticket(queue, assignee=ewa)
    run(AT_75)
    first = _stops()
    Outbox.objects.filter(kind=Outbox.Kind.ACCOUNT).update(attempts=3, next_at=AT + 6 * HOUR, last_error="away")
    make_ticket(queue, assignee=ewa, at=AT + 30 * MINUTE)

    run(BROKEN)

    assert first == (ewa.pk, ("promise_warning",))
    assert _stops() == (ewa.pk, ("promise_broken", "promise_warning"))


def _stops() -> Any:
    """Whose mails of which kinds the link in the only mail ends."""
    stop = Outbox.objects.get(kind=Outbox.Kind.ACCOUNT).payload["stop"]
    return stop_links.read(stop.rstrip("/").rpartition("/")[2])


def test_a_mail_that_is_just_leaving_is_waited_for(queue: Queue, ewa: User) -> None:
    make_ticket(queue, assignee=ewa)
    run(AT_75)
    leased = Outbox.objects.filter(kind=Outbox.Kind.ACCOUNT)
    leased.update(leased_until=BROKEN + 4 * MINUTE)

    assert run(BROKEN) == 0
    assert [subject.partition(":")[0] for _, subject in mails()] == ["A promise is about to break"]
    leased.update(leased_until=None)
    run(BROKEN + MINUTE)

    assert [subject.partition(":")[0] for _, subject in mails()] == ["A promise is broken"]


def _answer(ticket: Ticket, by: User, at: datetime) -> None:
    make_reply(ticket, by, at=at, next_status="waiting")


def _solve(ticket: Ticket, by: User, at: datetime) -> None:
    changing.change_status(ticket=ticket, to="solved", by=by, at=at)


def _remove(ticket: Ticket, by: User, at: datetime) -> None:
    removing.remove(ticket=ticket, removed_as="spam", by=by, at=at)


@pytest.mark.parametrize("end", [_answer, _solve, _remove])
def test_what_has_ended_meanwhile_tells_nothing(queue: Queue, ewa: User, lead: User, end: Any) -> None:
    ticket = make_ticket(queue, assignee=ewa)
    sweeping.sweep(at=AT_75)
    assert Notice.objects.filter(state="waiting").exists()
    end(ticket, lead, AT_75)

    assert announcing.announce(at=AT_75 + MINUTE) == 0

    assert (shown(), mails()) == ([], [])


def test_after_a_merge_the_other_ticket_is_told_of(queue: Queue, ewa: User, lead: User) -> None:
    ticket = make_ticket(queue, assignee=ewa)
    run(AT_75)
    assert f"#{ticket.pk} " in mails()[0][1]
    into = make_ticket(queue, requester=ticket.requester, at=AT_75)

    merging.merge(ticket=ticket, into=into, by=lead, at=AT_75)
    run(AT_75 + MINUTE)

    # It waits as long as the one that went into it.
    assert f"#{into.pk} " in mails()[0][1]
    assert set(Notification.objects.order_by("pk").values_list("ticket", flat=True)[1:]) == {into.pk}


@pytest.mark.parametrize("end", [_answer, _solve, _remove])
def test_a_mail_about_what_has_ended_does_not_leave(queue: Queue, ewa: User, lead: User, end: Any) -> None:
    ticket = make_ticket(queue, assignee=ewa)
    run(AT_75)
    assert len(mails()) == 1
    end(ticket, lead, AT_75 + MINUTE)

    run(AT_75 + 2 * MINUTE)

    assert mails() == []
    assert len(mails("dismissed")) == 1


def test_whoever_lost_sight_of_the_ticket_hears_nothing(queue: Queue, ewa: User) -> None:
    helper = make_colleague(name="Ola")
    grant = make_grant(helper, queue)
    make_ticket(queue, assignee=helper)
    make_ticket(queue, assignee=ewa)
    sweeping.sweep(at=AT_75)
    facts.revoke_grant(grant, at=AT_75)
    Membership.objects.filter(user=ewa).delete()

    assert announcing.announce(at=AT_75 + MINUTE) == 0

    assert Announcement.objects.count() == 2  # there was something to hear
    assert (shown(), mails()) == ([], [])


def test_whoever_is_on_a_duty_hears_of_theirs(queue: Queue) -> None:
    helper = make_colleague(name="Ola")
    make_grant(helper, queue)
    make_ticket(queue, assignee=helper)

    run(AT_75)

    assert shown() == [("Ola", "promise_warning", 0)]


def test_the_first_warning_wakes_what_was_put_off(queue: Queue, ewa: User) -> None:
    ticket = make_ticket(queue, assignee=ewa)
    snoozing.snooze(ticket=ticket, until=AT + 24 * HOUR, reason="czekam", by=ewa, at=AT + MINUTE)

    run(AT_75)

    assert Ticket.objects.get(pk=ticket.pk).snoozed_until is None
    assert ticket.events.get(kind="woken").data["why"] == "warning"


@pytest.mark.parametrize(("way", "on_page", "by_mail"), [("off", 0, 0), ("page", 1, 0), ("mail", 1, 1)])
def test_each_is_told_in_the_way_they_chose(queue: Queue, ewa: User, way: str, on_page: int, by_mail: int) -> None:
    User.objects.filter(pk=ewa.pk).update(notice_ways={"promise_warning": way})
    make_ticket(queue, assignee=ewa)

    run(AT_75)

    assert (len(shown()), len(mails())) == (on_page, by_mail)


def test_the_mail_is_in_its_readers_language_with_whole_links(queue: Queue, ewa: User, settings: Any) -> None:
    settings.SITE_URL = "https://pomoc.example"
    User.objects.filter(pk=ewa.pk).update(language="pl", time_zone="Europe/London")
    ticket = make_ticket(queue, assignee=ewa, subject="<b>Drukarka</b>\r\nBcc: x")

    run(BROKEN)

    mail = Outbox.objects.get(kind=Outbox.Kind.ACCOUNT)
    assert mail.payload["subject"] == f"Przekroczony termin: #{ticket.pk} <b>Drukarka</b> Bcc: x"
    assert f"https://pomoc.example/tickets/{ticket.pk}/" in mail.payload["text"]
    assert f'<a href="https://pomoc.example/tickets/{ticket.pk}/">' in mail.payload["html"]
    assert "&lt;b&gt;Drukarka&lt;/b&gt;" in mail.payload["html"]
    assert "termin pon 9 marca, 11:00\n" in mail.payload["text"]  # noon in Warsaw
    assert "Pierwsza odpowiedź" in mail.payload["text"]


def test_a_longer_target_takes_its_warning_back(queue: Queue, ewa: User) -> None:
    ticket = make_ticket(queue, assignee=ewa)
    sweeping.sweep(at=AT_75)
    changing.change_priority(ticket=ticket, to=1, by=make_admin(), at=AT_75)

    announcing.announce(at=AT_75 + MINUTE)

    assert shown() == []


def test_old_ones_are_forgotten(queue: Queue, ewa: User) -> None:
    make_ticket(queue, assignee=ewa)
    run(AT_75)
    leave(AT_75)
    run(AT_75 + MINUTE)

    assert announcing.forget_old(at=AT + timedelta(days=27)) == 0
    assert announcing.forget_old(at=AT + timedelta(days=29)) == 1


@pytest.mark.django_db(transaction=True)
def test_announcers_that_are_killed_tell_everybody_everything_once() -> None:
    """Three tell at once; one after the other is killed in the middle of it and begun again."""
    requester = make_requester()
    queues = [make_queue() for _ in range(6)]
    people = [[make_agent(queue.team) for _ in range(4)] for queue in queues]
    for queue in queues:
        for number in range(12):
            make_ticket(queue, requester=requester, at=AT + number * MINUTE)
    at = AT + 3 * HOUR + 20 * MINUTE
    sweeping.sweep(at=at)
    assert Notice.objects.filter(state="waiting").count() == 72
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.tickets.racing_preload"])
    chance = random.Random(7)

    def begun() -> Any:
        process = context.Process(target=_announce, args=(connection.settings_dict["NAME"], at), daemon=True)
        process.start()
        return process

    announcers = [begun() for _ in range(3)]
    for _ in range(10):
        time.sleep(chance.uniform(0, 0.1))
        place = chance.randrange(3)
        announcers[place].kill()
        announcers[place].join()
        announcers[place] = begun()
    for process in announcers:
        process.join(60)
        assert process.exitcode == 0

    announcing.announce(at=at)
    announcing.announce(at=at)
    told = Counter(Announcement.objects.values_list("notice", "person"))
    assert len(told) == 72 * 4
    assert set(told.values()) == {1}
    # Whoever was told in two halves got the second part on the page, and in the one mail that had not left.
    for person in (each for some in people for each in some):
        assert sum(1 + row.more for row in Notification.objects.filter(person=person)) == 12
        (mail,) = Outbox.objects.filter(recipient=person, kind=Outbox.Kind.ACCOUNT)
        assert mail.payload["text"].count("/tickets/") == 12
    assert Flag.objects.count() == 72


def _announce(database: str, at: datetime) -> None:
    connection.settings_dict["NAME"] = database
    announcing.AT_ONCE = 5
    announcing.announce(at=at)
