from datetime import timedelta

import pytest

from tests.tickets.channels.email.conftest import AUTHSERV, raw_mail
from tickets.actions import appointing, merging, merging_people, opening, outgoing, removing, replying, splitting
from tickets.channels.email import composing, identity
from tickets.models import Channel, Message, Outbox, Role, Share, Status, Ticket, User

pytestmark = pytest.mark.django_db

PASS = f"Authentication-Results: {AUTHSERV}; spf=pass; dmarc=pass (p=NONE) header.from=bursztyn.example\n"
FAIL = f"Authentication-Results: {AUTHSERV}; dmarc=fail header.from=bursztyn.example\n"
AGENT = "Agnieszka Wrona <agnieszka.wrona@bursztyn.example>"


@pytest.fixture
def ticket(desk, clock):
    return opening.open_ticket(
        requester=desk.requester,
        queue=desk.shops,
        channel=Channel.EMAIL,
        subject="The shop is down",
        text="Nothing works.",
        by=desk.requester,
        at=clock.now,
    )


@pytest.fixture
def sent(desk, ticket, clock):
    """A mail we sent to the requester about the ticket, with its Message-ID."""
    row = outgoing.acknowledge(ticket=ticket, message=ticket.messages.get(), at=clock.now)
    row.mail_id = composing.mail_id_for(row)
    row.save()
    return row


def reply_address(ticket, user, clock, days=180):
    return identity.plus_address("shops@bursztyn.example", identity.make(ticket.pk, user.pk, at=clock.now, days=days))


def test_the_requester_answers_to_the_token_address(desk, ticket, receive, clock):
    row = receive(raw_mail(to=reply_address(ticket, desk.requester, clock), text="Still down."))

    assert row.ticket == ticket
    assert row.message.author == desk.requester
    assert row.message.is_from_requester
    assert row.why == "token in the recipient address"


def test_tokens_survive_a_change_of_case(desk, ticket, receive, clock):
    row = receive(raw_mail(to=reply_address(ticket, desk.requester, clock).upper()))

    assert row.ticket == ticket


@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
def test_the_requester_answers_the_message_we_sent(desk, ticket, sent, receive, header):
    row = receive(raw_mail(headers=f"{header}: <other@x.example>\n <{sent.mail_id}>\n"))

    assert row.ticket == ticket


@pytest.mark.parametrize(("typed", "written"), [("żółw.pl", "xn--w-uga1v8h.pl"), ("xn--w-uga1v8h.pl", "żółw.pl")])
def test_a_domain_with_letters_of_ours_is_one_however_it_is_spelled(desk, ticket, sent, receive, clock, typed, written):
    desk.requester.email = f"jan@{typed}"
    desk.requester.save()
    Outbox.objects.update(address=f"jan@{typed}", mail_id="plain@bursztyn.example")
    ours, sender = "References: <plain@bursztyn.example>\n", f"Jan <jan@{written}>"

    by_token = receive(raw_mail(sender=sender, to=reply_address(ticket, desk.requester, clock)))
    by_thread = receive(raw_mail(sender=sender, message_id="<2@sklep.example>", headers=ours))
    new = receive(raw_mail(sender=sender, message_id="<3@sklep.example>"))

    assert [row.message.author for row in (by_token, by_thread, new)] == [desk.requester] * 3
    assert (by_token.ticket, by_thread.ticket, by_token.message.kind) == (ticket, ticket, "public")


def test_domains_that_only_an_old_rule_takes_for_one_are_two():
    assert User.spellings("Jan@STRASSE.example") == ("jan@strasse.example",)
    assert User.spellings("jan@straße.example") == ("jan@straße.example",)
    assert User.spellings("jan@xn--strae-oqa.example") == ("jan@xn--strae-oqa.example",)
    assert User.spellings("jan@xn--\udc80.example") == ("jan@xn--\udc80.example",)
    assert User.spellings(" ") == ()


def test_a_message_we_sent_under_a_plain_id_is_answered_by_its_address_only(desk, ticket, sent, receive):
    Outbox.objects.update(mail_id="plain@bursztyn.example")
    headers = "References: <plain@bursztyn.example>\n"

    hers = receive(raw_mail(headers=headers))
    strangers = receive(raw_mail(sender="eve@else.example", message_id="<2@else.example>", headers=headers))

    assert hers.ticket == ticket
    assert strangers.ticket != ticket
    assert strangers.ticket.events.get().data["looks_like"] == ticket.pk


def test_a_number_in_the_subject_joins_nothing(desk, ticket, receive):
    row = receive(raw_mail(subject=f"Re: The shop is down [#{ticket.pk}]"))

    assert row.ticket != ticket
    assert row.ticket.events.get().data["looks_like"] == ticket.pk


