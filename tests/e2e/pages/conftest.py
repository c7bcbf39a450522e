"""One browser context for all scenes of a file: the browser reads our scripts and styles, and axe's, once and not for
each page, which is most of what a page costs. Between two scenes it forgets everything else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.templatetags.static import static

from tests.conftest import CHROMIUM_ARGUMENTS, Contexts
from tests.e2e.desk import DESKTOP

ORDINARY = {"locale": "en-GB", "viewport": DESKTOP}


@pytest.fixture(scope="module")
def chromium_arguments() -> list[str]:
    """Scripts that one page has read stay read for the next one only within one process."""
    return [*CHROMIUM_ARGUMENTS, "--process-per-site"]


class KeptContext:
    """A context that outlives its pages, with one small page that keeps the site's process from ending."""

    def __init__(self, browser: Any, url: str) -> None:
        self._contexts = Contexts(browser, url)
        self.context = self._contexts.new(measures_time=False, **ORDINARY)
        self._keeper = self.context.new_page()
        self._keeper.goto(static("img/favicon.svg"))
        self._developer = self.context.new_cdp_session(self._keeper)
        self._origin = url

    def forget(self) -> None:
        """Pages, cookies and whatever a script has stored. Static files stay: their names change with them."""
        for page in self.context.pages:
            if page != self._keeper:
                page.close()
        self.context.clear_cookies()
        self._developer.send("Storage.clearDataForOrigin", {"origin": self._origin, "storageTypes": "all"})

    def end(self) -> None:
        self._contexts.end()


class ContextsOfScenes(Contexts):
    """The first ordinary one is the kept one; a second person, or another kind of device, has one of their own."""

    def __init__(self, kept: KeptContext, browser: Any, url: str) -> None:
        super().__init__(browser, url)
        self._kept = kept
        self._is_taken = False

    def new(self, *, measures_time: bool, **options: Any) -> Any:
        if self._is_taken or measures_time or options != ORDINARY:
            return super().new(measures_time=measures_time, **options)
        self._is_taken = True
        return self._kept.context

    def end(self) -> None:
        super().end()
        self._kept.forget()


@pytest.fixture(scope="module")
def kept_context(browser: Any, live_server: Any) -> Iterator[KeptContext]:
    kept = KeptContext(browser, live_server.url)
    yield kept
    kept.end()


@pytest.fixture
def contexts(kept_context: KeptContext, browser: Any, live_server: Any) -> Contexts:
    return ContextsOfScenes(kept_context, browser, live_server.url)
