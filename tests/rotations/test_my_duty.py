"""My duty: the page on which a colleague's day begins, and what can be done on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from rotations import queries as presences
from rotations.actions import on_duty, placing, running
from rotations.models import Absence, Duty, Finding, Programme, Round, Tick
from rotations.programme_lines import pairs_of
from rotations.queries import my_duty as queries
from tests.factories import AT, HOUR, MINUTE, SECOND, fresh, make_agent, make_lead, make_ticket
from tests.rotations.duties import make_programme, make_round, shift_of, volunteer
from tickets.actions import asking, assigning, replying
from tickets.actions.errors import NotAllowed
from tickets.models import AuditEntry, Grant, Message, Presence, Team, Ticket, User


@pytest.fixture
def published(team: Team) -> Round:
    return make_round(make_programme(team), make_lead(team, language="en"), state=Round.State.PUBLISHED)


@pytest.fixture
def duty(published: Round, agent: User, clock: Any) -> Duty:
    """Three days from Monday, 8:00 to 16:00, of which the first is an hour old."""
    made = placing.take_seat(shift=shift_of(published), channels=["email"], by=volunteer(), at=AT)
    Duty.objects.filter(pk=made.pk).update(mentor=agent)
    made.grant.mentors.set([agent])
    clock.move_to(made.shift.starts_at + HOUR)
    running.move_all(at=made.shift.starts_at + HOUR)
    return queries.duty_of(made.person, AT)


def now_of(duty: Duty) -> datetime:
    return duty.shift.starts_at + HOUR


def told(duty: Duty) -> dict[str, Any]:
    return {"duty": duty, "by": fresh(duty.person), "at": now_of(duty)}


def ticket_of(duty: Duty, **more: Any) -> Ticket:
    return make_ticket(duty.grant.queues.get(), **more)


def in_hand(duty: Duty, **more: Any) -> Ticket:
    return assigning.assign_me(ticket=ticket_of(duty, **more), by=fresh(duty.person), at=now_of(duty))


def seen(client: Any, duty: Duty) -> str:
    client.force_login(duty.person)
    return client.get(reverse("my_duty")).content.decode()


def test_it_tells_the_day_and_what_was_left_out(duty: Duty, client: Any) -> None:
    text = seen(client, duty)

    for words in ("On duty until 16:00", "day 1 of 3", "7 h", "without: Phone", "without: Chat", "Agnieszka Wrona"):
        assert words in text


@pytest.mark.parametrize(
    ("after", "number", "is_running"),
    [(timedelta(0), 1, True), (8 * HOUR - SECOND, 1, True), (8 * HOUR, 2, False), (24 * HOUR, 2, True)],
)
def test_the_clock_goes_by_the_second(duty: Duty, after: timedelta, number: int, is_running: bool) -> None:
    clock = queries.clock_of(duty, duty.shift.starts_at + after)

    assert clock is not None
    assert (clock.number, clock.total, clock.is_running) == (number, 3, is_running)
    assert queries.clock_of(duty, duty.shift.ends_at) is None


def test_a_colleague_on_duty_begins_there_and_nobody_else(duty: Duty, agent: User, client: Any, clock: Any) -> None:
    client.force_login(duty.person)
    assert client.get("/").url == "/duty/"
    clock.move_to(duty.shift.starts_at + 9 * HOUR)
    assert client.get("/").url == "/requests/"
    client.force_login(agent)
    assert client.get("/").url == "/queue/"
    assert client.get("/duty/").status_code == 404


def test_between_the_days_no_ticket_is_seen(duty: Duty, client: Any, clock: Any) -> None:
    in_hand(duty, subject="Logo na fakturze")
    assert "Logo na fakturze" in seen(client, duty)

    clock.move_to(duty.shift.starts_at + 9 * HOUR)

    text = seen(client, duty)
    assert "Logo na fakturze" not in text
    assert "They wait for you" in text


def test_the_next_ticket_is_a_familiar_one_first(duty: Duty, agent: User, client: Any) -> None:
    older, familiar = ticket_of(duty), ticket_of(duty)
    Ticket.objects.filter(pk=familiar.pk).update(tags=["faktura"])
    on_duty.mark_familiar(programme=duty.shift.round.programme, tags=["Faktura", " "], by=agent, at=AT)
    client.force_login(duty.person)

    for expected in (familiar, older):
        assert client.post(reverse("next_ticket")).url == expected.get_absolute_url()
    assert "Nothing is waiting" in client.post(reverse("next_ticket"), follow=True).content.decode()
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {duty.person_id}


def test_the_cap_holds(duty: Duty, client: Any) -> None:
    for _ in range(6):
        ticket_of(duty)
    client.force_login(duty.person)
    for _ in range(6):
        client.post(reverse("next_ticket"))

    assert Ticket.objects.filter(assignee=duty.person).count() == 5


def test_the_audit_tells_which_tags_became_familiar(duty: Duty, agent: User) -> None:
    for _again in range(2):
        on_duty.mark_familiar(programme=duty.shift.round.programme, tags=["Faktura"], by=agent, at=AT)

    line = AuditEntry.objects.get(kind=AuditEntry.Kind.PROGRAMME)
    assert (line.actor, line.data) == (agent, {"familiar_tags": [[], ["faktura"]]})


def test_only_mentors_say_what_is_familiar(duty: Duty) -> None:
    programme = Programme.objects.get()
    for person in (duty.person, make_agent()):
        with pytest.raises(NotAllowed):
            on_duty.mark_familiar(programme=programme, tags=["faktura"], by=person, at=AT)


def test_mentors_are_asked_in_one_tap_and_the_usual_time_is_theirs(duty: Duty, agent: User, client: Any) -> None:
    ticket = in_hand(duty)
    client.force_login(duty.person)
    assert "answer in about" not in seen(client, duty)

    for _tap in range(2):
        client.post(reverse("ask_mentors"), {"ticket": ticket.pk})

    question = ticket.consultations.get()
    assert question.is_for_mentors
    assert question.message.text == "Could you look at this with me?"
    asking.answer(question=question, by=fresh(agent), text="Tak.", at=now_of(duty) + 5 * MINUTE)
    assert queries.usual_answer_s(duty.shift.round.programme, now_of(duty) + HOUR) == 300
    assert "answer in about 5 min" in seen(client, duty)


def test_one_mentor_is_asked_in_one_tap_and_the_time_beside_the_name_is_theirs(
    duty: Duty, agent: User, client: Any
) -> None:
    ticket, stranger = in_hand(duty), make_agent()
    client.force_login(duty.person)

    page = seen(client, duty)
    for _tap in range(2):
        client.post(reverse("ask_mentors"), {"ticket": ticket.pk, "to": agent.pk})
    client.post(reverse("ask_mentors"), {"ticket": ticket.pk, "to": stranger.pk})

    assert f'form="ask" name="to" value="{agent.pk}"' in page
    question = ticket.consultations.get()
    assert not question.is_for_mentors
    assert [each.person for each in question.people.all()] == [agent]
    asking.answer(question=question, by=fresh(agent), text="Tak.", at=now_of(duty) + 4 * MINUTE)
    assert queries.usual_answers_s(duty, now_of(duty) + HOUR) == {agent.pk: 240}
    assert "answers in about 4 min" in seen(client, duty)


def test_nobody_asks_on_a_ticket_out_of_sight(duty: Duty, client: Any, published: Round) -> None:
    other = make_ticket()
    client.force_login(duty.person)

    assert client.post(reverse("ask_mentors"), {"ticket": other.pk}).status_code == 404
    assert client.post(reverse("add_finding"), {"kind": "bug", "text": "x", "ticket": other.pk}).status_code == 404
    assert not Finding.objects.exists()


def test_drafts_wait_and_come_back(duty: Duty, agent: User, client: Any) -> None:
    Grant.objects.update(is_reviewed=True)
    ticket = in_hand(duty, subject="Zwrot paczki")
    reply = replying.reply(ticket=ticket, by=fresh(duty.person), text="Proszę odesłać.", at=now_of(duty))
    assert reply.state == Message.State.AWAITING_REVIEW
    assert "Waits for a mentor" in seen(client, duty)

    replying.return_to_author(message=reply, by=fresh(agent), at=now_of(duty), comment="Podaj adres.")

    text = seen(client, duty)
    assert "Came back with a comment" in text
    assert "Waits for a mentor" not in text


def test_a_break_is_an_absence_that_ends_by_itself_or_by_hand(duty: Duty, client: Any) -> None:
    person, at = duty.person, now_of(duty)
    client.force_login(person)

    client.post(reverse("take_break"), {"minutes": "15"})

    absence = Absence.objects.get(person=person)
    assert (absence.starts_at, absence.ends_at) == (at, at + 15 * MINUTE)
    assert person.pk not in presences.on_duty(at=at + MINUTE)
    assert not Presence.objects.filter(user=person, starts_at__lte=at + MINUTE, ends_at__gt=at + MINUTE).exists()
    assert "Break until 9:15" in seen(client, duty)
    assert (
        "You are on a break already"
        in client.post(reverse("take_break"), {"minutes": "30"}, follow=True).content.decode()
    )
    client.post(reverse("take_break"), {"minutes": "0"})
    assert person.pk in presences.on_duty(at=at + MINUTE)
    assert "I am back" not in seen(client, duty)


def test_a_break_ends_with_the_day_at_the_latest(duty: Duty) -> None:
    late = duty.shift.starts_at + 8 * HOUR - 5 * MINUTE
    on_duty.pause(duty=duty, minutes=30, by=fresh(duty.person), at=late)
    assert Absence.objects.get().ends_at == late + 5 * MINUTE
    with pytest.raises(on_duty.NotNow):
        on_duty.pause(duty=duty, minutes=15, by=fresh(duty.person), at=late + HOUR)


def test_the_list_is_ticked_once_and_unticked(duty: Duty, client: Any) -> None:
    programme = duty.shift.round.programme
    programme.links = "Zwroty https://wiki.example/zwroty\nbez adresu"
    programme.quiet_tasks = "Przeczytaj poradnik"
    programme.save()
    text = seen(client, duty)
    assert "0 of 4" in text
    assert 'href="https://wiki.example/zwroty"' in text
    assert "Przeczytaj poradnik" in text

    for _ in range(2):
        client.post(reverse("tick"), {"item": "mouse", "is_done": "1"})
    assert [each.item for each in Tick.objects.all()] == ["mouse"]
    assert "1 of 4" in seen(client, duty)
    client.post(reverse("tick"), {"item": "mouse"})

    assert not Tick.objects.exists()


def test_lines_without_an_address_are_no_links() -> None:
    text = (
        "Zwroty i reklamacje https://wiki.example/z\nhttps://wiki.example\nZwroty javascript:alert(1)\n\n x http://a.b"
    )
    assert pairs_of(text) == [("Zwroty i reklamacje", "https://wiki.example/z"), ("x", "http://a.b")]


def test_a_programme_keeps_its_links(team: Team, published: Round, client: Any) -> None:
    lead, programme = make_lead(team, language="en"), Programme.objects.get()
    client.force_login(lead)
    said = {
        "name": programme.name, "team": team.pk, "queues": [each.pk for each in programme.queues.all()],
        "channels": ["email"], "rest_h": 11, "newcomers_per_mentor": 2, "mentees_per_mentor": 3, "cap": 5,
        "chat_cap": 2, "links": "Zwroty",
    }  # fmt: skip
    url = reverse("programme", args=[programme.pk])

    assert "Each line is a name and" in client.post(url, said).content.decode()
    client.post(url, said | {"links": "Zwroty https://wiki.example/z ", "quiet_tasks": "Jeden\n\nDwa"})

    programme.refresh_from_db()
    assert (programme.links, programme.quiet_tasks) == ("Zwroty https://wiki.example/z", "Jeden\nDwa")


def test_findings_reach_the_mentor(duty: Duty, agent: User, client: Any) -> None:
    ticket = in_hand(duty)
    client.force_login(duty.person)
    client.post(reverse("add_finding"), {"kind": "bug", "text": "Przycisk nie działa", "ticket": ticket.pk})
    client.post(reverse("add_finding"), {"kind": "", "text": "bez rodzaju"})
    finding = Finding.objects.get()
    assert finding.ticket == ticket

    client.force_login(agent)
    assert "Przycisk nie działa" in client.get(reverse("mentoring")).content.decode()
    client.post(reverse("settle_finding", args=[finding.pk]))

    assert "Przycisk nie działa" not in client.get(reverse("mentoring")).content.decode()
    assert "seen to" in seen(client, duty)


def test_what_is_done_on_a_duty_is_its_volunteers_alone(duty: Duty) -> None:
    stranger = {"duty": duty, "by": volunteer(), "at": now_of(duty)}
    for act in (
        lambda: on_duty.take_next(**stranger),
        lambda: on_duty.pause(minutes=15, **stranger),
        lambda: on_duty.resume(**stranger),
        lambda: on_duty.tick(item="mouse", is_done=True, **stranger),
        lambda: on_duty.find(kind="bug", text="x", ticket=None, **stranger),
    ):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(on_duty.NoWords):
        on_duty.find(kind="bug", text=" ", ticket=None, **told(duty))


@pytest.mark.parametrize("rows", [1, 3])
def test_more_tickets_cost_no_more_statements(
    duty: Duty, client: Any, rows: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(rows):
        in_hand(duty, subject=f"Sprawa {number}")
    client.force_login(duty.person)

    with django_assert_max_num_queries(28):
        assert client.get(reverse("my_duty")).content.decode().count('<li class="row">') == rows


def test_without_a_duty_it_says_so(team: Team, client: Any) -> None:
    client.force_login(volunteer())
    assert "You have no duty at the moment" in client.get(reverse("my_duty")).content.decode()


def test_a_mentor_sees_mentees_their_tickets_questions_and_replies(duty: Duty, agent: User, client: Any) -> None:
    Grant.objects.update(is_reviewed=True)
    held, other = in_hand(duty, subject="Zwrot paczki"), ticket_of(duty, subject="Nie jej sprawa")
    asking.ask(ticket=held, by=fresh(duty.person), text="Jaki to adres?", to=None, at=now_of(duty) - 20 * MINUTE)
    replying.reply(ticket=held, by=fresh(duty.person), text="Proszę odesłać.", at=now_of(duty))
    client.force_login(agent)

    text = client.get(reverse("mentoring")).content.decode()

    for words in (str(duty.person), "On duty until 16:00", "Jaki to adres?", "waits 20 min", "Replies to read"):
        assert words in text
    assert text.count("Zwrot paczki") == 2
    assert other.subject not in text


def test_another_agent_sees_none_of_it(duty: Duty, team: Team, client: Any) -> None:
    in_hand(duty, subject="Zwrot paczki")
    client.force_login(make_agent(team, language="en"))

    text = client.get(reverse("mentoring")).content.decode()

    assert "Nobody whom you look after is on duty" in text
    assert "Zwrot paczki" not in text


@pytest.mark.parametrize("rows", [1, 3])
def test_more_work_of_mentees_costs_no_more_statements(
    duty: Duty, agent: User, client: Any, rows: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(rows):
        ticket = in_hand(duty, subject=f"Sprawa {number}")
        asking.ask(ticket=ticket, by=fresh(duty.person), text="Co dalej?", to=None, at=now_of(duty))
    client.force_login(agent)

    with django_assert_max_num_queries(24):
        assert client.get(reverse("mentoring")).content.decode().count("Co dalej?") == rows
