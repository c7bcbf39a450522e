"""Periodic work: once in its slot, in bounded batches, safe to run twice."""

from datetime import timedelta

import pytest

from helpdesk.lib import clock as product_clock
from tests.factories import AT, SECOND, make_queue, make_requester_message, make_ticket
from tickets import tasks
from tickets.models import Event, JobSlot, Kind, Status, Ticket
from tickets.queries import housekeeping

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def run_at(task, at):
    with product_clock.moved_to(at):
        task()


def test_solved_tickets_are_closed_when_their_queues_time_is_over():
    quick, slow = make_queue(closes_after_days=7), make_queue(closes_after_days=28)
    ended, kept = make_ticket(quick, status=Status.SOLVED), make_ticket(slow, status=Status.SOLVED)
    at = AT + 7 * DAY

    run_at(tasks.close_solved_tickets, at)
    assert Ticket.objects.get(pk=ended.pk).status == Status.SOLVED
    run_at(tasks.close_solved_tickets, at + timedelta(minutes=10))

    assert Ticket.objects.get(pk=ended.pk).status == Status.CLOSED
    assert Ticket.objects.get(pk=kept.pk).status == Status.SOLVED
    event = Event.objects.latest("id")
    assert (event.ticket, event.kind, event.actor) == (ended, Kind.STATUS_CHANGED, None)


def test_closing_passes_over_what_is_reopened_removed_or_unsolved():
    reopened, removed = make_ticket(status=Status.SOLVED), make_ticket(status=Status.SOLVED)
    make_requester_message(reopened)
    Ticket.objects.filter(pk=removed.pk).update(removed_as="spam")
    make_ticket(status=Status.WAITING)

    assert housekeeping.tickets_to_close(AT + 365 * DAY) == []


def test_closing_goes_in_batches_oldest_first():
    first, second = make_ticket(status=Status.SOLVED), make_ticket(status=Status.SOLVED, at=AT + SECOND)

    assert housekeeping.tickets_to_close(AT + 365 * DAY, limit=1) == [first]
    assert housekeeping.tickets_to_close(AT + 365 * DAY) == [first, second]


def test_a_job_runs_once_in_its_slot_and_again_in_the_next():
    runs = []

    def job(at):
        runs.append(at)

    beat = tasks.once_per_slot(seconds=60)(job)
    for seconds in (0, 1, 59, 60, 61):
        run_at(beat, AT + seconds * SECOND)

    assert runs == [AT, AT + 60 * SECOND]
    assert JobSlot.objects.count() == 2


def test_old_slots_are_forgotten():
    JobSlot.objects.create(job="x", due_at=AT - 3 * DAY)
    JobSlot.objects.create(job="x", due_at=AT - DAY)

    run_at(tasks.forget_old_slots, AT)

    assert list(JobSlot.objects.filter(job="x").values_list("due_at", flat=True)) == [AT - DAY]
