"""From ticked rows or a whole list to a change of many: choosing, one question, watching, undo."""

import re
from datetime import timedelta

import pytest

from tests.factories import make_colleague, make_grant, make_requester, make_requester_message, make_ticket
from tests.tickets.views.conftest import HTMX, shown
from tickets.actions import bulk, holding
from tickets.models import BulkChange, Macro, Message, Ticket


@pytest.fixture
def tickets(queue):
    return [make_ticket(queue, subject=f"Sprawa {each}", requester=make_requester()) for each in range(3)]


def post(client, **body):
    return client.post("/bulk/new/", body)


def test_from_ticked_rows_to_the_result_and_back(desk, agent, tickets, clock):
    ticked = [each.pk for each in tickets[:2]]
    macro = Macro.objects.create(name="Zwrot", changes=[{"property": "add_tags", "to": ["zwrot"]}])
    assert f'value="{ticked[0]}" form="bulk"' in shown(desk.get("/queue/"))
    assert "2 tickets" in shown(post(desk, ticket=ticked))
    body = {"ticket": ticked, "macro": macro.pk, "priority": "4"}

    question = shown(post(desk, act="ask", **body))
    assert "Change 2 tickets?" in question and "Priority: Urgent" in question and "Add tags: zwrot" in question
    assert not BulkChange.objects.exists()

    answer = post(desk, act="start", **body)
    change = BulkChange.objects.get()
    assert answer["Location"] == f"/bulk/{change.pk}/"
    assert 'hx-trigger="every 1s"' in shown(desk.get(answer["Location"], **HTMX))
    bulk.run_batch(at=clock.now)
    page = shown(desk.get(answer["Location"], **HTMX))
    assert "2 tickets are done." in page and "every 1s" not in page
    assert sorted(Ticket.objects.filter(priority=4, tags=["zwrot"]).values_list("pk", flat=True)) == ticked

    undone = desk.post(f"/bulk/{change.pk}/undo/")
    bulk.run_batch(at=clock.now)
    assert not Ticket.objects.filter(priority=4).exists()
    assert "2 tickets are done." in shown(desk.get(undone["Location"]))
    assert "This was undone." in shown(desk.get(f"/bulk/{change.pk}/"))
    assert "undid a change: Priority, Tags" in shown(desk.get(f"/tickets/{ticked[0]}/"))


def test_what_was_so_before_is_said_and_undo_is_offered_only_where_something_changed(desk, tickets, clock):
    ticked = [each.pk for each in tickets[:2]]

    def page_after(*, assignee):
        answer = post(desk, act="start", ticket=ticked, assignee=assignee)
        bulk.run_batch(at=clock.now)
        return shown(desk.get(answer["Location"])).partition('id="bulk-progress"')[2].partition("</section>")[0]

    post(desk, act="start", ticket=ticked[0], assignee="me")
    bulk.run_batch(at=clock.now)
    in_part, in_vain = page_after(assignee="me"), page_after(assignee="me")

    assert "2 tickets are done. 1 of them was so already." in in_part and "/undo/" in in_part
    assert "2 tickets are done. 2 of them were so already." in in_vain and "/undo/" not in in_vain


def test_a_whole_search_and_a_whole_list(desk, tickets, queue):
    make_ticket(queue, subject="Inna")
    make_ticket(subject="Sprawa obca")

    assert "3 tickets" in shown(post(desk, all="1", listed="q=subject:sprawa"))
    assert "4 tickets" in shown(post(desk, all="1", listed=f"view=nobody&queue={queue.pk}"))
    post(desk, all="1", listed="q=subject:sprawa", act="start", add_tags="fala")

    change = BulkChange.objects.get()
    assert (change.query, sorted(change.items.values_list("ticket", flat=True))) == (
        "subject:sprawa",
        [each.pk for each in tickets],
    )


