"""The weekly report by mail: who wants it, and sending it once a week, however late beat comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import formats, translation
from django.utils.translation import gettext, ngettext

from helpdesk.lib.lengths import minutes_in_words
from sla import access
from sla.figures import reading, tallies, words
from sla.models import MailedWeek, ReportReader
from tickets import stop_links
from tickets.actions import outgoing
from tickets.models import User
from tickets.queries import favours

REPORT = "weekly_report"
"""Its name for the link that ends it."""
SENT_AT = time(7, 30)
"""On Monday, by the desk's clock."""


def want(*, by: User, at: datetime) -> None:
    ReportReader.objects.get_or_create(user=by, defaults={"since": at})


def want_no_more(*, by: User) -> None:
    ReportReader.objects.filter(user=by).delete()


def wants(user: User) -> bool:
    return ReportReader.objects.filter(user=user).exists()


def due_week(at: datetime) -> date | None:
    """The week whose report may go at ``at``: the last whole one, from Monday 7:30 on."""
    monday = tallies.monday(at)
    sent_at = datetime.combine(monday, SENT_AT, tzinfo=tallies.zone()).astimezone(UTC)
    return monday - timedelta(days=7) if at >= sent_at else None


@transaction.atomic
def mail_last_week(*, at: datetime) -> int:
    """Mail the report to everybody who wants it and still may read it, if that was not done yet. Returns how many.

    Weeks that a long outage passed over altogether are not mailed: their pages are there.
    """
    week = due_week(at)
    if week is None:
        return 0
    row, is_mine = MailedWeek.objects.get_or_create(week=week, defaults={"at": at})
    if not is_mine:
        return 0
    people = User.objects.filter(pk__in=ReportReader.objects.values("user"), is_active=True)
    row.mails = sum(_mail(person, week, at) for person in people.order_by("pk") if access.can_want_report(person))
    row.save(update_fields=["mails"])
    return row.mails


def _mail(person: User, week: date, at: datetime) -> bool:
    if not person.email:
        return False
    with translation.override(person.language):
        last_day = formats.date_format(week + timedelta(days=6), "j E Y")
        span = f"{formats.date_format(week, 'j E')} – {last_day}"
        subject = gettext("Kept promises, %(span)s") % {"span": span}
        text = _text(person, week, span, at)
    sent = outgoing.send_account_mail(
        address=person.email,
        subject=subject,
        text=text,
        html="",
        at=at,
        recipient=person,
        stop=stop_links.url_for(person.pk, REPORT),
    )
    return sent is not None


def _text(person: User, week: date, span: str, at: datetime) -> str:
    """The numbers of the page, which prints on one sheet."""
    scope = reading.scope_of(person)
    found = reading.of_week(scope, week, at)
    before = reading.of_week(scope, week - timedelta(days=7), at)
    kept, then = found.kept, before.kept
    lines = [span, ""]
    values = {"percent": words.percent(kept), "good": kept.good, "count": kept.count, "then": words.percent(then)}
    lines.append(gettext("Kept promises: %(percent)s %% (%(good)d of %(count)d), the week before %(then)s %%") % values)
    flow = {"came": found.opened.get(week, 0), "solved": found.solved.get(week, 0)}
    lines.append(gettext("Came: %(came)d, solved: %(solved)d") % flow)
    shares = {"stayed": words.percent(found.stayed), "first": words.percent(found.first_contact)}
    lines.append(gettext("Solved for good: %(stayed)s %%, by the first answer: %(first)s %%") % shares)
    if reply := found.lengths.get("reply_work"):
        lengths = {"median": words.work(reply.median), "p90": words.work(reply.p90)}
        lines.append(gettext("First reply, working hours: half within %(median)s, 9 of 10 within %(p90)s") % lengths)
    if solve := found.lengths.get("solve_work"):
        lengths = {"median": words.work(solve.median), "p90": words.work(solve.p90)}
        lines.append(gettext("Solved, working hours: half within %(median)s, 9 of 10 within %(p90)s") % lengths)
    cost = favours.of_week(person, week, at=at, zone=ZoneInfo(person.time_zone))
    told = ngettext("Favours: %(time)s in %(number)d favour", "Favours: %(time)s in %(number)d favours", cost.count)
    lines.append(told % {"time": minutes_in_words(cost.minutes), "number": cost.count})
    names = dict(scope.queues)
    missed = [(share.missed, pk) for pk, share in found.by.get("queue", {}).items() if share.missed]
    if missed:
        lines += ["", gettext("Where most promises broke:")]
        lines += [
            f"- {names[int(pk)]}: {number}" for number, pk in sorted(missed, key=lambda each: (-each[0], each[1]))[:5]
        ]
    url = f"{settings.SITE_URL}/dashboard/week/{week.isoformat()}/"
    lines += ["", gettext("On one page, with its tickets: %(url)s") % {"url": url}]
    lines += [gettext("There you also choose not to get this mail any more.")]
    return "\n".join(lines)
