"""The requester's own pages: a case behind a signed link or after signing in, an answer to it, its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from helpdesk.lib.pagination import BadCursor
from tickets import access, signed_links
from tickets.actions import changing, replying
from tickets.actions.errors import NotAllowed, Refused
from tickets.channels.email import identity
from tickets.contact import call_by_masked_names
from tickets.forms.fields import as_attachments
from tickets.forms.writing import AnswerForm
from tickets.models import Attachment, Channel, Status, Ticket, User
from tickets.queries import cases, searching
from tickets.queries.searching.hits import public_snippets
from tickets.views.attached import opened
from tickets.views.downloads import as_download, as_laid_out
from tickets.views.search import in_html
from tickets.views.timeline import said

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Reader:
    """Who reads the case, and under which addresses: those of the link, or those after signing in."""

    person: User
    number: int
    token: str = ""

    def url(self, what: str, *more: Any) -> str:
        return (
            reverse(f"signed_{what}", args=[self.token, *more])
            if self.token
            else reverse(f"own_{what}", args=[self.number, *more])
        )


def by_link(view: View) -> View:
    """The holder of a signed link is its reader, in that person's language and zone; nobody is signed in by it."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        try:
            holder = signed_links.read(token)
            person = User.objects.select_related("merged_into").get(pk=holder.user_id)
        except (signed_links.BadLink, User.DoesNotExist):
            return render(request, "tickets/link_over.html", status=410)
        person = person.merged_into or person
        if not person.is_active:
            return render(request, "tickets/link_over.html", status=410)
        with translation.override(person.language), timezone.override(person.time_zone):
            return view(request, Reader(person, holder.ticket_id, token), **kwargs)

    return wrapped


def by_sign_in(view: View) -> View:
    @never_cache
    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, number: int, **kwargs: Any) -> HttpResponse:
        return view(request, Reader(request.user, number), **kwargs)

    return wrapped


@login_required
def own_cases(request: HttpRequest) -> HttpResponse:
    """All of them, page by page, or those of one state, or those that hold the words that were typed."""
    text = request.GET.get("q", "")[:500].strip()
    state = request.GET.get("state", "")
    state = state if state in cases.STATES else ""
    context = _own_search(request, text, state) if text else _own_list(request, state)
    tabs = [
        {"label": label, "url": _own_url(q=text, state=value), "is_current": value == state}
        for value, label in (("", _("All")), ("open", pgettext("requests", "Open")), ("solved", _("Solved")))
    ]
    around = {"text": text, "state": state, "tabs": tabs, "at": request.at}
    return render(request, "tickets/own_cases.html", {**around, **context})


def _own_url(**query: Any) -> str:
    """The page's own address with what is not empty."""
    given = urlencode({name: value for name, value in query.items() if value})
    return f"?{given}" if given else reverse("own_cases")


def _own_list(request: HttpRequest, state: str) -> dict[str, Any]:
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None
    found, older = cases.own_page(request.user, at=request.at, state=state, before=number)
    return {"cases": found, "more_url": _own_url(state=state, before=older) if older else "", "is_first": not number}


def _own_search(request: HttpRequest, text: str, state: str) -> dict[str, Any]:
    """The person's own requests that hold these words in what the person may read."""
    asked: dict[str, Any] = {"at": request.at, "only": cases.STATES[state]}
    try:
        found = searching.find_own(text, request.user, **asked, cursor=request.GET.get("cursor"))
    except BadCursor:
        found = searching.find_own(text, request.user, **asked)
    pieces = public_snippets(found.rows, found.words, readable=identity.without_tokens)
    for ticket in found.rows:
        ticket.snippet = in_html(pieces.get(ticket.pk, []))
    more_url = _own_url(q=text, state=state, cursor=found.next_cursor) if found.next_cursor else ""
    return {"cases": found.rows, "found": found, "more_url": more_url}


def _case(request: HttpRequest, reader: Reader) -> HttpResponse:
    case = _load(request, reader)
    if into := cases.leads_to(case.ticket, reader.person, at=request.at):
        return redirect(replace(reader, number=into, token=reader.token and _token(into, reader.person)).url("case"))
    return _page(request, reader, case)


