"""The page on which the rules of a draft are talked over."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rotations import access
from rotations.actions import discussing
from rotations.models import Round, RuleComment
from rotations.queries import discussing as queries
from rotations.views.answering import said_if_refused
from rotations.views.duties import page
from rotations.views.planning import planned_round
from tickets.actions.errors import Refused

LONGEST = 2000


@login_required
def discuss_rules(request: HttpRequest, number: int) -> HttpResponse:
    of = get_object_or_404(Round.objects.select_related("programme"), pk=number)
    if not access.can_discuss(request.user, of):
        raise Http404
    text = error = ""
    if request.method == "POST":
        text, told = _text(request), request.POST.get("has_read", "")
        has_read = int(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0
        if not text:
            error = _("Write your comment first.")
        else:
            try:
                discussing.comment(of=of, has_read=has_read, text=text, by=request.user, at=request.at)
            except Refused as refusal:
                error = str(refusal)
            else:
                toasts.success(request, _("Thank you. Whoever plans the round reads it."))
                return redirect("discuss_rules", of.pk)
    versions = queries.versions(of)
    context = {
        "round": of,
        "newest": versions[0] if versions else None,
        "older": versions[1:],
        "may_comment": of.state == Round.State.DRAFT and of.discussed_since is not None,
        "is_planner": access.can_plan(request.user, of.programme),
        "text": text,
        "error": error,
        "longest": LONGEST,
    }
    return page(request, "rotations/discussion.html", context, status=400 if error else 200)


@login_required
@require_POST
def open_rules(request: HttpRequest, number: int) -> HttpResponse:
    of = planned_round(request, number)
    is_open = request.POST.get("is_open") == "1"
    with said_if_refused(request):
        discussing.open_for_comments(of=of, is_open=is_open, by=request.user, at=request.at)
    return redirect("discuss_rules", of.pk)


@login_required
@require_POST
def answer_comment(request: HttpRequest, number: int) -> HttpResponse:
    found = get_object_or_404(RuleComment.objects.select_related("rules"), pk=number)
    of = planned_round(request, found.rules.round_id)
    with said_if_refused(request, _("Saved.")):
        discussing.answer(comment=found, text=_text(request), by=request.user, at=request.at)
    return redirect("discuss_rules", of.pk)


def _text(request: HttpRequest) -> str:
    return request.POST.get("text", "").replace("\x00", "").strip()[:LONGEST]