def test_a_forged_or_an_expired_token_joins_nothing(desk, ticket, receive, clock):
    token = identity.make(ticket.pk, desk.requester.pk, at=clock.now)
    forged = token[:-1] + ("a" if token[-1] != "a" else "b")
    expired = reply_address(ticket, desk.requester, clock, days=1)
    valid = reply_address(ticket, desk.requester, clock, days=2)
    clock.advance(days=2)

    assert receive(raw_mail(to=f"shops+{forged}@bursztyn.example")).ticket != ticket
    assert receive(raw_mail(to=expired, message_id="<2@x.example>")).ticket != ticket
    assert receive(raw_mail(to=valid, message_id="<3@x.example>")).ticket == ticket


def test_another_mailbox_of_the_requester_is_heard_under_its_own_name_by_the_desk_alone(desk, ticket, receive, clock):
    row = receive(raw_mail(sender="Jan <jan.private@poczta.example>", to=reply_address(ticket, desk.requester, clock)))

    assert row.ticket == ticket
    assert row.message.is_note
    assert row.message.author.email == "jan.private@poczta.example"
    assert not Share.objects.exists()


def test_a_message_reopens_and_a_machine_does_not(desk, ticket, receive, clock):
    Ticket.objects.update(status=Status.SOLVED, solved_at=clock.now)
    to = reply_address(ticket, desk.requester, clock)

    machine = receive(raw_mail(to=to, headers="Auto-Submitted: auto-replied\n", text="I am away."))
    after_machine = Ticket.objects.get(pk=ticket.pk).status
    receive(raw_mail(to=to, message_id="<2@sklep.example>"))

    assert machine.message.automatic == "auto_reply"
    assert after_machine == Status.SOLVED
    assert Ticket.objects.get(pk=ticket.pk).status == Status.OPEN


def test_a_machine_leaves_its_words_on_a_closed_ticket(desk, ticket, receive, clock):
    Ticket.objects.update(status=Status.CLOSED, solved_at=clock.now, closed_at=clock.now)

    row = receive(raw_mail(to=reply_address(ticket, desk.requester, clock), headers="Auto-Submitted: auto-replied\n"))

    assert row.ticket == ticket
    assert Ticket.objects.get(pk=ticket.pk).status == Status.CLOSED
    assert Ticket.objects.count() == 1


TOKENS = ["valid", "none", "forged", "other ticket", "other person", "expired"]


@pytest.mark.parametrize("authentication", [PASS, FAIL, ""], ids=["pass", "fail", "none"])
@pytest.mark.parametrize("token", TOKENS)
def test_exactly_one_of_eighteen_speaks_as_the_agent(desk, ticket, receive, clock, token, authentication):
    other_queue_ticket = unreachable_ticket(desk, clock)
    made = {
        "valid": identity.make(ticket.pk, desk.agent.pk, at=clock.now),
        "none": "",
        "forged": identity.make(ticket.pk, desk.agent.pk, at=clock.now)[:-4] + "aaaa",
        "other ticket": identity.make(other_queue_ticket.pk, desk.agent.pk, at=clock.now),
        "other person": identity.make(ticket.pk, desk.requester.pk, at=clock.now),
        "expired": identity.make(ticket.pk, desk.agent.pk, at=clock.now - timedelta(days=200)),
    }[token]
    to = identity.plus_address("shops@bursztyn.example", made) if made else "shops@bursztyn.example"

    row = receive(raw_mail(sender=AGENT, to=to, text="Try again now.", headers=authentication))

    replies = Message.objects.filter(author=desk.agent, is_from_requester=False)
    is_the_one = token == "valid" and authentication == PASS
    assert replies.exists() == is_the_one
    assert (row.ticket == ticket) == is_the_one
    assert Outbox.objects.filter(kind="reply").exists() == is_the_one


def unreachable_ticket(desk, clock):
    """A ticket in a queue that is not the agent's."""
    from tickets.models import Queue, Team

    queue = Queue.objects.create(name="IT", slug="it", team=Team.objects.create(name="IT team"))
    return opening.open_ticket(
        requester=desk.requester,
        queue=queue,
        channel=Channel.EMAIL,
        subject="x",
        text="x",
        by=desk.requester,
        at=clock.now,
    )


