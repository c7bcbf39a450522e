"""People and teams on their own pages: made, changed, deactivated. What follows is said before; an admin remains."""

import pytest
from allauth.account.models import EmailAddress

from tests.factories import (
    AT,
    fresh,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_queue,
    make_requester,
    make_team,
    make_ticket,
)
from tests.tickets.views.conftest import shown, statements
from tickets.actions import facts, keeping_people
from tickets.actions.errors import NotAllowed
from tickets.models import AuditEntry, Organisation, Outbox, Team, User

ACCOUNT = {"name": "Nowa Osoba", "email": "Nowa@Bursztyn.example", "role": "agent", "language": "pl"}


@pytest.fixture
def boss():
    return make_admin(name="Adam Admin", language="en")


@pytest.fixture
def admin(sign_in, boss):
    return sign_in(boss)


def filled(person, **more):
    values = {name: getattr(person, name) or "" for name in ("name", "email", "phone", "role", "language", "time_zone")}
    return {**values, "teams": [team.pk for team in person.teams.all()], **more}


def save(client, person, **more):
    return client.post(f"/setup/people/{person.pk}/", filled(person, **more))


def test_a_new_person_gets_a_link_and_a_team(admin, team):
    body = {**ACCOUNT, "time_zone": "Europe/Warsaw", "teams": [team.pk], "mails_link": "on"}

    answer = admin.post("/setup/people/new/", body)

    made = User.objects.get(email="nowa@bursztyn.example")
    assert (answer.status_code, answer.url) == (302, f"/setup/people/{made.pk}/")
    assert (list(made.teams.all()), made.has_usable_password(), made.role) == ([team], False, "agent")
    assert Outbox.objects.get().address == "nowa@bursztyn.example"
    line = AuditEntry.objects.get(kind="person")
    assert (line.action, line.data["teams"]) == ("added", [None, ["Shop team"]])


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"email": ""}, "an address is needed"),
        ({"email": "taken@bursztyn.example"}, "belongs to Ala already"),
        ({"name": ""}, "This field is required."),
        ({"role": "requester", "email": ""}, "or a phone number"),
        ({"time_zone": "Mars/Base"}, "Select a valid choice"),
    ],
)
def test_what_is_no_account_is_refused(admin, more, sentence):
    make_requester(name="Ala", email="taken@bursztyn.example")

    answer = admin.post("/setup/people/new/", {**ACCOUNT, "time_zone": "Europe/Warsaw", **more})

    assert answer.status_code == 400 and sentence in shown(answer)
    assert User.objects.count() == 2


def test_another_role_and_team_say_first_what_goes_back(admin, agent, queue):
    held = make_ticket(queue, assignee=agent)
    elsewhere = make_team("Elsewhere")

    asked = save(admin, agent, teams=[elsewhere.pk])

    assert "1 ticket in the hands of Agnieszka Wrona goes back into its queue." in shown(asked)
    held.refresh_from_db()
    assert held.assignee == agent
    assert save(admin, agent, teams=[elsewhere.pk], sure="on").status_code == 302
    held.refresh_from_db()
    assert held.assignee is None and list(fresh(agent).teams.all()) == [elsewhere]
    assert AuditEntry.objects.get(kind="person").data == {"teams": [["Shop team"], ["Elsewhere"]]}


def test_an_administrator_is_made_only_when_that_is_said_once_more(admin, agent, queue):
    assert "sees every ticket from now on" in shown(save(admin, agent, role="admin"))
    assert fresh(agent).role == "agent"

    save(admin, agent, role="admin", sure="on")

    assert fresh(agent).role == "admin"


def test_who_works_elsewhere_in_the_company_is_in_no_team(admin, agent, queue, team):
    save(admin, agent, role="colleague", sure="on")

    assert (fresh(agent).role, list(fresh(agent).teams.all())) == ("colleague", [])


def test_the_form_begins_with_what_the_person_has(admin, agent, team):
    User.objects.filter(pk=agent.pk).update(time_zone="America/Lima", phone="601", role="lead")

    form = admin.get(f"/setup/people/{agent.pk}/").context["form"]

    begins = {name: form[name].value() for name in ("name", "email", "phone", "role", "language", "time_zone", "teams")}
    assert begins == {
        "name": "Agnieszka Wrona",
        "email": "agnieszka@bursztyn.example",
        "phone": "601",
        "role": "lead",
        "language": "en",
        "time_zone": "America/Lima",
        "teams": [team.pk],
    }


def test_an_organisation_is_made_by_its_name(admin):
    requester = make_requester()

    for name in ("Łódź sp. z o.o.", " Łódź  sp. z o.o. "):
        assert save(admin, requester, organisation=name).status_code == 302

    requester.refresh_from_db()
    assert Organisation.objects.get() == requester.organisation
    save(admin, requester, organisation="")
    requester.refresh_from_db()
    assert requester.organisation is None


def test_deactivated_is_signed_out_and_hands_are_empty(admin, sign_in, agent, queue):
    tickets = [make_ticket(queue, assignee=agent) for _each in range(2)]
    done = make_ticket(queue, assignee=agent, status="solved")
    theirs = sign_in(agent)
    assert theirs.get("/queue/").status_code == 200
    asked = shown(admin.get(f"/setup/people/{agent.pk}/deactivate/"))
    assert "2 unsolved tickets go back into their queues." in asked and fresh(agent).is_active

    page = admin.post(f"/setup/people/{agent.pk}/deactivate/", follow=True)

    assert "Agnieszka Wrona is deactivated. 2 tickets are back in their queues." in shown(page)
    assert theirs.get("/queue/").status_code == 302
    for ticket in tickets:
        ticket.refresh_from_db()
        assert ticket.assignee is None
    done.refresh_from_db()
    assert done.assignee == agent
    assert AuditEntry.objects.get(kind="person").data == {"is_active": [True, False]}

    admin.post(f"/setup/people/{agent.pk}/activate/")

    assert fresh(agent).is_active and theirs.get("/queue/").status_code == 302


