"""What must hold of every desk the demo makes, the Monday morning and the half year of `--tickets` alike."""

import re

from django.db.models import Count, F, OuterRef, Q, Subquery

from rotations.models import DutyDay
from sla import queries
from sla.actions import reconciling
from sla.models import Clock, Flag, Notice, Standing
from tests.conftest import MONDAY_8_00 as NOW
from tickets import access
from tickets.models import (
    Attachment,
    Draft,
    DueState,
    Event,
    Kind,
    Message,
    Notification,
    Outbox,
    Role,
    Status,
    Tag,
    Ticket,
    User,
)
from tickets.models.ticket import UNSOLVED

LEFT_OVER = re.compile(r"\{|\}|\[[^\]]*\||<\w+\|")


def columns_agree_with_messages_and_events() -> None:
    replies = Message.objects.filter(ticket=OuterRef("pk"), kind="public", is_from_requester=False).order_by("at", "id")
    last = Event.objects.filter(ticket=OuterRef("pk")).order_by("-at", "-id")
    opened = Event.objects.filter(ticket=OuterRef("pk"), kind=Kind.OPENED)
    tickets = Ticket.objects.present().annotate(
        answered_at=Subquery(replies.values("at")[:1]),
        last_at=Subquery(last.exclude(kind=Kind.DELIVERY_FAILED).values("at")[:1]),
        began_at=Subquery(opened.values("at")[:1]),
    )
    raises = Count("events", filter=~Q(events__kind__in=[Kind.NOTED, Kind.ASKED, Kind.ANSWERED, Kind.DELIVERY_FAILED]))

    assert not tickets.exclude(Q(first_reply_at=F("answered_at")) | Q(first_reply_at=None, answered_at=None)).exists()
    assert not tickets.exclude(updated_at=F("last_at")).exists()
    assert not tickets.exclude(opened_at=F("began_at")).exists()
    assert not Ticket.objects.annotate(raises=raises).exclude(version=F("raises")).exists()
    assert not Ticket.objects.exclude(organisation=F("requester__organisation")).exists()
    assert not tickets.filter(status=Status.NEW, first_reply_at__isnull=False).exists()
    answerable = Ticket.objects.filter(status=Status.OPEN, requester__email__isnull=False)
    assert not answerable.filter(assignee=None, first_reply_at=None).exists()


def every_property_is_the_last_that_an_event_gave() -> None:
    status = dict.fromkeys(Ticket.objects.values_list("pk", flat=True), "new")
    assignee: dict[int, int | None] = dict.fromkeys(status)
    queue = dict(Ticket.objects.values_list("pk", "queue"))
    moved = {}
    tags: dict[int, list[str]] = {number: [] for number in status}
    fields: dict[int, dict[str, str]] = {number: {} for number in status}
    for ticket, data in Event.objects.order_by("id").values_list("ticket", "data"):
        if "status" in data:
            assert data["status"][0] == status[ticket]
            status[ticket] = data["status"][1]
        if "assignee" in data:
            assert data["assignee"][0] == assignee[ticket]
            assignee[ticket] = data["assignee"][1]
        if "queue" in data:
            moved[ticket] = data["queue"][1]
        if "tags" in data:
            assert data["tags"][0] == tags[ticket]
            tags[ticket] = data["tags"][1]
        if "field" in data:
            assert data["value"][0] == fields[ticket].get(data["field"], "")
            fields[ticket][data["field"]] = data["value"][1]

    assert status == dict(Ticket.objects.values_list("pk", "status"))
    assert assignee == dict(Ticket.objects.values_list("pk", "assignee"))
    assert tags == dict(Ticket.objects.values_list("pk", "tags"))
    assert fields == dict(Ticket.objects.values_list("pk", "fields"))
    assert sum(map(bool, tags.values())) > 0.3 * len(tags)
    assert set(Tag.objects.values_list("name", flat=True)) == {tag for each in tags.values() for tag in each}
    assert moved.items() <= queue.items()


