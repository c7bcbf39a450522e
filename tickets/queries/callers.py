"""Who is on the phone: people the reader may see, by number, address or name, and what is known of them at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Count, Exists, F, Func, OuterRef, Q, QuerySet, Value, When, Window

from tickets import phone_numbers, walk_up_line
from tickets.contact import mask_name
from tickets.models import CallDraft, PersonAddress, PersonNumber, Role, Ticket, User
from tickets.models.ticket import UNSOLVED

SHOWN = 6
SOMEBODY_NEW = 0
"""Chosen in place of a person's number."""
BY_NUMBER, BY_ADDRESS, BY_NAME, CHOSEN = range(4)


@dataclass(frozen=True)
class Candidate:
    person: User
    found_by: int
    shows_contact: bool

    @property
    def pk(self) -> int:
        return self.person.pk

    @property
    def name(self) -> str:
        return str(self.person) if self.shows_contact else mask_name(str(self.person))

    @property
    def unit(self) -> str:
        return self.person.organisation.name if self.person.organisation else ""

    @property
    def numbers(self) -> list[str]:
        return [number for number in [self.person.phone, *getattr(self.person, "other_numbers", [])] if number]

    def has_number(self, number: str) -> bool:
        return any(phone_numbers.are_one(number, each) for each in self.numbers)


@dataclass(frozen=True)
class Found:
    """``who`` is None for somebody new, and while several may be meant."""

    candidates: Sequence[Candidate]
    who: Candidate | None
    is_new: bool
    is_asked: bool = True
    """Whether enough is typed to look for anybody."""

    @property
    def is_unsure(self) -> bool:
        return self.who is None and bool(self.candidates) and not self.is_new


def find(
    user: User, *, at: datetime, number: str = "", email: str = "", name: str = "", chosen: int | None = None
) -> Found:
    """Who may be meant. ``chosen`` is the person somebody pointed at, `SOMEBODY_NEW` for none of these. One statement.

    Of people whose contact data is not the reader's to see, a number or an address finds only who has it whole: letter
    by letter it would tell what is masked.
    """
    conditions = _conditions(number=number, email=email, name=name)
    if chosen:
        conditions.append((CHOSEN, Q(pk=chosen)))
    if not conditions:
        return Found((), None, is_new=True, is_asked=False)
    either = Q(pk__in=[])
    for _rank, condition in conditions:
        either |= condition
    rank = Case(*(When(condition, then=Value(each)) for each, condition in conditions), default=Value(CHOSEN))
    rows = _people(user, at).filter(either).annotate(rank=rank).order_by("rank", "sort_key", "pk")[:SHOWN]
    found = [Candidate(row, row.rank, user.role == Role.ADMIN or row.in_team) for row in rows]
    if chosen == SOMEBODY_NEW:
        return Found(found, None, is_new=True)
    who = next((each for each in found if each.pk == chosen), None) or _surely(found, number)
    return Found(found, who, is_new=not found)


def _surely(found: list[Candidate], number: str) -> Candidate | None:
    """The only one with the whole number, else the only one with the address."""
    if phone_numbers.is_whole(number) or not number:
        for rank in (BY_NUMBER, BY_ADDRESS):
            of_rank = [each for each in found if each.found_by == rank]
            if of_rank:
                return of_rank[0] if len(of_rank) == 1 else None
    return None


def _conditions(*, number: str, email: str, name: str) -> list[tuple[int, Q]]:
    conditions = []
    seen = Q() if phone_numbers.is_whole(number) else Q(sees_contact=True)
    if phone_numbers.can_be_found(number):
        digits = phone_numbers.significant(number)
        others = PersonNumber.objects.alias(digits=_digits("number")).filter(
            person=OuterRef("pk"), digits__contains=digits
        )
        conditions.append((BY_NUMBER, seen & (Q(phone_digits__contains=digits) | Q(Exists(others)))))
    if "@" in email:
        spelled = User.spellings(email)
        addresses = PersonAddress.objects.filter(person=OuterRef("pk"), address__in=spelled)
        begun = Q(sees_contact=True, email__startswith=User.clean_email(email) or "@")
        conditions.append((BY_ADDRESS, Q(email__in=spelled) | Q(Exists(addresses)) | begun))
    words = [word for word in walk_up_line.tokens(name.split()[:4]) if len(word) > 1]
    if words:
        named = Q()
        for word in words:
            named &= Q(plain_name__contains=f" {word}")
        conditions.append((BY_NAME, named))
    return conditions


def _digits(field: str) -> Func:
    return Func(F(field), function="phone_digits", output_field=CharField())


def _people(user: User, at: datetime) -> QuerySet[Any]:
    """Active people in sight: everybody who works here, and requesters of the tickets that ``user`` works."""
    worked = Ticket.objects.worked_by(user, at).filter(requester=OuterRef("pk")).order_by()
    queues = sorted(user.queue_ids) if user.is_support else []
    people = User.objects.filter(is_active=True, merged_into=None).annotate(
        in_team=Exists(worked.filter(queue_id__in=queues)) if queues else Value(False),
        other_numbers=ArraySubquery(PersonNumber.objects.filter(person=OuterRef("pk")).order_by("pk").values("number")),
        plain_name=Func(F("name"), function="walk_up_name", output_field=CharField()),
        phone_digits=_digits("phone"),
    )
    if user.role == Role.ADMIN:
        return people.annotate(sees_contact=Value(True)).select_related("organisation")
    people = people.filter(~Q(role=Role.REQUESTER) | Q(Exists(worked)))
    return people.annotate(sees_contact=F("in_team")).select_related("organisation")


@dataclass(frozen=True)
class History:
    """Tickets the reader works: the caller's, open ones first, and open ones of others in their organisation."""

    own: Sequence[Any]
    open_count: int
    count: int
    of_others: Sequence[Any]
    others_count: int


NONE = History((), 0, 0, (), 0)


def history_of(person: User, user: User, *, at: datetime) -> History:
    """Two statements, one where the person has no organisation."""
    worked = Ticket.objects.worked_by(user, at).present()
    is_open = Case(When(status__in=UNSOLVED, then=Value(0)), default=Value(1))
    own: list[Any] = list(
        worked.filter(requester=person)
        .annotate(
            is_over=is_open,
            number=Window(Count("pk")),
            number_open=Window(Count("pk", filter=Q(status__in=UNSOLVED))),
        )
        .order_by("is_over", "-id")[:SHOWN]
    )
    of_others: list[Any] = []
    if person.organisation_id:
        others = worked.filter(organisation=person.organisation_id, status__in=UNSOLVED).exclude(requester=person)
        of_others = list(others.select_related("requester").annotate(number=Window(Count("pk"))).order_by("-id")[:3])
    return History(
        own=own,
        open_count=own[0].number_open if own else 0,
        count=own[0].number if own else 0,
        of_others=of_others,
        others_count=of_others[0].number if of_others else 0,
    )


def drafts_of(user: User) -> QuerySet[CallDraft]:
    """Calls the person has begun and not logged, the newest first."""
    return CallDraft.objects.filter(agent=user).order_by("-saved_at", "-pk")
