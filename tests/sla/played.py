"""Traces of tickets: what is done on them by real actions, and how their clocks stand afterwards.

Times are those on the wall in Warsaw unless they carry their own offset. Each is played twice: undisturbed, and with a
sweep after every step; nothing may depend on when somebody looked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache

from sla.actions import keeping, reconciling, sweeping
from sla.models import Clock
from tests.factories import (
    AT,
    make_admin,
    make_note,
    make_queue,
    make_reply,
    make_requester,
    make_requester_message,
    make_ticket,
)
from tickets.actions import (
    changing,
    holding,
    merging,
    opening,
    removing,
    replying,
    snoozing,
    splitting,
    tagging,
    walkups,
)
from tickets.actions.opening import MailFacts
from tickets.actions.walkups import Asker
from tickets.models import Channel, Message, Priority, Ticket
from tickets.models.ticket import RemovedAs

WARSAW = ZoneInfo("Europe/Warsaw")
HOUR, MINUTE = 3600, 60
OFFICE = {day: [("08:00", "16:00")] for day in range(5)}
DAYS_OFF: dict[date, Any] = {
    date(2026, 4, 6): [],
    date(2026, 12, 24): [("08:00", "12:00")],
    date(2026, 12, 25): [],
    date(2027, 1, 1): [],
}
NIGHT = {day: [("22:00", "06:00")] for day in range(7)}
ALWAYS = {day: [("00:00", "24:00")] for day in range(7)}


def hours(first: float, following: float, solution: float) -> dict[str, int]:
    return {
        "first_response": int(first * HOUR),
        "next_response": int(following * HOUR),
        "resolution": int(solution * HOUR),
    }


@dataclass(frozen=True)
class C:
    """A clock as it stands after the last step. ``used`` is h:mm or h:mm:ss; what is not given is not looked at."""

    metric: str
    state: str
    due: str | None = None
    used: str | None = None
    broke: str | None = None
    late: str | None = None
    stopped: str | None = None
    cycle: int = 1
    of: str = "a"


@dataclass(frozen=True)
class Trace:
    name: str
    steps: list[tuple[str, ...]]
    """When, what, and of which ticket or with what."""
    clocks: list[C]
    none: list[str] = field(default_factory=list)
    """Metrics of which there is no clock."""


FR, NR, RES = "first_response", "next_response", "resolution"
MON, TUE, WED, THU = "2026-03-09 ", "2026-03-10 ", "2026-03-11 ", "2026-03-12 "
SPRING, AUTUMN = "2026-03-29 ", "2026-10-25 "


def play(trace: Trace, *, is_swept: bool) -> None:
    desk = Desk()
    at = AT
    for when, what, *words in trace.steps:
        at = moment(when)
        desk.act(what, words, at)
        if is_swept:
            sweeping.sweep(at=at + timedelta(hours=30))

    for expected in trace.clocks:
        assert_is(expected, desk)
    metrics = Clock.objects.filter(ticket=desk.tickets["a"]).values_list("metric", flat=True)
    assert not set(trace.none) & set(metrics)
    later = at + timedelta(days=3)
    sweeping.sweep(at=later)
    for ticket in desk.tickets.values():
        assert reconciling.reconcile(ticket.pk, at=later, fixes=False) == []
    for expected in trace.clocks:
        assert_is(expected, desk)
        if expected.broke:
            assert the(expected, desk).breached_at == moment(expected.broke)
        elif expected.state == "met":
            assert the(expected, desk).breached_at is None


def assert_is(expected: C, desk: Desk) -> None:
    row = the(expected, desk)
    found = {
        "state": row.state,
        "used": row.used_s,
        "due": row.due_at,
        "late": row.overdue_s,
        "stopped": row.stopped_at,
    }
    wanted = {
        "state": expected.state,
        "used": seconds(expected.used),
        "due": expected.due and moment(expected.due),
        "late": seconds(expected.late),
        "stopped": expected.stopped and moment(expected.stopped),
    }
    assert {name: found[name] for name, value in wanted.items() if value is not None} == {
        name: value for name, value in wanted.items() if value is not None
    }, f"{expected}, found {found}"


def the(expected: C, desk: Desk) -> Clock:
    return Clock.objects.get(ticket=desk.tickets[expected.of], metric=expected.metric, cycle=expected.cycle)


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=WARSAW)


def seconds(text: str | None) -> int | None:
    if text is None:
        return None
    hour, minute, *second = map(int, text.split(":"))
    return hour * HOUR + minute * MINUTE + sum(second)


class Desk:
    """What the steps are done by and to."""

    def __init__(self) -> None:
        office = keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, exceptions=DAYS_OFF, at=AT)
        always = keeping.make_calendar(name="Doba", zone="UTC", weekly=ALWAYS, at=AT)
        night = keeping.make_calendar(name="Noc", zone="Europe/Warsaw", weekly=NIGHT, at=AT)
        keeping.make_policy(
            name="Reszta",
            calendar=office,
            is_default=True,
            at=AT,
            targets={
                Priority.LOW: hours(8, 8, 40),
                Priority.NORMAL: hours(4, 4, 16),
                Priority.HIGH: hours(2, 2, 8),
                Priority.URGENT: hours(1, 1, 4),
            },
        )
        keeping.make_policy(
            name="VIP",
            calendar=always,
            conditions="tag:vip",
            position=1,
            hold_pauses=False,
            at=AT,
            targets={Priority.NORMAL: hours(2, 1, 8), Priority.URGENT: hours(1, 0.5, 4)},
        )
        cache.clear()  # the names of queues are remembered for some seconds
        self.admin, self.asker = make_admin(), make_requester()
        self.queues = {"day": make_queue(), "night": make_queue(name="Nocna")}
        keeping.make_policy(
            name="Nocne",
            calendar=night,
            conditions=f"queue:{self.queues['night'].slug}",
            position=2,
            at=AT,
            targets={Priority.NORMAL: hours(2, 2, 8)},
        )
        self.tickets: dict[str, Ticket] = {}
        self.held: Any = None

    def act(self, what: str, words: list[str], at: datetime) -> None:
        word = words[0] if words else ""
        if what == "open":
            self.tickets[word or "a"] = make_ticket(self.queues["day"], requester=self.asker, at=at)
            return
        if what == "open in":
            name = words[1] if len(words) > 1 else "a"
            self.tickets[name] = make_ticket(self.queues[word], requester=self.asker, at=at)
            return
        if what == "open for":
            self.tickets["a"] = opening.open_ticket(
                requester=self.asker,
                queue=self.queues["day"],
                channel=Channel.PHONE,
                subject="Dzwoni",
                text="Nie działa.",
                by=self.admin,
                at=at,
            )
            return
        if what == "favour":
            walk_up = walkups.log_walk_up(
                who=Asker(person=self.asker),
                what="Java",
                minutes=10,
                outcome=word,
                queue=self.queues["day"],
                at=at - timedelta(minutes=30),
                by=self.admin,
                logged_at=at,
                key="1",
            )
            assert walk_up.ticket is not None
            self.tickets["a"] = walk_up.ticket
            return
        if what == "split":
            said = list(Message.objects.filter(ticket=self.tickets["a"]).order_by("at", "id"))
            ones = [said[-1 if words[1] == "last" else -2].pk]
            self.tickets[word] = splitting.split(ticket=self.again("a"), messages=ones, by=self.admin, at=at)
            return
        if what == "merge":
            merging.merge(ticket=self.again(word), into=self.again(words[1]), by=self.admin, at=at, shows_all=True)
            return
        self._act_on(self.again("a"), what, word, at)

    def again(self, name: str) -> Ticket:
        return Ticket.objects.get(pk=self.tickets[name].pk)

    def _act_on(self, ticket: Ticket, what: str, word: str, at: datetime) -> None:
        by: dict[str, Any] = {"ticket": ticket, "by": self.admin, "at": at}
        if what == "say":
            make_reply(ticket, self.admin, at=at, next_status=word)
        elif what == "say held":
            self.held = replying.reply(**by, text="Już.", hold_s=10)
        elif what == "let leave":
            holding.release(message=self.held, at=at)
        elif what == "note":
            make_note(ticket, self.admin, at=at)
        elif what == "hear":
            make_requester_message(ticket, at=at)
        elif what == "away":
            make_requester_message(ticket, at=at, text="Jestem na urlopie.", mail=MailFacts(automatic="auto-replied"))
        elif what == "closed":
            changing.close(ticket=ticket, at=at)
        elif what in ("waiting", "on_hold", "solved", "open again"):
            changing.change_status(**by, to="open" if what == "open again" else what, reason="dostawca")
        elif what == "priority":
            changing.change_priority(**by, to=Priority[word.upper()])
        elif what == "tag":
            tagging.add_tags(**by, tags=[word])
        elif what == "untag":
            tagging.remove_tags(**by, tags=[word])
        elif what == "move":
            changing.change_queue(**by, to=self.queues[word])
        elif what == "snooze":
            snoozing.snooze(**by, until=at + timedelta(days=2), reason="Po weekendzie")
        elif what == "spam":
            removing.remove(**by, removed_as=RemovedAs.SPAM)
        elif what == "delete":
            removing.remove(**by, removed_as=RemovedAs.DELETED)
        elif what == "restore":
            removing.restore(**by)
        else:
            raise AssertionError(what)