def _token(number: int, person: User) -> str:
    """The reader's own link to the ticket that theirs was merged into."""
    return signed_links.token_for(Ticket(pk=number), person)


def _answer(request: HttpRequest, reader: Reader) -> HttpResponse:
    case = _load(request, reader)
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, reader, case, status=400, form=form)
    values = form.cleaned_data
    try:
        replying.requester_wrote(
            ticket=case.ticket,
            author=reader.person,
            text=values["text"],
            at=request.at,
            channel=Channel.WEB,
            attachments=as_attachments(values["files"]),
        )
    except Refused as refusal:
        form.add_error("text", str(refusal))
        return _page(request, reader, case, status=403 if isinstance(refusal, NotAllowed) else 409, form=form)
    toasts.success(request, _("Thank you. The answer has reached us."))
    return redirect(reader.url("case"))


def _solve(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Asks once on a page of its own (GET), then ends the case (POST)."""
    case = _load(request, reader)
    if request.method != "POST":
        return render(request, "tickets/solve.html", {"case": case, "case_url": reader.url("case")})
    try:
        changing.change_status(ticket=case.ticket, to=Status.SOLVED, by=reader.person, at=request.at)
    except Refused as refusal:
        toasts.error(request, str(refusal))
    else:
        toasts.success(request, _("Thank you. The case is solved."))
    return redirect(reader.url("case"))


def _file(request: HttpRequest, reader: Reader, attachment_id: int) -> HttpResponse:
    return as_download(request, _attachment(request, reader, attachment_id))


def _mail(request: HttpRequest, reader: Reader, attachment_id: int, place: str = "") -> HttpResponse:
    file = _attachment(request, reader, attachment_id)
    return opened(
        request,
        file,
        place,
        reader=reader.person,
        back=reader.url("case"),
        address=lambda what, *more: reader.url(what, file.pk, *more),
    )


def _html(request: HttpRequest, reader: Reader, message_id: int) -> HttpResponse:
    case = _load(request, reader)
    message = next((message for message in case.messages if message.pk == message_id), None)
    if message is None:
        raise Http404
    return as_laid_out(request, message, reader=reader.person)


def _attachment(request: HttpRequest, reader: Reader, attachment_id: int) -> Attachment:
    case = _load(request, reader)
    if not any(file["id"] == attachment_id for message in case.messages for file in message.files):
        raise Http404
    return Attachment.objects.select_related("message__ticket").get(pk=attachment_id)


def _load(request: HttpRequest, reader: Reader) -> cases.Case:
    try:
        case = cases.case_of(reader.person, reader.number, at=request.at)
    except Ticket.DoesNotExist as error:
        raise Http404 from error
    if not access.can_see_contact(reader.person, case.ticket, request.at):
        call_by_masked_names([case.ticket.requester, *(each.author for each in case.messages if each.author)])
    return case


def _page(
    request: HttpRequest, reader: Reader, case: cases.Case, *, status: int = 200, form: AnswerForm | None = None
) -> HttpResponse:
    context = {
        "case": case,
        "ticket": case.ticket,
        "said": [said(message) for message in case.messages],
        "reader": reader,
        "form": form or AnswerForm(),
        "may_see_contact": access.can_see_contact(reader.person, case.ticket, request.at),
        "may_write": access.can_write_as_requester(reader.person, case.ticket),
        "at": request.at,
        "answer_url": reader.url("answer"),
        "solve_url": reader.url("solve"),
        "others": [] if reader.token else cases.own_cases(reader.person, at=request.at, newest=4),
    }
    return render(request, "tickets/case.html", context, status=status)


signed_case, own_case = by_link(_case), by_sign_in(_case)
signed_answer, own_answer = by_link(require_POST(_answer)), by_sign_in(require_POST(_answer))
signed_solve, own_solve = by_link(_solve), by_sign_in(_solve)
signed_file, own_file = by_link(_file), by_sign_in(_file)
signed_mail, own_mail = by_link(_mail), by_sign_in(_mail)
signed_html, own_html = by_link(_html), by_sign_in(_html)
