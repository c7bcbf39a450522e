"""The live process: a connection hears of what its person works, nothing else, and only as long as the right lasts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client

from helpdesk.asgi import application
from helpdesk.lib import clock
from tests.factories import (
    HOUR,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_note,
    make_queue,
    make_requester,
    make_ticket,
)
from tickets import consumers
from tickets.actions.facts import revoke_grant
from tickets.models import Membership, User

pytestmark = pytest.mark.django_db(transaction=True)

HEARD_S = 30
"""Longest wait for a frame that must come: open transactions of other test processes hold the feed back."""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The same rhythm, faster."""
    monkeypatch.setattr(consumers, "FRAME_S", 0.02)
    monkeypatch.setattr(consumers, "CURSOR_S", 0.2)
    monkeypatch.setattr(consumers, "RIGHTS_S", 0.2)
    monkeypatch.setattr(consumers, "HERE_S", 0.02)


class Socket:
    """One open page's end of a connection to the real application."""

    def __init__(self, client: Client | None, *, origin: str = settings.SITE_URL, made: int | None = None) -> None:
        headers = [(b"origin", origin.encode())]
        if client is not None:
            key = client.cookies[settings.SESSION_COOKIE_NAME].value
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode()))
        query = b"" if made is None else f"made={made}".encode()
        scope = {"type": "websocket", "path": "/live/", "query_string": query, "headers": headers, "subprotocols": []}
        self.application = ApplicationCommunicator(application, scope)
        self.heard: set[int] = set()
        self.present: dict[int, list[Any]] = {}

    async def open(self) -> int:
        """0 when the server lets us in, else the code it closes with."""
        await self.application.send_input({"type": "websocket.connect"})
        answer = await self.application.receive_output(HEARD_S)
        return 0 if answer["type"] == "websocket.accept" else int(answer.get("code", 1000))

    async def say(self, text: str) -> None:
        await self.application.send_input({"type": "websocket.receive", "text": text})

    async def tell(self, frame: dict[str, Any]) -> None:
        await self.say(json.dumps(frame))

    def here(self, ticket: int) -> list[Any]:
        """Who is in the ticket besides, by all that was heard so far."""
        while not self.application.output_queue.empty():
            message = self.application.output_queue.get_nowait()
            self._note(json.loads(message["text"]) if message["type"] == "websocket.send" else {})
        return self.present.get(ticket, [])

    def _note(self, answer: dict[str, Any]) -> None:
        if answer.get("type") == "here":
            told = {int(number): people for number, people in answer["tickets"].items()}
            self.present = told if answer.get("is_all") else self.present | told

    async def leave(self) -> None:
        await self.application.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.application.wait(HEARD_S)

    async def frame(self, kind: str) -> dict[str, Any]:
        """The next frame of this kind; others are passed over."""
        while True:
            message = await self.application.receive_output(HEARD_S)
            assert message["type"] == "websocket.send", message
            answer: dict[str, Any] = json.loads(message["text"])
            self._note(answer)
            self.heard |= set(answer.get("tickets", [])) if answer["type"] == "changed" else set()
            if answer["type"] == kind:
                return answer

    async def changes(self, *, until: int) -> set[int]:
        """Tickets heard of, up to and including ``until``."""
        heard: set[int] = set()
        while until not in heard:
            heard |= set((await self.frame("changed"))["tickets"])
        return heard

    async def end(self) -> int:
        """The code the server closes with."""
        while True:
            message = await self.application.receive_output(HEARD_S)
            if message["type"] == "websocket.close":
                return int(message["code"])


async def looked(times: int = 3) -> None:
    """So many whole looks at who is where have ended since, with all that pages have said."""

    async def wait() -> None:
        until = consumers.here.looks + times
        while consumers.here.looks < until:
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), HEARD_S)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def live(story: Callable[..., Awaitable[None]], *people: User | Client) -> None:
    """Run the story with an open socket for each person; then all of them leave and the feed stops reading."""

    async def run() -> None:
        sockets = []
        for person in people:
            socket = Socket(person if isinstance(person, Client) else await sync_to_async(signed_in)(person))
            assert await socket.open() == 0
            sockets.append(socket)
        try:
            await story(*sockets)
        finally:
            for socket in sockets:
                await socket.leave()
            if consumers.feed.task is not None:
                await asyncio.wait_for(consumers.feed.task, HEARD_S)

    async_to_sync(run)()


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


@pytest.fixture
def admin():
    return make_admin()


def noted(ticket, by):
    return sync_to_async(make_note)(ticket, by, at=clock.now())


def test_a_connection_hears_of_its_queues_tickets_only(queue, agent, admin):
    own, foreign = make_ticket(queue), make_ticket()
    foreign_agent = make_agent(foreign.queue.team)

    async def story(mine, theirs, everything):
        for ticket in (own, foreign, own, foreign):
            await noted(ticket, admin)

        assert {own.pk, foreign.pk} <= await everything.changes(until=foreign.pk)
        assert await mine.changes(until=own.pk) == {own.pk}
        assert await theirs.changes(until=foreign.pk) == {foreign.pk}

    live(story, agent, foreign_agent, admin)


