"""Tests that kill: real servers, real processes, and what must be true afterwards."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from helpdesk.lib import embedded
from tests.survival import desk as survival_desk
from tests.survival.desk import Desk
from tests.survival.smtp_server import SmtpServer
from tickets.models import Membership, Queue, QueueAddress, Role, Team, User

IS_FULL = os.environ.get("SURVIVAL_FULL") == "1"

full_only = pytest.mark.skipif(not IS_FULL, reason="takes minutes; SURVIVAL_FULL=1 runs it")


@pytest.fixture(scope="session")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Static files as production collects them; once, because hashing and compressing takes seconds."""
    folder = tmp_path_factory.mktemp("collected")
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        cwd=embedded.PROJECT,
        env=os.environ | {"DATA_DIR": str(folder)},
        check=True,
    )
    return folder / "static"


@pytest.fixture
def desk(transactional_db: Any, tmp_path: Path, static: Path) -> Iterator[Desk]:
    with survival_desk.running(tmp_path, static) as running:
        yield running


@pytest.fixture
def shops(transactional_db: Any) -> Queue:
    """A queue that sends no acknowledgements, so that each mail out is somebody's reply."""
    queue = Queue.objects.create(
        name="Shops", slug="shops", team=Team.objects.create(name="Shop team"), language="en", acknowledges=False
    )
    QueueAddress.objects.create(queue=queue, address="shops@bursztyn.example", is_sender=True)
    return queue


@pytest.fixture
def agent(shops: Queue) -> User:
    agent = User.objects.create_user("agnieszka.wrona@bursztyn.example", name="Agnieszka Wrona", role=Role.AGENT)
    Membership.objects.create(team=shops.team, user=agent)
    return agent


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[SmtpServer]:
    server = SmtpServer(tmp_path / "smtp")
    server.start()
    yield server
    server.kill()
