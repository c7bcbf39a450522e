"""Who signs in by what, and who a session belongs to."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from axes.backends import AxesStandaloneBackend
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest

from helpdesk.lib import prepared
from tickets.accounts.second_factors import with_desk_rule
from tickets.models import Queue, User


class Backend(AxesStandaloneBackend, AuthenticationBackend):
    """allauth's, unless too many wrong passwords came from this address; then no password is looked at."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        AxesStandaloneBackend.authenticate(self, request, **credentials)
        found: User | None = AuthenticationBackend.authenticate(self, request, **credentials)
        return found

    def get_user(self, user_id: int) -> User | None:
        """The person of a session, with the queues of their teams and the desk's rule on second factors; one
        statement."""
        for person in prepared.rows((), _with_what_pages_ask, user_id=user_id):
            person.queue_ids = frozenset(person.ids_of_queues)  # type: ignore[attr-defined]
            return person if self.user_can_authenticate(person) else None
        return None


@prepared.planned_once
def _with_what_pages_ask(user_id: int) -> QuerySet[User]:
    queues = Queue.objects.filter(team__memberships__user=OuterRef("pk")).order_by().values("pk")
    return with_desk_rule(User.objects.filter(pk=user_id)).annotate(ids_of_queues=ArraySubquery(queues))
