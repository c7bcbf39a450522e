"""What PostgreSQL reads from an array literal is what was put in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection

from helpdesk.lib import array_literals

pytestmark = pytest.mark.django_db


def read(literal: str, kind: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"select unnest(%s::{kind}[])", [literal])
        return [value for (value,) in cursor.fetchall()]


def test_numbers() -> None:
    assert read(array_literals.numbers([3, -1, 2**62]), "bigint") == [3, -1, 2**62]
    assert read(array_literals.numbers([]), "bigint") == []


def test_moments_and_none() -> None:
    given = [
        datetime(2026, 3, 9, 8, 0, 0, 123456, tzinfo=UTC),
        None,
        datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2))),
    ]

    assert read(array_literals.moments(given), "timestamptz") == given


@pytest.mark.parametrize(
    "text", ["minutes:-30", "", "null", "NULL", 'says "so"', "C:\\new", "{1,2}", "a, b", "zażółć", "%s", "it's", "\n"]
)
def test_texts(text: str) -> None:
    assert read(array_literals.texts([text, "x", text]), "text") == [text, "x", text]
    assert read(array_literals.texts([f'["{"x"}", null]']), "jsonb") == ['["x", null]']
