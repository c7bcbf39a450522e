"""The audit as a page: who changed which setting, from what to what, and who looked at something sensitive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from helpdesk.lib.pagination import BadCursor, Page
from tickets import access
from tickets.actions.auditing import CHANGED, KINDS
from tickets.forms.audit import AuditForm
from tickets.models import AuditEntry
from tickets.queries import audit as reading
from tickets.views.changes import in_words
from tickets.views.shell import shell

MODELS: dict[str, type[models.Model]] = {kind: model for model, kind in KINDS.items()}
LABELS = {
    "password": gettext_lazy("Password"),
    "client_secret": gettext_lazy("Client secret"),
    "refresh_token": gettext_lazy("Refresh token"),
    "push_token": gettext_lazy("Token of the mail server"),
    "first_uid": gettext_lazy("First mail that is read"),
    "addresses": gettext_lazy("Addresses"),
    "is_sender": gettext_lazy("Address it sends from"),
    "teams": gettext_lazy("Teams"),
    "members": gettext_lazy("Members"),
    "queues": gettext_lazy("Queues"),
    "changes": gettext_lazy("Changes"),
    "made_by": gettext_lazy("Made by"),
    "paused_because": gettext_lazy("Paused because"),
    "becomes": gettext_lazy("New name"),
    "columns": gettext_lazy("Columns"),
    "is_for_everybody": gettext_lazy("For everybody"),
    "list": gettext_lazy("List"),
    "requires_second_factor": gettext_lazy("Second factor required"),
    "undo_s": gettext_lazy("Seconds in which a reply can be taken back"),
    "factors": gettext_lazy("Second factors"),
    "tries": gettext_lazy("Wrong passwords"),
    "ticket": gettext_lazy("Ticket"),
    "tickets": gettext_lazy("Tickets"),
    "person": gettext_lazy("Number of the person"),
    "name": gettext_lazy("name"),
    "organisation": gettext_lazy("Number of the organisation"),
    "people": gettext_lazy("People"),
    "address": gettext_lazy("Address"),
    "valid_from": gettext_lazy("Valid from"),
    "zone": gettext_lazy("Time zone"),
    "starts_at": pgettext_lazy("time", "From"),
    "ends_at": pgettext_lazy("time", "To"),
    "days": gettext_lazy("Days that differ"),
    "calendar": gettext_lazy("Calendar of working time"),
    "targets": gettext_lazy("Promises"),
    "hold_pauses": gettext_lazy("On hold stops the clock"),
    "levels": gettext_lazy("Warnings"),
    "order": gettext_lazy("Order"),
    "conditions": gettext_lazy("Conditions"),
    "is_default": gettext_lazy("For whatever fits no other"),
    "rest_h": gettext_lazy("Hours of rest between two duties"),
    "newcomers_per_mentor": gettext_lazy("People on their first duty, for each mentor"),
    "cap": gettext_lazy("Most tickets in hand"),
    "chat_cap": gettext_lazy("Most chats at once"),
    "is_reviewed": gettext_lazy("A mentor reads replies before they leave"),
    "links": gettext_lazy("To be read on arrival"),
    "quiet_tasks": gettext_lazy("Tasks for quiet hours"),
    "channels": gettext_lazy("Channels"),
    "signed_off_channels": gettext_lazy("Channels that need a sign-off"),
    "until": gettext_lazy("Last day"),
    "channel": gettext_lazy("Channel"),
    "part_edges": gettext_lazy("Parts of a day begin and end, in minutes"),
    "country": gettext_lazy("Bank holidays of"),
    "pattern": gettext_lazy("Pattern of days"),
    "familiar_tags": gettext_lazy("Tags that guests can answer soon"),
    "paused_at": gettext_lazy("Mail to this address waits since"),
    **{f"weekday_{number}": name for number, name in WEEKDAYS.items()},
}
"""Of what is no column, and of columns that have no name of their own."""
UNNAMED = frozenset({"changes", "made_by", "paused_because", "becomes", "columns", "is_for_everybody"})
Action = AuditEntry.Action
TELLS_PAIRS = frozenset({Action.ADDED, Action.CHANGED, Action.REMOVED, Action.PAUSED})
FACTORS = {
    "totp": gettext_lazy("Authenticator app"),
    "webauthn": gettext_lazy("Passkey"),
    "recovery_codes": gettext_lazy("Recovery codes"),
}


@dataclass(frozen=True)
class Fact:
    """``is_change``: there is an old and a new value; otherwise ``new`` alone, empty for a secret that changed."""

    label: str
    new: str
    old: str = ""
    is_change: bool = False


@dataclass(frozen=True)
class Line:
    entry: AuditEntry
    facts: list[Fact]


@login_required
def audit(request: HttpRequest) -> HttpResponse:
    if not access.can_read_audit(request.user):
        raise Http404
    form = AuditForm(request.GET)
    page: Page[AuditEntry] = Page([], None)
    if form.is_valid():
        try:
            page = reading.entries(asked(form), cursor=request.GET.get("cursor"))
        except BadCursor:
            page = reading.entries(asked(form))
    query = request.GET.copy()
    query["cursor"] = page.next_cursor or ""
    context = {
        "form": form,
        "lines": in_lines(page.rows),
        "more_url": f"?{query.urlencode()}" if page.next_cursor else "",
        "is_narrowed": form.is_valid() and any(form.cleaned_data.values()),
        "at": request.at,
    }
    status = 200 if form.is_valid() else 400
    return render(request, "tickets/audit.html", {**context, "shell": shell(request)}, status=status)


def asked(form: AuditForm) -> reading.Asked:
    """Days are whole days of the reader's time zone."""
    since, until = form.cleaned_data["since"], form.cleaned_data["until"]
    return reading.Asked(
        person=form.cleaned_data["person"],
        kind=form.cleaned_data["kind"],
        since=since and timezone.make_aware(datetime.combine(since, time.min)),
        until=until and timezone.make_aware(datetime.combine(until + timedelta(days=1), time.min)),
    )


