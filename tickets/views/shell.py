"""What stands around every page of the desk: the sidebar with its counts, the lamp, the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import get_template
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from tickets import access
from tickets.models import Channel, View
from tickets.queries import directory, places, sidebar, views
from tickets.templatetags import keyboard
from tickets.templatetags.ui import channel_icon, icon

LISTED_CHANNELS = (Channel.EMAIL, Channel.WEB, Channel.CHAT, Channel.MESSENGER, Channel.PHONE, Channel.WALK_UP)


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    label: str
    icon: SafeString
    count: int | None = None
    tone: str = ""
    is_current: bool = False
    problem: str = ""
    """A sentence, where there is one in place of the count."""
    attributes: str = ""
    """Its key (tickets/keys.py)."""
    key: str = ""
    is_parent: bool = False

    @property
    def html(self) -> SafeString:
        """A link that looks as it did is not rendered again, whoever's page it stands on."""
        return _rendered(self, get_language())


@lru_cache(maxsize=2048)
def _rendered(link: Link, language: str | None) -> SafeString:
    return get_template("components/_nav_link.html").render({"link": link})


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    links: list[Link]


@dataclass(frozen=True, slots=True)
class Shell:
    sections: list[Section]
    at: datetime
    now: int
    zone: str
    on_duty_until: datetime | None
    can_open: bool
    is_demo: bool
    live_url: str
    newest: int
    is_uncounted: bool
    """Whether a view has no number yet, because counting takes longer than a page waits."""
    can_export: bool
    can_log_walk_ups: bool
    can_log_calls: bool

    @property
    def current(self) -> Link | None:
        """The sidebar's link to this very page, which knows how many tickets it holds."""
        return next((link for section in self.sections for link in section.links if link.is_current), None)


def shell(request: HttpRequest, *, path: str = "", is_patient: bool = False) -> Shell:
    """The surroundings of a page for the signed-in person; ``path`` is the address to mark as the current one.

    With ``is_patient`` also views are counted that take their time.
    """
    at, user = request.at, request.user
    counts = sidebar.counts(user, at)
    can_use_desk = access.can_use_desk(user, at)
    beside = counts.views if can_use_desk else []
    numbers = views.numbers(beside, user, at, is_patient=is_patient)
    return Shell(
        sections=_sections(request, path or request.get_full_path(), counts, beside, numbers),
        at=at,
        now=int(at.timestamp()),
        zone=user.time_zone,
        on_duty_until=counts.on_duty_until,
        can_open=can_use_desk and not access.is_only_consulted(user, at),
        is_demo=bool(settings.CLOCK_OFFSET),
        live_url=live_url(request),
        newest=counts.newest,
        is_uncounted=any(each.value is None and not each.problem for each in numbers.values()),
        can_export=access.can_export(user),
        can_log_walk_ups=access.can_log_walk_ups(user, at) and bool(directory.desks_of(user, at)),
        can_log_calls=access.can_log_calls(user, at) and bool(directory.desks_of(user, at)),
    )


def around(request: HttpRequest) -> dict[str, Any]:
    """A context processor: pages of other apps stand in the same surroundings. Nothing is read unless they do."""
    return {"shell": SimpleLazyObject(lambda: shell(request))}


def live_url(request: HttpRequest) -> str:
    """Where the page's socket connects: LIVE_URL, or the live port of the host the page came from."""
    host = request.get_host().rsplit(":", 1)[0]
    scheme = "wss" if request.is_secure() else "ws"
    return settings.LIVE_URL or f"{scheme}://{host}:{settings.LIVE_PORT}/live/"


def places_of(request: HttpRequest) -> Callable[[], list[Section]]:
    """Every place of the sidebar besides saved views, in the language in which it is asked for. One statement."""
    counts = sidebar.counts(request.user, request.at)
    return lambda: _sections(request, "", counts, [], {})


