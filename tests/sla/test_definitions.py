# ruff: noqa: S608  (statements of the test itself)
"""Each number of the dashboard is that of a statement written from the definition which the page shows, on the demo's
desk. Nothing of `sla.figures` is used here but what is compared."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from helpdesk.demo import seed
from rotations.queries import windows
from sla.actions import tallying
from sla.figures import behind, outlook, reading
from sla.figures.reading import Past, Scope
from sla.models import Clock
from sla.views import dashboard
from tests.conftest import MONDAY_8_00 as NOW
from tests.factories import HOUR
from tickets.actions import changing, linking, removing
from tickets.models import GrantWindow, Role, Ticket, User
from tickets.models.ticket import UNSOLVED as UNSOLVED_ONES

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

FIRST = "timestamptz '2026-01-12 00:00 Europe/Warsaw'"
"""The Monday eight weeks before the one that runs."""
THIS = "timestamptz '2026-03-09 00:00 Europe/Warsaw'"


SIZE = seed.Size(
    unsolved=250, at_risk=50, overdue=20, waiting=30, on_hold=25, solved=500, requesters=160, firms=40,
    has_breakdown=False,
)  # fmt: skip


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        seed.fill(seed=3, size=SIZE)
        _stir()
        yield
        transaction.set_rollback(True)


def _stir() -> None:
    """What the demo has little of: a broken promise that is paused since, one with a longer target, spam that was
    answered, a ticket broken twice."""
    admin = User.objects.filter(role=Role.ADMIN)[0]
    late = Ticket.objects.filter(
        pk__in=Clock.objects.filter(state="running", due_at__lt=NOW).values("ticket"), status="open", removed_as=""
    ).order_by("pk")
    first, second, third = late[:3]
    changing.change_status(ticket=first, to="waiting", by=admin, at=NOW - timedelta(minutes=3))
    changing.change_priority(ticket=second, to=1, by=admin, at=NOW - timedelta(minutes=2))
    changing.change_status(ticket=third, to="solved", by=admin, at=NOW - timedelta(minutes=1))
    at_risk = Ticket.objects.filter(
        status__in=UNSOLVED_ONES, removed_as="", work_at__gt=NOW, work_at__lt=NOW + 3 * HOUR
    ).order_by("pk")
    ones = list(at_risk)
    for ticket, relation, other in (
        (ones[0], "child_of", first),
        (ones[5], "duplicate_of", first),
        (ones[9], "child_of", first),
        (ones[12], "child_of", second),  # nothing else waits on it
        (ones[13], "child_of", third),  # solved
        (ones[14], "child_of", third),
    ):
        linking.link(ticket=ticket, other=other, relation=relation, by=admin, at=NOW - timedelta(seconds=9))
    answered = Ticket.objects.filter(
        pk__in=Clock.objects.filter(state="met", due_at__lt=NOW - 48 * HOUR).values("ticket"),
        status="open",
        removed_as="",
    ).order_by("pk")
    removing.remove(ticket=answered[0], removed_as="spam", by=admin, at=NOW)


@pytest.fixture
def admin(desk: None, clock: Any) -> User:
    cache.clear()
    return User.objects.filter(role=Role.ADMIN)[0]


@pytest.fixture(params=["admin", "lead"])
def reader(request: Any, admin: User) -> User:
    if request.param == "admin":
        return admin
    return User.objects.filter(role=Role.LEAD).order_by("pk")[0]


@pytest.fixture
def scope(reader: User) -> Scope:
    return reading.scope_of(reader)


@pytest.fixture(params=["counted now", "kept sums"])
def past(request: Any, scope: Scope) -> Past:
    if request.param == "kept sums":
        tallying.count_all(at=NOW)
    return reading.past(scope, NOW)


def rows(statement: str, scope: Scope) -> list[tuple[Any, ...]]:
    queues = ", ".join(str(pk) for pk, _name in scope.queues)
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("QUEUES", f"({queues})").replace("NOW", f"timestamptz '{NOW.isoformat()}'"))
        return list(cursor.fetchall())


def number(statement: str, scope: Scope) -> int:
    return int(rows(statement, scope)[0][0] or 0)


# "Kept ÷ (kept + broken) of the promises that were due in the week; those still running past their time count as
# broken, and one that broke and is paused since counts when it broke. Spam and deleted tickets are left out."
JUDGED = f"""
    with judged as (
        select c.id, c.metric, c.state = 'met' as is_kept, t.queue_id, t.channel, t.priority, v.policy_id,
               case when c.state = 'paused' then c.breached_at else c.due_at end as judged_at
          from sla_clock c join tickets_ticket t on t.id = c.ticket_id
          join sla_policyversion v on v.id = c.policy_version_id
         where c.target_s > 0 and c.state not in ('cancelled', 'no_hours') and t.queue_id in QUEUES
           and t.removed_as <> 'spam' and t.removed_as <> 'deleted'
           and (c.state <> 'paused' or c.breached_at is not null)
    ), told as (
        select *, date_trunc('week', judged_at at time zone 'Europe/Warsaw')::date as week,
               extract(isodow from judged_at at time zone 'Europe/Warsaw')::int as day,
               extract(hour from judged_at at time zone 'Europe/Warsaw')::int as hour
          from judged where judged_at < NOW and judged_at >= {FIRST}
    )
