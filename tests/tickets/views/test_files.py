"""Lists of the setup and of the audit as CSV: what stands in them, for whom, and that it is written down."""

import csv
import io

import pytest

from tests.factories import AT, make_admin, make_agent, make_lead, make_organisation, make_queue, make_requester
from tickets.actions import auditing
from tickets.models import AuditEntry
from tickets.views import files

pytestmark = pytest.mark.django_db


def table(response):
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def admin():
    return make_admin(name="Iwona Zawadzka", language="en")


@pytest.fixture
def lead():
    return make_lead(make_queue().team, name="Barbara Majewska", language="en")


def test_the_audit_as_it_is_narrowed_and_whole(sign_in, admin, monkeypatch):
    monkeypatch.setattr(files, "AT_ONCE", 2)
    kinds = auditing.Kind
    for number in range(5):
        data = {"name": [f"=A{number}", "+B"]}
        auditing.record_audit(action="changed", kind=kinds.QUEUE, name="=1+1", by=admin, at=AT, data=data)
    auditing.record_audit(action="changed", kind=kinds.TEAM, name="Zespół", by=admin, at=AT)

    header, *rows = table(sign_in(admin).post("/audit/file/", {"kind": "queue"}))

    assert header[:4] == ["When", "Who", "Network address", "What"]
    assert [row[6] for row in rows] == [f"Name: =A{number} → +B" for number in (4, 3, 2, 1, 0)]
    assert {tuple(row[:6]) for row in rows} == {
        ("2026-03-09T07:00:00Z", "Iwona Zawadzka", "", "'=1+1", "Queue", "changed")
    }
    line = AuditEntry.objects.latest("id")
    assert (line.action, line.kind, line.actor, line.data) == ("exported", "audit", admin, {"list": "kind:queue"})


def test_people_as_the_page_shows_them_to_its_reader(sign_in, admin, lead):
    make_requester(name="Krystyna Nowak", email="k.nowak@lniana.example", organisation=make_organisation("Lniana"))
    agent = make_agent(lead.teams.get(), name="Jan Kos")

    of_lead = table(sign_in(lead).post("/setup/people/file/", {"shown": "requesters"}))
    of_admin = table(sign_in(admin).post("/setup/people/file/", {"shown": "requesters", "q": "nowak"}))

    names = [row[0] for row in of_lead]
    assert "Krystyna Nowak" not in names
    assert {"Jan Kos", "Barbara Majewska"} <= set(names)
    assert next(row for row in of_lead if row[0] == "Jan Kos")[1:4] == [agent.email, "Agent", lead.teams.get().name]
    assert of_admin[1:] == [["Krystyna Nowak", "k.nowak@lniana.example", "Requester", "", "Lniana", ""]]
    assert list(AuditEntry.objects.order_by("id").values_list("kind", "data")) == [
        ("people", {"list": "staff"}),
        ("people", {"list": "requesters nowak"}),
    ]


def test_organisations_with_what_the_reader_sees_of_them(sign_in, admin, lead):
    make_requester(organisation=make_organisation("Lniana"))
    make_organisation("Łyżwy")

    assert table(sign_in(admin).post("/setup/organisations/file/"))[1:] == [["Lniana", "1", "0"], ["Łyżwy", "0", "0"]]
    assert table(sign_in(lead).post("/setup/organisations/file/", {"q": "łyż"}))[1:] == [["Łyżwy", "0", "0"]]


def test_the_pages_offer_them(sign_in, admin):
    make_organisation("Lniana")
    client = sign_in(admin)
    auditing.record_audit(action="changed", kind="queue", by=admin, at=AT)

    for page, action in (
        ("/audit/?kind=queue&since=2026-03-01", "/audit/file/"),
        ("/setup/people/?shown=staff", "/setup/people/file/"),
        ("/setup/organisations/", "/setup/organisations/file/"),
    ):
        text = client.get(page).content.decode()
        assert f'action="{action}"' in text
    asked = client.get("/audit/?kind=queue&since=2026-03-01").content.decode()
    assert '<input type="hidden" name="since" value="2026-03-01">' in asked
