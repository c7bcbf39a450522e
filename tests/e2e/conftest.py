"""Stories in a real browser: Chromium, the product's own pages and assets, PostgreSQL, live updates and a mail server.

The web server is a thread of this process, so that a test can set its clock and settings. It serves collected static
files as in production. Browser, live process and mail server are shared by all stories; each person of a story has a
browser context of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings
from pytest_django.live_server_helper import LiveServer

from helpdesk.lib import clock as product_clock
from tests.conftest import MONDAY_8_00
from tests.e2e import post, serving
from tests.e2e.desk import DESKTOP, Desk
from tickets.models import User

# Processes


@pytest.fixture(scope="package")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Static files joined and hashed, as the product serves them."""
    storage = {**configured.STORAGES, "staticfiles": {"BACKEND": "tests.e2e.serving.UncompressedStorage"}}
    root = tmp_path_factory.mktemp("static")
    # Icons that another test drew in this process stay cached with the names before the hash.
    with override_settings(STORAGES=storage, STATIC_ROOT=root, WHITENOISE_KEEP_ONLY_HASHED_FILES=False):
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["rest_framework"])
        yield


@pytest.fixture(scope="package")
def live_server(chromium: str, assets: None, django_db_setup: None) -> Iterator[LiveServer]:
    """pytest-django's, but static files come from whitenoise like in production, not from the sources."""
    with mock.patch("django.contrib.staticfiles.handlers.StaticFilesHandler", lambda application: application):
        server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture(scope="package")
def offset() -> timedelta:
    """From now to Monday, 8:00: the clock of all processes."""
    return product_clock.offset_from(MONDAY_8_00, datetime.now(UTC))


@pytest.fixture(scope="package")
def live_url(live_server: LiveServer, offset: timedelta) -> Iterator[str]:
    """The process that tells open pages what changed, on this test run's database."""
    port = serving.free_port()
    env = {
        "DATABASE_URL": serving.database_url(connection.settings_dict["NAME"]),
        "CLOCK_OFFSET_S": str(int(offset.total_seconds())),
        "SITE_URL": live_server.url,
        "LOG_LEVEL": "WARNING",
    }
    arguments = ("-m", "uvicorn", "helpdesk.asgi:application", "--port", str(port), "--log-level", "warning")
    with serving.running(*arguments, port=port, **env):
        yield f"ws://localhost:{port}/live/"


@pytest.fixture(scope="package")
def mail_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[post.PostOffice]:
    with post.post_office(tmp_path_factory.mktemp("post") / "office") as office:
        yield office


@pytest.fixture(autouse=True)
def surroundings(
    settings: Any,
    live_server: LiveServer,
    live_url: str,
    mail_server: post.PostOffice,
    offset: timedelta,
    tmp_path: Path,
) -> None:
    """Monday, 8:00, all processes found, nothing kept of the story before."""
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**policy, "connect-src": ["'self'", live_url]}}
    settings.LIVE_URL = live_url
    settings.SITE_URL = live_server.url
    settings.CLOCK_OFFSET = offset
    settings.SMTP_URL = f"smtp://127.0.0.1:{mail_server.port}"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}},
    }
    mail_server.forget()
    cache.clear()


# The story


@pytest.fixture
def desk(request: Any, transactional_db: None, surroundings: None) -> Desk:
    """The desk, its people speaking English, or the language that a test's indirect parameter names."""
    return Desk(language=getattr(request, "param", "en"))


@pytest.fixture
def mail(mail_server: post.PostOffice) -> post.Mail:
    return post.Mail(mail_server)


# Pages


@pytest.fixture
def open_page(open_page: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """The page of `tests/conftest.py`, with nothing in the console besides the refusals that a test asks for."""
    errors: list[str] = []

    def opened(user: User | None = None, **context: Any) -> Any:
        page = open_page(user, **({"locale": "en-GB", "viewport": DESKTOP} | context))
        page.on("console", lambda line: errors.append(f"{page.url}: {line.text}") if _is_error(line) else None)
        return page

    yield opened
    assert errors == []


REFUSALS = (
    "the server responded with a status of 4",
    "Unexpected response code: 403",
    "net::ERR_INTERNET_DISCONNECTED",
    "htmx:sendError",
    "htmx:afterRequest",
    "Blocked script execution in",
)
"""What Chromium says of an answer 4xx, of a socket closed to whoever has no desk, and while its network is cut; what
htmx says of a request that no server answered, as it was cut; and, now and then, that the browser's driver may not run
its own script in the sandboxed frame of a mail."""


def _is_error(line: Any) -> bool:
    return line.type == "error" and not any(refusal in line.text for refusal in REFUSALS)
