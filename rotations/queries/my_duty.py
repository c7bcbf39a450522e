"""A duty as its volunteer sees it while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Prefetch, Q, QuerySet

from rotations.models import Duty, DutyDay, Finding, Programme, Tick
from rotations.queries.handover import in_hand, running_duty
from tickets.models import Channel, Consultation, Draft, Message, Role, Ticket, User
from tickets.models.ticket import TicketQuerySet

ASKED = 20
"""So many of the newest answered questions tell how long an answer usually takes."""
RECENT = timedelta(days=90)
ARRIVAL = ("mouse", "accounts", "headset", "hello")
QUIET = ("surprise", "gap", "article")


@dataclass(frozen=True)
class Clock:
    """Of one day of the duty: the ``number``th of ``total``. ``used`` is the share of the day that is over, in steps
    of 5 %."""

    day: DutyDay
    number: int
    total: int
    is_running: bool
    left_s: int
    used: int

    @property
    def is_last(self) -> bool:
        return self.number == self.total


def start(person: User, at: datetime) -> str:
    """My duty is where a colleague begins while a day of theirs runs."""
    if person.role != Role.COLLEAGUE:
        return ""
    days = DutyDay.objects.filter(is_live=True, starts_at__lte=at, ends_at__gt=at, duty__person=person)
    return "my_duty" if days.filter(duty__state=Duty.State.ACTIVE).exists() else ""


def duty_of(person: User, at: datetime) -> Duty | None:
    """The one that runs or is to be handed over, else the next confirmed one."""
    found = running_duty(person, at)
    if found is None:
        ahead = Duty.objects.filter(person=person, state=Duty.State.CONFIRMED).select_related(
            "shift__round__programme", "mentor", "deputy", "grant", "closed_by", "person"
        )
        found = ahead.order_by("shift__starts_at", "pk").first()
    return found


def clock_of(duty: Duty, at: datetime) -> Clock | None:
    """The day that runs, else the next one, else none: the duty is over."""
    days = list(duty.days.filter(is_live=True).order_by("starts_at", "pk"))
    for number, day in enumerate(days, 1):
        if day.ends_at > at:
            whole = (day.ends_at - day.starts_at).total_seconds()
            gone = max(0.0, (at - day.starts_at).total_seconds())
            used = round(gone / whole * 20) * 5
            return Clock(day, number, len(days), day.starts_at <= at, int(whole - gone), used)
    return None


def channels_of(duty: Duty) -> list[str]:
    return [each for each in Channel.values if each in duty.channels]


def left_out(duty: Duty) -> list[str]:
    """What the programme offers and the volunteer chose not to answer."""
    return [
        each for each in Channel.values if each in duty.shift.round.programme.channels and each not in duty.channels
    ]


def own_tickets(duty: Duty, reader: User, at: datetime) -> list[Ticket]:
    """In their hands and in sight, what is due first on top."""
    seen = Ticket.objects.worked_by(reader, at).values("pk")
    rows = in_hand(duty).filter(pk__in=seen).in_work_order()
    return list(rows.select_related("requester", "organisation"))


def waiting(reader: User, at: datetime) -> TicketQuerySet:
    """What "next ticket" may give."""
    return Ticket.objects.worked_by(reader, at).actionable().unassigned()


def usual_answer_s(programme: Programme, at: datetime) -> int | None:
    """The median time in which mentors answered the newest questions in the programme's queues; None without any.

    Times alone leave here, and no ticket."""
    answered = _answered(programme, at).filter(Q(is_for_mentors=True) | Q(asked_by__role=Role.COLLEAGUE))
    return _usual(answered.order_by("-asked_at", "-pk")[:ASKED])


def usual_answers_s(duty: Duty, at: datetime) -> dict[int, int]:
    """The same of each mentor of the duty, by their number, of what they answered themselves; without who has not
    answered yet. One statement."""
    mentors = [each for each in (duty.mentor_id, duty.deputy_id) if each]
    by_mentor: dict[int, list[Consultation]] = {each: [] for each in mentors}
    answered = _answered(duty.shift.round.programme, at).filter(answered_by__in=mentors)
    for each in answered.order_by("-asked_at", "-pk")[: ASKED * len(mentors)]:
        by_mentor[each.answered_by_id or 0].append(each)
    found = {number: _usual(rows[:ASKED]) for number, rows in by_mentor.items()}
    return {number: time for number, time in found.items() if time is not None}


def _answered(programme: Programme, at: datetime) -> QuerySet[Consultation]:
    queues = programme.queues.values("pk")
    return Consultation.objects.filter(answered_at__isnull=False, asked_at__gt=at - RECENT, ticket__queue__in=queues)


def _usual(answered: Iterable[Consultation]) -> int | None:
    times = [time for each in answered if (time := each.seconds_to_answer) is not None]
    return round(median(times)) if times else None


def drafts_of(person: User, at: datetime) -> tuple[list[Message], list[Message]]:
    """Their replies that wait for a mentor, and those that came back and are not written anew yet."""
    seen = Ticket.objects.worked_by(person, at).values("pk")
    own = Message.objects.filter(author=person, kind=Message.Kind.PUBLIC, ticket__in=seen).select_related("ticket")
    open_drafts = Draft.objects.filter(author=person, kind=Message.Kind.PUBLIC).values("ticket")
    review = own.filter(state=Message.State.AWAITING_REVIEW).order_by("at", "pk")
    back = own.filter(state=Message.State.RETURNED, ticket__in=open_drafts).order_by("ticket", "-pk").distinct("ticket")
    return list(review), list(back)


def ticks_of(duty: Duty) -> frozenset[str]:
    return frozenset(Tick.objects.filter(duty=duty).values_list("item", flat=True))


def findings_of(duty: Duty) -> list[Finding]:
    return list(Finding.objects.filter(duty=duty).select_related("settled_by").order_by("-pk"))


def findings_for(user: User) -> list[Finding]:
    """Those of one's mentees, and of the teams one plans for, open ones first."""
    mine = Q(duty__mentor=user) | Q(duty__deputy=user)
    if user.role == Role.ADMIN:
        mine = Q()
    elif user.is_lead:
        mine |= Q(duty__shift__round__programme__team__in=user.team_ids)
    rows = Finding.objects.filter(mine, settled_at=None).select_related("duty__person")
    return list(rows.order_by("-pk")[:50])


