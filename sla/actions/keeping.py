"""Calendars and policies: made whole or not at all. What cannot be meant is refused with a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sla import durations, queries
from sla.business_time import Spans
from sla.course import METRICS
from sla.levels import ASSIGNEE, LEAD, TEAM, read, usual
from sla.models import Calendar, CalendarVersion, Policy, PolicyVersion
from tickets.actions.auditing import differences, record_audit
from tickets.actions.errors import Refused
from tickets.models import AuditEntry, Priority, User
from tickets.models.ticket import Metric
from tickets.queries import searching
from tickets.queries.searching.meaning import Reading
from tickets.searching import Query, QueryError

LONGEST_TARGET_S = 5 * 365 * 86_400
HOUR = 3600

Values = dict[str, Any]

Levels = Sequence[Mapping[str, Any]]
"""As `sla.levels` reads them."""
Targets = Mapping[int, Mapping[str, int]]
"""Seconds of working time by priority and metric."""

USUAL_TARGETS: Targets = {
    Priority.URGENT: {"first_response": HOUR, "next_response": HOUR, "resolution": 4 * HOUR},
    Priority.HIGH: {"first_response": 2 * HOUR, "next_response": 4 * HOUR, "resolution": 8 * HOUR},
    Priority.NORMAL: {"first_response": 4 * HOUR, "next_response": 8 * HOUR, "resolution": 24 * HOUR},
    Priority.LOW: {"first_response": 8 * HOUR, "next_response": 16 * HOUR, "resolution": 40 * HOUR},
}
"""What a new desk promises until somebody says otherwise."""


CIRCULAR = ("due", "sla", "metric", "overdue", "at_risk")
"""What can be searched for and follows from a policy."""


class NameTaken(Refused):
    message = _("There is another one of this name.")


class NothingChanged(Refused):
    message = _("Nothing is different from what holds now.")


class AlreadyRemoved(Refused):
    message = _("Somebody removed this in the meantime.")


class DefaultStays(Refused):
    message = _("The default policy cannot be removed: what fits no other one needs it.")


def values_of_calendar(calendar: Calendar, version: CalendarVersion | None = None) -> Values:
    """What can be changed about it, as it holds now; nothing when it was removed. ``version`` is that of now, where the
    caller has it."""
    version = version or calendar.versions.filter(replaced_at=None).first()
    if version is None:
        return {}
    return {
        "name": calendar.name,
        "zone": version.zone,
        "weekly": {day: spans for day, spans in version.weekly.items() if spans},
        "exceptions": version.exceptions,
        "names": version.names,
    }


def values_of_policy(policy: Policy, version: PolicyVersion | None = None) -> Values:
    version = version or policy.versions.filter(replaced_at=None).first()
    if version is None:
        return {}
    return {
        "name": policy.name,
        "conditions": policy.conditions,
        "calendar": version.calendar_id,
        "targets": version.targets,
        "hold_pauses": version.hold_pauses,
        "levels": version.levels,
    }


def order_now() -> list[int]:
    """The policies by their numbers, in the order in which they are asked; the default one comes after all."""
    rows = Policy.objects.filter(is_default=False, versions__replaced_at=None).order_by("position", "id")
    return list(rows.values_list("pk", flat=True))


def default_now(policy: int | None) -> Values:
    """What making ``policy`` the default changes: which one that is, what it asks for itself, and what the one that was
    the default asks for."""
    rows = list(Policy.objects.filter(Q(is_default=True) | Q(pk=policy)).order_by("pk"))
    own = next((row.conditions for row in rows if row.pk == policy), "")
    return default_of(next((row.pk for row in rows if row.is_default), None), own)


def default_of(default: int | None, own_conditions: str) -> Values:
    return {"default": default, "own_conditions": own_conditions, "conditions": ""}


@transaction.atomic
def make_calendar(
    *,
    name: str,
    zone: str,
    weekly: Mapping[int, Spans],
    exceptions: Mapping[date, Spans] | None = None,
    names: Mapping[date, str] | None = None,
    at: datetime,
    by: User | None = None,
) -> Calendar:
    """Under the name of one that was removed that one comes back, with these hours.

    Raises ValueError with a sentence for hours that cannot be read (`sla.business_time`), and NameTaken."""
    removed = Calendar.objects.filter(name=name).first()
    if removed is not None and removed.versions.filter(replaced_at=None).exists():
        raise NameTaken
    version = CalendarVersion(made_at=at, **_stored_hours(zone, weekly, exceptions or {}, names or {}))
    queries.compiled(version)
    version.calendar = removed or Calendar.objects.create(name=name)
    version.number = version.calendar.versions.count() + 1
    version.save()
    _audit(
        AuditEntry.Kind.CALENDAR,
        version.calendar,
        None,
        told_calendar(values_of_calendar(version.calendar)),
        by=by,
        at=at,
    )
    return version.calendar


@transaction.atomic
def change_calendar(
    *,
    calendar: Calendar,
    name: str,
    zone: str,
    weekly: Mapping[int, Spans],
    exceptions: Mapping[date, Spans],
    names: Mapping[date, str],
    at: datetime,
    by: User | None,
) -> CalendarVersion:
    """A new version, if the hours differ. Clocks that run keep the old one until somebody renews them
    (`sla.actions.editing`). Raises as `make_calendar`, and NothingChanged."""
    calendar = Calendar.objects.select_for_update().get(pk=calendar.pk)
    before = values_of_calendar(calendar)
    if not before:
        raise AlreadyRemoved
    version = calendar.versions.get(replaced_at=None)
    wanted = _stored_hours(zone, weekly, exceptions, names)
    if before == {"name": name, **wanted}:
        raise NothingChanged
    if Calendar.objects.filter(name=name).exclude(pk=calendar.pk).exists():
        raise NameTaken
    calendar.name = name
    calendar.save(update_fields=["name"])
    if any(getattr(version, key) != wanted[key] for key in ("zone", "weekly", "exceptions")):
        CalendarVersion.objects.filter(pk=version.pk).update(replaced_at=at)
        version = CalendarVersion(calendar=calendar, number=version.number + 1, made_at=at, **wanted)
        queries.compiled(version)
        version.save()
    else:
        CalendarVersion.objects.filter(pk=version.pk).update(names=wanted["names"])
    _audit(
        AuditEntry.Kind.CALENDAR,
        calendar,
        told_calendar(before),
        told_calendar(values_of_calendar(calendar)),
        by=by,
        at=at,
    )
    return version


@transaction.atomic
def remove_calendar(*, calendar: Calendar, at: datetime, by: User | None) -> None:
    """Nobody counts by it any more; its versions stay, since what was promised did. Raises AlreadyRemoved, and
    `Refused` with the names of the policies that count by it."""
    calendar = Calendar.objects.select_for_update().get(pk=calendar.pk)
    before = values_of_calendar(calendar)
    if not before:
        raise AlreadyRemoved
    if used_by := queries.policies_counting_by(calendar):
        said = {"calendar": calendar.name, "policies": ", ".join(policy.name for policy in used_by)}
        raise Refused(_("“%(calendar)s” cannot be removed while policies count by it: %(policies)s.") % said)
    calendar.versions.filter(replaced_at=None).update(replaced_at=at)
    _audit(AuditEntry.Kind.CALENDAR, calendar, told_calendar(before), None, by=by, at=at)


@transaction.atomic
def make_policy(
    *,
    name: str,
    calendar: Calendar,
    targets: Targets,
    at: datetime,
    conditions: str = "",
    is_default: bool = False,
    position: int = 0,
    hold_pauses: bool = True,
    levels: Levels | None = None,
    by: User | None = None,
) -> Policy:
    """``conditions`` is a search; the default policy has none. Under the name of one that was removed that one comes
    back, with all that is given here.

    Raises ValueError with a sentence for targets, `QueryError` for conditions that cannot be meant, and NameTaken.
    """
    conditions = _readable(conditions, is_default, at)
    _refuse_removed(calendar)
    asked = {"position": position, "conditions": conditions, "is_default": is_default}
    if Policy.objects.filter(name=name, versions__replaced_at=None).exists():
        raise NameTaken
    policy, _is_new = Policy.objects.update_or_create(name=name, defaults=asked)
    PolicyVersion.objects.create(
        policy=policy,
        number=policy.versions.count() + 1,
        calendar=calendar,
        targets=_stored(targets),
        hold_pauses=hold_pauses,
        levels=_readable_levels(levels),
        made_at=at,
    )
    _audit(AuditEntry.Kind.POLICY, policy, None, audited_policy(values_of_policy(policy)), by=by, at=at)
    return policy


@transaction.atomic
def change_policy(
    *,
    policy: Policy,
    name: str,
    calendar: Calendar,
    targets: Targets,
    conditions: str,
    hold_pauses: bool,
    levels: Levels,
    at: datetime,
    by: User | None,
) -> PolicyVersion:
    """A new version. Clocks that run keep the old one until somebody renews them. Raises as `make_policy`, and
    NothingChanged."""
    policy = Policy.objects.select_for_update().get(pk=policy.pk)
    before = values_of_policy(policy)
    if not before:
        raise AlreadyRemoved
    _refuse_removed(calendar)
    told = audited_policy(before)
    version = policy.versions.get(replaced_at=None)
    wanted: Values = {
        "name": name,
        "conditions": _readable(conditions, policy.is_default, at),
        "calendar": calendar.pk,
        "targets": _stored(targets),
        "hold_pauses": hold_pauses,
        "levels": _readable_levels(levels),
    }
    if before == wanted:
        raise NothingChanged
    if Policy.objects.filter(name=name).exclude(pk=policy.pk).exists():
        raise NameTaken
    policy.name, policy.conditions = name, wanted["conditions"]
    policy.save(update_fields=["name", "conditions"])
    PolicyVersion.objects.filter(pk=version.pk).update(replaced_at=at)
    made = PolicyVersion.objects.create(
        policy=policy,
        number=version.number + 1,
        calendar=calendar,
        targets=wanted["targets"],
        hold_pauses=hold_pauses,
        levels=wanted["levels"],
        made_at=at,
    )
    _audit(AuditEntry.Kind.POLICY, policy, told, audited_policy(values_of_policy(policy)), by=by, at=at)
    return made


@transaction.atomic
def make_default(*, policy: Policy, conditions: str, at: datetime, by: User | None) -> None:
    """What fits no other policy has this one from now on. The one that was the default is asked last of the others,
    for tickets that fit ``conditions``. Both get a new version, so that whatever ran under either is found again.

    Raises NothingChanged, AlreadyRemoved, and ValueError and `QueryError` for conditions that cannot be meant.
    """
    rows = {row.pk: row for row in Policy.objects.select_for_update().order_by("pk")}
    policy = rows[policy.pk]
    if policy.is_default:
        raise NothingChanged
    if not values_of_policy(policy):
        raise AlreadyRemoved
    conditions = _readable(conditions, False, at)
    until_now = next((row for row in rows.values() if row.is_default), None)
    if until_now is None:
        raise Refused(_("There is no default policy yet. Make one first."))
    last = max(row.position for row in rows.values()) + 1
    # The old one first: at no moment are there two.
    for row, becomes in ((until_now, False), (policy, True)):
        before = row.conditions
        row.is_default, row.conditions = becomes, "" if becomes else conditions
        row.position = row.position if becomes else last
        row.save(update_fields=["is_default", "conditions", "position"])
        _renew_version(row, at=at)
        data = {
            "is_default": [not becomes, becomes],
            **differences({"conditions": before}, {"conditions": row.conditions}),
        }
        record_audit(action=AuditEntry.Action.CHANGED, kind=AuditEntry.Kind.POLICY, by=by, at=at, of=row, data=data)


def _renew_version(policy: Policy, *, at: datetime) -> None:
    """The same promises under a new number."""
    version = policy.versions.get(replaced_at=None)
    PolicyVersion.objects.filter(pk=version.pk).update(replaced_at=at)
    version.pk, version.number, version.made_at = None, version.number + 1, at
    version._state.adding = True
    version.save()


@transaction.atomic
def remove_policy(*, policy: Policy, at: datetime, by: User | None) -> None:
    """No ticket gets it any more; clocks that run keep it until somebody renews them. Its versions stay, since what
    was promised did. Raises DefaultStays and AlreadyRemoved."""
    policy = Policy.objects.select_for_update().get(pk=policy.pk)
    before = values_of_policy(policy)
    if not before:
        raise AlreadyRemoved
    if policy.is_default:
        raise DefaultStays
    told = audited_policy(before)
    policy.versions.filter(replaced_at=None).update(replaced_at=at)
    _audit(AuditEntry.Kind.POLICY, policy, told, None, by=by, at=at)


@transaction.atomic
def order_policies(*, order: Sequence[int], at: datetime, by: User | None) -> None:
    """Let them be asked in this order. All but the default one must be named, each once. Raises NothingChanged."""
    rows = {row.pk: row for row in Policy.objects.select_for_update().order_by("pk")}
    before = order_now()
    if sorted(order) != sorted(before):
        raise Refused(_("Somebody added or removed a policy meanwhile. Look at the order again."))
    if list(order) == before:
        raise NothingChanged
    for position, number in enumerate(order, start=1):
        rows[number].position = position
        rows[number].save(update_fields=["position"])
    data = {"order": [", ".join(rows[number].name for number in each) for each in (before, order)]}
    record_audit(
        action=AuditEntry.Action.CHANGED, kind=AuditEntry.Kind.POLICY, by=by, at=at, of="order", name="", data=data
    )


def _readable(conditions: str, is_default: bool, at: datetime) -> str:
    """The conditions without blanks around; raises where they cannot be meant."""
    conditions = conditions.strip()
    if is_default:
        return ""
    if not conditions:
        raise ValueError("Only the default policy may fit every ticket: say which tickets this one is for.")
    asked = searching.read(conditions)
    searching.conditions(asked, None, at, reading=Reading(None, at))
    _refuse_circles(asked)
    return conditions


def _refuse_circles(asked: Query) -> None:
    """What a promise says of a ticket cannot decide which promise it has: it would change by itself, without anything
    happening, and each verdict would undo its own cause."""
    for each, _is_positive in asked.properties():
        if each.field in CIRCULAR or (each.field == "is" and any(one.meaning in CIRCULAR for one in each.values)):
            raise QueryError(
                gettext(
                    "The policy itself decides this of a ticket, so it cannot be asked here."
                    " Say it by queue, tag or so."
                ),
                start=each.start,
                end=each.end,
            )


def _readable_levels(levels: Levels | None) -> list[dict[str, Any]]:
    if levels is None:
        return usual()
    read(list(levels))
    return [dict(level) for level in levels]


def _stored_hours(
    zone: str, weekly: Mapping[int, Spans], exceptions: Mapping[date, Spans], names: Mapping[date, str]
) -> Values:
    return {
        "zone": zone,
        "weekly": {str(day): [list(span) for span in spans] for day, spans in sorted(weekly.items()) if spans},
        "exceptions": {day.isoformat(): [list(span) for span in spans] for day, spans in sorted(exceptions.items())},
        "names": {day.isoformat(): name for day, name in sorted(names.items()) if name and day in exceptions},
    }


def told_calendar(values: Values) -> Values:
    """In words, for people who compare."""
    days = [
        " ".join(filter(None, [day, _spans_in_words(spans) or "–", values["names"].get(day, "")]))
        for day, spans in values["exceptions"].items()
    ]
    weekly = {f"weekday_{day}": _spans_in_words(values["weekly"].get(str(day), [])) for day in range(7)}
    return {"name": values["name"], "zone": values["zone"], **weekly, "days": "; ".join(days)}


def _spans_in_words(spans: Spans) -> str:
    return ", ".join(f"{start}–{end}" for start, end in spans)


def told_policy(values: Values) -> Values:
    """The same of a policy."""
    told = audited_policy(values)
    return {name: policy_in_words(name, value) for name, value in told.items()}


def audited_policy(values: Values) -> Values:
    """As the audit keeps it: in no language, and with the name that the calendar has now."""
    return values | {"calendar": Calendar.objects.get(pk=values["calendar"]).name}


def policy_in_words(name: str, value: Any) -> Any:
    """A setting of a policy for its reader; what is no list of promises or levels stays as it is."""
    if name == "targets" and isinstance(value, Mapping):
        return "; ".join(
            f"{Priority(int(priority)).label}, {Metric(metric).label}: {durations.in_words(seconds)}"
            for priority, by_metric in sorted(value.items(), reverse=True)
            for metric, seconds in by_metric.items()
        )
    if name == "levels" and isinstance(value, list | tuple):
        return "; ".join(level_in_words(level) for level in value)
    return value


def level_in_words(level: Mapping[str, Any]) -> str:
    """When it comes, and who is told."""
    names = {ASSIGNEE: gettext("assignee"), TEAM: gettext("team"), LEAD: gettext("leads")}
    if "used_percent" in level:
        when = gettext("%(percent)s %% used") % {"percent": level["used_percent"]}
    elif level.get("minutes", 0) < 0:
        when = gettext("%(minutes)s min before the end") % {"minutes": -level["minutes"]}
    elif level.get("minutes"):
        when = gettext("%(minutes)s min after the end") % {"minutes": level["minutes"]}
    else:
        when = gettext("when it is broken")
    told = ", ".join(str(names[each]) for each in level.get("recipients", []))
    return f"{when}: {told or gettext('nobody')}"


def _audit(
    kind: AuditEntry.Kind,
    row: Calendar | Policy,
    before: Values | None,
    after: Values | None,
    *,
    by: User | None,
    at: datetime,
) -> None:
    action = AuditEntry.Action.CHANGED
    if before is None or after is None:
        action = AuditEntry.Action.ADDED if before is None else AuditEntry.Action.REMOVED
    record_audit(action=action, kind=kind, by=by, at=at, of=row, data=differences(before or {}, after or {}))


def _refuse_removed(calendar: Calendar) -> None:
    if not calendar.versions.filter(replaced_at=None).exists():
        raise Refused(_("Somebody removed this calendar in the meantime: choose another one."))


def _stored(targets: Targets) -> dict[str, dict[str, int]]:
    if not any(targets.values()):
        raise ValueError("A policy without any target promises nothing: give at least one.")
    for priority, by_metric in targets.items():
        if priority not in Priority.values:
            raise ValueError(f"{priority!r} is no priority.")
        for metric, seconds in by_metric.items():
            if metric not in METRICS:
                raise ValueError(f"{metric!r} is nothing that can be promised.")
            _refuse_target(seconds)
    return {str(int(priority)): dict(by_metric) for priority, by_metric in targets.items() if by_metric}


def _refuse_target(seconds: Any) -> None:
    if type(seconds) is not int or not 0 < seconds <= LONGEST_TARGET_S:
        raise ValueError(f"{seconds!r} is no target: give whole seconds of working time, more than none.")


@transaction.atomic
def make_usual_policy(*, at: datetime) -> bool:
    """On a desk that has no policy at all: office hours and targets to begin with. Returns whether it made them."""
    if Policy.objects.exists():
        return False
    calendar = Calendar.objects.filter(name="Biuro").first() or make_calendar(
        name="Biuro", zone="Europe/Warsaw", weekly={day: [("08:00", "16:00")] for day in range(5)}, at=at
    )
    make_policy(name="Podstawowe", calendar=calendar, targets=USUAL_TARGETS, is_default=True, at=at)
    return True
