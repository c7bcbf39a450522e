"""The live process: tells open pages what changed. Frames are hints only; what they show they fetch and may see.

One reader per process follows the event feed and hands each change to the connections whose groups it concerns. Groups
are named by the server from what the person may work, again every few seconds, so that a right that ended ends here.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections import deque
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from heapq import nsmallest
from math import ceil
from time import monotonic
from typing import Any
from uuid import uuid4

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session as Stored
from django.db.utils import Error
from django.utils import timezone
from redis import RedisError

from helpdesk.lib import clock
from helpdesk.lib.board import Board
from tickets import access
from tickets.accounts import second_factors, sessions
from tickets.models import User
from tickets.queries import live

log = logging.getLogger(__name__)

Session = tuple[int, str]
"""A person and the key of the session by which they are signed in."""
Changes = Sequence[tuple[int, frozenset[str]]]
Texts = dict[tuple[tuple[int, ...], live.Cursor], str]
"""Hints as they are written, by the tickets and the cursor before: alike for many."""

FRAME_S = 0.25
CURSOR_S = 3.0
SETTLING_S, SETTLING = 1.0, 6
"""After a change its cursor is told so often and so many times more: who lost the hint misses nothing for long."""
KEPT_S = 60.0
"""A page says when it was made, and hears what changed since and before it had a line; if that is long ago, to ask for
all it shows."""
RECENT_S = 5.0
"""So long ago is a page made that does not say it, and so long after its time a change may have been committed."""
RIGHTS_S = 3.0
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
        self.checked_at: dict[Session, float] = {}
        """When each session was last asked whether it still lasts, and what its person may hear of."""
        self._starting = asyncio.Lock()

    async def join(self, connection: LiveConsumer) -> None:
        self.connections.add(connection)
        async with self._starting:  # two who come at once must not start two readers
            if self.task is None or self.task.done():
                await self._begin(connection)
                self.task = asyncio.create_task(self.run())
            if self.looking is None or self.looking.done():
                self.looking = asyncio.create_task(here.run(self))
        connection.newest = self.cursor

    async def _begin(self, connection: LiveConsumer) -> None:
        """At the newest event. What was before it and after the page was made is looked up: nobody read it till now."""
        self.cursor = await database_sync_to_async(live.newest_cursor)()
        self.recent.clear()
        if connection.made_at is None:
            return
        now, heard_at = clock.now(), monotonic()
        since, until = now - timedelta(seconds=KEPT_S + RECENT_S), now + timedelta(seconds=RECENT_S)
        before = await database_sync_to_async(live.changes_before)(self.cursor, since, until)
        self.recent.extend(
            (heard_at - max(0.0, (now - at).total_seconds() - RECENT_S), ticket, groups)
            for at, ticket, groups in before
        )

    async def welcome(self, connection: LiveConsumer) -> None:
        """Where it begins, and what changed since the page was made: from here on it hears everything."""
        connection.is_open = True
        await connection.hint({"type": "cursor", "cursor": connection.newest})
        self._forget_old()
        age_s = connection.age_s()
        if age_s > KEPT_S:
            all_it_shows: list[int] = []
            now = connection.newest
            await connection.hint({"type": "changed", "tickets": all_it_shows, "after": now, "cursor": now})
            return
        recent = [(ticket, groups) for at, ticket, groups in self.recent if at >= monotonic() - age_s]
        await self._hint(connection, _concerning(connection.groups_joined, recent), {})

    def leave(self, connection: LiveConsumer) -> None:
        self.connections.discard(connection)

    async def run(self) -> None:
        told_at = looked_at = monotonic()
        while self.connections:
            await asyncio.sleep(FRAME_S)
            now = monotonic()
            passed_s, looked_at = now - looked_at, now
            try:
                await self._renew_rights(passed_s)
                await self._pass_on()
            except Error as error:
                log.warning("the live feed pauses, the database does not answer: %s", type(error).__name__)
                await asyncio.sleep(1)
                continue
            tells_all = monotonic() - told_at >= CURSOR_S
            told_at = monotonic() if tells_all else told_at
            await self._tell_cursors(tells_all=tells_all)

    async def _pass_on(self) -> None:
        self.cursor, changes = await database_sync_to_async(live.changes_after)(self.cursor)
        if not changes:
            return
        now = monotonic()
        self.recent.extend((now, ticket, groups) for ticket, groups in changes)
        self._forget_old()
        texts: Texts = {}
        for connection, tickets in self._told_of(changes):
            await self._hint(connection, tickets, texts)

    def _told_of(self, changes: Changes) -> list[tuple[LiveConsumer, tuple[int, ...]]]:
        """Whom it concerns, and of what; decided once for all who work the same, which are many."""
        tickets: dict[frozenset[str], tuple[int, ...]] = {}
        told = []
        for connection in self.connections:
            groups = connection.groups_joined
            if groups not in tickets:
                tickets[groups] = _concerning(groups, changes)
            if tickets[groups]:
                told.append((connection, tickets[groups]))
        return told

    def _forget_old(self) -> None:
        while self.recent and self.recent[0][0] < monotonic() - KEPT_S:
            self.recent.popleft()

    async def _hint(self, connection: LiveConsumer, tickets: tuple[int, ...], texts: Texts) -> None:
        """Each hint names the one before it, so that a page knows whether it missed one."""
        if not tickets or not connection.is_open:
            return
        after, connection.newest = connection.newest, self.cursor
        connection.settling = SETTLING
        if (tickets, after) not in texts:
            said = {"type": "changed", "tickets": tickets, "after": after, "cursor": self.cursor}
            texts[tickets, after] = _written(said)
        await connection.say(texts[tickets, after])

    async def _tell_cursors(self, *, tells_all: bool) -> None:
        """To everybody, or to those who heard a hint lately, and nothing since."""
        now = monotonic()
        texts: dict[live.Cursor, str] = {}
        for connection in list(self.connections):
            if tells_all or (connection.settling and now - connection.said_at >= SETTLING_S):
                connection.settling = max(0, connection.settling - 1)
                newest = connection.newest
                if newest not in texts:
                    texts[newest] = _written({"type": "cursor", "cursor": newest})
                await connection.say(texts[newest])

    async def _renew_rights(self, passed_s: float) -> None:
        """A share of the sessions each time, so that all are asked within RIGHTS_S and nobody's hints wait for it."""
        by_session: dict[Session, list[LiveConsumer]] = {}
        for connection in self.connections:
            by_session.setdefault((connection.user_id, connection.session_key), []).append(connection)
        now = monotonic()
        self.checked_at = {each: self.checked_at.get(each, now) for each in by_session}
        share = ceil(len(by_session) * min(1.0, passed_s / RIGHTS_S))
        asked = nsmallest(share, self.checked_at, key=self.checked_at.__getitem__)
        found = await database_sync_to_async(groups_now)(asked)
        for session in asked:
            self.checked_at[session] = now
            for connection in by_session[session]:
                groups = found.get(session)
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
        seen: dict[frozenset[str], dict[int, list[list[Any]]]] = {}
        for each in connections:
            groups = each.groups_joined
            if IS_TOLD_WHO_IS_HERE not in groups:
                continue
            if groups not in seen:
                seen[groups] = {
                    ticket: people for ticket, notes in by_ticket.items() if (people := _seen_by(groups, notes))
                }
            await each.tell_who_is_here(seen[groups], tells_all=tells_all)

    async def forget(self, connection: LiveConsumer) -> None:
        """At once, and not when the note is over."""
        if connection.key in self.pinned:
            self.pinned.discard(connection.key)
            with suppress(RedisError, OSError):
                await self.board.take_off(connection.key)


