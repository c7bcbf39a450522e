"""Mails to volunteers: of a plan that was published, and before a duty begins. Each in the person's language and by
their clock, written in the transaction of its cause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext

from helpdesk.lib.one_line import one_line
from rotations import answer_links
from rotations.models import CoverRequest, Duty, DutyDay, PublishedPlan, Reminder, Round, Shift, WaitlistEntry
from rotations.queries import handover, reminders
from tickets.actions import outgoing
from tickets.models import Outbox, User

Places = dict[tuple[int, int], dict[str, Any]]


@dataclass
class Told:
    """What a plan changes for one person."""

    asked: list[Duty]
    other_mentors: list[Duty]
    gone: list[Duty]


def places_of(plan: PublishedPlan | None) -> Places:
    return {(each["shift"], each["person"]): each for each in plan.placements} if plan else {}


def tell_of_plan(*, of: Round, before: Places, after: Places, at: datetime) -> int:
    """One mail for each whom the difference touches, and how many were written. Whoever did it themselves, by taking a
    seat or leaving one, is told nothing that they do not know."""
    touched = [pair for pair in before.keys() | after.keys() if before.get(pair) != after.get(pair)]
    if not touched:
        return 0
    rows = Duty.objects.filter(shift__in={shift for shift, _person in touched}, person__is_active=True)
    rows = rows.select_related("person", "shift__round__programme", "mentor", "deputy").prefetch_related("days")
    of_pair: defaultdict[tuple[int, int], list[Duty]] = defaultdict(list)
    for duty in rows.order_by("id"):
        of_pair[duty.shift_id, duty.person_id].append(duty)
    people: defaultdict[int, Told] = defaultdict(lambda: Told([], [], []))
    for pair in sorted(touched):
        standing = [each for each in of_pair[pair] if each.is_live or pair not in after]
        if not standing:
            continue
        duty = standing[-1]
        if pair not in after:
            if duty.state == Duty.State.CANCELLED:
                people[duty.person_id].gone.append(duty)
        elif duty.state == Duty.State.PROPOSED and pair not in before:
            people[duty.person_id].asked.append(duty)
        elif pair in before:
            people[duty.person_id].other_mentors.append(duty)
    return sum(_mail_plan(told, of, at) is not None for told in people.values())


def _mail_plan(told: Told, of: Round, at: datetime) -> Outbox | None:
    person = (told.asked or told.other_mentors or told.gone)[0].person
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        parts: list[tuple[str, str]] = []
        for duty in told.asked:
            parts += [
                (gettext("You are asked for a duty:"), ""),
                *_about(duty),
                (gettext("Say yes or no here. Nothing is settled before you do:"), _answer_url(duty)),
            ]
        for duty in told.other_mentors:
            parts += [(gettext("Other mentors look after you:"), ""), *_about(duty)]
        for duty in told.gone:
            parts += [(gettext("This place was taken back, you need not come:"), ""), *_about(duty, is_gone=True)]
        parts.append((gettext("All your duties:"), f"{settings.SITE_URL}/duties/"))
        if told.asked:
            subject = ngettext("You are asked for a duty", "You are asked for %(count)d duties", len(told.asked))
            subject %= {"count": len(told.asked)}
        else:
            subject = gettext("Your duties have changed")
        return send(person, f"{subject}: {of.programme.name}", parts, at)


@transaction.atomic
def remind(*, duty_id: int, at: datetime) -> Outbox | None:
    """The reminder that is due, if none of this kind was written. Asked under the lock of the duty, so that nobody is
    reminded of what they have left."""
    if Duty.objects.select_for_update(no_key=True).filter(pk=duty_id).first() is None:
        return None
    found = reminders.duty_to_come(duty_id, at)
    if found is None:
        return None
    duty, first_at = found
    kind = reminders.kind_due(duty, first_at, at)
    if kind is None:
        return None
    row, is_new = Reminder.objects.get_or_create(duty=duty, kind=kind, defaults={"at": at})
    if not is_new:
        return None
    person = duty.person
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        is_asked = duty.state == Duty.State.PROPOSED
        parts = _about(duty)
        if is_asked:
            parts.append((gettext("You have not answered yet. Say yes or no here:"), _answer_url(duty)))
        parts.append(
            (gettext("You may leave at any time, without a reason. All your duties:"), f"{settings.SITE_URL}/duties/")
        )
        row.mail = send(person, f"{_when_in_words(kind, first_at, at)}: {duty.shift.round.programme.name}", parts, at)
    row.save(update_fields=["mail"])
    return row.mail


class Cover(StrEnum):
    ASKED, TAKEN, OFFERED, AGREED = "asked", "taken", "offered", "agreed"


def tell_of_cover(person: User, request: CoverRequest, what: Cover, at: datetime) -> Outbox | None:
    """What somebody asks of the person, or has answered them. The answer itself is given on the page."""
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        giver, taker = request.duty.person, request.taker
        said = {
            Cover.ASKED: gettext("%(name)s asks whether you would take days of a duty over") % {"name": giver},
            Cover.TAKEN: gettext("%(name)s takes your days of duty over") % {"name": taker},
            Cover.OFFERED: gettext("%(name)s offers you a swap of duties") % {"name": taker},
            Cover.AGREED: gettext("%(name)s agrees to the swap of duties") % {"name": giver},
        }[what]
        parts = [
            (said + ":", ""),
            *((day_in_words(each, request.duty.shift), "") for each in request.days.order_by("starts_at")),
        ]
        if what in (Cover.OFFERED, Cover.AGREED) and request.offered is not None:
            parts.append((gettext("In return for:"), ""))
            parts += [
                (day_in_words(each, request.offered.shift), "") for each in request.offered.days.order_by("starts_at")
            ]
        parts.append((gettext("Covers and swaps:"), f"{settings.SITE_URL}/duties/covers/"))
        return send(person, said, parts, at)


def tell_of_left_days(person: User, shift: Shift, days: Sequence[DutyDay], at: datetime) -> Outbox | None:
    """To whoever waits for a seat of a shift: single days of it are to be had."""
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        said = gettext("Single days of a duty that you wait for are free")
        parts = [
            (said + ":", ""),
            (f"{shift.round.programme.name}, {shift.name}", ""),
            *((day_in_words(each, shift), "") for each in days),
            (gettext("The first who says yes has them. Say yes here:"), f"{settings.SITE_URL}/duties/covers/"),
        ]
        return send(person, said, parts, at)


def tell_of_seat(entry: WaitlistEntry, at: datetime) -> Outbox | None:
    """That a seat is offered, and until when."""
    person, shift = entry.person, entry.shift
    assert entry.offer_until is not None
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        until = date_format(timezone.localtime(entry.offer_until), "j E, H:i")
        days = [DutyDay(starts_at=each.starts_at, ends_at=each.ends_at) for each in shift.windows]
        parts = [
            (gettext("A seat you wait for is free:"), ""),
            (f"{shift.round.programme.name}, {shift.name}", ""),
            *((day_in_words(each, shift), "") for each in days),
            (
                gettext("It is kept for you until %(until)s. Say yes or no here:") % {"until": until},
                f"{settings.SITE_URL}/duties/waiting/",
            ),
        ]
        return send(person, gettext("A seat is free for you, until %(until)s") % {"until": until}, parts, at)


def tell_of_handover(duty: Duty, at: datetime) -> Outbox | None:
    """To whoever looks after it, when the volunteer says that nothing is left: they accept it."""
    person = next(iter(handover.who_looks_after(duty, at)), None)
    if person is None:
        return None
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        subject = gettext("%(name)s hands a duty over to you") % {"name": duty.person}
        parts = [(gettext("%(name)s has finished and hands the duty over:") % {"name": duty.person}, "")]
        parts += _about(duty)[:1]
        handed = Counter(each.get_step_display() for each in duty.handed.order_by("id"))
        parts += [(f"{step}: {count}", "") for step, count in handed.items()]
        if duty.handover_note:
            parts.append((duty.handover_note, ""))
        parts.append((gettext("Accept it here:"), f"{settings.SITE_URL}/mentoring/"))
        return send(person, subject, parts, at)


def tell_mentors(*, of: Round, before: Places, after: Places, at: datetime) -> int:
    """One mail for each mentor whose people or days the difference touches, and how many were written."""
    new: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    gone: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for pair in sorted(before.keys() | after.keys()):
        was, now = _mentors_of(before.get(pair)), _mentors_of(after.get(pair))
        for number in now - was:
            new[number].append(pair)
        for number in was - now:
            gone[number].append(pair)
    pairs = [pair for each in (new, gone) for found in each.values() for pair in found]
    shifts = Shift.objects.in_bulk([shift for shift, _person in pairs])
    people = User.objects.in_bulk({person for _shift, person in pairs} | new.keys() | gone.keys())
    count = 0
    for number in sorted(new.keys() | gone.keys()):
        mentor = people.get(number)
        if mentor is None or not mentor.is_active:
            continue
        with translation.override(mentor.language), timezone.override(ZoneInfo(mentor.time_zone)):
            parts: list[tuple[str, str]] = []
            for said, found in (
                (gettext("You look after:"), new[number]),
                (gettext("You do not look after these any more:"), gone[number]),
            ):
                known = [pair for pair in found if pair[0] in shifts and pair[1] in people]
                known.sort(key=lambda pair: (shifts[pair[0]].starts_at, pair))
                parts += [(said, "")] if known else []
                for shift_id, person_id in known:
                    shift = shifts[shift_id]
                    days = [DutyDay(starts_at=each.starts_at, ends_at=each.ends_at) for each in shift.windows]
                    parts.append((f"{people[person_id]}, {shift.name}", ""))
                    parts += [(f"– {day_in_words(each, shift)}", "") for each in days]
            parts.append((gettext("Your people and their tickets:"), f"{settings.SITE_URL}/mentoring/"))
            subject = gettext("Whom you look after: %(name)s, round %(number)d")
            subject %= {"name": of.programme.name, "number": of.number}
            count += send(mentor, subject, parts, at) is not None
    return count


def _mentors_of(place: dict[str, Any] | None) -> set[int]:
    return {each for each in (place["mentor"], place["deputy"]) if each is not None} if place else set()


def remind_all(*, at: datetime) -> int:
    """Each in a transaction of its own, and how many mails were written. One statement when nothing is due."""
    return sum(remind(duty_id=number, at=at) is not None for number in reminders.due_reminders(at))


def _when_in_words(kind: str, first_at: datetime, at: datetime) -> str:
    days = (timezone.localdate(first_at) - timezone.localdate(at)).days
    if kind == Reminder.Kind.MORNING or days == 0:
        return gettext("Your duty today")
    return ngettext("Your duty tomorrow", "Your duty in %(count)d days", days) % {"count": days}


def _answer_url(duty: Duty) -> str:
    return answer_links.url_for(duty.pk, duty.person_id)


def _about(duty: Duty, *, is_gone: bool = False) -> list[tuple[str, str]]:
    """What and when, each day by the reader's clock; mentors of those who come."""
    shift = duty.shift
    lines = [(f"{shift.round.programme.name}, {shift.name}", "")]
    days = [each for each in duty.days.all() if each.is_live or is_gone]
    lines += [(day_in_words(each, shift), "") for each in sorted(days, key=lambda each: each.starts_at)]
    mentors = [str(each) for each in (duty.mentor, duty.deputy) if each is not None]
    if mentors and not is_gone:
        lines.append((gettext("Mentors: %(names)s") % {"names": ", ".join(mentors)}, ""))
    return lines


def day_in_words(day: DutyDay, shift: Shift) -> str:
    """By the clock of the zone that is in force, which is named where it is not the shift's: “Monday 16 March,
    8:00–16:00”."""
    start, end = timezone.localtime(day.starts_at), timezone.localtime(day.ends_at)
    last = f"{end:%-H:%M}" if end.date() == start.date() else f"{date_format(end, 'D')} {end:%-H:%M}"
    zone = timezone.get_current_timezone_name()
    said = f"{date_format(start, 'l j E')}, {start:%-H:%M}–{last}"
    return said if zone == shift.zone else f"{said} ({zone})"


def send(person: User, subject: str, parts: Sequence[tuple[str, str]], at: datetime) -> Outbox | None:
    if not person.email:
        return None
    text = "\n".join("\n".join(filter(None, part)) for part in parts) + "\n"
    html = format_html_join("", "<p>{}{}</p>", ((said, _link(url)) for said, url in parts))
    return outgoing.send_account_mail(
        address=person.email, subject=one_line(subject)[:200], text=text, html=html, at=at, recipient=person
    )


def _link(url: str) -> str:
    return format_html('<br><a href="{0}">{0}</a>', url) if url else ""
