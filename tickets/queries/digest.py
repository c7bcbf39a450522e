"""What waits for one person, for the mail of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from tickets.models import Consultation, Notification, Role, Ticket, User
from tickets.queries.consultations import questions_to

SHOWN = 10
"""So many of each kind stand in the mail; the rest is counted."""
SATURDAY = 5


def wants_digest() -> QuerySet[User]:
    """Employees who chose an hour. The literal condition is that of the partial index."""
    people = User.objects.filter(digest_hour__isnull=False, is_active=True, email__isnull=False)
    return people.exclude(role=Role.REQUESTER)


def people_to_digest(at: datetime) -> list[int]:
    """Whose mail of the day is due and has not been written, also when its hour went by unseen."""
    chosen = wants_digest().only("time_zone", "digest_hour", "digested_on").order_by("pk")
    return [person.pk for person in chosen if is_due(person, at)]


def is_due(person: User, at: datetime) -> bool:
    """On weekdays from the chosen hour on, in the person's zone, once per date there."""
    local = at.astimezone(ZoneInfo(person.time_zone))
    if person.digest_hour is None or local.weekday() >= SATURDAY or local.hour < person.digest_hour:
        return False
    return person.digested_on is None or person.digested_on < local.date()


def local_date(person: User, at: datetime) -> date:
    return at.astimezone(ZoneInfo(person.time_zone)).date()


@dataclass(frozen=True)
class Digest:
    tickets: list[Ticket]
    """The person's own that could be answered now, the most urgent first."""
    more_tickets: int
    questions: list[Consultation]
    more_questions: int
    mentions: list[Notification]
    more_mentions: int
    notices: list[Notification]
    more_notices: int

    def __bool__(self) -> bool:
        return bool(self.tickets or self.questions or self.mentions or self.notices)


def digest_of(person: User, *, at: datetime) -> Digest:
    """Everything in it is in the person's sight. What a question or a mention says already stands in no other list."""
    tickets = Ticket.objects.worked_by(person, at).actionable().filter(assignee=person)
    questions = questions_to(person, at=at)
    unread = Notification.objects.visible_to(person, at).unread().select_related("ticket", "event__actor")
    unread = unread.order_by("-created_at", "-pk")
    mentions = unread.filter(kind=Notification.Kind.MENTIONED)
    said = (Notification.Kind.MENTIONED, Notification.Kind.QUESTION)
    notices = unread.exclude(kind__in=said)
    return Digest(
        tickets=list(tickets.in_work_order()[:SHOWN]),
        more_tickets=max(0, tickets.count() - SHOWN),
        questions=questions[:SHOWN],
        more_questions=max(0, len(questions) - SHOWN),
        mentions=list(mentions[:SHOWN]),
        more_mentions=max(0, mentions.count() - SHOWN),
        notices=list(notices[:SHOWN]),
        more_notices=max(0, notices.count() - SHOWN),
    )
