"""Links by which volunteers answer from their mail: they show the place, and a button there is the answer."""

from __future__ import annotations

from django.conf import settings
from django.core import signing

MAX_AGE_S = 120 * 86400
_SALT = "rotations.answer"


def url_for(duty_id: int, person_id: int) -> str:
    """The full address to put into a mail to that person."""
    token = signing.TimestampSigner(salt=_SALT, sep="~").sign(f"{duty_id}-{person_id}")
    return f"{settings.SITE_URL}/d/{token}/"


def read(token: str) -> tuple[int, int] | None:
    """Which duty and whose link it is; None for one that is forged or too old."""
    try:
        value = signing.TimestampSigner(salt=_SALT, sep="~").unsign(token, max_age=MAX_AGE_S)
    except signing.BadSignature:
        return None
    duty, person = value.split("-")
    return int(duty), int(person)
