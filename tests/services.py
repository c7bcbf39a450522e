"""A pytest plugin (`-p tests.services`): PostgreSQL and Redis are running before Django reads its settings.

Under xdist the first process starts them and its workers inherit their addresses; each worker has a database, a Redis
number and a data folder of its own.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from helpdesk.lib import embedded
from helpdesk.lib.postgres_server import CannotStart

_stack = ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        _start_services()
    else:
        _take_own_share(worker)
    return (yield)


def pytest_unconfigure() -> None:
    _stack.close()


def _start_services() -> None:
    os.environ.pop("CLOCK_OFFSET_S", None)
    try:
        services = _stack.enter_context(embedded.services(Path(), ephemeral=True, say=lambda sentence: None))
    except CannotStart as error:
        raise pytest.UsageError(str(error)) from None
    os.environ |= services.env
    data = tempfile.mkdtemp(prefix="dyzur-test-data-")
    _stack.callback(shutil.rmtree, data, ignore_errors=True)
    os.environ["DATA_DIR"] = data


def _take_own_share(worker: str) -> None:
    """gw0 takes Redis database 1, gw1 number 2 and so on; 0 stays with the process that runs without workers."""
    number = int(re.sub(r"\D", "", worker)) + 1
    os.environ["REDIS_URL"] = re.sub(r"/\d*$", f"/{number % 16}", os.environ["REDIS_URL"])
    os.environ["DATA_DIR"] = str(Path(os.environ["DATA_DIR"]) / worker)
