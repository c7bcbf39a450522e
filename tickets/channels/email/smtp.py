"""The way out: one SMTP server, named by SMTP_URL, or a folder of files when there is none (demo and development)."""

import re
import smtplib
import socket
import ssl
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings

from helpdesk.lib import egress
from tickets.channels.email import troubles

TIMEOUT_S = 20
ANSWER_TIMEOUT_S = 60
"""For answers to a mail: servers look into it before they take it, and whoever hangs up too early sends it twice."""
SLOWEST_LINE = 250_000
"""Bytes per second; below that, a mail with files counts as stuck."""
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class CannotSend(Exception):
    """str() is a sentence for the people who wait for the mail."""


class RefusedForGood(CannotSend):
    """The server, or the mail itself, says that trying again is useless."""


class TryAgain(CannotSend):
    """This one mail was put off (greylisting, a full mailbox); others may pass."""


class ServerAway(CannotSend):
    """The server cannot be reached or takes nothing now: no mail would pass."""


class LineBroke(TryAgain):
    """The server hung up on this mail. It may have kept it, and perhaps it is this mail that it cannot take, so the
    attempt counts."""


class Transport(Protocol):
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def send(self, mail: EmailMessage, *, sender: str, recipient: str) -> None: ...


def transport() -> Transport:
    return Server(settings.SMTP_URL) if settings.SMTP_URL else Folder(settings.MAIL_FILE_DIR)


class Folder:
    """Mails as .eml files, named by their Message-ID, so that a repeated sending stays one file."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def send(self, mail: EmailMessage, *, sender: str, recipient: str) -> None:
        name = re.sub(r"[^A-Za-z0-9.@_-]", "_", str(mail["Message-ID"]).strip("<>"))
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            unfinished = self.path / f".{name}.part"
            unfinished.write_bytes(mail.as_bytes())
            unfinished.replace(self.path / f"{name}.eml")
        except OSError as error:
            raise ServerAway(troubles.CANNOT_WRITE % {"path": self.path, "error": error.strerror}) from error


class Server:
    """One connection, opened with the first mail and kept for those behind it."""

    def __init__(self, url: str) -> None:
        self.url: SplitResult = urlsplit(url)
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def send(self, mail: EmailMessage, *, sender: str, recipient: str) -> None:
        """Hand one mail over. Returning means that the server has taken responsibility. Raises `CannotSend`."""
        smtp = self._smtp or self._connected()
        raw = mail.as_bytes()
        assert smtp.sock is not None
        try:
            smtp.sock.settimeout(ANSWER_TIMEOUT_S + len(raw) / SLOWEST_LINE)
            smtp.sendmail(sender, [recipient], raw)
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            self._reset(code)
            raise _refusal(code, answer) from error
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            if not isinstance(error, smtplib.SMTPResponseException):
                self._close()
                raise LineBroke(troubles.LINE_BROKE % {"host": self.url.hostname}) from error
            self._reset(error.smtp_code)
            raise _refusal(error.smtp_code, error.smtp_error) from error

    def _connected(self) -> smtplib.SMTP:
        host = self.url.hostname or ""
        port = self.url.port or _PORTS[self.url.scheme]
        own_name = urlsplit(settings.SITE_URL).hostname or "localhost"
        try:
            if self.url.scheme == "smtps":
                smtp: smtplib.SMTP = _TlsClient(host, port, own_name, timeout=TIMEOUT_S, context=_tls())
            else:
                smtp = _Client(host, port, own_name, timeout=TIMEOUT_S)
            if self.url.scheme == "smtp+starttls":
                smtp.starttls(context=_tls())
            if self.url.username:
                smtp.login(unquote(self.url.username), unquote(self.url.password or ""))
        except egress.Refused as error:
            raise ServerAway(str(error)) from error
        except smtplib.SMTPAuthenticationError as error:
            raise ServerAway(troubles.SMTP_PASSWORD % {"host": host}) from error
        except (smtplib.SMTPException, OSError) as error:
            raise ServerAway(troubles.NO_SERVER % {"host": host, "port": port, "error": error}) from error
        self._smtp = smtp
        return smtp

    def _reset(self, code: int) -> None:
        """After a refusal the session goes on, except where the server says that it hangs up (421)."""
        if code == 421 or self._smtp is None:
            self._close()
            return
        try:
            self._smtp.rset()
        except (smtplib.SMTPException, OSError):
            self._close()

    def _close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (smtplib.SMTPException, OSError):
            smtp.close()


def _refusal(code: int, answer: bytes | str) -> CannotSend:
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    said = f"{code} {' '.join(said.split())[:300]}"
    if code == 421:
        return LineBroke(troubles.NOTHING_NOW % {"answer": said})
    if 500 <= code < 600:
        return RefusedForGood(troubles.REFUSED % {"answer": said})
    return TryAgain(troubles.PUT_OFF % {"answer": said})


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _judged_connection(host: str, port: int, timeout: float) -> socket.socket:
    # Whoever sets SMTP_URL runs this machine: the host named there is allowed wherever it lies.
    return egress.connect(host, port, timeout=timeout, allow=[*settings.EGRESS_ALLOW, host])


class _Client(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return _judged_connection(host, port, timeout)


class _TlsClient(smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.context.wrap_socket(_judged_connection(host, port, timeout), server_hostname=host)
