"""Rows stored by kept statements are the rows that Django would have stored."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from helpdesk.lib import prepared, prepared_rows
from tests.factories import AT, HOUR, make_agent, make_queue, make_requester, make_ticket
from tickets.models import Event, Kind, Message, Ticket

pytestmark = pytest.mark.django_db


def _ticket(queue, **fields):
    person = make_requester()
    values = {"subject": "Drukarka", "channel": "web", "opened_at": AT, "updated_at": AT, "fields": {"a": "ę"}}
    return Ticket(**{**values, "queue": queue, "requester": person, **fields})


def _columns(row):
    return {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields}


@pytest.mark.parametrize("is_checked", [True, False])
def test_a_new_row_is_stored_whole_and_knows_what_the_database_gave_it(monkeypatch, is_checked):
    monkeypatch.setattr(prepared, "is_checked", is_checked)
    queue = make_queue()
    for fields in ({}, {"due_at": AT + HOUR, "tags": ["pilne", 'a"b']}, {"assignee": make_agent()}):
        row = prepared_rows.insert(_ticket(queue, **fields))

        stored = Ticket.objects.get(pk=row.pk)
        assert _columns(stored) == _columns(row)
        assert row.work_at == stored.work_at
        assert not row._state.adding
        assert row.requester is stored.requester or row.requester == stored.requester


def test_a_row_with_its_own_number_and_a_value_of_the_database():
    ticket = make_ticket()
    number = Event.objects.latest("pk").pk + 1000

    for row in (Event(ticket=ticket, kind=Kind.NOTED, at=AT), Event(pk=number, ticket=ticket, kind=Kind.NOTED, at=AT)):
        stored = Event.objects.get(pk=prepared_rows.insert(row).pk)
        assert stored.xid == Event.objects.earliest("pk").xid
        assert model_to_dict(stored) == model_to_dict(Event.objects.get(pk=row.pk))
    assert row.pk == number


@pytest.mark.parametrize("is_checked", [True, False])
def test_every_column_is_stored_again_empty_ones_too(monkeypatch, is_checked):
    monkeypatch.setattr(prepared, "is_checked", is_checked)
    ticket, other = make_ticket(), make_ticket()
    before = _columns(Ticket.objects.get(pk=other.pk))
    for assignee, due_at in ((make_agent(), AT), (None, AT), (make_agent(), None), (None, None)):
        row = Ticket.objects.get(pk=ticket.pk)
        row.assignee, row.due_at, row.subject, row.tags = assignee, due_at, "Inny", ["nowy"]

        prepared_rows.update(row)

        stored = Ticket.objects.get(pk=ticket.pk)
        assert (stored.assignee, stored.due_at, stored.subject, stored.tags) == (assignee, due_at, "Inny", ["nowy"])
    assert _columns(Ticket.objects.get(pk=other.pk)) == before


def _locked(number):
    return Ticket.objects.select_for_update(no_key=True).filter(pk=number)


@pytest.mark.parametrize("is_checked", [True, False])
def test_of_a_row_read_under_a_lock_what_is_another_now_is_stored(monkeypatch, is_checked):
    monkeypatch.setattr(prepared, "is_checked", is_checked)
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(tags=["alt"])
    before = _columns(Ticket.objects.get(pk=ticket.pk))
    (row,) = prepared.rows((), _locked, number=ticket.pk)
    row.subject, row.due_at = "Inny", AT
    row.tags.append("nowy")

    with CaptureQueriesContext(connection) as sent:
        prepared_rows.update(row)

    written = sent.captured_queries[0]["sql"]
    assert '"subject"' in written and '"channel"' not in written
    changed = {"subject": "Inny", "due_at": AT, "tags": ["alt", "nowy"]}
    assert _columns(Ticket.objects.get(pk=ticket.pk)) | {"work_at": None} == before | changed | {"work_at": None}


def test_what_a_savepoint_took_back_is_stored_again():
    ticket = make_ticket()
    (row,) = prepared.rows((), _locked, number=ticket.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.subject = "Inny"
        prepared_rows.update(row)
        raise IntegrityError

    prepared_rows.update(row)

    assert Ticket.objects.get(pk=ticket.pk).subject == "Inny"


@pytest.mark.parametrize("is_checked", [True, False])
def test_some_columns_are_stored_and_no_others(monkeypatch, is_checked):
    monkeypatch.setattr(prepared, "is_checked", is_checked)
    ticket, agent = make_ticket(), make_agent()
    for values in ({"subject": "Inny", "due_at": AT}, {"due_at": None, "subject": "Nowy"}, {"assignee_id": agent.pk}):
        before = _columns(Ticket.objects.get(pk=ticket.pk))

        assert prepared_rows.change(Ticket, ticket.pk, **values)

        assert _columns(Ticket.objects.get(pk=ticket.pk)) | {"work_at": None} == before | values | {"work_at": None}
    assert not prepared_rows.change(Ticket, ticket.pk + 1000, subject="Nigdzie")


def test_a_row_that_is_gone_is_not_stored():
    ticket = make_ticket()
    Message.objects.filter(ticket=ticket).delete()
    gone = Ticket(pk=ticket.pk + 1000, queue=ticket.queue, requester=ticket.requester, opened_at=AT, updated_at=AT)

    with pytest.raises(DatabaseError), transaction.atomic():
        prepared_rows.update(gone)


def test_what_hangs_on_an_unsaved_row_is_refused():
    unsaved = _ticket(make_queue())

    with pytest.raises(ValueError, match="unsaved related object"):
        prepared_rows.insert(Event(ticket=unsaved, kind=Kind.NOTED, at=AT))


def test_what_the_database_refuses_is_an_error_as_ever():
    ticket = make_ticket()
    taken = Event.objects.filter(ticket=ticket).earliest("pk").pk

    with pytest.raises(IntegrityError), transaction.atomic():
        prepared_rows.insert(Event(pk=taken, ticket=ticket, kind=Kind.NOTED, at=AT))
