"""The audit keeps settings in no language: each reads them in their own."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from sla.actions import keeping
from sla.models import Calendar, Policy
from tests.factories import AT, make_admin
from tests.sla.views.conftest import browser_of
from tickets.models import AuditEntry, User


def test_levels_and_promises_are_told_in_the_language_of_the_reader(
    desk: Client, admin: User, policy: Policy, calendar: Calendar
) -> None:
    levels = [{"used_percent": 80, "recipients": ["lead"]}]
    wanted = {
        **keeping.values_of_policy(policy),
        "calendar": calendar,
        "levels": levels,
        "targets": {2: {"resolution": 60}},
    }
    keeping.change_policy(policy=policy, **wanted, by=admin, at=AT)
    pole = browser_of(make_admin(language="pl"))

    entry = AuditEntry.objects.filter(kind="policy").latest("id")
    assert entry.data["levels"][1] == levels
    assert entry.data["targets"][1] == {"2": {"resolution": 60}}
    for address in (reverse("audit"), f"/settings/promises/{policy.pk}/"):
        english, polish = desk.get(address).content.decode(), pole.get(address).content.decode()
        assert "80 % used" in english and "Normal, Solved: 1 min" in english
        assert ("80 % used" not in polish and "zużyte" in polish) or "80 %" in polish
        assert "Normal, Solved" not in polish


def test_lines_of_before_stay_as_they_were_written(desk: Client, admin: User, policy: Policy) -> None:
    entry = AuditEntry.objects.filter(kind="policy").latest("id")
    entry.data = {"levels": [None, "75 % used: assignee"], "targets": [None, "Normal, Solved: 24 h"]}
    entry.action = "changed"
    entry.save()

    for address in (reverse("audit"), f"/settings/promises/{policy.pk}/"):
        page = desk.get(address).content.decode()
        assert "75 % used: assignee" in page and "Normal, Solved: 24 h" in page
