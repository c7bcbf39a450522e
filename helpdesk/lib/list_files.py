"""Lists as files for a spreadsheet: what an app says of each of its lists, and the answer that holds it.

Each app has a table of its own lists and one address for all of them; who may take lists out at all, and how that is
written down, is the desk's to say.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone

from helpdesk.lib import csv_writer

AT_ONCE = 500
Cells = Iterable[object]


@dataclass(frozen=True)
class Table:
    """``name``: what the list is called, for the audit; ``listed``: how it was narrowed."""

    name: str
    header: Iterable[str]
    rows: Iterable[Cells]
    listed: str = ""


@dataclass(frozen=True)
class Offered:
    """Who gets a list, which is who may open its page, and how it is made; ``kind``: what the audit calls its kind."""

    may_see: Callable[[Any], bool]
    table: Callable[[HttpRequest], Table]
    kind: str = "list"


def given(
    request: Any,
    name: str,
    lists: Mapping[str, Offered],
    *,
    may_take: Callable[[Any], bool],
    note: Callable[..., object],
) -> StreamingHttpResponse:
    """The list as its page shows it to this reader, narrowed as there, all of it. ``note`` writes down who took it."""
    offered = lists.get(name)
    if offered is None or not offered.may_see(request.user) or not may_take(request.user):
        raise Http404
    table = offered.table(request)
    note(kind=offered.kind, name=table.name, listed=table.listed, by=request.user, at=request.at)
    return as_file(request, name, table.header, table.rows)


def as_file(request: Any, name: str, header: Iterable[str], rows: Iterable[Cells]) -> StreamingHttpResponse:
    """The pages ask for the separator that spreadsheets of their language know; a program that says nothing gets that
    of RFC 4180."""
    stamp = timezone.localtime(request.at).strftime("%Y-%m-%d-%H%M")
    separator = csv_writer.separator_for(request.POST.get("language", ""))
    return StreamingHttpResponse(
        csv_writer.lines(header, rows, separator=separator),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}-{stamp}.csv"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def number_asked(request: HttpRequest) -> int:
    """Of the one thing whose list is asked for."""
    given = request.POST.get("of", "")
    if not given.isdecimal() or len(given) > 18:
        raise Http404
    return int(given)


def in_parts(rows: QuerySet[Any]) -> Iterator[Any]:
    """Every row in its order, for lists without keys to page by: which ones is read at once, what they hold some
    hundreds at a time while the file leaves, so that nothing stays open for as long as a connection is slow."""
    numbers = array("q", rows.values_list("pk", flat=True).iterator(chunk_size=20_000))
    return _rows_of(numbers, rows)


def _rows_of(numbers: array[int], rows: QuerySet[Any]) -> Iterator[Any]:
    for start in range(0, len(numbers), AT_ONCE):
        part = numbers[start : start + AT_ONCE]
        found = {each.pk: each for each in rows.filter(pk__in=part.tolist())}
        yield from (found[number] for number in part if number in found)
