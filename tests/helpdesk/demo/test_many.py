"""`demo --tickets`: as many as asked for, the same for the same seed, and as sound as the Monday morning."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count

from helpdesk.demo import many
from helpdesk.demo.rows import Made
from tests.conftest import MONDAY_8_00
from tests.helpdesk.demo import invariants
from tickets.models import Event, Message, SearchText, SearchWord, Status, Ticket, User
from tickets.queries.searching import find, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
HEAVY = [model._meta.db_table for model in many.LOADED]


@pytest.fixture(scope="module")
def before(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[tuple[str, ...]]]:
    with django_db_blocker.unblock():
        yield _schema()


@pytest.fixture(scope="module")
def desk(before: Any, django_db_blocker: Any) -> Iterator[Made]:
    """Large enough for Friday's breakdown, in two slices and more."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield many.fill(tickets=3600, unsolved=1000)
        transaction.set_rollback(True)


def test_there_is_as_much_as_was_asked_for(desk: Made) -> None:
    unsolved = Ticket.objects.unsolved()
    statuses = dict(unsolved.order_by().values_list("status").annotate(n=Count("pk")))

    assert (desk.unsolved, desk.solved) == (1000, 2600)
    assert Ticket.objects.present().count() == 3600 - 1  # one was merged
    assert unsolved.count() == 1000
    assert statuses[Status.WAITING] > statuses[Status.ON_HOLD] > 100
    assert unsolved.filter(assignee=None).count() > 200
    assert min(Ticket.objects.order_by().values("queue").annotate(n=Count("pk")).values_list("n", flat=True)) > 100


def test_it_is_sound(desk: Made) -> None:
    invariants.columns_agree_with_messages_and_events()
    invariants.every_property_is_the_last_that_an_event_gave()
    invariants.whoever_has_a_ticket_may_work_it()
    invariants.the_facts_about_promises_are_whole()
    invariants.every_clock_is_what_the_events_give()
    invariants.no_text_has_an_unfilled_slot()
    invariants.nothing_happened_after_monday_eight_o_clock()


def test_indexes_keys_and_statistics_are_as_they_were(desk: Made, before: list[tuple[str, ...]]) -> None:
    assert len(before) > 70
    assert _schema() == before


def test_numbers_go_on_behind_the_last(desk: Made) -> None:
    for model in (Ticket, Message, Event):
        last = model.objects.order_by("-pk").values_list("pk", flat=True)[0]  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
            assert cursor.fetchone()[0] > last


def test_everything_can_be_found(desk: Made) -> None:
    admin = User.objects.get(role="admin")
    ticket = Ticket.objects.present().order_by("pk")[17]

    assert SearchText.objects.count() == Ticket.objects.count() + Message.objects.count()
    assert not SearchText.objects.filter(is_withheld=True).exists()
    found = find(read(f'subject:"{ticket.subject}" number:{ticket.pk}'), admin, at=MONDAY_8_00)
    assert [row.pk for row in found.rows] == [ticket.pk]


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_data_however_many_tell_it() -> None:
    """Processes take turns anyhow: what each slice is comes from its place alone."""
    slices = many.plan(300, 30)
    assert sum(part.tickets for part in slices) == 300
    assert len(many.plan(100_000, 20_000)) > 30
    assert max(part.tickets for part in many.plan(1_000_000, 100_000)) <= many.SLICE

    first, again, other = _made(1), _made(1), _made(2)
    assert first == again
    assert first != other


@pytest.mark.django_db(transaction=True)
def test_several_processes_tell_what_one_tells() -> None:
    alone = _tickets_of(many.fill(tickets=400, unsolved=40, processes=1))
    User.objects.exists()  # a connection is open, and the processes must not share it
    many.SLICE, kept = 100, many.SLICE
    try:
        sliced = _tickets_of(many.fill(tickets=400, unsolved=40, processes=1))
        together = _tickets_of(many.fill(tickets=400, unsolved=40, processes=2))
    finally:
        many.SLICE = kept

    assert sliced == together
    assert len(alone) == len(sliced) == 400


@pytest.mark.django_db(transaction=True)
def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo", tickets=300)
    with pytest.raises(CommandError, match="--reset"):
        call_command("demo", tickets=300)
    call_command("demo", tickets=200, unsolved=50, reset=True)

    assert Ticket.objects.count() == 200
    assert "50 open and 150 solved" in capsys.readouterr().out
    for refused in ({"tickets": 99}, {"tickets": 2_000_000}, {"unsolved": 5}, {"tickets": 200, "unsolved": 150}):
        with pytest.raises(CommandError, match="--"):
            call_command("demo", reset=True, **refused)
    assert Ticket.objects.count() == 200


def _tickets_of(made: Made) -> list[tuple[Any, ...]]:
    return list(Ticket.objects.order_by("pk").values_list("pk", "subject", "requester", "status", "updated_at"))


def _made(number: int) -> str:
    """A hash over every row of what was loaded."""
    digest = hashlib.sha256()
    with transaction.atomic(), connection.cursor() as cursor:
        many.fill(tickets=300, unsolved=30, seed_number=number)
        for table in HEAVY:
            cursor.execute(f"select to_jsonb(row) - '{{xid,id}}'::text[] from {table} row order by 1")  # noqa: S608
            for (row,) in cursor.fetchall():
                digest.update(str(row).encode())
        digest.update(str(sorted(SearchWord.objects.values_list("text", flat=True))).encode())
        transaction.set_rollback(True)
    return digest.hexdigest()


def _schema() -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index "
            "where indrelid = any(%s::regclass[]) union "
            "select conname, pg_get_constraintdef(oid) from pg_constraint "
            "where conrelid = any(%s::regclass[]) order by 1, 2",
            [HEAVY, HEAVY],
        )
        return list(cursor.fetchall())
