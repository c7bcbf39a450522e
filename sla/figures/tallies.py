"""What was, week by week and queue by queue, counted from tickets and clocks: the raw count behind `sla.models.Tally`.

Times are counted in minutes to two digits (125 is 120, 1,380 is 1,300), so that medians of many weeks and queues come
from sums and are still exactly the median of what is counted.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

WEEKS = 8
"""Whole weeks that the dashboard looks back; the running one besides."""

Key = tuple[int, str, str]
"""Queue, figure, and what of it: a policy's number, a channel, a priority, a weekday and hour ("1-08"), minutes."""
Sums = dict[Key, tuple[int, int]]
"""How many, and how many of them did well."""


def zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def monday(at: datetime) -> date:
    today = at.astimezone(zone()).date()
    return today - timedelta(days=today.weekday())


def weeks(at: datetime) -> list[date]:
    """Mondays of the weeks that are shown, the running one last."""
    return [monday(at) - timedelta(weeks=number) for number in range(WEEKS, -1, -1)]


def span(week: date) -> tuple[datetime, datetime]:
    begin, end = (datetime.combine(day, time(), tzinfo=zone()) for day in (week, week + timedelta(days=7)))
    return begin.astimezone(UTC), end.astimezone(UTC)


# Promises by when they were due: kept, or broken, also where nobody has answered yet. One that broke and is paused has
# no due time until it runs again; it counts when it broke. Spam and what was deleted promised nothing.
_KEPT = """
    select ticket.queue_id,
           case 0 when grouping(version.policy_id) then 'policy' when grouping(ticket.channel) then 'channel'
                  when grouping(ticket.priority) then 'priority' when grouping(clock.metric) then 'metric'
                  when grouping(local.hour) then 'hour' else 'kept' end,
           coalesce(version.policy_id::text, ticket.channel, ticket.priority::text, clock.metric, local.hour, ''),
           count(*), count(*) filter (where clock.state = 'met')
      from sla_clock clock
      join tickets_ticket ticket on ticket.id = clock.ticket_id
      join sla_policyversion version on version.id = clock.policy_version_id
     cross join lateral (
         select to_char(coalesce(clock.due_at, clock.breached_at) at time zone %(zone)s, 'ID-HH24')) local(hour)
     where (   (clock.due_at >= %(begin)s and clock.due_at < %(until)s and clock.state in ('met', 'missed', 'running'))
            or (clock.breached_at >= %(begin)s and clock.breached_at < %(until)s
                and clock.due_at is null and clock.state = 'paused'))
       and clock.target_s is not null and ticket.removed_as not in ('spam', 'deleted')
     group by grouping sets (
         (ticket.queue_id), (ticket.queue_id, version.policy_id), (ticket.queue_id, ticket.channel),
         (ticket.queue_id, ticket.priority), (ticket.queue_id, clock.metric), (ticket.queue_id, local.hour))
"""

# First replies to what came in that week, not what was solved without any; and how long that took which was solved in
# that week.
_TIMES = """
    with ended as (
        select ticket.queue_id, 'reply' as what, clock.used_s, clock.started_at, clock.stopped_at
          from tickets_ticket ticket
          join sla_clock clock on clock.ticket_id = ticket.id
         where ticket.opened_at >= %(begin)s and ticket.opened_at < %(until)s and ticket.removed_as = ''
           and clock.metric = 'first_response' and clock.state in ('met', 'missed') and clock.stopped_at <= %(at)s
           and clock.stopped_at = ticket.first_reply_at
         union all
        select ticket.queue_id, 'solve', clock.used_s, clock.started_at, clock.stopped_at
          from tickets_ticket ticket
         cross join lateral (
            select * from sla_clock each where each.ticket_id = ticket.id and each.metric = 'resolution'
             order by each.cycle desc limit 1) clock
         where ticket.solved_at >= %(begin)s and ticket.solved_at < %(until)s and ticket.removed_as = ''
           and clock.state in ('met', 'missed')
    ), counted as (
        select queue_id, what || '_work' as figure, (used_s + 59) / 60 as minutes from ended
         union all
        select queue_id, what || '_wall', ceil(extract(epoch from stopped_at - started_at) / 60)::int from ended
    )
    select queue_id, figure, (minutes - minutes %% greatest(1, (10 ^ (length(minutes::text) - 2))::int))::text,
           count(*), 0
      from counted group by 1, 2, 3
"""

# What came, what was solved, what of that had come back, what was solved by one answer.
_FLOW = """
    with solved as (
        select ticket.queue_id, ticket.reopened_at is not null as came_back, (
                   select count(*) from tickets_message message
                    where message.ticket_id = ticket.id and message.kind = 'public' and message.state = 'sent'
                      and not message.is_from_requester and message.automatic = '') as replies
          from tickets_ticket ticket
         where ticket.solved_at >= %(begin)s and ticket.solved_at < %(until)s and ticket.removed_as = ''
    )
    select queue_id, 'opened', '', count(*), 0 from tickets_ticket
     where opened_at >= %(begin)s and opened_at < %(until)s and removed_as = '' group by queue_id
     union all
    select queue_id, 'solved', '', count(*), count(*) filter (where not came_back) from solved group by queue_id
     union all
    select queue_id, 'first_contact', '', count(*), count(*) filter (where replies = 1 and not came_back)
      from solved where replies > 0 group by queue_id
"""


def of_week(week: date, at: datetime) -> Sums:
    """Everything of one week of all queues, as it is known at ``at``: three statements."""
    begin, end = span(week)
    values: dict[str, Any] = {"begin": begin, "until": min(end, at), "at": at, "zone": settings.TIME_ZONE}
    sums: Sums = {}
    with connection.cursor() as cursor:
        for statement in (_KEPT, _TIMES, _FLOW):
            cursor.execute(statement, values)
            sums.update({(queue, figure, key): (count, good) for queue, figure, key, count, good in cursor.fetchall()})
    return sums
