"""Who signs in by what, and who a session belongs to."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from axes.backends import AxesStandaloneBackend
from django.http import HttpRequest

from tickets.accounts.second_factors import with_desk_rule
from tickets.models import User


class Backend(AxesStandaloneBackend, AuthenticationBackend):
    """allauth's, unless too many wrong passwords came from this address; then no password is looked at."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        AxesStandaloneBackend.authenticate(self, request, **credentials)
        found: User | None = AuthenticationBackend.authenticate(self, request, **credentials)
        return found

    def get_user(self, user_id: int) -> User | None:
        """The person of a session, with the desk's rule on second factors in the same statement."""
        person = with_desk_rule(User.objects.filter(pk=user_id)).first()
        return person if person is not None and self.user_can_authenticate(person) else None
