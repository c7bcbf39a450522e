"""Calendars and policies for programs: the same actions, the same preview, the same refusals as on the pages."""

from __future__ import annotations

from typing import Any

import pytest

from sla.actions import keeping
from sla.models import Calendar, Clock, Edit, Policy
from tests.factories import AT
from tests.sla.api.conftest import Caller
from tickets.models import AuditEntry

HOURS = {str(day): [["08:00", "12:00"], ["12:30", "16:00"]] for day in range(5)}


def test_a_calendar_is_made_read_and_listed(admin: Caller) -> None:
    days = [{"date": "2026-12-24", "hours": [["08:00", "12:00"]], "name": "Wigilia"}, {"date": "2026-12-25"}]

    made = admin.post("calendars/", name="Biuro", zone="Europe/Warsaw", weekly=HOURS, days=days)

    calendar = Calendar.objects.get()
    assert (made.status_code, made["Location"]) == (201, f"/api/calendars/{calendar.pk}/")
    body = made.json()
    assert (body["weekly"], body["version"]) == (HOURS, 1)
    assert body["days"] == [days[0], {"date": "2026-12-25", "hours": [], "name": ""}]
    assert admin.get("calendars/").json() == {"results": [body]}
    assert admin.get(f"calendars/{calendar.pk}/").json() == body
    assert AuditEntry.objects.filter(kind="calendar", action="added").count() == 1


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("zone", {"zone": "Europe/Warszawa"}),
        ("weekly", {"weekly": {}}),
        ("weekly", {"weekly": {"0": []}}),
        ("weekly", {"weekly": {"0": [["08:00", "25:00"]]}}),
        ("weekly", {"weekly": {"0": [["08:00", "12:00"], ["11:00", "14:00"]]}}),
        ("weekly", {"weekly": {"7": [["08:00", "12:00"]]}}),
        ("weekly", {"weekly": {"0": [["08:00"]]}}),
        ("weekly", {"weekly": {"0": "8-16"}}),
        ("weekly", {"weekly": [["08:00", "16:00"]]}),
        ("days", {"days": [{"date": "2026-02-30"}]}),
        ("days", {"days": [{"date": "2026-12-24"}, {"date": "2026-12-24"}]}),
        ("days", {"days": [{"date": "2026-12-24", "hours": [["16:00", "25:00"]]}]}),
        ("name", {"name": "zwei\nZeilen"}),
        ("name", {"name": "n" * 101}),
        ("name", {"name": "  "}),
        ("seen", {"seen": "x"}),
    ],
)
def test_what_cannot_be_meant_of_a_calendar_is_refused_whole(admin: Caller, field: str, wrong: dict[str, Any]) -> None:
    answer = admin.post("calendars/", **{"name": "Biuro", "zone": "Europe/Warsaw", "weekly": HOURS, **wrong})

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert field in answer.json()["errors"], answer.json()
    assert not Calendar.objects.exists()


def test_a_change_is_foreseen_then_applied(desk: Any, admin: Caller, default: Policy, calendar: Calendar) -> None:
    ticket = desk.ticket()
    first = Clock.objects.get(ticket=ticket, metric="first_response")
    seen = admin.get(f"calendars/{calendar.pk}/").json()["seen"]

    edit = admin.post(
        f"calendars/{calendar.pk}/change/", name="Biuro", zone="Europe/Warsaw", weekly=HOURS, days=[], seen=seen
    )

    assert edit.status_code == 201
    body = edit.json()
    assert (body["state"], body["kind"], body["changed"], body["overdue"]) == ("counted", "calendar", 1, 0)
    page = admin.get(edit["Location"].removeprefix("/api/")).json()
    assert page["next_offset"] is None
    (change,) = page["changes"]
    assert (change["ticket"], change["metric"]) == (ticket.pk, "resolution")
    first.refresh_from_db()
    assert Calendar.objects.get().versions.count() == 1

    done = admin.post(f"promise-edits/{body['id']}/apply/")
    assert (done.status_code, done.json()["applied"]) == (200, 1)
    assert Calendar.objects.get().versions.count() == 2
    assert admin.post(f"promise-edits/{body['id']}/apply/").json()["code"] == "no_longer_open"
    again = admin.post(f"calendars/{calendar.pk}/change/", name="B", zone="UTC", weekly=HOURS, seen=seen)
    assert (again.status_code, again.json()["code"]) == (409, "changed_meanwhile")


def test_a_policy_is_foreseen_applied_changed_ordered_and_removed(
    desk: Any, admin: Caller, default: Policy, vip: Policy, calendar: Calendar, clock: Any
) -> None:
    ticket = desk.ticket()
    targets = {"normal": {"first_response": 1800, "resolution": 7200}, "urgent": {"resolution": 3600}}
    wanted = {"name": "Kasy", "conditions": "subject:invoice", "calendar": calendar.pk, "targets": targets}

    edit = admin.post("policies/", **wanted).json()
    assert (edit["changed"], Policy.objects.filter(name="Kasy").exists()) == (2, False)
    apply(admin, edit)
    clock.advance(minutes=1)

    listed = admin.get("policies/").json()
    assert [row["name"] for row in listed["results"]] == ["VIP", "Kasy", "Reszta"]
    made = listed["results"][1]
    assert made["targets"] == targets and made["conditions"] == "subject:invoice"
    assert admin.get(f"policies/{made['id']}/").json() == made
    assert Clock.objects.get(ticket=ticket, metric="first_response").target_s == 1800

    edit = admin.post("policies/order/", order=[made["id"], vip.pk], seen=listed["seen"]).json()
    apply(admin, edit)
    assert [row["name"] for row in admin.get("policies/").json()["results"]] == ["Kasy", "VIP", "Reszta"]

    clock.advance(minutes=1)
    changed = {**wanted, "targets": {"normal": {"first_response": 3600}}, "seen": made["seen"]}
    apply(admin, admin.post(f"policies/{made['id']}/change/", **changed).json())
    assert Clock.objects.get(ticket=ticket, metric="first_response").target_s == 3600

    clock.advance(minutes=1)
    seen = admin.get(f"policies/{made['id']}/").json()
    assert seen["version"] == 2
    apply(admin, admin.post(f"policies/{made['id']}/remove/", seen=seen["seen"]).json())
    assert Clock.objects.get(ticket=ticket, metric="first_response").target_s == 4 * 3600
    assert admin.get(f"policies/{made['id']}/").status_code == 404


