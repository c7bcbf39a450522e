"""Random worlds: the query, the answer for one loaded ticket and a plain reading of the rule agree on everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import AT, make_queue, make_team
from tickets import access
from tickets.models import Draft, Event, Grant, GrantWindow, Membership, Message, Queue, Role, Share, Ticket, User

pytestmark = pytest.mark.django_db

PEOPLE, TICKETS, QUEUES, TEAMS = 5, 4, 3, 2
CHANNELS = ("email", "chat")
GRACE = timedelta(minutes=10)

minutes = st.sampled_from([-30, -12, -10, -9, -1, 0, 1, 9, 10, 12, 30])
person = st.integers(0, PEOPLE - 1)
ticket = st.integers(0, TICKETS - 1)


@dataclass(frozen=True)
class PlannedGrant:
    holder: int
    queues: frozenset[int]
    channels: frozenset[str]
    windows: tuple[tuple[int, int], ...]
    mentors: frozenset[int]
    is_revoked: bool


@dataclass(frozen=True)
class PlannedTicket:
    queue: int
    channel: str
    requester: int
    assignee: int | None
    removed_as: str


@dataclass(frozen=True)
class Plan:
    roles: list[str]
    active: list[bool]
    memberships: frozenset[tuple[int, int]]
    owners: list[int]
    grants: list[PlannedGrant]
    tickets: list[PlannedTicket]
    shares: frozenset[tuple[int, int]]
    drafts: frozenset[tuple[int, int]]


window = st.tuples(minutes, minutes).filter(lambda span: span[0] < span[1])
plans = st.builds(
    Plan,
    roles=st.lists(st.sampled_from([*Role.values, "colleague"]), min_size=PEOPLE, max_size=PEOPLE),
    active=st.lists(st.sampled_from([True, True, True, False]), min_size=PEOPLE, max_size=PEOPLE),
    memberships=st.frozensets(st.tuples(person, st.integers(0, TEAMS - 1)), max_size=4),
    owners=st.lists(st.integers(0, TEAMS - 1), min_size=QUEUES, max_size=QUEUES),
    grants=st.lists(
        st.builds(
            PlannedGrant,
            holder=person,
            queues=st.frozensets(st.integers(0, QUEUES - 1), max_size=2),
            channels=st.frozensets(st.sampled_from(CHANNELS), min_size=1),
            windows=st.lists(window, max_size=2).map(tuple),
            mentors=st.frozensets(person, max_size=2),
            is_revoked=st.sampled_from([False, False, True]),
        ),
        max_size=4,
    ),
    tickets=st.lists(
        st.builds(
            PlannedTicket,
            queue=st.integers(0, QUEUES - 1),
            channel=st.sampled_from(CHANNELS),
            requester=person,
            assignee=st.none() | person,
            removed_as=st.sampled_from(["", "", "spam", "merged"]),
        ),
        min_size=TICKETS,
        max_size=TICKETS,
    ),
    shares=st.frozensets(st.tuples(ticket, person), max_size=2),
    drafts=st.frozensets(st.tuples(ticket, person), max_size=4),
)


# The rule of the permission table, read out plainly


def covers(grant: PlannedGrant, ticket: PlannedTicket) -> bool:
    return ticket.queue in grant.queues and ticket.channel in grant.channels


def is_inside(grant: PlannedGrant, at: int) -> bool:
    return not grant.is_revoked and any(start <= at < end for start, end in grant.windows)


def over_at(grant: PlannedGrant) -> int | None:
    return max((end for _, end in grant.windows), default=None)


def lasts(grant: PlannedGrant, at: int) -> bool:
    """Until the grace after the last window is over."""
    end = over_at(grant)
    return not grant.is_revoked and end is not None and at < end + 10


def should_work(plan: Plan, who: int, number: int, at: int) -> bool:
    role, ticket = plan.roles[who], plan.tickets[number]
    if not plan.active[who] or role == Role.REQUESTER:
        return False
    if role == Role.ADMIN:
        return True
    if role in (Role.AGENT, Role.LEAD):
        if (who, plan.owners[ticket.queue]) in plan.memberships:
            return True
        for grant in plan.grants:
            if who in grant.mentors and grant.holder != who and grant.holder == ticket.assignee and lasts(grant, at):
                return True
    own = [grant for grant in plan.grants if grant.holder == who and covers(grant, ticket)]
    if any(is_inside(grant, at) for grant in own):
        return True
    is_writing = ticket.assignee == who and (number, who) in plan.drafts
    return (
        role == Role.COLLEAGUE
        and is_writing
        and any(lasts(grant, at) and (end := over_at(grant)) is not None and end <= at for grant in own)
    )


def should_see(plan: Plan, who: int, number: int, at: int) -> bool:
    if not plan.active[who]:
        return False
    ticket = plan.tickets[number]
    is_own = ticket.requester == who or (number, who) in plan.shares
    return should_work(plan, who, number, at) or (is_own and ticket.removed_as not in ("spam", "deleted"))


# The same world in the database


def build(plan: Plan) -> tuple[list[User], list[Ticket]]:
    teams = [make_team() for _ in range(TEAMS)]
    queues = [make_queue(teams[owner]) for owner in plan.owners]
    people = User.objects.bulk_create(
        User(name=f"P{index}", email=f"p{index}@w.example", role=role, is_active=active)
        for index, (role, active) in enumerate(zip(plan.roles, plan.active, strict=True))
    )
    Membership.objects.bulk_create(Membership(user=people[who], team=teams[team]) for who, team in plan.memberships)
    tickets = Ticket.objects.bulk_create(_row(planned, queues, people) for planned in plan.tickets)
    for planned in plan.grants:
        grant = Grant.objects.create(
            user=people[planned.holder],
            channels=sorted(planned.channels),
            revoked_at=AT if planned.is_revoked else None,
        )
        grant.queues.set([queues[index] for index in planned.queues])
        grant.mentors.set([people[index] for index in planned.mentors])
        GrantWindow.objects.bulk_create(
            GrantWindow(grant=grant, starts_at=moment(start), ends_at=moment(end)) for start, end in planned.windows
        )
    Share.objects.bulk_create(
        Share(ticket=tickets[number], user=people[who], added_at=AT) for number, who in plan.shares
    )
    Draft.objects.bulk_create(
        Draft(ticket=tickets[number], author=people[who], text="…", saved_at=AT) for number, who in plan.drafts
    )
    Message.objects.bulk_create(
        Message(ticket=each, kind=kind, state=state, channel="email", text="…", at=AT)
        for each in tickets
        for kind, state in (("public", "sent"), ("note", "sent"), ("public", "review"))
    )
    Event.objects.bulk_create(Event(ticket=each, kind="opened", at=AT) for each in tickets)
    return people, tickets


def _row(planned: PlannedTicket, queues: list[Queue], people: list[User]) -> Ticket:
    return Ticket(
        subject="S",
        queue=queues[planned.queue],
        channel=planned.channel,
        requester=people[planned.requester],
        assignee=None if planned.assignee is None else people[planned.assignee],
        removed_as=planned.removed_as,
        opened_at=AT,
        updated_at=AT,
    )


def moment(minute: int) -> datetime:
    return AT + timedelta(minutes=minute)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans, at=minutes)
def test_query_answer_and_rule_agree_on_everybody(plan: Plan, at: int) -> None:
    now = moment(at)
    with transaction.atomic():
        people, tickets = build(plan)
        for who, made in enumerate(people):
            user = User.objects.get(pk=made.pk)
            workable = {number for number in range(TICKETS) if should_work(plan, who, number, at)}
            visible = {number for number in range(TICKETS) if should_see(plan, who, number, at)}
            index = {each.pk: number for number, each in enumerate(tickets)}

            worked = {index[pk] for pk in Ticket.objects.worked_by(user, now).values_list("pk", flat=True)}
            seen = {index[pk] for pk in Ticket.objects.visible_to(user, now).values_list("pk", flat=True)}
            answered = {number for number, each in enumerate(tickets) if access.can_work(user, each, now)}
            served = {number for number, each in enumerate(tickets) if access.can_serve(user, each, now)}
            messages = list(Message.objects.visible_to(user, now))
            internal = [each for each in messages if each.is_note or each.state != "sent"]
            events = set(Event.objects.visible_to(user, now).values_list("ticket", flat=True))

            assert worked == answered == workable
            assert seen == visible
            assert served <= workable
            assert {index[each.ticket_id] for each in messages} == visible
            assert {index[each.ticket_id] for each in internal} == workable
            assert {index[pk] for pk in events} == workable
        transaction.set_rollback(True)
