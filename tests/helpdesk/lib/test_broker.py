"""Hints that come at once are said once, and none is lost."""

import threading
from types import SimpleNamespace

import pytest

from helpdesk.lib import broker

WAIT_S = 30


@pytest.fixture
def said(monkeypatch):
    """What the broker hears, by a clock that stands still until it is moved."""
    heard: list[tuple[str, dict[str, object]]] = []
    all_of_it = threading.Condition()

    def hear(task, arguments):
        with all_of_it:
            heard.append((task.name, arguments))
            all_of_it.notify_all()
        return True

    def wait_for(count):
        with all_of_it:
            assert all_of_it.wait_for(lambda: len(heard) >= count, WAIT_S)

    monkeypatch.setattr(broker, "_say", hear)
    monkeypatch.setattr(broker, "_next", {})
    monkeypatch.setattr(broker, "AT_MOST_EVERY_S", 0.2)
    return SimpleNamespace(heard=heard, wait_for=wait_for)


def test_one_hint_is_said_at_once(said):
    assert broker.hint(SimpleNamespace(name="drain"))

    assert said.heard == [("drain", {})]


def test_many_hints_are_said_once_more_after_the_last_of_them(said, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(broker.time, "monotonic", lambda: now)
    drain, deal = SimpleNamespace(name="drain"), SimpleNamespace(name="deal")

    for _ in range(50):
        broker.hint(drain)
    broker.hint(deal)

    said.wait_for(3)
    assert sorted(said.heard) == [("deal", {}), ("drain", {}), ("drain", {})]
    now += 1
    broker.hint(drain)
    assert len(said.heard) == 4


def test_hints_with_something_to_say_are_all_said(said):
    fetch = SimpleNamespace(name="fetch")

    for number in (1, 2, 1):
        broker.hint(fetch, mailbox_id=number)

    assert [arguments["mailbox_id"] for _name, arguments in said.heard] == [1, 2, 1]
