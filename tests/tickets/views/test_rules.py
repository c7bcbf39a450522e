"""The pages of rules: trying one on past tickets, its log, a mistake shown where it stands."""

import pytest
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from tests.factories import make_admin, make_ticket
from tests.tickets.views.conftest import shown
from tickets.models import Rule, RuleFiring, Ticket

BODY = {"name": "Zwroty", "trigger": "opened", "conditions": "subject:zwrot", "add_tags": "zwrot", "is_active": "on"}


@pytest.fixture
def office(sign_in):
    return sign_in(make_admin(language="en"))


def test_it_is_tried_on_past_tickets_and_changes_nothing(office, queue, clock):
    found, old, other = make_ticket(queue, subject="Zwrot"), make_ticket(queue, subject="Zwrot"), make_ticket(queue)
    Ticket.objects.filter(pk=old.pk).update(updated_at=clock.now.replace(year=2025))

    page = shown(office.post("/rules/new/", BODY | {"act": "try"}))

    assert "It would have fired on 1 ticket of the last 30 days." in page
    assert f"/tickets/{found.pk}/" in page and f"/tickets/{other.pk}/" not in page
    assert not Rule.objects.exists() and Ticket.objects.get(pk=found.pk).tags == []


def test_a_try_that_takes_too_long_is_stopped_and_says_so(office, queue, monkeypatch):
    make_ticket(queue, subject="Zwrot")
    slowly = RawSQL("pg_sleep(2) is not null", (), output_field=BooleanField())
    monkeypatch.setattr("tickets.queries.rules.DRY_RUN_MS", 50)
    monkeypatch.setattr("tickets.views.rules._would_fire", lambda *_: Ticket.objects.annotate(s=slowly).filter(s=True))

    answer = office.post("/rules/new/", BODY | {"act": "try"})

    assert answer.status_code == 400 and "Trying it takes too long." in shown(answer)
    assert office.post("/rules/new/", BODY).status_code == 302


def test_it_is_saved_switched_moved_and_its_log_read(office, queue, clock):
    assert office.post("/rules/new/", BODY).status_code == 302
    office.post("/rules/new/", BODY | {"name": "Druga", "trigger": "time", "after_minutes": "10080"})
    first, second = Rule.objects.all()
    assert (first.changes, first.is_active) == ([{"property": "add_tags", "to": ["zwrot"]}], True)

    office.post(f"/rules/{second.pk}/move/", {"to": "up"})
    office.post(f"/rules/{second.pk}/switch/", {"to": "off"})
    Rule.objects.filter(pk=first.pk).update(paused_because="It fired 5 times.")

    page = shown(office.get("/rules/"))
    assert page.index("Druga") < page.index("Zwroty") and "It fired 5 times." in page
    assert "time passes: 7 d<" in page
    office.post(f"/rules/{first.pk}/switch/", {"to": "on"})
    assert list(Rule.objects.values_list("is_active", "paused_because")) == [(False, ""), (True, "")]
    done = [{"change": first.changes[0], "refused": "You may not."}]
    why = {"conditions": "subject:zwrot"}
    RuleFiring.objects.create(rule=first, ticket=make_ticket(queue), at=clock.now, why=why, done=done)
    log = shown(office.get(f"/rules/{first.pk}/log/"))
    assert "Add tags: zwrot" in log and "You may not." in log and "subject:zwrot" in log


def test_a_mistake_in_the_conditions_is_shown_where_it_stands(office):
    answer = office.post("/rules/new/", BODY | {"conditions": "subject:zwrot colour:red"})

    assert answer.status_code == 400
    assert "<mark>colour" in shown(answer) and 'value="subject:zwrot colour:red"' in shown(answer)
    assert not Rule.objects.exists()