def test_an_agent_by_mail_needs_the_right_as_of_now_and_a_configured_server(desk, ticket, receive, clock):
    to = reply_address(ticket, desk.agent, clock)
    forwarded = "Authentication-Results: evil.example; dmarc=pass header.from=bursztyn.example\n" + PASS
    other_domain = PASS.replace("header.from=bursztyn.example", "header.from=evil.example")
    two_froms = PASS + "From: Eve <eve@evil.example>\n"
    replies = Message.objects.filter(author=desk.agent, is_from_requester=False)

    receive(raw_mail(sender=AGENT, to=to, headers=PASS, message_id="<1@x>"), mailbox=None)
    for number, headers in enumerate([forwarded, other_domain, two_froms, PASS + "Auto-Submitted: auto-replied\n"]):
        receive(raw_mail(sender=AGENT, to=to, headers=headers, message_id=f"<2{number}@x>"))
    desk.mailbox.authserv_id = ""
    desk.mailbox.save()
    receive(raw_mail(sender=AGENT, to=to, headers=PASS.replace(AUTHSERV, ""), message_id="<3@x>"))
    desk.mailbox.authserv_id = AUTHSERV
    desk.mailbox.save()
    User.objects.filter(pk=desk.agent.pk).update(role=Role.REQUESTER)
    receive(raw_mail(sender=AGENT, to=to, headers=PASS, message_id="<4@x>"))
    assert not replies.exists()

    User.objects.filter(pk=desk.agent.pk).update(role=Role.AGENT)
    receive(raw_mail(sender=AGENT, to=to, headers=PASS, message_id="<5@x>"))
    assert replies.count() == 1


def test_a_forged_agent_with_the_requesters_own_link_does_not_speak_on_the_ticket(desk, ticket, receive, clock):
    row = receive(raw_mail(sender=AGENT, to=reply_address(ticket, desk.requester, clock)))

    assert row.ticket != ticket
    assert row.ticket.requester == desk.agent


def test_an_agents_own_request_is_a_request(desk, receive, clock):
    own = opening.open_ticket(
        requester=desk.agent,
        queue=desk.shops,
        channel=Channel.EMAIL,
        subject="x",
        text="x",
        by=desk.agent,
        at=clock.now,
    )

    row = receive(raw_mail(sender=AGENT, to=reply_address(own, desk.agent, clock), headers=PASS))

    assert row.ticket == own
    assert row.message.is_from_requester


def test_our_header_on_a_mail_that_we_never_sent_opens_a_ticket_that_is_not_answered(desk, receive, clock):
    desk.shops.acknowledges = True
    desk.shops.save()

    row = receive(raw_mail(message_id="<new@x.example>", headers=f"X-Dyzur-Instance: {identity.instance()}\n"))

    assert (row.state, row.message.automatic) == ("accepted", "generated")
    assert not Outbox.objects.exists()


def test_our_own_mail_that_comes_back_is_no_new_message(desk, ticket, sent, receive, clock):
    letter = composing.compose(sent)

    row = receive(letter.mail.as_bytes())

    assert row.state == "duplicate"
    assert row.ticket == ticket
    assert ticket.messages.count() == 1


# Tickets that were merged or split since, and people who were merged


@pytest.fixture
def target(desk, clock):
    return opening.open_ticket(
        requester=desk.requester,
        queue=desk.shops,
        channel=Channel.EMAIL,
        subject="Another",
        text="Once more.",
        by=desk.requester,
        at=clock.now,
    )


def test_an_answer_to_a_merged_ticket_arrives_where_it_is_now(desk, ticket, target, sent, receive, clock):
    merging.merge(ticket=ticket, into=target, by=desk.agent, at=clock.now)

    by_token = receive(raw_mail(to=reply_address(ticket, desk.requester, clock), message_id="<1@x>"))
    by_thread = receive(raw_mail(headers=f"In-Reply-To: <{sent.mail_id}>\n", message_id="<2@x>"))

    assert by_token.ticket == by_thread.ticket == target
    assert {by_token.message.kind, by_thread.message.kind} == {Message.Kind.PUBLIC}


def test_another_requesters_answer_is_heard_by_the_desk_alone(desk, ticket, target, receive, clock):
    Ticket.objects.filter(pk=target.pk).update(requester=User.objects.create_user("ola@sklep.example", name="Ola"))
    merging.merge(ticket=ticket, into=target, by=desk.agent, at=clock.now)

    row = receive(raw_mail(to=reply_address(ticket, desk.requester, clock)))

    assert (row.ticket, row.message.kind, row.message.author) == (target, Message.Kind.NOTE, desk.requester)


