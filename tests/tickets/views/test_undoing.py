"""Undo of the change just made: offered where it is told, refused to others, and never over somebody else's change."""

import re

import pytest

from tests.factories import fresh, make_agent, make_colleague, make_grant, make_ticket
from tests.tickets.views.conftest import HTMX, shown
from tickets.actions import assigning, changing
from tickets.models import Event, Ticket


@pytest.fixture
def ticket(queue):
    return make_ticket(queue)


def undo_in(page):
    return re.search(r'action="(/undo/\d+/)"', page)[1]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("status/", {"status": "solved"}),
        ("priority/", {"priority": "4"}),
        ("take/", {}),
        ("tags/", {"add": "zwrot"}),
        ("subject/", {"subject": "Inny"}),
        ("snooze/", {"when": "own", "until": "2026-03-10T08:00", "reason": "Jutro"}),
    ],
)
def test_what_was_changed_is_given_back(desk, ticket, path, body):
    before = Ticket.objects.values("status", "priority", "assignee", "tags", "subject", "snoozed_until").get()
    desk.post(f"/tickets/{ticket.pk}/{path}", body)
    assert Ticket.objects.values(*before).get() != before
    page = shown(desk.get(ticket.get_absolute_url()))

    answer = desk.post(undo_in(page))

    assert answer.status_code == 302
    assert Ticket.objects.values(*before).get() == before
    assert Event.objects.order_by("-pk").first().kind == "undone"
    assert "undone:" in shown(desk.get(ticket.get_absolute_url()))


def test_the_next_one_that_was_taken_goes_back_to_nobody(desk, ticket):
    desk.post("/queue/take-next/")
    assert Ticket.objects.get().assignee is not None
    page = shown(desk.get(ticket.get_absolute_url()))

    desk.post(undo_in(page))

    assert Ticket.objects.get().assignee is None
    assert Event.objects.order_by("-pk").first().kind == "undone"


def test_whoever_is_on_duty_gives_back_what_they_took(sign_in, queue, ticket):
    holder = make_colleague(language="en")
    make_grant(holder, queue)
    client = sign_in(holder)
    client.post("/queue/take-next/")
    assert Ticket.objects.get().assignee == holder

    client.post(undo_in(shown(client.get(ticket.get_absolute_url()))))

    assert Ticket.objects.get().assignee is None


def test_the_next_one_that_somebody_else_has_by_now_stays_with_them(desk, team, ticket, clock):
    desk.post("/queue/take-next/")
    undo = undo_in(shown(desk.get(ticket.get_absolute_url())))
    mate = make_agent(team)
    assigning.assign(ticket=ticket, to=mate, by=mate, at=clock.now)

    desk.post(undo)

    assert Ticket.objects.get().assignee == mate


def test_the_fragment_brings_the_offer_along(desk, ticket):
    fragment = desk.post(f"/tickets/{ticket.pk}/priority/", {"priority": "4"}, HTTP_HX_TARGET="properties", **HTMX)

    assert undo_in(shown(fragment))
    assert 'hx-swap-oob="true"' in shown(fragment)


def test_twice_undoes_once(desk, ticket):
    desk.post(f"/tickets/{ticket.pk}/priority/", {"priority": "4"})
    undo = undo_in(shown(desk.get(ticket.get_absolute_url())))
    desk.post(undo)

    desk.post(undo)

    assert Event.objects.filter(kind="undone").count() == 1
    assert "There is nothing to undo any more." in shown(desk.get(ticket.get_absolute_url()))


def test_what_somebody_changed_since_stays(desk, team, ticket, clock):
    desk.post(f"/tickets/{ticket.pk}/priority/", {"priority": "4"})
    undo = undo_in(shown(desk.get(ticket.get_absolute_url())))
    changing.change_priority(ticket=ticket, to=3, by=make_agent(team), at=clock.now)

    desk.post(undo)

    assert Ticket.objects.get().priority == 3
    assert "changed since, left as it is: Priority" in shown(desk.get(ticket.get_absolute_url()))


def test_it_is_nobody_elses(desk, sign_in, team, ticket):
    desk.post(f"/tickets/{ticket.pk}/priority/", {"priority": "4"})
    undo = undo_in(shown(desk.get(ticket.get_absolute_url())))

    sign_in(make_agent(team)).post(undo)

    assert Ticket.objects.get().priority == 4


def test_who_lost_the_right_undoes_nothing(desk, agent, ticket):
    desk.post(f"/tickets/{ticket.pk}/priority/", {"priority": "4"})
    undo = undo_in(shown(desk.get(ticket.get_absolute_url())))
    fresh(agent).memberships.all().delete()

    desk.post(undo)

    assert Ticket.objects.get().priority == 4


def test_nothing_changed_offers_nothing(desk, ticket):
    desk.post(f"/tickets/{ticket.pk}/priority/", {"priority": ticket.priority})

    assert "/undo/" not in shown(desk.get(ticket.get_absolute_url()))