def test_a_volunteer_hears_of_their_scope_and_a_mentor_of_the_mentees_tickets(queue, admin):
    now = clock.now()
    volunteer, mentor = make_colleague(), make_agent()
    make_grant(volunteer, queue, start=now - HOUR, end=now + HOUR, mentors=[mentor])
    held = make_ticket(queue, assignee=volunteer, at=now)
    free, phone = make_ticket(queue), make_ticket(queue, channel="phone")

    async def story(theirs, watching):
        for ticket in (phone, free, held):
            await noted(ticket, admin)

        assert await theirs.changes(until=held.pk) == {free.pk, held.pk}
        assert await watching.changes(until=held.pk) == {held.pk}

    live(story, volunteer, mentor)


def test_every_connection_gets_the_newest_cursor_regularly(queue, agent, admin):
    ticket = make_ticket(queue)

    async def story(mine):
        first = (await mine.frame("cursor"))["cursor"]
        await noted(ticket, admin)
        changed = (await mine.frame("changed"))["cursor"]
        assert changed > first
        assert (await mine.frame("cursor"))["cursor"] >= changed

    live(story, agent)


def test_each_hint_names_the_one_before_it_and_the_cursor_the_last_one(queue, agent, admin):
    """So a page knows what it missed, and nothing of other teams' tickets makes it ask."""
    own, foreign = make_ticket(queue), make_ticket()

    async def story(mine, everything):
        await noted(own, admin)
        await mine.changes(until=own.pk)
        newest = (await mine.frame("cursor"))["cursor"]
        await noted(foreign, admin)
        await everything.changes(until=foreign.pk)
        assert (await mine.frame("cursor"))["cursor"] == newest

        await noted(own, admin)
        hint = await mine.frame("changed")
        assert hint["after"] == newest
        assert (await mine.frame("cursor"))["cursor"] == hint["cursor"] > newest

    live(story, agent, admin)


def test_who_comes_late_hears_of_what_changed_while_the_page_was_made(queue, agent, admin):
    own, foreign = make_ticket(queue), make_ticket()

    async def story(mine, everything):
        client = await sync_to_async(signed_in)(make_late)
        for ticket in (own, foreign):
            await noted(ticket, admin)
        await everything.changes(until=foreign.pk)
        late = Socket(client)
        assert await late.open() == 0
        try:
            hint = await late.frame("changed")
            assert own.pk in hint["tickets"]
            assert foreign.pk not in hint["tickets"]
        finally:
            await late.leave()

    make_late = make_agent(queue.team)
    live(story, agent, admin)


async def alone(person: User, *, made: int) -> dict[str, Any]:
    """What a page that was made then hears first, when no other page is open."""
    assert not consumers.feed.connections
    socket = Socket(await sync_to_async(signed_in)(person), made=made)
    assert await socket.open() == 0
    try:
        return await socket.frame("changed")
    finally:
        await socket.leave()
        if consumers.feed.task is not None:
            await asyncio.wait_for(consumers.feed.task, HEARD_S)


def test_a_page_alone_hears_of_what_changed_between_its_making_and_its_line(queue, agent, admin):
    """Nobody read the feed then: the process looks it up when the page comes."""
    own, foreign, old = make_ticket(queue), make_ticket(), make_ticket(queue)
    make_note(old, admin, at=clock.now() - HOUR)
    made = int(clock.now().timestamp())
    for ticket in (own, foreign):
        make_note(ticket, admin, at=clock.now())

    hint = async_to_sync(alone)(agent, made=made)

    assert hint["tickets"] == [own.pk]


def test_a_page_made_long_ago_is_told_to_ask_for_all_it_shows(queue, agent, admin):
    make_note(make_ticket(queue), admin, at=clock.now() - HOUR)

    hint = async_to_sync(alone)(agent, made=int(clock.now().timestamp()) - 3600)

    assert hint["tickets"] == []
    assert hint["after"] == hint["cursor"]


def test_of_what_was_read_lately_a_page_hears_what_is_younger_than_itself(queue, agent):
    old, young = make_ticket(queue).pk, make_ticket(queue).pk
    theirs = frozenset({f"queue-{queue.pk}"})

    async def story(_other):
        consumers.feed.recent.extend([(monotonic() - 40, old, theirs), (monotonic() - 20, young, theirs)])
        late = Socket(await sync_to_async(signed_in)(agent), made=int(clock.now().timestamp()) - 30)
        assert await late.open() == 0
        try:
            assert (await late.frame("changed"))["tickets"] == [young]
        finally:
            await late.leave()

    live(story, make_agent())


