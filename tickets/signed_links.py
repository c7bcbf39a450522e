"""Links that open a requester's own case without signing in."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from tickets.models import Ticket, User

MAX_AGE_S = 90 * 86400
"""A link works for 90 days after it was made; each mail carries a fresh one."""

_SALT = "tickets.requester"


@dataclass(frozen=True)
class Holder:
    ticket_id: int
    user_id: int


class BadLink(ValueError):
    """Forged, cut off or too old."""


def token_for(ticket: Ticket, person: User) -> str:
    return signing.TimestampSigner(salt=_SALT, sep="~").sign(f"{ticket.pk}-{person.pk}")


def url_for(ticket: Ticket, person: User) -> str:
    """The full address to put into a mail."""
    return f"{settings.SITE_URL}/r/{token_for(ticket, person)}/"


def read(token: str) -> Holder:
    """Whose link it is, for which ticket. Raises `BadLink`."""
    try:
        value = signing.TimestampSigner(salt=_SALT, sep="~").unsign(token, max_age=MAX_AGE_S)
    except signing.BadSignature as error:
        raise BadLink("This link is not valid any more.") from error
    ticket_id, user_id = value.split("-")
    return Holder(ticket_id=int(ticket_id), user_id=int(user_id))
