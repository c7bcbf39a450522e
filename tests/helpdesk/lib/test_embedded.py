import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from helpdesk.lib import embedded, postgres_server, processes, redis_server
from helpdesk.lib.postgres_server import CannotStart

CONTRIB = ("pg_trgm", "unaccent", "btree_gist")


def _quiet(sentence: str) -> None:
    pass


@pytest.fixture
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")


def _ask(url: str, statement: str) -> object:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def _postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]))


def test_the_database_is_what_the_product_needs(nothing_given: None, tmp_path: Path) -> None:
    with embedded.services(tmp_path, ephemeral=True, say=_quiet) as services:
        url = services.env["DATABASE_URL"]
        for extension in CONTRIB:
            _ask(url, f"create extension {extension}")

        assert str(_ask(url, "show server_version")).startswith("18.")
        assert _ask(url, "show server_encoding") == "UTF8"
        assert _ask(url, "select lower('ZAŻÓŁĆ GĘŚLĄ JAŹŃ')") == "zażółć gęślą jaźń"
        assert _ask(url, "select 'Ł' ~* 'ł' and similarity('łódź', 'łodz') > 0") is True
        assert redis.Redis.from_url(services.env["REDIS_URL"]).ping() is True


def test_data_survives_a_stop_and_a_kill(nothing_given: None, tmp_path: Path) -> None:
    with embedded.services(tmp_path, say=_quiet) as services:
        _ask(services.env["DATABASE_URL"], "create table kept (word text)")
        _ask(services.env["DATABASE_URL"], "insert into kept values ('first')")
    assert not (tmp_path / "running.json").exists()

    holder = _hold(tmp_path)
    postmaster = _postmaster(tmp_path)
    holder.kill()
    holder.wait()
    _, alive = psutil.wait_procs([postmaster], timeout=20)
    assert alive == []

    # A kill that the server itself does not survive leaves its lock file, here with the number of a living process.
    (tmp_path / "postgres" / "postmaster.pid").write_text(f"{os.getppid()}\n{tmp_path / 'postgres'}\n")
    with embedded.services(tmp_path, say=_quiet) as services:
        assert _ask(services.env["DATABASE_URL"], "select word from kept") == "first"


def test_a_server_left_alone_is_ended_by_the_next_start(nothing_given: None, tmp_path: Path) -> None:
    with embedded.services(tmp_path, say=_quiet) as services:
        _ask(services.env["DATABASE_URL"], "create table kept (word text)")
    sockets = Path(tempfile.mkdtemp(prefix="dyzur-"))  # where the server's own account may go
    server = postgres_server.PostgresServer(
        tmp_path / "postgres", socket_folder=sockets, log=tmp_path / "log", ephemeral=True, say=_quiet
    )
    server.start()
    left_alone = server.process

    with embedded.services(tmp_path, say=_quiet) as services:
        assert left_alone is not None and left_alone.poll() is not None
        assert _ask(services.env["DATABASE_URL"], "select count(*) from kept") == 0
    shutil.rmtree(sockets)


def test_a_second_start_on_the_folder_is_refused_and_may_join(nothing_given: None, tmp_path: Path) -> None:
    with embedded.services(tmp_path, say=_quiet) as services:
        services.publish({"CLOCK_OFFSET_S": "-5"})

        with pytest.raises(embedded.AlreadyRunning, match=f"process {os.getpid()}"):
            embedded.refuse_second_start(tmp_path)
        with pytest.raises(embedded.AlreadyRunning), embedded.services(tmp_path, say=_quiet):
            pass
        assert embedded.of_running(tmp_path) == services.env | {"CLOCK_OFFSET_S": "-5"}

    assert embedded.of_running(tmp_path) == {}
    embedded.refuse_second_start(tmp_path)


