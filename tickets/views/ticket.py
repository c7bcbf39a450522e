"""The ticket page, and the same ticket beside the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tickets import access
from tickets.forms import AssigneeForm, NoteForm, PriorityForm, QueueForm, ReplyForm, StatusForm
from tickets.models import Event, Message, Status, Ticket
from tickets.models.ticket import TRANSITIONS
from tickets.queries import ticket as reading
from tickets.queries.naming import names_of_people
from tickets.templatetags.promises import promise
from tickets.views.shell import shell
from tickets.views.timeline import Names, people_in, timeline


@login_required
def ticket(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number)
    if not access.can_work(request.user, found, request.at):
        return redirect("own_case", number=number)
    return page(request, found)


@login_required
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """The ticket beside the list."""
    return render(
        request, "tickets/_preview.html", {**context_of(request, load_workable(request, number)), "is_preview": True}
    )


def load(request: HttpRequest, number: int) -> Ticket:
    """The ticket, if the person may see it; else 404, as if there were none."""
    try:
        return reading.ticket_for_page(request.user, number, at=request.at)
    except Ticket.DoesNotExist as error:
        raise Http404 from error


def load_workable(request: HttpRequest, number: int) -> Ticket:
    """The ticket, if the person works it. A requester's own ticket has its own page, and here there is nothing."""
    found = load(request, number)
    if not access.can_work(request.user, found, request.at):
        raise Http404
    return found


def page(request: HttpRequest, found: Ticket, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page, or the part of it that htmx asked for. ``more`` replaces forms by ones that carry errors."""
    context = {**context_of(request, found), **more}
    if request.htmx.target == "preview":
        return render(request, "tickets/_preview.html", {**context, "is_preview": True}, status=status)
    if request.htmx.target == "properties":
        return render(request, "tickets/_changed.html", context, status=status)
    return render(request, "tickets/ticket.html", {**context, "shell": shell(request)}, status=status)


def after(request: HttpRequest, number: int, *, message: Message | None = None) -> HttpResponse:
    """Where an act leads: back to the ticket, to its fresh fragment, or to the list when it went out of sight."""
    try:
        found = load_workable(request, number)
    except Http404:
        response = redirect("queue")
        if request.htmx:
            response.status_code = 204
            response["HX-Redirect"] = response["Location"]
        return response
    if request.htmx:
        return page(request, found)
    return redirect(found.get_absolute_url() + (f"#message-{message.pk}" if message else ""))


@dataclass(frozen=True)
class Rights:
    reply: bool
    take: bool
    contact: bool
    is_reviewed: bool


def context_of(request: HttpRequest, found: Ticket) -> dict[str, Any]:
    user, at = request.user, request.at
    messages = list(reading.messages_of(found, user, at=at))
    events = list(reading.events_of(found))
    choices = reading.choices_for(found, user, at=at)
    for message in messages:
        message.ticket = found
    return {
        "ticket": found,
        "at": at,
        "promise": promise(found, at, is_long=True),
        "timeline": timeline(messages, events, _names(request, messages, events, choices), at=at),
        "history": reading.history_of(found, user, at=at),
        "rights": Rights(
            reply=access.can_reply(user, found, at),
            take=found.assignee_id is None and found.is_unsolved and access.can_take(user, found, at),
            contact=access.can_see_contact(user, found, at),
            is_reviewed=access.needs_review(user, found, at),
        ),
        "approvable": [each.pk for each in messages if each.is_awaiting_review and access.can_approve(user, each, at)],
        "no_reply": why_no_reply(found),
        "reply_form": reply_form(found, seen=reading.last_public_id(messages)),
        "note_form": note_form(found),
        "property_forms": property_forms(request, found, choices),
    }


def reply_form(found: Ticket, *, seen: int | None = None, data: Any = None, files: Any = None) -> ReplyForm:
    """``seen`` is the newest public message the writer has in sight."""
    return ReplyForm(
        data,
        files,
        next_statuses=_next_statuses(found),
        initial={"text": found.draft_reply or "", "seen": seen},
        auto_id="reply-%s",
    )


def note_form(found: Ticket, *, data: Any = None, files: Any = None) -> NoteForm:
    return NoteForm(data, files, initial={"text": found.draft_note or ""}, auto_id="note-%s")


def why_no_reply(found: Ticket) -> str:
    """A sentence when no reply can leave, else empty."""
    if found.status == Status.CLOSED:
        return _("This ticket is closed. What the requester writes now opens a new one.")
    if reading.why_no_mail(found):
        return _("There is no email address to answer to. Leave a note of what was said.")
    return ""


def property_forms(request: HttpRequest, found: Ticket, choices: reading.Choices) -> list[Any]:
    """One form per property the person may change, each with the value in sight to notice a change meanwhile."""
    user, at = request.user, request.at
    forms: list[Any] = [
        StatusForm(
            statuses=_statuses(found),
            initial={"status": found.status, "seen": found.status, "reason": found.hold_reason},
        ),
        PriorityForm(initial={"priority": found.priority, "seen": found.priority}),
    ]
    if access.can_assign(user, found, at) and found.is_unsolved:
        people = choices.assignees + [found.assignee] * (
            found.assignee is not None and found.assignee not in choices.assignees
        )
        seen = found.assignee_id or 0
        forms.append(AssigneeForm(people=people, initial={"assignee": found.assignee_id, "seen": seen}))
    if access.can_change_queue(user, found, at):
        forms.append(QueueForm(queues=choices.queues, initial={"queue": found.queue_id, "seen": found.queue_id}))
    return forms


def _statuses(found: Ticket) -> list[Status]:
    """What the ticket may become by a person's hand, and what it is."""
    allowed = TRANSITIONS[found.status] - {Status.CLOSED} | {found.status}
    return [each for each in Status if each in allowed]


def _next_statuses(found: Ticket) -> list[tuple[str, Any]]:
    """What the composer offers to set with a reply. A hold needs a reason, so it is set in the properties."""
    allowed = TRANSITIONS[found.status] - {Status.ON_HOLD, Status.CLOSED}
    return [("", _("leave the status")), *((each, each.label) for each in Status if each in allowed)]


def _names(request: HttpRequest, messages: list[Message], events: list[Event], choices: reading.Choices) -> Names:
    known = {person.pk: str(person) for person in choices.assignees}
    known |= {each.actor.pk: str(each.actor) for each in events if each.actor}
    known |= {each.author.pk: str(each.author) for each in messages if each.author}
    people = known | names_of_people(people_in(events) - known.keys())
    return Names(reader=request.user, people=people, queues={each.pk: each.name for each in choices.queues})
