"""Figures of a database that must be the same before a backup and after a restore."""

import hashlib

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac
from psycopg2 import sql


def tables() -> list[str]:
    return _column("select tablename from pg_tables where schemaname = 'public' order by tablename")


def rows() -> dict[str, int]:
    """The number of rows by table."""
    result = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table)))
            result[table] = int(cursor.fetchone()[0])
    return result


def events() -> str:
    """A digest of the feed: every event's number, in the order in which live pages follow them."""
    result = hashlib.sha256()
    with connection.cursor() as cursor:
        # In slices, because an event is a few bytes here and there may be tens of millions.
        last = (-(2**63), -(2**63))
        while True:
            cursor.execute(
                "select xid, id from tickets_event where (xid, id) > (%s, %s) order by xid, id limit 50000", last
            )
            slice_ = cursor.fetchall()
            if not slice_:
                return result.hexdigest()
            result.update(b"".join(b"%d," % event_id for _, event_id in slice_))
            last = slice_[-1]


ONE_ROW = {"tickets_rulecursor"}
"""Tables whose only row always has the number 1 and was never given one."""


def late_sequences() -> list[str]:
    """Columns whose next number is taken already."""
    late = []
    with connection.cursor() as cursor:
        cursor.execute(
            "select table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name) "
            "from information_schema.columns where table_schema = 'public' "
            "and pg_get_serial_sequence(quote_ident(table_name), column_name) is not null"
        )
        for table, column, sequence in cursor.fetchall():
            if table in ONE_ROW:
                continue
            schema, name = sequence.replace('"', "").split(".")
            query = sql.SQL(
                "select coalesce((select max({column}) from {table}), 0) >"
                " case when is_called then last_value else 0 end from {sequence}"
            ).format(column=sql.Identifier(column), table=sql.Identifier(table), sequence=sql.Identifier(schema, name))
            cursor.execute(query)
            if cursor.fetchone()[0]:
                late.append(f"{table}.{column}")
    return sorted(late)


def key_mark(made_at: str) -> str:
    """Tells SECRET_KEY from another one without giving it away; `made_at` makes each backup's mark its own."""
    return salted_hmac("helpdesk.backup", made_at, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()


def _column(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]
