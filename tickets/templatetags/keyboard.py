"""What can be done by a key says so: `{% act "take" %}` on its button or link, `{% kbd "take" %}` for the key in it.

The key is the reader's own. Who has switched them off has the buttons, without keys.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

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
    return _attributes(name, key_of(user, name), label, get_language())


@lru_cache(maxsize=1024)
def _attributes(name: str, key: str, label: str, language: str | None) -> SafeString:
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
    key = view_key(user, place)
    if not key:
        return SafeString()
    shown = ' data-act="view" data-key="{}" data-key-label="{}" title="{} ({})" aria-keyshortcuts="{}"'
    return format_html(shown, key, name, name, key, key)


def view_key(user: Any, place: int) -> str:
    """The key of the saved view in this place; empty for none."""
    key = keys.VIEW_KEYS[place : place + 1]
    own: Mapping[str, str] = getattr(user, "own_keys", None) or {}
    return key if getattr(user, "uses_keys", True) and key not in own.values() else ""


def _is_one(key: str) -> bool:
    return " " not in key or key.startswith("Shift ")


def _reader(context: template.Context) -> Any:
    return getattr(context.get("request"), "user", None)


@register.simple_tag(takes_context=True)
def act(context: template.Context, name: str, label: str = "") -> SafeString:
    return attributes(_reader(context), name, label)


@register.simple_tag(takes_context=True)
def palette_key(context: template.Context) -> SafeString:
    """Of the link to the palette: where a page has no search of its own, its key leads here. Ctrl K does everywhere."""
    key = key_of(_reader(context), "search")
    spoken = SafeString('data-act="palette" aria-keyshortcuts="Control+K Meta+K"')
    return format_html('{} data-key="{}"', spoken, key) if key else spoken


@register.simple_tag(takes_context=True)
def kbd(context: template.Context, name: str) -> SafeString:
    key = key_of(_reader(context), name)
    return format_html("<kbd>{}</kbd>", key) if key else SafeString()


@register.simple_tag(takes_context=True)
def keys_dialog(context: template.Context) -> SafeString:
    """Every key of this person; a script leaves those that the page has a control for."""
    return _keys_dialog(Keys.of(_reader(context)), get_language())


@lru_cache(maxsize=128)
def _keys_dialog(reader: Keys, language: str | None) -> SafeString:
    groups = [
        (group.title, [(action.name, action.label, key_of(reader, action.name)) for action in group.actions])
        for group in keys.GROUPS
    ]
    first, last = keys.VIEW_KEYS[0], keys.VIEW_KEYS[-1]
    shown = {"groups": groups, "are_on": reader.uses_keys, "first": first, "last": last}
    return get_template("components/_keys_dialog.html").render(shown)


@dataclass(frozen=True, slots=True)
class Keys:
    """A person's keys and nothing else of them: what looks the same for all who have the same."""

    uses_keys: bool
    own: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, user: Any) -> Keys:
        own: Mapping[str, str] = getattr(user, "own_keys", None) or {}
        return cls(getattr(user, "uses_keys", True), tuple(sorted(own.items())))

    @property
    def own_keys(self) -> dict[str, str]:
        return dict(self.own)


@register.simple_tag(takes_context=True)
def lying_ready(context: template.Context, name: str, **values: Hashable) -> SafeString:
    """The template ``name``, which every page repeats, rendered once by each process for the same ``values``, language
    and keys of the reader. It gets nothing else, so nobody is shown what was made for somebody with other rights."""
    return _ready(name, Keys.of(_reader(context)), get_language(), tuple(values.items()))


@lru_cache(maxsize=512)
def _ready(name: str, reader: Keys, language: str | None, values: tuple[tuple[str, Hashable], ...]) -> SafeString:
    return get_template(name).render({**dict(values), "request": SimpleNamespace(user=reader)})
