"""Where a signature starts at the end of somebody's own words: below "-- ", a phone's "Sent from my iPhone", a legal
notice, the footer of a mailing list or of a virus scanner.

A name below "Best regards" stays with the words. It tells who wrote, takes two lines, and cannot be told from an answer
without a mark ("Call me:" and a number looks the same). A new word that is folded away costs more than a signature that
is not.
"""

import re
from collections.abc import Sequence

from tickets.channels.email.introductions import MAX_LINE, is_blank, is_rule

MAX_LINES = 20
MAX_WEAK_LINES = 10
MAX_PARAGRAPH_LINES = 40
MAX_PARAGRAPH = 6_000

_MARK = re.compile(r"[\s\xa0]{0,3}(?:--|—|–)[\s\xa0]{0,3}")
# fmt: off
_DEVICE = (
    r"i(?:Phone|Pad|Pod)\w*|Android\w*|Samsung\w*|Galaxy|BlackBerry\w*|Huawei\w*|Xiaomi\w*|Nokia\w*|HTC|Windows|Outlook|"
    r"Yahoo|Gmail|Mail(?:box)?|Mobil\w*|Handy|Smartphone\w*|phone|mobile|cell|tablet\w*|telefon\w*|komórk\w*|smartfon\w*|"
    r"urządzenia|programu|aplikacji|K-9|GMX|WEB\.DE|Proton\s?Mail|Proton|Sony|LG|Motorola|OnePlus|Airmail|Spark|"
    r"Thunderbird|Poczt\w*|Onet|Interia|WP|o2|Apple|Mac\w*|Nine|Aqua|BlueMail|Zoho|myMail|Pixel|mobilní\w*|mobil"
)
_NAMED = r"(?-i:.{0,20}[A-Z0-9].{0,40})"  # a make nobody has heard of yet has a capital or a number
_URL = r"(?:[<(\[]?https?://\S{1,120})?"
_FOOTERS = (
    rf"sent (?:from|via|with|using) (?:my|a|an) {_NAMED}",
    rf"sent (?:from|via|with|by|using) .{{0,30}}\b(?:{_DEVICE})\b.{{0,60}}",
    r"sent (?:from|via|with) .{1,30}[<(\[]https?://.{1,120}",
    rf"from my (?:{_DEVICE}).{{0,20}}",
    rf"wysł(?:ane|ano|ana) (?:z|za pomocą|przy użyciu|przez|poprzez)\b.{{0,60}}\b(?:{_DEVICE})\b.{{0,60}}",
    rf"wysł(?:ane|ano|ana) z (?:mojego|mojej) {_NAMED}",
    rf"(?:von|mit) .{{1,60}}\b(?:{_DEVICE})\b.{{0,40}} (?:gesendet|verschickt|geschickt)",
    rf"gesendet (?:von|mit|über|aus)\b.{{0,60}}\b(?:{_DEVICE})\b.{{0,60}}",
    rf"(?:gesendet )?von mein(?:em|er) {_NAMED}(?: gesendet)?",
    r"diese (?:nachricht|e-?mail|mail) wurde (?:von|mit) .{1,80} (?:gesendet|verschickt|geprüft)",
    r"(?:envoyé|enviado|enviada|inviato|verzonden|verstuurd|odesláno|odoslané|skickat|sendt|lähetetty|отправлено|"
    rf"надіслано|küldve) .{{0,40}}\b(?:{_DEVICE}).{{0,60}}",
    r"(?:get|download) (?:outlook|bluemail|yahoo mail|the .{1,20} app) for .{1,60}",
    r"pobierz (?:aplikację |program )?outlook(?:a)? (?:dla|na) .{1,80}",
    rf"(?:holen sie sich|hol dir) outlook für .{{1,20}}{_URL}",
    rf"outlook für \w{{1,20}}\s?{_URL}\s?(?:herunterladen|beziehen|holen)\s?{_URL}",
    r"téléchargez? outlook pour .{1,60}",
    r"(?:obtener|descargar|obtenga) outlook para .{1,60}",
    r"(?:scarica|ottieni) outlook per .{1,60}",
    rf"(?:outlook voor .{{1,20}} downloaden|download outlook voor .{{1,20}})\s?{_URL}",
    r"(?:stáhnout|získejte|získat) outlook pro .{1,60}",
    r"(?:hämta|hent|skaff) outlook (?:för|til|for) .{1,60}",
    r"(?:virus-?free|virenfrei|wolny od wirusów|nie zawiera wirusów|sans virus|libre de virus)\.?"
    r"(?: (?:www\.\S{1,60}|[<(\[].{1,80}))?",
    r"(?:this (?:e-?mail|message)|(?:ta )?wiadomość|diese (?:e-?mail|nachricht)|ten e-?mail) .{0,40}"
    r"(?:sprawdzon\w+|przeskanowan\w+|geprüft|checked|scanned).{0,60}(?:avast|avg|eset|antywirus\w*|antivirus).{0,60}",
)
# fmt: on
_FOOTER = re.compile(rf"[\s\xa0<(\[*_]*(?:{'|'.join(_FOOTERS)})[\s\xa0>)\]*_.]*", re.IGNORECASE)
_LINK = re.compile(r"[\s<(\[]*(?:https?://|www\.|mailto:)\S+[\s>)\]]*|\[[^\]\n]{0,60}\]", re.IGNORECASE)

