"""The palette: every action of the page, every page of the person, tickets and people, found by a few letters.

What can be done here the page itself knows: the script asks it for its controls (tickets/keys.py names them), so the
palette can do nothing that no button does. Pages are listed once and searched in the browser; only what is in the
database is asked for while one types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets import access, keys
from tickets.contact import mask_name
from tickets.models import Ticket, User
from tickets.queries import palette as finding
from tickets.queries import places, views
from tickets.templatetags import keyboard
from tickets.templatetags.ui import icon
from tickets.views.rows import row_of
from tickets.views.search import text_of
from tickets.views.shell import Link, places_of

RECENT = 8
GO = "go_"
"""Actions that only lead to a page: the page stands among the places, with their key."""

WHERE = ("all", "list", "ticket")
"""The groups of `keys.GROUPS`, as the script orders them."""

ICONS = {
    "walk_up": "walk",
    "new_ticket": "plus",
    "new_call": "phone",
    "undo": "undo",
    "keys": "keyboard",
    "next": "down",
    "previous": "up",
    "open": "expand",
    "tick": "check",
    "tick_next": "check",
    "tick_previous": "check",
    "change_ticked": "edit",
    "filter": "sort",
    "take_next": "handover",
    "take": "user",
    "assign": "users",
    "status": "flag",
    "priority": "sort",
    "queue": "inbox",
    "solve": "check",
    "solve_next": "check",
    "snooze": "snooze",
    "wake": "clock",
    "tags": "tag",
    "macro": "bolt",
    "reply": "reply",
    "note": "lock",
    "copy": "users",
    "send_next": "send",
    "link": "link",
    "merge": "merge",
    "subject": "edit",
    "requester": "user",
    "appoint": "calplus",
    "spam": "x",
    "delete": "x",
}

FIRST = ("reply", "note", "take", "solve", "solve_next", "assign", "snooze", "status", "macro")
"""Of a ticket, shown before anything is typed."""

Asked = Callable[[User], bool]


def _always(user: User) -> bool:
    return True


# Pages that the sidebar does not list: route, name, icon, who may open it.
MORE: tuple[tuple[str, Any, str, Asked], ...] = (
    ("search", gettext_lazy("Search"), "search", _always),
    ("bulk_changes", gettext_lazy("Changes of many tickets"), "list", _always),
    ("new_view", gettext_lazy("New view"), "eye", _always),
    ("favour_list", gettext_lazy("List of favours"), "walk", lambda user: user.is_support),
    ("new_macro", gettext_lazy("New macro"), "bolt", access.can_manage_macros),
    ("new_rule", gettext_lazy("New rule"), "sort", access.can_manage_rules),
    ("mailboxes", gettext_lazy("Mailboxes"), "inbox", access.can_manage_mail),
    ("senders", gettext_lazy("Senders"), "send", access.can_manage_mail),
    ("paused_addresses", gettext_lazy("Addresses on pause"), "mail", access.can_manage_mail),
    ("second_factor", gettext_lazy("Second factor"), "key", access.can_manage_sign_in),
    ("own_cases", gettext_lazy("My requests"), "user", _always),
    ("settings", gettext_lazy("My settings"), "settings", _always),
    ("list_settings", gettext_lazy("How the queue is shown"), "list", _always),
    ("own_keys", gettext_lazy("My keys"), "keyboard", _always),
    ("mfa_index", gettext_lazy("Password and second factor"), "key", _always),
    ("account_change_password", gettext_lazy("Change the password"), "key", _always),
    ("sessions", gettext_lazy("Where you are signed in"), "globe", _always),
    ("account_logout", gettext_lazy("Sign out"), "right", _always),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``words`` are further ones by which it is found: the name in the desk's other languages."""

    label: str
    icon: SafeString
    url: str = ""
    key: str = ""
    words: str = ""
    act: str = ""
    where: str = ""
    more: str = ""

    @property
    def first(self) -> int | None:
        """Its place among those shown before anything is typed."""
        return FIRST.index(self.act) if self.act in FIRST else None

    @property
    def keys(self) -> list[str]:
        return [self.key] if self.key.startswith("Shift ") else self.key.split()


