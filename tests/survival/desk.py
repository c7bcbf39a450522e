"""A whole desk as the supervisor runs it, in processes that a test may kill, freeze and start again."""

import contextlib
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
from django.conf import settings
from django.db import connection
from django.test import Client

from helpdesk.lib import embedded, processes
from helpdesk.lib.redis_server import RedisServer
from tickets.models import User

WITHOUT = ("CLOCK_OFFSET_S", "MAKELEVEL", "PYTEST_CURRENT_TEST", "SMTP_URL")


class Desk:
    """Web, worker, beat and fetchers on the test's database, with a Redis of their own.

    Only processes that were started here are ended here, each by its number.
    """

    def __init__(self, folder: Path, static: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        (self.data / "static").symlink_to(static)
        self.port = _two_free_ports()
        self.redis = RedisServer(folder, log=folder / "redis.log")
        self.redis.start()
        self.settings: dict[str, str] = {"EGRESS_ALLOW": "127.0.0.1"}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.kills: dict[str, int] = {}
        self._families: list[psutil.Process] = []

    # Processes

    def start(self, *names: str) -> None:
        for name in names:
            assert name not in self.running, f"{name} runs already"
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    self._command(name),
                    cwd=embedded.PROJECT,
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    preexec_fn=processes.child(death_signal=signal.SIGKILL),
                )

    def kill(self, *names: str) -> None:
        """kill -9, then the orphans, as the supervisor does at each death."""
        for name in names:
            process = self.running.pop(name)
            family = _children(process.pid)
            process.kill()
            process.wait()
            processes.end(family, ask=signal.SIGKILL)
            self.kills[name] = self.kills.get(name, 0) + 1

    def revive(self) -> None:
        """Start again what ended by itself, as the supervisor does."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.kill(name)
                self.start(name)

    def restart(self, *names: str) -> None:
        self.kill(*names)
        self.start(*names)

    def later(self, *, minutes: float) -> None:
        """The same desk so much later: what runs is killed and started with its clock moved on."""
        offset = int(self.settings.get("CLOCK_OFFSET_S", "0"))
        self.settings["CLOCK_OFFSET_S"] = str(offset + round(60 * minutes))
        self.restart(*self.running)

    def stop(self) -> None:
        self.thaw_redis()
        for name in list(self.running):
            self._families += _children(self.running[name].pid)
            self.running[name].kill()
        for name in list(self.running):
            self.running.pop(name).wait()
        processes.end(self._families, ask=signal.SIGKILL)
        self.redis.stop()

    def _command(self, name: str) -> list[str]:
        if name.startswith("fetcher"):
            return [sys.executable, "manage.py", "fetch_mail", "--loop", "--pause", "0.1"]
        return [sys.executable, "-m", "helpdesk.launch", name]

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in WITHOUT}
        own = {
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.redis.url,
            "DATA_DIR": str(self.data),
            "PORT": str(self.port),
        }
        return inherited | own | self.settings

    # Redis

    def freeze_redis(self) -> None:
        assert self.redis.process is not None
        self.redis.process.send_signal(signal.SIGSTOP)

    def thaw_redis(self) -> None:
        if self.redis.process is not None:
            self.redis.process.send_signal(signal.SIGCONT)

    def kill_redis(self) -> None:
        assert self.redis.process is not None
        self.redis.process.kill()
        self.redis.process.wait()

    # What the desk says

    def answers(self) -> bool:
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def wait_until_it_answers(self, *, within_s: float = 180) -> None:
        wait_for(self.answers, within_s=within_s, otherwise=self.logs)

    def request(
        self, method: str, path: str, *, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """(status, JSON or text) over a connection of its own. Raises OSError when nobody answers."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            content = {"Content-Type": "application/json"} if body is not None else {}
            line.request(method, path, json.dumps(body) if body is not None else None, {**content, **(headers or {})})
            response = line.getresponse()
            text = response.read().decode()
        except http.client.HTTPException as error:
            raise ConnectionError(repr(error)) from error
        finally:
            line.close()
        kind = response.headers.get_content_type()
        return response.status, json.loads(text) if kind.endswith("json") and text else text

    def as_person(self, user: User) -> dict[str, str]:
        """Headers of a browser in which `user` is signed in."""
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        token = secrets.token_hex(16)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={token}"
        return {"Cookie": cookies, "X-CSRFToken": token}

    def logs(self) -> str:
        """The last words of every process, for a test that fails."""
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in files)


@contextlib.contextmanager
def running(folder: Path, static: Path) -> Iterator[Desk]:
    desk = Desk(folder, static)
    try:
        yield desk
    finally:
        desk.stop()


def wait_for(happened: Callable[[], Any], *, within_s: float, otherwise: Callable[[], Any] = str) -> float:
    """Seconds it took; fails after `within_s`, saying what `otherwise` returns."""
    begun = time.monotonic()
    while not happened():
        assert time.monotonic() - begun < within_s, f"not within {within_s} s: {otherwise()}"
        time.sleep(0.1)
    return time.monotonic() - begun


def database_url() -> str:
    """The test's database as another process must be told it."""
    facts = connection.settings_dict
    login = quote(facts["USER"] or "") + (":" + quote(facts["PASSWORD"]) if facts["PASSWORD"] else "")
    host = facts["HOST"] or "localhost"
    if host.startswith("/"):
        return f"postgresql://{login}@/{facts['NAME']}?host={quote(host)}"
    return f"postgresql://{login}@{host}:{facts['PORT'] or 5432}/{facts['NAME']}"


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def _two_free_ports() -> int:
    while True:
        port = processes.free_port()
        if port < 65535 and processes.is_free(port + 1):
            return port
