"""Querysets that are turned into SQL once and run often.

The ORM needs several times as long to put the statement of a page together as PostgreSQL needs to run it. Here a
queryset is built with stand-ins for what differs from call to call, and compiled; each later call only puts its own
values in their place. The definition stays an ordinary queryset.

What else decides about the statement must be in ``key``: whatever ``build`` reads besides its arguments, above all the
rights of the reader (`tickets.models.grant.rights_key`). A statement under a key that says too little would show one
person what another may see; so the tests set `is_checked`, and every call compares with what it would have built.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Lookup, Model, Q, QuerySet
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable
from django.db.models.signals import post_init, pre_init
from django.db.transaction import TransactionManagementError
from psycopg2.extensions import AsIs

Row = TypeVar("Row", bound=Model)


class AnyOf(Lookup):
    """``filter(AnyOf(F("ticket"), numbers))``: as ``ticket__in``, in words that do not depend on how many they are."""

    prepare_rhs = False
    template = "{} = any(%s)"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        sql, parameters = self.process_lhs(compiler, connection)
        return self.template.format(sql), (*parameters, self.rhs)


class Overlaps(AnyOf):
    """The same of an array of words, as ``keys__overlap``."""

    template = "{} && %s::varchar[]"


Value = int | str | datetime | list[int] | list[str]

KEPT = 512
"""Statements kept by one process, the last used ones. One of the ticket page takes some 30 KB."""

is_checked = False
"""Whether every call also builds its statement anew and compares: the tests do."""

NOTHING: tuple[str, list[Any]] = ("select where false", [])
"""A statement that finds nothing, to stand inside another one."""

Build = TypeVar("Build", bound=Callable[..., QuerySet[Any, Any]])


def planned_once(build: Build) -> Build:
    """For a statement that is found the same way whatever its values are, by a number or a few: each connection lets
    PostgreSQL read it once, and after some runs plan it no more. Never for what is best found in another way when
    a value is frequent. Where statements are listed or wrapped they are sent as they would be without."""
    build.is_planned_once = True  # type: ignore[attr-defined]
    return build


PLANNED = 32
"""Statements planned by one connection, the last used ones: that of the ticket page is different for each set of rights
and its plan takes some 300 KB."""

_kept: OrderedDict[Hashable, Statement] = OrderedDict()
_kept_written: OrderedDict[Hashable, Written] = OrderedDict()
_turn = threading.Lock()


def rows(key: Hashable, build: Callable[..., QuerySet[Row]], **values: Value) -> list[Row]:
    """What ``build(**values)`` would give, as a list.

    ``values`` stand in the statement as they are, or a datetime with up to half a year added; a number in a column of
    bigint, a list where `AnyOf` or an array is asked for. Prefetched relations and objects known beforehand are not
    supported.
    """
    if any(isinstance(value, int) and abs(value) >= _BEYOND for value in values.values()):
        return list(build(**values))  # the ORM knows what no column can hold
    found: list[Row] = list(statement(key, build, **values).objects(values))
    return found


def tuples(key: Hashable, build: Callable[..., QuerySet[Any, Any]], **values: Value) -> list[tuple[Any, ...]]:
    """The same for a `values_list`."""
    return list(statement(key, build, **values).objects(values))


def sql(key: Hashable, build: Callable[..., QuerySet[Any, Any]], **values: Value) -> tuple[str, list[Any]]:
    """The statement with its parameters, to stand inside another one."""
    found = statement(key, build, **values)
    return (found.sql, found.parameters(values)) if found.sql else NOTHING


def statement(key: Hashable, build: Callable[..., QuerySet[Any]], **values: Value) -> Statement:
    """The compiled queryset, by ``key`` and the function that builds it."""
    whole_key = (build.__module__, build.__qualname__, key)
    with _turn:
        kept = _kept.get(whole_key)
        if kept is not None:
            _kept.move_to_end(whole_key)
    if kept is None:
        kept = Statement(build, values)
        with _turn:
            _kept[whole_key] = kept
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    if is_checked:
        kept.check(build, values)
    return kept


def written(text: str, values: dict[str, Value], **parts: Statement | None) -> list[tuple[Any, ...]]:
    """The rows of a statement by hand, planned once as of `planned_once`.

    ``text`` has its values as ``%(name)s``, and where ``{part}`` stands the statement of that part, with values of the
    same names; one that is None finds nothing. The default database's.
    """
    whole_key = (text, *parts.items())
    with _turn:
        kept = _kept_written.get(whole_key)
        if kept is not None:
            _kept_written.move_to_end(whole_key)
    if kept is None:
        kept = Written(text, parts, values)
        with _turn:
            _kept_written[whole_key] = kept
            while len(_kept_written) > KEPT:
                _kept_written.popitem(last=False)
    return kept.rows(values)


def key_of(conditions: Q) -> Hashable | None:
    """All that plain conditions say; None where one holds a moment, a subquery or another expression, because these
    differ from call to call or cannot be compared."""
    parts: list[Hashable] = [conditions.connector, conditions.negated]
    for child in conditions.children:
        if isinstance(child, Q):
            part = key_of(child)
            if part is None:
                return None
            parts.append(part)
        elif isinstance(child, tuple) and _is_plain(child[1]):
            parts.append((child[0], repr(child[1])))
        else:
            return None
    return tuple(parts)


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(name, str) and _is_plain(each) for name, each in value.items())
    if isinstance(value, list | tuple):
        return all(_is_plain(each) for each in value)
    return value is None or type(value) in (str, int, bool)


def some(numbers: list[int]) -> list[int]:
    """The same numbers, for `AnyOf` in what is planned once. PostgreSQL keeps a plan for ten; for fewer it would plan
    each time, because fewer are found cheaper."""
    return numbers + numbers[:1] * (_SOME - len(numbers))


def forget() -> None:
    """Put all statements together anew."""
    with _turn:
        _kept.clear()
        _kept_written.clear()


class Statement:
    """SQL with places for values, and how its rows become objects."""

    def __init__(self, build: Callable[..., QuerySet[Any]], values: dict[str, Any]) -> None:
        self._stand_ins = {name: _stand_in(value, place) for place, (name, value) in enumerate(values.items())}
        queryset: Any = build(**self._stand_ins)
        if queryset._prefetch_related_lookups or queryset._known_related_objects:
            raise ValueError("A prepared queryset neither prefetches nor knows objects beforehand.")
        self._using = queryset.db
        self._name = f"planned_{next(_numbers)}" if getattr(build, "is_planned_once", False) else ""
        self._locks = queryset.query.select_for_update
        self._makes_objects = queryset._iterable_class is ModelIterable
        compiler = queryset.query.get_compiler(self._using)
        try:
            self.sql, parameters = compiler.as_sql()
        except EmptyResultSet:  # the ORM knows that nothing can be found
            self.sql, parameters = "", ()
            self._places: list[tuple[str | None, Any]] = []
            return
        self._places = [self._place(parameter) for parameter in parameters]
        if missing := self._stand_ins.keys() - {name for name, _ in self._places}:
            raise ValueError(f"{sorted(missing)} cannot be found in the statement again: {self.sql}")
        selected = [each[0] for each in compiler.select[: compiler.col_count]]
        self._converters = list(compiler.get_converters(selected).items())
        if self._makes_objects:
            self._mold = Mold(compiler.klass_info, compiler.select, self._using)
            self._annotations = list(compiler.annotation_col_map.items())

    def _place(self, parameter: Any) -> tuple[str | None, Any]:
        """What stands there: (None, a constant), or (name, what is added to its value)."""
        for name, stand_in in self._stand_ins.items():
            if isinstance(stand_in, datetime) and isinstance(parameter, datetime):
                if abs(parameter - stand_in) < _REACH:
                    return name, parameter - stand_in
            elif type(parameter) is type(stand_in) and parameter == stand_in:
                return name, None
        return None, parameter

    def parameters(self, values: dict[str, Any]) -> list[Any]:
        """In the order of the SQL."""
        return [
            constant if name is None else values[name] if constant is None else values[name] + constant
            for name, constant in self._places
        ]

    def objects(self, values: dict[str, Any]) -> Iterator[Any]:
        """The found rows, as `django.db.models.query.ModelIterable` makes them; tuples of a `values_list`."""
        if not self.sql:
            return
        connection = connections[self._using]
        if self._locks and connection.get_autocommit():
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        with connection.cursor() as cursor:
            if self._name and _keeps_plans(connection):
                self._plan(connection, cursor)
                given = self._given(values)
                cursor.execute(f"execute {self._name} {_in_brackets(['%s'] * len(given))}", given)
            else:
                cursor.execute(self.sql, self.parameters(values))
            found = cursor.fetchall()
        if self._converters:
            found = [self._converted(row, connection) for row in found]
        if not self._makes_objects:
            yield from found
            return
        for row in found:
            instance = self._mold.cast(row)
            if self._locks:
                instance._state.read_under_lock = dict(vars(instance))
            for name, place in self._annotations:
                setattr(instance, name, row[place])
            yield instance

    def _given(self, values: dict[str, Any]) -> list[Any]:
        """The parameters without those that are always the same."""
        return [
            values[name] if constant is None else values[name] + constant
            for name, constant in self._places
            if name is not None
        ]

    def _plan(self, connection: Any, cursor: Any) -> None:
        """Have this connection know the statement. What is always the same stands in it as it is: an index for new
        tickets alone is no use to a statement that might ask for others."""
        if _knows(connection, self._name):
            return
        places = count(1)
        standing = [constant if name is None else AsIs(f"${next(places)}") for name, constant in self._places]
        types = [_type_of(self._stand_ins[name]) for name, _constant in self._places if name is not None]
        text = cursor.cursor.mogrify(self.sql, standing).decode()
        _teach(connection, cursor, self._name, types, text)

    def written(self, cursor: Any) -> tuple[str, dict[str, tuple[str, Any]]]:
        """The SQL with names for its values, and what they stand for: a value, and what is added to it. Else it is as
        it will be sent."""
        names: dict[str, tuple[str, Any]] = {}
        standing = []
        for name, constant in self._places:
            if name is None:
                standing.append(constant)
                continue
            label = name if constant is None or not constant else f"{name}_{constant.total_seconds():.0f}"
            names[label] = (name, constant)
            standing.append(AsIs(_mark(label)))
        text = cursor.cursor.mogrify(self.sql, standing).decode().replace("%", "%%")
        for label in names:
            text = text.replace(_mark(label), f"%({label})s")
        return text, names

    def _converted(self, row: tuple[Any, ...], connection: Any) -> list[Any]:
        values = list(row)
        for place, (converters, expression) in self._converters:
            value = values[place]
            for convert in converters:
                value = convert(value, expression, connection)
            values[place] = value
        return values

    def check(self, build: Callable[..., QuerySet[Any]], values: dict[str, Any]) -> None:
        """Raises AssertionError when the key did not say all that decides about the statement."""
        try:
            fresh = build(**values).query.sql_with_params()
        except EmptyResultSet:
            fresh = ("", ())
        ours = (self.sql, self.parameters(values))
        if (ours[0], [*map(told, ours[1])]) != (fresh[0], [*map(told, fresh[1])]):
            raise AssertionError(f"{build.__qualname__}: the key says too little.\nkept: {ours}\nnow: {fresh}")


def told(parameter: Any) -> str:
    """Two that are told alike are the same. JSON stands in an object of psycopg's, with its value as "adapted"."""
    return repr(getattr(parameter, "adapted", parameter))


