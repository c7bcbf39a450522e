"""The ticket page, and the same ticket beside the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings as conf
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tickets import access
from tickets.actions import copying, removing
from tickets.actions.attaching import TooLarge
from tickets.actions.linking import Relation
from tickets.contact import call_by_masked_names, mask_name, withhold_bounces
from tickets.forms.fields import options
from tickets.models import Event, Kind, Macro, Message, Priority, Status, Ticket, User
from tickets.models.ticket import TRANSITIONS
from tickets.queries import cases, consultations, directory, joined, locks
from tickets.queries import ticket as reading
from tickets.queries.macros import macros_for
from tickets.queries.naming import names_of_people
from tickets.templatetags.promises import promise
from tickets.views import rail
from tickets.views.about_mail import arrivals
from tickets.views.asked import asked_by_message, stand_beside
from tickets.views.shell import shell
from tickets.views.staging import Staged
from tickets.views.timeline import Names, people_in, requesters_in, timeline


@login_required
def ticket(request: HttpRequest, number: int) -> HttpResponse:
    try:
        found = load_workable(request, number)
        if into := cases.leads_to(found, request.user, at=request.at):
            return redirect("ticket", number=into)
        return page(request, found)
    except Http404:
        if Ticket.objects.visible_to(request.user, request.at).filter(pk=number).exists():
            return redirect("own_case", number=number)
        raise


@login_required
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """The ticket beside the list."""
    context = context_of(request, load_workable(request, number))
    return render(request, "tickets/_preview.html", {**context, "is_preview": True})


def load_workable(request: HttpRequest, number: int) -> Ticket:
    """The ticket, if the person works it; else 404, as if there were none. Requesters have a page of their own."""
    try:
        return reading.worked_ticket_for_page(request.user, number, at=request.at)
    except Ticket.DoesNotExist as error:
        raise Http404 from error


def page(request: HttpRequest, found: Ticket, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page, or the part of it that htmx asked for. ``more`` says what went wrong, ``composer`` what was typed."""
    context = context_of(request, found)
    context["composer"] = replace(context["composer"], **more.pop("composer", {}))
    context |= more
    if request.htmx.target == "preview":
        return render(request, "tickets/_preview.html", {**context, "is_preview": True}, status=status)
    if request.htmx.target == "properties":
        return render(request, "tickets/_changed.html", context, status=status)
    context |= beside(request, found)
    return render(request, "tickets/ticket.html", {**context, "shell": shell(request)}, status=status)


def beside(request: HttpRequest, found: Ticket) -> dict[str, Any]:
    """What stands beside a conversation on its own page: what belongs to the ticket, and what is agreed."""
    user, at = request.user, request.at
    return {
        "links": rail.links_of(found, joined.links_of(found, user, at=at)),
        "relations": options(Relation.choices, Relation.RELATED),
        "appointments": joined.appointments_of(found),
    }


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


def on_to(number: str) -> HttpResponse:
    """The ticket that comes next in somebody's list, else the list."""
    is_number = number.isascii() and number.isdecimal() and len(number) < 18
    return redirect("ticket", int(number)) if is_number else redirect("queue")


@dataclass(frozen=True)
class Rights:
    reply: bool
    take: bool
    contact: bool
    is_reviewed: bool
    note: bool
    ask: bool
    clear_pause: bool
    unlock: bool
    change: bool
    remove: bool
    join: bool
    appoint: bool
    merge_people: bool
    requester: bool
    """Say whose request it is."""
    raw_mail: bool
    call: bool
    """Keep a telephone call on it."""

    @property
    def headers(self) -> bool:
        """Of mail, with all the addresses in them."""
        return self.contact


