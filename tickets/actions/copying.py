"""Copies of a reply: who besides the requester gets its words by mail.

Copies carry this one reply and nothing that was said before, and no link to the requester's page. What comes back from
them is read by the desk alone (`channels.email.matching`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from tickets import access
from tickets.actions import opening, outgoing
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Message, PausedAddress, QueueAddress, Ticket, User

MOST = 10
"""A reply is no circular."""


class CannotCopy(Refused):
    """An address that gets no copy, with the reason."""


def addresses(ticket: Ticket, wanted: Sequence[str], *, by: User, at: datetime) -> list[str]:
    """Each of the ``wanted`` addresses once, without the requester's own, who gets the reply itself.

    Raises `NotAllowed` for whoever does not see addresses here, `CannotCopy` for what is no address, for one of ours
    (its mail would come back as a ticket), for one to which no mail leaves now, and for too many.
    """
    if not wanted:
        return []
    if not access.can_see_contact(by, ticket, at):
        raise NotAllowed
    clean: list[str] = []
    for each in wanted:
        address = User.clean_email(each) or ""
        try:
            validate_email(address)
        except ValidationError as error:
            raise CannotCopy(_("%(address)s is no email address.") % {"address": each}) from error
        if address != ticket.requester.email and address not in clean:
            clean.append(address)
    if len(clean) > MOST:
        raise CannotCopy(_("At most %(number)d people get a copy of one reply.") % {"number": MOST})
    ours = ours_among(clean)
    if ours:
        raise CannotCopy(
            _("%(address)s is an address of this desk: the copy would come back as a ticket.") % {"address": ours[0]}
        )
    paused = PausedAddress.objects.in_force().filter(address__in=clean, paused_at__lte=at).order_by("address").first()
    if paused:
        raise CannotCopy(_("Mail to %(address)s is paused: it would get no copy.") % {"address": paused.address})
    return clean


def ours_among(given: Sequence[str]) -> list[str]:
    """Of these addresses those that lead to a queue of ours, in any spelling with a plus part."""
    plain = {each: _plain(each) for each in given}
    known = set(QueueAddress.objects.filter(address__in=plain.values()).values_list("address", flat=True))
    return [each for each in given if plain[each] in known]


def _plain(address: str) -> str:
    local, _at, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def send(*, ticket: Ticket, message: Message, at: datetime) -> None:
    """Mail the copies of a reply that leaves."""
    people = [
        opening.find_or_create_requester(email=address, language=ticket.queue.language) for address in message.copied_to
    ]
    outgoing.send_copies(ticket=ticket, message=message, to=people, at=at)
