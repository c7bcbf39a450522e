"""Which policy would a ticket get, why no other, and when would it be due? Found by doing it and taking it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from sla import queries
from sla.actions import editing, reconciling
from sla.models import Clock, Policy, Standing
from tickets.actions import opening, tagging
from tickets.models import Queue, Role, Ticket, User
from tickets.queries import searching
from tickets.searching import QueryError
from tickets.searching.tree import All, Not

NOBODY = "nobody@dyzur.invalid"
"""Asks for tickets that are only tried."""


@dataclass(frozen=True)
class Tried:
    """``failing`` are the parts of its conditions that do not hold; ``mistake`` says why they cannot be read."""

    policy: Policy
    fits: bool
    failing: tuple[str, ...] = ()
    mistake: str = ""


@dataclass(frozen=True)
class Verdict:
    """Policies in their order, the first that fits, and the clocks that the ticket would have by it."""

    tried: list[Tried] = field(default_factory=list)
    chosen: Policy | None = None
    clocks: list[Clock] = field(default_factory=list)


class _TakenBack(Exception):
    """Ends a transaction in which something was tried."""


def of_ticket(ticket: Ticket, *, at: datetime) -> Verdict:
    """As the ticket stands, if it asked for its policy at ``at``."""
    found = Verdict()
    try:
        with transaction.atomic():
            found = _judged(ticket, at)
            if Standing.objects.filter(pk=ticket.pk).exists():
                editing.renew(ticket.pk, at=at, last_event=queries.newest_event())
            else:
                reconciling.backfill(ticket.pk, at=at)
            found.clocks.extend(queries.clocks_of(ticket.pk))
            raise _TakenBack
    except _TakenBack:
        return found


def of_properties(
    *,
    queue: Queue,
    channel: str,
    priority: int,
    subject: str,
    tags: Iterable[str],
    asker: str,
    at: datetime,
) -> Verdict:
    """Of a ticket that came in at ``at``. ``asker`` is the address of a requester, known or not, or nothing. Raises
    what opening a ticket refuses."""
    found = Verdict()
    try:
        with transaction.atomic():
            address = asker.strip().lower() or NOBODY
            person = User.objects.filter(email=address).first()
            person = person or User.objects.create(email=address, role=Role.REQUESTER)
            ticket = opening.open_ticket(
                requester=person,
                queue=queue,
                channel=channel,
                subject=subject or "?",
                text=subject or "?",
                by=None,
                at=at,
                priority=priority,
                is_imported=False,
            )
            tagging.set_tags(ticket=ticket, to=list(tags), by=None, at=at)
            ticket = Ticket.objects.get(pk=ticket.pk)
            found = _judged(ticket, at)
            found.clocks.extend(queries.clocks_of(ticket.pk))
            raise _TakenBack
    except _TakenBack:
        return found


def _judged(ticket: Ticket, at: datetime) -> Verdict:
    tried = [_tried(policy, ticket, at) for policy in queries.policies()]
    return Verdict(tried, next((each.policy for each in tried if each.fits), None))


def _tried(policy: Policy, ticket: Ticket, at: datetime) -> Tried:
    if policy.is_default:
        return Tried(policy, True)
    try:
        if queries.holds(ticket, policy.conditions, at):
            return Tried(policy, True)
        failing = [part for part in parts_of(policy.conditions) if not queries.holds(ticket, part, at)]
    except QueryError as error:
        return Tried(policy, False, mistake=str(error))
    return Tried(policy, False, tuple(failing))


def parts_of(text: str) -> list[str]:
    """The conditions that must hold all at once, as they are written; the whole where it is not that simple."""
    root = searching.read(text).root
    if not isinstance(root, All):
        return [text]
    parts, begins = [], 0
    for node in root.parts:
        ends = _end_of(node)
        while text[begins:ends].count("(") > text[begins:ends].count(")") and ends < len(text):
            ends += 1
        parts.append(text[begins:ends].strip())
        begins = ends
    try:
        for part in parts:
            searching.read(part)
    except QueryError:
        return [text]
    return parts


def _end_of(node: object) -> int:
    if isinstance(node, Not):
        return _end_of(node.part)
    if hasattr(node, "parts"):
        return max(_end_of(each) for each in node.parts)
    return int(node.end)  # type: ignore[attr-defined]
