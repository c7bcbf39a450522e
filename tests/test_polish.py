"""The Polish pages are Polish: the catalogue is complete, and no page says anything in English.

Every route that the permission matrix knows is asked by each of its people, who all read Polish, and so are a few pages
that only come about when two people are at work at once.
"""

from __future__ import annotations

import copy
import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from helpdesk.lib import catalogues, prepared
from helpdesk.lib import clock as product_clock
from tests import databases
from tests.factories import AT, HOUR, make_agent, make_requester_message
from tests.permissions.test_routes import ROWS, client_of, request_of, send, urls_below
from tests.permissions.world import World
from tickets import signed_links
from tickets.models import Priority
from tickets.templatetags import promises, ui

ENGLISH = re.compile(r"\b(?:the|and|your|you|this|that|with|not|of|for|from|are|was|has|it|is)\b", re.IGNORECASE)
"""Words that no Polish sentence has. They find what was never marked for translation at all."""

SPOKEN = ("title", "aria-label", "aria-description", "placeholder", "alt", "content", "data-words")
NOT_SPOKEN = ("script", "style", "svg")
VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
PEOPLE = ("anonymous", "requester", "on duty", "mentor", "admin")
"""Between them they see every page, in each of its forms."""

FOUND_BY = "data-found-by"
"""By which the palette finds a line: its names in all languages of the desk, which nobody reads or hears."""

OWN_NAMES = {"English", "Polski"}


class Words(HTMLParser):
    """What a person reads or hears of a page: texts, and attributes that are spoken.

    What is the same in every language is marked in the page (``translate="no"``): searches, keys and codes. Of a field
    that is marked so only the value is left out; its label and its placeholder are words of ours. Hidden values are
    read by nobody.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.language = ""
        self.found: list[str] = []
        self._silent: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        is_untranslated = given.get("translate") == "no"
        # Zones keep the names that the world gives them, "Isle of Man" among them.
        is_zones = tag == "select" and given.get("name") == "time_zone"
        if tag not in VOID and (self._silent or tag in NOT_SPOKEN or is_untranslated or is_zones):
            self._silent.append(tag)
        if tag == "meta":
            return
        is_read = tag == "input" and given.get("type") != "hidden" and not is_untranslated
        for name, value in given.items():
            if (
                value
                and name != FOUND_BY
                and (name in SPOKEN or name.startswith("data-") or (is_read and name == "value"))
            ):
                self.found.append(value)

    def handle_endtag(self, tag: str) -> None:
        """An end closes what was left open inside too: many elements need none of their own."""
        while tag in self._silent:
            if self._silent.pop() == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.found.append(" ".join(data.split()))


def original_words() -> list[str]:
    """The English messages, or what stands between their placeholders, where that is more than one word."""
    same = catalogues._exceptions(catalogues.PROJECT)
    pieces = set()
    for message in catalogues.extract():
        for text in [message.id] if isinstance(message.id, str) else message.id:
            if text in same:
                continue
            for piece in re.split(r"%\(\w+\)\d*[sd]|%[sd]|\{\w*\}|\n", text):
                piece = piece.strip(" .,:;…()")
                if " " in piece:
                    pieces.add(piece)
    return sorted(pieces)


class English:
    """Finds a piece of the original that stands in a text as words of its own. Thousands of pieces are too many to try
    at each letter: only those are tried whose first word the text has."""

    def __init__(self, pieces: Iterable[str]) -> None:
        by_word: dict[str, list[str]] = defaultdict(list)
        for piece in pieces:
            found = WORD.search(piece)
            by_word[found[0] if found else ""].append(rf"(?<!\w){re.escape(piece)}(?!\w)")
        self._patterns = {word: re.compile("|".join(each)) for word, each in by_word.items()}

    def is_in(self, text: str) -> bool:
        patterns = map(self._patterns.get, {"", *WORD.findall(text)})
        return any(pattern.search(text) for pattern in patterns if pattern)


WORD = re.compile(r"\w+")


@pytest.fixture(scope="module")
def english() -> English:
    return English(original_words())


@pytest.fixture(scope="module")
def polish_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once, as the matrix's own: every test takes back what it did."""
    # What an act writes down in words it writes in the language of who acts, and these people read Polish.
    with django_db_blocker.unblock(), product_clock.moved_to(AT), translation.override("pl"):
        world = World()
        world.sign_everybody_in()
    yield world
    with django_db_blocker.unblock():
        databases.empty_tables()