def test_what_is_wrong_is_said_and_nothing_begins(desk, tickets, sign_in, stranger):
    one = tickets[0].pk

    assert "Choose what should change." in shown(post(desk, ticket=one, act="ask"))
    assert "a hold needs a reason" in shown(post(desk, ticket=one, act="start", status="on_hold"))
    assert post(desk)["Location"] == "/queue/"
    assert post(desk, all="1", listed="q=status:(")["Location"] == "/queue/"
    assert post(sign_in(stranger), ticket=one, act="start", priority="4")["Location"] == "/queue/"
    assert not BulkChange.objects.exists()


def test_a_volunteer_learns_of_nobody_by_an_address_and_is_offered_what_volunteers_may(sign_in, desk, tickets, queue):
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue)
    make_requester(name="Tajny Klient", email="tajny@klient.example")
    client = sign_in(volunteer)
    body = {"ticket": [tickets[0].pk], "priority": "4", "act": "ask"}
    addresses = ("tajny@klient.example", "nikt@klient.example")

    known, unknown = (shown(post(client, requester=each, **body)) for each in addresses)

    assert "Requester: Tajny Klient" in shown(post(desk, requester=addresses[0], **body))
    assert "Tajny" not in known
    assert all("Change 1 ticket?" in page for page in (known, unknown))
    form = shown(post(client, ticket=[tickets[0].pk]))
    assert not re.search(r'name="(requester|queue|removed_as)"', form)
    assert re.findall(r'<option value="(\w*)"', form.partition('name="assignee"')[2].partition("</select>")[0]) == [
        "",
        "nobody",
    ]


def test_a_volunteer_changes_no_whole_queue_at_once(sign_in, queue):
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue)
    many = [make_ticket(queue).pk for _each in range(bulk.MOST_AS_GUEST + 1)]
    client = sign_in(volunteer)

    for act in ("ask", "start"):
        answer = post(client, ticket=many, priority="4", act=act)
        assert answer.status_code == 409 and "On a duty up to 25 tickets" in shown(answer)
    assert not BulkChange.objects.exists()
    assert "Change 25 tickets?" in shown(post(client, ticket=many[1:], priority="4", act="ask"))


def test_what_comes_after_the_question_is_not_changed(desk, tickets, queue):
    body = {"all": "1", "listed": "q=sprawa", "priority": "4"}
    question = shown(post(desk, act="ask", **body))
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', question))
    make_ticket(queue, subject="Sprawa późna")

    post(desk, act="start", **{name: value for name, value in kept.items() if name != "csrfmiddlewaretoken"})

    assert "Change 3 tickets?" in question
    assert list(BulkChange.objects.get().items.order_by("pk").values_list("ticket", flat=True)) == [
        each.pk for each in tickets
    ]


def test_who_goes_back_from_the_question_finds_what_was_chosen(desk, tickets):
    form = shown(post(desk, ticket=[tickets[0].pk], add_tags="zwrot", priority="4", act=""))

    assert 'value="zwrot"' in form and '<option value="4" selected>' in form


def test_nobody_sees_the_change_of_another(desk, sign_in, agent, stranger, tickets, clock):
    change = bulk.start(
        tickets=Ticket.objects.all(), changes=[{"property": "priority", "to": 4}], by=agent, at=clock.now
    )

    assert desk.get(f"/bulk/{change.pk}/").status_code == 200
    for path in ("", "cancel/", "undo/"):
        method = sign_in(stranger).post if path else sign_in(stranger).get
        assert method(f"/bulk/{change.pk}/{path}").status_code == 404
    assert desk.post(f"/bulk/{change.pk}/cancel/").status_code == 302
    assert BulkChange.objects.get().state == "cancelled"


# Words for many


def hidden(page):
    """What the question carries on; other forms of the page come behind it."""
    form = page[page.index('<form class="form-page') :]
    form = form[: form.index("</form>")]
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    return {name: value for name, value in found.items() if name not in ("csrfmiddlewaretoken", "ticket")}


