"""After the end of a duty: what is left goes back by itself, and a mentor accepts the handover or waives it.

A duty is completed once both are done, whichever comes first. Locks: the volunteer, the shift, then the tickets.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from rotations import access
from rotations.actions.locking import locked
from rotations.models import Duty, DutyEvent, HandedTicket
from rotations.queries import handover
from tickets import access as kernel
from tickets.actions import notifying
from tickets.actions.assigning import given
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import locked as locked_ticket
from tickets.models import Grant, GrantWindow, Kind, Membership, Role, Ticket, User
from tickets.models.grant import GRACE

HANDED_BACK = "handed_back"


class NotOffered(Refused):
    message = _("The handover is not ready yet. After the end of the duty you can waive it.")


class StillInHand(Refused):
    message = _("Tickets are in the volunteer's hands again. At the end of the duty they go back by themselves.")


class NotOver(Refused):
    message = _("The duty still runs: there is nothing to waive yet.")


class ClosedAlready(Refused):
    message = _("Somebody else has accepted this handover already.")


@transaction.atomic
def accept(*, duty: Duty, by: User, at: datetime) -> Duty:
    """Of two mentors at once the first counts; twice by one person is once.

    Raises `NotAllowed`, `NotOffered`, `StillInHand`, `ClosedAlready`."""
    duty, is_closed = _to_be_closed(duty, by)
    if is_closed:
        return duty
    if duty.offered_at is None:
        raise NotOffered
    if handover.in_hand(duty).exists():
        raise StillInHand
    return _closed(duty, DutyEvent.Kind.ACCEPTED, by=by, at=at)


@transaction.atomic
def waive(*, duty: Duty, by: User, at: datetime) -> Duty:
    """The duty is over and nobody said what they leave: it needs no more. Raises `NotAllowed`, `NotOver`,
    `ClosedAlready`."""
    duty, is_closed = _to_be_closed(duty, by)
    if is_closed:
        return duty
    if duty.state != Duty.State.HANDING_OVER:
        raise NotOver
    duty.is_waived = True
    return _closed(duty, DutyEvent.Kind.WAIVED, by=by, at=at)


def return_all(*, at: datetime) -> int:
    """What is left of every duty that is over goes back, and how many tickets did. One statement where none is due.

    A ticket with an own open draft stays for `GRACE`, and so long each duty is looked at again: a request that began
    before the end may come in a little later.
    """
    return sum(return_left(duty_id=number, at=at) for number in _unreturned(at).values_list("pk", flat=True))


@transaction.atomic
def return_left(*, duty_id: int, at: datetime) -> int:
    """Of one duty; any number of workers may do this at once."""
    found = Duty.objects.get(pk=duty_id)
    locked(person_id=found.person_id, shift_id=found.shift_id)
    duty = _unreturned(at).select_related("person", "grant", "shift__round__programme").filter(pk=duty_id).first()
    if duty is None:
        return 0
    left = [ticket for number in _numbers(duty) if (ticket := _returned(duty, number, at))]
    if left:
        data = {"tickets": [ticket.pk for ticket in left]}
        DutyEvent.objects.create(duty=duty, kind=DutyEvent.Kind.RETURNED, actor=None, at=at, data=data)
        notifying.tell(people=_who_is_told(duty, at), kind=HANDED_BACK, ticket=left[0], at=at, more=len(left) - 1)
    if duty.over_at + GRACE <= at:
        duty.returned_at = at
        duty.save(update_fields=["returned_at"])
        _complete(duty, at)
    return len(left)


def _unreturned(at: datetime):  # type: ignore[no-untyped-def]  # a queryset with what it is annotated with
    over = Max("days__ends_at", filter=Q(days__is_live=True))
    duties = Duty.objects.filter(state=Duty.State.HANDING_OVER, returned_at=None).annotate(over_at=over)
    return duties.filter(over_at__lte=at).order_by("person_id", "shift_id", "pk")


def _numbers(duty: Duty) -> list[int]:
    return list(handover.in_hand(duty).order_by("pk").values_list("pk", flat=True))


def _returned(duty: Duty, number: int, at: datetime) -> Ticket | None:
    ticket = locked_ticket(Ticket(pk=number))
    if ticket.assignee_id != duty.person_id or not ticket.is_unsolved or _stays(duty, ticket, at):
        return None
    given(ticket, to=None, by=None, kind=Kind.ASSIGNED, at=at)
    HandedTicket.objects.create(duty=duty, ticket=ticket, step=HandedTicket.Step.LEFT, at=at)
    return ticket


def _stays(duty: Duty, ticket: Ticket, at: datetime) -> bool:
    """They can still answer it: by another right, or with a draft in the grace. So it does between the days of
    another duty of theirs which has begun."""
    if kernel.can_serve(duty.person, ticket, at):
        return True
    begun = GrantWindow.objects.filter(starts_at__lte=at, grant__user=duty.person_id).values("grant")
    others = Grant.objects.unfinished(at + GRACE).filter(pk__in=begun).exclude(duty=duty)
    return others.filter(channels__contains=[ticket.channel], queues=ticket.queue_id).exists()


def _who_is_told(duty: Duty, at: datetime) -> list[int]:
    """The mentor, the deputy when the mentor is away, else whoever leads the team."""
    if mentors := handover.who_looks_after(duty, at):
        return [mentors[0].pk]
    leads = Membership.objects.filter(team=duty.shift.round.programme.team_id, user__role=Role.LEAD)
    return list(leads.values_list("user", flat=True))


def _to_be_closed(duty: Duty, by: User) -> tuple[Duty, bool]:
    locked(person_id=duty.person_id, shift_id=duty.shift_id)
    duty = Duty.objects.select_related("shift__round__programme", "grant").get(pk=duty.pk)
    if not access.can_close_handover(by, duty):
        raise NotAllowed
    if duty.closed_at and duty.closed_by_id != by.pk:
        raise ClosedAlready
    if not duty.closed_at and duty.state not in (Duty.State.ACTIVE, Duty.State.HANDING_OVER):
        raise Refused(_("There is nothing to hand over: the duty does not run."))
    return duty, duty.closed_at is not None


def _closed(duty: Duty, kind: DutyEvent.Kind, *, by: User, at: datetime) -> Duty:
    duty.closed_by, duty.closed_at = by, at
    duty.save(update_fields=["closed_by", "closed_at", "is_waived"])
    DutyEvent.objects.create(duty=duty, kind=kind, actor=by, at=at)
    _complete(duty, at)
    return duty


def _complete(duty: Duty, at: datetime) -> None:
    """Both are done. The duty lets its right go, whose last window is over."""
    if duty.state != Duty.State.HANDING_OVER or duty.closed_at is None or duty.returned_at is None:
        return
    duty.state, duty.ended_at, duty.grant = Duty.State.COMPLETED, at, None
    duty.save(update_fields=["state", "ended_at", "grant"])
    DutyEvent.objects.create(duty=duty, kind=DutyEvent.Kind.COMPLETED, actor=duty.closed_by, at=at)
