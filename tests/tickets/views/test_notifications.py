"""What a person is told of."""

import pytest
from django.core.cache import cache

from tests.factories import make_lead, make_requester_message, make_ticket
from tests.tickets.views.conftest import shown, statements
from tickets.actions.assigning import assign
from tickets.models import Notification


@pytest.fixture
def lead(team):
    return make_lead(team, name="Lena Łoś")


def give(queue, lead, agent):
    ticket = make_ticket(queue, subject="Pusta faktura")
    assign(ticket=ticket, to=agent, by=lead, at=ticket.opened_at)
    return ticket


@pytest.mark.parametrize("number", [1, 3])
def test_notifications_cost_the_same_whatever_there_is(desk, queue, agent, lead, number):
    for _ in range(number):
        make_requester_message(give(queue, lead, agent))
    cache.clear()

    with statements() as sent:
        page = shown(desk.get("/notifications/"))

    assert page.count("Assigned to you, Lena Łoś") == number
    assert page.count("The requester wrote") == number
    assert len(sent) == 6


def test_opening_one_marks_it_and_leads_to_the_ticket(desk, queue, agent, lead):
    ticket = give(queue, lead, agent)
    told = Notification.objects.get(person=agent)
    assert "(not read yet)" in shown(desk.get("/notifications/"))

    response = desk.post(f"/notifications/{told.pk}/open/")

    assert response["Location"] == ticket.get_absolute_url()
    assert "(not read yet)" not in shown(desk.get("/notifications/"))


def test_all_can_be_marked(desk, queue, agent, lead):
    give(queue, lead, agent)
    give(queue, lead, agent)

    desk.post("/notifications/read/")

    assert not Notification.objects.unread().exists()


def test_other_peoples_are_not_there(sign_in, stranger, queue, agent, lead):
    give(queue, lead, agent)
    told = Notification.objects.get(person=agent)

    assert sign_in(lead).post(f"/notifications/{told.pk}/open/").status_code == 404
    assert "Pusta faktura" not in shown(sign_in(stranger).get("/notifications/"))
    sign_in(stranger).post("/notifications/read/")
    assert Notification.objects.unread().filter(person=agent).exists()


def test_nothing_new_says_so(desk, queue):
    assert "Nothing new" in shown(desk.get("/notifications/"))


@pytest.mark.parametrize("path", ["/notifications/read/", "/notifications/1/open/"])
def test_marking_is_no_link(desk, path):
    assert desk.get(path).status_code == 405
