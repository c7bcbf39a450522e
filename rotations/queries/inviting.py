"""Who can be invited to a round, who has been, and what came of it. Counts alone: nobody is shown to have said no."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from rotations.models import Invitation, Round, SignUp
from tickets.models import Role, User

AGAIN_AFTER = timedelta(days=1)
"""Nobody is written to twice within this."""


@dataclass(frozen=True)
class Department:
    number: int
    """0 for people of none."""
    name: str
    people: list[User]


@dataclass(frozen=True)
class Preview:
    """Whom a choice reaches, and whom of it not."""

    people: list[User]
    invited: int
    signed_up: int
    without_address: int


@dataclass(frozen=True)
class Progress:
    invited: int
    waiting: int
    """Mails that are still to be written."""
    unreachable: int
    """Written to, but the address takes no mail at the moment."""
    opened: int
    signed_up: int
    """Everybody who has, also without an invitation."""
    declined: int
    unanswered: int
    may_remind: int
    """Of the unanswered those who may be written to again now."""

    @property
    def done(self) -> int:
        return self.invited - self.waiting

    @property
    def share(self) -> int:
        """Of the mails that are written, in steps of 5 %."""
        return 5 * (20 * self.done // self.invited) if self.invited else 100


def is_open(of: Round, at: datetime) -> bool:
    return of.state == Round.State.SIGNUP and of.signup_ends_at > at


def eligible() -> QuerySet[User]:
    """Whoever may have a turn: `access.can_volunteer` as a question to the database."""
    return User.objects.filter(role=Role.COLLEAGUE, is_active=True).order_by("sort_key", "id")


def departments() -> list[Department]:
    """All who are eligible, by department. One statement."""
    found: dict[tuple[str, int], Department] = {}
    for person in eligible().select_related("organisation"):
        of = person.organisation
        key = (of.sort_key, of.pk) if of else ("\U0010ffff", 0)
        found.setdefault(key, Department(key[1], str(of or ""), [])).people.append(person)
    return [found[key] for key in sorted(found)]


def preview(of: Round, people: Collection[User]) -> Preview:
    """Two statements."""
    numbers = [each.pk for each in people]
    invited = set(Invitation.objects.filter(round=of, person__in=numbers).values_list("person", flat=True))
    answered = set(SignUp.objects.filter(round=of, person__in=numbers).values_list("person", flat=True))
    rest = [each for each in people if each.pk not in invited | answered]
    return Preview(
        people=[each for each in rest if each.email],
        invited=len(invited - answered),
        signed_up=len(answered),
        without_address=sum(not each.email for each in rest),
    )


def progress(of: Round, at: datetime) -> Progress:
    """Two statements."""
    said = SignUp.objects.filter(round=of, person=OuterRef("person"))
    rows = Invitation.objects.filter(round=of).annotate(
        has_signed_up=Exists(said.filter(withdrawn_at=None)), has_left=Exists(said.exclude(withdrawn_at=None))
    )
    silent = Q(has_signed_up=False, has_left=False, declined_at=None)
    counts = rows.aggregate(
        invited=Count("pk"),
        waiting=Count("pk", filter=Q(is_waiting=True)),
        unreachable=Count("pk", filter=Q(is_waiting=False, mailed_at=None)),
        opened=Count("pk", filter=Q(opened_at__isnull=False)),
        declined=Count("pk", filter=Q(has_signed_up=False) & (Q(has_left=True) | Q(declined_at__isnull=False))),
        unanswered=Count("pk", filter=silent),
        may_remind=Count("pk", filter=silent & may_be_reminded(at)),
    )
    return Progress(signed_up=SignUp.objects.filter(round=of, withdrawn_at=None).count(), **counts)


def may_be_reminded(at: datetime) -> Q:
    return Q(is_waiting=False) & (Q(mailed_at=None) | Q(mailed_at__lte=at - AGAIN_AFTER))


def unanswered(of: Round) -> QuerySet[Invitation]:
    """Neither a sign-up, left or not, nor a no."""
    said = SignUp.objects.filter(round=OuterRef("round"), person=OuterRef("person"))
    return Invitation.objects.filter(~Exists(said), round=of, declined_at=None)


def invitation_of(person: User, of: Round) -> Invitation | None:
    return Invitation.objects.filter(round=of, person=person).first()


def to_mail() -> list[int]:
    """Invitations whose mail is still to be written. One statement, by its own index."""
    return list(Invitation.objects.filter(is_waiting=True).order_by("id").values_list("pk", flat=True)[:500])
