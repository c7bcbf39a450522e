"""What can be done by a key says so: `{% act "take" %}` on its button or link, `{% kbd "take" %}` for the key in it.

The key is the reader's own. Who has switched them off has the buttons, without keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tickets import keys

register = template.Library()


def key_of(user: Any, name: str) -> str:
    """The key that ``name`` has for this person; empty for none."""
    action = keys.ACTIONS[name]
    if not getattr(user, "uses_keys", True):
        return ""
    own: Mapping[str, str] = getattr(user, "own_keys", None) or {}
    return own.get(name, action.key)


def attributes(user: Any, name: str, label: str = "") -> SafeString:
    """Of the control that does it. ``label`` where this page calls it otherwise."""
    key = key_of(user, name)
    words = label or str(keys.ACTIONS[name].label)
    if not key:
        return format_html('data-act="{}" data-key-label="{}"', name, words)
    # "G Q" would mean G or Q there: the attribute knows no keys one after the other.
    spoken = format_html(' aria-keyshortcuts="{}"', key.replace("Shift ", "Shift+")) if _is_one(key) else ""
    return format_html(
        'data-act="{}" data-key="{}" data-key-label="{}" title="{} ({})"{}', name, key, words, words, key, spoken
    )


def view_attributes(user: Any, place: int, name: str) -> SafeString:
    """Of the link to the saved view in this place of the sidebar, from 0."""
    key = keys.VIEW_KEYS[place : place + 1]
    own: Mapping[str, str] = getattr(user, "own_keys", None) or {}
    if not key or not getattr(user, "uses_keys", True) or key in own.values():
        return SafeString()
    shown = ' data-act="view" data-key="{}" data-key-label="{}" title="{} ({})" aria-keyshortcuts="{}"'
    return format_html(shown, key, name, name, key, key)


def _is_one(key: str) -> bool:
    return " " not in key or key.startswith("Shift ")


def _reader(context: template.Context) -> Any:
    return getattr(context.get("request"), "user", None)


@register.simple_tag(takes_context=True)
def act(context: template.Context, name: str, label: str = "") -> SafeString:
    return attributes(_reader(context), name, label)


@register.simple_tag(takes_context=True)
def kbd(context: template.Context, name: str) -> SafeString:
    key = key_of(_reader(context), name)
    return format_html("<kbd>{}</kbd>", key) if key else SafeString()


@register.inclusion_tag("components/_keys_dialog.html", takes_context=True)
def keys_dialog(context: template.Context) -> dict[str, Any]:
    """Every key of this person; a script leaves those that the page has a control for."""
    user = _reader(context)
    groups = [
        (group.title, [(action.name, action.label, key_of(user, action.name)) for action in group.actions])
        for group in keys.GROUPS
    ]
    first, last = keys.VIEW_KEYS[0], keys.VIEW_KEYS[-1]
    return {"groups": groups, "are_on": getattr(user, "uses_keys", True), "first": first, "last": last}
