"""Agreeing, moving and cancelling a time on the pages, and what the requester gets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from tests.factories import AT, HOUR, MINUTE, make_colleague, make_grant, make_requester, make_ticket
from tests.tickets.views.conftest import shown
from tickets import tasks
from tickets.actions import appointing, changing
from tickets.channels.email import calendar, composing
from tickets.models import Appointment, Event, Kind, Notification, Outbox, Status, Ticket


@pytest.fixture
def requester():
    return make_requester(name='Anna "Ania" Nowak', language="pl", time_zone="Europe/London")


@pytest.fixture
def ticket(queue, requester):
    return make_ticket(queue, requester=requester, subject="Drukarka")


def form(**more):
    return {"title": "Wizyta", "day": "2026-03-12", "start": "10:00", "minutes": 90, "place": "Pokój 7"} | more


def mail_of(row):
    row.mail_id = row.mail_id or composing.mail_id_for(row)
    mail = composing.compose(row).mail
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    event = next(iter(Calendar.from_ical(part.get_content()).walk("VEVENT")))
    return mail, part, event


def test_an_invitation_by_the_agents_clock_in_the_requesters_words(desk, ticket, agent):
    response = desk.post(f"/tickets/{ticket.pk}/appointments/", form())

    assert response["Location"] == ticket.get_absolute_url()
    made = Appointment.objects.get()
    assert (made.starts_at, made.ends_at) == (AT + 74 * HOUR, AT + 75.5 * HOUR)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee, ticket.first_reply_at) == (Status.OPEN, agent, AT)
    mail, part, event = mail_of(Outbox.objects.get(kind="invitation"))
    said = mail.get_body(("plain",)).get_content()
    assert "Umówiliśmy się:\n\nWizyta\nczwartek 12 marca 2026, 9:00–10:30 (GMT)\nPokój 7" in said
    assert part["Content-Type"].params["method"] == "REQUEST"
    assert [file.get_content_type() for file in mail.iter_attachments()] == ["application/ics"]
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (made.uid, 0, "CONFIRMED")
    assert event.decoded("dtstart") == datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
    assert event["ATTENDEE"] == f"mailto:{ticket.requester.email}"
    assert event["ORGANIZER"] == "mailto:shops@bursztyn.example"
    page = shown(desk.get(ticket.get_absolute_url()))
    assert "agreed on Thursday 12 March 2026, 10:00: Wizyta" in page
    assert "Thursday 12 March 2026, 10:00–11:30" in page


def test_a_move_and_a_cancellation_change_the_same_event(desk, ticket):
    desk.post(f"/tickets/{ticket.pk}/appointments/", form())
    made = Appointment.objects.get()

    desk.post(f"/appointments/{made.pk}/", form(start="11:00", seen=0))
    stale = desk.post(f"/appointments/{made.pk}/", form(start="12:00", seen=0))
    same = desk.post(f"/appointments/{made.pk}/", form(start="11:00", seen=1))
    desk.post(f"/appointments/{made.pk}/cancel/")
    again = desk.post(f"/appointments/{made.pk}/cancel/")

    assert (stale.status_code, same.status_code, again.status_code) == (409, 302, 302)
    rows = [mail_of(row) for row in Outbox.objects.filter(kind="invitation").order_by("pk")]
    assert [part["Content-Type"].params["method"] for _mail, part, _event in rows] == ["REQUEST", "REQUEST", "CANCEL"]
    assert {event["UID"] for _mail, _part, event in rows} == {made.uid}
    assert [event["SEQUENCE"] for _mail, _part, event in rows] == [0, 1, 2]
    assert rows[2][2]["STATUS"] == "CANCELLED"
    page = shown(desk.get(ticket.get_absolute_url()))
    assert "changed the appointment, now Thursday 12 March 2026, 11:00: Wizyta" in page
    assert "cancelled the appointment of Thursday 12 March 2026, 11:00: Wizyta" in page


@pytest.mark.parametrize(
    ("day", "start", "utc", "ends"),
    [
        ("2026-03-29", "02:30", "2026-03-29T01:30Z", "03:30–04:30"),  # skipped: reads later
        ("2026-03-29", "01:30", "2026-03-29T00:30Z", "01:30–03:30"),  # an hour long, over the change
        ("2026-10-25", "02:30", "2026-10-25T00:30Z", "02:30–02:30"),  # comes twice: the first
    ],
)
def test_nights_when_the_clocks_change(desk, ticket, requester, day, start, utc, ends):
    requester.time_zone = "Europe/Warsaw"
    requester.save()

    desk.post(f"/tickets/{ticket.pk}/appointments/", form(day=day, start=start, minutes=60))

    made = Appointment.objects.get()
    assert f"{made.starts_at:%Y-%m-%dT%H:%MZ}" == utc
    assert made.ends_at - made.starts_at == HOUR
    hour = ends.lstrip("0").replace("–0", "–")
    assert hour in made.message.text


def test_what_cannot_be_agreed_says_why_and_keeps_what_was_typed(desk, ticket):
    past = desk.post(f"/tickets/{ticket.pk}/appointments/", form(day="2026-03-09", start="07:59"))
    unreadable = desk.post(f"/tickets/{ticket.pk}/appointments/", form(start="25:00"))

    assert (past.status_code, unreadable.status_code) == (409, 400)
    assert "Choose a time that is still to come" in shown(past)
    assert 'value="Pokój 7"' in shown(unreadable)
    assert not Appointment.objects.exists()


def test_a_volunteer_under_review_agrees_on_nothing(sign_in, queue, ticket):
    volunteer = make_colleague()
    make_grant(volunteer, queue, is_reviewed=True)
    client = sign_in(volunteer)

    assert "appointments/" not in shown(client.get(ticket.get_absolute_url()))
    assert client.post(f"/tickets/{ticket.pk}/appointments/", form()).status_code == 403


@pytest.mark.parametrize("status", [Status.WAITING, Status.ON_HOLD])
def test_the_ticket_is_open_at_its_time_and_its_assignee_told_once(ticket, agent, clock, status):
    starts = AT + 2 * HOUR
    made = appointing.appoint(ticket=ticket, starts_at=starts, ends_at=starts + HOUR, title="T", by=agent, at=AT)
    changing.change_status(ticket=ticket, to=status, reason="części", by=agent, at=AT)

    assert not appointing.wake(appointment=made, at=starts - MINUTE)
    clock.move_to(starts)
    for _ in range(2):
        tasks.begin_appointments()
        clock.advance(seconds=15)

    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    told = Notification.objects.filter(person=agent, kind="appointment_due")
    assert told.count() == Event.objects.filter(kind=Kind.WOKEN).count() == 1


def test_a_cancelled_one_wakes_nobody(ticket, agent):
    made = appointing.appoint(ticket=ticket, starts_at=AT + HOUR, ends_at=AT + 2 * HOUR, title="T", by=agent, at=AT)
    changing.change_status(ticket=ticket, to=Status.WAITING, by=agent, at=AT)
    appointing.cancel(appointment=made, by=agent, at=AT)

    assert not appointing.wake(appointment=made, at=AT + HOUR)
    assert Ticket.objects.get(pk=ticket.pk).status == Status.WAITING


def test_the_invitation_is_read_by_our_own_reader_as_it_was_meant(ticket, agent):
    made = appointing.appoint(
        ticket=ticket, starts_at=AT + HOUR, ends_at=AT + 2 * HOUR, title="Zażółć; gęślą, jaźń\\n", by=agent, at=AT
    )
    _mail, part, _event = mail_of(Outbox.objects.get(kind="invitation"))

    read = calendar.read_invitation(part.get_content().encode(), method="REQUEST")

    assert read is not None
    assert (read["summary"], read["uid"], read["starts"]) == (made.title, made.uid, "2026-03-09T08:00Z")
    assert read["people"] == [
        {"name": "Anna 'Ania' Nowak", "address": ticket.requester.email, "answer": "needs-action"}
    ]
    assert timedelta(0) < made.ends_at - made.starts_at