def context_of(request: HttpRequest, found: Ticket) -> dict[str, Any]:
    user, at = request.user, request.at
    messages = reading.conversation_of(found, user, at=at)
    events = reading.events_of(found)
    for message in messages:
        message.ticket = found
    is_waiting = found.assignee_id is None and found.is_unsolved and not found.removed_as
    rights = Rights(
        reply=not found.removed_as and access.can_reply(user, found, at),
        take=is_waiting and access.can_take(user, found, at),
        contact=access.can_see_contact(user, found, at),
        is_reviewed=access.needs_review(user, found, at),
        note=not found.removed_as and access.can_note(user, found, at),
        ask=not found.removed_as and found.is_unsolved and access.can_ask(user, found, at),
        clear_pause=access.can_clear_pause(user, found, at),
        unlock=access.can_unlock(user, found, at),
        change=not found.removed_as and access.can_change_properties(user, found, at),
        remove=access.can_remove(user, found, at),
        join=not found.removed_as and access.can_join(user, found, at),
        appoint=not found.removed_as and found.status != Status.CLOSED and access.can_appoint(user, found, at),
        merge_people=access.can_merge_people(user) and access.can_see_contact(user, found, at),
        requester=not found.removed_as and access.can_change_requester(user, found, at),
        raw_mail=access.can_manage_mail(user),
        call=not found.removed_as and access.can_log_calls(user, at),
    )
    for message in messages:
        message.about = arrivals(message, may_see_contact=rights.contact)
    stand_beside(messages, asked_by_message(consultations.consultations_on(found), found, user, at))
    if not rights.contact:
        withhold_bounces(messages)
        speaking = [each.author for each in messages] + [each.actor for each in events]
        call_by_masked_names([found.requester, *(person for person in speaking if person)])
    return {
        "ticket": found,
        "at": at,
        "is_oob": False,
        "is_preview": False,
        "promise": promise(found, at, is_long=True),
        "timeline": timeline(messages, events, _names(request, found, messages, events), at=at),
        "history": reading.history_in(found),
        "spent": reading.spent_on(found),
        "looking_in": [
            (each, access.can_let_go(request.user, found, each.by, request.at)) for each in reading.looking_in(found)
        ],
        "pause": reading.pause_of(found),
        "lock": locks.lock_in(getattr(found, "locked", None), found.requester) if rights.unlock else None,
        "rights": rights,
        "may_solve": rights.change and Status.SOLVED in TRANSITIONS[found.status],
        "may_assign": not found.removed_as and found.is_unsolved and access.can_assign(user, found, at),
        "approvable": [each.pk for each in messages if each.is_awaiting_review and access.can_approve(user, each, at)],
        "newest_message": max((each.pk for each in messages), default=0),
        "writers": reading.writers_on(found, at),
        "composer": composer_of(request, found, messages, seen=reading.last_public_id(messages), rights=rights),
        "properties": properties_of(request, found),
        "own_fields": lambda: rail.fields_of(found, may_change=rights.change),
        "snooze": rail.snooze_of(found, at),
        "erased_at": found.removed_at + removing.KEPT if found.removed_as in removing.BY_HAND else None,
    }


@dataclass(frozen=True)
class Composer:
    """What the two halves of the composer hold: what was typed and not sent yet, and why it was not."""

    reply: str
    note: str
    ask: str
    seen: int
    next_statuses: list[tuple[str, str]]
    drafts_at: dict[str, str]
    """When the drafts in sight were saved, by kind."""
    files: dict[str, list[reading.KeptFile]]
    """What waits beside them."""
    next_status: str = ""
    cc: str = ""
    """Who gets a copy, as typed; before anything is typed, who got the newest message."""
    mode: str = "reply"
    errors: tuple[str, ...] = ()
    why_no_reply: str = ""
    macros: Sequence[Macro] = ()
    mentors: Sequence[User] = ()
    """Who is asked when nobody is named."""
    ask_to: str = ""
    staged: Staged | None = None
    outside: Sequence[User] = ()
    """Who is named in what was typed and does not see the ticket."""
    let_in: Sequence[int] = ()
    """Of them, whom the writer has ticked."""
    answers: int = 0
    """The question that was to be answered with the words of ``answer``."""
    answer: str = ""

    @property
    def reply_macros(self) -> SafeString:
        return options((each.pk, each.name) for each in self.macros if not each.is_note)

    @property
    def note_macros(self) -> SafeString:
        return options((each.pk, each.name) for each in self.macros if each.is_note)

    @property
    def max_bytes(self) -> int:
        """What the files of one message may have together."""
        return conf.MAX_UPLOAD_BYTES

    @property
    def too_large(self) -> str:
        return str(TooLarge())


def composer_of(
    request: HttpRequest, found: Ticket, messages: Sequence[Message], *, seen: int, rights: Rights
) -> Composer:
    """``seen`` is the newest public message in sight; a reply names it, so that one which crosses another is held."""
    return Composer(
        reply=found.draft_reply or "",
        note=found.draft_note or "",
        ask=found.draft_ask or "",
        seen=seen,
        cc=cc_of(found, messages) if rights.contact else "",
        next_statuses=next_statuses(found),
        drafts_at=getattr(found, "drafts_at", None) or reading.draft_times(found),
        files=reading.files_beside_drafts(found),
        why_no_reply=why_no_reply(found)
        if rights.reply
        else _("You read along here: what you write stays inside the desk."),
        macros=macros_for(found) if rights.reply else (),
        mentors=consultations.mentors_to_ask(request.user, found, at=request.at) if rights.ask else (),
    )


