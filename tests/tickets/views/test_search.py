"""The search page, what is suggested, requesters' own search, and the API's."""

import re

import pytest
from django.urls import reverse

from tests.factories import (
    AT,
    fresh,
    make_admin,
    make_colleague,
    make_grant,
    make_note,
    make_queue,
    make_requester,
    make_ticket,
)
from tests.tickets.views.conftest import shown, statements
from tickets.actions import tagging
from tickets.models import View
from tickets.queries.searching import read


@pytest.mark.parametrize("number", [1, 3])
def test_a_page_of_hits_costs_the_same_whatever_it_holds(desk, queue, number):
    for each in range(number):
        make_ticket(queue, requester=make_requester(), subject=f"Sklep {each}")
    desk.get("/search/?q=sklep")

    with statements() as captured:
        page = shown(desk.get("/search/?q=sklep"))

    assert page.count('<li class="row"') == number
    assert "<mark>Sklep</mark>" in page
    assert len(captured) <= 16, [each["sql"][:200] for each in captured]


def test_a_mistake_is_shown_with_its_place_and_a_way_out(desk):
    page = shown(desk.get("/search/", {"q": "x stauts:<b>"}))

    assert "There is no field stauts. Did you mean status?" in page
    assert "<code>x <mark>stauts</mark>:&lt;b&gt;</code>" in page
    assert 'href="?q=x%20status%3A%3Cb%3E"' in page


def test_choosing_from_a_list_writes_the_query(desk, queue):
    chosen = {"q": "sklep status:new", "chosen": "1", "status": "open", "queue": queue.pk, "priority": "4"}

    answer = desk.get("/search/", chosen)

    assert answer.url == f"/search/?q=sklep+queue%3A{queue.slug}+status%3Aopen+priority%3Aurgent"
    assert '<option value="open" selected>' in shown(desk.get(answer.url))


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("sta", "status:"),
        ("x -que", "queue:"),
        ("priority:u", "urgent "),
        ("assignee:agn", '"Agnieszka Wrona" '),
        ("due:<", "today "),
        ("due<4", "4h "),
        ("created:>7", "7d "),
    ],
)
def test_what_could_come_next(desk, queue, typed, first):
    suggestions = desk.get(reverse("suggest"), {"q": typed}).json()["suggestions"]

    assert suggestions[0]["text"] == first
    assert typed[: suggestions[0]["start"]] + first


def test_whatever_is_suggested_can_be_searched_for(desk, queue):
    for typed in ("due<", "due:", "due:>=", "created:<", "created:", "priority>", "status:", "is:", "has:", "tag:"):
        for each in desk.get(reverse("suggest"), {"q": typed}).json()["suggestions"]:
            read(typed[: each["start"]] + each["text"])


def test_nobody_but_an_admin_is_told_of_a_tag_that_only_foreign_tickets_have(sign_in, desk, queue):
    here, foreign = make_ticket(queue), make_ticket(make_queue())
    tagging.set_tags(ticket=here, to=["zwrot"], by=None, at=AT)
    tagging.set_tags(ticket=foreign, to=["zwolnienia-grupowe"], by=None, at=AT)
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue)
    view = View.objects.create(name="W", query="tag:zwolnienia-grupowe", owner=volunteer)

    def told(client) -> list[str]:
        answers = [
            client.get(reverse("suggest"), {"q": "tag:zw"}),
            client.get(reverse("suggest_tags"), {"add": "zw"}),
            client.get("/api/tags/", {"q": "zw"}),
        ]
        return [sorted(re.findall(r"zwrot|zwolnienia", answer.content.decode())) for answer in answers]

    assert [set(each) for each in told(sign_in(make_admin()))] == [{"zwrot", "zwolnienia"}] * 3
    assert [set(each) for each in told(desk)] == [{"zwrot"}] * 3
    client = sign_in(volunteer)
    assert [set(each) for each in told(client)] == [{"zwrot"}] * 3
    assert "has the tag" not in client.get(f"/views/{view.pk}/").content.decode()


def test_a_requester_searches_the_own_requests_and_their_public_words(sign_in, queue, agent):
    requester = make_requester(language="en")
    ticket = make_ticket(queue, requester=requester, subject="Sklep", text="Nie działa koszyk.")
    make_note(ticket, fresh(agent), text="Podejrzany.")
    make_ticket(queue, subject="Koszyk kogoś innego")
    browser = sign_in(requester)

    found = shown(browser.get("/requests/?q=koszyki"))
    redirected = browser.get("/search/?q=koszyk")

    assert found.count('<article class="card') == 1 and "<mark>koszyk</mark>" in found
    assert "Nothing was found" in shown(browser.get("/requests/?q=podejrzany"))
    assert redirected.url == "/requests/?q=koszyk"


def test_a_page_of_most_words_says_so_to_agent_requester_and_api(desk, sign_in, queue):
    requester = make_requester(language="en")
    ticket = make_ticket(queue, requester=requester, subject="Pusta faktura")

    page = shown(desk.get("/search/?q=pusta+faktura+zielonkawa"))
    own = shown(sign_in(requester).get("/requests/?q=pusta+faktura+zielonkawa"))
    found = desk.get("/api/tickets/", {"q": "pusta faktura zielonkawa"}).json()

    for each in (page, own):
        assert "Nothing holds all of these words. This holds all but one of them:" in each
    assert "<mark>" in page and own.count('<article class="card') == 1
    assert ([each["id"] for each in found["results"]], found["left_out"]) == ([ticket.pk], 1)
    assert desk.get("/api/tickets/", {"q": "pusta faktura"}).json()["left_out"] == 0


def test_the_api_searches_and_names_the_place_of_a_mistake(desk, queue):
    ticket = make_ticket(queue, subject="Faktura")
    make_ticket(queue, subject="Zwrot")

    found = desk.get("/api/tickets/", {"q": "faktury OR zwrot", "status": "new", "size": 1}).json()
    rest = desk.get(found["next"]).json()
    mistake = desk.get("/api/tickets/", {"q": "a status:opne"})

    assert [each["id"] for each in rest["results"]] == [ticket.pk]
    assert (rest["next"], rest["is_near"]) == (None, False)
    assert mistake.status_code == 400 and mistake["Content-Type"] == "application/problem+json"
    assert mistake.json()["mistake"] == {"start": 9, "end": 13, "suggestion": "open"}
