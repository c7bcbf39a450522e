"""The order of locks, written once: the user (for caps), then the ticket, then whatever hangs on the ticket.

All are taken ``no_key``: a row that points at the person or the ticket (a message, an event) holds a share of the key
until its transaction ends, and the stronger lock would wait for it, in a circle with another that waits the other way
round.
"""

from django.db.models import QuerySet

from helpdesk.lib import prepared
from tickets.models import Ticket, User


def locked(ticket: Ticket) -> Ticket:
    """The ticket's current row, locked until the transaction ends. Related queue and requester come along, unlocked."""
    found = prepared.rows((), _locked, number=ticket.pk)
    if not found:
        raise Ticket.DoesNotExist
    return found[0]


def _locked(number: int) -> QuerySet[Ticket]:
    return _lockable().filter(pk=number)


def _lockable() -> QuerySet[Ticket]:
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("queue", "requester", "assignee", "organisation")


def locked_pair(one: Ticket, other: Ticket) -> tuple[Ticket, Ticket]:
    """Both current rows, locked in the order of their numbers whichever way round they are given."""
    found = {row.pk: row for row in _lockable().filter(pk__in=[one.pk, other.pk]).order_by("pk")}
    return found[one.pk], found[other.pk]


def lock_person(user: User) -> None:
    """Held while a cap on this person's work is counted, so that two takes at once cannot both pass it."""
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk", flat=True))
