"""The one way by which tables leave the product: CSV that a spreadsheet opens as what it says.

A cell that begins with one of ``FORMULA`` would be run as a formula, so an apostrophe goes before it (OWASP, "CSV
Injection"). Every cell stands in quotation marks, and the text begins with a byte order mark: without it Excel reads
Polish letters wrongly. Lines end as RFC 4180 says.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

FORMULA = "=+-@\t\r\n＝＋－＠"
"""What makes a formula at the beginning of a cell; some spreadsheets take the wide forms, the last four, too."""

COMMA_IN_NUMBERS = frozenset({"pl"})
"""Of the languages the desk speaks."""

_DANGEROUS = re.compile(f"'*[{re.escape(FORMULA)}]")
_PIECE = 64 * 1024


def separator_for(language: str) -> str:
    """What a spreadsheet set to this language takes for the end of a cell. Where a comma stands in numbers, a file with
    commas opens as one column."""
    return ";" if language.partition("-")[0] in COMMA_IN_NUMBERS else ","


def lines(header: Iterable[str], rows: Iterable[Iterable[Any]], *, separator: str = ",") -> Iterator[bytes]:
    """The table in pieces of some 64 KB, for a streamed answer: whatever its length, one piece is in memory."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    text.write("\N{BYTE ORDER MARK}")
    writer.writerow([cell(name) for name in header])
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if text.tell() >= _PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def cell(value: Any) -> str:
    """A value as its cell holds it: nothing for None, times in UTC as ISO 8601, everything else in words and harmless.

    What already begins with apostrophes and then a dangerous character gets one more, so `plain` can tell them apart.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    text = str(value)
    return f"'{text}" if _DANGEROUS.match(text) else text


def plain(text: str) -> str:
    """What stood in the cell before `cell` made it harmless."""
    return text[1:] if text.startswith("'") and _DANGEROUS.match(text) else text
