"""No more mails of a kind, from the mail itself: by one press in the mail program, or on the page behind its link."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import fresh, make_agent, make_queue, make_requester, make_team, make_ticket
from tickets import notices, stop_links
from tickets.actions import notifying
from tickets.channels.email import composing
from tickets.models import Event, Outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return make_agent(make_team(), language="en", email="agata@bursztyn.example", digest_hour=7)


def path(person, kind):
    return stop_links.url_for(person.pk, kind).removeprefix(settings.SITE_URL)


def pressed(address):
    """As a mail program does it: with no cookie, and csrf checked."""
    return Client(enforce_csrf_checks=True).post(
        address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )


def test_one_press_ends_the_mails_of_one_kind_and_leaves_the_rest(person):
    response = pressed(path(person, "question"))

    after = fresh(person)
    assert response.status_code == 200
    assert notices.way_for("question", after.notice_ways) == notices.Way.PAGE
    assert notices.way_for("mentioned", after.notice_ways) == notices.Way.MAIL
    assert after.digest_hour == 7


def test_one_press_ends_the_mail_of_the_day(person):
    pressed(path(person, stop_links.DIGEST))

    assert fresh(person).digest_hour is None
    assert notices.way_for("question", fresh(person).notice_ways) == notices.Way.MAIL


def test_what_is_off_stays_off_and_pressing_again_is_no_harm(person):
    person.notice_ways = {"question": "off"}
    person.save()

    answers = [pressed(path(person, "question")).status_code for _time in range(2)]

    assert answers == [200, 200]
    assert fresh(person).notice_ways == {"question": "off"}


@pytest.mark.parametrize("kind", ["question", stop_links.DIGEST])
def test_opening_the_link_only_asks(client, person, kind):
    before = client.get(path(person, kind)).text
    pressed(path(person, kind))
    after = client.get(path(person, kind)).text

    assert "Mail me none of them" in before
    assert "Mail me none of them" not in after
    assert "These mails do not come" in after


def test_opening_the_link_changes_nothing(client, person):
    client.get(path(person, stop_links.DIGEST))

    assert fresh(person).digest_hour == 7


@pytest.mark.parametrize("who", ["forged", "gone", "requester"])
def test_a_link_of_nobody_is_no_page(client, person, who):
    address = path(person, "question")
    if who == "forged":
        address = address[:-4] + "AAA/"
    elif who == "gone":
        person.is_active = False
        person.save()
    else:
        address = path(make_requester(), "question")

    assert client.get(address).status_code == 404
    assert pressed(address).status_code == 404


def test_the_mail_of_a_notice_carries_the_link_as_mail_programs_read_it(person, monkeypatch):
    """However long the address is: of one in encoded words they would make nothing."""
    monkeypatch.setattr(settings, "SITE_URL", f"https://{'a-very-long-name.' * 6}bursztyn.example")
    event = Event.objects.get(ticket=make_ticket(make_queue(person.teams.get())))
    notifying.notify(people=[person.pk], kind="question", event=event)
    row = Outbox.objects.get(recipient=person)
    row.mail_id = composing.mail_id_for(row)

    head = composing.compose(row).mail.as_bytes().partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").splitlines()

    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head
    link = next(line for line in head if line.startswith(b"List-Unsubscribe: "))
    assert link.split() == [b"List-Unsubscribe:", f"<{stop_links.url_for(person.pk, 'question')}>".encode()]


def test_one_press_ends_all_that_one_mail_tells_of(person):
    address = stop_links.url_for(person.pk, "question", "mentioned").removeprefix(settings.SITE_URL)

    pressed(address)

    after = fresh(person)
    assert [notices.way_for(kind, after.notice_ways) for kind in ("question", "mentioned")] == [notices.Way.PAGE] * 2
    assert after.digest_hour == 7


def test_the_page_of_a_link_names_all_that_it_ends(client, person):
    address = stop_links.url_for(person.pk, "question", stop_links.DIGEST).removeprefix(settings.SITE_URL)

    said = client.get(address).text

    assert "A question for you" in said
    assert "Mail of the day" in said
