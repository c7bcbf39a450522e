"""PostgreSQL and Redis for a machine that has neither.

`python -m helpdesk.lib.embedded run [--ephemeral] -- COMMAND...` starts what DATABASE_URL and REDIS_URL do not already
name, runs the command with both set, and stops what it started. Data lives under DATA_DIR (default `.data`);
with --ephemeral in a temporary folder that is deleted, for tests.
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO

from helpdesk.lib import processes
from helpdesk.lib.postgres_server import CannotStart, PostgresServer
from helpdesk.lib.redis_server import RedisServer

PROJECT = Path(__file__).resolve().parents[2]
LOG_LIMIT_BYTES = 5_000_000


class AlreadyRunning(CannotStart):
    """Another process has the data folder's services running."""


def data_dir() -> Path:
    """The folder for everything a running product writes."""
    return (PROJECT / (os.environ.get("DATA_DIR") or ".data")).resolve()


@contextmanager
def services(
    folder: Path, *, ephemeral: bool = False, say: Callable[[str], None] = print
) -> Iterator[dict[str, str]]:
    """Run what is missing of PostgreSQL and Redis inside the block; yields DATABASE_URL and REDIS_URL.

    Raises AlreadyRunning when another process runs them on the same folder, CannotStart when one does not start.
    """
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    with ExitStack() as stack:
        if ephemeral:
            folder = Path(stack.enter_context(_temporary_folder("dyzur-test-")))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_lock(folder))
            _forget_last_run(folder)
        if len(given) == 2:
            yield given
            return
        logs = folder / "logs"
        logs.mkdir(exist_ok=True)
        # Sockets stand in a short path of their own: a socket's whole path may have 107 bytes and no more.
        sockets = Path(stack.enter_context(_temporary_folder("dyzur-")))
        found = dict(given)
        if "DATABASE_URL" not in given:
            postgres = PostgresServer(
                folder / "postgres",
                socket_folder=sockets,
                log=_fresh_log(logs / "postgres.log"),
                ephemeral=ephemeral,
                say=say,
            )
            postgres.start()
            stack.callback(postgres.stop)
            found["DATABASE_URL"] = postgres.url
        if "REDIS_URL" not in given:
            redis = RedisServer(folder, log=_fresh_log(logs / "redis.log"))
            redis.start()
            stack.callback(redis.stop)
            found["REDIS_URL"] = redis.url
        if not ephemeral:
            stack.enter_context(_note(folder, found, sockets))
        yield found


def of_running(folder: Path) -> dict[str, str]:
    """DATABASE_URL and REDIS_URL of the services that another process runs on this folder; empty when none does."""
    try:
        note = json.loads(_note_path(folder).read_text())
    except (FileNotFoundError, PermissionError, ValueError):
        return {}
    if not _is_locked(folder):
        return {}
    return dict(note["env"])


def join_running() -> None:
    """Let a command that is started beside a running `make run` use its PostgreSQL, Redis, key and demo clock."""
    if os.environ.get("DATABASE_URL"):
        return
    for name, value in of_running(data_dir()).items():
        os.environ.setdefault(name, value)


def publish(folder: Path, extra: dict[str, str]) -> None:
    """Add settings to what `join_running` hands to commands."""
    path = _note_path(folder)
    note = json.loads(path.read_text()) if path.exists() else {"env": {}, "sockets": ""}
    note["env"] |= extra
    _write_private(path, json.dumps(note))


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Held as long as this process lives, so that a second start says so instead of fighting for the data."""
    path = folder / "lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip()
            raise AlreadyRunning(
                f"Dyżur is already running on {folder}{f' (process {holder})' if holder else ''}: "
                "stop it first, or choose another folder with DATA_DIR."
            ) from None
        _overwrite(file, str(os.getpid()))
        yield


def _is_locked(folder: Path) -> bool:
    try:
        with (folder / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


@contextmanager
def _note(folder: Path, env: dict[str, str], sockets: Path) -> Iterator[None]:
    _write_private(_note_path(folder), json.dumps({"env": env, "sockets": str(sockets)}))
    try:
        yield
    finally:
        _note_path(folder).unlink(missing_ok=True)


def _forget_last_run(folder: Path) -> None:
    """Remove the socket folder that a run ended by kill -9 left behind."""
    with suppress(FileNotFoundError, ValueError, KeyError):
        sockets = Path(json.loads(_note_path(folder).read_text())["sockets"])
        if sockets.name.startswith("dyzur-"):
            shutil.rmtree(sockets, ignore_errors=True)
    _note_path(folder).unlink(missing_ok=True)


def _note_path(folder: Path) -> Path:
    return folder / "running.json"


def _write_private(path: Path, content: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as file:
        file.write(content)


def _overwrite(file: IO[str], content: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(content)
    file.flush()


def _fresh_log(path: Path) -> Path:
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.unlink()
    return path


@contextmanager
def _temporary_folder(prefix: str) -> Iterator[str]:
    path = tempfile.mkdtemp(prefix=prefix)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _run(command: list[str], *, ephemeral: bool) -> int:
    """Run the command beside the services; the exit code is the command's."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    with ExitStack() as stack:
        try:
            env = stack.enter_context(services(data_dir(), ephemeral=ephemeral, say=_to_stderr))
        except AlreadyRunning:
            env = of_running(data_dir())
            if not env:
                raise
        child = subprocess.Popen(  # noqa: S603
            command, env=os.environ | env, preexec_fn=processes.dies_with_parent()
        )
        try:
            return child.wait()
        finally:
            processes.stop(child)


def _to_stderr(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m helpdesk.lib.embedded")
    parser.add_argument("action", choices=["run"])
    parser.add_argument("--ephemeral", action="store_true", help="a temporary folder, deleted at the end")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    options = parser.parse_args()
    try:
        sys.exit(_run(options.command, ephemeral=options.ephemeral))
    except CannotStart as error:
        sys.exit(f"dyzur: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
