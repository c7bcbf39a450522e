"""Putting a ticket off, and bringing it back before its time."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tickets.actions import snoozing
from tickets.actions.errors import Conflict
from tickets.forms.properties import SnoozeForm
from tickets.models import Ticket
from tickets.templatetags.ui import full_moment
from tickets.views import rail
from tickets.views.properties import Clash, change
from tickets.views.ticket import load_workable, page


@login_required
@require_POST
def snooze(request: HttpRequest, number: int) -> HttpResponse:
    """What is refused stays chosen and typed."""
    found = load_workable(request, number)
    form = SnoozeForm(request.POST)
    typed = {name: str(form.data.get(name, ""))[:300] for name in ("when", "until", "reason")}
    if not form.is_valid():
        error = next(str(each) for errors in form.errors.values() for each in errors)
        return page(request, found, status=400, snooze=rail.snooze_of(found, request.at, error=error, **typed))
    values = form.cleaned_data

    def act() -> Ticket:
        return snoozing.snooze(
            ticket=found,
            until=values["moment"],
            reason=values["reason"],
            by=request.user,
            at=request.at,
            seen=values["seen"] if "seen" in request.POST else snoozing.UNSEEN,
        )

    def clash(conflict: Conflict) -> Clash:
        return Clash(
            url=request.path,
            name="when",
            label=_("Snoozed until"),
            theirs=full_moment(conflict.theirs) if conflict.theirs else _("not snoozed"),
            yours=full_moment(conflict.yours),
            yours_value=conflict.yours.isoformat(),
            theirs_value=conflict.theirs.isoformat() if conflict.theirs else "",
            more=(("reason", values["reason"]),),
        )

    try:
        return change(request, found, act, clash=clash, shows=(snoozing.NotAhead, snoozing.NoReason))
    except (snoozing.NotAhead, snoozing.NoReason) as refusal:
        error = str(refusal)
    return page(request, found, status=400, snooze=rail.snooze_of(found, request.at, error=error, **typed))


@login_required
@require_POST
def wake(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    return change(request, found, lambda: snoozing.wake(ticket=found, by=request.user, at=request.at))
