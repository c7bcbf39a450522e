"""What stories run against: programs in processes of their own, and static files as production has them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from helpdesk.lib.assets import JoinedStaticFilesStorage

PROJECT = Path(__file__).resolve().parents[2]
STARTS_S = 60


class UncompressedStorage(JoinedStaticFilesStorage):
    """The product's joined and hashed files; compressing them takes seconds and changes nothing for a story."""

    def compress_files(self, paths: object) -> Iterator[tuple[str, str]]:
        return iter(())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(*arguments: str, port: int, **env: str) -> Iterator[None]:
    """A Python program of ours, from the moment it answers on ``port`` to the end of the block."""
    process = subprocess.Popen([sys.executable, *arguments], cwd=PROJECT, env=os.environ | env)
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + STARTS_S
    while time.monotonic() < ends:
        assert process.poll() is None, f"{process.args} ended with {process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{process.args} does not answer on port {port}")


def database_url(name: str) -> str:
    """DATABASE_URL with the name of this test run's database."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
