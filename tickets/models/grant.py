"""Time-bound rights and presence: what rotations write into the kernel and visibility, taking and assignment read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Exists, F, Max, OuterRef, Q

from tickets.models.channel import Channel
from tickets.models.people import User
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
    after, also between the days of the mentee's duty and in its grace.
    """

    scopes: tuple[Scope, ...]
    grace: tuple[Scope, ...]
    mentee_ids: frozenset[int]


def rights_of(user: User, at: datetime) -> Rights:
    """The grants of ``user``, own and mentored, as they act at ``at``. One query per user object and moment.

    A grant is in grace when its last window ended, not by withdrawal, less than GRACE before ``at``.
    """
    remembered: dict[datetime, Rights] = user.__dict__.setdefault("_rights", {})
    if at not in remembered:
        inside = Q(windows__starts_at__lte=at, windows__ends_at__gt=at)
        mentored = Grant.mentors.through.objects.filter(grant=OuterRef("pk"), user=user)
        grants: list[Any] = list(
            Grant.objects.unfinished(at)
            .filter(Q(user=user) | Exists(mentored))
            .annotate(
                is_inside=Count("windows", filter=inside),
                queue_list=ArrayAgg("queues", filter=Q(queues__isnull=False), distinct=True, default=[]),
            )
        )
        own = [grant for grant in grants if grant.user_id == user.pk]
        remembered[at] = Rights(
            scopes=tuple(_scope(grant, grant.queue_list) for grant in own if grant.is_inside),
            grace=tuple(_scope(grant, grant.queue_list) for grant in own if grant.over_at <= at),
            mentee_ids=frozenset(grant.user_id for grant in grants if grant.user_id != user.pk),
        )
    return remembered[at]


def _scope(grant: Grant, queue_ids: list[int]) -> Scope:
    return Scope(
        grant_id=grant.pk,
        channels=frozenset(grant.channels),
        queue_ids=frozenset(queue_ids),
        cap=grant.cap,
        chat_cap=grant.chat_cap,
        is_reviewed=grant.is_reviewed,
    )


def scopes_of(user: User, at: datetime) -> tuple[Scope, ...]:
    return rights_of(user, at).scopes


def mentees_of(user: User, at: datetime) -> frozenset[int]:
    return rights_of(user, at).mentee_ids


def grace_of(user: User, at: datetime) -> tuple[Scope, ...]:
    return rights_of(user, at).grace


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
