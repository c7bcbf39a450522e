"""The palette: what lies ready, what is found in the database, and that nobody finds what is not theirs."""

import html
import re

import pytest

from tests.factories import (
    AT,
    HOUR,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_note,
    make_organisation,
    make_queue,
    make_requester,
    make_ticket,
)
from tests.tickets.views.conftest import shown, statements
from tickets import keys
from tickets.actions.removing import remove
from tickets.models import View


def lines(page):
    """What each line is called."""
    return [html.unescape(each) for each in re.findall(r'<span class="clip">([^<]*)</span>', page)]


def links(page):
    return [html.unescape(each) for each in re.findall(r'<a role="option"[^>]* href="([^"]*)"', page)]


@pytest.fixture
def volunteer(queue):
    person = make_colleague(name="Wanda Wolna", language="en")
    make_grant(person, queue, start=AT - HOUR, end=AT + 8 * HOUR)
    return person


def test_every_action_is_there_with_the_readers_own_key(desk, agent):
    agent.own_keys = {"take": "Q", "note": ""}
    agent.save()

    page = shown(desk.get("/palette/"))

    acts = re.findall(r'data-of="([a-z_]+)"', page)
    assert set(acts) == {each for each in keys.ACTIONS if not each.startswith("go_")} - {"search"}
    assert re.search(r'data-of="take".*?<kbd>Q</kbd>', page)
    assert re.search(r'data-of="tick_next".*?<kbd>Shift J</kbd>', page)
    assert "<kbd>" not in re.search(r'data-of="note".*?</div>', page)[0]


def test_an_action_is_found_by_its_name_in_the_other_language_too(desk):
    page = shown(desk.get("/palette/"))

    words = html.unescape(re.search(r'data-of="snooze"[^>]*data-found-by="([^"]*)"', page)[1])
    assert words == "Odłóż"


def test_each_page_of_the_person_once_and_no_other(desk, agent, team, queue):
    own = View.objects.create(owner=agent, name="Zwroty", query="tag:zwrot")
    View.objects.create(owner=make_agent(team), name="Nie moje", query="is:new")

    found = links(shown(desk.get("/palette/")))

    assert {"/queue/", "/queue/?view=mine", f"/queue/?queue={queue.pk}", own.get_absolute_url(), "/settings/"} <= set(
        found
    )
    assert {"/notifications/", "/favours/", "/views/", "/settings/keys/", "/settings/hours/"} <= set(found)
    assert found.pop() == "/search/"  # the last line, for all other words
    assert len(found) == len(set(found))
    assert "/audit/" not in found
    for url in found:
        assert desk.get(url).status_code in (200, 302), url
    assert "Nie moje" not in shown(desk.get("/palette/"))


def test_every_page_an_administrator_is_offered_opens(sign_in):
    desk = sign_in(make_admin(language="en"))

    found = links(shown(desk.get("/palette/")))

    assert {"/audit/", "/mail/mailboxes/", "/rules/new/", "/sign-in/second-factor/"} <= set(found)
    for url in found:
        assert desk.get(url).status_code in (200, 302), url


def test_every_page_a_volunteer_is_offered_opens(sign_in, volunteer):
    desk = sign_in(volunteer)

    for url in links(shown(desk.get("/palette/"))):
        assert desk.get(url).status_code in (200, 302), url


@pytest.mark.parametrize("number", [1, 3])
def test_it_costs_the_same_whatever_it_lists(desk, queue, agent, number):
    tickets = [make_ticket(queue, requester=make_requester()) for _each in range(number)]
    for each in range(number):
        View.objects.create(owner=agent, name=f"Lista {each}", query="is:new")
    recent = ",".join(str(each.pk) for each in tickets)
    desk.get(f"/palette/?recent={recent}")

    with statements() as sent:
        page = shown(desk.get(f"/palette/?recent={recent}"))

    assert sum(url.startswith("/tickets/") for url in links(page)) == number
    assert len(sent) <= 9, sent


@pytest.mark.parametrize("number", [1, 3])
def test_looking_up_costs_the_same_whatever_is_found(desk, queue, number):
    for each in range(number):
        make_ticket(queue, requester=make_requester(name=f"Anna {each}"), subject="Anna nie ma faktury")
    desk.get("/palette/?q=anna")

    with statements() as sent:
        page = shown(desk.get("/palette/?q=anna"))

    assert len(links(page)) == 2 * number
    assert len(sent) <= 12, sent


