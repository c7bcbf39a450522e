"""Assignee, status, priority and queue, as the pages change them."""

import pytest

from tests.factories import make_agent, make_colleague, make_grant, make_lead, make_queue, make_requester, make_ticket
from tests.tickets.views.conftest import HTMX, shown
from tickets.actions.changing import change_priority
from tickets.models import Priority, Status, Ticket


@pytest.fixture
def ticket(queue):
    return make_ticket(queue)


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def test_taking_a_ticket(desk, ticket, agent):
    response = desk.post(f"/tickets/{ticket.pk}/take/")

    assert response["Location"] == ticket.get_absolute_url()
    assert now(ticket).assignee == agent


def test_a_ticket_that_somebody_has_is_not_taken(desk, queue, team):
    ticket = make_ticket(queue, assignee=make_agent(team))

    response = desk.post(f"/tickets/{ticket.pk}/take/")

    assert response.status_code == 409
    assert "Somebody else has this ticket already." in shown(response)


def test_giving_and_handing_back(desk, ticket, agent, team):
    other = make_agent(team)

    desk.post(f"/tickets/{ticket.pk}/assign/", {"assignee": other.pk, "seen": 0})
    assert now(ticket).assignee == other
    desk.post(f"/tickets/{ticket.pk}/assign/", {"assignee": "", "seen": other.pk})
    assert now(ticket).assignee is None


def test_somebody_who_cannot_open_it_is_no_choice(desk, ticket, stranger):
    response = desk.post(f"/tickets/{ticket.pk}/assign/", {"assignee": stranger.pk, "seen": 0})

    assert response.status_code == 400
    assert now(ticket).assignee is None


def test_two_who_assign_at_once_see_both_names(desk, ticket, team):
    first, second = make_agent(team, name="Ola Nowicka"), make_agent(team, name="Jan Żak")
    desk.post(f"/tickets/{ticket.pk}/assign/", {"assignee": first.pk, "seen": 0})

    response = desk.post(f"/tickets/{ticket.pk}/assign/", {"assignee": second.pk, "seen": 0})

    assert response.status_code == 409
    assert "Keep Ola Nowicka" in shown(response)
    assert "Set Jan Żak" in shown(response)
    assert now(ticket).assignee == first


def test_solving_and_reopening(desk, ticket):
    desk.post(f"/tickets/{ticket.pk}/status/", {"status": "solved", "seen": "new"})
    assert now(ticket).status == Status.SOLVED
    desk.post(f"/tickets/{ticket.pk}/status/", {"status": "open", "seen": "solved"})
    assert now(ticket).status == Status.OPEN


def test_a_hold_needs_its_reason(desk, ticket):
    refused = desk.post(f"/tickets/{ticket.pk}/status/", {"status": "on_hold", "seen": "new"})
    assert refused.status_code == 409
    assert "a hold needs a reason" in shown(refused)

    desk.post(f"/tickets/{ticket.pk}/status/", {"status": "on_hold", "seen": "new", "reason": "dostawca"})
    assert now(ticket).hold_reason == "dostawca"
    assert 'value="dostawca"' in shown(desk.get(ticket.get_absolute_url()))


def test_a_status_that_cannot_follow_is_refused(desk, queue):
    ticket = make_ticket(queue, status=Status.SOLVED)

    assert desk.post(f"/tickets/{ticket.pk}/status/", {"status": "waiting"}).status_code == 409
    assert desk.post(f"/tickets/{ticket.pk}/status/", {"status": "unheard of"}).status_code == 400


def test_the_page_offers_only_what_may_follow(desk, queue):
    page = shown(desk.get(make_ticket(queue, status=Status.SOLVED).get_absolute_url()))

    offered = page.split('name="status">')[1].split("</select>")[0]
    assert '<option value="solved" selected>' in offered
    assert '<option value="open">' in offered
    assert "closed" not in offered
    assert "waiting" not in offered


def test_a_property_that_changed_meanwhile_shows_both_values(desk, ticket, agent):
    change_priority(ticket=ticket, to=Priority.URGENT, by=agent, at=ticket.opened_at)

    response = desk.post(f"/tickets/{ticket.pk}/priority/", {"priority": 1, "seen": 2})

    page = shown(response)
    assert response.status_code == 409
    assert "Keep Urgent" in page
    assert "Set Low" in page
    assert now(ticket).priority == Priority.URGENT

    seen = page.split('name="priority" value="1"><input type="hidden" name="seen" value="')[1].split('"')[0]
    desk.post(f"/tickets/{ticket.pk}/priority/", {"priority": 1, "seen": seen})
    assert now(ticket).priority == Priority.LOW


def test_with_htmx_everything_that_shows_the_property_comes_back(desk, ticket):
    response = desk.post(
        f"/tickets/{ticket.pk}/priority/", {"priority": 4, "seen": 2}, HTTP_HX_TARGET="properties", **HTMX
    )

    page = shown(response)
    assert page.lstrip().startswith('<section class="section" id="properties">')
    assert 'id="facts" hx-swap-oob="true"' in page
    assert 'id="timeline"' in page
    assert "set the priority to <b>Urgent</b>" in page


def test_moving_a_ticket_out_of_sight_leads_to_the_list(desk, ticket):
    elsewhere = make_queue()

    plain = desk.post(f"/tickets/{ticket.pk}/queue/", {"queue": elsewhere.pk, "seen": ticket.queue_id})

    assert plain["Location"] == "/queue/"
    assert now(ticket).queue == elsewhere


def test_moving_out_of_sight_with_htmx_leads_to_the_list_too(desk, ticket):
    response = desk.post(
        f"/tickets/{ticket.pk}/queue/",
        {"queue": make_queue().pk, "seen": ticket.queue_id},
        HTTP_HX_TARGET="properties",
        **HTMX,
    )

    assert (response.status_code, response["HX-Redirect"]) == (204, "/queue/")


def test_a_volunteer_is_offered_neither_queue_nor_assignee(sign_in, queue):
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue)
    ticket = make_ticket(queue)

    page = shown(sign_in(volunteer).get(ticket.get_absolute_url()))

    assert 'id="status"' in page
    assert 'id="assignee"' not in page
    assert 'id="queue"' not in page
    assert sign_in(volunteer).post(f"/tickets/{ticket.pk}/queue/", {"queue": queue.pk}).status_code in (302, 403)


PROPERTIES = [
    ("take", {}),
    ("assign", {"assignee": ""}),
    ("status", {"status": "solved"}),
    ("priority", {"priority": 4}),
    ("queue", {"queue": 1}),
]


@pytest.mark.parametrize(("path", "data"), PROPERTIES)
def test_strangers_change_nothing(sign_in, stranger, ticket, path, data):
    before = now(ticket).version

    for person in (stranger, ticket.requester, make_requester()):
        assert sign_in(person).post(f"/tickets/{ticket.pk}/{path}/", data).status_code == 404
    assert now(ticket).version == before


@pytest.mark.parametrize(("path", "data"), PROPERTIES)
def test_changes_are_no_links(sign_in, team, ticket, path, data):
    assert sign_in(make_lead(team)).get(f"/tickets/{ticket.pk}/{path}/").status_code == 405
