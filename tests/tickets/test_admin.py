"""The administration: who gets in and how, and what an administrator can set up with it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    make_admin,
    make_agent,
    make_colleague,
    make_lead,
    make_organisation,
    make_queue,
    make_requester,
    make_team,
    make_ticket,
)
from tickets.admin import site
from tickets.models import (
    AuditEntry,
    CustomField,
    Membership,
    Organisation,
    Outbox,
    Queue,
    QueueAddress,
    Role,
    Team,
    User,
)

PAGES = ["", *(f"tickets/{model._meta.model_name}/" for model in (User, Team, Organisation, Queue, CustomField))]
PASSWORD = "kasztany na placu"


@pytest.fixture
def administrator(db: None) -> User:
    return make_admin(email="adam@bursztyn.example", name="Adam Rój", language="en")


@pytest.fixture
def client(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def person(**changes: Any) -> dict[str, Any]:
    """The form of a person, as the browser sends it."""
    return {
        "name": "Ewa Łoś",
        "email": "ewa@bursztyn.example",
        "phone": "",
        "role": "agent",
        "language": "pl",
        "time_zone": "Europe/Warsaw",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
        **changes,
    }


def queue_form(team: Team, *addresses: tuple[str, bool], saved: int = 0, **changes: Any) -> dict[str, Any]:
    rows: dict[str, Any] = {"addresses-TOTAL_FORMS": str(len(addresses)), "addresses-INITIAL_FORMS": str(saved)}
    for number, (address, is_sender) in enumerate(addresses):
        rows[f"addresses-{number}-address"] = address
        if is_sender:
            rows[f"addresses-{number}-is_sender"] = "on"
    values = {"name": "Billing", "slug": "billing", "team": team.pk, "position": "0", "language": "pl"}
    return {**values, "closes_after_days": "28", **rows, **changes}


def errors(response: Any) -> str:
    assert response.status_code == 200
    found = re.findall(r'<ul class="errorlist[^>]*>(.*?)</ul>', response.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", " ".join(found)).split())


# Who gets in


@pytest.mark.parametrize("page", PAGES)
def test_an_administrator_opens_every_page(client, page):
    assert client.get(f"/admin/{page}").status_code == 200


@pytest.mark.parametrize("make", [make_requester, make_colleague, make_agent, make_lead])
@pytest.mark.parametrize("page", PAGES)
def test_everybody_else_finds_nothing(db, make, page):
    client = Client()
    client.force_login(make())

    response = client.get(f"/admin/{page}", follow=True)

    assert response.status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_strangers_are_sent_to_the_one_sign_in_and_back(db, page):
    response = Client().get(f"/admin/{page}", follow=True)

    assert response.redirect_chain[-1] == (f"/accounts/login/?next=/admin/{page}", 302)


def test_a_password_posted_to_the_admins_own_sign_in_signs_nobody_in(administrator):
    administrator.set_password(PASSWORD)
    administrator.save()
    client = Client()
    given = {"username": administrator.email, "password": PASSWORD, "next": "/admin/"}

    response = client.post("/admin/login/", given)

    assert response["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_signing_in_leads_to_the_page_that_was_wanted_and_never_to_another_site(administrator):
    administrator.set_password(PASSWORD)
    administrator.save()

    for wanted, reached in (("/admin/tickets/team/", "/admin/tickets/team/"), ("https://evil.example/", "/")):
        client = Client()
        sign_in = client.get("/admin/login/", {"next": wanted})["Location"]
        response = client.post(sign_in, {"login": administrator.email, "password": PASSWORD, "next": wanted})

        assert response["Location"] == reached


def test_signing_out_leads_to_the_sign_in_page(client):
    response = client.post("/admin/logout/")

    assert response["Location"] == "/accounts/login/"
    assert client.get("/admin/").status_code == 302


def test_the_password_is_changed_where_everybody_changes_it(client):
    assert client.get("/admin/password_change/")["Location"] == "/accounts/password/change/"


def test_a_demoted_administrator_is_out_at_once(client, administrator):
    assert client.get("/admin/").status_code == 200
    User.objects.filter(pk=administrator.pk).update(role=Role.AGENT)

    assert client.get("/admin/", follow=True).status_code == 404


def test_nothing_that_hangs_on_a_ticket_can_be_changed_here():
    of_the_desk = {"User", "Team", "Organisation", "Queue", "CustomField"}

    assert {model.__name__ for model in site._registry} == of_the_desk


# People


def test_a_new_person_gets_a_link_to_choose_a_password(client, administrator):
    response = client.post("/admin/tickets/user/add/", person(mails_link="on"), follow=True)

    assert "A link to choose a password is on its way to ewa@bursztyn.example." in response.content.decode()
    mail = Outbox.objects.get()
    assert mail.address == "ewa@bursztyn.example"
    ewa = User.objects.get(email="ewa@bursztyn.example")
    assert not ewa.has_usable_password()

    visitor = Client()
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.payload["text"])
    form = visitor.get(link[1], follow=True)
    visitor.post(form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})

    signed_in = Client().post("/accounts/login/", {"login": ewa.email, "password": PASSWORD})
    assert signed_in.status_code == 302
    assert signed_in.wsgi_request.user == ewa


def test_a_password_can_be_given_at_once(client):
    client.post("/admin/tickets/user/add/", person(new_password=PASSWORD))

    assert User.objects.get(email="ewa@bursztyn.example").check_password(PASSWORD)
    assert not Outbox.objects.exists()


@pytest.mark.parametrize("weak", ["short", "1234567890", "ewa@bursztyn.example"])
def test_a_weak_password_is_refused(client, weak):
    assert "password" in errors(client.post("/admin/tickets/user/add/", person(new_password=weak)))
    assert not User.objects.filter(name="Ewa Łoś").exists()


def test_saving_a_person_again_keeps_the_password(client):
    ewa = make_agent(email="ewa@bursztyn.example", password=PASSWORD)

    client.post(f"/admin/tickets/user/{ewa.pk}/change/", person(phone="112"))

    ewa.refresh_from_db()
    assert ewa.phone == "112"
    assert ewa.check_password(PASSWORD)


def test_no_page_shows_a_password(client):
    ewa = make_agent(password=PASSWORD)

    shown = client.get(f"/admin/tickets/user/{ewa.pk}/change/").content.decode()

    assert ewa.password not in shown
    assert "pbkdf2" not in shown and "md5$" not in shown


def test_an_address_is_kept_in_lower_case_and_belongs_to_one_person(client):
    make_requester(email="ewa@bursztyn.example")

    said = errors(client.post("/admin/tickets/user/add/", person(email="EWA@Bursztyn.example")))

    assert "already exists" in said


def test_who_works_here_needs_an_address_and_a_requester_does_not(client):
    assert "address is needed" in errors(client.post("/admin/tickets/user/add/", person(email="")))

    client.post("/admin/tickets/user/add/", person(email="", role="requester", phone="600 100 200"))
    client.post("/admin/tickets/user/add/", person(email="", role="requester", phone="600 100 201"))

    assert User.objects.filter(email=None).count() == 2


def test_nobody_is_mailed_a_link_who_cannot_use_it(client):
    without_address = person(email="", role="requester", mails_link="on")
    inactive = person(mails_link="on")
    del inactive["is_active"]

    assert "no link can be mailed" in errors(client.post("/admin/tickets/user/add/", without_address))
    assert "no link is mailed" in errors(client.post("/admin/tickets/user/add/", inactive))


def test_an_unknown_time_zone_is_refused(client):
    assert "valid choice" in errors(client.post("/admin/tickets/user/add/", person(time_zone="Mars/Base")))


@pytest.mark.parametrize("change", [{"role": "agent"}, {"is_active": None}])
def test_administrators_cannot_lock_themselves_out(client, administrator, change):
    given = {name: value for name, value in person(**{"role": "admin", **change}).items() if value is not None}

    said = errors(client.post(f"/admin/tickets/user/{administrator.pk}/change/", given))

    assert "your own administration" in said
    administrator.refresh_from_db()
    assert (administrator.role, administrator.is_active) == (Role.ADMIN, True)


def test_an_old_address_opens_nothing_any_more(client):
    ewa = make_agent(email="ewa@bursztyn.example", password=PASSWORD)
    EmailAddress.objects.create(user=ewa, email="ewa@bursztyn.example", verified=True, primary=True)
    assert Client().post("/accounts/login/", {"login": "ewa@bursztyn.example", "password": PASSWORD}).status_code == 302

    client.post(f"/admin/tickets/user/{ewa.pk}/change/", person(email="ewa.los@bursztyn.example"))

    assert Client().post("/accounts/login/", {"login": "ewa@bursztyn.example", "password": PASSWORD}).status_code == 200
    Client().post("/accounts/password/reset/", {"email": "ewa@bursztyn.example"})
    assert not Outbox.objects.exists()
    response = Client().post("/accounts/login/", {"login": "ewa.los@bursztyn.example", "password": PASSWORD})
    assert response.status_code == 302


def test_people_are_made_inactive_and_never_deleted(client):
    ewa = make_agent()

    assert client.post(f"/admin/tickets/user/{ewa.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=ewa.pk).exists()


def test_teams_are_offered_people_who_work_here(client):
    agent, requester = make_agent(name="Iga Nowak"), make_requester(name="Iga Kowal")
    query = {"app_label": "tickets", "model_name": "membership", "field_name": "user", "term": "Iga"}

    found = client.get("/admin/autocomplete/", query).json()["results"]

    assert [row["id"] for row in found] == [str(agent.pk)]
    assert requester.name in client.get("/admin/tickets/user/?q=Iga").content.decode()


def test_the_list_of_people_takes_constant_statements(client):
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/admin/tickets/user/")
        return len(captured)

    statements()
    before = statements()
    for name in ("A", "B"):
        make_requester(organisation=make_organisation(name))

    assert statements() == before


# What is written down


def test_roles_teams_and_passwords_of_people_are_written_down_without_the_password(client, administrator):
    billing = make_team("Billing")
    ewa = make_agent(name="Ewa", email="ewa@bursztyn.example", phone="601")
    given = person(name="Ewa", role="lead", phone="601", language=ewa.language, new_password=PASSWORD)
    member = {"memberships-TOTAL_FORMS": "1", "memberships-0-team": billing.pk, "memberships-0-user": ewa.pk}

    client.post(f"/admin/tickets/user/{ewa.pk}/change/", {**given, **member})

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.kind, entry.object_id) == (administrator, "changed", "person", str(ewa.pk))
    assert entry.data == {"role": ["agent", "lead"], "password": "changed", "teams": [[], ["Billing"]]}
    ewa.refresh_from_db()
    assert ewa.check_password(PASSWORD)
    assert ewa.password not in str(entry.data)


def test_queues_teams_and_fields_are_written_down_from_what_to_what(client):
    team = make_team("Billing team")
    client.post("/admin/tickets/queue/add/", queue_form(team, ("a@bursztyn.example", True)))
    client.post("/admin/tickets/customfield/add/", {"label": "Model", "key": "model", "type": "text", "position": "0"})
    field = CustomField.objects.get()
    row = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": field.pk, "form-0-position": "3"}
    client.post("/admin/tickets/customfield/", {**row, "_save": "Save"})
    empty = make_team("Empty")
    client.post(f"/admin/tickets/team/{empty.pk}/delete/", {"post": "yes"})

    queue, added, changed, removed = AuditEntry.objects.order_by("id")
    assert (queue.action, queue.name, queue.data["team"]) == ("added", "Billing", [None, "Billing team"])
    assert queue.data["addresses"] == [None, ["a@bursztyn.example"]]
    assert (added.kind, added.data["key"]) == ("field", [None, "model"])
    assert (changed.action, changed.data["position"]) == ("changed", [0, 3])
    assert (removed.action, removed.kind, removed.data) == ("removed", "team", {"name": ["Empty", None]})


def test_a_form_that_changes_nothing_or_is_refused_writes_nothing_down(client):
    queue = make_queue()
    same = queue_form(queue.team, name=queue.name, slug=queue.slug, language=queue.language, acknowledges="on")

    for given in ({**same, "position": queue.position}, {**same, "name": ""}):
        client.post(f"/admin/tickets/queue/{queue.pk}/change/", given)

    assert not AuditEntry.objects.exists()


# Teams, organisations, queues


def test_a_team_with_its_members(client):
    ewa = make_agent()
    given = {
        "name": "Billing team",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-user": ewa.pk,
    }

    client.post("/admin/tickets/team/add/", given)

    assert Membership.objects.get().user == ewa
    assert Membership.objects.get().team.name == "Billing team"


def test_a_queue_with_its_addresses(client):
    team = make_team()

    client.post(
        "/admin/tickets/queue/add/",
        queue_form(team, ("Faktury@Bursztyn.example", True), ("billing@bursztyn.example", False)),
    )

    queue = Queue.objects.get()
    assert queue.sender_address == "faktury@bursztyn.example"
    assert queue.addresses.count() == 2
    assert (queue.assignment, queue.assignment_cap) == ("off", 20)


def test_automatic_assignment_that_is_left_out_stays_as_it_is(client):
    queue = make_queue()
    Queue.objects.filter(pk=queue.pk).update(assignment="round_robin", assignment_cap=3)
    left_out, switched = queue_form(queue.team), queue_form(queue.team, assignment="least_loaded", assignment_cap="0")

    for given, kept in ((left_out, ("round_robin", 3)), (switched, ("least_loaded", 0))):
        response = client.post(f"/admin/tickets/queue/{queue.pk}/change/", given)

        assert response.status_code == 302
        queue.refresh_from_db()
        assert (queue.assignment, queue.assignment_cap) == kept


def test_a_queue_has_one_sender(client):
    given = queue_form(make_team(), ("a@bursztyn.example", True), ("b@bursztyn.example", True))

    assert "tick only one" in errors(client.post("/admin/tickets/queue/add/", given))
    assert not Queue.objects.exists()


@pytest.mark.parametrize("new_sender", [0, 1])
def test_the_sender_can_be_another_address_from_now_on(client, new_sender):
    queue = make_queue()
    rows = [
        QueueAddress.objects.create(queue=queue, address=f"{name}@bursztyn.example", is_sender=number != new_sender)
        for number, name in enumerate("ab")
    ]
    given = queue_form(
        queue.team,
        *((row.address, number == new_sender) for number, row in enumerate(rows)),
        saved=2,
        **{f"addresses-{number}-id": row.pk for number, row in enumerate(rows)},
        **{f"addresses-{number}-queue": queue.pk for number in range(2)},
    )

    response = client.post(f"/admin/tickets/queue/{queue.pk}/change/", given)

    assert response.status_code == 302
    assert list(queue.addresses.filter(is_sender=True)) == [rows[new_sender]]


def test_an_address_feeds_one_queue(client):
    make_queue(address="faktury@bursztyn.example")

    said = errors(client.post("/admin/tickets/queue/add/", queue_form(make_team(), ("FAKTURY@bursztyn.example", True))))

    assert "already exists" in said


def test_what_is_in_use_is_not_deleted(client):
    ticket = make_ticket(requester=make_requester(organisation=make_organisation()))
    used = [
        ("queue", ticket.queue),
        ("team", ticket.queue.team),
        ("organisation", ticket.organisation),
    ]
    free = [("queue", make_queue()), ("team", make_team()), ("organisation", make_organisation())]

    for name, row in used:
        assert client.post(f"/admin/tickets/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
        assert type(row).objects.filter(pk=row.pk).exists()
    for name, row in free:
        assert client.post(f"/admin/tickets/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 302
        assert not type(row).objects.filter(pk=row.pk).exists()


# In the browser


@pytest.mark.django_db(transaction=True)
def test_an_installation_is_set_up_by_hand_under_the_strict_policy(page, settings):
    # Stories before may have left the names that files have once they are collected.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    User.objects.create_superuser("adam@bursztyn.example", PASSWORD, name="Adam Rój", language="en")
    make_agent(email="ewa@bursztyn.example", name="Ewa Łoś")

    page.goto("/admin/")
    page.fill("input[name=login]", "adam@bursztyn.example")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/admin/")

    page.click(".model-team .addlink")
    page.fill("#id_name", "Billing team")
    page.click(".add-row a")
    page.click(".select2-selection")
    page.fill(".select2-search__field", "Ewa")
    page.click(".select2-results__option:has-text('Ewa Łoś')")
    page.click("input[name=_save]")
    page.wait_for_selector(".messagelist .success")

    page.goto("/admin/tickets/queue/add/")
    page.type("#id_name", "Faktury i płatności")
    assert page.input_value("#id_slug") == "faktury-i-platnosci"
    page.select_option("#id_team", label="Billing team")
    page.click("text=Add another Queue address")
    page.fill("#id_addresses-0-address", "faktury@bursztyn.example")
    page.check("#id_addresses-0-is_sender")
    page.click("input[name=_save]")
    page.wait_for_selector(".messagelist .success")

    for address in ("user/?q=Ewa&role__exact=agent", "team/", "organisation/add/", "user/add/"):
        page.goto(f"/admin/tickets/{address}")
    page.goto(f"/admin/tickets/queue/{Queue.objects.get().pk}/history/")
    page.goto(f"/admin/tickets/queue/{Queue.objects.get().pk}/delete/")

    page.click("#logout-form button")
    page.wait_for_url("**/accounts/login/**")
    assert Membership.objects.get().user.name == "Ewa Łoś"
    assert QueueAddress.objects.get().queue.team.name == "Billing team"
