"""Time-bound rights and presence: what rotations write into the kernel and visibility, taking and assignment read."""

from __future__ import annotations

from collections.abc import Hashable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Max, Q

from helpdesk.lib import prepared
from tickets.models.channel import Channel
from tickets.models.people import Role, User
from tickets.models.queue import Queue

GRACE = timedelta(minutes=10)
"""How long after a duty's last window a ticket with an own open draft stays answerable (DESIGN §4)."""


class GrantQuerySet(models.QuerySet["Grant"]):
    def live(self) -> GrantQuerySet:
        return self.filter(revoked_at__isnull=True)

    def unfinished(self, at: datetime) -> GrantQuerySet:
        """Not revoked, with a window still to come or running, or the last one ended less than GRACE before ``at``."""
        return self.live().annotate(over_at=Max("windows__ends_at")).filter(over_at__gt=at - GRACE)


class Grant(models.Model):
    """The right of one person to work tickets of some channels and queues inside some windows of time."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    channels = ArrayField(models.CharField(max_length=12, choices=Channel.choices))
    queues = models.ManyToManyField(Queue, related_name="grants")
    mentors = models.ManyToManyField(User, related_name="mentored_grants", blank=True)
    cap = models.PositiveSmallIntegerField(default=5, help_text="Most tickets in hand at once.")
    chat_cap = models.PositiveSmallIntegerField(default=2, help_text="Most chats in hand at once.")
    is_reviewed = models.BooleanField(default=True, help_text="Replies wait for a mentor before they leave.")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user} ({', '.join(self.channels)})"


class GrantWindow(models.Model):
    grant = models.ForeignKey(Grant, models.CASCADE, related_name="windows")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="grant_window_is_forward")]
        indexes = [models.Index(fields=["grant", "starts_at", "ends_at"], name="grant_window_by_time")]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}-{self.ends_at:%H:%M}"


@dataclass(frozen=True)
class Scope:
    """What one active grant lets its holder work at a moment."""

    grant_id: int
    channels: frozenset[str]
    queue_ids: frozenset[int]
    cap: int
    chat_cap: int
    is_reviewed: bool

    def holds(self, *, channel: str, queue_id: int) -> bool:
        return channel in self.channels and queue_id in self.queue_ids


@dataclass(frozen=True)
class Rights:
    """What grants give a person at a moment.

    ``scopes`` to work in; ``grace`` of duties just over, to finish what one is writing; ``mentee_ids``: whom they look
    after, also between the days of the mentee's duty and in its grace; ``consulted``: the tickets on which they are
    asked or named, to read and to note on (`models.consultation`).
    """

    scopes: tuple[Scope, ...]
    grace: tuple[Scope, ...]
    mentee_ids: frozenset[int]
    consulted: frozenset[int] = frozenset()


# `GrantQuerySet.unfinished` with what hangs on each grant, and beside each the tickets the person is consulted on: one
# row at least. Every page asks it: the ORM spends ten times as long on it.
_GRANTS = """
    with consulted as (
        select array(select distinct ticket_id from tickets_consulted
                      where person_id = %(user)s and (until is null or until > %(at)s)) as tickets
    ), unfinished as (
    select g.id, g.user_id, bool_or(w.starts_at <= %(at)s and w.ends_at > %(at)s) as is_inside,
           max(w.ends_at) as over_at, g.channels,
           array(select q.queue_id from tickets_grant_queues q where q.grant_id = g.id) as queues,
           g.cap, g.chat_cap, g.is_reviewed
      from tickets_grant g join tickets_grantwindow w on w.grant_id = g.id
     where g.revoked_at is null
       and (g.user_id = %(user)s
            or g.id in (select m.grant_id from tickets_grant_mentors m where m.user_id = %(user)s))
     group by g.id having max(w.ends_at) > %(ended_after)s
    )
    select consulted.tickets, unfinished.* from consulted left join unfinished on true order by unfinished.id
"""


def rights_of(user: User, at: datetime) -> Rights:
    """The grants of ``user``, own and mentored, as they act at ``at``. One query per user object and moment.

    A grant is in grace when its last window ended, not by withdrawal, less than GRACE before ``at``.
    """
    remembered: dict[datetime, Rights] = user.__dict__.setdefault("_rights", {})
    if at not in remembered:
        rows = prepared.written(_GRANTS, {"user": user.pk, "at": at, "ended_after": at - GRACE})
        grants = [row[1:] for row in rows if row[1] is not None]
        own = [
            (Scope(pk, frozenset(channels), frozenset(queues), *caps), is_inside, over_at)
            for pk, holder, is_inside, over_at, channels, queues, *caps in grants
            if holder == user.pk
        ]
        remembered[at] = Rights(
            scopes=tuple(scope for scope, is_inside, over_at in own if is_inside),
            grace=tuple(scope for scope, is_inside, over_at in own if over_at <= at),
            mentee_ids=frozenset(holder for _, holder, *_ in grants if holder != user.pk),
            consulted=frozenset(rows[0][0]),
        )
    return remembered[at]


def scopes_of(user: User, at: datetime) -> tuple[Scope, ...]:
    return rights_of(user, at).scopes


def mentees_of(user: User, at: datetime) -> frozenset[int]:
    return rights_of(user, at).mentee_ids


def grace_of(user: User, at: datetime) -> tuple[Scope, ...]:
    return rights_of(user, at).grace


def consulted_on(user: User, at: datetime) -> frozenset[int]:
    """The tickets on which the person is asked or named, until a day after that ended. Nothing for requesters."""
    return rights_of(user, at).consulted if user.role != Role.REQUESTER else frozenset()


def rights_key(user: User, at: datetime) -> tuple[Hashable, ...]:
    """All that `TicketQuerySet.worked_by` and `visible_to` read of a person: equal keys, equal statements."""
    if user.role == Role.ADMIN:
        return user.pk, user.role, user.is_active
    return user.pk, user.role, user.is_active, user.queue_ids if user.is_support else None, rights_of(user, at)


def shared_rights_key(user: User, at: datetime) -> Hashable:
    """The same for all whose rights are alike: for statements built with `numbered`, and the number as a value."""
    return rights_key(user, at)[1:]


def numbered(user: User, number: int) -> User:
    """Somebody of another number with the rights of this person, who has been asked for their `rights_key`."""
    other = copy(user)
    other.pk = number
    return other


def mentors_of(user_id: int, at: datetime) -> frozenset[int]:
    """Who looks after this person at ``at``: the other side of ``mentees_of``."""
    grants = Grant.objects.unfinished(at).filter(user=user_id)
    mentoring = Grant.mentors.through.objects.filter(grant__in=grants.values("pk"))
    return frozenset(mentoring.values_list("user_id", flat=True)) - {user_id}


class Presence(models.Model):
    """A span in which a person is at work. Written from above; read by the lamp, assignment and "mentors asked"."""

    user = models.ForeignKey(User, models.CASCADE, related_name="presences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="presence_is_forward")]
        indexes = [models.Index(fields=["ends_at", "starts_at"], name="presence_by_time")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.starts_at:%Y-%m-%d %H:%M}-{self.ends_at:%H:%M}"
