"""The demo's data: everybody and everything that is there on Monday at 8:00, written into an empty database."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction

from helpdesk.demo import files, hours, people, phrasing, telling
from helpdesk.demo.cases import Case, all_cases
from helpdesk.demo.copying import copy, count_on
from helpdesk.demo.hours import NOW, utc
from helpdesk.demo.people import Cast, Person
from helpdesk.demo.story import Happening, Letter, Story
from helpdesk.demo.telling import AT_RISK, LATER, OVERDUE, QUEUES, Teller
from helpdesk.lib.collation import sort_key
from tickets.actions import facts
from tickets.channels.email import identity, receiving
from tickets.models import (
    Attachment,
    Channel,
    Draft,
    Event,
    Kind,
    Mailbox,
    Membership,
    Message,
    Notification,
    Organisation,
    Outbox,
    Queue,
    QueueAddress,
    Status,
    Team,
    Ticket,
    User,
)
from tickets.models.message import storage_path

PASSWORD = "dyzur-demo"
FIRST_NUMBER = 40000
ACKNOWLEDGED_PER_DAY = 5
FILES_AT_ONCE = 16

Progress = Callable[[str, int], Callable[[int], None]]


@dataclass(frozen=True)
class Size:
    """How much there is. The defaults are the demo; tests take less."""

    unsolved: int = 1546
    at_risk: int = 300
    overdue: int = 41
    waiting: int = 214
    on_hold: int = 71
    solved: int = 10_000
    requesters: int = 2_000
    firms: int = 400
    has_breakdown: bool = True


@dataclass(frozen=True)
class Made:
    """What was made, for the closing line."""

    unsolved: int
    solved: int
    people: int
    messages: int
    events: int
    files: int


def fill(*, seed: int = 1, size: Size | None = None, progress: Progress | None = None) -> Made:
    """Fill an empty database. The same `seed` and `size` give the same rows, numbers included."""
    size = size or Size()
    rng = random.Random(seed)
    cast = people.make_cast(rng, requesters=size.requesters, firms=size.firms)
    stories = _tell(cast, rng, size, progress or _silent)
    with transaction.atomic():
        _write_company(cast, rng)
        made = _write_stories(stories, rng, progress or _silent)
        _write_duty(cast)
        _write_drafts(cast, stories)
        _receive_a_broken_mail()
    return made


def tidy() -> None:
    """Statistics, and what index-only scans need; after the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("analyze" if connection.in_atomic_block else "vacuum analyze")


def empty() -> None:
    """Throw away everything that `fill` made and that people did with it since."""
    tables = [
        model._meta.db_table
        for model in (User, Organisation, Team, Queue, Mailbox, Ticket, Message, Event, Outbox, Notification)
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"truncate {', '.join(map(connection.ops.quote_name, tables))} restart identity cascade")


def _silent(what: str, total: int) -> Callable[[int], None]:
    return lambda done: None


# Stories


def _tell(cast: Cast, rng: random.Random, size: Size, progress: Progress) -> list[Story]:
    """All tickets by the time they were opened: the first gets the lowest number."""
    teller = Teller(cast, rng, total=size.unsolved + size.solved)
    stories: list[Story] = []
    advance = progress("Writing tickets", size.unsolved + size.solved)
    for story in _unsolved(teller, rng, size):
        stories.append(story)
        advance(1)
    arrivals = hours.Arrivals(hours.BEGINNING + timedelta(hours=8), NOW)
    while len(stories) < size.unsolved + size.solved:
        solved = teller.solved(arrivals)
        if solved is not None:
            stories.append(solved)
            advance(1)
    stories.sort(key=lambda story: story.opened_at)
    return stories


