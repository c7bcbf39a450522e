"""What the race tests run in processes of their own, each with its own connection to the test's database.

`Crowd` starts the processes once; `press` lets all of them do one thing round by round, each round behind a barrier.
With ``is_locked=False`` row locks are taken out of the product in these processes: the same test must then see the
race. The processes are forked from one that has loaded Django and nothing else: no connection, no thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

TIMEOUT_S = 60


class Crowd:
    """Processes that wait for something to do together."""

    def __init__(self, size: int, database: str) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.tickets.racing_preload"])
        self.barrier = context.Barrier(size)
        self.pipes = []
        self.processes = []
        for index in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_stand_ready, args=(index, self.barrier, theirs, database), daemon=True)
            process.start()
            self.pipes.append(ours)
            self.processes.append(process)

    def press(self, act: Callable[..., Any], *rounds: tuple[Any, ...], is_locked: bool = True) -> list[list[Any]]:
        """For each round what ``act(process index, *arguments)`` gave in every process: a result or an error's name."""
        self.begin(act, *rounds, is_locked=is_locked)
        return self.results()

    def begin(self, act: Callable[..., Any], *rounds: tuple[Any, ...], is_locked: bool = True) -> None:
        for pipe in self.pipes:
            pipe.send((act.__name__, rounds, is_locked))

    def is_done(self) -> bool:
        return all(pipe.poll() for pipe in self.pipes)

    def results(self) -> list[list[Any]]:
        answers = [self._answer(pipe) for pipe in self.pipes]
        return [list(results) for results in zip(*answers, strict=True)]

    def _answer(self, pipe: Any) -> list[Any]:
        if not pipe.poll(TIMEOUT_S):
            raise TimeoutError("A process of the race gives no answer: it waits for a lock or has died.")
        return pipe.recv()

    def end(self) -> None:
        for pipe in self.pipes:
            pipe.send(None)
        for process in self.processes:
            process.join(10)
            process.kill()


def _stand_ready(index: int, barrier: Any, pipe: Any, database: str) -> None:
    from django.db import connection

    connection.settings_dict["NAME"] = database
    connection.ensure_connection()
    while (order := pipe.recv()) is not None:
        name, rounds, is_locked = order
        act = globals()[name]
        results = []
        with _with_locks(is_locked):
            for arguments in rounds:
                barrier.wait(TIMEOUT_S)
                results.append(_result(act, index, arguments))
        pipe.send(results)
    connection.close()


def _result(act: Callable[..., Any], index: int, arguments: tuple[Any, ...]) -> Any:
    try:
        return act(index, *arguments)
    except Exception as error:  # the test looks at which it was
        return type(error).__name__


@contextlib.contextmanager
def _with_locks(is_locked: bool) -> Iterator[None]:
    from django.db.models import QuerySet

    from helpdesk.lib import prepared

    real = QuerySet.select_for_update
    prepared.forget()  # the statements put together with, or without, the locks
    if not is_locked:
        QuerySet.select_for_update = lambda self, **options: self.all()  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        QuerySet.select_for_update = real  # type: ignore[method-assign]
        prepared.forget()


# The acts. Each gets the number of its process and the arguments of its round, and returns something plain.


def take_next(index: int, people: list[int], at: datetime) -> int:
    from tickets.actions.assigning import take_next as act

    return act(by=_user(people[index]), at=at).pk


def take_one(index: int, person: int, tickets: list[int], at: datetime) -> int:
    from tickets.actions.assigning import assign_me as act

    return act(ticket=_ticket(tickets[index]), by=_user(person), at=at).pk


def take_or_give(index: int, ticket: int, person: int, lead: int, at: datetime) -> int | None:
    """Even processes take the ticket for the person, odd ones give it to the same."""
    from tickets.actions.assigning import assign, assign_me

    if index % 2:
        return assign(ticket=_ticket(ticket), to=_user(person), by=_user(lead), at=at).assignee_id
    return assign_me(ticket=_ticket(ticket), by=_user(person), at=at).assignee_id


def reply(index: int, ticket: int, people: list[int], seen: int, at: datetime) -> int:
    from tickets.actions.replying import reply as act

    return act(ticket=_ticket(ticket), by=_user(people[index]), text="Ja!", at=at, seen_message=seen).pk


def reply_or_end_the_pause(index: int, ticket: int, person: int, at: datetime) -> int:
    from tickets.actions.pausing import clear_pause
    from tickets.actions.replying import reply as act

    found, by = _ticket(ticket), _user(person)
    if index == 0:
        return act(ticket=found, by=by, text="Ja!", at=at).pk
    return clear_pause(address=found.requester.email, by=by, at=at, ticket=found)