def whoever_has_a_ticket_may_work_it() -> None:
    people_by_pk = {user.pk: user for user in User.objects.filter(role__in=[Role.AGENT, Role.LEAD, Role.COLLEAGUE])}
    held = Ticket.objects.filter(assignee__isnull=False).only("assignee_id", "queue_id", "channel")
    # What a guest solved during a duty stays under their name.
    by_guests = held.filter(assignee__role=Role.COLLEAGUE).exclude(status__in=UNSOLVED)
    held = held.exclude(pk__in=by_guests.values("pk"))

    assert held.exists()
    for ticket in by_guests.exclude(solved_at=None):
        assert any(
            day.starts_at <= ticket.solved_at < day.ends_at  # type: ignore[operator]
            for day in DutyDay.objects.filter(holder=ticket.assignee_id, is_live=True)
        )
    assert all(access.can_be_assignee(people_by_pk[ticket.assignee_id], ticket, NOW) for ticket in held)  # type: ignore[index]


def the_facts_about_promises_are_whole() -> None:
    backlog = Ticket.objects.unsolved()
    running = backlog.filter(sla_state=DueState.RUNNING)

    assert set(running.values_list("status", flat=True)) == {Status.NEW, Status.OPEN}
    assert set(backlog.filter(status__in=[Status.WAITING, Status.ON_HOLD]).values_list("sla_state", flat=True)) == {
        DueState.PAUSED
    }
    assert not running.filter(
        Q(due_at=None) | Q(sla_since=None) | Q(sla_target_s=None) | Q(sla_metric="") | Q(sla_since__gt=NOW)
    ).exists()
    assert not running.filter(sla_metric="first_response", first_reply_at__isnull=False).exists()
    assert not running.filter(due_at__lt=NOW, breached_at=None).exists()
    assert not backlog.filter(status=Status.ON_HOLD, hold_reason="").exists()


def every_clock_is_what_the_events_give() -> None:
    """Of each status some tickets are read again; of the others what can be told by one statement."""
    assert Standing.objects.count() == Ticket.objects.count()
    assert not Standing.objects.exclude(status=F("ticket__status")).exists()
    assert not Clock.objects.filter(next_at__lt=NOW).exists()
    assert Notice.objects.count() == Flag.objects.count() > 0
    assert not Flag.objects.exclude(ticket=F("clock__ticket")).exists()
    for status in Status.values:
        numbers = Ticket.objects.filter(status=status).order_by("-pk").values_list("pk", flat=True)
        for number in [*numbers[:12], *numbers[len(numbers) // 2 :][:12]]:
            assert reconciling.reconcile(number, at=NOW, fixes=False) == []
    # New work is promised by the same policies: what is there would get the one that it has.
    for standing in Standing.objects.select_related("ticket").order_by("-pk")[:40]:
        policy, hours, priority = standing.policy_version_id, standing.calendar_version_id, standing.priority
        assert queries.fitting_version(standing.ticket, NOW) == (policy, hours)
        assert standing.ticket.priority == priority


def no_text_has_an_unfilled_slot() -> None:
    texts = [
        *Message.objects.values_list("text", flat=True),
        *Ticket.objects.values_list("subject", flat=True),
        *Ticket.objects.values_list("hold_reason", flat=True),
        *Attachment.objects.values_list("name", flat=True),
    ]

    assert [text for text in texts if LEFT_OVER.search(text)] == []
    assert all(text.strip() for text in Message.objects.values_list("text", flat=True))


def nothing_happened_after_monday_eight_o_clock() -> None:
    assert not Ticket.objects.filter(Q(opened_at__gte=NOW) | Q(updated_at__gte=NOW)).exists()
    assert not Message.objects.filter(at__gte=NOW).exists()
    assert not Event.objects.filter(at__gte=NOW).exists()
    assert not Outbox.objects.filter(created_at__gte=NOW).exists()
    assert not Notification.objects.filter(Q(created_at__gte=NOW) | Q(read_at__gte=NOW)).exists()
    assert not User.objects.filter(created_at__gte=NOW).exists()
    assert not Draft.objects.filter(saved_at__gte=NOW).exists()
