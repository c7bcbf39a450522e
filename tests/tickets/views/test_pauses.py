"""Addresses on pause, for those who manage mail."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from tests.factories import AT, make_admin, make_reply, make_ticket
from tests.tickets.views.conftest import shown, statements
from tickets.models import Outbox, PausedAddress


@pytest.fixture
def administrator():
    return make_admin(language="en", name="Adam Rój")


@pytest.fixture
def admin(sign_in, administrator):
    return sign_in(administrator)


def make_pause(address="ola@sklep.example", **fields):
    fields = {"reason": "user_unknown", "paused_at": AT, "detail": "550 5.1.1 No such user"} | fields
    return PausedAddress.objects.create(address=address, **fields)


def test_nobody_on_pause_says_so(admin):
    assert "Every address gets its mail" in shown(admin.get("/mail/addresses/"))


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_says_why_in_plain_words_at_a_steady_cost(admin, queue, agent, number):
    for each in range(number):
        make_pause(f"person-{each}@sklep.example", message=make_reply(make_ticket(queue), agent))
    cache.clear()

    with statements() as sent:
        page = shown(admin.get("/mail/addresses/"))

    assert page.count("The mailbox does not exist.") == number
    assert page.count("550 5.1.1 No such user") == number
    assert len(sent) == 5


def test_ending_a_pause_lets_the_mail_go_and_says_who_did_it(admin, administrator, queue, agent):
    ticket = make_ticket(queue)
    mail = Outbox.objects.get(message=make_reply(ticket, agent))
    Outbox.objects.filter(pk=mail.pk).update(state=Outbox.State.HELD)
    pause = make_pause(ticket.requester.email)
    assert "1 reply waits for it" in shown(admin.get("/mail/addresses/"))

    admin.post(f"/mail/addresses/{pause.pk}/end/")

    mail.refresh_from_db()
    pause.refresh_from_db()
    assert (mail.state, pause.cleared_by) == (Outbox.State.PENDING, administrator)
    assert "gets mail again. 1 mail that waited leaves now." in shown(admin.get("/mail/addresses/"))
    ended = shown(admin.get("/mail/addresses/?ended"))
    assert ticket.requester.email in ended
    assert "by Adam Rój" in ended


def test_an_address_is_found_by_a_part_of_it(admin):
    make_pause("ola@sklep.example")
    make_pause("jan@firma.example")

    page = shown(admin.get("/mail/addresses/?q=OLA@"))

    assert "ola@sklep.example" in page
    assert "jan@firma.example" not in page
    assert "No such address here" in shown(admin.get("/mail/addresses/?q=nobody"))


def test_older_ones_are_on_the_next_page_with_the_same_search(admin):
    for each in range(51):
        make_pause(f"person-{each:02}@sklep.example", paused_at=AT - timedelta(minutes=each))

    first = admin.get("/mail/addresses/?q=sklep")
    second = admin.get("/mail/addresses/" + first.context["more_url"])

    assert [row.address for row in second.context["page"].rows] == ["person-50@sklep.example"]
    assert second.context["search"] == "sklep"
    assert admin.get("/mail/addresses/?cursor=forged").status_code == 302


def test_nobody_else_finds_anything(sign_in, admin, agent):
    pause = make_pause()

    assert sign_in(agent).get("/mail/addresses/").status_code == 404
    assert sign_in(agent).post(f"/mail/addresses/{pause.pk}/end/").status_code == 404
    assert admin.get(f"/mail/addresses/{pause.pk}/end/").status_code == 405
    assert admin.post("/mail/addresses/999999/end/").status_code == 404
