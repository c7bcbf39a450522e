"""Queues and automatic assignment on their own pages: what each way does, who is next, what follows from a change."""

import pytest

from tests.factories import AT, HOUR, fresh, make_admin, make_agent, make_lead, make_queue, make_team, make_ticket
from tests.tickets.views.conftest import shown, statements
from tickets.actions import dealing, facts
from tickets.models import AuditEntry, Queue, Ticket


@pytest.fixture
def admin(sign_in):
    return sign_in(make_admin(language="en"))


@pytest.fixture
def lead(sign_in, team, queue):
    return sign_in(make_lead(team, name="Lena Łoś", language="en"))


def wanted(queue, **more):
    addresses = "\n".join(row.address for row in queue.addresses.order_by("-is_sender", "address"))
    values = {name: getattr(queue, name) for name in ("name", "assignment", "assignment_cap", "closes_after_days")}
    return {**values, "team": queue.team_id, "addresses": addresses, **more}


def save(client, queue, **more):
    return client.post(f"/setup/queues/{queue.pk}/", wanted(queue, **more))


def test_the_page_says_to_whom_the_next_ticket_goes(admin, agent, team, queue):
    make_agent(team, name="Bea Bąk")
    queue.assignment = "least_loaded"
    queue.save()
    make_ticket(queue, assignee=agent)
    make_ticket(queue)

    page = shown(admin.get(f"/setup/queues/{queue.pk}/"))

    assert '<h2 class="h" id="by-itself">The next ticket goes to Bea Bąk.</h2>' in page
    assert "1 ticket waits here and nobody has it." in page
    assert "1 of 20 in hand" in page and "0 of 20 in hand" in page
    dealing.deal_all(at=AT)
    assert Ticket.objects.latest("pk").assignee.name == "Bea Bąk"  # it was no empty promise


@pytest.mark.parametrize(
    ("arrange", "sentence"),
    [
        (lambda queue, agent: None, "The next ticket goes to Agnieszka Wrona."),
        (lambda queue, agent: queue.team.memberships.all().delete(), "the team has no people"),
        (
            lambda queue, agent: facts.store_presence(agent, [(AT + HOUR, AT + 2 * HOUR)], after=AT),
            "everybody of the team is away",
        ),
        (
            lambda queue, agent: [make_ticket(queue, assignee=agent) for _each in range(2)],
            "everybody who is there has as many as allowed",
        ),
        (lambda queue, agent: make_ticket(queue, requester=agent), "whoever has room asked for it"),
    ],
    ids=["somebody", "nobody in the team", "all away", "all full", "asked for it"],
)
def test_whoever_is_next_or_why_nobody_is(admin, queue, agent, arrange, sentence):
    queue.assignment, queue.assignment_cap = "round_robin", 2
    queue.save()
    arrange(queue, agent)

    assert sentence in shown(admin.get(f"/setup/queues/{queue.pk}/"))


def test_switching_on_asks_once_before_what_waits_is_given_out(admin, agent, queue):
    for _each in range(3):
        make_ticket(queue)

    asked = save(admin, queue, assignment="round_robin", assignment_cap="2")

    assert "2 tickets that nobody has are given out at once" in shown(asked)
    queue.refresh_from_db()
    assert queue.assignment == "off"

    done = save(admin, queue, assignment="round_robin", assignment_cap="2", sure="on")

    assert done.status_code == 302
    queue.refresh_from_db()
    assert (queue.assignment, queue.assignment_cap) == ("round_robin", 2)
    line = AuditEntry.objects.get(kind="queue")
    assert line.data == {"assignment": ["off", "round_robin"], "assignment_cap": [20, 2]}


def test_what_has_no_consequence_is_saved_at_once(admin, queue, agent):
    assert save(admin, queue, assignment="round_robin", closes_after_days="14").status_code == 302

    queue.refresh_from_db()
    assert (queue.assignment, queue.closes_after_days) == ("round_robin", 14)


