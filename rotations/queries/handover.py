"""What is in a volunteer's hands by a duty, what became of it, and what waits for an answer."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q, QuerySet

from rotations.models import Absence, Duty, HandedTicket, Programme
from tickets.models import Membership, Role, Ticket, User
from tickets.models.ticket import TicketQuerySet

RUNNING = (Duty.State.ACTIVE, Duty.State.HANDING_OVER)


def in_hand(duty: Duty) -> TicketQuerySet:
    """Unsolved tickets of the person that the duty's right covers, seen or not."""
    if duty.grant is None:
        return Ticket.objects.none()
    queues = duty.grant.queues.values("pk")
    return Ticket.objects.unsolved().filter(assignee=duty.person_id, channel__in=duty.grant.channels, queue__in=queues)


def running_duty(person: User, at: datetime) -> Duty | None:
    """The one that runs, else the one to be handed over that ended last."""
    found = Duty.objects.filter(person=person, state__in=RUNNING).select_related(
        "shift__round__programme", "mentor", "deputy", "grant", "closed_by", "person"
    )
    # "active" comes before "handing_over", and so it is meant.
    return found.order_by("state", "-shift__starts_at", "pk").first()


def who_looks_after(duty: Duty, at: datetime) -> list[User]:
    """Its mentors, the first one first; who is away at ``at`` comes last, so that the deputy acts for them."""
    mentors = [each for each in (duty.mentor, duty.deputy) if each is not None and each.is_active]
    absences = Absence.objects.filter(person__in=mentors, removed_at=None, starts_at__lte=at, ends_at__gt=at)
    away = set(absences.values_list("person", flat=True))
    return sorted(mentors, key=lambda each: each.pk in away)


def handed(duty: Duty, at: datetime) -> list[HandedTicket]:
    """Every step, the newest first. Of tickets that the volunteer still sees ``subject`` is told as well."""
    steps = list(duty.handed.select_related("to").order_by("-pk"))
    seen = Ticket.objects.visible_to(duty.person, at).filter(pk__in=[each.ticket_id for each in steps])
    subjects = dict(seen.values_list("pk", "subject"))
    for each in steps:
        each.subject = subjects.get(each.ticket_id, "")  # type: ignore[attr-defined]
    return steps


def open_offers(**which: object) -> QuerySet[HandedTicket]:
    waiting = HandedTicket.objects.filter(step=HandedTicket.Step.OFFERED, answered_at=None)
    return waiting.filter(ticket__assignee=F("duty__person"), **which)


def offers_to(person: User, at: datetime) -> list[HandedTicket]:
    """Tickets that somebody asks the person to take over, in their sight."""
    seen = Ticket.objects.worked_by(person, at).unsolved().values("pk")
    rows = open_offers(to=person).filter(ticket__in=seen)
    return list(rows.select_related("ticket", "duty__person").order_by("at", "pk"))


def who_may_take(duty: Duty) -> list[User]:
    """Whom the volunteer may ask to go on: the team, and who else is on duty for the programme now."""
    programme: Programme = duty.shift.round.programme
    team = Membership.objects.filter(team=programme.team_id).exclude(user__role=Role.REQUESTER).values("user")
    beside = Duty.objects.filter(state=Duty.State.ACTIVE, shift__round__programme=programme).values("person")
    people = User.objects.filter(Q(pk__in=team) | Q(pk__in=beside), is_active=True).exclude(pk=duty.person_id)
    return list(people.order_by("sort_key", "pk"))


def to_be_closed(user: User) -> list[Duty]:
    """Handovers that wait for this person: of their mentees, and of teams that they plan for. Those that are ready
    come first, then the oldest."""
    found = Duty.objects.filter(state__in=RUNNING, closed_at=None).filter(
        Q(state=Duty.State.HANDING_OVER) | Q(offered_at__isnull=False)
    )
    mine = Q(mentor=user) | Q(deputy=user)
    if user.role == Role.ADMIN:
        mine = Q()
    elif user.is_lead:
        mine |= Q(shift__round__programme__team__in=user.team_ids)
    rows = found.filter(mine).exclude(person=user).select_related("person", "shift", "mentor", "deputy")
    return list(rows.prefetch_related("handed").order_by(F("offered_at").asc(nulls_last=True), "shift__ends_at", "pk"))


def programmes_for(user: User) -> list[Programme]:
    """Those for whose guests the person may say what is familiar: of their teams; admins of all."""
    found = Programme.objects.order_by("name", "pk")
    return list(found if user.role == Role.ADMIN else found.filter(team__in=user.team_ids))
