"""What somebody with a duty sees, by every way and to the second: in nights when the clocks change, of days that
changed hands, and of duties that never began or were left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from rotations.actions import covering, leaving, placing, rounds, running
from rotations.models import CoverRequest, Duty, Pattern, Programme, Round, Shift
from tests.conftest import MovableClock
from tests.factories import AT, HOUR, SECOND, fresh, make_admin, make_lead, make_queue, make_team, make_ticket
from tests.rotations.duties import make_programme, make_round, propose, shift_of, sign_up, volunteer
from tickets.actions import keeping_people
from tickets.models import Team, Ticket, User

WARSAW = ZoneInfo("Europe/Warsaw")
DAY = timedelta(days=1)
WORD = "Rękopis"


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en")


@pytest.fixture
def of(team: Team, lead: User) -> Round:
    return make_round(make_programme(team, seats=1), lead, state=Round.State.PUBLISHED)


@pytest.fixture
def ticket(team: Team) -> Ticket:
    """In the scope of every duty here. The two beside it never are: another channel, another queue."""
    queue = team.queues.get()
    make_ticket(queue, channel="phone", subject=f"{WORD} przez telefon")
    make_ticket(make_queue(make_team()), channel="email", subject=f"{WORD} innej kolejki")
    return make_ticket(queue, channel="email", subject=f"{WORD} w zakresie")


def taken(of: Round, person: User, week: int = 0) -> Duty:
    shift = of.shifts.order_by("starts_at", "id")[2 * week]
    return placing.take_seat(shift=shift, channels=["email"], by=person, at=AT)


def shown(answer: Any) -> bool:
    return answer.status_code == 200 and f"{WORD} w zakresie" in answer.content.decode()


def _links(answer: Any, ticket: Ticket) -> bool:
    return ticket.get_absolute_url() in answer.content.decode()


WAYS: dict[str, Callable[[Client, Ticket], bool]] = {
    "page": lambda client, ticket: shown(client.get(ticket.get_absolute_url())),
    "list": lambda client, ticket: shown(client.get("/queue/")),
    "search": lambda client, ticket: _links(client.get("/search/", {"q": WORD}), ticket),
    "palette": lambda client, ticket: _links(client.get("/palette/", {"q": WORD}), ticket),
    "API, one": lambda client, ticket: client.get(f"/api/tickets/{ticket.pk}/").status_code == 200,
    "API, list": lambda client, ticket: any(
        row["id"] == ticket.pk for row in client.get("/api/tickets/").json().get("results", [])
    ),
}


@pytest.fixture
def sees(clock: MovableClock, ticket: Ticket) -> Callable[[User, datetime], bool]:
    """Whether the person finds the ticket at that moment. All ways must agree, and no way ever shows the two others."""
    others = Ticket.objects.exclude(pk=ticket.pk)

    def look(person: User, at: datetime) -> bool:
        clock.move_to(at)
        running.move_all(at=at)
        client = Client()
        client.force_login(fresh(person))
        found = {name: way(client, ticket) for name, way in WAYS.items()}
        assert len(set(found.values())) == 1, (at, found)
        for other in others:
            assert client.get(other.get_absolute_url()).status_code != 200
        return found["page"]

    return look


def local(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=WARSAW)


@pytest.mark.parametrize(("saturday", "hours"), [(date(2026, 3, 28), 7), (date(2026, 10, 24), 9)])
def test_nights_in_which_the_clocks_change(
    team: Team, lead: User, sees: Callable[..., bool], saturday: date, hours: int
) -> None:
    """From 22 to 6, on Saturday and Sunday: seven hours in spring and nine in autumn, then eight."""
    programme = Programme.objects.create(team=team, name="Noce", channels=["email"])
    programme.queues.set(team.queues.all())
    hours_of = {"starts": 22 * 60, "ends": 30 * 60}
    Pattern.objects.create(programme=programme, name="Nocą", first_weekday=5, days=2, seats=1, **hours_of)
    told = {"starts_on": saturday, "ends_on": saturday + DAY, "signup_ends_at": AT + HOUR}
    nights = make_round(programme, lead, state=Round.State.PUBLISHED, **told)
    ola = volunteer()
    taken(nights, ola)

    begins, ends = local(saturday, 22), local(saturday + DAY, 6)
    assert ends.astimezone(ZoneInfo("UTC")) - begins.astimezone(ZoneInfo("UTC")) == hours * HOUR
    assert [sees(ola, at) for at in (begins - SECOND, begins, ends - SECOND, ends)] == [False, True, True, False]
    begins, ends = local(saturday + DAY, 22), local(saturday + 2 * DAY, 6)
    assert [sees(ola, at) for at in (begins - SECOND, begins, ends - SECOND, ends)] == [False, True, True, False]


def test_of_days_that_were_taken_over_the_taker_sees_and_the_giver_does_not(
    of: Round, sees: Callable[..., bool]
) -> None:
    giver, taker = volunteer(), volunteer()
    duty = taken(of, giver)
    _first, second, _third = duty.days.order_by("starts_at")
    told = {"at": AT, "kind": CoverRequest.Kind.GIVE}
    request = covering.ask_cover(duty=duty, days=[second.pk], by=giver, **told)
    covering.take_cover(request=request, by=taker, at=AT)

    noons = [duty.shift.starts_at + number * DAY + 4 * HOUR for number in range(3)]
    assert [sees(giver, at) for at in noons] == [True, False, True]
    assert [sees(taker, at) for at in noons] == [False, True, False]
    assert [sees(taker, second.starts_at + at) for at in (-SECOND, timedelta(), 8 * HOUR - SECOND, 8 * HOUR)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_whoever_swaps_sees_when_they_are_there(of: Round, sees: Callable[..., bool]) -> None:
    one, other = volunteer(), volunteer()
    mine, theirs = taken(of, one), taken(of, other, week=1)
    days = list(mine.days.values_list("pk", flat=True))
    request = covering.ask_cover(duty=mine, days=days, kind=CoverRequest.Kind.SWAP, by=one, at=AT)
    request = covering.take_cover(request=request, offered=theirs, by=other, at=AT)
    before, after = mine.shift.starts_at + HOUR, theirs.shift.starts_at + HOUR

    covering.agree(request=request, offered=theirs, by=one, at=AT)

    assert [sees(one, before), sees(other, before), sees(one, after), sees(other, after)] == [False, True, True, False]


@pytest.mark.parametrize("way_out", ["withdraw", "call_off", "deactivate"])
def test_whoever_is_out_sees_nothing_from_that_second_on(
    of: Round, lead: User, sees: Callable[..., bool], way_out: str
) -> None:
    ola = volunteer()
    duty = taken(of, ola)
    during = duty.shift.starts_at + HOUR
    assert sees(ola, during)

    if way_out == "withdraw":
        leaving.withdraw(duty=duty, by=ola, at=during)
    elif way_out == "call_off":
        leaving.call_off(duty=duty, by=lead, at=during)
    else:
        keeping_people.deactivate(person=ola, by=make_admin(), at=during)

    assert not sees(ola, during)
    assert not sees(ola, during + DAY)


def test_a_place_that_was_not_confirmed_shows_nothing(team: Team, lead: User, sees: Callable[..., bool]) -> None:
    of = make_round(make_programme(team), lead, state=Round.State.SIGNUP)
    silent, declines = volunteer(), volunteer()
    for person in (silent, declines):
        sign_up(of, person)
    rounds.move_on(of=of, to=Round.State.PLANNING, by=lead, at=AT)
    duties = [propose(shift_of(of), person, lead) for person in (silent, declines)]
    rounds.move_on(of=of, to=Round.State.PUBLISHED, by=lead, at=AT)
    leaving.decline(duty=duties[1], by=declines, at=AT)
    during = Shift.objects.get(pk=duties[0].shift_id).starts_at + HOUR

    assert not sees(silent, during)
    assert not sees(declines, during)
