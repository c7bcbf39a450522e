"""The desk's own fields, as pages and the API name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.cache import cache
from django.db.models import Q

from tickets.models import CustomField

KEPT_S = 10


@dataclass(frozen=True, slots=True)
class Field:
    pk: int
    key: str
    label: str
    type: str
    choices: tuple[str, ...]
    queue_ids: frozenset[int]
    """Where tickets have it; empty for everywhere."""
    is_required_to_solve: bool
    is_active: bool

    def is_on(self, queue_id: int) -> bool:
        """The rule of ``CustomField.objects.on`` for one loaded field."""
        return self.is_active and (not self.queue_ids or queue_id in self.queue_ids)


def custom_fields() -> tuple[Field, ...]:
    """All fields in their order, also those out of use: old tickets have values. One statement, kept for KEPT_S."""
    kept: tuple[Field, ...] | None = cache.get("custom_fields")
    if kept is None:
        queues = ArrayAgg("queues", filter=Q(queues__isnull=False), default=[])
        rows: list[Any] = list(CustomField.objects.annotate(queue_ids=queues).order_by("position", "id"))
        kept = tuple(_field(row, row.queue_ids) for row in rows)
        cache.set("custom_fields", kept, KEPT_S)
    return kept


def _field(row: CustomField, queue_ids: list[int]) -> Field:
    return Field(
        pk=row.pk,
        key=row.key,
        label=row.label,
        type=row.type,
        choices=tuple(row.choices),
        queue_ids=frozenset(queue_ids),
        is_required_to_solve=row.is_required_to_solve,
        is_active=row.is_active,
    )
