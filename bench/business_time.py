"""`python -m bench.business_time`: how many answers about working time one core gives a second.

Random moments of one year and targets of up to five days, an office in Warsaw with its public holidays. The best of
many short rounds by processor time, as the machine may be busy with other things. The bare loop is the calibration.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from sla.business_time import BusinessCalendar

QUESTIONS = 2_000
ROUNDS = 500
DUE_TIMES_WANTED = 500_000

OFFICE = {day: [("08:00", "12:00"), ("12:30", "16:30")] for day in range(5)}
HOLIDAYS = [
    date(2026, 1, 1),
    date(2026, 1, 6),
    date(2026, 4, 6),
    date(2026, 5, 1),
    date(2026, 6, 4),
    date(2026, 11, 11),
]


def main() -> None:
    calendar = BusinessCalendar("Europe/Warsaw", OFFICE, {day: [] for day in HOLIDAYS})
    chance = random.Random(6)
    moments = [
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(365 * 86_400)) for _ in range(QUESTIONS)
    ]
    targets = [chance.randrange(1, 40 * 3_600) for _ in range(QUESTIONS)]

    began = time.process_time()
    calendar.due(moments[0], 1)
    print(f"a year compiled: {1_000 * (time.process_time() - began):.1f} ms")
    print(f"bare loop:       {rate(lambda moment, target: None, moments, targets):>10,.0f} a second")
    print(f"elapsed:         {rate(lambda a, _: calendar.elapsed(moments[0], a), moments, targets):>10,.0f} a second")
    print(f"back:            {rate(calendar.back, moments, targets):>10,.0f} a second")
    due_times = rate(calendar.due, moments, targets)
    print(f"due:             {due_times:>10,.0f} a second, wanted {DUE_TIMES_WANTED:,}")


def rate(work: Callable[[datetime, int], object], moments: list[datetime], targets: list[int]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for moment, target in zip(moments, targets, strict=True):
            work(moment, target)
        best = min(best, time.process_time() - began)
    return QUESTIONS / best


if __name__ == "__main__":
    main()
