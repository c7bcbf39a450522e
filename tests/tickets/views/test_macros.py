"""Macros: what they put into the composer, what is done on Send, and who keeps them."""

import pytest
from django.core.cache import cache

from tests.factories import make_admin, make_colleague, make_grant, make_lead, make_requester, make_team, make_ticket
from tests.tickets.views.conftest import HTMX, shown
from tickets.models import CustomField, Draft, Event, Macro, Message, Status

TEXT = "Dzień dobry {first name},\nsprawa {ticket} jest w kolejce {queue}. {agent}"


@pytest.fixture
def macro(team):
    return Macro.objects.create(
        name="Zwrot",
        text=TEXT,
        text_en="Hello {first name},\nyour case {ticket}.",
        changes=[{"property": "add_tags", "to": ["zwrot"]}, {"property": "status", "to": "solved"}],
    )


@pytest.fixture
def ticket(queue):
    return make_ticket(queue, requester=make_requester(name="Krystyna Woźniak"))


def insert(client, ticket, macro, **more):
    return client.post(f"/tickets/{ticket.pk}/macro/", {"insert": macro.pk, "text": "Hej"}, **more)


def send(client, ticket, macro, changes, text="Treść {agent}"):
    body = {"text": text, "macro": macro.pk, "change": changes}
    return client.post(f"/tickets/{ticket.pk}/reply/", body)


def test_a_macro_waits_in_the_composer_and_nothing_is_done(desk, ticket, macro):
    plain, live = shown(insert(desk, ticket, macro)), shown(insert(desk, ticket, macro, **HTMX))

    words = f"Dzień dobry Krystyna,\nsprawa #{ticket.pk} jest w kolejce Shops. Agnieszka Wrona"
    assert f"Hej\n\n{words}</textarea>" in plain
    assert f"<template data-words>{words}</template>" in live
    assert all("Add tags: zwrot" in page and "Status: Solved" in page for page in (plain, live))
    ticket.refresh_from_db()
    assert (ticket.status, ticket.tags) == (Status.NEW, [])
    assert not Message.objects.filter(ticket=ticket, is_from_requester=False).exists()
    assert Draft.objects.get(ticket=ticket).text.startswith("Hej")


def test_the_words_are_in_the_language_of_the_requester(desk, queue, macro):
    ticket = make_ticket(queue, requester=make_requester(name="Ann Lee", language="en"))

    assert f"Hello Ann,\nyour case #{ticket.pk}." in shown(insert(desk, ticket, macro, **HTMX))


def test_an_empty_name_leaves_no_gap(desk, queue, macro):
    ticket = make_ticket(queue, requester=make_requester(name=""))

    assert "Dzień dobry,\n" in shown(insert(desk, ticket, macro, **HTMX))


def test_send_does_what_was_not_left_out(desk, ticket, macro):
    send(desk, ticket, macro, ["0"])

    ticket.refresh_from_db()
    assert (ticket.status, ticket.tags) == (Status.OPEN, ["zwrot"])
    assert Message.objects.filter(ticket=ticket, text="Treść Agnieszka Wrona").exists()


def test_words_and_changes_go_together_or_not_at_all(desk, ticket, macro, queue):
    CustomField.objects.create(key="serial", label="Serial", type="text", is_required_to_solve=True)

    answer = send(desk, ticket, macro, ["0", "1"])

    assert answer.status_code == 409
    page = shown(answer)
    assert "Treść {agent}</textarea>" in page and 'name="change" value="1" checked' in page
    ticket.refresh_from_db()
    assert (ticket.status, ticket.tags) == (Status.NEW, [])
    assert not Message.objects.filter(ticket=ticket, is_from_requester=False).exists()


def test_a_field_that_the_macro_fills_in_lets_it_solve(desk, ticket, macro):
    CustomField.objects.create(key="serial", label="Serial", type="text", is_required_to_solve=True)
    macro.changes.append({"property": "field", "field": "serial", "to": "A1"})
    macro.save()

    send(desk, ticket, macro, ["0", "1", "2"])

    ticket.refresh_from_db()
    assert (ticket.status, ticket.fields) == (Status.SOLVED, {"serial": "A1"})
    assert [each.kind for each in Event.objects.filter(ticket=ticket).order_by("id")][-1] == "replied"