class Mold:
    """How part of a row becomes an object with those that hang on it: what `Model.from_db` and `RelatedPopulator` make,
    in a third of their time. A model's constructor looks at every column, also at those that were not asked for."""

    def __init__(self, kind: Any, select: Any, using: str) -> None:
        self._model: type[Model] = kind["model"]
        self._using = using
        self._own = slice(kind["select_fields"][0], kind["select_fields"][-1] + 1)
        self._names = [each[0].target.attname for each in select[self._own]]
        self._number = self._own.start + self._names.index(self._model._meta.pk.attname)
        self._related = [
            (Mold(each, select, using), each["local_setter"], each["remote_setter"])
            for each in kind.get("related_klass_infos", ())
        ]
        is_heard_of = any(signal.has_listeners(self._model) for signal in (pre_init, post_init))
        if is_heard_of or kind.get("from_parent") or self._model.__init__ is not Model.__init__:
            raise ValueError(f"{self._model.__name__} does more when it is made than keep its columns.")

    def cast(self, row: Any) -> Any:
        """None where an outer join found nothing."""
        if row[self._number] is None:
            return None
        made = self._model.__new__(self._model)
        made.__dict__.update(zip(self._names, row[self._own], strict=True))
        state = made._state = ModelState()
        state.adding, state.db = False, self._using
        for mold, keep_here, keep_there in self._related:
            other = mold.cast(row)
            keep_here(made, other)
            if other is not None:
                keep_there(other, made)
        return made


