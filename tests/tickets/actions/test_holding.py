"""A reply that can still be taken back: it is no reply before it leaves, and then it counts from the press of Send."""

import pytest

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    SECOND,
    fresh,
    make_agent,
    make_colleague,
    make_draft,
    make_grant,
    make_queue,
    make_reply,
    make_requester_message,
    make_ticket,
)
from tickets.actions import changing, holding, macros, merging, removing, splitting
from tickets.actions.attaching import File
from tickets.actions.errors import NotAllowed
from tickets.actions.filling import FieldsMissing
from tickets.actions.replying import Crossed, reply
from tickets.models import (
    Attachment,
    CustomField,
    Draft,
    DraftFile,
    Event,
    Kind,
    Message,
    Notification,
    Outbox,
    Status,
    Ticket,
)

pytestmark = pytest.mark.django_db

LATER = AT + 10 * SECOND


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


@pytest.fixture
def ticket(queue):
    return make_ticket(queue, at=AT - HOUR)


def hold(ticket, by, *, at=AT, seconds=10, **more):
    return make_reply(ticket, by, at=at, hold_s=seconds, **more)


def release(message, at=LATER):
    return holding.release(message=Message.objects.select_related("ticket", "author").get(pk=message.pk), at=at)


def test_a_held_reply_is_no_reply_yet(ticket, agent):
    before = Ticket.objects.values().get(pk=ticket.pk)

    message = hold(ticket, agent, next_status=Status.SOLVED)

    assert (message.state, message.leaves_at) == (Message.State.LEAVING, LATER)
    assert Ticket.objects.values().get(pk=ticket.pk) == before
    assert not Event.objects.filter(ticket=ticket, kind=Kind.REPLIED).exists()
    assert not Outbox.objects.filter(message=message).exists()
    assert not Message.objects.visible_to(ticket.requester, AT).filter(pk=message.pk).exists()
    assert Message.objects.visible_to(agent, AT).filter(pk=message.pk).exists()


def test_when_its_time_is_over_it_leaves_and_counts_from_the_press_of_send(ticket, agent):
    message = hold(ticket, agent, next_status=Status.WAITING)

    assert release(message, at=LATER + MINUTE) is not None

    ticket.refresh_from_db()
    event = Event.objects.get(ticket=ticket, kind=Kind.REPLIED)
    assert (event.at, event.actor, ticket.first_reply_at, ticket.status) == (AT, agent, AT, Status.WAITING)
    assert (ticket.assignee, ticket.updated_at) == (agent, LATER + MINUTE)
    assert Outbox.objects.get(message=message).next_at == LATER + MINUTE
    assert Message.objects.visible_to(ticket.requester, AT).filter(pk=message.pk).exists()


def test_it_does_not_leave_early_and_leaves_once(ticket, agent):
    message = hold(ticket, agent)

    assert release(message, at=LATER - SECOND) is None
    assert release(message) is not None
    assert release(message) is None
    assert Outbox.objects.filter(message=message).count() == 1


def test_taken_back_it_never_was_and_its_words_and_files_are_the_draft_again(ticket, agent):
    message = hold(ticket, agent, text="Już działa.", attachments=[File(name="a.txt", content=b"a")])

    draft = holding.take_back(message=message, by=agent, at=AT + SECOND)

    assert (draft.text, [file.name for file in draft.files.all()]) == ("Już działa.", ["a.txt"])
    assert not Message.objects.filter(pk=message.pk).exists()
    assert not Attachment.objects.exists()


def test_what_was_written_since_stands_behind_what_comes_back(ticket, agent):
    message = hold(ticket, agent, text="Pierwsze.")
    make_draft(ticket, agent, text="Drugie.")

    holding.take_back(message=message, by=agent, at=AT + SECOND)

    assert Draft.objects.get(ticket=ticket).text == "Pierwsze.\n\nDrugie."


def test_files_beside_the_draft_leave_when_it_is_sent_again(ticket, agent):
    message = hold(ticket, agent, attachments=[File(name="a.txt", content=b"a"), File(name="b.txt", content=b"b")])
    draft = holding.take_back(message=message, by=agent, at=AT + SECOND)
    chosen = draft.files.get(name="b.txt").pk

    again = make_reply(ticket, agent, at=AT + MINUTE, kept_files=[chosen])

    assert [file.name for file in again.attachments.all()] == ["b.txt"]
    assert not DraftFile.objects.exists()


