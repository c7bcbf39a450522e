"""Quarantine and dead letters, for those who manage mail."""

import pytest
from django.core.cache import cache

from tests.factories import AT, make_admin, make_lead, make_reply, make_ticket
from tests.tickets.views.conftest import shown, statements
from tickets.models import InboundMessage, Outbox

RAW = b"From: ola@sklep.example\r\nSubject: x\r\n\r\n\xff\xfe"


@pytest.fixture
def admin(sign_in):
    return sign_in(make_admin(language="en"))


def make_quarantined(number=1):
    return InboundMessage.objects.create(
        raw=RAW,
        sha256=f"{number:064x}",
        size=len(RAW),
        received_at=AT,
        state=InboundMessage.State.QUARANTINED,
        reason="Nie da się przeczytać.",
        sender="ola@sklep.example",
    )


def make_dead(queue, agent):
    mail = Outbox.objects.get(message=make_reply(make_ticket(queue), agent))
    mail.state, mail.last_error, mail.attempts = Outbox.State.DEAD, "550 no such user", 9
    mail.save()
    return mail


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_lists_both_at_a_steady_cost(admin, queue, agent, number):
    for each in range(number):
        make_quarantined(each)
        make_dead(queue, agent)
    cache.clear()

    with statements() as sent:
        page = shown(admin.get("/mail/"))

    assert page.count("Nie da się przeczytać.") == number
    assert page.count("550 no such user") == number
    assert len(sent) == 10


def test_all_in_order_says_so(admin):
    assert "All mail is in order" in shown(admin.get("/mail/"))


def test_a_raw_mail_is_saved_byte_for_byte(admin):
    response = admin.get(f"/mail/in/{make_quarantined().pk}/raw/")

    assert response.content == RAW
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Type"] == "message/rfc822"


def test_a_mail_is_read_again(admin):
    mail = make_quarantined()

    admin.post(f"/mail/in/{mail.pk}/retry/")

    mail.refresh_from_db()
    assert mail.state in (InboundMessage.State.STORED, InboundMessage.State.ACCEPTED)


def test_a_mail_is_sent_again(admin, queue, agent):
    mail = make_dead(queue, agent)

    admin.post(f"/mail/out/{mail.pk}/retry/")

    mail.refresh_from_db()
    assert mail.state == Outbox.State.PENDING


def test_both_can_be_dismissed_and_stay_stored(admin, queue, agent):
    inbound, dead = make_quarantined(), make_dead(queue, agent)

    admin.post(f"/mail/in/{inbound.pk}/dismiss/")
    admin.post(f"/mail/out/{dead.pk}/dismiss/")

    inbound.refresh_from_db()
    dead.refresh_from_db()
    assert (inbound.state, dead.state) == ("dismissed", "dismissed")
    assert "All mail is in order" in shown(admin.get("/mail/"))


ADDRESSES = ["in/{inbound}/retry/", "in/{inbound}/dismiss/", "out/{dead}/retry/", "out/{dead}/dismiss/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_else_finds_anything(sign_in, team, queue, agent, admin, address):
    inbound, dead = make_quarantined(), make_dead(queue, agent)
    path = "/mail/" + address.format(inbound=inbound.pk, dead=dead.pk)

    for person in (agent, make_lead(team)):
        assert sign_in(person).post(path).status_code == 404
        assert sign_in(person).get("/mail/").status_code == 404
        assert sign_in(person).get(f"/mail/in/{inbound.pk}/raw/").status_code == 404
    assert admin.get(path).status_code == 405
    assert 'href="/mail/"' not in shown(sign_in(agent).get("/queue/"))
