"""The page of the audit: from what to what, by whom, from where; by person, kind and day."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import translation

from tests.factories import AT, make_admin, make_agent, make_queue, make_requester
from tests.tickets.views.conftest import shown, statements
from tests.tickets.views.test_mail import make_quarantined
from tickets.actions import auditing, keeping_macros, mail_settings
from tickets.actions.auditing import Action, Kind
from tickets.models import AuditEntry, Macro
from tickets.queries.audit import PAGE_SIZE
from tickets.views.audit import label_of


@pytest.fixture
def administrator():
    return make_admin(name="Iwona Zawadzka", email="iwona@bursztyn.example", language="en")


@pytest.fixture
def admin(sign_in, administrator):
    return sign_in(administrator)


def note(*, by, at=AT, kind=Kind.QUEUE, name="Zwroty", **data):
    return auditing.record_audit(action=Action.CHANGED, kind=kind, by=by, at=at, name=name, data=data)


def read(client):
    """The page as it is read: its words, one space between them."""
    return " ".join(re.sub(r"<[^>]+>", " ", shown(client.get("/audit/"))).split())


def names(page):
    return [line.entry.name for line in page.context["lines"]]


def test_a_change_is_told_in_words(admin, administrator, queue):
    given = {"signature": "{agent}", "language": "en", "acknowledges": False}
    mail_settings.change_queue_mail(queue=queue, by=administrator, at=AT, **given)
    changes = [{"property": "priority", "to": 4}, {"property": "assignee", "to": administrator.pk}]
    keeping_macros.save(macro=Macro(name="Zwrot"), changes=changes, by=administrator, at=AT)

    page = read(admin)

    for words in (
        "Iwona Zawadzka Shops Queue: changed",
        "Language: Polski → English",
        "Acknowledges mail: Yes → No",
        "Signature: empty → {agent}",
        "Zwrot Macro: added",
        "Changes: Priority: Urgent; Assignee: Iwona Zawadzka",
    ):
        assert words in page


def test_facts_that_are_no_change_and_secrets(admin, administrator):
    merged = {"tickets": [7, 8], "address": "stara@x.example"}
    auditing.record_audit(action=Action.MERGED, kind=Kind.PERSON, by=administrator, at=AT, name="Róża", data=merged)
    taken_out = {"list": "status:open", "tickets": 1546}
    auditing.record_audit(action=Action.EXPORTED, kind=Kind.TICKETS, by=administrator, at=AT, data=taken_out)
    note(by=None, kind=Kind.MAILBOX, name="Pomoc", password="changed")

    page = read(admin)

    for words in (
        "Róża Person: merged",
        "Tickets: #7, #8",
        "List: status:open Tickets: 1546",
        "The desk itself Pomoc",
        "Password: changed",
    ):
        assert words in page


def test_it_is_asked_by_person_kind_and_day(admin, administrator):
    other = make_admin(name="Adam Rój", email="adam@bursztyn.example")
    make_requester(name="Iwona Nikt")
    note(by=administrator, name="a")
    note(by=other, name="b", kind=Kind.RULE, at=AT - timedelta(days=1))
    # Sunday, 23:30 in UTC, is Monday in Warsaw.
    note(by=other, name="c", at=AT - timedelta(hours=7, minutes=30))

    for query, wanted in (
        ("", ["a", "c", "b"]),
        ("person=Iwona", ["a"]),
        ("person=ADAM@bursztyn", ["c", "b"]),
        ("person=nobody", []),
        ("kind=rule", ["b"]),
        ("since=2026-03-09", ["a", "c"]),
        ("until=2026-03-08", ["b"]),
        ("since=2026-03-08&until=2026-03-08&kind=rule&person=adam", ["b"]),
        ("cursor=none-of-ours", ["a", "c", "b"]),
    ):
        assert names(admin.get(f"/audit/?{query}")) == wanted, query


@pytest.mark.parametrize("query", ["since=yesterday", "until=9999-12-31", "since=0001-01-01", "kind=x", "person=%00"])
def test_a_question_that_means_nothing_is_said_to(admin, administrator, query):
    note(by=administrator)

    page = admin.get(f"/audit/?{query}")

    assert page.status_code == 400
    assert 'id="id_' in page.content.decode()
    assert names(page) == []


def test_pages_go_on_where_the_one_before_ended_with_what_was_asked(admin, administrator):
    for number in range(PAGE_SIZE + 2):
        note(by=administrator, name=str(number), kind=Kind.RULE)
    note(by=administrator, name="other")

    first = admin.get("/audit/?kind=rule")
    second = admin.get(f"/audit/{first.context['more_url']}")

    assert names(first) + names(second) == [str(number) for number in reversed(range(PAGE_SIZE + 2))]
    assert second.context["more_url"] == ""


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_for_any_number(admin, administrator, number):
    for each in range(number):
        person, made = make_agent(name=f"Osoba {each}"), Macro(name=f"Makro {each}")
        changes = [{"property": "assignee", "to": person.pk}]
        keeping_macros.save(macro=made, changes=changes, by=make_admin(), at=AT)
    admin.get("/audit/")

    def cost():
        cache.clear()
        with statements() as sent:
            assert len(names(admin.get("/audit/"))) == AuditEntry.objects.count()
        return len(sent)

    before = cost()
    keeping_macros.move(macro=Macro.objects.latest("id"), by=administrator, at=AT, is_up=True)
    changes = [{"property": "assignee", "to": administrator.pk}]
    keeping_macros.save(macro=Macro(name="Jeszcze"), changes=changes, by=make_admin(), at=AT)

    assert cost() == before


def test_raw_mail_that_was_saved_is_written_down_with_the_place(admin, administrator, sign_in):
    mail = make_quarantined()

    admin.get(f"/mail/in/{mail.pk}/raw/", REMOTE_ADDR="192.0.2.7")
    assert sign_in(make_agent()).get(f"/mail/in/{mail.pk}/raw/").status_code == 404

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.address, entry.action, entry.kind) == (administrator, "192.0.2.7", "read", "raw_mail")
    assert (entry.object_id, entry.at) == (str(mail.pk), AT)
    page = read(admin)
    assert f"mail-{mail.pk}.eml Raw mail: read" in page
    assert "192.0.2.7" in page


def test_a_name_is_no_markup(admin, administrator):
    note(by=administrator, name="<script>x</script>", signature=["", "<b>y</b>"])

    page = admin.get("/audit/").content.decode()

    assert "<script>x" not in page
    assert "<b>y" not in page


def test_what_a_form_changes_on_the_way_is_written_once(admin, administrator):
    queue = make_queue(name="Inna")
    given = {"signature": "Zespół", "language": "pl", "acknowledges": "on"}

    for _each in range(2):
        admin.post(f"/mail/queues/{queue.pk}/", given)

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.data) == (administrator, {"signature": ["", "Zespół"]})


def test_an_empty_audit_says_what_it_will_hold(admin):
    assert "Every change of a setting is listed here" in read(admin)


def test_only_people_have_first_and_last_names():
    with translation.override("pl"):
        assert label_of(Kind.PERSON, "name") == "Imię i nazwisko"
        for kind in (Kind.POLICY, Kind.ORGANISATION, Kind.QUEUE, Kind.TEAM):
            assert label_of(kind, "name") == "Nazwa"
