"""What an open page fetches after a live hint."""

import re

import pytest

from tests.factories import AT, HOUR, MINUTE, make_lead, make_note, make_queue, make_requester_message, make_ticket
from tests.tickets.views.conftest import shown
from tickets.actions.assigning import assign
from tickets.actions.changing import change_status
from tickets.actions.facts import store_promise
from tickets.models import Channel, Ticket
from tickets.queries.changed import InSight, new_since
from tickets.queries.queue import Filters, queue_page


@pytest.fixture
def ticket(queue):
    return make_ticket(queue)


def test_the_page_knows_the_newest_ticket(desk, ticket):
    assert f'id="fresh" data-newest="{ticket.pk}"' in shown(desk.get("/queue/"))


def test_new_tickets_of_the_list_wait_behind_a_link(desk, queue, ticket):
    make_ticket(queue, channel=Channel.PHONE)
    make_ticket(queue)
    make_ticket(make_queue())

    assert "2 new, show" in shown(desk.get(f"/queue/news/?newest={ticket.pk}"))
    assert "1 new, show" in shown(desk.get(f"/queue/news/?newest={ticket.pk}&channel=phone"))
    assert 'href="/queue/?channel=phone"' in shown(desk.get(f"/queue/news/?newest={ticket.pk}&channel=phone"))
    assert shown(desk.get(f"/queue/news/?newest={ticket.pk}&channel=chat")).strip() == ""


def test_older_tickets_that_come_into_the_list_wait_behind_the_link_too(desk, queue, team, ticket):
    elsewhere = make_ticket(make_queue(team))
    shown_one = make_ticket(queue)
    sight = f"/queue/news/?queue={queue.pk}&newest={shown_one.pk}&numbers={ticket.pk},{shown_one.pk}"
    assert shown(desk.get(f"{sight}&until=")).strip() == ""

    Ticket.objects.filter(pk=elsewhere.pk).update(queue=queue)

    assert "1 new, show" in shown(desk.get(f"{sight}&until="))
    assert f'href="/queue/?queue={queue.pk}"' in shown(desk.get(f"{sight}&until="))
    assert shown(desk.get(f"{sight}&until=no-mark")).strip() == ""
    assert shown(desk.get(f"/queue/news/?queue={queue.pk}&newest={shown_one.pk}")).strip() == ""


def test_what_stands_below_the_part_in_sight_is_not_new(agent, queue):
    tickets = [make_ticket(queue, at=AT + each * MINUTE) for each in range(5)]
    newest = tickets[-1].pk
    page = queue_page(agent, Filters(), at=AT + HOUR, size=3)
    in_sight = InSight([each.pk for each in page.rows], page.next_cursor)
    assert new_since(agent, Filters(), newest=newest, at=AT + HOUR, in_sight=in_sight) == 0

    store_promise(
        page.rows[0].pk, sla_state="running", sla_metric="first_response", sla_since=AT, sla_target_s=60, due_at=AT
    )
    assert new_since(agent, Filters(), newest=newest, at=AT + HOUR, in_sight=in_sight) == 0
    for_below = next(each for each in tickets if each.pk not in in_sight.numbers)
    store_promise(
        for_below.pk, sla_state="running", sla_metric="first_response", sla_since=AT, sla_target_s=60, due_at=AT
    )

    assert new_since(agent, Filters(), newest=newest, at=AT + HOUR, in_sight=in_sight) == 1


def test_rows_come_as_they_are_now(desk, ticket, queue, agent):
    other, foreign = make_ticket(queue), make_ticket(make_queue())
    assign(ticket=ticket, to=agent, by=agent, at=ticket.opened_at)
    change_status(ticket=other, to="solved", by=agent, at=ticket.opened_at)

    page = shown(desk.get(f"/queue/rows/?view=nobody&numbers={ticket.pk},{other.pk},{foreign.pk}"))

    assert f'<li class="row" data-left data-ticket="{ticket.pk}">' in page
    assert 'aria-label="Agnieszka Wrona"' in page
    assert f'<li class="row" data-left data-done data-ticket="{other.pk}">' in page
    assert str(foreign.pk) not in re.findall(r'data-ticket="(\d+)"', page)


def test_words_of_others_wait_behind_a_button(desk, ticket, agent):
    newest = ticket.messages.get().pk
    make_requester_message(ticket)
    make_note(ticket, agent)

    page = shown(desk.get(f"/tickets/{ticket.pk}/news/?newest={newest}"))

    assert "1 new message, show" in page


def test_a_property_changed_by_somebody_else_takes_its_place(desk, ticket, queue):
    seen = ticket.version
    assert "properties" not in shown(desk.get(f"/tickets/{ticket.pk}/news/?newest=0&version={seen}"))
    change_status(ticket=ticket, to="solved", by=make_lead(queue.team), at=ticket.opened_at)
    newest = ticket.messages.get().pk

    page = shown(desk.get(f"/tickets/{ticket.pk}/news/?newest={newest}&version={seen}"))
    while_choosing = shown(desk.get(f"/tickets/{ticket.pk}/news/?newest={newest}"))

    assert 'id="properties" hx-swap-oob="true"' in page
    assert '<option value="solved" selected>' in page
    assert f'data-version="{seen + 1}" hx-swap-oob="true"' in page
    assert "properties" not in while_choosing


def test_the_heading_of_a_list_counts_along(desk, ticket):
    assert 'id="in-list" hx-swap-oob="true">1<' in shown(desk.get("/nav/?path=/queue/"))
    assert "in-list" not in shown(desk.get("/nav/?path=/notifications/"))


def test_shown_words_are_known_to_the_next_reply(desk, ticket):
    message = make_requester_message(ticket, text="Już nie trzeba.")

    page = shown(desk.get(f"/tickets/{ticket.pk}/news/?show"))

    assert "Już nie trzeba." in page
    assert f'name="seen" id="seen" value="{message.pk}" hx-swap-oob="true"' in page


@pytest.mark.parametrize("query", ["newest=x&numbers=1;2", "newest=-1", "numbers=" + "9," * 3000])
def test_nonsense_is_answered_with_nothing(desk, ticket, query):
    assert desk.get(f"/queue/news/?{query}").status_code == 200
    assert desk.get(f"/queue/rows/?{query}").status_code == 200
    assert desk.get(f"/tickets/{ticket.pk}/news/?{query}").status_code == 200


def test_strangers_hear_nothing(sign_in, stranger, ticket):
    browser = sign_in(stranger)

    assert browser.get(f"/tickets/{ticket.pk}/news/").status_code == 404
    assert str(ticket.pk) not in re.findall(
        r'data-ticket="(\d+)"', shown(browser.get(f"/queue/rows/?numbers={ticket.pk}"))
    )
    assert shown(browser.get("/queue/news/?newest=0")).strip() == ""
