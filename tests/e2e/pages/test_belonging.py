"""What belongs to a ticket or a person: links, merges, splits, appointments."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk, now, say
from tests.e2e.pages.looking import Scene, check_page, for_desk
from tests.e2e.pages.prepared import full_ticket
from tests.factories import HOUR, fresh, make_organisation, make_requester, make_ticket
from tickets.actions import appointing, linking, merging, merging_people
from tickets.models import Appointment, PersonMerge, Ticket, User


def joined(desk: Desk) -> Ticket:
    """A full ticket with links, an appointment, and another one merged into it."""
    ticket = full_ticket(desk)
    for relation in ("duplicate_of", "parent_of"):
        other = make_ticket(desk.shops, subject="Temat tak długi, że się nie mieści obok rozmowy w jednym wierszu")
        linking.link(ticket=ticket, other=other, relation=relation, by=desk.admin, at=now())
    merging.merge(ticket=make_ticket(desk.shops), into=ticket, by=desk.admin, at=now())
    agreed(desk, ticket)
    return Ticket.objects.get(pk=ticket.pk)


def agreed(desk: Desk, ticket: Ticket | None = None) -> Appointment:
    time = {"starts_at": now() + 26 * HOUR, "ends_at": now() + 27 * HOUR}
    ticket = ticket or full_ticket(desk)
    return appointing.appoint(ticket=ticket, title="Rozmowa", place="Sala 7", by=desk.admin, at=now(), **time)


def twins(desk: Desk) -> User:
    first = full_ticket(desk).requester
    second = make_requester(name=first.name, organisation=make_organisation())
    make_ticket(desk.shops, requester=second)
    return first


def one_person(desk: Desk) -> PersonMerge:
    first = twins(desk)
    second = User.objects.filter(name=first.name).exclude(pk=first.pk).get()
    return merging_people.merge_people(person=first, into=second, by=fresh(desk.agent), at=now())


def compare(page: Any) -> None:
    page.get_by_role("link", name=say("Compare")).first.click()
    expect(page.locator(".compare")).to_be_visible()


SCENES = {
    "a ticket with others": Scene("/tickets/{number}/", "admin", for_desk(joined)),
    "a ticket to link": Scene("/tickets/{number}/links/?relation=related&other=temat", "admin", for_desk(joined)),
    "a ticket to merge with": Scene("/tickets/{number}/merge/", "admin", for_desk(joined)),
    "two tickets before a merge": Scene("/tickets/{number}/merge/", "admin", for_desk(joined), compare),
    "messages to split off": Scene("/tickets/{number}/split/", "admin", for_desk(joined)),
    "a time to agree on": Scene("/tickets/{number}/appointments/", "admin", for_desk(joined)),
    "an appointment": Scene("/appointments/{number}/", "admin", for_desk(agreed)),
    "who a person may be": Scene("/people/{number}/merge/", "admin", for_desk(twins)),
    "who was merged here": Scene("/people/{number}/merge/", "admin", for_desk(lambda desk: one_person(desk).into)),
    "two people after all": Scene("/people/merges/{number}/undo/", "admin", for_desk(lambda desk: one_person(desk))),
    "two people before a merge": Scene("/people/{number}/merge/", "admin", for_desk(twins), compare),
}


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    check_page(SCENES[name], desk, mail, open_page)
