"""What changes while somebody waits for its lock comes as it is, with everything it points at."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from tests.factories import AT, make_agent, make_organisation, make_queue, make_reply, make_requester, make_ticket
from tickets.actions import locking, outgoing, walkups
from tickets.models import Outbox, Ticket, WalkUp

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


def test_a_mail_that_cannot_be_delivered_is_told_to_the_ticket_it_moved_to():
    queue = make_queue()
    ticket, new = make_ticket(queue), make_ticket(queue)
    make_reply(ticket, make_agent(queue.team))
    mail = Outbox.objects.get(ticket=ticket)

    given_up = read_while_it_changes(
        lambda: outgoing.give_up(mail=mail, reason="550 no such user", at=AT),
        lambda: Outbox.objects.filter(pk=mail.pk).update(ticket=new),
    )

    assert isinstance(given_up, Outbox), given_up
    assert (given_up.state, given_up.ticket) == (Outbox.State.DEAD, new)
    assert new.events.filter(kind="delivery_failed").count() == 1
    assert not ticket.events.filter(kind="delivery_failed").exists()


def test_a_favour_taken_back_takes_the_ticket_along_that_it_got_meanwhile():
    queue = make_queue()
    agent, ticket = make_agent(queue.team), make_ticket(queue)
    asked = {"what": "Hasło", "minutes": 5, "outcome": "asked_to_file", "queue": queue, "key": "1"}
    favour = walkups.log_walk_up(who=walkups.Asker(name="Zofia"), at=AT, by=agent, logged_at=AT, **asked)

    undone = read_while_it_changes(
        lambda: walkups.undo(walk_up=favour, by=agent, at=AT),
        lambda: WalkUp.objects.filter(pk=favour.pk).update(ticket=ticket),
    )

    assert isinstance(undone, WalkUp), undone
    ticket.refresh_from_db()
    assert (undone.undone_at, ticket.removed_as) == (AT, "deleted")


def test_nothing_is_made_up_for_one_that_is_gone():
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).delete()

    with transaction.atomic(), pytest.raises(Ticket.DoesNotExist):
        locking.locked(ticket)
    with transaction.atomic(), pytest.raises(Ticket.DoesNotExist):
        locking.locked_pair(make_ticket(), ticket)
