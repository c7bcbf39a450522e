"""Two people on one ticket: nothing is overwritten and nothing typed is lost."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.desk import PASSWORD, focused, now, say
from tests.e2e.test_live_updates import HEARD_MS
from tests.factories import fresh, make_requester_message, make_ticket
from tickets.actions import changing
from tickets.models import Draft, Message, Priority, Status


def test_two_replies_at_once_stand_side_by_side_and_both_leave(desk, mail, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    first, second = open_page(desk.agent), open_page(desk.other_agent)
    for page in (first, second):
        page.goto(ticket.get_absolute_url())

    first.get_by_role("textbox", name=re.compile("Róża")).fill("Restartujemy serwer.")
    second.get_by_role("textbox", name=re.compile("Róża")).fill("Proszę wyczyścić pamięć przeglądarki.")
    first.keyboard.press("Control+Enter")
    expect(first.locator(".msg[data-kind=public]")).to_contain_text("Restartujemy serwer.")
    second.keyboard.press("Control+Enter")

    expect(second.get_by_role("heading", level=1)).to_have_text(say("Somebody wrote while you were writing"))
    expect(second.locator(".compare section").first).to_contain_text("Restartujemy serwer.")
    expect(second.locator(".compare section").first).to_contain_text("Agnieszka Wrona")
    held = second.locator(".compare textarea")
    expect(held).to_have_value("Proszę wyczyścić pamięć przeglądarki.")
    assert len(mail.send_out()) == 1
    held.fill("Serwer już się restartuje; proszę też wyczyścić pamięć przeglądarki.")
    second.get_by_role("button", name=say("Send it now")).click()
    expect(second.locator(".msg[data-kind=public]")).to_have_count(2)
    texts = [letter.get_body(("plain",)).get_content() for letter in mail.send_out()]
    assert "Restartujemy serwer." in texts[0]
    assert "proszę też wyczyścić" in texts[1]


def test_a_reply_that_crosses_the_requesters_mail_is_held_beside_the_list_too(desk, mail, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    page.goto("/queue/")
    expect(page.locator("#preview #reply-text")).to_be_visible()
    page.keyboard.press("r")
    expect(focused(page)).to_have_attribute("id", "reply-text")
    page.keyboard.type("Który to sklep?")
    make_requester_message(ticket, at=now(), text="Chodzi o sklep z rowerami.")

    page.keyboard.press("Control+Enter")

    expect(page.locator(".compare section").first).to_contain_text("Chodzi o sklep z rowerami.")
    expect(page.locator(".compare textarea")).to_have_value("Który to sklep?")
    expect(page).to_have_url(re.compile("/queue/$"))
    page.get_by_role("button", name=say("Send it now")).click()
    expect(page.locator("#preview .msg[data-kind=public]")).to_contain_text("Który to sklep?")
    assert len(mail.send_out()) == 1


def test_a_crossed_reply_is_decided_by_the_keys_also_when_it_crosses_again(desk, mail, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    keys = page.keyboard
    page.goto(ticket.get_absolute_url())
    keys.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    keys.type("Który to sklep?")
    make_requester_message(ticket, at=now(), text="Chodzi o sklep z rowerami.")

    keys.press("Control+Enter")
    expect(focused(page)).to_have_text(say("Somebody wrote while you were writing"))
    keys.press("r")
    expect(focused(page)).to_have_attribute("id", "crossed-text")
    keys.press("Control+End")
    keys.type(" Ten z rowerami?")
    make_requester_message(ticket, at=now(), text="Już działa.")
    keys.press("Control+Enter")

    # Only what is new to its writer stands beside it, and nothing has left
    expect(page.locator(".compare section").first).to_contain_text("Już działa.")
    expect(page.locator(".compare section").first).not_to_contain_text("Chodzi o sklep")
    expect(page.locator("#crossed-text")).to_have_value("Który to sklep? Ten z rowerami?")
    assert mail.send_out() == []

    # Back to the ticket: the words wait in the composer, and Send knows of what was shown
    keys.press("Escape")
    expect(page).to_have_url(re.compile(f"{ticket.get_absolute_url()}$"))
    expect(page.locator("#reply-text")).to_have_value("Który to sklep? Ten z rowerami?")
    keys.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    keys.press("Control+a")
    keys.type("To dobrze.")
    keys.press("Control+Enter")
    expect(page.locator(".msg[data-kind=public]")).to_have_count(1)
    assert len(mail.send_out()) == 1


def test_beside_the_list_a_crossed_reply_has_the_focus_too(desk, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    page.goto("/queue/")
    expect(page.locator("#preview #reply-text")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("Który to sklep?")
    make_requester_message(ticket, at=now(), text="Chodzi o sklep z rowerami.")

    page.keyboard.press("Control+Enter")

    expect(focused(page)).to_have_text(say("Somebody wrote while you were writing"))
    page.keyboard.press("r")
    expect(focused(page)).to_have_attribute("id", "crossed-text")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#preview .msg[data-kind=public]")).to_contain_text("Który to sklep?")


def test_a_property_changed_by_two_shows_both_values(desk, open_page):
    ticket = make_ticket(desk.shops, assignee=desk.agent)
    first, second = open_page(desk.agent), open_page(desk.other_agent)
    second.route_web_socket(re.compile("/live/"), lambda line: None)  # hears nothing of what the first does
    for page in (first, second):
        page.goto(ticket.get_absolute_url())

    first.get_by_label(say("Priority")).select_option(label=say("High"))
    expect(first.locator("#facts")).to_contain_text(say("High"))
    second.get_by_label(say("Priority")).select_option(label=say("Urgent"))

    clash = second.get_by_role("alert")
    expect(clash).to_contain_text(say("Somebody was faster. Nothing was overwritten."))
    expect(clash.locator("dd")).to_have_text([say("High"), say("Urgent")])
    ticket.refresh_from_db()
    assert ticket.priority == Priority.HIGH
    second.get_by_role("button", name=say("Set %(value)s") % {"value": say("Urgent")}).click()
    expect(second.locator("#facts")).to_contain_text(say("Urgent"))
    ticket.refresh_from_db()
    assert ticket.priority == Priority.URGENT


def test_changes_of_different_properties_do_not_meet(desk, open_page):
    ticket = make_ticket(desk.shops)
    first, second = open_page(desk.agent), open_page(desk.other_agent)
    for page in (first, second):
        page.goto(ticket.get_absolute_url())

    first.get_by_label(say("Priority")).select_option(label=say("High"))
    expect(first.locator("#facts")).to_contain_text(say("High"))
    second.get_by_label(say("Assignee")).select_option(label="Jan Żak")

    expect(second.locator(".timeline")).to_contain_text(say("{who} took it").format(who=say("You")))
    expect(second.get_by_role("alert")).to_have_count(0)
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.assignee) == (Priority.HIGH, desk.other_agent)


def test_a_hold_waits_for_its_reason(desk, open_page):
    ticket = make_ticket(desk.shops)
    page = open_page(desk.agent)
    page.goto(ticket.get_absolute_url())

    page.get_by_label(say("Status"), exact=True).select_option(Status.ON_HOLD)
    expect(focused(page)).to_have_attribute("name", "reason")
    page.keyboard.type("dostawca hostingu")
    page.keyboard.press("Enter")

    expect(page.locator("#facts")).to_contain_text(say("On hold"))
    expect(page.locator(".timeline")).to_contain_text("dostawca hostingu")


def test_a_draft_survives_a_reload_and_a_second_computer(desk, open_page):
    ticket = make_ticket(desk.shops)
    page = open_page(desk.agent)
    page.goto(ticket.get_absolute_url())
    page.keyboard.press("r")
    page.keyboard.type("Zaczynam pisać")
    expect(page.locator("form[data-kind=public] .draft")).to_have_text(say("Draft saved"))
    page.keyboard.type(", a to dopiero początek")

    page.reload()  # before the pause after which it would have been saved
    expect(page.locator("#reply-text")).to_have_value("Zaczynam pisać, a to dopiero początek")
    page.keyboard.press("n")
    page.keyboard.type("Tylko dla nas")
    expect(page.locator("form[data-kind=note] .draft")).to_have_text(say("Draft saved"))

    elsewhere = open_page(fresh(desk.agent))
    elsewhere.goto(ticket.get_absolute_url())
    expect(elsewhere.locator("#reply-text")).to_have_value("Zaczynam pisać, a to dopiero początek")
    expect(elsewhere.locator("#note-text")).to_have_value("Tylko dla nas")
    colleague = open_page(desk.other_agent)
    colleague.goto(ticket.get_absolute_url())
    expect(colleague.locator("#reply-text")).to_have_value("")


def test_a_reply_survives_the_end_of_the_session(desk, open_page):
    ticket = make_ticket(desk.shops)
    page = open_page(desk.agent)
    page.goto(ticket.get_absolute_url())
    page.keyboard.press("r")
    page.keyboard.type("Długo nad tym myślałam")
    expect(page.locator("form[data-kind=public] .draft")).to_have_text(say("Draft saved"))
    page.context.clear_cookies(name="sessionid")

    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.get_by_label(say("Work email")).fill(desk.agent.email)
    page.get_by_label(say("Password")).fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(re.escape(ticket.get_absolute_url()) + "$"))
    expect(page.locator("#reply-text")).to_have_value("Długo nad tym myślałam")
    assert not Message.objects.filter(author=desk.agent).exists()


def test_the_way_back_brings_no_sent_text_into_the_composer(desk, open_page):
    ticket = make_ticket(desk.shops)
    page = open_page(desk.agent)
    page.goto(ticket.get_absolute_url())
    page.keyboard.press("r")
    page.keyboard.type("Już wysłane")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg .body", has_text="Już wysłane")).to_be_visible()

    page.go_back()

    expect(page).to_have_url(re.compile(re.escape(ticket.get_absolute_url())))
    expect(page.locator("#reply-text")).to_have_value("")


def test_a_reply_survives_a_line_that_breaks_while_sending(desk, open_page):
    ticket = make_ticket(desk.shops)
    page = open_page(desk.agent)
    page.goto(ticket.get_absolute_url())
    page.keyboard.press("r")
    page.keyboard.type("Wysyłam w tunelu")
    page.route("**/reply/", lambda route: route.abort())

    page.keyboard.press("Control+Enter")
    expect(page).to_have_url("chrome-error://chromewebdata/")
    page.unroute("**/reply/")
    page.goto(ticket.get_absolute_url())

    expect(page.locator("#reply-text")).to_have_value("Wysyłam w tunelu")
    page.keyboard.press("r")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg[data-kind=public]")).to_contain_text("Wysyłam w tunelu")


def test_a_refused_reply_is_shown_with_the_reason(desk, open_page):
    ticket = make_ticket(desk.shops, status=Status.SOLVED)
    page = open_page(desk.agent)
    page.goto(ticket.get_absolute_url())
    page.keyboard.press("r")
    page.keyboard.type("Jeszcze jedno")
    changing.close(ticket=ticket, at=now())

    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("alert")).to_contain_text(say("This ticket is closed. Open a new one that follows it."))
    expect(page.get_by_role("main")).to_contain_text("Jeszcze jedno")


def test_one_person_in_two_windows_chooses_and_nothing_is_called_saved_before(desk, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    first, second = open_page(desk.agent), open_page(desk.agent)
    said = "form[data-kind=public] .draft"
    first.goto(ticket.get_absolute_url())
    first.locator("#reply-text").fill("Sprawdzamy.")
    expect(first.locator(said)).to_have_text(say("Draft saved"), timeout=HEARD_MS)
    second.goto(ticket.get_absolute_url())
    expect(second.locator("#reply-text")).to_have_value("Sprawdzamy.")

    with second.expect_response("**/draft/", timeout=HEARD_MS):
        second.locator("#reply-text").fill("Sprawdzamy to teraz.")
    first.locator("#reply-text").fill("Proszę o zrzut ekranu.")

    asked = first.locator("form[data-kind=public] [data-elsewhere]")
    expect(asked).to_contain_text("Sprawdzamy to teraz.", timeout=HEARD_MS)
    expect(first.locator(said)).to_be_empty()
    expect(first.locator("#reply-text")).to_have_value("Proszę o zrzut ekranu.")
    asked.get_by_role("button", name=say("Keep the text below")).click()
    expect(first.locator(said)).to_have_text(say("Draft saved"), timeout=HEARD_MS)
    assert Draft.objects.get().text == "Proszę o zrzut ekranu."
