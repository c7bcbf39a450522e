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
    for match in _INTRODUCTION.finditer(text):
        rest = text[match.end() :].lstrip("\n")
        if not rest.strip() or _is_all_quoted(rest):
            starts.append(match.start())
            break
    if (tail := _quoted_tail(text)) is not None:
        starts.append(tail)
    start = min(starts, default=None)
    return start if start is not None and text[:start].strip() else None


def _is_all_quoted(rest: str) -> bool:
    lines = [line for line in rest.split("\n") if line.strip()]
    quoted = sum(line.lstrip().startswith(">") for line in lines)
    # Outlook for phones and web mail quote without marks: then everything below the introduction is the quotation.
    return quoted == 0 or quoted == len(lines) or _quoted_tail(rest) == 0


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
