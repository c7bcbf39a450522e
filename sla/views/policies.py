"""Policies: their order, one with its conditions, promises and warnings, and the box in which they are tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from helpdesk.lib.time_limit import TooSlow
from sla import access, durations, levels, queries
from sla.actions import editing, keeping, trying
from sla.forms import LevelRows, PolicyForm, TryForm, initial_of_policy
from sla.models import Policy
from sla.views.doors import for_who_keeps, for_who_sees
from sla.views.edits import begun, removal_begun
from sla.views.words import compared, in_lines
from tickets.actions.errors import Refused
from tickets.models import Priority, Ticket
from tickets.models.ticket import Metric
from tickets.searching import QueryError


@dataclass(frozen=True)
class Mistake:
    """What is wrong with conditions, in three parts around the place."""

    sentence: str
    before: str
    there: str
    after: str

    @classmethod
    def of(cls, error: QueryError, text: str) -> Mistake:
        return cls(str(error), text[: error.start], text[error.start : error.end] or " ", text[error.end :])


@dataclass(frozen=True)
class Row:
    policy: Policy
    targets: list[tuple[str, list[tuple[str, str]]]]
    earlier: str
    later: str
    """Orders, as the address of the page takes them; empty where there is no place to go."""


@for_who_sees
def promises(request: HttpRequest) -> HttpResponse:
    """``?order=`` shows another order that nobody has decided on yet."""
    policies = queries.policies()
    stored = [each.pk for each in policies if not each.is_default]
    order = _order_of(request.GET.get("order", ""), stored)
    by_number = {each.pk: each for each in policies}
    rows = [
        Row(by_number[number], targets_of(by_number[number]), _moved(order, place, -1), _moved(order, place, 1))
        for place, number in enumerate(order)
    ]
    rows += [Row(each, targets_of(each), "", "") for each in policies if each.is_default]
    moved = request.GET.get("moved", "")
    context = {
        "rows": rows,
        "order": ",".join(map(str, order)),
        "is_moved": order != stored,
        "moved": int(moved) if moved.isdecimal() and len(moved) < 18 else 0,
        "base": editing.fingerprint({"order": stored}),
        "has_default": any(each.is_default for each in policies),
        "has_calendar": queries.calendars_in_force().exists(),
        "may_keep": access.can_keep_promises(request.user),
    }
    return render(request, "sla/promises.html", context)


@for_who_keeps
@require_POST
def order_policies(request: HttpRequest) -> HttpResponse:
    stored = keeping.order_now()
    order = _order_of(request.POST.get("order", ""), stored)
    try:
        edit = editing.propose(
            kind="order",
            target=None,
            base=request.POST.get("base", ""),
            proposed={"order": order},
            by=request.user,
            at=request.at,
        )
    except editing.ChangedMeanwhile as refusal:
        theirs = compared("order", {"order": order}, {"order": stored})
        context = {"refusal": str(refusal), "theirs": theirs, "order": ",".join(map(str, order))}
        return render(request, "sla/order_conflict.html", context, status=409)
    except Refused as refusal:
        return render(request, "sla/order_conflict.html", {"refusal": str(refusal)}, status=409)
    return begun(request, edit)


@for_who_keeps
def new_policy(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _typed(request, None)
    if not queries.calendars_in_force().exists():
        return redirect("new_calendar")
    initial = initial_of_policy({"targets": {}, "hold_pauses": True})
    if not _has_default():
        initial = initial_of_policy({"targets": _usual_targets(), "hold_pauses": True, "name": _("Basic")})
    form = PolicyForm(initial=initial, is_default=not _has_default())
    return _page(request, None, form, LevelRows.stored(levels.usual()))


@for_who_sees
def policy(request: HttpRequest, number: int) -> HttpResponse:
    found = get_object_or_404(queries.policies_in_force(), pk=number)
    if request.method == "POST":
        return for_who_keeps(_typed)(request, found)
    values = keeping.values_of_policy(found)
    form = PolicyForm(initial=initial_of_policy(values), is_default=found.is_default)
    return _page(request, found, form, LevelRows.stored(values["levels"]))


@for_who_keeps
@require_POST
def remove_policy(request: HttpRequest, number: int) -> HttpResponse:
    """What follows from it is seen first."""
    return removal_begun(request, "policy", get_object_or_404(queries.policies_in_force(), pk=number).pk)


@for_who_keeps
@require_POST
def make_default(request: HttpRequest, number: int) -> HttpResponse:
    """What fits no other policy gets this one; what follows from it is seen first."""
    found = get_object_or_404(queries.policies_in_force(), pk=number)
    conditions = request.POST.get("old_conditions", "").strip()[:1000]
    try:
        edit = editing.propose(
            kind="default",
            target=found.pk,
            base=request.POST.get("base", ""),
            proposed={"default": found.pk, "own_conditions": "", "conditions": conditions},
            by=request.user,
            at=request.at,
        )
    except QueryError as error:
        return _again(request, found, conditions, 400, default_mistake=Mistake.of(error, conditions))
    except ValueError:
        sentence = _("Say which tickets the default of until now is for: it needs conditions from now on.")
        return _again(request, found, conditions, 400, default_error=sentence)
    except Refused as refusal:
        return _again(request, found, conditions, 409, default_error=str(refusal))
    return begun(request, edit)


def _again(request: HttpRequest, found: Policy, conditions: str, status: int, **more: Any) -> HttpResponse:
    values = keeping.values_of_policy(found)
    form = PolicyForm(initial=initial_of_policy(values), is_default=found.is_default)
    rows = LevelRows.stored(values["levels"])
    return _page(request, found, form, rows, status, conditions_of_old=conditions, **more)


@for_who_keeps
def check_conditions(request: HttpRequest) -> HttpResponse:
    """What htmx shows under the conditions while they are typed."""
    return render(request, "sla/_conditions_check.html", _checked(request, request.GET.get("conditions", "")[:1000]))


@for_who_sees
def try_policies(request: HttpRequest) -> HttpResponse:
    """A ticket by its number, or one that is not there by its properties."""
    number = request.GET.get("ticket", "").strip().removeprefix("#")
    form = TryForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "number": number, "at": request.at}
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                context["verdict"] = trying.of_properties(**form.cleaned_data, at=request.at)
            except Refused as refusal:
                form.add_error(None, str(refusal))
        status = 200 if form.is_valid() else 400
    elif number:
        found = None
        if number.isdecimal() and len(number) < 18:
            found = Ticket.objects.worked_by(request.user, request.at).filter(pk=number).first()
        if found is None:
            context["refusal"] = _("There is no ticket of this number in sight.")
            status = 400
        else:
            context |= {"ticket": found, "verdict": trying.of_ticket(found, at=request.at)}
    return render(request, "sla/try.html", context, status=status)


def _typed(request: HttpRequest, found: Policy | None) -> HttpResponse:
    is_default = found.is_default if found else not _has_default()
    form, rows = PolicyForm(request.POST, is_default=is_default), LevelRows.typed(request.POST)
    is_right = rows.check()
    if not form.is_valid() or not is_right:
        return _page(request, found, form, rows, status=400)
    values = {
        "name": form.cleaned_data["name"],
        "conditions": form.cleaned_data.get("conditions", "").strip(),
        "calendar": form.cleaned_data["calendar"].pk,
        "targets": form.cleaned_data["targets"],
        "hold_pauses": form.cleaned_data["hold_pauses"],
        "levels": rows.levels,
    }
    try:
        edit = editing.propose(
            kind="policy",
            target=found.pk if found else None,
            base=request.POST.get("base", "") if found else editing.fingerprint({}),
            proposed=values,
            by=request.user,
            at=request.at,
        )
    except editing.ChangedMeanwhile as refusal:
        theirs = compared("policy", values, keeping.values_of_policy(found)) if found else []
        return _page(request, found, form, rows, status=409, refusal=str(refusal), theirs=theirs)
    except QueryError as error:
        return _page(request, found, form, rows, status=400, mistake=Mistake.of(error, values["conditions"]))
    except (Refused, ValueError) as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, form, rows, status=400)
    return begun(request, edit)


def _page(
    request: HttpRequest, found: Policy | None, form: PolicyForm, rows: LevelRows, status: int = 200, **more: Any
) -> HttpResponse:
    values = keeping.values_of_policy(found) if found else {}
    text = form["conditions"].value() if "conditions" in form.fields else ""
    checked = (
        _checked(request, text) if text and access.can_keep_promises(request.user) and "mistake" not in more else {}
    )
    default = Policy.objects.filter(is_default=True).first() if found else None
    context = {
        "policy": found,
        "is_default": "conditions" not in form.fields,
        "form": form,
        "rows": rows.shown,
        "base": editing.fingerprint(values),
        "told": keeping.told_policy(values) if values else {},
        "targets": targets_of(next(each for each in queries.policies() if each == found)) if found else [],
        "warnings": [keeping.level_in_words(each) for each in values.get("levels", [])],
        "history": in_lines(queries.history_of("policy", found.pk)) if found else [],
        "may_keep": access.can_keep_promises(request.user),
        "default_until_now": default,
        "default_base": editing.fingerprint(keeping.default_now(found.pk if found else None)),
        **checked,
        **more,
    }
    return render(request, "sla/policy.html", context, status=status)


def _checked(request: HttpRequest, text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        return {"number": queries.number_fitting(text, request.user, request.at)}
    except QueryError as error:
        return {"mistake": Mistake.of(error, text)}
    except TooSlow:
        return {"is_slow": True}


def _has_default() -> bool:
    return Policy.objects.filter(is_default=True).exists()


def _usual_targets() -> dict[str, dict[str, int]]:
    return {str(int(priority)): dict(targets) for priority, targets in keeping.USUAL_TARGETS.items()}


def targets_of(found: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """By priority, the highest first, what is promised."""
    return [
        (
            str(Priority(int(priority)).label),
            [
                (str(Metric(metric).label), durations.in_words(by_metric[metric]))
                for metric in Metric.values
                if metric in by_metric
            ],
        )
        for priority, by_metric in sorted(found.version.targets.items(), reverse=True)
    ]


def _order_of(text: str, stored: list[int]) -> list[int]:
    """The order that is asked for, if it holds each policy once; else the one that holds."""
    given = [int(each) for each in text.split(",") if each.isdecimal() and len(each) < 18]
    return given if sorted(given) == sorted(stored) else stored


def _moved(order: list[int], place: int, step: int) -> str:
    if not 0 <= place + step < len(order):
        return ""
    moved = list(order)
    moved[place], moved[place + step] = moved[place + step], moved[place]
    return ",".join(map(str, moved))