def test_what_was_opened_lately_stands_in_that_order_without_what_is_out_of_sight(desk, queue):
    own, other, foreign = make_ticket(queue), make_ticket(queue), make_ticket()

    page = shown(desk.get(f"/palette/?recent={other.pk},{foreign.pk},{own.pk},x,{10**30},"))

    assert [url for url in links(page) if url.startswith("/tickets/")] == [
        f"/tickets/{other.pk}/",
        f"/tickets/{own.pk}/",
    ]


@pytest.mark.parametrize("sign", ["", "#"])
def test_a_ticket_is_found_by_its_number(desk, queue, sign):
    ticket = make_ticket(queue, subject="Pożar")

    assert links(shown(desk.get("/palette/", {"q": f"{sign}{ticket.pk}"})))[0] == f"/tickets/{ticket.pk}/"


@pytest.mark.parametrize("typed", ["pozar", "POŻAR serwera", "subject:pożar", '"pożar serwera'])
def test_a_ticket_is_found_by_its_words_also_while_they_are_being_typed(desk, queue, typed):
    ticket = make_ticket(queue, subject="Pożar serwera")

    assert f"/tickets/{ticket.pk}/" in links(shown(desk.get("/palette/", {"q": typed})))


@pytest.mark.parametrize("typed", ["zolc", "Żół", "anna zolc", "zolc an"])
def test_a_person_is_found_by_the_beginnings_of_their_names(desk, queue, typed):
    make_ticket(
        queue, requester=make_requester(name="Anna Żółć", organisation=make_organisation("Bartnik")), subject="x"
    )

    page = shown(desk.get("/palette/", {"q": typed}))

    assert "Anna Żółć" in lines(page)
    assert "/search/?q=requester%3A%22Anna+%C5%BB%C3%B3%C5%82%C4%87%22" in links(page)
    assert "Bartnik" in page


def test_a_colleague_leads_to_what_they_have_in_hand(desk, team):
    make_agent(team, name="Barbara Majewska")

    found = links(shown(desk.get("/palette/?q=majew")))

    assert found == ["/search/?q=assignee%3A%22Barbara+Majewska%22+is%3Aunsolved"]


def test_nobody_finds_a_foreign_ticket_or_who_asked_there(desk, queue, volunteer, sign_in):
    requester = make_requester(name="Zenobia Marker")
    foreign = make_ticket(make_queue(), requester=requester, subject="Tajny marker")
    make_note(foreign, make_admin(), at=AT, text="notatka marker")
    everything = sign_in(make_admin(language="en"))

    for typed in (str(foreign.pk), "marker", "zenobia", "tajny", "Zenobia Marker"):
        assert links(shown(everything.get("/palette/", {"q": typed}))), typed
        for client in (desk, sign_in(volunteer)):
            page = shown(client.get("/palette/", {"q": typed, "recent": foreign.pk}))
            assert links(page) == [], typed
            assert "arker" not in page


def test_a_requester_who_gave_no_name_is_no_address_to_a_volunteer(sign_in, volunteer, queue):
    make_ticket(queue, requester=make_requester(name="zenobia@sklep.example", email="zenobia@sklep.example"))

    page = shown(sign_in(volunteer).get("/palette/?q=zenobia"))

    assert "sklep.example" not in html.unescape(page).replace("%40", "@")


def test_whoever_has_no_desk_has_no_palette(sign_in, queue, desk):
    ticket = make_ticket(queue)

    for person in (ticket.requester, make_colleague()):
        assert sign_in(person).get("/palette/").status_code == 404
        assert sign_in(person).get("/palette/?q=x").status_code == 404
        assert 'id="palette"' not in shown(sign_in(person).get("/settings/", follow=True))
    assert 'id="palette"' in shown(desk.get("/queue/"))


def test_spam_is_not_found_by_words_and_still_by_its_number(desk, agent, queue):
    ticket = make_ticket(queue, subject="Wygrana czeka")
    remove(ticket=ticket, removed_as="spam", by=agent, at=AT)

    assert links(shown(desk.get("/palette/?q=wygrana"))) == []
    assert links(shown(desk.get(f"/palette/?q={ticket.pk}"))) == [f"/tickets/{ticket.pk}/"]
