"""Rules: the list, one rule with what it would have done, and what it did and why. For administrators."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from helpdesk.lib.pagination import BadCursor, keyset_page
from helpdesk.lib.time_limit import TooSlow
from tickets import access
from tickets.actions import keeping_rules, ruling
from tickets.actions.errors import Refused
from tickets.forms.fields import PlainSelect
from tickets.models import Rule, RuleFiring, Ticket
from tickets.queries import rules as reading
from tickets.searching import QueryError
from tickets.views.changes import ChangesForm, in_words, initial_of, span
from tickets.views.search import Mistake
from tickets.views.shell import shell

PAGE_SIZE = 50
View = Callable[..., HttpResponse]


def for_rule_managers(view: View) -> View:
    @login_required
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not access.can_manage_rules(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return checked


class RuleForm(forms.ModelForm):
    class Meta:
        model = Rule
        fields = ("name", "trigger", "after_minutes", "conditions", "stops", "is_active")
        widgets = {
            "trigger": PlainSelect,
            "conditions": forms.TextInput(
                {
                    "translate": "no",
                    "autocomplete": "off",
                    "spellcheck": "false",
                    "data-suggest": reverse_lazy("suggest"),
                }
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trigger"].choices = Rule.Trigger.choices  # without a first line of dashes


@for_rule_managers
def rule_list(request: HttpRequest) -> HttpResponse:
    rows = [
        (each, in_words(each.changes), span(each.after_minutes) if each.after_minutes else "")
        for each in reading.rules(request.at)
    ]
    return render(request, "tickets/rules.html", {"rows": rows, "shell": shell(request)})


@for_rule_managers
def new_rule(request: HttpRequest) -> HttpResponse:
    return _form_page(request, Rule())


@for_rule_managers
def rule(request: HttpRequest, number: int) -> HttpResponse:
    return _form_page(request, get_object_or_404(Rule, pk=number))


@for_rule_managers
def rule_log(request: HttpRequest, number: int) -> HttpResponse:
    found = get_object_or_404(Rule, pk=number)
    try:
        page = keyset_page(reading.firings(found), by=("-at", "-id"), size=PAGE_SIZE, cursor=request.GET.get("cursor"))
    except BadCursor:
        page = keyset_page(reading.firings(found), by=("-at", "-id"), size=PAGE_SIZE)
    rows = [(firing, _done(firing)) for firing in page.rows]
    context = {"rule": found, "rows": rows, "next_cursor": page.next_cursor, "at": request.at}
    return render(request, "tickets/rule_log.html", {**context, "shell": shell(request)})


@for_rule_managers
@require_POST
def move_rule(request: HttpRequest, number: int) -> HttpResponse:
    is_up = request.POST.get("to") != "down"
    keeping_rules.move(rule=get_object_or_404(Rule, pk=number), by=request.user, is_up=is_up, at=request.at)
    return redirect("rules")


@for_rule_managers
@require_POST
def switch_rule(request: HttpRequest, number: int) -> HttpResponse:
    is_on = request.POST.get("to") == "on"
    keeping_rules.switch(rule=get_object_or_404(Rule, pk=number), by=request.user, is_on=is_on, at=request.at)
    return redirect("rules")


def _form_page(request: HttpRequest, found: Rule) -> HttpResponse:
    form = RuleForm(request.POST or None, instance=found)
    changes = ChangesForm(request.POST or None, initial=initial_of(found.changes), has_me=False)
    context: dict[str, Any] = {"form": form, "changes": changes, "rule": found}
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid() & changes.is_valid():
            wanted = form.save(commit=False)
            try:
                if request.POST.get("act") == "try":
                    context["dry"] = reading.dry_run(_would_fire(request, wanted))
                    status = 200
                else:
                    keeping_rules.save(rule=wanted, changes=changes.chosen, by=request.user, at=request.at)
                    toasts.success(request, _("Saved."))
                    return redirect("rules")
            except TooSlow:
                form.add_error(None, _("Trying it takes too long. Narrow the conditions."))
            except QueryError as error:
                context["mistake"] = Mistake.of(error, wanted.conditions)
            except Refused as refusal:
                form.add_error(None, str(refusal))
    return render(request, "tickets/rule.html", {**context, "shell": shell(request)}, status=status)


def _would_fire(request: HttpRequest, wanted: Rule) -> Any:
    """On which tickets it would have fired in the last thirty days, or would fire now. Raises `QueryError`."""
    if wanted.trigger == Rule.Trigger.TIME:
        return ruling.due_for(wanted, at=request.at)
    kinds = [kind for kind, trigger in ruling.TRIGGERS.items() if trigger == wanted.trigger]
    fits = ruling.fitting(wanted.conditions, request.at, is_of_many=True)
    seen = Ticket.objects.visible_to(request.user, request.at).present()
    return reading.happened(seen, kinds, request.at).filter(fits)


def _done(firing: RuleFiring) -> list[tuple[str, str]]:
    """Each change in words, with the refusal."""
    phrases = in_words([each["change"] for each in firing.done])
    return [(words, each.get("refused", "")) for words, each in zip(phrases, firing.done, strict=True)]