def change_status(index: int, ticket: int, person: int, wanted: list[str], seen: str, at: datetime) -> str:
    from tickets.actions.changing import change_status as act

    return act(ticket=_ticket(ticket), to=wanted[index], by=_user(person), at=at, seen=seen).status


def approve_or_return(index: int, message: int, mentor: int, at: datetime) -> str:
    from tickets.actions.replying import approve, return_to_author
    from tickets.models import Message

    row = Message.objects.select_related("ticket").get(pk=message)
    if index % 2:
        return return_to_author(message=row, by=_user(mentor), at=at, comment="Milej").state
    return approve(message=row, by=_user(mentor), at=at).state


def find_or_create(index: int, email: str) -> int:
    from tickets.actions.opening import find_or_create_requester as act

    return act(email=email, name=f"Osoba {index}").pk


def open_and_acknowledge(index: int, requester: int, queue: int, at: datetime) -> bool:
    """As mail does it: both in one transaction."""
    from django.db import transaction

    from tickets.actions.opening import open_ticket
    from tickets.actions.outgoing import acknowledge
    from tickets.models import Queue

    with transaction.atomic():
        person = _user(requester)
        ticket = open_ticket(
            requester=person,
            queue=Queue.objects.get(pk=queue),
            channel="email",
            subject="S",
            text="T",
            by=person,
            at=at,
        )
        return acknowledge(ticket=ticket, message=ticket.messages.get(), at=at) is not None


def drain_outbox(index: int, at: datetime) -> int:
    """How many mails this process sent, with servers on this machine."""
    from django.conf import settings

    from tickets.channels.email import outbox

    settings.EGRESS_ALLOW = ["127.0.0.1"]
    return outbox.drain(at=at)


def save_draft(index: int, ticket: int, person: int, at: datetime) -> int:
    from tickets.actions.drafting import save_draft as act

    draft = act(ticket=_ticket(ticket), by=_user(person), kind="public", text=f"Szkic {index}", at=at)
    assert draft is not None
    return draft.pk


def write_notes(index: int, tickets: list[int], person: int, at: datetime) -> list[int]:
    """Several notes in one transaction, so that transactions overlap and end in another order than they began."""
    from django.db import transaction

    from tickets.actions.noting import note
    from tickets.models import Event

    with transaction.atomic():
        ids = [note(ticket=_ticket(tickets[index]), by=_user(person), text=str(n), at=at).pk for n in range(1 + index)]
    return list(Event.objects.filter(data__message__in=ids).values_list("pk", flat=True))


def attach_or_read(index: int, message: int, size: int, is_whole: bool) -> str:
    """Process 0 reads the file all the while the others store the same bytes again."""
    from django.core.files.storage import FileSystemStorage, default_storage

    from tickets.actions import attaching
    from tickets.models import Message
    from tickets.models.message import storage_path

    content = b"x" * size
    digest = hashlib.sha256(content).hexdigest()
    if index == 0:
        read = [default_storage.open(storage_path(digest)).read() for _ in range(20)]
        return "whole" if all(hashlib.sha256(each).hexdigest() == digest for each in read) else "torn"
    real = attaching.default_storage
    if not is_whole:
        attaching.default_storage = FileSystemStorage(location=default_storage.location, allow_overwrite=True)  # type: ignore[assignment]
    try:
        for _ in range(10):
            attaching.attach(message=Message(pk=message), files=[attaching.File(name="a.bin", content=content)])
    finally:
        attaching.default_storage = real
    return "stored"


def run_in_slot(index: int, slot: datetime) -> bool:
    """Whether this process ran the job that is due at ``slot``."""
    from helpdesk.lib import clock
    from tickets.tasks import once_per_slot

    ran = []
    job = once_per_slot(seconds=60)(_named_job(ran))
    with clock.moved_to(slot + timedelta(seconds=index)):
        job()
    return bool(ran)


def _named_job(ran: list[datetime]) -> Callable[[datetime], None]:
    def job_of_the_race(at: datetime) -> None:
        ran.append(at)

    return job_of_the_race


def _user(pk: int) -> Any:
    from tickets.models import User

    return User.objects.get(pk=pk)


def _ticket(pk: int) -> Any:
    from tickets.models import Ticket

    return Ticket.objects.get(pk=pk)


