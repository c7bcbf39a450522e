"""`sla_reconcile` and `sla_backfill`, on tickets that real actions made."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sla.actions import keeping, sweeping
from sla.models import Agreement, Clock, Flag, Policy, Standing
from tests.factories import AT, HOUR, make_admin, make_agent, make_reply, make_requester_message, make_ticket
from tests.tickets.views.conftest import statements
from tickets.actions import changing
from tickets.models import Event, Priority, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def run(command: str, *arguments: str) -> str:
    said = StringIO()
    call_command(command, *arguments, stdout=said, verbosity=0)
    return said.getvalue()


def rows() -> list[dict[str, Any]]:
    return list(Clock.objects.order_by("ticket", "metric", "cycle").values(*_COLUMNS))


_COLUMNS = [field.attname for field in Clock._meta.fields if field.attname not in ("id", "due_rev")]


@pytest.fixture
def lived(clock: Any) -> Ticket:
    """A ticket with a past of some hours."""
    ticket = make_ticket()
    agent = make_agent(ticket.queue.team)
    make_reply(ticket, agent, at=AT + HOUR, next_status="waiting")
    make_requester_message(ticket, at=AT + 3 * HOUR)
    make_reply(ticket, agent, at=AT + 4 * HOUR, next_status="solved")
    make_requester_message(ticket, at=AT + 5 * HOUR)
    clock.move_to(AT + 6 * HOUR)
    return ticket


def test_a_desk_without_clocks_gets_those_it_would_have_had(request: pytest.FixtureRequest) -> None:
    ticket = request.getfixturevalue("lived")
    assert not Clock.objects.exists()

    assert "usual targets are made" in run("sla_backfill")

    states = {(row["metric"], row["cycle"]): row["state"] for row in rows()}
    assert states == {
        ("first_response", 1): "met",
        ("next_response", 1): "met",
        ("next_response", 2): "running",
        ("resolution", 1): "running",
    }
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.sla_state, now.sla_metric) == ("running", "next_response")
    assert "1 tickets read, 0 differed" in run("sla_reconcile")


def test_running_it_again_changes_nothing(lived: Ticket) -> None:
    run("sla_backfill")
    before = rows()

    assert "0 tickets have clocks now that had none" in run("sla_backfill")

    assert rows() == before


def test_what_the_sweep_finds_while_it_reads_is_no_difference(lived: Ticket, clock: Any) -> None:
    other = make_ticket(at=AT + 5 * HOUR)
    run("sla_backfill")
    Clock.objects.filter(ticket=lived, state="running").update(used_s=7)

    class Reader(StringIO):
        """Time goes on, and the sweep with it, while the first differences are written down."""

        def write(self, text: str) -> int:
            if not Flag.objects.filter(ticket=other).exists():
                clock.move_to(AT + 30 * HOUR)
                sweeping.sweep(at=AT + 30 * HOUR)
            return super().write(text)

    said = Reader()
    with pytest.raises(CommandError, match="2 tickets read, 1 differed"):
        call_command("sla_reconcile", stdout=said, verbosity=0)

    assert Flag.objects.filter(ticket=other).exists()
    assert f"#{lived.pk}" in said.getvalue() and f"#{other.pk}" not in said.getvalue()


def test_it_goes_on_where_it_was_stopped(lived: Ticket) -> None:
    other = make_ticket()
    run("sla_backfill")
    Clock.objects.filter(ticket=other).delete()
    Standing.objects.filter(ticket=other).delete()

    assert "1 tickets have clocks" in run("sla_backfill")

    assert Agreement.objects.filter(ticket=other).count() == 1
    assert Clock.objects.filter(ticket=other).count() == 2


def test_what_follows_moves_the_clocks_that_were_begun(lived: Ticket) -> None:
    run("sla_backfill")

    changing.change_priority(ticket=lived, to=Priority.URGENT, by=make_admin(), at=AT + 6 * HOUR)

    assert Ticket.objects.get(pk=lived.pk).due_at == AT + 6 * HOUR
    assert "0 differed" in run("sla_reconcile")


def test_policies_without_a_default_promise_nothing() -> None:
    Policy.objects.create(name="VIP", conditions="tag:vip")

    with pytest.raises(CommandError, match="no default policy"):
        run("sla_backfill")


@pytest.mark.parametrize(
    "wrong",
    [
        {"due_at": AT},
        {"used_s": 1},
        {"state": "met"},
        {"started_at": AT - HOUR},
        {"runs": []},
        {"target_s": 60},
        {"breached_at": AT},
        {"next_at": AT},
        {"next_level": "used:99"},
        {"overdue_s": 7},
    ],
)
def test_a_planted_error_is_found_and_mended(lived: Ticket, wrong: dict[str, Any]) -> None:
    run("sla_backfill")
    right = rows()
    Clock.objects.filter(ticket=lived, metric="resolution").update(**wrong)

    with pytest.raises(CommandError, match="1 differed"):
        run("sla_reconcile")
    assert f"#{lived.pk} resolution 1 {next(iter(wrong))}" in run("sla_reconcile", "--fix")

    assert rows() == right
    assert "0 differed" in run("sla_reconcile")


def test_flags_that_are_missing_or_wrong_are_found_and_mended() -> None:
    keeping.make_usual_policy(at=AT)
    ticket = make_ticket(at=AT - 24 * 5 * HOUR)
    make_reply(ticket, make_agent(ticket.queue.team), at=AT - HOUR)
    passed = set(Flag.objects.values_list("metric", "level", "at"))
    assert len(passed) >= 2
    Flag.objects.filter(level="breach").delete()
    Flag.objects.filter(level="used:75").update(at=AT)

    with pytest.raises(CommandError, match="1 differed"):
        run("sla_reconcile")
    run("sla_reconcile", "--fix")

    assert set(Flag.objects.filter(revoked_at=None).values_list("metric", "level", "at")) == passed
    assert Flag.objects.exclude(revoked_at=None).exists()
    assert "0 differed" in run("sla_reconcile")


def test_missing_and_surplus_clocks_and_wrong_facts_are_found_and_mended(lived: Ticket) -> None:
    run("sla_backfill")
    right, facts = rows(), Ticket.objects.filter(pk=lived.pk).values("due_at", "sla_state").get()
    Clock.objects.filter(ticket=lived, metric="first_response").update(cycle=7)
    Ticket.objects.filter(pk=lived.pk).update(due_at=AT)

    run("sla_reconcile", "--fix")

    assert rows() == right
    assert Ticket.objects.filter(pk=lived.pk).values("due_at", "sla_state").get() == facts


def test_an_event_that_was_lost_is_found(lived: Ticket) -> None:
    run("sla_backfill")
    Event.objects.filter(ticket=lived, kind="replied").first().delete()  # type: ignore[union-attr]

    with pytest.raises(CommandError, match="1 differed"):
        run("sla_reconcile")


def test_what_is_right_costs_statements_by_the_batch(lived: Ticket) -> None:
    run("sla_backfill")
    counts = []
    for more in (0, 4):
        for _each in range(more):
            ticket = make_ticket(at=AT)
            make_reply(ticket, make_agent(ticket.queue.team), at=AT + HOUR)
        run("sla_backfill")
        with statements() as sent:
            assert "0 differed" in run("sla_reconcile")
        counts.append(len(sent))

    assert counts[0] == counts[1] <= 12


def test_nothing_is_late_before_its_time_is_over() -> None:
    keeping.make_usual_policy(at=AT)
    make_ticket(at=AT - 100 * HOUR)

    assert "0 differed" in run("sla_reconcile")
