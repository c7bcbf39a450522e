"""Days of duty change hands: given away or swapped, each with the consent of whoever has them and whoever gets them.

Locks: both people by number, both shifts by number, the request. Nothing is decided before all are held.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations import access
from rotations.actions import mailing, telling
from rotations.actions.locking import locked_all
from rotations.actions.placing import give_offers_back
from rotations.actions.rights import give_rights, renew_rights, take_rights
from rotations.models import CoverRequest, Duty, DutyDay, DutyEvent, Shift
from rotations.queries import covering as queries
from rotations.queries.fitting import SENTENCES, Why
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User

State, Kind = CoverRequest.State, DutyEvent.Kind


class CannotBeTaken(Refused):
    """``why`` are all the reasons; the text is the first one's sentence."""

    def __init__(self, why: list[Why]) -> None:
        self.why = why
        super().__init__(SENTENCES[why[0]])


class AlreadyAnswered(Refused):
    message = _("Somebody has answered already, or it was taken back. Look again.")


@transaction.atomic
def ask_cover(
    *, duty: Duty, days: Collection[int], kind: str, by: User, at: datetime, to: User | None = None
) -> CoverRequest:
    """Look for somebody for these days (numbers of duty days), everybody or ``to`` alone. Also on behalf of the person,
    by a mentor of theirs or a planner. Nothing changes hands by this. Raises `NotAllowed`, `Refused`."""
    _people, shifts = locked_all(people=[duty.person_id], shifts=[duty.shift_id])
    duty = _locked_duties([duty.pk], shifts)[duty.pk]
    if not can_ask(by, duty):
        raise NotAllowed(_("Only the person whose duty it is may answer."))
    giving = [each for each in queries.days_to_give(duty, at) if each.pk in set(days)]
    if duty.state not in queries.GIVEN or not giving or len(giving) != len(set(days)):
        raise Refused(_("Choose days that have not begun."))
    if to is not None and (to.pk == duty.person_id or not access.can_volunteer(to)):
        raise Refused(SENTENCES[Why.NOT_A_COLLEAGUE])
    if queries.standing(at).filter(duty=duty, days__in=giving).exists():
        raise Refused(_("You look for somebody for one of these days already. Take that back first."))
    made = CoverRequest.objects.create(duty=duty, kind=kind, to=to, asked_by=by, asked_at=at)
    made.days.set(giving)
    if to is not None:
        mailing.tell_of_cover(to, made, mailing.Cover.ASKED, at)
    return made


def can_ask(by: User, duty: Duty) -> bool:
    """One's own; on behalf a mentor of the duty, or who plans."""
    if by.pk == duty.person_id:
        return access.can_volunteer(by)
    is_mentor = by.pk in (duty.mentor_id, duty.deputy_id) and access.can_mentor(by, duty.shift.round.programme)
    return is_mentor or access.can_plan(by, duty.shift.round.programme)


def can_take_back(by: User, request: CoverRequest) -> bool:
    """Whoever may ask; not who has left, whose days these are no longer."""
    if request.is_left_over and by.pk == request.duty.person_id:
        return False
    return can_ask(by, request.duty)


@transaction.atomic
def take_cover(*, request: CoverRequest, by: User, at: datetime, offered: Duty | None = None) -> CoverRequest:
    """Say yes. What is given away is the taker's from now on; for a swap they offer a duty of their own, and the giver
    has the last word. Raises `NotAllowed`, `AlreadyAnswered`, `CannotBeTaken`, `Refused`."""
    is_swap = request.kind == CoverRequest.Kind.SWAP
    if is_swap and (offered is None or offered.person_id != by.pk):
        raise Refused(_("Choose the duty that you give in return."))
    request, people = _locked(request, by, offered if is_swap else None)
    giver, taker = people[request.duty.person_id], people[by.pk]
    is_own = taker.pk == giver.pk and not request.is_left_over  # who left may come back for a day
    if is_own or (request.to_id is not None and request.to_id != taker.pk):
        raise NotAllowed(_("Somebody else is asked here."))
    if request.state != State.OPEN or not queries.standing(at).filter(pk=request.pk).exists():
        raise AlreadyAnswered
    request.taker, request.taken_at = taker, at
    if not is_swap:
        _require_free(request.duty, list(request.days.all()), taker, at)
        request.became = _moved(request.duty, list(request.days.order_by("starts_at")), taker, at)
        request.state = State.APPLIED
        request.save()
        if request.is_left_over:
            telling.tell_of_taken_day(request, at=at)
        else:
            mailing.tell_of_cover(giver, request, mailing.Cover.TAKEN, at)
        return request
    assert request.offered is not None
    _check_swap(request, giver, taker, at)
    request.state = State.PENDING
    request.save()
    mailing.tell_of_cover(giver, request, mailing.Cover.OFFERED, at)
    return request


