"""The conversation as the page shows it: messages, events and days in one order, events as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tickets.channels.email import bounce_sentences, identity, traits
from tickets.channels.email.quoting import Piece, folded, pieces
from tickets.channels.email.signed import without_armour
from tickets.contact import mask_email
from tickets.models import Channel, Event, Kind, Message, Priority, Status, User
from tickets.templatetags.favours import minutes_in_words
from tickets.templatetags.mail import pictures_in
from tickets.templatetags.ui import day, icon
from tickets.views import property_sentences, told
from tickets.views.restored import label_of_property

MAX_CONTEXT_LINES = 4
LONG_RUN, STAY = 5, 2
"""Of so many changes in a row the last ones stay in sight, the others fold into one line."""


# A template asks each entry for what another kind has. To find that a name is missing takes Django as long as rendering
# a row, so every kind has the names that tell them apart.


@dataclass(frozen=True, slots=True)
class Day:
    title: str
    message: ClassVar[None] = None
    folded: ClassVar[tuple[()]] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Words, or a quotation or signature, which the page folds."""

    kind: str
    text: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A message, its own words apart from what it quotes and from signatures, in its order."""

    title: ClassVar[str] = ""
    folded: ClassVar[tuple[()]] = ()
    message: Message
    parts: list[Part]
    kind: str
    files: list[dict[str, Any]]
    chips: list[dict[str, Any]]
    """The files that are not shown in its words as pictures."""
    is_folded: bool = False
    """What a machine wrote says little: it is there to be opened."""

    @property
    def text(self) -> str:
        """All of it, as it may be read."""
        return "\n".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Happened:
    title: ClassVar[str] = ""
    message: ClassVar[None] = None
    folded: ClassVar[tuple[()]] = ()
    at: datetime
    icon: SafeString
    sentence: SafeString
    undo: str = ""
    """Where it can be undone; empty when it cannot."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Changes in a row that say little beside the words: one line that opens."""

    title: ClassVar[str] = ""
    message: ClassVar[None] = None
    folded: list[Happened]

    @property
    def words(self) -> str:
        number = len(self.folded)
        return ngettext("%(number)d earlier change", "%(number)d earlier changes", number) % {"number": number}

    @property
    def at(self) -> datetime:
        return self.folded[0].at


Entry = Day | Said | Happened | Fold


@dataclass(frozen=True)
class Names:
    """What the sentences call people and queues, by id. ``reader`` is called "You". ``tickets`` are the others in the
    reader's sight, ``undoable`` the merges that the reader may undo."""

    reader: User
    requester_id: int
    people: Mapping[int, str]
    queues: Mapping[int, str]
    tickets: Mapping[int, str] = field(default_factory=dict)
    undoable: set[int] = field(default_factory=set)

    def person(self, person_id: int | None) -> SafeString:
        if person_id is None:
            return format_html("<b>{}</b>", _("nobody"))
        name = _("You") if person_id == self.reader.pk else self.people.get(person_id) or _("somebody")
        return format_html("<b>{}</b>", name)

    def actor(self, person_id: int | None) -> SafeString:
        """Who did it; what nobody did the desk did by itself."""
        return self.person(person_id) if person_id is not None else format_html("<b>{}</b>", _("The desk"))

    def queue(self, queue_id: int) -> SafeString:
        return format_html("<b>{}</b>", self.queues.get(queue_id) or _("another queue"))


def timeline(messages: Iterable[Message], events: Iterable[Event], names: Names, *, at: datetime) -> list[Entry]:
    """Everything in order of time, with a line before the first entry of each day of the reader."""
    entries: list[Said | Happened] = [said(message, is_first=not index) for index, message in enumerate(messages)]
    entries += [happened for event in events for happened in _happened(event, names)]
    return list(_with_folds(_with_days(sorted(entries, key=_moment), at)))


def _with_folds(entries: Iterable[Day | Said | Happened]) -> Iterator[Entry]:
    """What can be undone stays in sight."""
    for is_change, group in groupby(entries, key=lambda entry: isinstance(entry, Happened) and not entry.undo):
        run = list(group)
        if not is_change or len(run) < LONG_RUN:
            yield from run
            continue
        yield Fold([each for each in run[:-STAY] if isinstance(each, Happened)])
        yield from run[-STAY:]


def said(message: Message, *, is_first: bool = False) -> Said:
    kind = "note" if message.is_note else "" if message.is_from_requester else "public"
    if getattr(message, "asked", None):
        kind = "ask"
    parts = _parts(message)
    is_folded = bool(message.automatic and parts) and not is_first
    files = list(getattr(message, "files", ()))
    shown = {picture["id"] for part in parts if part.kind == "words" for picture in pictures_in(part.text, files)}
    return Said(message, parts, kind, files, [file for file in files if file["id"] not in shown], is_folded)


