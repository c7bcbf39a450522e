"""Tags, fields, snooze, removal, subject and requester, as the pages change them. Nothing typed is lost."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from tests.factories import (
    AT,
    HOUR,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_requester,
    make_requester_message,
    make_ticket,
)
from tests.tickets.views.conftest import HTMX, shown, statements
from tickets.actions import filling, removing, snoozing, tagging
from tickets.models import CustomField, Draft, Notification, Status, Tag, Ticket
from tickets.tasks import rename_tags

PROPERTIES = {**HTMX, "HTTP_HX_TARGET": "properties"}


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture
def ticket(queue):
    return make_ticket(queue)


@pytest.fixture
def cost():
    return CustomField.objects.create(key="cost", label="Cost", type="number", is_required_to_solve=True)


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk)


# Tags


def test_tags_are_typed_taken_off_and_told(desk, ticket):
    response = desk.post(f"/tickets/{ticket.pk}/tags/", {"add": "Zwrot, #VIP"}, **PROPERTIES)

    assert now(ticket).tags == ["vip", "zwrot"]
    assert "<b>You</b> tagged it <b>vip</b>, <b>zwrot</b>" in shown(response)
    desk.post(f"/tickets/{ticket.pk}/tags/", {"remove": "vip"})
    assert now(ticket).tags == ["zwrot"]
    assert desk.get("/tags/suggestions/?add=Z").content.decode() == '<option value="zwrot"></option>'


def test_what_is_no_tag_stays_in_the_field(desk, ticket):
    response = desk.post(f"/tickets/{ticket.pk}/tags/", {"add": "dobry !zły"})

    assert response.status_code == 409
    assert 'value="dobry !zły"' in shown(response)
    assert "“!zły”: A tag is one word" in shown(response)
    assert now(ticket).tags == []


def test_rows_show_tags_without_another_statement(desk, queue, agent):
    one = make_ticket(queue)
    desk.get("/queue/")
    with statements() as before:
        desk.get("/queue/")
    tagging.set_tags(ticket=one, to=["a", "b", "c", "d"], by=agent, at=AT)

    with statements() as after:
        response = desk.get("/queue/")

    assert len(after) == len(before)
    assert ">c</span>" in shown(response)
    assert ">+1</span>" in shown(response)


def test_an_administrator_renames_a_tag_everywhere_after_one_question(sign_in, queue, agent):
    admin = sign_in(make_admin(language="en"))
    tickets = [make_ticket(queue), make_ticket(queue)]
    tagging.set_tags(ticket=tickets[0], to=["refund", "vip"], by=agent, at=AT)
    tagging.set_tags(ticket=tickets[1], to=["refund", "return"], by=agent, at=AT)
    tag = Tag.objects.get(name="refund")

    question = admin.get(f"/tags/{tag.pk}/?becomes=Return")
    assert "2 tickets carry it." in shown(question)
    assert "the two become one" in shown(question)
    admin.post(f"/tags/{tag.pk}/", {"becomes": "return"})
    rename_tags()

    assert [now(each).tags for each in tickets] == [["return", "vip"], ["return"]]
    assert list(Tag.objects.values_list("name", flat=True)) == ["return", "vip"]
    page = admin.get(f"/tickets/{tickets[0].pk}/")
    assert "The tag <b>refund</b> is called <b>return</b> now" in shown(page)


# Fields


def test_a_field_is_filled_in_and_a_wrong_value_stays_with_its_reason(desk, ticket, cost):
    response = desk.post(f"/tickets/{ticket.pk}/fields/cost/", {"value": "12,50", "seen": ""}, **PROPERTIES)
    assert now(ticket).fields == {"cost": "12.5"}
    assert "set Cost to <b>12.5</b>" in shown(response)

    response = desk.post(f"/tickets/{ticket.pk}/fields/cost/", {"value": "dwa", "seen": "12.5"}, **PROPERTIES)

    assert response.status_code == 400
    assert 'value="dwa"' in shown(response)
    assert "Cost: write a number, such as 12 or 12.5." in shown(response)
    assert now(ticket).fields == {"cost": "12.5"}


def test_two_values_of_one_field_are_shown_and_another_field_is_left_alone(desk, ticket, cost, team):
    CustomField.objects.create(key="model", label="Model", type="text")
    filling.fill(ticket=ticket, key="cost", to="5", by=make_agent(team), at=AT)

    clash = desk.post(f"/tickets/{ticket.pk}/fields/cost/", {"value": "7", "seen": ""})
    other = desk.post(f"/tickets/{ticket.pk}/fields/model/", {"value": "X1", "seen": ""})

    assert clash.status_code == 409
    assert "Keep 5" in shown(clash) and "Set 7" in shown(clash)
    assert other.status_code == 302
    assert now(ticket).fields == {"cost": "5", "model": "X1"}


def test_solving_without_a_needed_field_leads_to_it_and_keeps_the_reply(desk, ticket, cost, agent):
    button = desk.post(f"/tickets/{ticket.pk}/status/", {"status": "solved", "seen": "new"})
    reply = desk.post(
        f"/tickets/{ticket.pk}/reply/", {"text": "Gotowe, proszę sprawdzić.", "next_status": "solved", "seen": ""}
    )

    for response in (button, reply):
        assert response.status_code == 409
        link = f'<a href="/tickets/{ticket.pk}/#field-cost">Cost</a>'
        assert f"Before the ticket is solved, fill in: {link}." in shown(response)
    assert "Gotowe, proszę sprawdzić." in shown(reply)
    assert Draft.objects.get(author=agent).text == "Gotowe, proszę sprawdzić."
    assert now(ticket).status == Status.NEW


def test_a_new_ticket_has_the_fields_of_its_queue(desk, queue, cost):
    CustomField.objects.create(key="floor", label="Floor", type="text").queues.add(make_ticket().queue)
    form = {
        "email": "anna@klient.example", "queue": queue.pk, "channel": "phone", "priority": 2,
        "subject": "Drukarka", "text": "Nie drukuje.",
    }  # fmt: skip

    wrong = desk.post("/tickets/new/", {**form, "field-cost": "tanio"})
    desk.post("/tickets/new/", {**form, "field-cost": "99,90"})

    assert wrong.status_code == 400
    assert 'value="tanio"' in shown(wrong)
    assert "Floor" not in shown(wrong)
    assert [each.fields for each in Ticket.objects.filter(queue=queue)] == [{"cost": "99.9"}]


# Snooze


def test_a_snoozed_ticket_leaves_the_lists_and_stands_in_its_own(desk, ticket):
    until = (AT + timedelta(days=1)).isoformat()

    desk.post(f"/tickets/{ticket.pk}/snooze/", {"when": until, "reason": "Czekamy na kuriera", "seen": ""})
    cache.clear()

    assert now(ticket).snoozed_until == AT + timedelta(days=1)
    row = f'data-ticket="{ticket.pk}"'
    assert row not in shown(desk.get("/queue/"))
    assert row in shown(desk.get("/queue/?view=snoozed"))
    assert desk.post("/queue/take-next/")["Location"] == "/queue/"
    page = shown(desk.get(f"/tickets/{ticket.pk}/"))
    assert "Czekamy na kuriera" in page
    desk.post(f"/tickets/{ticket.pk}/wake/")
    assert row in shown(desk.get("/queue/"))


def test_a_refused_snooze_keeps_what_was_chosen_and_typed(desk, ticket):
    past = desk.post(f"/tickets/{ticket.pk}/snooze/", {"when": "own", "until": "2020-01-01T10:00", "reason": "Kurier"})
    silent = desk.post(f"/tickets/{ticket.pk}/snooze/", {"when": (AT + HOUR).isoformat(), "reason": " "})

    assert past.status_code == silent.status_code == 400
    assert 'value="2020-01-01T10:00"' in shown(past) and 'value="Kurier"' in shown(past)
    assert "Choose a time that is still to come" in shown(past)
    assert "Say why it can wait" in shown(silent)
    assert now(ticket).snoozed_until is None


# Spam, deleted, restored


def test_a_removed_ticket_is_back_by_one_press(desk, ticket):
    away = desk.post(f"/tickets/{ticket.pk}/remove/", {"removed_as": "spam"}, follow=True)

    assert f'action="/tickets/{ticket.pk}/restore/"' in shown(away)
    assert f'data-ticket="{ticket.pk}"' not in shown(away)
    assert "This ticket is spam" in shown(desk.get(f"/tickets/{ticket.pk}/"))
    assert f"#{ticket.pk}," in shown(desk.get("/removed/"))
    desk.post(f"/tickets/{ticket.pk}/restore/")
    assert now(ticket).removed_as == ""
    assert f"#{ticket.pk}," not in shown(desk.get("/removed/"))


def test_somebody_on_duty_removes_nothing_and_has_no_list(sign_in, ticket, queue):
    colleague = make_colleague(language="en")
    make_grant(colleague, queue)
    browser = sign_in(colleague)

    refused = browser.post(f"/tickets/{ticket.pk}/remove/", {"removed_as": "spam"})

    assert refused.status_code == 403
    assert browser.get("/removed/").status_code == 404
    assert now(ticket).removed_as == ""
    assert browser.post(f"/tickets/{ticket.pk}/tags/", {"add": "vip"}).status_code == 302


def test_the_list_of_removed_costs_the_same_for_three(desk, queue, agent):
    removing.remove(ticket=make_ticket(queue), removed_as="spam", by=agent, at=AT)
    desk.get("/removed/")
    with statements() as one:
        desk.get("/removed/")
    for _n in range(2):
        removing.remove(ticket=make_ticket(queue), removed_as="deleted", by=agent, at=AT)

    with statements() as three:
        response = desk.get("/removed/")

    assert len(one) == len(three)
    assert shown(response).count("/restore/") == 3


# Subject and requester


def test_the_subject_changes_and_a_meantime_change_is_shown(desk, ticket):
    desk.post(f"/tickets/{ticket.pk}/subject/", {"subject": "Drukarka w księgowości", "seen": ticket.subject})
    clash = desk.post(f"/tickets/{ticket.pk}/subject/", {"subject": "Skaner", "seen": ticket.subject})

    assert now(ticket).subject == "Drukarka w księgowości"
    assert clash.status_code == 409
    assert "Keep Drukarka w księgowości" in shown(clash)


def test_the_new_requester_sees_the_request_and_the_old_one_does_not(desk, sign_in, ticket):
    before, after = ticket.requester, make_requester(name="Jan Kowal", email="jan@klient.example")

    desk.post(f"/tickets/{ticket.pk}/requester/", {"email": "Jan@klient.example", "seen": before.pk})

    assert sign_in(after).get(f"/requests/{ticket.pk}/").status_code == 200
    assert sign_in(before).get(f"/requests/{ticket.pk}/").status_code == 404
    assert "made it a request of <b>Jan Kowal</b>" in shown(desk.get(f"/tickets/{ticket.pk}/"))


def test_waking_is_told_to_whoever_has_the_ticket(desk, queue, agent):
    ticket = make_ticket(queue, assignee=agent)
    snoozing.snooze(ticket=ticket, until=AT - HOUR, reason="x", by=agent, at=AT - 2 * HOUR)

    snoozing.wake_when_due(ticket=ticket, at=AT)
    snoozing.wake_when_due(ticket=ticket, at=AT)

    assert list(Notification.objects.values_list("person", "kind")) == [(agent.pk, "woken")]
    assert "A snoozed ticket is back" in shown(desk.get("/notifications/"))


def test_spam_that_writes_again_is_kept_there_and_told_to_nobody(desk, queue, agent):
    ticket = make_ticket(queue, assignee=agent)
    removing.remove(ticket=ticket, removed_as="spam", by=agent, at=AT - HOUR)

    make_requester_message(now(ticket), mail=None)

    assert now(ticket).removed_as == "spam"
    assert not Notification.objects.exists()
    assert "Somebody has written to it since." in shown(desk.get("/removed/"))


# Drafts


def test_the_second_window_is_told_of_the_first(desk, ticket):
    path = f"/tickets/{ticket.pk}/draft/"
    first = desk.post(path, {"kind": "public", "text": "Stąd", "draft_seen": ""})

    second = desk.post(path, {"kind": "public", "text": "Stamtąd", "draft_seen": ""})
    button = desk.post(f"{path}?back", {"kind": "public", "text": "Stamtąd", "draft_seen": ""})
    goes_on = desk.post(path, {"kind": "public", "text": "Stąd i dalej", "draft_seen": first["Draft-Saved-At"]})

    assert (second.status_code, second.json()["text"]) == (409, "Stąd")
    assert button.status_code == 409
    assert "Stąd" in shown(button) and ">Stamtąd</textarea>" in shown(button)
    assert goes_on.status_code == 204
    assert Draft.objects.get().text == "Stąd i dalej"


def test_a_button_saves_a_draft_without_a_script_and_others_see_that_there_is_one(desk, sign_in, ticket, team):
    response = desk.post(f"/tickets/{ticket.pk}/draft/?back", {"kind": "note", "text": "Poufne", "draft_seen": ""})
    other = sign_in(make_agent(team, language="en"))

    page = shown(other.get(f"/tickets/{ticket.pk}/"))

    assert response["Location"] == f"/tickets/{ticket.pk}/"
    assert "Agnieszka Wrona is writing a note" in page
    assert "Poufne" not in page
    assert ">Poufne</textarea>" in shown(desk.get(f"/tickets/{ticket.pk}/"))
