"""A duty is looked back on by its volunteer, and each text is read by those whom it is for."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from rotations.actions import placing, reflecting, running
from rotations.models import Duty, Reflection, Round
from tests.factories import AT, HOUR, fresh, make_lead
from tests.rotations.duties import make_programme, make_round, shift_of, volunteer
from tickets.actions.errors import NotAllowed
from tickets.models import Team, User

TEXTS = {"for_me": "Tylko dla mnie", "for_mentors": "Dla opiekunów", "for_company": "Dla wszystkich"}


@pytest.fixture
def duty(team: Team, agent: User, clock: Any) -> Duty:
    of = make_round(make_programme(team), make_lead(team, language="en"), state=Round.State.PUBLISHED)
    made = placing.take_seat(shift=shift_of(of), channels=["email"], by=volunteer(), at=AT)
    Duty.objects.filter(pk=made.pk).update(mentor=agent)
    clock.move_to(made.shift.ends_at + HOUR)
    running.move_all(at=made.shift.ends_at)
    return Duty.objects.select_related("shift", "person").get(pk=made.pk)


def test_each_text_is_read_by_its_readers(duty: Duty, agent: User, team: Team, client: Any) -> None:
    url = reverse("reflection", args=[duty.pk])
    client.force_login(duty.person)
    assert url in client.get(reverse("my_duty")).content.decode()
    assert client.post(url, TEXTS).status_code == 302

    seen = {}
    for name, person, page in (
        ("own", duty.person, url),
        ("mentor", agent, reverse("mentoring")),
        ("colleague", volunteer(), reverse("duties")),
        ("lead", make_lead(team, language="en"), reverse("duties")),
    ):
        client.force_login(person)
        text = client.get(page).content.decode()
        seen[name] = [words in text for words in TEXTS.values()]

    assert seen == {
        "own": [True, True, True], "mentor": [False, True, False], "colleague": [False, False, True],
        "lead": [False, False, True],
    }  # fmt: skip


def test_it_can_be_written_anew_and_only_by_its_volunteer(duty: Duty, client: Any) -> None:
    told = {"duty": duty, "at": duty.shift.ends_at}
    reflecting.reflect(by=fresh(duty.person), **told, **TEXTS)
    reflecting.reflect(by=fresh(duty.person), **told, **(TEXTS | {"for_company": ""}))
    stranger = volunteer()
    with pytest.raises(NotAllowed):
        reflecting.reflect(by=stranger, **told, **TEXTS)
    client.force_login(stranger)

    assert Reflection.objects.get().for_company == ""
    assert client.get(reverse("reflection", args=[duty.pk])).status_code == 404


def test_a_duty_that_runs_is_not_looked_back_on(duty: Duty) -> None:
    Duty.objects.update(state=Duty.State.ACTIVE)
    duty.refresh_from_db()

    with pytest.raises(reflecting.NotOver):
        reflecting.reflect(duty=duty, by=fresh(duty.person), at=AT, **TEXTS)