def _parts(message: Message) -> list[Part]:
    shown = [(piece.kind, text) for piece in _pieces(message) if (text := piece.text.strip("\n").rstrip())]
    if not shown:
        return []
    following = [*[kind for kind, _text in shown[1:]], ""]
    return [
        # A line or two that an answer follows is what the answer is about.
        Part(kind, text, is_open=kind == "quote" and after == "words" and text.count("\n") < MAX_CONTEXT_LINES)
        for (kind, text), after in zip(shown, following, strict=True)
    ]


def _pieces(message: Message) -> list[Piece]:
    if message.folds is not None:
        # A mail stored before its tokens were taken out folds anew, without them.
        return folded(identity.without_tokens(message.text), message.folds)
    # What is written on our pages quotes nothing: all of it is meant.
    if not (message.mail_id or (message.is_from_requester and message.channel == Channel.EMAIL)):
        text = identity.without_tokens(message.text) if message.is_from_requester else message.text
        return [Piece("words", text)]
    text = without_armour(message.text) if traits.SIGNED_PGP in message.mail_traits else message.text
    return pieces(identity.without_tokens(text))


def people_in(events: Iterable[Event]) -> set[int]:
    """Ids of people whom the sentences will name besides those who acted."""
    ids: set[int] = set()
    for event in events:
        pair = event.data.get("assignee") or []
        ids.update(each for each in [*pair, event.data.get("author"), *event.data.get("let_in", ())] if each)
        if event.kind in (Kind.LET_GO, Kind.LET_BACK):
            ids.add(event.data["person"])
    return ids | requesters_in(events)


def requesters_in(events: Iterable[Event]) -> set[int]:
    """Ids of people who were made the requester: contacts, whose names are masked for people on a duty."""
    return {event.data["requester"][1] for event in events if event.kind == Kind.REQUESTER_CHANGED}


def _moment(entry: Said | Happened) -> datetime:
    return entry.message.at if isinstance(entry, Said) else entry.at


def _with_days(entries: Iterable[Said | Happened], at: datetime) -> Iterator[Day | Said | Happened]:
    last = None
    for entry in entries:
        today = timezone.localtime(_moment(entry)).date()
        if today != last:
            yield Day(day(_moment(entry), at))
        last = today
        yield entry


def _happened(event: Event, names: Names) -> Iterator[Happened]:
    for glyph, sentence in _sentences(event, names):
        yield Happened(event.at, icon(glyph), sentence, told.undo_of(event, names.undoable))


def _say(template: str | Promise, **parts: Any) -> SafeString:
    return format_html(str(template), **parts) if parts else conditional_escape(template)


def _sentences(event: Event, names: Names) -> Iterator[tuple[str, SafeString]]:
    """What happened, in one sentence per fact. Messages stand for themselves and get none."""
    data = event.data
    rule = data.get("rule")
    who = _say(_("The rule “{name}”"), name=rule["name"]) if rule else names.actor(event.actor_id)
    if event.kind == Kind.OPENED:
        yield from _opened(event, who, names)
    elif event.kind == Kind.TAKEN:
        yield "user", _say(_("{who} took it"), who=who)
    elif event.kind == Kind.ASSIGNED:
        _before, to = data["assignee"]
        if data.get("automatic"):
            yield "user", _say(_("Assigned to {person} automatically"), person=names.person(to))
        elif to is None:
            yield "user", _say(_("{who} handed it back, nobody has it"), who=who)
        elif to == event.actor_id:
            yield "user", _say(_("{who} took it"), who=who)
        else:
            yield "user", _say(_("{who} gave it to {person}"), who=who, person=names.person(to))
    elif event.kind == Kind.PRIORITY_CHANGED:
        yield (
            "flag",
            _say(_("{who} set the priority to {priority}"), who=who, priority=_bold(Priority, data["priority"][1])),
        )
    elif event.kind == Kind.QUEUE_CHANGED:
        before, to = data["queue"]
        yield (
            "swap",
            _say(_("{who} moved it from {before} to {to}"), who=who, before=names.queue(before), to=names.queue(to)),
        )
    elif event.kind == Kind.REPLY_RETURNED and event.actor_id is None:
        yield "undo", _say(_("A reply could not leave and is a draft again: {why}"), why=data.get("comment", ""))
    elif event.kind == Kind.REPLY_RETURNED:
        yield "undo", _say(_("{who} returned the reply: {comment}"), who=who, comment=data.get("comment", ""))
    elif event.kind == Kind.DELIVERY_FAILED:
        # Masked for everybody: events know no rights, and the message itself names the address to those who may see it.
        yield "warn", _say(_("A mail to {address} could not be delivered"), address=mask_email(data.get("address", "")))
    elif event.kind == Kind.BOUNCED:
        yield "warn", _bounced_sentence(data)
    elif event.kind == Kind.PAUSE_ENDED:
        yield "mail", _pause_ended_sentence(data, who)
    elif event.kind == Kind.REPLIED and "author" in data:
        yield "check", _say(_("{who} approved the reply"), who=who)
    elif event.kind == Kind.CALLED:
        yield "phone", _call_sentence(data, who)
    elif event.kind == Kind.LET_GO:
        yield "eye", _say(_("{who} let {person} go"), who=who, person=names.person(data["person"]))
    elif event.kind == Kind.LET_BACK:
        yield "eye", _say(_("{who} let {people} look in"), who=who, people=names.person(data["person"]))
    elif event.kind in told.KINDS:
        yield from told.sentences(event, who, names.tickets)
    elif event.kind == Kind.WOKEN and data.get("appointment"):
        yield told.began(event)
    elif event.kind in property_sentences.KINDS:
        yield from property_sentences.sentences(event, who, names.person)
    elif event.kind == Kind.UNDONE:
        names_of = ", ".join(sorted(label_of_property(name) for name in data if name not in ("bulk", "undoes")))
        yield "undo", _say(_("{who} undid a change: {properties}"), who=who, properties=names_of)
        return
    if data.get("let_in"):
        people = format_html_join(", ", "{}", ((names.person(each),) for each in data["let_in"]))
        yield "eye", _say(_("{who} let {people} look in"), who=who, people=people)
    if event.kind == Kind.REQUESTER_WROTE:
        yield from property_sentences.brought_back(data)
    if event.kind != Kind.ASSIGNED and event.kind != Kind.TAKEN and data.get("assignee"):
        yield "user", _owner_sentence(data["assignee"][1], names)
    if data.get("status"):
        yield _status_sentence(event, who)


