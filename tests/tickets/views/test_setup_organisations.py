"""Organisations on their own pages, and deleting what was never used."""

import pytest

from tests.factories import (
    AT,
    make_admin,
    make_agent,
    make_lead,
    make_organisation,
    make_queue,
    make_requester,
    make_team,
    make_ticket,
)
from tests.tickets.views.conftest import shown, statements
from tickets.actions import restoring
from tickets.models import AuditEntry, CustomField, Macro, Organisation, Queue, Team, Ticket, User


@pytest.fixture
def admin(sign_in):
    return sign_in(make_admin(language="en"))


@pytest.fixture
def linen(queue):
    """An organisation with a person and a ticket in the team's queue."""
    found = make_organisation("Pracownia Lniana")
    person = make_requester(name="Kinga Woźniak", email="k@lniana.example", organisation=found)
    make_ticket(queue, requester=person, subject="Koszyk gubi pozycje")
    return found


def test_an_organisation_shows_its_people_and_tickets(admin, linen):
    listed, page = (
        shown(admin.get("/setup/organisations/?q=lnian")),
        shown(admin.get(f"/setup/organisations/{linen.pk}/")),
    )

    assert "Pracownia Lniana" in listed
    assert "Kinga Woźniak" in page and "k@lniana.example" in page and "Koszyk gubi pozycje" in page
    assert "Delete this organisation" not in page
    assert "No organisation by this name" in shown(admin.get("/setup/organisations/?q=xyz"))


def test_a_lead_sees_what_their_teams_work_and_changes_nothing(sign_in, team, linen):
    make_ticket(make_queue(), requester=make_requester(name="Cudza Osoba", organisation=linen), subject="Obca sprawa")
    lead = sign_in(make_lead(team, language="en"))

    page = shown(lead.get(f"/setup/organisations/{linen.pk}/"))

    assert "Kinga Woźniak" in page and "Koszyk gubi pozycje" in page
    assert "Cudza Osoba" not in page and "Obca sprawa" not in page
    assert lead.post(f"/setup/organisations/{linen.pk}/", {"name": "X"}).status_code == 404
    assert lead.get(f"/setup/organisations/{linen.pk}/merge/").status_code == 404


def test_a_new_name_is_found_from_then_on(admin, linen):
    answer = admin.post(f"/setup/organisations/{linen.pk}/", {"name": "  Len  i Konopie "})

    assert answer.status_code == 302
    linen.refresh_from_db()
    assert linen.name == "Len i Konopie"
    assert "Koszyk gubi pozycje" in shown(admin.get('/search/?q=organisation:"Len i Konopie"'))
    assert AuditEntry.objects.get(kind="organisation").data["name"] == ["Pracownia Lniana", "Len i Konopie"]
    make_organisation("Zajęta")
    refused = admin.post(f"/setup/organisations/{linen.pk}/", {"name": "Zajęta"})
    assert refused.status_code == 400 and "already exists" in shown(refused)
    assert admin.post(f"/setup/organisations/{linen.pk}/", {"name": "dwie\nlinie"}).status_code in (302, 400)
    assert "\n" not in Organisation.objects.get(pk=linen.pk).name


def test_doubles_become_one(admin, linen, queue):
    double = make_organisation("Pracownia Lniana sp. z o.o.")
    other = make_requester(organisation=double)
    ticket = make_ticket(queue, requester=other)
    path = f"/setup/organisations/{double.pk}/merge/"

    assert "Pracownia Lniana" in shown(admin.get(path))
    assert "This cannot be undone." in shown(admin.get(path, {"into": linen.pk}))
    assert admin.post(path, {"into": double.pk}).status_code == 409
    answer = admin.post(path, {"into": linen.pk})

    assert answer["Location"] == f"/setup/organisations/{linen.pk}/"
    assert not Organisation.objects.filter(pk=double.pk).exists()
    assert User.objects.get(pk=other.pk).organisation == linen
    assert Ticket.objects.get(pk=ticket.pk).organisation == linen
    line = AuditEntry.objects.get(action="merged", kind="organisation")
    assert line.data == {"organisation": double.pk, "name": "Pracownia Lniana sp. z o.o.", "people": 1, "tickets": 1}


