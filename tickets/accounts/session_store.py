"""Django's sessions in the database, found by a statement that is put together once: every page asks for one."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from helpdesk.lib import prepared


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        for found in prepared.rows((), _alive, held=self.session_key or "", now=timezone.now()):
            return found
        self._session_key = None
        return None


@prepared.planned_once
def _alive(held: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=held, expire_date__gt=now)
