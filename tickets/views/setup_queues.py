"""Queues: who works them, whether tickets are given out by themselves, to whom the next one goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from tickets import access
from tickets.actions import dealing, keeping_queues, unused
from tickets.actions.dealing import Foreseen, Standing
from tickets.actions.errors import Refused
from tickets.actions.mail_settings import WrongSettings
from tickets.forms.setup import QueueSetupForm
from tickets.models import Assignment, Queue, Team
from tickets.queries import setup as reading
from tickets.templatetags.ui import count
from tickets.views.setup import for_setup, for_setup_changes, setup_page

SENTENCES = {
    Assignment.OFF: gettext_lazy("Nobody is given anything: people take tickets, or a person gives them."),
    Assignment.ROUND_ROBIN: gettext_lazy("Each ticket goes to whoever has waited longest for one."),
    Assignment.LEAST_LOADED: gettext_lazy(
        "Each ticket goes to whoever has the fewest in hand; of two with as many, to whoever has waited longer."
    ),
}


@dataclass(frozen=True)
class Way:
    """One way of giving tickets out, as the page offers it."""

    value: str
    label: str
    sentence: str
    foreseen: str
    """Who would get the next ticket by it now."""
    is_chosen: bool


@dataclass(frozen=True)
class Member:
    """Somebody of the team, and how they stand in the queue's own way of giving tickets out."""

    standing: Standing
    state: str
    is_next: bool
    tone: str = ""


@for_setup
def queue_list(request: HttpRequest) -> HttpResponse:
    return setup_page(request, "tickets/setup_queues.html", {"queues": list(reading.queues())})


@for_setup_changes
def new_queue(request: HttpRequest) -> HttpResponse:
    form = QueueSetupForm(request.POST or None, instance=Queue())
    if request.method == "POST" and form.is_valid():
        try:
            made = keeping_queues.add(by=request.user, at=request.at, **_settings(form))
        except WrongSettings as refusal:
            form.refuse(refusal.errors)
        else:
            toasts.success(request, _("The queue %(name)s is there.") % {"name": made.name})
            return redirect("setup_queue", made.pk)
    ways = _ways(form, None)
    context = {"form": form, "ways": ways, "team_people": list(reading.teams())}
    return setup_page(request, "tickets/setup_queue.html", context, status=400 if form.errors else 200)


@for_setup
def queue(request: HttpRequest, number: int) -> HttpResponse:
    """Saved at once, unless something follows from it that is said first and asked for once."""
    found = _load(number)
    foreseen = dealing.foresee(found, at=request.at)
    form = QueueSetupForm(request.POST or None, instance=_load(number))
    follows: list[str] = []
    if request.method == "POST":
        if not access.can_change_setup(request.user):
            raise Http404
        if form.is_valid():
            follows = [] if form.cleaned_data["sure"] else _what_follows(found, foreseen, form)
            if not follows:
                try:
                    keeping_queues.change(queue=found, by=request.user, at=request.at, **_settings(form))
                except WrongSettings as refusal:
                    form.refuse(refusal.errors)
                else:
                    toasts.success(request, _("Saved."))
                    return redirect("setup_queue", number)
    context = {
        "queue": found,
        "is_unused": unused.is_unused(found),
        "form": form,
        "follows": follows,
        "ways": _ways(form, foreseen),
        "members": _members(found, foreseen),
        "waiting": _in_words(foreseen),
        "said": _foreseen(foreseen, found.assignment),
    }
    return setup_page(request, "tickets/setup_queue.html", context, status=400 if form.errors else 200)


@for_setup_changes
@require_POST
def move_queue(request: HttpRequest, number: int) -> HttpResponse:
    is_up = request.POST.get("to") != "down"
    keeping_queues.move(queue=_load(number), by=request.user, is_up=is_up, at=request.at)
    return redirect("setup_queues")


@for_setup_changes
@require_POST
def remove_queue(request: HttpRequest, number: int) -> HttpResponse:
    found = _load(number)
    try:
        keeping_queues.remove(queue=found, by=request.user, at=request.at)
    except Refused as refusal:
        toasts.error(request, str(refusal))
        return redirect("setup_queue", number)
    toasts.success(request, _("%(name)s is deleted.") % {"name": found.name})
    return redirect("setup_queues")


