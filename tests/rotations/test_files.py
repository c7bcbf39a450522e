"""Lists of duties and of working hours as CSV: each page gives its own, as it stands there, to whoever may."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from rotations.actions import being_away, placing, qualifying, rounds, wanting
from rotations.models import Absence, Finding, Reflection, Round
from rotations.queries import demand as demands
from rotations.views import files
from tests.factories import AT, make_admin, make_agent, make_lead, make_queue, make_team, make_ticket
from tests.rotations.duties import MONDAY, make_programme, make_round, propose, shift_of, sign_up, volunteer
from tests.rotations.test_covers import client_of
from tests.rotations.test_hours_and_absences import set_hours
from tests.tickets.views.conftest import shown, statements
from tickets.models import AuditEntry, Team, User

pytestmark = pytest.mark.django_db
STORM = (8 * 60, 11 * 60)
DAY = timedelta(days=1)


def table(response: Any) -> list[list[str]]:
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def of(team: Team, lead: User) -> Round:
    """Ola has confirmed Monday to Wednesday; of the second seat nobody has anything, and Ewa would not come at all."""
    made = make_round(make_programme(team, name="=Dyżury"), lead, state=Round.State.SIGNUP)
    ola, ewa = volunteer(name="+Ola Nowicka"), volunteer(name="Ewa Maj")
    monday = shift_of(made)
    sign_up(made, ola, {monday.pk: "want"}, partners=[ewa])
    sign_up(made, ewa, {monday.pk: "cannot"}, quota=2)
    wanting.set_demand(of=made, wanted={(0, STORM, "tickets"): demands.Wanted(2, 3)}, by=lead)
    rounds.move_on(of=made, to=Round.State.PLANNING, by=lead, at=AT)
    mentor = make_agent(team, name="Agnieszka Wrona")
    propose(monday, ola, lead, mentor=mentor)
    made = rounds.move_on(of=made, to=Round.State.PUBLISHED, by=lead, at=AT)
    duty = placing.confirm(duty=ola.duties.get(), by=ola, at=AT)
    ticket = make_ticket(team.queues.get(), subject="Faktury")
    Finding.objects.create(duty=duty, kind="bug", text="=pusty PDF", ticket=ticket, at=AT)
    Reflection.objects.create(
        duty=duty, for_me="tylko dla mnie", for_mentors="dla opiekuna", for_company="dla firmy", at=AT
    )
    made.programme.signed_off_channels = ["phone"]
    made.programme.save()
    qualifying.sign_off(person=ola, channel="phone", expires_on=(AT + 20 * DAY).date(), by=lead, at=AT)
    set_hours(mentor)
    being_away.add_absence(
        person=mentor, starts_at=AT + DAY, ends_at=AT + 2 * DAY, kind=Absence.Kind.OTHER, note="@dentysta",
        zone="Europe/Warsaw", by=mentor, at=AT,
    )  # fmt: skip
    return made


PAGES = {
    "absences": "/hours/{person}/",
    "coverage": "/duties/rounds/{round}/",
    "demand": "/duties/rounds/{round}/demand/",
    "findings": "/duties/rounds/{round}/summary/",
    "hours": "/hours/?week=2026-03-11",
    "plan": "/duties/rounds/{round}/",
    "rounds": "/duties/",
    "sign-offs": "/duties/sign-offs/",
    "sign-ups": "/duties/rounds/{round}/",
}


def test_every_list_has_its_page() -> None:
    assert PAGES.keys() == files.LISTS.keys()


def number_of(name: str, of: Round) -> int:
    return User.objects.get(name="Agnieszka Wrona").pk if name == "absences" else of.pk


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_offers_its_file_once_and_the_form_on_it_gives_it(name: str, of: Round, lead: User) -> None:
    client = client_of(lead)
    page = PAGES[name].format(round=of.pk, person=number_of("absences", of))

    forms = re.findall(rf'<form[^>]*action="/export/duties/{name}/">.*?</form>', shown(client.get(page)))

    assert len(forms) == 1
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', forms[0]))
    response = client.post(f"/export/duties/{name}/", fields)
    header, *rows = table(response)
    assert rows and {len(row) for row in rows} == {len(header)}
    line = AuditEntry.objects.latest("id")
    assert (line.action, line.actor) == ("exported", lead)
    whole = " ".join(cell for row in rows for cell in row)
    assert not any(word in whole for word in ("tylko dla mnie", "dla opiekuna", "dla firmy"))


@pytest.mark.parametrize("name", sorted(PAGES))
def test_nobody_else_gets_it(name: str, of: Round) -> None:
    given = {"of": number_of(name, of)}
    path = f"/export/duties/{name}/"
    foreign = make_lead(make_team(), language="en")

    for person in (User.objects.get(name="Agnieszka Wrona"), User.objects.get(name="+Ola Nowicka")):
        assert client_of(person).post(path, given).status_code == 404
    if name in ("hours", "rounds", "sign-offs"):  # their own teams' alone, which have none of it
        whole = str(table(client_of(foreign).post(path, given)))
        assert not any(each in whole for each in ("Ola", "Wrona", "Dyżury"))
    else:
        assert client_of(foreign).post(path, given).status_code == 404
    assert client_of(make_admin(language="en")).post(path, given).status_code == 200
    assert client_of(foreign).get(path).status_code == 405


@pytest.mark.parametrize("name", ["absences", "coverage", "demand", "findings", "plan", "sign-ups"])
def test_a_number_of_nothing_is_not_there(name: str, of: Round, lead: User) -> None:
    client = client_of(lead)
    for number in ("", "x", "0", "9" * 18, "9" * 40):
        assert client.post(f"/export/duties/{name}/", {"of": number}).status_code == 404


def test_a_mentor_is_offered_no_file_of_what_guests_found(of: Round) -> None:
    page = client_of(User.objects.get(name="Agnieszka Wrona")).get(f"/duties/rounds/{of.pk}/summary/")
    assert page.status_code == 200 and "/export/" not in shown(page)


def test_the_plan_with_its_free_seats(of: Round, lead: User) -> None:
    header, first, free, *others = table(client_of(lead).post("/export/duties/plan/", {"of": of.pk}))

    assert header[:7] == ["Shift", "First day", "Last day", "Hours", "Person", "Days of duty", "State"]
    about = ["Mon-Wed", "2026-03-16", "2026-03-18", "8:00–16:00"]
    days = "2026-03-16, 2026-03-17, 2026-03-18"
    assert first == [*about, "'+Ola Nowicka", days, "confirmed", "Email", "Agnieszka Wrona", "", "", ""]
    assert free == [*about, "", "", "free", "", "", "", "", ""]
    assert {row[6] for row in others} == {"free"} and len(others) == 6
    assert AuditEntry.objects.latest("id").name == f"=Dyżury, round {of.number}: Plan"


def test_who_signed_up_and_what_they_say_of_each_shift(of: Round, lead: User) -> None:
    rows = {row[0]: row for row in table(client_of(lead).post("/export/duties/sign-ups/", {"of": of.pk}))}

    assert rows["Person"][5] == "2026-03-16 – 2026-03-18, 8:00–16:00"
    assert rows["'+Ola Nowicka"][2:7] == ["1", "1", "Ewa Maj", "gladly", "fine"]
    assert rows["Ewa Maj"][2:7] == ["2", "0", "", "cannot", "fine"]


def test_who_is_missing_and_what_is_wanted(of: Round, lead: User) -> None:
    client = client_of(lead)

    missing = table(client.post("/export/duties/coverage/", {"of": of.pk}))
    wanted = table(client.post("/export/duties/demand/", {"of": of.pk}))

    assert ["2026-03-16", "8:00", "11:00", "Email and web", "1", "2"] in missing
    assert ["2026-03-23", "8:00", "11:00", "Email and web", "0", "2"] in missing
    assert [row[4:] for row in wanted if row[0] == "Monday" and row[2] == "Email and web"] == [["2", "3"]]


def test_what_guests_found_without_a_ticket_that_the_reader_does_not_see(of: Round, lead: User) -> None:
    elsewhere = make_ticket(make_queue(make_team()), subject="Obce")
    duty = Finding.objects.get().duty
    Finding.objects.create(duty=duty, kind="idea", text="Lista braków", ticket=elsewhere, at=AT)

    rows = table(client_of(lead).post("/export/duties/findings/", {"of": of.pk}))[1:]

    assert [row[1:5] for row in rows] == [
        ["'=pusty PDF", str(Finding.objects.order_by("pk")[0].ticket_id), "Faktury", "'+Ola Nowicka"],
        ["Lista braków", "", "", "'+Ola Nowicka"],
    ]


def test_hours_of_the_week_that_is_looked_at(of: Round, lead: User) -> None:
    client = client_of(lead)

    header, *rows = table(client.post("/export/duties/hours/", {"week": "2026-03-11"}))
    by_name = {row[0]: row for row in rows}
    later = table(client.post("/export/duties/hours/", {"week": "2026-03-16"}))

    assert header[1:3] == ["2026-03-09", "2026-03-10"] and later[0][1] == "2026-03-16"
    assert by_name["Agnieszka Wrona"][1] == "8:00–16:00"
    assert "Other" in by_name["Agnieszka Wrona"][2] and "dentysta" not in str(rows)
    lines = AuditEntry.objects.filter(action="exported").order_by("id")
    assert [line.data for line in lines] == [{"list": "week:2026-03-09"}, {"list": "week:2026-03-16"}]


def test_absences_of_one_person_with_the_notes_that_their_lead_reads(of: Round, lead: User) -> None:
    mentor = User.objects.get(name="Agnieszka Wrona")

    rows = table(client_of(lead).post("/export/duties/absences/", {"of": mentor.pk}))[1:]

    assert [row[3:] for row in rows] == [["Other", "'@dentysta", ""]]
    line = AuditEntry.objects.latest("id")
    assert (line.kind, line.name) == ("absence", "Agnieszka Wrona")


def test_sign_offs_with_their_ends(of: Round, lead: User) -> None:
    rows = table(client_of(lead).post("/export/duties/sign-offs/"))[1:]

    assert [(row[0], row[1], row[2], row[4], row[5]) for row in rows] == [
        ("'+Ola Nowicka", "Phone", "Barbara Majewska", (AT + 19 * DAY).date().isoformat(), "ends soon")
    ]


def test_rounds_of_the_programmes_that_one_plans(of: Round, lead: User) -> None:
    make_round(make_programme(make_team("Magazyn")), make_admin())

    rows = table(client_of(lead).post("/export/duties/rounds/"))[1:]

    assert rows == [["'=Dyżury", "Shop team", "1", "2026-03-16", "2026-03-27", "published", "2"]]


@pytest.mark.parametrize("name", ["plan", "sign-ups"])
def test_more_people_cost_no_more_statements(name: str, of: Round, lead: User) -> None:
    days = {"starts_on": MONDAY + 28 * DAY, "ends_on": MONDAY + 32 * DAY}
    other = make_round(of.programme, lead, state=Round.State.SIGNUP, **days)
    client = client_of(lead)

    def cost() -> int:
        cache.clear()
        with statements() as sent:
            table(client.post(f"/export/duties/{name}/", {"of": other.pk}))
        return len(sent)

    friend = volunteer()
    sign_up(other, volunteer(), partners=[friend])
    of_one = cost()
    for _number in range(3):
        sign_up(other, volunteer(), partners=[friend])

    assert cost() == of_one
