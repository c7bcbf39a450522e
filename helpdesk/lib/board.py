"""A board on which all processes pin short-lived notes and read everybody's, in Redis. What nobody renews is gone after
`KEPT_S`, by Redis' own clock; nothing that must not be lost belongs here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from redis.asyncio import Redis

KEPT_S = 18
"""Longer than several renewals, and short enough that somebody whose line died is gone within 20 s."""
ANSWER_TIMEOUT_S = 0.5


class Board:
    """One hash by note. Raises `redis.RedisError` or `OSError` while Redis is away; the next call tries again."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.address = address.replace("redis+socket://", "unix://")  # Celery's word for it and the library's
        self._redis: Redis | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def share(self, notes: Mapping[str, Any], *, without: Collection[str] = ()) -> dict[str, Any]:
        """Pin ``notes`` (JSON) by their keys for `KEPT_S`, take those ``without`` off, read all that are up."""
        redis: Any = self._connected()  # its types are those of the blocking client
        now = float((await redis.time())[0])
        pipe = redis.pipeline(transaction=False)
        if notes:
            pinned = {key: json.dumps([now + KEPT_S, note], separators=(",", ":")) for key, note in notes.items()}
            pipe.hset(self.name, mapping=pinned)
            pipe.expire(self.name, KEPT_S * 4)
        if without:
            pipe.hdel(self.name, *without)
        pipe.hgetall(self.name)
        rows: dict[bytes, bytes] = (await pipe.execute())[-1]
        up, over = {}, []
        for key, row in rows.items():
            until, note = _read(row)
            if until > now:
                up[key.decode()] = note
            else:
                over.append(key)
        if over:
            await redis.hdel(self.name, *over)
        return up

    async def take_off(self, key: str) -> None:
        redis: Any = self._connected()
        await redis.hdel(self.name, key)

    async def close(self) -> None:
        """A later call opens another connection."""
        redis, self._redis = self._redis, None
        if redis is not None:
            await redis.aclose()

    def _connected(self) -> Redis:
        loop = asyncio.get_running_loop()
        if self._redis is None or self._loop is not loop:  # a connection belongs to one event loop
            self._loop = loop
            self._redis = Redis.from_url(
                self.address, socket_connect_timeout=ANSWER_TIMEOUT_S, socket_timeout=ANSWER_TIMEOUT_S
            )
        return self._redis


@lru_cache(maxsize=4096)
def _read(row: bytes) -> tuple[float, Any]:
    until, note = json.loads(row)
    return until, note
