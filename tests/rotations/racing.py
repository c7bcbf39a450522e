"""Processes, each with a connection of its own, that act at the same moment."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections import Counter
from multiprocessing.connection import Connection
from typing import Any

from django.db import connection

from tickets.actions.errors import Refused

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
    except Refused as refused:
        why = getattr(refused, "why", None)
        told.send(str(why[0]) if why else type(refused).__name__)
    except BaseException:
        told.send(traceback.format_exc().strip().splitlines()[-1])
    finally:
        connection.close()
        told.close()
        os._exit(0)