_LEGAL = re.compile(
    r"(?P<start>[\s*_\"„(]*(?:"
    r"(?:important |legal )?(?:confidentiality|privacy|disclaimer|legal notice|confidential)\b"
    r"|(?:this|the) (?:e-?mail|electronic mail|message|communication|transmission|information contained)\b"
    r"|the (?:contents? of this|information (?:contained )?in this) (?:e-?mail|message|communication)"
    r"|if you (?:are not the|have received this)"
    r"|please (?:consider the environment|think before you print)|think before you print"
    r"|(?:niniejsza|ta) (?:wiadomość|korespondencja)|niniejszy e-?mail"
    r"|(?:treść|informacje?) (?:tej|niniejszej|zawart\w+ w) .{0,30}(?:wiadomości|korespondencji|e-?mail)"
    r"|zawartość (?:tej|niniejszej) wiadomości|(?:jeżeli|jeśli) nie (?:jest|są) (?:pan|adresat)"
    r"|pomyśl o środowisku|chroń środowisko|zanim wydrukujesz|klauzula (?:informacyjna|poufności|rodo)"
    r"|administrator\w* (?:pani|pana|państwa|danych)|zgodnie z (?:art|rodo|rozporządzeniem)"
    r"|diese (?:e-?mail|nachricht|mail)|der inhalt dieser|die(?:se)? informationen in dieser|vertraulich"
    r"|wenn sie nicht der (?:richtige|beabsichtigte)|bitte denken sie an die umwelt|bitte prüfen sie"
    r"|ce (?:message|courriel|courrier)|este (?:mensaje|correo|e-?mail)|esta mensagem|questo messaggio"
    r"|le informazioni contenute|dit (?:bericht|e-?mail)|deze e-?mail|tato zpráva|detta (?:meddelande|e-post)"
    r"))",
    re.IGNORECASE,
)
_LEGAL_WORDS = re.compile(
    r"confidential|privileged|intended (?:solely|only|for)|addressee|unauthori[sz]ed|environment|poufn|adresat|"
    r"przeznaczon|środowisk|danych osobowych|wydruk|vertraulich|bestimmt|umwelt|empfänger|confidentiel|destinataire|"
    r"confidencial|destinatari|riservat|vertrouwelijk|geadresseerde|důvěrn|konfidentiell",
    re.IGNORECASE,
)
_GREEN, _PRINT = re.compile(r"środowisk|environment|umwelt", re.I), re.compile(r"wydruk|druk|print|druck", re.I)
_REGISTRY = re.compile(
    r"\b(?:kapitał zakładowy|kapitału zakładowego|Sąd Rejonowy|Amtsgericht|Handelsregister|HRB|Geschäftsführer|"
    r"Registered (?:in|office))\b"
)
_NUMBER = re.compile(r"\b(?:KRS|NIP|REGON|USt-?Id|VAT (?:No|number|reg)|HRB)\b|Company (?:No|number)", re.IGNORECASE)
_LIST = re.compile(
    r"/listinfo|/mailman|you received this message because you are subscribed|"
    r"to unsubscribe from this group and stop receiving",
    re.IGNORECASE,
)
_DOUBT = re.compile(r"\?|\b(?:but|not|ale|nie|aber|nicht|mais|pas|pero)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://\S+")
_POSTSCRIPT = re.compile(r"\s{0,3}(?:P\.?\s?P?\.?\s?S\b|PS\b|NB\b)")
_CONTACT = re.compile(
    r"@|https?://|www\.|\b(?:tel|mob|fax|faks|kom|phone|mobile|telefon|handy|fon)\b|\+\d{2}[\d\s()-]{7,}|"
    r"sp\. z o\.\s?o|\bGmbH\b|\bLtd\b|\bInc\b|\bul\. ",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?:\S+\s+){5,}\S+[.!]\s*|.*\?\s*")


