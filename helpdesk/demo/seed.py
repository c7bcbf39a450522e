"""The demo's data: everybody and everything that is there on Monday at 8:00, written into an empty database."""

from __future__ import annotations

import gc
import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from helpdesk.demo import automation, duty, favours, hours, people, phrasing, promises, properties, telling
from helpdesk.demo.backlog import Backlog
from helpdesk.demo.copying import count_on
from helpdesk.demo.guests import Guests
from helpdesk.demo.hours import NOW, utc
from helpdesk.demo.past import Past
from helpdesk.demo.people import Cast
from helpdesk.demo.rows import FIRST_NUMBER, Made, Progress, silent, write_stories
from helpdesk.demo.story import Story
from helpdesk.demo.telling import QUEUES, Teller
from helpdesk.lib.collation import sort_key
from tickets.actions import appointing, asking, indexing, linking, merging, noting
from tickets.channels.email import receiving
from tickets.models import (
    Appointment,
    CustomField,
    Draft,
    Event,
    Mailbox,
    Membership,
    Message,
    Notification,
    Organisation,
    Outbox,
    Queue,
    QueueAddress,
    Role,
    SearchWord,
    Status,
    Tag,
    Team,
    Ticket,
    User,
)
from tickets.models.ticket import UNSOLVED

PASSWORD = "dyzur-demo"


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


def fill(*, seed: int = 1, size: Size | None = None, progress: Progress | None = None) -> Made:
    """Fill an empty database. The same `seed` and `size` give the same rows, numbers included."""
    size = size or Size()
    rng = random.Random(seed)
    cast = people.make_cast(rng, requesters=size.requesters, firms=size.firms)
    with without_collector():
        stories = _tell(cast, rng, size, progress or silent, seed=seed)
        properties.tell(stories, seed=seed)
        promises.tell(stories, seed=seed)
    with transaction.atomic():
        write_company(cast, rng)
        properties.write(tag for story in stories for tag in story.tags)
        promises.write()
        made = write_stories(stories, progress or silent)
        favours.write(stories, cast, seed=seed)
        numbered = enumerate(stories, FIRST_NUMBER)
        write_today(cast, {number: story for number, story in numbered if story.is_of_breakdown})
    return made


def tidy() -> None:
    """Statistics, what index-only scans need, and the forms of words for search; after the transaction."""
    indexing.learn_words()
    with connection.cursor() as cursor:
        cursor.execute("analyze" if connection.in_atomic_block else "vacuum analyze")


PEOPLE_AND_PLACES = (Session, User, Organisation, Team, Queue, Mailbox)


def empty() -> None:
    """Throw away everything that `fill` made and that people did with it since."""
    tables = [
        model._meta.db_table
        for model in (
            *PEOPLE_AND_PLACES,
            *promises.MADE,
            Ticket,
            Message,
            Event,
            Outbox,
            Notification,
            Tag,
            CustomField,
            SearchWord,
        )
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"truncate {', '.join(map(connection.ops.quote_name, tables))} restart identity cascade")


@contextmanager
def without_collector() -> Iterator[None]:
    """Everything told is kept until it is stored: looking for garbage in it costs a fifth of the time and finds none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


# Stories


def _tell(cast: Cast, rng: random.Random, size: Size, progress: Progress, *, seed: int) -> list[Story]:
    """All tickets by the time they were opened: the first gets the lowest number."""
    teller = Teller(cast, rng, total=size.unsolved + size.solved)
    stories: list[Story] = []
    advance = progress("Writing tickets", size.unsolved + size.solved)
    backlog = Backlog(teller).tell(
        unsolved=size.unsolved,
        at_risk=size.at_risk,
        overdue=size.overdue,
        waiting=size.waiting,
        on_hold=size.on_hold,
        has_breakdown=size.has_breakdown,
    )
    for story in backlog:
        stories.append(story)
        advance(1)
    for story in favours.tell(cast, solved=size.solved, seed=seed):
        stories.append(story)
        advance(1)
    past = Past(teller, Guests(cast, seed=seed))
    arrivals = hours.Arrivals(hours.BEGINNING + timedelta(hours=8), NOW)
    while len(stories) < size.unsolved + size.solved:
        solved = past.solved(arrivals)
        if solved is not None:
            stories.append(solved)
            advance(1)
    stories.sort(key=lambda story: story.opened_at)
    return stories


# The company


def write_company(cast: Cast, rng: random.Random) -> None:
    """Everybody, their teams and queues, macros and rules."""
    _write_people(cast, rng)
    automation.write()


def _write_people(cast: Cast, rng: random.Random) -> None:
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


# Today


def write_today(cast: Cast, breakdown: dict[int, Story]) -> None:
    """What Monday morning is made of besides tickets. `breakdown` are Friday's tickets by their numbers."""
    duty.write(cast)
    _write_drafts(cast, breakdown)
    _join(breakdown)
    _ask_and_name(cast, breakdown)
    _receive_a_broken_mail()


DRAFTS = {
    "pl": "nie trzeba niczego przepisywać ręcznie. Znaleźliśmy przyczynę i od rana tworzymy te pliki na nowo, odezwę się "
    "najpóźniej o 9:30.",
    "en": "you do not need to type anything by hand. We found the cause and are making the files again since this morning; I "
    "will write to you at 9:30 at the latest.",
}


