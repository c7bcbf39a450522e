"""How long one ticket takes, from what people did."""

from __future__ import annotations

from django.db import connection

USUAL_S = 600
"""Where too little is known."""
ENOUGH = 20
LONGEST_S = 30 * 60
"""A longer time between two replies was not spent on one ticket."""
EVENTS_READ = 200_000
"""The newest ones: some weeks of a busy desk."""

# The time from one reply of a person to their next one, on another ticket. Read along the primary key from its end.
_LENGTHS = """
    with replies as (
        select event.actor_id, event.ticket_id, event.at,
               lag(event.at) over each as before, lag(event.ticket_id) over each as ticket_before
          from tickets_event event
         where event.id > (select max(id) from tickets_event) - %s
           and event.kind = 'replied' and event.actor_id is not null
        window each as (partition by event.actor_id order by event.at, event.id)
    ), gaps as (
        select ticket.queue_id, extract(epoch from replies.at - replies.before)::int as seconds
          from replies join tickets_ticket ticket on ticket.id = replies.ticket_id
         where replies.ticket_id <> replies.ticket_before and replies.at > replies.before
           and replies.at - replies.before <= make_interval(secs => %s)
    )
    select queue_id, count(*), percentile_disc(0.5) within group (order by seconds)
      from gaps group by rollup (queue_id)
"""


def lengths() -> dict[int | None, int]:
    """Seconds of work that a ticket takes, by queue; under None what holds where a queue has too few replies.

    The median time between two replies of one person on different tickets, longer breaks than half an hour left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LENGTHS, [EVENTS_READ, LONGEST_S])
        found = {queue: seconds for queue, count, seconds in cursor.fetchall() if count >= ENOUGH}
    return {None: USUAL_S, **found}
