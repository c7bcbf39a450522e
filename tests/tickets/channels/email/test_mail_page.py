"""A mail as its reader's program shows it: in one column on a phone, readable in light and dark."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.tickets.channels.email.test_building import GOOD
from tickets.channels.email.building import Link, Quote, build

URL = "https://desk.example/r/" + "a1b2c3d4-" * 20


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 700])
def test_a_mail_fits_and_reads_well(browser, scheme, width):
    mail = build(
        **GOOD | {"text": f"Dzień dobry,\n\nwięcej tutaj: {URL}\n\nAga"},
        signature="Aga\nBursztyn",
        footer=Link("Zgłoszenie #1", URL),
        quotes=[Quote("Jan pisze:", f"Nie działa {URL}"), Quote("Aga pisze:", "Już"), Quote("Jan pisze:", "Pomocy")],
        language="pl",
    )
    page = browser.new_page(viewport={"width": width, "height": 640}, color_scheme=scheme)
    page.set_content(mail.get_body(("html",)).get_content())

    # Of landmarks and headings a letter has none; of colours axe asks us below, since it takes every canvas for white.
    rules = {"runOnly": ["wcag2a", "wcag2aa"], "rules": {"color-contrast": {"enabled": False}}}
    found = Axe().run(page, options=rules).response["violations"]

    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    canvas, *inks = page.evaluate(COLOURS)
    assert (luminance(canvas) < 0.1) == (scheme == "dark")
    assert [ink for ink in inks if contrast(ink, canvas) < 4.5] == []
    assert contrast(page.evaluate(RULE), canvas) >= 3
    page.close()


COLOURS = """() => {
  document.body.insertAdjacentHTML("beforeend", '<i id="canvas" style="background:Canvas"></i>')
  const canvas = getComputedStyle(document.getElementById("canvas")).backgroundColor
  return [canvas, ...[...document.querySelectorAll("p, a")].map(each => getComputedStyle(each).color)]
}"""
RULE = """() => getComputedStyle(document.querySelector("blockquote")).borderLeftColor"""


def luminance(colour):
    """Of "rgb(r, g, b)", by WCAG 2.2."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)
