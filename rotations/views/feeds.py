"""Calendar subscriptions: the page on which one makes them, and what other programs read."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rotations import access, ical
from rotations.actions import feeding
from rotations.forms.feeds import FeedForm
from rotations.models import Feed
from rotations.queries import feeds as queries
from rotations.views.duties import page
from tickets.actions.errors import Refused

PER_HOUR = 60
"""Readings of one calendar: programs that are told to come once an hour come a few times."""
MISSES_PER_HOUR = 60
"""Of one place. A right address is answered all the same: many people's calendars come from one place, and some of
them ask for an address that was taken back."""
HOUR_S = 3600


@login_required
def feeds(request: HttpRequest) -> HttpResponse:
    """The addresses that the person has, and a new one, which is shown this once."""
    if not access.can_keep_absences(request.user):
        raise Http404
    form = FeedForm(request.POST or None, by=request.user)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        kind, of = form.thing
        values = {name: form.cleaned_data[name] for name in ("alarm_minutes", "is_busy")}
        try:
            feed, token = feeding.make_feed(kind=kind, of=of, by=request.user, at=request.at, **values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            address = settings.SITE_URL + reverse("calendar_feed", args=[token])
            context |= {"made": queries.name_of(feed), "address": address, "form": FeedForm(by=request.user)}
    context["feeds"] = [(each, queries.name_of(each)) for each in queries.feeds_of(request.user)]
    return page(request, "rotations/feeds.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def revoke_feed(request: HttpRequest, number: int) -> HttpResponse:
    feed = get_object_or_404(Feed, pk=number, owner=request.user)
    feeding.revoke_feed(feed=feed, by=request.user, at=request.at)
    toasts.success(request, _("The address is taken back. Whoever has it reads nothing any more."))
    return redirect("feeds")


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """For programs, which sign in with nothing but the address."""
    feed = feeding.find_feed(token)
    if feed is None:
        if _count(f"feed-misses:{_place_of(request)}") > MISSES_PER_HOUR:
            return _too_often()
        raise Http404
    if _count(f"feed:{feed.pk}") > PER_HOUR:
        return _too_often()
    with translation.override(feed.owner.language), timezone.override(ZoneInfo(feed.owner.time_zone)):
        content = ical.written(
            queries.name_of(feed),
            queries.entries(feed, request.at),
            alarm_minutes=feed.alarm_minutes,
            is_busy=feed.is_busy,
        )
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="dyzur.ics"'
    answer["Cache-Control"] = "private, no-cache"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _too_often() -> HttpResponse:
    return HttpResponse(status=429, headers={"Retry-After": str(HOUR_S)})


def _count(key: str) -> int:
    cache.add(key, 0, timeout=HOUR_S)
    try:
        return cache.incr(key)
    except ValueError:  # the hour ended between the two lines
        return 1


def _place_of(request: HttpRequest) -> str:
    """The client's address behind our own proxy; of IPv6 the network, of which one client has all addresses."""
    client = get_client_ip(request)
    return str(truncate_ip(client)) if client else ""
