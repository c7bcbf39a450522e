"""From the round to the duty and out of it: what is refused, what a duty lets its holder do, and what ends it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from rotations.actions import leaving, placing, rounds, signing_up
from rotations.models import Absence, Duty, DutyDay, DutyEvent, Qualification, Round, Shift, Wish
from rotations.queries.fitting import Why
from tests.factories import AT, HOUR, SECOND, fresh, make_admin, make_agent, make_lead, make_team, make_ticket
from tests.rotations.duties import (
    CHANNELS,
    MONDAY,
    make_programme,
    make_round,
    propose,
    shift_of,
    sign_up,
    volunteer,
)
from tickets.actions import assigning
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Grant, Presence, Team, Ticket, User

State = Duty.State


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en")


@pytest.fixture
def planned(team: Team, lead: User) -> Round:
    """A round being planned, for which Ola has signed up."""
    return make_round(make_programme(team), lead, state=Round.State.SIGNUP)


def ready(of: Round, lead: User, *people: User, **more: Any) -> None:
    """The people have signed up, and the round is being planned."""
    for person in people:
        sign_up(of, person, **more)
    rounds.move_on(of=of, to=Round.State.PLANNING, by=lead, at=AT)


def publish(of: Round, lead: User) -> None:
    rounds.move_on(of=of, to=Round.State.PUBLISHED, by=lead, at=AT)


def why(of: Any) -> list[Why]:
    with pytest.raises(placing.CannotBePlaced) as refused:
        of()
    return refused.value.why


# Rounds


def test_a_round_has_a_shift_for_every_run_of_days_that_fits(team: Team, lead: User) -> None:
    made = make_round(make_programme(team), lead)

    assert list(made.shifts.order_by("starts_at").values_list("name", "first_day", "capacity")) == [
        ("Mon-Wed", date(2026, 3, 16), 2),
        ("Wed-Fri", date(2026, 3, 18), 2),
        ("Mon-Wed", date(2026, 3, 23), 2),
        ("Wed-Fri", date(2026, 3, 25), 2),
    ]
    assert (made.number, made.state) == (1, Round.State.DRAFT)
    assert make_round(made.programme, lead).number == 2


def test_a_round_without_shifts_is_refused(team: Team, lead: User) -> None:
    with pytest.raises(rounds.NoShifts):
        make_round(make_programme(team), lead, ends_on=MONDAY + timedelta(days=1))
    assert not Round.objects.exists()


def test_only_planners_of_the_team_move_a_round(team: Team, planned: Round) -> None:
    for stranger in (make_agent(team), make_lead(make_team()), volunteer()):
        with pytest.raises(NotAllowed):
            rounds.move_on(of=planned, to=Round.State.PLANNING, by=stranger, at=AT)
    assert rounds.move_on(of=planned, to=Round.State.PLANNING, by=make_admin(), at=AT).state == Round.State.PLANNING


@pytest.mark.parametrize("to", [Round.State.RUNNING, Round.State.PUBLISHED, Round.State.CLOSED, Round.State.DRAFT])
def test_no_step_is_left_out(planned: Round, lead: User, to: str) -> None:
    with pytest.raises(rounds.StepRefused):
        rounds.move_on(of=planned, to=to, by=lead, at=AT)


def test_a_cancelled_round_takes_everybody_off(planned: Round, lead: User) -> None:
    ola = volunteer()
    ready(planned, lead, ola)
    duty = propose(shift_of(planned), ola, lead)
    publish(planned, lead)
    placing.confirm(duty=duty, by=ola, at=AT)

    rounds.move_on(of=planned, to=Round.State.CANCELLED, by=lead, at=AT)

    duty.refresh_from_db()
    assert (duty.state, duty.grant) == (State.CANCELLED, None)
    assert not Grant.objects.filter(user=ola, revoked_at=None).exists()


# Signing up


def test_wishes_replace_those_before(planned: Round) -> None:
    ola, first = volunteer(), shift_of(planned)
    sign_up(planned, ola, {first.pk: Wish.Value.CANNOT})

    said = sign_up(planned, ola, {first.pk: Wish.Value.WANT}, channels=["chat"], quota=2)

    assert list(said.wishes.values_list("shift", "value")) == [(first.pk, "want")]
    assert (said.channels, said.quota) == (["chat"], 2)
    assert planned.sign_ups.count() == 1


def test_only_colleagues_sign_up(planned: Round, agent: User) -> None:
    with pytest.raises(NotAllowed):
        sign_up(planned, agent)


@pytest.mark.parametrize(
    "more",
    [
        {"channels": []},
        {"channels": ["walk_up"]},
        {"quota": 21},
        {"quota": -1},
        {"has_read": 2},
        {"wishes": {0: "want"}},
        {"at": AT + 48 * HOUR},
    ],
)
def test_a_sign_up_that_is_refused_leaves_nothing(planned: Round, more: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        sign_up(planned, volunteer(), **more)
    assert not planned.sign_ups.exists()


def test_whoever_read_older_rules_reads_them_again(planned: Round, lead: User) -> None:
    rounds.write_rules(of=planned, text="Nowe zasady", by=lead, at=AT)

    with pytest.raises(Refused, match="rules have changed"):
        sign_up(planned, volunteer(language="en"))
    assert sign_up(planned, volunteer(), has_read=2).rules.number == 2


def test_who_left_the_round_is_not_placed(planned: Round, lead: User) -> None:
    ola = volunteer()
    sign_up(planned, ola)
    signing_up.leave_round(of=planned, by=ola, at=AT)
    ready(planned, lead)

    assert why(lambda: propose(shift_of(planned), ola, lead)) == [Why.NOT_SIGNED_UP]


# Placing


def test_a_planner_proposes_and_the_volunteer_confirms(planned: Round, lead: User, agent: User) -> None:
    ola = volunteer()
    ready(planned, lead, ola)

    duty = propose(shift_of(planned), ola, lead, mentor=agent)
    publish(planned, lead)
    duty = placing.confirm(duty=duty, by=ola, at=AT)

    assert (duty.state, duty.confirmed_by, duty.seat) == (State.CONFIRMED, ola, 1)
    assert list(duty.events.order_by("id").values_list("kind", "actor")) == [("placed", lead.pk), ("confirmed", ola.pk)]
    grant = Grant.objects.get(user=ola)
    assert (grant.channels, list(grant.mentors.all())) == (["email"], [agent])
    windows = list(grant.windows.order_by("starts_at").values_list("starts_at", "ends_at"))
    assert windows == [(AT + timedelta(days=n), AT + timedelta(days=n, hours=8)) for n in (7, 8, 9)]
    assert list(Presence.objects.filter(user=ola).order_by("starts_at").values_list("starts_at", "ends_at")) == windows


def test_nobody_is_confirmed_by_somebody_else(planned: Round, lead: User) -> None:
    ola = volunteer()
    ready(planned, lead, ola)
    duty = propose(shift_of(planned), ola, lead)
    publish(planned, lead)

    for other in (lead, make_admin(), volunteer()):
        with pytest.raises(NotAllowed):
            placing.confirm(duty=duty, by=other, at=AT)
    for values in ({"state": "confirmed"}, {"state": "confirmed", "confirmed_by": lead, "confirmed_at": AT}):
        with pytest.raises(IntegrityError, match="confirmed_by_the_volunteer"), transaction.atomic():
            Duty.objects.filter(pk=duty.pk).update(**values)


def test_nothing_is_confirmed_before_the_plan_is_published(planned: Round, lead: User) -> None:
    ola = volunteer()
    ready(planned, lead, ola)

    with pytest.raises(Refused, match="not published"):
        placing.confirm(duty=propose(shift_of(planned), ola, lead), by=ola, at=AT)


def test_nobody_is_placed_while_people_still_sign_up(planned: Round, lead: User) -> None:
    sign_up(planned, ola := volunteer())

    with pytest.raises(Refused):
        propose(shift_of(planned), ola, lead)


def test_what_stands_in_the_way(planned: Round, lead: User, agent: User) -> None:
    first, second = shift_of(planned), shift_of(planned, MONDAY + timedelta(days=2))
    ola, jan, ewa, iga, tom = (volunteer() for _ in range(5))
    sign_up(planned, jan, {first.pk: Wish.Value.CANNOT})
    sign_up(planned, ewa, channels=["chat"])
    sign_up(planned, tom, quota=2)
    sign_up(planned, iga, quota=0)
    ready(planned, lead, ola)
    tuesday = AT + timedelta(days=8)
    Absence.objects.create(
        person=ola, kind="other", starts_at=tuesday, ends_at=tuesday + HOUR, zone="Europe/Warsaw", added_at=AT
    )

    assert why(lambda: propose(first, agent, lead)) == [Why.NOT_A_COLLEAGUE, Why.NOT_SIGNED_UP]
    assert why(lambda: propose(first, jan, lead)) == [Why.CANNOT]
    assert why(lambda: propose(first, ewa, lead)) == [Why.CHANNELS]
    assert why(lambda: propose(first, iga, lead)) == [Why.QUOTA]
    assert why(lambda: propose(first, ola, lead)) == [Why.AWAY]
    assert why(lambda: propose(first, tom, lead, at=first.starts_at)) == [Why.OVER]
    propose(first, tom, lead)
    assert why(lambda: propose(first, tom, lead)) == [Why.ALREADY, Why.REST]
    assert why(lambda: propose(second, tom, lead)) == [Why.REST]


def test_a_full_shift_takes_nobody(planned: Round, lead: User) -> None:
    people = [volunteer() for _ in range(3)]
    ready(planned, lead, *people)
    shift = shift_of(planned)

    assert [propose(shift, each, lead).seat for each in people[:2]] == [1, 2]
    assert why(lambda: propose(shift, people[2], lead)) == [Why.FULL]


def test_a_seat_that_became_free_is_given_again(planned: Round, lead: User) -> None:
    people = [volunteer() for _ in range(3)]
    ready(planned, lead, *people)
    first, _second = (propose(shift_of(planned), each, lead) for each in people[:2])

    leaving.call_off(duty=first, by=lead, at=AT)

    assert propose(shift_of(planned), people[2], lead).seat == 1


@pytest.mark.parametrize(
    ("expires_on", "is_in_time"),
    [(MONDAY + timedelta(days=2), False), (MONDAY + timedelta(days=3), True), (None, True)],
)
def test_phone_needs_a_sign_off_on_every_day(
    planned: Round, lead: User, expires_on: date | None, is_in_time: bool
) -> None:
    ola = volunteer()
    ready(planned, lead, ola, channels=["phone"])
    first = shift_of(planned)
    assert why(lambda: propose(first, ola, lead, channels=["phone"])) == [Why.NOT_SIGNED_OFF]
    Qualification.objects.create(
        person=ola, channel="phone", signed_off_by=lead, signed_off_at=AT, expires_on=expires_on
    )

    if is_in_time:
        assert propose(first, ola, lead, channels=["phone"]).channels == ["phone"]
    else:
        assert why(lambda: propose(first, ola, lead, channels=["phone"])) == [Why.NOT_SIGNED_OFF]


def test_mentors_are_two_people_of_the_team(planned: Round, lead: User, agent: User) -> None:
    ola = volunteer()
    ready(planned, lead, ola)

    for mentor, deputy in ((agent, agent), (make_agent(make_team()), None), (volunteer(), None)):
        with pytest.raises(placing.NotMentors):
            propose(shift_of(planned), ola, lead, mentor=mentor, deputy=deputy)
    assert propose(shift_of(planned), ola, lead, mentor=agent, deputy=lead).deputy == lead


def test_an_open_seat_is_taken_and_confirmed_in_one_act(planned: Round, lead: User) -> None:
    ready(planned, lead)
    publish(planned, lead)
    ola = volunteer()

    duty = placing.take_seat(shift=shift_of(planned), channels=CHANNELS, by=ola, at=AT)

    assert (duty.state, duty.confirmed_by, duty.channels) == (State.CONFIRMED, ola, sorted(CHANNELS))
    with pytest.raises(Refused):
        placing.take_seat(shift=shift_of(make_round(planned.programme, lead)), channels=CHANNELS, by=volunteer(), at=AT)


def test_what_changed_since_it_was_proposed_stands_in_the_way_of_confirming(planned: Round, lead: User) -> None:
    ola = volunteer()
    ready(planned, lead, ola)
    duty = propose(shift_of(planned), ola, lead)
    publish(planned, lead)
    away = shift_of(planned).starts_at
    Absence.objects.create(person=ola, kind="sick", starts_at=away, ends_at=away + HOUR, zone="UTC", added_at=AT)

    assert why(lambda: placing.confirm(duty=duty, by=ola, at=AT)) == [Why.AWAY]
    assert leaving.decline(duty=duty, by=ola, at=AT).state == State.DECLINED


# The database holds it too


def test_nobody_is_in_two_places(planned: Round, lead: User) -> None:
    ola, jan = volunteer(), volunteer()
    ready(planned, lead, ola, jan)
    mine, other = (propose(shift_of(planned), each, lead) for each in (ola, jan))

    with pytest.raises(IntegrityError, match="nobody_is_in_two_places"), transaction.atomic():
        DutyDay.objects.filter(duty=other).update(holder=ola)
    with pytest.raises(IntegrityError, match="one_live_duty_per_seat"), transaction.atomic():
        Duty.objects.filter(pk=other.pk).update(seat=mine.seat)
    with pytest.raises(IntegrityError, match="only_confirmed_duties_give_rights"), transaction.atomic():
        Duty.objects.filter(pk=mine.pk).update(grant=Grant.objects.create(user=ola, channels=["email"]))


# What a duty lets its holder do


@pytest.fixture
def on_duty(planned: Round, lead: User) -> Duty:
    ola = volunteer()
    ready(planned, lead, ola)
    duty = propose(shift_of(planned), ola, lead)
    publish(planned, lead)
    return placing.confirm(duty=duty, by=ola, at=AT)


def sees(duty: Duty, ticket: Ticket, at: Any) -> bool:
    return Ticket.objects.visible_to(fresh(duty.person), at).filter(pk=ticket.pk).exists()


def test_the_scope_acts_to_the_second_and_not_between_the_days(on_duty: Duty, team: Team) -> None:
    queue = team.queues.get()
    mine, chat = make_ticket(queue, channel="email"), make_ticket(queue, channel="chat")
    starts = on_duty.shift.starts_at

    seen = [starts - SECOND, starts, starts + 8 * HOUR - SECOND, starts + 8 * HOUR, starts + 24 * HOUR]

    assert [sees(on_duty, mine, at) for at in seen] == [False, True, True, False, True]
    assert not sees(on_duty, chat, starts)


def test_withdrawing_ends_everything_at_once(on_duty: Duty, team: Team) -> None:
    ticket = make_ticket(team.queues.get(), channel="email")
    during = on_duty.shift.starts_at + HOUR
    assigning.assign_me(ticket=ticket, by=fresh(on_duty.person), at=during)

    left = leaving.withdraw(duty=on_duty, by=on_duty.person, at=during)

    ticket.refresh_from_db()
    assert (left.state, left.grant, ticket.assignee) == (State.WITHDRAWN, None, None)
    assert not sees(on_duty, ticket, during)
    assert not Presence.objects.filter(user=on_duty.person, ends_at__gt=during + 8 * HOUR).exists()
    assert list(on_duty.days.order_by("day").values_list("is_live", flat=True)) == [False, False, False]
    assert leaving.withdraw(duty=on_duty, by=on_duty.person, at=during).events.filter(kind="withdrawn").count() == 1


def test_what_was_taken_otherwise_stays_in_hand(on_duty: Duty, team: Team) -> None:
    """Only what the duty's channels and queues hold goes back."""
    own = make_ticket(team.queues.get(), channel="chat")
    Ticket.objects.filter(pk=own.pk).update(assignee=on_duty.person)

    leaving.withdraw(duty=on_duty, by=on_duty.person, at=on_duty.shift.starts_at)

    own.refresh_from_db()
    assert own.assignee == on_duty.person


