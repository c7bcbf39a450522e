"""Lists of the setup and of the audit as CSV: what stands in them, for whom, and that it is written down."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from tests.factories import (
    AT,
    HOUR,
    make_admin,
    make_agent,
    make_lead,
    make_organisation,
    make_queue,
    make_reply,
    make_requester,
    make_team,
    make_ticket,
)
from tests.tickets.views.conftest import shown, statements
from tickets.actions import auditing, bulk, removing
from tickets.models import (
    AuditEntry,
    BulkChange,
    CustomField,
    InboundMessage,
    Macro,
    Mailbox,
    MailSender,
    Outbox,
    PausedAddress,
    Rule,
    RuleFiring,
    Tag,
    Ticket,
    View,
)
from tickets.views import files, tables

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
    monkeypatch.setattr(tables, "AT_ONCE", 2)
    kinds = auditing.Kind
    for number in range(5):
        data = {"name": [f"=A{number}", "+B"]}
        auditing.record_audit(action="changed", kind=kinds.QUEUE, name="=1+1", by=admin, at=AT, data=data)
    auditing.record_audit(action="changed", kind=kinds.TEAM, name="Zespół", by=admin, at=AT)

    header, *rows = table(sign_in(admin).post("/export/audit/", {"kind": "queue"}))

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

    of_lead = table(sign_in(lead).post("/export/people/", {"shown": "requesters"}))
    of_admin = table(sign_in(admin).post("/export/people/", {"shown": "requesters", "q": "nowak"}))

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

    assert table(sign_in(admin).post("/export/organisations/"))[1:] == [["Lniana", "1", "0"], ["Łyżwy", "0", "0"]]
    assert table(sign_in(lead).post("/export/organisations/", {"q": "łyż"}))[1:] == [["Łyżwy", "0", "0"]]


def test_the_audit_hands_on_what_it_was_asked(sign_in, admin):
    client = sign_in(admin)
    auditing.record_audit(action="changed", kind="queue", by=admin, at=AT)

    asked = client.get("/audit/?kind=queue&since=2026-03-01").content.decode()
    assert '<input type="hidden" name="since" value="2026-03-01">' in asked


# The lists that are found by name


def locked(address):
    for _try in range(5):
        Client().post("/accounts/login/", {"login": address, "password": "wrong"})


def test_locked_out_people_all_of_them_and_those_searched_for(sign_in, admin, monkeypatch):
    person = make_requester(name="=Krystyna", email="k.nowak@lniana.example")
    locked(person.email)
    locked("nobody@lniana.example")

    header, *rows = table(sign_in(admin).post("/export/locked-out/"))
    found = table(sign_in(admin).post("/export/locked-out/", {"q": "nobody"}))[1:]

    assert header == ["Who", "Address", "From where", "Wrong passwords", "The last one", "Locked until"]
    assert sorted(row[:4] for row in rows) == [
        ["", "nobody@lniana.example", "127.0.0.1", "5"],
        ["'=Krystyna", "k.nowak@lniana.example", "127.0.0.1", "5"],
    ]
    assert [row[1] for row in found] == ["nobody@lniana.example"]
    newest, first = AuditEntry.objects.order_by("-id")[:2]
    assert (newest.kind, newest.name, newest.data) == ("list", "Locked out", {"list": "nobody"})
    assert (first.action, first.actor, first.data) == ("exported", admin, {})


def test_mail_that_was_not_understood_not_delivered_or_waits(sign_in, admin, clock):
    queue = make_queue()
    agent = make_agent(queue.team)
    for number in range(3):
        InboundMessage.objects.create(
            raw=b"?", sha256=f"{number:064x}", size=1, received_at=AT, state=InboundMessage.State.QUARANTINED,
            reason="The mail names no sender.", subject="=1+1",
        )  # fmt: skip
    tickets = [make_ticket(queue, subject=f"Sprawa {number}") for number in range(2)]
    dead, waiting = (Outbox.objects.get(message=make_reply(ticket, agent)) for ticket in tickets)
    Outbox.objects.filter(pk=dead.pk).update(state="dead", last_error="550 no such user", attempts=9)
    Outbox.objects.filter(pk=waiting.pk).update(state="pending", created_at=clock.now - 2 * HOUR, attempts=2)

    header, *rows = table(sign_in(admin).post("/export/mail/"))

    assert header[:2] == ["Why it is here", "When"]
    assert [row[0] for row in rows] == ["Not understood"] * 3 + ["Not delivered", "Waiting for more than an hour"]
    assert rows[0][1:6] == ["2026-03-09T07:00:00Z", "", "'=1+1", "", "The mail names no sender."]
    assert rows[3][2:8] == [dead.address, "Sprawa 0", str(tickets[0].pk), "550 no such user", "", "9"]
    assert rows[4][2:5] == [waiting.address, "Sprawa 1", str(tickets[1].pk)]


@pytest.mark.parametrize("number", [1, 3])
def test_the_log_of_one_rule_at_a_steady_cost(sign_in, admin, number):
    queue = make_queue()
    change = {"property": "assignee", "to": admin.pk}
    rule, other = (Rule.objects.create(name=name, trigger="opened", changes=[change]) for name in ("=Zwroty", "Inna"))
    for index in range(number):
        facts = {"ticket": make_ticket(queue, subject="+48 500"), "why": {"conditions": "tag:zwrot"}}
        done = [{"change": change, "refused": "" if index else "You may not."}]
        RuleFiring.objects.create(rule=rule, at=AT + timedelta(minutes=index), done=done, **facts)
    RuleFiring.objects.create(rule=other, ticket=make_ticket(queue), at=AT)
    client = sign_in(admin)
    cache.clear()

    with statements() as sent:
        header, *rows = table(client.post("/export/rule-log/", {"of": rule.pk}))

    assert header == ["When", "Ticket", "Subject", "Why", "Conditions", "What it did", "What was refused"]
    assert len(rows) == number
    assert rows[-1][2:] == [
        "'+48 500", "a ticket is opened", "tag:zwrot",
        f"Assignee: {admin.name}", f"Assignee: {admin.name}: You may not.",
    ]  # fmt: skip
    assert AuditEntry.objects.latest("id").name == "=Zwroty"
    assert len(sent) == 9
    assert client.post("/export/rule-log/", {"of": "x"}).status_code == 404
    assert client.post("/export/rule-log/", {"of": other.pk + 1}).status_code == 404


def test_tags_by_how_they_begin(sign_in, admin, monkeypatch):
    monkeypatch.setattr(tables, "AT_ONCE", 2)
    for name in ("zwrot", "zwrot-1", "zwrot-2", "zwrot-3", "inny"):
        Tag.objects.create(name=name)
    Tag.objects.filter(name="zwrot-2").update(becomes="reklamacja")

    assert table(sign_in(admin).post("/export/tags/", {"q": "zwrot"})) == [
        ["Tag", "New name"], ["zwrot", ""], ["zwrot-1", ""], ["zwrot-2", "reklamacja"], ["zwrot-3", ""],
    ]  # fmt: skip
    assert len(table(sign_in(admin).post("/export/tags/"))) == 6


def test_queues_and_teams_as_a_lead_sees_them(sign_in):
    team = make_team("@Zwroty")
    queue = make_queue(team, name="-Faktury", address="faktury@bursztyn.example")
    lead = make_lead(team, name="Barbara Majewska", language="en")

    queues = table(sign_in(lead).post("/export/queues/"))
    teams = table(sign_in(lead).post("/export/teams/"))

    assert queues[1][:5] == ["'-Faktury", queue.slug, "'@Zwroty", "Off", str(queue.assignment_cap)]
    assert queues[1][5:] == ["faktury@bursztyn.example", str(queue.closes_after_days)]
    assert teams[1:] == [["'@Zwroty", "'-Faktury", "Barbara Majewska"]]


def everything(admin):
    """Something in every list."""
    queue = make_queue()
    ticket, gone = make_ticket(queue), make_ticket(queue, subject="Reklama")
    removing.remove(ticket=gone, removed_as="spam", by=admin, at=AT)
    auditing.record_audit(action="changed", kind="queue", by=admin, at=AT)
    make_organisation("Lniana")
    change = {"property": "priority", "to": 4}
    rule = Rule.objects.create(name="Pilne", trigger="time", after_minutes=60, changes=[change], is_active=True)
    RuleFiring.objects.create(rule=rule, ticket=ticket, at=AT, done=[{"change": change}])
    Macro.objects.create(name="Zwrot", text="Dzień dobry", changes=[change])
    View.objects.create(owner=admin, name="Moje", query="is:unsolved")
    CustomField.objects.create(key="zamowienie", label="Zamówienie", type="text", is_required_to_solve=True)
    Tag.objects.create(name="zwrot")
    Mailbox.objects.create(queue=queue, name="Postfix", kind="push")
    MailSender.objects.create(queue=queue, name="Pierwszy", host="smtp.example", per_minute=30)
    PausedAddress.objects.create(address="roza@sklep.example", reason="user_unknown", paused_at=AT)
    InboundMessage.objects.create(
        raw=b"?", sha256="0" * 64, size=1, received_at=AT, state=InboundMessage.State.QUARANTINED
    )
    locked("nobody@lniana.example")
    bulk.start(tickets=Ticket.objects.filter(pk=ticket.pk), changes=[change], by=admin, at=AT)


PAGES = {
    "audit": "/audit/",
    "bulk-change": "/bulk/{bulk}/",
    "fields": "/setup/fields/",
    "locked-out": "/sign-in/",
    "macros": "/macros/",
    "mail": "/mail/",
    "mailboxes": "/mail/mailboxes/",
    "organisations": "/setup/organisations/",
    "paused-addresses": "/mail/addresses/",
    "people": "/setup/people/",
    "queues": "/setup/queues/",
    "removed": "/removed/",
    "rule-log": "/rules/{rule}/log/",
    "rules": "/rules/",
    "second-factors": "/sign-in/second-factor/",
    "senders": "/mail/senders/",
    "tags": "/tags/",
    "teams": "/setup/teams/",
    "views": "/views/",
}


def test_every_list_has_its_page():
    assert PAGES.keys() == files.LISTS.keys()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_offers_its_file_once_and_the_form_on_it_gives_it(sign_in, admin, name, clock):
    everything(admin)
    client = sign_in(admin)
    page = PAGES[name].format(bulk=BulkChange.objects.get().pk, rule=Rule.objects.get().pk)

    forms = re.findall(rf'<form[^>]*action="/export/{name}/">.*?</form>', shown(client.get(page)))

    assert len(forms) == 1
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', forms[0]))
    header, *rows = table(client.post(f"/export/{name}/", fields))
    assert rows and {len(row) for row in rows} == {len(header)}


def test_who_takes_no_lists_out_is_not_offered_any(sign_in, admin):
    everything(admin)
    agent = make_agent(make_queue().team, language="en")
    View.objects.create(owner=agent, name="Moje", query="is:unsolved")
    change = bulk.start(
        tickets=Ticket.objects.worked_by(admin, AT), changes=[{"property": "priority", "to": 4}], by=agent, at=AT
    )
    client = sign_in(agent)

    for page in ("/views/", "/removed/", f"/bulk/{change.pk}/"):
        assert "/export/" not in shown(client.get(page))
    for name in files.LISTS:
        assert client.post(f"/export/{name}/", {"of": change.pk}).status_code == 404
        assert client.get(f"/export/{name}/").status_code == 405
    assert not AuditEntry.objects.filter(action="exported").exists()


def test_removed_tickets_of_other_teams_are_in_no_file(sign_in, admin, lead):
    everything(admin)
    mine = make_ticket(lead.teams.get().queues.get(), subject="Nasze")
    removing.remove(ticket=mine, removed_as="deleted", by=admin, at=AT)

    rows = table(sign_in(lead).post("/export/removed/"))[1:]

    assert [row[1] for row in rows] == ["Nasze"]
    assert {"Nasze", "Reklama"} == {row[1] for row in table(sign_in(admin).post("/export/removed/"))[1:]}


def test_pauses_that_are_over_are_a_list_of_their_own(sign_in, admin):
    facts = {"reason": "user_unknown", "paused_at": AT}
    PausedAddress.objects.create(address="roza@sklep.example", **facts)
    PausedAddress.objects.create(address="jan@sklep.example", cleared_at=AT, cleared_by=admin, **facts)
    client = sign_in(admin)

    now = table(client.post("/export/paused-addresses/"))[1:]
    over = table(client.post("/export/paused-addresses/", {"shown": "ended", "q": "jan"}))[1:]

    assert [(row[0], row[6]) for row in now] == [("roza@sklep.example", "")]
    assert [(row[0], row[6]) for row in over] == [("jan@sklep.example", "Iwona Zawadzka")]
    assert 'name="shown" value="ended"' in shown(client.get("/mail/addresses/?ended"))