def _load(number: int) -> Queue:
    try:
        return reading.queues().get(pk=number)
    except Queue.DoesNotExist as error:
        raise Http404 from error


def _settings(form: QueueSetupForm) -> Any:
    return {name: form.cleaned_data[name] for name in keeping_queues.QueueSettings.__annotations__}


def _ways(form: QueueSetupForm, foreseen: Foreseen | None) -> list[Way]:
    chosen = form["assignment"].value()
    return [
        Way(
            value=str(way),
            label=str(way.label),
            sentence=str(SENTENCES[way]),
            foreseen=_foreseen(foreseen, way) if foreseen and way != Assignment.OFF else "",
            is_chosen=str(way) == chosen,
        )
        for way in Assignment
    ]


def _foreseen(foreseen: Foreseen, way: str) -> str:
    """Who would get the next ticket, or why nobody would."""
    if way == Assignment.OFF:
        return ""
    person = foreseen.next_by[way]
    if person is not None:
        return _("The next ticket goes to %(person)s.") % {"person": person}
    if not foreseen.standings:
        return _("Nobody would get the next ticket: the team has no people.")
    if not any(each.is_present for each in foreseen.standings):
        return _("Nobody would get the next ticket now: everybody of the team is away.")
    if foreseen.room():
        return _("Nobody would get the oldest ticket: whoever has room asked for it or handed it back.")
    return _("Nobody would get the next ticket now: everybody who is there has as many as allowed.")


def _members(queue: Queue, foreseen: Foreseen) -> list[Member]:
    """Who is next first, then by turn, then those who get nothing now."""
    order = dealing.in_turn(foreseen.standings, way=queue.assignment, cap=queue.assignment_cap)
    place = {each.person.pk: index for index, each in enumerate(order)}
    first = foreseen.next_by.get(queue.assignment)
    people = sorted(foreseen.standings, key=lambda each: place.get(each.person.pk, len(place)))
    return [_member(each, queue, is_next=first is not None and each.person.pk == first.pk) for each in people]


def _member(each: Standing, queue: Queue, *, is_next: bool) -> Member:
    if not each.is_present:
        return Member(each, _("away now"), is_next=False)
    if queue.assignment != Assignment.OFF and each.in_hand >= queue.assignment_cap:
        return Member(each, _("has as many as allowed"), is_next=False, tone="amber")
    return Member(each, _("next") if is_next else _("present"), is_next=is_next)


def _in_words(foreseen: Foreseen) -> str:
    number = foreseen.waiting
    if not number:
        return _("No ticket waits here without a person.")
    waits = ngettext(
        "%(number)s ticket waits here and nobody has it.", "%(number)s tickets wait here and nobody has them.", number
    )
    return waits % {"number": count(number)}


def _what_follows(found: Queue, foreseen: Foreseen, form: QueueSetupForm) -> list[str]:
    wanted = form.cleaned_data
    return [*_of_team(found, wanted["team"]), *_of_assignment(found, foreseen, wanted)]


def _of_team(found: Queue, team: Team) -> list[str]:
    if team.pk == found.team_id:
        return []
    names = {"queue": found.name, "old": found.team, "new": team}
    said = [_("The team %(new)s works %(queue)s from now on; %(old)s does not see its tickets any more.") % names]
    for person, number in reading.lost_with_team(found, team).items():
        sentence = ngettext(
            "%(number)d ticket in the hands of %(person)s goes back into the queue.",
            "%(number)d tickets in the hands of %(person)s go back into the queue.",
            number,
        )
        said.append(sentence % {"number": number, "person": person})
    return said


def _of_assignment(found: Queue, foreseen: Foreseen, wanted: dict[str, Any]) -> list[str]:
    """What lies there is given out as soon as assignment is switched on or its cap is raised."""
    is_on, was_on = wanted["assignment"] != Assignment.OFF, found.assignment != Assignment.OFF
    if not is_on or not foreseen.waiting or wanted["team"].pk != found.team_id:
        return []
    number = min(foreseen.waiting, foreseen.room(wanted["assignment_cap"]))
    if number <= (min(foreseen.waiting, foreseen.room()) if was_on else 0):
        return []
    sentence = ngettext(
        "%(number)s ticket that nobody has is given out at once, the oldest first.",
        "%(number)s tickets that nobody has are given out at once, the oldest first.",
        number,
    )
    return [sentence % {"number": count(number)}]
