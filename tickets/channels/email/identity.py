"""The token that ties a mail to a ticket and to one person (DESIGN §4, "Mail identity").

It travels in the plus part of Reply-To (`help+TOKEN@desk.example`) and in our Message-ID
(`<dz.TOKEN.NONCE@desk.example>`). 20 bytes in base32, so that it survives programs that change case: ticket (4),
person (4), last day (2), MAC (10). The MAC is HMAC-SHA256 cut to 80 bits: guessing one needs 2^79 mails.
"""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from tickets import signed_links

DEFAULT_DAYS = 180
_SALT = "dyzur.mail.identity"
_EPOCH = date(2020, 1, 1)
_TOKEN = re.compile(r"(?:\+|\bdz\.)([a-z2-7]{32})(?=[.@]|$)", re.IGNORECASE | re.ASCII)
_LONG = re.compile(r"[+.;bB][a-zA-Z2-7]{32}")
_QUOTED = re.compile(r"(?:(?:\+|%2B|&#43;|&#x2b;|&plus;)|(\bdz)\.)[a-z2-7]{32}(?![a-z2-7])", re.IGNORECASE | re.ASCII)

_BROKEN = r"(?:=\r?\n[> ]{0,20})?"
SECRETS = [
    ((mark,), rf"{re.escape(mark)}((?:{_BROKEN}[a-z2-7]){{32}}|(?:{_BROKEN}[A-Z2-7]){{32}})(?![a-zA-Z2-7])")
    for mark in ("+", "%2B", "%2b", "=2B", "=2b", "&#43;", "&#x2b;", "&#x2B;", "&plus;", "dz.", "DZ.", "dz=2E", "DZ=2E")
]
"""Tokens as files hold them, which may be quoted-printable: what is looked for in no time, and then the whole. Letters
of both cases in one are no token but base64, where many a "+" stands before as many letters."""


@dataclass(frozen=True)
class Identity:
    """What a valid token says: this person was written to about this ticket, and may answer until that day ends."""

    ticket_id: int
    user_id: int
    valid_until: date


def make(ticket_id: int, user_id: int, *, at: datetime, days: int = DEFAULT_DAYS) -> str:
    """A token of 32 letters and digits, valid for `days` whole days (UTC) after `at`."""
    last_day = (at.astimezone(UTC).date() - _EPOCH).days + days
    payload = ticket_id.to_bytes(4, "big") + user_id.to_bytes(4, "big") + last_day.to_bytes(2, "big")
    return base64.b32encode(payload + _mac(payload, settings.SECRET_KEY)).decode("ascii").lower()


def read(value: str, *, at: datetime) -> Identity | None:
    """The identity that an address or a Message-ID carries; None when it carries none, a forged or an expired one."""
    for match in _TOKEN.finditer(value):
        data = base64.b32decode(match.group(1).upper())
        payload, mac = data[:10], data[10:]
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        # No short cut: each key is tried, each comparison takes the same time.
        matches = [constant_time_compare(mac, _mac(payload, key)) for key in keys]
        if True not in matches:
            continue
        last_day = _EPOCH + timedelta(days=int.from_bytes(payload[8:10], "big"))
        if at.astimezone(UTC).date() > last_day:
            continue
        return Identity(int.from_bytes(payload[:4], "big"), int.from_bytes(payload[4:8], "big"), last_day)
    return None


def without_tokens(text: str) -> str:
    """The text as people may read it: without what speaks for one person, tokens of mail and signed links alike."""
    text = signed_links.without_tokens(text)
    # Most texts have no word as long behind the end of a mark, which is found out in no time.
    return _QUOTED.sub(lambda found: found[1] or "", text) if _LONG.search(text) else text


def _mac(payload: bytes, key: str | bytes) -> bytes:
    return salted_hmac(_SALT, payload, secret=key, algorithm="sha256").digest()[:10]


def instance() -> str:
    """A name for this installation in its own mail, so that it knows that mail again when it comes back."""
    return salted_hmac(_SALT, "instance", algorithm="sha256").hexdigest()[:20]


def message_id(token: str, nonce: str | int, domain: str) -> str:
    """A Message-ID without brackets. The same token and nonce give the same id: a retry is the same message."""
    return f"dz.{token}.{nonce}@{domain}"


def plus_address(address: str, token: str) -> str:
    """`address` with the token in its local part; unchanged where it would outgrow the 64 characters of RFC 5321."""
    local, _, domain = address.rpartition("@")
    tagged = f"{local}+{token}"
    return f"{tagged}@{domain}" if len(tagged) <= 64 else address


def without_plus(address: str) -> str:
    """The address as the queue knows it: lower case, without the plus part."""
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
