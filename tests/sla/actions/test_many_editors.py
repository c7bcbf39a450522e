"""Administrators who change policies at the same moment, each by a process of their own: what one did stays, the other
hears why not, and the desk has one default policy throughout."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from sla.actions import editing, keeping
from sla.models import Edit, Policy
from tests.factories import AT, HOUR, make_admin, make_ticket
from tests.tickets import racing
from tests.tickets.racing import Crowd

FAST = {2: {"first_response": 3600}}
OFFICE = {day: [("08:00", "16:00")] for day in range(5)}
TOLD = {"applied", "ChangedMeanwhile", "StillApplying", "DefaultStays", "AlreadyRemoved", "NothingChanged", "Refused"}
"""What somebody may hear: nobody sees an error page."""


@pytest.mark.django_db(transaction=True)
def test_edits_orders_removals_and_another_default_at_once() -> None:
    calendar = keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, at=AT)
    made: dict[str, Any] = {"calendar": calendar, "targets": FAST, "at": AT}
    default = keeping.make_policy(name="Reszta", is_default=True, **made)
    one, two, three = (
        keeping.make_policy(name=name, conditions=f"tag:{name}", position=place, **made)
        for place, name in enumerate(("raz", "dwa", "trzy"), start=1)
    )
    people = [make_admin().pk for _each in range(4)]
    for _each in range(3):
        make_ticket(at=AT)
    crowd = Crowd(4, connection.settings_dict["NAME"])
    rounds: list[Any] = []
    heard: list[list[str]] = []
    try:
        for turn in range(6):
            wishes = [
                _wish("policy", one.pk, {**keeping.values_of_policy(one), "name": f"raz {turn}"}),
                _wish("policy", two.pk, {} if turn == 3 else {**keeping.values_of_policy(two), "name": f"dwa {turn}"}),
                _wish("order", None, {"order": keeping.order_now()[::-1]}),
                _wish("default", three.pk, {"default": three.pk, "own_conditions": "", "conditions": "tag:dawne"}),
            ]
            before = _versions()
            rounds.append(wishes)
            (answers,) = crowd.press(racing.edit_promises, (wishes, people, AT + turn * HOUR))
            heard.append(answers)
            assert set(answers) <= TOLD, answers
            assert "applied" in answers, "one is always carried out"
            assert Policy.objects.filter(is_default=True, versions__replaced_at=None).count() == 1
            assert not Edit.objects.filter(state__in=("applying",)).exclude(left=None).exists()
            after = _versions()
            # Nothing is lost: what was carried out holds, whatever came beside it.
            for wish, answer in zip(wishes[:2], answers[:2], strict=True):
                if answer == "applied":
                    name = wish[2].get("name")
                    assert Policy.objects.filter(pk=wish[1], name=name).exists() if name else wish[1] not in after
                elif wish[1] in before and answer != "AlreadyRemoved":
                    assert wish[1] in after
            _finish()
            if two.pk not in _versions():
                two = one
            one.refresh_from_db()
            two.refresh_from_db()
    finally:
        crowd.end()

    assert default.pk in set(Policy.objects.values_list("pk", flat=True))


def _wish(kind: str, target: int | None, proposed: dict[str, Any]) -> tuple[str, int | None, dict[str, Any]]:
    return kind, target, {**proposed, "base": editing.fingerprint(editing.current(kind, target))}


def _versions() -> dict[int, int]:
    return {each.policy_id: each.number for each in keeping.PolicyVersion.objects.filter(replaced_at=None)}


def _finish() -> None:
    """Let what is applied come to its end, so that the next round begins from rest."""
    for edit in Edit.objects.filter(state="applying"):
        for _each in range(100):
            if not editing.apply_batch(edit.pk, at=AT + 10 * HOUR):
                break
    Edit.objects.filter(state="applying").update(state="done")
