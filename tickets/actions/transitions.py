"""Applying the table of transitions to a ticket's row. Used by every action that moves a status."""

from datetime import datetime

from tickets.models import Status, Ticket
from tickets.models.ticket import TRANSITIONS


def may_follow(current: str, wanted: str) -> bool:
    return wanted == current or wanted in TRANSITIONS[current]


def stamp_status(ticket: Ticket, status: str, *, at: datetime) -> None:
    """Set the status on the unsaved row together with the times that belong to it."""
    was_solved = ticket.status == Status.SOLVED
    ticket.status = status
    if status == Status.SOLVED:
        ticket.solved_at = at
    elif status == Status.CLOSED:
        ticket.closed_at = at
    elif was_solved:
        ticket.solved_at, ticket.reopened_at = None, at
    if status != Status.ON_HOLD:
        ticket.hold_reason = ""
