"""Inviting to a round: whom a choice reaches, one mail each, and the answers."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import signal
from collections import Counter
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client

from rotations import answer_links
from rotations.actions import inviting, mailing, rounds, signing_up
from rotations.models import Invitation, Round, SignUp
from rotations.queries import inviting as queries
from tests.factories import AT, HOUR, make_agent, make_lead, make_organisation
from tests.rotations.duties import make_programme, make_round, sign_up, volunteer
from tickets.actions.errors import NotAllowed
from tickets.models import Outbox, Team, User

DAY = timedelta(days=1)


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def of(team: Team, lead: User) -> Round:
    return make_round(make_programme(team), lead, state=Round.State.SIGNUP, signup_ends_at=AT + 10 * DAY)


@pytest.fixture
def people(db: None) -> list[User]:
    marketing, law = make_organisation(name="Marketing"), make_organisation(name="Prawny")
    where = (("ala", marketing), ("ola", marketing), ("ula", law), ("ela", None))
    return [volunteer(email=f"{name}@bursztyn.example", name=name.title(), organisation=of) for name, of in where]


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def mailed() -> list[str]:
    return sorted(each.address.partition("@")[0] for each in Outbox.objects.all())


def path_in(mail: Outbox) -> str:
    found = re.search(r"https?://[^/]+(/i/\S+)", mail.payload["text"])
    assert found
    return found[1]


def test_a_choice_is_shown_first_and_then_mailed_to_each_once(of: Round, people: list[User], lead: User) -> None:
    ala, ola, _ula, ela = people
    sign_up(of, ola)
    client, url = client_of(lead), f"/duties/rounds/{of.pk}/invite/"
    chosen = {"department": [str(ala.organisation_id)], "person": [str(ela.pk)]}

    shown = text_of(client.post(url, chosen))
    before = Invitation.objects.count()
    client.post(url, chosen | {"send": "1"})
    client.post(url, {"everybody": "1", "send": "1"})
    for _time in range(2):
        inviting.send_all(at=AT)

    assert "2 people get a mail" in shown
    assert "1 person has answered already" in shown
    assert before == 0
    assert mailed() == ["ala", "ela", "ula"]
    assert "3 invited" in re.sub("<[^>]+>", "", text_of(client.get(url)))


def test_nothing_chosen_is_said(of: Round, people: list[User], lead: User) -> None:
    answer = client_of(lead).post(f"/duties/rounds/{of.pk}/invite/", {})

    assert answer.status_code == 400
    assert "Choose somebody first." in text_of(answer)


def test_whoever_is_no_colleague_has_no_address_or_is_gone_is_not_written_to(
    of: Round, people: list[User], lead: User, team: Team
) -> None:
    agent = make_agent(team)
    User.objects.filter(pk=people[0].pk).update(email=None)
    User.objects.filter(pk=people[1].pk).update(is_active=False)

    made = inviting.invite(of=of, people=[*people, agent], by=lead, at=AT)

    assert made == 2
    with pytest.raises(NotAllowed):
        inviting.invite(of=of, people=people, by=agent, at=AT)


def test_a_no_in_one_click_needs_neither_a_sign_in_nor_a_reason(of: Round, people: list[User], lead: User) -> None:
    inviting.invite(of=of, people=people[:1], by=lead, at=AT)
    inviting.send_all(at=AT)
    path, stranger = path_in(Outbox.objects.get()), Client()

    opened = stranger.get(path)
    stranger.post(path)

    row = Invitation.objects.get()
    assert "Not this time" in text_of(opened)
    assert row.opened_at is not None
    assert row.declined_at is not None
    assert "nobody asks why" in text_of(stranger.get(path))
    assert queries.progress(of, AT).declined == 1


def test_looking_at_the_link_alone_answers_nothing_and_a_forged_one_leads_nowhere(
    of: Round, people: list[User], lead: User
) -> None:
    inviting.invite(of=of, people=people[:1], by=lead, at=AT)
    inviting.send_all(at=AT)
    path = path_in(Outbox.objects.get())

    answers = [Client().get(each).status_code for each in (path, path[:-3] + "x/", f"/i/{of.pk}-{people[1].pk}/")]
    head = Client().head(path)

    assert answers == [200, 404, 404]
    assert head.status_code == 200
    assert Invitation.objects.get().declined_at is None
    # The link of a place that is offered opens no invitation.
    other = answer_links.url_for(of.pk, people[0].pk).split("/d/")[1]
    assert Client().get(f"/i/{other}").status_code == 404


def test_the_link_for_everybody_leads_by_the_sign_in_to_the_sign_up(of: Round, people: list[User], lead: User) -> None:
    path = answer_links.round_url(of.pk).split("//")[1].partition("/")[2]
    sign_up_path = f"/duties/rounds/{of.pk}/sign-up/"

    signed_out = Client().get(f"/{path}")
    on_the_way = Client().get(sign_up_path)
    signed_in = client_of(people[0]).get(f"/{path}")
    people[0].set_password("correct horse battery")
    people[0].save()
    answers = {"login": people[0].email, "password": "correct horse battery", "next": sign_up_path}
    back = Client().post("/accounts/login/", answers)

    assert sign_up_path in text_of(signed_out)
    assert "Not this time" not in text_of(signed_out)
    assert on_the_way.url.endswith(f"?next={sign_up_path}")
    assert signed_in.url == sign_up_path
    assert back.url == sign_up_path
    assert client_of(lead).get(f"/{path}").status_code == 200
    rounds.move_on(of=of, to=Round.State.PLANNING, by=lead, at=AT)
    assert "is closed" in text_of(client_of(people[0]).get(f"/{path}"))


def test_only_those_who_have_not_answered_are_written_to_again_and_not_twice_a_day(
    of: Round, people: list[User], lead: User
) -> None:
    ala, ola, ula, _ela = people
    inviting.invite(of=of, people=people, by=lead, at=AT)
    inviting.send_all(at=AT)
    sign_up(of, ala)
    sign_up(of, ola)
    signing_up.leave_round(of=of, by=ola, at=AT)
    inviting.decline(of=of, person=ula, at=AT)
    Outbox.objects.all().delete()

    too_soon = inviting.remind(of=of, by=lead, at=AT + HOUR)
    again = [inviting.remind(of=of, by=lead, at=AT + DAY) for _time in range(2)]
    inviting.send_all(at=AT + DAY)

    assert (too_soon, again) == (0, [1, 0])
    assert mailed() == ["ela"]
    told = queries.progress(of, AT + DAY)
    assert (told.invited, told.signed_up, told.declined, told.unanswered) == (4, 1, 2, 1)


def test_no_mail_leaves_after_an_answer_or_the_end_of_the_sign_up(of: Round, people: list[User], lead: User) -> None:
    inviting.invite(of=of, people=people[:2], by=lead, at=AT)
    sign_up(of, people[0])
    rounds.move_on(of=of, to=Round.State.PLANNING, by=lead, at=AT)

    inviting.send_all(at=AT)

    assert mailed() == []
    assert queries.to_mail() == []


def test_signed_in_one_says_no_on_the_page_of_the_sign_up(of: Round, people: list[User], lead: User) -> None:
    inviting.invite(of=of, people=people[:1], by=lead, at=AT)
    client = client_of(people[0])

    shown = text_of(client.get(f"/duties/rounds/{of.pk}/sign-up/"))
    client.post(f"/duties/rounds/{of.pk}/decline/")

    assert "Not this time" in shown
    assert Invitation.objects.get().declined_at is not None
    assert Invitation.objects.get().opened_at is not None
    assert "Not this time" not in text_of(client.get(f"/duties/rounds/{of.pk}/sign-up/"))
    assert client_of(people[1]).post(f"/duties/rounds/{of.pk}/decline/").status_code == 404
    # A no closes nothing.
    sign_up(of, people[0])
    assert SignUp.objects.filter(person=people[0]).exists()
    assert queries.progress(of, AT).declined == 0


@pytest.mark.parametrize("how", ["by the clock", "by the planner"])
def test_a_sign_up_that_closes_under_ones_eyes_says_so_and_what_can_be_done(
    of: Round, people: list[User], lead: User, how: str, clock: Any
) -> None:
    inviting.invite(of=of, people=people[:1], by=lead, at=AT)
    sign_up(of, people[1])
    if how == "by the clock":
        clock.move_to(of.signup_ends_at)
    else:
        rounds.move_on(of=of, to=Round.State.PLANNING, by=lead, at=AT)
    invited, signed_up, planner = client_of(people[0]), client_of(people[1]), client_of(lead)
    page = f"/duties/rounds/{of.pk}"

    typed = invited.post(f"{page}/sign-up/", {"channels": "email", "quota": "1", "has_read": "1"})
    answers = [
        typed,
        invited.post(f"{page}/decline/"),
        signed_up.get(f"{page}/sign-up/"),
        planner.get(f"{page}/invite/"),
        planner.post(f"{page}/invite/", {"everybody": "1", "send": "1"}),
    ]

    assert [each.status_code for each in answers] == [409, 409, 200, 200, 409]
    assert all("The sign-up is closed" in text_of(each) for each in answers)
    assert "there is a waitlist" in text_of(typed)
    assert "Your wishes from before count" in text_of(answers[2])
    assert "Back to the board" in text_of(answers[3])
    assert SignUp.objects.count() == Invitation.objects.count() == 1


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_for_few_and_for_many(
    of: Round, lead: User, number: int, django_assert_num_queries: Any
) -> None:
    people = [volunteer(organisation=make_organisation(name=f"Dział {each}")) for each in range(number)]
    inviting.invite(of=of, people=people, by=lead, at=AT)

    with django_assert_num_queries(1):
        assert len(queries.departments()) == number
    with django_assert_num_queries(2):
        assert queries.progress(of, AT).invited == number
    with django_assert_num_queries(2):
        assert queries.preview(of, people).invited == number


# Many workers, some of which are killed in the middle of it


def _worker(seed: int) -> None:
    chance, send = random.Random(seed), mailing.send

    def send_or_die(*args: Any) -> Any:
        made = send(*args)
        if chance.random() < 0.3:
            os.kill(os.getpid(), signal.SIGKILL)
        return made

    try:
        with patch.object(mailing, "send", send_or_die):
            inviting.send_all(at=AT)
    finally:
        connection.close()
        os._exit(0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_each_is_invited_once_by_any_number_of_workers_killed_at_random(team: Team, lead: User) -> None:
    of = make_round(make_programme(team), lead, state=Round.State.SIGNUP)
    people = [volunteer() for _number in range(12)]
    inviting.invite(of=of, people=people, by=lead, at=AT)
    fork = multiprocessing.get_context("fork")
    killed = 0

    for seed in range(0, 400, 4):
        connection.close()  # none of them may speak through the parent's
        workers = [fork.Process(target=_worker, args=[seed + number]) for number in range(4)]
        for each in workers:
            each.start()
        for each in workers:
            each.join(120)
        killed += sum(each.exitcode == -signal.SIGKILL for each in workers)
        if not queries.to_mail():
            break

    assert killed > 0
    assert Counter(Outbox.objects.values_list("recipient", flat=True)) == {person.pk: 1 for person in people}
    assert queries.progress(of, AT).waiting == 0
