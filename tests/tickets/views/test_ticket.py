"""The ticket page: what it shows to whom, and at what cost."""

import re

import pytest
from django.core.cache import cache

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_colleague,
    make_draft,
    make_grant,
    make_note,
    make_queue,
    make_reply,
    make_requester,
    make_requester_message,
    make_ticket,
)
from tests.tickets.views.conftest import HTMX, shown, statements
from tickets.actions.assigning import assign
from tickets.actions.changing import change_priority
from tickets.actions.facts import store_promise
from tickets.models import Channel, Priority, Status


@pytest.fixture
def ticket(queue):
    return make_ticket(queue, at=AT - HOUR, text="Od rana nic nie działa.")


@pytest.mark.parametrize("number", [1, 50])
@pytest.mark.parametrize("path", ["", "preview/"])
def test_the_page_costs_the_same_whatever_it_holds(desk, ticket, agent, queue, number, path):
    for each in range(number):
        make_requester_message(ticket, at=AT - 50 * MINUTE + each * MINUTE)
        make_note(ticket, agent, at=AT - 50 * MINUTE + each * MINUTE)
        make_ticket(queue, requester=ticket.requester)
    change_priority(ticket=ticket, to=Priority.HIGH, by=agent, at=AT)
    assign(ticket=ticket, to=agent, by=agent, at=AT)
    cache.clear()

    with statements() as sent:
        response = desk.get(f"/tickets/{ticket.pk}/{path}")

    assert shown(response).count('class="msg"') == 1 + 2 * number
    assert len(sent) == (8 if path else 10)


def test_the_conversation_stands_in_order_with_days_and_sentences(desk, ticket, agent):
    make_reply(ticket, agent, at=AT - 30 * MINUTE, text="Już sprawdzam.")
    make_note(ticket, agent, at=AT - 20 * MINUTE, text="Padł serwer.")
    change_priority(ticket=ticket, to=Priority.URGENT, by=agent, at=AT)

    page = shown(desk.get(ticket.get_absolute_url()))

    order = ["Today, Monday 9 March", "Od rana nic nie działa.", "Już sprawdzam.", "Padł serwer."]
    order.append("<b>You</b> set the priority to <b>Urgent</b>")
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert "<b>You</b> set it to <b>Open</b>" in page
    assert "It is yours now" in page


def test_what_a_requester_writes_stays_text(desk, queue):
    ticket = make_ticket(queue, subject="<i>x</i>", text="<script>alert(1)</script> https://sklep.example/a")

    page = shown(desk.get(ticket.get_absolute_url()))

    assert "<script>alert" not in page
    assert "<i>x</i>" not in page
    assert '<a href="https://sklep.example/a" rel="nofollow">' in page


def test_quoted_words_are_folded(desk, ticket):
    make_requester_message(ticket, text="Nadal nic.\n\nOn Mon, 9 Mar 2026, Anna wrote:\n> Już sprawdzam.")

    page = shown(desk.get(ticket.get_absolute_url()))

    assert re.search(r'<div class="body">Nadal nic\.</div>\s*<details class="quoted">', page)


def test_a_signature_is_folded_under_its_name(desk, ticket):
    make_requester_message(ticket, text="Nadal nic.\n\n-- \nJan Kowalski\ntel. 22 555 01 01")

    page = shown(desk.get(ticket.get_absolute_url()))

    folded = r'<details class="quoted" data-kind="signature"><summary class="chip">Signature</summary>'
    assert re.search(rf'<div class="body">Nadal nic\.</div>\s*{folded}<div class="body">-- \nJan Kowalski', page)


def test_what_an_answer_is_about_stays_open(desk, ticket):
    make_requester_message(ticket, text="On Mon, 9 Mar 2026, Anna wrote:\n> Która kasa?\n\nTrzecia.\n\n> Dziękuję")

    page = shown(desk.get(ticket.get_absolute_url()))

    opened, folded = page.index('<details class="quoted" open>'), page.index('<details class="quoted">')
    assert opened < page.index("Która kasa?") < page.index('<div class="body">Trzecia.</div>') < folded


def test_what_the_team_writes_here_is_never_folded(desk, ticket, agent):
    make_reply(ticket, agent, text="Proszę wpisać:\n> start\n\n-- \nW razie kłopotów piszcie.")

    page = shown(desk.get(ticket.get_absolute_url()))

    assert "&gt; start\n\n-- \nW razie kłopotów piszcie.</div>" in page


