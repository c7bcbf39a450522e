"""The keys of the desk: how one is written, who is in whose way, what pages show of them."""

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from tickets import keys


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("j", "J"), ("J", "J"), ("shift i", "Shift I"), (" SHIFT  I ", "Shift I"), ("g q", "G Q"), ("/", "/"), ("", ""),
        ("ł", "Ł"), ("7", "7"), ("  ", ""),
    ],
)  # fmt: skip
def test_a_key_as_people_write_it(typed, key):
    assert keys.read(typed) == key


@pytest.mark.parametrize("typed", ["ctrl k", "enter", "shift", "shift 1", "shift ab", "gq", "g q r", "\x07"])
def test_what_is_no_key(typed):
    with pytest.raises(keys.NotAKey):
        keys.read(typed)


def test_by_themselves_no_two_keys_are_in_each_others_way():
    assert keys.conflicts(keys.by_action({})) == {}


def test_the_same_key_twice_and_one_that_begins_another():
    chosen = {"next": "G", "reply": "R", "note": "R", "go_queue": "G Q", "take": "Shift I", "merge": "", "link": ""}

    found = keys.conflicts(chosen)

    assert found == {"reply": ["note"], "note": ["reply"], "next": ["go_queue"], "go_queue": ["next"]}


def test_shift_is_not_the_first_of_two():
    assert keys.conflicts({"take": "I", "take_next": "Shift I", "keys": "S"}) == {}


def test_only_what_differs_is_kept():
    assert keys.changed({"next": "J", "reply": "Q", "note": "", "gone": "V"}) == {"reply": "Q", "note": ""}


class Anybody:
    uses_keys = True
    own_keys: dict = {}


def rendered(user, text):
    request = RequestFactory().get("/")
    request.user = user
    return Template(text).render(Context({"request": request}))


def test_a_control_says_its_key():
    shown = rendered(Anybody(), '<button {% act "take_next" %}>{% kbd "take_next" %}</button>')

    assert 'data-key="Shift I"' in shown
    assert 'aria-keyshortcuts="Shift+I"' in shown
    assert "<kbd>Shift I</kbd>" in shown
    assert "(Shift I)" in shown