def in_lines(entries: Sequence[AuditEntry]) -> list[Line]:
    """The entries with their facts in words, at the cost of the same few statements for any number."""
    phrases = _changes_in_words(entries)
    return [
        Line(entry, [_fact(entry, name, value, phrases) for name, value in entry.data.items()]) for entry in entries
    ]


def label_of(kind: str, name: str) -> str:
    """What a form calls it; its own name where nobody gave it one."""
    if (words := reading.words_of(kind)) is not None and name in words.labels:
        return capfirst(str(words.labels[name]))
    column = _column(kind, name)
    return capfirst(str(column.verbose_name if column is not None and name not in UNNAMED else LABELS.get(name, name)))


def _fact(entry: AuditEntry, name: str, value: Any, phrases: dict[int, str]) -> Fact:
    label = label_of(entry.kind, name)
    if value == CHANGED:
        return Fact(label, "")
    if entry.action in TELLS_PAIRS and isinstance(value, list) and len(value) == 2:
        old, new = (_in_words(entry.kind, name, each, phrases) for each in value)
        if entry.action == Action.ADDED:
            return Fact(label, new)
        if entry.action == Action.REMOVED:
            return Fact(label, old)
        return Fact(label, new, old, is_change=True)
    return Fact(label, _in_words(entry.kind, name, value, phrases))


def _in_words(kind: str, name: str, value: Any, phrases: dict[int, str]) -> str:
    if (words := reading.words_of(kind)) is not None:
        value = words.in_words(name, value)
    if value is None or value == "" or value == []:
        return pgettext("value", "empty")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name == "changes":
        return phrases.get(id(value), "")
    if name == "ticket":
        return f"#{value}"
    if name == "tickets" and isinstance(value, list):
        return ", ".join(f"#{number}" for number in value)
    if isinstance(value, list):
        return ", ".join(str(FACTORS.get(each, each)) for each in value)
    column = _column(kind, name)
    return str(dict(column.flatchoices).get(value, value)) if column is not None else str(value)


def _column(kind: str, name: str) -> models.Field[Any, Any] | None:
    model = MODELS.get(kind)
    try:
        found = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, models.Field) and found.concrete and not found.many_to_many else None


def _changes_in_words(entries: Iterable[AuditEntry]) -> dict[int, str]:
    """What macros and rules of these lines change, by the list's identity: said for all of them at once."""
    lists = [
        changes
        for entry in entries
        for changes in entry.data.get("changes") or []
        if isinstance(changes, list) and changes
    ]
    said = iter(in_words([change for changes in lists for change in changes]))
    return {id(changes): "; ".join(next(said) for _change in changes) for changes in lists}
