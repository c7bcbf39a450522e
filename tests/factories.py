"""Plain functions that make what tests stand on, through the real actions wherever there is one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from tests.conftest import MONDAY_8_00
from tickets.actions import assigning, changing, drafting, facts, noting, opening, replying
from tickets.models import (
    Channel,
    Draft,
    Grant,
    Membership,
    Message,
    Organisation,
    Queue,
    QueueAddress,
    Role,
    Share,
    Status,
    Team,
    Ticket,
    User,
)

AT = MONDAY_8_00
"""Monday, 8:00 in Warsaw: when everything happens unless a test says otherwise."""

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)

_numbers = itertools.count(1)


def _name_like_no_other() -> str:
    """Letters that stand in no text, and no digits: a ticket's number must not find another by its requester."""
    return "q" + str(next(_numbers)).translate(str.maketrans("0123456789", "bcdfghjklm"))


def make_user(*, role: str = Role.REQUESTER, teams: Iterable[Team] = (), **fields: Any) -> User:
    name = _name_like_no_other()
    fields.setdefault("name", f"Osoba {name}")
    fields.setdefault("email", f"person-{name}@klient.example")
    user = User.objects.create_user(fields.pop("email"), fields.pop("password", None), role=role, **fields)
    Membership.objects.bulk_create(Membership(user=user, team=team) for team in teams)
    return user


def make_requester(**fields: Any) -> User:
    return make_user(role=Role.REQUESTER, **fields)


def make_colleague(**fields: Any) -> User:
    return make_user(role=Role.COLLEAGUE, **fields)


def make_agent(*teams: Team, **fields: Any) -> User:
    return make_user(role=Role.AGENT, teams=teams, **fields)


def make_lead(*teams: Team, **fields: Any) -> User:
    return make_user(role=Role.LEAD, teams=teams, **fields)


def make_admin(**fields: Any) -> User:
    return make_user(role=Role.ADMIN, **fields)


def make_team(name: str = "") -> Team:
    return Team.objects.create(name=name or f"Team {next(_numbers)}")


def make_queue(team: Team | None = None, *, address: str = "", **fields: Any) -> Queue:
    number = next(_numbers)
    fields.setdefault("name", f"Queue {number}")
    fields.setdefault("slug", f"queue-{number}")
    queue = Queue.objects.create(team=team or make_team(), **fields)
    if address:
        QueueAddress.objects.create(queue=queue, address=address, is_sender=True)
    return queue


def make_organisation(name: str = "") -> Organisation:
    return Organisation.objects.create(name=name or f"Firma {next(_numbers)}")


def make_ticket(
    queue: Queue | None = None,
    *,
    at: datetime = AT,
    requester: User | None = None,
    assignee: User | None = None,
    status: str = Status.NEW,
    **fields: Any,
) -> Ticket:
    """A ticket as it would have come about: opened by its requester, taken by its assignee, moved to its status."""
    requester = requester or make_requester()
    fields = {"channel": Channel.EMAIL, "subject": "Nie działa", "text": "Od rana nic nie działa."} | fields
    ticket = opening.open_ticket(requester=requester, queue=queue or make_queue(), by=requester, at=at, **fields)
    if assignee is not None:
        ticket = assigning.assign_me(ticket=ticket, by=fresh(assignee), at=at)
    if status != Status.NEW:
        ticket = _moved(ticket, to=status, at=at)
    return ticket


def fill_work_order(queue: Queue, *, count: int = 2_000) -> None:
    """Bare tickets due hourly around `AT`, told to the planner: of an all but empty table it chooses any index."""
    requester = make_requester()
    Ticket.objects.bulk_create(
        Ticket(
            queue=queue,
            requester=requester,
            channel=Channel.WEB,
            opened_at=AT,
            updated_at=AT,
            work_at=AT + (number - count // 2) * HOUR,
        )
        for number in range(count)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze tickets_ticket")


def _moved(ticket: Ticket, *, to: str, at: datetime) -> Ticket:
    mover = User.objects.filter(role=Role.ADMIN).first() or make_admin()
    if to == Status.CLOSED:
        return changing.close(ticket=_moved(ticket, to=Status.SOLVED, at=at), at=at)
    return changing.change_status(
        ticket=ticket, to=to, by=mover, at=at, reason="dostawca" if to == Status.ON_HOLD else ""
    )


def make_grant(
    user: User,
    *queues: Queue,
    start: datetime = AT - HOUR,
    end: datetime = AT + 8 * HOUR,
    windows: Iterable[tuple[datetime, datetime]] | None = None,
    channels: Iterable[str] = (Channel.EMAIL, Channel.WEB),
    **rules: Any,
) -> Grant:
    """An active grant; unreviewed unless the test says ``is_reviewed=True``."""
    rules.setdefault("is_reviewed", False)
    return facts.store_grant(user=user, queues=queues, channels=channels, windows=windows or [(start, end)], **rules)


def make_reply(ticket: Ticket, by: User, *, at: datetime = AT, text: str = "Już sprawdzam.", **more: Any) -> Message:
    return replying.reply(ticket=ticket, by=by, text=text, at=at, **more)


def make_requester_message(
    ticket: Ticket, *, at: datetime = AT, text: str = "I jeszcze jedno.", **more: Any
) -> Message:
    more = {"author": ticket.requester, "channel": ticket.channel} | more
    return replying.requester_wrote(ticket=ticket, text=text, at=at, **more)


def make_note(ticket: Ticket, by: User, *, at: datetime = AT, text: str = "Tylko dla nas.") -> Message:
    return noting.note(ticket=ticket, by=by, text=text, at=at)


def make_draft(
    ticket: Ticket, by: User, *, at: datetime = AT, text: str = "Zaczynam pisać", kind: str = "public", **more: Any
) -> Draft:
    draft = drafting.save_draft(ticket=ticket, by=by, kind=kind, text=text, at=at, **more)
    assert draft is not None
    return draft


def share(ticket: Ticket, user: User, *, at: datetime = AT) -> Share:
    return Share.objects.create(ticket=ticket, user=user, added_by=None, added_at=at)


def fresh(user: User) -> User:
    """The same person as a new request would load them: a user object remembers its rights."""
    return User.objects.get(pk=user.pk)
