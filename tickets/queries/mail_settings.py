"""How mail comes in and leaves, for those who manage it."""

from __future__ import annotations

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from tickets.models import Mailbox, MailSender, Queue


def mailboxes() -> list[Mailbox]:
    """All of them with their queues; one statement."""
    return list(Mailbox.objects.select_related("queue").order_by("name", "id"))


def mailbox(number: int) -> Mailbox:
    """Raises `Mailbox.DoesNotExist`."""
    return Mailbox.objects.select_related("queue").get(pk=number)


def queues_with_senders() -> list[Queue]:
    """All queues in their order with ``senders`` and ``addresses``; three statements."""
    senders = Prefetch("senders", MailSender.objects.order_by("position", "id"))
    return list(Queue.objects.prefetch_related(senders, "addresses").order_by("position", "id"))


def queue(number: int) -> Queue:
    """With its addresses. Raises `Queue.DoesNotExist`."""
    return Queue.objects.prefetch_related("addresses").get(pk=number)


def sender(number: int) -> MailSender:
    """One of a queue's, with its ``stand_in``. Raises `MailSender.DoesNotExist`."""
    rows = MailSender.objects.select_related("queue").filter(queue__isnull=False)
    return with_stand_in(rows).get(pk=number)


def with_stand_in(senders: QuerySet[MailSender]) -> QuerySet[MailSender]:
    """Each with ``stand_in``: the name of the first other sender of its queue that works, None without one."""
    others = MailSender.objects.filter(queue=OuterRef("queue"), is_active=True, failing_since__isnull=True)
    others = others.exclude(pk=OuterRef("pk")).order_by("position", "id")
    return senders.annotate(stand_in=Subquery(others.values("name")[:1]))


def site_sender() -> MailSender | None:
    """What the outbox knows of the site's own server; None while it never failed."""
    return MailSender.objects.filter(queue__isnull=True).first()