def cc_of(found: Ticket, messages: Sequence[Message]) -> str:
    """Who gets a copy of the next reply: as typed in the draft, else whoever had one of the newest public message.
    That is seen in the composer before anything leaves."""
    if found.draft_reply is not None:
        return found.draft_cc or ""
    newest = next((each for each in reversed(messages) if is_said(each)), None)
    if newest is None or not newest.mail_cc:
        return ""
    if not newest.is_from_requester:
        return ", ".join(newest.copied_to)
    theirs = [each for each in newest.mail_cc if User.clean_email(each) != found.requester.email]
    ours = copying.ours_among(theirs)
    return ", ".join(each for each in theirs if each not in ours)


def is_said(message: Message) -> bool:
    return message.kind == Message.Kind.PUBLIC and message.state == Message.State.SENT and not message.automatic


def next_statuses(found: Ticket) -> list[tuple[str, str]]:
    """What the composer offers to set with a reply. A hold needs a reason, so it is set in the properties."""
    allowed = TRANSITIONS[found.status] - {Status.ON_HOLD, Status.CLOSED}
    return [(each.value, str(each.label)) for each in Status if each in allowed]


def why_no_reply(found: Ticket) -> str:
    """A sentence when no reply can leave, else empty."""
    if found.status == Status.CLOSED:
        return _("This ticket is closed. What the requester writes now opens a new one.")
    if reading.why_no_mail(found):
        return _("There is no email address to answer to. Leave a note of what was said.")
    return ""


@dataclass(frozen=True)
class Property:
    """A property the person may change, with the value in sight, so that a change made meanwhile is noticed."""

    url: str
    name: str
    label: str
    options: SafeString
    seen: Any
    reason: str | None = None
    act: str = ""
    """The action of tickets/keys.py that leads into it."""


def properties_of(request: HttpRequest, found: Ticket) -> list[Property]:
    user, at = request.user, request.at
    if found.removed_as:
        return []
    status = options([(each.value, each.label) for each in _statuses(found)], found.status)
    priority = options(Priority.choices, found.priority)
    hold = found.hold_reason
    shown = [
        Property(_url("change_status", found), "status", _("Status"), status, found.status, reason=hold, act="status"),
        Property(_url("change_priority", found), "priority", _("Priority"), priority, found.priority, act="priority"),
    ]
    if access.can_assign(user, found, at) and found.is_unsolved:
        seen = found.assignee_id or 0
        people = options([("", _("Nobody")), *((each.pk, each.name) for each in possible_assignees(found))], seen or "")
        shown.append(Property(_url("assign", found), "assignee", _("Assignee"), people, seen, act="assign"))
    if access.can_change_queue(user, found, at):
        queues = options([(desk.pk, desk.name) for desk in directory.desks()], found.queue_id)
        shown.append(Property(_url("change_queue", found), "queue", _("Queue"), queues, found.queue_id, act="queue"))
    return shown


def _url(name: str, found: Ticket) -> str:
    return reverse(name, args=[found.pk])


def possible_assignees(found: Ticket) -> list[directory.Colleague]:
    """The people of the ticket's team, and whoever has it now."""
    people = directory.people_of(desk for desk in directory.desks() if desk.pk == found.queue_id)
    if found.assignee and found.assignee_id not in {person.pk for person in people}:
        people.append(directory.Colleague(found.assignee.pk, str(found.assignee)))
    return people


def _statuses(found: Ticket) -> list[Status]:
    """What the ticket may become by a person's hand, and what it is."""
    allowed = TRANSITIONS[found.status] - {Status.CLOSED} | {found.status}
    return [each for each in Status if each in allowed]


def _names(request: HttpRequest, found: Ticket, messages: list[Message], events: list[Event]) -> Names:
    desks = directory.desks()
    known = {person.pk: person.name for person in directory.people_of(desks)}
    known |= {each.actor.pk: str(each.actor) for each in events if each.actor}
    known |= {each.author.pk: str(each.author) for each in messages if each.author}
    people = known | names_of_people(people_in(events) - known.keys())
    if not access.can_see_contact(request.user, found, request.at):
        people |= {each: mask_name(people.get(each, "")) for each in requesters_in(events)}
    queues = {desk.pk: desk.name for desk in desks}
    return Names(
        reader=request.user,
        requester_id=found.requester_id,
        people=people,
        queues=queues,
        tickets=joined.known_in(events, request.user, at=request.at),
        undoable=_undoable(request, found, events),
    )


def _undoable(request: HttpRequest, found: Ticket, events: list[Event]) -> set[int]:
    """Merges into this ticket that the person may undo; no statement where there was none."""
    if not any(event.kind == Kind.MERGED for event in events):
        return set()
    may = access.can_join(request.user, found, request.at)
    return joined.undoable_merges(found, at=request.at) if may else set()