def _write_drafts(cast: Cast, breakdown: dict[int, Story]) -> None:
    """What two people were writing when Monday began."""
    for author in cast.agents[:2]:
        mine = (number for number, story in breakdown.items() if story.assignee == author and story.requester.email)
        number = next(mine, None)
        if number is None:
            continue
        reader = breakdown[number].requester
        is_polish = reader.language == "pl"
        greeting = f"Dzień dobry {phrasing.address_of(reader)}" if is_polish else f"Hello {reader.first}"
        Draft.objects.create(
            ticket_id=number,
            author_id=author.number,
            text=f"{greeting},\n\n{DRAFTS[reader.language]}",
            saved_at=utc(NOW) - timedelta(minutes=4),
        )


SEEN_AS_ONE = 12
"""Tickets of the breakdown that somebody has linked so far: the first, and duplicates of it."""


def _join(breakdown: dict[int, Story]) -> None:
    """What was put in order just before eight: what of Friday's breakdown was seen to be one and the same, a case of
    one person that came twice, and a time agreed for Tuesday."""
    at = utc(NOW) - timedelta(seconds=20)
    by = User.objects.get(role=Role.ADMIN)
    first = list(Ticket.objects.filter(pk__in=sorted(breakdown)[:SEEN_AS_ONE]).order_by("pk"))
    for other in first[1:]:
        linking.link(ticket=other, other=first[0], relation="duplicate_of", by=by, at=at)
    solved = Ticket.objects.filter(status=Status.SOLVED, first_reply_at__isnull=False)
    before = solved.filter(
        requester=OuterRef("requester"), queue=OuterRef("queue"), first_reply_at__lt=OuterRef("opened_at")
    )
    found = solved.annotate(before=Subquery(before.order_by("-pk").values("pk")[:1])).exclude(before=None)
    for number, earlier in found.order_by("-pk").values_list("pk", "before")[:1]:
        again, original = Ticket.objects.get(pk=number), Ticket.objects.get(pk=earlier)
        merging.merge(ticket=again, into=original, by=by, at=at)
    _agree_on_tuesday(at)


def _ask_and_name(cast: Cast, breakdown: dict[int, Story]) -> None:
    """Somebody is named in a note, a developer is let in by one, and another is asked and answers: all on Friday's
    breakdown, just before eight."""
    at = utc(NOW) - timedelta(seconds=15)
    first, looks, knows = cast.agents[0], people.DEVELOPERS[0], people.DEVELOPERS[1]
    staff = {
        user.name: user
        for user in User.objects.filter(name__in=(first.name, looks, knows)).exclude(role=Role.REQUESTER)
    }
    owned = Ticket.objects.filter(pk__in=breakdown, status__in=UNSOLVED, assignee__isnull=False, removed_as="")
    owned = owned.exclude(assignee__in=[user.pk for user in staff.values()]).exclude(requester__role=Role.COLLEAGUE)
    tickets = list(owned.select_related("assignee").order_by("pk")[:3])
    if len(tickets) < 3 or len(staff) < 3:
        return
    for number, (ticket, text) in enumerate(
        zip(
            tickets,
            (
                f"@{first.name} to samo co u Ciebie w piątek? Jeśli tak, połączę je po Twojej odpowiedzi.",
                f"@{looks} w dzienniku tego sklepu jest pełny błąd z piątku 16:40, może się przyda.",
                "Czy pliki z piątku utworzą się ponownie same, czy trzeba je zamówić dla każdego sklepu?",
            ),
            strict=True,
        )
    ):
        by, moment = User.objects.get(assigned_tickets=ticket), at + timedelta(seconds=number)
        if number < 2:
            noting.note(ticket=ticket, by=by, text=text, at=moment, let_in=[staff[looks].pk])
            continue
        question = asking.ask(ticket=ticket, by=by, text=text, to=staff[knows], at=moment)
        answer = (
            "Same, kolejka ruszyła o 7:30. Do 9:30 powinny być wszystkie; jak czegoś zabraknie, dajcie numer sklepu."
        )
        asking.answer(
            question=question, by=User.objects.get(pk=staff[knows].pk), text=answer, at=moment + timedelta(seconds=4)
        )
    Outbox.objects.filter(kind="account", state=Outbox.State.PENDING).update(
        state=Outbox.State.SENT, sent_at=at + timedelta(seconds=10), attempts=1
    )


def _agree_on_tuesday(at: datetime) -> None:
    waiting = Ticket.objects.filter(status=Status.WAITING, requester__email__isnull=False, requester__language="pl")
    answered = waiting.filter(first_reply_at__isnull=False, assignee__role=Role.AGENT).select_related("assignee")
    ticket = answered.order_by("pk").first()
    if ticket is None or ticket.assignee is None:
        return
    starts_at = utc(datetime(2026, 3, 10, 10, 0))
    made = appointing.appoint(
        ticket=ticket,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        title="Sprawdzamy razem przez telefon",
        place="Zadzwonimy",
        by=ticket.assignee,
        at=at,
    )
    uid = f"{ticket.pk}.1@{people.MAIL_DOMAIN}"
    Appointment.objects.filter(pk=made.pk).update(uid=uid)
    message = made.message
    assert message is not None
    Message.objects.filter(pk=message.pk).update(invitation={**(message.invitation or {}), "uid": uid})
    Outbox.objects.filter(message=message).update(state=Outbox.State.SENT, sent_at=at, attempts=1)


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
