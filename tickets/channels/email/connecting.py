"""A connection to an IMAP server, signed in, and its folders: what fetching, watching and probing have in common."""

import imaplib
import re
import socket
import ssl
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from helpdesk.lib import egress, secrets, web_client
from tickets.channels.email import oauth, reaching, troubles
from tickets.models import Mailbox

TIMEOUT_S = 30
MAX_LINE = 10_000_000
"""Bytes of a server's line. The numbers of a million mails have room in it."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_NOW = re.compile(r"\[(?:UNAVAILABLE|LIMIT|INUSE|ALERT|CONTACTADMIN|PRIVACYREQUIRED|EXPIRED|OVERQUOTA)\]", re.I)


class CannotConnect(OSError):
    """The mailbox cannot be opened. str() is a sentence for the admin, without the password."""


@dataclass(frozen=True)
class Folder:
    """One folder as the server names it; one that only holds others cannot be read."""

    name: str
    delimiter: str
    is_selectable: bool


@contextmanager
def session(mailbox: Mailbox, *, timeout_s: float = TIMEOUT_S) -> Iterator[IMAPClient]:
    """A client that is logged in. Raises `CannotConnect`, `egress.Refused` and `secrets.CannotUnseal` with the sentence
    that the admin reads. `timeout_s`: how long the server may be silent."""
    client = _connected(mailbox, timeout_s)
    try:
        yield client
        client.logout()
    finally:
        close(client)


def close(client: IMAPClient) -> None:
    try:
        client.shutdown()
    except (OSError, IMAPClientError):
        pass  # closed already, by either side


def _connected(mailbox: Mailbox, timeout_s: float) -> IMAPClient:
    _refuse_control_characters(mailbox)
    client: IMAPClient | None = None
    try:
        client = _Client(mailbox, timeout_s)
        if mailbox.security == Mailbox.Security.STARTTLS:
            client.starttls(web_client.tls())
        client.normalise_times = False
        _sign_in(client, mailbox)
        return client
    except BaseException as error:
        if client is not None:
            close(client)
        if isinstance(error, CannotConnect | egress.Refused | secrets.CannotUnseal):
            raise
        if isinstance(error, oauth.NoToken):
            raise CannotConnect(str(error)) from error
        if isinstance(error, OSError | IMAPClientError | UnicodeError):
            raise CannotConnect(_why_not(error, mailbox, timeout_s)) from error
        raise


def _why_not(error: Exception, mailbox: Mailbox, timeout_s: float) -> str:
    if isinstance(error, CapabilityError):
        return troubles.NO_STARTTLS % {"host": mailbox.host, "port": mailbox.port}
    server = reaching.Server("IMAP", mailbox.host, mailbox.port, mailbox.security)
    return reaching.why_not(error, server, timeout_s=timeout_s)


def _refuse_control_characters(mailbox: Mailbox) -> None:
    """A line break in a name or password would begin an IMAP command of its own."""
    values = (mailbox.host, mailbox.username, mailbox.password, mailbox.folder, mailbox.processed_folder)
    if any(_CONTROL.search(value) for value in values):
        raise CannotConnect(troubles.CONTROL_CHARACTER)


def _sign_in(client: IMAPClient, mailbox: Mailbox) -> None:
    try:
        if mailbox.login == Mailbox.Login.OAUTH2:
            oauth.sign_in(client, mailbox)
        elif (mailbox.username + mailbox.password).isascii():
            client.login(mailbox.username, mailbox.password)
        else:
            client.plain_login(mailbox.username, mailbox.password)  # LOGIN knows ASCII only
    except IMAPClientAbortError:
        raise
    except LoginError as error:
        answer = reaching.words_of(error)
        if _NOT_NOW.search(answer):
            raise CannotConnect(troubles.SIGN_IN_PUT_OFF % {"host": mailbox.host, "answer": answer}) from error
        is_oauth = mailbox.login == Mailbox.Login.OAUTH2
        sentence = troubles.BEARER_REFUSED if is_oauth else troubles.WRONG_PASSWORD
        raise CannotConnect(sentence % {"host": mailbox.host}) from error


# Folders


def folders(client: IMAPClient) -> list[Folder]:
    """All folders of the account, in the server's order."""
    return [
        Folder(
            name=str(name),
            delimiter=(delimiter or b"").decode("ascii", "replace"),
            is_selectable=not {b"\\noselect", b"\\nonexistent"} & {flag.lower() for flag in flags},
        )
        for flags, delimiter, name in client.list_folders()
    ]


