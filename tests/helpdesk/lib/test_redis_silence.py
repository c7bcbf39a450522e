"""Whoever waited for Redis in vain lets nobody else in the process wait."""

from types import SimpleNamespace

from helpdesk.lib import broker, redis_silence
from helpdesk.lib.shared_cache import SharedCache

NOBODY = "redis://127.0.0.1:1/0"


def make_task(*, broken: bool = False) -> tuple[SimpleNamespace, list[object]]:
    asked: list[object] = []

    def apply_async(**said: object) -> None:
        asked.append(said)
        if broken:
            raise OSError("nobody answers")

    return SimpleNamespace(name="drain", apply_async=apply_async), asked


def test_no_hint_is_tried_after_the_cache_found_nobody():
    task, asked = make_task()
    SharedCache(NOBODY, {"OPTIONS": {"SHARED": ["allauth"]}}).get("allauth:rl")

    assert not broker.hint(task, number=1)
    assert asked == []
    redis_silence.end()
    assert broker.hint(task, number=1)
    assert len(asked) == 1


def test_the_cache_asks_nobody_after_a_hint_failed():
    task, asked = make_task(broken=True)
    asked_by_cache: list[str] = []
    cache = SharedCache(NOBODY, {"OPTIONS": {"SHARED": ["allauth"]}})
    cache.__dict__["_redis"] = SimpleNamespace(set=lambda *key, **how: asked_by_cache.append("set"))

    assert not broker.hint(task, number=1)
    cache.set("allauth:rl", [1.0], 60)

    assert len(asked) == 1
    assert asked_by_cache == []


def test_silence_is_over_by_itself(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(redis_silence.time, "monotonic", lambda: now)
    redis_silence.begin()
    assert redis_silence.is_kept()

    now += redis_silence.SILENCE_S

    assert not redis_silence.is_kept()
