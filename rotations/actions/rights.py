"""What a confirmed duty lets its holder do, written into the kernel, and taken away at once when it ends."""

from __future__ import annotations

from datetime import datetime

from rotations.actions import presence
from rotations.models import Duty
from rotations.queries.fitting import unsigned
from rotations.timeline import Day
from tickets.actions import assigning, facts
from tickets.models import Ticket


def give_rights(duty: Duty, *, at: datetime) -> None:
    """The duty's channels in the programme's queues, inside its days. The holder's row is locked by the caller."""
    programme = duty.shift.round.programme
    duty.grant = facts.store_grant(
        user=duty.person,
        channels=valid_channels(duty),
        queues=programme.queues.all(),
        windows=duty.days.filter(is_live=True).order_by("starts_at").values_list("starts_at", "ends_at"),
        mentors=[each for each in (duty.mentor, duty.deputy) if each is not None],
        cap=programme.cap,
        chat_cap=programme.chat_cap,
        is_reviewed=programme.is_reviewed,
    )
    duty.save(update_fields=["grant"])
    presence.write_presence(person_id=duty.person_id, at=at)


def valid_channels(duty: Duty) -> list[str]:
    """What of the duty's channels the person may answer on each of the days that they have."""
    days = [Day(each.starts_at, each.ends_at, each.day) for each in duty.days.filter(is_live=True)]
    missing = unsigned(duty.person, duty.channels, duty.shift.round.programme, days) if days else set()
    return [each for each in duty.channels if each not in missing]


def narrow_rights(duty: Duty, *, at: datetime) -> None:
    """The rights as the person's qualifications are now; what they have in hand of a channel that is gone goes back."""
    lost = set(duty.grant.channels) - set(valid_channels(duty)) if duty.grant is not None else set()
    queues = list(duty.grant.queues.all()) if duty.grant is not None else []
    renew_rights(duty, at=at)
    in_hand = Ticket.objects.unsolved().filter(assignee=duty.person_id, channel__in=lost, queue__in=queues)
    for ticket in in_hand.order_by("pk"):
        assigning.assign(ticket=ticket, to=None, by=None, at=at)


def renew_rights(duty: Duty, *, at: datetime) -> None:
    """Other days than before: what the person has in hand stays there."""
    if duty.grant is not None:
        facts.revoke_grant(duty.grant, at=at)
    give_rights(duty, at=at)


def take_rights(duty: Duty, *, at: datetime) -> None:
    """Nothing is readable any more from ``at`` on, and what the person has in hand by this duty goes back to its queue.
    No grace: that is for duties which end by themselves."""
    if duty.grant is None:
        return
    grant, duty.grant = duty.grant, None
    duty.save(update_fields=["grant"])
    facts.revoke_grant(grant, at=at)
    in_hand = Ticket.objects.unsolved().filter(
        assignee=duty.person_id, channel__in=grant.channels, queue__in=grant.queues.values("pk")
    )
    for ticket in in_hand.order_by("pk"):
        assigning.assign(ticket=ticket, to=None, by=None, at=at)
    presence.write_presence(person_id=duty.person_id, at=at)