def test_only_the_person_withdraws_and_only_a_planner_calls_off(on_duty: Duty, lead: User, agent: User) -> None:
    with pytest.raises(NotAllowed):
        leaving.withdraw(duty=on_duty, by=lead, at=AT)
    with pytest.raises(NotAllowed):
        leaving.call_off(duty=on_duty, by=agent, at=AT)
    with pytest.raises(Refused):
        leaving.decline(duty=on_duty, by=on_duty.person, at=AT)
    with pytest.raises(Refused):
        leaving.withdraw(duty=on_duty, by=on_duty.person, at=on_duty.shift.ends_at)


def test_events_tell_the_state(on_duty: Duty, lead: User) -> None:
    told = {
        DutyEvent.Kind.PLACED: State.PROPOSED,
        DutyEvent.Kind.CONFIRMED: State.CONFIRMED,
        DutyEvent.Kind.CANCELLED: State.CANCELLED,
    }
    leaving.call_off(duty=on_duty, by=lead, at=AT)

    on_duty.refresh_from_db()
    last = on_duty.events.order_by("id").last()
    assert last is not None
    assert on_duty.state == told[DutyEvent.Kind(last.kind)]


def test_a_shift_counts_its_statements(planned: Round, lead: User, django_assert_max_num_queries: Any) -> None:
    people = [volunteer() for _ in range(2)]
    ready(planned, lead, *people)
    with django_assert_max_num_queries(24):
        propose(Shift.objects.get(pk=shift_of(planned).pk), people[0], lead)
