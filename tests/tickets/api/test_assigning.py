"""Giving, taking, taking the next."""

from tickets.actions import assigning
from tickets.models import Channel, Draft, Status, Ticket


def test_assign_gives_the_ticket_to_somebody_of_the_team(desk, as_):
    ticket = desk.ticket()

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/assign/", assignee=desk.lead.pk, seen=None)

    assert response.status_code == 200
    assert response.json()["assignee"] == {"id": desk.lead.pk, "name": "Lena"}


def test_assign_null_gives_it_back_to_nobody(desk, as_):
    ticket = desk.ticket()
    assigning.assign(ticket=ticket, to=desk.agent, by=desk.agent, at=desk.at)

    response = as_(desk.lead).post(f"tickets/{ticket.pk}/assign/", assignee=None, seen=desk.agent.pk)

    assert response.json()["assignee"] is None


def test_assigning_what_changed_meanwhile_shows_both_values_and_overwrites_nothing(desk, as_):
    ticket = desk.ticket()
    assigning.assign(ticket=ticket, to=desk.agent, by=desk.agent, at=desk.at)

    response = as_(desk.lead).post(f"tickets/{ticket.pk}/assign/", assignee=desk.lead.pk, seen=None)

    assert response.status_code == 409
    problem = response.json()
    assert (problem["code"], problem["field"]) == ("conflict", "assignee")
    assert (problem["theirs"], problem["yours"]) == (desk.agent.pk, desk.lead.pk)
    ticket.refresh_from_db()
    assert ticket.assignee == desk.agent


def test_without_seen_nothing_is_compared(desk, as_):
    ticket = desk.ticket()
    assigning.assign(ticket=ticket, to=desk.agent, by=desk.agent, at=desk.at)

    assert as_(desk.lead).post(f"tickets/{ticket.pk}/assign/", assignee=desk.lead.pk).status_code == 200


def test_nobody_gets_what_they_cannot_open(desk, as_):
    ticket = desk.ticket()
    caller = as_(desk.agent)

    for number in (desk.stranger.pk, desk.requester.pk, 987654321):
        response = caller.post(f"tickets/{ticket.pk}/assign/", assignee=number)

        assert (response.status_code, response.json()["code"]) == (409, "nobody_there")


def test_the_assignee_must_be_named(desk, as_):
    ticket = desk.ticket()

    for body in ({}, {"assignee": "agata"}, {"assignee": 0}, {"assignee": 2**63}):
        response = as_(desk.agent).post(f"tickets/{ticket.pk}/assign/", **body)

        assert (response.status_code, list(response.json()["errors"])) == (400, ["assignee"])


def test_a_colleague_hands_the_own_ticket_back_but_gives_none_away(desk, as_):
    desk.duty(desk.colleague)
    ticket = desk.ticket()
    caller = as_(desk.colleague)
    assert caller.post(f"tickets/{ticket.pk}/take/").status_code == 200

    assert caller.post(f"tickets/{ticket.pk}/assign/", assignee=desk.agent.pk).status_code == 403
    assert caller.post(f"tickets/{ticket.pk}/assign/", assignee=None).json()["assignee"] is None


def test_handing_back_in_the_grace_after_a_duty_takes_the_ticket_out_of_sight(desk, as_, clock):
    desk.duty(desk.colleague)
    ticket = desk.ticket()
    assigning.assign_me(ticket=ticket, by=desk.colleague, at=desk.at)
    Draft.objects.create(ticket=ticket, author=desk.colleague, text="Almost done", saved_at=desk.at)
    clock.advance(minutes=65)
    caller = as_(desk.colleague)
    assert caller.get(f"tickets/{ticket.pk}/").status_code == 200

    response = caller.post(f"tickets/{ticket.pk}/assign/", assignee=None)

    assert (response.status_code, response.content) == (204, b"")
    assert caller.get(f"tickets/{ticket.pk}/").status_code == 404


def test_take_takes_what_nobody_has(desk, as_):
    ticket = desk.ticket()

    first, again = (as_(desk.agent).post(f"tickets/{ticket.pk}/take/") for _ in range(2))
    late = as_(desk.lead).post(f"tickets/{ticket.pk}/take/")

    assert (first.status_code, again.status_code, late.status_code) == (200, 200, 409)
    assert late.json()["code"] == "already_assigned"
    assert late.json()["detail"] == "Somebody else has this ticket already."
    ticket.refresh_from_db()
    assert ticket.assignee == desk.agent


def test_take_stops_at_the_cap_of_the_duty(desk, as_):
    desk.duty(desk.colleague, cap=1)
    first, second = desk.ticket(), desk.ticket()
    caller = as_(desk.colleague)
    assert caller.post(f"tickets/{first.pk}/take/").status_code == 200

    response = caller.post(f"tickets/{second.pk}/take/")

    assert (response.status_code, response.json()["code"]) == (409, "cap_reached")


def test_take_next_takes_in_work_order_until_nothing_waits(desk, as_):
    later, sooner = desk.ticket(), desk.ticket()
    Ticket.objects.filter(pk=sooner.pk).update(due_at=desk.at, sla_state="running")
    desk.ticket(queue=desk.shops)
    caller = as_(desk.agent)

    taken = [caller.post("tickets/take-next/") for _ in range(3)]

    assert [response.status_code for response in taken] == [200, 200, 204]
    assert [response.json()["id"] for response in taken[:2]] == [sooner.pk, later.pk]
    assert Ticket.objects.filter(assignee=desk.agent).count() == 2


def test_take_next_says_when_the_cap_and_not_the_queue_is_the_reason(desk, as_):
    desk.duty(desk.colleague, Channel.EMAIL, cap=1)
    desk.ticket(), desk.ticket()
    caller = as_(desk.colleague)
    assert caller.post("tickets/take-next/").status_code == 200

    response = caller.post("tickets/take-next/")

    assert (response.status_code, response.json()["code"]) == (409, "cap_reached")


def test_take_next_is_for_people_with_a_queue_to_work(desk, as_):
    desk.ticket()

    assert as_(desk.requester).post("tickets/take-next/").status_code == 403
    assert as_(desk.colleague).post("tickets/take-next/").status_code == 403


def test_a_solved_ticket_is_not_taken(desk, as_):
    ticket = desk.ticket()
    Ticket.objects.filter(pk=ticket.pk).update(status=Status.SOLVED, solved_at=desk.at)

    response = as_(desk.agent).post(f"tickets/{ticket.pk}/take/")

    assert (response.status_code, response.json()["code"]) == (409, "ticket_is_over")