@pytest.fixture
def world(polish_world: World, db: None, clock: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    # The routes' own tests send the same requests, with every kept statement compared.
    monkeypatch.setattr(prepared, "is_checked", False)
    own = copy.copy(polish_world)
    own.people = {column: copy.copy(person) for column, person in own.people.items()}
    return own


def leftovers(response: HttpResponse, english: English) -> list[str]:
    """English on the page; nothing for files, redirects and what programs read."""
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return []
    html = response.content.decode()
    page = Words(html)
    found = [words for words in page.found if words not in OWN_NAMES and sounds_english(words, english)]
    if "<html" in html and page.language != "pl":
        found.append(f"<html lang={page.language!r}>")
    return found


@functools.cache
def sounds_english(words: str, english: English) -> bool:
    """Remembered: pages repeat themselves."""
    return english.is_in(words) or bool(ENGLISH.search(words))


def answers(client: Any, row: dict[str, Any], values: dict[str, Any]) -> Iterator[HttpResponse]:
    """What the row's request brings, and the page with its toast that a redirect leads to."""
    if row.get("prefix"):
        yield from (client.get(url) for url in urls_below(row["path"]))
        return
    response = send(client, request_of(row, values))
    yield response
    if response.status_code == 302 and response.headers["Location"].startswith("/"):
        yield client.get(response.headers["Location"])


def test_the_catalogue_is_complete() -> None:
    assert catalogues.problems() == []


@pytest.mark.parametrize("column", PEOPLE)
def test_no_page_says_anything_in_english(world: World, column: str, english: English) -> None:
    said = {}
    pages = 0

    for row in ROWS:
        if "language" in row.get("body", {}):
            continue  # whoever asks for English gets it
        with transaction.atomic():
            client = client_of(world, column)
            client.defaults["HTTP_ACCEPT_LANGUAGE"] = "pl"
            for response in answers(client, row, world.values(column, "own")):
                pages += response.headers.get("Content-Type", "").startswith("text/html")
                if found := leftovers(response, english):
                    said[f"{row.get('method', 'GET')} {row['path']} {response.status_code}"] = found
            transaction.set_rollback(True)

    assert pages > 10
    assert said == {}


def test_what_is_looked_for_is_there_in_english(world: World, english: English) -> None:
    admin = world.person("admin")
    admin.language = "en"
    admin.save()

    for url in (reverse("queue"), reverse("settings"), reverse("mail_failures"), reverse("new_ticket")):
        assert leftovers(client_of(world, "admin").get(url), english), url


def test_pages_of_two_people_at_once_are_polish(world: World, english: English) -> None:
    ticket = world.near.ticket
    client = client_of(world, "agent")
    page = reverse("ticket", args=[ticket.pk])
    seen = client.get(page).context["composer"].seen
    client.post(reverse("change_priority", args=[ticket.pk]), {"priority": Priority.HIGH, "seen": ticket.priority})
    make_requester_message(ticket)

    crossed = client.post(reverse("reply", args=[ticket.pk]), {"text": "Już wiemy.", "seen": seen, "next_status": ""})
    clash = client.post(
        reverse("change_priority", args=[ticket.pk]), {"priority": Priority.LOW, "seen": Priority.NORMAL}
    )

    assert (crossed.status_code, clash.status_code) == (409, 409)
    assert leftovers(crossed, english) + leftovers(clash, english) == []
    assert leftovers(client.get(page), english) == []


@pytest.mark.parametrize("view", ["mine", "nobody", "at_risk", "overdue", "waiting", "solved"])
def test_an_empty_desk_is_polish(world: World, english: English, view: str) -> None:
    newcomer = make_agent()
    world.people["newcomer"] = newcomer
    client = client_of(world, "newcomer")

    assert leftovers(client.get(f"{reverse('queue')}?view={view}"), english) == []
    assert leftovers(client.get(f"{reverse('queue')}?view={view}&priority=4"), english) == []


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("account_login", {"login": "nie.ma@bursztyn.example", "password": "zgaduję"}),
        ("account_login", {}),
        ("account_reset_password", {"email": "nie adres"}),
        ("new_ticket", {"name": "Jan"}),
        ("account_change_password", {"oldpassword": "x", "password1": "abc", "password2": "abd"}),
        ("settings", {"language": "fr", "theme": "pink", "time_zone": "Mars"}),
    ],
)
def test_a_form_filled_in_wrongly_is_polish(world: World, english: English, url: str, body: dict[str, str]) -> None:
    client = client_of(world, "anonymous" if url in ("account_login", "account_reset_password") else "agent")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "pl"

    response = client.post(reverse(url), body)

    assert 'class="error"' in response.content.decode() or 'role="alert"' in response.content.decode()
    assert leftovers(response, english) == []