def test_a_macro_without_words_only_changes(desk, ticket, macro):
    send(desk, ticket, macro, ["0"], text="")

    ticket.refresh_from_db()
    assert ticket.tags == ["zwrot"]
    assert not Message.objects.filter(ticket=ticket, is_from_requester=False).exists()


def test_under_review_the_status_waits_with_the_reply_and_no_name_is_given_away(sign_in, ticket, macro, queue):
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue, is_reviewed=True)
    client = sign_in(volunteer)

    assert "Dzień dobry {first name}" in shown(insert(client, ticket, macro, **HTMX))
    send(client, ticket, macro, ["0", "1"], text="Dzień dobry {first name}!")

    message = Message.objects.get(ticket=ticket, author=volunteer)
    ticket.refresh_from_db()
    assert (message.state, message.next_status, message.text) == ("review", "solved", "Dzień dobry Krystyna!")
    assert (ticket.status, ticket.tags) == (Status.NEW, ["zwrot"])


def test_who_is_called_by_an_address_is_greeted_without_and_a_volunteer_learns_nothing(sign_in, desk, queue, macro):
    ticket = make_ticket(queue, requester=make_requester(name="tajny@klient.example"))
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue)

    client = sign_in(volunteer)
    client.post(f"/tickets/{ticket.pk}/note/", {"text": "To {requester}, {first name}.", "macro": macro.pk})
    send(client, ticket, macro, [], text="Dzień dobry {first name}!")

    assert list(Message.objects.filter(ticket=ticket).order_by("pk").values_list("text", flat=True))[1:] == [
        "To,.",
        "Dzień dobry!",
    ]
    assert "tajny" not in shown(client.get(f"/tickets/{ticket.pk}/"))
    assert "Dzień dobry,\n" in shown(insert(desk, ticket, macro, **HTMX))


def test_a_macro_of_another_team_is_not_offered(desk, ticket, macro):
    assert "Zwrot" in shown(desk.get(f"/tickets/{ticket.pk}/"))
    macro.team = make_team()
    macro.save()
    cache.clear()

    assert "Zwrot" not in shown(desk.get(f"/tickets/{ticket.pk}/"))
    send(desk, ticket, macro, ["0"])
    ticket.refresh_from_db()
    assert ticket.tags == []


# Keeping


@pytest.fixture
def office(sign_in):
    return sign_in(make_admin(language="en"))


BODY = {"name": "Nowe", "text": "Cześć {first name}", "is_active": "on", "status": "on_hold", "hold_reason": "dostawca"}


def test_a_macro_is_added_previewed_and_moved(office, queue, macro, ticket):
    page = shown(office.post("/macros/new/", BODY | {"act": "preview", "on": f"#{ticket.pk}"}))
    assert "Cześć Krystyna" in page and Macro.objects.count() == 1

    assert office.post("/macros/new/", BODY).status_code == 302
    new = Macro.objects.get(name="Nowe")
    assert new.changes == [{"property": "status", "to": "on_hold", "reason": "dostawca"}]
    office.post(f"/macros/{new.pk}/move/", {"to": "up"})

    assert list(Macro.objects.values_list("name", flat=True)) == ["Nowe", "Zwrot"]
    assert "dostawca" in shown(office.get(f"/macros/{new.pk}/"))
    assert "Status: On hold (dostawca)" in shown(office.get("/macros/"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"text": "Cześć {imię}"}, "{imię} means nothing in a macro"),
        ({"text": "", "status": ""}, "A macro writes something or changes something."),
        ({"hold_reason": ""}, "a hold needs a reason"),
        ({"add_tags": "a<b"}, "“a&lt;b”"),
    ],
)
def test_a_wrong_macro_is_refused(office, body, words):
    page = shown(office.post("/macros/new/", BODY | body))

    assert words in page
    assert not Macro.objects.exists()


def test_a_lead_keeps_the_macros_of_own_teams_alone(sign_in, team, macro):
    lead = sign_in(make_lead(team, language="en"))
    own = Macro.objects.create(name="Nasze", text="x", team=team)

    assert lead.get(f"/macros/{own.pk}/").status_code == 200
    assert lead.get(f"/macros/{macro.pk}/").status_code == 404
    assert lead.post("/macros/new/", BODY).status_code == 400
    assert lead.post("/macros/new/", BODY | {"team": team.pk}).status_code == 302
