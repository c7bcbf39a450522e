"""The ways out: the SMTP servers of a queue, the one named by SMTP_URL, or a folder of files when there is none."""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from helpdesk.lib import egress, secrets
from tickets.channels.email import building, reaching, troubles
from tickets.models import MailSender
from tickets.models.mailbox import Security

TIMEOUT_S = 20
ANSWER_TIMEOUT_S = 60
"""For answers to a mail: servers look into it before they take it, and whoever hangs up too early sends it twice."""
SLOWEST_LINE = 250_000
"""Bytes per second; below that, a mail with files counts as stuck."""
_SCHEMES = {
    "smtp": (25, Security.PLAIN),
    "smtp+starttls": (587, Security.STARTTLS),
    "smtps": (465, Security.TLS),
}
_WANTS_SIGN_IN = {454, 530, 534, 535, 538}
"""Answers to MAIL that speak of the session and not of the mail: sign in first, use TLS first (RFC 4954, RFC 3207)."""
_PLAIN_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+")


class CannotSend(Exception):
    """str() is a sentence for the people who wait for the mail."""


class RefusedForGood(CannotSend):
    """The server, or the mail itself, says that trying again is useless."""


class NotThisSender(RefusedForGood):
    """The server takes no mail from our address by this account; by another account it may pass."""


class TryAgain(CannotSend):
    """This one mail was put off (greylisting, a full mailbox); others may pass."""


class Busy(TryAgain):
    """The server takes nothing from us now, as it says; perhaps it is only this mail, so the attempt counts."""


class LineBroke(TryAgain):
    """The server hung up on this mail. It may have kept it, and perhaps it is this mail that it cannot take, so the
    attempt counts."""


class ServerAway(CannotSend):
    """The server cannot be reached or does not let us in: no mail would pass."""


class Transport(Protocol):
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def send(self, mail: EmailMessage, *, sender: str, recipient: str) -> None: ...
    def check(self, sender: str) -> None: ...


@dataclass(frozen=True)
class Account:
    """A server and how to sign in there. `allow` names hosts and networks it may lie in although they are private."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = field(default="", repr=False)
    wrong_password: str = troubles.WRONG_PASSWORD
    allow: Iterable[str] = ()


def transport(sender: MailSender | None) -> Transport:
    """The way of this sender; None, or the site's row, for the site's own. Raises `ServerAway`."""
    if sender is not None and sender.queue_id is not None:
        return Server(_account_of(sender))
    return Server(_site_account()) if settings.SMTP_URL else Folder(settings.MAIL_FILE_DIR)


def _account_of(sender: MailSender) -> Account:
    try:
        password = sender.password
    except secrets.CannotUnseal as error:
        raise ServerAway(str(error)) from None
    return Account(
        sender.host, sender.port, sender.security, sender.username, password, allow=tuple(settings.EGRESS_ALLOW)
    )


def _site_account() -> Account:
    url = urlsplit(settings.SMTP_URL)
    host = url.hostname or ""
    port, security = _SCHEMES[url.scheme]
    return Account(
        host,
        url.port or port,
        security,
        unquote(url.username or ""),
        unquote(url.password or ""),
        wrong_password=troubles.SMTP_PASSWORD,
        # Whoever sets SMTP_URL runs this machine: the host named there is allowed wherever it lies.
        allow=(*settings.EGRESS_ALLOW, host),
    )


@dataclass(frozen=True)
class Probe:
    """What became of a try to reach a server, in one sentence of the reader's language."""

    ok: bool
    sentence: str


def probe(sender: MailSender) -> Probe:
    """Connect, encrypt, sign in, and ask whether mail of the queue's address is taken. Nothing is sent or stored."""
    address = (sender.queue and sender.queue.sender_address) or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    try:
        with transport(sender) as way:
            way.check(building.ascii_address(address))
    except (CannotSend, ValueError) as error:
        return Probe(ok=False, sentence=troubles.in_words(str(error)))
    is_open = sender.security == Security.PLAIN
    sentence = (
        _("%(host)s takes mail of %(address)s. The line is not encrypted.")
        if is_open
        else _("%(host)s takes mail of %(address)s, over an encrypted line.")
    )
    return Probe(ok=True, sentence=sentence % {"host": sender.host, "address": address})


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

    def check(self, sender: str) -> None:
        return None