"""


def share(statement: str, scope: Scope) -> dict[Any, tuple[int, int]]:
    return {key: (good, count) for key, good, count in rows(statement, scope)}


def as_pairs(shares: dict[Any, reading.Share]) -> dict[Any, tuple[int, int]]:
    return {key: (each.good, each.count) for key, each in shares.items()}


def test_there_is_enough_of_everything(scope: Scope) -> None:
    states = dict(rows(f"{JUDGED} select is_kept, count(*) from told group by 1", scope))
    assert states[True] > 50 and states[False] > 20
    assert number("select count(*) from sla_clock where state = 'paused' and breached_at is not null", scope)


def test_kept_promises_by_week(past: Past, scope: Scope) -> None:
    told = share(f"{JUDGED} select week, count(*) filter (where is_kept), count(*) from told group by 1", scope)

    assert as_pairs(past.by_week) == told
    whole = [pair for week, pair in told.items() if week < date(2026, 3, 9)]
    assert (past.kept.good, past.kept.count) == (sum(good for good, _ in whole), sum(count for _, count in whole))


@pytest.mark.parametrize(
    ("by", "column"),
    [
        ("queue", "queue_id::text"), ("policy", "policy_id::text"), ("channel", "channel"),
        ("priority", "priority::text"), ("metric", "metric"), ("hour", "day || '-' || lpad(hour::text, 2, '0')"),
    ],
)  # fmt: skip
def test_kept_promises_by_what_they_are_of(past: Past, scope: Scope, reader: User, by: str, column: str) -> None:
    of_whole_weeks = f"select {column}, count(*) filter (where is_kept), count(*) from told where judged_at < {THIS}"
    told = share(JUDGED + of_whole_weeks + " group by 1", scope)

    assert as_pairs(past.by[by]) == told
    for key, (good, count) in told.items():
        lists = {
            which: behind.promises(reader, scope, by=by, key=key, which=which, weeks=past.weeks[:-1], at=NOW).count()
            for which in ("broken", "kept", "all")
        }
        assert lists == {"broken": count - good, "kept": good, "all": count}, key


def test_few_cases_show_the_range_of_wilson(past: Past) -> None:
    few = [each for shares in past.by.values() for each in shares.values() if each.count < 30]
    assert few and all(each.is_few for each in few)
    for each in few:
        # The roots of (p - x)^2 = z^2 x (1 - x) / n.
        p, n, z = each.good / each.count, each.count, 1.959964
        a, b, c = 1 + z * z / n, -(2 * p + z * z / n), p * p
        root = math.sqrt(max(0.0, b * b - 4 * a * c))
        low, high = (-b - root) / (2 * a), (-b + root) / (2 * a)
        assert each.interval == pytest.approx((100 * low, 100 * high), abs=1e-6)


# "Begun minutes count whole; then two digits are kept, the rest is cut off. Half, or nine of ten, took no longer than
# the number."
def told_length(lengths_s: list[float]) -> tuple[int, int, int]:
    minutes = []
    for seconds in lengths_s:
        begun = math.ceil(seconds / 60)
        unit = 10 ** max(0, len(str(begun)) - 2)
        minutes.append(begun // unit * unit)
    minutes.sort()

    def within(part: float) -> int:
        return next(each for each in minutes if sum(other <= each for other in minutes) >= part * len(minutes))

    return len(minutes), within(0.5), within(0.9)


def test_first_replies(past: Past, scope: Scope, reader: User) -> None:
    """From the requester's words to the first reply of a person, told by the messages."""
    found = rows(
        f"""
        select t.id, extract(epoch from reply.at - t.opened_at), c.used_s
          from tickets_ticket t
          join lateral (select min(e.at) as at from tickets_event e
                         where e.ticket_id = t.id and e.kind = 'replied') reply on reply.at is not null
          join sla_clock c on c.ticket_id = t.id and c.metric = 'first_response' and c.state in ('met', 'missed')
         where t.opened_at >= {FIRST} and t.opened_at < {THIS} and t.removed_as = '' and t.queue_id in QUEUES
        """,
        scope,
    )

    wall, work = past.lengths["reply_wall"], past.lengths["reply_work"]
    assert (wall.count, wall.median, wall.p90) == told_length([float(each[1]) for each in found])
    assert (work.count, work.median, work.p90) == told_length([each[2] for each in found])
    listed = behind.tickets(reader, scope, of="reply", weeks=past.weeks[:-1], at=NOW)
    assert {each.pk for each in listed} == {each[0] for each in found}


