"""`make run`: PostgreSQL, Redis, web, live, worker and beat under one process that starts, watches and ends them.

It knows no Django, so that it stays small beside what it watches: what needs Django (migrations, static files, the
demo) is done by a child, `manage.py prepare`, before the others start. It has no threads: one loop reads what the
children print and hears the signals.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import psutil

from helpdesk import launch
from helpdesk.lib import embedded, env, processes
from helpdesk.lib.postgres_server import CannotStart

HOST = "127.0.0.1"
DEMO_MONDAY = datetime(2026, 3, 9, 8, 0, tzinfo=ZoneInfo("Europe/Warsaw"))
PREPARE = ["manage.py", "prepare"]
START_TIMEOUT_S = 60.0
STOP_GRACE_S = 10.0
LONGEST_BACKOFF_S = 30.0
HEALTHY_AFTER_S = 20.0
SERVER_PAUSE_S = 5.0
COLOURS = {"web": 36, "live": 35, "worker": 33, "beat": 32, "postgres": 34, "redis": 31, "dyzur": 1}


class Stop(Exception):
    """Somebody asked the supervisor to end."""


@dataclass
class Child:
    """One process kept running: its command, and what its deaths have taught."""

    name: str
    command: list[str]
    answers: Callable[[], bool] | None = None
    ready_word: str = ""
    process: subprocess.Popen[bytes] | None = None
    ready: bool = False
    started_at_s: float = 0.0
    start_again_at_s: float = 0.0
    backoff_s: float = 1.0
    rest: bytes = field(default=b"", repr=False)


class Supervisor:
    """Runs the children until `Stop`. All times are seconds of the monotonic clock."""

    def __init__(self, children: list[Child], servers: list[embedded.Server], environment: dict[str, str]) -> None:
        self.children = children
        self.servers = servers
        self.environment = environment
        self.quiet = False
        self.selector = selectors.DefaultSelector()
        self.child_died = True  # look once at the beginning
        self.look_again_at_s = 0.0
        hears, tells = socket.socketpair()
        for end in (hears, tells):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(tells.fileno())  # a death ends the wait of the selector
        self.selector.register(hears, selectors.EVENT_READ)
        self._wakers = (hears, tells)

    def start_all(self) -> None:
        for child in self.children:
            self._start(child)

    def wait_until_ready(self) -> list[str]:
        """Watch until every child answers; returns the names of those that do not within START_TIMEOUT_S."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            self.watch(for_s=0.2)
            for child in self.children:
                if not child.ready and child.answers is not None and child.process is not None:
                    child.ready = child.answers()
            waiting = [child.name for child in self.children if not child.ready]
            if not waiting or time.monotonic() > deadline:
                return waiting

    def watch(self, *, for_s: float) -> None:
        """Pass on what the children print for `for_s` seconds, and start again what died."""
        until = time.monotonic() + for_s
        while (now := time.monotonic()) < until:
            self._listen(min(until, now + 1.0) - now)
            self._look_after_children()

    def stop_all(self) -> None:
        """Ask all children at once, wait STOP_GRACE_S, kill what is left and whatever they left behind."""
        self.quiet = True
        alive = {child.name: child.process for child in self.children if child.process is not None}
        for process in alive.values():
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_GRACE_S
        while time.monotonic() < deadline and any(process.poll() is None for process in alive.values()):
            self._listen(0.05)
        for name, process in alive.items():
            if process.poll() is None:
                say(f"{name} did not stop within {STOP_GRACE_S:.0f} s and is killed.")
                processes.end(_family(process.pid), ask=signal.SIGKILL)
                process.wait()
        self._end_orphans()

    def _listen(self, for_s: float) -> None:
        for key, _ in self.selector.select(for_s):
            if key.data is not None:
                self._pass_on(key.data)
            else:
                self.child_died = bool(self._wakers[0].recv(4096))

    def _look_after_children(self) -> None:
        now = time.monotonic()
        if self.child_died or now >= self.look_again_at_s:
            self.child_died, self.look_again_at_s = False, now + 30
            self._end_orphans()
            for child in self.children:
                if child.process is not None and child.process.poll() is not None:
                    self._after_death(child, now)
            for server in self.servers:
                # None: an earlier start failed, for want of disk perhaps.
                if server.process is None or server.process.poll() is not None:
                    self._start_server_again(server)
        for child in self.children:
            if child.process is None and now >= child.start_again_at_s:
                self._start(child)

    def _start(self, child: Child) -> None:
        child.process = subprocess.Popen(
            child.command,
            cwd=embedded.PROJECT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=processes.child(deaf_to_ctrl_c=True),
        )
        child.started_at_s = time.monotonic()
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self.selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _after_death(self, child: Child, now: float) -> None:
        assert child.process is not None
        self._pass_on(child)
        if child.process.stdout is not None and not child.process.stdout.closed:
            self.selector.unregister(child.process.stdout)
            child.process.stdout.close()
        if now - child.started_at_s > HEALTHY_AFTER_S:
            child.backoff_s = 1.0
        say(f"{child.name} {_death(child.process.returncode)}; starting it again in {child.backoff_s:.0f} s.")
        child.process = None
        child.start_again_at_s = now + child.backoff_s
        child.backoff_s = min(child.backoff_s * 2, LONGEST_BACKOFF_S)

    def _start_server_again(self, server: embedded.Server) -> None:
        if server.process is not None:
            say(f"{server.name} {_death(server.process.returncode)}; starting it again.")
        try:
            server.start()
        except CannotStart as error:
            say(str(error))
            self.look_again_at_s = time.monotonic() + SERVER_PAUSE_S

    def _pass_on(self, child: Child) -> None:
        if child.process is None or child.process.stdout is None or child.process.stdout.closed:
            return
        try:
            data = os.read(child.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return
        if not data:
            self.selector.unregister(child.process.stdout)
            child.process.stdout.close()
        *lines, child.rest = (child.rest + data).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            if child.ready_word and child.ready_word in text:
                child.ready = True
            if text and not self.quiet:
                say(text, name=child.name)

    def _end_orphans(self) -> None:
        """Kill grandchildren whose own parent died (a web worker whose master was killed still holds the port)."""
        known = {child.process.pid for child in self.children if child.process is not None}
        known |= {server.process.pid for server in self.servers if server.process is not None}
        for process in psutil.Process().children():
            if process.pid in known:
                continue
            with contextlib.suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE:
                    process.kill()
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)


