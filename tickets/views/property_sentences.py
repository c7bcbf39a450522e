"""What became of tags, fields, subject, requester and snooze, and what was removed, as sentences of the timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tickets.models import Event, Kind
from tickets.models.ticket import RemovedAs
from tickets.templatetags.ui import full_moment
from tickets.views import rail

KINDS = frozenset(
    {
        Kind.SUBJECT_CHANGED,
        Kind.REQUESTER_CHANGED,
        Kind.TAGS_CHANGED,
        Kind.FIELD_CHANGED,
        Kind.SNOOZED,
        Kind.WOKEN,
        Kind.REMOVED,
        Kind.RESTORED,
    }
)

Sentence = tuple[str, SafeString]


def sentences(event: Event, who: SafeString, person: Callable[[int | None], SafeString]) -> Iterator[Sentence]:
    """An icon and a sentence per fact. ``person`` names somebody by id."""
    data = event.data
    if event.kind == Kind.SUBJECT_CHANGED:
        before, after = data["subject"]
        yield "edit", _say(_("{who} changed the subject from “{before}” to “{after}”"), who, before=before, after=after)
    elif event.kind == Kind.REQUESTER_CHANGED:
        _before, to = data["requester"]
        yield "user", _say(_("{who} made it a request of {person}"), who, person=person(to))
    elif event.kind == Kind.TAGS_CHANGED:
        yield from _tags(data, who)
    elif event.kind == Kind.FIELD_CHANGED:
        yield "edit", _field(data, who)
    elif event.kind == Kind.SNOOZED:
        until = datetime.fromisoformat(data["snoozed_until"][1])
        sentence = _("{who} snoozed it until {when}: {reason}")
        yield "snooze", _say(sentence, who, when=_bold(full_moment(until)), reason=data.get("reason", ""))
    elif event.kind == Kind.WOKEN:
        yield "snooze", _woken(event, who)
    elif event.kind == Kind.REMOVED:
        is_spam = data["removed_as"][1] == RemovedAs.SPAM
        yield "x", _say(_("{who} called it spam") if is_spam else _("{who} deleted it"), who)
    elif event.kind == Kind.RESTORED:
        yield "undo", _say(_("{who} restored it"), who)


def brought_back(data: dict[str, Any]) -> Iterator[Sentence]:
    """What a message of the requester ended."""
    if data.get("removed_as"):
        yield "undo", _say(_("Restored, because the requester wrote"))
    if data.get("snoozed_until"):
        yield "snooze", _say(_("Awake again, because the requester wrote"))


def _tags(data: dict[str, Any], who: SafeString) -> Iterator[Sentence]:
    before, after = data["tags"]
    added = [tag for tag in after if tag not in before]
    gone = [tag for tag in before if tag not in after]
    if data.get("everywhere"):
        if added:
            yield "tag", _say(_("The tag {old} is called {new} now"), old=_all(gone), new=_all(added))
        else:
            yield "tag", _say(_("The tag {old} was taken off everywhere"), old=_all(gone))
        return
    if added:
        yield "tag", _say(_("{who} tagged it {tags}"), who, tags=_all(added))
    if gone:
        yield "tag", _say(_("{who} took off the tag {tags}"), who, tags=_all(gone))


def _field(data: dict[str, Any], who: SafeString) -> SafeString:
    key, (_before, value) = data["field"], data["value"]
    label = rail.label_of(key)
    if not value:
        return _say(_("{who} emptied {field}"), who, field=_bold(label))
    shown = _bold(rail.value_in_words(key, value))
    return _say(_("{who} set {field} to {value}"), who, field=label, value=shown)


def _woken(event: Event, who: SafeString) -> SafeString:
    if event.data.get("why") == "time":
        return _say(_("Awake again: its time has come"))
    if event.data.get("why") == "warning":
        return _say(_("Awake again: its promise is about to run out"))
    return _say(_("{who} woke it"), who)


def _say(template: str, who: SafeString | None = None, **parts: Any) -> SafeString:
    return format_html(template, who=who, **parts)


def _bold(words: str) -> SafeString:
    return format_html("<b>{}</b>", words)


def _all(tags: Iterable[str]) -> SafeString:
    return format_html_join(", ", "<b>{}</b>", ((tag,) for tag in tags))