def apply(admin: Caller, edit: dict[str, Any]) -> None:
    assert admin.post(f"promise-edits/{edit['id']}/apply/").status_code == 200, edit
    Edit.objects.filter(pk=edit["id"]).update(state="done")


def test_another_default(admin: Caller, default: Policy, vip: Policy) -> None:
    seen = admin.get(f"policies/{vip.pk}/").json()["seen_as_default"]

    refused = admin.post(f"policies/{vip.pk}/make-default/", seen=seen, conditions="status:opne")
    assert (refused.status_code, refused.json()["mistake"]["start"]) == (400, 7)
    edit = admin.post(f"policies/{vip.pk}/make-default/", seen=seen, conditions="tag:dawne").json()
    apply(admin, edit)

    rows = admin.get("policies/").json()["results"]
    assert [(row["name"], row["is_default"], row["conditions"]) for row in rows] == [
        ("Reszta", False, "tag:dawne"),
        ("VIP", True, ""),
    ]
    last = admin.post(f"policies/{vip.pk}/remove/", seen=rows[1]["seen"])
    assert (last.status_code, last.json()["code"]) == (409, "default_stays")


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("targets", {"targets": {}}),
        ("targets", {"targets": {"normal": {}}}),
        ("targets", {"targets": {"normal": {"resolution": 0}}}),
        ("targets", {"targets": {"normal": {"resolution": -1}}}),
        ("targets", {"targets": {"normal": {"resolution": 2**40}}}),
        ("targets", {"targets": {"normal": {"resolution": "4 h"}}}),
        ("targets", {"targets": {"normal": {"reply": 60}}}),
        ("targets", {"targets": {"soon": {"resolution": 60}}}),
        ("targets", {"targets": [1]}),
        ("calendar", {"calendar": 10**12}),
        ("calendar", {"calendar": "Biuro"}),
        ("levels", {"levels": [{"used_percent": 0}]}),
        ("levels", {"levels": [{"used_percent": 75}, {"used_percent": 75}]}),
        ("levels", {"levels": [{"minutes": -30, "recipients": ["boss"]}]}),
        ("levels", {"levels": "often"}),
        ("conditions", {"conditions": "status:opne"}),
        ("non_field_errors", {"conditions": " "}),
        ("conditions", {"conditions": "x" * 1001}),
        ("is_default", {"is_default": True}),
    ],
)
def test_what_cannot_be_meant_of_a_policy_is_refused_whole(
    admin: Caller, default: Policy, calendar: Calendar, field: str, wrong: dict[str, Any]
) -> None:
    usual = {"name": "Kasy", "conditions": "tag:x", "calendar": calendar.pk, "targets": {"normal": {"resolution": 60}}}

    answer = admin.post("policies/", **{**usual, **wrong})

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert field in answer.json()["errors"], answer.json()
    assert Policy.objects.count() == 1 and not Edit.objects.exists()


def test_leads_read_and_change_nothing(desk: Any, as_: Any, default: Policy, vip: Policy, calendar: Calendar) -> None:
    lead = as_(desk.lead)
    assert [row["name"] for row in lead.get("policies/").json()["results"]] == ["VIP", "Reszta"]

    refused = lead.post(f"policies/{vip.pk}/remove/", seen=lead.get(f"policies/{vip.pk}/").json()["seen"])

    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert as_(desk.agent).get("policies/").status_code == 404
    assert as_(desk.agent).post("policies/").status_code == 404


def test_an_edit_is_dropped_and_counted_again(admin: Caller, vip: Policy) -> None:
    edit = admin.post(f"policies/{vip.pk}/remove/", seen=admin.get(f"policies/{vip.pk}/").json()["seen"]).json()

    assert admin.post(f"promise-edits/{edit['id']}/count/", everything=True).json()["state"] == "counted"
    assert admin.post(f"promise-edits/{edit['id']}/drop/").json()["state"] == "dropped"
    assert admin.post(f"promise-edits/{edit['id']}/drop/").status_code == 409
    assert [row["id"] for row in admin.get("promise-edits/").json()["results"]] == [edit["id"]]
    assert admin.get("promise-edits/999999/").status_code == 404
    assert admin.get(f"promise-edits/{edit['id']}/", offset=-1).status_code == 400


@pytest.mark.parametrize("path", ["calendars/", "policies/"])
def test_a_list_costs_the_same_whatever_it_holds(admin: Caller, calendar: Calendar, path: str) -> None:
    def more(name: str) -> None:
        keeping.make_calendar(name=name, zone="UTC", weekly={0: [("08:00", "16:00")]}, at=AT)
        keeping.make_policy(name=name, calendar=calendar, targets={2: {"resolution": 60}}, conditions="tag:x", at=AT)

    more("one")
    admin.get(path)
    admin.get(path)
    before = admin.statements
    more("two")
    more("three")
    admin.get(path)

    assert admin.statements == before
