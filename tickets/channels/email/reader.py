"""The program that reads mail: a child of `reading`, started as `python -m tickets.channels.email.reader`.

It stands between strangers' bytes and everything else: it has 10 s of processor and 512 MB for one mail, no settings,
no secrets, no database, and may be killed at any moment. It imports no Django, which keeps it small and quick to start.
"""

import fcntl
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn

from tickets.channels.email import parsing, wire
from tickets.channels.email.bounds import GLANCE_BYTES, OverBound

CPU_S = 10
MEMORY_BYTES = 512 * 1024 * 1024
MAX_JOB_BYTES = 300 * 1024 * 1024
IDLE_S = 60
MAX_JOBS = 500
"""Then a fresh child takes over: nothing that a mail leaves behind stays for long."""
MAX_KEPT_BYTES = 64 * 1024 * 1024
"""Memory a child may keep between two mails."""
OUT_OF_MEMORY = 77

Answer = tuple[wire.Json, list[bytes]]


def answer(job: wire.Json, blobs: list[bytes]) -> Answer:
    """What one job asks for: `{"read": NAME OF THIS DESK}` or `{"glance": ""}`, with the mail as its only blob.
    `cpu_s` gives it less than `CPU_S` of processor."""
    raw = blobs[0]
    if "glance" in job:
        return _glance(raw), []
    try:
        mail = parsing.parse(raw, own_instance=str(job["read"]))
        files: list[bytes] = []
        return {"mail": wire.packed(mail, files)}, files
    except OverBound as over:
        return {"over": {"bound": over.bound.value, "limit": over.limit, "of": over.of}, **_glance(raw)}, []
    except MemoryError:
        raise
    except Exception as error:
        return {"failed": type(error).__name__, "where": _where(error.__traceback__), **_glance(raw)}, []


def _where(trace: TracebackType | None) -> str:
    """The last places of a failure; never its words, which may be those of the mail."""
    places: list[str] = []
    while trace:
        code = trace.tb_frame.f_code
        places = [*places[-3:], f"{os.path.basename(code.co_filename)}:{trace.tb_lineno}"]  # noqa: PTH119
        trace = trace.tb_next
    return " > ".join(places)


def _glance(raw: bytes) -> dict[str, str]:
    """Sender and subject for the list of failures, as far as they can be read at all."""
    try:
        return dict(zip(("sender", "subject"), parsing.glance(raw[:GLANCE_BYTES]), strict=True))
    except MemoryError:
        raise
    except Exception:
        return {"sender": "", "subject": ""}  # the raw mail is there for whoever wants to know


def serve(answer: Callable[[wire.Json, list[bytes]], Answer]) -> NoReturn:
    """Answer jobs from the socket on standard input until the parent is gone or nothing came for `IDLE_S` seconds."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells everybody; our parent ends us in its own time
    line = socket.socket(fileno=os.dup(0))
    fcntl.fcntl(line, fcntl.F_SETOWN, os.getpid())
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    try:
        wire.send(line, wire.encoded({"ready": wire.fingerprint(parsing.ParsedMail)}, []))
        for number in range(1, MAX_JOBS + 1):
            if not _is_called(line):
                break
            job, blobs = wire.receive(line, at_most=MAX_JOB_BYTES)
            pieces, is_last = _worked(line, answer, job, blobs, is_last=number == MAX_JOBS)
            del job, blobs
            wire.send(line, pieces)
            if is_last:
                break
    except (EOFError, OSError):
        pass  # the parent is gone
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    os._exit(0)


def _worked(
    line: socket.socket,
    answer: Callable[[wire.Json, list[bytes]], Answer],
    job: wire.Json,
    blobs: list[bytes],
    *,
    is_last: bool,
) -> tuple[list[bytes | memoryview], bool]:
    """The answer, ready to send, and whether it is our last. What takes too long ends this process by SIGPROF, what
    takes too much memory by an exit code of its own; and a parent that dies meanwhile by SIGIO, since nobody is left to
    read the answer."""
    signal.setitimer(signal.ITIMER_PROF, min(CPU_S, job.get("cpu_s", CPU_S)))
    flags = fcntl.fcntl(line, fcntl.F_GETFL)
    fcntl.fcntl(line, fcntl.F_SETFL, flags | os.O_ASYNC)
    if _is_left(line):  # between the job and the signal that is asked for here
        raise EOFError
    head, files = answer(job, blobs)
    is_last = is_last or _kept_bytes() > MAX_KEPT_BYTES
    pieces = wire.encoded({**head, "is_last": is_last}, files)
    fcntl.fcntl(line, fcntl.F_SETFL, flags)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return pieces, is_last


def _is_called(line: socket.socket) -> bool:
    waiter = select.poll()
    waiter.register(line, select.POLLIN)
    return bool(waiter.poll(IDLE_S * 1000))


def _is_left(line: socket.socket) -> bool:
    waiter = select.poll()
    waiter.register(line, getattr(select, "POLLRDHUP", 0))
    return bool(waiter.poll(0))


def _kept_bytes() -> int:
    """Resident memory; 0 where the system does not tell in this way."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 (pathlib is no need of this small program)
            return int(file.read().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def _limit(kind: int, value: int) -> None:
    try:
        resource.setrlimit(kind, (value, value))
    except (OSError, ValueError):
        pass  # macOS knows some of them by name only; the time limits hold there too


if __name__ == "__main__":
    sys.exit(serve(answer))
