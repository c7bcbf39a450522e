"""The form behind the kind link: whoever asked for a favour files it, without an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from helpdesk.lib.one_line import must_be_one_line
from tickets.actions import walkups
from tickets.actions.errors import Refused
from tickets.contact import mask_name
from tickets.forms.fields import WordsField
from tickets.models import WalkUp


class FilingForm(forms.Form):
    """Who it is, is asked of those whom nobody knows. ``subject`` is what the agent wrote down."""

    subject = forms.CharField(label=_("What is it about?"), max_length=300, validators=[must_be_one_line])
    text = WordsField(
        label=_("Details"), required=False, help_text=_("What you tried, what it says, until when you need it.")
    )
    name = forms.CharField(label=_("Your name"), max_length=200, required=False, validators=[must_be_one_line])
    email = forms.EmailField(label=_("Your email"), validators=[must_be_one_line], help_text=_("We answer there."))

    def __init__(self, *args: Any, is_known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_known:
            del self.fields["name"], self.fields["email"]


@never_cache
def file_walk_up(request: HttpRequest, token: str) -> HttpResponse:
    """Prefilled, sent once. Nobody is signed in by the link, and it shows nothing but the favour's own words."""
    try:
        walk_up = walkups.by_token(token, request.at)
    except walkups.LinkOver:
        return render(request, "tickets/filing_over.html", status=410)
    with translation.override(walk_up.requester.language if walk_up.requester else walk_up.queue.language):
        return _form(request, walk_up, token)


def _form(request: HttpRequest, walk_up: WalkUp, token: str) -> HttpResponse:
    if walk_up.filed_at:
        return render(request, "tickets/filed.html", {"walk_up": walk_up, "is_fresh": "thanks" in request.GET})
    initial = {"subject": walk_up.what, "name": walk_up.asker_name}
    form = FilingForm(request.POST or None, initial=initial, is_known=walk_up.requester is not None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            values = form.cleaned_data
            try:
                walkups.file(
                    token=token,
                    subject=values["subject"],
                    text=values["text"],
                    name=values.get("name", ""),
                    email=values.get("email", ""),
                    at=request.at,
                )
            except walkups.FiledAlready:
                return redirect("file_walk_up", token=token)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect(f"{request.path}?thanks")
    asker = mask_name(str(walk_up.requester)) if walk_up.requester else ""
    return render(request, "tickets/filing.html", {"form": form, "walk_up": walk_up, "asker": asker}, status=status)
