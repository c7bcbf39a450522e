"""Two administrators who change the same hours at once: one is carried out, the other is told so and loses nothing."""

from __future__ import annotations

import pytest
from django.db import connection

from sla.actions import editing, keeping
from sla.models import CalendarVersion, Edit
from tests.factories import AT, HOUR, make_admin, make_ticket
from tests.tickets import racing
from tests.tickets.racing import Crowd


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_holds_and_the_later_one_hears_why() -> None:
    office = {day: [("08:00", "16:00")] for day in range(5)}
    calendar = keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=office, at=AT)
    targets = {2: {"first_response": 4 * 3600}}
    keeping.make_policy(name="Reszta", calendar=calendar, targets=targets, is_default=True, at=AT)
    make_ticket()
    people = [make_admin(), make_admin()]
    now = keeping.values_of_calendar(calendar)
    wanted = [{"0": [["08:00", "10:00"]]}, {"0": [["12:00", "20:00"]]}]
    edits = [
        editing.propose(
            kind="calendar",
            target=calendar.pk,
            base=editing.fingerprint(now),
            proposed={**now, "weekly": weekly},
            by=by,
            at=AT + HOUR,
        )
        for weekly, by in zip(wanted, people, strict=True)
    ]
    crowd = Crowd(2, connection.settings_dict["NAME"])
    try:
        numbers = ([edit.pk for edit in edits], [by.pk for by in people], AT + HOUR)
        ((first, second),) = crowd.press(racing.apply_edit, numbers)
    finally:
        crowd.end()

    assert sorted([first, second]) == ["StillApplying", "applying"]
    won = 0 if first == "applying" else 1
    (held,) = CalendarVersion.objects.filter(calendar=calendar, replaced_at=None)
    assert held.weekly == wanted[won]
    assert CalendarVersion.objects.filter(calendar=calendar).count() == 2

    # Once the first is done the other hears what has changed, and what they wanted is still there.
    while editing.apply_batch(edits[won].pk, at=AT + HOUR):
        pass
    Edit.objects.filter(pk=edits[won].pk).update(state="done")
    later = Edit.objects.get(pk=edits[1 - won].pk)
    with pytest.raises(editing.ChangedMeanwhile):
        editing.apply(edit=later, by=people[1 - won], at=AT + HOUR)
    assert Edit.objects.get(pk=later.pk).proposed["weekly"] == wanted[1 - won]
