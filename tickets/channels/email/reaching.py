"""Why a mail server cannot be used, in sentences of `troubles`. Where something else answers than what is wanted, a
connection of its own asks what that is, so that the sentence can say what to change. It carries no secret."""

import errno
import imaplib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass

from imapclient.exceptions import IMAPClientAbortError

from helpdesk.lib import egress
from tickets.channels.email import troubles
from tickets.models.mailbox import Security

PATIENCE_S = 3
"""For the first words of a server; mail servers greet whoever connects."""
_TLS_RECORDS = (b"\x15\x03", b"\x16\x03")
_CERTIFICATES = {  # X509_V_ERR_…
    9: troubles.CERTIFICATE_TOO_EARLY,
    10: troubles.CERTIFICATE_EXPIRED,
    18: troubles.CERTIFICATE_SELF_SIGNED,
    19: troubles.CERTIFICATE_SELF_SIGNED,
    20: troubles.CERTIFICATE_UNKNOWN,
    21: troubles.CERTIFICATE_UNKNOWN,
    62: troubles.CERTIFICATE_OF_ANOTHER,
    64: troubles.CERTIFICATE_OF_ANOTHER,
}
_CLEAR = (ssl.SSLCertVerificationError, socket.gaierror, UnicodeError, ConnectionRefusedError)
_OF_COMMAND = re.compile(r"\w+ (?:failed|command error): (?:[A-Z]+ )?")
_BYTES = re.compile(r"\[?b(['\"])(.*)\1\]?", re.DOTALL)


@dataclass(frozen=True)
class Server:
    """Where somebody said that a server of this ``protocol`` ("IMAP", "SMTP") is. `allow` as for `egress.connect`."""

    protocol: str
    host: str
    port: int
    security: str
    allow: Iterable[str] | None = None


def why_not(error: Exception, server: Server, *, timeout_s: float) -> str:
    """The sentence for what a connection, its encryption or its greeting failed with."""
    if not isinstance(error, _CLEAR) and (sentence := _who_answers(server)):
        return sentence
    return trouble(error, host=server.host, port=server.port, timeout_s=timeout_s)


def trouble(error: Exception, *, host: str, port: int, timeout_s: float) -> str:
    """The same from the error alone, whatever kind of server it is."""
    where = {"host": host, "port": port}
    if isinstance(error, ssl.SSLCertVerificationError):
        sentence = _CERTIFICATES.get(error.verify_code, troubles.BAD_CERTIFICATE)
        return sentence % {**where, "error": error.verify_message}
    if isinstance(error, socket.gaierror | UnicodeError):
        return troubles.HOST_UNKNOWN % where
    if isinstance(error, ConnectionRefusedError):
        return troubles.PORT_CLOSED % where
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return troubles.NO_ANSWER % {**where, "seconds": round(timeout_s)}
    if isinstance(error, ssl.SSLError):
        return troubles.NOT_TLS % where
    if isinstance(error, ConnectionError | EOFError | IMAPClientAbortError | smtplib.SMTPServerDisconnected):
        return troubles.HUNG_UP % where
    if isinstance(error, imaplib.IMAP4.error):
        return troubles.NO_SERVER % {**where, "answer": words_of(error)}
    if getattr(error, "errno", None) in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return troubles.NO_WAY % where
    return troubles.CANNOT_REACH % {**where, "error": getattr(error, "strerror", None) or str(error)[:300]}


def why_unread(error: Exception, *, folder: str, host: str) -> str:
    """The sentence for what reading a folder failed with, once we were signed in."""
    where = {"folder": folder, "host": host}
    if isinstance(error, IMAPClientAbortError | OSError):
        return troubles.LINE_CUT % where
    return troubles.READING_FAILED % {**where, "answer": words_of(error)}


def words_of(error: Exception) -> str:
    """What an IMAP server said, without what imaplib and IMAPClient write around it."""
    said = _OF_COMMAND.sub("", str(error), count=1)
    if found := _BYTES.fullmatch(said):
        said = found[2]
    return said[:300]


def _who_answers(server: Server) -> str:
    """What answers there instead, and what to change; empty where nothing speaks, or just what is wanted."""
    is_tls = server.security == Security.TLS
    try:
        said, is_encrypted = _first_words(server, is_tls=is_tls)
    except OSError:
        return ""
    where = {"host": server.host, "port": server.port}
    if not is_encrypted and said.startswith(_TLS_RECORDS):
        return troubles.WANTS_TLS % where
    protocol = _protocol(said)
    if protocol == server.protocol:
        without_tls = {"IMAP": troubles.IMAP_WITHOUT_TLS, "SMTP": troubles.SMTP_WITHOUT_TLS}
        return without_tls[protocol] % where if is_tls and not is_encrypted else ""
    answer = " ".join(said.decode("utf-8", "replace").split())[:100]
    if not answer.isprintable() or not answer:
        return ""
    return _INSTEAD.get(protocol, troubles.OTHER_THERE) % {**where, "wanted": server.protocol, "answer": answer}


_INSTEAD = {
    "SMTP": troubles.SMTP_THERE,
    "IMAP": troubles.IMAP_THERE,
    "POP3": troubles.POP3_THERE,
    "HTTP": troubles.HTTP_THERE,
}


def _protocol(said: bytes) -> str:
    if said.startswith((b"* OK", b"* PREAUTH", b"* BYE")):
        return "IMAP"
    if said.startswith(b"+OK"):
        return "POP3"
    if said.startswith(b"HTTP/"):
        return "HTTP"
    return "SMTP" if re.match(rb"(220|421|554)[ -]", said) and b"FTP" not in said[:200].upper() else ""


def _first_words(server: Server, *, is_tls: bool) -> tuple[bytes, bool]:
    """What the server says of itself, and whether it did so by TLS. Raises `OSError`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # only its greeting is read
    if is_tls:
        try:
            with _line(server) as plain, context.wrap_socket(plain, server_hostname=server.host) as line:
                return _heard(line, b"HEAD / HTTP/1.0\r\n\r\n"), True
        except OSError:
            pass
    with _line(server) as line:
        return _heard(line, _hello(context, server.host)), False


def _line(server: Server) -> socket.socket:
    return egress.connect(server.host, server.port, timeout=PATIENCE_S, allow=server.allow)


def _heard(line: socket.socket, question: bytes) -> bytes:
    """A greeting, or what answers to the question where nobody greets."""
    try:
        return line.recv(512)
    except TimeoutError:
        line.sendall(question)
    try:
        return line.recv(512)
    except TimeoutError:
        return b""


def _hello(context: ssl.SSLContext, host: str) -> bytes:
    """The first bytes of TLS: a server that wants it answers with its own, another one with words."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname=host).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()
