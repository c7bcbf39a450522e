"""Who is signed off for a channel: by whom, until when, and what follows for duties."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from helpdesk.lib import clock as product_clock
from rotations.actions import placing, qualifying
from rotations.models import Duty, Programme, Qualification, Round
from rotations.queries import qualifications as queries
from rotations.queries.planning import planning
from rotations.tasks import remind_of_duties
from tests.factories import AT, HOUR, fresh, make_admin, make_agent, make_lead, make_team, make_ticket
from tests.rotations.duties import MONDAY, make_programme, make_round, shift_of, volunteer
from tests.rotations.test_covers import client_of, text_of
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import AuditEntry, Grant, Outbox, Team, Ticket, User

DAY = timedelta(days=1)
TODAY = date(2026, 3, 9)
URL = "/duties/sign-offs/"


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def programme(team: Team) -> Programme:
    return make_programme(team)


@pytest.fixture
def guest(db: None) -> User:
    return volunteer(name="Ola Nowicka", email="ola@bursztyn.example")


@pytest.fixture
def duty(programme: Programme, lead: User, guest: User) -> Duty:
    """Monday to Wednesday a week from now, by email and phone; signed off for good."""
    of = make_round(programme, lead, state=Round.State.PUBLISHED)
    qualifying.sign_off(person=guest, channel="phone", expires_on=None, by=lead, at=AT)
    return placing.take_seat(shift=shift_of(of), channels=["email", "phone"], by=guest, at=AT)


def rights(person: User) -> list[str]:
    return sorted(channel for grant in Grant.objects.filter(user=person, revoked_at=None) for channel in grant.channels)


def test_a_lead_signs_off_on_the_page_and_the_audit_tells(programme: Programme, lead: User, guest: User) -> None:
    client = client_of(lead)

    answer = client.post(URL, {"person": guest.pk, "channel": "phone", "last_day": "2026-09-30"}, follow=True)

    row = Qualification.objects.get()
    assert (row.person, row.signed_off_by, row.expires_on) == (guest, lead, date(2026, 10, 1))
    assert "until 30 September 2026" in text_of(answer)
    assert "by Barbara Majewska, 9 March 2026" in text_of(answer)
    line = AuditEntry.objects.get(kind="qualification")
    assert (line.action, line.name, line.data) == (
        "added", "Ola Nowicka", {"channel": "phone", "until": ["", "2026-09-30"]},
    )  # fmt: skip


def test_a_renewal_replaces_and_is_told(programme: Programme, lead: User, guest: User) -> None:
    first = qualifying.sign_off(person=guest, channel="phone", expires_on=TODAY + 30 * DAY, by=lead, at=AT)

    same = qualifying.sign_off(person=guest, channel="phone", expires_on=TODAY + 30 * DAY, by=lead, at=AT)
    later = qualifying.sign_off(person=guest, channel="phone", expires_on=TODAY + 90 * DAY, by=lead, at=AT)
    qualifying.take_back(qualification=later, by=lead, at=AT)
    qualifying.take_back(qualification=later, by=lead, at=AT + HOUR)

    assert same == first
    assert list(Qualification.objects.order_by("id").values_list("revoked_at", "revoked_by")) == [(AT, lead.pk)] * 2
    told = AuditEntry.objects.filter(kind="qualification").order_by("id").values_list("action", flat=True)
    assert list(told) == ["added", "changed", "removed"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"last_day": "2026-03-08"}, "The last day lies in the past."),
        ({"last_day": "2046-03-08"}, "within ten years"),
        ({"last_day": "9999-12-31"}, "within ten years"),
        ({"channel": "chat"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    programme: Programme, lead: User, guest: User, values: dict[str, str], sentence: str
) -> None:
    answer = client_of(lead).post(URL, {"person": guest.pk, "channel": "phone", "last_day": ""} | values)

    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert not Qualification.objects.exists()


def test_only_planners_sign_off_for_channels_of_their_programmes_and_only_colleagues(
    programme: Programme, lead: User, guest: User, team: Team
) -> None:
    other_lead, agent = make_lead(make_team("Other"), language="en"), make_agent(team)
    told: dict[str, Any] = {"channel": "phone", "expires_on": None, "at": AT}

    for by in (guest, agent):
        with pytest.raises(NotAllowed):
            qualifying.sign_off(person=guest, by=by, **told)
    with pytest.raises(qualifying.NothingToSignOff):
        qualifying.sign_off(person=guest, by=other_lead, **told)
    with pytest.raises(Refused, match="colleagues"):
        qualifying.sign_off(person=agent, by=lead, **told)

    assert "No channel asks for a sign-off" in text_of(client_of(other_lead).get(URL))
    assert qualifying.sign_off(person=guest, by=make_admin(), **told).person == guest


def test_a_sign_off_that_ends_early_takes_the_channel_from_the_rights_at_once_and_gives_it_back(
    duty: Duty, guest: User, lead: User, team: Team
) -> None:
    phone, mail = (make_ticket(team.queues.get(), channel=channel, status="open") for channel in ("phone", "email"))
    Ticket.objects.update(assignee=guest)
    before = rights(guest)

    qualifying.sign_off(person=guest, channel="phone", expires_on=MONDAY + 2 * DAY, by=lead, at=AT)
    less = rights(guest)
    qualifying.take_back(qualification=Qualification.objects.get(revoked_at=None), by=lead, at=AT)
    none = rights(guest)
    qualifying.sign_off(person=guest, channel="phone", expires_on=MONDAY + 3 * DAY, by=lead, at=AT)

    assert (before, less, none, rights(guest)) == (["email", "phone"], ["email"], ["email"], ["email", "phone"])
    assert Duty.objects.get().channels == ["email", "phone"]  # what was planned stays planned
    assert (Ticket.objects.get(pk=phone.pk).assignee, Ticket.objects.get(pk=mail.pk).assignee) == (None, guest)


def test_the_board_shows_days_without_a_valid_sign_off(duty: Duty, guest: User, lead: User) -> None:
    of, client = duty.shift.round, client_of(lead)
    url = f"/duties/rounds/{of.pk}/?shift={duty.shift_id}"
    before = text_of(client.get(url))

    qualifying.sign_off(person=guest, channel="phone", expires_on=MONDAY + 2 * DAY, by=lead, at=AT)
    after = text_of(client.get(url))

    assert "no sign-off" not in before
    assert "no sign-off: Wed 18" in after
    assert "One of the channels needs a sign-off that is valid on every day." in after
    assert "1 duty day after it" in text_of(client.get(URL))
    assert planning(of, AT).problem.locked[0].days is None


def test_the_holder_sees_their_own_with_its_end(duty: Duty, guest: User, lead: User) -> None:
    page = client_of(guest)
    for_good = text_of(page.get("/duties/"))
    qualifying.sign_off(person=guest, channel="phone", expires_on=TODAY + 20 * DAY, by=lead, at=AT)

    soon = text_of(page.get("/duties/"))

    assert "What you are signed off for" in for_good
    assert "for good" in for_good
    assert "ends soon: 28 March 2026" in soon
    assert "Ask a mentor or a lead to renew it." in soon
    assert "What you are signed off for" not in text_of(client_of(volunteer()).get("/duties/"))


def test_who_is_signed_off_is_reminded_a_month_and_a_week_before_once_each(
    programme: Programme, guest: User, lead: User, clock: Any
) -> None:
    ends = TODAY + 60 * DAY
    qualifying.sign_off(person=guest, channel="phone", expires_on=ends, by=lead, at=AT)
    mailed = []

    for days in (20, 29, 30, 31, 52, 53, 54, 59, 60, 61):
        at = AT + days * DAY
        for _twice in range(2):
            qualifying.remind_all(at=at)
        mailed.append(Outbox.objects.filter(recipient=guest).count())

    assert mailed == [0, 0, 1, 1, 1, 2, 2, 2, 2, 2]
    said = Outbox.objects.filter(recipient=guest).order_by("id")[0].payload
    assert said["subject"] == "Your sign-off for Phone ends soon"
    assert "7 May 2026 is its last day" in said["text"]


def test_nobody_is_reminded_of_what_is_new_renewed_taken_back_or_of_somebody_gone(
    programme: Programme, lead: User
) -> None:
    told: dict[str, Any] = {"channel": "phone", "by": lead}
    new, renewed, taken, gone = (volunteer(email=f"a{number}@bursztyn.example") for number in range(4))
    for person in (renewed, taken, gone):
        qualifying.sign_off(person=person, expires_on=TODAY + 60 * DAY, at=AT, **told)
    at = AT + 35 * DAY
    qualifying.sign_off(person=new, expires_on=TODAY + 60 * DAY, at=at, **told)
    qualifying.sign_off(person=renewed, expires_on=TODAY + 600 * DAY, at=at, **told)
    qualifying.take_back(qualification=Qualification.objects.get(person=taken), by=lead, at=at)
    User.objects.filter(pk=gone.pk).update(is_active=False)

    assert queries.due_reminders(at) == []
    assert qualifying.remind_all(at=at) == 0
    assert queries.due_reminders(AT + 53 * DAY) == [Qualification.objects.get(person=new).pk]  # a week before


def test_the_daily_work_reminds(programme: Programme, guest: User, lead: User, monkeypatch: Any) -> None:
    qualifying.sign_off(person=guest, channel="phone", expires_on=TODAY + 60 * DAY, by=lead, at=AT)
    monkeypatch.setattr(product_clock, "database_now", lambda: AT + 31 * DAY)

    remind_of_duties()

    assert Outbox.objects.filter(recipient=fresh(guest)).count() == 1


def test_a_page_for_leads_and_admins_alone(programme: Programme, guest: User, lead: User, agent: User) -> None:
    row = qualifying.sign_off(person=guest, channel="phone", expires_on=None, by=lead, at=AT)

    for person in (guest, agent):
        client = client_of(person)
        assert client.get(URL).status_code == client.post(f"{URL}{row.pk}/take-back/").status_code == 404
    assert Client().get(URL).status_code == 302
    assert client_of(lead).get(f"{URL}{row.pk}/take-back/").status_code == 405
    assert "Taken back." in text_of(client_of(lead).post(f"{URL}{row.pk}/take-back/", follow=True))


@pytest.mark.parametrize("number", [1, 4])
def test_the_page_costs_the_same_for_few_and_for_many(
    programme: Programme, lead: User, number: int, django_assert_num_queries: Any
) -> None:
    for place in range(number):
        qualifying.sign_off(person=volunteer(), channel="phone", expires_on=TODAY + (place + 2) * DAY, by=lead, at=AT)

    with django_assert_num_queries(3):
        assert len(queries.held(lead, AT)) == number