def _owner_sentence(person_id: int, names: Names) -> SafeString:
    if person_id == names.reader.pk:
        return _say(_("It is yours now"))
    return _say(_("It belongs to {person} now"), person=names.person(person_id))


def _bounced_sentence(data: dict[str, Any]) -> SafeString:
    parts = {
        "address": mask_email(data.get("address", "")),
        "reason": bounce_sentences.sentence(data.get("reason", "")),
    }
    if data.get("is_paused"):
        return _say(_("A mail to {address} came back: {reason} Mail to this address is paused."), **parts)
    return _say(_("A mail to {address} came back: {reason}"), **parts)


def _call_sentence(data: dict[str, Any], who: SafeString) -> SafeString:
    length = minutes_in_words(max(1, -(-data.get("seconds", 0) // 60)))
    if data.get("direction") == "out":
        return _say(_("{who} called and talked for {length}"), who=who, length=length)
    return _say(_("{who} took a call of {length}"), who=who, length=length)


def _pause_ended_sentence(data: dict[str, Any], who: SafeString) -> SafeString:
    address, number = mask_email(data.get("address", "")), data.get("released", 0)
    if not number:
        return _say(
            _("{who} ended the pause of {address}; no reply of this ticket had waited for it"), who=who, address=address
        )
    sentence = ngettext(
        "{who} ended the pause of {address}; {number} reply that had waited leaves now",
        "{who} ended the pause of {address}; {number} replies that had waited leave now",
        number,
    )
    return _say(sentence, who=who, address=address, number=number)


def _opened(event: Event, who: SafeString, names: Names) -> Iterator[tuple[str, SafeString]]:
    channel = event.data.get("channel", "")
    name = Channel(channel).label if channel in Channel.values else ""
    if event.actor and names.requester_id not in (event.actor_id, event.actor.merged_into_id):
        yield "plus", _say(_("{who} opened it for the requester ({channel})"), who=who, channel=name)
    if event.data.get("favour") == "asked_to_file":
        yield "walk", _("It was asked for in person first, and filed then")
    for key, template in (("follow_up_of", _("It follows {ticket}")), ("looks_like", _("It may belong to {ticket}"))):
        number = event.data.get(key)
        if number:
            link = format_html('<a href="{}">#{}</a>', reverse("ticket", args=[number]), number)
            yield "link", _say(template, ticket=link)


def _status_sentence(event: Event, who: SafeString) -> tuple[str, SafeString]:
    _before, to = event.data["status"]
    if event.kind == Kind.REQUESTER_WROTE:
        return "undo", _say(_("Open again, because the requester wrote"))
    if event.kind == Kind.WOKEN:
        return "clock", _say(_("Open again, because it is time"))
    if event.actor_id is None and to == Status.CLOSED:
        return "lock", _say(_("Closed for good, since nobody came back to it"))
    glyph = "check" if to == Status.SOLVED else "clock"
    sentence = _say(_("{who} set it to {status}"), who=who, status=_bold(Status, to))
    if event.data.get("reason"):
        sentence = _say(_("{sentence}: {reason}"), sentence=sentence, reason=event.data["reason"])
    return glyph, sentence


def _bold(choices: Any, value: Any) -> SafeString:
    return format_html("<b>{}</b>", choices(value).label)
