"""Everything works in a browser that runs no script: a screen reader's, an old one, one whose script did not arrive."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import PASSWORD, now, say
from tests.e2e.post import letter
from tests.factories import fresh, make_note, make_requester_message, make_ticket
from tickets import signed_links
from tickets.actions import assigning
from tickets.models import Channel, Message, Notification, Priority, Status, Ticket


@pytest.fixture
def plain(open_page):
    """`plain(user)` gives a page without scripts."""
    return lambda user=None: open_page(user, java_script_enabled=False)


def test_the_desk_runs_without_a_script(desk, mail, plain):
    first = mail.receive(letter("Od rana błąd 500.")).ticket
    make_ticket(desk.billing, subject="Faktura")
    page = plain()

    # Sign in
    page.goto("/")
    page.get_by_label(say("Work email")).fill(desk.agent.email)
    page.get_by_label(say("Password")).fill(PASSWORD)
    page.get_by_role("button", name=say("Sign in")).click()
    expect(page.locator(".row")).to_have_count(2)

    # Filter
    page.get_by_role("combobox", name=say("Queue")).select_option(label="Faktury")
    page.get_by_role("button", name=say("Filter")).click()
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_contain_text("Faktura")
    page.get_by_role("link", name=say("Clear", context="filters")).click()
    expect(page.locator(".row")).to_have_count(2)

    # Take
    page.get_by_role("link", name="Sklep nie działa").click()
    page.get_by_role("button", name=say("Take it")).click()
    expect(page).to_have_url(re.compile(first.get_absolute_url()))
    expect(page.get_by_label(say("Assignee"))).to_have_value(str(desk.agent.pk))

    # Note, reply with a next status
    page.locator("label").filter(has=page.get_by_role("radio", name=say("Internal note"))).click()
    page.get_by_role("textbox", name=say("Internal note")).fill("Klient premium.")
    page.get_by_role("button", name=say("Save note")).click()
    expect(page.locator(".msg[data-kind=note]")).to_contain_text("Klient premium.")
    page.locator("#reply-text").fill("Który sklep?")
    page.get_by_label(say("Status after sending")).select_option(Status.WAITING)
    page.get_by_role("button", name=say("Send")).first.click()
    expect(page.locator(".msg[data-kind=public]")).to_contain_text("Który sklep?")
    expect(page.locator("#facts")).to_contain_text(say("Waiting for requester"))
    assert len(mail.send_out()) == 2

    # Properties, each with its own button
    for label, value in (
        (say("Priority"), str(Priority.URGENT)),
        (say("Assignee"), str(desk.other_agent.pk)),
        (say("Status"), Status.OPEN),
        (say("Queue"), str(desk.billing.pk)),
    ):
        form = page.locator("form.property").filter(has=page.get_by_role("combobox", name=label))
        form.get_by_role("combobox").select_option(value)
        form.get_by_role("button").click()
        expect(form.get_by_role("combobox")).to_have_value(value)
    first.refresh_from_db()
    assert (first.priority, first.assignee, first.status, first.queue) == (
        Priority.URGENT,
        desk.other_agent,
        Status.OPEN,
        desk.billing,
    )

    # Take the next one
    page.goto("/queue/")
    page.get_by_role("button", name=say("Take next")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Faktura")

    # Sign out
    page.goto("/settings/")
    page.get_by_role("button", name=say("Sign out")).click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_a_hold_is_set_together_with_its_reason(desk, plain):
    ticket = make_ticket(desk.shops)
    page = plain(desk.agent)
    page.goto(ticket.get_absolute_url())
    form = page.locator("form.property").filter(has=page.locator("select[name=status]"))
    form.locator("select").select_option(Status.ON_HOLD)
    form.get_by_label(say("What does it wait for?")).fill("dostawca")
    form.get_by_role("button").click()

    expect(page.locator("#facts")).to_contain_text(say("On hold"))


def test_crossed_words_and_values_without_a_script(desk, plain):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = plain(desk.agent)
    page.goto(ticket.get_absolute_url())
    page.locator("#reply-text").fill("Który sklep?")
    make_requester_message(ticket, at=now(), text="Chodzi o rowery.")

    page.get_by_role("button", name=say("Send")).first.click()
    expect(page.locator(".compare")).to_contain_text("Chodzi o rowery.")
    expect(page.locator(".compare textarea")).to_have_value("Który sklep?")
    page.get_by_role("button", name=say("Send it now")).click()
    expect(page.locator(".msg[data-kind=public]")).to_contain_text("Który sklep?")

    assigning.assign(ticket=ticket, to=desk.other_agent, by=desk.lead, at=now())
    form = page.locator("form.property").filter(has=page.locator("select[name=assignee]"))
    form.locator("select").select_option(str(desk.lead.pk))
    form.get_by_role("button").click()
    expect(page.get_by_role("alert").locator("dd")).to_have_text(["Jan Żak", "Lena Łoś"])


def test_a_ticket_is_opened_for_somebody_who_called(desk, plain):
    page = plain(desk.agent)
    page.goto("/queue/")
    page.get_by_role("link", name=say("New ticket")).click()

    # The page says what is missing, and keeps what was written
    page.get_by_label(say("Subject")).fill("Drukarka")
    page.get_by_label(say("What is it about?")).fill("Drukarka nie drukuje.")
    page.get_by_role("button", name=say("Open the ticket")).click()
    expect(page.get_by_role("main")).to_contain_text(say("Write an email address, or a name and a phone number."))
    expect(page.get_by_label(say("Subject"))).to_have_value("Drukarka")

    page.get_by_label(say("Name")).fill("Zofia Żółw")
    page.get_by_label(say("Phone")).fill("+48 601 234 567")
    page.get_by_label(say("It came by")).select_option(Channel.PHONE)
    page.get_by_role("button", name=say("Open the ticket")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Drukarka")
    expect(page.get_by_role("main")).to_contain_text(
        say("There is no email address to answer to. Leave a note of what was said.")
    )
    ticket = Ticket.objects.get()
    assert (ticket.requester.name, ticket.channel) == ("Zofia Żółw", Channel.PHONE)


def test_notifications_lead_to_their_ticket(desk, plain):
    tickets = [make_ticket(desk.shops, subject=subject) for subject in ("Pierwsza", "Druga")]
    for ticket in tickets:
        assigning.assign(ticket=ticket, to=desk.agent, by=desk.lead, at=now())
    page = plain(desk.agent)

    page.goto("/notifications/")
    expect(page.locator(".row[data-unread]")).to_have_count(2)
    page.get_by_role("button", name="Pierwsza").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pierwsza")
    page.goto("/notifications/")
    expect(page.locator(".row[data-unread]")).to_have_count(1)
    page.get_by_role("button", name=say("Mark all as read")).click()
    expect(page.locator(".row[data-unread]")).to_have_count(0)
    assert not Notification.objects.unread().exists()


def test_a_forgotten_password_is_set_anew_by_the_link_of_a_mail(desk, mail, plain):
    page = plain()
    page.goto("/accounts/login/")
    page.get_by_role("link", name=say("Forgot it?")).click()
    page.get_by_label(say("Work email")).fill(desk.agent.email)
    page.get_by_role("button", name=say("Send the link")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Look into your mail"))

    (letter_,) = mail.send_out()
    assert letter_["X-RcptTo"] == desk.agent.email
    link = re.search(r"http://\S+/password/reset/key/\S+", letter_.get_body(("plain",)).get_content()).group()
    page.goto(link)
    for field in page.locator("input[type=password]").all():
        field.fill("nowe, dłuższe hasło")
    page.get_by_role("button", name=say("Save the password")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say("The new password is saved"))
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(say("This link does not work any more"))

    page.goto("/accounts/login/")
    page.get_by_label(say("Work email")).fill(desk.agent.email)
    page.get_by_label(say("Password")).fill("nowe, dłuższe hasło")
    page.get_by_role("button", name=say("Sign in")).click()
    expect(page).to_have_url(re.compile("/queue/"))


def test_a_stranger_who_forgets_a_password_learns_nothing(desk, mail, plain):
    page = plain()
    page.goto("/accounts/password/reset/")
    page.get_by_label(say("Work email")).fill("nobody@sklep.example")
    page.get_by_role("button", name=say("Send the link")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(say("Look into your mail"))
    assert mail.send_out() == []


def test_the_requesters_page_needs_no_script(desk, plain):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    make_note(ticket, desk.agent)
    page = plain()

    page.goto(signed_links.url_for(ticket, fresh(ticket.requester)))
    page.get_by_label(say("Your answer")).fill("Już działa.")
    page.get_by_role("button", name=say("Send")).first.click()
    expect(page.locator(".msg")).to_have_count(2)
    page.get_by_role("link", name=say("It is solved, thank you")).click()
    page.get_by_role("button", name=say("Yes, it is solved")).click()

    expect(page.get_by_role("main")).to_contain_text(say("The case is solved. An answer opens it again."))
    assert Message.objects.filter(ticket=ticket, text="Już działa.").exists()
    ticket.refresh_from_db()
    assert ticket.status == Status.SOLVED


def test_the_language_is_switched_before_and_after_signing_in(desk, plain):
    page = plain()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Polski").click()
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")

    page = plain(desk.agent)
    page.goto("/settings/")
    page.get_by_label(say("Language")).select_option("pl")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    page.goto("/queue/")
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Queue", language="pl"))