@dataclass
class Mentee:
    """Somebody whose duty runs, as their mentor sees it."""

    duty: Duty
    day: DutyDay | None
    """The one that runs at the moment."""
    tickets: list[Ticket] = field(default_factory=list)


def mentees_of(user: User, at: datetime) -> list[Mentee]:
    """Those whose duty runs, with the tickets in their hands. Three statements, however many they are."""
    found = Duty.objects.filter(Q(mentor=user) | Q(deputy=user), state=Duty.State.ACTIVE)
    live = Prefetch("days", DutyDay.objects.filter(is_live=True).order_by("starts_at", "pk"))
    rows = found.select_related("person", "shift").prefetch_related(live).order_by("shift__ends_at", "pk")
    mentees = [
        Mentee(duty, next((day for day in duty.days.all() if day.starts_at <= at < day.ends_at), None)) for duty in rows
    ]
    by_person = {each.duty.person_id: each for each in reversed(mentees)}
    tickets = Ticket.objects.worked_by(user, at).unsolved().filter(assignee__in=by_person).in_work_order()
    for ticket in tickets:
        by_person[ticket.assignee_id or 0].tickets.append(ticket)
    return mentees


def drafts_for(user: User, mentees: list[Mentee], at: datetime) -> list[Message]:
    """Replies of the mentees that wait to be read, the oldest first."""
    seen = Ticket.objects.worked_by(user, at).values("pk")
    waiting = Message.objects.filter(
        author__in=[each.duty.person_id for each in mentees], state=Message.State.AWAITING_REVIEW, ticket__in=seen
    )
    return list(waiting.select_related("ticket", "author").order_by("at", "pk"))
