"""Who looks after whom without anybody asking, and what the board says is still to be arranged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rotations.actions import being_away, leaving, mentors, placing, presence, publishing, rounds, waiting
from rotations.models import Absence, Demand, Duty, DutyEvent, Round, Shift
from rotations.queries import board as boards
from rotations.queries.arranging import ToArrange
from rotations.queries.planning import planning
from tests.factories import AT, HOUR, make_agent, make_lead
from tests.rotations.duties import MONDAY, make_programme, make_round, propose, shift_of, sign_up, volunteer
from tests.rotations.test_duty_pages import client_of, text_of
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Team, User

DAY = timedelta(days=1)
STARTS = AT + 7 * DAY
"""When the first shift of rounds here begins."""


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def planned(team: Team, lead: User) -> Round:
    return make_round(make_programme(team), lead, state=Round.State.PLANNING)


@pytest.fixture
def of(team: Team, lead: User) -> Round:
    return make_round(make_programme(team), lead, state=Round.State.PUBLISHED)


def take(shift: Shift, person: User | None = None) -> Duty:
    return placing.take_seat(shift=shift, channels=["email", "chat"], by=person or volunteer(), at=AT)


def absent(person: User, shift: Shift, days: int = 1) -> None:
    start = shift.starts_at - HOUR
    told = {"kind": Absence.Kind.SICK, "zone": "Europe/Warsaw", "by": person, "at": AT}
    being_away.add_absence(person=person, starts_at=start, ends_at=start + days * DAY, **told)


def arrange(of: Round, at: object = AT) -> ToArrange:
    return boards.board(planning(of, at), at).to_arrange  # type: ignore[arg-type]


def test_whoever_takes_a_seat_is_looked_after_by_who_is_there_and_has_room(of: Round, lead: User, team: Team) -> None:
    of.programme.mentees_per_mentor = 1
    of.programme.save()
    shift, marek = shift_of(of), make_agent(team, name="Marek Mentor")

    first, second = take(shift), take(shift)

    assert {first.mentor, first.deputy} == {lead, marek}
    # The first carries the days: whoever is second there still has room, and is the only one who has.
    assert (second.mentor, second.deputy) == (first.deputy, None)
    assert first.grant is not None
    assert set(first.grant.mentors.all()) == {lead, marek}


def test_who_is_away_looks_after_nobody_and_a_duty_without_a_mentor_is_to_be_arranged(of: Round, lead: User) -> None:
    shift = shift_of(of)
    absent(lead, shift, days=3)

    duty = take(shift)

    assert (duty.mentor, duty.state) == (None, Duty.State.CONFIRMED)
    (alone,) = arrange(of).unguided
    assert (alone.duty, alone.days) == (duty, [MONDAY + number * DAY for number in range(3)])
    text = text_of(client_of(lead).get(f"/duties/rounds/{of.pk}/"))
    assert f"{duty.person} has no mentor" in text


def test_a_mentor_who_falls_ill_is_to_be_arranged_for_the_days_alone(of: Round, lead: User, team: Team) -> None:
    shift = shift_of(of)
    duty = take(shift)
    assert arrange(of).unguided == []

    absent(lead, shift)
    by_one_day = arrange(of).unguided
    marek = make_agent(team, name="Marek Mentor")
    mentors.name_mentors(duty=duty, mentor=lead, deputy=marek, by=lead, at=AT)

    assert [(each.duty, each.days) for each in by_one_day] == [(duty, [MONDAY])]
    assert arrange(of).unguided == []
    assert arrange(of, STARTS + 5 * DAY).unguided == []


def test_the_waitlist_gives_mentors_too(of: Round, lead: User) -> None:
    shift, waits = shift_of(of), volunteer()
    first, _second = take(shift), take(shift)
    entry = waiting.wait(shift=shift, channels=["email"], by=waits, at=AT)
    leaving.withdraw(duty=first, by=first.person, at=AT)
    entry.refresh_from_db()

    assert waiting.accept(entry=entry, by=waits, at=AT).mentor == lead


def test_a_planner_names_other_mentors_and_the_right_follows(of: Round, lead: User, team: Team) -> None:
    duty, (marek, jola) = take(shift_of(of)), (make_agent(team, name=name) for name in ("Marek M", "Jola J"))

    mentors.name_mentors(duty=duty, mentor=marek, deputy=jola, by=lead, at=AT + HOUR)
    mentors.name_mentors(duty=duty, mentor=marek, deputy=jola, by=lead, at=AT + HOUR)

    duty.refresh_from_db()
    assert (duty.mentor, duty.deputy, duty.state) == (marek, jola, Duty.State.CONFIRMED)
    assert duty.grant is not None
    assert set(duty.grant.mentors.all()) == {marek, jola}
    (event,) = DutyEvent.objects.filter(duty=duty, kind=DutyEvent.Kind.MENTORS_CHANGED)
    assert (event.actor, event.data) == (lead, {"mentors": [marek.pk, jola.pk]})


def test_nobody_named_means_who_has_most_room_and_nobody_there_is_said(of: Round, lead: User, team: Team) -> None:
    shift = shift_of(of)
    absent(lead, shift, days=3)
    duty = take(shift)

    with pytest.raises(mentors.NobodyHasRoom):
        mentors.name_mentors(duty=duty, mentor=None, deputy=None, by=lead, at=AT)
    marek = make_agent(team, name="Marek Mentor")
    mentors.name_mentors(duty=duty, mentor=None, deputy=None, by=lead, at=AT)

    duty.refresh_from_db()
    assert (duty.mentor, duty.deputy) == (marek, None)


def test_mentors_are_named_by_who_plans_among_the_team_and_not_of_what_is_over(
    of: Round, lead: User, team: Team
) -> None:
    duty, marek = take(shift_of(of)), make_agent(team, name="Marek Mentor")

    for by in (duty.person, marek):
        with pytest.raises(NotAllowed):
            mentors.name_mentors(duty=duty, mentor=marek, deputy=None, by=by, at=AT)
    for pair in ((marek, marek), (volunteer(), None)):
        with pytest.raises(mentors.NotMentors):
            mentors.name_mentors(duty=duty, mentor=pair[0], deputy=pair[1], by=lead, at=AT)
    with pytest.raises(Refused):
        mentors.name_mentors(duty=duty, mentor=marek, deputy=None, by=lead, at=AT + 30 * DAY)
    duty.refresh_from_db()
    assert duty.mentor == lead


def test_mentors_are_named_beside_the_board(of: Round, lead: User, team: Team) -> None:
    duty, marek = take(shift_of(of)), make_agent(team, name="Marek Mentor")
    client = client_of(lead)

    there = client.post(f"/duties/{duty.pk}/mentors/", {"mentor": marek.pk, "deputy": ""}, follow=True)
    wrong = client.post(f"/duties/{duty.pk}/mentors/", {"mentor": marek.pk, "deputy": marek.pk}, follow=True)

    assert "Mentor: Marek Mentor" in text_of(there)
    assert "Mentors are two different people of the team." in text_of(wrong)
    assert client.get(f"/duties/{duty.pk}/mentors/").status_code == 405
    assert client_of(marek).post(f"/duties/{duty.pk}/mentors/", {}).status_code == 404


def test_what_is_still_to_arrange_is_counted_with_the_place_it_is_at(planned: Round, lead: User) -> None:
    shift, (ala, ola) = shift_of(planned), (volunteer(), volunteer())
    for person in (ala, ola):
        Round.objects.filter(pk=planned.pk).update(state=Round.State.SIGNUP)
        sign_up(planned, person)
    Round.objects.filter(pk=planned.pk).update(state=Round.State.PLANNING)
    propose(shift, ala, lead, mentor=lead)
    before = arrange(planned)
    rounds.move_on(of=planned, to=Round.State.PUBLISHED, by=lead, at=AT)
    published = arrange(Round.objects.get(pk=planned.pk))
    propose(shift, ola, lead, mentor=lead, at=AT + HOUR)
    untold = arrange(Round.objects.get(pk=planned.pk), AT + HOUR)
    publishing.publish_changes(of=planned, by=lead, at=AT + 2 * HOUR)
    told = arrange(Round.objects.get(pk=planned.pk), AT + 2 * HOUR)

    assert (before.unanswered, before.seats, before.next_seat) == ([], 7, shift)
    assert [each.person for each in published.unanswered] == [ala]
    assert [each.person for each in untold.unanswered] == [ala]
    assert {each.person for each in told.unanswered} == {ala, ola}
    assert (told.seats, told.next_seat) == (6, shift_of(planned, MONDAY + 2 * DAY))
    assert not arrange(make_round(planned.programme, lead))


def test_a_day_that_nobody_has_and_an_offer_that_stands_are_to_be_arranged(of: Round, lead: User) -> None:
    Shift.objects.filter(round=of).update(capacity=1)
    shift, waits = shift_of(of), volunteer()
    duty = take(shift)
    entry = waiting.wait(shift=shift, channels=["email"], by=waits, at=AT)
    leaving.withdraw(duty=duty, by=duty.person, at=AT)
    entry.refresh_from_db()
    offered = arrange(of)
    waiting.accept(entry=entry, by=waits, at=AT)
    leaving.withdraw(duty=Duty.objects.get(person=waits), by=waits, at=STARTS + HOUR)
    left = arrange(of, STARTS + HOUR)

    assert [each.person for each in offered.offers] == [waits]
    assert [day for day, _shift in left.left] == [MONDAY + DAY, MONDAY + 2 * DAY]
    assert left.offers == []


def test_the_board_names_who_is_on_duty_now_by_channel(of: Round, lead: User) -> None:
    duty, other = take(shift_of(of)), take(shift_of(of))
    Duty.objects.filter(pk=other.pk).update(channels=["chat"])
    of = Round.objects.get(pk=of.pk)
    start = STARTS + HOUR
    for person in (duty.person, other.person, lead):
        presence.write_presence(person_id=person.pk, at=start)
    told = {"kind": Absence.Kind.OTHER, "zone": "Europe/Warsaw", "by": other.person, "at": start}
    being_away.add_absence(person=other.person, starts_at=start, ends_at=start + HOUR, **told)

    now = boards.board(planning(of, start), start).now
    before = boards.board(planning(of, AT), AT).now

    assert before is None
    assert now is not None
    assert {str(each.channel): each.people for each in now.channels} == {
        "tickets": [duty.person], "chat": [duty.person], "phone": [],
    }  # fmt: skip
    assert {(each.person, each.number, each.total, each.is_there) for each in now.guests} == {
        (duty.person, 1, 3, True), (other.person, 1, 3, False),
    }  # fmt: skip
    assert now.people == 1 + len(now.team)


def test_each_person_counts_for_one_channel_at_a_time(of: Round, lead: User) -> None:
    for channel in ("tickets", "chat"):
        Demand.objects.create(round=of, weekday=0, starts=480, ends=720, channel=channel, people=1, weight=1)
    duty, start = take(shift_of(of)), STARTS + HOUR
    presence.write_presence(person_id=duty.person_id, at=start)

    now = boards.board(planning(of, start), start).now

    assert now is not None
    assert all(each.people == [duty.person] for each in now.channels if each.channel != "phone")
    assert sum(each.is_short for each in now.channels) == 1


def test_the_rail_costs_the_same_for_one_and_for_many(of: Round, lead: User, team: Team) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page).status_code == 200
        return len(asked)

    client, page = client_of(lead), f"/duties/rounds/{of.pk}/"
    Shift.objects.filter(round=of).update(capacity=5)
    absent(lead, shift_of(of), days=12)
    duty = take(shift_of(of))
    client.get(page)
    few = cost()
    for number in range(4):
        take(shift_of(of))
        make_agent(team, name=f"Marek {number}")
        take(shift_of(of, MONDAY + 7 * DAY))
    leaving.withdraw(duty=duty, by=duty.person, at=AT)

    assert cost() == few
