"""Setting queues up: adding, changing, ordering them, and the addresses whose mail lands in them.

What the mail of a queue is like (signature, language) is set with the mail (`mail_settings`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.core.cache import cache
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tickets import access
from tickets.actions import auditing
from tickets.actions.assigning import hand_back_lost
from tickets.actions.errors import NotAllowed
from tickets.actions.mail_settings import WrongSettings
from tickets.actions.unused import require_unused
from tickets.models import Queue, QueueAddress, Role, Team, Ticket, User


class QueueSettings(TypedDict):
    """``addresses``: whose mail lands here; the queue's own mail leaves from the first."""

    name: str
    team: Team
    assignment: str
    assignment_cap: int
    closes_after_days: int
    addresses: Sequence[str]


@transaction.atomic
def add(*, by: User, at: datetime, **settings: Unpack[QueueSettings]) -> Queue:
    """A new queue, the last in the order. Raises `NotAllowed`, `WrongSettings`."""
    _require_rights(by)
    _one_at_a_time()
    last = Queue.objects.aggregate(last=Max("position"))["last"] or 0
    queue = Queue(position=last + 1, slug=_free_slug(settings["name"]))
    _store(queue, settings)
    auditing.record_change(queue, before=None, by=by, at=at, **_addresses_told(queue))
    return queue


@transaction.atomic
def change(*, queue: Queue, by: User, at: datetime, **settings: Unpack[QueueSettings]) -> Queue:
    """Where another team takes over, tickets in hands that cannot open them any more go back into the queue.

    Raises `NotAllowed`, `WrongSettings`.
    """
    _require_rights(by)
    _one_at_a_time()
    queue = Queue.objects.select_for_update().get(pk=queue.pk)
    before, had_team = auditing.told(queue, **_addresses_told(queue)), queue.team_id
    _store(queue, settings)
    auditing.record_change(queue, before=before, by=by, at=at, **_addresses_told(queue))
    if queue.team_id != had_team:
        hand_back_lost(Ticket.objects.filter(queue=queue, assignee__role__in=[Role.AGENT, Role.LEAD]), by=by, at=at)
    return queue


@transaction.atomic
def move(*, queue: Queue, by: User, is_up: bool, at: datetime) -> None:
    """One place up or down among all queues; at the end it stays. Raises `NotAllowed`."""
    _require_rights(by)
    rows = list(Queue.objects.select_for_update(no_key=True).order_by("position", "id"))
    place = next(index for index, each in enumerate(rows) if each.pk == queue.pk)
    moved = rows.pop(place)
    before = auditing.told(moved) | {"position": place + 1}
    rows.insert(max(0, place - 1) if is_up else place + 1, moved)
    for position, each in enumerate(rows, start=1):
        each.position = position
    Queue.objects.bulk_update(rows, ["position"])
    auditing.record_change(moved, before=before, by=by, at=at)
    cache.delete("desks")


@transaction.atomic
def remove(*, queue: Queue, by: User, at: datetime) -> None:
    """Delete one that was never used, with its addresses. Raises `NotAllowed`, `InUse`."""
    _require_rights(by)
    row = Queue.objects.select_for_update().get(pk=queue.pk)
    require_unused(row)
    auditing.record_removal(row, by=by, at=at, **_addresses_told(row))
    row.delete()
    cache.delete("desks")


def _require_rights(by: User) -> None:
    if not access.can_change_setup(by):
        raise NotAllowed(_("Only administrators change how the desk is set up."))


def _one_at_a_time() -> None:
    """Names and addresses are unique: two who save at once wait for each other and hear it in a sentence."""
    list(Queue.objects.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def _store(queue: Queue, settings: QueueSettings) -> None:
    given: dict[str, Any] = dict(settings)
    addresses = _clean(given.pop("addresses"))
    for name, value in given.items():
        setattr(queue, name, value)
    errors = {} if settings["assignment_cap"] > 0 else {"assignment_cap": _("Write how many, at least 1.")}
    if settings["closes_after_days"] < 1:
        errors["closes_after_days"] = _("Write how many days, at least 1.")
    try:
        queue.full_clean()
    except ValidationError as error:
        for name, sentences in error.message_dict.items():
            errors.setdefault("" if name == NON_FIELD_ERRORS else name, " ".join(sentences))
    if wrong := _wrong_address(queue, addresses):
        errors["addresses"] = wrong
    if errors:
        raise WrongSettings(errors)
    queue.save()
    _store_addresses(queue, addresses)
    cache.delete("desks")


def _clean(addresses: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(each.strip().lower() for each in addresses if each.strip()))


def _wrong_address(queue: Queue, addresses: list[str]) -> str:
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError:
            return _("%(address)s is no mail address.") % {"address": address}
    taken = QueueAddress.objects.filter(address__in=addresses).exclude(queue=queue.pk).select_related("queue").first()
    if taken is None:
        return ""
    return _("%(address)s belongs to the queue %(queue)s already.") % {"address": taken.address, "queue": taken.queue}


def _store_addresses(queue: Queue, addresses: list[str]) -> None:
    """Rows that stay keep their numbers. The old sender steps back first: there may be none, but never two."""
    queue.addresses.exclude(address__in=addresses).delete()
    kept = set(queue.addresses.values_list("address", flat=True))
    queue.addresses.filter(is_sender=True).exclude(address__in=addresses[:1]).update(is_sender=False)
    for address in addresses:
        if address not in kept:
            QueueAddress.objects.create(queue=queue, address=address)
    queue.addresses.filter(address__in=addresses[:1], is_sender=False).update(is_sender=True)


def _addresses_told(queue: Queue) -> dict[str, Any]:
    rows = list(queue.addresses.order_by("address").values_list("address", "is_sender")) if queue.pk else []
    sender = next((address for address, is_sender in rows if is_sender), None)
    return {"addresses": [address for address, _is_sender in rows], "is_sender": sender}


def _free_slug(name: str) -> str:
    """What searches call the queue, made of its name: faktury, faktury-2."""
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L"))
    wanted = slugify(plain)[:40].strip("-") or "queue"
    taken = set(Queue.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(each for each in numbered if each not in taken)