def test_how_long_solving_takes(past: Past, scope: Scope, reader: User) -> None:
    found = rows(
        f"""
        select distinct on (t.id) t.id, extract(epoch from t.solved_at - c.started_at), c.used_s
          from tickets_ticket t join sla_clock c on c.ticket_id = t.id and c.metric = 'resolution'
         where t.solved_at >= {FIRST} and t.solved_at < {THIS} and t.removed_as = '' and t.queue_id in QUEUES
         order by t.id, c.cycle desc
        """,
        scope,
    )

    wall, work = past.lengths["solve_wall"], past.lengths["solve_work"]
    assert (wall.count, wall.median, wall.p90) == told_length([float(each[1]) for each in found])
    assert (work.count, work.median, work.p90) == told_length([each[2] for each in found])
    assert {each.pk for each in behind.tickets(reader, scope, of="solve", weeks=past.weeks[:-1], at=NOW)} == {
        each[0] for each in found
    }


def test_what_came_and_was_solved(past: Past, scope: Scope, reader: User) -> None:
    for column, by_week, of in (("opened_at", past.opened, "came"), ("solved_at", past.solved, "solved")):
        told = dict(
            rows(
                f"""
                select date_trunc('week', {column} at time zone 'Europe/Warsaw')::date, count(*) from tickets_ticket
                 where {column} >= {FIRST} and {column} < NOW and queue_id in QUEUES and removed_as = '' group by 1
                """,
                scope,
            )
        )
        assert by_week == told
        for week, count in told.items():
            assert behind.tickets(reader, scope, of=of, weeks=[week], at=NOW).count() == count


