"""Whoever leaves a seat that others have days of, or a shift that has begun, leaves days that others may still take."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rotations import evaluator, solver
from rotations.actions import covering, leaving, placing, rounds, waiting
from rotations.models import CoverRequest, Demand, Duty, Round, WaitlistEntry
from rotations.problem import Mentor, Need, Placement, Problem, Slot, Volunteer
from rotations.queries import covering as queries
from rotations.queries.board import quality
from rotations.queries.planning import planning
from rotations.queries.rounds import open_seats
from rotations.timeline import days as days_between
from tests.factories import AT, HOUR, make_lead
from tests.rotations.duties import MONDAY, make_programme, make_round, shift_of, volunteer
from tests.rotations.invariants import broken
from tests.rotations.test_covers import asked, client_of, days_of, text_of, told
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Outbox, Team, User

DAY = timedelta(days=1)
STARTS = AT + 7 * DAY


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def of(team: Team, lead: User) -> Round:
    return make_round(make_programme(team, seats=1), lead, state=Round.State.PUBLISHED)


@pytest.fixture
def giver(db: None) -> User:
    return volunteer(name="Gaja Dawca", email="gaja@bursztyn.example")


@pytest.fixture
def taker(db: None) -> User:
    return volunteer(name="Tola Biorca", email="tola@bursztyn.example")


@pytest.fixture
def shared(of: Round, giver: User, taker: User) -> Duty:
    """Gaja has Monday and Tuesday, Tola Wednesday, on the only seat."""
    duty = placing.take_seat(shift=shift_of(of), channels=["email", "chat"], by=giver, at=AT)
    covering.take_cover(request=asked(duty, days=slice(2, 3)), by=taker, at=AT)
    return told(duty)


def free(at: datetime, person: User | None = None) -> list[str]:
    found = queries.wanted_of(person or volunteer(), at)
    return [f"{day.day:%a %d}" for each in found for day in each.days.all()]


def take(day: str, by: User, at: datetime) -> CoverRequest:
    for each in queries.wanted_of(by, at):
        if [f"{one.day:%a %d}" for one in each.days.all()] == [day]:
            return covering.take_cover(request=each, by=by, at=at)
    raise AssertionError(day)


def test_days_of_a_shared_seat_are_to_be_had_one_by_one_when_their_holder_leaves(
    shared: Duty, giver: User, taker: User
) -> None:
    third, fourth = volunteer(), volunteer()
    before = free(AT)

    leaving.withdraw(duty=shared, by=giver, at=AT + HOUR)
    left = free(AT + HOUR)
    done = take("Tue 17", third, AT + 2 * HOUR)
    take("Mon 16", fourth, AT + 2 * HOUR)

    assert (before, left, free(AT + 2 * HOUR)) == ([], ["Mon 16", "Tue 17"], [])
    assert [days_of(each) for each in (giver, fourth, third, taker)] == [[], ["Mon 16"], ["Tue 17"], ["Wed 18"]]
    assert told(shared).state == Duty.State.WITHDRAWN
    assert done.became is not None
    assert (done.became.seat, done.became.confirmed_by) == (shared.seat, third)
    assert broken(AT + 2 * HOUR) == {}


def test_it_is_the_same_when_a_planner_takes_off_whoever_took_a_part_over(
    shared: Duty, giver: User, taker: User, lead: User
) -> None:
    leaving.call_off(duty=Duty.objects.get(person=taker), by=lead, at=AT + HOUR)

    assert free(AT + HOUR) == ["Wed 18"]
    take("Wed 18", giver, AT + 2 * HOUR)  # who has the rest of the seat has it whole again

    assert days_of(giver) == ["Mon 16", "Tue 17", "Wed 18"]
    assert Duty.objects.filter(person=giver).count() == 1


def test_who_waits_for_the_shift_is_told_of_the_days_that_they_could_take(shared: Duty, giver: User, of: Round) -> None:
    waits, is_busy = volunteer(email="czeka@bursztyn.example"), volunteer(email="zajeta@bursztyn.example")
    for person in (waits, is_busy):
        waiting.wait(shift=shared.shift, channels=["email"], by=person, at=AT)
    later = shift_of(of, MONDAY + 2 * DAY)
    placing.take_seat(shift=later, channels=["email"], by=is_busy, at=AT)  # from Wednesday on: Tuesday is too near

    leaving.withdraw(duty=shared, by=giver, at=AT + HOUR)

    said = {mail.recipient: mail.payload["text"] for mail in Outbox.objects.filter(recipient__in=[waits, is_busy])}
    assert said[waits].count("16 March") == said[waits].count("17 March") == 1
    assert said[is_busy].count("16 March") == 1
    assert "/duties/covers/" in said[waits]
    assert set(waiting_states()) == {"waiting"}  # for a whole seat they wait on


def waiting_states() -> list[str]:
    return list(WaitlistEntry.objects.values_list("state", flat=True))


def test_a_seat_that_all_have_left_is_to_be_had_whole(shared: Duty, giver: User, taker: User) -> None:
    leaving.withdraw(duty=shared, by=giver, at=AT + HOUR)

    leaving.withdraw(duty=Duty.objects.get(person=taker), by=taker, at=AT + 2 * HOUR)

    assert free(AT + 2 * HOUR) == []
    assert shared.shift_id in [each.pk for each in open_seats(AT + 2 * HOUR)]
    whole = placing.take_seat(shift=shared.shift, channels=["email"], by=volunteer(), at=AT + 3 * HOUR)
    assert whole.days.count() == 3
    assert broken(AT + 3 * HOUR) == {}


def test_who_leaves_in_the_middle_leaves_the_days_to_come_and_may_come_back_for_one(of: Round, giver: User) -> None:
    duty = placing.take_seat(shift=shift_of(of), channels=["email"], by=giver, at=AT)
    tuesday = STARTS + DAY + HOUR

    leaving.withdraw(duty=duty, by=giver, at=STARTS + HOUR)
    on_monday, on_tuesday = free(STARTS + HOUR), free(tuesday)
    take("Wed 18", giver, tuesday)

    assert (on_monday, on_tuesday) == (["Tue 17", "Wed 18"], ["Wed 18"])
    assert days_of(giver) == ["Wed 18"]
    assert told(duty).state == Duty.State.WITHDRAWN
    assert broken(tuesday) == {}


def test_nothing_is_looked_for_when_the_round_is_called_off(shared: Duty, of: Round, lead: User) -> None:
    rounds.move_on(of=of, to=Round.State.CANCELLED, by=lead, at=AT + HOUR)

    assert free(AT + HOUR) == []


def test_nobody_undoes_what_was_left_and_who_left_does_not_take_it_back(shared: Duty, giver: User, lead: User) -> None:
    third = volunteer()
    leaving.withdraw(duty=shared, by=giver, at=AT + HOUR)
    monday = CoverRequest.objects.filter(is_left_over=True).order_by("id")[0]

    with pytest.raises(NotAllowed):
        covering.take_back(request=monday, by=giver, at=AT + HOUR)
    done = covering.take_cover(request=monday, by=third, at=AT + HOUR)
    with pytest.raises(Refused):
        covering.undo(request=done, by=third, at=AT + HOUR)

    assert queries.settled_of(third, AT + HOUR) == []
    (mail,) = Outbox.objects.filter(recipient=giver, created_at__gt=AT)
    assert mail.payload["subject"].startswith("Somebody takes a day of duty that was left")


# Pages


def test_colleagues_see_the_day_and_not_who_left_and_a_planner_may_say_that_nobody_is_needed(
    shared: Duty, giver: User, of: Round, lead: User
) -> None:
    leaving.withdraw(duty=shared, by=giver, at=AT)
    guest, planner = client_of(volunteer()), client_of(lead)

    seen = text_of(guest.get("/duties/covers/"))
    board = text_of(planner.get(f"/duties/rounds/{of.pk}/?shift={shared.shift_id}"))
    monday, tuesday = CoverRequest.objects.filter(is_left_over=True).order_by("id")
    answer = guest.post(f"/duties/covers/{monday.pk}/take/", follow=True)
    not_theirs = guest.post(f"/duties/covers/{tuesday.pk}/take-back/")
    planner.post(f"/duties/covers/{tuesday.pk}/take-back/")

    assert seen.count("A day that nobody has") == 2
    assert "Gaja Dawca" not in seen
    assert board.count("Nobody has this day") == 2
    assert "Days that nobody has" in board
    assert "The days are yours" in text_of(answer)
    assert not_theirs.status_code == 404
    assert free(AT) == []


# Who has which day, as the plan is judged


def test_a_shared_seat_counts_for_each_holder_on_their_own_days(shared: Duty, of: Round, giver: User) -> None:
    for weekday in (0, 2):
        Demand.objects.create(
            round=of, weekday=weekday, starts=480, ends=660, channel="tickets", people=1, weight=2, source="manual"
        )

    before = planning(of, AT)
    leaving.withdraw(duty=shared, by=giver, at=AT)
    after = planning(of, AT)

    held = {each.volunteer: sorted(f"{day:%a}" for day in each.days or ()) for each in before.problem.locked}
    assert sorted(held.values()) == [["Mon", "Tue"], ["Wed"]]
    assert sum(not each.is_part for each in before.problem.locked) == 1
    assert quality(before).asked - quality(before).shortfall == 4
    assert quality(after).asked - quality(after).shortfall == 2  # the Monday is nobody's
    broken_rules = {each.rule for each in evaluator.violations(before.problem, before.problem.locked)}
    assert broken_rules <= {evaluator.Rule.MENTOR, evaluator.Rule.RATIO}  # there is no mentor at all


def problem(**more: Any) -> Problem:
    """Three days, one seat, in parts one's and the other's; a third who could come."""
    days = tuple(days_between(MONDAY, 3, 480, 960, ZoneInfo("Europe/Warsaw")))
    covers = frozenset((day.day, 0) for day in days)
    mon, tue, wed = (day.day for day in days)
    people = [Volunteer(number, frozenset(["chat"]), 1) for number in (1, 2, 3)]
    told: dict[str, Any] = {
        "volunteers": tuple(people),
        "slots": (Slot(7, 1, days, covers),),
        "needs": tuple(Need(day.day, 0, "chat", 1) for day in days),
        "mentors": (Mentor(9, frozenset([mon, tue]), 1),),
        "locked": (
            Placement(1, 7, frozenset(["chat"]), 9, None, frozenset([mon, tue])),
            Placement(2, 7, frozenset(["chat"]), 9, None, frozenset([wed]), is_part=True),
        ),
    }
    return Problem(**(told | more))


def test_the_solver_leaves_a_shared_seat_alone_and_counts_its_days_once() -> None:
    given = problem()

    made = solver.propose(given, time_limit_s=1.0)

    assert made.placements == given.locked
    assert made.shortfall == evaluator.evaluate(given, made.placements).shortfall == 0
    assert evaluator.evaluate(given, given.locked[:1]).shortfall == 1


def test_what_stands_against_a_holder_is_asked_of_their_own_days() -> None:
    days = days_between(MONDAY, 3, 480, 960, ZoneInfo("Europe/Warsaw"))
    wednesday = (days[2].starts_at, days[2].ends_at)
    newcomer = Volunteer(2, frozenset(["chat"]), 1, is_first=True)
    away = Volunteer(1, frozenset(["chat"]), 1, away=(wednesday,))

    found = list(evaluator.violations(problem(volunteers=(away, newcomer)), problem().locked))

    # Who is away on Wednesday has given it away; who has it is on a first duty, and the mentor is not there.
    wanted = evaluator.Rule.MENTOR
    assert [(each.rule, each.volunteer, each.day) for each in found if each.rule != evaluator.Rule.RATIO] == [
        (wanted, 2, date(2026, 3, 18))
    ]


def test_a_part_rests_by_its_own_days() -> None:
    """Who gave Wednesday away may come on Thursday at dawn; who took it may not."""
    zone = ZoneInfo("Europe/Warsaw")
    dawn = tuple(days_between(MONDAY + 3 * DAY, 1, 60, 300, zone))
    given = problem()
    thursday = Slot(8, 1, dawn, frozenset([(dawn[0].day, 0)]))
    needs = (*given.needs, Need(dawn[0].day, 0, "chat", 1))
    two = tuple(Volunteer(number, frozenset(["chat"]), 2) for number in (1, 2))

    made = solver.propose(
        problem(volunteers=two, slots=(*given.slots, thursday), needs=needs), time_limit_s=1.0
    ).placements
    taken_by_the_other = (*given.locked, Placement(2, 8, frozenset(["chat"])))

    assert [each.volunteer for each in made if each.slot == 8] == [1]
    judged = problem(volunteers=two, slots=(*given.slots, thursday), needs=needs)
    assert list(evaluator.violations(judged, made)) == []
    assert [each.rule for each in evaluator.violations(judged, taken_by_the_other)] == [evaluator.Rule.REST]


def test_a_swap_between_two_on_one_seat_leaves_no_right_behind(shared: Duty, giver: User, taker: User) -> None:
    """Each has the other's days afterwards, by rights of just these days."""
    theirs = Duty.objects.get(person=taker)
    request = asked(shared, kind="swap", days=slice(0, 2))
    request = covering.take_cover(request=request, offered=theirs, by=taker, at=AT)

    covering.agree(request=request, offered=theirs, by=giver, at=AT)

    assert (days_of(giver), days_of(taker)) == (["Wed 18"], ["Mon 16", "Tue 17"])
    assert broken(AT) == {}
