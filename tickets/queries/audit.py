"""The audit, for those who may read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from helpdesk.lib.pagination import Page, keyset_page
from tickets.models import AuditEntry, User

PAGE_SIZE = 50
MOST_PEOPLE = 50


@dataclass(frozen=True)
class Words:
    """How another app's settings are told: what they are called, translated when it is shown, and a value in the
    language of its reader."""

    labels: Mapping[str, Any]
    in_words: Callable[[str, Any], Any]


_words: dict[str, Words] = {}


def register(kind: str, words: Words) -> None:
    """Each app once for each of its kinds of settings, when it is ready."""
    _words[kind] = words


def words_of(kind: str) -> Words | None:
    return _words.get(kind)


@dataclass(frozen=True)
class Asked:
    """What of the audit is asked for; ``since`` (included) and ``until`` (not included) are aware."""

    person: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


def entries(asked: Asked, *, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[AuditEntry]:
    """One page of lines, the latest first. Raises `helpdesk.lib.pagination.BadCursor`."""
    found = AuditEntry.objects.select_related("actor")
    if asked.person:
        found = found.filter(actor__in=_people(asked.person))
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.since:
        found = found.filter(at__gte=asked.since)
    if asked.until:
        found = found.filter(at__lt=asked.until)
    return keyset_page(found, by=("-at", "-id"), size=size, cursor=cursor)


def _people(words: str) -> list[int]:
    """Whom the words may mean, among those who did anything that the audit tells of."""
    named = User.objects.filter(Q(name__icontains=words) | Q(email__icontains=words))
    acted = named.filter(Exists(AuditEntry.objects.filter(actor=OuterRef("pk"))))
    return list(acted.order_by("pk").values_list("pk", flat=True)[:MOST_PEOPLE])