def test_solved_for_good_and_by_the_first_answer(past: Past, scope: Scope, reader: User) -> None:
    solved = f"""
        from tickets_ticket t
        left join lateral (select count(*) as answers from tickets_message m where m.ticket_id = t.id
            and m.kind = 'public' and m.state = 'sent' and m.automatic = '' and not m.is_from_requester) a on true
       where solved_at >= {FIRST} and solved_at < {THIS} and removed_as = '' and queue_id in QUEUES
    """
    again = """exists (select from tickets_event e where e.ticket_id = t.id and e.data -> 'status' ->> 0 = 'solved'
                 and e.data -> 'status' ->> 1 not in ('solved', 'closed'))"""

    stayed = rows(f"select count(*), count(*) filter (where not {again}) {solved}", scope)[0]
    first = rows(
        f"select count(*), count(*) filter (where answers = 1 and not {again}) {solved} and answers > 0", scope
    )[0]

    assert (past.stayed.count, past.stayed.good) == stayed
    assert (past.first_contact.count, past.first_contact.good) == first
    for of, (_count, good) in (("stayed", stayed), ("first_contact", first)):
        assert behind.tickets(reader, scope, of=of, weeks=past.weeks[:-1], at=NOW).count() == good


UNSOLVED = """
    from tickets_ticket t
    left join lateral (select min(c.due_at) as next_at from sla_clock c where c.ticket_id = t.id and c.state = 'running'
         and c.target_s is not null) ahead on true
   where t.removed_as = '' and t.status not in ('solved', 'closed') and t.queue_id in QUEUES
"""


def test_what_stands_now(scope: Scope, reader: User) -> None:
    pictures, _at = reading.ahead(reading.written(reader, NOW))
    total = dashboard.added(pictures.values())

    assert total.open == number(f"select count(*) {UNSOLVED}", scope) > 100
    assert total.overdue == number(f"select count(*) {UNSOLVED} and next_at < NOW", scope) > 0
    four_hours = "and next_at >= NOW and next_at < NOW + interval '4 hours'"
    assert total.at_risk == number(f"select count(*) {UNSOLVED} {four_hours}", scope) > 0
    assert dict(total.states) == dict(rows(f"select status, count(*) {UNSOLVED} group by 1", scope))
    assert sum(each.count for each in _risks(pictures, reader)) == total.at_risk
    assert behind.tickets(reader, scope, of="open", at=NOW).count() == total.open
    for status, count in total.states.items():
        assert behind.tickets(reader, scope, of="status", key=status, at=NOW).count() == count


def test_who_is_on_duty(scope: Scope, reader: User) -> None:
    """People whose hours or duty run at this moment; whoever is in several teams is one person."""
    pictures, _at = reading.ahead(reading.written(reader, NOW))
    queues, teams = (", ".join(str(pk) for pk, _name in each) for each in (scope.queues, scope.teams))
    people = {pk for (pk,) in rows(f"select user_id from tickets_membership where team_id in ({teams})", scope)}
    people |= {
        pk
        for (pk,) in rows(
            f"select g.user_id from tickets_grant g join tickets_grant_queues q on q.grant_id = g.id"
            f" where g.revoked_at is null and q.queue_id in ({queues})",
            scope,
        )
    }
    there = windows(None, NOW, NOW + HOUR)

    told = len({person for person in people if any(start <= NOW < end for start, end in there.get(person, []))})
    assert dashboard.added(pictures.values()).on_duty == told > 0
    if reader.role == Role.ADMIN:
        assert sum(each.on_duty for each in pictures.values()) > told  # some are in two teams


