"""Telling people of flags: who hears of each, and one message for all that a person should know of at once.

Nothing is told to whoever is not at work, where the desk knows when they are: it waits. What is no longer true when it
is told, or out of the person's sight, is left out, above all that something is about to break which has broken or
ended. So is what stands in a mail that has not left yet: the mail is written anew. Any number of workers may run, and
each step is one transaction that locks a person, or tickets, and waits for nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import formats, translation
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext

from helpdesk.lib.one_line import one_line
from rotations import queries as duties
from sla import course, levels, queries
from sla.levels import ASSIGNEE, LEAD, TEAM
from sla.models import Announcement, Clock, Notice
from tickets import notices, stop_links
from tickets.actions import notifying, outgoing, snoozing
from tickets.models import Outbox, Presence, Role, Ticket, User

WARNING, BROKEN = "promise_warning", "promise_broken"
"""Kinds of `tickets.notices`: each person chooses whether they come by mail, on the page or not at all."""

AT_ONCE = 500
APART = timedelta(minutes=15)
"""Between two mails to one person. On the page each run tells at once."""
KNOWN_FOR = timedelta(days=7)
"""Whose presence was told for the last week or later is known to be away when it is not told for now."""
MOST_LINES = 40
KEPT_FOR = timedelta(weeks=4)


def announce(*, at: datetime) -> int:
    """Tell everybody what they should know at ``at``. Returns how many people got a message."""
    while _spread(at) == AT_ONCE:
        pass
    people = list(
        Announcement.objects.filter(ended_at=None).order_by("person").values_list("person", flat=True).distinct()
    )
    away = _away(people, at)
    return sum(_deliver(person, at, is_away=person in away) for person in people)


def forget_old(*, at: datetime) -> int:
    """What was told more than four weeks ago."""
    return Announcement.objects.filter(ended_at__lt=at - KEPT_FOR).delete()[0]


# Who hears of it


@transaction.atomic
def _spread(at: datetime) -> int:
    """Decide who hears of the next flags, and wake what was put off beyond its first warning."""
    waiting = Notice.objects.filter(state=Notice.State.WAITING).order_by("id")
    # Ticket and notice, as whatever moves clocks takes them, and waiting for neither.
    locked = waiting.select_for_update(skip_locked=True, of=("flag__ticket", "self"), no_key=True)
    rows = list(locked.select_related("flag__clock", "flag__ticket__queue")[:AT_ONCE])
    true = [row for row in rows if is_true(row, at)]
    teams = _people_of({row.flag.ticket.queue.team_id for row in true})
    away = _away({row.flag.ticket.assignee_id for row in true if row.flag.ticket.assignee_id}, at)
    announced = [
        Announcement(notice=row, person_id=person, made_at=at)
        for row in true
        for person in sorted(_recipients(row, teams[row.flag.ticket.queue.team_id], away))
    ]
    Announcement.objects.bulk_create(announced, ignore_conflicts=True)
    spread = {row.notice_id for row in announced}
    Notice.objects.filter(pk__in=spread).update(state=Notice.State.SPREAD, done_at=at)
    Notice.objects.filter(pk__in={row.pk for row in rows} - spread).update(state=Notice.State.SKIPPED, done_at=at)
    for ticket in {row.flag.ticket_id: row.flag.ticket for row in true}.values():
        if ticket.snoozed_until is not None:
            snoozing.wake(ticket=ticket, by=None, at=at, why="warning")
    return len(rows)


def is_true(notice: Notice, at: datetime) -> bool:
    """Whether it still is as the flag says: the promise runs, and what should warn has not broken."""
    flag, clock = notice.flag, notice.flag.clock
    if flag.revoked_at is not None or clock is None or clock.state != course.RUNNING or clock.due_at is None:
        return False
    is_broken = clock.breached_at is not None or at > clock.due_at
    if not is_warning(notice):
        return is_broken
    lies_ahead = any(one.level == flag.level and one.lies_ahead for one in queries.reached(clock))
    return not is_broken and not lies_ahead


def is_warning(notice: Notice) -> bool:
    clock = notice.flag.clock
    return levels.named(notice.flag.level).is_warning(clock.target_s or 0 if clock else 0)


Team = dict[str, set[int]]
"""Its people by their role."""


def _people_of(teams: Collection[int]) -> dict[int, Team]:
    found: dict[int, Team] = {team: {Role.AGENT: set(), Role.LEAD: set()} for team in teams}
    people = User.objects.filter(is_active=True, role__in=[Role.AGENT, Role.LEAD], memberships__team__in=teams)
    for team, role, person in people.values_list("memberships__team", "role", "pk"):
        if team in found:
            found[team][role].add(person)
    return found


def _recipients(notice: Notice, team: Team, away: Collection[int]) -> set[int]:
    """Whoever has it; where nobody has, or they are away, the team as well; where that is nobody, its leads."""
    clock, ticket = notice.flag.clock, notice.flag.ticket
    assert clock is not None
    known = queries.levels_of(clock.policy_version_id)
    wanted = next((level.recipients for level in known if level.key == notice.flag.level), ())
    agents = team[Role.AGENT] or team[Role.LEAD]
    people: set[int] = set()
    if ASSIGNEE in wanted and ticket.assignee_id:
        people.add(ticket.assignee_id)
    if TEAM in wanted or (ASSIGNEE in wanted and (not ticket.assignee_id or ticket.assignee_id in away)):
        people |= agents
    if LEAD in wanted:
        people |= team[Role.LEAD]
    return people


def _away(people: Collection[int], at: datetime) -> set[int]:
    """Of these whoever is known not to be at work now."""
    known = Presence.objects.filter(user__in=people, ends_at__gt=at - KNOWN_FOR)
    rows = list(known.values_list("user", "starts_at", "ends_at"))
    here = {user for user, starts_at, ends_at in rows if starts_at <= at < ends_at}
    absent = duties.absences_between(people, at, at + timedelta(seconds=1))
    return ({user for user, _, _ in rows} | {user for user, found in absent.items() if found}) - here


# Telling one person


@transaction.atomic
def _deliver(number: int, at: datetime, *, is_away: bool) -> bool:
    """Whether they got a message."""
    locked = User.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    person = locked.filter(pk=number).first()
    if person is None:  # another run writes to them
        return False
    rows = list(
        Announcement.objects.filter(person=person, ended_at=None)
        .select_related("notice__flag__clock", "notice__flag__ticket")
        .order_by("id")
    )
    mails = outgoing.still_here({row.mail_id for row in rows if row.mail_id}, at=at)
    if mails is None:
        return False  # while one leaves nobody knows whether it has
    here = {mail.pk for mail in mails}
    _end([row for row in rows if row.mail_id and row.mail_id not in here], at)
    rows = [row for row in rows if not row.mail_id or row.mail_id in here]
    if is_away:
        _take_back(mails)
        return False
    return _tell(person, rows, mails, at)


def _tell(person: User, rows: Sequence[Announcement], mails: Sequence[Outbox], at: datetime) -> bool:
    ways = {kind: notices.way_for(kind, person.notice_ways) for kind in (WARNING, BROKEN)}
    still = [row for row in _in_sight(person, rows, at) if ways[_kind(row)] != notices.Way.OFF]
    # Of several levels of one promise the last says it all.
    said = {row.notice.flag.clock_id: row for row in still}.values()
    is_told = _show(person, [row for row in said if row.shown_at is None], at)
    written = [row for row in said if ways[_kind(row)] == notices.Way.MAIL and person.email]
    kept = {row.pk for row in written}
    _end([row for row in rows if row.pk not in kept], at)
    if not written:
        _take_back(mails)
        return is_told
    if mails:
        outgoing.write_anew(mail=mails[0], **_letter(person, written, at))
        _take_back(mails[1:])
        mail: Outbox | None = mails[0]
    elif Announcement.objects.filter(person=person, mail__created_at__gt=at - APART).exists():
        return is_told
    else:
        mail = outgoing.send_account_mail(
            address=person.email or "", at=at, recipient=person, **_letter(person, written, at)
        )
        if mail is None:  # nothing is mailed to that address for now
            _end(written, at)
    Announcement.objects.filter(pk__in=kept).update(mail=mail)
    return is_told or not mails


def _in_sight(person: User, rows: Sequence[Announcement], at: datetime) -> list[Announcement]:
    """What is true, of tickets that the person may see now, the most urgent first."""
    asked = {row.notice.flag.ticket_id for row in rows}
    seen = set(Ticket.objects.visible_to(person, at).filter(pk__in=asked).values_list("pk", flat=True))
    still = [row for row in rows if row.notice.flag.ticket_id in seen and is_true(row.notice, at)]
    return sorted(still, key=lambda row: (_clock(row).due_at, row.notice.flag.at, row.pk)) if person.is_active else []


def _kind(row: Announcement) -> str:
    return WARNING if is_warning(row.notice) else BROKEN


def _clock(row: Announcement) -> Clock:
    clock = row.notice.flag.clock
    assert clock is not None
    return clock


def _show(person: User, rows: Sequence[Announcement], at: datetime) -> bool:
    """One notification for all that have broken, and one for all that will: of the person's own tickets, and of those
    that the team should know of. The team's wait in one line until it is read, or they would bury everything else."""
    shown = Announcement.objects.filter(pk__in=[row.pk for row in rows])
    shown.update(shown_at=at)
    for kind in (WARNING, BROKEN):
        own: list[Announcement] = []
        others: list[Announcement] = []
        for row in rows:
            if _kind(row) == kind:
                (own if row.notice.flag.ticket.assignee_id == person.pk else others).append(row)
        if others:
            line = notifying.tell_in_one_line(person=person, kind=kind, ticket=others[0].notice.flag.ticket, at=at)
            shown.filter(pk__in=[row.pk for row in others]).update(shown_in=line)
            told = Announcement.objects.filter(shown_in=line).values("notice__flag__ticket").distinct().count()
            notifying.stands_for(notification=line, tickets=told)
        if own:
            tickets = list(dict.fromkeys(row.notice.flag.ticket for row in own))
            more = len(tickets) - 1
            notifying.tell(people=[person.pk], kind=kind, ticket=tickets[0], at=at, more=more, is_mailed=False)
    return bool(rows)


