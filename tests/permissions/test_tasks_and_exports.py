"""Every Celery task and every export has its row. Nobody starts a task by asking: beat and the product do."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import get_resolver

from helpdesk.celery import app
from tests.permissions.matrix import MATRIX
from tests.permissions.test_routes import routes

PROJECT = Path(settings.BASE_DIR)
ROWS = {row["name"]: row for row in MATRIX["task"]}


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    app.loader.import_default_modules()


def test_every_task_has_a_row_and_every_row_a_task() -> None:
    ours = {name for name in app.tasks if not name.startswith("celery.")}

    assert ours == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_beat_starts_what_its_row_says(name: str) -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert (name in scheduled) == ("beat" in ROWS[name]["by"])


@pytest.mark.parametrize("name", ROWS)
def test_tasks_take_ids_by_keyword_and_nothing_else(name: str) -> None:
    parameters = inspect.signature(app.tasks[name].run).parameters.values()

    assert [each.name for each in parameters] == ROWS[name].get("takes", [])
    assert all(each.kind == each.KEYWORD_ONLY and each.name.endswith("_id") for each in parameters)


@pytest.mark.parametrize("name", ROWS)
def test_a_task_that_only_beat_starts_is_named_nowhere_else(name: str) -> None:
    """What the product starts itself is started in tickets/tasks.py: no view, action or receiver sends a task."""
    function = name.rpartition(".")[2]
    senders = [
        path for path in code_files() if path.name != "tasks.py" and any(function in each for each in sent_by(path))
    ]

    assert senders == []
    if "product" not in ROWS[name]["by"]:
        assert f"_send({function}" not in (PROJECT / "tickets/tasks.py").read_text()


@cache
def sent_by(path: Path) -> list[str]:
    """What a file hands to Celery, as it is written there."""
    return [
        ast.unparse(node.value)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in ("delay", "apply_async", "send_task")
    ]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def code_files() -> list[Path]:
    return [path for app in ("tickets", "rotations", "helpdesk") for path in PROJECT.joinpath(app).rglob("*.py")]


def test_every_export_has_a_row_and_every_row_an_export() -> None:
    found = {str(path.relative_to(PROJECT)) for path in code_files() if "export" in path.stem}
    found |= {path for path, _ in routes(get_resolver().url_patterns) if "export" in path}
    found |= {
        node.name
        for path in code_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef) and "export" in node.name
    }

    assert found == {row["name"] for row in MATRIX.get("export", [])}
