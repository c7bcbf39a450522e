"""The one writer of CSV: nothing in it is a formula, and everything in it can be read back."""

import csv
import io
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.lib import csv_writer

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
HOSTILE = st.builds(str.__add__, st.text("'=+-@\t\r\n＝＋－＠ \",;", max_size=5), TEXTS)
TABLES = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(TEXTS | HOSTILE, min_size=width, max_size=width), min_size=1, max_size=8)
)


def read(pieces) -> list[list[str]]:
    text = b"".join(pieces).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


@given(TABLES)
def test_what_was_written_is_read_back_and_no_cell_is_a_formula(table):
    header, *rows = table

    found = read(csv_writer.lines(header, rows))

    assert [[csv_writer.plain(cell) for cell in row] for row in found] == table
    assert not any(cell[:1] in tuple(csv_writer.FORMULA) for row in found for cell in row)


@pytest.mark.parametrize("value", ["=1+1", "+48 601", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1", -5])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(value):
    assert csv_writer.cell(value) == f"'{value}"


@pytest.mark.parametrize("value", ["", "a=b", "'n sync", "Zażółć", "1-2", " =1", 12, True])
def test_everything_else_stays_as_it_is(value):
    assert csv_writer.cell(value) == str(value)


def test_times_are_in_utc_and_nothing_is_nothing():
    warsaw = timezone(timedelta(hours=2))

    assert csv_writer.cell(datetime(2026, 7, 1, 0, 30, 5, 999, tzinfo=warsaw)) == "2026-06-30T22:30:05Z"
    assert csv_writer.cell(datetime(999, 1, 1, tzinfo=UTC)) == "0999-01-01T00:00:00Z"
    assert csv_writer.cell(None) == ""


def test_it_begins_with_a_mark_for_excel_and_its_lines_end_as_the_standard_says():
    text = b"".join(csv_writer.lines(["Numer", "Temat"], [[1, 'Łódź, "Złota"']]))

    assert text == '\ufeff"Numer","Temat"\r\n"1","Łódź, ""Złota"""\r\n'.encode()


def test_a_long_table_is_never_in_memory_as_a_whole():
    rows = ([number, "x" * 200] for number in range(50_000))  # some 10 MB

    tracemalloc.start()
    size = sum(len(piece) for piece in csv_writer.lines(["a", "b"], rows))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size > 10_000_000
    assert most < 1_000_000
