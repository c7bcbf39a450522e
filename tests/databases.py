"""Databases of a test's own on the test's server, for processes that commit for real."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg2


@contextlib.contextmanager
def empty_database() -> Iterator[str]:
    """The address of a new, empty database, dropped at the end with whoever is still connected."""
    server, name = os.environ["DATABASE_URL"], f"test_{uuid.uuid4().hex[:12]}"
    run(server, f'create database "{name}" template template0')
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        run(server, f'drop database if exists "{name}" with (force)')


def rows(url: str, query: str) -> list[tuple]:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
    finally:
        connection.close()


def run(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
