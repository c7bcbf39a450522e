"""Status, priority, queue."""

import pytest

from tickets.actions import assigning, changing
from tickets.models import Priority, Status, Ticket


def test_the_status_changes(desk, as_):
    ticket = desk.ticket()

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/status/", status="solved", seen="new")

    assert (response.status_code, response.json()["status"]) == (200, "solved")
    assert response.json()["solved_at"] == "2026-03-09T07:00:00Z"


def test_a_hold_keeps_its_reason(desk, as_):
    ticket = desk.ticket()
    caller = as_(desk.agent)

    without = caller.post(f"tickets/{ticket.pk}/status/", status="on_hold")
    given = caller.post(f"tickets/{ticket.pk}/status/", status="on_hold", reason="The bank")

    assert (without.status_code, list(without.json()["errors"])) == (400, ["reason"])
    assert (given.status_code, given.json()["status"]) == (200, "on_hold")
    assert caller.get(f"tickets/{ticket.pk}/").json()["hold_reason"] == "The bank"


def test_a_status_changed_meanwhile_is_a_conflict(desk, as_):
    ticket = desk.ticket()
    changing.change_status(ticket=ticket, to=Status.WAITING, by=desk.lead, at=desk.at)

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/status/", status="open", seen="new")

    assert response.status_code == 409
    assert {name: response.json()[name] for name in ("code", "field", "theirs", "yours")} == {
        "code": "conflict",
        "field": "status",
        "theirs": "waiting",
        "yours": "open",
    }


def test_the_table_of_transitions_holds(desk, as_):
    ticket = desk.ticket()
    Ticket.objects.filter(pk=ticket.pk).update(status=Status.SOLVED, solved_at=desk.at)

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/status/", status="waiting")

    assert (response.status_code, response.json()["code"]) == (409, "wrong_transition")


@pytest.mark.parametrize("status", ["new", "closed", "gone", None])
def test_new_and_closed_are_set_by_nobody(desk, as_, status):
    ticket = desk.ticket()

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/status/", status=status)

    assert (response.status_code, list(response.json()["errors"])) == (400, ["status"])


def test_a_requester_solves_and_reopens_the_own_ticket_and_nothing_else(desk, as_):
    ticket = desk.ticket()
    caller = as_(desk.requester)

    assert caller.post(f"tickets/{ticket.pk}/status/", status="solved").json()["status"] == "solved"
    assert caller.post(f"tickets/{ticket.pk}/status/", status="open").json()["status"] == "open"
    assert caller.post(f"tickets/{ticket.pk}/status/", status="waiting").status_code == 403
    assert caller.post(f"tickets/{ticket.pk}/priority/", priority="urgent").status_code == 403


def test_the_priority_changes(desk, as_):
    ticket = desk.ticket()

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/priority/", priority="urgent", seen="normal")

    assert (response.status_code, response.json()["priority"]) == (200, "urgent")


def test_a_priority_changed_meanwhile_is_a_conflict_told_by_name(desk, as_):
    ticket = desk.ticket()
    changing.change_priority(ticket=ticket, to=Priority.LOW, by=desk.lead, at=desk.at)

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/priority/", priority="high", seen="normal")

    assert response.status_code == 409
    assert (response.json()["theirs"], response.json()["yours"]) == ("low", "high")


def test_moving_away_answers_204_when_the_ticket_is_out_of_sight(desk, as_):
    ticket = desk.ticket()
    assigning.assign_me(ticket=ticket, by=desk.agent, at=desk.at)
    caller = as_(desk.agent)

    response = caller.post(f"tickets/{ticket.pk}/queue/", queue=desk.shops.pk, seen=desk.billing.pk)

    assert (response.status_code, response.content) == (204, b"")
    assert caller.get(f"tickets/{ticket.pk}/").status_code == 404
    ticket.refresh_from_db()
    assert (ticket.queue, ticket.assignee) == (desk.shops, None)


def test_moving_answers_with_the_ticket_for_whoever_still_sees_it(desk, as_):
    ticket = desk.ticket()

    response = as_(desk.admin).post(f"tickets/{ticket.pk}/queue/", queue=desk.shops.pk)

    assert (response.status_code, response.json()["queue"]) == (200, desk.shops.pk)


def test_a_queue_changed_meanwhile_is_a_conflict(desk, as_):
    ticket = desk.ticket()
    changing.change_queue(ticket=ticket, to=desk.shops, by=desk.admin, at=desk.at)

    response = as_(desk.admin).post(f"tickets/{ticket.pk}/queue/", queue=desk.billing.pk, seen=desk.billing.pk)

    # It is where it was seen to be wanted: nothing to do would be wrong, since somebody moved it on purpose.
    assert (response.status_code, response.json()["theirs"]) == (409, desk.shops.pk)


def test_an_unknown_queue_is_refused(desk, as_):
    ticket = desk.ticket()

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/queue/", queue=987654321)

    assert (response.status_code, list(response.json()["errors"])) == (400, ["queue"])
