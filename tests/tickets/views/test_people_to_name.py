"""Naming people with an @ on the ticket's page, without a script: errors keep the words, letting in is asked for."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    AT,
    fresh,
    make_agent,
    make_colleague,
    make_note,
    make_queue,
    make_requester,
    make_ticket,
)
from tickets import access
from tickets.actions import asking, noting
from tickets.models import Draft, Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return make_agent(queue.team, name="Alicja Pisząca", language="en")


@pytest.fixture
def mate(queue):
    return make_agent(queue.team, name="Łucja Żak", email="lucja.zak@bursztyn.example", language="en")


@pytest.fixture
def developer():
    return make_colleague(name="Dawid Programista", email="dawid@bursztyn.example", language="en")


@pytest.fixture
def ticket(queue):
    return make_ticket(queue)


def test_a_named_person_stands_out_in_the_note_and_their_own_name_more(client, ticket, agent, mate):
    noting.note(ticket=ticket, by=fresh(agent), text="Pytam @Łucja, czy <b>to</b> ona", at=AT)

    client.force_login(agent)
    others = client.get(f"/tickets/{ticket.pk}/").text
    client.force_login(mate)
    own = client.get(f"/tickets/{ticket.pk}/").text

    assert 'Pytam <span class="named">@Łucja</span>, czy &lt;b&gt;to&lt;/b&gt; ona' in others
    assert '<mark class="named">@Łucja</mark>' in own


def test_an_unclear_name_keeps_the_words_and_says_who_may_be_meant(client, ticket, agent, mate, queue):
    make_agent(queue.team, name="Łucja Druga", email="druga@bursztyn.example")
    client.force_login(agent)

    response = client.post(f"/tickets/{ticket.pk}/note/", {"text": "@Łucja zobacz"})

    assert response.status_code == 409
    assert "druga@bursztyn.example" in response.text
    assert ">@Łucja zobacz</textarea>" in response.text
    assert Draft.objects.get().text == "@Łucja zobacz"
    assert not Message.objects.filter(kind="note").exists()


def test_whoever_does_not_see_the_ticket_is_asked_for_and_let_in_by_a_tick(client, ticket, agent, developer):
    client.force_login(agent)
    url = f"/tickets/{ticket.pk}/note/"

    asked = client.post(url, {"text": "@Dawid pomożesz?"})
    unseen = access.can_work(fresh(developer), ticket, AT)
    told = client.post(url, {"text": "@Dawid pomożesz?", "let_in": [str(developer.pk)]})

    assert asked.status_code == 409
    assert f'name="let_in" value="{developer.pk}"' in asked.text
    assert not unseen
    assert told.status_code == 302
    assert "You</b> let <b>Dawid Programista</b> look in" in client.get(f"/tickets/{ticket.pk}/").text
    client.force_login(developer)
    assert client.get(f"/tickets/{ticket.pk}/").status_code == 200


def test_a_question_asks_for_the_tick_too(client, ticket, agent, mate, developer):
    client.force_login(agent)
    words = {"to": "Łucja Żak", "text": "@Dawid pomożesz?"}

    asked = client.post(f"/tickets/{ticket.pk}/ask/", words)
    told = client.post(f"/tickets/{ticket.pk}/ask/", {**words, "let_in": [str(developer.pk)]})

    assert asked.status_code == 409
    assert f'name="let_in" value="{developer.pk}"' in asked.text
    assert "Łucja Żak" in asked.text
    assert told.status_code == 302


def test_an_answer_with_an_unclear_name_stays_an_answer(client, ticket, agent, developer, queue):
    for address in ("a1@bursztyn.example", "a2@bursztyn.example"):
        make_agent(queue.team, name="Anna Dwa", email=address)
    question = asking.ask(ticket=ticket, by=fresh(agent), to=developer, text="Co z tym?", at=AT)
    client.force_login(developer)

    response = client.post(f"/questions/{question.pk}/answer/", {"text": "To @Anna wie"})

    assert response.status_code == 409
    assert ">To @Anna wie</textarea>" in response.text
    assert "a2@bursztyn.example" in response.text
    assert not Draft.objects.exists()
    question.refresh_from_db()
    assert question.answered_at is None


def test_the_list_offers_people_and_says_who_does_not_see_the_ticket(client, ticket, agent, mate, developer):
    make_requester(name="Dawid Klient")
    client.force_login(agent)

    everybody = client.get(f"/tickets/{ticket.pk}/people/", {"q": ""}).text
    one = client.get(f"/tickets/{ticket.pk}/people/", {"q": "daw"}).text

    assert everybody.index("Łucja Żak") < everybody.index("Dawid Programista")
    assert "Klient" not in everybody
    assert 'data-written="Dawid Programista" data-outside' in one
    assert "Łucja" not in one


def test_the_list_costs_the_same_for_few_and_many(client, ticket, agent):
    client.force_login(agent)
    client.get(f"/tickets/{ticket.pk}/people/")

    def statements():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/tickets/{ticket.pk}/people/").status_code == 200
        return len(seen)

    make_colleague(name="Pierwsza Osoba")
    one = statements()
    for number in range(5):
        make_colleague(name=f"Osoba{number} Kolejna")

    assert statements() == one


def test_the_requester_reads_nothing_of_who_is_named(client, queue, agent, mate, developer):
    ticket = make_ticket(queue, requester=developer)
    noting.note(ticket=ticket, by=fresh(agent), text="@Łucja marker", at=AT)
    client.force_login(developer)

    page = client.get(f"/tickets/{ticket.pk}/", follow=True)

    assert page.status_code == 200
    assert "@Łucja" not in page.text
    assert client.get(f"/tickets/{ticket.pk}/people/").status_code == 404
    assert client.post(f"/tickets/{ticket.pk}/note/", {"text": "@Łucja"}).status_code == 404


def test_the_api_names_people_and_lets_them_in(client, ticket, agent, mate, developer):
    make_note(ticket, agent)
    client.force_login(agent)
    url = f"/api/tickets/{ticket.pk}/note/"

    refused = client.post(url, {"text": "@Dawid?"}, content_type="application/json")
    kept = client.post(url, {"text": "@Dawid?", "let_in": [developer.pk]}, content_type="application/json")

    assert refused.status_code == 409
    assert kept.status_code == 201
    assert kept.json()["named"] == [{"person": developer.pk, "words": "@Dawid"}]
