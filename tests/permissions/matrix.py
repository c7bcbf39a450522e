"""Reads the matrix."""

import tomllib
from pathlib import Path
from typing import Any

from tests.permissions.world import COLUMNS

MATRIX: dict[str, Any] = tomllib.loads(Path(__file__).with_name("matrix.toml").read_text())


def columns_of(line: str) -> dict[str, str]:
    return dict(zip(COLUMNS, line.split(), strict=True))
