"""What upper apps store: no event, no new version."""

import pytest

from tests.factories import AT, HOUR, make_agent, make_colleague, make_grant, make_queue, make_ticket
from tickets.actions.facts import revoke_grant, store_grant, store_presence, store_promise
from tickets.models import DueState, Event, Metric, Presence, Ticket

pytestmark = pytest.mark.django_db


def test_store_promise_changes_nothing_but_the_promise():
    ticket = make_ticket()
    events = Event.objects.count()

    store_promise(ticket.pk, due_at=AT + HOUR, sla_state=DueState.RUNNING, sla_metric=Metric.FIRST_RESPONSE)

    stored = Ticket.objects.get()
    assert (stored.due_at, stored.sla_state, stored.sla_metric) == (AT + HOUR, "running", "first_response")
    assert stored.work_at == AT + HOUR
    assert (stored.version, stored.updated_at, Event.objects.count()) == (ticket.version, ticket.updated_at, events)


def test_store_promise_knows_no_other_columns():
    ticket = make_ticket()

    with pytest.raises(ValueError, match="priority, status"):
        store_promise(ticket.pk, status="solved", priority=1, due_at=AT)

    assert Ticket.objects.get().due_at is None


def test_store_grant_keeps_everything_it_is_told():
    volunteer, mentor, queue = make_colleague(), make_agent(), make_queue()
    windows = [(AT, AT + HOUR), (AT + 24 * HOUR, AT + 25 * HOUR)]

    grant = store_grant(
        user=volunteer,
        channels=["email"],
        queues=[queue],
        windows=windows,
        mentors=[mentor],
        cap=4,
        chat_cap=1,
        is_reviewed=False,
    )

    grant.refresh_from_db()
    assert (grant.user, grant.channels, grant.cap, grant.chat_cap, grant.is_reviewed) == (
        volunteer,
        ["email"],
        4,
        1,
        False,
    )
    assert (grant.queues.get(), grant.mentors.get()) == (queue, mentor)
    assert list(grant.windows.order_by("starts_at").values_list("starts_at", "ends_at")) == windows


def test_revoke_grant_keeps_the_first_withdrawal():
    grant = make_grant(make_colleague(), make_queue())

    revoke_grant(grant, at=AT)
    revoke_grant(grant, at=AT + HOUR)

    grant.refresh_from_db()
    assert grant.revoked_at == AT


def test_store_presence_replaces_what_is_still_to_come():
    person = make_agent()
    past = (AT - 3 * HOUR, AT - 2 * HOUR)
    store_presence(person, [past, (AT, AT + HOUR)], after=AT - 4 * HOUR)

    store_presence(person, [(AT + 2 * HOUR, AT + 3 * HOUR)], after=AT)

    spans = Presence.objects.order_by("starts_at").values_list("starts_at", "ends_at")
    assert list(spans) == [past, (AT + 2 * HOUR, AT + 3 * HOUR)]
