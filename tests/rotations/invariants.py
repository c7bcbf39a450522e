"""What must hold of duties at any moment (DESIGN, Rotations), asked of the tables alone: nothing of the product is used
here, so that it cannot be wrong in the same way."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.db import connection

QUESTIONS: dict[str, str] = {
    "somebody is in two places": """
        select a.id, b.id from rotations_dutyday a join rotations_dutyday b on a.holder_id = b.holder_id and a.id < b.id
        where a.is_live and b.is_live and a.starts_at < b.ends_at and b.starts_at < a.ends_at""",
    "too little rest between two shifts": """
        select a.id, b.id from rotations_dutyday a join rotations_duty d on d.id = a.duty_id
        join rotations_shift s on s.id = d.shift_id join rotations_round r on r.id = s.round_id
        join rotations_programme p on p.id = r.programme_id
        join rotations_dutyday b on b.holder_id = a.holder_id and b.starts_at >= a.ends_at and b.is_live
        join rotations_duty e on e.id = b.duty_id and e.shift_id <> d.shift_id
        where a.is_live and b.starts_at - a.ends_at < p.rest_h * interval '1 hour'""",
    "more people on a date of a shift than seats": """
        select s.id, y.day from rotations_dutyday y join rotations_duty d on d.id = y.duty_id
        join rotations_shift s on s.id = d.shift_id
        where y.is_live and d.state in ('proposed', 'confirmed', 'active', 'handing_over')
        group by s.id, y.day having count(*) > s.capacity""",
    "more seats in use than there are": """
        select s.id from rotations_duty d join rotations_shift s on s.id = d.shift_id
        where d.state in ('proposed', 'confirmed', 'active', 'handing_over')
        group by s.id having count(distinct d.seat) > s.capacity or max(d.seat) > s.capacity""",
    "two people on one seat on one date": """
        select d.shift_id, d.seat, y.day from rotations_dutyday y join rotations_duty d on d.id = y.duty_id
        where y.is_live and d.state in ('proposed', 'confirmed', 'active', 'handing_over')
        group by d.shift_id, d.seat, y.day having count(*) > 1""",
    "a seat is offered that somebody has": """
        select s.id from rotations_shift s where s.capacity < (select count(distinct d.seat) from rotations_duty d
            where d.shift_id = s.id and d.state in ('proposed', 'confirmed', 'active', 'handing_over'))
          + (select count(*) from rotations_waitlistentry w
            where w.shift_id = s.id and w.state = 'offered' and w.offer_until > %(at)s)
        and exists (select 1 from rotations_waitlistentry w
            where w.shift_id = s.id and w.state = 'offered' and w.offer_until > %(at)s)""",
    "confirmed without an act of one's own": """
        select d.id from rotations_duty d where d.state in ('confirmed', 'active', 'handing_over', 'completed')
        and (d.confirmed_by_id is distinct from d.person_id or not exists (select 1 from rotations_dutyevent e
            where e.duty_id = d.id and e.kind = 'confirmed' and e.actor_id = d.person_id))""",
    "its events tell another state": """
        select d.id, d.state, last.kind from rotations_duty d cross join lateral (
            select e.kind from rotations_dutyevent e where e.duty_id = d.id and e.kind in ('placed', 'confirmed',
                'began', 'ended', 'declined', 'withdrawn', 'cancelled', 'covered', 'completed')
            order by e.id desc limit 1) last
        where d.state <> (case last.kind when 'placed' then 'proposed' when 'began' then 'active'
            when 'ended' then 'handing_over' else last.kind end)""",
    "a live day of somebody else, or of a duty that was left before it": """
        select y.id from rotations_dutyday y join rotations_duty d on d.id = y.duty_id where y.is_live
        and (y.holder_id <> d.person_id
            or (d.state in ('declined', 'withdrawn', 'cancelled', 'covered') and y.ends_at > d.ended_at))""",
    "a live duty without a day": """
        select d.id from rotations_duty d where d.state in ('proposed', 'confirmed')
        and not exists (select 1 from rotations_dutyday y where y.duty_id = d.id and y.is_live)""",
    "rights beside the days": """
        select d.id from rotations_duty d where d.state in ('confirmed', 'active') and
        (select coalesce(array_agg(y.starts_at order by y.starts_at), '{}') from rotations_dutyday y
            where y.duty_id = d.id and y.is_live)
        is distinct from (select coalesce(array_agg(w.starts_at order by w.starts_at), '{}')
            from tickets_grantwindow w join tickets_grant g on g.id = w.grant_id
            where g.id = d.grant_id and g.user_id = d.person_id and g.revoked_at is null)""",
    "rights without a duty": """
        select g.id from tickets_grant g where g.revoked_at is null and not exists (select 1 from rotations_duty d
            where d.grant_id = g.id and d.person_id = g.user_id
            and d.state in ('confirmed', 'active', 'handing_over'))""",
    "channels that were not ticked by the programme": """
        select d.id from rotations_duty d join rotations_shift s on s.id = d.shift_id
        join rotations_round r on r.id = s.round_id join rotations_programme p on p.id = r.programme_id
        where not d.channels <@ p.channels""",
    "phone without a sign-off on each day": """
        select y.id from rotations_dutyday y join rotations_duty d on d.id = y.duty_id
        where y.is_live and 'phone' = any(d.channels) and not exists (select 1 from rotations_qualification q
            where q.person_id = d.person_id and q.channel = 'phone' and q.revoked_at is null
            and (q.expires_on is null or q.expires_on > y.day))""",
    "placed by others beyond what was offered": """
        select d.person_id from rotations_duty d join rotations_shift s on s.id = d.shift_id
        join rotations_signup u on u.round_id = s.round_id and u.person_id = d.person_id
        where d.state in ('proposed', 'confirmed', 'active') and d.placed_by_id <> d.person_id
        group by d.person_id, s.round_id, u.quota having count(*) > u.quota""",
    "a day of a seat that nobody can have": """
        select distinct d.shift_id, d.seat, y.day from rotations_duty d
        join rotations_shift s on s.id = d.shift_id join rotations_round r on r.id = s.round_id
        join rotations_duty o on o.shift_id = d.shift_id join rotations_dutyday y on y.duty_id = o.id
        where d.state in ('confirmed', 'active') and r.state in ('published', 'running') and y.starts_at > %(at)s
        and not exists (select 1 from rotations_dutyday h join rotations_duty e on e.id = h.duty_id
            where h.is_live and h.day = y.day and e.shift_id = d.shift_id and e.seat = d.seat)
        and not exists (select 1 from rotations_coverrequest c join rotations_coverrequest_days cd
            on cd.coverrequest_id = c.id join rotations_dutyday f on f.id = cd.dutyday_id
            join rotations_duty g on g.id = c.duty_id where c.is_left_over and c.state = 'open'
            and f.day = y.day and g.shift_id = d.shift_id and g.seat = d.seat)""",
    "a day is looked for that somebody has": """
        select c.id from rotations_coverrequest c join rotations_coverrequest_days cd on cd.coverrequest_id = c.id
        join rotations_dutyday f on f.id = cd.dutyday_id join rotations_duty g on g.id = c.duty_id
        where c.is_left_over and c.state = 'open' and exists (select 1 from rotations_dutyday h
            join rotations_duty e on e.id = h.duty_id
            where h.is_live and h.day = f.day and e.shift_id = g.shift_id and e.seat = g.seat)""",
    "a cover without the word of its taker": """
        select c.id from rotations_coverrequest c left join rotations_duty b on b.id = c.became_id
        where c.state in ('applied', 'undone') and (b.person_id is distinct from c.taker_id
            or b.confirmed_by_id is distinct from c.taker_id)""",
}


def broken(at: datetime) -> dict[str, list[tuple[object, ...]]]:
    """What does not hold, with the rows that show it; empty when all does."""
    found = {}
    with connection.cursor() as cursor:
        for sentence, question in QUESTIONS.items():
            cursor.execute(question, {"at": at})
            if rows := cursor.fetchall():
                found[sentence] = rows
    return found


def misremembered() -> dict[int, tuple[set[str], set[str]]]:
    """Duties whose events, read from the first on, tell other days than the tables hold."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("""
            select d.id, s.first_day, s.days, coalesce((select array_agg(y.day::text) from rotations_dutyday y
                where y.duty_id = d.id and y.is_live), '{}')
            from rotations_duty d join rotations_shift s on s.id = d.shift_id""")
        duties = cursor.fetchall()
        cursor.execute("select duty_id, kind, at, data from rotations_dutyevent order by id")
        events = cursor.fetchall()
        cursor.execute("select duty_id, day::text, ends_at from rotations_dutyday")
        ends = {(duty, day): ends_at for duty, day, ends_at in cursor.fetchall()}
    for number, first, count, live in duties:
        told: set[str] = set()
        for _duty, kind, at, data in (each for each in events if each[0] == number):
            data = json.loads(data) if isinstance(data, str) else data
            if kind == "placed" and "took" not in data:
                told = {(first + timedelta(days=place)).isoformat() for place in range(count)}
            elif kind in ("declined", "withdrawn", "cancelled"):
                told = {day for day in told if ends[number, day] <= at}
            told = (told | set(data.get("took", ()))) - set(data.get("gave", ()))
        if told != set(live):
            found[number] = told, set(live)
    return found


def past_days(at: datetime) -> dict[int, tuple[object, ...]]:
    """Days that are over, as they stand: nothing of them may ever change."""
    with connection.cursor() as cursor:
        columns = "id, duty_id, day, holder_id, is_live, starts_at, ends_at"
        cursor.execute(f"select {columns} from rotations_dutyday where ends_at <= %s", [at])  # noqa: S608
        return {row[0]: row[1:] for row in cursor.fetchall()}