@login_required
def palette(request: HttpRequest) -> HttpResponse:
    """What lies ready when it opens; with ``q`` what is found in the database."""
    if not access.can_use_desk(request.user, request.at):
        raise Http404
    if text := text_of(request):
        found = {
            "tickets": [_ticket(request, each) for each in finding.tickets_like(text, request.user, at=request.at)],
            "people": [_person(each) for each in finding.people_like(text, request.user, at=request.at)],
        }
        return render(request, "tickets/_palette_found.html", found)
    numbers = [int(each) for each in request.GET.get("recent", "").split(",")[:RECENT] if each.isdigit()]
    recent = finding.tickets_of([each for each in numbers if each < 2**63], request.user, at=request.at)
    context = {
        "acts": list(_acts(request.user)),
        "places": _places(request),
        "recent": [_ticket(request, each) for each in recent],
    }
    return render(request, "tickets/_palette.html", context)


def _acts(user: User) -> Iterator[Entry]:
    for where, group in zip(WHERE, keys.GROUPS, strict=True):
        for action in group.actions:
            if not action.name.startswith(GO) and action.name != "search":
                yield Entry(
                    label=str(action.label),
                    icon=icon(ICONS.get(action.name, "bolt")),
                    key=keyboard.key_of(user, action.name),
                    words=_elsewhere(action.label),
                    act=action.name,
                    where=where,
                )


def _places(request: HttpRequest) -> list[Entry]:
    """Each page once: of the sidebar, saved views, and what stands behind the settings."""
    user = request.user
    sections = places_of(request)
    listed: list[Link] = [link for section in sections() for link in section.links]
    others: dict[str, str] = {}
    for language in _other_languages():
        with translation.override(language):
            for section in sections():
                for link in section.links:
                    others[link.url] = f"{others.get(link.url, '')} {link.label} {section.title}"
    found = [Entry(link.label, link.icon, link.url, link.key, others[link.url]) for link in listed]
    own = [view for view, is_own in views.listed(user) if is_own]
    view_words = " ".join([_("View"), *_in_other_languages(gettext_lazy("View"))])
    for place, view in enumerate(own):
        found.append(Entry(view.name, icon("eye"), view.get_absolute_url(), keyboard.view_key(user, place), view_words))
    solved = f"{reverse('queue')}?{urlencode({'view': 'solved'})}"
    found.append(Entry(_("Solved tickets"), icon("check"), solved, words=_elsewhere(gettext_lazy("Solved tickets"))))
    for name, label, glyph, may_open in MORE:
        if may_open(user):
            found.append(Entry(str(label), icon(glyph), reverse(name), words=_elsewhere(label)))
    for each in places.places_for(user, "settings"):
        found.append(Entry(str(each.label), icon(each.icon), reverse(each.url_name), words=_elsewhere(each.label)))
    return list({entry.url: entry for entry in reversed(found)}.values())[::-1]


def _ticket(request: HttpRequest, ticket: Ticket) -> Entry:
    row = row_of(ticket, request.at, may_see_contact=access.can_see_contact(request.user, ticket, request.at))
    return Entry(row.subject, row.channel, f"/tickets/{row.number}/", more=f"{row.who} #{row.number}")


def _person(person: User) -> Entry:
    """Leads to their tickets: those they have, or those they asked."""
    name = mask_name(person.name)
    text = f'assignee:"{name}" is:unsolved' if person.is_support else f'requester:"{name}"'
    unit = person.organisation.name if person.organisation else str(person.get_role_display())
    return Entry(name, icon("user"), f"{reverse('search')}?{urlencode({'q': text})}", more=unit)


def _elsewhere(label: Any) -> str:
    return " ".join(_in_other_languages(label))


def _in_other_languages(label: Any) -> Iterator[str]:
    for language in _other_languages():
        with translation.override(language):
            yield str(label)


def _other_languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES if code != translation.get_language()]