def test_another_team_takes_over_and_hands_go_empty(admin, agent, queue, team):
    other = make_team("Other team")
    stays = make_agent(team, other, name="Ida Stays")
    lost, kept = make_ticket(queue, assignee=agent), make_ticket(queue, assignee=stays)

    asked = shown(save(admin, queue, team=other.pk))

    assert "The team Other team works Shops from now on; Shop team does not see its tickets any more." in asked
    assert (
        "1 ticket in the hands of Agnieszka Wrona goes back into the queue." in asked and "Ida Stays goes" not in asked
    )
    assert save(admin, queue, team=other.pk, sure="on").status_code == 302
    lost.refresh_from_db()
    kept.refresh_from_db()
    assert (lost.assignee, kept.assignee) == (None, stays)


def test_addresses_and_the_one_it_sends_from(admin, queue):
    save(admin, queue, addresses="Nowy@bursztyn.example\nshops@bursztyn.example")

    rows = dict(queue.addresses.values_list("address", "is_sender"))
    assert rows == {"nowy@bursztyn.example": True, "shops@bursztyn.example": False}
    data = AuditEntry.objects.get(kind="queue").data
    assert data["is_sender"] == ["shops@bursztyn.example", "nowy@bursztyn.example"]

    assert "is no mail address" in shown(save(admin, queue, addresses="nonsense"))
    make_queue(name="Elsewhere", address="taken@bursztyn.example")
    refused = save(admin, queue, addresses="taken@bursztyn.example")
    assert refused.status_code == 400 and "belongs to the queue Elsewhere already" in shown(refused)
    assert queue.addresses.count() == 2


def test_a_new_queue(admin, team):
    body = {"name": "Łódź zwroty", "team": team.pk, "assignment": "off", "assignment_cap": "20"}

    for _each, slug in enumerate(("lodz-zwroty", "lodz-zwroty-2")):
        name = f"Łódź zwroty{' ' * _each}{'!' * _each}"
        answer = admin.post("/setup/queues/new/", {**body, "name": name, "closes_after_days": "28"})
        made = Queue.objects.latest("pk")
        assert (answer.status_code, made.slug, answer.url) == (302, slug, f"/setup/queues/{made.pk}/")

    again = admin.post("/setup/queues/new/", {**body, "closes_after_days": "28"})
    assert again.status_code == 400 and Queue.objects.count() == 2


def test_numbers_that_make_no_sense_are_refused(admin, queue):
    for name in ("assignment_cap", "closes_after_days"):
        for value in ("0", "-1", "99999999", "x"):
            assert save(admin, queue, **{name: value}).status_code == 400


def test_the_order_is_that_of_every_list(admin, queue, team):
    second = make_queue(team, name="Second", position=7)

    admin.post(f"/setup/queues/{second.pk}/move/", {"to": "up"})

    assert [each.name for each in Queue.objects.order_by("position")] == ["Second", "Shops"]
    assert admin.get(f"/setup/queues/{second.pk}/move/").status_code == 405


def test_leads_look_and_change_nothing(lead, queue, agent):
    page = shown(lead.get(f"/setup/queues/{queue.pk}/"))
    assert (
        "Administrators change these settings." in page
        and "<form" not in page.split('id="main"')[1].split("<footer")[0]
    )

    assert "Shops" in shown(lead.get("/setup/queues/"))
    assert save(lead, queue, assignment="round_robin").status_code == 404
    assert fresh(agent).is_active and Queue.objects.get().assignment == "off"


def test_agents_find_nothing(desk, queue):
    assert desk.get("/setup/queues/").status_code == desk.get(f"/setup/queues/{queue.pk}/").status_code == 404


def test_the_list_costs_the_same_for_one_and_three_queues(admin, team, queue):
    admin.get("/setup/queues/")
    with statements() as one:
        admin.get("/setup/queues/")
    for number in range(2):
        make_queue(team, name=f"More {number}", address=f"more-{number}@bursztyn.example")
    with statements() as three:
        admin.get("/setup/queues/")

    assert len(one) == len(three)
