"""Reading mail in children that can be killed. Whatever a stranger's bytes do to a parser, they do it there: a child
has 10 s of processor and 512 MB for one mail (`reader`), and this side a clock that ends it in any case.

Up to two children per process stay warm between mails. They start on demand, leave by themselves after an idle minute,
and end with the process that started them, by kill -9 too: their socket closes. Threads may share the pool; a forked
process begins with an empty one.
"""

import atexit
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tickets.channels.email import identity, reader, troubles, wire
from tickets.channels.email.bounds import GLANCE_BYTES, Bound
from tickets.channels.email.parsing import ParsedMail

MAX_READERS = 2
START_S = 60.0
SWEEP_S = 10.0
"""How often children that wait are looked at."""
WALL_S = 60.0
"""For 10 s of processor on a machine that others use too."""
QUICK_S = 2
"""Of processor: far more than ordinary mail takes. What takes longer can wait until the others are read."""
MAX_ANSWER_BYTES = 300 * 1024 * 1024
PROJECT = Path(__file__).resolve().parents[3]
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "TMPDIR")

log = logging.getLogger(__name__)


class Unreadable(Exception):
    """The mail is kept and waits for a person; str() is a sentence for them. `sender` and `subject` are what a glance
    at its header showed, "" where even that failed."""

    def __init__(self, sentence: str, *, sender: str = "", subject: str = "") -> None:
        super().__init__(sentence)
        self.sender, self.subject = sender[:320], subject[:300]


class NotQuick(Exception):
    """The mail took more than the little time it was given, and was not read."""


class CannotStart(OSError):
    """No child could be started, or it runs other code than we do: no fault of the mail, which can wait."""


