"""What people set for themselves."""

from __future__ import annotations

from tickets.models import User


def set_preferences(*, by: User, language: str, theme: str, time_zone: str) -> User:
    """Store the person's own language, theme and time zone (an IANA name); the form has checked them."""
    by.language, by.theme, by.time_zone = language, theme, time_zone
    by.save(update_fields=["language", "theme", "time_zone"])
    return by
