"""What production refuses to start with, each in one sentence that names the variable."""

import os
import runpy
from typing import Any

import pytest

from helpdesk.lib import embedded, env

PRODUCTION = {
    "DEMO": "0",
    "SECRET_KEY": "0123456789abcdef" * 3,
    "SITE_URL": "https://help.firma.example",
    "ALLOWED_HOSTS": "help.firma.example",
    "BEHIND_PROXY": "1",
    "SMTP_URL": "smtp://mail.firma.example",
    "DEFAULT_FROM_EMAIL": "help@firma.example",
    "DATABASE_URL": "postgresql://dyzur:tajne@db/dyzur",
}


def start(monkeypatch: pytest.MonkeyPatch, **given: str) -> dict[str, Any]:
    for name in [name for name in os.environ if name in PRODUCTION or name in ("CLOCK_OFFSET_S", "DEBUG", "LIVE_URL")]:
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(embedded.PROJECT / "helpdesk/settings.py"))


def test_production_starts_with_cookies_for_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    found = start(monkeypatch, **PRODUCTION)

    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is True
    assert found["SECURE_HSTS_SECONDS"] == 31_536_000
    assert found["LIVE_URL"] == "wss://help.firma.example/live/"
    assert not found["DEBUG"]
    assert not found["CLOCK_OFFSET"]


@pytest.mark.parametrize("name", ["com.pl", ".bursztyn.pl", ".co.example", ".help.com.pl", ".wp.pl", "help.co.uk"])
def test_subdomains_of_a_name_of_ones_own_are_let_in(name: str) -> None:
    assert not env.is_open_to_anybody(name)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "", "SECRET_KEY must be set to at least 40 random characters"),
        ("SECRET_KEY", "the demo's secret: worthless, since anyone can read it here", "SECRET_KEY must be set"),
        ("SECRET_KEY", "changeme" * 3, "SECRET_KEY must be set"),
        ("SECRET_KEY", "a" * 60, "SECRET_KEY must be set"),
        ("DEBUG", "1", "DEBUG must be off"),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS must name this site's hosts"),
        ("ALLOWED_HOSTS", "help.firma.example,*", "ALLOWED_HOSTS must name this site's hosts, and not *"),
        ("ALLOWED_HOSTS", "help.firma.example,.example", "ALLOWED_HOSTS must not open a whole top-level domain"),
        ("ALLOWED_HOSTS", ".example.", "ALLOWED_HOSTS must not open a whole top-level domain"),
        ("ALLOWED_HOSTS", "help.firma.example,.", "ALLOWED_HOSTS must not open a whole top-level domain"),
        ("ALLOWED_HOSTS", "help.firma.example,.com.pl", "ALLOWED_HOSTS must not open a whole top-level domain"),
        ("ALLOWED_HOSTS", "help.firma.example,.CO.UK.", "ALLOWED_HOSTS must not open a whole top-level domain"),
        ("ALLOWED_HOSTS", "other.example", "ALLOWED_HOSTS must hold the host of SITE_URL"),
        ("SITE_URL", "", "SITE_URL must be the address people open"),
        ("SITE_URL", "http://help.firma.example", "SITE_URL must begin with https://"),
        ("BEHIND_PROXY", "", "BEHIND_PROXY must be 1"),
        ("CLOCK_OFFSET_S", "-3600", "CLOCK_OFFSET_S must not be set"),
        ("SMTP_URL", "", "SMTP_URL must name the mail server"),
        ("DEFAULT_FROM_EMAIL", "", "DEFAULT_FROM_EMAIL must be the sender"),
        ("DATABASE_URL", "", "DATABASE_URL is not set"),
    ],
)
def test_production_refuses(monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    with pytest.raises(env.WrongSetting) as refused:
        start(monkeypatch, **(PRODUCTION | {name: value}))

    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_a_wildcard_of_ones_own_domain_holds_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    assert start(monkeypatch, **(PRODUCTION | {"ALLOWED_HOSTS": ".firma.example"}))["ALLOWED_HOSTS"] == [
        ".firma.example"
    ]


@pytest.mark.parametrize("given", [{"SITE_URL": "https://demo.firma.example"}, {"ALLOWED_HOSTS": "*"}])
def test_a_demo_that_others_reach_needs_a_key_of_its_own(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    database = {"DATABASE_URL": PRODUCTION["DATABASE_URL"]}

    with pytest.raises(env.WrongSetting, match="SECRET_KEY must be set before others reach this demo"):
        start(monkeypatch, **database, **given)

    assert start(monkeypatch, **database, **given, SECRET_KEY=PRODUCTION["SECRET_KEY"])["DEMO"] is True
    assert start(monkeypatch, **database)["DEMO"] is True
