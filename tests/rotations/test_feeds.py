"""Calendars for other programs, read back by a reader of our own that knows nothing of what wrote them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from rotations.actions import feeding, leaving, placing, publishing
from rotations.models import Duty, Feed, Pattern, Programme, Round
from tests.factories import AT, HOUR, make_agent, make_lead, make_team
from tests.rotations.duties import make_programme, make_round, propose, shift_of, sign_up, volunteer
from tests.rotations.ical_reading import events, read
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Team, User

WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def programme(team: Team) -> Programme:
    return make_programme(team)


@pytest.fixture
def published(programme: Programme, lead: User) -> Round:
    return make_round(programme, lead, state=Round.State.PUBLISHED)


def seat(of: Round, person: User) -> Duty:
    return placing.take_seat(shift=shift_of(of), channels=["email"], by=person, at=AT)


def content_of(token: str) -> bytes:
    answer = Client().get(f"/calendar/{token}.ics")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return bytes(answer.content)


@pytest.mark.parametrize(
    ("saturday", "night_h"), [(date(2026, 3, 28), 7), (date(2026, 10, 24), 9)], ids=["spring", "autumn"]
)
def test_nights_in_which_the_clocks_change_read_as_they_are_planned(
    programme: Programme, lead: User, saturday: date, night_h: int
) -> None:
    programme.patterns.all().delete()
    Pattern.objects.create(
        programme=programme, name="Nights", first_weekday=5, days=3, starts=22 * 60, ends=30 * 60, seats=1
    )
    of = make_round(
        programme, lead, state=Round.State.PUBLISHED, starts_on=saturday, ends_on=saturday + timedelta(days=3)
    )
    person = volunteer()
    duty = placing.take_seat(shift=of.shifts.get(), channels=["email"], by=person, at=AT)
    tokens = [
        feeding.make_feed(kind=kind, of=thing, by=by, at=AT)[1]
        for kind, thing, by in (
            ("own", None, person), ("round", of, lead), ("on_duty", programme, lead),
        )
    ]  # fmt: skip

    found = [[(each.moment("DTSTART"), each.moment("DTEND")) for each in events(content_of(each))] for each in tokens]

    planned = list(duty.days.order_by("day").values_list("starts_at", "ends_at"))
    assert found == [planned, planned, planned]
    nights = [saturday + timedelta(days=number) for number in range(3)]
    walls = [(each.astimezone(WARSAW), end.astimezone(WARSAW)) for each, end in found[0]]
    assert [(each.date(), each.hour, end.date(), end.hour) for each, end in walls] == [
        (night, 22, night + timedelta(days=1), 6) for night in nights
    ]
    assert [(end - each) // HOUR for each, end in found[0]] == [night_h, 8, 8]


def test_a_day_keeps_its_name_and_says_what_has_become_of_it(published: Round, lead: User) -> None:
    person = volunteer()
    sign_up_later(published, person)
    _feed, token = feeding.make_feed(kind="own", by=person, at=AT, alarm_minutes=60)

    seen = []
    duty = propose(shift_of(published), person, lead, at=AT + HOUR)
    seen.append(events(content_of(token)))
    publishing.publish_changes(of=published, by=lead, at=AT + 2 * HOUR)
    seen.append(events(content_of(token)))
    placing.confirm(duty=duty, by=person, at=AT + 3 * HOUR)
    seen.append(events(content_of(token)))
    leaving.withdraw(duty=duty, by=person, at=AT + 4 * HOUR)
    seen.append(events(content_of(token)))

    told, asked, said_yes, gone = seen
    assert told == []
    assert [[each.values["STATUS"] for each in days] for days in (asked, said_yes, gone)] == [
        ["TENTATIVE"] * 3,
        ["CONFIRMED"] * 3,
        ["CANCELLED"] * 3,
    ]
    names = [[each.values["UID"] for each in days] for days in (asked, said_yes, gone)]
    assert names[0] == names[1] == names[2]
    numbers = [int(days[0].values["SEQUENCE"]) for days in (asked, said_yes, gone)]
    assert numbers == sorted(set(numbers))
    assert [[len(each.parts) for each in days] for days in (asked, gone)] == [[1] * 3, [0] * 3]
    assert asked[0].parts[0].values["TRIGGER"] == "-PT1H"
    assert [days[0].values["TRANSP"] for days in (asked, gone)] == ["OPAQUE", "TRANSPARENT"]


def sign_up_later(of: Round, person: User) -> None:
    """As somebody did before the sign-up ended."""
    Round.objects.filter(pk=of.pk).update(state=Round.State.SIGNUP)
    sign_up(Round.objects.get(pk=of.pk), person)
    Round.objects.filter(pk=of.pk).update(state=Round.State.PUBLISHED)


def test_the_same_plan_is_the_same_bytes(published: Round, clock: Any) -> None:
    person = volunteer()
    seat(published, person)
    _feed, token = feeding.make_feed(kind="own", by=person, at=AT, is_busy=False)

    first = content_of(token)
    clock.advance(hours=5)
    second = content_of(token)

    assert first == second
    assert {each.values["TRANSP"] for each in events(first)} == {"TRANSPARENT"}


def test_shared_calendars_say_when_and_a_given_name(published: Round, lead: User) -> None:
    person = volunteer(name="Wanda Wolna", email="wanda@bursztyn.example", phone="+48 601 234 567")
    seat(published, person)
    waiting = volunteer(name="Zenon Zielony")
    sign_up_later(published, waiting)
    propose(shift_of(published), waiting, lead)
    of_round = feeding.make_feed(kind="round", of=published, by=lead, at=AT)[1]
    on_duty = feeding.make_feed(kind="on_duty", of=published.programme, by=lead, at=AT)[1]

    texts = [content_of(each).decode() for each in (of_round, on_duty)]

    assert [each.values["SUMMARY"] for each in events(texts[1].encode())] == ["Wanda · Dyżury Shop team"] * 3
    assert "1 of 2 places are taken." in [each.values["DESCRIPTION"] for each in events(texts[0].encode())]
    for text in texts:
        plain = re.sub(r"\r\n ", "", text)
        assert not re.search(r"Wolna|wanda@|601|Zenon|Zielony|ATTENDEE|ORGANIZER", plain)
        assert {each.values["CLASS"] for each in events(text.encode())} == {"PRIVATE"}
    assert "Wanda" not in texts[0]


def test_words_are_in_the_owners_language(published: Round) -> None:
    person = volunteer(language="pl")
    seat(published, person)
    _feed, token = feeding.make_feed(kind="own", by=person, at=AT)

    calendar = read(content_of(token))

    assert calendar.values["NAME"] == "Moje dyżury"
    assert calendar.parts[0].values["SUMMARY"] == "Dyżur: Dyżury Shop team"


def test_an_address_ends_when_it_is_taken_back_and_when_the_right_ends(published: Round, team: Team) -> None:
    person, other, agent = volunteer(), volunteer(), make_agent(team)
    taken_back, token = feeding.make_feed(kind="own", by=person, at=AT)
    left = feeding.make_feed(kind="own", by=other, at=AT)[1]
    moved = feeding.make_feed(kind="on_duty", of=published.programme, by=agent, at=AT)[1]
    assert [answer(each) for each in (token, left, moved)] == [200, 200, 200]

    feeding.revoke_feed(feed=taken_back, by=person, at=AT)
    User.objects.filter(pk=other.pk).update(is_active=False)
    agent.teams.set([make_team("Elsewhere")])

    assert [answer(each) for each in (token, left, moved, "x" * 43)] == [404, 404, 404, 404]


def answer(token: str) -> int:
    return Client().get(f"/calendar/{token}.ics").status_code


def test_only_the_hash_of_a_token_is_kept(published: Round) -> None:
    person = volunteer()
    feed, token = feeding.make_feed(kind="own", by=person, at=AT)

    assert len(token) == 43  # 256 bits
    assert token not in str(Feed.objects.filter(pk=feed.pk).values().get())


def test_nobody_makes_a_calendar_of_what_they_may_not_see(published: Round, lead: User) -> None:
    draft = make_round(published.programme, lead)
    refused = [
        ("own", None, lead),
        ("round", draft, volunteer()),
        ("round", published, make_agent(make_team("Elsewhere"))),
        ("on_duty", published.programme, volunteer()),
        ("on_duty", published.programme, make_lead(make_team("Elsewhere, too"))),
    ]
    for kind, thing, by in refused:
        with pytest.raises(NotAllowed):
            feeding.make_feed(kind=kind, of=thing, by=by, at=AT)
    person = volunteer()
    for _number in range(feeding.MOST):
        feeding.make_feed(kind="own", by=person, at=AT)

    with pytest.raises(Refused, match="20 calendar addresses"):
        feeding.make_feed(kind="own", by=person, at=AT)

    assert Feed.objects.exclude(owner=person).count() == 0


def test_readings_are_counted_and_so_are_wrong_addresses(published: Round) -> None:
    _feed, token = feeding.make_feed(kind="own", by=volunteer(), at=AT)
    _feed, other = feeding.make_feed(kind="own", by=volunteer(), at=AT)

    often = [answer(token) for _ in range(61)]
    wrong = [answer(f"{number:043}") for number in range(61)]

    assert often == [200] * 60 + [429]
    assert wrong == [404] * 60 + [429]
    assert answer(other) == 200  # others read theirs from the same place


def test_a_calendar_costs_the_same_for_one_day_and_for_many(
    published: Round, lead: User, django_assert_num_queries: Any
) -> None:
    seat(published, volunteer())
    tokens = [
        feeding.make_feed(kind=kind, of=of, by=lead, at=AT)[1]
        for kind, of in (("round", published), ("on_duty", published.programme))
    ]
    for shift in published.shifts.all():
        for _number in range(shift.capacity - shift.duties.count()):
            placing.take_seat(shift=shift, channels=["email"], by=volunteer(), at=AT)

    for token in tokens:
        with django_assert_num_queries(3):
            content_of(token)


def test_the_page_makes_an_address_shows_it_once_and_takes_it_back(published: Round) -> None:
    person = volunteer()
    client = Client()
    client.force_login(person)

    made = client.post("/settings/subscriptions/", {"what": "own", "alarm_minutes": "60", "is_busy": "on"})
    (path,) = re.findall(r'value="http://[^"/]+(/calendar/[\w-]{43}\.ics)"', made.content.decode())
    later = client.get("/settings/subscriptions/").content.decode()
    read_before = client.get(path).status_code
    client.post(f"/settings/subscriptions/{Feed.objects.get().pk}/revoke/")

    assert "/calendar/" not in later
    assert "1 hour before" in later
    assert (read_before, client.get(path).status_code) == (200, 404)
    assert Feed.objects.get().revoked_at == datetime.fromisoformat("2026-03-09T07:00:00Z")
