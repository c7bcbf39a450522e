"""Links that open a requester's own case."""

import time

import pytest

from tests.factories import make_requester, make_ticket
from tickets import signed_links
from tickets.signed_links import MAX_AGE_S, BadLink, Holder, read, token_for, url_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket():
    return make_ticket()


def test_a_link_names_its_ticket_and_its_holder(ticket, settings):
    token = token_for(ticket, ticket.requester)

    assert read(token) == Holder(ticket.pk, ticket.requester_id)
    assert url_for(ticket, ticket.requester).startswith(f"{settings.SITE_URL}/r/{ticket.pk}-{ticket.requester_id}~")


def test_a_link_works_for_ninety_days(ticket, monkeypatch):
    token = token_for(ticket, ticket.requester)
    made = time.time()

    monkeypatch.setattr(time, "time", lambda: made + MAX_AGE_S - 60)
    assert read(token)
    monkeypatch.setattr(time, "time", lambda: made + MAX_AGE_S + 60)

    with pytest.raises(BadLink):
        read(token)


def test_a_changed_or_invented_link_opens_nothing(ticket, settings):
    token = token_for(ticket, ticket.requester)
    value, stamp, signature = token.split("~")
    other = make_requester()

    for forged in (
        f"{ticket.pk + 1}-{ticket.requester_id}~{stamp}~{signature}",
        f"{ticket.pk}-{other.pk}~{stamp}~{signature}",
        f"{value}~{stamp}~{signature[:-1]}",
        f"{value}~zzzzzz~{signature}",
        value,
        "",
        "~~",
        "\x00",
    ):
        with pytest.raises(BadLink):
            read(forged)

    settings.SECRET_KEY = "another installation's secret, just as long as needed"
    with pytest.raises(BadLink):
        read(token)


def test_a_signature_of_another_purpose_opens_nothing(ticket):
    from django.core import signing

    foreign = signing.TimestampSigner(salt="password-reset", sep="~").sign(f"{ticket.pk}-{ticket.requester_id}")

    with pytest.raises(BadLink):
        signed_links.read(foreign)
