"""The live process: tells open pages what changed. Frames are hints only; what they show they fetch and may see.

One reader per process follows the event feed and hands each change to the connections whose groups it concerns. Groups
are named by the server from what the person may work, again every few seconds, so that a right that ended ends here.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.utils import Error

from helpdesk.lib import clock
from tickets import access
from tickets.accounts import second_factors, sessions
from tickets.models import User
from tickets.queries import live

log = logging.getLogger(__name__)

FRAME_S = 0.25
CURSOR_S = 3.0
RIGHTS_S = 4.0


class Feed:
    """Reads the event feed once for all connections of this process, while there are any."""

    def __init__(self) -> None:
        self.connections: set[LiveConsumer] = set()
        self.task: asyncio.Task[None] | None = None
        self.cursor = (0, 0)
        self._starting = asyncio.Lock()

    async def join(self, connection: LiveConsumer) -> None:
        self.connections.add(connection)
        async with self._starting:  # two who come at once must not start two readers
            if self.task is None or self.task.done():
                self.cursor = await database_sync_to_async(live.newest_cursor)()
                self.task = asyncio.create_task(self.run())

    def leave(self, connection: LiveConsumer) -> None:
        self.connections.discard(connection)

    async def run(self) -> None:
        since_cursor = since_rights = 0.0
        while self.connections:
            await asyncio.sleep(FRAME_S)
            since_cursor, since_rights = since_cursor + FRAME_S, since_rights + FRAME_S
            try:
                if since_rights >= RIGHTS_S:
                    since_rights = 0.0
                    await self._renew_rights()
                await self._pass_on()
            except Error as error:
                log.warning("the live feed pauses, the database does not answer: %s", type(error).__name__)
                await asyncio.sleep(1)
                continue
            if since_cursor >= CURSOR_S:
                since_cursor = 0.0
                for connection in list(self.connections):
                    await connection.hint({"type": "cursor", "cursor": list(self.cursor)})

    async def _pass_on(self) -> None:
        self.cursor, changes = await database_sync_to_async(live.changes_after)(self.cursor)
        if not changes:
            return
        for connection in list(self.connections):
            tickets = sorted({ticket for ticket, groups in changes if groups & connection.groups_joined})
            if tickets:
                await connection.hint({"type": "changed", "tickets": tickets, "cursor": list(self.cursor)})

    async def _renew_rights(self) -> None:
        for connection in list(self.connections):
            groups = await database_sync_to_async(groups_now)(connection.user_id, connection.session_key)
            if groups is None:
                await connection.end(code=4403)
            else:
                connection.groups_joined = groups


feed = Feed()


def groups_now(user_id: int, session_key: str) -> frozenset[str] | None:
    """The groups the person belongs to as of now; None when they signed out or there is no desk for them any more."""
    user = second_factors.with_desk_rule(User.objects.filter(pk=user_id, is_active=True)).first()
    at = clock.now()
    if user is None or not access.can_use_desk(user, at) or not _is_signed_in(user, session_key):
        return None
    return live.groups_of(user, at)


def _is_signed_in(user: User, session_key: str) -> bool:
    """Whether a page would still know the person by this session: it ends also by a new password, and where a second
    factor is needed that it was opened without."""
    session = SessionStore(session_key)
    is_theirs = session.get(SESSION_KEY) == str(user.pk) and sessions.holds(session, user)
    return is_theirs and not second_factors.is_missing_in(session, user)


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """Sends ``changed`` (ticket numbers the person works) and ``cursor``; receives nothing."""

    groups_joined: frozenset[str] = frozenset()
    user_id = 0
    session_key = ""

    async def connect(self) -> None:
        user = self.scope["user"]
        if user.is_authenticated:
            self.user_id, self.session_key = user.pk, self.scope["session"].session_key
        groups = await database_sync_to_async(groups_now)(self.user_id, self.session_key)
        if groups is None:
            await self.close(code=4401)
            return
        self.groups_joined = groups
        await self.accept()
        await feed.join(self)

    async def disconnect(self, code: int) -> None:
        feed.leave(self)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Pages have nothing to say here, in JSON or otherwise."""

    async def hint(self, frame: dict[str, Any]) -> None:
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
