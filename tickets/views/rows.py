"""Rows of a list, made ready for the template: a page shows fifty, so each is prepared once and only printed there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache

from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from tickets.contact import mask_name
from tickets.models import Priority, Status, Ticket, User
from tickets.templatetags.promises import pill, promise
from tickets.templatetags.ui import avatar, channel_mark

NOTHING = SafeString()


@dataclass(frozen=True, slots=True)
class Row:
    number: str
    subject: str
    who: str
    flags: SafeString
    channel: SafeString
    chips: SafeString
    pill: SafeString
    owner: SafeString
    more: SafeString = NOTHING
    """A line of its own under the others."""
    is_marked: bool = False
    """The subject is HTML: a subject that only reads like it is another row."""

    @property
    def html(self) -> SafeString:
        """Pages of one team show the same rows: a row that looks as it did is not rendered again."""
        return _rendered(self)


@lru_cache(maxsize=4096)
def _rendered(row: Row) -> SafeString:
    return get_template("tickets/_row.html").render({"row": row})


def row_of(
    ticket: Ticket,
    at: datetime,
    *,
    may_see_contact: bool,
    has_left: bool = False,
    subject: SafeString = NOTHING,
    more: SafeString = NOTHING,
) -> Row:
    """``has_left``: it belongs to the list no more, and stays a moment so that nothing moves under the hand.

    ``subject`` stands for the ticket's own, with the words that were searched for marked; ``more`` is a line of its own
    under the others.
    """
    language = get_language() or "en"
    name = ticket.requester.name if may_see_contact else mask_name(ticket.requester.name)
    return Row(
        number=str(ticket.pk),
        subject=subject or ticket.subject or gettext("(no subject)"),
        who=f"{ticket.organisation.name}, {name}" if ticket.organisation else name,
        flags=_flags(ticket, has_left),
        channel=_channel(ticket.channel, language),
        chips=_chips(ticket.priority, ticket.status, language) + _tags(tuple(ticket.tags)),
        pill=pill(promise(ticket, at)),
        owner=_owner(ticket.assignee, language),
        more=more,
        is_marked=bool(subject),
    )


def _flags(ticket: Ticket, has_left: bool) -> SafeString:
    if has_left:
        return SafeString(" data-left data-done") if ticket.solved_at else SafeString(" data-left")
    return SafeString(" data-unread") if ticket.status == Status.NEW else NOTHING


@cache
def _channel(channel: str, language: str) -> SafeString:
    return channel_mark(channel)


@cache
def _chips(priority: int, status: str, language: str) -> SafeString:
    """What is out of the ordinary: a raised priority, a hold."""
    chips = NOTHING
    if priority > Priority.NORMAL:
        tone = SafeString(' data-tone="red"') if priority == Priority.URGENT else NOTHING
        chips += format_html(' <span class="chip"{}>{}</span>', tone, Priority(priority).label)
    if status == Status.ON_HOLD:
        chips += format_html(' <span class="chip">{}</span>', Status.ON_HOLD.label)
    return chips


SHOWN_TAGS = 3


@lru_cache(maxsize=4096)
def _tags(tags: tuple[str, ...]) -> SafeString:
    """The first few; the ticket itself shows all."""
    chips = NOTHING
    for tag in tags[:SHOWN_TAGS]:
        chips += format_html(' <span class="chip" data-tone="line"><span class="clip">{}</span></span>', tag)
    if len(tags) > SHOWN_TAGS:
        chips += format_html(' <span class="chip" data-tone="line">+{}</span>', len(tags) - SHOWN_TAGS)
    return chips


def _owner(person: User | None, language: str) -> SafeString:
    return _nobody(language) if person is None else _face(person.pk, str(person))


@cache
def _nobody(language: str) -> SafeString:
    return avatar(None)


@lru_cache(maxsize=4096)
def _face(person_id: int, name: str) -> SafeString:
    return avatar(User(pk=person_id, name=name))
