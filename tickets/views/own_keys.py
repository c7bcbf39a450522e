"""A person's own keys: each can be changed or left out, and all can be switched off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tickets import access, keys
from tickets.actions.preferences import set_keys
from tickets.forms.account import KeysForm
from tickets.views.shell import shell


@login_required
def own_keys(request: HttpRequest) -> HttpResponse:
    """What is stored works on the next page. What cannot be stored stays in its field, with the reason beneath it."""
    if not access.can_use_desk(request.user, request.at):
        raise Http404
    person = request.user
    initial = {"uses_keys": person.uses_keys, **keys.by_action(person.own_keys)}
    form = KeysForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            set_keys(by=person, uses_keys=form.cleaned_data.pop("uses_keys"), chosen=form.cleaned_data)
            toasts.success(request, _("Saved."))
            return redirect("own_keys")
        status = 400
    groups = [(group.title, [(form[action.name], action.key) for action in group.actions]) for group in keys.GROUPS]
    context: dict[str, Any] = {"form": form, "groups": groups, "has_own": bool(person.own_keys)}
    return render(request, "account/keys.html", {**context, "shell": shell(request)}, status=status)


@login_required
@require_POST
def reset_keys(request: HttpRequest) -> HttpResponse:
    if not access.can_use_desk(request.user, request.at):
        raise Http404
    set_keys(by=request.user, uses_keys=request.user.uses_keys, chosen={})
    toasts.success(request, _("Every action has its own key again."))
    return redirect("own_keys")
