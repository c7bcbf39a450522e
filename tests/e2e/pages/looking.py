"""What is looked for on every page, by day and by night, on a desk and on a phone.

It is readable for everybody, never too wide, and the focus is seen. Checked by axe with all its rules and WCAG 2.2's
target size; colours again in the other theme. The console's and the content security policy's complaints fail each
story at its end (conftest).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from rotations import answer_links
from rotations.models import Duty
from tests.e2e.desk import DESKTOP, PHONE, Desk
from tests.e2e.post import Mail
from tests.factories import fresh
from tickets import signed_links
from tickets.actions import walkups
from tickets.models import Ticket, User, WalkUp

ALL_RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
COLOURS = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
COLOURS_SETTLED = """() => Promise.all(document.getAnimations()
  .filter((each) => each instanceof CSSTransition).map((each) => each.finished.catch(() => null))).then(() => null)"""
FOCUS_IS_HIDDEN = """() => {
  const each = document.activeElement;
  if (!each || each === document.body) return null;
  const ring = (element, part) => {
    const style = getComputedStyle(element, part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const around = [each, each.parentElement, each.parentElement?.parentElement, each.closest(".composer")];
  const shows = around.some((element) => element && (ring(element) || ring(element, "::after")));
  const box = each.getBoundingClientRect();
  const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return shows && inside ? "" : `${each.outerHTML.slice(0, 120)} ring: ${shows}, on the screen: ${inside}`;
}"""


@dataclass(frozen=True)
class Scene:
    """A page and what is on it. ``path`` may hold {number} of what ``prepare`` returns, and {token} of a ticket."""

    path: str
    by: str = ""
    """Who looks: a name of the desk's, "requester", or nobody in particular."""
    prepare: Callable[[Desk, Mail], Any] = lambda desk, mail: None
    act: Callable[[Any], object] = lambda page: None


def for_desk(prepare: Callable[[Desk], Any]) -> Callable[[Desk, Mail], Any]:
    return lambda desk, mail: prepare(desk)


def path_of(scene: Scene, made: Any) -> str:
    if isinstance(made, Ticket):
        return scene.path.format(number=made.pk, token=signed_links.token_for(made, made.requester))
    if isinstance(made, WalkUp):
        return scene.path.format(number=made.pk, key=walkups.token_of(made))
    if isinstance(made, Duty):
        return scene.path.format(number=made.pk, token=answer_links.url_for(made.pk, made.person_id).split("/")[-2])
    if isinstance(made, str):
        return scene.path.format(token=made)
    return scene.path.format(number=made.pk) if made else scene.path


def examined(page: Any) -> dict[str, Any]:
    """What is wrong with the page, by device and theme; empty when nothing is."""
    page.evaluate(Axe().axe_script)
    found: dict[str, Any] = {}
    for device, size in (("desk", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        found[device] = violations(page, ALL_RULES)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found[f"{device}, night"] = violations(page, COLOURS)
        found[f"{device}, too wide"] = too_wide(page)
    return {what: each for what, each in found.items() if each}


def violations(page: Any, options: dict[str, Any]) -> list[str]:
    page.evaluate(COLOURS_SETTLED)
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'].splitlines()[-1].strip()}"
        for each in found
        for node in each["nodes"]
    ]


def too_wide(page: Any) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def look(scene: Scene, desk: Desk, mail: Mail, open_page: Callable[..., Any]) -> Any:
    """The page of the scene, open."""
    made = scene.prepare(desk, mail)
    path = path_of(scene, made)
    person = User.objects.get(email="roza@sklep.example") if scene.by == "requester" else getattr(desk, scene.by, None)
    page = open_page(fresh(person) if person else None)
    page.goto(path)
    return page


def check_page(scene: Scene, desk: Desk, mail: Mail, open_page: Callable[..., Any]) -> None:
    page = look(scene, desk, mail, open_page)
    scene.act(page)

    assert examined(page) == {}


def check_focus(scene: Scene, desk: Desk, mail: Mail, open_page: Callable[..., Any]) -> None:
    """The focus is seen wherever the Tab key leads."""
    page = look(scene, desk, mail, open_page)
    page.emulate_media(reduced_motion="reduce")
    scene.act(page)

    hidden, stops = [], 0
    while stops < 120:
        page.keyboard.press("Tab")
        said = page.evaluate(FOCUS_IS_HIDDEN)
        if said is None:
            break
        stops += 1
        if said:
            hidden.append(said)

    assert stops > 3
    assert hidden == []
