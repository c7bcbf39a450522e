"""What people set for themselves."""

from __future__ import annotations

from collections.abc import Mapping

from tickets import keys, notices, stop_links
from tickets.models import User


def set_list(*, by: User, layout: str, density: str, order: str, columns: list[str]) -> User:
    """Store how the person has the queue; the form has checked it. Opened pages show it when they are loaded next."""
    by.list_layout, by.list_density, by.list_order, by.list_columns = layout, density, order, columns
    by.save(update_fields=["list_layout", "list_density", "list_order", "list_columns"])
    return by


def set_preferences(*, by: User, language: str, theme: str, time_zone: str, shows_favours: bool | None = None) -> User:
    """Store the person's own language, theme and time zone (an IANA name), and whether leads see their favours
    by name (None leaves it); the form has checked them."""
    by.language, by.theme, by.time_zone = language, theme, time_zone
    if shows_favours is not None:
        by.shows_favours = shows_favours
    by.save(update_fields=["language", "theme", "time_zone", "shows_favours"])
    return by


def set_notice_ways(*, by: User, chosen: Mapping[str, str]) -> User:
    """How the person is told: a way of `tickets.notices` by kind. Only what differs is kept, so later defaults reach
    whoever changed nothing; what an app said that is gone now stays."""
    known = {kind.name: kind.way for kind in notices.kinds()}
    kept = {name: way for name, way in by.notice_ways.items() if name not in known}
    chosen = {name: way or by.notice_ways.get(name, "") for name, way in chosen.items()}
    by.notice_ways = kept | {name: way for name, way in chosen.items() if way and name in known and way != known[name]}
    by.save(update_fields=["notice_ways"])
    return by


def stop_mails(*, by: User, kind: str) -> User:
    """No more mails of this kind of notice, which comes on the page from now on; or no mail of the day, or of those
    that another app sends again and again. What comes otherwise already stays as it is."""
    if mail := notices.regular_mail(kind):
        mail.stop(by)
    elif kind == stop_links.DIGEST:
        by.digest_hour = None
        by.save(update_fields=["digest_hour"])
    elif notices.way_for(kind, by.notice_ways) == notices.Way.MAIL:
        set_notice_ways(by=by, chosen={**by.notice_ways, kind: notices.Way.PAGE})
    return by


def set_keys(*, by: User, uses_keys: bool, chosen: Mapping[str, str]) -> User:
    """Whether single keys work for the person, and which: ``chosen`` by action as `keys.read` gives them. What is left
    out has the key it has by itself. The form has named what is in whose way."""
    by.uses_keys, by.own_keys = uses_keys, keys.changed(chosen)
    by.save(update_fields=["uses_keys", "own_keys"])
    return by
