"""What the test suites, manuals and bug reports of Zammad, Zendesk, Freshdesk, Jira Service Management, Frappe's
helpdesk, ERPNext, GLPI, Help Scout, osTicket and RT tell of, played by real actions on real tickets. Every answer is
worked out by hand from DESIGN §5.

Times are those on the wall in Warsaw unless they carry their own offset. Each is played twice: undisturbed, and with a
sweep after every step; nothing may depend on when somebody looked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
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

pytestmark = pytest.mark.django_db

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
OPENED = (MON + "08:00", "open")
SPRING, AUTUMN = "2026-03-29 ", "2026-10-25 "

# Normal: 4 h to the first reply, 4 h to the next, 16 h to the solution. High 2, 2, 8. Urgent 1, 1, 4. Low 8, 8, 40.
TRACES = [
    # Hours, days off, edges of the day
    Trace(
        "Freshdesk: asked on Saturday, counts from the opening on Monday",
        [("2026-03-07 11:00", "open")],
        [C(FR, "running", MON + "12:00"), C(RES, "running", TUE + "16:00")],
    ),
    Trace(
        "Zendesk: asked on Friday, first reply on Saturday",
        [("2026-03-06 15:00", "open"), ("2026-03-07 10:00", "say")],
        [C(FR, "met", MON + "11:00", used="1:00"), C(RES, "running", TUE + "15:00")],
    ),
    Trace(
        "Zendesk: reply before the opening",
        [(MON + "05:00", "open"), (MON + "07:30", "say")],
        [C(FR, "met", MON + "12:00", used="0:00"), C(RES, "running", TUE + "16:00")],
    ),
    Trace(
        "Zammad: a public holiday in the middle",
        [("2026-04-03 14:00", "open")],
        [C(FR, "running", "2026-04-07 10:00"), C(RES, "running", "2026-04-08 14:00")],
    ),
    Trace(
        "OTRS: half a day on Christmas Eve, then closed, then a weekend",
        [("2026-12-24 10:00", "open")],
        [C(FR, "running", "2026-12-28 10:00"), C(RES, "running", "2026-12-29 14:00")],
    ),
    Trace("osTicket: over the end of the year", [("2026-12-31 15:00", "open")], [C(FR, "running", "2027-01-04 11:00")]),
    Trace(
        "RT: asked in the last second of the day",
        [(MON + "15:59:59", "open")],
        [C(FR, "running", TUE + "11:59:59"), C(RES, "running", WED + "15:59:59")],
    ),
    Trace("RT: asked at the very closing", [(MON + "16:00", "open")], [C(FR, "running", TUE + "12:00")]),
    Trace(
        "Jira: solved at night when the time ended with the day before: due at closing, so late by no working time",
        [OPENED, (TUE + "20:00", "solved")],
        [C(RES, "missed", TUE + "16:00", used="16:00", broke=TUE + "16:00", late="0:00")],
    ),
    Trace("Zendesk: reply in the very second", [OPENED, (MON + "12:00", "say")], [C(FR, "met", MON + "12:00", "4:00")]),
    Trace(
        "Zendesk: reply a second late",
        [OPENED, (MON + "12:00:01", "say")],
        [C(FR, "missed", MON + "12:00", used="4:00:01", broke=MON + "12:00", late="0:00:01")],
    ),
    # What is an answer
    Trace(
        "Zammad: an internal note stops nothing",
        [OPENED, (MON + "09:00", "note"), (MON + "12:30", "say")],
        [C(FR, "missed", MON + "12:00", used="4:30", late="0:30")],
    ),
    Trace(
        "Freshdesk: writing again before the reply starts nothing anew",
        [OPENED, (MON + "11:00", "hear")],
        [C(FR, "running", MON + "12:00")],
        none=[NR],
    ),
    Trace(
        "Zendesk: next reply counts from the first of three messages, and each wait is its own",
        [
            OPENED,
            (MON + "08:30", "say"),
            (MON + "09:00", "hear"),
            (MON + "10:00", "hear"),
            (MON + "11:00", "hear"),
            (MON + "12:30", "say"),
            (MON + "12:45", "hear"),
        ],
        [C(NR, "met", MON + "13:00", used="3:30"), C(NR, "running", TUE + "08:45", used="0:00", cycle=2)],
    ),
    Trace(
        "Zammad: an out-of-office reply asks nothing and ends no pause",
        [OPENED, (MON + "09:00", "say", "waiting"), (MON + "10:00", "away"), (TUE + "08:00", "note")],
        [C(RES, "paused", None, used="1:00")],
        none=[NR],
    ),
    Trace(
        "Help Scout: sent with undo, pressed in time and gone after it",
        [OPENED, (MON + "11:59:55", "say held"), (MON + "12:00:05", "let leave")],
        [C(FR, "met", MON + "12:00", used="3:59:55", stopped=MON + "11:59:55")],
    ),
    Trace(
        "Zendesk: a second reply without a question changes nothing",
        [OPENED, (MON + "09:00", "say"), (MON + "10:00", "say")],
        [C(FR, "met", MON + "12:00", used="1:00", stopped=MON + "09:00")],
        none=[NR],
    ),
    # Pauses
    Trace(
        "Jira: reply and wait in one step: satisfied first, then paused",
        [OPENED, (MON + "09:00", "say", "waiting"), (TUE + "10:00", "hear")],
        [
            C(FR, "met", MON + "12:00", used="1:00"),
            C(NR, "running", TUE + "14:00"),
            C(RES, "running", THU + "09:00", used="1:00"),
        ],
    ),
    Trace(
        "Zammad: waiting without a reply: the first response runs on, the solution pauses",
        [OPENED, (MON + "09:00", "waiting"), (MON + "15:00", "open again")],
        [C(FR, "running", MON + "12:00", broke=MON + "12:00"), C(RES, "running", WED + "14:00", used="1:00")],
    ),
    Trace(
        "osTicket: statuses flapping",
        [
            OPENED,
            (MON + "09:00", "say"),
            (MON + "09:10", "waiting"),
            (MON + "09:20", "open again"),
            (MON + "09:30", "waiting"),
            (MON + "09:40", "open again"),
            (MON + "10:00", "waiting"),
            (MON + "11:00", "open again"),
        ],
        [C(RES, "running", WED + "09:20", used="1:40")],
    ),
    Trace(
        "osTicket: flapping within one second",
        [OPENED, (MON + "09:00", "say"), (MON + "10:00", "waiting"), (MON + "10:00", "open again")],
        [C(RES, "running", TUE + "16:00", used="2:00")],
    ),
    Trace(
        "Jira: paused over a weekend and a night, outside the hours all the time",
        [("2026-03-06 15:00", "open"), ("2026-03-06 16:00", "waiting"), (MON + "08:00", "open again")],
        [C(RES, "running", TUE + "15:00", used="1:00")],
    ),
    Trace(
        "Freshdesk: on hold for a third party: the solution pauses, the next reply does not",
        [
            OPENED,
            (MON + "08:30", "say"),
            (MON + "09:00", "hear"),
            (MON + "10:00", "on_hold"),
            (TUE + "10:00", "open again"),
        ],
        [C(NR, "running", MON + "13:00", broke=MON + "13:00"), C(RES, "running", WED + "16:00", used="2:00")],
    ),
    Trace(
        "Freshdesk: on hold where the policy does not pause",
        [OPENED, (MON + "08:00", "tag", "vip"), (MON + "08:30", "on_hold"), (MON + "15:00", "open again")],
        [C(RES, "running", MON + "16:00")],
    ),
    Trace(
        "Zendesk: paused after it broke, solved later: late by what it worked",
        [
            OPENED,
            (MON + "08:00", "priority", "urgent"),
            (MON + "08:10", "say"),
            (MON + "13:00", "waiting"),
            (TUE + "10:00", "solved"),
        ],
        [C(RES, "missed", MON + "12:00", used="5:00", broke=MON + "12:00", late="1:00")],
    ),
    Trace(
        "Zendesk: paused in the very second in which the time ends is not broken",
        [
            OPENED,
            (MON + "08:00", "priority", "urgent"),
            (MON + "08:10", "say"),
            (MON + "12:00", "waiting"),
            (MON + "14:00", "solved"),
        ],
        [C(RES, "met", used="4:00")],
    ),
    Trace(
        "Help Scout: snoozed tickets are owed the same",
        [OPENED, (MON + "08:30", "snooze")],
        [C(FR, "running", MON + "12:00")],
    ),
    # Solved and back
    Trace(
        "Zammad: solved without a word",
        [OPENED, (MON + "09:00", "solved")],
        [C(FR, "cancelled", stopped=MON + "09:00"), C(RES, "met", TUE + "16:00", used="1:00")],
    ),
    Trace(
        "Jira: solved a second late",
        [OPENED, (WED + "08:00:01", "solved")],
        [C(RES, "missed", TUE + "16:00", used="16:00:01", broke=TUE + "16:00", late="0:00:01")],
    ),
    Trace(
        "Freshdesk: the requester answers after it was solved: the time used goes on",
        [OPENED, (MON + "10:00", "say", "solved"), (WED + "09:00", "hear")],
        [
            C(FR, "met", MON + "12:00", used="2:00"),
            C(NR, "running", WED + "13:00"),
            C(RES, "running", THU + "15:00", used="2:00"),
        ],
    ),
    Trace(
        "Freshdesk: after exactly 14 days it still goes on",
        [OPENED, (MON + "10:00", "say", "solved"), ("2026-03-23 10:00", "hear")],
        [C(RES, "running", "2026-03-24 16:00", used="2:00")],
    ),
    Trace(
        "Freshdesk: a second later it is a new cycle, and the old result is kept",
        [OPENED, (MON + "10:00", "say", "solved"), ("2026-03-23 10:00:01", "hear")],
        [
            C(RES, "met", TUE + "16:00", used="2:00", stopped=MON + "10:00"),
            C(RES, "running", "2026-03-25 10:00:01", used="0:00", cycle=2),
        ],
    ),
    Trace(
        "Zendesk: solved, reopened, solved: one result over both stretches; what nobody answered is cancelled",
        [OPENED, (MON + "10:00", "say", "solved"), (MON + "12:00", "hear"), (MON + "13:00", "solved")],
        [
            C(FR, "met", MON + "12:00", used="2:00"),
            C(NR, "cancelled"),
            C(RES, "met", used="3:00", stopped=MON + "13:00"),
        ],
    ),
    Trace(
        "Jira: a broken solution that is reopened stays broken",
        [OPENED, (WED + "09:00", "say", "solved"), (WED + "10:00", "hear"), (WED + "10:30", "say", "solved")],
        [C(RES, "missed", TUE + "16:00", used="17:30", broke=TUE + "16:00", late="1:30")],
    ),
    # Who opens it
    Trace(
        "Zammad: a member of staff opens it for somebody on the phone",
        [(MON + "10:00", "open for")],
        [C(FR, "running", MON + "14:00"), C(RES, "running", WED + "10:00")],
    ),
    Trace("A favour done on the spot owes nothing", [(MON + "10:00", "favour", "done")], [], none=[FR, NR, RES]),
    Trace(
        "A favour that queues counts from when it was logged, so it overtakes nobody",
        [(MON + "10:00", "favour", "queued")],
        [C(FR, "running", MON + "14:00")],
    ),
    # Changes of what is promised
    Trace(
        "Freshdesk: priority raised after more than its time was used: broken when it was used up",
        [OPENED, (MON + "11:00", "priority", "urgent")],
        [C(FR, "running", MON + "09:00", broke=MON + "09:00"), C(RES, "running", MON + "12:00")],
    ),
    Trace(
        "Freshdesk: priority lowered in time",
        [OPENED, (MON + "11:00", "priority", "low"), (MON + "15:00", "say")],
        [C(FR, "met", MON + "16:00", used="7:00")],
    ),
    Trace(
        "Zendesk: priority lowered too late makes nothing undone",
        [OPENED, (MON + "13:00", "priority", "low"), (MON + "14:00", "say")],
        [C(FR, "missed", MON + "16:00", used="6:00", broke=MON + "12:00")],
    ),
    Trace(
        "Jira: priority changed while it is paused keeps the pause and the time used",
        [
            OPENED,
            (MON + "09:00", "say", "waiting"),
            (MON + "10:00", "priority", "urgent"),
            (MON + "12:00", "open again"),
        ],
        [C(RES, "running", MON + "15:00", used="1:00")],
    ),
    Trace(
        "Jira: another policy with other hours counts by them from the change on",
        [("2026-03-06 15:00", "open"), ("2026-03-06 15:30", "tag", "vip")],
        [C(FR, "running", "2026-03-06 17:00"), C(RES, "running", "2026-03-06 23:00")],
    ),
    Trace(
        "Jira: and back again: what broke under it stays so",
        [("2026-03-06 15:00", "open"), ("2026-03-06 15:30", "tag", "vip"), (MON + "09:00", "untag", "vip")],
        [C(FR, "running", broke="2026-03-06 17:00")],
    ),
    Trace(
        "Zammad: moved to a queue with a policy of its own",
        [OPENED, (MON + "09:00", "move", "night")],
        [C(FR, "running", MON + "23:00"), C(RES, "running", TUE + "05:00")],
    ),
    # Together, apart, away
    Trace(
        "Zendesk: merged: the other one ends, the one that stays has waited as long as the earlier",
        [OPENED, (MON + "10:00", "open", "b"), (MON + "11:00", "merge", "a", "b")],
        [
            C(FR, "cancelled"),
            C(RES, "cancelled"),
            C(FR, "running", MON + "12:00", of="b"),
            C(RES, "running", TUE + "16:00", of="b"),
        ],
    ),
    Trace(
        "Zendesk: merged into one that was answered: the words wait for the next reply since they came",
        [
            OPENED,
            (MON + "08:30", "open", "b"),
            (MON + "09:00", "say"),
            (MON + "10:00", "merge", "b", "a"),
        ],
        [C(NR, "running", MON + "12:30"), C(RES, "running", TUE + "16:00"), C(FR, "cancelled", of="b")],
    ),
    Trace(
        "Zammad: an answered one merged into an unanswered one brings no earlier start",
        [OPENED, (MON + "09:00", "say"), (MON + "10:00", "open", "b"), (MON + "11:00", "merge", "a", "b")],
        [C(FR, "running", MON + "14:00", of="b"), C(RES, "cancelled")],
    ),
    Trace(
        "osTicket: taken for spam and brought back",
        [OPENED, (MON + "09:00", "spam"), (MON + "13:00", "restore")],
        [C(FR, "running", MON + "16:00", used="1:00"), C(RES, "running", WED + "12:00", used="1:00")],
    ),
    Trace(
        "RT: deleted, and the requester writes",
        [OPENED, (MON + "09:00", "delete"), (MON + "10:00", "hear")],
        [C(FR, "running", MON + "13:00", used="1:00")],
        none=[NR],
    ),
    Trace(
        "RT: words on spam wake nothing",
        [OPENED, (MON + "09:00", "spam"), (MON + "10:00", "hear")],
        [C(FR, "cancelled")],
    ),
    Trace(
        "Zendesk: the only unanswered words are split off: they wait there since they came, and here no longer",
        [OPENED, (MON + "09:00", "say"), (MON + "10:00", "hear"), (MON + "11:00", "split", "b", "last")],
        [
            C(NR, "cancelled", used="1:00", stopped=MON + "11:00"),
            C(RES, "running", TUE + "16:00"),
            C(FR, "running", MON + "14:00", of="b"),
            C(RES, "running", WED + "10:00", of="b"),
        ],
    ),
    Trace(
        "Zendesk: the same after it broke: broken there, and here nothing",
        [OPENED, (MON + "09:00", "say"), (MON + "10:00", "hear"), (TUE + "10:30", "split", "b", "last")],
        [C(NR, "cancelled"), C(FR, "running", MON + "14:00", broke=MON + "14:00", of="b")],
    ),
    Trace(
        "Freshdesk: the first of two questions is split off: the second waits on since it came",
        [
            OPENED,
            (MON + "09:00", "say"),
            (MON + "10:00", "hear"),
            (MON + "10:30", "hear"),
            (MON + "11:00", "split", "b", "last but one"),
        ],
        [
            C(NR, "cancelled"),
            C(NR, "running", MON + "14:30", cycle=2),
            C(FR, "running", MON + "14:00", of="b"),
        ],
    ),
    Trace(
        "Freshdesk: the second of two questions is split off: the first waits as before",
        [
            OPENED,
            (MON + "09:00", "say"),
            (MON + "10:00", "hear"),
            (MON + "10:30", "hear"),
            (MON + "11:00", "split", "b", "last"),
        ],
        [C(NR, "running", MON + "14:00"), C(FR, "running", MON + "14:30", of="b")],
    ),
    Trace(
        "Frappe: split off after the answer: one more reply here is a reply to nothing",
        [
            OPENED,
            (MON + "09:00", "say"),
            (MON + "10:00", "hear"),
            (MON + "11:00", "split", "b", "last"),
            (MON + "12:00", "say", "solved"),
            (MON + "13:00", "open again"),
        ],
        [C(NR, "cancelled", stopped=MON + "11:00"), C(RES, "running", WED + "09:00", used="4:00")],
    ),
    Trace(
        "Zammad 3140: each exchange is its own, and our own words afterwards ask for nothing",
        [
            OPENED,
            (MON + "08:10", "say"),
            (MON + "08:20", "hear"),
            (MON + "08:25", "hear"),
            (MON + "08:30", "say"),
            (MON + "08:40", "hear"),
            (MON + "08:45", "say"),
            (MON + "09:00", "say"),
        ],
        [
            C(FR, "met", MON + "12:00", used="0:10"),
            C(NR, "met", MON + "12:20", used="0:10"),
            C(NR, "met", MON + "12:40", used="0:05", cycle=2),
        ],
    ),
    # Paused, as Frappe's helpdesk and ERPNext tell it
    Trace(
        "Frappe: paused over a public holiday and a weekend: only what was worked counts",
        [
            ("2026-04-03 15:30", "open"),
            ("2026-04-03 15:50", "say", "waiting"),
            ("2026-04-07 10:30", "open again"),
        ],
        [C(FR, "met", used="0:20"), C(RES, "running", "2026-04-09 10:10", used="0:20")],
    ),
    Trace(
        "Frappe: and solved half an hour later",
        [
            ("2026-04-03 15:30", "open"),
            ("2026-04-03 15:50", "say", "waiting"),
            ("2026-04-07 10:30", "open again"),
            ("2026-04-07 11:00", "solved"),
        ],
        [C(RES, "met", "2026-04-09 10:10", used="0:50")],
    ),
    Trace(
        "Frappe: an hour and a second of waiting: due that much later",
        [OPENED, (MON + "09:00", "say", "waiting"), (MON + "10:00:01", "open again")],
        [C(RES, "running", WED + "09:00:01", used="1:00")],
    ),
    Trace(
        "Frappe: waiting for a second, due at closing before: due a second after the next opening",
        [OPENED, (MON + "09:00", "say", "waiting"), (MON + "09:00:01", "open again")],
        [C(RES, "running", WED + "08:00:01")],
    ),
    Trace(
        "Frappe: solved and closed a day later takes no longer",
        [OPENED, (MON + "08:30", "say", "solved"), (TUE + "08:30", "closed")],
        [C(RES, "met", TUE + "16:00", used="0:30", stopped=MON + "08:30")],
    ),
    Trace(
        "ERPNext: the reply waits; three quarters of an hour later the requester is back, soon it is over",
        [OPENED, (MON + "08:15", "say", "waiting"), (MON + "09:00", "hear"), (MON + "09:05", "say", "solved")],
        [
            C(FR, "met", used="0:15"),
            C(NR, "met", MON + "13:00", used="0:05"),
            C(RES, "met", WED + "08:45", used="0:20"),
        ],
    ),
    Trace(
        "GLPI 15605: after days on hold another promise begins anew with neither the pause nor the start",
        [
            OPENED,
            (MON + "09:00", "on_hold"),
            (WED + "09:00", "priority", "high"),
            (WED + "10:00", "open again"),
        ],
        [C(FR, "running", broke=MON + "12:00"), C(RES, "running", THU + "09:00", used="1:00")],
    ),
    # The two nights
    Trace(
        "Spring: four hours over the night that has no two o'clock",
        [("2026-03-28 23:00", "open"), ("2026-03-28 23:00", "tag", "vip")],
        [C(FR, "running", SPRING + "01:00"), C(RES, "running", SPRING + "08:00")],
    ),
    Trace(
        "Autumn: hours over the night that has two o'clock twice",
        [("2026-10-24 23:00", "open"), ("2026-10-24 23:00", "tag", "vip")],
        [C(FR, "running", AUTUMN + "01:00"), C(RES, "running", AUTUMN + "06:00")],
    ),
    Trace(
        "Spring: a night shift of seven hours",
        [("2026-03-28 22:00", "open in", "night")],
        [C(RES, "running", SPRING + "23:00")],
    ),
    Trace(
        "Autumn: a night shift of nine hours",
        [("2026-10-24 22:00", "open in", "night")],
        [C(RES, "running", AUTUMN + "05:00+01:00")],
    ),
    Trace(
        "Spring: waiting over the gap",
        [
            ("2026-03-28 20:00", "open"),
            ("2026-03-28 20:00", "tag", "vip"),
            ("2026-03-28 20:30", "say"),
            (SPRING + "01:30", "waiting"),
            (SPRING + "03:30", "hear"),
        ],
        [C(NR, "running", SPRING + "04:30"), C(RES, "running", SPRING + "06:00", used="5:30")],
    ),
    Trace(
        "Autumn: waiting from the first half past two to the second",
        [
            ("2026-10-24 20:00", "open"),
            ("2026-10-24 20:00", "tag", "vip"),
            ("2026-10-24 20:30", "say"),
            (AUTUMN + "02:30+02:00", "waiting"),
            (AUTUMN + "02:30+01:00", "open again"),
        ],
        [C(RES, "running", AUTUMN + "04:00+01:00", used="6:30")],
    ),
    Trace(
        "Autumn: priority raised in the hour that comes twice",
        [
            (AUTUMN + "01:00+02:00", "open"),
            (AUTUMN + "01:00+02:00", "tag", "vip"),
            (AUTUMN + "02:30+02:00", "priority", "urgent"),
        ],
        [C(FR, "running", AUTUMN + "02:00+02:00", broke=AUTUMN + "02:00+02:00")],
    ),
    Trace(
        "Autumn: solved in the first two o'clock, reopened in the second",
        [
            ("2026-10-24 22:00", "open"),
            ("2026-10-24 22:00", "tag", "vip"),
            (AUTUMN + "02:00+02:00", "say", "solved"),
            (AUTUMN + "02:00+01:00", "hear"),
        ],
        [
            C(FR, "missed", AUTUMN + "00:00+02:00", used="4:00", late="2:00"),
            C(NR, "running", AUTUMN + "03:00+01:00"),
            C(RES, "running", AUTUMN + "06:00+01:00", used="4:00"),
        ],
    ),
    Trace(
        "Spring: on hold through the gap, snoozed, moved to the night shift and merged",
        [
            ("2026-03-28 21:00", "open"),
            ("2026-03-28 21:00", "tag", "vip"),
            ("2026-03-28 22:00", "snooze"),
            ("2026-03-28 22:30", "open in", "night", "b"),
            (SPRING + "01:00", "on_hold"),
            (SPRING + "04:00", "open again"),
            (SPRING + "04:30", "merge", "b", "a"),
        ],
        # The first response was due two hours after nine; the policy does not pause on hold: eight hours are over at
        # six. What came at half past ten is no earlier start.
        [
            C(FR, "running", "2026-03-28 23:00", broke="2026-03-28 23:00"),
            C(RES, "running", SPRING + "06:00"),
            C(FR, "cancelled", of="b"),
        ],
    ),
]


@pytest.mark.parametrize("is_swept", [False, True], ids=["undisturbed", "swept"])
@pytest.mark.parametrize("trace", TRACES, ids=[trace.name for trace in TRACES])
def test_ticket(trace: Trace, is_swept: bool) -> None:
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
    }, expected


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
