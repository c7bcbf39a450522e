"""The tags a desk uses: suggested while typing, and listed for whoever keeps them tidy."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Func, QuerySet, TextField

from tickets.models import Role, Tag, Ticket, User
from tickets.models.ticket import has_tag

SUGGESTED = 10
TICKETS_READ = 1500
"""The newest that a person works: theirs are the tags that are suggested."""
COUNTED_TO = 10_000


def tags(beginning: str = "") -> QuerySet[Tag]:
    """Tags that begin like this, those included that are being renamed."""
    return Tag.objects.filter(name__startswith=beginning.strip().removeprefix("#").lower())


def suggested(beginning: str, user: User, at: datetime) -> list[str]:
    """The first tags in the alphabet that begin like this and that the person may know of."""
    lasting = tags(beginning).filter(becomes__isnull=True)
    if user.role != Role.ADMIN:
        lasting = lasting.filter(name__in=in_sight(user, at))
    return list(lasting.order_by("name").values_list("name", flat=True)[:SUGGESTED])


def in_sight(user: User, at: datetime) -> list[str]:
    """Tags of the tickets that the person works. A tag's name may say what a foreign ticket is about, so nobody but
    admins, who work them all, is told of others."""
    worked = Ticket.objects.worked_by(user, at)
    newest = list(worked.order_by("-pk").values_list("pk", flat=True)[:TICKETS_READ])
    tagged = worked.filter(pk__in=newest).exclude(tags=[]).annotate(tag=_Unnested("tags"))
    return sorted(tagged.order_by().values_list("tag", flat=True).distinct())


class _Unnested(Func):
    function = "unnest"
    output_field = TextField()
    set_returning = True


def exists(name: str) -> bool:
    return Tag.objects.filter(name=name).exists()


def count_of(tag: Tag) -> int:
    """How many tickets carry it, removed ones included, counted to COUNTED_TO. For those who keep the tags."""
    return Ticket.objects.filter(has_tag(tag.name)).order_by()[:COUNTED_TO].count()
