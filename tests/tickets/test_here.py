"""Who else is in a ticket: seen by those of support who may see the ticket, as long as the line and the right last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings

from helpdesk.lib import board, clock
from helpdesk.lib.board import Board
from tests.factories import (
    HOUR,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_note,
    make_queue,
    make_ticket,
)
from tests.tickets.test_consumers import HEARD_S, Socket, live, looked, quick  # noqa: F401
from tickets import consumers
from tickets.actions.facts import revoke_grant
from tickets.models import Membership, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _clean(redis):
    """Nobody is anywhere."""


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def anna(queue):
    return make_agent(queue.team, name="Anna Kowal")


@pytest.fixture
def jan(queue):
    return make_agent(queue.team, name="Jan Żak")


async def until(holds: Callable[[], Any]) -> None:
    async def wait() -> None:
        while not holds():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), HEARD_S)


async def enter(socket: Socket, ticket: Ticket, doing: str = "reading") -> None:
    await socket.tell({"type": "shows", "tickets": [ticket.pk]})
    await socket.tell({"type": "here", "ticket": ticket.pk, "doing": doing})


def doings(people: list[Any]) -> dict[int, str]:
    return {person: doing for doing, person, *_more in people}


def test_two_people_see_each_other_and_what_they_do(queue, anna, jan):
    ticket = make_ticket(queue)

    async def story(hers, his):
        await enter(hers, ticket)
        await enter(his, ticket)
        await until(lambda: his.here(ticket.pk) and hers.here(ticket.pk))
        assert his.here(ticket.pk) == [["reading", anna.pk, "Anna Kowal", "AK", anna.hue]]

        await hers.tell({"type": "here", "ticket": ticket.pk, "doing": "note"})
        await until(lambda: doings(his.here(ticket.pk)) == {anna.pk: "note"})
        assert doings(hers.here(ticket.pk)) == {jan.pk: "reading"}

    live(story, anna, jan)


def test_a_page_of_the_list_hears_of_the_tickets_it_shows_and_no_other(queue, anna, jan):
    shown, other = make_ticket(queue), make_ticket(queue)

    async def story(hers, his):
        await his.tell({"type": "shows", "tickets": [shown.pk]})
        await enter(hers, other)
        await looked(10)
        assert his.present == {}

        await enter(hers, shown)
        await until(lambda: doings(his.here(shown.pk)) == {anna.pk: "reading"})
        await hers.tell({"type": "here", "ticket": 0})
        await until(lambda: not his.here(shown.pk))

    live(story, anna, jan)


def test_two_windows_are_one_person_who_writes_in_one_of_them(queue, anna, jan):
    ticket = make_ticket(queue)

    async def story(first, second, his):
        await enter(first, ticket, "reading")
        await enter(second, ticket, "reply")
        await enter(his, ticket)
        await until(lambda: doings(his.here(ticket.pk)) == {anna.pk: "reply"})
        assert len(his.here(ticket.pk)) == 1
        assert doings(first.here(ticket.pk)) in ({}, {jan.pk: "reading"})

        await second.leave()
        await until(lambda: doings(his.here(ticket.pk)) == {anna.pk: "reading"})

    live(story, anna, anna, jan)


def test_whoever_closes_the_page_is_taken_off_at_once(queue, anna, jan):
    ticket = make_ticket(queue)

    async def story(hers, his):
        await enter(hers, ticket)
        await enter(his, ticket)
        await until(lambda: his.here(ticket.pk))
        key = next(each.key for each in consumers.feed.connections if each.user_id == anna.pk)

        await hers.leave()

        assert key not in await consumers.here.board.share({})
        await until(lambda: not his.here(ticket.pk))

    live(story, anna, jan)


def test_a_page_that_falls_silent_has_nobody_before_it(queue, anna, jan, monkeypatch):
    ticket = make_ticket(queue)

    async def story(hers, his):
        await enter(hers, ticket)
        await enter(his, ticket)
        await until(lambda: his.here(ticket.pk))
        silent = next(each for each in consumers.feed.connections if each.user_id == anna.pk)

        silent.heard_at -= consumers.HEARD_S

        await until(lambda: not his.here(ticket.pk))

    live(story, anna, jan)


def test_a_process_that_dies_leaves_nobody_behind(queue, jan, monkeypatch):
    """Its last note is not renewed, and Redis' own clock ends it. 18 s by themselves, here one."""
    monkeypatch.setattr(board, "KEPT_S", 1)
    ticket = make_ticket(queue)
    note = [ticket.pk, "reply", 0, "Gone", "G", 3, [f"queue-{queue.pk}"]]

    async def story(his):
        await his.tell({"type": "shows", "tickets": [ticket.pk]})
        theirs = Board("here", settings.REDIS_URL)
        while not his.here(ticket.pk):  # as often as the other process would
            await theirs.share({"another process": note})
            await asyncio.sleep(0.05)
        await theirs.close()

        await until(lambda: not his.here(ticket.pk))
        assert await consumers.here.board.share({}) == {}

    assert board.KEPT_S + consumers.HERE_S <= 20
    live(story, jan)


