"""Links of mails that stop such mails, for whoever holds them: by one press in a mail program (RFC 8058), or by a
button on the page behind the link. Opening it changes nothing: machines open links too."""

from __future__ import annotations

from django.conf import settings
from django.core import signing

DIGEST = "digest"
"""In place of a kind of notice: the mail of the day."""

_SALT = "tickets.stop"


def url_for(person_id: int, kind: str) -> str:
    """The full address to put into a mail of that kind to that person. It works as long as such mails come."""
    return f"{settings.SITE_URL}/stop/{signing.Signer(salt=_SALT, sep='~').sign(f'{person_id}-{kind}')}/"


def read(token: str) -> tuple[int, str] | None:
    """Whose link it is and for which kind; None for a forged one."""
    try:
        person, _, kind = signing.Signer(salt=_SALT, sep="~").unsign(token).partition("-")
    except signing.BadSignature:
        return None
    return int(person), kind
