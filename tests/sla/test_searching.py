"""What promises can be searched by, as of any moment and with no sweep."""

from datetime import timedelta

import pytest

from sla.actions import keeping
from tests.factories import AT, HOUR, MINUTE, make_agent, make_queue, make_reply, make_requester, make_ticket
from tickets.models import Ticket
from tickets.queries import searching
from tickets.queries.searching.meaning import Reading
from tickets.searching import QueryError

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def found(text: str, at: timedelta) -> set[str]:
    asked = searching.conditions(searching.read(text), None, AT + at, reading=Reading(None, AT + at))
    return set(Ticket.objects.filter(asked).values_list("subject", flat=True))


@pytest.fixture(autouse=True)
def tickets() -> None:
    """Four hours to the first reply, 24 of work to the solution."""
    keeping.make_usual_policy(at=AT)
    queue, requester = make_queue(), make_requester()
    agent = make_agent(queue.team)

    def opened(subject: str) -> Ticket:
        return make_ticket(queue, requester=requester, subject=subject)

    opened("new")
    make_reply(opened("answered"), agent, at=AT + HOUR)
    make_reply(opened("asked back"), agent, at=AT + HOUR, next_status="waiting")
    make_reply(opened("solved"), agent, at=AT + HOUR, next_status="solved")
    make_reply(opened("solved late"), agent, at=AT + 5 * HOUR, next_status="solved")


def test_what_runs_waits_and_was_kept() -> None:
    assert found("sla:running", 5 * HOUR) == {"new", "answered"}
    assert found("sla:paused", 5 * HOUR) == {"asked back"}
    assert found("sla:met", 5 * HOUR) == {"solved", "solved late"}
    assert found("sla:missed", 5 * HOUR) == {"solved late"}


def test_what_turns_amber_as_the_pill_does() -> None:
    assert found("sla:warning", 3 * HOUR - MINUTE) == set()
    assert found("sla:warning", 3 * HOUR) == {"new"}
    assert found("sla:warning", 4 * HOUR - MINUTE) == {"new"}
    assert found("sla:warning", 4 * HOUR + MINUTE) == set()


def test_what_is_broken_is_so_without_a_sweep() -> None:
    assert found("sla:breached", 4 * HOUR) == {"solved late"}
    assert found("sla:breached", 4 * HOUR + MINUTE) == {"new", "solved late"}
    assert found("sla:breached -sla:missed", 4 * HOUR + MINUTE) == {"new"}


def test_by_what_is_due_next() -> None:
    assert found("metric:first_response", 2 * HOUR) == {"new"}
    assert found("metric:resolution", 2 * HOUR) == {"answered", "asked back"}
    assert found("due<4h metric:first", 2 * HOUR) == {"new"}


def test_words_of_a_pole() -> None:
    assert found("sla:przekroczone", 5 * HOUR) == found("sla:breached", 5 * HOUR)


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(QueryError):
        found("sla:nonsense", HOUR)