def test_a_command_joins_what_runs_unless_it_was_given_another_database(
    nothing_given: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("CLOCK_OFFSET_S", raising=False)
    with embedded.services(tmp_path, say=_quiet) as services:
        services.publish({"CLOCK_OFFSET_S": "-5"})

        monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/dyzur")
        embedded.join_running()
        assert "CLOCK_OFFSET_S" not in os.environ

        monkeypatch.delenv("DATABASE_URL")
        embedded.join_running()
        assert os.environ["DATABASE_URL"] == services.env["DATABASE_URL"]
        assert os.environ["CLOCK_OFFSET_S"] == "-5"


def test_nothing_starts_when_both_are_given(tmp_path: Path) -> None:
    with embedded.services(tmp_path, say=_quiet) as services:
        assert services.servers == []
        assert services.env == {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}

    assert not (tmp_path / "postgres").exists()


def test_only_redis_starts_when_the_database_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL")

    with embedded.services(tmp_path, say=_quiet) as services:
        assert [server.name for server in services.servers] == ["redis"]


def test_redis_comes_back_at_its_address(nothing_given: None, tmp_path: Path) -> None:
    server = redis_server.RedisServer(tmp_path, log=tmp_path / "log")
    server.start()
    url = server.url
    assert server.process is not None
    server.process.kill()
    server.process.wait()

    server.start()

    assert server.url == url
    assert redis.Redis.from_url(url).ping() is True
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=server.port).ping()
    server.stop()


def test_without_any_redis_the_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_server.shutil, "which", lambda name: None)
    monkeypatch.setattr(redis_server.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(CannotStart, match="install redis-server or valkey-server, or set REDIS_URL"):
        redis_server.RedisServer(tmp_path, log=tmp_path / "log").start()


def test_a_database_that_does_not_know_polish_letters_is_refused(db: None) -> None:
    base = os.environ["DATABASE_URL"]
    _ask(base, "create database ascii_only template template0 locale 'C' locale_provider 'libc'")
    try:
        with pytest.raises(CannotStart, match=r"locale C, in which lower\('Ł'\) is not 'ł'"):
            postgres_server.require_polish_letters(base.replace("/dyzur?", "/ascii_only?"))
    finally:
        _ask(base, "drop database ascii_only")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_root_may_keep_everything_below_a_closed_folder(nothing_given: None, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with embedded.services(closed / "data", say=_quiet) as services:
        assert _ask(services.env["DATABASE_URL"], "select 1") == 1
        assert _postmaster(closed / "data").username() != "root"

    assert closed.stat().st_mode & 0o777 == 0o700


def test_the_command_gets_the_addresses_and_its_exit_code_is_passed_on(nothing_given: None, tmp_path: Path) -> None:
    code = "import os, sys; sys.exit(7 if os.environ['DATABASE_URL'] and os.environ['REDIS_URL'] else 1)"

    ended = subprocess.run(
        [sys.executable, "-m", "helpdesk.lib.embedded", "run", "--ephemeral", "--", sys.executable, "-c", code],
        cwd=embedded.PROJECT,
        check=False,
    )

    assert ended.returncode == 7


def test_a_free_port_is_told_from_a_taken_one() -> None:
    port = processes.free_port()
    assert processes.is_free(port)

    with subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as other:
        deadline = time.monotonic() + 10
        while processes.is_free(port) and time.monotonic() < deadline:
            time.sleep(0.05)

        assert not processes.is_free(port)
        assert str(other.pid) in processes.holder_of(port)
        other.terminate()


def _hold(folder: Path) -> subprocess.Popen[bytes]:
    """A process of its own that runs the services on the folder until it is killed."""
    holder = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "helpdesk.lib.embedded",
            "run",
            "--",
            sys.executable,
            "-c",
            "import time; time.sleep(60)",
        ],
        cwd=embedded.PROJECT,
        env=os.environ | {"DATA_DIR": str(folder)},
        preexec_fn=processes.child(death_signal=signal.SIGKILL),
    )
    deadline = time.monotonic() + 30
    while not embedded.of_running(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert embedded.of_running(folder)
    return holder