class Died(Exception):
    """A child ended before it answered: `code` as `subprocess` has it, 0 when its idle minute was just over."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class DidNotAnswer(Exception):
    """A child was still at work after `WALL_S` seconds, and was killed."""


def read(raw: bytes | memoryview, *, is_quick: bool = False) -> ParsedMail:
    """Read one mail. Raises `Unreadable`, and `CannotStart` when there is no child to be had.

    With `is_quick` it gets `QUICK_S` of processor instead of all that a mail may take; then `NotQuick` is raised.
    """
    try:
        head, blobs = _asked({"read": identity.instance(), **({"cpu_s": QUICK_S} if is_quick else {})}, raw)
    except Unreadable as reason:
        sender, subject = glance(raw)
        raise Unreadable(str(reason), sender=sender, subject=subject) from reason
    seen = {name: str(head.get(name, "")) for name in ("sender", "subject")}
    if "over" in head:
        raise Unreadable(_over(head["over"]), **seen)
    if "failed" in head:
        log.error("a mail could not be read: %s at %s", head["failed"], head.get("where"))
        raise Unreadable(troubles.UNREADABLE % {"error": head["failed"]}, **seen)
    try:
        mail: ParsedMail = wire.unpacked(ParsedMail, head.get("mail"), blobs)
    except wire.WrongShape as error:
        log.error("a reader's answer has the wrong shape: %s", error)
        raise Unreadable(troubles.UNREADABLE % {"error": "WrongShape"}) from error
    return mail


def glance(raw: bytes | memoryview) -> tuple[str, str]:
    """Sender and subject of a mail that is not read, as far as they show; never raises for what a mail holds."""
    try:
        head, _ = _asked({"glance": ""}, memoryview(raw)[:GLANCE_BYTES])
    except (Unreadable, OSError):
        return "", ""
    return str(head.get("sender", ""))[:320], str(head.get("subject", ""))[:300]


def _asked(job: wire.Json, raw: bytes | memoryview) -> tuple[wire.Json, list[bytes]]:
    """The answer to a job. A death that tells nothing (somebody killed the child, or the machine was out of memory) is
    tried once more, with a fresh child. Raises `Unreadable`, `CannotStart`."""
    deaths = departures = 0
    while True:
        try:
            return pool.ask(job, [raw])
        except Died as death:
            if death.code == 0 and (departures := departures + 1) <= MAX_READERS:
                continue  # it left in the moment we called, as each that waited may
            if death.code == -signal.SIGPROF:
                if "cpu_s" in job:
                    raise NotQuick from death
                raise Unreadable(troubles.TOOK_TOO_LONG % {"limit": reader.CPU_S}) from death
            if death.code == reader.OUT_OF_MEMORY:
                limit = f"{reader.MEMORY_BYTES // 1024 // 1024} MB"
                raise Unreadable(troubles.TOOK_TOO_MUCH_MEMORY % {"limit": limit}) from death
            if (deaths := deaths + 1) == 2:
                raise Unreadable(troubles.READER_DIED % {"how": _ending(death.code)}) from death
        except DidNotAnswer as silence:
            raise Unreadable(troubles.READER_DID_NOT_ANSWER % {"limit": round(WALL_S)}) from silence


def _over(over: wire.Json) -> str:
    kb = f"{over['limit'] // 1024} KB"
    sentences = {
        Bound.HEADER_BLOCK: troubles.HEADERS_TOO_LONG % {"limit": kb},
        Bound.HEADER: troubles.HEADER_TOO_LONG % {"name": str(over["of"]).title(), "limit": kb},
        Bound.ADDRESSES: troubles.TOO_MANY_ADDRESSES % {"limit": over["limit"]},
        Bound.PARTS: troubles.TOO_MANY_PARTS % {"limit": over["limit"]},
        Bound.DEPTH: troubles.TOO_DEEP % {"limit": over["limit"]},
    }
    return sentences[Bound(over["bound"])]


def _ending(code: int) -> str:
    try:
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        return f"signal {-code}"


class Pool:
    """At most `MAX_READERS` children that run the module `program`; whoever finds all at work waits for one."""

    def __init__(self, program: str = reader.__name__) -> None:
        self._program = program
        self._waiting: list[_Child] = []
        self._working: set[_Child] = set()
        self._lock = threading.Lock()
        self._turn = threading.BoundedSemaphore(MAX_READERS)
        self._sweeper: threading.Timer | None = None
        os.register_at_fork(after_in_child=self._begin_anew)
        atexit.register(self.close)

    def ask(self, job: wire.Json, blobs: Sequence[bytes | memoryview]) -> tuple[wire.Json, list[bytes]]:
        """One child's answer. Raises `Died`, `DidNotAnswer`, `CannotStart`."""
        with self._turn, self._child() as child:
            return child.ask(job, blobs)

    def close(self) -> None:
        """End the children that wait."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for child in waiting:
            child.end()

    def pids(self) -> list[int]:
        """Of the children that wait for work."""
        with self._lock:
            return [child.pid for child in self._waiting]

    @contextmanager
    def _child(self) -> "Iterator[_Child]":
        child = self._warm() or _Child(self._program)
        self._working.add(child)
        try:
            yield child
        except BaseException:
            child.kill()
            raise
        finally:
            self._working.discard(child)
        if child.is_done:
            child.end()
            return
        with self._lock:
            self._waiting.append(child)
            if self._sweeper is None:
                self._sweep_later()

    def _warm(self) -> "_Child | None":
        """The child that worked last: the others may grow idle and leave."""
        while True:
            with self._lock:
                if not self._waiting:
                    return None
                child = self._waiting.pop()
            if child.is_fresh:
                return child
            child.end()

    def _sweep_later(self) -> None:
        sweeper = threading.Timer(SWEEP_S, self._sweep)
        sweeper.daemon = True
        try:
            sweeper.start()
        except RuntimeError:  # no thread to be had, or the process ends
            return
        self._sweeper = sweeper

    def _sweep(self) -> None:
        """See those gone that have left, so that none stays behind as a zombie until the next mail comes."""
        with self._lock:
            gone = [child for child in self._waiting if child.has_left]
            self._waiting = [child for child in self._waiting if child not in gone]
            self._sweeper = None
            if self._waiting:
                self._sweep_later()
        for child in gone:
            child.end()

    def _begin_anew(self) -> None:
        """In a process that was forked, perhaps while a thread of its parent held the lock."""
        for child in (*self._waiting, *self._working):
            child.disown()  # it is our parent's, and must see it end
        self._waiting, self._working, self._sweeper = [], set(), None
        self._lock, self._turn = threading.Lock(), threading.BoundedSemaphore(MAX_READERS)


class _Child:
    """One process and the socket that it answers by."""

    def __init__(self, program: str) -> None:
        self._line, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-s", "-m", program],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    cwd=PROJECT,
                    env=_environment(),
                    process_group=0,
                )
        except OSError as error:
            self._line.close()
            raise CannotStart(f"no reader of mail could be started: {error}") from error
        self.is_done = False
        self._last_used_s = time.monotonic()
        self._greet()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_fresh(self) -> bool:
        """Alive, and not about to leave."""
        return time.monotonic() - self._last_used_s < reader.IDLE_S - 5 and not self.has_left

    @property
    def has_left(self) -> bool:
        return self._process.poll() is not None

    def ask(self, job: wire.Json, blobs: Sequence[bytes | memoryview]) -> tuple[wire.Json, list[bytes]]:
        try:
            until = time.monotonic() + WALL_S
            wire.send(self._line, wire.encoded(job, blobs), until=until)
            head, answered = wire.receive(self._line, at_most=MAX_ANSWER_BYTES, until=until)
        except TimeoutError as error:
            raise DidNotAnswer from error
        except (EOFError, OSError) as error:
            raise Died(self._code()) from error
        except wire.WrongShape as error:
            log.error("a reader does not keep to the protocol: %s", error)
            raise Died(-signal.SIGKILL) from error
        self._last_used_s = time.monotonic()
        self.is_done = bool(head.get("is_last", True))
        return head, answered

    def end(self) -> None:
        """Close its line, which it leaves upon, and see it gone."""
        self._line.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self._line.close()
        self._process.kill()
        self._process.wait()

    def disown(self) -> None:
        self._line.close()
        self._process.returncode = 0  # nobody here may wait for a process that is another's child

    def _greet(self) -> None:
        """Wait until it is ready, and runs the same code as we do."""
        try:
            head, _ = wire.receive(self._line, at_most=4096, until=time.monotonic() + START_S)
        except (EOFError, OSError, wire.WrongShape) as error:
            self.kill()
            raise CannotStart(f"the reader of mail did not start ({_ending(self._process.returncode)})") from error
        if head.get("ready") != _fingerprint():
            self.kill()
            raise CannotStart("the program was changed while this process ran; it must be restarted to read mail")

    def _code(self) -> int:
        """How it ended, once its line is closed."""
        try:
            return self._process.wait(5)
        except subprocess.TimeoutExpired:
            return -signal.SIGKILL


def _environment() -> dict[str, str]:
    """No setting and no secret of ours; glibc keeps to one arena and gives large blocks back."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {**inherited, "MALLOC_ARENA_MAX": "1", "PYTHONDONTWRITEBYTECODE": "1"}


@cache
def _fingerprint() -> str:
    return wire.fingerprint(ParsedMail)


pool = Pool()
