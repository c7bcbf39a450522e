"""Renaming, merging and deleting a tag on every ticket that carries it, in batches, by a task."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from tickets import access, events
from tickets.actions import auditing
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.tagging import normal_tag
from tickets.models import Event, Kind, Tag, Ticket, User
from tickets.models.ticket import has_tag

BATCH = 500


class SameName(Refused):
    message = _("It has this name already.")


@transaction.atomic
def rename_everywhere(*, tag: Tag, to: str, by: User, at: datetime) -> Tag:
    """Ask for the tag to become another on every ticket; an existing one takes it in. ``to`` empty takes it off.

    The task does it (`next_batch`); what is asked for last holds. Raises `NotAllowed`, `NotATag`, `SameName`.
    """
    if not access.can_manage_tags(by):
        raise NotAllowed
    tag = Tag.objects.select_for_update(no_key=True).get(pk=tag.pk)
    name = normal_tag(to) if to.strip() else ""
    if name == tag.name:
        raise SameName
    tag.becomes = name
    tag.save(update_fields=["becomes"])
    action = auditing.Action.CHANGED if name else auditing.Action.REMOVED
    renamed = {"name": [tag.name, name or None]}
    auditing.record_audit(action=action, kind=auditing.Kind.TAG, by=by, at=at, of=tag, data=renamed)
    return tag


@transaction.atomic
def next_batch(*, tag_id: int, at: datetime, size: int = BATCH) -> bool:
    """Change the next tickets that carry the tag. Returns whether there may be more; the last run ends the tag itself.

    Nobody is told and nothing else follows from it: every ticket says the same as before in another word. Its history
    and its version say what changed.
    """
    tag = Tag.objects.select_for_update(no_key=True).filter(pk=tag_id, becomes__isnull=False).first()
    if tag is None:
        return False
    carrying = Ticket.objects.filter(has_tag(tag.name)).order_by("pk").select_for_update(no_key=True)
    tickets = list(carrying.only("pk", "tags")[:size])
    if tag.becomes:
        Tag.objects.get_or_create(name=tag.becomes)
    if not tickets:
        tag.delete()
        return False
    happened = []
    for ticket in tickets:
        before = ticket.tags
        ticket.tags = sorted({*before, *([tag.becomes] if tag.becomes else [])} - {tag.name})
        ticket.version = F("version") + 1
        data = {"tags": [before, ticket.tags], "everywhere": True}
        happened.append(Event(ticket=ticket, kind=Kind.TAGS_CHANGED, at=at, data=data))
    Ticket.objects.bulk_update(tickets, ["tags", "version"])
    events.record_silently(happened)
    return True
