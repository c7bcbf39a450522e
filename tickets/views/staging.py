"""Macros in the composer: which there are, and the changes of the chosen one, which wait there until Send."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from tickets.actions.changes import Change
from tickets.models import Macro, Ticket
from tickets.queries.macros import macros_for
from tickets.views.changes import in_words


@dataclass(frozen=True)
class Waiting:
    place: int
    words: str
    is_on: bool


@dataclass(frozen=True)
class Staged:
    """A macro whose words stand in the composer. Nothing is done before they are sent; any change can be left out."""

    macro: int
    name: str
    is_note: bool
    changes: list[Waiting]


def stage(macro: Macro, *, but: frozenset[int] = frozenset()) -> Staged:
    """``but`` are the places of changes that the person left out."""
    phrases = in_words(macro.changes)
    waiting = [Waiting(place, words, is_on=place not in but) for place, words in enumerate(phrases)]
    return Staged(macro.pk, macro.name, macro.is_note, waiting)


def staged_macro(request: HttpRequest, found: Ticket) -> Macro | None:
    """The macro that waits in the composer that was sent; None for one that is not offered on this ticket."""
    wanted = request.POST.get("macro", "")
    return next((each for each in macros_for(found) if str(each.pk) == wanted), None)


def chosen_changes(request: HttpRequest, macro: Macro) -> list[Change]:
    wanted = request.POST.getlist("change")
    return [change for place, change in enumerate(macro.changes) if str(place) in wanted]


def staged_in(request: HttpRequest, found: Ticket) -> Staged | None:
    """What was staged when the page was sent, for showing it again."""
    macro = staged_macro(request, found)
    if macro is None:
        return None
    wanted = set(request.POST.getlist("change"))
    return stage(macro, but=frozenset(place for place in range(len(macro.changes)) if str(place) not in wanted))
