"""What every test may ask for: a clock that can be moved, a real Redis, a browser."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis as redis_client
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone, translation

from helpdesk.lib import catalogues, prepared, redis_silence
from helpdesk.lib import clock as product_clock
from sla import queries as promises
from tests import databases
from tickets.models import DeskSettings

# What these find is told in full.
pytest.register_assert_rewrite("tests.e2e.pages.looking", "tests.factories")

MONDAY_8_00 = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)  # in Warsaw
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_configure() -> None:
    # A machine that is busy for a moment is no failure of the property under test.
    hypothesis.settings.register_profile("patient", hypothesis.settings(), deadline=None)
    hypothesis.settings.load_profile("patient")
    catalogues.compile_all()
    prepared.is_checked = True
    # A test that is about something else does not wait for its reply to leave.
    DeskSettings._meta.get_field("undo_s").default = 0
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    # The product's hashes are slow on purpose, and its static files must be collected first.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    TransactionTestCase._fixture_teardown = lambda case: databases.empty_tables()  # type: ignore[method-assign]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "chromium" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "dovecot_program" in fixtures:
            item.add_marker(pytest.mark.dovecot)
    # The longest files begin first, so that no process is left alone with one of them at the end.
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, "e2e" not in item.path.parts))


def pytest_collection_finish() -> None:
    """Thousands of tests and all that they import stay to the end: whoever looks for garbage need not look at them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Migrating takes many seconds and a copy one: each process copies what the first has migrated."""
    connection.settings_dict["TEST"]["TEMPLATE"] = databases.migrated()


@pytest.fixture(autouse=True)
def forget_language_and_zone() -> None:
    """A request leaves its language and time zone behind in the thread; the next test must not read them."""
    translation.activate(settings.LANGUAGE_CODE)
    timezone.deactivate()


@pytest.fixture(autouse=True)
def forget_promises() -> None:
    """Versions of calendars and policies never change, but the next test has others under the same numbers."""
    promises.forget_versions()


@pytest.fixture(autouse=True)
def forget_what_is_kept() -> None:
    """Names and figures are kept for seconds or a minute, by a clock that stands still; the next test has others."""
    cache.forget_own()  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def forget_failures_of_redis() -> None:
    """Redis may be away in one test; the next asks it again."""
    redis_silence.end()


class MovableClock:
    """Stands still until moved. Seen by this thread only: a live server's threads see settings.CLOCK_OFFSET."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.move_to(MONDAY_8_00)

    @property
    def now(self) -> datetime:
        return product_clock.now()

    def move_to(self, at: datetime) -> datetime:
        self._stack.close()
        self._stack.enter_context(product_clock.moved_to(at))
        return at

    def advance(self, **duration: float) -> datetime:
        """Move on by `timedelta(**duration)`; returns the new time."""
        return self.move_to(self.now + timedelta(**duration))


@pytest.fixture
def clock() -> Iterator[MovableClock]:
    """The product's clock, standing at Monday 9 March 2026, 8:00 in Warsaw."""
    with ExitStack() as stack:
        yield MovableClock(stack)


@pytest.fixture
def redis() -> Iterator["redis_client.Redis[bytes]"]:
    """A client of the real Redis that the settings name, empty before and after the test."""
    with redis_client.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium, from CHROMIUM or PATH. Without it tests are skipped, with REQUIRE_BROWSER=1 they fail."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found:
        return found
    return _missing("REQUIRE_BROWSER", "no Chromium: set CHROMIUM or install the package chromium")


@pytest.fixture(scope="session")
def dovecot_program() -> str:
    """The path of dovecot's master program. Without it tests are skipped, with REQUIRE_DOVECOT=1 they fail."""
    found = shutil.which("dovecot", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    return found or _missing("REQUIRE_DOVECOT", "no dovecot: install the package dovecot-imapd")


@pytest.fixture(scope="module")
def chromium_arguments() -> list[str]:
    return CHROMIUM_ARGUMENTS


@pytest.fixture(scope="module")
def browser(chromium: str, chromium_arguments: list[str]) -> Iterator[Any]:
    """A running Chromium, one per module: playwright's event loop would be in the way of other modules' asyncio."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # The same thread runs the test's own queries, which Django would take for a mistake.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=chromium, args=chromium_arguments)
        yield browser
        browser.close()


class Contexts:
    """Browser contexts of one test, which end with it: nobody has the cookies of another."""

    def __init__(self, browser: Any, url: str) -> None:
        self.browser, self.url = browser, url
        self._mine: list[Any] = []

    def new(self, *, measures_time: bool, **options: Any) -> Any:
        context = self.browser.new_context(base_url=self.url, **options)
        self._mine.append(context)
        if not measures_time:  # a page that is closed would report into a database that is being emptied
            context.add_init_script("navigator.sendBeacon = () => true")
        context.set_default_timeout(30_000)
        return context

    def end(self) -> None:
        for context in self._mine:
            context.close()


@pytest.fixture
def contexts(browser: Any, live_server: Any) -> Contexts:
    return Contexts(browser, live_server.url)


@pytest.fixture
def open_page(contexts: Contexts, live_server: Any) -> Iterator[Callable[..., Any]]:
    """`open_page(user=None, **context)` gives a new page in a context of its own, signed in as `user`.

    `context` is playwright's new_context: locale, color_scheme, viewport, ... A script error or a breach of the content
    security policy on any page fails the test at its end.
    """
    complaints: list[str] = []

    def new_page(user: Any = None, *, measures_time: bool = False, **options: Any) -> Any:
        context = contexts.new(measures_time=measures_time, **options)
        if user is not None:
            context.add_cookies([_session_cookie(user, live_server.url)])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda message: complaints.append(message.text) if _is_breach(message.text) else None)
        return page

    yield new_page
    contexts.end()
    assert complaints == []


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    """A page of an anonymous visitor, in English."""
    return open_page(locale="en-GB")


def _session_cookie(user: Any, url: str) -> dict[str, str]:
    from django.test import Client

    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": url,
    }


def _is_breach(text: str) -> bool:
    return "Content Security Policy" in text or "Content-Security-Policy" in text


def _missing(switch: str, reason: str) -> str:
    if os.environ.get(switch) == "1":
        pytest.fail(f"{switch}=1, but there is {reason}")
    pytest.skip(reason)
