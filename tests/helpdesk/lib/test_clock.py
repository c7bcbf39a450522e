"""The one clock: its offset, its database side, and moving it in tests."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from helpdesk.lib import clock as product_clock

MONDAY = datetime(2026, 3, 9, 8, 0, tzinfo=ZoneInfo("Europe/Warsaw"))
SECOND = timedelta(seconds=1)


def test_now_is_process_time_plus_the_offset(settings):
    settings.CLOCK_OFFSET = timedelta(days=-3)

    assert abs(product_clock.now() - (datetime.now(UTC) - timedelta(days=3))) < SECOND
    assert abs(product_clock.real_now() - datetime.now(UTC)) < SECOND


@pytest.mark.django_db
def test_the_databases_time_has_the_same_offset_and_moves_inside_a_transaction(settings):
    settings.CLOCK_OFFSET = timedelta(hours=5)

    first, second = product_clock.database_now(), product_clock.database_now()

    assert abs(first - product_clock.now()) < 2 * SECOND
    assert second > first
    assert first.utcoffset() == timedelta(0)


@pytest.mark.django_db
def test_a_moved_clock_stands_still_everywhere_in_its_thread():
    with product_clock.moved_to(MONDAY):
        times = {product_clock.now(), product_clock.real_now(), product_clock.database_now()}
        elsewhere: list[datetime] = []
        thread = threading.Thread(target=lambda: elsewhere.append(product_clock.now()))
        thread.start()
        thread.join()

    assert times == {MONDAY}
    assert next(iter(times)).tzinfo is UTC
    assert elsewhere[0] != MONDAY
    assert product_clock.now() != MONDAY


def test_moves_nest_and_survive_errors():
    with product_clock.moved_to(MONDAY):
        with pytest.raises(KeyError), product_clock.moved_to(MONDAY + SECOND):
            assert product_clock.now() == MONDAY + SECOND
            raise KeyError
        assert product_clock.now() == MONDAY


def test_the_clock_moves_to_aware_times_only():
    with pytest.raises(ValueError, match="aware"), product_clock.moved_to(datetime(2026, 3, 9, 8, 0)):
        pass


def test_offset_from_leads_real_time_to_demo_time():
    real = datetime(2026, 11, 21, 12, 0, 0, 400_000, tzinfo=UTC)

    offset = product_clock.offset_from(MONDAY, real)

    assert offset.microseconds == 0
    assert abs(real + offset - MONDAY) < SECOND
