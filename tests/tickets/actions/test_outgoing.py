"""Rows of the outbox: replies, acknowledgements and their budget, dead letters."""

import pytest

from tests.factories import (
    AT,
    HOUR,
    SECOND,
    make_admin,
    make_agent,
    make_lead,
    make_queue,
    make_reply,
    make_requester,
    make_requester_message,
    make_ticket,
)
from tickets.actions.errors import NotAllowed
from tickets.actions.opening import MailFacts
from tickets.actions.outgoing import AUTOMATIC_PER_DAY, acknowledge, dismiss, retry, send_account_mail
from tickets.models import InboundMessage, Outbox

pytestmark = pytest.mark.django_db


def acknowledged(ticket, at=AT):
    return acknowledge(ticket=ticket, message=ticket.messages.get(), at=at)


def dead_letter(**fields) -> Outbox:
    row = {
        "kind": "reply",
        "address": "a@klient.example",
        "state": "dead",
        "attempts": 9,
        "created_at": AT,
        "next_at": AT,
    }
    return Outbox.objects.create(**row | fields)


def test_a_reply_waits_in_the_outbox_for_the_requester():
    ticket = make_ticket()
    agent = make_agent(ticket.queue.team)

    message = make_reply(ticket, agent, at=AT + HOUR)

    mail = Outbox.objects.get()
    assert (mail.kind, mail.state, mail.message, mail.recipient) == ("reply", "pending", message, ticket.requester)
    assert (mail.created_at, mail.next_at, mail.attempts) == (AT + HOUR, AT + HOUR, 0)


def test_acknowledge_is_automatic_mail_to_the_requester():
    ticket = make_ticket()

    mail = acknowledged(ticket)

    assert (mail.kind, mail.is_automatic, mail.recipient) == ("acknowledgement", True, ticket.requester)
    assert mail.address == ticket.requester.email


def test_acknowledge_keeps_quiet_where_nobody_should_be_told():
    silent_queue = make_ticket(make_queue(acknowledges=False))
    without_address = make_ticket(requester=make_requester(email=None))
    automated = make_ticket(mail=MailFacts(automatic="bounce"))

    assert [acknowledged(ticket) for ticket in (silent_queue, without_address, automated)] == [None, None, None]
    assert not Outbox.objects.exists()


def test_an_address_gets_five_automatic_answers_in_a_day_over_all_queues():
    requester = make_requester()
    for _ in range(AUTOMATIC_PER_DAY):
        assert acknowledged(make_ticket(requester=requester))

    assert acknowledged(make_ticket(requester=requester), AT + 24 * HOUR - SECOND) is None
    assert acknowledged(make_ticket()) is not None
    assert acknowledged(make_ticket(requester=requester), AT + 24 * HOUR) is not None


def test_replies_of_people_do_not_count_against_the_budget():
    ticket = make_ticket()
    agent = make_agent(ticket.queue.team)
    for _ in range(AUTOMATIC_PER_DAY):
        make_reply(ticket, agent)

    assert acknowledged(ticket.queue and make_ticket(requester=ticket.requester))


def test_account_mail_carries_its_own_words():
    mail = send_account_mail(address="a@klient.example", subject="Hasło", text="Link", html="<a>", at=AT)

    assert (mail.kind, mail.ticket, mail.is_automatic) == ("account", None, False)
    assert mail.payload == {"subject": "Hasło", "text": "Link", "html": "<a>"}


@pytest.mark.parametrize("state", ["dead", "dismissed"])
def test_an_admin_retries_a_dead_letter(state):
    mail = dead_letter(state=state)

    retry(mail=mail, by=make_admin(), at=AT + HOUR)

    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.next_at, mail.leased_until) == ("pending", 0, AT + HOUR, None)


@pytest.mark.parametrize("state", ["pending", "sent"])
def test_what_is_not_dead_is_not_sent_again(state):
    mail = dead_letter(state=state)

    retry(mail=mail, by=make_admin(), at=AT + HOUR)

    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.next_at) == (state, 9, AT)


def test_dismiss_takes_dead_and_quarantined_mail_off_the_list_and_nothing_else():
    dead, waiting = dead_letter(), dead_letter(state="pending")
    quarantined = InboundMessage.objects.create(sha256="a", raw=b"", size=0, received_at=AT, state="quarantined")
    stored = InboundMessage.objects.create(sha256="b", raw=b"", size=0, received_at=AT, state="stored")
    admin = make_admin()

    for mail in (dead, waiting, quarantined, stored):
        dismiss(mail=mail, by=admin)
        mail.refresh_from_db()

    assert [mail.state for mail in (dead, waiting, quarantined, stored)] == [
        "dismissed",
        "pending",
        "dismissed",
        "stored",
    ]


def test_only_admins_handle_failed_mail():
    mail = dead_letter()
    team = make_queue().team

    for somebody in (make_agent(team), make_lead(team), make_requester()):
        with pytest.raises(NotAllowed):
            retry(mail=mail, by=somebody, at=AT)
        with pytest.raises(NotAllowed):
            dismiss(mail=mail, by=somebody)

    mail.refresh_from_db()
    assert mail.state == "dead"
    assert retry(mail=mail, by=make_admin(), at=AT)


def test_what_requesters_write_mails_nothing():
    make_requester_message(make_ticket())

    assert not Outbox.objects.exists()
