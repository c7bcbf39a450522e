"""Statements that may take a time and no more: a page does not wait for a number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg2.errors import QueryCanceled


class TooSlow(Exception):
    """A statement took longer than it may, and was stopped. Nothing is wrong with the connection."""


@contextmanager
def time_limit(milliseconds: int) -> Iterator[None]:
    """Every statement inside the block may take so long. Raises `TooSlow`."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select set_config('statement_timeout', %s, true)", [str(milliseconds)])
            yield
            cursor.execute("set local statement_timeout to default")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise
