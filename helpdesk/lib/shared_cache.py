"""Django's cache: in each process's memory, except what all processes must count together, which lies in Redis.

Counts for a page may differ by a process for a few seconds; those of views are dear and counted once for all. Limits on
attempts and codes that were used may not differ: with them in memory each process would allow as many again. While
Redis is away or frozen they are counted per process, and after a failure Redis is left alone for a few seconds
(`redis_silence`), so that no request waits for it twice.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from helpdesk.lib import redis_silence

ANSWER_TIMEOUT_S = 0.25
MOST_LIVING = 1000

_living: dict[str, tuple[float, Any]] = {}
"""Until when (seconds since 1970), and what; of all threads."""

log = logging.getLogger(__name__)


class _Away(Exception):
    """Redis does not answer, or did not a moment ago."""


class SharedCache(LocMemCache):
    """``LOCATION`` is Redis's address. Keys that begin with one of ``OPTIONS["SHARED"]`` live there, as JSON.

    Those of ``OPTIONS["LIVE"]`` are kept in this process as the objects they are, not as copies: what every page reads
    is not unpickled by every page. Nobody changes what such a key gives.
    """

    def __init__(self, url: str, params: dict[str, Any]) -> None:
        super().__init__("process", params)
        self._url = url
        self._shared = tuple(params.get("OPTIONS", {}).get("SHARED", ()))
        self._live = tuple(params.get("OPTIONS", {}).get("LIVE", ()))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        if key.startswith(self._shared):
            try:
                found = self._ask("get", self.make_key(key, version))
                return default if found is None else json.loads(found)
            except _Away:
                pass
        if key.startswith(self._live):
            until, value = _living.get(self.make_key(key, version), (0.0, default))
            return value if until > time.time() else default
        return super().get(key, default, version)

    def set(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        if key.startswith(self._shared):
            try:
                self._put(key, value, timeout, version)
                return
            except _Away:
                pass
        if key.startswith(self._live):
            self._keep(self.make_key(key, version), value, timeout)
        else:
            super().set(key, value, timeout, version)

    def add(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        if key.startswith(self._shared):
            try:
                return self._put(key, value, timeout, version, nx=True)
            except _Away:
                pass
        return super().add(key, value, timeout, version)

    def delete(self, key: str, version: int | None = None) -> bool:
        if key.startswith(self._shared):
            try:
                return bool(self._ask("delete", self.make_key(key, version)))
            except _Away:
                pass
        if key.startswith(self._live):
            return _living.pop(self.make_key(key, version), None) is not None
        return super().delete(key, version)

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """What is kept of these, in one journey to Redis."""
        keys = list(keys)
        shared = [key for key in keys if key.startswith(self._shared)]
        found: dict[str, Any] = {}
        try:
            kept = self._ask("mget", [self.make_key(key, version) for key in shared]) if shared else []
            found = {key: json.loads(value) for key, value in zip(shared, kept, strict=True) if value is not None}
        except _Away:
            shared = []
        return found | super().get_many([key for key in keys if key not in shared], version)

    def forget_own(self) -> None:
        """All that this process keeps by itself."""
        super().clear()
        _living.clear()

    def clear(self) -> None:
        self.forget_own()
        try:
            for prefix in self._shared:
                if keys := list(self._redis.scan_iter(match=self.make_key(f"{prefix}*"), count=1000)):
                    self._ask("delete", *keys)
        except (_Away, RedisError, OSError):
            pass

    def _keep(self, key: str, value: Any, timeout: float | None) -> None:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        now = time.time()
        if len(_living) >= MOST_LIVING:
            for each, (until, _value) in list(_living.items()):
                if until <= now:
                    _living.pop(each, None)
        if len(_living) >= MOST_LIVING:
            _living.clear()
        _living[key] = (now + (seconds or 0), value)

    @cached_property
    def _redis(self) -> Redis:
        return Redis.from_url(
            self._url,
            socket_timeout=ANSWER_TIMEOUT_S,
            socket_connect_timeout=ANSWER_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )

    def _ask(self, command: str, *arguments: Any, **options: Any) -> Any:
        if redis_silence.is_kept():
            raise _Away
        try:
            return getattr(self._redis, command)(*arguments, **options)
        except (RedisError, OSError) as error:
            redis_silence.begin()
            log.warning("Redis is away (%s): attempts are counted in each process alone", type(error).__name__)
            raise _Away from error

    def _put(self, key: str, value: Any, timeout: float | None, version: int | None, *, nx: bool = False) -> bool:
        """Whether it is kept now: with ``nx`` only if nothing was."""
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        lifetime_ms = None if seconds is None else max(1, int(seconds * 1000))
        return bool(self._ask("set", self.make_key(key, version), json.dumps(value), px=lifetime_ms, nx=nx))