feed = Feed()
here = Here()


def groups_now(asked: Collection[Session]) -> dict[Session, frozenset[str]]:
    """The groups of each session's person as of now. Missing are those who signed out, and those for whom there is no
    desk any more. Persons and sessions are read together, what grants give once for each person."""
    stored = Stored.objects.filter(session_key__in=[key for _user, key in asked], expire_date__gt=timezone.now())
    sessions_by_key = {each.session_key: each.get_decoded() for each in stored}
    people = second_factors.with_desk_rule(User.objects.filter(pk__in={user for user, _key in asked}, is_active=True))
    at = clock.now()
    groups = {user: _groups_of(user, at) for user in live.with_queue_ids(people) if access.can_use_desk(user, at)}
    by_id = {user.pk: user for user in groups}
    return {
        (user_id, key): groups[by_id[user_id]]
        for user_id, key in asked
        if user_id in by_id and key in sessions_by_key and _is_signed_in(by_id[user_id], sessions_by_key[key])
    }


def _groups_of(user: User, at: datetime) -> frozenset[str]:
    groups = live.groups_of(user, at)
    return groups | {IS_TOLD_WHO_IS_HERE} if user.is_support else groups


def _is_signed_in(user: User, session: dict[str, Any]) -> bool:
    """Whether a page would still know the person by this session: it ends also by a new password, and where a second
    factor is needed that it was opened without."""
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
    made_at: int | None = None
    """When its page was made, in seconds of the product's clock, if it says so."""
    ticket = 0
    doing = "reading"
    heard_at = 0.0
    shown: frozenset[int] = frozenset()
    is_open = False
    newest: live.Cursor = (0, 0)
    """Of what it heard."""
    settling = 0
    said_at = 0.0

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
        self.made_at = _seconds(self.scope.get("query_string", b""))
        session = self.user_id, self.session_key
        found = await database_sync_to_async(groups_now)([session])
        if session not in found:
            await self.close(code=4401)
            return
        self.groups_joined = found[session]
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

    def age_s(self) -> float:
        """Of the page, at most: clocks of two processes may differ by a second."""
        return RECENT_S if self.made_at is None else max(0.0, clock.now().timestamp() - self.made_at) + 1

    async def tell_who_is_here(self, people: dict[int, list[list[Any]]], *, tells_all: bool) -> None:
        """Of the tickets on the page what changed since the last time, or everything. ``people`` by ticket, all whom
        somebody of the same groups may see; nobody is told of themselves."""
        now = {
            ticket: others
            for ticket in self.shown & people.keys()
            if (others := [each for each in people[ticket] if each[1] != self.user_id])
        }
        before, self.told = self.told, now
        changed = {each: now.get(each, []) for each in before.keys() | now.keys() if before.get(each) != now.get(each)}
        if changed or now:
            self.tells_again = AGAIN
        if tells_all and self.tells_again:
            self.tells_again -= 1
            await self.hint({"type": "here", "tickets": now, "is_all": True})
        elif changed:
            await self.hint({"type": "here", "tickets": changed})

    async def hint(self, frame: dict[str, Any]) -> None:
        await self.say(_written(frame))

    async def say(self, text: str) -> None:
        """A frame as it is written once for all who get it."""
        if not self.is_open:
            return
        self.said_at = monotonic()
        try:
            await self.send(text_data=text)
        except (RuntimeError, OSError):  # gone between the look and the send; the others must go on hearing
            feed.leave(self)

    async def end(self, code: int) -> None:
        feed.leave(self)
        try:
            await self.close(code=code)
        except (RuntimeError, OSError):
            log.debug("the connection of %s had ended already", self.user_id)


def _seen_by(groups: frozenset[str], notes: list[Any]) -> list[list[Any]]:
    """Each person once, as far as these groups may know: what they do, then number, name, initials, hue."""
    people: dict[int, list[Any]] = {}
    for doing, person, name, initials, hue, theirs in sorted(notes, key=lambda note: (DOINGS.index(note[0]), note[1])):
        if person not in people and not groups.isdisjoint(theirs):
            people[person] = [doing, person, name, initials, hue]
    return list(people.values())


def _concerning(groups: frozenset[str], changes: Changes) -> tuple[int, ...]:
    return tuple(sorted({ticket for ticket, theirs in changes if not groups.isdisjoint(theirs)}))


def _written(frame: dict[str, Any]) -> str:
    return json.dumps(frame, separators=(",", ":"))


def _seconds(query: bytes) -> int | None:
    """Of ``made=1773036000``; None for anything else."""
    found = re.fullmatch(rb"made=([0-9]{1,12})", query)
    return int(found[1]) if found else None


def _read(text: str | None) -> dict[str, Any]:
    """What a page said; empty for what is no object in JSON, and for more than any page has to say."""
    if text is None or len(text) > MOST_CHARACTERS:
        return {}
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