def _sections(
    request: HttpRequest,
    path: str,
    counts: sidebar.Counts,
    beside: list[View],
    numbers: dict[int, views.Number],
) -> list[Section]:
    user = request.user

    def link(url: str, label: str, glyph: SafeString, count: int | None = None, tone: str = "", act: str = "") -> Link:
        attributes = format_html(" {}", keyboard.attributes(user, act)) if act else SafeString()
        key = keyboard.key_of(user, act) if act else ""
        return Link(url, label, glyph, count, tone, is_current=url == path, attributes=attributes, key=key)

    queue_url = _address("queue")

    def listed(label: str, glyph: SafeString, count: int, tone: str = "", act: str = "", **filters: Any) -> Link:
        return link(f"{queue_url}?{urlencode(filters)}", label, glyph, count, tone, act)

    unread = counts.unread or None
    top = [link(queue_url, _("Queue"), icon("inbox"), counts.all, act="go_queue")]
    top.append(link(_address("notifications"), _("Notifications"), icon("info"), unread, "accent", "go_notifications"))
    if access.can_use_desk(user, request.at):
        waiting = counts.questions or None
        top.append(link(_address("questions"), _("Questions"), icon("mentor"), waiting, "accent", "go_questions"))
    if access.can_log_walk_ups(user, request.at):
        top.append(link(_address("favours"), _("Favours"), icon("walk"), act="go_favours"))
    for place in places.places_for(user, "sidebar"):
        top.append(link(_address(place.url_name), str(place.label), icon(place.icon), act=place.act))
    if access.can_manage_mail(user):
        top.append(link(_address("mail_failures"), _("Mail"), icon("mail")))
    if access.can_manage_sign_in(user):
        top.append(link(_address("locked_out"), _("Sign-in"), icon("key")))
    if access.can_manage_macros(user):
        top.append(link(_address("macros"), _("Macros"), icon("bolt")))
    if access.can_manage_rules(user):
        top.append(link(_address("rules"), _("Rules"), icon("sort")))
    if access.can_manage_tags(user):
        top.append(link(_address("tags"), _("Tags"), icon("tag")))
    if access.can_read_audit(user):
        top.append(link(_address("audit"), _("Audit"), icon("book")))
    if access.can_see_setup(user):
        top.append(link(_address("setup_queues"), pgettext("of the desk", "Setup"), icon("settings")))
    fixed = [
        listed(pgettext("view", "My tickets"), icon("user"), counts.mine, act="go_mine", view="mine"),
        listed(pgettext("view", "Nobody has it"), icon("users"), counts.nobody, view="nobody"),
        listed(
            pgettext("view", "About to breach"),
            icon("sla-warning", tone="amber"),
            counts.at_risk,
            "amber",
            view="at_risk",
        ),
        listed(pgettext("view", "Breached"), icon("sla-breached", tone="red"), counts.overdue, "red", view="overdue"),
        listed(pgettext("view", "Waiting for requester"), icon("sla-paused"), counts.waiting, view="waiting"),
        listed(pgettext("view", "Snoozed"), icon("snooze"), counts.snoozed, view="snoozed"),
    ]
    if access.can_see_removed(user):
        fixed.append(link(_address("removed"), _("Spam and deleted"), icon("x")))
    by_queue = [
        listed(desk.name, icon("list"), counts.by_queue[desk.pk], queue=desk.pk)
        for desk in directory.desks_of(user, request.at)
    ]
    channels = [
        listed(Channel(each).label, channel_icon(each), counts.by_channel[each], channel=each)
        for each in LISTED_CHANNELS
        if counts.by_channel[each]
    ]
    saved = [
        replace(
            link(each.get_absolute_url(), each.name, icon("eye"), numbers[each.pk].value),
            problem=numbers[each.pk].problem,
            attributes=keyboard.view_attributes(user, place, each.name),
        )
        for place, each in enumerate(beside)
    ]
    if access.can_use_desk(user, request.at):
        saved.append(link(_address("views"), _("All views"), icon("more"), act="go_views"))
    named = [(_("Views"), fixed), (_("Saved views"), saved), (_("Queues"), by_queue), (_("Channels"), channels)]
    top = [replace(each, is_parent=True) for each in top]
    return [Section("", top), *(Section(title, links) for title, links in named if links)]


@cache
def _address(name: str) -> str:
    return reverse(name)