def test_a_lost_right_ends_both_what_is_shown_and_being_shown(queue, anna, jan):
    ticket, watching = make_ticket(queue), make_admin()

    async def story(hers, his, theirs):
        for socket in (hers, his, theirs):
            await enter(socket, ticket)
        await until(lambda: set(doings(theirs.here(ticket.pk))) == {anna.pk, jan.pk})
        await until(lambda: doings(hers.here(ticket.pk)))

        await Membership.objects.filter(user=anna).adelete()

        await until(lambda: set(doings(theirs.here(ticket.pk))) == {jan.pk})
        await until(lambda: not hers.here(ticket.pk))
        await his.tell({"type": "here", "ticket": ticket.pk, "doing": "reply"})
        await until(lambda: doings(theirs.here(ticket.pk)) == {jan.pk: "reply"})
        assert hers.here(ticket.pk) == []

    live(story, anna, jan, watching)


def test_a_ticket_that_moves_takes_its_readers_out_of_sight(queue, anna, jan):
    ticket, elsewhere = make_ticket(queue), make_queue()

    async def story(hers, his):
        await enter(hers, ticket)
        await enter(his, ticket)
        await until(lambda: his.here(ticket.pk) and hers.here(ticket.pk))

        await Ticket.objects.filter(pk=ticket.pk).aupdate(queue=elsewhere)

        await until(lambda: not his.here(ticket.pk) and not hers.here(ticket.pk))

    live(story, anna, jan)


def test_a_volunteer_is_seen_and_not_told_who_of_the_desk_is_there(queue, anna):
    now = clock.now()
    volunteer = make_colleague(name="Ola Nowicka")
    grant = make_grant(volunteer, queue, start=now - HOUR, end=now + HOUR)
    ticket = make_ticket(queue)

    async def story(theirs, hers):
        await enter(theirs, ticket, "note")
        await enter(hers, ticket, "reply")
        await until(lambda: doings(hers.here(ticket.pk)) == {volunteer.pk: "note"})
        await looked(10)
        assert theirs.here(ticket.pk) == []

        await sync_to_async(revoke_grant)(grant, at=now)
        await until(lambda: not hers.here(ticket.pk))

    live(story, volunteer, anna)


def test_what_was_lost_on_the_way_is_told_again(queue, anna, jan):
    ticket = make_ticket(queue)

    async def story(hers, his):
        await enter(hers, ticket)
        await enter(his, ticket)
        await until(lambda: his.here(ticket.pk))
        his.present = {}
        await until(lambda: his.here(ticket.pk))

        await hers.leave()
        await until(lambda: not his.here(ticket.pk))
        his.present = {ticket.pk: ["lost"]}
        await until(lambda: not his.here(ticket.pk))

    live(story, anna, jan)


def test_without_redis_the_feed_goes_on_and_nobody_is_shown(queue, anna, jan, monkeypatch):
    ticket = make_ticket(queue)
    monkeypatch.setattr(consumers.here, "board", Board("here", "redis://127.0.0.1:1/0"))

    async def story(hers, his):
        await enter(hers, ticket)
        await enter(his, ticket)
        await sync_to_async(make_note)(ticket, anna, at=clock.now())
        assert await his.changes(until=ticket.pk) == {ticket.pk}
        await until(lambda: consumers.here.is_away)
        assert his.here(ticket.pk) == []

    live(story, anna, jan)


@pytest.mark.parametrize(
    "frame",
    [
        '{"type": "here", "ticket": "1"}',
        '{"type": "here", "ticket": -1, "doing": []}',
        '{"type": "here", "ticket": 1e400}',
        '{"type": "shows", "tickets": {"1": 2}}',
        '{"type": "shows", "tickets": [[], null, "x"]}',
        '{"type": ["here"]}',
        '{"type": "here", "ticket": 99999999999999999999999}',
        "[" * 4000,
        '{"type": "shows", "tickets": [' + "1," * 3000 + "1]}",
    ],
)
def test_what_is_no_frame_ends_nothing(queue, anna, jan, frame):
    ticket = make_ticket(queue)

    async def story(hers, his):
        await hers.say(frame)
        await enter(hers, ticket)
        await enter(his, ticket)
        await until(lambda: his.here(ticket.pk))

    live(story, anna, jan)
