"""What is counted for all processes together, and what happens to it while Redis is away."""

import os
import time
from collections.abc import Callable

import pytest

from helpdesk.lib import shared_cache
from helpdesk.lib.shared_cache import SharedCache

LIMIT = "allauth:rl:login"
NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def make_cache(redis) -> Callable[..., SharedCache]:
    def make(url: str = os.environ.get("REDIS_URL", "")) -> SharedCache:
        cache = SharedCache(url, {"OPTIONS": {"SHARED": ["allauth"]}})
        cache.clear()
        return cache

    return make


def test_limits_lie_in_redis_and_all_else_in_memory(make_cache, redis):
    cache = make_cache()

    cache.set(LIMIT, [1.5, 2.5], 60)
    cache.set("counts:everything", {1, 2}, 60)

    assert cache.get(LIMIT) == [1.5, 2.5]
    assert cache.get("counts:everything") == {1, 2}
    assert redis.keys() == [cache.make_key(LIMIT).encode()]
    assert 50 < redis.ttl(cache.make_key(LIMIT)) <= 60


def test_what_is_added_is_added_once_by_whichever_process(make_cache):
    one, other = make_cache(), make_cache()

    assert [one.add("allauth:lock", True, 60), other.add("allauth:lock", True, 60)] == [True, False]
    assert other.delete("allauth:lock")
    assert one.add("allauth:lock", True, 60)


def test_only_our_own_keys_are_cleared(make_cache, redis):
    redis.set("celery", "work")
    cache = make_cache()
    cache.set(LIMIT, [1.0], None)

    cache.clear()

    assert redis.keys() == [b"celery"]


def test_while_redis_is_away_each_process_counts_alone_and_nobody_waits(make_cache):
    cache = make_cache(NOBODY)
    begun = time.monotonic()

    for number in range(100):
        assert cache.add(f"allauth:{number}", number, 60)
        assert cache.get(f"allauth:{number}") == number

    assert not cache.add("allauth:1", 1, 60)
    assert time.monotonic() - begun < 20 * shared_cache.ANSWER_TIMEOUT_S


def test_what_nobody_changes_is_kept_as_it_is_and_for_its_time_only(monkeypatch):
    cache = SharedCache(NOBODY, {"OPTIONS": {"SHARED": [], "LIVE": ["desks"]}})
    cache.clear()
    desks, others = ("Billing",), ["Billing"]

    cache.set("desks", desks, 10)
    cache.set("others", others, 10)

    assert cache.get("desks") is desks
    assert cache.get("others") == others
    assert cache.get("others") is not others
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 11)
    assert cache.get("desks", "gone") == "gone"
