"""Signing in, second factors, sessions, and what was noted of it all."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.models import Authenticator
from django.test import Client
from playwright.sync_api import expect

from tests.e2e.desk import PASSWORD, Desk, now, say
from tests.e2e.pages.looking import Scene, check_focus, check_page, for_desk
from tests.e2e.pages.prepared import full
from tests.factories import fresh
from tickets import tasks
from tickets.accounts import second_factors
from tickets.actions import auditing, keeping_rules, mail_settings
from tickets.models import DeskSettings, Mailbox, Outbox, Rule, User


def set_password(page: Any) -> None:
    """Follow the link of the mail, to the page where the new password is written."""
    page.get_by_role("textbox").fill("agnieszka@bursztyn.example")
    page.get_by_role("button", name=say("Send the link")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Look into your mail"))
    tasks.answer_resets()
    page.goto(re.search(r"/accounts/password/reset/key/\S+", Outbox.objects.get().payload["text"]).group())


def sign_in_wrongly(page: Any) -> None:
    page.get_by_label(say("Work email")).fill("nobody@bursztyn.example")
    page.get_by_label(say("Password")).fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()


def with_factors(desk: Desk) -> User:
    """An agent with an app and recovery codes."""
    secret = mfa_adapter().encrypt("JBSWY3DPEHPK3PXP")
    Authenticator.objects.create(user=desk.agent, type=Authenticator.Type.TOTP, data={"secret": secret})
    second_factors.recovery_codes_of(desk.agent)
    return desk.agent


def signed_in_elsewhere(desk: Desk) -> None:
    phone = Client(HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1")
    phone.post("/accounts/login/", {"login": desk.agent.email, "password": PASSWORD})


def audited(desk: Desk) -> None:
    who = {"by": fresh(desk.admin), "at": now()}
    signature = "Pozdrawiamy\n{agent}\nZespół sklepów, Bursztyn sp. z o.o., ul. Długa 12, 80-831 Gdańsk"
    mail_settings.change_queue_mail(queue=desk.shops, signature=signature, language="pl", acknowledges=False, **who)
    changes = [{"property": "priority", "to": 4}, {"property": "add_tags", "to": ["pilne"]}]
    keeping_rules.save(rule=Rule(name="Pilne od razu", trigger="opened"), changes=changes, **who)
    box = Mailbox.objects.create(queue=desk.shops, name="Podane przez serwer", kind="push")
    with auditing.asked_from("2001:db8:0:1234:5678:9abc:def0:1234"):
        mail_settings.pause_mailbox(mailbox=box, **who)
        auditing.record_audit(action="read", kind="raw_mail", name="mail-7.eml", **who)


def locked(desk: Desk) -> None:
    long = "nikt.o.tak.dlugim.adresie.nie.slyszal@poczta.bardzo-dluga-domena.example"
    for address in (desk.agent.email, long):
        for _try in range(5):
            Client().post("/accounts/login/", {"login": address, "password": "wrong"})


def by_password(page: Any) -> None:
    page.get_by_label(say("Work email")).fill("agnieszka@bursztyn.example")
    page.get_by_label(say("Password")).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(say("Good morning"))


def confirm(page: Any) -> None:
    page.get_by_label(say("Password")).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(say("Confirm that it is you"))


SCENES = {
    "sign in": Scene("/accounts/login/"),
    "sign in, refused": Scene("/accounts/login/", act=sign_in_wrongly),
    "password forgotten": Scene("/accounts/password/reset/"),
    "password mailed": Scene("/accounts/password/reset/done/"),
    "password set anew": Scene("/accounts/password/reset/", act=set_password),
    "password link over": Scene("/accounts/password/reset/key/1-abc/"),
    "password saved": Scene("/accounts/password/reset/key/done/"),
    "password change": Scene("/accounts/password/change/", "agent"),
    "confirm": Scene("/accounts/reauthenticate/", "agent"),
    "sign in, locked": Scene("/accounts/login/", "", for_desk(locked), by_password),
    "second factor": Scene(
        "/accounts/security/code/", "", for_desk(lambda desk: with_factors(desk) and None), by_password
    ),
    "second factor, set up": Scene(
        "/accounts/login/second-factor/",
        prepare=for_desk(lambda desk: DeskSettings(requires_second_factor=True).save()),
        act=by_password,
    ),
    "security": Scene("/accounts/security/", "agent", for_desk(with_factors)),
    "security, nothing": Scene("/accounts/security/", "requester", full),
    "codes from an app": Scene("/accounts/security/app/", "agent", act=confirm),
    "recovery codes": Scene("/accounts/security/codes/", "agent", for_desk(with_factors), confirm),
    "a new passkey": Scene("/accounts/security/passkeys/new/", "agent", act=confirm),
    "sessions": Scene("/accounts/sessions/", "agent", for_desk(signed_in_elsewhere)),
    "locked out": Scene("/sign-in/", "admin", for_desk(locked)),
    "locked out, nobody": Scene("/sign-in/", "admin"),
    "audit": Scene("/audit/", "admin", for_desk(audited)),
    "audit, a day that is none": Scene("/audit/?since=x", "admin"),
    "audit, empty": Scene("/audit/", "admin"),
    "who has a second factor": Scene("/sign-in/second-factor/", "admin", for_desk(with_factors)),
    "a lost second factor": Scene("/sign-in/second-factor/{number}/reset/", "admin", for_desk(with_factors), confirm),
    "account closed": Scene("/accounts/inactive/"),
    "sign out": Scene("/accounts/logout/", "agent"),
}


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    check_page(SCENES[name], desk, mail, open_page)


@pytest.mark.parametrize("name", ["sign in"])
def test_the_focus_is_seen_wherever_the_tab_key_leads(desk, mail, open_page, name):
    check_focus(SCENES[name], desk, mail, open_page)
