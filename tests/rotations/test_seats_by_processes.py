"""Fifty processes, each with a connection of its own, ask for the last seat at the same moment."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections import Counter
from multiprocessing.connection import Connection
from typing import Any

import pytest
from django.db import connection

from rotations.actions import placing
from rotations.models import Duty, DutyDay, Round
from tests.factories import AT, make_lead, make_queue, make_team
from tests.rotations.duties import make_programme, make_round, shift_of, volunteer
from tickets.models import Grant

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 50
PATIENCE_S = 300


def answers_of(acts: list[Any]) -> Counter[str]:
    """What each process got. All stand ready, connected, before any of them begins."""
    connection.close()  # none of them may speak through the parent's
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(len(acts))
    ends = [fork.Pipe(duplex=False) for _act in acts]
    processes = [
        fork.Process(target=_act_alone, args=[act, barrier, told])
        for act, (_heard, told) in zip(acts, ends, strict=True)
    ]
    for each in processes:
        each.start()
    try:
        return Counter(heard.recv() if heard.poll(PATIENCE_S) else "no answer" for heard, _told in ends)
    finally:
        for each in processes:
            each.join(5)
            each.kill()


def _act_alone(act: Any, barrier: Any, told: Connection) -> None:
    """Ends without the parent's clean-up: its sockets and temporary files are not this process's."""
    try:
        connection.ensure_connection()
        barrier.wait(PATIENCE_S)
        act()
        told.send("done")
    except placing.CannotBePlaced as refused:
        told.send(str(refused.why[0]))
    except BaseException:
        told.send(traceback.format_exc().strip().splitlines()[-1])
    finally:
        connection.close()
        told.close()
        os._exit(0)


@pytest.fixture
def published(clock: object) -> Round:
    team = make_team()
    make_queue(team)
    return make_round(make_programme(team, seats=1), make_lead(team), state=Round.State.PUBLISHED)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_fifty_processes_and_one_seat(published: Round) -> None:
    shift, people = shift_of(published), [volunteer() for _ in range(PEOPLE)]

    answers = answers_of(
        [
            lambda person=person: placing.take_seat(shift=shift, channels=["email"], by=person, at=AT)
            for person in people
        ]
    )

    assert answers == {"done": 1, "full": PEOPLE - 1}
    winner = Duty.objects.get(shift=shift)
    assert winner.state == Duty.State.CONFIRMED
    assert set(DutyDay.objects.filter(is_live=True).values_list("holder", flat=True)) == {winner.person_id}
    assert list(Grant.objects.filter(revoked_at=None).values_list("user", flat=True)) == [winner.person_id]
