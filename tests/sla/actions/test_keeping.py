from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sla.actions import keeping
from sla.models import Calendar, CalendarVersion, Policy, PolicyVersion
from tests.factories import AT
from tickets.models import Priority
from tickets.searching import QueryError

pytestmark = pytest.mark.django_db

OFFICE = {0: [("08:00", "16:00")]}


@pytest.mark.parametrize(
    ("zone", "weekly"),
    [("Europe/Warsaw", {}), ("Mars/Olympus", OFFICE), ("UTC", {0: [("08:00", "25:00")]})],
)
def test_a_calendar_that_cannot_be_meant_is_not_kept(zone: str, weekly: Any) -> None:
    with pytest.raises(ValueError, match=r"\."):
        keeping.make_calendar(name="Zły", zone=zone, weekly=weekly, at=AT)

    assert not Calendar.objects.exists() and not CalendarVersion.objects.exists()


@pytest.mark.parametrize(
    "targets",
    [{}, {2: {}}, {9: {"resolution": 60}}, {2: {"speed": 60}}, {2: {"resolution": 0}}, {2: {"resolution": 1.5}}],
)
def test_a_target_that_cannot_be_meant_is_not_kept(targets: Any) -> None:
    calendar = keeping.make_calendar(name="Biuro", zone="UTC", weekly=OFFICE, at=AT)

    with pytest.raises(ValueError, match=r"\."), transaction.atomic():
        keeping.make_policy(name="Zła", calendar=calendar, targets=targets, is_default=True, at=AT)

    assert not Policy.objects.exists() and not PolicyVersion.objects.exists()


@pytest.mark.parametrize(("conditions", "error"), [("", ValueError), ("queue:nieznana", QueryError), ("(", QueryError)])
def test_conditions_that_cannot_be_meant_are_not_kept(conditions: str, error: type[Exception]) -> None:
    calendar = keeping.make_calendar(name="Biuro", zone="UTC", weekly=OFFICE, at=AT)

    with pytest.raises(error):
        keeping.make_policy(name="Zła", calendar=calendar, targets=keeping.USUAL_TARGETS, conditions=conditions, at=AT)


def test_there_is_one_default_policy() -> None:
    assert keeping.make_usual_policy(at=AT)
    assert not keeping.make_usual_policy(at=AT)

    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.filter(is_default=True).get()
        Policy.objects.create(name="Druga", is_default=True)
    assert PolicyVersion.objects.get().targets[str(int(Priority.URGENT))]["first_response"] == 3600