def fill_field(index: int, ticket: int, person: int, keys: list[str], seen: str, at: datetime) -> str:
    from tickets.actions.filling import fill as act

    key = keys[index]
    return act(ticket=_ticket(ticket), key=key, to=str(index + 1), by=_user(person), at=at, seen=seen).fields[key]


def answer(index: int, question: int, people: list[int], at: datetime) -> int:
    from tickets.actions.asking import answer as act
    from tickets.models import Consultation

    row = Consultation.objects.select_related("ticket").get(pk=question)
    return act(question=row, by=_user(people[index]), text="Wiem!", at=at).pk


def digest(index: int, person: int, at: datetime) -> bool:
    """As two workers do with the same person, found by both before either wrote the mail."""
    from tickets.actions.digesting import send as act

    return act(person_id=person, at=at) is not None


def tag(index: int, ticket: int, person: int, at: datetime) -> list[str]:
    from tickets.actions.tagging import add_tags as act

    return act(ticket=_ticket(ticket), tags=[f"etykieta-{index}"], by=_user(person), at=at).tags


def wake(index: int, ticket: int, at: datetime) -> bool:
    """As two sweeps at once do with the same ticket, found by both before either woke it."""
    from tickets.actions.snoozing import wake_when_due as act

    return act(ticket=_ticket(ticket), at=at).snoozed_until is None


def depose(index: int, admins: list[int], at: datetime) -> str:
    """Each of the two administrators deactivates the other."""
    from tickets.actions.keeping_people import deactivate

    deactivate(person=_user(admins[1 - index]), by=_user(admins[index]), at=at)
    return "done"


def unmerge_people(index: int, merge: int, person: int, at: datetime) -> str:
    from tickets.actions.merging_people import unmerge_people as act
    from tickets.models import PersonMerge

    act(merge=PersonMerge.objects.get(pk=merge), by=_user(person), at=at)
    return "done"


def unmerge_or_merge_on(index: int, merge: int, third: int, person: int, at: datetime) -> str:
    """Even processes make two people of one, odd ones merge that one into a third."""
    from tickets.actions.merging_people import merge_people
    from tickets.models import PersonMerge

    if index % 2 == 0:
        return unmerge_people(index, merge, person, at)
    into = PersonMerge.objects.get(pk=merge).into
    merge_people(person=into, into=_user(third), by=_user(person), at=at)
    return "done"


def merge_crosswise(index: int, tickets: list[int], person: int, at: datetime) -> int:
    """Even processes merge the first into the second, odd ones the other way round."""
    from tickets.actions.merging import merge

    one, other = tickets if index % 2 else reversed(tickets)
    return merge(ticket=_ticket(one), into=_ticket(other), by=_user(person), at=at).pk


def merge_or_speak(index: int, tickets: list[int], person: int, at: datetime) -> str:
    """The first process merges the source into the target; the others hear its requester, answer and write down."""
    from tickets.actions.merging import merge
    from tickets.actions.noting import note
    from tickets.actions.opening import MailFacts
    from tickets.actions.replying import reply as answer
    from tickets.actions.replying import requester_wrote

    source, by = _ticket(tickets[0]), _user(person)
    if index == 0:
        merge(ticket=source, into=_ticket(tickets[1]), by=by, at=at)
    elif index == 1:
        author = source.requester
        requester_wrote(ticket=source, author=author, text="Halo?", at=at, channel="email", mail=MailFacts())
    elif index == 2:
        answer(ticket=source, by=by, text="Już!", at=at)
    else:
        note(ticket=source, by=by, text="Notatka", at=at)
    return "done"


