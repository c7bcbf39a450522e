"""A volunteer works inside the scope of a duty, a mentor reads the replies before they leave."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.desk import focused, now, say
from tests.factories import MINUTE, make_ticket
from tickets.actions.facts import revoke_grant
from tickets.contact import mask_email, mask_phone
from tickets.models import Message


def test_a_reply_is_read_by_the_mentor_returned_written_anew_and_sent(desk, mail, open_page):
    requester = desk.requester(phone="+48 601 234 567")
    ticket = make_ticket(desk.shops, requester=requester, subject="Sklep nie działa", text="Błąd 500.")
    make_ticket(desk.billing, subject="Faktura")
    make_ticket(desk.shops, subject="Przez telefon", channel="phone")

    # She sees her scope, and no contact data
    volunteer = open_page(desk.volunteer)
    volunteer.goto("/queue/")
    expect(volunteer.locator(".row")).to_have_count(1)
    expect(volunteer.locator(".row")).to_contain_text("Sklep nie działa")
    volunteer.keyboard.press("Enter")
    expect(volunteer).to_have_url(re.compile(ticket.get_absolute_url()))
    main = volunteer.get_by_role("main")
    expect(main).to_contain_text(mask_email(requester.email))
    expect(main).to_contain_text(mask_phone(requester.phone))
    assert requester.email not in volunteer.content()
    assert requester.phone not in volunteer.content()
    expect(volunteer.get_by_label(say("Assignee"))).to_have_count(0)

    # Her reply waits
    expect(main).to_contain_text(say("Your reply goes to a mentor first and leaves when they approve it."))
    volunteer.keyboard.press("r")
    expect(focused(volunteer)).to_have_attribute("name", "text")
    volunteer.keyboard.type("Proszę spróbować.")
    expect(volunteer.get_by_role("button", name=say("Send to the mentor"))).to_be_visible()
    volunteer.keyboard.press("Control+Enter")
    expect(volunteer.locator(".msg[data-kind=public]")).to_contain_text(say("Waits for a mentor"))
    expect(volunteer.get_by_role("button", name=say("Approve and send"))).to_have_count(0)
    assert mail.send_out() == []

    # The mentor is told, and returns it
    mentor = open_page(desk.mentor)
    mentor.goto("/notifications/")
    expect(mentor.locator(".row")).to_contain_text(say("A reply waits for your review"))
    mentor.get_by_role("button", name="Sklep nie działa").click()
    expect(mentor).to_have_url(re.compile(ticket.get_absolute_url()))
    mentor.get_by_label(say("What should change")).fill("Napisz, o której to naprawimy.")
    mentor.get_by_role("button", name=say("Return it")).click()
    expect(mentor.locator(".timeline")).to_contain_text("Napisz, o której to naprawimy.")

    # She reads why, and her words are in the composer again
    volunteer.goto(ticket.get_absolute_url())
    expect(volunteer.locator(".timeline")).to_contain_text("Napisz, o której to naprawimy.")
    text = volunteer.locator("#reply-text")
    expect(text).to_have_value("Proszę spróbować.")
    text.fill("Naprawimy to do 10:00. Proszę wtedy spróbować.")
    volunteer.get_by_role("button", name=say("Send to the mentor")).click()
    expect(volunteer.locator(".msg[data-kind=public]").last).to_contain_text(say("Waits for a mentor"))
    assert mail.send_out() == []

    # The mentor sends it in better words
    mentor.goto(ticket.get_absolute_url())
    mentor.get_by_label(say("The reply as it will leave")).fill("Naprawimy to do 10:00. Proszę wtedy zajrzeć ponownie.")
    mentor.get_by_role("button", name=say("Approve and send")).click()
    expect(mentor.locator(".toast")).to_contain_text(say("The reply is on its way."))
    (reply,) = mail.send_out()
    assert reply["X-RcptTo"] == requester.email
    assert "zajrzeć ponownie" in reply.get_body(("plain",)).get_content()
    assert (
        Message.objects.get(ticket=ticket, state=Message.State.SENT, author=desk.volunteer).approved_by == desk.mentor
    )


def test_outside_the_scope_and_after_the_duty_there_is_nothing(desk, open_page):
    inside = make_ticket(desk.shops, subject="W zakresie")
    outside = make_ticket(desk.billing)
    page = open_page(desk.volunteer)

    assert page.goto(outside.get_absolute_url()).status == 404
    assert page.goto(inside.get_absolute_url()).status == 200
    revoke_grant(desk.grant, at=now() - MINUTE)
    assert page.goto(inside.get_absolute_url()).status == 404
    page.goto("/queue/")

    expect(page).to_have_url(re.compile("/requests/$"))
    assert "W zakresie" not in page.content()
