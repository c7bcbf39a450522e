"""One mail with a picture in its text, a mail attached and an invitation, seen by both sides."""

from __future__ import annotations

import struct
import zlib
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import say
from tests.e2e.post import letter
from tests.tickets.channels.email.test_calendar import calendar
from tickets import signed_links
from tickets.models import Message


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes((60, 90, 160)) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def full_mail() -> EmailMessage:
    raw = letter("Sklep pokazuje to, co na obrazku.")
    html = '<p>Sklep pokazuje to:</p><p><img src="cid:ekran@sklep"><img src="https://tracker.example/1.gif"></p>'
    raw.add_alternative(html, subtype="html")
    raw.get_payload()[1].add_related(png(320, 120), "image", "png", cid="<ekran@sklep>", filename="ekran.png")
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "Bank <bank@bank.example>", "Odmowa płatności"
    inner.set_content("Kod 51.")
    inner.add_attachment(b"%PDF-1.4", "application", "pdf", filename="potwierdzenie.pdf")
    raw.add_attachment(inner)
    event = calendar(
        "SUMMARY:Przegląd płatności\nDTSTART:20260312T090000Z\nDTEND:20260312T103000Z\nLOCATION:Sala 3\n"
        "ORGANIZER;CN=Halina Dębska:mailto:halina@sklep.example\nRRULE:FREQ=WEEKLY;COUNT=4"
    )
    raw.add_attachment(event, "text", "calendar", filename="spotkanie.ics", params={"method": "REQUEST"})
    return raw


@pytest.fixture
def ticket(desk, mail):
    found = mail.receive(full_mail()).ticket
    Message.objects.filter(ticket=found).update(mail_traits=["signed_smime", "dated_ahead"])
    return found


def sees_the_picture(page) -> None:
    page.get_by_text(say("Show the mail as it was laid out")).click()
    picture = page.frame_locator(".mail-frame").locator("img").first
    expect(picture).to_have_js_property("naturalWidth", 320)


def test_an_agent_sees_all_of_it(desk, ticket, open_page):
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")
    message = page.locator(".msg").first

    expect(message.locator(".invitation")).to_contain_text("Thursday 12 March 2026, 10:00–11:30, every week, 4 times")
    expect(message.locator(".traits")).to_contain_text("Signed (S/MIME), signature not checked")
    sees_the_picture(page)
    message.get_by_role("link", name="Odmowa płatności.eml").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Odmowa płatności")
    expect(page.get_by_role("main")).to_contain_text("Bank <bank@bank.example>")
    expect(page.get_by_role("main")).to_contain_text("Kod 51.")
    with page.expect_download() as download:
        page.get_by_role("link", name="potwierdzenie.pdf").click()
    assert download.value.suggested_filename == "potwierdzenie.pdf"


GROWN = """frame => new Promise((done) => {
  const look = () => (frame.offsetHeight > 330 ? done() : requestAnimationFrame(look));
  look();
})"""


def test_a_laid_out_mail_is_as_high_as_its_words_and_no_higher_than_the_window(desk, mail, open_page):
    rows = "".join(f"<p>Wiersz {number}</p>" for number in range(15))
    short, long = letter("Krótko"), letter("Długo")
    short.add_alternative(f"<div>{rows}</div>", subtype="html")
    long.add_alternative(f"<div>{rows * 20}</div>", subtype="html")
    heights = []
    for raw in (short, long):
        page = open_page(desk.agent)
        page.goto(f"/tickets/{mail.receive(raw).ticket.pk}/")
        page.get_by_text(say("Show the mail as it was laid out")).click()
        page.locator(".mail-frame").evaluate(GROWN)
        heights.append(page.locator(".mail-frame").evaluate("frame => [frame.offsetHeight, innerHeight]"))
        scrolls = "frame => frame.contentDocument.documentElement.scrollHeight - frame.clientHeight"
        heights[-1].append(page.locator(".mail-frame").evaluate(scrolls))
    (low, _window, hidden), (high, window, hidden_of_long) = heights
    assert 330 < low < 800
    assert hidden == 0
    assert high <= 0.86 * window
    assert hidden_of_long > 5000
    with page.expect_popup() as whole:
        page.get_by_role("link", name=say("Open it in a page of its own")).click()
    expect(whole.value.get_by_text("Wiersz 14").last).to_be_visible()


def test_its_writer_sees_it_behind_the_link(ticket, open_page):
    page = open_page()
    page.goto(f"/r/{signed_links.token_for(ticket, ticket.requester)}/")

    expect(page.locator(".invitation")).to_contain_text("Przegląd płatności")
    sees_the_picture(page)
    page.get_by_role("link", name="Odmowa płatności.eml").click()
    expect(page.get_by_role("main")).to_contain_text("Kod 51.")
