"""Requests made to hurt, or to learn something, whoever sends them."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from helpdesk.lib import clock as product_clock
from tests.factories import make_agent, make_team
from tickets import tasks
from tickets.channels.email import outbox
from tickets.models import Outbox

pytestmark = pytest.mark.django_db


def test_a_stranger_cannot_fill_the_disk(settings):
    """The CSRF check reads the form of every POST, files and all, before anybody is asked who they are."""
    settings.MAX_UPLOAD_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"x": SimpleUploadedFile("x", b"x" * 4000)})

    assert response.status_code == 413


def test_a_reset_link_leads_to_our_address_whatever_host_was_asked(settings):
    settings.ALLOWED_HOSTS = ["help.bursztyn.example", "old.bursztyn.example"]
    settings.SITE_URL = "https://help.bursztyn.example"
    agent = make_agent(make_team())

    Client().post("/accounts/password/reset/", {"email": agent.email}, headers={"host": "old.bursztyn.example"})
    tasks.answer_resets()

    text = Outbox.objects.get().payload["text"]
    assert "https://help.bursztyn.example/accounts/password/reset/key/" in text
    assert "old.bursztyn.example" not in text


def test_a_reset_link_does_not_stay_in_the_database(settings, tmp_path):
    settings.SMTP_URL, settings.MAIL_FILE_DIR = "", tmp_path
    agent = make_agent(make_team())
    Client().post("/accounts/password/reset/", {"email": agent.email})
    tasks.answer_resets()

    assert outbox.drain(at=product_clock.now()) == 1

    mail = Outbox.objects.get()
    assert (mail.state, mail.payload) == (Outbox.State.SENT, {})


def test_no_cache_on_the_way_keeps_what_is_somebodys_own():
    client = Client()
    client.force_login(make_agent(make_team()))

    for path in ("/queue/", "/settings/", "/api/me/"):
        assert "private" in client.get(path)["Cache-Control"], path