def test_why_it_is_at_risk(scope: Scope, reader: User) -> None:
    """The first cause that holds: it is part of an unsolved ticket, or its duplicate, and so is another; nobody is
    there for its channel before it is due; it is in the hands of one person who cannot keep all of them; else nobody
    has taken it, or there is time."""
    pictures, _at = reading.ahead(reading.written(reader, NOW))
    listed = {risk.key: risk for risk in _risks(pictures, reader)}
    tickets = rows(
        f"select t.id, (select q.team_id from tickets_queue q where q.id = t.queue_id), t.queue_id, t.channel,"
        f" t.assignee_id, next_at, (select coalesce(q.handling_s, 600) from tickets_queue q where q.id = t.queue_id)"
        f" {UNSOLVED}"
        f" and next_at >= NOW and next_at < NOW + interval '4 hours'",
        scope,
    )
    there = windows(None, NOW, NOW + 24 * HOUR)
    teams = dict(rows("select m.team_id, array_agg(m.user_id) from tickets_membership m group by 1", scope))
    told: dict[int, str] = {}
    waiting = dict(
        rows(
            """
            select waiting.id, min(problem.id) from tickets_ticket waiting, tickets_ticket problem
             where problem.status in ('new', 'open', 'waiting', 'on_hold') and problem.removed_as = ''
               and exists (select 1 from tickets_link l
                            where l.kind <> 'related' and waiting.id in (l.ticket_id, l.other_id)
                              and problem.id = case l.kind when 'parent' then l.ticket_id else l.other_id end)
               and problem.id <> waiting.id
               and waiting.status in ('new', 'open', 'waiting', 'on_hold') and waiting.removed_as = ''
             group by 1
            """,
            scope,
        )
    )
    for pk, team, queue, channel, assignee, due_at, _length in tickets:
        if list(waiting.values()).count(waiting.get(pk)) > 1:
            told[pk] = f"problem-{waiting[pk]}"
            continue
        at_work = [there[person][0][0] for person in teams[team] if there.get(person)]
        at_work += [
            max(starts, NOW)
            for starts, channels in GrantWindow.objects.filter(
                grant__queues__pk=queue, grant__revoked_at=None, starts_at__lt=NOW + 24 * HOUR, ends_at__gt=NOW
            ).values_list("starts_at", "grant__channels")
            if channel in channels
        ]
        if not at_work or due_at <= min(at_work):
            told[pk] = f"nobody-{queue}-{channel}"
        elif assignee is None:
            told[pk] = "free"
        else:
            told[pk] = f"{team}-{assignee}"
    for hand in {each for each in told.values() if each[0].isdecimal()}:
        theirs = [each for each in tickets if told[each[0]] == hand]
        hours = [(start, end) for start, end in there.get(theirs[0][4]) or []]
        is_too_much = any(
            _fitting([each[6] for each in theirs if each[5] <= until], hours, until)
            < len([each for each in theirs if each[5] <= until])
            for until in {each[5] for each in theirs}
        )
        for each in theirs:
            told[each[0]] = f"overloaded-{hand}" if is_too_much else "rest"

    assert len(told) == sum(risk.count for risk in listed.values()) > 0
    if reader.role == Role.ADMIN:
        assert sum(cause.startswith("problem") for cause in told.values()) == 3
    for key, risk in listed.items():
        wanted = {pk for pk, cause in told.items() if cause == key}
        if key == "others":
            wanted = {pk for pk, cause in told.items() if cause not in listed}
        found = behind.tickets(reader, scope, of="cause", key=key, named=list(listed), at=NOW)
        assert set(found.values_list("pk", flat=True)) == wanted
        assert len(wanted) == risk.count


def _fitting(lengths: list[int], hours: list[tuple[datetime, datetime]], until: datetime) -> int:
    """How many of them fit into the hours up to a moment, the shortest first."""
    left = sum((min(end, until) - start).total_seconds() for start, end in hours if start < until)
    fits = 0
    for length in sorted(lengths):
        left -= length
        fits += left >= 0
    return fits


def _risks(pictures: Any, reader: User) -> list[dashboard.Risk]:
    return dashboard.risks_of(reading.written(reader, NOW), pictures, outlook.zone())


def test_breached_today(scope: Scope, reader: User) -> None:
    """Promises that broke since midnight, noticed or not, also where the ticket is solved by now."""
    told = number(
        f"""
        select count(*) from sla_clock c join tickets_ticket t on t.id = c.ticket_id
         where t.queue_id in QUEUES and t.removed_as = '' and c.state <> 'cancelled' and c.target_s is not null
           and coalesce(c.breached_at, case when c.state = 'running' and c.due_at < NOW then c.due_at end) >= {THIS}
        """,
        scope,
    )
    pictures, _at = reading.ahead(reading.written(reader, NOW))

    assert dashboard.added(pictures.values()).breached_today == told
    assert behind.broken_today(reader, scope, at=NOW).count() == told


