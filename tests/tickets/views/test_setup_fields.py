"""The desk's own fields on their own pages. Values are never lost, and what follows is said before."""

import pytest
from django.core.cache import cache

from tests.factories import AT, make_admin, make_lead, make_queue, make_ticket
from tests.tickets.views.conftest import shown, statements
from tickets.actions import filling
from tickets.models import AuditEntry, CustomField, Ticket
from tickets.queries import searching


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture
def admin(sign_in):
    return sign_in(make_admin(language="en"))


@pytest.fixture
def platform():
    return CustomField.objects.create(key="platforma", label="Platforma", type="choice", choices=["Woo", "Presta"])


def save(client, field, **more):
    queues = [queue.pk for queue in field.queues.all()]
    values = {"label": field.label, "choices": "\n".join(field.choices), "queues": queues, **more}
    return client.post(f"/setup/fields/{field.pk}/", values)


def filled(queue, agent, field, to):
    return filling.fill(ticket=make_ticket(queue), key=field.key, to=to, by=agent, at=AT)


def test_a_new_field_is_on_tickets_at_once(admin, desk, queue):
    desk.get(f"/tickets/{make_ticket(queue).pk}/")

    body = {"label": "Numer zamówienia", "type": "text", "queues": [queue.pk]}
    answer = admin.post("/setup/fields/new/", body)

    made = CustomField.objects.get()
    assert (answer.status_code, made.key, list(made.queues.all())) == (302, "numer-zamowienia", [queue])
    assert "Numer zamówienia" in shown(desk.get(f"/tickets/{Ticket.objects.get().pk}/"))
    line = AuditEntry.objects.get(kind="field")
    assert (line.action, line.data["queues"]) == ("added", [None, ["Shops"]])
    admin.post("/setup/fields/new/", body)
    assert CustomField.objects.latest("pk").key == "numer-zamowienia-2"


def test_no_field_takes_a_word_that_searches_know(admin):
    for label, key in (("Status", "status-2"), ("Kolejka", "kolejka-2"), ("???", "field")):
        admin.post("/setup/fields/new/", {"label": label, "type": "number"})
        assert CustomField.objects.latest("pk").key == key


@pytest.mark.parametrize(
    ("label", "key"), [("Nr__seryjny", "nr_seryjny"), ("24h kontakt", "field-24h-kontakt"), ("Re", "field-re")]
)
def test_whatever_a_field_is_called_searches_can_ask_for_it(admin, desk, agent, queue, label, key):
    admin.post("/setup/fields/new/", {"label": label, "type": "text"})

    field = CustomField.objects.get()
    found, _other = filled(queue, agent, field, "AB-17"), filled(queue, agent, field, "CD")

    assert field.key == key
    assert [hit.pk for hit in searching.find(searching.read(f"{key}:ab"), agent, at=AT).rows] == [found.pk]


@pytest.mark.parametrize("more", [{"label": ""}, {"type": "colour"}, {"type": "choice", "choices": " \n"}])
def test_what_is_no_field_is_refused(admin, more):
    assert admin.post("/setup/fields/new/", {"label": "Kwota", "type": "number", **more}).status_code == 400
    assert not CustomField.objects.exists()


def test_a_choice_that_is_taken_off_stays_where_it_is(admin, agent, queue, platform):
    ticket = filled(queue, agent, platform, "Presta")

    asked = save(admin, platform, choices="Woo\nShoper")

    assert "1 ticket has “Presta” and keeps it; nobody can choose it any more." in shown(asked)
    platform.refresh_from_db()
    assert platform.choices == ["Woo", "Presta"]
    assert save(admin, platform, choices="Woo\nShoper", sure="on").status_code == 302
    platform.refresh_from_db()
    ticket.refresh_from_db()
    assert (platform.choices, ticket.fields) == (["Woo", "Shoper"], {"platforma": "Presta"})
    assert AuditEntry.objects.get(kind="field").data == {"choices": [["Woo", "Presta"], ["Woo", "Shoper"]]}


def test_a_choice_that_nobody_used_goes_at_once(admin, platform):
    assert save(admin, platform, choices="Woo").status_code == 302


def test_fewer_queues_keep_the_values(admin, agent, team, queue, platform):
    other = make_queue(team, name="Other")
    ticket = filled(queue, agent, platform, "Woo")

    asked = save(admin, platform, queues=[other.pk])

    assert "1 ticket of other queues has a value: it keeps and shows it" in shown(asked)
    save(admin, platform, queues=[other.pk], sure="on")
    ticket.refresh_from_db()
    assert ticket.fields == {"platforma": "Woo"}


def test_required_says_how_many_tickets_lack_it(admin, agent, queue, platform):
    filled(queue, agent, platform, "Woo")
    make_ticket(queue)

    asked = save(admin, platform, is_required_to_solve="on")

    assert "1 unsolved ticket has no value: before it is solved, somebody fills this field in." in shown(asked)
    save(admin, platform, is_required_to_solve="on", sure="on")
    platform.refresh_from_db()
    assert platform.is_required_to_solve
    assert save(admin, platform, is_required_to_solve="on", label="Inaczej").status_code == 302


def test_retired_and_back(admin, desk, agent, queue, platform):
    ticket = filled(queue, agent, platform, "Woo")
    assert "1 ticket has a value." in shown(admin.get(f"/setup/fields/{platform.pk}/"))

    page = admin.post(f"/setup/fields/{platform.pk}/retire/", follow=True)

    assert f'action="/setup/fields/{platform.pk}/restore/"' in shown(page)  # undo
    assert f"/tickets/{ticket.pk}/fields/platforma/" not in shown(desk.get(f"/tickets/{ticket.pk}/"))
    ticket.refresh_from_db()
    assert ticket.fields == {"platforma": "Woo"}
    admin.post(f"/setup/fields/{platform.pk}/restore/")
    assert f"/tickets/{ticket.pk}/fields/platforma/" in shown(desk.get(f"/tickets/{ticket.pk}/"))
    assert [line.data for line in AuditEntry.objects.order_by("pk")] == [
        {"is_active": [True, False]},
        {"is_active": [False, True]},
    ]


def test_order(admin, platform):
    second = CustomField.objects.create(key="kwota", label="Kwota", type="number", position=4)

    admin.post(f"/setup/fields/{second.pk}/move/", {"to": "up"})

    assert list(CustomField.objects.order_by("position").values_list("key", flat=True)) == ["kwota", "platforma"]
    for path in ("move", "retire", "restore"):
        assert admin.get(f"/setup/fields/{second.pk}/{path}/").status_code == 405


def test_leads_look_and_agents_find_nothing(sign_in, desk, team, platform):
    lead = sign_in(make_lead(team, language="en"))

    page = shown(lead.get(f"/setup/fields/{platform.pk}/"))

    assert "Woo, Presta" in page and "Administrators change these settings." in page
    assert "Platforma" in shown(lead.get("/setup/fields/"))
    assert lead.post(f"/setup/fields/{platform.pk}/", {"label": "X"}).status_code == 404
    assert desk.get("/setup/fields/").status_code == 404


def test_the_list_costs_the_same_for_one_and_three(admin, platform):
    admin.get("/setup/fields/")
    with statements() as one:
        admin.get("/setup/fields/")
    for number in range(2):
        CustomField.objects.create(key=f"f{number}", label=f"F{number}", type="text")
    with statements() as three:
        admin.get("/setup/fields/")

    assert len(one) == len(three)
