"""Calendars in the browser: what is typed, what is refused and kept in the form, what is foreseen and applied."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sla.actions import editing, keeping
from sla.models import Calendar, CalendarVersion, Clock, Edit, Policy
from tests.factories import AT, HOUR, make_admin, make_queue, make_ticket
from tests.sla.views.conftest import browser_of
from tests.tickets.views.conftest import shown, statements
from tickets.models import AuditEntry, User


def typed(calendar: Calendar | None = None, **fields: Any) -> dict[str, Any]:
    base = editing.fingerprint(keeping.values_of_calendar(calendar) if calendar else {})
    days = {f"day_{day}": "8-16" if day < 5 else "" for day in range(7)}
    return {"name": "Biuro", "zone": "Europe/Warsaw", "base": base, **days, **fields}


def rows(*days: tuple[str, str, str]) -> dict[str, list[str]]:
    return {name: [day[place] for day in days] for place, name in enumerate(["date", "hours", "label"])}


def test_a_calendar_is_made(desk: Client) -> None:
    days = rows(("2026-12-24", "8-12", "Wigilia"), ("2026-12-25", "", "Boże Narodzenie"), ("", "", ""))

    answer = desk.post("/settings/calendars/new/", typed(day_4="8-12, 12:30-16:30", day_5="22-6", **days), follow=True)

    version = CalendarVersion.objects.get()
    assert answer.redirect_chain == [(f"/settings/calendars/{version.calendar_id}/", 302)]
    assert version.weekly["4"] == [["08:00", "12:00"], ["12:30", "16:30"]]
    assert version.weekly["5"] == [["22:00", "06:00"]]
    assert version.exceptions == {"2026-12-24": [["08:00", "12:00"]], "2026-12-25": []}
    assert version.names["2026-12-25"] == "Boże Narodzenie"
    assert AuditEntry.objects.get(kind="calendar").action == "added"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({f"day_{day}": "" for day in range(5)}, "A calendar needs weekly hours"),
        ({"zone": "Mars/Olympus"}, "“Mars/Olympus” is no time zone."),
        ({"zone": "localtime"}, "“localtime” is no time zone."),
        ({"day_0": "8-25:00"}, "“25:00” is no time of day."),
        ({"day_0": "8-12, 11-13"}, "8:00–12:00 and 11:00–13:00 overlap."),
        ({"day_0": "rano"}, "“rano” is no time from and to."),
        ({"name": ""}, "This field is required."),
        ({"name": "Drugi"}, "There is another one of this name."),
        (rows(("2026-12-24", "", "a"), ("2026-12-24", "8-12", "b")), "This day stands here twice."),
        (rows(("2026-13-24", "", "")), "“2026-13-24” is no date."),
        (rows(("", "8-12", "")), "Give the date."),
        (rows(("2026-12-24", "8-12,9-13", "")), "8:00–12:00 and 9:00–13:00 overlap."),
        (rows(("2026-12-24", "25:00-26", "")), "“25:00” is no time of day."),
    ],
)
def test_what_cannot_be_meant_is_said_and_stays_in_the_form(
    desk: Client, calendar: Calendar, changes: dict[str, Any], said: str
) -> None:
    keeping.make_calendar(name="Drugi", zone="UTC", weekly={0: [("08:00", "16:00")]}, at=AT)
    fields = typed(calendar, **{"day_3": "7:15-9", **changes})

    for path in (f"/settings/calendars/{calendar.pk}/", "/settings/calendars/new/"):
        answer = desk.post(path, fields)

        page = shown(answer)
        assert answer.status_code == 400
        assert said in page
        assert ('value="7:15-9"' in page) == ("day_3" not in changes)
        for name, value in changes.items():
            for each in value if isinstance(value, list) else [value]:
                assert not each or f'value="{each}"' in page, name
    assert CalendarVersion.objects.count() == 2 and not Edit.objects.exists()


def test_the_name_of_a_day_has_one_line_without_control_characters(desk: Client) -> None:
    """PostgreSQL keeps no null character in JSON: it would have been an error page."""
    days = rows(("2026-12-24", "8-12", "Wi\x00gilia\x1b"))

    desk.post("/settings/calendars/new/", typed(**days))

    assert CalendarVersion.objects.get().names == {"2026-12-24": "Wi gilia"}


def test_a_change_is_seen_then_applied(desk: Client, calendar: Calendar, policy: Policy) -> None:
    ticket = make_ticket(make_queue(), at=AT, subject="Sklep stoi")

    answer = desk.post(f"/settings/calendars/{calendar.pk}/", typed(calendar, day_0="12-16"), follow=True)
    page = shown(answer)
    edit = Edit.objects.get()
    assert answer.redirect_chain == [(f"/settings/promises/edits/{edit.pk}/", 302)]
    assert "It changes 2 due times." in page
    assert "Counted on 1 ticket with clocks that are not over" in page
    assert "Sklep stoi" in page and "08:00–16:00" in page and "12:00–16:00" in page
    assert CalendarVersion.objects.count() == 1
    applied = shown(desk.post(f"/settings/promises/edits/{edit.pk}/apply/", follow=True))

    assert "1 of 1 tickets" in applied and "It holds since Monday 9 March 2026, 8:00" in applied
    assert Edit.objects.get().state == "done"
    assert Clock.objects.get(ticket=ticket, metric="first_response").due_at == AT + 8 * HOUR
    history = shown(desk.get(f"/settings/calendars/{calendar.pk}/"))
    assert "What was changed" in history and "12:00–16:00" in history


def test_a_change_is_dropped(desk: Client, calendar: Calendar) -> None:
    desk.post(f"/settings/calendars/{calendar.pk}/", typed(calendar, name="Inne"))
    edit = Edit.objects.get()

    page = shown(desk.post(f"/settings/promises/edits/{edit.pk}/drop/", follow=True))
    again = desk.post(f"/settings/promises/edits/{edit.pk}/apply/")

    assert "Dropped. Everything is as it was." in page
    assert again.status_code == 409 and "This change was applied or dropped already." in shown(again)
    assert Calendar.objects.get().name == "Biuro"


def test_two_change_the_same_and_nothing_is_lost(desk: Client, calendar: Calendar) -> None:
    mine = typed(calendar, day_0="9-17")
    other = browser_of(_another())
    other.post(f"/settings/calendars/{calendar.pk}/", typed(calendar, zone="Europe/Berlin"))
    other.post(f"/settings/promises/edits/{Edit.objects.get().pk}/apply/")

    answer = desk.post(f"/settings/calendars/{calendar.pk}/", mine)

    page = shown(answer)
    assert answer.status_code == 409
    assert "Somebody changed this in the meantime." in page
    assert "Europe/Berlin" in page and 'value="9-17"' in page
    base = re.search(r'name="base" value="(\w+)"', page)
    assert base
    desk.post(f"/settings/calendars/{calendar.pk}/", mine | {"base": base[1]})
    assert Edit.objects.latest("pk").proposed["zone"] == "Europe/Warsaw"


def test_two_decide_about_the_same_and_nothing_is_lost(desk: Client, calendar: Calendar) -> None:
    other = browser_of(_another())
    desk.post(f"/settings/calendars/{calendar.pk}/", typed(calendar, day_0="9-17"))
    other.post(f"/settings/calendars/{calendar.pk}/", typed(calendar, zone="Europe/Berlin"))
    mine, theirs = Edit.objects.order_by("pk")
    other.post(f"/settings/promises/edits/{theirs.pk}/apply/")

    answer = desk.post(f"/settings/promises/edits/{mine.pk}/apply/")

    page = shown(answer)
    assert answer.status_code == 409
    assert "Europe/Berlin" in page and "Europe/Warsaw" in page
    renewed = shown(desk.post(f"/settings/promises/edits/{mine.pk}/renew/", follow=True))
    assert "09:00–17:00" in renewed and "Europe/Berlin" in renewed
    desk.post(f"/settings/promises/edits/{Edit.objects.latest('pk').pk}/apply/")
    assert CalendarVersion.objects.get(replaced_at=None).zone == "Europe/Warsaw"


def _another() -> User:
    return make_admin(language="en")


def test_public_holidays_join_the_form_and_are_not_saved_yet(desk: Client, calendar: Calendar) -> None:
    fields = typed(calendar, act="suggest", country="DE", **rows(("2026-05-01", "8-12", "Moje")))

    country = shown(desk.post(f"/settings/calendars/{calendar.pk}/", fields))
    region = shown(desk.post(f"/settings/calendars/{calendar.pk}/", fields | {"region": "BY"}))

    assert 'value="2026-12-25"' in country
    assert 'value="2026-01-06"' not in country  # over already
    assert 'value="2027-01-06"' not in country and 'value="2027-01-06"' in region
    assert 'value="2027-05-01"' not in region  # a Saturday, which has no hours
    assert country.count('value="2026-05-01"') == 1 and 'value="8-12"' in country
    assert "Nothing is saved yet." in country
    assert not CalendarVersion.objects.get().exceptions


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("dni.csv", "Data,Nazwa,Godziny\n2026-12-24,Wigilia,8-12\n2026-12-25,Święto\n", ""),
        ("dni.csv", "2026-12-24;Wigilia;8-12\n2026-12-25;Święto\n", ""),
        (
            "dni.ics",
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261224\r\n"
            "DTEND;VALUE=DATE:20261226\r\nSUMMARY:Wigilia\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            "",
        ),
        ("dni.csv", "2026-12-24,Wigilia\nśmieci,x\n", "Line 2: “śmieci” is no date such as 2026-12-24."),
        ("dni.csv", "2026-12-24,a\n2026-12-24,b\n", "Line 2: 2026-12-24 stands there twice."),
        ("dni.csv", "2026-12-24,a,25:00-26\n", "Line 1: “25:00” is no time of day."),
        ("dni.csv", "", "The file holds no day."),
        ("dni.csv", b"\xff\xfe\x00rubbish", "The file is no text in UTF-8."),
        ("dni.ics", "BEGIN:VCALENDAR\r\nnonsense", "This is no calendar that can be read."),
        ("dni.ics", b"\x89PNG\r\n\x1a\n\x00\x00", "The file is no text in UTF-8."),
        ("dni.csv", "x" * 300_000, "The file is larger than 256 KB"),
        (
            "dni.csv",
            "\n".join(date.fromordinal(740_000 + number).isoformat() for number in range(1001)),
            "The file holds more than 1,000 days.",
        ),
    ],
)
def test_a_file_of_days_is_read_whole_or_refused(
    desk: Client, calendar: Calendar, name: str, content: str | bytes, said: str
) -> None:
    file = SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())

    page = shown(desk.post(f"/settings/calendars/{calendar.pk}/", typed(calendar, act="import", file=file)))

    if said:
        assert said in page and 'value="2026-12-24"' not in page
    else:
        assert 'value="2026-12-24"' in page and 'value="2026-12-25"' in page and 'value="Wigilia"' in page


def test_a_row_is_removed(desk: Client, calendar: Calendar) -> None:
    fields = typed(calendar, act="remove-0", **rows(("2026-12-24", "", "a"), ("2026-12-25", "", "b")))

    page = shown(desk.post(f"/settings/calendars/{calendar.pk}/", fields))

    assert 'value="2026-12-24"' not in page and 'value="2026-12-25"' in page


def test_leads_read_and_others_find_nothing(lead: Client, calendar: Calendar, agent_browser: Client) -> None:
    path = f"/settings/calendars/{calendar.pk}/"

    page = shown(lead.get(path))

    assert "08:00–16:00" in page and "calendar-form" not in page
    assert lead.post(path, typed(calendar)).status_code == 404
    assert lead.get("/settings/calendars/new/").status_code == 404
    for each in ("/settings/calendars/", path, "/settings/promises/edits/"):
        assert agent_browser.get(each).status_code == 404


def test_the_weeks_are_drawn_in_the_calendars_own_zone(desk: Client, clock: Any) -> None:
    days = {date(2026, 3, 10): [("10:00", "12:00")], date(2026, 3, 11): []}
    night = keeping.make_calendar(
        name="Noc", zone="Europe/Warsaw", weekly={0: [("22:00", "06:00")]}, exceptions=days, at=AT
    )

    page = shown(desk.get(f"/settings/calendars/{night.pk}/"))

    assert "22:00–24:00" in page and "0:00–6:00" in page and "10:00–12:00" in page
    assert '<rect class="weeks-open" x="1320" width="120"' in page
    assert page.count('<span class="sub">special hours</span>') == 2


def test_the_list_costs_the_same_for_one_and_three(desk: Client, calendar: Calendar) -> None:
    desk.get("/settings/calendars/")
    with statements() as one:
        desk.get("/settings/calendars/")
    for name in ("A", "B"):
        keeping.make_calendar(name=name, zone="UTC", weekly={0: [("08:00", "16:00")]}, at=AT)

    with statements() as three:
        desk.get("/settings/calendars/")
    assert len(three) == len(one)
