"""The list: what stands in it, in which order, at what cost; taking the next one."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_colleague,
    make_grant,
    make_note,
    make_organisation,
    make_queue,
    make_reply,
    make_requester,
    make_ticket,
)
from tests.tickets.views.conftest import HTMX, shown, statements
from tickets.actions.facts import store_presence, store_promise
from tickets.models import Channel, Priority, Status, Ticket


def due(ticket, left, **more):
    store_promise(ticket.pk, due_at=AT + left, sla_state="running", sla_metric="next_response", **more)
    return ticket


def rows_in(response):
    return [int(number) for number in re.findall(r'<li class="row"[^>]* data-ticket="(\d+)"', shown(response))]


@pytest.mark.parametrize("number", [1, 3, 50])
def test_the_list_costs_the_same_whatever_it_holds(desk, queue, number):
    organisation = make_organisation()
    for each in range(number):
        requester = make_requester(organisation=organisation)
        due(make_ticket(queue, requester=requester, priority=Priority.HIGH), each * MINUTE)
    cache.clear()

    with statements() as sent:
        response = desk.get("/queue/")

    assert len(rows_in(response)) == number
    assert len(sent) == 6
    with statements() as sent:
        desk.get("/queue/")
    assert len(sent) == 5


def test_rows_stand_in_groups_of_the_time_left(desk, queue):
    lefts = [-MINUTE, 10 * MINUTE, HOUR, 3 * HOUR, 9 * HOUR, 30 * HOUR]
    tickets = [due(make_ticket(queue), left) for left in reversed(lefts)][::-1]
    tickets.append(make_ticket(queue))

    response = desk.get("/queue/")

    headings = re.findall(r'<div class="group"><h2>([^<]+)</h2>', shown(response))
    assert headings == [
        "Late",
        "Due within 30 minutes",
        "Due within 2 hours",
        "Due within 4 hours",
        "Due later today",
        "Due later",
        "No clock is running",
    ]
    assert rows_in(response) == [ticket.pk for ticket in tickets]


def test_a_row_says_what_it_is_about(desk, queue, agent):
    requester = make_requester(name="Halina Dębska", organisation=make_organisation("Pracownia Lniana"))
    ticket = make_ticket(
        queue, requester=requester, subject="<b>Pusta</b> faktura", channel=Channel.PHONE, priority=Priority.URGENT
    )

    page = shown(desk.get("/queue/"))

    assert "&lt;b&gt;Pusta&lt;/b&gt; faktura" in page
    assert "Pracownia Lniana, Halina Dębska" in page
    assert f'href="/tickets/{ticket.pk}/"' in page
    assert 'data-ch="phone" role="img" aria-label="Phone"' in page
    assert '<span class="chip" data-tone="red">Urgent</span>' in page
    assert 'aria-label="Nobody yet"' in page


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("", {"late", "soon", "mine", "waiting"}),
        ("view=mine", {"mine", "waiting"}),
        ("view=nobody", {"late", "soon"}),
        ("view=at_risk", {"soon"}),
        ("view=overdue", {"late"}),
        ("view=waiting", {"waiting"}),
        ("view=solved", {"solved"}),
        ("status=solved", {"solved"}),
        ("channel=phone", {"late"}),
        ("priority=4", {"soon"}),
        ("assignee=me", {"mine", "waiting"}),
        ("assignee=nobody", {"late", "soon"}),
        ("assignee=99999999&view=mine", {"mine", "waiting"}),
        ("channel=pigeon", {"late", "soon", "mine", "waiting"}),
        ("queue=x&priority=y&view=z&status=", {"late", "soon", "mine", "waiting"}),
    ],
)
def test_views_and_filters(desk, queue, agent, query, subjects):
    due(make_ticket(queue, subject="late", channel=Channel.PHONE), -HOUR)
    due(make_ticket(queue, subject="soon", priority=Priority.URGENT), HOUR)
    make_ticket(queue, subject="mine", assignee=agent)
    make_reply(make_ticket(queue, subject="waiting"), agent, next_status=Status.WAITING)
    make_reply(make_ticket(queue, subject="solved"), agent, next_status=Status.SOLVED)
    make_ticket(make_queue(), subject="of another team")

    page = shown(desk.get(f"/queue/?{query}"))

    assert set(re.findall(r'class="subject"[^>]*>([^<]+)</a>', page)) == subjects


def test_one_page_follows_the_other_without_a_gap(desk, queue):
    numbers = [due(make_ticket(queue), left * MINUTE).pk for left in range(60)]

    first = desk.get("/queue/")
    more_url = re.search(r'hx-get="([^"]+)"', shown(first).split("more-row")[1])[1].replace("&amp;", "&")
    second = desk.get(f"/queue/{more_url}", **HTMX)
    plain = desk.get(f"/queue/{more_url}")

    assert rows_in(first) + rows_in(second) == numbers
    assert rows_in(plain) == rows_in(second)
    assert "<html" not in shown(second)
    assert 'class="group"' not in shown(second)  # the same hour goes on


def test_a_cursor_that_is_not_ours_shows_the_first_page(desk, queue):
    ticket = make_ticket(queue)

    assert rows_in(desk.get("/queue/?cursor=forged")) == [ticket.pk]


def test_nothing_there_says_so(desk, queue):
    assert "Nothing is waiting" in shown(desk.get("/queue/"))
    assert "Nothing fits these filters" in shown(desk.get("/queue/?channel=phone"))


def test_the_sidebar_counts_what_the_agent_works(desk, queue, agent):
    due(make_ticket(queue), -HOUR)
    due(make_ticket(queue, assignee=agent), HOUR)
    make_ticket(make_queue())
    cache.clear()

    page = shown(desk.get("/queue/?view=overdue"))

    assert re.search(
        r'aria-current="page">.*?<span class="clip">Breached</span><span class="count" data-tone="red">1<', page
    )
    assert re.search(r'<span class="clip">Queue</span><span class="count">2<', page)
    assert '<h1 class="h">Breached</h1><span class="muted num" id="in-list">1</span>' in page


def test_the_lamp_is_lit_for_whoever_is_on_duty(desk, queue, agent):
    assert "On duty" not in shown(desk.get("/queue/"))

    store_presence(agent, [(AT - HOUR, AT + 8 * HOUR)], after=AT - HOUR)
    cache.clear()

    assert "until 16:00" in shown(desk.get("/queue/"))


def test_a_volunteer_sees_names_but_no_addresses(sign_in, queue):
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue)
    make_ticket(queue, requester=make_requester(name="ola@sklep.example"))

    page = shown(sign_in(volunteer).get("/queue/"))

    assert "o…@s…" in page
    assert "ola@sklep.example" not in page


def test_a_requester_has_no_desk(sign_in):
    response = sign_in(make_requester()).get("/queue/", follow=True)

    assert response.redirect_chain[-1][0] == reverse("own_cases")


def test_take_next_opens_what_is_due_first(desk, queue, agent):
    due(make_ticket(queue), 2 * HOUR)
    first = due(make_ticket(queue), HOUR)

    response = desk.post("/queue/take-next/")

    assert response["Location"] == first.get_absolute_url()
    assert Ticket.objects.get(pk=first.pk).assignee == agent


def test_take_next_with_nothing_there_says_so(desk, queue):
    page = shown(desk.post("/queue/take-next/", follow=True))

    assert '<div class="toast"><span>Nothing is waiting.</span>' in page


def test_take_next_is_no_link(desk):
    assert desk.get("/queue/take-next/").status_code == 405


def test_the_sidebar_alone_keeps_the_current_page_marked(desk, queue):
    page = shown(desk.get("/nav/?path=/queue/%3Fview%3Dmine"))

    assert '<a href="/queue/?view=mine" aria-current="page"' in page
    assert "<html" not in page


def test_a_note_moves_nothing_in_the_list(desk, queue, agent):
    late, later = due(make_ticket(queue), HOUR), due(make_ticket(queue), 2 * HOUR)

    make_note(later, agent, at=AT + timedelta(seconds=1))

    assert rows_in(desk.get("/queue/")) == [late.pk, later.pk]