def run() -> int:
    """Start everything, wait for Ctrl-C or SIGTERM, stop everything. Returns the exit code."""
    try:
        _run()
    except (CannotStart, env.WrongSetting) as error:
        say(str(error))
        return 1
    except Stop:
        say("Stopped.")
    return 0


def _run() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    if "MAKELEVEL" in os.environ:  # a make that is killed must not leave us behind
        processes.die_with_parent()
    processes.adopt_orphans()
    port, live_port = launch.web_port(), launch.live_port()
    folder = embedded.data_dir()
    embedded.refuse_second_start(folder)
    _require_free(port, live_port)
    with embedded.services(folder, say=say) as services:
        environment = launch.ENVIRONMENT | os.environ | services.env | {"PORT": str(port)}
        environment |= _clock(folder)
        prepared = _prepare(environment)
        environment |= _clock(folder)
        services.publish({name: environment[name] for name in ("PORT", "CLOCK_OFFSET_S") if name in environment})
        supervisor = Supervisor(_children(port, live_port), services.servers, environment)
        with _stopping(supervisor):
            supervisor.start_all()
            missing = supervisor.wait_until_ready()
            if missing:
                say(f"No answer yet from {', '.join(missing)}; what they print stands above.")
            _greet(port, folder, prepared)
            while True:
                supervisor.watch(for_s=1.0)


@contextlib.contextmanager
def _stopping(supervisor: Supervisor) -> Iterator[None]:
    try:
        yield
    finally:
        say("Stopping ...")
        supervisor.stop_all()


def _children(port: int, live_port: int) -> list[Child]:
    def child(name: str, **facts: Any) -> Child:
        return Child(name, [sys.executable, "-m", "helpdesk.launch", name], **facts)

    return [
        child("web", answers=lambda: _answers(port)),
        child("live", answers=lambda: not processes.is_free(live_port)),
        child("worker", ready_word=" ready."),
        child("beat", answers=lambda: True),
    ]


def _prepare(environment: dict[str, str]) -> dict[str, str]:
    """Run `manage.py prepare` to its end; returns the demo's logins by role, empty without a demo."""
    child = subprocess.Popen(
        [sys.executable, *PREPARE],
        cwd=embedded.PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        preexec_fn=processes.child(),
    )
    try:
        output, _ = child.communicate()
    finally:
        processes.stop(child)
    if child.returncode != 0:
        raise CannotStart("The database or the demo could not be prepared; the reason stands above.")
    logins: dict[str, str] = json.loads(output.splitlines()[-1])["logins"]
    return logins


def _clock(folder: Path) -> dict[str, str]:
    """The demo's clock: as `prepare` wrote it when it seeded, else beginning at the demo's Monday 8:00 now."""
    if not env.flag("DEMO", True):
        return {}
    path = clock_path(folder)
    return {"CLOCK_OFFSET_S": path.read_text().strip() if path.exists() else str(clock_offset_s())}


def clock_path(folder: Path) -> Path:
    return folder / "clock_offset_s"


def clock_offset_s() -> int:
    """Seconds that lead from now to the demo's Monday, 8:00 in Warsaw."""
    return round((DEMO_MONDAY - datetime.now(UTC)).total_seconds())


def _greet(port: int, folder: Path, logins: dict[str, str]) -> None:
    say(f"Dyżur runs at http://localhost:{port}/")
    path = clock_path(folder)
    if logins and path.exists():
        at = (datetime.now(UTC) + timedelta(seconds=int(path.read_text()))).astimezone(DEMO_MONDAY.tzinfo)
        say(f"Its clock says {at:%A} {at.day} {at:%B %Y, %H:%M}. Log in with the password dyzur-demo as")
        for role, email in logins.items():
            say(f"  {role:<10} {email}")
    say("Ctrl-C stops it.")


def _require_free(*ports: int) -> None:
    for port in ports:
        if processes.is_free(port):
            continue
        holder = processes.holder_of(port)
        other = next(p for p in range(8801, 65000, 2) if processes.is_free(p) and processes.is_free(p + 1))
        why = f"Dyżur needs {ports[0]} for pages and {ports[1]} for live updates"
        raise CannotStart(
            f"Port {port} is taken{f' by {holder}' if holder else ''}. {why}; choose another: PORT={other} make run"
        )


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=2) as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError as error:
        say(f"http://{HOST}:{port}/healthz answers {error.code}.")
        return True
    except OSError:
        return False


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def _death(returncode: int) -> str:
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with exit code {returncode}"


def _leave(number: int, frame: FrameType | None) -> None:
    _ignore_signals()
    raise Stop


def _ignore_signals() -> None:
    """A second Ctrl-C must not tear the stopping itself apart; it is bounded in time anyway."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def say(sentence: str, *, name: str = "dyzur") -> None:
    label = f"{name:<8}│ "
    if sys.stdout.isatty():
        label = f"\033[{COLOURS[name]}m{label}\033[0m"
    try:
        print(f"{label}{sentence}", flush=True)
    except BrokenPipeError:  # the reader went away; we have work to do all the same
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
