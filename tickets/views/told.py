"""What the timeline says of links, merges, splits and appointments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tickets.actions.linking import Relation
from tickets.models import Event, Kind
from tickets.templatetags.ui import full_moment

KINDS = {
    Kind.LINKED,
    Kind.UNLINKED,
    Kind.MERGED,
    Kind.UNMERGED,
    Kind.SPLIT,
    Kind.APPOINTED,
    Kind.APPOINTMENT_MOVED,
    Kind.APPOINTMENT_CANCELLED,
}

Sentence = tuple[str, SafeString]


def sentences(event: Event, who: SafeString, tickets: Mapping[int, str]) -> Iterator[Sentence]:
    """``tickets`` are the other tickets in the reader's sight, by number: one outside of it is not named, and a link to
    it not told at all."""
    if event.kind in (Kind.LINKED, Kind.UNLINKED):
        yield from _link(event, who, tickets)
    elif event.kind in (Kind.MERGED, Kind.UNMERGED):
        yield "merge", _say(_merge(event.kind, event.data, tickets), who=who, **_other(event.data, tickets))
    elif event.kind == Kind.SPLIT:
        yield "merge", _say(_split(event.data, tickets), who=who, **_other(event.data, tickets))
    else:
        yield "calplus", _appointment(event, who)


def _link(event: Event, who: SafeString, tickets: Mapping[int, str]) -> Iterator[Sentence]:
    if event.data["other"] not in tickets:
        return
    parts = {
        "who": who,
        "relation": Relation(event.data["relation"]).label.lower(),
        "ticket": _number(event.data["other"]),
    }
    if event.kind == Kind.LINKED:
        yield "link", _say(_("{who} linked it: {relation} {ticket}"), **parts)
    else:
        yield "link", _say(_("{who} took the link away: {relation} {ticket}"), **parts)


def _merge(kind: str, data: Mapping[str, Any], tickets: Mapping[int, str]) -> str:
    is_known = bool(_other(data, tickets))
    if kind == Kind.MERGED and "into" in data:
        return _("{who} merged it into {ticket}") if is_known else _("{who} merged it into another ticket")
    if kind == Kind.MERGED:
        return _("{who} merged {ticket} into it") if is_known else _("{who} merged another ticket into it")
    if "out_of" in data:
        return _("{who} took it out of {ticket} again") if is_known else _("{who} made it a ticket of its own again")
    return _("{who} took {ticket} out of it again") if is_known else _("{who} undid a merge into it")


def _split(data: Mapping[str, Any], tickets: Mapping[int, str]) -> str:
    is_known = bool(_other(data, tickets))
    if "into" in data:
        return _("{who} split messages off into {ticket}") if is_known else _("{who} split messages off")
    return _("{who} split it off {ticket}") if is_known else _("{who} split it off another ticket")


def _other(data: Mapping[str, Any], tickets: Mapping[int, str]) -> dict[str, SafeString]:
    number = next((data[key] for key in ("into", "source", "out_of") if key in data), None)
    return {"ticket": _number(number)} if number in tickets else {}


def _appointment(event: Event, who: SafeString) -> SafeString:
    data = event.data
    stamp = data["starts_at"][-1] if isinstance(data["starts_at"], list) else data["starts_at"]
    parts = {"who": who, "title": data["title"], "when": full_moment(datetime.fromisoformat(stamp))}
    if event.kind == Kind.APPOINTED:
        return _say(_("{who} agreed on {when}: {title}"), **parts)
    if event.kind == Kind.APPOINTMENT_MOVED:
        return _say(_("{who} changed the appointment, now {when}: {title}"), **parts)
    return _say(_("{who} cancelled the appointment of {when}: {title}"), **parts)


def began(event: Event) -> Sentence:
    """The time of an appointment came."""
    return "calplus", _say(_("Time for the appointment: {title}"), title=event.data["title"])


def undo_of(event: Event, undoable: set[int]) -> str:
    """Where a merge into this ticket is undone, while it can be."""
    merge = event.data.get("merge") if event.kind == Kind.MERGED and "source" in event.data else None
    return reverse("unmerge", args=[merge]) if merge in undoable else ""


def _number(number: int | None) -> SafeString:
    return format_html('<a href="{}">#{}</a>', reverse("ticket", args=[number]), number)


def _say(template: str, **parts: Any) -> SafeString:
    return format_html(template, **parts)
