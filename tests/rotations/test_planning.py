"""A round as planners work on it: demand from history, a plan at once, the board, publishing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rotations.actions import covering, placing, proposing, publishing, rounds, wanting
from rotations.evaluator import violations
from rotations.models import Absence, Demand, Duty, DutyEvent, PublishedPlan, Round, SignUp, WaitlistEntry
from rotations.queries import board as boards
from rotations.queries import demand as demands
from rotations.queries.planning import planning
from rotations.queries.publishing import diff
from tests.factories import AT, HOUR, make_agent, make_lead, make_ticket
from tests.rotations.duties import MONDAY, make_programme, make_round, propose, shift_of, sign_up, volunteer
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Team, User

STORM = (8 * 60, 11 * 60)


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def mentors(team: Team, lead: User) -> list[User]:
    return [make_agent(team, language="en") for _ in range(3)]


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def planned(team: Team, lead: User, people: int = 4, *, seats: int = 2, quota: int = 1) -> Round:
    of = make_round(make_programme(team, seats=seats), lead, state=Round.State.SIGNUP)
    for _ in range(people):
        sign_up(of, volunteer(), quota=quota)
    return rounds.move_on(of=of, to=Round.State.PLANNING, by=lead, at=AT)


def want(of: Round, lead: User, *, people: int = 2, weight: int = 1) -> None:
    """On Mondays in the storm."""
    wanting.set_demand(of=of, wanted={(0, STORM, "tickets"): demands.Wanted(people, weight)}, by=lead)


# Demand


def test_the_monday_storm_is_seen_and_bank_holidays_are_left_out(team: Team, lead: User) -> None:
    queue = team.queues.get()
    for week in range(1, 9):
        monday = AT - timedelta(weeks=week) + HOUR
        for n in range(6):
            make_ticket(queue, channel="email", at=monday + n * timedelta(minutes=1))
        make_ticket(queue, channel="web", at=monday + timedelta(days=1))
    christmas_week = AT.replace(year=2026, month=1, day=6, hour=9)  # Epiphany, a bank holiday in Poland
    for n in range(30):
        make_ticket(queue, channel="email", at=christmas_week + n * timedelta(seconds=1))
    of = make_round(make_programme(team), lead)

    seen = demands.history(of.programme, AT, [0, 1, 2, 3, 4])

    assert seen[0, STORM, "tickets"].arrivals == pytest.approx(6 * 8 / 11, rel=0.1)
    assert seen[1, STORM, "tickets"].arrivals < 1
    assert seen[0, STORM, "chat"].arrivals == 0
    assert demands.suggested(seen)[0, STORM, "tickets"] == demands.Wanted(1, 3)
    assert demands.suggested(seen)[4, STORM, "tickets"] == demands.Wanted(0, 1)


def test_demand_is_taken_from_history_and_changed_by_hand(team: Team, lead: User) -> None:
    of = make_round(make_programme(team), lead)
    with pytest.raises(Refused):
        wanting.take_from_history(of=of, by=lead, at=AT)
    for n in range(40):
        make_ticket(team.queues.get(), channel="email", at=AT - timedelta(weeks=1) + n * timedelta(minutes=1))
    client = client_of(lead)

    client.post(f"/duties/rounds/{of.pk}/demand/history/")
    before = of.demands.get(weekday=0, starts=STORM[0], channel="tickets")
    client.post(f"/duties/rounds/{of.pk}/demand/", {"people-0-480-tickets": "3", "weight-0-480-tickets": "5"})
    after = of.demands.get(weekday=0, starts=STORM[0], channel="tickets")

    assert (before.people, before.source) == (1, "history")
    assert (after.people, after.weight, after.source) == (3, 5, "manual")
    assert "How this is counted" in text_of(client.get(f"/duties/rounds/{of.pk}/demand/"))


def test_figures_that_cannot_be_are_refused(team: Team, lead: User) -> None:
    of = make_round(make_programme(team), lead)

    for place, figure in (
        ((0, (60, 120), "tickets"), (1, 1)),
        ((0, STORM, "messenger"), (1, 1)),
        ((0, STORM, "tickets"), (1, 0)),
        ((0, STORM, "tickets"), (100, 1)),
    ):
        with pytest.raises(Refused):
            wanting.set_demand(of=of, wanted={place: demands.Wanted(*figure)}, by=lead)
    with pytest.raises(NotAllowed):
        wanting.set_demand(of=of, wanted={}, by=volunteer())


def test_a_bank_holiday_wants_nobody(team: Team, lead: User) -> None:
    of = make_round(make_programme(team), lead, starts_on=MONDAY, ends_on=MONDAY + timedelta(days=25))
    want(of, lead)

    needs = planning(of, AT).problem.needs

    assert [need.day.isoformat() for need in needs] == ["2026-03-16", "2026-03-23", "2026-03-30"]  # not Easter Monday


# A plan at once


def test_a_plan_is_proposed_in_one_act_and_nobody_is_confirmed_by_it(
    team: Team, lead: User, mentors: list[User]
) -> None:
    of = planned(team, lead, people=5)
    want(of, lead)

    answer = client_of(lead).post(f"/duties/rounds/{of.pk}/propose/", follow=True)

    duties = Duty.objects.filter(shift__round=of)
    assert "5 places are proposed." in text_of(answer)
    assert {duty.state for duty in duties} == {"proposed"}
    assert {duty.confirmed_by for duty in duties} == {None}
    assert all(duty.mentor_id and duty.deputy_id for duty in duties)
    assert all(duty.days.filter(is_live=True).count() == 3 for duty in duties)
    assert DutyEvent.objects.filter(kind="placed").count() == 5
    plan = planning(of, AT)
    assert list(violations(plan.problem, plan.problem.locked)) == []
    assert boards.quality(plan).shortfall == 0


def test_what_is_placed_stays_and_the_rest_is_filled(team: Team, lead: User, mentors: list[User]) -> None:
    of = planned(team, lead, people=3)
    first = SignUp.objects.filter(round=of).earliest("pk").person
    kept = propose(shift_of(of), first, lead, mentor=mentors[0])

    made = proposing.propose_plan(of=of, by=lead, at=AT)

    assert len(made) == 2
    assert Duty.objects.get(pk=kept.pk).state == "proposed"
    assert first.pk not in {duty.person_id for duty in made}


def test_who_is_away_or_only_to_be_asked_is_not_planned(team: Team, lead: User, mentors: list[User]) -> None:
    of = planned(team, lead, people=0)
    away, asked = volunteer(), volunteer()
    for person, quota in ((away, 1), (asked, 0)):
        SignUp.objects.create(round=of, person=person, channels=["email"], quota=quota, submitted_at=AT, changed_at=AT)
    told = {"zone": "Europe/Warsaw", "added_at": AT, "kind": "other"}
    Absence.objects.create(person=away, starts_at=AT, ends_at=AT + timedelta(days=40), **told)

    assert proposing.propose_plan(of=of, by=lead, at=AT) == []


def test_proposals_are_taken_back_while_nobody_knows_of_them(team: Team, lead: User, mentors: list[User]) -> None:
    of = planned(team, lead)
    proposing.propose_plan(of=of, by=lead, at=AT)

    assert proposing.take_back(of=of, by=lead, at=AT) == 4
    assert not Duty.objects.filter(state__in=Duty.LIVE).exists()
    proposing.propose_plan(of=of, by=lead, at=AT)
    rounds.move_on(of=of, to=Round.State.PUBLISHED, by=lead, at=AT)
    with pytest.raises(Refused):
        proposing.take_back(of=of, by=lead, at=AT)


def test_others_propose_nothing(team: Team, lead: User) -> None:
    of = planned(team, lead)

    for person in (volunteer(), make_agent(team)):
        with pytest.raises(NotAllowed):
            proposing.propose_plan(of=of, by=person, at=AT)


# The board


def test_the_board_tells_what_lacks(team: Team, lead: User, mentors: list[User]) -> None:
    of = planned(team, lead, people=1)
    want(of, lead, people=2)
    proposing.propose_plan(of=of, by=lead, at=AT)

    plan = planning(of, AT)
    board = boards.board(plan, AT)

    row = dict(board.rows)[Demand.Channel.TICKETS]
    assert [day.day.day for day in board.days] == [16, 17, 18, 19, 20, 23, 24, 25, 26, 27]
    assert sorted((cell.people, cell.wanted) for cell in row if cell.wanted) == [(0, 2), (1, 2)]
    assert board.gaps == 2
    assert board.worst is not None
    assert (board.worst[2], board.worst[3].people) == ("tickets", 0)


def test_a_shift_says_who_could_come_and_why_others_cannot(team: Team, lead: User, mentors: list[User]) -> None:
    of = make_round(make_programme(team), lead, state=Round.State.SIGNUP)
    shift = shift_of(of)
    sign_up(of, volunteer(name="Chętna Osoba"), {shift.pk: "want"})
    sign_up(of, volunteer(name="Zajęta Osoba"), {shift.pk: "cannot"})
    of = rounds.move_on(of=of, to=Round.State.PLANNING, by=lead, at=AT)

    text = text_of(client_of(lead).get(f"/duties/rounds/{of.pk}/?shift={shift.pk}"))

    assert "1 person could come" in text
    assert "Propose Chętna Osoba" in text
    assert "This person said that they cannot then." in text


def test_a_person_is_dragged_onto_a_seat_that_says_whether_they_fit(
    team: Team, lead: User, mentors: list[User]
) -> None:
    of = planned(team, lead, people=0)
    ola = volunteer(name="Ola Nowicka")
    SignUp.objects.create(round=of, person=ola, channels=["email"], quota=2, submitted_at=AT, changed_at=AT)
    client = client_of(lead)
    first, near = shift_of(of), of.shifts.get(first_day=MONDAY + timedelta(days=2))

    before = client.get(f"/duties/rounds/{of.pk}/fits/?person={ola.pk}").json()["why"]
    placed = client.post(f"/duties/shifts/{first.pk}/place/", {"person": ola.pk}, follow=True)
    after = client.get(f"/duties/rounds/{of.pk}/fits/?person={ola.pk}").json()["why"]
    refused = client.post(f"/duties/shifts/{near.pk}/place/", {"person": ola.pk})

    assert set(before.values()) == {""}
    assert "Ola Nowicka is proposed" in text_of(placed)
    assert Duty.objects.get().mentor is not None
    assert "there must be rest between" in after[str(near.pk)]
    assert refused.status_code == 400
    assert "there must be rest between" in text_of(refused)


def test_the_board_costs_the_same_for_many(team: Team, lead: User, mentors: list[User]) -> None:
    of = planned(team, lead, people=2, seats=8, quota=2)
    want(of, lead)
    client = client_of(lead)
    pages = (
        "",
        "publish/",
        f"?shift={shift_of(of).pk}",
        f"?person={SignUp.objects.filter(round=of).earliest('pk').person_id}",
    )
    proposing.propose_plan(of=of, by=lead, at=AT)
    few = [statements(client, of, each) for each in pages]

    for _ in range(8):
        SignUp.objects.create(round=of, person=volunteer(), channels=["email"], quota=2, submitted_at=AT, changed_at=AT)
    proposing.propose_plan(of=of, by=lead, at=AT)

    assert [statements(client, of, each) for each in pages] == few


def statements(client: Client, of: Round, query: str) -> int:
    """The least of three: what is kept for seconds, such as the counts beside the page, may end before any one."""
    counted = []
    for _time in range(3):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/duties/rounds/{of.pk}/{query}").status_code == 200
        counted.append(len(captured))
    return min(counted)


# Publishing


def test_publishing_shows_what_is_new_and_then_what_has_changed(team: Team, lead: User, mentors: list[User]) -> None:
    of = planned(team, lead, people=2)
    proposing.propose_plan(of=of, by=lead, at=AT)
    client = client_of(lead)
    page = f"/duties/rounds/{of.pk}/publish/"

    first = text_of(client.get(page))
    client.post(page)
    same = text_of(client.get(page))
    gone, late = Duty.objects.order_by("pk")[0], volunteer(name="Późna Osoba")
    client.post(f"/duties/{gone.pk}/call-off/")
    SignUp.objects.create(round=of, person=late, channels=["email"], submitted_at=AT, changed_at=AT)
    duty = propose(shift_of(of), late, lead, at=AT + HOUR, mentor=mentors[0])
    changed = text_of(client.get(page))

    assert "2 places are new" in first
    assert "Nothing has changed since." in same
    assert "1 place is new" in changed
    assert "1 place is gone" in changed
    assert "Późna Osoba" in changed
    with pytest.raises(Refused):
        placing.confirm(duty=duty, by=late, at=AT + HOUR)
    of.refresh_from_db()
    publishing.publish_changes(of=of, by=lead, at=AT + 2 * HOUR)
    assert PublishedPlan.objects.filter(round=of).count() == 2
    assert placing.confirm(duty=duty, by=late, at=AT + 2 * HOUR).state == "confirmed"


def test_a_plan_in_which_a_first_duty_has_no_mentor_is_published_only_in_spite_of_it(
    team: Team, lead: User, mentors: list[User]
) -> None:
    of = planned(team, lead, people=1)
    propose(shift_of(of), SignUp.objects.get(round=of).person, lead)
    client = client_of(lead)

    refused = client.post(f"/duties/rounds/{of.pk}/publish/")
    of.refresh_from_db()
    before = of.state
    client.post(f"/duties/rounds/{of.pk}/publish/", {"despite": "1"})
    of.refresh_from_db()

    assert refused.status_code == 400
    assert "no mentor with room is there" in text_of(refused)
    assert (before, of.state) == ("planning", "published")


def test_a_duty_that_is_done_stays_in_the_plan_and_is_not_told_as_taken_back(
    team: Team, lead: User, mentors: list[User]
) -> None:
    of = planned(team, lead, people=1)
    want(of, lead, people=1)
    person = SignUp.objects.get(round=of).person
    duty = propose(shift_of(of), person, lead, mentor=mentors[0])
    of = rounds.move_on(of=of, to=Round.State.PUBLISHED, by=lead, at=AT)
    placing.confirm(duty=duty, by=person, at=AT)
    done_at = shift_of(of).ends_at
    before = boards.quality(planning(of, AT)).shortfall
    closed = {"ended_at": done_at, "closed_by": lead, "closed_at": done_at}
    Duty.objects.filter(pk=duty.pk).update(state=Duty.State.COMPLETED, grant=None, **closed)

    plan = planning(of, done_at)

    assert [each.pk for each in plan.duties] == [duty.pk]
    assert boards.quality(plan).shortfall == before
    assert diff(plan).is_empty


def test_days_that_somebody_else_took_over_are_drawn_as_theirs(team: Team, lead: User, mentors: list[User]) -> None:
    giver, taker = volunteer(name="Ola Nowicka"), volunteer(name="Jan Lis")
    of = make_round(make_programme(team), lead, state=Round.State.SIGNUP)
    for person in (giver, taker):
        sign_up(of, person, channels=("email",))
    of = rounds.move_on(of=of, to=Round.State.PLANNING, by=lead, at=AT)
    given = propose(shift_of(of), giver, lead)
    of = rounds.move_on(of=of, to=Round.State.PUBLISHED, by=lead, at=AT)
    placing.confirm(duty=giver.duties.get(), by=giver, at=AT)
    wednesday = given.days.get(day=MONDAY + timedelta(days=2))
    request = covering.ask_cover(duty=given, days=[wednesday.pk], kind="give", by=giver, at=AT)

    before = boards.board(planning(of, AT), AT)
    covering.take_cover(request=request, by=taker, at=AT)
    after = boards.board(planning(of, AT), AT)

    def drawn(board: boards.Board) -> list[tuple[int, str, str, bool]]:
        pieces = [piece for piece in board.lanes[0] if piece.duty]
        return [
            (piece.width, piece.duty.person.name, str(piece.instead_of or ""), piece.asked is not None)
            for piece in pieces
            if piece.duty
        ]

    assert drawn(before) == [(9, "Ola Nowicka", "", True)]
    assert drawn(after) == [(6, "Ola Nowicka", "", False), (3, "Jan Lis", "Ola Nowicka", False)]
    assert len(after.lanes) == 1
    page = text_of(client_of(lead).get(f"/duties/rounds/{of.pk}/?shift={given.shift_id}"))
    assert "instead of Ola Nowicka" in page and "1 of 2" in page


def test_a_seat_that_is_offered_to_somebody_from_the_waitlist_is_not_drawn_as_free(
    team: Team, lead: User, mentors: list[User]
) -> None:
    of = make_round(make_programme(team), lead, state=Round.State.RUNNING)
    shift, person = shift_of(of), volunteer(name="Jan Lis")
    WaitlistEntry.objects.create(
        shift=shift, person=person, channels=["chat"], state="offered", joined_at=AT, offered_at=AT,
        offer_until=AT + timedelta(hours=12),
    )  # fmt: skip

    during = boards.board(planning(of, AT), AT)
    after = boards.board(planning(of, AT + timedelta(hours=13)), AT + timedelta(hours=13))

    def seats(board: boards.Board) -> list[tuple[int, list[str]]]:
        pieces = [piece for lane in board.wanted for piece in lane if piece.shift == shift]
        return sorted((piece.free, [str(each.person) for each in piece.offered]) for piece in pieces)

    assert seats(during) == [(0, ["Jan Lis"]), (1, [])]
    assert seats(after) == [(2, [])]
    assert "Offered to Jan Lis" in text_of(client_of(lead).get(f"/duties/rounds/{of.pk}/"))
