"""The order of locks, written once: the user (for caps), then the ticket, then whatever hangs on the ticket.

All are taken ``no_key``: a row that points at the person or the ticket (a message, an event) holds a share of the key
until its transaction ends, and the stronger lock would wait for it, in a circle with another that waits the other way
round.
"""

from collections.abc import Callable

from django.db.models import QuerySet

from helpdesk.lib import prepared
from tickets.models import Ticket, User

RELATED = ("queue", "requester", "assignee", "organisation")


def locked(ticket: Ticket) -> Ticket:
    """The ticket's current row, locked until the transaction ends. Related queue and requester come along, unlocked.

    Raises `Ticket.DoesNotExist`.
    """
    found = _as_it_is(lambda: prepared.rows((), _locked, number=ticket.pk), 1)
    if not found:
        raise Ticket.DoesNotExist
    return found[0]


def _locked(number: int) -> QuerySet[Ticket]:
    return _lockable().filter(pk=number)


def _lockable() -> QuerySet[Ticket]:
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related(*RELATED)


def locked_pair(one: Ticket, other: Ticket) -> tuple[Ticket, Ticket]:
    """Both current rows, locked in the order of their numbers whichever way round they are given.

    Raises `Ticket.DoesNotExist`.
    """
    pair = {one.pk, other.pk}
    rows = _as_it_is(lambda: list(_lockable().filter(pk__in=pair).order_by("pk")), len(pair))
    found = {row.pk: row for row in rows}
    if found.keys() != pair:
        raise Ticket.DoesNotExist
    return found[one.pk], found[other.pk]


def _as_it_is(read: Callable[[], list[Ticket]], count: int) -> list[Ticket]:
    """What ``read`` finds, with what it points at now.

    A row that changed while we waited for its lock is joined anew, but to the old rows of the other tables: somebody
    who was just assigned is missing, and after a change of queue or requester the ticket itself is. PostgreSQL has
    locked it all the same, so a second statement sees everything as it is and stays.
    """
    found = read()
    return found if len(found) == count and all(map(_is_whole, found)) else read()


def _is_whole(ticket: Ticket) -> bool:
    related = [(getattr(ticket, f"{name}_id"), ticket._state.fields_cache.get(name)) for name in RELATED]
    return all((each.pk if each is not None else None) == number for number, each in related)


def lock_person(user: User) -> None:
    """Held while a cap on this person's work is counted, so that two takes at once cannot both pass it."""
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk", flat=True))
