"""Links that open a requester's own case without signing in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing

if TYPE_CHECKING:
    from tickets.models import Ticket, User


MAX_AGE_S = 90 * 86400
"""A link works for 90 days after it was made; each mail carries a fresh one."""

PICTURE_MAX_AGE_S = 3600
"""A picture inside a mail is fetched while its page is open."""

_SALT = "tickets.requester"
_PICTURE_SALT = "tickets.picture"

# As mails quote it: its tilde may be escaped, and a long line may be broken in it, with marks of quotation after that.
_BREAK = r"(?:=?\r?\n[ \t>]{0,20})?"
_TILDE = r"(?:~|%(?:25)?7E|=7E|&#126;|&#x7e;|&tilde;)"
MARKS = ("~", "%7E", "%7e", "%257E", "%257e", "=7E", "=7e", "&#126;", "&#x7e;", "&#x7E;", "&tilde;")
_MARK = re.compile(_TILDE, re.IGNORECASE)
_BEHIND_TICKET = (
    rf"-(?:{_BREAK}[0-9]){{1,19}}{_BREAK}{_TILDE}(?:{_BREAK}[0-9A-Za-z]){{5,8}}{_BREAK}{_TILDE}"
    rf"(?:(?:{_BREAK}[\w-]){{43}}|[\w-]{{20,}})"
)
_TOKEN = re.compile(
    rf"(?:(?P<place>/r/|%(?:25)?2Fr%(?:25)?2F){_BREAK})?"
    rf"(?<![0-9])(?P<ticket>[0-9]{{1,19}}){_BREAK}{_BEHIND_TICKET}",
    re.ASCII | re.IGNORECASE,
)
SECRET = _BEHIND_TICKET
"""The part of a signed link that makes it one, as files hold it; one of `MARKS` stands in it. Case does not matter."""


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


def without_tokens(text: str) -> str:
    """The text with the plain address of the same case in place of each signed link: who reads a quoted mail is not
    always the one it was written to."""

    def plain(found: re.Match[str]) -> str:
        place = found["place"] or ""
        return place.lower().replace("r", "requests") + found["ticket"]

    # Most texts have no such mark, and looking for numbers takes thirty times as long.
    return _TOKEN.sub(plain, text) if _MARK.search(text) else text


def picture_token(attachment_id: int, person: User) -> str:
    """Names a picture inside a mail for one reader: the frame it stands in may send no cookie."""
    return signing.TimestampSigner(salt=_PICTURE_SALT, sep="~").sign(f"{attachment_id}-{person.pk}")


def read_picture(token: str) -> tuple[int, int]:
    """The attachment and the reader of a picture's address. Raises `BadLink`."""
    try:
        value = signing.TimestampSigner(salt=_PICTURE_SALT, sep="~").unsign(token, max_age=PICTURE_MAX_AGE_S)
    except signing.BadSignature as error:
        raise BadLink("This picture is not shown any more.") from error
    attachment_id, user_id = value.split("-")
    return int(attachment_id), int(user_id)
