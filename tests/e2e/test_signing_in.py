"""A passkey in a real browser: set up on the way in, used instead of the password, and as the second factor."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.e2e.desk import PASSWORD, Desk, say
from tickets.models import DeskSettings

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_device(page: Any) -> None:
    """The page's browser gets a virtual authenticator."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def sign_in_by_password(page: Any, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label(say("Work email")).fill(email)
    page.get_by_label(say("Password")).fill(PASSWORD)
    page.keyboard.press("Enter")


def sign_out(page: Any) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("button", name=say("Sign out")).click()
    expect(page).to_have_url("/accounts/login/")


def test_a_passkey_is_set_up_on_the_way_in_and_opens_the_desk_from_then_on(desk: Desk, page: Any) -> None:
    DeskSettings.objects.create(requires_second_factor=True)
    with_device(page)

    sign_in_by_password(page, "agnieszka@bursztyn.example")
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Set up a second factor"))
    page.get_by_role("button", name=say("Set up a passkey")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Keep these codes"))
    page.get_by_role("button", name=say("I have them, go on")).click()
    expect(page).to_have_url("/queue/")

    sign_out(page)
    page.get_by_role("button", name=say("Sign in with a passkey")).click()
    expect(page).to_have_url("/queue/")

    sign_out(page)
    sign_in_by_password(page, "agnieszka@bursztyn.example")
    page.get_by_role("button", name=say("Use a passkey")).click()
    expect(page).to_have_url("/queue/")


def test_a_passkey_added_in_the_settings_opens_the_desk_until_it_is_removed(desk: Desk, page: Any) -> None:
    with_device(page)
    sign_in_by_password(page, "agnieszka@bursztyn.example")
    expect(page).to_have_url("/queue/")

    page.goto("/accounts/security/")
    page.get_by_role("link", name=say("Add a passkey")).click()
    page.get_by_label(say("Password")).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Add a passkey"))
    page.get_by_role("textbox").fill("Work laptop")
    page.get_by_role("button", name=say("Set up a passkey")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Recovery codes"))
    sign_out(page)
    page.get_by_role("button", name=say("Sign in with a passkey")).click()
    expect(page).to_have_url("/queue/")

    page.goto("/accounts/security/")
    page.get_by_role("link", name="Remove Work laptop").click()
    page.get_by_label(say("Password")).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=say("Remove")).click()
    expect(page.get_by_text(say("Add a passkey"))).to_be_visible()
    expect(page.get_by_text("Work laptop")).to_have_count(0)
    sign_out(page)
    page.get_by_role("button", name=say("Sign in with a passkey")).click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("."))
    expect(page).to_have_url(re.compile("/login"))


def test_a_passkey_that_is_refused_says_so_and_the_other_way_stays(desk: Desk, page: Any) -> None:
    with_device(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name=say("Sign in with a passkey")).click()

    expect(page.get_by_role("alert")).to_contain_text("Try again, or choose another way.")
    expect(page.get_by_label(say("Password"))).to_be_visible()
