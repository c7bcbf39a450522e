"""The settings page of notifications: the hour of the daily mail."""

from __future__ import annotations

import pytest

from tests.factories import make_agent, make_requester
from tickets.models import User

pytestmark = pytest.mark.django_db
URL = "/settings/notifications/"


def test_the_hour_of_the_daily_mail_is_kept_and_shown_and_taken_back(client):
    person = make_agent(language="en")
    client.force_login(person)

    before = client.get(URL).text
    chosen = client.post(URL, {"digest_hour": "7", "question": "page"})
    after = client.get(URL).text
    kept = User.objects.get(pk=person.pk)
    client.post(URL, {"digest_hour": ""})

    assert '<option value="" selected>Never</option>' in before
    assert chosen.status_code == 302
    assert (kept.digest_hour, kept.notice_ways["question"]) == (7, "page")
    assert '<option value="7" selected>at 7:00</option>' in after
    assert User.objects.get(pk=person.pk).digest_hour is None


@pytest.mark.parametrize("hour", ["24", "-1", "noon"])
def test_no_hour_is_refused(client, hour):
    person = make_agent(language="en")
    client.force_login(person)

    response = client.post(URL, {"digest_hour": hour})

    assert response.status_code == 400
    assert User.objects.get(pk=person.pk).digest_hour is None


def test_requesters_have_no_such_page(client):
    client.force_login(make_requester())

    assert client.get(URL).status_code == 404