def _unsolved(teller: Teller, rng: random.Random, size: Size) -> Iterator[Story]:
    """Monday's backlog: what is new, what is answered and waits for us, what waits for others."""
    running = size.unsolved - size.waiting - size.on_hold
    plan = [AT_RISK] * size.at_risk + [OVERDUE] * size.overdue
    plan += [LATER] * (running - len(plan))
    rng.shuffle(plan)
    of_breakdown = _breakdown(rng) if size.has_breakdown else {AT_RISK: [], LATER: [], OVERDUE: []}
    for when in plan:
        case = of_breakdown[when].pop() if of_breakdown[when] else None
        due = _due_time(rng, when)
        if rng.random() < (0.7 if case else 0.62):
            yield teller.new(when, due, case=case, is_taken=rng.random() < 0.1)
        else:
            yield teller.answered(when, due, case=case, is_held=rng.random() < 0.6)
    for _n in range(size.waiting):
        yield teller.paused(Status.WAITING)
    for _n in range(size.on_hold):
        yield teller.paused(Status.ON_HOLD)


def _breakdown(rng: random.Random) -> dict[str, list[Case]]:
    """The tickets of Friday's breakdown, by when they fall due: two in three this morning."""
    cases = [case for case in all_cases() for _n in range(case.exactly or 0)]
    rng.shuffle(cases)
    near = len(cases) * 2 // 3
    return {AT_RISK: cases[:near], LATER: cases[near:], OVERDUE: []}


def _due_time(rng: random.Random, when: str) -> Callable[[], datetime]:
    if when == OVERDUE:
        return lambda: hours.back(NOW, rng.triangular(60, 11 * 3600, 600))

    def soon() -> datetime:
        start, end = rng.choices(((0, 30), (30, 120), (120, 240)), weights=(38, 121, 141))[0]
        return NOW + timedelta(minutes=rng.randrange(start, end), seconds=rng.randrange(1, 59))

    return soon


# The company


def _write_company(cast: Cast, rng: random.Random) -> None:
    firms = [
        Organisation(pk=number, name=firm.name, sort_key=sort_key(firm.name))
        for number, firm in enumerate(cast.firms, 1)
    ]
    Organisation.objects.bulk_create(firms)
    number_of = {firm.name: firm.pk for firm in firms}
    password = make_password(PASSWORD, salt="dyzurdemo")
    begin = datetime(2019, 4, 1, 9, tzinfo=UTC)
    User.objects.bulk_create(
        [
            User(
                pk=person.number,
                name=person.name,
                sort_key=sort_key(person.name),
                email=person.email,
                password=password if person.email else "!" + hashlib.sha256(person.name.encode()).hexdigest()[:40],
                phone=person.phone,
                role=person.role,
                organisation_id=number_of[person.organisation],
                language=person.language,
                created_at=begin + timedelta(hours=rng.randrange(52_000)),
            )
            for person in cast.everybody
        ],
        batch_size=500,
    )
    teams = {name: Team.objects.create(pk=number, name=name) for number, name in enumerate(people.TEAMS, 1)}
    Membership.objects.bulk_create(
        Membership(team=teams[team], user_id=person.number) for person in cast.everybody for team in person.teams
    )
    for number, plan in enumerate(QUEUES, 1):
        queue = Queue.objects.create(
            pk=number, name=plan.name, slug=plan.slug, team=teams[plan.team], position=number, language="pl"
        )
        QueueAddress.objects.create(queue=queue, address=plan.address, is_sender=True)
    QueueAddress.objects.create(queue_id=1, address=f"billing@{people.MAIL_DOMAIN}")
    for name, user_name, queue_number in (("Poczta klientów", "pomoc", 2), ("Poczta wewnętrzna", "it", 5)):
        Mailbox.objects.create(
            name=name,
            queue_id=queue_number,
            host=f"imap.{people.MAIL_DOMAIN}",
            username=f"{user_name}@{people.MAIL_DOMAIN}",
            authserv_id=f"mx.{people.MAIL_DOMAIN}",
            is_active=False,  # there is no such server
        )
    count_on(Organisation, User, Team, Queue)


# Tickets


