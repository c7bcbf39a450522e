"""Absences at the sign-up: typed or from a calendar file, shown before they are kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rotations.models import Absence, Round, SignUp, Wish
from tests.factories import AT, make_lead
from tests.rotations.duties import MONDAY, make_programme, make_round, shift_of, volunteer
from tickets.models import Team, User

CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
BEGIN:VEVENT\r
SUMMARY:Operacja kolana\r
LOCATION:Szpital\r
DTSTART;VALUE=DATE:20260317\r
DTEND;VALUE=DATE:20260319\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:Kawa\r
DTSTART:20260320T080000Z\r
DTEND:20260320T083000Z\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
def of(team: Team) -> Round:
    return make_round(make_programme(team), make_lead(team), state=Round.State.SIGNUP)


@pytest.fixture
def ola(db: None) -> User:
    return volunteer(name="Ola Nowicka")


def posted(of: Round, person: User, *, file: bytes | None = None, **more: Any) -> Any:
    client = Client()
    client.force_login(person)
    values = {"channels": ["chat"], "quota": "2", "has_read": "1", f"wish_{shift_of(of).pk}": "want"} | more
    if file is not None:
        values["calendar"] = SimpleUploadedFile("urlop.ics", file, content_type="text/calendar")
    return client.post(f"/duties/rounds/{of.pk}/sign-up/", values)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def shown(response: Any) -> list[str]:
    return [value for value, _words in response.context["shown"]]


def test_dates_of_a_file_are_shown_first_and_kept_with_the_sign_up(of: Round, ola: User) -> None:
    first = posted(of, ola, file=CALENDAR.encode())
    before = SignUp.objects.count() + Absence.objects.count()

    again = posted(of, ola, away=shown(first))

    said = text_of(first)
    assert (first.status_code, before) == (200, 0)
    assert "Tue 17 March 2026 – Wed 18 March 2026" in said
    assert "1 entry shorter than four hours is left out." in said
    assert "Operacja" not in said
    assert first.context["form"][f"wish_{shift_of(of).pk}"].value() == "want"
    assert again.status_code == 302
    absence = Absence.objects.get()
    assert (absence.note, absence.kind, absence.person) == ("", "other", ola)
    assert absence.starts_at.isoformat() == "2026-03-16T23:00:00+00:00"
    assert Wish.objects.get().value == "want"


def test_rubbish_is_refused_in_a_sentence_and_the_draft_stays(of: Round, ola: User) -> None:
    answer = posted(of, ola, file=b"\x89PNG\r\n\x1a\n nothing of the kind", away_from="2026-03-24")

    said = text_of(answer)
    assert answer.status_code == 400
    assert "This is no calendar file." in said
    assert "2026-03-24" in said
    assert 'name="quota" value="2"' in said
    assert SignUp.objects.count() == 0


def test_what_is_not_ticked_is_not_kept_and_forged_values_are_nothing(of: Round, ola: User) -> None:
    posted(of, ola, away=["rubbish", "2026-03-17T00:00:00/2026-03-18T00:00:00", "2026-03-18T00:00:00+00:00/nie"])

    assert SignUp.objects.count() == 1
    assert Absence.objects.count() == 0


def test_typed_days_are_kept_and_what_is_known_is_not_entered_twice(of: Round, ola: User) -> None:
    known = {"starts_at": "2026-03-17T23:00:00+00:00", "ends_at": "2026-03-18T23:00:00+00:00"}
    Absence.objects.create(person=ola, kind="holiday", zone="Europe/Warsaw", added_at=AT, **known)

    for _time in range(2):
        answer = posted(of, ola, away_from=f"{MONDAY:%Y-%m-%d}", away_until="2026-03-20")

    spans = Absence.objects.order_by("starts_at").values_list("starts_at", "ends_at")
    assert answer.status_code == 302
    assert [f"{start:%d %H} {end:%d %H}" for start, end in spans] == ["15 23 17 23", "17 23 18 23", "18 23 20 23"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"away_until": "2026-03-20"}, "From which day on?"),
        ({"away_from": "2026-03-20", "away_until": "2026-03-19"}, "The end lies before the beginning."),
        ({"away_from": "2029-03-20"}, "That is more than two years away."),
    ],
)
def test_days_that_are_wrong_are_refused_in_a_sentence(
    of: Round, ola: User, values: dict[str, str], sentence: str
) -> None:
    answer = posted(of, ola, **values)

    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert SignUp.objects.count() == 0