def test_age_of_what_is_open_and_what_it_waits_for(scope: Scope, reader: User) -> None:
    pictures, _at = reading.ahead(reading.written(reader, NOW))
    total = dashboard.added(pictures.values())
    old = "extract(epoch from NOW - t.opened_at) / 86400"
    ages = f"when {old} < 1 then '1' when {old} < 3 then '3' when {old} < 7 then '7' when {old} < 28 then '28'"

    told = dict(rows(f"select case {ages} else 'more' end, count(*) {UNSOLVED} group by 1", scope))
    assert {age: count for age, count in total.ages.items() if count} == told
    for age, count in told.items():
        assert behind.tickets(reader, scope, of="age", key=age, at=NOW).count() == count
    reasons = dict(rows(f"select hold_reason, count(*) {UNSOLVED} and status = 'on_hold' group by 1", scope))
    assert dict(total.reasons) == reasons and reasons
    for reason, count in reasons.items():
        assert behind.tickets(reader, scope, of="reason", key=reason, at=NOW).count() == count
    for each in dashboard._reasons(total):
        if "other_reasons" in each.url:
            named = [reason for reason, _number in dashboard.named_reasons(total)]
            others = behind.tickets(reader, scope, of="other_reasons", named=named, at=NOW)
            assert others.count() == each.count == sum(reasons.values()) - sum(reasons[name] for name in named)


def test_what_favours_cost(reader: User) -> None:
    """The minutes that helpers wrote down last week, by whose they were; 40 hours a week are a post."""
    found = dashboard.favours_of(reader, NOW, outlook.zone())
    assert found is not None
    week = found["found"]
    queues = [pk for pk, _name in reading.scope_of(reader).queues]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select coalesce(sum(minutes), 0), count(*) from tickets_walkup
             where at >= timestamptz '2026-03-02 00:00 Europe/Warsaw'
               and at < timestamptz '2026-03-09 00:00 Europe/Warsaw'
               and queue_id = any(%s) and undone_at is null
            """,
            [queues],
        )
        minutes, count = cursor.fetchone()

    assert (week.minutes, week.count) == (minutes, count)
    assert week.full_time == pytest.approx(minutes / 60 / 40)


def test_the_bound_is_the_largest_rest_over_all_moments(scope: Scope) -> None:
    """For every moment t: due by t, less those that fit into the hours until then, the shortest first."""
    pictures = outlook.pictures(NOW)
    for team, picture in pictures.items():
        ahead = _due_of(team)
        worst = 0
        for until in sorted({due for due, _seconds in ahead}):
            hours = _hours_of(team, until)
            lengths = sorted(seconds for due, seconds in ahead if due <= until)
            fitting, used = 0, 0
            for seconds in lengths:
                if used + seconds > hours:
                    break
                used, fitting = used + seconds, fitting + 1
            worst = max(worst, len(lengths) - fitting)
        assert (picture.bound["breaks"] if picture.bound else 0) == worst


def _due_of(team: int) -> list[tuple[datetime, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select ahead.due_at, coalesce(q.handling_s, 600)
              from tickets_queue q join tickets_ticket t on t.queue_id = q.id
              join lateral (select min(due_at) as due_at from sla_clock c
                             where c.ticket_id = t.id and c.state = 'running' and c.target_s is not null) ahead on true
             where q.team_id = {team} and t.removed_as = '' and t.status not in ('solved', 'closed')
               and ahead.due_at >= %s and ahead.due_at < %s
            """,
            [NOW, NOW + 24 * HOUR],
        )
        return list(cursor.fetchall())


def _hours_of(team: int, until: datetime) -> int:
    members = set(User.objects.filter(memberships__team=team).values_list("pk", flat=True))
    guests = GrantWindow.objects.filter(grant__queues__team=team, grant__revoked_at=None)
    people = members | set(guests.values_list("grant__user", flat=True))
    return sum(
        int((min(end, until) - max(start, NOW)).total_seconds())
        for person, stretches in windows(None, NOW, NOW + 24 * HOUR).items()
        if person in people
        for start, end in stretches
        if end > NOW and start < until
    )
