"""Copies of a reply: who gets its words besides the requester, and what does not go with them."""

import pytest

from tests.factories import (
    AT,
    HOUR,
    SECOND,
    make_agent,
    make_colleague,
    make_draft,
    make_grant,
    make_queue,
    make_reply,
    make_requester,
    make_ticket,
)
from tickets.actions import copying, holding, replying
from tickets.actions.errors import NotAllowed
from tickets.models import Draft, Message, Outbox, PausedAddress, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue(address="shops@bursztyn.example", language="pl")


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


@pytest.fixture
def ticket(queue):
    return make_ticket(queue, requester=make_requester(email="halina@lniana.example"), at=AT - HOUR)


def mails(kind):
    return list(Outbox.objects.filter(kind=kind).order_by("pk").values_list("address", flat=True))


def test_each_address_gets_one_copy_and_the_requester_the_reply(ticket, agent):
    given = ["Biuro@Lniana.example", "biuro@lniana.example", "halina@lniana.example", "kontakt@dostawca.example"]

    message = make_reply(ticket, agent, cc=given)

    assert message.copied_to == ["biuro@lniana.example", "kontakt@dostawca.example"]
    assert mails(Outbox.Kind.COPY) == message.copied_to
    assert mails(Outbox.Kind.REPLY) == ["halina@lniana.example"]


def test_a_reply_without_copies_sends_none_and_makes_nobody(ticket, agent):
    people = User.objects.count()

    make_reply(ticket, agent)

    assert mails(Outbox.Kind.COPY) == []
    assert User.objects.count() == people


def test_whoever_is_known_gets_it_as_who_they_are(ticket, agent):
    known = make_requester(email="biuro@lniana.example")

    make_reply(ticket, agent, cc=["biuro@lniana.example"])

    assert Outbox.objects.get(kind=Outbox.Kind.COPY).recipient == known


@pytest.mark.parametrize("address", ["biuro", "biuro@", "a b@lniana.example", "x@lniana.example\nBcc: y@z.example"])
def test_what_is_no_address_is_refused_by_its_name(ticket, agent, address):
    with pytest.raises(copying.CannotCopy, match="no email address"):
        make_reply(ticket, agent, cc=[address])

    assert not Message.objects.filter(ticket=ticket, author=agent).exists()


@pytest.mark.parametrize("address", ["shops@bursztyn.example", "Shops+abc@bursztyn.example"])
def test_an_address_of_ours_is_refused_since_it_would_come_back(ticket, agent, address):
    with pytest.raises(copying.CannotCopy, match="address of this desk"):
        make_reply(ticket, agent, cc=[address])


def test_a_reply_is_no_circular(ticket, agent):
    with pytest.raises(copying.CannotCopy, match="At most 10"):
        make_reply(ticket, agent, cc=[f"a{number}@lniana.example" for number in range(11)])


def test_whoever_sees_no_addresses_sends_no_copies(ticket, queue):
    volunteer = make_colleague()
    make_grant(volunteer, queue)
    assert make_reply(ticket, volunteer)

    with pytest.raises(NotAllowed):
        make_reply(ticket, volunteer, cc=["biuro@lniana.example"])


def test_an_address_on_pause_is_refused_while_the_reply_is_written(ticket, agent):
    PausedAddress.objects.create(address="biuro@lniana.example", reason="no_such_user", is_hard=True, paused_at=AT)

    with pytest.raises(copying.CannotCopy, match=r"biuro@lniana\.example is paused"):
        make_reply(ticket, agent, cc=["kontakt@dostawca.example", "biuro@lniana.example"])

    assert not Outbox.objects.exists()


def test_an_address_that_was_paused_while_the_reply_was_held_gets_no_copy(ticket, agent):
    held = make_reply(ticket, agent, cc=["biuro@lniana.example"], hold_s=10)
    PausedAddress.objects.create(address="biuro@lniana.example", reason="no_such_user", is_hard=True, paused_at=AT)

    holding.release(message=held, at=AT + 10 * SECOND)

    assert (mails(Outbox.Kind.REPLY), mails(Outbox.Kind.COPY)) == (["halina@lniana.example"], [])


def test_a_held_reply_sends_its_copies_when_it_leaves_and_not_before(ticket, agent):
    held = make_reply(ticket, agent, cc=["biuro@lniana.example"], hold_s=10)
    before = mails(Outbox.Kind.COPY)

    holding.release(message=held, at=AT + 10 * SECOND)

    assert (before, mails(Outbox.Kind.COPY)) == ([], ["biuro@lniana.example"])


def test_taken_back_it_is_a_draft_with_the_addresses_that_were_typed(ticket, agent):
    held = make_reply(ticket, agent, cc=["biuro@lniana.example"], hold_s=10)
    make_draft(ticket, agent, text="I jeszcze", cc="szef@lniana.example")

    holding.take_back(message=held, by=agent, at=AT + SECOND)

    assert Draft.objects.get().cc == "biuro@lniana.example, szef@lniana.example"
    assert mails(Outbox.Kind.COPY) == []


def test_copies_of_a_mail_that_came_in_are_not_sent_once_more(ticket, agent):
    facts = replying.MailFacts(mail_id="x@bursztyn.example", to=["shops@bursztyn.example"], cc=["biuro@lniana.example"])

    message = make_reply(ticket, agent, mail=facts)

    assert message.mail_cc == ["biuro@lniana.example"]
    assert message.copied_to == []
    assert mails(Outbox.Kind.COPY) == []