def _write_stories(stories: list[Story], rng: random.Random, progress: Progress) -> Made:
    number_of_ticket = {id(story): FIRST_NUMBER + n for n, story in enumerate(stories)}
    organisation = dict(User.objects.values_list("pk", "organisation_id"))
    letters = sorted(
        ((story, letter) for story in stories for letter in story.letters),
        key=lambda pair: (pair[1].at, number_of_ticket[id(pair[0])]),
    )
    number_of_letter = {id(letter): n for n, (_story, letter) in enumerate(letters, 1)}
    mails = _outgoing(letters, number_of_ticket, number_of_letter)
    _bounce(stories, mails, number_of_ticket, number_of_letter)
    happenings = sorted(
        ((story, happening) for story in stories for happening in story.happenings),
        key=lambda pair: (pair[1].at, number_of_ticket[id(pair[0])]),
    )

    advance = progress("Storing", len(stories) + len(letters) + len(happenings) + len(mails))
    ticket_rows = (_ticket_row(story, number_of_ticket[id(story)], organisation) for story in stories)
    advance(copy(Ticket, TICKET_COLUMNS, ticket_rows))
    letter_rows = (
        _letter_row(letter, number_of_letter[id(letter)], number_of_ticket[id(story)]) for story, letter in letters
    )
    advance(copy(Message, MESSAGE_COLUMNS, letter_rows))
    event_rows = (
        _event_row(happening, number, number_of_ticket[id(story)], number_of_letter)
        for number, (story, happening) in enumerate(happenings, 1)
    )
    advance(copy(Event, EVENT_COLUMNS, event_rows))
    attachments = [
        (number_of_letter[id(letter)], name, content) for _story, letter in letters for name, content in letter.files
    ]
    copy(Attachment, ATTACHMENT_COLUMNS, _stored(attachments))
    advance(copy(Outbox, OUTBOX_COLUMNS, mails))
    copy(Notification, NOTIFICATION_COLUMNS, _notifications(happenings, number_of_ticket))
    open_ones = sum(story.solved_at is None for story in stories)
    return Made(
        unsolved=open_ones,
        solved=len(stories) - open_ones,
        people=len(organisation),
        messages=len(letters),
        events=len(happenings),
        files=len(attachments),
    )