def test_tickets_of_a_duty_stay_where_they_are(admin, queue):
    """Between the days of a duty tickets stay assigned, unseen."""
    volunteer = make_colleague()
    grant = make_grant(volunteer, queue)
    ticket = make_ticket(queue, assignee=volunteer)
    facts.revoke_grant(grant, at=AT)

    save(admin, volunteer, name="Inaczej")

    ticket.refresh_from_db()
    assert ticket.assignee == volunteer


def test_nobody_takes_their_own_administration(admin, boss):
    for more in ({"role": "agent"}, {"role": "requester", "sure": "on"}):
        assert save(admin, boss, **more).status_code in (200, 409)
    assert admin.post(f"/setup/people/{boss.pk}/deactivate/").status_code == 409

    assert (fresh(boss).role, fresh(boss).is_active) == ("admin", True)
    assert "/deactivate/" not in shown(admin.get(f"/setup/people/{boss.pk}/"))


def test_of_two_who_take_each_others_administration_the_second_is_none_any_more(boss):
    other = make_admin()

    keeping_people.deactivate(person=other, by=boss, at=AT)
    with pytest.raises(NotAllowed):
        keeping_people.deactivate(person=boss, by=other, at=AT)

    assert fresh(boss).is_active


def test_a_link_is_mailed_to_whoever_can_use_it(admin, agent):
    admin.post(f"/setup/people/{agent.pk}/link/")
    assert Outbox.objects.get().address == agent.email

    User.objects.filter(pk=agent.pk).update(is_active=False)
    assert admin.post(f"/setup/people/{agent.pk}/link/").status_code == 404


def test_an_old_address_opens_nothing_any_more(admin, agent):
    EmailAddress.objects.create(user=agent, email=agent.email, primary=True, verified=True)

    save(admin, agent, email="nowy@bursztyn.example", sure="on")

    assert fresh(agent).email == "nowy@bursztyn.example" and not EmailAddress.objects.exists()


def test_the_list_is_by_kind_and_name(admin, agent, queue):
    make_requester(name="Róża Kowalska")
    make_agent(name="Dawna Osoba", is_active=False)

    assert "Agnieszka Wrona" in shown(admin.get("/setup/people/"))
    for query, name in (("shown=requesters", "Róża Kowalska"), ("shown=inactive", "Dawna Osoba"), ("q=wro", "Wrona")):
        assert name in shown(admin.get(f"/setup/people/?{query}"))
    assert "Róża" not in shown(admin.get("/setup/people/")) and "Dawna" not in shown(admin.get("/setup/people/"))
    assert "Nobody by this name" in shown(admin.get("/setup/people/?q=xyz"))


def test_leads_look_at_the_desk_and_see_no_requesters(sign_in, team, agent):
    lead = sign_in(make_lead(team, language="en"))
    requester = make_requester(name="Róża Kowalska")

    page = shown(lead.get(f"/setup/people/{agent.pk}/"))

    assert agent.email in page and "Administrators change these settings." in page
    assert "Róża" not in shown(lead.get("/setup/people/?shown=requesters"))
    assert lead.get(f"/setup/people/{requester.pk}/").status_code == 404
    assert save(lead, agent, role="admin", sure="on").status_code == 404
    assert lead.get("/setup/people/new/").status_code == lead.get(f"/setup/teams/{team.pk}/").status_code == 404
    assert "Shop team" in shown(lead.get("/setup/teams/"))


def test_a_team_with_its_people(admin, agent, team, queue):
    other = make_agent(name="Bea Bąk")
    away = make_agent(team, name="Na urlopie", is_active=False)
    held = make_ticket(queue, assignee=agent)
    admin.post("/setup/teams/new/", {"name": "Nowy zespół", "members": [other.pk]})
    assert list(Team.objects.get(name="Nowy zespół").members.all()) == [other]

    asked = admin.post(f"/setup/teams/{team.pk}/", {"name": "Zespół", "members": [other.pk]})
    assert "1 ticket in the hands of Agnieszka Wrona goes back into its queue." in shown(asked)
    admin.post(f"/setup/teams/{team.pk}/", {"name": "Zespół", "members": [other.pk], "sure": "on"})

    team.refresh_from_db()
    held.refresh_from_db()
    assert (team.name, set(team.members.all()), held.assignee) == ("Zespół", {other, away}, None)
    line = AuditEntry.objects.filter(kind="team").latest("pk")
    assert line.data["name"] == ["Shop team", "Zespół"] and len(line.data["members"][1]) == 2
    refused = admin.post(f"/setup/teams/{team.pk}/", {"name": "Nowy zespół", "members": [other.pk]})
    assert refused.status_code == 400


@pytest.mark.parametrize("path", ["/setup/people/", "/setup/teams/"])
def test_lists_cost_the_same_for_one_and_three(admin, team, queue, path):
    admin.get(path)
    with statements() as one:
        admin.get(path)
    for number in range(2):
        more = make_team(f"More {number}")
        make_queue(more)
        make_agent(more, team)
    with statements() as three:
        admin.get(path)

    assert len(one) == len(three)


def test_what_changes_answers_to_post_alone(admin, agent):
    for path in ("activate", "link"):
        assert admin.get(f"/setup/people/{agent.pk}/{path}/").status_code == 405