def do_anything(index: int, seed: int, tickets: list[int], people: list[int], queues: list[int], at: datetime) -> str:
    """One deed of each kind, on tickets that the others are at too; what was refused is named. The process 0 is the
    worker of bulk changes and rules."""
    import random

    from django.db import transaction

    from tickets.actions import bulk, changing, filling, macros, merging, ruling, snoozing, splitting, tagging
    from tickets.actions.errors import Refused
    from tickets.models import Merge, Message, Ticket

    if index == 0:
        bulk.run_batch(at=at)
        ruling.run_events(at=at)
        return "worked"
    draw = random.Random(seed * 10 + index)
    by = _user(people[index])
    one, other = (_ticket(number) for number in draw.sample(tickets, 2))
    words = Message.objects.filter(ticket=one).order_by("pk").values_list("pk", flat=True)
    tag = [{"property": "add_tags", "to": [f"m{index}"]}, {"property": "priority", "to": draw.randint(1, 4)}]

    def undo_a_merge() -> object:
        made = draw.choice(list(Merge.objects.filter(undone_at=None).order_by("pk")) or [None])
        return made and merging.unmerge(merge=made, by=by, at=at)

    def change_many() -> object:
        to = [{"property": "queue", "to": draw.choice(queues)}, {"property": "add_tags", "to": ["wiele"]}]
        return bulk.start(tickets=Ticket.objects.filter(pk__in=draw.sample(tickets, 4)), changes=to, by=by, at=at)

    deeds = {
        "merge": lambda: merging.merge(ticket=one, into=other, by=by, at=at),
        "unmerge": undo_a_merge,
        "split": lambda: splitting.split(ticket=one, messages=list(words)[1:], by=by, at=at),
        "many": change_many,
        "macro": lambda: macros.reply(ticket=one, by=by, text="Dzień dobry!", at=at, changes=tag),
        "tag": lambda: tagging.set_tags(ticket=one, to=[f"t{seed % 5}"], by=by, at=at),
        "field": lambda: filling.fill(ticket=one, key="serial", to=f"S{seed % 3}", by=by, at=at),
        "status": lambda: changing.change_status(
            ticket=one, to=draw.choice(["open", "waiting", "solved"]), by=by, at=at
        ),
        "subject": lambda: changing.change_subject(ticket=one, to=f"Sprawa {seed}", by=by, at=at),
        "snooze": lambda: snoozing.snooze(ticket=one, until=at + timedelta(days=1), reason="Jutro", by=by, at=at),
    }
    name = draw.choice(sorted(deeds))
    try:
        with transaction.atomic():
            deeds[name]()
    except Refused as refusal:
        return type(refusal).__name__
    return name


def wake_appointment(index: int, appointment: int, at: datetime) -> bool:
    from tickets.actions.appointing import wake
    from tickets.models import Appointment

    return wake(appointment=Appointment.objects.select_related("ticket").get(pk=appointment), at=at)


def log_favour(index: int, person: int, queue: int, key: str, at: datetime) -> int:
    """The same favour, as a double press of Enter sends it."""
    from tickets.actions.walkups import Asker, log_walk_up
    from tickets.models import Queue

    who = Asker(name="Zenek")
    where = Queue.objects.get(pk=queue)
    return log_walk_up(
        who=who, what="toner", minutes=5, outcome="done", queue=where, at=at, by=_user(person), logged_at=at, key=key
    ).pk


def file_favour(index: int, token: str, at: datetime) -> int:
    from tickets.actions.walkups import file

    filed = file(token=token, text=f"Proces {index}", at=at)
    return filed.ticket_id or 0


def take_back_or_release(index: int, message: int, author: int, at: datetime) -> str:
    """The first process takes the held reply back, the others let it leave, as several workers do."""
    from tickets.actions import holding
    from tickets.models import Message

    row = Message.objects.select_related("ticket", "author").get(pk=message)
    if index == 0:
        holding.take_back(message=row, by=_user(author), at=at)
        return "back"
    return "left" if holding.release(message=row, at=at) else "too late"


def sweep(index: int, at: datetime) -> int:
    from sla.actions import sweeping

    return sweeping.sweep(at=at).flags


def sweep_or_change(index: int, tickets: list[int], person: int, at: datetime) -> str:
    """Even processes sweep, odd ones change the priority and write."""
    from sla.actions import sweeping
    from tickets.actions.changing import change_priority

    if index % 2 == 0:
        sweeping.sweep(at=at, at_once=5)
    for number in tickets if index % 2 else []:
        change_priority(ticket=_ticket(number), to=1 + index, by=_user(person), at=at)
    return "done"


def apply_edit(index: int, edits: list[int], people: list[int], at: datetime) -> str:
    from sla.actions import editing
    from sla.models import Edit

    return editing.apply(edit=Edit.objects.get(pk=edits[index]), by=_user(people[index]), at=at).state


def edit_promises(
    index: int, wishes: list[tuple[str, int | None, dict[str, object]]], people: list[int], at: datetime
) -> str:
    """Each proposes what they wish against what they saw, and applies it to the end."""
    from sla.actions import editing

    by = _user(people[index])
    kind, target, proposed = wishes[index]
    base = str(proposed.pop("base"))
    edit = editing.propose(kind=kind, target=target, base=base, proposed=proposed, by=by, at=at)
    editing.apply(edit=edit, by=by, at=at)
    for _each in range(1000):
        if not editing.apply_batch(edit.pk, at=at):
            break
    return "applied"
