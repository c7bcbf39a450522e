"""Calendars for other programs: their secret address is made, shown this once, and taken back."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from rotations.models import Feed, Programme, Round
from rotations.queries import feeds
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User

MOST = 20
"""Calendars of one person at once."""


@transaction.atomic
def make_feed(
    *,
    kind: str,
    by: User,
    at: datetime,
    of: Round | Programme | None = None,
    alarm_minutes: int = 0,
    is_busy: bool = True,
) -> tuple[Feed, str]:
    """The feed and its token, which nobody can be told again. Raises `NotAllowed`, `Refused`."""
    owner = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    token = secrets.token_urlsafe(32)
    feed = Feed(
        owner=owner,
        kind=kind,
        round=of if isinstance(of, Round) else None,
        programme=of if isinstance(of, Programme) else None,
        token_sha256=_hashed(token),
        alarm_minutes=alarm_minutes,
        is_busy=is_busy,
        made_at=at,
    )
    if not feeds.may_read(feed):
        raise NotAllowed(_("You may not read this calendar."))
    if Feed.objects.filter(owner=owner, revoked_at=None).count() >= MOST:
        raise Refused(_("You have 20 calendar addresses. Take back those that you do not use any more."))
    feed.save()
    return feed, token


@transaction.atomic
def revoke_feed(*, feed: Feed, by: User, at: datetime) -> None:
    """Its address answers nobody from now on. Doing it twice does nothing. Raises `NotAllowed`."""
    if feed.owner_id != by.pk:
        raise NotAllowed
    Feed.objects.filter(pk=feed.pk, revoked_at=None).update(revoked_at=at)


def find_feed(token: str) -> Feed | None:
    """What is looked for is a hash: how long that takes tells nothing of the token. None also where the owner left, or
    may not see any more what it is about."""
    digest = _hashed(token)
    rows = Feed.objects.filter(token_sha256=digest, revoked_at=None, owner__is_active=True)
    found = rows.select_related("owner", "round__programme", "programme").first()
    if found is None or not constant_time_compare(found.token_sha256, digest) or not feeds.may_read(found):
        return None
    return found


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
