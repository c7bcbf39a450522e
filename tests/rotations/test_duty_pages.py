"""The pages of duties, as a volunteer and a planner use them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from rotations.models import Absence, Duty, Pattern, Programme, Round, Shift, SignUp, Wish
from tests.factories import AT, HOUR, make_agent, make_lead, make_queue, make_team
from tests.rotations.duties import make_programme, make_round, propose, shift_of, sign_up, volunteer
from tickets.models import AuditEntry, Team, User


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_a_planner_makes_a_programme_its_patterns_and_a_round(team: Team, lead: User) -> None:
    client = client_of(lead)
    queue = team.queues.get()

    made = client.post(
        "/duties/programmes/new/",
        {
            "name": "Dyżury sklepów", "team": team.pk, "queues": [queue.pk], "channels": ["email", "web"], "rest_h": 11,
            "newcomers_per_mentor": 2, "mentees_per_mentor": 3, "cap": 5, "chat_cap": 2, "is_reviewed": "on",
        },
    )  # fmt: skip
    programme = Programme.objects.get()
    client.post(f"{made.url}patterns/", {"first_weekday": 0, "days": 3, "hours": "8-16", "seats": 2})
    pattern = Pattern.objects.get()
    round_page = client.post(
        f"{made.url}rounds/new/",
        {"starts_on": "2026-03-16", "ends_on": "2026-03-27", "signup_until": "2026-03-12", "rules": "Pytaj opiekuna."},
    )

    assert (pattern.name, pattern.starts, pattern.ends) == ("Mon–Wed 8:00–16:00", 480, 960)
    assert Shift.objects.filter(round__programme=programme).count() == 2
    assert Round.objects.get().signup_ends_at.isoformat() == "2026-03-12T23:00:00+00:00"
    assert "+2" in text_of(client.get(round_page.url))
    assert AuditEntry.objects.filter(kind="programme").count() == 2


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"hours": "8-25"}, "25"),
        ({"hours": "8-12, 13-16"}, "Write one time from and to"),
        ({"days": 0}, "greater than or equal to 1"),
    ],
)
def test_a_pattern_that_is_wrong_is_refused_in_a_sentence(
    team: Team, lead: User, values: dict[str, Any], sentence: str
) -> None:
    programme = make_programme(team)
    told = {"first_weekday": 0, "days": 3, "hours": "8-16", "seats": 2} | values

    answer = client_of(lead).post(f"/duties/programmes/{programme.pk}/patterns/", told)

    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert programme.patterns.count() == 2


def test_a_round_that_has_no_shifts_is_refused_and_nothing_typed_is_lost(team: Team, lead: User) -> None:
    programme = make_programme(team)

    answer = client_of(lead).post(
        f"/duties/programmes/{programme.pk}/rounds/new/",
        {"starts_on": "2026-03-16", "ends_on": "2026-03-16", "signup_until": "2026-03-12", "rules": "Zasady w toku"},
    )

    assert answer.status_code == 400
    assert "begins between these dates" in text_of(answer)
    assert "Zasady w toku" in text_of(answer)


def test_a_colleague_signs_up_changes_it_and_leaves(team: Team, lead: User) -> None:
    of = make_round(make_programme(team), lead, state=Round.State.SIGNUP)
    ola = volunteer()
    client, first = client_of(ola), shift_of(of)
    assert "Sign up until" in text_of(client.get("/duties/"))
    assert "Pytaj opiekuna." in text_of(client.get(f"/duties/rounds/{of.pk}/sign-up/"))
    wishes = {f"wish_{shift.pk}": "fine" for shift in of.shifts.all()}
    told = wishes | {"channels": ["email"], "quota": 1, "has_read": 1}

    refused = client.post(f"/duties/rounds/{of.pk}/sign-up/", told | {"channels": []})
    client.post(f"/duties/rounds/{of.pk}/sign-up/", told | {f"wish_{first.pk}": "want"})

    assert refused.status_code == 400
    assert Wish.objects.get(sign_up__person=ola, shift=first).value == "want"
    client.post(f"/duties/rounds/{of.pk}/leave/")
    assert SignUp.objects.get().withdrawn_at is not None
    assert client.post(f"/duties/rounds/{of.pk}/leave/").status_code == 404


def test_new_rules_are_read_before_one_signs_up(team: Team, lead: User) -> None:
    of = make_round(make_programme(team), lead, state=Round.State.SIGNUP)
    ola = client_of(volunteer())
    told = {f"wish_{shift.pk}": "fine" for shift in of.shifts.all()} | {"channels": ["email"], "quota": 1}
    client_of(lead).post(f"/duties/rounds/{of.pk}/rules/", {"text": "Nowe zasady"})

    refused = ola.post(f"/duties/rounds/{of.pk}/sign-up/", told | {"has_read": 1})

    assert refused.status_code == 400
    assert "The rules have changed" in text_of(refused)
    assert "Nowe zasady" in text_of(refused)
    assert 'name="has_read" value="2"' in text_of(refused)


def test_from_the_proposal_to_the_withdrawal(team: Team, lead: User, agent: User) -> None:
    of = make_round(make_programme(team), lead, state=Round.State.SIGNUP)
    ola = volunteer(name="Ola Nowicka")
    sign_up(of, ola)
    planner, colleague = client_of(lead), client_of(ola)
    planner.post(f"/duties/rounds/{of.pk}/step/", {"to": "planning"})

    refused = planner.post(f"/duties/shifts/{shift_of(of).pk}/place/", {"person": agent.pk})
    planner.post(f"/duties/shifts/{shift_of(of).pk}/place/", {"person": ola.pk, "mentor": agent.pk})
    hidden = text_of(colleague.get("/duties/"))
    planner.post(f"/duties/rounds/{of.pk}/step/", {"to": "published"})
    duty = Duty.objects.get()

    assert refused.status_code == 400
    assert "I will be there" not in hidden
    assert "Your mentor: Agnieszka Wrona." in text_of(colleague.get("/duties/"))
    colleague.post(f"/duties/{duty.pk}/confirm/")
    assert Duty.objects.get().state == "confirmed"
    assert "1 of 2" in text_of(planner.get(f"/duties/rounds/{of.pk}/?shift={shift_of(of).pk}"))
    colleague.post(f"/duties/{duty.pk}/withdraw/")
    assert Duty.objects.get().state == "withdrawn"
    assert "0 of 2" in text_of(planner.get(f"/duties/rounds/{of.pk}/?shift={shift_of(of).pk}"))


def test_an_open_seat_is_taken_with_the_channels_one_ticks(team: Team, lead: User) -> None:
    of = make_round(make_programme(team), lead, state=Round.State.PUBLISHED)
    client, shift = client_of(volunteer()), shift_of(of)

    nothing = client.post(f"/duties/shifts/{shift.pk}/take/", {}, follow=True)
    client.post(f"/duties/shifts/{shift.pk}/take/", {"channels": ["chat", "email"]})

    assert "Choose channels" in text_of(nothing)
    assert Duty.objects.get().channels == ["chat", "email"]


def test_others_find_nothing(team: Team, lead: User, agent: User) -> None:
    of = make_round(make_programme(team), lead, state=Round.State.PLANNING)
    pages = ["/duties/programmes/new/", f"/duties/rounds/{of.pk}/", f"/duties/programmes/{of.programme_id}/"]

    for person in (volunteer(), agent, make_agent(make_team())):
        assert [client_of(person).get(page).status_code for page in pages] == [404, 404, 404]
    stranger = client_of(make_lead(make_team()))
    assert [stranger.get(page).status_code for page in pages] == [200, 404, 404]
    assert of.programme.name not in text_of(stranger.get("/duties/"))


def test_the_plan_costs_the_same_for_many(team: Team, lead: User) -> None:
    of = make_round(make_programme(team, seats=20), lead, state=Round.State.SIGNUP)
    people = [volunteer() for _ in range(4)]
    for person in people:
        sign_up(of, person, quota=9)
    client = client_of(lead)
    client.post(f"/duties/rounds/{of.pk}/step/", {"to": "planning"})
    count = statements(client, of)

    for person in people:
        propose(shift_of(of), person, lead)
    more = [volunteer() for _ in range(6)]
    for person in more:
        SignUp.objects.create(
            round=of, person=person, channels=["email"], submitted_at=of.made_at, changed_at=of.made_at
        )

    assert statements(client, of) == count


def statements(client: Client, of: Round) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(f"/duties/rounds/{of.pk}/")  # what is kept in memory is kept now
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/duties/rounds/{of.pk}/").status_code == 200
    return len(captured)


def test_a_lead_offers_queues_of_own_teams_and_keeps_those_that_an_admin_has_added(team: Team, lead: User) -> None:
    own, added, other = team.queues.get(), make_queue(), make_queue()
    programme = make_programme(team)
    programme.queues.add(added)
    address = f"/duties/programmes/{programme.pk}/"
    client = client_of(lead)
    values = client.get(address).context["form"].initial | {"team": team.pk, "channels": ["email"], "is_reviewed": "on"}
    values = {name: value for name, value in values.items() if name != "queues" and value is not None}

    kept = client.post(address, values | {"queues": [own.pk, added.pk]})
    refused = client.post(address, values | {"queues": [own.pk, other.pk]})

    assert (kept.status_code, refused.status_code) == (302, 400)
    assert set(programme.queues.all()) == {own, added}
    client.post(address, values | {"queues": [own.pk]})
    assert AuditEntry.objects.latest("pk").data["queues"] == [sorted([own.name, added.name]), [own.name]]


def test_after_a_withdrawal_come_thanks_and_other_dates_and_one_press_takes_one(team: Team, lead: User) -> None:
    of = make_round(make_programme(team), lead, state=Round.State.PUBLISHED)
    ola = volunteer(name="Ola Nowicka")
    client, left, next_to_it, other = client_of(ola), *of.shifts.order_by("starts_at")[:3]
    client.post(f"/duties/shifts/{left.pk}/take/", {"channels": ["chat", "email"]})
    duty = Duty.objects.get()
    away = {"starts_at": next_to_it.starts_at, "ends_at": next_to_it.starts_at + HOUR, "zone": "Europe/Warsaw"}
    Absence.objects.create(person=ola, kind="other", added_at=AT, **away)

    before = client.get(f"/duties/{duty.pk}/left/")
    answer = client.post(f"/duties/{duty.pk}/withdraw/", follow=True)
    client.post(f"/duties/shifts/{other.pk}/take/", {"channels": duty.channels})

    said = text_of(answer)
    assert before.status_code == 404
    assert "Thank you for telling us." in said
    assert f"/duties/shifts/{other.pk}/take/" in said
    assert f"/duties/shifts/{left.pk}/take/" not in said
    assert f"/duties/shifts/{next_to_it.pk}/take/" not in said
    assert Duty.objects.get(shift=other).channels == ["chat", "email"]
    assert client_of(volunteer()).get(f"/duties/{duty.pk}/left/").status_code == 404


def test_email_and_web_are_ticked_as_one(team: Team) -> None:
    of = make_round(make_programme(team), make_lead(team), state=Round.State.SIGNUP)
    ola = volunteer()
    client, path = client_of(ola), f"/duties/rounds/{of.pk}/sign-up/"

    def scope() -> list[tuple[str, bool]]:
        return [
            (value, is_ticked) for value, _icon, _label, _words, is_ticked in client.get(path).context["form"].scope
        ]

    assert scope() == [("tickets", True), ("chat", True), ("phone", False)]
    client.post(path, {"channels": ["tickets"], "quota": 1, "has_read": 1})

    assert SignUp.objects.get(person=ola).channels == ["email", "web"]
    assert scope() == [("tickets", True), ("chat", False), ("phone", False)]
    client.post(path, {"channels": ["chat", "phone"], "quota": 1, "has_read": 1})
    assert SignUp.objects.get(person=ola).channels == ["chat", "phone"]
