"""Scales of charts, for any numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.lib.charts import bar_chart, nice_step, share


@pytest.mark.parametrize(("highest", "step"), [(0, 1), (1, 1), (4, 1), (5, 2), (17.3, 5), (60, 20), (1546, 500)])
def test_lines_stand_at_round_numbers(highest, step):
    assert nice_step(highest) == step


@given(st.lists(st.floats(0, 1e6), max_size=30))
def test_bars_stand_on_the_ground_inside_the_picture_in_proportion(values):
    chart = bar_chart(values)

    assert len(chart.bars) == len(values)
    for bar in chart.bars:
        assert chart.left <= bar.x and bar.x + bar.width <= chart.width + 0.01
        assert 0 <= bar.y <= chart.ground and abs(bar.y + bar.height - chart.ground) < 0.02
    heights = [bar.height for _, bar in sorted(zip(values, chart.bars, strict=True), key=lambda pair: pair[0])]
    assert heights == sorted(heights)
    assert chart.ticks[0].y == chart.ground
    assert chart.ticks[-1].value >= max(values, default=0)


def test_a_share_is_part_of_the_longest():
    assert (share(5, 10), share(0, 10), share(0, 0), share(1, 3)) == (50.0, 0.0, 0.0, 33.3)