@pytest.mark.parametrize(
    ("setting", "action", "path"),
    [
        ("ACCOUNT_RATE_LIMITS", "login", "/accounts/login/"),
        ("ACCOUNT_RATE_LIMITS", "reset_password", "/accounts/password/reset/"),
        ("ACCOUNT_RATE_LIMITS", "reset_password_from_key", "/accounts/password/reset/key/1-set-password/"),
        ("MFA_RATE_LIMITS", "webauthn_login", "/accounts/login/passkey/"),
    ],
)
def test_a_limit_on_signing_in_answers_in_polish(
    world: World, english: English, settings: Any, setting: str, action: str, path: str
) -> None:
    assert action in getattr(settings, setting), "the desk sets this limit itself"
    setattr(settings, setting, {action: "1/m/ip"})
    client = client_of(world, "anonymous")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "pl"
    asked = {"login": "a@x.example", "password": "zgaduję", "email": "a@x.example"}
    responses = [client.post(path, asked) for _ in range(2)]

    assert responses[0].status_code != 429
    assert responses[-1].status_code == 429
    assert "Za dużo prób" in responses[-1].content.decode()
    assert leftovers(responses[-1], english) == []


def test_a_link_speaks_its_readers_language_in_any_browser(world: World, english: English) -> None:
    client = client_of(world, "anonymous")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    polish, ticket = world.near.ticket.requester, world.near.ticket
    assert polish.language == "pl"

    page = client.get(reverse("signed_case", args=[signed_links.token_for(ticket, polish)]))

    assert page.status_code == 200
    assert leftovers(page, english) == []


# How Polish counts, writes numbers and dates


@pytest.mark.parametrize(
    ("number", "noun"),
    [(1, "osoba"), (2, "osoby"), (4, "osoby"), (5, "osób"), (12, "osób"), (14, "osób"), (22, "osoby"), (101, "osób")],
)
def test_nouns_follow_the_number(number: int, noun: str) -> None:
    with translation.override("pl"):
        counted = ngettext("%(people)s person is on duty.", "%(people)s people are on duty.", number)

    assert f" {noun}." in counted


def test_our_words_come_before_those_of_the_frameworks() -> None:
    with translation.override("pl"):
        assert translation.gettext("Forgot your password?") == "Nie pamiętam hasła"
        assert translation.gettext("Add %s") == "Dodaj: %s"


@pytest.mark.parametrize(
    ("said", "polish"),
    [
        (lambda: ui.count(1546), "1\u00a0546"),
        (lambda: ui.count(10_000), "9\u00a0999+"),
        (lambda: ui.file_size(2_140_000), "2,1 MB"),
        (lambda: ui.day(AT, AT), "Dzisiaj, poniedziałek 9 marca"),
        (lambda: ui.day(AT - 24 * HOUR, AT), "Wczoraj, niedziela 8 marca"),
        (lambda: ui.full_moment(AT), "poniedziałek 9 marca 2026, 8:00"),
        (lambda: ui.moment(AT - 72 * HOUR, AT), "pt 8:00"),
        (lambda: ui.moment(AT - 20 * 24 * HOUR, AT), "17 lut"),
        (lambda: promises.phrases().late % {"span": "1 h 05"}, "1 h 05 po terminie"),
    ],
)
def test_numbers_and_dates_are_written_as_poles_write_them(said: Any, polish: str) -> None:
    with translation.override("pl"), timezone.override("Europe/Warsaw"):
        assert said() == polish


def test_nobody_is_taken_for_a_man_or_a_woman() -> None:
    """Past tenses of the second and third person, and what guesses with brackets ("zrobił(a)")."""
    guesses = re.compile(r"\w+(?:łeś|łaś|łbyś|łabyś)\b|\w\((?:a|-\w+)\)", re.IGNORECASE)
    catalogue = catalogues._read(catalogues.PROJECT, "pl")

    assert [text for text in _translations(catalogue) if guesses.search(text)] == []


def _translations(catalogue: Iterable[Any]) -> Iterator[str]:
    for message in catalogue:
        yield from [message.string] if isinstance(message.string, str) else message.string
