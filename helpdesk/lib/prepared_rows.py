"""Rows stored by statements that are put together once: what `Model.save` does, in a fraction of its time.

For the models of the busiest actions; none of them has a `save` of its own or signals that somebody hears.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import DatabaseError, connections, transaction
from django.db.models import Field, Model
from django.db.models.sql import InsertQuery, UpdateQuery

from helpdesk.lib import prepared

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Written:
    """A statement, and what it gives back: field, how its value is converted."""

    sql: str
    returned: tuple[tuple[Any, tuple[Any, ...]], ...] = ()


MOST_KEPT = 500

_kept: dict[tuple[Any, ...], Written] = {}


def insert(row: Row) -> Row:
    """Store a new row, as ``row.save(force_insert=True)``. Its number and what the database computes come back."""
    row._prepare_related_fields_for_save("save")  # type: ignore[attr-defined]
    meta, using = row._meta, type(row)._default_manager.db
    has_number = row.pk is not None
    fields = [each for each in meta.local_concrete_fields if not each.generated and (has_number or each is not meta.pk)]
    values = [each.pre_save(row, True) for each in fields]
    shape = tuple(_is_expression(each) for each in values)
    key = type(row), "insert with its number" if has_number else "insert", shape
    written = _kept.get(key)
    if written is None or prepared.is_checked:
        query: Any = InsertQuery(type(row))
        query.insert_values(fields, [row])
        compiler = query.get_compiler(using)
        compiler.returning_fields = meta.db_returning_fields
        ((sql, parameters),) = compiler.as_sql()
        back = meta.db_returning_fields
        converters = compiler.get_converters([each.get_col(meta.db_table) for each in back])
        returned = tuple((each, tuple(converters.get(place, ((),))[0])) for place, each in enumerate(back))
        written = _keep(key, Written(sql, returned), _parameters(fields, values, using), parameters)
    with transaction.mark_for_rollback_on_error(using=using), connections[using].cursor() as cursor:
        cursor.execute(written.sql, _parameters(fields, values, using))
        found = cursor.fetchone() if written.returned else ()
    for (field, converters), value in zip(written.returned, found, strict=True):
        for convert in converters:
            value = convert(value, None, connections[using])
        setattr(row, field.attname, value)
    row._state.adding, row._state.db = False, using
    return row


def update(row: Model) -> None:
    """Store all columns of a row that is there, as ``row.save(force_update=True)``. Of a row that `prepared` has read
    under a lock those that are another now: nobody else can have changed it."""
    row._prepare_related_fields_for_save("save")  # type: ignore[attr-defined]
    meta, using = row._meta, type(row)._default_manager.db
    # Once: what is stored now may be taken back with a part of the transaction.
    read: dict[str, Any] = vars(row._state).pop("read_under_lock", {})
    fields, values = [], []
    for field in meta.local_concrete_fields:
        if not field.generated and field is not meta.pk and _differs(value := field.pre_save(row, False), field, read):
            fields.append(field)
            values.append(value)
    if fields and _store(type(row), row.pk, fields, values) != 1:
        raise DatabaseError("Forced update did not affect any rows.")
    row._state.adding, row._state.db = False, using


def _differs(value: Any, field: Field[Any, Any], read: dict[str, Any]) -> bool:
    """A list may have changed in place, and be what was read."""
    return field.attname not in read or isinstance(value, list | dict) or read[field.attname] != value


def change(model: type[Model], number: Any, **values: Any) -> bool:
    """Store these columns of the row with that number, as ``model.objects.filter(pk=number).update(**values)``. Whether
    there is one."""
    fields = [model._meta.get_field(name) for name in values]
    return _store(model, number, fields, [*values.values()]) == 1  # type: ignore[arg-type]


def _store(model: type[Model], number: Any, fields: list[Field[Any, Any]], values: list[Any]) -> int:
    """How many rows were there."""
    using = model._default_manager.db
    # NULL stands in the statement itself.
    shape = tuple("null" if each is None else _is_expression(each) for each in values)
    key = model, "update", tuple(each.attname for each in fields), shape
    written = _kept.get(key)
    given = [each for each in _parameters(fields, values, using) if each is not None] + [number]
    if written is None or prepared.is_checked:
        found: Any = model._base_manager.using(using).filter(pk=number).query
        query = found.chain(UpdateQuery)
        query.add_update_fields([(field, None, value) for field, value in zip(fields, values, strict=True)])
        sql, parameters = query.get_compiler(using).as_sql()
        written = _keep(key, Written(sql), given, parameters)
    with transaction.mark_for_rollback_on_error(using=using), connections[using].cursor() as cursor:
        cursor.execute(written.sql, given)
        return int(cursor.rowcount)


def _is_expression(value: Any) -> bool:
    return value is not None and type(value) not in _PLAIN and hasattr(value, "resolve_expression")


_PLAIN = frozenset({bool, int, str, datetime})


def _parameters(fields: list[Field[Any, Any]], values: list[Any], using: str) -> list[Any]:
    """An expression stands in the statement itself."""
    connection = connections[using]
    return [
        None if value is None else field.get_db_prep_save(value, connection)
        for field, value in zip(fields, values, strict=True)
        if not _is_expression(value)
    ]


def _keep(key: Any, written: Written, given: list[Any], expected: Any) -> Written:
    """Raises AssertionError where the ORM would store something else."""
    known = _kept.get(key, written)
    ours, theirs = ([prepared.told(each) for each in values] for values in (given, expected))
    if known != written or ours != theirs:
        raise AssertionError(f"kept: {known.sql}, {given}\nnow: {written.sql}, {expected}")
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[key] = written
    return written
