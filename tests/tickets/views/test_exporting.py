"""Lists as CSV: whose, in which order, what stands in it, and what is written down of it."""

import csv
import io
import tracemalloc

import pytest

from helpdesk.lib import csv_writer
from tests.factories import (
    AT,
    HOUR,
    fresh,
    make_admin,
    make_colleague,
    make_grant,
    make_lead,
    make_note,
    make_reply,
    make_requester,
    make_ticket,
    share,
)
from tests.tickets.views.conftest import statements
from tickets.actions import merging, removing
from tickets.actions.facts import store_promise
from tickets.models import AuditEntry, CustomField, Status, Ticket, TimeSpent, View
from tickets.signed_links import url_for


@pytest.fixture
def lead(team):
    return make_lead(team, language="en", name="Lena")


def export(client, **body) -> list[dict[str, str]]:
    answer = client.post("/export/", body)
    assert answer.status_code == 200, answer
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def numbers(rows) -> list[int]:
    return [int(row["Number"]) for row in rows]


def test_any_list_goes_out_in_the_order_of_its_page(sign_in, queue, lead):
    client = sign_in(lead)
    later, sooner, plain = (make_ticket(queue, subject="Faktura") for _each in range(3))
    solved = make_ticket(queue, status=Status.SOLVED)
    store_promise(later.pk, due_at=AT + 2 * HOUR, sla_state="running", sla_metric="first_response")
    store_promise(sooner.pk, due_at=AT + HOUR, sla_state="running", sla_metric="first_response")
    view = View.objects.create(name="W", query="-is:spam", owner=lead, sort="oldest")

    assert numbers(export(client, listed="")) == [sooner.pk, later.pk, plain.pk]
    assert numbers(export(client, listed="view=solved")) == [solved.pk]
    assert numbers(export(client, listed="q=faktura")) == [plain.pk, sooner.pk, later.pk]
    assert numbers(export(client, view=view.pk)) == [later.pk, sooner.pk, plain.pk, solved.pk]
    entries = AuditEntry.objects.filter(action="exported", kind="tickets", actor=lead).order_by("id")
    assert [(each.name, each.data) for each in entries] == [
        ("Queue", {"list": "", "tickets": 3}),
        ("Solved", {"list": "view=solved", "tickets": 1}),
        ("Search", {"list": "faktura", "tickets": 3}),
        ("W", {"list": "-is:spam", "tickets": 4}),
    ]


def test_minutes_spent_are_those_of_everybody_and_a_begun_one_counts(sign_in, queue, lead, agent):
    spent, none = make_ticket(queue), make_ticket(queue)
    for person, seconds in ((lead, 90), (agent, 31), (agent, -1)):
        TimeSpent.objects.create(ticket=spent, person=person, seconds=seconds, at=AT, source="by_hand")

    rows = export(sign_in(lead), listed="")

    assert {int(row["Number"]): row["Minutes spent"] for row in rows} == {spent.pk: "2", none.pk: "0"}


def test_what_stands_in_it(sign_in, queue, lead):
    CustomField.objects.create(key="kwota", label="Kwota", type="number")
    requester = make_requester(name='=HYPERLINK("http://x")', email="k@klient.example")
    ticket = make_ticket(queue, subject="+48 Zażółć, „gęślą”", requester=requester)
    Ticket.objects.filter(pk=ticket.pk).update(tags=["vip", "zwrot"], fields={"kwota": "-12.50"})
    make_note(ticket, lead, text="Tajna notatka")
    store_promise(ticket.pk, due_at=AT + HOUR, sla_state="running", sla_metric="first_response")

    (row,) = export(sign_in(lead), listed="")

    assert row["Subject"] == "'+48 Zażółć, „gęślą”"
    assert row["Requester"] == '\'=HYPERLINK("http://x")'
    assert (row["Queue"], row["Queue ID"], row["Requester ID"]) == ("Shops", str(queue.pk), str(requester.pk))
    assert (row["Tags"], row["Kwota"]) == ("vip zwrot", "'-12.50")
    assert (row["Opened (UTC)"], row["Due (UTC)"]) == ("2026-03-09T07:00:00Z", "2026-03-09T08:00:00Z")
    assert (row["Status"], row["Assignee"], row["Solved (UTC)"]) == ("New", "", "")
    assert "Tajna" not in str(row)
    assert not any(value[:1] in tuple(csv_writer.FORMULA) for value in row.values())


def test_leads_take_out_what_is_their_teams_and_admins_everything(sign_in, queue, lead):
    mine, other = make_ticket(queue), make_ticket()
    mentee = make_colleague()
    make_grant(mentee, other.queue, mentors=[lead])
    Ticket.objects.filter(pk=other.pk).update(assignee=mentee)
    view = View.objects.create(name="W", query="is:unsolved", owner=make_admin(), is_for_everybody=True)
    client, admin = sign_in(lead), sign_in(make_admin(language="en"))
    assert f"#{other.pk}" in client.get("/queue/").content.decode()  # seen, as the mentor

    for body in ({"listed": ""}, {"listed": "q=is:unsolved"}, {"view": view.pk}):
        assert numbers(export(client, **body)) == [mine.pk]
        assert set(numbers(export(admin, **body))) == {mine.pk, other.pk}