def test_only_an_empty_one_is_deleted(admin, linen):
    empty = make_organisation("Pusta")

    assert "Delete this organisation" in shown(admin.get(f"/setup/organisations/{empty.pk}/"))
    admin.post(f"/setup/organisations/{empty.pk}/remove/")
    admin.post(f"/setup/organisations/{linen.pk}/remove/")

    assert list(Organisation.objects.all()) == [linen]
    assert AuditEntry.objects.get(action="removed").name == "Pusta"


def test_the_list_costs_the_same_for_one_and_three(admin, linen, queue):
    admin.get("/setup/organisations/")
    with statements() as one:
        admin.get("/setup/organisations/")
    for number in range(2):
        make_ticket(queue, requester=make_requester(organisation=make_organisation(f"Firma {number}")))
    with statements() as three:
        admin.get("/setup/organisations/")

    assert len(one) == len(three)


def test_a_queue_and_a_team_that_were_never_used_are_deleted(admin, team, queue):
    used = make_ticket(queue)
    spare, alone = make_queue(team), make_team("Nikt")
    make_agent(alone)

    assert "Delete this queue" in shown(admin.get(f"/setup/queues/{spare.pk}/"))
    assert "Delete this queue" not in shown(admin.get(f"/setup/queues/{queue.pk}/"))
    assert "Delete this team" in shown(admin.get(f"/setup/teams/{alone.pk}/"))
    assert "Delete this team" not in shown(admin.get(f"/setup/teams/{team.pk}/"))
    for path in (f"queues/{spare.pk}", f"queues/{queue.pk}", f"teams/{alone.pk}", f"teams/{team.pk}"):
        assert admin.get(f"/setup/{path}/remove/").status_code == 405
        assert admin.post(f"/setup/{path}/remove/").status_code == 302

    assert list(Queue.objects.all()) == [used.queue]
    assert list(Team.objects.all()) == [team]
    assert AuditEntry.objects.filter(action="removed").count() == 2


@pytest.mark.parametrize("where", ["/setup/queues/{}/remove/", "/admin/tickets/queue/{}/delete/"])
def test_a_queue_that_a_field_belongs_to_stays(admin, team, where):
    """Without its only queue the field would stand on every ticket of the desk."""
    queue = make_queue(team)
    field = CustomField.objects.create(key="platforma", label="Platforma", type="text")
    field.queues.add(queue)

    admin.post(where.format(queue.pk), {"post": "yes"})

    assert list(field.queues.all()) == [queue]


@pytest.mark.parametrize("where", ["/setup/teams/{}/remove/", "/admin/tickets/team/{}/delete/"])
def test_a_team_with_macros_of_its_own_stays(admin, where):
    team = make_team("Cisi")
    Macro.objects.create(name="Zespołu", text="Dzień dobry", team=team)

    admin.post(where.format(team.pk), {"post": "yes"})

    assert Team.objects.filter(pk=team.pk).exists()


def test_undo_leaves_alone_what_is_gone_since(agent, team, queue):
    """A ticket that was moved out of a queue which was then deleted."""
    old = make_queue(team)
    ticket = make_ticket(old)
    before = restoring.values_of(ticket)
    Ticket.objects.filter(pk=ticket.pk).update(queue=queue, priority=4)
    ticket = Ticket.objects.get(pk=ticket.pk)
    changed = restoring.changed_between(before, restoring.values_of(ticket))
    old.delete()

    back, left = restoring.restore_values(ticket=ticket, changed=changed, version=ticket.version, by=agent, at=AT)

    assert left == ["queue"]
    assert (back.queue, back.priority) == (queue, before["priority"][0])
