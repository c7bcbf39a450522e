"""Signing in, password reset, own settings."""

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import AT, HOUR, fresh, make_colleague
from tests.tickets.views.conftest import shown
from tickets import tasks
from tickets.actions.facts import store_presence
from tickets.models import Outbox, Theme
from tickets.views.account import greeting


@pytest.mark.parametrize(
    ("hour", "words"),
    [(4, "Good evening"), (5, "Good morning"), (11, "Good morning"), (12, "Good afternoon"), (18, "Good evening")],
)
def test_the_greeting_knows_the_hour(hour, words):
    assert greeting(hour) == words


def test_sign_in_says_how_many_are_on_duty_when_anybody_is(client, agent):
    with timezone.override("Europe/Warsaw"):
        page = shown(client.get("/accounts/login/"))
        assert "Good morning" in page
        assert "on duty" not in page

    store_presence(agent, [(AT - HOUR, AT + HOUR)], after=AT - HOUR)
    from django.core.cache import cache

    cache.clear()

    assert "1 person is on duty." in shown(client.get("/accounts/login/"))


def test_signing_in_leads_to_the_desk(client, agent):
    agent.set_password("correct horse battery")
    agent.save()

    response = client.post("/accounts/login/", {"login": agent.email, "password": "correct horse battery"}, follow=True)

    assert response.redirect_chain[-1][0] == "/queue/"
    assert "signed in" not in shown(response)


def test_a_wrong_password_is_said_once_and_plainly(client, agent):
    response = client.post("/accounts/login/", {"login": agent.email, "password": "wrong"})

    assert 'role="alert"' in shown(response)
    assert response.status_code == 200


def test_a_forgotten_password_is_answered_by_mail(client, agent):
    response = client.post("/accounts/password/reset/", {"email": agent.email}, follow=True)
    tasks.answer_resets()

    mail = Outbox.objects.get(address=agent.email)
    assert "Look into your mail" in shown(response)
    assert "/accounts/password/reset/key/" in mail.payload["text"]


def test_the_link_sets_a_new_password(client, agent):
    client.post("/accounts/password/reset/", {"email": agent.email})
    tasks.answer_resets()
    text = Outbox.objects.get().payload["text"]
    address = "/accounts/" + text.split("/accounts/")[1].split()[0]

    form = client.get(address, follow=True)
    done = client.post(
        form.redirect_chain[-1][0], {"password1": "nowe trudne hasło", "password2": "nowe trudne hasło"}, follow=True
    )

    assert "The new password is saved" in shown(done)
    assert fresh(agent).check_password("nowe trudne hasło")
    assert "This link does not work any more" in shown(Client().get(address, follow=True))


def test_settings_hold_for_the_next_page(desk, agent):
    response = desk.post("/settings/", {"language": "pl", "theme": "dark", "time_zone": "Europe/London"}, follow=True)

    changed = fresh(agent)
    assert (changed.language, changed.theme, changed.time_zone) == ("pl", Theme.DARK, "Europe/London")
    assert '<html lang="pl" data-theme="dark">' in shown(response)
    assert response.client.cookies["django_language"].value == "pl"


def test_settings_refuse_what_nobody_knows(desk, agent):
    response = desk.post("/settings/", {"language": "xx", "theme": "pink", "time_zone": "Mars/Olympus"})

    assert "Select a valid choice" in shown(response)
    assert fresh(agent).language == "en"


def test_the_language_can_be_chosen_before_signing_in(client):
    page = shown(client.get("/accounts/login/"))
    assert 'name="language" value="pl" lang="pl">Polski</button>' in page

    response = client.post("/language/", {"language": "pl", "next": "/accounts/login/"}, follow=True)

    assert '<html lang="pl"' in shown(response)


def test_colleagues_without_a_duty_have_a_page_of_their_own(sign_in):
    browser = sign_in(make_colleague(language="en"))

    assert "No requests yet" in shown(browser.get("/", follow=True))
    assert 'class="side"' not in shown(browser.get("/settings/"))


def test_signing_out_asks_once(desk):
    assert "Sign out?" in shown(desk.get("/accounts/logout/"))

    desk.post("/accounts/logout/")

    assert desk.get("/queue/").status_code == 302
