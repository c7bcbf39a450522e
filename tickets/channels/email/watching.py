"""Hearing of new mail at once: one connection per mailbox waits in IDLE (RFC 2177) and says "fetch this one now".

It reads nothing and marks nothing. What it says is a hint; the regular visits find the mail all the same, so whatever
goes wrong here costs seconds and no mail. The threads live in the worker's parent process, which has everything loaded
already. It forks its children before they begin, and again when one dies: so they hold no database connection while
they wait, and no lock that a child could inherit taken.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from helpdesk.lib import egress, secrets
from tickets.channels.email import connecting
from tickets.channels.email.connecting import CannotConnect
from tickets.models import Mailbox

LOOK_S = 15.0
"""How often the table of mailboxes is looked at: so soon an edit is followed."""
TICK_S = 1.0
RENEW_S = 300.0
"""A server may forget who idles for 29 minutes, a firewall in ten; and a line that broke silently shows when it is
spoken to."""
PAUSES_S = (2.0, 5.0, 15.0, 60.0, 300.0)
WITHOUT_IDLE_S = 600.0
STOP_S = 3.0
# A change of one of these means another connection.
_SETTINGS = (
    "host", "port", "security", "username", "login", "folder", "token_url", "client_id", "scope",
    "sealed_password", "sealed_client_secret",
)  # fmt: skip

log = logging.getLogger(__name__)
Hint = Callable[[int], object]


class Watcher(threading.Thread):
    """Keeps one watch for each mailbox that wants one. `hint(mailbox_id)` is called from the watches' threads."""

    def __init__(self, hint: Hint, *, look_s: float = LOOK_S) -> None:
        super().__init__(name="mailbox-watcher", daemon=True)
        self._hint = hint
        self._look_s = look_s
        self._stopping = threading.Event()
        self._watches: dict[int, _Watch] = {}

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow(_wanted())
            except (DatabaseError, InterfaceError) as error:
                log.info("which mailboxes to watch is not known now: %s", type(error).__name__)
            finally:
                connection.close()
            self._stopping.wait(self._look_s)
        for watch in self._watches.values():
            watch.stopping.set()
        until = time.monotonic() + STOP_S
        for watch in self._watches.values():
            watch.join(max(0.0, until - time.monotonic()))

    def stop(self) -> None:
        """Sign off everywhere. Returns when that is done, at the latest after a few seconds."""
        self._stopping.set()
        self.join(STOP_S + 1)

    def _follow(self, wanted: dict[int, Mailbox]) -> None:
        for pk, watch in list(self._watches.items()):
            if pk not in wanted or watch.settings != _settings(wanted[pk]) or not watch.is_alive():
                watch.stopping.set()
                del self._watches[pk]
        for pk, mailbox in wanted.items():
            if pk not in self._watches:
                self._watches[pk] = _Watch(mailbox, self._hint)
                self._watches[pk].start()


def _wanted() -> dict[int, Mailbox]:
    """A mailbox that cannot be read now is not watched either: each try would be one more refused password."""
    rows = Mailbox.objects.filter(is_active=True, kind=Mailbox.Kind.IMAP, uses_idle=True, failing_since__isnull=True)
    return {mailbox.pk: mailbox for mailbox in rows}


def _settings(mailbox: Mailbox) -> tuple[Any, ...]:
    values = (getattr(mailbox, name) for name in _SETTINGS)
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in values)


class _Watch(threading.Thread):
    def __init__(self, mailbox: Mailbox, hint: Hint) -> None:
        super().__init__(name=f"mailbox-{mailbox.pk}", daemon=True)
        self.mailbox = mailbox
        self.settings = _settings(mailbox)
        self.stopping = threading.Event()
        self._hint = hint
        self._failures = 0

    def run(self) -> None:
        while not self.stopping.is_set():
            pause = 0.0
            try:
                with connecting.session(self.mailbox) as client:
                    connection.close()  # an access token may have come from the database
                    pause = self._watch(client)
            except (egress.Refused, CannotConnect, secrets.CannotUnseal, IMAPClientError, OSError) as error:
                log.info("mailbox %s is not watched for the moment: %s", self.mailbox.pk, error)
            except (DatabaseError, InterfaceError) as error:
                log.info("mailbox %s is not watched for the moment: %s", self.mailbox.pk, type(error).__name__)
            finally:
                connection.close()
            self.stopping.wait(pause or PAUSES_S[min(self._failures, len(PAUSES_S) - 1)])
            self._failures += 1

    def _watch(self, client: IMAPClient) -> float:
        """Until somebody stops it or the line breaks. Returns how long to wait where the server knows no IDLE."""
        if not client.has_capability("IDLE"):
            return WITHOUT_IDLE_S
        connecting.open_folder(client, self.mailbox, readonly=True)
        self._hint(self.mailbox.pk)  # what came while nobody listened
        while not self.stopping.is_set():
            client.idle()
            has_news = self._listen(client)
            _, answers = client.idle_done()
            self._failures = 0
            if has_news or any(_is_news(answer) for answer in answers):
                self._hint(self.mailbox.pk)
            client.noop()
        return 0.0

    def _listen(self, client: IMAPClient) -> bool:
        """Whether there is new mail; False when it is time to renew or to stop, or the server hangs up."""
        until = time.monotonic() + RENEW_S
        while not self.stopping.is_set() and (now := time.monotonic()) < until:
            answers = client.idle_check(timeout=TICK_S)
            if any(_is_news(answer) for answer in answers):
                return True
            if not answers and time.monotonic() - now < TICK_S / 2:
                return False  # woken without a word: the line has ended, as the next command will show
            if any(answer[:1] == (b"BYE",) for answer in answers):
                return False
        return False


def _is_news(answer: tuple[Any, ...]) -> bool:
    return len(answer) >= 2 and answer[1] == b"EXISTS"
