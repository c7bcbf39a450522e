"""Who I am, which queues are mine."""

from tickets.actions import assigning
from tickets.models import Channel, Queue


def names(response):
    return [queue["name"] for queue in response.json()["results"]]


def test_queues_are_those_the_caller_works_in_their_order(desk, as_):
    assert names(as_(desk.admin).get("queues/")) == ["Billing", "Shops"]
    assert names(as_(desk.agent).get("queues/")) == ["Billing"]
    assert names(as_(desk.colleague).get("queues/")) == []
    desk.duty(desk.colleague, queue=desk.shops)
    assert names(as_(desk.colleague).get("queues/")) == ["Shops"]


def test_a_queue_says_who_works_it(desk, as_):
    (queue,) = as_(desk.agent).get("queues/").json()["results"]

    assert queue == {
        "id": desk.billing.pk,
        "name": "Billing",
        "team": {"id": desk.billing.team_id, "name": "Billing team"},
        "language": "pl",
    }


def test_queues_take_as_many_statements_for_three_as_for_one(desk, as_):
    caller = as_(desk.agent)
    caller.get("queues/")
    for_one = caller.statements
    for name in ("Refunds", "Transfers"):
        Queue.objects.create(name=name, slug=name.lower(), team=desk.billing.team)

    assert len(names(caller.get("queues/"))) == 3
    assert caller.statements == for_one


def test_me_names_the_person_and_the_duty(desk, as_):
    desk.duty(desk.colleague, Channel.EMAIL, Channel.CHAT, cap=3)

    shown = as_(desk.colleague).get("me/").json()

    assert shown == {
        "id": desk.colleague.pk,
        "name": "Celina",
        "email": "celina@bursztyn.example",
        "role": "colleague",
        "language": "en",
        "time_zone": "Europe/Warsaw",
        "can_use_desk": True,
        "scopes": [
            {"queues": [desk.billing.pk], "channels": ["chat", "email"], "cap": 3, "chat_cap": 2, "is_reviewed": True}
        ],
    }


def test_me_off_duty_has_no_desk(desk, as_):
    shown = as_(desk.colleague).get("me/").json()

    assert (shown["can_use_desk"], shown["scopes"]) == (False, [])


def test_own_requests_are_the_callers_alone(desk, as_):
    first, second = desk.ticket(), desk.ticket(queue=desk.shops)
    desk.ticket(requester=desk.person("ewa"))

    shown = as_(desk.requester).get("requests/").json()["results"]

    assert [row["id"] for row in shown] == [second.pk, first.pk]
    assert shown[0] == {
        "id": second.pk,
        "subject": "Invoice twice",
        "status": "new",
        "assignee": None,
        "opened_at": "2026-03-09T07:00:00Z",
        "updated_at": "2026-03-09T07:00:00Z",
        "solved_at": None,
    }
    assert as_(desk.agent).get("requests/").json()["results"] == []


def test_own_requests_take_as_many_statements_for_three_as_for_one(desk, as_):
    caller = as_(desk.requester)
    desk.ticket()
    caller.get("requests/")
    for_one = caller.statements
    assigning.assign_me(ticket=desk.ticket(), by=desk.agent, at=desk.at)
    assigning.assign_me(ticket=desk.ticket(), by=desk.lead, at=desk.at)

    assert len(caller.get("requests/").json()["results"]) == 3
    assert caller.statements == for_one
