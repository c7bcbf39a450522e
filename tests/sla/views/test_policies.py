"""Policies in the browser: order, conditions, promises, warnings, and the box in which they are tried."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sla import levels
from sla.actions import editing, keeping
from sla.models import Calendar, Clock, Edit, Policy, PolicyVersion
from tests.factories import AT, HOUR, make_admin, make_lead, make_queue, make_team, make_ticket
from tests.sla.views.conftest import browser_of
from tests.tickets.views.conftest import shown
from tickets.models import Event, Ticket

USUAL_LEVELS = {
    "level_0_kind": "used_percent",
    "level_0_number": "75",
    "level_0_told": ["assignee"],
    "level_1_kind": "before",
    "level_1_number": "30",
    "level_1_told": ["assignee", "team"],
    "level_2_kind": "breach",
    "level_2_told": ["assignee", "lead"],
}


def typed(calendar: Calendar, policy: Policy | None = None, **fields: Any) -> dict[str, Any]:
    base = editing.fingerprint(keeping.values_of_policy(policy) if policy else {})
    return {
        "name": "VIP",
        "conditions": "tag:vip",
        "calendar": calendar.pk,
        "target_2_first_response": "30 min",
        "hold_pauses": "on",
        "base": base,
        **USUAL_LEVELS,
        **fields,
    }


def make(calendar: Calendar, name: str, conditions: str, position: int, seconds: int = 600) -> Policy:
    targets = {2: {"first_response": seconds}}
    return keeping.make_policy(
        name=name, conditions=conditions, position=position, calendar=calendar, targets=targets, at=AT
    )


def test_a_desk_without_a_default_says_so_and_makes_it_first(desk: Client, calendar: Calendar) -> None:
    assert "Nothing is promised yet" in shown(desk.get("/settings/promises/"))
    form = shown(desk.get("/settings/promises/new/"))
    assert 'name="conditions"' not in form and 'value="24 h"' in form

    desk.post("/settings/promises/new/", typed(calendar, name="Podstawowe"))
    edit = Edit.objects.get()
    assert not Policy.objects.exists()
    desk.post(f"/settings/promises/edits/{edit.pk}/apply/")

    made = Policy.objects.get()
    assert (made.name, made.is_default, made.conditions) == ("Podstawowe", True, "")
    assert "Nothing is promised yet" not in shown(desk.get("/settings/promises/"))


def test_without_a_calendar_that_comes_first(desk: Client) -> None:
    assert desk.get("/settings/promises/new/").headers["Location"] == "/settings/calendars/new/"


def test_a_policy_is_made_in_human_times(desk: Client, calendar: Calendar, policy: Policy) -> None:
    fields = typed(
        calendar, target_4_first_response="1 h 30 min", target_1_resolution="2 d", target_2_resolution="4,5 h"
    )

    desk.post("/settings/promises/new/", fields)
    desk.post(f"/settings/promises/edits/{Edit.objects.get().pk}/apply/")

    version = PolicyVersion.objects.get(policy__name="VIP")
    assert version.targets == {
        "1": {"resolution": 16 * 3600},
        "2": {"first_response": 1800, "resolution": 16200},
        "4": {"first_response": 5400},
    }
    assert version.levels == levels.usual()
    assert not version.policy.is_default


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"target_2_first_response": "0"}, "“0” is no working time."),
        ({"target_2_first_response": "0 h"}, "A promise of no time cannot be kept"),
        ({"target_2_first_response": "soon"}, "“soon” is no working time."),
        ({"target_2_first_response": "-4 h"}, "“-4 h” is no working time."),
        ({"target_2_first_response": "99999 d"}, "That is longer than anybody waits"),
        ({"target_2_first_response": "", "target_3_resolution": ""}, "A policy without any target promises nothing"),
        ({"conditions": ""}, "This field is required."),
        ({"conditions": "queue:nieznana"}, "nieznana"),
        ({"conditions": "(tag:vip"}, "<mark>(tag:vip</mark>"),
        ({"conditions": "tag:vip or sla:met"}, "<mark>sla:met</mark>"),
        ({"conditions": "not sla:breached"}, "The policy itself decides this of a ticket"),
        ({"conditions": "metric:resolution"}, "The policy itself decides this of a ticket"),
        ({"conditions": "is:at_risk"}, "The policy itself decides this of a ticket"),
        ({"name": "Reszta"}, "There is another one of this name."),
        ({"level_0_number": "0"}, "Give a whole number from 1 to 1000."),
        ({"level_0_number": "dużo"}, "Give a whole number from 1 to 1000."),
        ({"level_1_kind": "used_percent", "level_1_number": "75"}, "Another level says the same."),
        ({"level_0_kind": ""}, "Choose what the number means."),
    ],
)
def test_what_cannot_be_meant_is_said_and_stays_in_the_form(
    desk: Client, calendar: Calendar, policy: Policy, changes: dict[str, str], said: str
) -> None:
    answer = desk.post("/settings/promises/new/", typed(calendar, **{"target_3_resolution": "7 h", **changes}))

    page = shown(answer)
    assert answer.status_code == 400
    assert said in page
    assert ('value="7 h"' in page) == ("target_3_resolution" not in changes)
    assert all(f'value="{each}"' in page for each in changes.values() if each)
    assert Policy.objects.count() == 1 and not Edit.objects.exists()


def test_conditions_are_checked_while_they_are_typed(desk: Client, lead: Client, policy: Policy) -> None:
    make_ticket(make_queue(name="Sklepy"), at=AT)

    right = shown(desk.get("/settings/promises/check/?conditions=queue:Sklepy"))
    wrong = shown(desk.get("/settings/promises/check/?conditions=queue:Sklepu"))

    assert "1 ticket fits it now" in right
    assert "queue:<mark>Sklepu</mark>" in wrong
    assert lead.get("/settings/promises/check/?conditions=x").status_code == 404


def test_an_order_is_tried_on_then_applied(desk: Client, calendar: Calendar, policy: Policy) -> None:
    one, two = make(calendar, "A", "tag:a", 1), make(calendar, "B", "tag:b", 2)
    page = shown(desk.get("/settings/promises/"))
    assert page.index("tag:a") < page.index("tag:b") < page.index("for whatever fits no other")
    assert "This order is not applied yet." not in page
    down = re.search(r'href="\?(order=[\d,]+)&amp;moved=\d+" aria-label="Move A down"', page) or re.search(
        r'href="\?(order=[\d,]+)&moved=\d+" aria-label="Move A down"', page
    )
    assert down

    moved = shown(desk.get(f"/settings/promises/?{down[1]}"))
    base = re.search(r'name="base" value="(\w+)"', moved)
    assert base and moved.index("tag:b") < moved.index("tag:a") and "This order is not applied yet." in moved
    assert keeping.order_now() == [one.pk, two.pk]
    desk.post("/settings/promises/order/", {"order": f"{two.pk},{one.pk}", "base": base[1]})
    desk.post(f"/settings/promises/edits/{Edit.objects.get().pk}/apply/")

    assert keeping.order_now() == [two.pk, one.pk]


def test_two_order_at_once_and_nothing_is_lost(desk: Client, calendar: Calendar, policy: Policy) -> None:
    one, two, three = (make(calendar, name, f"tag:{name}", place) for place, name in enumerate("abc"))
    base = editing.fingerprint({"order": [one.pk, two.pk, three.pk]})
    keeping.order_policies(order=[three.pk, one.pk, two.pk], at=AT, by=None)

    answer = desk.post("/settings/promises/order/", {"order": f"{two.pk},{one.pk},{three.pk}", "base": base})

    page = shown(answer)
    assert answer.status_code == 409
    assert f"?order={two.pk},{one.pk},{three.pk}" in page
    assert page.count("Somebody changed this in the meantime.") == 1


def test_two_change_the_same_policy(desk: Client, calendar: Calendar, policy: Policy) -> None:
    mine = typed(calendar, policy, name="Moja")
    other = browser_of(make_admin(language="en"))
    other.post(f"/settings/promises/{policy.pk}/", typed(calendar, policy, name="Ich"))
    other.post(f"/settings/promises/edits/{Edit.objects.get().pk}/apply/")

    answer = desk.post(f"/settings/promises/{policy.pk}/", mine)

    page = shown(answer)
    assert answer.status_code == 409
    assert "Ich" in page and 'value="Moja"' in page


def test_a_ticket_is_tried_by_its_number(desk: Client, calendar: Calendar, policy: Policy) -> None:
    make(calendar, "VIP", "tag:vip channel:phone", 1)
    make(calendar, "Normalne", "priority:normal", 2, seconds=7200)
    make(calendar, "Też", "priority:normal", 3)
    ticket = make_ticket(make_queue(), at=AT)
    events, clocks = Event.objects.count(), Clock.objects.count()

    page = shown(desk.get(f"/settings/promises/try/?ticket=%23{ticket.pk}"))

    assert f"#{ticket.pk} would get the policy Normalne." in page
    assert '<code translate="no">tag:vip</code>' in page and '<code translate="no">channel:phone</code>' in page
    assert "would fit too, but stands behind" in page
    assert "Monday 9 March 2026, 10:00" in page
    assert (Event.objects.count(), Clock.objects.count()) == (events, clocks)


def test_a_ticket_that_is_not_there_is_tried(desk: Client, calendar: Calendar, policy: Policy) -> None:
    make(calendar, "VIP", "tag:vip", 1)
    queue = make_queue()
    fields = {"queue": queue.pk, "priority": 2, "channel": "email", "tags": "vip, pilne", "subject": "Sklep stoi"}

    page = shown(desk.post("/settings/promises/try/", fields))
    other = shown(desk.post("/settings/promises/try/", fields | {"tags": ""}))

    assert "Such a ticket would get the policy VIP." in page and "Monday 9 March 2026, 8:10" in page
    assert "Such a ticket would get the policy Reszta." in other and "does not fit" in other
    assert not Ticket.objects.exists()


def test_a_ticket_out_of_sight_is_not_tried(lead: Client, policy: Policy) -> None:
    ticket = make_ticket(make_queue(), at=AT)

    for number in (ticket.pk, "x", 10**17, 10**40):
        answer = lead.get(f"/settings/promises/try/?ticket={number}")
        assert answer.status_code == 400 and "There is no ticket of this number in sight." in shown(answer)


def test_an_own_request_to_another_team_is_not_tried(policy: Policy, clock: Any) -> None:
    """Its clocks and tags are told to whoever works it."""
    team = make_team()
    person = make_lead(team, language="en")
    asked, worked = make_ticket(make_queue(), requester=person, at=AT), make_ticket(make_queue(team), at=AT)

    pages = [browser_of(person).get(f"/settings/promises/try/?ticket={each.pk}") for each in (worked, asked)]

    assert [page.status_code for page in pages] == [200, 400]
    assert "Reszta" in shown(pages[0]) and "There is no ticket of this number in sight." in shown(pages[1])


def test_leads_read_and_others_find_nothing(
    lead: Client, agent_browser: Client, calendar: Calendar, policy: Policy
) -> None:
    path = f"/settings/promises/{policy.pk}/"

    page = shown(lead.get(path))

    assert "4 h" in page and "75 % used: assignee" in page and "policy-form" not in page
    assert lead.post(path, typed(calendar, policy)).status_code == 404
    assert lead.get("/settings/promises/new/").status_code == 404
    assert "New policy" not in shown(lead.get("/settings/promises/"))
    for each in ("/settings/promises/", path, "/settings/promises/try/"):
        assert agent_browser.get(each).status_code == 404


def test_a_shorter_promise_is_foreseen(desk: Client, calendar: Calendar, policy: Policy, clock: Any) -> None:
    make_ticket(make_queue(), at=AT)
    clock.move_to(AT + 2 * HOUR)
    fields = typed(calendar, policy, name="Reszta", target_2_first_response="1 h", target_2_resolution="24 h")

    page = shown(desk.post(f"/settings/promises/{policy.pk}/", fields, follow=True))

    assert "It changes 1 due time." in page and "1 becomes overdue." in page


def test_a_lead_sees_what_is_foreseen_of_their_teams_alone(
    desk: Client, calendar: Calendar, policy: Policy, clock: Any
) -> None:
    team = make_team()
    person = make_lead(team, language="en")
    own, foreign = make_ticket(make_queue(team), at=AT), make_ticket(make_queue(), requester=person, at=AT)
    clock.move_to(AT + 2 * HOUR)
    fields = typed(calendar, policy, name="Reszta", target_2_first_response="1 h", target_2_resolution="24 h")
    desk.post(f"/settings/promises/{policy.pk}/", fields)
    address = f"/settings/promises/edits/{Edit.objects.get().pk}/"

    everything, page = shown(desk.get(address)), shown(browser_of(person).get(address))

    assert f"#{own.pk}<" in everything and f"#{foreign.pk}<" in everything and "another team" not in everything
    assert f"#{own.pk}<" in page and f"#{foreign.pk}" not in page
    assert "It changes 2 due times." in page and "1 due time is that of a ticket of another team." in page
    told = browser_of(person).get(f"/api{address.removeprefix('/settings').replace('promises/edits', 'promise-edits')}")
    assert [each["ticket"] for each in told.json()["changes"]] == [own.pk]


def test_another_policy_becomes_the_default(desk: Client, policy: Policy, calendar: Calendar) -> None:
    fast = keeping.make_policy(
        name="Kasy", calendar=calendar, targets={2: {"resolution": 3600}}, conditions="tag:kasa", at=AT
    )
    page = desk.get(f"/settings/promises/{fast.pk}/").content.decode()
    form = page[page.index("make-default/") :]
    base = form.split('name="base" value="', 1)[1].split('"', 1)[0]
    address = f"/settings/promises/{fast.pk}/make-default/"

    for conditions, said in (("", "Say which tickets"), ("status:opne", "status is never")):
        refused = desk.post(address, {"base": base, "old_conditions": conditions})
        assert (refused.status_code, said in refused.content.decode()) == (400, True)
    stale = desk.post(address, {"base": "x", "old_conditions": "tag:dawne"})
    assert (stale.status_code, "Nothing was overwritten" in stale.content.decode()) == (409, True)
    preview = desk.post(address, {"base": base, "old_conditions": "tag:dawne"}, follow=True).content.decode()
    for words in ("Another default policy", "Kasy", "tag:dawne", "whatever fits no other"):
        assert words in preview
    assert Policy.objects.get(is_default=True) == policy

    number = Edit.objects.get().pk
    desk.post(f"/settings/promises/edits/{number}/apply/")

    assert Policy.objects.get(is_default=True) == fast
    history = desk.get(f"/settings/promises/{fast.pk}/").content.decode()
    assert "Default policy" in history and "make-default/" not in history
    assert desk.get(reverse("audit")).status_code == 200