def test_strangers_find_nothing(sign_in, stranger, ticket, client):
    assert sign_in(stranger).get(ticket.get_absolute_url()).status_code == 404
    assert sign_in(stranger).get(f"{ticket.get_absolute_url()}preview/").status_code == 404
    assert client.get(ticket.get_absolute_url())["Location"].startswith("/accounts/login/")


def test_a_requester_is_shown_the_own_case(sign_in, ticket):
    response = sign_in(ticket.requester).get(ticket.get_absolute_url())

    assert response["Location"] == f"/requests/{ticket.pk}/"


def test_the_composer_names_the_address_and_the_next_status(desk, ticket):
    page = shown(desk.get(ticket.get_absolute_url()))

    assert f"to {ticket.requester.email}" in page
    assert '<option value="solved">set to Solved</option>' in page
    assert "on_hold" not in page.split('name="next_status"')[1].split("</select>")[0]


def test_without_an_address_only_a_note_is_possible_and_the_page_says_why(desk, queue):
    ticket = make_ticket(queue, requester=make_requester(email=None, phone="601200300"), channel=Channel.PHONE)

    page = shown(desk.get(ticket.get_absolute_url()))

    assert "There is no email address to answer to." in page
    assert 'id="reply-text"' not in page
    assert re.search(r'value="note"[^>]* checked', page)


def test_a_closed_ticket_says_why_no_reply_leaves(desk, queue):
    ticket = make_ticket(queue, status=Status.CLOSED)

    assert "This ticket is closed." in shown(desk.get(ticket.get_absolute_url()))


def test_a_draft_is_there_again(desk, ticket, agent):
    make_draft(ticket, agent, text="Zaczynam <pisać>")

    page = shown(desk.get(ticket.get_absolute_url()))

    assert "Zaczynam &lt;pisać&gt;</textarea>" in page
    assert "Draft saved</span>" in page


def test_a_volunteer_is_told_of_the_review_and_sees_no_contact_data(sign_in, queue):
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue, is_reviewed=True)
    ticket = make_ticket(queue, requester=make_requester(email="halina@lniana.example", phone="601200300"))

    page = shown(sign_in(volunteer).get(ticket.get_absolute_url()))

    assert "Your reply goes to a mentor first" in page
    assert "halina@lniana.example" not in page
    assert "601200300" not in page
    assert "h…@l…" in page
    assert 'name="queue"' not in page


def test_other_tickets_of_the_person_are_listed_as_far_as_they_are_visible(desk, ticket, queue):
    other = make_ticket(queue, requester=ticket.requester, subject="Wcześniejsza sprawa")
    make_ticket(make_queue(), requester=ticket.requester, subject="Cudza sprawa")

    page = shown(desk.get(ticket.get_absolute_url()))

    assert "1 other" in page
    assert f'<a href="/tickets/{other.pk}/">' in page
    assert "Cudza sprawa" not in page


def test_the_promise_is_said_with_its_time(desk, ticket):
    store_promise(
        ticket.pk, due_at=AT + 12 * MINUTE, sla_state="running", sla_metric="next_response", sla_target_s=7200
    )

    page = shown(desk.get(ticket.get_absolute_url()))

    assert "by 8:12" in page
    assert "12 min left" in page
    assert 'class="meter fuse-90" data-state="warning"' in page


def test_the_preview_is_a_fragment(desk, ticket):
    page = shown(desk.get(f"{ticket.get_absolute_url()}preview/", **HTMX))

    assert "<html" not in page
    assert 'hx-target="#preview"' in page


def test_no_page_carries_inline_style_or_script(desk, ticket):
    for path in ("/queue/", ticket.get_absolute_url(), "/tickets/new/", "/settings/", "/notifications/"):
        page = shown(desk.get(path))

        assert " style=" not in page
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert not re.search(r"\son\w+=", page)


def test_of_a_long_run_of_changes_the_last_two_stay_in_sight(desk, ticket, agent):
    for minute, priority in enumerate((1, 2, 3, 1, 2, 3)):
        change_priority(ticket=ticket, to=priority, by=agent, at=AT + minute * MINUTE)

    page = shown(desk.get(ticket.get_absolute_url()))

    assert "4 earlier changes" in page
    fold, _end, rest = page.partition('<details class="event-fold">')[2].partition("</details>")
    assert fold.count('<div class="event">') == 4
    assert rest.count('<div class="event">') == 2
    assert "<details" not in fold


def test_a_short_run_of_changes_is_not_folded(desk, ticket, agent):
    for minute, priority in enumerate((1, 2, 3, 1)):
        change_priority(ticket=ticket, to=priority, by=agent, at=AT + minute * MINUTE)

    assert "event-fold" not in shown(desk.get(ticket.get_absolute_url()))
