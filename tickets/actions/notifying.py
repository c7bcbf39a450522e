"""Telling people what happened to tickets that concern them, each in the way they chose, and marking it read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from helpdesk.lib.one_line import one_line
from tickets import notices, stop_links
from tickets.actions import outgoing
from tickets.models import Event, Message, Notification, Ticket, User

WORDS = 2000
"""So much of what was said stands in the mail; the rest is behind its link."""


def notify(*, people: Iterable[int], kind: str, event: Event) -> int:
    """One notification per person and event, none for who did it. Returns how many mails leave."""
    return tell(people=set(people) - {event.actor_id}, kind=kind, ticket=event.ticket, at=event.at, event=event)


def tell(
    *,
    people: Iterable[int],
    kind: str,
    ticket: Ticket,
    at: datetime,
    event: Event | None = None,
    more: int = 0,
    is_mailed: bool = True,
) -> int:
    """Tell ``people`` (ids) of ``kind``, a name of `tickets.notices`, in the way each has chosen; ``event`` where
    one is the cause, ``more`` where it stands for so many other tickets too. ``is_mailed=False``: whoever tells writes
    the mails. Returns how many mails were written to the outbox."""
    found = User.objects.filter(pk__in=set(people), is_active=True).order_by("pk")
    ways = [(person, notices.way_for(kind, person.notice_ways)) for person in found]
    Notification.objects.bulk_create(
        (
            Notification(person=person, kind=kind, ticket=ticket, event=event, created_at=at, more=more)
            for person, way in ways
            if way != notices.Way.OFF
        ),
        ignore_conflicts=True,
    )
    if not is_mailed:
        return 0
    return sum(
        _mailed(person, kind, ticket, event, at) for person, way in ways if way == notices.Way.MAIL and person.email
    )


def tell_of_page(*, person: User, kind: str, about: str, path: str, at: datetime, lines: Iterable[str] = ()) -> bool:
    """Tell the person of what is no ticket's, in the way they chose: ``about`` in their language, at ``path`` of the
    site; ``lines`` stand in the mail alone. The caller has asked whether they may read all of it. Returns whether a
    mail was written to the outbox."""
    way = notices.way_for(kind, person.notice_ways)
    if way == notices.Way.OFF or not person.is_active:
        return False
    about = one_line(about)[:200]
    Notification.objects.create(person=person, kind=kind, about=about, path=path, created_at=at)
    if way != notices.Way.MAIL:
        return False
    said = "".join(f"{line}\n" for line in lines)
    return _sent(person, kind, about, f"{said}\n" if said else "", f"{settings.SITE_URL}{path}", at)


def tell_in_one_line(*, person: User, kind: str, ticket: Ticket, at: datetime) -> Notification:
    """A notification that stands for all of this kind that the person has not read yet, of tickets that are not their
    own: the one that is there already, about ``ticket`` from now on, or a new one. The caller has locked the person,
    has asked whether they want to hear of it, and says in `stands_for` how many tickets it tells of."""
    unread = Notification.objects.unread().filter(person=person, kind=kind, event=None)
    others = unread.exclude(ticket__assignee=person).select_for_update(of=("self",))
    row = others.order_by("-created_at", "-pk").first()
    if row is None:
        return Notification.objects.create(person=person, kind=kind, ticket=ticket, created_at=at)
    row.ticket, row.created_at = ticket, at
    row.save(update_fields=["ticket", "created_at"])
    return row


def stands_for(*, notification: Notification, tickets: int) -> None:
    """Of how many tickets it tells."""
    Notification.objects.filter(pk=notification.pk).update(more=tickets - 1)


SAID = (Notification.Kind.QUESTION, Notification.Kind.ANSWER, Notification.Kind.MENTIONED)
"""Their words are for whoever is told, so the mail holds them. Of everything else it says that it is there."""


def _mailed(person: User, kind: str, ticket: Ticket, event: Event | None, at: datetime) -> bool:
    """Nothing of a ticket out of the person's sight is mailed, and no contact data of its requester."""
    if not person.email or not Ticket.objects.visible_to(person, at).filter(pk=ticket.pk).exists():
        return False
    said, anchor = "", ""
    if event is not None and (message_id := event.data.get("message")) and kind in SAID:
        message = Message.objects.get(pk=message_id)
        said, anchor = f"{message.author}:\n{message.text[:WORDS]}\n\n", f"#message-{message_id}"
    with translation.override(person.language):
        about = f"#{ticket.pk} {ticket.subject or gettext('(no subject)')}"
    return _sent(person, kind, about, said, f"{settings.SITE_URL}{ticket.get_absolute_url()}{anchor}", at)


def _sent(person: User, kind: str, about: str, said: str, url: str, at: datetime) -> bool:
    if not person.email:
        return False
    with translation.override(person.language):
        label = str(notices.kind(kind).label)
        text = gettext(
            "%(label)s: %(about)s\n\n%(said)s%(url)s\n\nWhat you are mailed you choose yourself: %(settings)s"
        ) % {
            "label": label,
            "about": about,
            "said": said,
            "url": url,
            "settings": f"{settings.SITE_URL}/settings/notifications/",
        }
        subject = one_line(f"{label}: {about}")[:200]
    stop = stop_links.url_for(person.pk, kind)
    sent = outgoing.send_account_mail(
        address=person.email, subject=subject, text=text, html="", at=at, recipient=person, stop=stop
    )
    return sent is not None


def mark_read(*, by: User, at: datetime, notification_id: int | None = None, ticket_id: int | None = None) -> int:
    """Mark one notification, those of one ticket, or all of the person's as read. Returns how many changed."""
    mine = Notification.objects.unread().filter(person=by)
    if notification_id is not None:
        mine = mine.filter(pk=notification_id)
    if ticket_id is not None:
        mine = mine.filter(ticket=ticket_id)
    return mine.update(read_at=at)
