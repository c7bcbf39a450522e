"""The tags a desk uses: suggested while typing, and listed for whoever keeps them tidy."""

from __future__ import annotations

from django.db.models import QuerySet

from tickets.models import Tag, Ticket
from tickets.models.ticket import has_tag

SUGGESTED = 10
COUNTED_TO = 10_000


def tags(beginning: str = "") -> QuerySet[Tag]:
    """Tags that begin like this, those included that are being renamed."""
    return Tag.objects.filter(name__startswith=beginning.strip().removeprefix("#").lower())


def suggested(beginning: str) -> list[str]:
    """The first tags in the alphabet that begin like this."""
    lasting = tags(beginning).filter(becomes__isnull=True)
    return list(lasting.order_by("name").values_list("name", flat=True)[:SUGGESTED])


def exists(name: str) -> bool:
    return Tag.objects.filter(name=name).exists()


def count_of(tag: Tag) -> int:
    """How many tickets carry it, removed ones included, counted to COUNTED_TO. For those who keep the tags."""
    return Ticket.objects.filter(has_tag(tag.name)).order_by()[:COUNTED_TO].count()
