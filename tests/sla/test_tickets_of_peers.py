"""What the test suites, manuals and bug reports of Zammad, Zendesk, Freshdesk, Jira Service Management, Frappe's
helpdesk, ERPNext, GLPI, Help Scout, osTicket and RT tell of, played by real actions on real tickets. Every answer is
worked out by hand from DESIGN §5.
"""

from __future__ import annotations

import pytest

from tests.sla.played import AUTUMN, FR, MON, NR, RES, SPRING, THU, TUE, WED, C, Trace, play

pytestmark = pytest.mark.django_db

OPENED = (MON + "08:00", "open")

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
    play(trace, is_swept=is_swept)
