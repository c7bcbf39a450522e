"""The permission table, tried below the pages: what access answers and what actions and querysets then really do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction

from tests.factories import AT, HOUR, make_requester, make_requester_message
from tests.permissions.matrix import MATRIX, columns_of
from tests.permissions.world import World
from tickets import access
from tickets.actions import (
    appointing,
    assigning,
    changing,
    filling,
    linking,
    merging,
    noting,
    opening,
    outgoing,
    removing,
    replying,
    snoozing,
    splitting,
    tagging,
)
from tickets.actions.errors import NotAllowed
from tickets.models import Event, Message, Ticket, User
from tickets.queries import queue as lists
from tickets.queries import sidebar
from tickets.queries import ticket as reading

Person = User | AnonymousUser
Answers = set[bool]

ROWS = {row["name"]: row for row in MATRIX["capability"]}
PROBES: dict[str, Callable[[World, Person, Ticket], Answers]] = {}


def probes(name: str) -> Callable[[Any], Any]:
    def register(probe: Any) -> Any:
        PROBES[name] = probe
        return probe

    return register


def does(act: Callable[..., Any], by: Person, **arguments: Any) -> bool:
    """Whether the action lets ``by`` do it. The anonymous have no action to call: nothing takes them."""
    if not isinstance(by, User):
        return False
    try:
        with transaction.atomic():
            act(by=by, at=AT, **arguments)
    except NotAllowed:
        return False
    return True


# Each probe gives every answer that the product has to the question; all of them must be the matrix's.


@probes("open a ticket for oneself")
def open_for_oneself(world, by, ticket):
    return {does(opening.open_ticket, by, requester=by, queue=ticket.queue, channel="web", subject="S", text="T")}


@probes("open a ticket for somebody else")
def open_for_others(world, by, ticket, channel="email"):
    words = {"requester": make_requester(), "queue": ticket.queue, "channel": channel, "subject": "S", "text": "T"}
    return {access.can_open_in(by, ticket.queue, channel, AT), does(opening.open_ticket, by, **words)}


@probes("open a ticket that came by another channel than the duty's")
def open_by_another_channel(world, by, ticket):
    return open_for_others(world, by, ticket, channel="phone")


@probes("see the ticket and read its public messages")
def see(world, by, ticket):
    return {
        Ticket.objects.visible_to(by, AT).filter(pk=ticket.pk).exists(),
        Message.objects.visible_to(by, AT).public().filter(ticket=ticket).exists(),
    }


@probes("find it in the list, the counts and the history")
def find(world, by, ticket):
    if not isinstance(by, User):
        return {Ticket.objects.worked_by(by, AT).exists()}
    listed = {each.pk for each in lists.queue_page(by, lists.Filters(queue=ticket.queue_id), at=AT).rows}
    other = Ticket.objects.create(
        subject="Inna", queue=ticket.queue, requester=ticket.requester, channel=ticket.channel, opened_at=AT,
        updated_at=AT, assignee=ticket.assignee,
    )  # fmt: skip
    found = {ticket.pk in listed, sidebar.counts(by, AT).by_queue[ticket.queue_id] > 0}
    if Ticket.objects.visible_to(by, AT).filter(pk=ticket.pk).exists() and ticket.requester_id != by.pk:
        history = reading.history_in(reading.ticket_for_page(by, ticket.pk, at=AT))
        found.add(other.pk in {each.pk for each in history.newest})
    return found


@probes("read internal notes and the ticket's events")
def read_notes(world, by, ticket):
    return {
        access.can_read_notes(by, ticket, AT),
        Message.objects.visible_to(by, AT).filter(ticket=ticket, kind="note").exists(),
        Event.objects.visible_to(by, AT).filter(ticket=ticket).exists(),
    }


@probes("write internal notes")
def write_notes(world, by, ticket):
    return {access.can_note(by, ticket, AT), does(noting.note, by, ticket=ticket, text="N")}


@probes("reply")
def reply(world, by, ticket):
    return {access.can_reply(by, ticket, AT), does(replying.reply, by, ticket=ticket, text="R")}


@probes("reply without review")
def reply_at_once(world, by, ticket):
    leaves = does(replying.reply, by, ticket=ticket, text="R") and ticket.outbox.filter(message__author=by).exists()
    return {leaves, access.can_reply(by, ticket, AT) and not access.needs_review(by, ticket, AT)}


@probes("write as the requester")
def write_as_requester(world, by, ticket):
    wrote = isinstance(by, User)
    try:
        if wrote:
            make_requester_message(ticket, author=by)
    except NotAllowed:
        wrote = False
    return {access.can_write_as_requester(by, ticket), wrote}


@probes("approve or return a reply before half of the time left")
def approve(world, by, ticket, is_old=False):
    message = world.review_on(ticket, is_old=is_old)
    can = access.can_approve(by, message, AT)
    with transaction.atomic():
        returned = does(replying.return_to_author, by, message=message, comment="C")
        transaction.set_rollback(True)
    return {can, returned, does(replying.approve, by, message=message)}


@probes("approve or return a reply after half of the time left")
def approve_late(world, by, ticket):
    return approve(world, by, ticket, is_old=True)


@probes("take")
def take(world, by, ticket):
    Ticket.objects.filter(pk=ticket.pk).update(assignee=None)
    return {
        access.can_take(by, ticket, AT),
        does(assigning.assign_me, by, ticket=ticket),
    }


@probes("assign to somebody else")
def assign(world, by, ticket):
    resident = world.desk_of(ticket).resident
    return {access.can_assign(by, ticket, AT), does(assigning.assign, by, ticket=ticket, to=resident)}


@probes("transfer within the team")
def transfer(world, by, ticket):
    second = world.desk_of(ticket).second
    return {access.can_change_queue(by, ticket, AT), does(changing.change_queue, by, ticket=ticket, to=second)}


@probes("transfer to another team")
def transfer_away(world, by, ticket):
    elsewhere = (world.far if world.desk_of(ticket) is not world.far else world.near).second
    return {access.can_change_queue(by, ticket, AT), does(changing.change_queue, by, ticket=ticket, to=elsewhere)}


@probes("change status, priority, tags, subject, snooze")
def change(world, by, ticket):
    return {
        access.can_change_properties(by, ticket, AT),
        does(changing.change_priority, by, ticket=ticket, to=4),
        does(changing.change_status, by, ticket=ticket, to="waiting"),
        does(changing.change_subject, by, ticket=ticket, to="Nowy"),
        does(tagging.add_tags, by, ticket=ticket, tags=["vip"]),
        does(filling.fill, by, ticket=ticket, key="pietro", to="2"),
        does(snoozing.snooze, by, ticket=ticket, until=AT + HOUR, reason="Kurier"),
        does(snoozing.wake, by, ticket=ticket),
    }


@probes("spam, delete, restore")
def remove(world, by, ticket):
    return {
        access.can_remove(by, ticket, AT),
        does(removing.remove, by, ticket=ticket, removed_as="deleted"),
        does(removing.restore, by, ticket=ticket),
    }


@probes("say whose request it is")
def change_requester(world, by, ticket):
    return {
        access.can_change_requester(by, ticket, AT),
        does(changing.change_requester, by, ticket=ticket, to=make_requester()),
    }


@probes("solve")
def solve(world, by, ticket):
    return {does(changing.change_status, by, ticket=ticket, to="solved")}


@probes("link, merge and split")
def join(world, by, ticket):
    sibling = world.desk_of(ticket).sibling
    first = ticket.messages.earliest("id").pk
    return {
        access.can_join(by, ticket, AT),
        does(linking.link, by, ticket=ticket, other=sibling, relation="duplicate_of"),
        does(merging.merge, by, ticket=sibling, into=ticket),
        does(splitting.split, by, ticket=ticket, messages=[first]),
    }


@probes("agree on a time")
def appoint(world, by, ticket):
    time = {"starts_at": AT + HOUR, "ends_at": AT + 2 * HOUR, "title": "T"}
    return {access.can_appoint(by, ticket, AT), does(appointing.appoint, by, ticket=ticket, **time)}


@probes("see the requester's contact data")
def contact(world, by, ticket):
    return {access.can_see_contact(by, ticket, AT)}


@probes("have a desk")
def desk(world, by, ticket):
    return {access.can_use_desk(by, AT), does(_take_anything, by)}


def _take_anything(*, by: User, at: Any) -> None:
    try:
        assigning.take_next(by=by, at=at)
    except (assigning.NothingWaits, assigning.CapReached):
        pass


@probes("handle mail that failed")
def mail(world, by, ticket):
    return {access.can_manage_mail(by), does(outgoing.retry, by, mail=world.dead)}


@pytest.mark.parametrize("name", ROWS)
def test_capability(world: World, name: str) -> None:
    row = ROWS[name]
    expected = {
        (which, column): answer
        for which in ("own", "foreign")
        if which in row
        for column, answer in columns_of(row[which]).items()
    }
    expected["team", "mentor"] = row.get("team", expected["own", "agent"])

    answers = {tried: try_probe(world, PROBES[name], *tried) for tried in expected}

    assert answers == expected


def try_probe(world: World, probe: Callable[..., Answers], which: str, column: str) -> str:
    cache.clear()
    with transaction.atomic():
        found = probe(world, world.loaded(column), world.ticket(column, which))
        transaction.set_rollback(True)
    return "yes" if found == {True} else "-" if found == {False} else f"one says yes, another no: {probe.__name__}"


def test_every_capability_has_a_row_and_every_row_a_probe() -> None:
    assert set(PROBES) == set(ROWS)
