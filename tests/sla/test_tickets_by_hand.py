"""More traces in the words of other products' manuals, above all where two of their rules meet; every answer is worked
out by hand from DESIGN §5."""

from __future__ import annotations

import pytest

from tests.sla.played import AUTUMN, FR, MON, NR, RES, TUE, WED, C, Trace, play

pytestmark = pytest.mark.django_db

OPENED = (MON + "08:00", "open")

# Normal: 4 h to the first reply, 4 h to the next, 16 h to the solution. High 2, 2, 8. Urgent 1, 1, 4. Low 8, 8, 40. The
# tag vip promises 2, 1, 8 round the clock, and nothing to high and low; the night shift 2, 2, 8.
TRACES = [
    Trace(
        "Zendesk: a priority without a promise in between: what was used up then broke then",
        [
            OPENED,
            (MON + "08:00", "tag", "vip"),
            (MON + "09:00", "priority", "high"),
            (MON + "11:00", "priority", "normal"),
        ],
        [C(FR, "running", MON + "10:00", broke=MON + "10:00"), C(RES, "running", MON + "16:00")],
    ),
    Trace(
        "Freshdesk: the requester answers at night",
        [(MON + "15:00", "open"), (MON + "15:30", "say", "waiting"), (MON + "23:00", "hear")],
        [C(NR, "running", TUE + "12:00"), C(RES, "running", WED + "15:30", used="0:30")],
    ),
    Trace(
        "GLPI: solved on Easter Monday without a word",
        [("2026-04-02 12:00", "open"), ("2026-04-06 10:00", "solved")],
        [
            C(FR, "missed", "2026-04-02 16:00", used="12:00", broke="2026-04-02 16:00", late="8:00"),
            C(RES, "met", "2026-04-07 12:00", used="12:00"),
        ],
    ),
    Trace(
        "OTRS: urgent before Christmas",
        [("2026-12-23 15:00", "open"), ("2026-12-23 15:00", "priority", "high")],
        [C(FR, "running", "2026-12-24 09:00"), C(RES, "running", "2026-12-28 11:00")],
    ),
    Trace(
        "Znuny: forty hours over Christmas",
        [("2026-12-21 08:00", "open"), ("2026-12-21 08:00", "priority", "low")],
        [C(FR, "running", "2026-12-21 16:00"), C(RES, "running", "2026-12-29 12:00")],
    ),
    Trace(
        "Freshdesk: solved first, answered afterwards",
        [OPENED, (MON + "09:00", "solved"), (MON + "10:00", "say")],
        [C(FR, "met", used="1:00", stopped=MON + "10:00"), C(RES, "met", used="1:00", stopped=MON + "09:00")],
    ),
    Trace(
        "Jira: raised while it is paused, solved in the second in which it is due",
        [
            OPENED,
            (MON + "08:30", "say", "waiting"),
            (MON + "10:00", "priority", "urgent"),
            (MON + "12:00", "open again"),
            (MON + "15:30", "solved"),
        ],
        [C(FR, "met", MON + "12:00", used="0:30"), C(RES, "met", MON + "15:30", used="4:00")],
    ),
    Trace(
        "Jira: and a second later",
        [
            OPENED,
            (MON + "08:30", "say", "waiting"),
            (MON + "10:00", "priority", "urgent"),
            (MON + "12:00", "open again"),
            (MON + "15:30:01", "solved"),
        ],
        [C(RES, "missed", MON + "15:30", used="4:00:01", broke=MON + "15:30", late="0:00:01")],
    ),
    Trace(
        "Zendesk: another policy after closing time: its hours count from then",
        [("2026-03-06 15:00", "open"), ("2026-03-06 20:00", "tag", "vip")],
        [C(FR, "running", "2026-03-06 21:00"), C(RES, "running", "2026-03-07 03:00")],
    ),
    Trace(
        "Zendesk: and back in the same night",
        [("2026-03-06 15:00", "open"), ("2026-03-06 20:00", "tag", "vip"), ("2026-03-07 02:00", "untag", "vip")],
        [C(FR, "running", broke="2026-03-06 21:00"), C(RES, "running", TUE + "09:00", used="7:00")],
    ),
    Trace(
        "osTicket: merged, and what it went into merged again: it has waited since the first of all",
        [
            OPENED,
            (MON + "09:00", "open", "b"),
            (MON + "09:30", "open", "c"),
            (MON + "10:00", "merge", "a", "b"),
            (MON + "11:00", "merge", "b", "c"),
        ],
        [
            C(FR, "cancelled"),
            C(FR, "cancelled", of="b"),
            C(FR, "running", MON + "12:00", of="c"),
            C(RES, "running", TUE + "16:00", of="c"),
        ],
    ),
    Trace(
        "Frappe: a question and its answer, both outside the hours: no time passed",
        [
            ("2026-03-06 15:00", "open"),
            ("2026-03-07 10:00", "say"),
            ("2026-03-07 10:05", "hear"),
            (MON + "08:00", "say"),
        ],
        [C(FR, "met", MON + "11:00", used="1:00"), C(NR, "met", MON + "12:00", used="0:00")],
    ),
    Trace(
        "Zammad: taken for spam while it waits, and brought back: it waits on",
        [OPENED, (MON + "09:00", "say", "waiting"), (MON + "10:00", "spam"), (MON + "12:00", "restore")],
        [C(FR, "met", used="1:00"), C(RES, "paused", None, used="1:00")],
        none=[NR],
    ),
    Trace(
        "Zammad: moved from the night shift to the day: what broke at night stays broken",
        [(MON + "23:00", "open in", "night"), (TUE + "02:00", "move", "day")],
        [
            C(FR, "running", TUE + "09:00", broke=TUE + "01:00"),
            C(RES, "running", WED + "13:00", used="3:00"),
        ],
    ),
    Trace(
        "OTRS: the night shift of nine hours, begun an hour late: used up at its very end",
        [("2026-10-24 23:00", "open in", "night")],
        [C(FR, "running", AUTUMN + "01:00+02:00"), C(RES, "running", AUTUMN + "06:00+01:00")],
    ),
    Trace(
        "Freshdesk: raised and lowered again within the time: as if nothing had been",
        [OPENED, (MON + "08:20", "priority", "urgent"), (MON + "08:40", "priority", "normal"), (MON + "11:00", "say")],
        [C(FR, "met", MON + "12:00", used="3:00"), C(RES, "running", TUE + "16:00")],
    ),
]


@pytest.mark.parametrize("is_swept", [False, True], ids=["undisturbed", "swept"])
@pytest.mark.parametrize("trace", TRACES, ids=[trace.name for trace in TRACES])
def test_ticket(trace: Trace, is_swept: bool) -> None:
    play(trace, is_swept=is_swept)
