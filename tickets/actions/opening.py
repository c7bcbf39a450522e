"""Opening a ticket, and finding or creating the person who asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from helpdesk.lib import prepared, prepared_rows
from helpdesk.lib.one_line import one_line
from tickets import access, events
from tickets.actions import attaching, filling
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Kind, Message, Priority, Queue, Status, Ticket, User

SUBJECT_LENGTH = 300


class NothingSaid(Refused):
    message = _("Write what it is about: the ticket has no text.")


@dataclass(frozen=True)
class MailFacts:
    """What a message remembers of the mail it came in.

    ``identity`` is equal for copies of one mail (same Message-ID, sender and body) and unique among messages, so that
    of two workers with a copy each one fails; ``automatic`` names the class of an automated mail, empty for people's.
    ``traits`` and ``invitation`` are what `channels.email.traits` and `channels.email.calendar` say of it, ``folds``
    where `channels.email.quoting` folds its text.
    """

    mail_id: str = ""
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    automatic: str = ""
    identity: str | None = None
    traits: Sequence[str] = ()
    invitation: dict[str, Any] | None = None
    folds: list[list[Any]] | None = None

    def as_fields(self) -> dict[str, Any]:
        return {
            "mail_id": self.mail_id[:998],
            "mail_to": list(self.to),
            "mail_cc": list(self.cc),
            "automatic": self.automatic,
            "identity": self.identity,
            "mail_traits": list(self.traits),
            "invitation": self.invitation,
            "folds": self.folds,
        }


@transaction.atomic
def open_ticket(
    *,
    requester: User,
    queue: Queue,
    channel: str,
    subject: str,
    text: str,
    by: User | None,
    at: datetime,
    html: str = "",
    priority: int = Priority.NORMAL,
    attachments: Iterable[attaching.File] = (),
    mail: MailFacts | None = None,
    follow_up_of: Ticket | None = None,
    looks_like: int | None = None,
    is_imported: bool = False,
    fields: Mapping[str, str] | None = None,
) -> Ticket:
    """Open a ticket with the requester's first message.

    ``by`` is the requester (mail, form), the member of staff who opens it for them (a call, a walk-up), or None.
    ``at`` is when the message arrived. A mail without a subject makes a ticket without one, and pages say so in their
    reader's language; elsewhere the text stands in. With ``is_imported`` it comes from an archive, and nobody is told.
    ``fields`` are values of the desk's own fields by key, as somebody wrote them.
    Raises `NotAllowed`, `NothingSaid`, `UnknownField`, `WrongValue`.
    """
    if by is not None and by.pk != requester.pk and not access.can_open_in(by, queue, channel, at):
        raise NotAllowed(_("You may not open tickets in this queue."))
    files = list(attachments)
    if not (subject.strip() or text.strip() or html.strip() or files):
        raise NothingSaid
    values = filling.read_all(queue.pk, fields or {})
    requester = requester if is_imported else _who_it_is_now(requester)
    ticket = Ticket(
        subject=_one_line(subject) or ("" if mail else _one_line(text)),
        queue=queue,
        requester=requester,
        organisation_id=requester.organisation_id,
        channel=channel,
        status=Status.NEW,
        priority=priority,
        fields=values,
        follow_up_of=follow_up_of,
        opened_at=at,
        updated_at=at,
    )
    prepared_rows.insert(ticket)
    facts = mail or MailFacts()
    message = Message(
        ticket=ticket,
        author=requester,
        is_from_requester=True,
        channel=channel,
        text=text,
        html=html,
        at=at,
        **facts.as_fields(),
    )
    prepared_rows.insert(message)
    attaching.attach(message=message, files=files)
    events.record(
        ticket,
        by=by,
        kind=Kind.OPENED,
        at=at,
        message=message.pk,
        channel=channel,
        **({"follow_up_of": follow_up_of.pk} if follow_up_of else {}),
        **({"looks_like": looks_like} if looks_like else {}),
        **({"imported": True} if is_imported else {}),
        **({"fields": values} if values else {}),
    )
    return ticket


def _who_it_is_now(person: User) -> User:
    """The person, held until the transaction ends, or whoever they were merged into since they were looked up."""
    into = next((into for (into,) in prepared.tuples((), _held, number=person.pk)), None)
    return User.objects.get(pk=into) if into else person


def _held(number: int) -> QuerySet[User, tuple[int | None]]:
    return User.objects.select_for_update(no_key=True).filter(pk=number).values_list("merged_into")


@transaction.atomic
def find_or_create_requester(*, email: str | None, name: str = "", phone: str = "", language: str = "pl") -> User:
    """The person with this address, whoever it is, or a new requester. Two mails at once create one person.

    Without an address a person with the same phone number is taken, else a new one is made.
    """
    address = User.clean_email(email)
    if address:
        found = User.objects.with_address(address)
    else:
        by_phone = User.objects.filter(email__isnull=True, phone=phone, merged_into__isnull=True)
        found = by_phone.first() if phone else None
    if found:
        return found
    person = User(email=address, name=_one_line(name)[:200] or address or phone, phone=phone, language=language)
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        return User.objects.get(email=address)
    return person


def _one_line(text: str) -> str:
    return one_line(text)[:SUBJECT_LENGTH]