def signature_start(lines: Sequence[str], start: int, end: int) -> int:
    """The line between `start` and `end` from which own words are a signature; `end` if there is none."""
    end_of_words = _above_footers(lines, start, end)
    mark = _mark(lines, start, end_of_words)
    if mark is not None:
        end_of_words = _above_footers(lines, start, mark)
    if all(is_blank(line) for line in lines[end_of_words:end]):
        return end
    return end_of_words


def _above_footers(lines: Sequence[str], start: int, end: int) -> int:
    """Where the footers at the end start: one by one, from below."""
    stop = end
    while True:
        last = _last_filled(lines, start, end)
        if last is None:
            return stop
        if (above := _footer_at(lines, start, last)) is None:
            break
        stop = end = above
    # The line that a scanner or a notice draws above itself belongs to it.
    while stop < len(lines) and last is not None and (not is_blank(lines[stop])) and is_rule(lines[last]):
        stop = last
        last = _last_filled(lines, start, stop)
    return stop


def _last_filled(lines: Sequence[str], start: int, end: int) -> int | None:
    return next((index for index in range(end - 1, start - 1, -1) if not is_blank(lines[index])), None)


def _footer_at(lines: Sequence[str], start: int, last: int) -> int | None:
    """The first line of the footer whose last line is `last`."""
    if _is_footer(lines, start, last):
        return last
    if last > start and _LINK.fullmatch(lines[last][:MAX_LINE]) and _is_footer(lines, start, last - 1):
        return last - 1
    first = last
    while first > start and last - first < MAX_PARAGRAPH_LINES and not is_blank(lines[first - 1]):
        first -= 1
    if first > start and not is_blank(lines[first - 1]):
        return None
    for index in range(first, last + 1):
        # A notice may stand right below a name or a rule.
        if _LEGAL.match(lines[index][:MAX_LINE]) or (index > first and is_rule(lines[index - 1])):
            paragraph = " ".join(lines[index : last + 1])[:MAX_PARAGRAPH]
            if _is_notice(paragraph):
                return index
    return first if _is_notice(" ".join(lines[first : last + 1])[:MAX_PARAGRAPH]) else None


def _is_footer(lines: Sequence[str], start: int, at: int) -> bool:
    """Programs set their line apart; within a paragraph it is somebody's sentence."""
    line = lines[at]
    if len(line) > 160 or _DOUBT.search(_ADDRESS.sub("", line)) or not _FOOTER.fullmatch(line):
        return False
    return (
        at == start
        or is_blank(lines[at - 1])
        or _is_mark(lines[at - 1])
        or bool(_FOOTER.fullmatch(lines[at - 1][:160]))
    )


def _is_mark(line: str) -> bool:
    return len(line) <= MAX_LINE and (is_rule(line) or bool(_MARK.fullmatch(line)) or _short_rule(line))


def _is_notice(paragraph: str) -> bool:
    legal = {word.lower() for word in _LEGAL_WORDS.findall(paragraph)}
    if _LEGAL.match(paragraph) and (len(legal) >= 3 or (len(legal) == 2 and len(paragraph) >= 140)):
        return True
    if len(paragraph) <= 300 and _GREEN.search(paragraph) and _PRINT.search(paragraph):
        return True
    if _REGISTRY.search(paragraph) and _NUMBER.search(paragraph):
        return True  # a number alone may be what somebody wants on an invoice
    return bool(_LIST.search(paragraph))


def _mark(lines: Sequence[str], start: int, end: int) -> int | None:
    """The first line that sets a signature apart and is followed by nothing but one."""
    for index in range(max(start, end - MAX_PARAGRAPH_LINES), end):
        line = lines[index]
        if not _is_mark(line):
            continue
        below = [text for text in lines[index + 1 : end] if not is_blank(text)]
        if any(_POSTSCRIPT.match(text) for text in below):
            continue
        has_contact = any(_CONTACT.search(text[:MAX_LINE]) for text in below)
        if line.rstrip("\r") == "-- ":
            if len(below) <= MAX_LINES:
                return index
        elif _looks_like_one(below) and not _announces(lines, start, index):
            is_name = len(below) <= 3 and not any(re.search(r"\d", text) for text in below)
            if has_contact or (is_name and _MARK.fullmatch(line)):
                return index
    return None


def _announces(lines: Sequence[str], start: int, at: int) -> bool:
    """Whether the words above a line point below it ("Please send it to:")."""
    above = _last_filled(lines, start, at)
    return above is not None and lines[above].rstrip().endswith(":")


def _short_rule(line: str) -> bool:
    return bool(re.fullmatch(r"\s{0,3}[-_=]{2}\s{0,3}", line))


def _looks_like_one(lines: Sequence[str]) -> bool:
    if len(lines) > MAX_WEAK_LINES:
        return False
    return all(len(line) <= 100 and not _SENTENCE.fullmatch(line[:MAX_LINE]) for line in lines)
