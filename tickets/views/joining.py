"""Linking tickets, merging one into another, splitting messages off."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tickets import access
from tickets.actions import linking, merging, splitting
from tickets.actions.errors import NotAllowed, Refused
from tickets.forms.joining import LinkForm, SplitForm
from tickets.models import Merge, Message, Ticket, User
from tickets.models.ticket import ACTIONABLE
from tickets.queries import joined
from tickets.queries import ticket as reading
from tickets.queries.naming import names_of_people
from tickets.views.shell import shell
from tickets.views.ticket import load_workable, page
from tickets.views.timeline import said


@login_required
def links(request: HttpRequest, number: int) -> HttpResponse:
    """Link by a number at once (POST); words lead to a page of tickets to choose from (GET)."""
    found = _mine(request, number)
    form = LinkForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return page(request, found, status=400, refusal=_("Write the number of a ticket, or words of its subject."))
    relation, words = form.cleaned_data["relation"], form.cleaned_data["other"]
    hits = joined.suggestions(found, request.user, words, at=request.at)
    if request.method == "POST" and words.strip().lstrip("#").isdecimal():
        if not hits:
            return page(request, found, status=404, refusal=_no_such(words))
        return _link(request, found, hits[0], relation)
    context = {"ticket": found, "relation": relation, "label": linking.Relation(relation).label, "words": words}
    return _rendered(request, "tickets/choose_link.html", hits=hits, **context)


def _link(request: HttpRequest, found: Ticket, other: Ticket, relation: str) -> HttpResponse:
    try:
        linking.link(ticket=found, other=other, relation=relation, by=request.user, at=request.at)
    except Refused as refusal:
        return page(request, load_workable(request, found.pk), status=_status_of(refusal), refusal=str(refusal))
    return redirect(found.get_absolute_url() + "#links")


@login_required
@require_POST
def unlink(request: HttpRequest, number: int, link_id: int) -> HttpResponse:
    found = _mine(request, number)
    known = joined.links_of(found, request.user, at=request.at)
    link = next((each.link for each in known if each.link.pk == link_id), None)
    if link is None:
        raise Http404
    try:
        linking.unlink(link=link, by=request.user, at=request.at)
    except Refused as refusal:
        return page(request, found, status=_status_of(refusal), refusal=str(refusal))
    return redirect(found.get_absolute_url() + "#links")


@login_required
def merge(request: HttpRequest, number: int) -> HttpResponse:
    """Choose the ticket it goes into, see both and what will happen, then merge them."""
    found = _mine(request, number)
    words = request.POST.get("into", "") if request.method == "POST" else request.GET.get("into", "")
    hits = joined.suggestions(found, request.user, words, at=request.at)
    target = hits[0] if words.strip().lstrip("#").isdecimal() and hits else None
    if request.method != "POST" or target is None:
        if target is None:
            nothing = _no_such(words) if words and not hits else ""
            context = {"ticket": found, "hits": hits, "words": words, "refusal": nothing}
            return _rendered(request, "tickets/choose_merge.html", **context)
        return _preview(request, found, target)
    try:
        made = merging.merge(
            ticket=found, into=target, by=request.user, at=request.at, shows_all="shows_all" in request.POST
        )
    except Refused as refusal:
        return _preview(request, found, target, refusal=str(refusal), status=_status_of(refusal))
    numbers = {"number": found.pk, "target": target.pk}
    sentence = _("#%(number)d is part of #%(target)d now.") % numbers
    toasts.success(request, sentence, extra_tags=reverse("unmerge", args=[made.pk]))
    return redirect(target.get_absolute_url())


@dataclass(frozen=True)
class Part:
    """One of the two tickets of a merge, before it."""

    ticket: Ticket
    newest: list[object]
    messages: int
    readers: list[str]


def _preview(
    request: HttpRequest, found: Ticket, target: Ticket, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    sides = merging.sides_of(found, target)
    names = names_of_people(sides.source | sides.target)

    def part(ticket: Ticket, readers: frozenset[int]) -> Part:
        messages = list(reading.messages_of(ticket, request.user, at=request.at))
        shown = [said(message) for message in messages[-2:]]
        return Part(ticket, shown, len(messages), sorted(names[each] for each in readers))

    context = {
        "ticket": found,
        "target": target,
        "parts": [part(found, sides.source), part(target, sides.target)],
        "new_on_target": sorted(names[each] for each in sides.new_on_target),
        "new_on_source": sorted(names[each] for each in sides.new_on_source),
        "opens": found.status in ACTIONABLE and target.status not in ACTIONABLE,
        "refusal": refusal,
        "at": request.at,
    }
    return _rendered(request, "tickets/merge.html", status=status, **context)


@login_required
@require_POST
def unmerge(request: HttpRequest, merge_id: int) -> HttpResponse:
    try:
        made = joined.merge_of(request.user, merge_id, at=request.at)
    except Merge.DoesNotExist as error:
        raise Http404 from error
    try:
        source = merging.unmerge(merge=made, by=request.user, at=request.at)
    except Refused as refusal:
        number = joined.went_into(made.target) or made.target_id
        found = load_workable(request, number)
        return page(request, found, status=_status_of(refusal), refusal=str(refusal))
    toasts.success(request, _("#%(number)d is a ticket of its own again.") % {"number": source.pk})
    return redirect(source.get_absolute_url())


@login_required
def split(request: HttpRequest, number: int) -> HttpResponse:
    """Choose messages, beginning with ``?from``, and make a new ticket of them."""
    found = _mine(request, number)
    messages = list(reading.messages_of(found, request.user, at=request.at))
    people = {found.requester_id: str(found.requester)}
    people |= {each.author_id: str(each.author) for each in messages if each.is_from_requester and each.author}
    choices = {"people": people.items(), "messages": [each.pk for each in messages]}
    chosen = _from(request, messages)
    if request.method != "POST":
        theirs = [each.author_id for each in messages if each.pk in chosen and each.is_from_requester]
        whose = found.requester_id if found.requester_id in theirs or not theirs else theirs[0]
        form = SplitForm(initial={"subject": found.subject, "requester": whose}, **choices)
        return _split_page(request, found, messages, form, chosen)
    form = SplitForm(request.POST, **choices)
    if not form.is_valid():
        return _split_page(request, found, messages, form, chosen, status=400)
    values = form.cleaned_data
    try:
        new = splitting.split(
            ticket=found,
            messages=values["messages"],
            by=request.user,
            at=request.at,
            subject=values["subject"],
            requester=User.objects.get(pk=values["requester"]),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _split_page(request, found, messages, form, set(values["messages"]), status=_status_of(refusal))
    sentence = _("#%(number)d has these messages now.") % {"number": new.pk}
    toasts.success(request, sentence, extra_tags=reverse("unsplit", args=[new.pk]))
    return redirect(new.get_absolute_url())


def _from(request: HttpRequest, messages: list[Message]) -> set[int]:
    """The message the person began at and all after it."""
    asked = request.GET.get("from", "")
    first = next((place for place, each in enumerate(messages) if str(each.pk) == asked), len(messages))
    return {each.pk for each in messages[first:]}


def _split_page(
    request: HttpRequest, found: Ticket, messages: list[Message], form: SplitForm, chosen: set[int], status: int = 200
) -> HttpResponse:
    entries = [(said(message), message.pk in chosen) for message in messages]
    context = {"ticket": found, "entries": entries, "form": form, "at": request.at}
    return _rendered(request, "tickets/split.html", status=status, **context)


@login_required
@require_POST
def unsplit(request: HttpRequest, number: int) -> HttpResponse:
    found = _mine(request, number)
    try:
        made = splitting.unsplit(ticket=found, by=request.user, at=request.at)
    except Refused as refusal:
        return page(request, load_workable(request, number), status=_status_of(refusal), refusal=str(refusal))
    toasts.success(request, _("The messages are back."), extra_tags=reverse("unmerge", args=[made.pk]))
    return redirect(made.target.get_absolute_url())


def _mine(request: HttpRequest, number: int) -> Ticket:
    """A ticket that the person may link, merge and split. Whoever works it without that right gets 403."""
    found = load_workable(request, number)
    if not access.can_join(request.user, found, request.at):
        raise PermissionDenied(str(NotAllowed()))
    return found


def _no_such(words: str) -> str:
    return _("There is no ticket “%(words)s” that you work.") % {"words": words.strip()[:60]}


def _status_of(refusal: Refused) -> int:
    return 403 if isinstance(refusal, NotAllowed) else 409


def _rendered(request: HttpRequest, template: str, *, status: int = 200, **context: object) -> HttpResponse:
    return render(request, template, {**context, "shell": shell(request)}, status=status)
