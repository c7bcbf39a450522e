"""Where a person is signed in. Kept beside the sessions themselves, and written every few minutes at most."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from helpdesk.lib import clock
from helpdesk.lib.devices import device
from tickets.actions.securing import end_sessions
from tickets.models import User

SEEN = "seen_at"
SEEN_EVERY_S = 600
LISTED = 100


@dataclass(frozen=True)
class Place:
    """One session. ``address`` is the client's as of ``seen_at``."""

    pk: int
    device: str
    address: str
    begun_at: datetime
    seen_at: datetime
    is_current: bool


@receiver(user_logged_in)
def seen_now(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    """allauth has stored the place of a sign-in: the first page after it need not."""
    request.session[SEEN] = int(time.time())


def remember(request: HttpRequest) -> None:
    """Store place and time of the request's session, unless that was done in the last `SEEN_EVERY_S`."""
    now = int(time.time())
    if now - request.session.get(SEEN, 0) >= SEEN_EVERY_S:
        request.session[SEEN] = now
        UserSession.objects.create_from_request(request)


def places(person: User, *, current_key: str | None) -> list[Place]:
    """Where the person is signed in now, this session first, then by when it was last seen. Two statements."""
    known = list(UserSession.objects.filter(user=person).order_by("-last_seen_at", "-id")[:LISTED])
    stored = Session.objects.filter(
        session_key__in=[each.session_key for each in known], expire_date__gt=timezone.now()
    )
    alive = {each.session_key for each in stored if holds(each.get_decoded(), person)}
    found = [
        Place(
            pk=each.pk,
            device=device(each.user_agent),
            address=each.ip,
            begun_at=clock.as_shown(each.created_at),
            seen_at=clock.as_shown(each.last_seen_at),
            is_current=each.session_key == current_key,
        )
        for each in known
        if each.session_key in alive
    ]
    return sorted(found, key=lambda place: not place.is_current)


def holds(session: Any, person: User) -> bool:
    """Whether a page would still know the person by this session: it ends also by a new password."""
    return constant_time_compare(session.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash())


def end_place(person: User, pk: int) -> bool:
    """End one session of the person's own; whether there was one."""
    found = UserSession.objects.filter(user=person, pk=pk).first()
    if found is None:
        return False
    SessionStore(found.session_key).delete()
    found.delete()
    return True


@transaction.atomic
def end_others(request: HttpRequest) -> None:
    """End every session of the person but the one that asks, listed or not."""
    person: User = request.user  # type: ignore[assignment]
    end_sessions(of=person)
    request.session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    UserSession.objects.filter(user=person).exclude(session_key=request.session.session_key).delete()