def test_the_question_says_who_is_told_and_shows_the_words_as_they_leave(desk, agent, tickets, queue, clock):
    anna = make_ticket(queue, requester=make_requester(name="Anna Kowal", language="pl"))
    ann = make_ticket(queue, requester=make_requester(name="Ann Smith", language="en"))
    mute = make_ticket(queue, requester=make_requester(email=None))
    closed = make_ticket(queue, status="closed")
    ticked = [each.pk for each in (anna, ann, mute, closed)]
    body = {"ticket": ticked, "text": "Cześć {first name}!", "text_en": "Hi {first name}!", "status": "solved"}

    question = shown(post(desk, act="ask", **body))

    assert "2 requesters are told." in question
    assert "1 ticket is closed for good." in question
    assert "1 has no email address." in question
    assert "Cześć Anna!" in question and "Hi Ann!" in question
    assert not Message.objects.filter(author=agent).exists()

    answers = [post(desk, act="start", **body | hidden(question)) for _each in range(2)]
    bulk.run_batch(at=clock.now)

    assert answers[0]["Location"] == answers[1]["Location"]
    assert Message.objects.filter(author=agent, state="leaving").count() == 2
    page = shown(desk.get(answers[0]["Location"]))
    assert "Take all back" in page
    desk.post(f"{answers[0]['Location']}undo/")
    bulk.run_batch(at=clock.now)
    assert not Message.objects.filter(author=agent).exists()
    assert "Take all back" not in shown(desk.get(answers[0]["Location"]))


def test_words_that_have_left_are_not_offered_back(desk, agent, tickets, clock):
    ticked = [each.pk for each in tickets[:2]]
    question = shown(post(desk, ticket=ticked, text="Już działa.", act="ask"))
    said = desk.post("/bulk/new/", {"ticket": ticked, "act": "start"} | hidden(question))["Location"]
    clock.move_to(clock.now + timedelta(seconds=1))
    solved = post(desk, ticket=ticked, priority="4", act="start")["Location"]
    bulk.run_batch(at=clock.now)

    assert "Take all back" in shown(desk.get(said))
    clock.move_to(clock.now + timedelta(seconds=bulk.HELD_S + 1))
    for message in Message.objects.filter(state="leaving"):
        holding.release(message=message, at=clock.now)

    assert Message.objects.filter(author=agent, state="sent").count() == 2
    assert f"{said}undo/" not in shown(desk.get(said))
    assert f"{solved}undo/" in shown(desk.get(solved))


def test_what_comes_after_the_question_crosses_the_words(desk, agent, tickets, clock):
    ticked = [each.pk for each in tickets[:2]]
    question = shown(post(desk, act="ask", ticket=ticked, text="Już działa."))
    make_requester_message(tickets[0])

    post(desk, act="start", ticket=ticked, **hidden(question))
    bulk.run_batch(at=clock.now)

    assert [each.ticket_id for each in Message.objects.filter(author=agent)] == [ticked[1]]
    assert "Somebody wrote while you were writing." in shown(desk.get(f"/bulk/{BulkChange.objects.get().pk}/"))


def test_a_macro_writes_its_words_only_where_that_is_chosen(desk, agent, tickets, clock):
    macro = Macro.objects.create(name="Awaria", text="Naprawiamy, {first name}.", changes=[])
    body = {"ticket": tickets[0].pk, "macro": macro.pk}

    assert "Choose what should change." in shown(post(desk, act="ask", **body))
    assert "Naprawiamy" in shown(post(desk, act="ask", with_words="on", **body))


def test_a_variable_that_means_nothing_is_refused(desk, tickets):
    page = shown(post(desk, act="ask", ticket=tickets[0].pk, text="Cześć {imię}"))

    assert "means nothing in a macro" in page
    assert "Cześć {imię}" in page


def test_a_note_for_many_says_that_nobody_outside_reads_it(desk, tickets):
    page = shown(post(desk, act="ask", ticket=tickets[0].pk, text="Awaria", kind="note"))

    assert "its requester does not see it" in page
