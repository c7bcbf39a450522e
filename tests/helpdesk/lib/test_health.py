"""What probes are told; the production topology's own test asks the running services."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import OperationalError
from django.test import Client

from helpdesk.lib import processes


def readiness(client: Client) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    return answer.status_code, dict(line.split(": ", 1) for line in answer.text.splitlines())


def test_a_living_process_says_so_without_a_database(client: Client) -> None:
    answer = client.get("/healthz")  # no mark lets this test reach one

    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db
def test_ready_means_database_migrations_storage_and_names_each(
    client: Client, redis: Any, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    readiness(client)

    with django_assert_max_num_queries(3):
        found = readiness(client)

    assert found == (200, {"database": "ok", "migrations": "ok", "storage": "ok", "redis": "ok"})
    assert list(Path(default_storage.path("ready")).iterdir()) == []


@pytest.mark.django_db
def test_an_unapplied_migration_is_named_and_an_unknown_one_is_a_newer_release(client: Client) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("tickets", "9999_of_the_next_release")
    assert readiness(client)[0] == 200
    recorder.record_unapplied("tickets", "0001_kernel")

    status, found = readiness(client)

    assert status == 503
    assert found["migrations"] == "1 to apply, first tickets.0001_kernel; run manage.py prepare"
    assert found["database"] == found["storage"] == "ok"


@pytest.mark.django_db
def test_without_redis_pages_are_served_all_the_same(client: Client, settings: Any) -> None:
    settings.REDIS_URL = f"redis://:tajne@127.0.0.1:{processes.free_port()}/0"

    status, found = readiness(client)

    assert status == 200
    assert found["redis"] == "away; background work waits for it"


@pytest.mark.django_db
def test_a_storage_that_takes_no_file_is_not_ready(client: Client, tmp_path: Path, settings: Any) -> None:
    (tmp_path / "files").write_text("a file where the folder should be")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}},
    }

    status, found = readiness(client)

    assert status == 503
    assert found["storage"] == "cannot be written"


@pytest.mark.django_db(transaction=True)
def test_without_a_database_the_answer_names_it_and_no_address(client: Client) -> None:
    connection.close()
    host, connection.settings_dict["HOST"] = connection.settings_dict["HOST"], "/nowhere/at/all"
    try:
        with pytest.raises(OperationalError):
            connection.ensure_connection()
        answer = client.get("/readyz")
    finally:
        connection.settings_dict["HOST"] = host

    assert answer.status_code == 503
    assert answer.text.splitlines()[:2] == ["database: does not answer", "migrations: unknown"]
    assert "nowhere" not in answer.text
