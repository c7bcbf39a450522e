"""The clean end of a duty: nothing is left in a volunteer's hands, and a mentor has accepted it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from rotations import tasks
from rotations.actions import being_away, closing_duties, handing_over, leaving, placing, rounds, running
from rotations.models import Duty, DutyEvent, HandedTicket, Round, Shift
from rotations.queries import handover as queries
from tests.factories import AT, HOUR, MINUTE, SECOND, fresh, make_agent, make_draft, make_lead, make_queue, make_ticket
from tests.rotations.duties import make_programme, make_round, shift_of, volunteer
from tickets.actions import assigning
from tickets.actions.errors import NotAllowed
from tickets.models import Draft, Kind, Message, Notification, Outbox, Team, Ticket, User
from tickets.models.grant import GRACE

State = Duty.State


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en")


@pytest.fixture
def published(team: Team, lead: User) -> Round:
    return make_round(make_programme(team), lead, state=Round.State.PUBLISHED)


@pytest.fixture
def duty(published: Round, agent: User) -> Duty:
    """Three days from Monday, 8:00 to 16:00, looked after by the agent; its first hour runs."""
    made = placing.take_seat(shift=shift_of(published), channels=["email"], by=volunteer(), at=AT)
    Duty.objects.filter(pk=made.pk).update(mentor=agent)
    made.grant.mentors.set([agent])
    running.move_all(at=made.shift.starts_at)
    return Duty.objects.select_related("shift", "person", "mentor", "grant").get(pk=made.pk)


def start(duty: Duty) -> datetime:
    return duty.shift.starts_at + HOUR


def end(duty: Duty) -> datetime:
    return duty.shift.ends_at


def taken(duty: Duty, **more: Any) -> Ticket:
    queue = duty.grant.queues.get()
    ticket = make_ticket(queue, **more)
    return assigning.assign_me(ticket=ticket, by=fresh(duty.person), at=start(duty))


def told(duty: Duty, ticket: Ticket, at: datetime | None = None) -> dict[str, Any]:
    return {"duty": duty, "ticket": ticket, "by": fresh(duty.person), "at": at or start(duty)}


def owner(ticket: Ticket) -> User | None:
    return Ticket.objects.get(pk=ticket.pk).assignee


def all_moved(duty: Duty, at: datetime) -> str:
    running.move_all(at=at)
    closing_duties.return_all(at=at)
    duty.refresh_from_db()
    kinds = [DutyEvent.Kind(kind) for kind in duty.events.order_by("id").values_list("kind", flat=True)]
    assert [DutyEvent.LEADS_TO[kind] for kind in kinds if kind in DutyEvent.LEADS_TO][-1] == duty.state
    return duty.state


def test_each_ticket_gets_a_next_step(duty: Duty, agent: User, team: Team) -> None:
    solved, later, back, asked = (taken(duty) for _ in range(4))
    other = make_agent(team)

    handing_over.solve(**told(duty, solved))
    handing_over.put_off(until=start(duty) + 24 * HOUR, reason="Paczka w drodze", **told(duty, later))
    handing_over.give_back(text="Trzeba zadzwonić.", **told(duty, back))
    offer = handing_over.offer(to=other, text="Znasz ten sklep.", **told(duty, asked))

    solved.refresh_from_db()
    later.refresh_from_db()
    assert not solved.is_unsolved
    assert (later.assignee, later.snooze_reason) == (agent, "Paczka w drodze")
    assert owner(back) is None
    assert Message.objects.get(ticket=back, kind=Message.Kind.NOTE).text == "Trzeba zadzwonić."
    assert owner(asked) == duty.person
    with pytest.raises(handing_over.LooseEnds):
        handing_over.say_done(duty=duty, note="", by=duty.person, at=start(duty))
    handing_over.accept_offer(offer=offer, by=fresh(other), at=start(duty))
    assert owner(asked) == other
    handing_over.say_done(duty=duty, note="Spokojny dzień.", by=duty.person, at=start(duty))
    assert [each.step for each in duty.handed.order_by("pk")] == ["solved", "snoozed", "returned", "offered"]
    assert later.events.filter(kind=Kind.ASSIGNED).get().actor == duty.person


def test_an_offer_that_is_declined_leaves_it_where_it_is(duty: Duty, agent: User, team: Team) -> None:
    ticket, stranger = taken(duty), make_agent(team)
    offer = handing_over.offer(to=agent, text="", **told(duty, ticket))

    with pytest.raises(NotAllowed):
        handing_over.accept_offer(offer=offer, by=stranger, at=start(duty))
    handing_over.decline_offer(offer=offer, by=agent, at=start(duty))
    with pytest.raises(handing_over.OfferIsOver):
        handing_over.accept_offer(offer=offer, by=fresh(agent), at=start(duty))

    assert owner(ticket) == duty.person


def test_an_offer_ends_with_the_duty(duty: Duty, agent: User) -> None:
    ticket = taken(duty)
    offer = handing_over.offer(to=agent, text="", **told(duty, ticket))

    assert all_moved(duty, end(duty)) == State.HANDING_OVER

    assert owner(ticket) is None
    with pytest.raises(handing_over.OfferIsOver):
        handing_over.accept_offer(offer=offer, by=fresh(agent), at=end(duty))


def test_nobody_is_asked_who_could_not_open_it(duty: Duty) -> None:
    ticket = taken(duty)

    with pytest.raises(assigning.NobodyThere):
        handing_over.offer(to=make_agent(), text="", **told(duty, ticket))
    with pytest.raises(handing_over.NoNote):
        handing_over.give_back(text=" ", **told(duty, ticket))
    with pytest.raises(handing_over.NotInHand):
        handing_over.solve(**told(duty, make_ticket(ticket.queue)))

    assert owner(ticket) == duty.person


def test_between_the_days_tickets_rest_and_at_the_end_they_go_back(duty: Duty, agent: User) -> None:
    first, second = taken(duty), taken(duty)

    assert all_moved(duty, start(duty) + 12 * HOUR) == State.ACTIVE
    assert all_moved(duty, end(duty) - SECOND) == State.ACTIVE
    assert [owner(first), owner(second)] == [duty.person] * 2
    assert all_moved(duty, end(duty)) == State.HANDING_OVER

    assert [owner(first), owner(second)] == [None, None]
    note = Notification.objects.get(kind=closing_duties.HANDED_BACK)
    assert (note.person, note.ticket, note.more) == (agent, first, 1)
    assert [each.step for each in duty.handed.all()] == ["left", "left"]
    assert first.events.filter(kind=Kind.ASSIGNED).get().actor is None


def test_a_ticket_with_an_own_draft_stays_ten_minutes(duty: Duty) -> None:
    written, other = taken(duty), taken(duty)
    make_draft(written, fresh(duty.person), at=start(duty))

    all_moved(duty, end(duty))
    assert [owner(written), owner(other)] == [duty.person, None]
    all_moved(duty, end(duty) + GRACE - SECOND)
    assert owner(written) == duty.person
    assert duty.returned_at is None
    all_moved(duty, end(duty) + GRACE)

    assert owner(written) is None
    assert duty.returned_at == end(duty) + GRACE


def test_a_draft_that_is_sent_lets_the_ticket_go_at_once(duty: Duty) -> None:
    ticket = taken(duty)
    make_draft(ticket, fresh(duty.person), at=start(duty))
    all_moved(duty, end(duty))
    Draft.objects.all().delete()

    all_moved(duty, end(duty) + MINUTE)

    assert owner(ticket) is None


def test_withdrawing_has_no_grace(duty: Duty) -> None:
    ticket = taken(duty)
    make_draft(ticket, fresh(duty.person), at=start(duty))

    leaving.withdraw(duty=duty, by=duty.person, at=start(duty))

    assert owner(ticket) is None


def test_what_another_duty_of_theirs_covers_stays(duty: Duty, published: Round) -> None:
    """Taken on the first duty; a second of the same person, in the same queue, runs when the first ends."""
    later = Shift.objects.get(round=published, first_day=duty.shift.first_day + timedelta(days=2))
    Shift.objects.filter(pk=later.pk).update(starts_at=end(duty), starts=16 * 60)
    other = placing.take_seat(shift=Shift.objects.get(pk=later.pk), channels=["chat"], by=volunteer(), at=AT)
    # Its holder becomes the same person: no planner would do so, a swap may.
    for model, field in ((Duty.objects.filter(pk=other.pk), {"person": duty.person, "confirmed_by": duty.person}),):
        model.update(**field)
    other.grant.user, other.grant.channels = duty.person, ["email", "chat"]
    other.grant.save()
    ticket = taken(duty)

    all_moved(duty, end(duty))

    assert owner(ticket) == duty.person


def test_completed_needs_a_mentor_and_the_end(duty: Duty, agent: User) -> None:
    with pytest.raises(closing_duties.NotOffered):
        closing_duties.accept(duty=duty, by=agent, at=start(duty))
    with pytest.raises(closing_duties.NotOver):
        closing_duties.waive(duty=duty, by=agent, at=start(duty))
    handing_over.say_done(duty=duty, note="", by=duty.person, at=start(duty))
    with pytest.raises(NotAllowed):
        closing_duties.accept(duty=duty, by=duty.person, at=start(duty))
    closing_duties.accept(duty=duty, by=agent, at=start(duty))

    moments = [start(duty), end(duty), end(duty) + GRACE]
    assert [all_moved(duty, at) for at in moments] == [State.ACTIVE, State.HANDING_OVER, State.COMPLETED]
    assert duty.grant is None
    assert (duty.closed_by, duty.is_waived) == (agent, False)


def test_it_is_accepted_again_only_with_empty_hands(duty: Duty, agent: User) -> None:
    handing_over.say_done(duty=duty, note="", by=duty.person, at=start(duty))
    taken(duty)

    with pytest.raises(closing_duties.StillInHand):
        closing_duties.accept(duty=duty, by=agent, at=start(duty))


def test_a_duty_that_ended_long_ago_is_waived_and_over(duty: Duty, agent: User) -> None:
    ticket = taken(duty)
    late = end(duty) + 900 * HOUR
    assert all_moved(duty, late) == State.HANDING_OVER
    assert owner(ticket) is None

    closing_duties.waive(duty=duty, by=agent, at=late)

    assert all_moved(duty, late) == State.COMPLETED
    assert duty.is_waived


def test_closing_the_round_waives_what_nobody_accepted(duty: Duty, published: Round, lead: User) -> None:
    late = end(duty) + 900 * HOUR
    all_moved(duty, late)

    for step in (Round.State.RUNNING, Round.State.REFLECTING, Round.State.CLOSED):
        rounds.move_on(of=published, to=step, by=lead, at=late)

    assert all_moved(duty, late) == State.COMPLETED
    assert duty.closed_by == lead


def test_the_database_completes_nothing_without_a_mentor(duty: Duty) -> None:
    Duty.objects.filter(pk=duty.pk).update(grant=None)
    for closer in (None, duty.person):
        with pytest.raises(IntegrityError, match="completed_by_somebody_else"), transaction.atomic():
            Duty.objects.filter(pk=duty.pk).update(state=State.COMPLETED, closed_by=closer, closed_at=AT)


def test_without_a_mentor_the_leads_are_told(duty: Duty, lead: User) -> None:
    Duty.objects.filter(pk=duty.pk).update(mentor=None, deputy=None)
    taken(duty)

    all_moved(duty, end(duty))

    assert Notification.objects.get(kind=closing_duties.HANDED_BACK).person == lead


def test_the_beat_returns_them(duty: Duty, clock: Any) -> None:
    ticket = taken(duty)
    clock.move_to(end(duty))

    tasks.move_duties()

    assert owner(ticket) is None


def test_nothing_due_costs_one_statement(duty: Duty, django_assert_num_queries: Any) -> None:
    taken(duty)
    with django_assert_num_queries(1):
        assert closing_duties.return_all(at=start(duty)) == 0


# ---------------------------------------------------------------------------------------------------------- at once


def at_once(*acts: Any) -> list[str]:
    """Each in a thread with a connection of its own; all begin together."""
    barrier, answers = threading.Barrier(len(acts)), ["no answer"] * len(acts)

    def run(place: int, act: Any) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(60)
            act()
            answers[place] = "done"
        except Exception as refused:
            answers[place] = type(refused).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(120)
    return answers


@pytest.fixture
def ended(clock: object) -> Duty:
    """Over, offered by its volunteer, with nothing in hand; two mentors look after it."""
    team_of = make_queue().team
    lead, mentors = make_lead(team_of), [make_agent(team_of), make_agent(team_of)]
    of = make_round(make_programme(team_of), lead, state=Round.State.PUBLISHED)
    duty = placing.take_seat(shift=shift_of(of), channels=["email"], by=volunteer(), at=AT)
    Duty.objects.filter(pk=duty.pk).update(mentor=mentors[0], deputy=mentors[1])
    running.move_all(at=duty.shift.starts_at)
    return Duty.objects.select_related("shift", "person", "mentor", "deputy", "grant").get(pk=duty.pk)


@pytest.mark.django_db(transaction=True)
def test_of_two_mentors_at_once_one_accepts(ended: Duty) -> None:
    handing_over.say_done(duty=ended, note="", by=ended.person, at=start(ended))
    running.move_all(at=end(ended))

    answers = at_once(
        *(
            lambda by=by: closing_duties.accept(duty=ended, by=by, at=end(ended))
            for by in (ended.mentor, ended.deputy) * 3
        )
    )

    assert sorted(answers) == ["ClosedAlready"] * 3 + ["done"] * 3
    assert ended.events.filter(kind=DutyEvent.Kind.ACCEPTED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_mentor_accepts_while_tasks_return_tickets(ended: Duty) -> None:
    handing_over.say_done(duty=ended, note="", by=ended.person, at=start(ended))
    tickets = [taken(ended) for _ in range(3)]
    at = end(ended) + GRACE
    running.move_all(at=at)

    answers = at_once(
        lambda: closing_duties.accept(duty=ended, by=ended.mentor, at=at),
        lambda: closing_duties.return_all(at=at),
        lambda: closing_duties.return_all(at=at),
        lambda: closing_duties.accept(duty=ended, by=ended.deputy, at=at),
    )

    assert set(answers[1:3]) == {"done"}
    assert {answers[0], answers[3]} <= {"done", "ClosedAlready", "StillInHand"}
    assert [owner(each) for each in tickets] == [None] * 3
    assert HandedTicket.objects.filter(duty=ended, step=HandedTicket.Step.LEFT).count() == 3
    assert Notification.objects.filter(kind=closing_duties.HANDED_BACK).count() == 1
    ended.refresh_from_db()
    assert ended.state == (State.COMPLETED if ended.closed_at else State.HANDING_OVER)
    assert ended.returned_at == at


@pytest.mark.django_db(transaction=True)
def test_an_offer_is_accepted_while_the_task_returns_the_ticket(ended: Duty) -> None:
    ticket = taken(ended)
    offer = handing_over.offer(to=ended.mentor, text="", **told(ended, ticket))
    running.move_all(at=end(ended))

    answer, _task = at_once(
        lambda: handing_over.accept_offer(offer=offer, by=fresh(ended.mentor), at=end(ended)),
        lambda: closing_duties.return_all(at=end(ended)),
    )

    assert (answer, owner(ticket)) in (("done", ended.mentor), ("OfferIsOver", None))


# ------------------------------------------------------------------------------------------------------------ pages


def test_the_volunteer_hands_over_and_the_mentor_accepts(duty: Duty, agent: User, client: Any, clock: Any) -> None:
    ticket, other = taken(duty, subject="Logo na fakturze"), taken(duty)
    clock.move_to(start(duty))
    client.force_login(duty.person)

    page = client.get(reverse("handover"))
    assert "2 loose ends" in page.content.decode()
    assert "Logo na fakturze" in page.content.decode()
    done = client.post(reverse("say_done"), follow=True)
    assert "Something is still in your hands" in done.content.decode()
    refused = client.post(reverse("hand_ticket", args=[ticket.pk]), {"step": "returned", "text": ""})
    assert refused.status_code == 409
    assert "Write a sentence" in refused.content.decode()
    for number, said in (
        (ticket.pk, {"step": "snoozed", "day": "2026-03-20", "text": "Klient wraca w piątek"}),
        (other.pk, {"step": "offered", "to": agent.pk}),
    ):
        assert client.post(reverse("hand_ticket", args=[number]), said).status_code == 302
    client.force_login(agent)
    offer = HandedTicket.objects.get(step="offered")
    assert client.get(reverse("accept_offer", args=[offer.pk])).status_code == 405
    assert "from " + str(duty.person) in client.get(reverse("mentoring")).content.decode()
    client.post(reverse("accept_offer", args=[offer.pk]))
    client.force_login(duty.person)
    client.post(reverse("say_done"), {"note": "Było miło."})
    client.force_login(agent)
    assert "Było miło." in client.get(reverse("mentoring")).content.decode()
    client.post(reverse("accept_handover", args=[duty.pk]))

    duty.refresh_from_db()
    assert duty.closed_by == agent
    assert [owner(ticket), owner(other)] == [agent, agent]


@pytest.mark.parametrize("rows", [1, 3])
def test_more_tickets_cost_no_more_statements(
    duty: Duty, client: Any, clock: Any, rows: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(rows):
        taken(duty)
    clock.move_to(start(duty))
    client.force_login(duty.person)

    with django_assert_max_num_queries(22):
        assert client.get(reverse("handover")).content.decode().count("loose-end") == rows


def test_the_mentor_is_told_of_a_finished_handover_once(duty: Duty, agent: User) -> None:
    solved = taken(duty)
    handing_over.solve(**told(duty, solved))
    Outbox.objects.all().delete()

    for note in ("Spokojny dzień.", "Bardzo spokojny dzień."):
        handing_over.say_done(duty=duty, note=note, by=duty.person, at=start(duty))

    mail = Outbox.objects.get()
    assert mail.recipient == agent
    assert str(duty.person) in mail.payload["subject"]
    assert "Spokojny dzień." in mail.payload["text"]
    assert "/mentoring/" in mail.payload["text"]


# While the first mentor is away the second acts for them


@pytest.fixture
def deputy(duty: Duty, agent: User, team: Team) -> User:
    """The second mentor of the duty; the first is away on its last day."""
    second = make_agent(team, language="en", email="second@bursztyn.example")
    Duty.objects.filter(pk=duty.pk).update(deputy=second)
    duty.grant.mentors.add(second)
    last = {"starts_at": end(duty) - 12 * HOUR, "ends_at": end(duty) + 12 * HOUR}
    told_of = {"kind": "sick", "zone": "Europe/Warsaw", "note": "", "by": agent, "at": AT}
    being_away.add_absence(person=agent, **last, **told_of)
    duty.refresh_from_db()
    return second


def test_what_is_put_off_goes_to_the_mentor_who_is_there(duty: Duty, agent: User, deputy: User) -> None:
    before, after = taken(duty), taken(duty)
    reason = {"reason": "Dostawca odpowie", "until": end(duty) + 24 * HOUR}

    handing_over.put_off(**told(duty, before), **reason)
    handing_over.put_off(**told(duty, after, end(duty) - HOUR), **reason)

    assert (owner(before), owner(after)) == (agent, deputy)


def test_the_mentor_who_is_there_hears_of_the_handover(duty: Duty, agent: User, deputy: User) -> None:
    Outbox.objects.all().delete()  # that the mentor is away is told as well
    for at in (start(duty), end(duty) - HOUR):
        Duty.objects.filter(pk=duty.pk).update(offered_at=None)
        handing_over.say_done(duty=fresh_duty(duty), note="", by=fresh(duty.person), at=at)

    mails = Outbox.objects.filter(recipient__in=[agent, deputy]).order_by("id")
    assert [mail.recipient for mail in mails] == [agent, deputy]


def test_the_mentor_who_is_there_hears_of_what_went_back(duty: Duty, agent: User, deputy: User) -> None:
    taken(duty)

    all_moved(duty, end(duty) + GRACE)

    assert list(Notification.objects.filter(kind="handed_back").values_list("person", flat=True)) == [deputy.pk]


def test_the_first_is_told_when_both_are_away(duty: Duty, agent: User, deputy: User) -> None:
    at = end(duty) - HOUR
    told_of = {"kind": "sick", "zone": "Europe/Warsaw", "note": "", "by": deputy, "at": AT}
    being_away.add_absence(person=deputy, starts_at=at - HOUR, ends_at=at + HOUR, **told_of)

    assert queries.who_looks_after(fresh_duty(duty), at) == [agent, deputy]


def fresh_duty(duty: Duty) -> Duty:
    return Duty.objects.select_related("shift__round__programme", "person", "mentor", "deputy", "grant").get(pk=duty.pk)
