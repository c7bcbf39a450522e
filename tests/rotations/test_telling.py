"""Notices of duties: a mentor who is away, a day that somebody takes, mentors that change, rules to talk over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rotations.actions import being_away, covering, discussing, leaving, mentors, placing, publishing
from rotations.models import Absence, CoverRequest, Duty, Programme, Round, Shift
from tests.factories import AT, HOUR, make_agent, make_lead
from tests.rotations.duties import make_programme, make_round, shift_of, volunteer
from tests.rotations.test_duty_pages import client_of, text_of
from tickets import notices
from tickets.actions import preferences
from tickets.models import Notification, Outbox, Team, User

DAY = timedelta(days=1)
STARTS = AT + 7 * DAY
"""When the first shift of rounds here begins."""
MENTOR_AWAY, MENTORS_CHANGED, DAY_TAKEN, RULES_OPEN = "mentor_away", "mentors_changed", "left_day_taken", "rules_open"


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def of(team: Team, lead: User) -> Round:
    return make_round(make_programme(team), lead, state=Round.State.PUBLISHED)


@pytest.fixture
def marek(team: Team) -> User:
    return make_agent(team, language="en", name="Marek Mentor")


@pytest.fixture
def jola(team: Team) -> User:
    return make_agent(team, language="en", name="Jola Jasna")


def taken(of: Round, lead: User, mentor: User, deputy: User | None = None, shift: Shift | None = None) -> Duty:
    """With these mentors, and nobody told of it."""
    person = volunteer()
    duty = placing.take_seat(shift=shift or shift_of(of), channels=["email"], by=person, at=AT)
    mentors.name_mentors(duty=duty, mentor=mentor, deputy=deputy, by=lead, at=AT)
    forget()
    duty.refresh_from_db()
    return duty


def forget() -> None:
    Notification.objects.all().delete()
    Outbox.objects.all().delete()


def absent(person: User, days: int = 1, *, by: User | None = None, hours: int = 12) -> Absence:
    end = STARTS + (days - 1) * DAY + (hours - 1) * HOUR
    told = {"kind": Absence.Kind.SICK, "zone": "Europe/Warsaw", "note": "grypa", "by": by or person, "at": AT}
    return being_away.add_absence(person=person, starts_at=STARTS - HOUR, ends_at=end, **told)


def told(kind: str) -> dict[User, str]:
    """Who was told on the page, and what."""
    rows = list(Notification.objects.filter(kind=kind).select_related("person"))
    assert len({each.person for each in rows}) == len(rows), "one for each person and event"
    return {each.person: each.about for each in rows}


def mail_to(person: User) -> str:
    return str(Outbox.objects.get(recipient=person).payload["text"])


def test_when_a_mentor_is_away_those_of_the_day_are_told_and_never_why(
    of: Round, lead: User, marek: User, jola: User
) -> None:
    duty = taken(of, lead, marek, jola)

    absent(marek)

    assert told(MENTOR_AWAY) == dict.fromkeys((duty.person, jola, lead), "Marek Mentor, Mon 16 March")
    assert "Monday 16 March, 8:00–16:00: Jola Jasna looks after you" in mail_to(duty.person)
    assert f"Monday 16 March, 8:00–16:00: you look after {duty.person}" in mail_to(jola)
    assert f"Monday 16 March, 8:00–16:00: Jola Jasna looks after {duty.person}" in mail_to(lead)
    everything = " ".join(str(each.payload) for each in Outbox.objects.all()).lower()
    assert "grypa" not in everything
    assert "sick" not in everything


def test_without_another_mentor_everybody_hears_that_nobody_is_there(of: Round, lead: User, marek: User) -> None:
    first, second = taken(of, lead, marek), taken(of, lead, marek)

    absent(marek, days=3)

    assert set(told(MENTOR_AWAY)) == {first.person, second.person, lead}
    assert told(MENTOR_AWAY)[lead] == "Marek Mentor, Mon 16 March, Tue 17 March, Wed 18 March"
    assert mail_to(first.person).count("nobody looks after you yet") == 3
    assert mail_to(lead).count("nobody looks after") == 6


def test_who_enters_it_is_told_nothing_and_a_lead_enters_it_for_others(of: Round, lead: User, marek: User) -> None:
    duty = taken(of, lead, marek)

    absent(marek, by=lead)

    assert set(told(MENTOR_AWAY)) == {duty.person}


def test_an_hour_at_the_dentist_tells_nobody(of: Round, lead: User, marek: User) -> None:
    taken(of, lead, marek)

    start = STARTS + 10 * HOUR
    common = {"kind": Absence.Kind.OTHER, "zone": "Europe/Warsaw", "by": marek, "at": AT}
    being_away.add_absence(person=marek, starts_at=start, ends_at=start + HOUR, **common)

    assert told(MENTOR_AWAY) == {}


def test_what_is_over_and_what_is_not_one_s_own_tells_nobody(of: Round, lead: User, marek: User, jola: User) -> None:
    taken(of, lead, marek)

    absent(jola)
    start = STARTS - HOUR
    common = {"kind": Absence.Kind.SICK, "zone": "Europe/Warsaw", "by": marek, "at": STARTS + 10 * HOUR}
    being_away.add_absence(person=marek, starts_at=start, ends_at=start + 10 * HOUR, **common)

    assert told(MENTOR_AWAY) == {}


def test_an_absence_that_is_put_back_tells_again_and_one_taken_back_tells_nobody(
    of: Round, lead: User, marek: User
) -> None:
    duty, absence = taken(of, lead, marek), absent(marek)
    forget()

    being_away.remove_absence(absence=absence, by=marek, at=AT)
    none = told(MENTOR_AWAY)
    being_away.restore_absence(absence=absence, by=marek, at=AT)

    assert none == {}
    assert set(told(MENTOR_AWAY)) == {duty.person, lead}


def test_each_is_told_in_the_way_they_chose_and_in_their_language(of: Round, lead: User, marek: User) -> None:
    by_page, not_at_all, in_polish = (taken(of, lead, marek, shift=shift) for shift in _wide(of))
    preferences.set_notice_ways(by=by_page.person, chosen={MENTOR_AWAY: notices.Way.PAGE})
    preferences.set_notice_ways(by=not_at_all.person, chosen={MENTOR_AWAY: notices.Way.OFF})
    User.objects.filter(pk=in_polish.person_id).update(language="pl")

    absent(marek)

    assert set(told(MENTOR_AWAY)) == {by_page.person, in_polish.person, lead}
    assert not Outbox.objects.filter(recipient__in=[by_page.person, not_at_all.person]).exists()
    mail = Outbox.objects.get(recipient=in_polish.person)
    assert mail.payload["subject"] == "Nieobecność opiekuna: Marek Mentor, Pon 16 marca"
    assert "Poniedziałek 16 marca, 8:00–16:00: jeszcze nikt się Tobą nie opiekuje" in mail.payload["text"]
    assert "/settings/notifications/" in mail.payload["text"]


def _wide(of: Round) -> list[Shift]:
    Shift.objects.filter(round=of).update(capacity=3)
    Programme.objects.update(mentees_per_mentor=5)
    return [shift_of(of)] * 3


def test_a_notice_leads_to_its_place_and_is_nobody_else_s(of: Round, lead: User, marek: User) -> None:
    duty = taken(of, lead, marek)
    absent(marek)
    notice = Notification.objects.get(person=lead)
    client = client_of(lead)

    listed = text_of(client.get("/notifications/"))
    opened = client.post(f"/notifications/{notice.pk}/open/")

    assert "Marek Mentor, Mon 16 March" in listed
    assert "A mentor is not there" in listed
    assert opened["Location"] == f"/duties/rounds/{of.pk}/?shift={duty.shift_id}"
    assert client.get(opened["Location"]).status_code == 200
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert client_of(duty.person).post(f"/notifications/{notice.pk}/open/").status_code == 404
    assert client_of(duty.person).get("/notifications/").content.count(b"Marek Mentor") == 1


def test_who_left_a_day_and_who_plans_hear_who_takes_it(of: Round, lead: User, marek: User) -> None:
    duty = taken(of, lead, marek)
    leaving.withdraw(duty=duty, by=duty.person, at=STARTS + HOUR)
    request = CoverRequest.objects.filter(duty=duty).order_by("days__starts_at").first()
    assert request is not None
    taker = volunteer(name="Ewa Chętna")
    forget()

    covering.take_cover(request=request, by=taker, at=STARTS + 2 * HOUR)

    assert told(DAY_TAKEN) == dict.fromkeys((duty.person, lead), "Ewa Chętna, Tue 17 March")
    assert "Tuesday 17 March, 8:00–16:00" in mail_to(duty.person)
    assert "grypa" not in mail_to(lead)


def test_who_comes_back_for_a_day_is_not_told_of_themselves(of: Round, lead: User, marek: User) -> None:
    duty = taken(of, lead, marek)
    leaving.withdraw(duty=duty, by=duty.person, at=STARTS + HOUR)
    request = CoverRequest.objects.filter(duty=duty).order_by("days__starts_at").first()
    assert request is not None
    forget()

    covering.take_cover(request=request, by=duty.person, at=STARTS + 2 * HOUR)

    assert set(told(DAY_TAKEN)) == {lead}


def test_mentors_hear_of_whoever_takes_a_seat_and_once_alone(of: Round, lead: User) -> None:
    publishing.publish_changes(of=of, by=lead, at=AT)
    duty = placing.take_seat(shift=shift_of(of), channels=["email"], by=volunteer(), at=AT + HOUR)

    publishing.publish_changes(of=of, by=lead, at=AT + 2 * HOUR)

    assert told(MENTORS_CHANGED) == {lead: f"You look after {duty.person}, Mon 16 March, Tue 17 March, Wed 18 March"}
    assert Outbox.objects.filter(recipient=lead).count() == 1


def test_other_mentors_are_told_to_everybody_they_concern_and_once_alone(
    of: Round, lead: User, marek: User, jola: User
) -> None:
    duty = taken(of, lead, marek)
    publishing.publish_changes(of=of, by=lead, at=AT)
    forget()

    mentors.name_mentors(duty=duty, mentor=jola, deputy=None, by=lead, at=AT + HOUR)
    publishing.publish_changes(of=of, by=lead, at=AT + 2 * HOUR)

    days = "Mon 16 March, Tue 17 March, Wed 18 March"
    assert told(MENTORS_CHANGED) == {
        duty.person: f"Mentors: Jola Jasna, {days}",
        jola: f"You look after {duty.person}, {days}",
        marek: f"You do not look after {duty.person} any more, {days}",
    }
    assert Outbox.objects.count() == 3


def test_the_team_hears_of_rules_to_talk_over_and_is_not_told_twice(
    team: Team, lead: User, marek: User, jola: User
) -> None:
    draft, stranger = make_round(make_programme(team), lead), volunteer()

    for is_open in (True, True, False, True):
        discussing.open_for_comments(of=draft, is_open=is_open, by=lead, at=AT)

    assert set(told(RULES_OPEN)) == {marek, jola}
    assert told(RULES_OPEN)[marek] == f"{draft.programme.name}, round 1"
    assert Notification.objects.get(person=jola).path == f"/duties/rounds/{draft.pk}/rules/discussion/"
    assert client_of(jola).get(Notification.objects.get(person=jola).path).status_code == 200
    assert not Outbox.objects.filter(recipient=stranger).exists()
