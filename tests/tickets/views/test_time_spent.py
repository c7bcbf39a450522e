"""Time spent as a ticket's page tells it: the sum of all and one's own, and nobody else's."""

import pytest

from tests.factories import AT, make_agent, make_ticket
from tests.tickets.views.conftest import shown
from tickets.actions import spending
from tickets.models import TimeSpent


@pytest.fixture
def ticket(queue):
    return make_ticket(queue)


def facts(client, ticket):
    page = shown(client.get(ticket.get_absolute_url()))
    return page[page.index('id="time-spent"') :].partition("</dl>")[0]


def test_the_sum_of_all_and_ones_own(desk, sign_in, agent, team, ticket):
    other = make_agent(team, name="Ewa Inna", language="en")
    spending.measured(ticket=ticket, by=other, seconds=1000, at=AT)
    desk.post(f"/tickets/{ticket.pk}/time/", {"seconds": "600"})

    assert "27 min" in facts(desk, ticket) and "10 min" in facts(desk, ticket)
    assert "27 min" in facts(sign_in(other), ticket) and "17 min" in facts(sign_in(other), ticket)
    assert "Ewa" not in facts(desk, ticket)


def test_ones_own_is_corrected(desk, ticket):
    desk.post(f"/tickets/{ticket.pk}/time/", {"seconds": "600"})

    answer = desk.post(f"/tickets/{ticket.pk}/time/correct/", {"minutes": "25"})

    assert answer.status_code == 302
    assert "25 min" in facts(desk, ticket)
    assert TimeSpent.objects.count() == 2


@pytest.mark.parametrize("minutes", ["", "-5", "many", "999999999"])
def test_what_is_no_time_is_said_and_changes_nothing(desk, ticket, minutes):
    desk.post(f"/tickets/{ticket.pk}/time/correct/", {"minutes": minutes})

    assert not TimeSpent.objects.exists()
    assert "Write how many minutes" in shown(desk.get(ticket.get_absolute_url()))


@pytest.mark.parametrize("seconds", ["", "-5", "x", "1e9"])
def test_a_report_that_is_none_is_refused(desk, ticket, seconds):
    assert desk.post(f"/tickets/{ticket.pk}/time/", {"seconds": seconds}).status_code == 400


def test_a_stranger_finds_no_ticket(sign_in, stranger, ticket):
    assert sign_in(stranger).post(f"/tickets/{ticket.pk}/time/", {"seconds": "60"}).status_code == 404
    assert sign_in(stranger).post(f"/tickets/{ticket.pk}/time/correct/", {"minutes": "6"}).status_code == 404


def test_a_report_is_no_get(desk, ticket):
    assert desk.get(f"/tickets/{ticket.pk}/time/").status_code == 405
