"""People, teams, fields and queues, as an administrator sets them up."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk, now, say
from tests.e2e.pages.looking import Scene, check_page, for_desk
from tests.e2e.pages.prepared import full, full_ticket, own_properties
from tests.factories import HOUR, fresh, make_organisation, make_team, make_ticket
from tickets.actions import facts, filling
from tickets.models import CustomField, Queue, User


def dealt_out(desk: Desk) -> Queue:
    """A queue that gives its tickets out: one person is next, one is full, one away."""
    Queue.objects.filter(pk=desk.shops.pk).update(assignment="least_loaded", assignment_cap=1)
    for person, start in ((desk.agent, -HOUR), (desk.other_agent, -HOUR), (desk.lead, HOUR)):
        facts.store_presence(person, [(now() + start, now() + 5 * HOUR)], after=now() - 2 * HOUR)
    make_ticket(desk.shops, assignee=desk.agent)
    for _each in range(3):
        make_ticket(desk.shops)
    return desk.shops


def raise_the_cap(page: Any) -> None:
    page.get_by_role("spinbutton").first.fill("3")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.get_by_role("alert")).to_be_visible()


def busy(desk: Desk) -> User:
    make_ticket(desk.shops, assignee=desk.agent)
    return desk.agent


def take_the_teams(page: Any) -> None:
    page.get_by_role("checkbox", name="Shop team").uncheck()
    page.get_by_role("button", name=say("Save")).click()
    expect(page.get_by_role("alert")).to_be_visible()


def a_field(desk: Desk) -> CustomField:
    ticket = own_properties(desk)
    CustomField.objects.create(key="dawne", label="Dawne pole", type="text", is_active=False, position=9)
    found = CustomField.objects.get(key="platforma")
    found.queues.add(desk.shops)
    filling.fill(ticket=ticket, key=found.key, to="WooCommerce", by=fresh(desk.agent), at=now())
    return found


def take_a_choice_off(page: Any) -> None:
    page.locator("[name=choices]").fill("PrestaShop")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.get_by_role("alert")).to_be_visible()


def of_an_organisation(desk: Desk) -> Any:
    return full_ticket(desk).requester.organisation


def its_double(desk: Desk) -> Any:
    make_organisation("Łódź sp. z o. o.")
    return of_an_organisation(desk)


def choose_it(page: Any) -> None:
    page.get_by_role("link", name="Łódź sp. z o. o.").click()
    expect(page.get_by_role("button", name=say("Yes, make them one"))).to_be_visible()


def ask_to_delete(page: Any) -> None:
    page.get_by_text(say("Delete this team")).click()
    expect(page.get_by_role("button", name=say("Yes, delete it"))).to_be_visible()


def ask_to_retire(page: Any) -> None:
    page.get_by_text(say("Retire this field")).click()
    expect(page.get_by_role("button", name=say("Retire it"))).to_be_visible()


SCENES = {
    "people": Scene("/setup/people/", "admin"),
    "people, looked at": Scene("/setup/people/", "lead"),
    "people, requesters": Scene("/setup/people/?shown=requesters", "admin", full),
    "people, nobody": Scene("/setup/people/?shown=inactive", "lead"),
    "a new person": Scene("/setup/people/new/", "admin"),
    "a person of the desk": Scene("/setup/people/{number}/", "admin", for_desk(busy), take_the_teams),
    "a person, looked at": Scene("/setup/people/{number}/", "lead", for_desk(busy)),
    "a person to deactivate": Scene("/setup/people/{number}/deactivate/", "admin", for_desk(busy)),
    "organisations": Scene("/setup/organisations/", "admin", full),
    "organisations, looked at": Scene("/setup/organisations/", "lead", full),
    "a new organisation": Scene("/setup/organisations/new/", "admin"),
    "an organisation": Scene("/setup/organisations/{number}/", "admin", for_desk(of_an_organisation)),
    "an organisation, looked at": Scene("/setup/organisations/{number}/", "lead", for_desk(of_an_organisation)),
    "an organisation, twice": Scene("/setup/organisations/{number}/merge/", "admin", for_desk(its_double), choose_it),
    "a team to delete": Scene("/setup/teams/{number}/", "admin", for_desk(lambda desk: make_team()), ask_to_delete),
    "teams": Scene("/setup/teams/", "admin"),
    "teams, looked at": Scene("/setup/teams/", "lead"),
    "a new team": Scene("/setup/teams/new/", "admin"),
    "a team": Scene("/setup/teams/{number}/", "admin", for_desk(lambda desk: desk.team)),
    "fields": Scene("/setup/fields/", "admin", for_desk(lambda desk: a_field(desk) and None)),
    "fields, looked at": Scene("/setup/fields/", "lead", for_desk(lambda desk: a_field(desk) and None)),
    "a new field": Scene("/setup/fields/new/", "admin"),
    "a field, looked at": Scene("/setup/fields/{number}/", "lead", for_desk(a_field)),
    "a field, what follows": Scene("/setup/fields/{number}/", "admin", for_desk(a_field), take_a_choice_off),
    "a field to retire": Scene("/setup/fields/{number}/", "admin", for_desk(a_field), ask_to_retire),
    "queues": Scene("/setup/queues/", "admin", for_desk(lambda desk: dealt_out(desk) and None)),
    "queues, looked at": Scene("/setup/queues/", "lead"),
    "a new queue": Scene("/setup/queues/new/", "admin"),
    "a queue": Scene("/setup/queues/{number}/", "admin", for_desk(dealt_out)),
    "a queue, looked at": Scene("/setup/queues/{number}/", "lead", for_desk(dealt_out)),
    "a queue, what follows": Scene("/setup/queues/{number}/", "admin", for_desk(dealt_out), raise_the_cap),
}


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    check_page(SCENES[name], desk, mail, open_page)
