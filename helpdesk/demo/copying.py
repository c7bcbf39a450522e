"""Rows into PostgreSQL by COPY: some ten times as fast as inserts."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.management.color import no_style
from django.db import connection, models
from django.db.models import NOT_PROVIDED

NULL = "\\N"


def _array(values: Sequence[str]) -> str:
    return "{" + ",".join(json.dumps(value, ensure_ascii=False) for value in values) + "}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_AS_TEXT: dict[type, Callable[[Any], str]] = {ArrayField: _array, models.JSONField: _json}


def copy(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Copy `rows`, whose values stand for the fields `names`; the model's defaults fill the other columns.

    Columns that the database computes are left to it. Returns how many rows there were. The model's sequence is set
    behind the highest id given.
    """
    fields = {field.name: field for field in model._meta.concrete_fields}
    constants = {
        name: field.get_default()
        for name, field in fields.items()
        if name not in names
        and not field.primary_key
        and not getattr(field, "generated", False)
        and field.db_default is NOT_PROVIDED
    }
    columns = [fields[name] for name in [*names, *constants]]
    special = [(n, _AS_TEXT[type(field)]) for n, field in enumerate(columns) if type(field) in _AS_TEXT]
    tail = tuple(constants.values())
    buffer, count = StringIO(), 0
    write = csv.writer(buffer, lineterminator="\n").writerow
    for row in rows:
        cells = [*row, *tail]
        for n, as_text in special:
            cells[n] = as_text(cells[n])
        write([NULL if cell is None else cell for cell in cells])
        count += 1
    buffer.seek(0)
    table = connection.ops.quote_name(model._meta.db_table)
    into = ", ".join(connection.ops.quote_name(str(field.column)) for field in columns)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"copy {table} ({into}) from stdin with (format csv, null '{NULL}')", buffer)
    count_on(model)
    return count


def count_on(*written: type[models.Model]) -> None:
    """Set the sequences behind the highest id, where rows came with ids of their own."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), written):
            cursor.execute(sql)
