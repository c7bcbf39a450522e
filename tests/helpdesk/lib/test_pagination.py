"""Keyset pages: put together they are the whole list, each row once, also where many rows are equal."""

from datetime import timedelta

import pytest
from django.core import signing
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.lib.pagination import BadCursor, keyset_page
from tests.factories import AT, make_queue, make_requester, make_ticket
from tickets.models import Ticket, User

pytestmark = pytest.mark.django_db

ORDERS = [("work_at", "id"), ("-work_at", "-id"), ("opened_at", "-id"), ("-priority", "id"), ("subject", "id")]


def pages_of(rows, *, by, size):
    cursor, pages = None, []
    while True:
        page = keyset_page(rows, by=by, size=size, cursor=cursor)
        pages.append([row.pk for row in page.rows])
        cursor = page.next_cursor
        if cursor is None:
            return pages


few = st.integers(0, 2)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(few, few, few, st.booleans()), max_size=9),
    by=st.sampled_from(ORDERS),
    size=st.integers(1, 5),
)
def test_pages_put_together_are_the_whole_list(rows, by, size):
    with transaction.atomic():
        queue, requester = make_queue(), make_requester()
        Ticket.objects.bulk_create(
            Ticket(
                queue=queue,
                requester=requester,
                channel="email",
                subject=f"S{subject}",
                priority=priority + 1,
                opened_at=AT + timedelta(microseconds=opened),
                updated_at=AT,
                due_at=AT + timedelta(microseconds=opened),
                sla_state="running" if is_running else "",
            )
            for opened, priority, subject, is_running in rows
        )
        whole = list(Ticket.objects.order_by(*by).values_list("pk", flat=True))

        pages = pages_of(Ticket.objects.all(), by=by, size=size)

        assert [pk for page in pages for pk in page] == whole
        assert all(len(page) == size for page in pages[:-1])
        assert len(pages[-1]) > 0 or not whole
        transaction.set_rollback(True)


def test_a_row_added_before_the_mark_is_not_met_and_one_behind_it_is():
    tickets = [make_ticket(at=AT + timedelta(minutes=minute)) for minute in (0, 10, 20, 30)]
    page = keyset_page(Ticket.objects.all(), by=("opened_at", "id"), size=2)
    earlier = make_ticket(at=AT + timedelta(minutes=5))
    later = make_ticket(at=AT + timedelta(minutes=25))

    rest = keyset_page(Ticket.objects.all(), by=("opened_at", "id"), size=9, cursor=page.next_cursor)

    assert list(page.rows) == tickets[:2]
    assert list(rest.rows) == [tickets[2], later, tickets[3]]
    assert earlier not in rest.rows


def test_a_page_reads_one_statement_and_no_more_rows_than_it_shows(django_assert_num_queries):
    for _ in range(4):
        make_ticket()

    with django_assert_num_queries(1) as statements:
        page = keyset_page(Ticket.objects.all(), by=("work_at", "id"), size=3)

    assert len(page.rows) == 3
    assert "LIMIT 4" in statements.captured_queries[0]["sql"]


def test_a_mark_is_good_for_its_own_order_only():
    for _ in range(3):
        make_ticket()
    mark = keyset_page(User.objects.all(), by=("sort_key", "id"), size=1).next_cursor
    assert keyset_page(User.objects.all(), by=("sort_key", "id"), size=1, cursor=mark)

    for by in [("work_at", "id"), ("opened_at", "id")]:
        with pytest.raises(BadCursor):
            keyset_page(Ticket.objects.all(), by=by, size=1, cursor=mark)


@pytest.mark.parametrize(
    "cursor",
    ["x", "a:b:c", "'; drop table tickets_ticket; --", signing.dumps([["v", 1]], salt="other"), "\x00", "é" * 400],
    ids=["word", "parts", "sql", "signed for another use", "nul", "long"],  # a signature carries the time
)
def test_a_forged_mark_is_refused(cursor):
    make_ticket()

    with pytest.raises(BadCursor):
        keyset_page(Ticket.objects.all(), by=("work_at", "id"), size=1, cursor=cursor)