def open_folder(client: IMAPClient, mailbox: Mailbox, *, readonly: bool = False) -> dict[bytes, Any]:
    """Select the mailbox's folder, under whatever name the server knows it. Raises `CannotConnect` when it has none."""
    try:
        return dict(client.select_folder(mailbox.folder, readonly=readonly))
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        name = known_as(client, mailbox.folder)
        if name is None:
            where = {"folder": mailbox.folder, "host": mailbox.host}
            raise CannotConnect(troubles.FOLDER_MISSING % where) from None
        if name == mailbox.folder:
            raise
    return dict(client.select_folder(name, readonly=readonly))


def numbers(folder: dict[bytes, Any], mailbox: Mailbox) -> tuple[int, int]:
    """UIDVALIDITY and UIDNEXT of an open folder, the latter 0 where the server does not say it (RFC 3501 §6.3.1 lets
    it). Raises `CannotConnect` without the former: then the numbers of mail mean nothing (§2.3.1.1)."""
    uidvalidity, uid_next = (int(folder.get(name) or 0) for name in (b"UIDVALIDITY", b"UIDNEXT"))
    if not uidvalidity:
        raise CannotConnect(troubles.NO_UIDVALIDITY % {"folder": mailbox.folder, "host": mailbox.host})
    return uidvalidity, uid_next


def uid_after(client: IMAPClient) -> int:
    """What comes behind all mail of the open folder."""
    return max((int(uid) for uid in client.search(["ALL"])), default=0) + 1


def known_as(client: IMAPClient, typed: str) -> str | None:
    """The server's name for a folder that somebody typed, with slashes perhaps where it has dots (RFC 3501 §5.1.1), or
    without the prefix of the own folders (RFC 2342)."""
    wanted = _parts(typed, "/")
    best = None
    for folder in folders(client):
        if not folder.is_selectable:
            continue
        if folder.name == typed:
            return folder.name
        parts = _parts(folder.name, folder.delimiter or "/")
        if parts == wanted or parts == ["inbox", *wanted]:
            best = best or folder.name
    return best


def created(client: IMAPClient, typed: str) -> str:
    """Make the folder, below the prefix and with the delimiter that the server wants; returns the server's name."""
    prefix, delimiter = _personal(client)
    name = delimiter.join(typed.split("/")) if delimiter else typed
    if not name.startswith(prefix):
        name = prefix + name
    client.create_folder(name)
    try:
        client.subscribe_folder(name)  # mail programs show what is subscribed
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        pass
    return name


def _personal(client: IMAPClient) -> tuple[str, str]:
    if client.has_capability("NAMESPACE"):
        for prefix, delimiter in client.namespace().personal or ():
            return str(prefix), str(delimiter or "")
    for folder in folders(client):
        return "", folder.delimiter
    return "", "/"


def _parts(name: str, delimiter: str) -> list[str]:
    parts = unicodedata.normalize("NFC", name).split(delimiter)
    return ["inbox" if n == 0 and part.upper() == "INBOX" else part for n, part in enumerate(parts)]


# The line


class _Client(IMAPClient):
    """IMAPClient over a connection that `egress` has judged."""

    def __init__(self, mailbox: Mailbox, timeout_s: float) -> None:
        self._is_tls = mailbox.security == Mailbox.Security.TLS
        self._timeout_s = timeout_s
        super().__init__(mailbox.host, mailbox.port, ssl=self._is_tls, timeout=timeout_s)

    def _create_IMAP4(self) -> imaplib.IMAP4:
        return _Transport(self.host, self.port, web_client.tls() if self._is_tls else None, self._timeout_s)


class _Transport(imaplib.IMAP4):
    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, timeout_s: float) -> None:
        self._context = context
        self._timeout_s = timeout_s
        self._heard_bytes = 0
        super().__init__(host, port, timeout=timeout_s)

    def _create_socket(self, timeout: Any = None) -> socket.socket:
        plain = egress.connect(self.host, self.port, timeout=self._timeout_s)
        return self._context.wrap_socket(plain, server_hostname=self.host) if self._context else plain

    def _command(self, name: str, *args: Any) -> Any:
        self._heard_bytes = 0
        return super()._command(name, *args)  # type: ignore[misc]

    def read(self, size: int) -> bytes:
        """A server that sends more than we ever ask for, in one mail or in many, does not fill our memory."""
        self._hear(size)
        return super().read(size)

    def readline(self) -> bytes:
        """Also a line longer than imaplib allows: the numbers of 150,000 mails stand in one."""
        line = bytes(self.file.readline(MAX_LINE + 1))  # type: ignore[arg-type]
        if len(line) > MAX_LINE:
            raise self.abort(f"the server sends a line of more than {MAX_LINE} bytes")
        self._hear(len(line))
        return line

    def _hear(self, size: int) -> None:
        self._heard_bytes += size
        if self._heard_bytes > settings.MAIL_MAX_BYTES + 1024 * 1024:
            raise self.abort(f"the server announces {self._heard_bytes} bytes at once")
