"""Links that answer for whoever holds them: from a mail to a place that was offered or to an invitation, and the one
that leads everybody to a round's sign-up. They show what it is; a button there is the answer."""

from __future__ import annotations

from django.conf import settings
from django.core import signing

MAX_AGE_S = 120 * 86400
_SALT, _INVITED, _ROUND = "rotations.answer", "rotations.invited", "rotations.round"


def url_for(duty_id: int, person_id: int) -> str:
    """The full address to put into a mail to that person."""
    return f"{settings.SITE_URL}/d/{_token(_SALT, duty_id, person_id)}/"


def read(token: str) -> tuple[int, int] | None:
    """Which duty and whose link it is; None for one that is forged or too old."""
    return _pair(_SALT, token)


def invitation_url(round_id: int, person_id: int) -> str:
    """For one person: it takes their "no" without a sign-in."""
    return f"{settings.SITE_URL}/i/{_token(_INVITED, round_id, person_id)}/"


def read_invitation(token: str) -> tuple[int, int] | None:
    """Which round and whose link it is."""
    return _pair(_INVITED, token)


def round_url(round_id: int) -> str:
    """For everybody, and always the same, so that it can be copied and printed."""
    return f"{settings.SITE_URL}/join/{signing.Signer(salt=_ROUND, sep='~').sign(str(round_id))}/"


def read_round(token: str) -> int | None:
    try:
        return int(signing.Signer(salt=_ROUND, sep="~").unsign(token))
    except signing.BadSignature:
        return None


def _token(salt: str, of: int, person_id: int) -> str:
    return signing.TimestampSigner(salt=salt, sep="~").sign(f"{of}-{person_id}")


def _pair(salt: str, token: str) -> tuple[int, int] | None:
    try:
        value = signing.TimestampSigner(salt=salt, sep="~").unsign(token, max_age=MAX_AGE_S)
    except signing.BadSignature:
        return None
    of, person = value.split("-")
    return int(of), int(person)
