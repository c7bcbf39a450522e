"""Questions: asking and answering on a ticket, and the page of those that wait."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import parseaddr
from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tickets import access
from tickets.actions import asking, attaching, drafting, mentioning
from tickets.actions.errors import NotAllowed, Refused
from tickets.forms.fields import as_attachments
from tickets.forms.writing import AskForm, QuestionAnswerForm
from tickets.models import Consultation, DraftKind, Message, Ticket, User
from tickets.queries import consultations, mentions
from tickets.views.shell import shell
from tickets.views.ticket import after, load_workable, page
from tickets.views.writing import keep_draft, keep_files, outside


@login_required
@require_POST
def ask(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = AskForm(request.POST, request.FILES)
    if not form.is_valid():
        error = " ".join(str(each) for errors in form.errors.values() for each in errors)
        return _not_asked(request, found, form, status=400, error=error)
    to, words = form.cleaned_data["to"], _words_of(form)
    try:
        person = _whom(request.user, found, to) if to else None
        question = asking.ask(ticket=found, by=request.user, to=person, at=request.at, **words)
    except Refused as refusal:
        status = 403 if isinstance(refusal, NotAllowed) else 409
        keep_files(request, found, DraftKind.ASK, words["attachments"])
        return _not_asked(request, found, form, status=status, error=str(refusal), **outside(form, refusal))
    names = _names(each.person for each in question.people.select_related("person"))
    toasts.success(request, _("Asked: %(names)s. The answer comes here.") % {"names": names})
    return after(request, number, message=question.message)


@login_required
def colleagues(request: HttpRequest, number: int) -> HttpResponse:
    """Whom one may ask, as options beside the field."""
    found = load_workable(request, number)
    if not access.can_ask(request.user, found, request.at):
        raise Http404
    typed = request.GET.get("to", "")[:200]
    people = consultations.colleagues(request.user, found, typed)[: consultations.FOUND]
    return render(request, "tickets/_colleague_options.html", {"people": people})


@login_required
def people_to_name(request: HttpRequest, number: int) -> HttpResponse:
    """Whom one may name with an @ on this ticket, as options of the list beside what is typed."""
    found = load_workable(request, number)
    may_let_in = access.can_ask(request.user, found, request.at)
    if not access.can_note(request.user, found, request.at):
        raise Http404
    words = request.GET.get("q", "")[:200]
    people = mentions.people_to_name(request.user, found, words, may_let_in=may_let_in, at=request.at)
    return render(request, "tickets/_people_to_name.html", {"people": people})


@login_required
@require_POST
def answer(request: HttpRequest, number: int) -> HttpResponse:
    question = _question(request, number)
    form = QuestionAnswerForm(request.POST, request.FILES)
    text = form.data.get("text", "")
    if not form.is_valid():
        error = " ".join(str(each) for errors in form.errors.values() for each in errors)
        return _not_answered(request, question, form, status=400, error=error)
    words = _words_of(form)
    try:
        message = asking.answer(question=question, by=request.user, at=request.at, **words)
    except (mentioning.Unnamed, asking.EmptyMessage, attaching.TooLarge) as refusal:
        # What is wrong can be put right: it can still be answered, so the words stay where they are.
        keep_files(request, question.ticket, DraftKind.ANSWER, words["attachments"])
        status = 400 if isinstance(refusal, asking.EmptyMessage) else 409
        more = outside(form, refusal)
        return _not_answered(request, question, form, status=status, error=str(refusal), **more)
    except Refused as refusal:
        # What was written stands in the composer as a note with its files, where it can be left all the same.
        found = load_workable(request, question.ticket_id)
        status = 403 if isinstance(refusal, NotAllowed) else 409
        if status != 403:
            keep_files(request, found, DraftKind.ANSWER, words["attachments"])
            drafting.move_files(
                ticket=found, by=request.user, kind=DraftKind.ANSWER, into=DraftKind.NOTE, at=request.at
            )
            found = load_workable(request, question.ticket_id)
            keep_draft(request, found, Message.Kind.NOTE, text)
        typed = {"note": text, "mode": "note", "errors": (str(refusal),)}
        return page(request, found, status=status, composer=typed)
    return after(request, question.ticket_id, message=message)


@login_required
@require_POST
def close_question(request: HttpRequest, number: int) -> HttpResponse:
    question = _question(request, number)
    try:
        asking.close(question=question, by=request.user, at=request.at)
    except Refused as refusal:
        return page(request, load_workable(request, question.ticket_id), status=403, refusal=str(refusal))
    return after(request, question.ticket_id)


@login_required
def questions(request: HttpRequest) -> HttpResponse:
    """What waits for one's answer, what one has asked, and what waits for others in one's sight."""
    user, at = request.user, request.at
    if not access.can_use_desk(user, at):
        raise Http404
    lists = [
        (_("Questions to you"), consultations.questions_to(user, at=at), True),
        (_("You asked"), consultations.questions_of(user, at=at), False),
        (_("Others wait for an answer"), consultations.waiting_questions(user, at=at), False),
    ]
    for _title, rows, _mine in lists:
        for each in rows:
            each.age_s = max(0, round((at - each.asked_at).total_seconds()))
    context = {"lists": lists, "at": at, "is_empty": not any(rows for _title, rows, _mine in lists)}
    return render(request, "tickets/questions.html", {**context, "shell": shell(request)})


def _question(request: HttpRequest, number: int) -> Consultation:
    try:
        return consultations.question(request.user, number, at=request.at)
    except Consultation.DoesNotExist as error:
        raise Http404 from error


def _whom(user: User, found: Ticket, typed: str) -> User:
    """The one colleague meant by an address or a name. Raises `asking.NobodyToAsk` with whom it could be."""
    address = parseaddr(typed)[1] if "@" in typed else ""
    people = consultations.colleagues(user, found, "" if address else typed)
    if address:
        people = people.filter(email=User.clean_email(address))
    near = list(people[:3])
    exact = [person for person in near if person.name.casefold() == typed.strip().casefold()]
    if len(exact) == 1 or len(near) == 1:
        return (exact or near)[0]
    if not near:
        raise asking.NobodyToAsk(_("There is no colleague “%(name)s” to ask.") % {"name": typed})
    several = ", ".join(f"{person} <{person.email}>" for person in near)
    raise asking.NobodyToAsk(_("This could be several people: %(people)s. Write the address.") % {"people": several})


def _not_asked(
    request: HttpRequest, found: Ticket, form: AskForm, *, status: int, error: str, **more: Any
) -> HttpResponse:
    text = form.data.get("text", "")
    found = load_workable(request, found.pk)  # with the files that wait beside the draft now
    keep_draft(request, found, DraftKind.ASK, text)
    typed = {"ask": text, "ask_to": form.data.get("to", ""), "mode": "ask", "errors": (error,), **more}
    return page(request, found, status=status, composer=typed)


def _not_answered(
    request: HttpRequest, question: Consultation, form: QuestionAnswerForm, *, status: int, error: str, **more: Any
) -> HttpResponse:
    found = load_workable(request, question.ticket_id)
    typed = {"answers": question.pk, "answer": form.data.get("text", ""), "errors": (error,), "mode": "answer"}
    return page(request, found, status=status, composer={**typed, **more})


def _words_of(form: AskForm | QuestionAnswerForm) -> dict[str, Any]:
    values = form.cleaned_data
    files = {"attachments": as_attachments(values["files"]), "kept_files": values["kept"]}
    return {"text": values["text"], "let_in": values["let_in"], **files}


def _names(people: Iterable[User]) -> str:
    return ", ".join(str(person) for person in people)
