"""Lengths of time in words."""

from django.utils.translation import gettext


def minutes_in_words(minutes: int) -> str:
    """45 min, 1 h, 17 h 20."""
    hours, rest = divmod(int(minutes), 60)
    if not hours:
        return gettext("%(number)d min") % {"number": rest}
    return gettext("%(hours)d h") % {"hours": hours} + (f" {rest:02}" if rest else "")
