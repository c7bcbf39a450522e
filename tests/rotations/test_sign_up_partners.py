"""With whom somebody would like to have a turn: said at the sign-up, read by the planner alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from rotations.models import Round, SignUp
from rotations.queries.planning import planning
from tests.factories import AT, fresh, make_agent, make_colleague, make_lead
from tests.rotations.duties import make_programme, make_round, sign_up, volunteer
from tickets.models import Team, User


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en")


@pytest.fixture
def of(team: Team, lead: User) -> Round:
    return make_round(make_programme(team), lead, state=Round.State.SIGNUP)


@pytest.fixture
def ola(db: None) -> User:
    return volunteer(name="Ola Nowicka")


@pytest.fixture
def iza(db: None) -> User:
    return volunteer(name="Iza Mała")


def page_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def posted(of: Round, person: User, **more: Any) -> Any:
    values = {"channels": ["chat"], "quota": "2", "has_read": "1"} | more
    return page_of(person).post(f"/duties/rounds/{of.pk}/sign-up/", values)


def test_partners_are_kept_shown_again_and_reach_the_plan(of: Round, ola: User, iza: User) -> None:
    assert posted(of, ola, partner_1=" iza  MALA").status_code == 302

    assert list(SignUp.objects.get(person=ola).partners.all()) == [iza]
    shown = page_of(ola).get(f"/duties/rounds/{of.pk}/sign-up/").content.decode()
    assert 'name="partner_1" value="Iza Mała"' in shown
    (person,) = planning(of, AT).problem.volunteers
    assert person.partners == {iza.pk}


def test_whoever_empties_the_field_wishes_for_nobody(of: Round, ola: User, iza: User) -> None:
    posted(of, ola, partner_1=str(iza))

    posted(of, ola, partner_1="")

    assert not SignUp.objects.get(person=ola).partners.exists()


def test_only_colleagues_who_may_come_can_be_named(of: Round, ola: User, iza: User, team: Team) -> None:
    for nobody in (ola, make_agent(team), make_colleague(is_active=False)):
        for written in (str(nobody), nobody.email):
            answer = posted(of, ola, partner_1=written)

            assert answer.status_code == 400
            assert f"Nobody who could come is called {written}." in answer.content.decode()
            assert written in answer.context["form"]["partner_1"].value(), "what was typed is kept"
    assert not SignUp.objects.filter(person=ola).exists()


def test_of_two_with_one_name_the_address_says_who_is_meant(of: Round, ola: User, iza: User) -> None:
    other = volunteer(name="Iza Mala")

    refused = posted(of, ola, partner_2="Iza Mała")
    assert refused.status_code == 400
    assert "Several colleagues are called Iza Mała." in refused.content.decode()

    posted(of, ola, partner_2=other.email.upper())
    assert list(SignUp.objects.get(person=ola).partners.all()) == [other]
    assert f'value="{other.email}"' in page_of(ola).get(f"/duties/rounds/{of.pk}/sign-up/").content.decode()


def test_the_page_names_nobody_to_choose_from(of: Round, ola: User, iza: User) -> None:
    assert str(iza) not in page_of(ola).get(f"/duties/rounds/{of.pk}/sign-up/").content.decode()


def test_the_planner_reads_it_and_the_one_who_is_named_does_not(of: Round, lead: User, ola: User, iza: User) -> None:
    sign_up(of, ola, partners=[iza])
    sign_up(of, iza)

    board = page_of(fresh(lead)).get(f"/duties/rounds/{of.pk}/?person={ola.pk}").content.decode()
    assert "Would like to be there with: Iza Mała" in board
    for path in (f"/duties/rounds/{of.pk}/sign-up/", "/duties/"):
        own = page_of(iza).get(path)
        assert "form" not in own.context or not own.context["form"].has_partners
        assert "Would like" not in own.content.decode()
