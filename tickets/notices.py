"""What people are told of: the kinds of notices, and the ways each may come.

An app above the kernel adds its own kinds when it is ready, in its `apps.py`:
`register(Kind("promise_warning", _("…"), "sla-warning"))`. It tells people by `tickets.actions.notifying.tell(…)`,
of what is no ticket's by `tell_of_page(…)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Way(models.TextChoices):
    PAGE = "page", _("On the page")
    MAIL = "mail", _("On the page, and by mail at once")
    OFF = "off", _("Not at all")


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    label: Any
    """Translated when it is shown; begins the line and the mail's subject."""
    icon: str = "info"
    way: Way = Way.PAGE
    """How it comes to who has chosen nothing."""


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Twice the same is no harm. Raises `ValueError` where another kind has the name."""
    if _kinds.setdefault(kind.name, kind).icon != kind.icon:
        raise ValueError(f"There is another kind of notice called {kind.name}.")


def kinds() -> list[Kind]:
    """In the order they were registered: the kernel's own first."""
    return list(_kinds.values())


def kind(name: str) -> Kind:
    """An unknown one, of an app that is gone, is shown by its name."""
    return _kinds.get(name) or Kind(name, name)


@dataclass(frozen=True, slots=True)
class RegularMail:
    """A mail that comes again by itself and is no notice; the app that sends it knows who wants it."""

    name: str
    label: Any
    is_wanted: Callable[[Any], bool]
    """Asked with the person."""
    stop: Callable[[Any], object]


_regular_mails: dict[str, RegularMail] = {}


def register_regular_mail(mail: RegularMail) -> None:
    """So that a link in the mail itself can end it, as those of notices do: `tickets.stop_links`."""
    _regular_mails[mail.name] = mail


def regular_mail(name: str) -> RegularMail | None:
    return _regular_mails.get(name)


def way_for(name: str, chosen: Mapping[str, str]) -> Way:
    """How this kind comes to somebody who has ``chosen`` ways by kind."""
    way = chosen.get(name, "")
    return Way(way) if way in Way.values else kind(name).way


for each in (
    Kind("question", _("A question for you"), "mentor", Way.MAIL),
    Kind("answer", _("Your question was answered"), "mentor"),
    Kind("mentioned", _("You are named in a note"), "at", Way.MAIL),
    Kind("assigned", _("Assigned to you"), "user"),
    Kind("requester_wrote", _("The requester wrote"), "reply"),
    Kind("review_asked", _("A reply waits for your review"), "mentor"),
    Kind("reply_approved", _("Your reply was approved and sent"), "check"),
    Kind("reply_returned", _("Your reply came back with a comment"), "undo"),
    Kind("delivery_failed", _("A mail could not be delivered"), "warn"),
    Kind("woken", _("A snoozed ticket is back"), "snooze"),
    Kind("appointment_due", _("It is time for an appointment"), "clock"),
):
    register(each)
