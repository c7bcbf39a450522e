"""A ticket that changes while somebody waits for its lock comes as it is, with everything it points at."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from tests.factories import make_agent, make_organisation, make_queue, make_requester, make_ticket
from tickets.actions import locking
from tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT_S = 60


def read_while_it_changes(read: Callable[[], Any], change: Callable[[], Any]) -> Any:
    """What ``read`` gives in a connection of its own, which waits for the lock until ``change`` is committed."""
    found: list[Any] = []
    process: list[int] = []

    def elsewhere() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("select pg_backend_pid()")
                process.append(cursor.fetchone()[0])
                found.append(read())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=elsewhere)
    with transaction.atomic():
        change()
        thread.start()
        end = time.monotonic() + LIMIT_S
        while not (process and waits(process[0])):
            assert not found and time.monotonic() < end, "It did not wait for the lock."
            time.sleep(0.01)
    thread.join(LIMIT_S)
    return found[0]


def waits(process: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select cardinality(pg_blocking_pids(%s)) > 0", [process])
        return bool(cursor.fetchone()[0])


@pytest.fixture
def changed():
    """A ticket, and a change of all that it points at."""
    old, new = make_queue(), make_queue()
    ticket = make_ticket(old, requester=make_requester(organisation=make_organisation()))
    to = {"queue": new, "assignee": make_agent(new.team), "requester": make_requester(), "organisation": None}
    return ticket, to


@pytest.mark.parametrize("name", ["queue", "assignee", "requester", "organisation"])
def test_it_comes_with_what_it_points_at_now(changed, name):
    ticket, to = changed

    found = read_while_it_changes(
        lambda: locking.locked(ticket), lambda: Ticket.objects.filter(pk=ticket.pk).update(**{name: to[name]})
    )

    assert isinstance(found, Ticket), found
    assert getattr(found, name) == to[name]


def test_of_two_both_come(changed):
    ticket, to = changed
    other = make_ticket()

    found = read_while_it_changes(
        lambda: locking.locked_pair(other, ticket), lambda: Ticket.objects.filter(pk=ticket.pk).update(**to)
    )

    assert isinstance(found, tuple), found
    assert [each.pk for each in found] == [other.pk, ticket.pk]
    assert (found[1].queue, found[1].assignee, found[1].requester) == (to["queue"], to["assignee"], to["requester"])


def test_nothing_is_made_up_for_one_that_is_gone():
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).delete()

    with transaction.atomic(), pytest.raises(Ticket.DoesNotExist):
        locking.locked(ticket)
    with transaction.atomic(), pytest.raises(Ticket.DoesNotExist):
        locking.locked_pair(make_ticket(), ticket)
