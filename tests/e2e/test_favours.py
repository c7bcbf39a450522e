"""A favour, logged by the keys alone: from anywhere, in five seconds, for somebody new and for a regular."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import PHONE, focused, now, say
from tests.factories import MINUTE, fresh, make_agent, make_colleague, make_organisation, make_ticket
from tickets.actions import walkups
from tickets.models import Outbox, QueueSnapshot, Ticket, User, WalkUp

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Keys:
    """Presses keys and counts them. A held Ctrl or Shift is a key as well."""

    def __init__(self, page):
        self.page, self.pressed = page, 0

    def type(self, text):
        self.page.keyboard.type(text)
        self.pressed += len(text)

    def press(self, key):
        self.page.keyboard.press(key)
        self.pressed += len(key.split("+"))


@pytest.fixture
def open_page(open_page):
    """What a page still asks for is answered before the next story begins: the line is read while it is typed."""
    pages = []

    def opened(*who, **context):
        pages.append(open_page(*who, **context))
        return pages[-1]

    yield opened
    for page in pages:
        page.wait_for_load_state("networkidle")


@pytest.fixture
def marek(desk):
    """A regular: somebody of another department who was here before."""
    person = make_colleague(
        name="Marek Zieliński", email="marek.z@bursztyn.example", organisation=make_organisation("Bursztyn, Sprzedaż")
    )
    for number in range(2):
        walkups.log_walk_up(
            who=walkups.Asker(person), what="VPN", minutes=5, outcome="done", queue=desk.shops, by=desk.agent,
            at=now() - 60 * MINUTE, logged_at=now(), key=f"before-{number}",
        )  # fmt: skip
    make_colleague(name="Marta Mazur", email="marta@bursztyn.example")
    return person


def field(page):
    return page.get_by_label(say("Who, what, how many minutes"))


def logged():
    return WalkUp.objects.latest("pk")


def test_a_favour_for_a_regular_takes_at_most_thirteen_keys(desk, marek, open_page):
    make_ticket(desk.shops, subject="Ctrl")
    page = open_page(fresh(desk.agent))
    page.goto("/queue/")
    keys = Keys(page)

    keys.type("w")
    expect(field(page)).to_be_focused()
    keys.type("mar vpn 10")
    expect(page.locator(".walk-up-person:has(:checked)")).to_contain_text("Marek Zieliński")
    keys.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Marek Zieliński, vpn, 10 min")
    expect(page.locator("#walk-up")).to_be_hidden()
    assert keys.pressed <= 13
    found = logged()
    assert (found.requester, found.what, found.minutes, found.outcome) == (marek, "vpn", 10, "done")
    assert found.ticket.status == "solved"
    # The hands are on the keys again: the list's own keys work at once.
    assert page.evaluate("document.activeElement.closest('dialog')") is None


def test_enter_before_the_answer_of_the_server_logs_what_was_typed(desk, marek, open_page):
    page = open_page(fresh(desk.agent))
    page.goto("/queue/")

    page.keyboard.type("wmar vpn 10\n", delay=0)

    expect(page.locator(".toast")).to_contain_text("Marek Zieliński")
    assert WalkUp.objects.count() == 3


def test_somebody_new_and_the_way_back(desk, open_page):
    page = open_page(fresh(desk.agent))
    page.goto("/queue/")
    keys = Keys(page)

    keys.type("w")
    keys.type("Zenek toner 5")
    expect(page.locator(".walk-up-who")).to_contain_text("Zenek")
    keys.press("Enter")
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Zenek, toner, 5 min")
    number = logged().ticket_id
    toast.get_by_role("button", name=say("Undo")).click()

    expect(page.locator(".toast")).to_contain_text("toner")
    assert Ticket.objects.get(pk=number).removed_as == "deleted"


def test_of_several_the_arrows_choose_one(desk, open_page):
    for name in ("Anna Bąk", "Anna Cis"):
        make_colleague(name=name)
    page = open_page(fresh(desk.agent))
    page.goto("/queue/")

    page.keyboard.type("wanna java 5")
    expect(page.locator(".walk-up-person")).to_have_count(3)
    page.keyboard.press("Enter")
    expect(page.locator("#walk-up [role=alert]")).to_be_visible()
    expect(focused(page)).to_have_attribute("name", "line")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".walk-up-person:has(:checked)")).to_contain_text("Anna Cis")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".toast")).to_contain_text("Anna Cis")
    found = logged()
    assert (found.requester.name, found.outcome, found.ticket.status) == ("Anna Cis", "queued", "new")


def test_asked_to_file_by_mail_and_the_form_behind_the_link(desk, marek, open_page):
    page = open_page(fresh(desk.agent))
    page.goto("/queue/")

    page.keyboard.type("wmar drukarka 2")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#walk-up-link")).to_contain_text("Do me a favour and file it")
    expect(page.locator("#walk-up-link svg[role=img]")).to_be_visible()
    address = page.locator("#walk-up-url").input_value()
    expect(focused(page)).to_contain_text(say("Send the link by mail"))
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Marek Zieliński")
    assert address in Outbox.objects.get().payload["text"]

    visitor = open_page()
    visitor.goto("/f/" + address.rsplit("/f/")[1])
    with_subject = visitor.locator("[name=subject]")
    assert with_subject.input_value() == "drukarka"
    visitor.locator("button[data-send]").click()
    expect(visitor.locator("h1")).to_be_visible()

    found = logged()
    assert (found.ticket.requester, found.ticket.subject) == (marek, "drukarka")
    assert User.objects.filter(name__startswith="Marek Z").count() == 1


def test_escape_closes_and_the_next_one_begins_empty(desk, marek, open_page):
    page = open_page(fresh(desk.agent))
    page.goto("/queue/")

    page.keyboard.type("wmarek")
    expect(page.locator(".walk-up-person:has(:checked)")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("w")

    expect(field(page)).to_have_value("")
    expect(page.locator(".walk-up-person")).to_have_count(0)


def test_on_a_phone_one_thumb_is_enough(desk, marek, open_page):
    page = open_page(fresh(desk.agent), viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto("/queue/")

    page.locator(".bottom-bar [data-walk-up]").tap()
    expect(field(page)).to_be_focused()
    page.keyboard.type("marek vpn 5")
    page.locator("#walk-up button.btn[data-kind=primary]").tap()

    expect(page.locator(".toast")).to_contain_text("Marek Zieliński")


@pytest.mark.parametrize(
    "context", [{}, {"viewport": PHONE, "has_touch": True, "is_mobile": True}], ids=["desk", "phone"]
)
def test_what_is_about_to_be_pressed_stands_still_while_the_line_is_read(desk, open_page, context):
    """Whether the line means nobody yet, six people, somebody new, or is refused: the finger meets what it aimed at."""
    for number in range(6):
        make_colleague(name=f"Anna Bąk{number}")
    page = open_page(fresh(desk.agent), **context)
    page.goto("/queue/")
    page.locator("[data-walk-up]:visible").first.click()
    expect(field(page)).to_be_focused()
    people = page.locator(".walk-up-person")
    aims = page.locator("#walk-up :is(.walk-up-outcomes label, .dialog-foot button)")
    before = [each.bounding_box() for each in aims.all()]
    assert len(before) == 4

    page.keyboard.type("anna")
    expect(people).to_have_count(6)
    assert [each.bounding_box() for each in aims.all()] == before
    page.keyboard.press("Enter")
    expect(page.locator("#walk-up [role=alert]")).to_be_visible()
    assert [each.bounding_box() for each in aims.all()] == before
    for _step in range(6):
        page.keyboard.press("ArrowDown")
    chosen = page.locator(".walk-up-person:has(:checked)")
    expect(chosen).to_contain_text(say("somebody else", context="favour"))
    expect(chosen).to_be_in_viewport(ratio=0.9)
    field(page).fill("Zenek toner, który nie chce wejść do drukarki na drugim piętrze obok kuchni " * 3 + "7")
    expect(people).to_have_count(1)
    assert [each.bounding_box() for each in aims.all()] == before


def test_without_a_script_the_page_behind_the_link_does_the_same(desk, marek, open_page):
    for name in ("Anna Bąk", "Anna Cis"):
        make_colleague(name=name)
    page = open_page(fresh(desk.agent), java_script_enabled=False)
    page.goto("/queue/")

    page.locator(".side [data-walk-up]").click()
    page.locator("[name=line]").fill("anna java 10 od 0:00")
    page.get_by_role("button", name=say("Save")).click()
    page.get_by_text("Anna Cis").click()
    page.get_by_role("button", name=say("Save")).click()

    expect(page.locator(".toast")).to_contain_text("Anna Cis, java, 10 min")


def test_the_page_for_the_boss_is_one_sheet_of_paper(desk, open_page):
    """With as much on it as there can be: all weeks, many units, many who chose to be named."""
    for number in range(14):
        helper = make_agent(desk.team, name=f"Pomocna Osoba z Długim Nazwiskiem {number}", shows_favours=True)
        unit = make_organisation(f"Bursztyn, dział o długiej nazwie numer {number}")
        at = now() - timedelta(days=7 * number + 3)
        QueueSnapshot.objects.create(queue=desk.shops, at=at, open=1546, at_risk=300, overdue=41)
        walkups.log_walk_up(
            who=walkups.Asker(make_colleague(organisation=unit)), what="Java", minutes=700, outcome="done",
            queue=desk.shops, by=helper, at=at, logged_at=at, key=f"favour-{number:03}",
        )  # fmt: skip
    page = open_page(fresh(desk.lead))
    page.goto("/favours/?period=13")
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    sheet = page.pdf(prefer_css_page_size=True)

    assert re.findall(rb"/MediaBox\s*\[\s*0 0 (\d+)", sheet)[:1] in ([b"594"], [b"595"], [b"596"])
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    page.emulate_media(media="print")
    expect(page.locator(".side")).to_be_hidden()
    expect(page.locator(".chart")).to_be_visible()


def test_a_number_leads_to_its_favours_by_the_keys_alone(desk, marek, open_page):
    page = open_page(fresh(desk.lead))
    page.goto("/favours/?period=this")

    focus_on(page, page.locator(".favour-bars a").first)
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("Bursztyn, Sprzedaż")
    expect(page.locator("tbody tr")).to_have_count(2)


def focus_on(page, wanted):
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError("The Tab key does not lead there.")
