"""Undo of the change somebody has just made on a ticket: offered in the toast that tells of it, and by a key.

What it was stays in the cache for an hour, under a number that only the person's own page knows; without it the offer
is over, and nothing else is lost.
"""

from __future__ import annotations

import secrets
from copy import copy
from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from helpdesk.lib.way_back import page_before
from tickets import access
from tickets.actions import restoring
from tickets.actions.errors import Refused
from tickets.models import Ticket, User
from tickets.views.restored import label_of_property

KEPT_S = 3600


def offer_undo(request: HttpRequest, before: Ticket, after: Any) -> None:
    """Say what was changed, with a button that takes it back. Not where somebody changed the ticket in between: what
    was theirs cannot be told apart any more."""
    if not isinstance(after, Ticket) or after.version != before.version + 1:
        return
    changed = restoring.changed_between(restoring.values_of(before), restoring.values_of(after))
    if not changed:
        return
    number = secrets.randbelow(2**53)
    cache.set(_key(request.user, number), (after.pk, changed, after.version, request.at), KEPT_S)
    said = _("#%(number)d changed: %(properties)s") % {"number": after.pk, "properties": _named(changed)}
    toasts.success(request, said, extra_tags=reverse("undo_change", args=[number]))


def offer_give_back(request: HttpRequest, taken: Ticket) -> None:
    """Undo of "take next": nobody had the ticket before."""
    before = copy(taken)
    before.assignee, before.version = None, taken.version - 1
    offer_undo(request, before, taken)


@login_required
@require_POST
def undo_change(request: HttpRequest, number: int) -> HttpResponse:
    """Give back what it was, where nobody has changed it since; what was changed since is named and stays."""
    if not access.can_use_desk(request.user, request.at):
        raise Http404
    back = redirect(page_before(request) or reverse("queue"))
    step = cache.get(_key(request.user, number))
    if step is None:
        toasts.info(request, _("There is nothing to undo any more."))
        return back
    ticket_id, changed, version, made_at = step
    made = restoring.events_of(ticket_id, by=request.user, at=made_at)
    told = {"changed": changed, "version": version, "events": made}
    try:
        ticket, left = restoring.restore_values(ticket=Ticket(pk=ticket_id), by=request.user, at=request.at, **told)
    except Ticket.DoesNotExist:
        toasts.info(request, _("There is nothing to undo any more."))
        return back
    except Refused as refusal:
        toasts.error(request, str(refusal))
        return back
    cache.delete(_key(request.user, number))
    if left:
        said = _("#%(number)d: changed since, left as it is: %(properties)s")
        toasts.info(request, said % {"number": ticket.pk, "properties": _named(left)})
    if len(left) < len(changed):
        undone = [name for name in changed if name not in left]
        said = _("#%(number)d undone: %(properties)s")
        toasts.success(request, said % {"number": ticket.pk, "properties": _named(undone)})
    return back


def _named(names: Any) -> str:
    return ", ".join(sorted(label_of_property(name) for name in names))


def _key(user: User, number: int) -> str:
    return f"undo:{user.pk}:{number}"
