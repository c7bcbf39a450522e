import pytest

from tests.factories import AT, HOUR, make_agent, make_queue, make_ticket
from tickets.actions.notifying import mark_read, notify
from tickets.models import Event, Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return make_agent()


def told(person, *, times=1):
    ticket = make_ticket(make_queue())
    event = Event.objects.get(ticket=ticket)
    for _ in range(times):
        notify(people=[person.pk], kind="assigned", event=event)
    return Notification.objects.filter(ticket=ticket)


def test_a_person_is_told_once_of_an_event(agent):
    notification = told(agent, times=2).get()

    assert (notification.person, notification.kind, notification.created_at) == (agent, "assigned", AT)
    assert notification.read_at is None


def test_whoever_did_it_is_not_told():
    ticket = make_ticket()

    notify(people=[ticket.requester_id], kind="assigned", event=Event.objects.get())

    assert not Notification.objects.exists()


def test_mark_read_narrows_to_one_to_a_ticket_or_to_all_of_ones_own(agent):
    other = make_agent()
    first, second, third, foreign = told(agent).get(), told(agent).get(), told(agent).get(), told(other).get()

    assert mark_read(by=agent, at=AT + HOUR, notification_id=first.pk) == 1
    assert mark_read(by=agent, at=AT + HOUR, notification_id=first.pk) == 0
    assert mark_read(by=agent, at=AT + HOUR, notification_id=foreign.pk) == 0
    assert mark_read(by=agent, at=AT + HOUR, ticket_id=second.ticket_id) == 1
    assert mark_read(by=agent, at=AT + 2 * HOUR) == 1

    read = dict(Notification.objects.values_list("pk", "read_at"))
    assert read == {first.pk: AT + HOUR, second.pk: AT + HOUR, third.pk: AT + 2 * HOUR, foreign.pk: None}
