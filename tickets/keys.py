"""The keys of the desk: what each does, the key it has when nobody changed it, and how a key is written.

A key is one character ("J", "/"), a letter with Shift ("Shift I") or two characters one after the other ("G Q").
All of them can be switched off and changed by each person (WCAG 2.1.4); keys with Ctrl, Escape and Enter stay.
Pages name the action, never the key: `{% act "take" %}` and `{% kbd "take" %}` (templatetags/keyboard.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True)
class Action:
    name: str
    key: str
    """The one it has by itself; empty for none."""
    label: Any


@dataclass(frozen=True, slots=True)
class Group:
    title: Any
    actions: tuple[Action, ...]


GROUPS = (
    Group(
        _("Everywhere"),
        (
            Action("search", "/", _("Search")),
            Action("walk_up", "W", _("Log a walk-up")),
            Action("new_ticket", "", _("New ticket")),
            Action("new_call", "C", _("Phone call")),
            Action("undo", "U", _("Undo the last action")),
            Action("go_queue", "G Q", _("Go to the queue")),
            Action("go_mine", "G M", _("Go to my tickets")),
            Action("go_notifications", "G N", _("Go to the notifications")),
            Action("go_questions", "", _("Go to the questions")),
            Action("go_dashboard", "G D", _("Go to the dashboard")),
            Action("go_favours", "G F", _("Go to the favours")),
            Action("go_views", "G V", _("Go to all views")),
            Action("keys", "?", _("All keys of this page")),
        ),
    ),
    Group(
        pgettext_lazy("keys", "In a list"),
        (
            Action("next", "J", _("Next ticket")),
            Action("previous", "K", _("Previous ticket")),
            Action("open", "O", _("Open the ticket")),
            Action("tick", "X", _("Tick the ticket")),
            Action("tick_next", "Shift J", _("Tick it and the next one")),
            Action("tick_previous", "Shift K", _("Tick it and the one before")),
            Action("change_ticked", "B", _("Change the ticked ones")),
            Action("filter", "F", pgettext_lazy("verb", "Filter")),
            Action("take_next", "Shift I", _("Take the next one")),
        ),
    ),
    Group(
        pgettext_lazy("keys", "On a ticket, and on the ticked ones"),
        (
            Action("take", "I", _("Take it myself")),
            Action("assign", "A", _("Assign it")),
            Action("status", "S", _("Change the status")),
            Action("priority", "", _("Change the priority")),
            Action("queue", "", _("Move it to another queue")),
            Action("solve", "E", pgettext_lazy("verb", "Solve")),
            Action("solve_next", "Shift E", _("Solve and go to the next")),
            Action("snooze", "Z", _("Snooze")),
            Action("wake", "", _("Wake it now")),
            Action("tags", "T", _("Change the tags")),
            Action("macro", "M", _("Choose a macro")),
            Action("reply", "R", _("Reply")),
            Action("note", "N", _("Internal note")),
            Action("copy", "", _("Send somebody a copy of the reply")),
            Action("send_next", "", _("Send and go to the next")),
            Action("ask", "Shift A", _("Ask a mentor or a colleague")),
            Action("link", "P", _("Link a ticket")),
            Action("merge", "Shift M", _("Merge into another ticket")),
            Action("subject", "", _("Change the subject")),
            Action("requester", "", _("Somebody else asks")),
            Action("appoint", "", _("Agree on a time")),
            Action("spam", "", _("It is spam")),
            Action("delete", "", pgettext_lazy("verb", "Delete the ticket")),
        ),
    ),
)
ACTIONS: Mapping[str, Action] = {action.name: action for group in GROUPS for action in group.actions}

VIEW_KEYS = "123456789"
"""One for each of the first saved views in the sidebar. They do not move; who gives one of them to something else has
that instead."""


class NotAKey(ValueError):
    """What was typed names no key."""


def read(typed: str) -> str:
    """A key as it is kept, from what somebody wrote: "shift j", "g q", "/"; empty stays empty. Raises `NotAKey`."""
    words = typed.upper().split()
    if not words:
        return ""
    if words[0] == "SHIFT":
        if len(words) != 2 or len(words[1]) != 1 or not words[1].isalpha():
            raise NotAKey(typed)
        return f"Shift {words[1]}"
    if len(words) > 2 or not all(len(each) == 1 and each.isprintable() for each in words):
        raise NotAKey(typed)
    return " ".join(words)


def by_action(own: Mapping[str, str]) -> dict[str, str]:
    """Every action with its key: the person's ``own``, else the one it has by itself."""
    return {name: own.get(name, action.key) for name, action in ACTIONS.items()}


def conflicts(chosen: Mapping[str, str]) -> dict[str, list[str]]:
    """The actions that get in each other's way, each with the others: the same key, or one that begins another."""
    taken = [(name, key) for name, key in chosen.items() if key]
    found: dict[str, list[str]] = {}
    for name, key in taken:
        others = [each for each, other in taken if each != name and _collide(key, other)]
        if others:
            found[name] = others
    return found


def _collide(one: str, other: str) -> bool:
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    return not longer.startswith("Shift") and longer.startswith(f"{shorter} ")


def changed(chosen: Mapping[str, str]) -> dict[str, str]:
    """Only what differs from the keys that actions have by themselves: later defaults reach whoever changed nothing."""
    return {name: key for name, key in chosen.items() if name in ACTIONS and key != ACTIONS[name].key}
