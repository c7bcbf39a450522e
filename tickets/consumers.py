"""The live process: tells open pages what changed. Frames are hints only; what they show they fetch and may see.

One reader per process follows the event feed and hands each change to the connections whose groups it concerns. Groups
are named by the server from what the person may work, again every few seconds, so that a right that ended ends here.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Any
from uuid import uuid4

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.utils import Error
from redis import RedisError

from helpdesk.lib import clock
from helpdesk.lib.board import Board
from tickets import access
from tickets.accounts import second_factors, sessions
from tickets.models import User
from tickets.queries import live

log = logging.getLogger(__name__)

FRAME_S = 0.25
CURSOR_S = 3.0
SETTLING_S, SETTLING = 1.0, 6
"""After a change its cursor is told so often and so many times more: who lost the hint misses nothing for long."""
RECENT_S = 5.0
"""What changed while a page was made and had no line yet, it hears when it comes."""
RIGHTS_S = 4.0
HERE_S = 1.0
HEARD_S = 18.0
"""A page says every 8 s where its person is. One that is silent for so long has nobody in front of it."""
WHOLE_EACH, AGAIN = 4, 3
"""Every so many looks all is told again, and a few times after everybody left, in case a frame was lost."""

IS_TOLD_WHO_IS_HERE = "is-told-who-is-here"
"""A group of its own for support: people on a duty are seen in their tickets, and not told who of the desk is."""
DOINGS = ("note", "reply", "reading")
"""What somebody does in a ticket; of several windows of one person the first one counts."""
MOST_SHOWN = 300
MOST_CHARACTERS = 4096


class Feed:
    """Reads the event feed once for all connections of this process, while there are any."""

    def __init__(self) -> None:
        self.connections: set[LiveConsumer] = set()
        self.task: asyncio.Task[None] | None = None
        self.looking: asyncio.Task[None] | None = None
        self.cursor = (0, 0)
        self.recent: deque[tuple[float, int, frozenset[str]]] = deque()
        self._starting = asyncio.Lock()

    async def join(self, connection: LiveConsumer) -> None:
        self.connections.add(connection)
        async with self._starting:  # two who come at once must not start two readers
            if self.task is None or self.task.done():
                self.cursor = await database_sync_to_async(live.newest_cursor)()
                self.task = asyncio.create_task(self.run())
            if self.looking is None or self.looking.done():
                self.looking = asyncio.create_task(here.run(self))
        connection.newest = self.cursor

    async def welcome(self, connection: LiveConsumer) -> None:
        """Where it begins, and what changed shortly before: from here on it hears everything."""
        connection.is_open = True
        await connection.hint({"type": "cursor", "cursor": list(connection.newest)})
        self._forget_old()
        await self._hint(connection, [(ticket, groups) for _at, ticket, groups in self.recent])

    def leave(self, connection: LiveConsumer) -> None:
        self.connections.discard(connection)

    async def run(self) -> None:
        since_cursor = since_settling = since_rights = 0.0
        while self.connections:
            await asyncio.sleep(FRAME_S)
            since_cursor, since_rights = since_cursor + FRAME_S, since_rights + FRAME_S
            since_settling += FRAME_S
            try:
                if since_rights >= RIGHTS_S:
                    since_rights = 0.0
                    await self._renew_rights()
                await self._pass_on()
            except Error as error:
                log.warning("the live feed pauses, the database does not answer: %s", type(error).__name__)
                await asyncio.sleep(1)
                continue
            tells_all = since_cursor >= CURSOR_S
            if tells_all or since_settling >= SETTLING_S:
                since_settling = 0.0
                since_cursor = 0.0 if tells_all else since_cursor
                for connection in list(self.connections):
                    if tells_all or connection.settling:
                        connection.settling = max(0, connection.settling - 1)
                        await connection.hint({"type": "cursor", "cursor": list(connection.newest)})

    async def _pass_on(self) -> None:
        self.cursor, changes = await database_sync_to_async(live.changes_after)(self.cursor)
        if not changes:
            return
        now = monotonic()
        self.recent.extend((now, ticket, groups) for ticket, groups in changes)
        self._forget_old()
        for connection in list(self.connections):
            await self._hint(connection, changes)

    def _forget_old(self) -> None:
        while self.recent and self.recent[0][0] < monotonic() - RECENT_S:
            self.recent.popleft()

    async def _hint(self, connection: LiveConsumer, changes: Iterable[tuple[int, frozenset[str]]]) -> None:
        """Each hint names the one before it, so that a page knows whether it missed one."""
        tickets = sorted({ticket for ticket, groups in changes if groups & connection.groups_joined})
        if tickets and connection.is_open:
            after, connection.newest = connection.newest, self.cursor
            connection.settling = SETTLING
            said = {"type": "changed", "tickets": tickets, "after": list(after), "cursor": list(self.cursor)}
            await connection.hint(said)

    async def _renew_rights(self) -> None:
        for connection in list(self.connections):
            groups = await database_sync_to_async(groups_now)(connection.user_id, connection.session_key)
            if groups is None:
                await connection.end(code=4403)
            else:
                connection.groups_joined = groups


class Here:
    """Who is in which ticket, across all live processes: each pins its own on a board and reads everybody's.

    A person is there while their right to the ticket and their line last, and shown to those of support who may see
    the ticket. Without Redis nobody is shown; the feed goes on.
    """

    def __init__(self) -> None:
        self.board = Board("here", settings.REDIS_URL)
        self.pinned: set[str] = set()
        self.groups: dict[int, frozenset[str]] = {}
        self.is_away = False
        self.looks = 0

    async def run(self, feed: Feed) -> None:
        while feed.connections:
            await self._run(feed)
            self.pinned, self.groups = set(), {}
            await self.board.close()  # somebody may come meanwhile, and finds us running

    async def _run(self, feed: Feed) -> None:
        since_groups = 0.0
        while feed.connections:
            await asyncio.sleep(HERE_S)
            since_groups += HERE_S
            if since_groups >= RIGHTS_S:
                since_groups = 0.0
                self.groups = {}
            try:
                await self.look(list(feed.connections), tells_all=not self.looks % WHOLE_EACH)
                self.is_away = False
                self.looks += 1
            except (RedisError, OSError, Error) as error:
                if not self.is_away:
                    log.warning("who is in which ticket is not shown: %s", type(error).__name__)
                self.is_away = True
                await self.board.close()

    async def look(self, connections: list[LiveConsumer], *, tells_all: bool) -> None:
        placed = [each for each in connections if each.ticket and monotonic() - each.heard_at < HEARD_S]
        if unknown := {each.ticket for each in placed} - self.groups.keys():
            self.groups |= dict.fromkeys(unknown, frozenset())
            self.groups |= await database_sync_to_async(live.groups_for)(unknown)
        notes = {
            each.key: [each.ticket, each.doing, each.user_id, *each.person, sorted(self.groups[each.ticket])]
            for each in placed
            if self.groups[each.ticket] & each.groups_joined
        }
        by_ticket: dict[int, list[Any]] = {}
        found = await self.board.share(notes, without=self.pinned - notes.keys())
        self.pinned = set(notes)
        for ticket, *note in found.values():
            by_ticket.setdefault(ticket, []).append(note)
        for each in connections:
            await each.tell_who_is_here(by_ticket, tells_all=tells_all)

    async def forget(self, connection: LiveConsumer) -> None:
        """At once, and not when the note is over."""
        if connection.key in self.pinned:
            self.pinned.discard(connection.key)
            with suppress(RedisError, OSError):
                await self.board.take_off(connection.key)


feed = Feed()
here = Here()


def groups_now(user_id: int, session_key: str) -> frozenset[str] | None:
    """The groups the person belongs to as of now; None when they signed out or there is no desk for them any more."""
    user = second_factors.with_desk_rule(User.objects.filter(pk=user_id, is_active=True)).first()
    at = clock.now()
    if user is None or not access.can_use_desk(user, at) or not _is_signed_in(user, session_key):
        return None
    groups = live.groups_of(user, at)
    return groups | {IS_TOLD_WHO_IS_HERE} if user.is_support else groups


def _is_signed_in(user: User, session_key: str) -> bool:
    """Whether a page would still know the person by this session: it ends also by a new password, and where a second
    factor is needed that it was opened without."""
    session = SessionStore(session_key)
    is_theirs = session.get(SESSION_KEY) == str(user.pk) and sessions.holds(session, user)
    return is_theirs and not second_factors.is_missing_in(session, user)


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """Sends ``changed`` (ticket numbers the person works), ``cursor``, ``here``: who else is in tickets on the page.

    Receives ``here`` (the ticket before the person and what they do there) and ``shows`` (the tickets on the page):
    hints as well, since what comes of them is decided by the groups of the person.
    """

    groups_joined: frozenset[str] = frozenset()
    user_id = 0
    session_key = ""
    person: tuple[str, str, int] = ("", "", 0)
    """Name, initials, hue."""
    ticket = 0
    doing = "reading"
    heard_at = 0.0
    shown: frozenset[int] = frozenset()
    is_open = False
    newest: live.Cursor = (0, 0)
    """Of what it heard."""
    settling = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = uuid4().hex
        self.told: dict[int, list[list[Any]]] = {}
        self.tells_again = 0

    async def connect(self) -> None:
        user = self.scope["user"]
        if user.is_authenticated:
            self.user_id, self.session_key = user.pk, self.scope["session"].session_key
            self.person = (str(user), user.initials, user.hue)
        groups = await database_sync_to_async(groups_now)(self.user_id, self.session_key)
        if groups is None:
            await self.close(code=4401)
            return
        self.groups_joined = groups
        await feed.join(self)
        await self.accept()
        await feed.welcome(self)

    async def disconnect(self, code: int) -> None:
        feed.leave(self)
        await here.forget(self)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """What is none of the two frames is not answered, and ends nothing."""
        frame = _read(text_data)
        if frame.get("type") == "here":
            ticket, doing = frame.get("ticket"), frame.get("doing")
            self.ticket = ticket if isinstance(ticket, int) and 0 < ticket < 2**63 else 0
            self.doing = doing if doing in DOINGS else "reading"
            self.heard_at = monotonic()
        elif frame.get("type") == "shows":
            tickets = frame.get("tickets")
            listed = tickets[:MOST_SHOWN] if isinstance(tickets, list) else []
            self.shown = frozenset(each for each in listed if isinstance(each, int))

    async def tell_who_is_here(self, by_ticket: dict[int, list[Any]], *, tells_all: bool) -> None:
        """Of the tickets on the page what changed since the last time, or everything."""
        if IS_TOLD_WHO_IS_HERE not in self.groups_joined:
            return
        now = {ticket: list(self._others(by_ticket[ticket])) for ticket in self.shown & by_ticket.keys()}
        now = {ticket: people for ticket, people in now.items() if people}
        before, self.told = self.told, now
        changed = {each: now.get(each, []) for each in before.keys() | now.keys() if before.get(each) != now.get(each)}
        if changed or now:
            self.tells_again = AGAIN
        if tells_all and self.tells_again:
            self.tells_again -= 1
            await self.hint({"type": "here", "tickets": now, "is_all": True})
        elif changed:
            await self.hint({"type": "here", "tickets": changed})

    def _others(self, notes: list[Any]) -> Iterator[list[Any]]:
        """Everybody else once, as far as this person may know: what they do, then number, name, initials, hue."""
        seen = {self.user_id}
        by_doing = sorted(notes, key=lambda note: (DOINGS.index(note[0]), note[1]))
        for doing, person, name, initials, hue, groups in by_doing:
            if person not in seen and not self.groups_joined.isdisjoint(groups):
                seen.add(person)
                yield [doing, person, name, initials, hue]

    async def hint(self, frame: dict[str, Any]) -> None:
        if not self.is_open:
            return
        try:
            await self.send_json(frame)
        except (RuntimeError, OSError):  # gone between the look and the send; the others must go on hearing
            feed.leave(self)

    async def end(self, code: int) -> None:
        feed.leave(self)
        try:
            await self.close(code=code)
        except (RuntimeError, OSError):
            log.debug("the connection of %s had ended already", self.user_id)


def _read(text: str | None) -> dict[str, Any]:
    """What a page said; empty for what is no object in JSON, and for more than any page has to say."""
    if text is None or len(text) > MOST_CHARACTERS:
        return {}
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
