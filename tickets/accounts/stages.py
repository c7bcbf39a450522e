"""The last step of signing in for whoever needs a second factor and has none: setting one up. No session before it."""

from __future__ import annotations

from typing import Any

from allauth.account.stages import LoginStage
from django.http import HttpResponse
from django.shortcuts import redirect

from tickets.accounts import second_factors


class SetUpStage(LoginStage):
    key = "second_factor_set_up"
    urlname = "second_factor_set_up"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        person: Any = self.login.user
        if second_factors.is_needed_by(person) and not second_factors.has_one(person):
            return redirect(self.urlname), True
        return None, True
