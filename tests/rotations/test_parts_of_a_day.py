"""The parts of a day and the bank holidays of a programme, set in the browser."""

from __future__ import annotations

from typing import Any

import pytest

from rotations.models import Demand, Programme, Round
from rotations.queries.planning import planning
from tests.factories import AT, make_lead
from tests.rotations.duties import make_programme, make_round
from tests.rotations.test_covers import client_of, text_of
from tickets.models import AuditEntry, Team, User


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en")


@pytest.fixture
def programme(team: Team) -> Programme:
    return make_programme(team)


def values(programme: Programme, **more: str) -> dict[str, Any]:
    told = {"name": programme.name, "team": programme.team_id, "queues": [each.pk for each in programme.queues.all()]}
    numbers = {"rest_h": 11, "newcomers_per_mentor": 2, "mentees_per_mentor": 3, "cap": 5, "chat_cap": 2}
    return told | numbers | {"channels": ["email"], "country": "PL"} | more


def test_parts_and_bank_holidays_are_set_and_the_audit_tells(programme: Programme, lead: User) -> None:
    client, url = client_of(lead), f"/duties/programmes/{programme.pk}/"
    before = text_of(client.get(url))

    answer = client.post(url, values(programme, parts="11-15, 7:30-11, 15-24", country="CZ"), follow=True)

    programme.refresh_from_db()
    assert "8:00-11:00, 11:00-16:00, 16:00-20:00" in before
    assert "7:30-11:00, 11:00-15:00, 15:00-24:00" in text_of(answer)
    assert (programme.part_edges, programme.country) == ([450, 660, 900, 1440], "CZ")
    data = AuditEntry.objects.get(kind="programme").data
    assert (data["country"], data["part_edges"][1]) == (["PL", "CZ"], [450, 660, 900, 1440])


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ("8-11, 12-16", "8:00–11:00 and 12:00–16:00 do not meet"),
        ("8-12, 11-16", "8:00–12:00 and 11:00–16:00 do not meet"),
        ("morning", "is no time from and to"),
        ("20-4", "at midnight at the latest"),
        (", ".join(f"{hour}-{hour + 1}" for hour in range(9)), "between 1 and 8 parts"),
    ],
)
def test_gaps_overlaps_and_nonsense_are_refused_in_a_sentence(
    programme: Programme, lead: User, parts: str, sentence: str
) -> None:
    answer = client_of(lead).post(f"/duties/programmes/{programme.pk}/", values(programme, parts=parts))

    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert Programme.objects.get().part_edges == [480, 660, 960, 1200]


def test_a_round_with_demand_keeps_its_parts_and_others_take_the_new_ones(programme: Programme, lead: User) -> None:
    kept, other = (make_round(programme, lead, state=Round.State.PLANNING) for _each in range(2))
    part = {"weekday": 0, "starts": 480, "ends": 660}
    Demand.objects.create(round=kept, channel="chat", people=1, weight=1, source="manual", **part)
    needs = planning(kept, AT).problem.needs

    client_of(lead).post(f"/duties/programmes/{programme.pk}/", values(programme, parts="8-12, 12-20"))

    kept, other = Round.objects.get(pk=kept.pk), Round.objects.get(pk=other.pk)
    assert planning(kept, AT).cut == [(480, 660)]
    assert planning(kept, AT).problem.needs == needs
    assert planning(other, AT).cut == [(480, 720), (720, 1200)]
    assert client_of(lead).get(f"/duties/rounds/{kept.pk}/demand/").status_code == 200
