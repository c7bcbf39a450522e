"""Links of mails that stop such mails, for whoever holds them: by one press in a mail program (RFC 8058), or by a
button on the page behind the link. Opening it changes nothing: machines open links too."""

from __future__ import annotations

from django.conf import settings
from django.core import signing

DIGEST = "digest"
"""In place of a kind of notice: the mail of the day."""

_SALT = "tickets.stop"


_BETWEEN = "."
"""Of several kinds that one mail tells of: names of kinds have none."""


def url_for(person_id: int, *kinds: str) -> str:
    """The full address to put into a mail of these kinds to that person. It works as long as such mails come."""
    said = f"{person_id}-{_BETWEEN.join(kinds)}"
    return f"{settings.SITE_URL}/stop/{signing.Signer(salt=_SALT, sep='~').sign(said)}/"


def read(token: str) -> tuple[int, tuple[str, ...]] | None:
    """Whose link it is and for which kinds; None for a forged one."""
    try:
        person, _, kinds = signing.Signer(salt=_SALT, sep="~").unsign(token).partition("-")
    except signing.BadSignature:
        return None
    return int(person), tuple(kinds.split(_BETWEEN))
