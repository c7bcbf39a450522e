"""Merging two tickets and taking them apart again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Sum
from django.forms.models import model_to_dict

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_agent,
    make_colleague,
    make_draft,
    make_grant,
    make_lead,
    make_note,
    make_queue,
    make_reply,
    make_requester,
    make_requester_message,
    make_ticket,
    share,
)
from tickets.actions import appointing, calling, changing, linking, merging, replying, spending, splitting
from tickets.actions.errors import NotAllowed
from tickets.actions.removing import TicketIsRemoved
from tickets.models import (
    Appointment,
    Draft,
    Event,
    Kind,
    Link,
    Merge,
    Message,
    Outbox,
    PhoneCall,
    Share,
    Status,
    Ticket,
    TimeSpent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue(address="pomoc@bursztyn.example")


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


def state_of(*tickets: Ticket) -> dict[str, list[dict[str, object]]]:
    """Every value of the tickets and of what hangs on them, but for the counter of changes."""
    numbers = [ticket.pk for ticket in tickets]
    rows = {
        model.__name__: [
            model_to_dict(row) | {"pk": row.pk} for row in model.objects.filter(ticket__in=numbers).order_by("pk")
        ]
        for model in (Message, Share, Draft, Appointment, Outbox, TimeSpent, PhoneCall)
    }
    rows["Ticket"] = [
        {
            field.attname: getattr(row, field.attname)
            for field in Ticket._meta.concrete_fields
            if field.name != "version"
        }
        for row in Ticket.objects.filter(pk__in=numbers).order_by("pk")
    ]
    rows["Link"] = [model_to_dict(row) | {"pk": row.pk} for row in Link.objects.order_by("pk")]
    return rows


def full(queue, agent, **fields):
    """A ticket with everything that can move."""
    ticket = make_ticket(queue, assignee=agent, **fields)
    make_requester_message(ticket, at=AT + MINUTE)
    make_reply(ticket, agent, at=AT + 2 * MINUTE)
    make_note(ticket, agent, at=AT + 3 * MINUTE)
    share(ticket, make_requester())
    make_draft(ticket, agent, text=f"Szkic na #{ticket.pk}")
    appointing.appoint(
        ticket=ticket, starts_at=AT + 24 * HOUR, ends_at=AT + 25 * HOUR, title="Rozmowa", by=agent, at=AT + 4 * MINUTE
    )
    other = make_ticket(queue)
    linking.link(ticket=ticket, other=other, relation="parent_of", by=agent, at=AT)
    return Ticket.objects.get(pk=ticket.pk)


@pytest.mark.parametrize("shows_all", [False, True])
def test_undoing_a_merge_restores_both_tickets_to_the_last_byte(queue, agent, shows_all):
    source, target = full(queue, agent), full(queue, agent)
    changing.change_status(ticket=target, to=Status.WAITING, by=agent, at=AT + 5 * MINUTE)
    before = state_of(source, target)

    made = merging.merge(ticket=source, into=target, by=agent, at=AT + HOUR, shows_all=shows_all)
    merged = state_of(source, target)
    merging.unmerge(merge=made, by=agent, at=AT + 2 * HOUR)

    assert merged != before
    assert state_of(source, target) == before


def test_everything_but_mails_and_events_moves_and_the_target_is_open_again(queue, agent):
    source, target = full(queue, agent), full(queue, agent)
    changing.change_status(ticket=target, to=Status.SOLVED, by=agent, at=AT + 5 * MINUTE)
    count = Message.objects.filter(ticket=source).count() + Message.objects.filter(ticket=target).count()
    mails = Outbox.objects.filter(ticket=source).count()

    merging.merge(ticket=source, into=target, by=agent, at=AT + HOUR)

    source.refresh_from_db()
    target.refresh_from_db()
    assert (source.removed_as, source.merged_into_id, source.status) == ("merged", target.pk, Status.OPEN)
    assert (target.status, target.solved_at) == (Status.OPEN, None)
    assert Message.objects.filter(ticket=target).count() == count
    assert not Message.objects.filter(ticket=source).exists()
    assert Appointment.objects.filter(ticket=target).count() == 2
    assert Draft.objects.get(ticket=target, author=agent).text == f"Szkic na #{target.pk}\n\nSzkic na #{source.pk}"
    assert Outbox.objects.filter(ticket=source).count() == mails
    assert Link.objects.filter(ticket=target, kind="parent").count() == 2
    told = list(Event.objects.filter(kind=Kind.MERGED).order_by("ticket").values_list("ticket", "data__merge"))
    assert [number for number, _merge in told] == sorted([source.pk, target.pk])


def test_nobody_reads_more_than_before_unless_the_agent_says_so(queue, agent):
    source, target = full(queue, agent), full(queue, agent)

    made = merging.merge(ticket=source, into=target, by=agent, at=AT + HOUR)

    asked, heard = source.requester, target.requester
    assert not Ticket.objects.visible_to(asked, AT).filter(pk=target.pk).exists()
    assert not Message.objects.visible_to(heard, AT).filter(pk__in=made.moved["messages"]).exists()
    merging.unmerge(merge=made, by=agent, at=AT + HOUR)
    merging.merge(ticket=source, into=target, by=agent, at=AT + HOUR, shows_all=True)
    public = Message.objects.public().filter(ticket=target).count()
    assert Message.objects.visible_to(asked, AT).filter(ticket=target).count() == public == 8
    assert Message.objects.visible_to(heard, AT).filter(ticket=target).count() == public


def test_time_spent_and_calls_go_along_and_come_back(queue, agent):
    other = make_agent(queue.team)
    source, target = make_ticket(queue), make_ticket(queue)
    said = {"said": calling.Said(notes="Pytała o to samo."), "then": calling.Next(outcome="as_is"), "direction": "in"}
    calling.log_call(
        who=calling.Caller(person=source.requester), about=source, began_at=AT - HOUR, seconds=180, by=agent, at=AT,
        key="rozmowa", **said,
    )  # fmt: skip
    spending.correct(ticket=source, by=other, minutes=10, at=AT)
    spending.correct(ticket=target, by=other, minutes=2, at=AT)

    merge = merging.merge(ticket=source, into=target, by=agent, at=AT)
    together = spent_on(source), spent_on(target), PhoneCall.objects.get().ticket_id
    spending.correct(ticket=target, by=other, minutes=4, at=AT)
    merging.unmerge(merge=merge, by=agent, at=AT)

    assert together == ({}, {agent.pk: 3, other.pk: 12}, target.pk)
    assert spent_on(source) == {agent.pk: 3, other.pk: 10}
    assert spent_on(target) == {other.pk: 0}  # 2 of its own less the 8 that were taken away: never below nothing
    assert PhoneCall.objects.get().ticket_id == source.pk


def spent_on(ticket):
    rows = TimeSpent.objects.filter(ticket=ticket).values_list("person").annotate(sum=Sum("seconds"))
    return {person: seconds // 60 for person, seconds in rows.order_by()}


def test_a_chain_is_undone_from_its_end(queue, agent):
    a, b, c = (make_ticket(queue) for _ in range(3))
    before = state_of(a, b, c)
    first = merging.merge(ticket=a, into=b, by=agent, at=AT + HOUR)
    between = state_of(a, b, c)
    second = merging.merge(ticket=b, into=c, by=agent, at=AT + 2 * HOUR)

    with pytest.raises(merging.MergedOn):
        merging.unmerge(merge=first, by=agent, at=AT + 3 * HOUR)
    heard = make_requester_message(a, at=AT + 3 * HOUR)
    assert heard.ticket_id == c.pk
    heard.delete()
    Event.objects.filter(kind=Kind.REQUESTER_WROTE).delete()
    Ticket.objects.filter(pk=c.pk).update(updated_at=AT + 2 * HOUR)

    merging.unmerge(merge=second, by=agent, at=AT + 4 * HOUR)
    assert state_of(a, b, c) == between
    merging.unmerge(merge=first, by=agent, at=AT + 5 * HOUR)
    assert state_of(a, b, c) == before


def test_what_came_since_stays_with_the_target_and_so_does_its_status(queue, agent):
    source, target = make_ticket(queue), make_ticket(queue, status=Status.WAITING)
    made = merging.merge(ticket=source, into=target, by=agent, at=AT + HOUR)
    later = make_requester_message(target, at=AT + 2 * HOUR)

    merging.unmerge(merge=made, by=agent, at=AT + 3 * HOUR)

    later.refresh_from_db()
    target.refresh_from_db()
    assert later.ticket_id == target.pk
    assert target.status == Status.OPEN
    assert source.messages.count() == 1


def test_what_cannot_be_merged(queue, agent):
    ticket, target = make_ticket(queue), make_ticket(queue)
    closed, gone = make_ticket(queue, status=Status.CLOSED), make_ticket(queue)
    merging.merge(ticket=gone, into=target, by=agent, at=AT)
    volunteer = make_colleague()
    make_grant(volunteer, queue)
    elsewhere = make_lead(make_queue().team)

    with pytest.raises(merging.MergedIntoItself):
        merging.merge(ticket=ticket, into=ticket, by=agent, at=AT)
    with pytest.raises(merging.TargetIsClosed):
        merging.merge(ticket=ticket, into=closed, by=agent, at=AT)
    for source, into in ((ticket, gone), (gone, ticket)):
        with pytest.raises(TicketIsRemoved):
            merging.merge(ticket=source, into=into, by=agent, at=AT)
    for stranger in (volunteer, elsewhere, ticket.requester):
        with pytest.raises(NotAllowed):
            merging.merge(ticket=ticket, into=target, by=stranger, at=AT)
    make_grant(volunteer, queue, is_reviewed=True)
    reviewed = make_colleague()
    make_grant(reviewed, queue, is_reviewed=True)
    make_reply(ticket, reviewed)
    with pytest.raises(merging.ReplyWaitsForReview):
        merging.merge(ticket=ticket, into=target, by=agent, at=AT)


def test_an_undo_comes_once_and_within_thirty_days(queue, agent):
    source, target = make_ticket(queue), make_ticket(queue)
    made = merging.merge(ticket=source, into=target, by=agent, at=AT)

    with pytest.raises(merging.TooLateToUndo):
        merging.unmerge(merge=made, by=agent, at=AT + timedelta(days=30, seconds=1))
    merging.unmerge(merge=made, by=agent, at=AT + timedelta(days=30))
    with pytest.raises(merging.AlreadyUndone):
        merging.unmerge(merge=made, by=agent, at=AT + timedelta(days=30))


def test_the_desk_answers_on_the_target_and_the_requester_is_heard_there(queue, agent):
    source, target = make_ticket(queue), make_ticket(queue)
    merging.merge(ticket=source, into=target, by=agent, at=AT)

    with pytest.raises(TicketIsRemoved):
        make_reply(source, agent)
    message = replying.requester_wrote(
        ticket=source, author=source.requester, text="Halo?", at=AT + HOUR, channel="web"
    )

    assert (message.ticket_id, message.kind) == (target.pk, Message.Kind.NOTE)


def test_a_split_takes_its_messages_and_putting_back_is_a_merge(queue, agent):
    ticket = full(queue, agent)
    before = state_of(ticket)
    second = Message.objects.filter(ticket=ticket).order_by("at")[1:3]

    new = splitting.split(
        ticket=ticket, messages=[m.pk for m in second], subject="Druga sprawa", by=agent, at=AT + HOUR
    )

    assert (new.subject, new.requester_id, new.opened_at) == ("Druga sprawa", ticket.requester_id, AT + MINUTE)
    assert new.messages.count() == 2
    assert ticket.messages.count() == 3
    reply = new.messages.get(author=agent)
    assert Outbox.objects.get(message=reply).ticket_id == new.pk
    assert set(Event.objects.filter(kind=Kind.SPLIT).values_list("ticket", flat=True)) == {ticket.pk, new.pk}
    split = state_of(ticket, new)
    made = splitting.unsplit(ticket=new, by=agent, at=AT + 2 * HOUR)
    after = state_of(ticket)
    for name in ("Message", "Outbox", "Share", "Draft"):
        assert after[name] == before[name]
    merging.unmerge(merge=made, by=agent, at=AT + 3 * HOUR)
    assert state_of(ticket, new) == split


def test_a_split_leaves_something_on_both(queue, agent):
    ticket = make_ticket(queue)
    make_note(ticket, agent)
    everything = [message.pk for message in ticket.messages.all()]

    with pytest.raises(splitting.NothingLeft):
        splitting.split(ticket=ticket, messages=everything, by=agent, at=AT)
    with pytest.raises(splitting.NothingChosen):
        splitting.split(ticket=ticket, messages=[0], by=agent, at=AT)
    with pytest.raises(splitting.NotAsker):
        splitting.split(ticket=ticket, messages=everything[:1], requester=make_requester(), by=agent, at=AT)


def test_somebody_elses_words_become_their_ticket_with_what_they_wrote_and_nothing_more(queue, agent):
    ticket = make_ticket(queue)
    stranger = make_requester()
    make_reply(ticket, agent, at=AT + MINUTE)
    theirs = replying.requester_wrote(
        ticket=ticket, author=stranger, text="To ja", at=AT + HOUR, channel="email", mail=replying.MailFacts()
    )
    answer = make_reply(ticket, agent, at=AT + 2 * HOUR, text="Do pierwszej osoby")

    new = splitting.split(
        ticket=ticket, messages=[theirs.pk, answer.pk], requester=stranger, by=agent, at=AT + 3 * HOUR
    )

    assert list(Message.objects.visible_to(stranger, AT).filter(ticket=new)) == [theirs]
    with pytest.raises(splitting.HasGoneOn):
        make_note(new, agent)
        splitting.unsplit(ticket=new, by=agent, at=AT)
    assert Merge.objects.count() == 0