@pytest.mark.parametrize("query", [b"made=", b"made=-1", b"made=1e9", b"made=9" * 40, b"\xff", b"made=1&made=2"])
def test_a_page_that_says_no_time_is_heard_all_the_same(agent, query):
    async def story(_other):
        socket = Socket(await sync_to_async(signed_in)(agent))
        socket.application.scope["query_string"] = query
        assert await socket.open() == 0
        try:
            assert await socket.frame("cursor")
        finally:
            await socket.leave()

    live(story, make_agent())


def test_a_revoked_grant_ends_the_connection(queue):
    now = clock.now()
    volunteer = make_colleague()
    grant = make_grant(volunteer, queue, start=now - HOUR, end=now + HOUR)

    async def story(theirs):
        await theirs.frame("cursor")
        await sync_to_async(revoke_grant)(grant, at=now)
        assert await theirs.end() == 4403
        assert consumers.feed.connections == set()

    live(story, volunteer)


def test_a_lost_membership_ends_what_is_heard_and_not_the_connection(queue, agent, admin):
    team_mate = make_agent(queue.team)
    second = make_queue()
    Membership.objects.create(user=agent, team=second.team)
    lost, kept = make_ticket(queue), make_ticket(second)

    async def story(mine, theirs):
        await noted(lost, admin)
        # The tickets' own openings may still settle behind another test's open transaction.
        assert lost.pk in await mine.changes(until=lost.pk)
        await Membership.objects.filter(user=agent, team=queue.team).adelete()
        while any(
            f"queue-{queue.pk}" in each.groups_joined for each in consumers.feed.connections if each.user_id == agent.pk
        ):
            await asyncio.sleep(0.02)
        await noted(lost, admin)
        await noted(kept, admin)

        assert await mine.changes(until=kept.pk) == {kept.pk}
        assert lost.pk in await theirs.changes(until=lost.pk)

    live(story, agent, team_mate)


def test_a_deactivated_person_is_cut_off(agent):
    async def story(mine):
        await mine.frame("cursor")
        await User.objects.filter(pk=agent.pk).aupdate(is_active=False)
        assert await mine.end() == 4403

    live(story, agent)


def test_signing_out_ends_the_connection(agent):
    client = signed_in(agent)

    async def story(mine):
        await mine.frame("cursor")
        await sync_to_async(client.logout)()
        assert await mine.end() == 4403

    live(story, client)


def test_a_new_password_ends_the_connection(agent):
    async def story(mine):
        await mine.frame("cursor")
        await User.objects.filter(pk=agent.pk).aupdate(password=make_password("nowe trudne hasło"))
        assert await mine.end() == 4403

    live(story, agent)


def test_one_broken_connection_does_not_silence_the_others(queue, agent, admin, monkeypatch):
    ticket, broken_person = make_ticket(queue), make_agent(queue.team)

    async def story(mine, broken):
        for connection in consumers.feed.connections:
            if connection.user_id == broken_person.pk:
                monkeypatch.setattr(connection, "send", lost)
        await noted(ticket, admin)

        assert await mine.changes(until=ticket.pk) == {ticket.pk}
        assert {each.user_id for each in consumers.feed.connections} == {agent.pk}

    async def lost(text_data):
        raise ConnectionResetError

    live(story, agent, broken_person)


def test_all_connections_of_a_process_share_one_reader(queue, agent, admin):
    async def story(*connections):
        readers = [task for task in asyncio.all_tasks() if "Feed.run" in repr(task.get_coro())]
        assert len(readers) == 1

    live(story, agent, admin, make_agent(queue.team))


def test_nobody_without_a_desk_is_let_in(queue, agent):
    former = make_agent(queue.team, is_active=True)
    former_client = signed_in(former)
    User.objects.filter(pk=former.pk).update(is_active=False)

    for client in (None, signed_in(make_requester()), signed_in(make_colleague()), former_client):
        assert async_to_sync(Socket(client).open)() == 4401
    assert consumers.feed.connections == set()


def test_another_sites_page_is_not_let_in(agent):
    assert async_to_sync(Socket(signed_in(agent), origin="https://evil.example").open)() == 1000


def test_what_a_page_says_is_ignored(queue, agent, admin):
    ticket = make_ticket(queue)

    async def story(mine):
        await mine.say('{"type": "changed", "tickets": [1]}')
        await mine.say('{"type": "join", "group": "all"}')
        await mine.say("[]")
        await mine.say("no JSON at all")
        await noted(ticket, admin)

        assert await mine.changes(until=ticket.pk) == {ticket.pk}

    live(story, agent)


def test_over_http_it_says_whether_it_is_well_and_shows_no_page():
    async def answer(path: str) -> tuple[int, bytes]:
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        asked = ApplicationCommunicator(application, scope)
        await asked.send_input({"type": "http.request", "body": b""})
        head, body = await asked.receive_output(30), await asked.receive_output(30)
        await asked.wait(30)
        return head["status"], body["body"]

    assert async_to_sync(answer)("/healthz") == (200, b"ok")
    assert async_to_sync(answer)("/readyz")[0] == 200
    for path in ("/queue/", "/accounts/login/", "/admin/", "/api/"):
        assert async_to_sync(answer)(path)[0] == 404