def test_nobody_sends_files_beside_somebody_elses_draft(ticket, agent, queue):
    message = hold(ticket, agent, attachments=[File(name="a.txt", content=b"a")])
    draft = holding.take_back(message=message, by=agent, at=AT + SECOND)
    assert draft.files.exists()

    sent = make_reply(ticket, make_agent(queue.team), kept_files=[file.pk for file in draft.files.all()])

    assert not sent.attachments.exists()


def test_only_its_author_takes_it_back_and_only_before_it_left(ticket, agent, queue):
    message = hold(ticket, agent)

    with pytest.raises(NotAllowed):
        holding.take_back(message=message, by=make_agent(queue.team), at=AT)
    release(message)
    with pytest.raises(holding.HasLeft):
        holding.take_back(message=message, by=agent, at=LATER)


def test_a_reply_under_review_waits_for_the_mentor_and_not_for_the_clock(ticket, queue):
    helper = make_colleague()
    make_grant(helper, queue, is_reviewed=True)

    message = hold(ticket, fresh(helper))

    assert (message.state, message.leaves_at) == (Message.State.AWAITING_REVIEW, None)


def test_of_two_writers_the_second_hears_of_the_first_before_the_requester_does(ticket, agent, queue):
    seen = ticket.messages.get().pk
    first = hold(ticket, agent, seen_message=seen)

    with pytest.raises(Crossed) as crossed:
        hold(ticket, make_agent(queue.team), seen_message=seen)

    assert crossed.value.newer == [first]


def test_what_the_requester_writes_meanwhile_is_not_solved_away(ticket, agent):
    message = hold(ticket, agent, next_status=Status.SOLVED)
    make_requester_message(ticket, at=AT + SECOND)

    release(message)

    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert Event.objects.filter(ticket=ticket, kind=Kind.REPLIED).exists()


def test_what_cannot_leave_any_more_becomes_a_draft_again(ticket, agent):
    message = hold(ticket, agent, text="Za późno")
    removing.remove(ticket=ticket, removed_as="spam", by=agent, at=AT + SECOND)

    assert release(message) is None

    assert Draft.objects.get(author=agent).text == "Za późno"
    told = Notification.objects.get(person=agent)
    assert (told.kind, told.event.actor) == ("reply_returned", None)
    assert told.event.data["comment"]
    assert not Outbox.objects.filter(message_id=message.pk).exists()


def test_a_merge_and_a_split_wait_for_it(ticket, agent, queue):
    message = hold(ticket, agent)
    other = make_ticket(queue, at=AT - HOUR)

    with pytest.raises(merging.ReplyIsLeaving):
        merging.merge(ticket=ticket, into=other, by=agent, at=AT + SECOND)
    with pytest.raises(merging.ReplyIsLeaving):
        splitting.split(ticket=ticket, messages=[message.pk], by=agent, at=AT + SECOND)


def test_the_changes_of_a_macro_wait_with_the_words_and_leave_with_them(ticket, agent):
    CustomField.objects.create(key="cause", label="Przyczyna", type="text", is_required_to_solve=True)
    changes = [{"property": "field", "field": "cause", "to": "toner"}, {"property": "status", "to": Status.SOLVED}]

    message = macros.reply(ticket=ticket, by=agent, text="Gotowe.", at=AT, changes=changes, hold_s=10)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.fields) == (Status.NEW, {})
    release(message)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.fields) == (Status.SOLVED, {"cause": "toner"})


def test_a_macro_that_would_be_refused_is_refused_at_once(ticket, agent):
    CustomField.objects.create(key="cause", label="Przyczyna", type="text", is_required_to_solve=True)

    with pytest.raises(FieldsMissing):
        macros.reply(
            ticket=ticket, by=agent, text="A", at=AT, changes=[{"property": "status", "to": "solved"}], hold_s=10
        )

    assert not ticket.messages.filter(author=agent).exists()


def test_a_reply_taken_back_leaves_nothing_behind_of_its_macro(ticket, agent):
    changes = [{"property": "priority", "to": 3}]
    message = macros.reply(ticket=ticket, by=agent, text="Gotowe.", at=AT, changes=changes, hold_s=10)

    holding.take_back(message=message, by=agent, at=AT + SECOND)

    assert not Event.objects.filter(ticket=ticket, kind=Kind.PRIORITY_CHANGED).exists()


def test_somebody_who_took_the_ticket_meanwhile_keeps_it(ticket, agent, queue):
    other = make_agent(queue.team)
    message = hold(ticket, agent)
    changing.change_priority(ticket=ticket, to=3, by=other, at=AT + SECOND)
    reply(ticket=ticket, by=other, text="Ja też", at=AT + SECOND)

    release(message)

    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.first_reply_at) == (other, AT)
