"""How a person has the queue: layout, density, order and columns, remembered and theirs alone."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from tests.factories import AT, HOUR, make_agent, make_ticket
from tests.tickets.views.conftest import shown
from tickets.actions.facts import store_promise
from tickets.models import CustomField, Priority

CHOSEN = {"layout": "alone", "density": "tight", "order": "newest", "columns": ["priority", "opened"]}


def choose(desk, **more):
    answer = desk.post(reverse("list_settings"), {**CHOSEN, **more})
    assert answer.status_code == 302, shown(answer)
    return answer


def rows_in(page):
    return [int(number) for number in re.findall(r'<li class="row"[^>]* data-ticket="(\d+)"', page)]


def test_it_is_remembered_and_shown(desk, queue, agent):
    make_ticket(queue, priority=Priority.URGENT)
    before = shown(desk.get("/queue/"))
    assert "data-alone" not in before
    assert "data-tight" not in before

    answer = choose(desk, next="/queue/?view=mine")

    assert answer["Location"] == "/queue/?view=mine"
    page = shown(desk.get("/queue/"))
    assert 'data-layout="queue" data-alone' in page
    assert "data-tight" in page
    assert '<span class="sr">Priority:</span> Urgent' in page
    assert '<span class="sr">Opened:</span> opened 8:00' in page
    form = shown(desk.get(reverse("list_settings")))
    form = form[form.index('name="next"') :]
    assert re.findall(r'value="(\w+)"[^>]* checked', form)[:5] == ["alone", "tight", "newest", "priority", "opened"]


@pytest.mark.parametrize(("order", "places", "headings"), [
    ("due", [1, 0, 2], ["Due within 2 hours", "Due within 4 hours", "No clock is running"]),
    ("newest", [2, 1, 0], ["Today", "Yesterday"]),
    ("oldest", [0, 1, 2], ["Yesterday", "Today"]),
])  # fmt: skip
def test_the_queue_stands_in_the_chosen_order_page_after_page(desk, queue, order, places, headings):
    tickets = [make_ticket(queue, at=AT - timedelta(days=1)), make_ticket(queue), make_ticket(queue)]
    for ticket, left in zip(tickets, (3 * HOUR, HOUR), strict=False):
        store_promise(ticket.pk, due_at=AT + left, sla_state="running", sla_metric="next_response")
    choose(desk, order=order)

    page = shown(desk.get("/queue/"))

    assert rows_in(page) == [tickets[place].pk for place in places]
    assert [each.split(",")[0] for each in re.findall(r'<div class="group"><h2>([^<]+)</h2>', page)] == headings


def test_further_pages_follow_in_that_order(desk, queue):
    numbers = [make_ticket(queue).pk for _ in range(53)]
    choose(desk, order="newest")
    page = shown(desk.get("/queue/"))
    more = re.search(r'hx-get="(\?[^"]*)"', page)[1].replace("&amp;", "&")

    assert rows_in(page) + rows_in(shown(desk.get(f"/queue/{more}"))) == numbers[::-1]


def test_fresh_rows_show_the_same_columns(desk, queue):
    ticket = make_ticket(queue, priority=Priority.HIGH)
    choose(desk)

    assert '<span class="sr">Priority:</span> High' in shown(desk.get(f"/queue/rows/?numbers={ticket.pk}"))


def test_others_have_their_own(desk, queue, sign_in, agent):
    make_ticket(queue)
    choose(desk)
    other = sign_in(make_agent(*agent.teams.all(), language="en"))

    assert "data-alone" not in shown(other.get("/queue/"))


def test_a_column_that_is_gone_is_left_out(desk, queue):
    field = CustomField.objects.create(key="kwota", label="Kwota", type="number")
    make_ticket(queue)
    choose(desk, columns=["field.kwota", "status"])
    field.delete()

    page = shown(desk.get("/queue/"))

    assert '<span class="sr">Status:</span> New' in page
    assert "kwota" not in page


@pytest.mark.parametrize("wrong", [{"order": "random"}, {"columns": ["password"]}, {"density": ""}])
def test_what_nobody_offers_is_refused(desk, wrong):
    answer = desk.post(reverse("list_settings"), {**CHOSEN, **wrong})

    assert answer.status_code == 200
    assert "errorlist" in shown(answer) or 'class="error"' in shown(answer)


def test_it_leads_nowhere_else(desk):
    assert choose(desk, next="https://evil.example/")["Location"] == "/queue/"
