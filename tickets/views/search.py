"""Searching: the page of what was found, and what to type next."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from helpdesk.lib.pagination import BadCursor
from tickets import access
from tickets.channels.email import identity
from tickets.forms.lists import Chosen, FilterForm
from tickets.models import Ticket
from tickets.queries import directory, searching
from tickets.queries.searching.hits import worked_snippets
from tickets.queries.searching.suggesting import suggestions
from tickets.queries.searching.writing import filters_of, with_filters
from tickets.searching import QueryError
from tickets.searching.fields import FIELDS
from tickets.searching.snippets import Piece, marked
from tickets.views.rows import NOTHING, Row, row_of
from tickets.views.shell import shell

MOST_CHARACTERS = 2000
"""Read of an address; a query may have fewer, and says so."""

EXAMPLES = (
    "is:unassigned due<4h",
    "faktura has:attachment -is:solved",
    'subject:"KSeF" created:>2026-02-01',
    "assignee:me status:open,waiting",
)


@login_required
def search(request: HttpRequest) -> HttpResponse:
    text = text_of(request)
    if not access.can_use_desk(request.user, request.at):
        return redirect(f"{reverse('own_cases')}?{urlencode({'q': text})}")
    context: dict[str, Any] = {"text": text}
    desks = directory.desks_of(request.user, request.at)
    try:
        query = searching.read(text)
        if "chosen" in request.GET:
            chosen = with_filters(query, FilterForm(request.GET, desks=desks).filters)
            return redirect(f"{reverse('search')}?{urlencode({'q': chosen})}")
        context["chosen"] = Chosen.of(filters_of(query), desks)
        if query.root is not None:
            context |= _found(request, query)
    except QueryError as error:
        context["mistake"] = Mistake.of(error, text)
        context.setdefault("chosen", Chosen.of({}, desks))
    if request.htmx and request.GET.get("cursor"):
        return render(request, "tickets/_hits.html", context)
    return render(request, "tickets/search.html", {**context, **HELP, "shell": shell(request)})


HELP = {"fields": FIELDS.values(), "examples": EXAMPLES}


def text_of(request: HttpRequest) -> str:
    return request.GET.get("q", "")[:MOST_CHARACTERS].strip()


@login_required
def suggest(request: HttpRequest) -> HttpResponse:
    """What may come next in the text up to the cursor, as JSON; nothing for people without a desk."""
    text = text_of(request)
    if not access.can_use_desk(request.user, request.at):
        return JsonResponse({"suggestions": []})
    found = suggestions(text, request.user, request.at)
    shown = [{"text": each.text, "start": each.start, "end": each.end, "help": each.help} for each in found]
    return JsonResponse({"suggestions": shown})


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, the query in three parts around the place, and the query as it was probably meant."""

    sentence: str
    before: str
    there: str
    after: str
    corrected: str

    @classmethod
    def of(cls, error: QueryError, text: str) -> Mistake:
        before, there, after = text[: error.start], text[error.start : error.end], text[error.end :]
        corrected = before + error.suggestion + after if error.suggestion else ""
        return cls(str(error), before, there or " ", after, corrected)


def _found(request: HttpRequest, query: searching.Query) -> dict[str, Any]:
    try:
        found = searching.find(query, request.user, at=request.at, cursor=request.GET.get("cursor"))
    except BadCursor:
        found = searching.find(query, request.user, at=request.at)
    pieces = worked_snippets(found.rows, found.words, request.user, request.at, readable=identity.without_tokens)
    return {
        "found": found,
        "hits": [_hit(request, ticket, pieces.get(ticket.pk, []), found.words) for ticket in found.rows],
        "more_url": f"?{urlencode({'q': query.text, 'cursor': found.next_cursor})}" if found.next_cursor else "",
    }


def _hit(request: HttpRequest, ticket: Ticket, pieces: list[Piece], words: frozenset[str]) -> Row:
    return row_of(
        ticket,
        request.at,
        may_see_contact=access.can_see_contact(request.user, ticket, request.at),
        subject=in_html(marked(ticket.subject, words)),
        more=format_html('<span class="snippet">{}</span>', in_html(pieces)) if pieces else NOTHING,
    )


def in_html(pieces: list[Piece]) -> SafeString:
    return SafeString("".join(f"<mark>{escape(text)}</mark>" if is_word else escape(text) for text, is_word in pieces))
