"""Requests to addresses that a person has typed in: by `egress`, without redirects, within bounds of time and size."""

import http.client
import ipaddress
import ssl
import time
from collections.abc import Mapping
from functools import cache
from urllib.parse import urlencode, urlsplit

from django.utils.translation import gettext_noop

from helpdesk.lib import egress

MAX_ANSWER = 256 * 1024
NOT_ENCRYPTED = gettext_noop("%(host)s is asked for secrets and must be reached by https.")
BAD_ADDRESS = gettext_noop("%(host)s is no address of a web server.")


class NotEncrypted(OSError):
    """The address is http and not inside the own network. The text is for the admin."""


class BadAddress(OSError):
    """The address is none that could be asked. The text is for the admin."""


def post_form(url: str, fields: Mapping[str, str], *, timeout_s: float) -> tuple[int, bytes]:
    """POST `fields` and return status and body. A redirect is an answer like any other and is not followed.

    Raises `egress.Refused`, `NotEncrypted`, `BadAddress`, else `OSError` or `http.client.HTTPException`.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = parts.port
    except ValueError:
        raise BadAddress(BAD_ADDRESS % {"host": url[:100]}) from None
    if parts.scheme not in ("http", "https") or not host or not _is_printable(url):
        raise BadAddress(BAD_ADDRESS % {"host": url[:100]})
    line = _Line(
        host, port or (443 if parts.scheme == "https" else 80), is_tls=parts.scheme == "https", limit=timeout_s
    )
    try:
        line.request(
            "POST",
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            body=urlencode(fields).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        )
        answer = line.getresponse()
        return answer.status, line.read(answer)
    finally:
        line.close()


def _is_printable(url: str) -> bool:
    return all(" " < letter < "\x7f" for letter in url)


class _Line(http.client.HTTPConnection):
    """A connection that `egress` has judged, with TLS where the address says so. `limit`: seconds for everything."""

    def __init__(self, host: str, port: int, *, is_tls: bool, limit: float) -> None:
        super().__init__(host, port, timeout=limit)
        self._is_tls = is_tls
        self._until = time.monotonic() + limit
        self._limit = limit

    def connect(self) -> None:
        plain = egress.connect(self.host, self.port, timeout=self._limit)
        if self._is_tls:
            self.sock = tls().wrap_socket(plain, server_hostname=self.host)
            return
        self.sock = plain
        if ipaddress.ip_address(plain.getpeername()[0].partition("%")[0]).is_global:
            raise NotEncrypted(NOT_ENCRYPTED % {"host": self.host})

    def read(self, answer: http.client.HTTPResponse) -> bytes:
        """The body up to `MAX_ANSWER`; a server that sends it drop by drop is cut off in time."""
        body = b""
        while piece := answer.read1(65536):
            body += piece
            if len(body) > MAX_ANSWER:
                raise OSError("The answer is too long.")
            if time.monotonic() > self._until:
                raise TimeoutError("The answer takes too long.")
        return body


@cache
def tls() -> ssl.SSLContext:
    """One for all connections of a process: reading the certificates of the world costs 30 ms and a megabyte."""
    return ssl.create_default_context()
