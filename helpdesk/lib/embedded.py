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
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from helpdesk.lib import env, processes
from helpdesk.lib.postgres_server import CannotStart, PostgresServer, require_polish_letters
from helpdesk.lib.redis_server import RedisServer

PROJECT = Path(__file__).resolve().parents[2]
LOG_LIMIT_BYTES = 5_000_000

Server = PostgresServer | RedisServer


class AlreadyRunning(CannotStart):
    """Another process has the data folder's services running."""


@dataclass(frozen=True)
class Services:
    """What runs inside `services`: the settings that lead to it, and the servers that are ours to watch."""

    env: dict[str, str]
    servers: list[Server]
    folder: Path

    def publish(self, extra: dict[str, str]) -> None:
        """Add settings to what `join_running` hands to commands."""
        note = json.loads(_note_path(self.folder).read_text())
        note["env"] |= extra
        _write_private(_note_path(self.folder), json.dumps(note))


def data_dir() -> Path:
    """The folder for everything a running product writes."""
    return env.path("DATA_DIR", ".data", base=PROJECT)


@contextmanager
def services(folder: Path, *, ephemeral: bool = False, say: Callable[[str], None] = print) -> Iterator[Services]:
    """Run what DATABASE_URL and REDIS_URL do not name already, as long as the block lasts.

    Raises AlreadyRunning when another process runs them on the same folder, CannotStart when one does not start.
    """
    found = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    ours: dict[str, str] = {}
    servers: list[Server] = []
    with ExitStack() as stack:
        if ephemeral:
            folder = stack.enter_context(_temporary_folder("dyzur-test-"))
            ours["DATA_DIR"] = str(folder)
        else:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # mails with links that open cases lie in it
            stack.enter_context(_lock(folder))
            _forget_last_run(folder)
        logs = folder / "logs"
        logs.mkdir(exist_ok=True)
        # Sockets stand in a short path of their own: a socket's whole path may have 107 bytes and no more.
        sockets = stack.enter_context(_temporary_folder("dyzur-"))
        if "DATABASE_URL" in found:
            require_polish_letters(found["DATABASE_URL"])
        else:
            log = _fresh_log(logs / "postgres.log")
            postgres = PostgresServer(folder / "postgres", socket_folder=sockets, log=log, ephemeral=ephemeral, say=say)
            stack.callback(postgres.stop)
            postgres.start()
            servers.append(postgres)
            ours["DATABASE_URL"] = postgres.url
        if "REDIS_URL" not in found:
            redis = RedisServer(folder, log=_fresh_log(logs / "redis.log"))
            stack.callback(redis.stop)
            redis.start()
            servers.append(redis)
            ours["REDIS_URL"] = redis.url
        if not ephemeral:
            stack.enter_context(_note(folder, ours, sockets))
        yield Services(env=found | ours, servers=servers, folder=folder)


def of_running(folder: Path) -> dict[str, str]:
    """The settings of the services that another process runs on this folder; empty when none does."""
    try:
        note = json.loads(_note_path(folder).read_text())
    except (FileNotFoundError, PermissionError, ValueError):
        return {}
    return dict(note["env"]) if _is_locked(folder) else {}


def join_running() -> None:
    """Let a command that is started beside a running `make run` use its PostgreSQL, Redis and demo clock."""
    running = of_running(data_dir())
    given = os.environ.get("DATABASE_URL")
    if given and given != running.get("DATABASE_URL", given):
        return
    for name, value in running.items():
        os.environ.setdefault(name, value)


def refuse_second_start(folder: Path) -> None:
    """Raise AlreadyRunning at once when `services` would."""
    if _is_locked(folder):
        raise _already_running(folder)


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Held as long as this process lives, so that a second start says so instead of fighting for the data."""
    path = folder / "lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _already_running(folder) from None
        _overwrite(file, str(os.getpid()))
        yield


def _already_running(folder: Path) -> AlreadyRunning:
    holder = (folder / "lock").read_text().strip()
    return AlreadyRunning(
        f"Dyżur is already running on {folder}{f' (process {holder})' if holder else ''}: "
        "stop it first, or choose another folder with DATA_DIR and another port with PORT."
    )


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
def _note(folder: Path, ours: dict[str, str], sockets: Path) -> Iterator[None]:
    _write_private(_note_path(folder), json.dumps({"env": ours, "sockets": str(sockets)}))
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
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(content)
    new.replace(path)


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
def _temporary_folder(prefix: str) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix=prefix))
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
            settings = stack.enter_context(services(data_dir(), ephemeral=ephemeral, say=_to_stderr)).env
        except AlreadyRunning:
            settings = of_running(data_dir())
            if "DATABASE_URL" not in settings:
                raise
        child = subprocess.Popen(command, env=os.environ | settings, preexec_fn=processes.child())
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
    except (CannotStart, env.WrongSetting) as error:
        sys.exit(f"dyzur: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
