"""A worker that is killed in the middle of applying an edit: another goes on, and nothing is other than at one go."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from sla.actions import editing, keeping, reconciling
from sla.models import Clock, Edit, EditTicket
from tests.factories import AT, HOUR, make_admin, make_queue, make_ticket
from tests.tickets.channels.email.test_imap import database_url
from tickets.actions import changing
from tickets.models import Priority

WORKER = """
import sys, time
import django
django.setup()
from datetime import datetime
from sla.actions import editing
editing.BATCH = 3
renew, done = editing.renew, []
def stops_at_the_fifth(*args, **kwargs):
    renew(*args, **kwargs)
    done.append(args)
    if len(done) == 5:
        print("there", flush=True)
        time.sleep(600)
editing.renew = stops_at_the_fifth
at = datetime.fromisoformat(sys.argv[2])
while editing.apply_batch(int(sys.argv[1]), at=at):
    pass
"""


@pytest.mark.django_db(transaction=True)
def test_another_worker_goes_on(clock: object) -> None:
    office = {day: [("08:00", "16:00")] for day in range(5)}
    calendar = keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=office, at=AT)
    targets = {2: {"first_response": 4 * 3600}, 4: {"first_response": 2 * 3600}}
    keeping.make_policy(name="Reszta", calendar=calendar, targets=targets, is_default=True, at=AT)
    queue, admin = make_queue(), make_admin()
    tickets = [make_ticket(queue, at=AT) for _number in range(8)]
    now = keeping.values_of_calendar(calendar)
    edit = editing.propose(
        kind="calendar",
        target=calendar.pk,
        base=editing.fingerprint(now),
        proposed={**now, "weekly": {"0": [["08:00", "10:00"]], "1": [["08:00", "10:00"]], "2": [["08:00", "10:00"]]}},
        by=admin,
        at=AT + HOUR,
    )
    editing.apply(edit=edit, by=admin, at=AT + HOUR)
    environment = {**os.environ, "DATABASE_URL": database_url()}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(edit.pk), AT.isoformat()],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout is not None and worker.stdout.readline() == "there\n"
    finally:
        worker.kill()
        worker.wait()
    assert EditTicket.objects.count() == 5
    assert Edit.objects.get().applied == 3

    # One whose turn had not come is changed meanwhile; it asks for its terms itself.
    changing.change_priority(ticket=tickets[7], to=Priority.URGENT, by=admin, at=AT + 2 * HOUR)
    limit = time.monotonic() + 120
    while Edit.objects.get().state != "done" and time.monotonic() < limit:
        if not editing.apply_batch(edit.pk, at=AT + 30 * HOUR):
            time.sleep(0.05)  # the database has not yet noticed that the worker is gone

    done = Edit.objects.get()
    assert (done.state, done.applied, done.failed) == ("done", 8, 0)
    # An hour was used at nine; one more until ten, then two on Tuesday make four. The urgent one had two.
    due = dict(Clock.objects.filter(metric="first_response").values_list("ticket", "due_at"))
    assert {due[ticket.pk] for ticket in tickets[:7]} == {AT + 26 * HOUR}
    assert due[tickets[7].pk] == AT + 2 * HOUR
    for ticket in tickets:
        assert reconciling.reconcile(ticket.pk, at=AT + 30 * HOUR, fixes=False) == []
