"""Working time as people write it: "4 h", "1 h 30 min", "2 d". Pure."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

HOUR, MINUTE = 3600, 60
LONGEST_S = 5 * 365 * 86_400

_PART = re.compile(r"\s*([0-9]{1,6})(?:[.,]([0-9]{1,2}))?\s*([^\W\d_]*)\.?", re.UNICODE)
_UNITS = {
    "d": ("d", "day", "days", "dzień", "dni", "dnia"),
    "h": ("h", "hour", "hours", "godz", "g", "godzina", "godziny", "godzin"),
    "min": ("min", "m", "minute", "minutes", "minuta", "minuty", "minut"),
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words}


class WrongDuration(ValueError):
    """What was written is no working time; str() is a sentence for whoever wrote it."""


def read(text: str, *, day_s: int) -> int:
    """Seconds of working time; ``day_s`` is a day's. Raises WrongDuration, for nothing and for no time too."""
    text, total, at = text.strip().lower(), 0, 0
    while at < len(text):
        part = _PART.match(text, at)
        unit = _UNIT_OF.get(part[3]) if part else None
        if part is None or unit is None:
            raise WrongDuration(_("“%(text)s” is no working time. Write it like 30 min, 4 h or 2 d.") % {"text": text})
        each = {"d": day_s, "h": HOUR, "min": MINUTE}[unit]
        hundredths = int(part[1]) * 100 + int((part[2] or "0").ljust(2, "0"))
        total += each * hundredths // 100
        at = part.end()
    total -= total % MINUTE
    if total <= 0:
        raise WrongDuration(_("A promise of no time cannot be kept: give at least a minute, or leave it empty."))
    if total > LONGEST_S:
        raise WrongDuration(_("That is longer than anybody waits: give five years at most."))
    return total


def in_words(seconds: int) -> str:
    """As `read` reads it, in hours and minutes: a day has other lengths in other calendars."""
    hours, minutes = divmod(-(-seconds // MINUTE), 60)
    parts = [f"{hours} h"] if hours else []
    return " ".join(parts + ([f"{minutes} min"] if minutes or not hours else []))
