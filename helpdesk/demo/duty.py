"""When the people of the demo work: their weeks, who is away, and the duties of volunteers.

Everybody of support who is not away is there on Monday at 8:00; after 16:00 few are, until the desk closes at 18:00.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from helpdesk.demo import rounds
from helpdesk.demo.hours import NOW, utc
from helpdesk.demo.people import Cast, Person
from rotations.actions import presence
from rotations.models import Absence, WorkingBlock, WorkingHours
from rotations.weekly_hours import DAY, moment, read_day

ZONE = "Europe/Warsaw"
SINCE = date(2025, 6, 2)

USUAL = ("8-16", "8-16", "8-16", "8-16", "8-16")
WEEKS = {
    "Tomasz Kulesza": ("7-15", "7-15", "7-15", "7-15", "7-15"),
    "Piotr Sowa": ("8-12, 12:30-16:30",) * 4 + ("8-14",),
    "Katarzyna Ostrowska": ("8-18", "8-18", "8-18", "8-18"),
    "Joanna Pawlik": ("7:30-15:30",) * 5,
    "Paweł Czyż": ("8-12, 14-18", "10-18", "8-12, 14-18", "10-18", "10-18"),
    "Bartosz Świątek": ("8-16", "10-18", "8-16", "10-18", "8-16"),
    "Ewa Jasińska": ("8-14", "8-14", "8-14"),
    "Grzegorz Wilk": ("7-15", "7-15", "7-15", "7-15", "7-15"),
}
HOLIDAY, SICK, TRAINING, OTHER = Absence.Kind.HOLIDAY, Absence.Kind.SICK, Absence.Kind.TRAINING, Absence.Kind.OTHER
# Who, why, first and last day, and the hours of a day where it is not whole
AWAY: tuple[tuple[str, Absence.Kind, date, date, str, str], ...] = (
    ("Piotr Sowa", HOLIDAY, date(2026, 2, 2), date(2026, 2, 6), "", "Ferie"),
    ("Rafał Dębiński", HOLIDAY, date(2026, 3, 6), date(2026, 3, 10), "", ""),
    ("Ewa Jasińska", SICK, date(2026, 3, 9), date(2026, 3, 10), "", "Zwolnienie na dziecko"),
    ("Joanna Pawlik", OTHER, date(2026, 3, 12), date(2026, 3, 12), "12-14", "Dentysta"),
    ("Magdalena Lipińska", TRAINING, date(2026, 3, 17), date(2026, 3, 18), "", "Kopie zapasowe, Wrocław"),
    ("Tomasz Kulesza", HOLIDAY, date(2026, 3, 19), date(2026, 3, 20), "", ""),
    ("Barbara Majewska", TRAINING, date(2026, 3, 24), date(2026, 3, 24), "9-13", "Rozmowy o trudnych sprawach"),
)


def write(cast: Cast) -> None:
    at = utc(NOW)
    support = (*cast.agents, *cast.leads)
    _write_weeks(support, at)
    _write_absences({person.name: person for person in support}, at)
    rounds.write(cast)
    presence.write_everybody(at=at)


def _write_weeks(support: tuple[Person, ...], at: datetime) -> None:
    rows = WorkingHours.objects.bulk_create(
        WorkingHours(
            person_id=person.number, zone=ZONE, valid_from=SINCE, added_by_id=person.number, added_at=at - timedelta(90)
        )
        for person in support
    )
    WorkingBlock.objects.bulk_create(
        WorkingBlock(hours=hours, weekday=block.weekday, starts=block.starts, ends=block.ends)
        for hours, person in zip(rows, support, strict=True)
        for weekday, text in enumerate(WEEKS.get(person.name, USUAL))
        for block in read_day(text, weekday)
    )


def _write_absences(named: dict[str, Person], at: datetime) -> None:
    zone = ZoneInfo(ZONE)
    for name, kind, first, last, hours, note in AWAY:
        day = read_day(hours, first.weekday())
        starts, ends = (day[0].starts, day[0].ends) if day else (0, DAY)
        Absence.objects.create(
            person_id=named[name].number,
            kind=kind,
            starts_at=moment(first, starts, zone),
            ends_at=moment(last, ends, zone),
            zone=ZONE,
            note=note,
            added_by_id=named[name].number,
            added_at=min(at - timedelta(minutes=20), moment(first, 0, zone) - timedelta(days=12)),
        )