class Server:
    """One connection, opened with the first mail and kept for those behind it."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def send(self, mail: EmailMessage, *, sender: str, recipient: str) -> None:
        """Hand one mail over. Returning means that the server has taken responsibility.

        Raises `CannotSend`, and `ValueError` with a sentence for an envelope that is none.
        """
        for address in (sender, recipient):
            _require_plain(address)
        raw = mail.as_bytes()
        smtp = self._begun(sender, size=len(raw))
        try:
            code, answer = smtp.rcpt(recipient)
            if code in (250, 251):
                code, answer = smtp.data(raw)
        except smtplib.SMTPResponseException as error:
            code, answer = error.smtp_code, _bytes(error.smtp_error)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._close()
            raise LineBroke(troubles.LINE_BROKE % {"host": self.account.host}) from error
        if code != 250:
            self._reset(code)
            raise _refusal(code, answer)

    def check(self, sender: str) -> None:
        """Whether a mail from this address could be handed over now; none is. Raises as `send`."""
        _require_plain(sender)
        self._begun(sender, size=1000)
        self._reset(250)

    def _begun(self, sender: str, *, size: int) -> smtplib.SMTP:
        """A session whose MAIL command was taken. A kept line that has ended meanwhile is opened anew: a server may end
        one that was quiet, or that had its share, and nothing of this mail has been said yet."""
        is_kept = self._smtp is not None
        smtp = self._smtp or self._connected()
        assert smtp.sock is not None
        smtp.sock.settimeout(ANSWER_TIMEOUT_S + size / SLOWEST_LINE)
        try:
            code, answer = smtp.mail(sender, [f"size={size}"] if smtp.has_extn("size") else [])
        except smtplib.SMTPResponseException as error:
            code, answer = error.smtp_code, _bytes(error.smtp_error)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._close()
            if is_kept:
                return self._begun(sender, size=size)
            raise LineBroke(troubles.LINE_BROKE % {"host": self.account.host}) from error
        if code == 250:
            return smtp
        self._reset(code)
        if code == 421 and is_kept:
            return self._begun(sender, size=size)
        said = _one_answer(code, answer)
        if code in _WANTS_SIGN_IN:
            raise ServerAway(troubles.WANTS_SIGN_IN % {"host": self.account.host, "answer": said})
        if 500 <= code < 600:
            raise NotThisSender(troubles.REFUSED % {"answer": said})
        raise Busy(troubles.NOTHING_NOW % {"answer": said})

    def _connected(self) -> smtplib.SMTP:
        account = self.account
        own_name = urlsplit(settings.SITE_URL).hostname or "localhost"
        smtp = None
        try:
            smtp = (_TlsClient if account.security == Security.TLS else _Client)(account, own_name)
            if account.security == Security.STARTTLS:
                smtp.starttls(context=_tls())
            if account.username:
                smtp.login(account.username, account.password)
            smtp.ehlo_or_helo_if_needed()
        except (smtplib.SMTPException, OSError) as error:
            if smtp:
                smtp.close()
            raise ServerAway(_why_away(error, account)) from error
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


def _require_plain(address: str) -> None:
    """The last look before an address stands in a command: whatever made it, it is one address and nothing else."""
    if not (address.isascii() and address.isprintable() and _PLAIN_ADDRESS.fullmatch(address)):
        raise ValueError(building.NO_ADDRESS % {"address": address})


def _refusal(code: int, answer: bytes) -> CannotSend:
    said = _one_answer(code, answer)
    if code == 421:
        return Busy(troubles.NOTHING_NOW % {"answer": said})
    if 500 <= code < 600:
        return RefusedForGood(troubles.REFUSED % {"answer": said})
    return TryAgain(troubles.PUT_OFF % {"answer": said})


def _why_away(error: Exception, account: Account) -> str:
    where = {"host": account.host, "port": account.port}
    if isinstance(error, egress.Refused):
        return str(error)
    if isinstance(error, smtplib.SMTPAuthenticationError) and 500 <= error.smtp_code < 600:
        return account.wrong_password % where
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return (troubles.NO_STARTTLS if "STARTTLS" in str(error) else troubles.NO_SIGN_IN) % where
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        return troubles.NO_SERVER % {**where, "answer": _one_answer(error.smtp_code, _bytes(error.smtp_error))}
    server = reaching.Server("SMTP", account.host, account.port, account.security, account.allow)
    return reaching.why_not(error, server, timeout_s=TIMEOUT_S)


def _one_answer(code: int, answer: bytes) -> str:
    return f"{code} {' '.join(answer.decode('utf-8', 'replace').split())[:300]}"


def _bytes(answer: bytes | str) -> bytes:
    return answer if isinstance(answer, bytes) else answer.encode()


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Client(smtplib.SMTP):
    """Connects only where the account may go."""

    def __init__(self, account: Account, own_name: str) -> None:
        self.account = account
        super().__init__(account.host, account.port, own_name, timeout=TIMEOUT_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return egress.connect(host, port, timeout=timeout, allow=self.account.allow)


class _TlsClient(_Client):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return _tls().wrap_socket(super()._get_socket(host, port, timeout), server_hostname=host)