@transaction.atomic
def agree(*, request: CoverRequest, offered: Duty, by: User, at: datetime) -> CoverRequest:
    """The giver takes the duty that is offered in return, the one they saw: both change hands at once. Raises
    `NotAllowed`, `AlreadyAnswered`, `CannotBeTaken`."""
    if request.duty.person_id != by.pk:
        raise NotAllowed(_("Only the person whose duty it is may answer."))
    request, people = _locked(request, by, offered)
    if request.state != State.PENDING or request.offered_id != offered.pk:
        raise AlreadyAnswered
    if not queries.standing(at).filter(pk=request.pk).exists():
        raise AlreadyAnswered
    assert request.taker_id is not None
    assert request.offered is not None
    giver, taker = people[request.duty.person_id], people[request.taker_id]
    mine, theirs = _check_swap(request, giver, taker, at)
    _let_go([*mine, *theirs])
    request.became = _moved(request.duty, mine, taker, at, are_let_go=True)
    request.returned = _moved(request.offered, theirs, giver, at, are_let_go=True)
    request.state = State.APPLIED
    request.save()
    mailing.tell_of_cover(taker, request, mailing.Cover.AGREED, at)
    return request


@transaction.atomic
def turn_down(*, request: CoverRequest, by: User, at: datetime) -> CoverRequest:
    """The giver does not want that duty, or whoever offered it changes their mind: others may offer one."""
    request, _people = _locked(request, by, request.offered)
    if by.pk not in (request.duty.person_id, request.taker_id):
        raise NotAllowed
    if request.state != State.PENDING:
        raise AlreadyAnswered
    request.state, request.taker, request.taken_at, request.offered = State.OPEN, None, None, None
    request.save()
    return request


@transaction.atomic
def take_back(*, request: CoverRequest, by: User, at: datetime) -> CoverRequest:
    """Nobody is looked for any more. Raises `NotAllowed`, `AlreadyAnswered`."""
    request, _people = _locked(request, by, request.offered)
    if not can_take_back(by, request):
        raise NotAllowed
    if request.state == State.TAKEN_BACK:
        return request
    if State.TAKEN_BACK not in CoverRequest.STEPS[State(request.state)]:
        raise AlreadyAnswered
    request.state, request.ended_at = State.TAKEN_BACK, at
    request.save(update_fields=["state", "ended_at"])
    return request


@transaction.atomic
def undo(*, request: CoverRequest, by: User, at: datetime) -> CoverRequest:
    """Everything as it was before, when both have said so and no day has begun: nobody gets a duty back, or loses one,
    without an act of their own. Raises `NotAllowed`, `AlreadyAnswered`, `CannotBeTaken`."""
    request, people = _locked(request, by, request.offered)
    assert request.taker_id is not None or request.state in (State.OPEN, State.TAKEN_BACK)
    if by.pk not in (request.duty.person_id, request.taker_id):
        raise NotAllowed
    if request.state != State.APPLIED or request.is_left_over:
        raise AlreadyAnswered
    if request.undo_asked_by_id in (None, by.pk):
        request.undo_asked_by = by
        request.save(update_fields=["undo_asked_by"])
        return request
    assert request.taker_id is not None
    assert request.became is not None
    giver, taker = people[request.duty.person_id], people[request.taker_id]
    dates = set(request.days.values_list("day", flat=True))
    back = [each for each in queries.days_to_give(request.became, at) if each.day in dates]
    if request.became.state not in queries.GIVEN or len(back) != len(dates):
        raise Refused(_("It is too late for that: one of the days has begun, or somebody else has it now."))
    theirs: list[DutyDay] = []
    if request.returned is not None:
        assert request.offered is not None
        given = set(request.offered.days.values_list("day", flat=True))
        theirs = [each for each in queries.days_to_give(request.returned, at) if each.day in given]
        if request.returned.state not in queries.GIVEN or not theirs:
            raise Refused(_("It is too late for that: one of the days has begun, or somebody else has it now."))
        _require_free(request.returned, theirs, taker, at, leaving=back)
    _require_free(request.became, back, giver, at, leaving=theirs)
    _let_go([*back, *theirs])
    _moved(request.became, back, giver, at, are_let_go=True)
    if request.returned is not None:
        _moved(request.returned, theirs, taker, at, are_let_go=True)
    request.state, request.ended_at = State.UNDONE, at
    request.save(update_fields=["state", "ended_at"])
    return request


def _locked(request: CoverRequest, by: User, offered: Duty | None) -> tuple[CoverRequest, dict[int, User]]:
    """The request as it is now, its duties with their shifts, and both people."""
    duties = [each for each in (request.duty, offered) if each is not None]
    people = {each.person_id for each in duties} | {by.pk} | ({request.taker_id} - {None})
    found, shifts = locked_all(
        people=[each for each in people if each is not None], shifts=[each.shift_id for each in duties]
    )
    rows = CoverRequest.objects.select_for_update(of=("self",), no_key=True)
    now = rows.get(pk=request.pk)
    if now.taker_id is not None and now.taker_id not in found:
        raise AlreadyAnswered  # by somebody whose row is not locked
    numbers = [now.duty_id, now.became_id, now.returned_id, offered.pk if offered is not None else now.offered_id]
    held = _locked_duties([each for each in numbers if each is not None], shifts)
    now.duty = held[now.duty_id]
    if offered is not None and now.offered_id in (None, offered.pk):
        now.offered = held[offered.pk]
    if now.became_id is not None:
        now.became = held[now.became_id]
    if now.returned_id is not None:
        now.returned = held[now.returned_id]
    return now, found


