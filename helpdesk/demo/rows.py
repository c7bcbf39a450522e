"""From told stories to rows: tickets, messages, events, files, what left by mail, who was told."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Model

from helpdesk.demo import files, people, promises
from helpdesk.demo.copying import Sheet, load, sheet
from helpdesk.demo.hours import utc
from helpdesk.demo.story import Happening, Letter, Story
from sla.actions import folding
from tickets.channels.email import identity
from tickets.models import (
    Attachment,
    Channel,
    Event,
    Kind,
    Message,
    Notification,
    Outbox,
    Status,
    Ticket,
    User,
)
from tickets.models.message import storage_path

FIRST_NUMBER = 40000
ACKNOWLEDGED_PER_DAY = 5
FILES_AT_ONCE = 16

Progress = Callable[[str, int], Callable[[int], None]]


@dataclass(frozen=True)
class Made:
    """What was made, for the closing line."""

    unsolved: int
    solved: int
    people: int
    messages: int
    events: int
    files: int


def silent(what: str, total: int) -> Callable[[int], None]:
    return lambda done: None


@dataclass(frozen=True)
class Numbers:
    """The first number of each kind of row."""

    ticket: int = FIRST_NUMBER
    letter: int = 1
    event: int = 1
    mail: int = 1


def write_stories(stories: list[Story], progress: Progress) -> Made:
    """Write told stories, in the order of their opening, as the rows of every table they touch. The people are there."""
    organisation = dict(User.objects.values_list("pk", "organisation_id"))
    expected = sum(1 + 2 * len(story.letters) + len(story.happenings) for story in stories)
    advance = progress("Storing", expected)
    counts: Counter[type[Model]] = Counter()
    for page in sheets(stories, organisation, Numbers(), has_bounce=True):
        counts[page.model] = load(page)
        advance(page.count)
    return made(stories, counts, people=len(organisation))


def made(stories: list[Story], counts: Mapping[type[Model], int], *, people: int) -> Made:
    open_ones = sum(story.solved_at is None for story in stories)
    return Made(
        unsolved=open_ones,
        solved=len(stories) - open_ones,
        people=people,
        messages=counts[Message],
        events=counts[Event],
        files=counts[Attachment],
    )


def sheets(
    stories: list[Story],
    organisation: Mapping[int, int | None],
    numbers: Numbers,
    *,
    has_bounce: bool,
    kept: set[str] | None = None,
) -> Iterator[Sheet]:
    """The stories' rows, table by table, numbered from `numbers` on. Files are stored on the way, but for those whose
    hashes are `kept` already, and these become kept. Needs no database."""
    number_of_ticket = {id(story): numbers.ticket + n for n, story in enumerate(stories)}
    letters = sorted(
        ((story, letter) for story in stories for letter in story.letters),
        key=lambda pair: (pair[1].at, number_of_ticket[id(pair[0])]),
    )
    number_of_letter = {id(letter): n for n, (_story, letter) in enumerate(letters, numbers.letter)}
    mails = _outgoing(letters, number_of_ticket, number_of_letter, numbers.mail)
    if has_bounce:
        _bounce(stories, mails, number_of_ticket, number_of_letter)
    happenings = sorted(
        ((story, happening) for story in stories for happening in story.happenings),
        key=lambda pair: (pair[1].at, number_of_ticket[id(pair[0])]),
    )
    attachments = [
        (number_of_letter[id(letter)], name, content) for _story, letter in letters for name, content in letter.files
    ]

    events_of: dict[int, list[int]] = {}
    for number, (story, _happening) in enumerate(happenings, numbers.event):
        events_of.setdefault(number_of_ticket[id(story)], []).append(number)

    ticket_rows = (_ticket_row(story, number_of_ticket[id(story)], organisation) for story in stories)
    yield sheet(Ticket, TICKET_COLUMNS, ticket_rows)
    letter_rows = (
        _letter_row(letter, number_of_letter[id(letter)], number_of_ticket[id(story)]) for story, letter in letters
    )
    yield sheet(Message, MESSAGE_COLUMNS, letter_rows)
    event_rows = (
        _event_row(happening, number, number_of_ticket[id(story)], number_of_letter)
        for number, (story, happening) in enumerate(happenings, numbers.event)
    )
    yield sheet(Event, EVENT_COLUMNS, event_rows)
    yield sheet(Attachment, ATTACHMENT_COLUMNS, _stored(attachments, set() if kept is None else kept))
    yield sheet(Outbox, OUTBOX_COLUMNS, mails)
    yield sheet(Notification, NOTIFICATION_COLUMNS, _notifications(happenings, number_of_ticket, numbers.event))
    courses = [(number_of_ticket[id(story)], story.kept) for story in stories]
    yield from promises.sheets([(n, one, events_of[n]) for n, one in courses if one is not None], numbers.event)


TICKET_COLUMNS = (
    "id", "subject", "queue", "requester", "organisation", "channel", "status", "priority", "assignee", "hold_reason",
    "version", "opened_at", "updated_at", "first_reply_at", "solved_at", "closed_at", "reopened_at",
    "due_at", "sla_state", "sla_metric", "sla_since", "sla_target_s", "sla_calendar_id", "breached_at", "tags",
    "fields",
)  # fmt: skip
MESSAGE_COLUMNS = (
    "id", "ticket", "author", "is_from_requester", "kind", "channel", "text", "at", "mail_id", "mail_to",
)  # fmt: skip
EVENT_COLUMNS = ("id", "ticket", "actor", "kind", "at", "data")
ATTACHMENT_COLUMNS = ("message", "name", "content_type", "size", "sha256")
OUTBOX_COLUMNS = (
    "id", "kind", "ticket", "message", "recipient", "address", "is_automatic", "mail_id", "state", "attempts",
    "created_at", "next_at", "sent_at", "last_error",
)  # fmt: skip
NOTIFICATION_COLUMNS = ("person", "kind", "ticket", "event", "created_at", "read_at")


def _ticket_row(story: Story, number: int, organisation: Mapping[int, int | None]) -> tuple[object, ...]:
    promise = folding.promise(story.kept.course.clocks) if story.kept else folding.NOTHING_PROMISED
    return (
        number,
        story.subject,
        story.queue,
        story.requester.number,
        organisation[story.requester.number],
        story.channel,
        str(story.status),
        int(story.priority),
        story.assignee.number if story.assignee else None,
        story.hold_reason,
        story.version,
        utc(story.opened_at),
        utc(story.updated_at),
        _utc(story.first_reply_at),
        _utc(story.solved_at),
        _utc(story.closed_at),
        _utc(story.reopened_at),
        promise["due_at"],
        promise["sla_state"],
        promise["sla_metric"],
        promise["sla_since"],
        promise["sla_target_s"],
        promise["sla_calendar_id"],
        promise["breached_at"],
        story.tags,
        story.fields,
    )


def _letter_row(letter: Letter, number: int, ticket: int) -> tuple[object, ...]:
    return (
        number,
        ticket,
        letter.author.number,
        letter.is_from_requester,
        str(letter.kind),
        letter.channel,
        letter.text,
        utc(letter.at),
        letter.mail_id,
        [letter.mail_to] if letter.mail_to else [],
    )


def _event_row(happening: Happening, number: int, ticket: int, number_of_letter: dict[int, int]) -> tuple[object, ...]:
    data = dict(happening.data)
    if happening.letter is not None:
        data = {"message": number_of_letter[id(happening.letter)], **data}
    actor = happening.actor.number if happening.actor else None
    return (number, ticket, actor, happening.kind, utc(happening.at), data)


def _stored(attachments: list[tuple[int, str, bytes]], kept: set[str]) -> list[tuple[object, ...]]:
    """Keep the bytes as tickets.actions.attaching does, many at once: each waits until its disk says that it is there."""
    contents = {hashlib.sha256(content).hexdigest(): content for _message, _name, content in attachments}
    missing = contents.keys() - kept
    kept |= missing

    def save(digest: str) -> None:
        default_storage.save(storage_path(digest), ContentFile(contents[digest]))

    with ThreadPoolExecutor(max_workers=FILES_AT_ONCE) as pool:
        list(pool.map(save, missing))
    return [
        (message, name, files.content_type(name), len(content), hashlib.sha256(content).hexdigest())
        for message, name, content in attachments
    ]


def _outgoing(
    letters: list[tuple[Story, Letter]],
    number_of_ticket: dict[int, int],
    number_of_letter: dict[int, int],
    first: int,
) -> list[list[object]]:
    """What left by mail: each reply to somebody with an address, and the acknowledgement of each mailed request."""
    rows: list[list[object]] = []
    acknowledged: Counter[tuple[str, object]] = Counter()
    for story, letter in letters:
        person = story.requester
        if not person.email or letter.kind != Message.Kind.PUBLIC:
            continue
        is_first = letter is story.letters[0]
        if letter.is_from_requester:
            acknowledged[person.email, letter.at.date()] += is_first
            if letter.channel != Channel.EMAIL or not is_first:
                continue
            if acknowledged[person.email, letter.at.date()] > ACKNOWLEDGED_PER_DAY:
                continue
        number, ticket = first + len(rows), number_of_ticket[id(story)]
        at = utc(letter.at)
        token = identity.make(ticket, person.number, at=at)
        rows.append(
            [
                number,
                str(Outbox.Kind.ACKNOWLEDGEMENT if letter.is_from_requester else Outbox.Kind.REPLY),
                ticket,
                number_of_letter[id(letter)],
                person.number,
                person.email,
                letter.is_from_requester,
                identity.message_id(token, number, people.MAIL_DOMAIN),
                str(Outbox.State.SENT),
                1,
                at,
                at,
                at + timedelta(seconds=3),
                "",
            ]
        )
    return rows


def _bounce(
    stories: list[Story],
    mails: list[list[object]],
    number_of_ticket: dict[int, int],
    number_of_letter: dict[int, int],
) -> None:
    """One answer never arrived: somebody mistyped their address in the form. It lies there as a dead letter."""
    for story in reversed(stories):
        last = story.letters[-1]
        is_ours = last.kind == Message.Kind.PUBLIC and not last.is_from_requester
        if story.status == Status.WAITING and story.channel in (Channel.WEB, Channel.CHAT) and is_ours:
            break
    else:
        return
    message = number_of_letter[id(last)]
    mail = next(mail for mail in mails if mail[3] == message)
    reason = f"550 5.1.1 <{mail[5]}>: Recipient address rejected: User unknown in virtual mailbox table"
    mail[OUTBOX_COLUMNS.index("state")] = str(Outbox.State.DEAD)
    mail[OUTBOX_COLUMNS.index("sent_at")] = None
    mail[OUTBOX_COLUMNS.index("last_error")] = reason
    data = {"mail": mail[0], "message": message, "address": mail[5], "reason": reason}
    at = last.at + timedelta(seconds=4)
    story.happenings.append(Happening(str(Kind.DELIVERY_FAILED), at, None, data, None, story.assignee))


NOTIFIED = {
    Kind.ASSIGNED: Notification.Kind.ASSIGNED,
    Kind.REQUESTER_WROTE: Notification.Kind.REQUESTER_WROTE,
    Kind.DELIVERY_FAILED: Notification.Kind.DELIVERY_FAILED,
}
NOTIFIED_SINCE = datetime(2026, 3, 6, 12)


def _notifications(
    happenings: list[tuple[Story, Happening]], number_of_ticket: dict[int, int], first: int
) -> Iterator[tuple[object, ...]]:
    """As tickets.receivers.tell_people, since Friday noon; what came before people went home has been read."""
    for number, (story, happening) in enumerate(happenings, first):
        person = happening.tells
        if happening.at < NOTIFIED_SINCE or person is None or happening.kind not in NOTIFIED:
            continue
        read_at = utc(happening.at + timedelta(minutes=25)) if happening.at < NOTIFIED_SINCE.replace(hour=16) else None
        kind = str(NOTIFIED[Kind(happening.kind)])
        yield (person.number, kind, number_of_ticket[id(story)], number, utc(happening.at), read_at)


def _utc(at: datetime | None) -> datetime | None:
    return utc(at) if at else None