TICKET_COLUMNS = (
    "id", "subject", "queue", "requester", "organisation", "channel", "status", "priority", "assignee", "hold_reason",
    "version", "opened_at", "updated_at", "first_reply_at", "solved_at", "closed_at", "reopened_at",
    "due_at", "sla_state", "sla_metric", "sla_since", "sla_target_s", "breached_at",
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
    promise = story.promise
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
        _utc(promise.due_at),
        str(promise.state),
        str(promise.metric),
        _utc(promise.since),
        promise.target_s,
        _utc(promise.breached_at),
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


def _stored(attachments: list[tuple[int, str, bytes]]) -> list[tuple[object, ...]]:
    """Keep the bytes as tickets.actions.attaching does, many at once: each waits until its disk says that it is there."""
    contents = {hashlib.sha256(content).hexdigest(): content for _message, _name, content in attachments}

    def save(digest: str) -> None:
        default_storage.save(storage_path(digest), ContentFile(contents[digest]))

    with ThreadPoolExecutor(max_workers=FILES_AT_ONCE) as pool:
        list(pool.map(save, contents))
    return [
        (message, name, files.content_type(name), len(content), hashlib.sha256(content).hexdigest())
        for message, name, content in attachments
    ]


def _outgoing(
    letters: list[tuple[Story, Letter]], number_of_ticket: dict[int, int], number_of_letter: dict[int, int]
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
        number, ticket = len(rows) + 1, number_of_ticket[id(story)]
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
    happenings: list[tuple[Story, Happening]], number_of_ticket: dict[int, int]
) -> Iterator[tuple[object, ...]]:
    """As tickets.receivers.tell_people, since Friday noon; what came before people went home has been read."""
    for number, (story, happening) in enumerate(happenings, 1):
        person = happening.tells
        if happening.at < NOTIFIED_SINCE or person is None or happening.kind not in NOTIFIED:
            continue
        read_at = utc(happening.at + timedelta(minutes=25)) if happening.at < NOTIFIED_SINCE.replace(hour=16) else None
        kind = str(NOTIFIED[Kind(happening.kind)])
        yield (person.number, kind, number_of_ticket[id(story)], number, utc(happening.at), read_at)


def _utc(at: datetime | None) -> datetime | None:
    return utc(at) if at else None


# Today


def _write_duty(cast: Cast) -> None:
    """Who is at work this week, and the volunteer from marketing who helps from Monday to Wednesday."""
    days = [NOW.replace(hour=8, minute=0) + timedelta(days=n) for n in range(5)]
    windows = [(utc(day), utc(day + timedelta(hours=8))) for day in days]
    volunteer = _named(cast.colleagues, people.ON_DUTY)
    for person in (*cast.agents, *cast.leads, volunteer):
        there = windows[2:] if person.name in people.AWAY else windows
        there = windows[:3] if person is volunteer else there
        facts.store_presence(User.objects.get(pk=person.number), there, after=utc(days[0]))
    facts.store_grant(
        user=User.objects.get(pk=volunteer.number),
        channels=[Channel.CHAT, Channel.MESSENGER, Channel.EMAIL, Channel.WEB],
        queues=Queue.objects.filter(slug__in=["billing", "deliveries"]),
        windows=windows[:3],
        mentors=User.objects.filter(pk__in=[_named(cast.agents, name).number for name in people.MENTORS]),
    )


def _named(persons: tuple[Person, ...], name: str) -> Person:
    return next(person for person in persons if person.name == name)


DRAFTS = {
    "pl": "nie trzeba niczego przepisywać ręcznie. Znaleźliśmy przyczynę i od rana tworzymy te pliki na nowo, odezwę się "
    "najpóźniej o 9:30.",
    "en": "you do not need to type anything by hand. We found the cause and are making the files again since this morning; I "
    "will write to you at 9:30 at the latest.",
}


def _write_drafts(cast: Cast, stories: list[Story]) -> None:
    """What two people were writing when Monday began, on tickets of Friday's breakdown."""
    for author in cast.agents[:2]:
        mine = (
            FIRST_NUMBER + n
            for n, story in enumerate(stories)
            if story.is_of_breakdown and story.assignee == author and story.requester.email
        )
        number = next(mine, None)
        if number is None:
            continue
        reader = stories[number - FIRST_NUMBER].requester
        is_polish = reader.language == "pl"
        greeting = f"Dzień dobry {phrasing.address_of(reader)}" if is_polish else f"Hello {reader.first}"
        Draft.objects.create(
            ticket_id=number,
            author_id=author.number,
            text=f"{greeting},\n\n{DRAFTS[reader.language]}",
            saved_at=utc(NOW) - timedelta(minutes=4),
        )


NO_SENDER = """\
Received: from SKANER-2P (skaner-2p.bursztyn.example [10.0.2.14]) by mx.bursztyn.example; Mon, 9 Mar 2026 07:21:44 +0100
Date: Mon, 9 Mar 2026 07:21:43 +0100
To: it@bursztyn.example
Subject: Skan z urzadzenia BROTHER-MAGAZYN
Message-ID: <20260309072143.0041@skaner-2p.bursztyn.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Skan do wiadomości: 3 strony, 200 dpi, plik zapisany na dysku urządzenia.
Pamięć zajęta w 97 %. Proszę usunąć stare zadania.
"""


def _receive_a_broken_mail() -> None:
    """A scanner that writes no From line: such a mail is kept and waits for a person."""
    at = utc(NOW) - timedelta(minutes=38)
    raw = NO_SENDER.replace("\n", "\r\n").encode()
    row, _is_new = receiving.store(raw, mailbox=None, at=at, envelope_to=telling.QUEUES[4].address)
    receiving.process(row.pk, at=at + timedelta(seconds=2))