def test_nobody_else_takes_anything_out(sign_in, desk, queue, agent, lead):
    make_ticket(queue)
    colleague = make_colleague()
    make_grant(colleague, queue)
    private = View.objects.create(name="W", query="is:unsolved", owner=agent)

    for client in (desk, sign_in(colleague), sign_in(make_requester()), sign_in(make_colleague())):
        assert client.post("/export/", {"listed": ""}).status_code == 404
    assert sign_in(lead).get("/export/").status_code == 405
    for view in (private.pk, "x", 10**30):
        assert sign_in(lead).post("/export/", {"view": view}).status_code == 404
    assert "Export as CSV" not in desk.get("/queue/").content.decode()
    assert "Export as CSV" in sign_in(lead).get("/queue/").content.decode()
    assert not AuditEntry.objects.exists()


def test_a_search_that_cannot_be_read_is_told_of(sign_in, lead):
    assert sign_in(lead).post("/export/", {"listed": "q=status:opne"})["Location"] == "/queue/"
    assert not AuditEntry.objects.exists()


def test_a_polish_page_asks_for_what_polish_excel_opens_as_columns(sign_in, queue, lead):
    make_ticket(queue, subject="Zażółć; gęślą")
    client = sign_in(make_lead(queue.team, language="pl"))
    page = client.get("/queue/").content.decode()

    assert '<input type="hidden" name="language" value="pl">' in page
    answer = client.post("/export/", {"listed": "", "language": "pl"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    assert row["Temat"] == "Zażółć; gęślą"
    assert numbers(export(sign_in(lead), listed="", language="en"))


def own_rows(client) -> list[dict[str, str]]:
    answer = client.post("/requests/export/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_requester_takes_out_what_is_their_own_and_nothing_else(sign_in, queue, agent):
    requester = make_requester(language="en", name="Halina Dębska")
    first = make_ticket(queue, requester=requester, subject="=1+1", text="Nic nie działa.")
    make_reply(first, agent, text=f"Proszę spojrzeć: {url_for(first, requester)}")
    make_note(first, agent, text="Tajna notatka")
    volunteer = make_colleague()
    make_grant(volunteer, queue, is_reviewed=True)
    make_reply(first, fresh(volunteer), text="Czeka na opiekuna")
    merged = make_ticket(queue, requester=requester, subject="Druga", text="Słowa z drugiej.")
    merging.merge(ticket=merged, into=make_ticket(queue, text="Cudze słowa"), by=fresh(agent), at=AT)
    spam = make_ticket(queue, requester=requester, text="spam")
    removing.remove(ticket=spam, removed_as="spam", by=agent, at=AT)
    shared = make_ticket(queue, text="Cudza, choć widoczna")
    share(shared, requester)

    rows = own_rows(sign_in(requester))

    assert [(row["Number"], row["Subject"]) for row in rows] == [
        (str(first.pk), "'=1+1"),
        (str(first.pk), "'=1+1"),
        (str(merged.pk), "Druga"),
    ]
    assert [row["Text"] for row in rows][::2] == ["Nic nie działa.", "Słowa z drugiej."]
    assert rows[1]["Text"].startswith("Proszę spojrzeć: ")
    assert url_for(first, requester) not in rows[1]["Text"]
    assert not AuditEntry.objects.filter(action="exported").exists()
    assert own_rows(sign_in(agent)) == []


@pytest.mark.parametrize("number", [1, 3])
def test_taking_out_what_is_ones_own_costs_the_same_whatever_it_holds(sign_in, queue, number):
    requester = make_requester(language="en")
    for _each in range(number):
        make_ticket(queue, requester=requester)
    client = sign_in(requester)

    with statements() as sent:
        assert len(own_rows(client)) == number

    assert len(sent) <= 6


def test_a_long_list_costs_one_statement_for_two_thousand_rows_and_little_memory(sign_in, queue, lead):
    row = {"queue": queue, "requester": make_requester(), "channel": "web", "opened_at": AT, "updated_at": AT}
    Ticket.objects.bulk_create((Ticket(subject="x" * 250, **row) for _each in range(8_001)), batch_size=1000)
    answer = sign_in(lead).post("/export/", {"listed": "q=is:unsolved"})

    tracemalloc.start()
    with statements() as sent:
        size = sum(len(piece) for piece in answer.streaming_content)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(sent) == 5
    assert size > 3_000_000
    assert most < 12_000_000  # two parts of 2,000 rows, whatever the length
