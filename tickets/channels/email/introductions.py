"""How mail programs introduce what they quote: a sentence ("On Monday Jan wrote:"), a block of header lines ("From:
Sent: To: Subject:"), a divider ("-----Original Message-----"), a line to answer above.

Pure. Each question looks at a fixed number of lines and of characters, so that reading a text takes time that grows
with its length alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_LINE = 400
MAX_SENTENCE_LINES = 4
MAX_SENTENCE = 500
MAX_HEADER_LINES = 30
_INK = " \t\xa0\u200b\u200e\u200f\ufeff\r"

# fmt: off
_VERBS = (
    r"(?:wrote|writes|schrieb(?:en)?|geschrieben|pisze|(?:na)?pisał(?:a|\(a\)|/a|/-a)?|nadesłał(?:a|\(a\))?|"
    r"napisana przez|a\s+écrit|écrit|escribió|escreveu|ha\s+scritto|scrive|schreef|geschreven|"
    r"nap(?:sal|ísal)(?:a|\(a\))?|píše|skrev|kirjoitti|написал(?:а|\(а\))?|пишет|пише|írta|"
    r"a scris|va escriure|yazdı|rašė|kirjutas|写道)"
)
# fmt: on
_VERB = re.compile(rf"(?<!\w){_VERBS}(?!\w)", re.IGNORECASE)
_FIRST_PERSON = re.compile(rf"\b(?:I|we|ich|wir|ja|je|nous|yo|io|ik|jag|jeg)\s+(?:have\s+|had\s+)?{_VERBS}(?!\w)")
_CLOCK = re.compile(r"(?<![\d.:])\d{1,2}(?::\d{2}|\s?[hH]\s?\d{2}|\.\d{2}(?![\d.]))")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2}(?!\d)")
_ADDRESS = re.compile(r"[\w.+'%=-]+@[\w-]+(?:\.[\w-]+)*")
_BRACKETED = re.compile(r"[<(\[]\s*(?:mailto:)?[\w.+'%=-]+@[\w.-]+")
_OPENING = re.compile(
    r"[\s*_\"'„“–—-]{0,8}(?:"
    r"(?P<anchor>(?:On|At|Am|Le|El|Il|Op|Em|W dniu|Dnia|Dňa|Dne|Dana|Den|În|Pe|Na|Il giorno|In message|In article|"
    r"---- On|---- Włącz)\s|(?:(?:Mensaje|Wiadomość|Nachricht) (?:napisana przez|von|de)\s))"
    r"|(?P<date>\d{1,4}[./ -]|[^\W\d_]{2,14}\.?,?\s+(?:\d|[^\W\d_]{3,12}\.?\s+\d))"
    r"|(?P<name>[^\s,.!?:;@<>]{1,30}(?:\s+[^\s!?:;@<>]{1,30}){0,6}\s*[<(\[\s]|[\w.+-]{1,64}@|<)"
    r")",
)
_COLON, _HINT = re.compile(r"[:：]"), re.compile(r"[:：@]|--")
_DRAWN = re.compile(r"[-_=~—–─]{2}")
_CLOSED = re.compile(rf"(?:[:：][\s*_>-]*|(?<!\w){_VERBS}[\s:]*-{{2,}}\s*)$", re.IGNORECASE)
_OPEN = re.compile(rf"(?<!\w){_VERBS}\s*$", re.IGNORECASE)
_DRAWN_SENTENCE = re.compile(rf"-{{2,}}\s.{{1,80}}(?<!\w){_VERBS}\s*-{{2,}}", re.IGNORECASE)
_EVIDENCE = re.compile(rf"[<(\[\d]|\S+@|(?<!\w){_VERBS}(?!\w)", re.IGNORECASE)
_USER = re.compile(r"\S{1,60}(?: via [^<>\d]{1,60})? [<(]\S{1,120}@\S{1,120}[>)] ")
_SMALL = {"via", "von", "van", "de", "der", "den", "da", "del", "la", "the", "of", "i", "und", "and", "użytkownik", "w"}
_RUN_ON = re.compile(
    rf"(.{{0,{MAX_LINE}}}?(?<!\w){_VERBS}\s?:)[ \t]{{2,}}\S", re.IGNORECASE
)  # the quotation follows in its line
_NAME_ONLY = re.compile(
    rf"[\s*_]{{0,4}}[\"„“]?(?:(?:Użytkownik|Hello|Quoting|Zitat von|Cytowanie|Cytat)\s)?"
    rf"(?:[A-ZŁŚŻŹĆÓÄÖÜÉČŠŘŽÅØ][\w.'’-]{{1,30}}[\",”]?\s+){{1,5}}{_VERBS}\s?:[\s*_]*"
)


@dataclass(frozen=True, slots=True)
class Introduction:
    """Lines from `start` to before `end` introduce a quotation.

    `is_sure`: nobody writes like this by hand, so what follows is quoted even when no line of it bears a mark.
    `is_forward`: what follows was passed on to be read.
    """

    start: int
    end: int
    is_sure: bool
    is_forward: bool = False


def is_blank(line: str) -> bool:
    return not line.strip(_INK)


def introduction(lines: Sequence[str], at: int) -> Introduction | None:
    """The introduction that starts at the line `at`, which is not blank and bears no mark of quotation."""
    line = lines[at][:MAX_LINE]
    # Most lines hold neither a colon nor a drawn line, and are done with here.
    if _DRAWN.search(line) or line.rstrip(_INK).endswith(":"):
        if _is_forward(line):
            return Introduction(at, _end_of_headers(lines, at + 1), is_sure=True, is_forward=True)
        if _DIVIDER.fullmatch(line):
            return Introduction(at, _end_of_headers(lines, at + 1), is_sure=True)
        if _LOTUS.match(line):
            return Introduction(at, at + 1, is_sure=True)
    if len(line) <= 200 and _ABOVE.search(line) and _ANSWER_ABOVE.search(line):
        return Introduction(at, at + 1, is_sure=True)
    if _COLON.search(line[:60]) and (found := _headers(lines, at)):
        return found
    if any(_HINT.search(below[:MAX_LINE]) for below in lines[at : at + MAX_SENTENCE_LINES]):
        return _sentence(lines, at)
    return None


# --- a sentence


def _sentence(lines: Sequence[str], at: int) -> Introduction | None:
    opening = _OPENING.match(lines[at][:MAX_LINE])
    if opening is None:
        return None
    if run_on := _RUN_ON.match(lines[at][:MAX_LINE]):
        found = _judged(run_on[1].strip(_INK), lines, at, 1, opening)
        return found if found and found.is_sure else None
    joined, unclosed = "", None
    for count in range(1, min(MAX_SENTENCE_LINES, len(lines) - at) + 1):
        line = lines[at + count - 1]
        if is_blank(line) or len(line) > MAX_LINE:
            break
        if count > 1 and line.lstrip().startswith(">") and joined.rfind("<") <= joined.rfind(">"):
            break  # quoted already, and not the other half of "<jan@x.example\n> wrote:"
        joined = f"{joined} {line.strip(_INK)}".strip()
        if len(joined) > MAX_SENTENCE or "?" in joined or "!" in joined:
            break
        if _CLOSED.search(joined) or _ends_open(joined, lines, at + count):
            return _judged(joined, lines, at, count, opening)
        if count == 1 and joined.endswith(">") and not opening["name"] and _YEAR.search(joined):
            unclosed = Introduction(at, at + 1, is_sure=False)  # "2026/3/9 Jan <jan@x.example>"
        if not _goes_on(lines, at + count - 1, is_first=count == 1):
            break
    return unclosed if unclosed and _BRACKETED.search(lines[at][:MAX_LINE]) else None


def _ends_open(joined: str, lines: Sequence[str], below: int) -> bool:
    """Whether the sentence ends in its verb, without a colon, above a blank line."""
    return bool(_OPEN.search(joined) and _BRACKETED.search(joined) and _CLOCK.search(joined)) and (
        below < len(lines) and is_blank(lines[below])
    )


def _goes_on(lines: Sequence[str], at: int, *, is_first: bool) -> bool:
    """Whether a sentence may go on in the next line: a wrapped line has no full stop, and a first one some length."""
    line = lines[at].strip(_INK)
    following = lines[at + 1].lstrip(_INK) if at + 1 < len(lines) else ""
    if line.endswith((".", ";")) and not following.startswith("<") and not re.search(r"\d\.$", line):
        return False
    return not is_first or bool(re.search(r"\d", line)) or len(line) >= 60


def _judged(joined: str, lines: Sequence[str], at: int, count: int, opening: re.Match[str]) -> Introduction | None:
    if _FIRST_PERSON.search(joined):
        return None
    has_verb = bool(_VERB.search(joined))
    has_address = bool(_ADDRESS.search(joined))
    has_clock, has_year = bool(_CLOCK.search(joined)), bool(_YEAR.search(joined))
    end = at + count
    if not has_verb and not (has_address and (has_year or _BRACKETED.search(joined))):
        return None
    if not (has_address or has_clock or has_year) and not _DRAWN_SENTENCE.fullmatch(joined):
        is_plain = bool(opening["anchor"] or opening["date"]) and bool(re.search(r"\d", joined))
        is_plain = is_plain or (count == 1 and bool(_NAME_ONLY.fullmatch(joined)))
        return Introduction(at, end, is_sure=False) if is_plain else None
    if _DRAWN_SENTENCE.fullmatch(joined):
        return Introduction(at, end, is_sure=True)
    if opening["name"] is not None:
        if not _is_name(joined):
            return None
        is_sure = has_verb and has_clock and has_year and bool(_BRACKETED.search(joined))
    elif has_verb:
        is_sure = (has_clock and has_year) or (has_address and (has_clock or has_year))
    else:
        is_sure = has_clock and has_year and bool(_BRACKETED.search(joined))
    # Without an address a person may have written it; programs set it apart.
    is_apart = (at == 0 or is_blank(lines[at - 1])) and (end == len(lines) or is_blank(lines[end]))
    return Introduction(at, end, is_sure=is_sure and (is_apart or has_address) and len(joined.split()) <= 30)


def _is_name(sentence: str) -> bool:
    """Whether the sentence begins with a name, and not with words that its line shares with an introduction."""
    if _USER.match(sentence):
        return True
    found = _EVIDENCE.search(sentence)
    words = sentence[: found.start() if found else 0].strip("-–—*_ ").split()
    return len(words) <= 8 and not any(
        word in {"-", "–", "---", "On", "Am", "Le", "El", "Il", "Op", "Em"}
        or (word[0].islower() and word.lower().strip(",") not in _SMALL)
        for word in words
    )


# --- a block of header lines

# fmt: off
_LABELS = {
    "from": (
        "from", "od", "von", "de", "da", "van", "från", "fra", "lähettäjä", "от", "від", "feladó", "nadawca",
        "absender", "expéditeur", "remitente", "mittente", "afzender", "odesílatel", "odesilatel", "odosielateľ",
        "avsändare", "sender", "kimden", "发件人", "差出人", "보낸 사람",
    ),
    "date": (
        "sent", "date", "wysłano", "wysłane", "wysłana", "data", "data wysłania", "gesendet", "gesendet am", "datum",
        "envoyé", "envoyé le", "date d'envoi", "enviado", "enviado el", "enviada em", "enviado em", "fecha", "inviato",
        "verzonden", "odesláno", "odoslané", "skickat", "sendt", "dato", "lähetetty", "päivämäärä", "дата",
        "message du", "отправлено", "надіслано", "elküldve", "dátum", "sent at", "gönderildi",
        "发送时间", "日付", "送信日時", "보낸 날짜",
    ),
    "to": (
        "to", "do", "an", "à", "a", "para", "aan", "komu", "till", "til", "vastaanottaja", "кому", "címzett", "adresat",
        "empfänger", "odbiorca", "destinataire", "destinatario", "kime", "收件人", "宛先", "받는 사람", "pro",
    ),
    "subject": (
        "subject", "temat", "betreff", "thema", "objet", "sujet", "asunto", "oggetto", "assunto", "onderwerp",
        "předmět", "predmet", "ämne", "emne", "aihe", "тема", "tárgy", "tytuł", "konu", "主题", "件名", "제목",
    ),
    "other": (
        "cc", "dw", "do wiadomości", "kopia", "kopie", "kopi", "copie", "copie à", "cópia", "copia", "udw", "bcc",
        "reply-to", "reply to", "odpowiedz do", "odpowiedź do", "antwort an", "importance", "ważność", "priorytet",
        "priority", "wichtigkeit", "attachments", "attachment", "załączniki", "załącznik", "anlagen", "anhänge",
        "pièces jointes", "bijlagen", "přílohy", "organization", "sent by", "gesendet von",
        "wysłane przez", "копия", "másolatot kap",
    ),
    "technical": (
        "received", "return-path", "message-id", "mime-version", "content-type", "content-transfer-encoding",
        "delivered-to", "dkim-signature", "authentication-results", "x-mailer", "user-agent", "x-spam-status",
        # The fields of a form on a web page, sent as a mail.
        "telefon", "phone", "e-mail", "email", "wiadomość", "message", "treść", "nachricht", "imię", "imię i nazwisko",
        "name", "firma", "company", "adres", "ip",
        "arc-seal", "references", "in-reply-to", "final-recipient", "diagnostic-code", "action", "status",
    ),
}
# fmt: on
_ROLE = {label: role for role, labels in _LABELS.items() for label in labels}
_HEADER = re.compile(
    r"[\s*_|]{0,6}(?P<label>[^\W\d_][^:：*\n]{0,24}?)[\s\xa0]{0,3}[*_]{0,2}[\s\xa0]{0,3}[:：][*_]{0,2}(?P<value>.*)",
    re.DOTALL,
)
_RULE = re.compile(r"\s*(?:[-_=*—–─]\s?){3,}\s*")


def is_rule(line: str) -> bool:
    """A line drawn across the text."""
    return len(line) <= MAX_LINE and bool(_RULE.fullmatch(line))


def _headers(lines: Sequence[str], at: int) -> Introduction | None:
    if _role(lines[at]) in {"", "other", "technical"}:
        return None
    roles, end, sender, moment = _read_headers(lines, at)
    if "from" not in roles or "technical" in roles or _announces(lines, at):
        return None
    has_divider = any(is_rule(lines[above]) for above in _lines_above(lines, at))
    is_whole = "subject" in roles and bool(roles & {"date", "to"})
    is_dated = "date" in roles and bool(_ADDRESS.search(sender)) and bool(re.search(r"\d|day|tag|dzia|nied", moment))
    is_addressed = bool(_ADDRESS.search(sender)) and {"to", "date"} <= roles
    if not (is_whole or is_dated or is_addressed or (has_divider and len(roles) > 1)):
        return None
    return Introduction(at, end, is_sure=True)


def _read_headers(lines: Sequence[str], at: int) -> tuple[set[str], int, str, str]:
    """Which roles the header lines from `at` on play, where they end, and what they say of sender and moment."""
    roles: set[str] = set()
    values = {"from": "", "date": ""}
    end, last, blanks, wrapped = at, "", 0, 0
    for index in range(at, min(at + MAX_HEADER_LINES, len(lines))):
        line = lines[index]
        if is_blank(line):
            blanks += 1
            if blanks > 1:
                break
            continue
        if role := _role(line):
            if role == "technical" and blanks:
                break
            if role in roles and role in {"from", "subject", "date"}:
                break  # another block begins
            roles.add(role)
            last, wrapped = _value(line), 0
            if role in values:
                values[role] = last
        elif not blanks and wrapped < 8 and last is not None and _continues(line, last):
            wrapped += 1
            for role in values:
                values[role] += f" {line.strip()[:MAX_LINE]}" if values[role] == last else ""
            last = line.strip()[:MAX_LINE]
        else:
            break
        end, blanks = index + 1, 0
    return roles, end, values["from"], values["date"]


def _role(line: str) -> str:
    found = _HEADER.match(line[:MAX_LINE])
    return _ROLE.get(" ".join(found["label"].lower().split()), "") if found else ""


def _value(line: str) -> str:
    found = _HEADER.match(line[:MAX_LINE])
    return found["value"].strip(_INK + "*_") if found else ""


def _continues(line: str, before: str) -> bool:
    """Whether the line goes on with the header line `before`: values of To, Cc and Subject are wrapped."""
    return not before or line[0] in " \t" or before.endswith((",", ";", "<", "-")) or line.lstrip().startswith("<")


def _announces(lines: Sequence[str], at: int) -> bool:
    """Whether the words above point at the block ("The headers were:"): then it is part of what they say."""
    above = next((lines[index] for index in _lines_above(lines, at) if not is_rule(lines[index])), "")
    return above.rstrip(_INK).endswith(":") and not _role(above)


def _lines_above(lines: Sequence[str], at: int) -> list[int]:
    """The nearest lines above that are not blank."""
    return [index for index in range(at - 1, max(-1, at - 6), -1) if not is_blank(lines[index])][:2]


def _end_of_headers(lines: Sequence[str], at: int) -> int:
    """Where the header lines below a divider end; `at` when there are none."""
    start = next((index for index in range(at, min(at + 3, len(lines))) if not is_blank(lines[index])), at)
    if start < len(lines) and _role(lines[start]):
        return _read_headers(lines, start)[1]
    return at


# --- dividers

_ORIGINAL = (
    r"original (?:message|appointment|e-?mail)|reply message|previous message|wiadomość oryginalna|"
    r"oryginalna wiadomość|treść oryginalnej wiadomości|pierwotna wiadomość|poprzednia wiadomość|"
    r"ursprüngliche (?:nachricht|mail|e-mail)|original-?nachricht|originalmail|message d['’]origine|message original|"
    r"messaggio originale|mensaje original|mensagem original|oorspronkelijk bericht|origineel bericht|"
    r"původní (?:zpráva|e-?mail)|pôvodná správa|ursprungligt meddelande|originalmeddelande|opprinnelig melding|"
    r"oprindelig (?:meddelelse|besked)|alkuperäinen viesti|исходное сообщение|eredeti üzenet|原始邮件"
)
_FORWARDED = (
    r"forwarded (?:message|by .{1,80})|forwarded|wiadomość przekazana(?: dalej)?|przekazana wiadomość|"
    r"przekazywana wiadomość|treść przekazanej wiadomości|wiadomość przesłana dalej|weitergeleitete nachricht|"
    r"(?:message|mail) (?:transféré|réexpédié)|messaggio inoltrato|mensaje reenviado|"
    r"mensagem (?:encaminhada|reencaminhada)|doorgestuurd bericht|přeposlaná zpráva|přeposlaný e-?mail|"
    r"preposlaná správa|vidarebefordrat (?:meddelande|brev)|videresendt (?:melding|meddelelse|besked|e-?mail)|"
    r"välitetty viesti|пересылаемое сообщение"
)
_DASHES = r"[-_=~—–─]{2,80}"
_DIVIDER = re.compile(rf"[\s>*]*{_DASHES}\s*(?:{_ORIGINAL})\s*{_DASHES}[\s*]*", re.IGNORECASE)
_FORWARD = re.compile(rf"[\s>*]*{_DASHES}\s*(?:{_FORWARDED})\s*(?:{_DASHES})?[\s*]*", re.IGNORECASE)
_FORWARD_PHRASE = re.compile(
    r"\s*(?:Begin forwarded message|Początek przekazywanej wiadomości|Początek przekazanej wiadomości|"
    r"Anfang der weitergeleiteten (?:Nachricht|E-Mail)|Début du message (?:réexpédié|transféré)|"
    r"Inizio messaggio inoltrato|Inicio del mensaje reenviado|Begin doorgestuurd bericht|Začátek přeposlané zprávy|"
    r"Vidarebefordrat (?:brev|mejl)|Videresendt (?:melding|besked)|Start på videresendt besked|"
    r"Início da mensagem (?:encaminhada|reencaminhada))\s?:\s*",
    re.IGNORECASE,
)
_ABOVE = re.compile(r"above|powyżej|nad t|über|oberhalb|dessus|encima|sopra|boven|ovan|over d", re.IGNORECASE)
_ANSWER_ABOVE = re.compile(
    r"\b(?:repl(?:y|ies)|answer|respond|response|write|type|odpowied[zź]\w*|odpowiada\w*|odpisz|pisz|napisz|wpisz|"
    r"antwort\w*|schreiben|écri\w+|répond\w*|réponse|respond\w*|respuesta|escrib\w+|rispond\w*|rispost\w+|antwoord\w*|"
    r"odpov\w*|odpověď|svar\w*)\b.{0,60}\b(?:above (?:this|the) line|powyżej tej lini\w*|nad tą lini\w*|"
    r"(?:über|oberhalb) diese(?:r|n)? (?:linie|zeile|strich)|au-dessus de cette ligne|"
    r"(?:por )?encima de esta línea|sopra questa (?:linea|riga)|boven deze (?:lijn|regel)|nad (?:tento|tuto) \w+|"
    r"ovan(?:för)? denna (?:linje|rad)|over denne linj\w*)",
    re.IGNORECASE,
)
_LOTUS = re.compile(r"\S.{0,100}?-{2,3}\s?\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?\s\d{1,2}:\d\d.{0,12}?-{2,3}")


def _is_forward(line: str) -> bool:
    return bool(_FORWARD.fullmatch(line) or _FORWARD_PHRASE.fullmatch(line))