def _locked_duties(numbers: Collection[int], shifts: dict[int, Shift]) -> dict[int, Duty]:
    rows = Duty.objects.select_for_update(of=("self",), no_key=True).select_related(
        "person", "grant", "mentor", "deputy"
    )
    found = {each.pk: each for each in rows.filter(pk__in=numbers).order_by("pk")}
    for each in found.values():
        if each.shift_id in shifts:
            each.shift = shifts[each.shift_id]
    return found


def _require_free(
    duty: Duty, days: list[DutyDay], taker: User, at: datetime, *, leaving: Collection[DutyDay] = ()
) -> None:
    why = queries.obstacles_of_days(duty, days, taker, at, leaving=leaving)
    if why:
        raise CannotBeTaken(why)


def _check_swap(request: CoverRequest, giver: User, taker: User, at: datetime) -> tuple[list[DutyDay], list[DutyDay]]:
    """The days of both, if each may have the other's."""
    offered = request.offered
    assert offered is not None
    mine, theirs = list(request.days.order_by("starts_at")), queries.days_to_give(offered, at)
    if offered.state != Duty.State.CONFIRMED or offered.person_id != taker.pk or not theirs:
        raise Refused(_("The duty that is offered in return does not stand any more."))
    _require_free(request.duty, mine, taker, at, leaving=theirs)
    _require_free(offered, theirs, giver, at, leaving=mine)
    return mine, theirs


def _let_go(days: Collection[DutyDay]) -> None:
    DutyDay.objects.filter(pk__in=[each.pk for each in days]).update(is_live=False)


def _moved(giving: Duty, days: list[DutyDay], taker: User, at: datetime, *, are_let_go: bool = False) -> Duty:
    """The days are the taker's, on the same seat; the duty that holds them now. Everybody concerned has agreed, and all
    is locked."""
    giving.refresh_from_db(fields=["state", "grant"])  # of a swap on one seat the first half has changed it
    if not are_let_go:
        _let_go(days)
    channels = queries.taken_channels(giving, taker, days)
    told = [each.day.isoformat() for each in days]
    if giving.is_live:
        _lessened(giving, told, taker, at)
    taking = Duty.objects.filter(shift=giving.shift_id, person=taker, state__in=queries.GIVEN).first()
    if taking is not None:
        taking.shift, taking.person = giving.shift, taker
        for day in days:
            own = {"starts_at": day.starts_at, "ends_at": day.ends_at, "holder": taker, "is_live": True}
            DutyDay.objects.update_or_create(duty=taking, day=day.day, defaults=own)
        renew_rights(taking, at=at)
        _record(taking, Kind.DAYS_CHANGED, taker, at, took=told)
        return taking
    give_offers_back({(giving.shift_id, taker.pk)})
    done = Duty.objects.filter(shift__round__programme=giving.shift.round.programme_id, person=taker)
    taking = Duty.objects.create(
        shift=giving.shift,
        person=taker,
        seat=giving.seat,
        part_of_id=giving.part_of_id or giving.pk,
        channels=sorted(channels),
        mentor=giving.mentor,
        deputy=giving.deputy,
        is_first=not done.filter(state=Duty.State.COMPLETED).exists(),
        state=Duty.State.CONFIRMED,
        placed_by=taker,
        placed_at=at,
        confirmed_by=taker,
        confirmed_at=at,
    )
    DutyDay.objects.bulk_create(
        DutyDay(duty=taking, day=each.day, starts_at=each.starts_at, ends_at=each.ends_at, holder=taker)
        for each in days
    )
    _record(taking, Kind.PLACED, taker, at, channels=taking.channels, seat=taking.seat, instead_of=giving.pk, took=told)
    give_rights(taking, at=at)
    _record(taking, Kind.CONFIRMED, taker, at)
    return taking


def _lessened(duty: Duty, told: list[str], taker: User, at: datetime) -> None:
    """Of whoever has none of the days any more the duty is covered; else it goes on with what is left."""
    if duty.days.filter(is_live=True).exists():
        renew_rights(duty, at=at)
        _record(duty, Kind.DAYS_CHANGED, duty.person, at, gave=told, to=taker.pk)
        return
    take_rights(duty, at=at)
    duty.state, duty.ended_at = Duty.State.COVERED, at
    duty.save(update_fields=["state", "ended_at"])
    _record(duty, Kind.COVERED, duty.person, at, gave=told, to=taker.pk)


def _record(duty: Duty, kind: DutyEvent.Kind, by: User | None, at: datetime, **data: object) -> None:
    DutyEvent.objects.create(duty=duty, kind=kind, actor=by, at=at, data=data)