class Written:
    """SQL by hand with compiled statements in it."""

    def __init__(self, text: str, parts: dict[str, Statement | None], values: dict[str, Any]) -> None:
        self._name = f"planned_{next(_numbers)}"
        self._values: dict[str, tuple[str, Any]] = {name: (name, None) for name in values}
        inside = {}
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            for place, part in parts.items():
                inside[place], names = part.written(cursor) if part is not None and part.sql else (NOTHING[0], {})
                self._values |= names
        self.sql = text.format(**inside)
        self._types = [_type_of(values[name]) for name, _added in self._values.values()]

    def rows(self, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        connection = connections[DEFAULT_DB_ALIAS]
        given = {
            label: values[name] if added is None else values[name] + added
            for label, (name, added) in self._values.items()
        }
        with connection.cursor() as cursor:
            if _keeps_plans(connection):
                if not _knows(connection, self._name):
                    text = self.sql % {label: f"${place}" for place, label in enumerate(given, 1)}
                    _teach(connection, cursor, self._name, self._types, text)
                cursor.execute(f"execute {self._name} {_in_brackets(['%s'] * len(given))}", [*given.values()])
            else:
                cursor.execute(self.sql, given)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _mark(label: str) -> str:
    return f"\N{SNOWMAN}{label}\N{SNOWMAN}"


def _knows(connection: Any, name: str) -> bool:
    planned = _planned_by(connection)
    if name not in planned:
        return False
    planned.move_to_end(name)
    return True


def _teach(connection: Any, cursor: Any, name: str, types: list[str], text: str) -> None:
    planned = _planned_by(connection)
    cursor.execute(f"prepare {name} {_in_brackets(types)} as {text}")
    planned[name] = None
    while len(planned) > PLANNED:
        cursor.execute(f"deallocate {planned.popitem(last=False)[0]}")


def _keeps_plans(connection: Any) -> bool:
    """Not behind a pool that gives each transaction another connection, nor while statements are listed or wrapped."""
    is_listed = connection.queries_logged or connection.execute_wrappers
    return not (is_listed or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"))


def _planned_by(connection: Any) -> OrderedDict[str, None]:
    """The names of the statements that this very connection knows; another one begins anew."""
    known: tuple[Any, OrderedDict[str, None]] | None = getattr(connection, "_dyzur_planned", None)
    if known is None or known[0] is not connection.connection:
        known = connection._dyzur_planned = (connection.connection, OrderedDict())
    return known[1]


def _in_brackets(words: list[str]) -> str:
    return f"({', '.join(words)})" if words else ""


def _type_of(value: Value) -> str:
    """As PostgreSQL calls it."""
    return f"{_type_of(value[0])}[]" if isinstance(value, list) else _TYPES[type(value)]


_numbers = count(1)
_TYPES: dict[type, str] = {int: "bigint", str: "text", datetime: "timestamptz"}
_SOME = 12
_BEYOND = 2**63
_REACH = timedelta(days=183)


def _stand_in(value: Value, place: int) -> Any:
    """A value of the same type that occurs nowhere else."""
    if isinstance(value, datetime):
        return datetime(1100 + place, 7, 1, 3, 5, 7, 11, tzinfo=UTC)
    if isinstance(value, int):
        return 9_200_000_000_000_000_007 + place
    if isinstance(value, list):
        return [_stand_in(value[0] if value else 0, place)]
    return f"\N{SNOWMAN} stand-in {place}"
