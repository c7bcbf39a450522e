"""Naming people with an @: who is meant, who is told, who is let in and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import (
    AT,
    HOUR,
    fresh,
    make_agent,
    make_colleague,
    make_lead,
    make_note,
    make_queue,
    make_requester,
    make_ticket,
)
from tickets import access
from tickets.actions import asking, changing, mentioning, noting, preferences, replying
from tickets.models import Consultation, Event, Message, Notification, Outbox
from tickets.queries import mentions
from tickets.queries.consultations import consultations_on
from tickets.queries.searching import everything, read

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return fresh(make_agent(queue.team, name="Alicja Pisząca", email="alicja@bursztyn.example", language="en"))


@pytest.fixture
def mate(queue):
    return fresh(make_agent(queue.team, name="Łucja Żak-Nowak", email="lucja.zak@bursztyn.example", language="en"))


@pytest.fixture
def developer():
    return fresh(make_colleague(name="Dawid Programista", email="dawid@bursztyn.example", language="en"))


@pytest.fixture
def ticket(queue):
    return make_ticket(queue, subject="Sprawa-marker")


def noted(ticket, by, text, **more):
    return noting.note(ticket=ticket, by=fresh(by), text=text, at=more.pop("at", AT), **more)


def sees(person, ticket, at):
    return access.can_work(fresh(person), ticket, at)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("@Łucja Żak-Nowak, zerknij", "@Łucja Żak-Nowak"),
        ("zerknij (@łucja żak-nowak)", "@łucja żak-nowak"),
        ("@Lucja Zak-Nowak zerknij", "@Lucja Zak-Nowak"),
        ("co ty na to, @Łucja?", "@Łucja"),
        ("@lucja.zak zerknij", "@lucja.zak"),
        ("@lucja.zak@bursztyn.example.", "@lucja.zak@bursztyn.example"),
        ("pierwsza\n@Łucja", "@Łucja"),
    ],
)
def test_a_name_means_the_colleague_who_is_called_so(ticket, agent, mate, text, written):
    message = noted(ticket, agent, text)

    assert message.named == [{"as": written, "person": mate.pk}]
    assert message.text == text
    assert Event.objects.get(kind="noted").data["named"] == [mate.pk]


@pytest.mark.parametrize(
    "text", ["mail na lucja@bursztyn.example", "@media print", "@ Łucja", "@2x", "a@Łucja", "@Alicja"]
)
def test_what_names_no_colleague_else_stays_plain_words(ticket, agent, mate, text):
    message = noted(ticket, agent, text)

    assert message.named is None
    assert not Notification.objects.exists()


def test_a_name_that_may_mean_two_is_refused_with_their_addresses(ticket, agent, queue):
    for address in ("ala@bursztyn.example", "ala2@bursztyn.example"):
        make_agent(queue.team, name="Anna Dwa", email=address)

    with pytest.raises(mentioning.UnclearName) as refusal:
        noted(ticket, agent, "@Anna Dwa?")

    assert "ala@bursztyn.example" in str(refusal.value)
    assert "ala2@bursztyn.example" in str(refusal.value)
    assert not Message.objects.filter(kind="note").exists()
    assert noted(ticket, agent, "@ala2@bursztyn.example?").named


def test_a_first_name_before_another_last_name_is_nobody_else(ticket, agent, mate):
    with pytest.raises(mentioning.UnclearName):
        noted(ticket, agent, "@Łucja Kowalska prosiła")


def test_of_two_names_the_longer_one_stands_there(ticket, agent, queue):
    make_agent(queue.team, name="Jan Maria")
    longer = make_agent(queue.team, name="Jan Maria Rokita")

    assert [each["person"] for each in noted(ticket, agent, "@Jan Maria Rokita").named] == [longer.pk]


def test_an_address_of_no_colleague_is_refused(ticket, agent):
    with pytest.raises(mentioning.NotToBeNamed):
        noted(ticket, agent, "@ktos@gdzie.example")


def test_a_colleague_whose_request_it_is_cannot_be_named(queue, agent, developer):
    ticket = make_ticket(queue, requester=developer)

    with pytest.raises(mentioning.NotToBeNamed):
        noted(ticket, agent, "@Dawid Programista", let_in=[developer.pk])

    assert not access.can_work(fresh(developer), ticket, AT)


def test_whoever_is_named_is_told_in_the_way_they_chose(ticket, agent, mate):
    noted(ticket, agent, "@Łucja zobacz")

    assert list(Notification.objects.values_list("person", "kind")) == [(mate.pk, "mentioned")]
    mail = Outbox.objects.get(recipient=mate)
    assert "@Łucja zobacz" in mail.payload["text"]

    preferences.set_notice_ways(by=mate, chosen={"mentioned": "off"})
    noted(ticket, agent, "@Łucja jeszcze raz")

    assert Notification.objects.count() == 1
    assert Outbox.objects.count() == 1


def test_whoever_does_not_see_the_ticket_is_let_in_only_when_the_writer_says_so(ticket, agent, developer):
    make_note(ticket, agent, text="Notatka-marker")
    with pytest.raises(mentioning.NotLetIn) as refusal:
        noted(ticket, agent, "@Dawid pomożesz?")
    assert refusal.value.people == [developer]
    assert not sees(developer, ticket, AT)
    assert not Outbox.objects.filter(recipient=developer).exists()

    noted(ticket, agent, "@Dawid pomożesz?", let_in=[developer.pk])

    assert sees(developer, ticket, AT)
    assert access.can_note(fresh(developer), ticket, AT)
    assert not access.can_reply(fresh(developer), ticket, AT)
    assert Event.objects.filter(kind="noted").latest("pk").data["let_in"] == [developer.pk]
    assert Outbox.objects.filter(recipient=developer).exists()
    assert consultations_on(ticket) == {}


def test_leave_for_one_lets_nobody_else_in(ticket, agent, developer):
    other = make_colleague(name="Inna Osoba")

    with pytest.raises(mentioning.NotLetIn):
        noted(ticket, agent, "@Dawid pomożesz?", let_in=[other.pk])
    noted(ticket, agent, "bez nazwisk", let_in=[other.pk])

    assert not sees(other, ticket, AT)
    assert not sees(developer, ticket, AT)


def test_who_is_let_in_looks_in_until_a_day_after_the_ticket_is_solved(ticket, agent, developer):
    noted(ticket, agent, "@Dawid pomożesz?", let_in=[developer.pk])
    solved = AT + HOUR

    changing.change_status(ticket=ticket, to="solved", by=agent, at=solved)

    assert sees(developer, ticket, solved + DAY - timedelta(seconds=1))
    assert not sees(developer, ticket, solved + DAY)


def test_on_a_solved_ticket_one_looks_in_for_a_day(ticket, agent, developer):
    changing.change_status(ticket=ticket, to="solved", by=agent, at=AT)

    noted(ticket, agent, "@Dawid pomożesz?", let_in=[developer.pk], at=AT + HOUR)

    assert sees(developer, ticket, AT + HOUR + DAY - timedelta(seconds=1))
    assert not sees(developer, ticket, AT + HOUR + DAY)


def test_naming_whoever_sees_the_ticket_changes_no_right(ticket, agent, mate):
    noted(ticket, agent, "@Łucja zobacz", let_in=[mate.pk])

    assert not Consultation.objects.exists()


def test_whoever_was_let_in_names_those_who_work_the_ticket_and_lets_nobody_in(ticket, agent, mate, developer):
    other = make_colleague(name="Inna Osoba")
    noted(ticket, agent, "@Dawid pomożesz?", let_in=[developer.pk])

    assert noted(ticket, developer, "@Łucja, to dysk").named
    with pytest.raises(mentioning.MayNotLetIn):
        noted(ticket, developer, "@Inna Osoba wie więcej", let_in=[other.pk])

    assert not sees(other, ticket, AT)


def test_a_question_and_its_answer_name_people_besides(ticket, agent, mate, developer):
    other = fresh(make_colleague(name="Inna Osoba"))
    text = "@Dawid, co z tym? @Łucja i @Inna też"

    question = asking.ask(ticket=ticket, by=agent, to=developer, text=text, at=AT, let_in=[other.pk])
    answer = asking.answer(question=question, by=fresh(developer), text="To dysk, @Łucja", at=AT + HOUR)

    kinds = set(Notification.objects.values_list("person", "kind"))
    assert kinds == {
        (developer.pk, "question"), (mate.pk, "mentioned"), (other.pk, "mentioned"), (agent.pk, "answer"),
    }  # fmt: skip
    assert Notification.objects.filter(person=mate, kind="mentioned").count() == 2
    assert answer.named == [{"as": "@Łucja", "person": mate.pk}]
    assert sees(other, ticket, AT)
    assert [each.pk for each in consultations_on(ticket).values()] == [question.pk]
    with pytest.raises(asking.NotAllowed):
        asking.answer(question=question.message.consultations.get(is_mention=True), by=other, text="Ja", at=AT)


def test_in_a_reply_an_at_is_a_letter(ticket, agent, mate):
    message = replying.reply(ticket=ticket, by=agent, text="Pomoże Pani @Łucja Żak-Nowak", at=AT)

    assert message.named is None
    assert not Notification.objects.exists()


def test_a_name_that_changes_later_still_means_the_same_person(ticket, agent, mate):
    message = noted(ticket, agent, "@Łucja zobacz")

    mate.name = "Zupełnie Inna"
    mate.save()

    message.refresh_from_db()
    assert message.named == [{"as": "@Łucja", "person": mate.pk}]


def test_not_more_than_twenty_are_named(ticket, agent, queue):
    people = [make_agent(queue.team, name=f"Osoba{number} Jedna") for number in range(21)]

    with pytest.raises(mentioning.TooManyNames):
        noted(ticket, agent, " ".join(f"@{person.name.split()[0]}" for person in people))


def test_those_who_are_offered_see_the_ticket_just_as_the_right_says(ticket, agent, mate, developer):
    others = [developer, mate, make_lead(ticket.queue.team, name="Lidia Lead"), make_agent(name="Obcy Agent")]
    make_requester(name="Klient Zwykły")

    offered = mentions.people_to_name(agent, ticket, "", may_let_in=True, at=AT)

    assert {each.person.pk for each in offered} == {person.pk for person in others}
    assert {each.person.pk: not each.is_outside for each in offered} == {
        person.pk: sees(person, ticket, AT) for person in others
    }
    inside = mentions.people_to_name(agent, ticket, "", may_let_in=False, at=AT)
    assert all(sees(each.person, ticket, AT) for each in inside)
    assert len(inside) == 2


def test_what_is_offered_means_that_person_alone(ticket, agent, queue):
    twins = [make_agent(queue.team, name="Anna Dwa", email=f"ala{number}@bursztyn.example") for number in (1, 2)]

    offered = mentions.people_to_name(agent, ticket, "anna", may_let_in=True, at=AT)

    for each in offered:
        assert noted(ticket, agent, f"@{each.written} zobacz").named == [
            {"as": f"@{each.written}", "person": each.person.pk}
        ]
    assert {each.person.pk for each in offered} == {person.pk for person in twins}


def test_what_names_one_is_found(ticket, agent, mate, queue):
    make_ticket(queue)
    noted(ticket, agent, "@Łucja zobacz")

    def found(words, person):
        return list(everything(read(words), fresh(person), at=AT).values_list("pk", flat=True))

    assert found("mentions:me", mate) == [ticket.pk]
    assert found("mentions:me", agent) == []
    assert found('mentions:"Łucja Żak-Nowak"', agent) == [ticket.pk]
    assert found("mentions:me", make_colleague()) == []