def _end(rows: Sequence[Announcement], at: datetime) -> None:
    Announcement.objects.filter(pk__in=[row.pk for row in rows]).update(ended_at=at)


def _take_back(mails: Sequence[Outbox]) -> None:
    for mail in mails:
        outgoing.take_back(mail=mail)
    Announcement.objects.filter(mail__in=mails).update(mail=None)


# The mail


def _letter(person: User, rows: Sequence[Announcement], at: datetime) -> dict[str, str]:
    """Subject, text and html, in the person's language and by their clock, and the address that ends such mails."""
    with translation.override(person.language):
        parts = [
            (_headline(some), [_line(row, person, at) for row in some[:MOST_LINES]], len(some) - MOST_LINES)
            for kind in (BROKEN, WARNING)
            if (some := [row for row in rows if _kind(row) == kind])
        ]
        choose = gettext("What you are mailed you choose yourself: %(settings)s")
        settings_url = f"{settings.SITE_URL}/settings/notifications/"
        text, html = [], []
        for headline, lines, beyond in parts:
            more = (
                ngettext("and %(count)d more", "and %(count)d more", beyond) % {"count": beyond} if beyond > 0 else ""
            )
            text += [f"{headline}:", *(f"{about}\n{due}\n{url}" for about, due, url in lines), *filter(None, [more])]
            items = format_html_join("", '<p><a href="{2}">{0}</a><br>{1}</p>', lines)
            html.append(format_html("<h2>{}</h2>{}<p>{}</p>", headline, items, more))
        text.append(choose % {"settings": settings_url})
        html.append(format_html("<p>{}</p>", choose % {"settings": settings_url}))
        subject = ", ".join(headline for headline, _lines, _beyond in parts)
        if len(rows) == 1:
            subject = f"{notices.kind(_kind(rows[0])).label}: {_about(rows[0])}"
    stop = stop_links.url_for(person.pk, *sorted({_kind(row) for row in rows}))
    return {"subject": one_line(subject)[:200], "text": "\n\n".join(text) + "\n", "html": "".join(html), "stop": stop}


def _headline(rows: Sequence[Announcement]) -> str:
    if _kind(rows[0]) == BROKEN:
        said = ngettext("%(count)d promise is broken", "%(count)d promises are broken", len(rows))
    else:
        said = ngettext("%(count)d promise is about to break", "%(count)d promises are about to break", len(rows))
    return said % {"count": len(rows)}


def _about(row: Announcement) -> str:
    ticket = row.notice.flag.ticket
    return f"#{ticket.pk} {one_line(ticket.subject) or gettext('(no subject)')}"


def _line(row: Announcement, person: User, at: datetime) -> tuple[str, str, str]:
    """Which ticket, what was promised until when, and where it is."""
    clock = _clock(row)
    assert clock.due_at is not None
    zone = ZoneInfo(person.time_zone or settings.TIME_ZONE)
    # Polish writes days and months small inside a sentence.
    when = formats.date_format(clock.due_at.astimezone(zone), "D j E, G:i")
    when = when.lower() if translation.get_language() == "pl" else when
    due = gettext("%(metric)s: due %(when)s") % {"metric": clock.get_metric_display(), "when": when}
    return _about(row), due, f"{settings.SITE_URL}{row.notice.flag.ticket.get_absolute_url()}"
