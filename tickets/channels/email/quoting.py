"""Where the new words of a reply end and what it quotes begins. The text itself is never cut: the page folds it."""

import re

_ANY = r"[^\n]{0,200}"
_WRAP = r"(?:\n(?!>)[^\n]{0,120})?"
# One line (or two: clients wrap it) that introduces a quotation, as the usual clients write it.
_INTRODUCTION = re.compile(
    rf"^(?:"
    rf"On\s{_ANY}{_WRAP}\bwrote:"
    rf"|W dniu\s{_ANY}{_WRAP}(?:pisze|napisał\(a\)|napisała?|napisał/a|pisał\(a\)|pisała?)\s?:"
    rf"|(?:pon|wt|śr|czw|pt|sob|niedz|ndz)\.,\s{_ANY}{_WRAP}(?:napisał\(a\)|napisała?|pisze)\s?:"
    rf"|(?:Dnia\s)?{_ANY}\b(?:napisał\(a\)|napisała?)\s?:"
    rf"|Wiadomość napisana przez {_ANY}{_WRAP}:"
    rf"|Am\s{_ANY}{_WRAP}\bschrieb\b[^\n]{{0,120}}:"
    rf"|Le\s{_ANY}{_WRAP}\ba écrit\s?:"
    rf")[ \t]*$",
    re.MULTILINE,
)
_OUTLOOK = re.compile(
    r"^(?:_{10,}[ \t]*\n+)?"
    r"(?:\*?(?:From|Od|Von|De)\s?:\*? [^\n]*\n)"
    r"(?:[ \t]*\n)?(?:\*?(?:Sent|Date|Wysłano|Wysłane|Data|Gesendet|Datum|Do|To|An|Envoyé)\s?:\*? [^\n]*)",
    re.MULTILINE,
)
_DIVIDER = re.compile(
    r"^-{2,}\s*(?:Original Message|Original Appointment|Wiadomość oryginalna|Oryginalna wiadomość|Wiadomość przekazana|"
    r"Forwarded message|Ursprüngliche Nachricht|Message d'origine)\s*-{2,}[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)


def quote_start(text: str) -> int | None:
    """The index in `text` where the quotation at its end starts, or None.

    Only a quotation that runs to the end counts: words between quoted lines are an answer and must stay in sight. A
    signature of a few lines may follow the last quoted line.
    """
    starts = [match.start() for pattern in (_DIVIDER, _OUTLOOK) if (match := pattern.search(text))]
    last_quoted, last_own = _last_lines(text)
    for match in _INTRODUCTION.finditer(text):
        # Outlook for phones and web mail quote without marks: then everything below the introduction is the quotation.
        if match.end() > min(last_quoted, last_own):
            starts.append(match.start())
            break
    if (tail := _quoted_tail(text)) is not None:
        starts.append(tail)
    start = min(starts, default=None)
    return start if start is not None and text[:start].strip() else None


def _last_lines(text: str) -> tuple[int, int]:
    """Where the last line with a quotation mark starts and the last one without, -1 for none; blank ones count for
    neither. Read once: below a given place all is quoted, or nothing, when one of the two lies above it."""
    last_quoted, last_own, position = -1, -1, len(text)
    for line in reversed(text.split("\n")):
        position -= len(line)
        if line.lstrip().startswith(">"):
            last_quoted = max(last_quoted, position)
        elif line.strip():
            last_own = max(last_own, position)
        if last_quoted >= 0 and last_own >= 0:
            break
        position -= 1
    return last_quoted, last_own


def _quoted_tail(text: str) -> int | None:
    """Start of the block of ">" lines at the very end."""
    start, position = None, len(text)
    for line in reversed(text.split("\n")):
        position -= len(line)
        if line.startswith(">"):
            start = position
        elif line.strip():
            break
        position -= 1
    return start