def test_an_agents_mail_to_a_merged_ticket_of_another_requester_goes_to_nobody(desk, ticket, target, receive, clock):
    Ticket.objects.filter(pk=target.pk).update(requester=User.objects.create_user("ola@sklep.example", name="Ola"))
    merging.merge(ticket=ticket, into=target, by=desk.agent, at=clock.now)

    row = receive(raw_mail(sender=AGENT, to=reply_address(ticket, desk.agent, clock), headers=PASS))

    assert row.ticket not in (ticket, target)
    assert not Outbox.objects.filter(kind=Outbox.Kind.REPLY).exists()


def test_an_answer_to_a_mail_that_was_split_off_follows_it(desk, ticket, sent, receive, clock):
    replies = [
        replying.reply(ticket=ticket, by=User.objects.get(pk=desk.agent.pk), text=words, at=clock.now) for words in "ab"
    ]
    rows = []
    for message in replies:
        row = Outbox.objects.get(message=message)
        row.mail_id = composing.mail_id_for(row)
        row.save()
        rows.append(row)
    new = splitting.split(ticket=ticket, messages=[replies[1].pk], by=desk.agent, at=clock.now)

    answers = [
        receive(
            raw_mail(
                to=reply_address(ticket, desk.requester, clock),
                headers=f"In-Reply-To: <{row.mail_id}>\nReferences: <{sent.mail_id}>\n",
                message_id=f"<{row.pk}@x>",
            )
        )
        for row in rows
    ]

    assert [answer.ticket for answer in answers] == [ticket, new]


def test_mail_from_the_address_of_a_merged_person_is_the_other_ones(desk, ticket, receive, clock):
    other = User.objects.create_user("jan.kowalski@prywatny.example", name="Jan")
    opening.open_ticket(
        requester=other, queue=desk.shops, channel="email", subject="S", text="T", by=other, at=clock.now
    )
    merging_people.merge_people(person=desk.requester, into=other, by=desk.agent, at=clock.now)

    answer = receive(raw_mail(to=reply_address(ticket, desk.requester, clock), message_id="<1@x>"))
    new = receive(raw_mail(text="Something new", message_id="<2@x>"))

    assert (answer.ticket, answer.message.author, answer.message.kind) == (ticket, other, Message.Kind.PUBLIC)
    assert new.ticket.requester == other


def test_an_answer_to_our_invitation_finds_its_ticket(desk, ticket, receive, clock):
    at = clock.now
    made = appointing.appoint(
        ticket=ticket,
        starts_at=at + timedelta(hours=2),
        ends_at=at + timedelta(hours=3),
        title="T",
        by=desk.agent,
        at=at,
    )
    event = f"BEGIN:VEVENT\nUID:{made.uid}\nDTSTAMP:20260309T080000Z\nDTSTART:20260309T100000Z\nEND:VEVENT"
    body = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nMETHOD:REPLY\n{event}\nEND:VCALENDAR"
    mail = raw_mail(subject="Accepted: T", text=body).replace(b"text/plain", b"text/calendar; method=REPLY")

    row = receive(mail)

    assert row.ticket == ticket
    assert row.why == "answers an invitation of ours"


@pytest.mark.parametrize("removed_as", ["deleted", "spam"])
def test_mail_to_a_removed_ticket_is_kept_there_and_brings_a_deleted_one_back(desk, ticket, receive, clock, removed_as):
    agent = User.objects.create_user("lis@bursztyn.example", None, role=Role.ADMIN)
    removing.remove(ticket=ticket, removed_as=removed_as, by=agent, at=clock.now)

    row = receive(raw_mail(to=reply_address(ticket, desk.requester, clock), text="Still down."))

    assert (row.state, row.ticket) == ("accepted", ticket)
    assert Ticket.objects.get().removed_as == ("" if removed_as == "deleted" else "spam")
    assert ticket.messages.count() == 2


def test_what_somebody_with_a_copy_answers_only_the_desk_reads(desk, ticket, receive, clock):
    replying.reply(ticket=ticket, by=desk.agent, text="We look at it.", at=clock.now, cc=["biuro@lniana.example"])
    row = Outbox.objects.get(kind=Outbox.Kind.COPY)
    to = identity.plus_address("shops@bursztyn.example", identity.make(ticket.pk, row.recipient_id, at=clock.now))

    heard = receive(raw_mail(sender="Biuro <biuro@lniana.example>", to=to, text="It concerns us too."))
    strange = receive(raw_mail(sender="Biuro <biuro@lniana.example>", message_id="<other@lniana.example>"))

    assert heard.ticket == ticket
    assert heard.message.is_note
    assert heard.message.author == row.recipient
    assert not Message.objects.visible_to(desk.requester, clock.now).filter(pk=heard.message.pk).exists()
    assert strange.ticket != ticket
