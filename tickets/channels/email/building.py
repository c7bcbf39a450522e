"""The one place where a mail is made. Every value that meets a header passes through here and may hold no control
character: a line break in a name or a subject would let its writer add headers and recipients.

Each mail says the same twice. As text, the way a person writes it: lines of 76 characters that programs may join again
(format=flowed, RFC 3676), links whole, quotes behind ">". As HTML with nothing but inline styles: one column that fits
a phone, the reader's own font, and no colours but those that stand out on white and on black, so that each client's
dark mode works; quotes are marked the way clients fold them.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Any

from django.utils.translation import gettext_noop

from helpdesk.lib import one_line as lines

MAX_REFERENCES = 20
MAX_QUOTED = 20_000
NO_ADDRESS = gettext_noop("%(address)s is not an address that mail can be sent to.")
ODD_LETTERS = gettext_noop("%(address)s has letters before the @ that most mail servers cannot deliver.")
NO_DOMAIN = gettext_noop("%(address)s has no valid domain.")
WIDTH = 76
_ID_HEADERS = {"message-id", "in-reply-to", "references", "list-id", "list-unsubscribe"}
_ENCODED_WORD = re.compile(r"=\?(?=[^?\s]*\?[bq]\?)", re.IGNORECASE)
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the reading direction of what follows: a name must not rearrange the line it stands in."""
_NO_ANSWERS = "DR, RN, NRN, OOF, AutoReply"
"""What Exchange shall not send back (MS-OXCMAIL). "All" would keep its bounces (NDR) from us, too."""
_P = "margin:0 0 1em"
_COLUMN = (
    "max-width:640px;padding:16px;font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,"
    "sans-serif;font-size:16px;line-height:1.5;overflow-wrap:anywhere"
)
_SIGNATURE = "margin:1.5em 0 0;padding-top:1em;border-top:1px solid #8a8a8a;font-size:15px"
_QUOTE = "margin:0;padding:0 0 0 12px;border-left:2px solid #8a8a8a"
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


class _MailPolicy(policy.EmailPolicy):
    """Message-IDs, and the address that stops mails, are folded between their words and never encoded: Python 3.11
    writes a long one as encoded words, which no mail program compares as an id or opens as an address."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in _ID_HEADERS:
            return f"{name}: " + f"{self.linesep} ".join(str(value).split()) + self.linesep
        return super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")


SMTP = _MailPolicy(linesep="\r\n", raise_on_defect=False, cte_type="7bit")


@dataclass(frozen=True)
class Quote:
    """An earlier message of the conversation: its introduction ("On 9 March 2026, Anna Nowak wrote:") and its words."""

    introduction: str
    text: str


@dataclass(frozen=True)
class Link:
    """What stands below all words of ours: "Request #4711" and its page."""

    words: str
    url: str


@dataclass(frozen=True)
class Calendar:
    """An event (iCalendar) and what is asked of the reader's calendar: REQUEST or CANCEL (iTIP, RFC 5546)."""

    method: str
    content: bytes


@dataclass(frozen=True)
class File:
    name: str
    content_type: str
    content: bytes


def build(
    *,
    sender_name: str,
    sender_address: str,
    to_name: str,
    to_address: str,
    subject: str,
    text: str,
    message_id: str,
    at: datetime,
    html: str = "",
    signature: str = "",
    footer: Link | None = None,
    cc: Sequence[str] = (),
    reply_to: str = "",
    in_reply_to: str = "",
    references: Sequence[str] = (),
    quotes: Sequence[Quote] = (),
    attachments: Iterable[File] = (),
    calendar: Calendar | None = None,
    is_automatic: bool = False,
    list_id: str = "",
    stop: str = "",
    language: str = "",
    instance: str = "",
) -> EmailMessage:
    """One mail to one person, as text and as HTML. Ids come without brackets, `at` is aware, `quotes` newest first.
    `signature` is plain text.

    `html`, when given, must be clean already; without it the text is shown as HTML. Raises `ValueError` with a sentence
    when a value cannot stand in a header.
    """
    if at.tzinfo is None:
        raise ValueError("The time of a mail must name its zone.")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address("sender", sender_name, sender_address)
    mail["To"] = _address("recipient", to_name, to_address)
    if cc:
        mail["Cc"] = [_address("recipient of a copy", "", each) for each in cc]
    if reply_to:
        mail["Reply-To"] = _address("reply address", "", reply_to)
    mail["Subject"] = _header("subject", subject)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = _id(message_id)
    if in_reply_to:
        mail["In-Reply-To"] = _id(in_reply_to)
    if references:
        mail["References"] = " ".join(_id(value) for value in _bounded(references))
    if is_automatic:
        mail["Auto-Submitted"] = "auto-replied" if in_reply_to else "auto-generated"
        if in_reply_to:
            mail["Precedence"] = "bulk"  # what vacation programs look at; a password reset should not look like it
        mail["X-Auto-Response-Suppress"] = _NO_ANSWERS
    if list_id:
        mail["List-Id"] = _id(list_id)
    if stop:  # one press in the mail program (RFC 8058)
        mail["List-Unsubscribe"] = f"<{_header('address that stops these mails', stop)}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    _header("language", language)  # it stands in the HTML, too
    if instance:
        mail["X-Dyzur-Instance"] = _header("instance", instance)

    quotes = _short(quotes)
    mail.set_content(
        _plain(text, signature, footer, quotes),
        charset="utf-8",
        cte="quoted-printable",
        params={"format": "flowed"},
    )
    body = [_printable(html) if html else html_of(text), _below(signature, footer), _quoted(quotes)]
    mail.add_alternative(
        _page("\n".join(filter(None, body)), subject, language), subtype="html", charset="utf-8", cte="quoted-printable"
    )
    if calendar:
        # Once as a third way to say it, which mail programs turn into buttons, once as a file for all others.
        params = {"method": _header("method", calendar.method)}
        said = calendar.content.decode()
        mail.add_alternative(said, subtype="calendar", charset="utf-8", cte="base64", params=params)
        mail.add_attachment(calendar.content, maintype="application", subtype="ics", filename="invite.ics")
    for file in attachments:
        main, _, sub = _attachment_type(file.content_type).partition("/")
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=_file_name(file.name))
    if language:
        mail["Content-Language"] = language  # last: setting a content drops Content-* headers
    return mail


def one_line(value: str) -> str:
    """Words of people made fit for a header: control characters and line breaks become spaces, marks that turn the
    reading direction go, and what looks like an encoded word (RFC 2047) does not any more: it would be decoded, and
    may hold a line break."""
    return _ENCODED_WORD.sub("= ?", _TURNING.sub("", lines.one_line(value)))


def _header(what: str, value: str) -> str:
    if not lines.is_one_line(value):
        raise ValueError(f"The {what} holds a control character, and nothing like that may enter a mail's header.")
    if _ENCODED_WORD.search(value):
        raise ValueError(f"The {what} holds an encoded word, and whatever is in that may not enter a mail's header.")
    return value


def _address(what: str, name: str, address: str) -> HeaderAddress:
    _header(f"name of the {what}", name)
    _header(f"address of the {what}", address)
    local, _at, domain = ascii_address(address).rpartition("@")
    return HeaderAddress(display_name=name, username=local, domain=domain)


def ascii_address(address: str) -> str:
    """The address as envelopes and headers need it, a domain like żółw.pl written as xn--w-uga1v8h.pl.

    Raises `ValueError` with a sentence for what is not one plain address.
    """
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or re.search(r"[\s,;:<>()\[\]\\\"@]", local + domain):
        raise ValueError(NO_ADDRESS % {"address": address})
    if not local.isascii():
        raise ValueError(ODD_LETTERS % {"address": address})
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(NO_DOMAIN % {"address": address}) from None
    return f"{local}@{domain}"


def _id(value: str) -> str:
    value = _header("message id", value.strip().strip("<>"))
    if not _is_id(value):
        raise ValueError(f"{value[:80]!r} is not a message id.")
    return f"<{value}>"


def _bounded(references: Sequence[str]) -> list[str]:
    """The first, by which clients find the thread, and the newest."""
    good = usable_ids(references)
    return good if len(good) <= MAX_REFERENCES else [good[0], *good[-(MAX_REFERENCES - 1) :]]


def usable_ids(ids: Iterable[str]) -> list[str]:
    """Each once and in order, without foreign ones that no header can hold."""
    return [value for value in dict.fromkeys(ids) if _is_id(value.strip().strip("<>"))]


def _is_id(value: str) -> bool:
    is_fit = value.isascii() and value.isprintable() and not re.search(r"[\s<>]", value)
    return is_fit and 0 < len(value) <= 500 and not _ENCODED_WORD.search(value)


def _short(quotes: Sequence[Quote]) -> list[Quote]:
    """As many of the newest quotes as fit; a mail must not grow with every answer."""
    kept, room = [], MAX_QUOTED
    for quote in quotes:
        if room <= 0:
            break
        text = quote.text if len(quote.text) <= room else quote.text[:room].rstrip() + " […]"
        kept.append(Quote(quote.introduction, text))
        room -= len(text)
    return kept


def _plain(text: str, signature: str, footer: Link | None, quotes: Sequence[Quote]) -> str:
    parts = _flowed(text)
    below = [signature] if signature else []
    below += [f"{footer.words}: {footer.url}"] if footer else []
    if below:
        parts += ["", "-- ", *_flowed("\n\n".join(below))]
    for depth, quote in enumerate(quotes):
        parts += [">" * depth, *_flowed(quote.introduction, depth), *_flowed(quote.text, depth + 1)]
    return "\n".join(parts) + "\n"


def _flowed(text: str, depth: int = 0) -> list[str]:
    """Lines of `WIDTH` characters where words allow it, a space at the end of those that go on in the next one."""
    return [piece for line in _printable(text).strip("\n").split("\n") for piece in _wrapped(line.rstrip(" "), depth)]


def _wrapped(line: str, depth: int) -> list[str]:
    if line.startswith(">") and not depth:
        return [line]  # whoever writes quotes by hand wants them to be quotes
    mark = ">" * depth + " " if depth else ""
    pieces: list[str] = []
    while True:
        # Behind ">" always one space; else only where a line would be taken for something else (RFC 3676 §4.4).
        start = mark or (" " if line.startswith((" ", ">", "From ")) else "")
        room = WIDTH - len(start)
        cut = line.rfind(" ", 0, room) + 1 or line.find(" ") + 1
        if len(line) <= room or not cut or not line[:cut].strip() or not line[cut:].strip():
            return [*pieces, (start + line).rstrip(" ")]
        pieces.append(start + line[:cut])
        line = line[cut:]


def _below(signature: str, footer: Link | None) -> str:
    blocks = [html_of(signature)] if signature else []
    if footer:
        url, words = escape(_printable(footer.url)), escape(_printable(footer.words))
        blocks.append(f'<p style="{_P};font-size:13px"><a href="{url}">{words}</a></p>')
    if not blocks:
        return ""
    return f'<div class="gmail_signature" style="{_SIGNATURE}">\n' + "\n".join(blocks) + "\n</div>"


def _quoted(quotes: Sequence[Quote]) -> str:
    opened, closed = "", ""
    for quote in quotes:
        opened += (
            f'<p class="gmail_attr" style="{_P}">{escape(_printable(quote.introduction))}</p>\n'
            f'<blockquote type="cite" class="gmail_quote" style="{_QUOTE}">\n{html_of(quote.text)}\n'
        )
        closed += "</blockquote>\n"
    return (
        f'<div class="gmail_quote gmail_quote_container" style="margin-top:2em">\n{opened}{closed}</div>'
        if quotes
        else ""
    )


def _page(body: str, subject: str, language: str) -> str:
    lang = f' lang="{escape(language)}"' if language else ""
    return (
        f'<!DOCTYPE html>\n<html{lang} dir="auto" style="color-scheme:light dark">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="supported-color-schemes" content="light dark">\n'
        f"<title>{escape(subject)}</title>\n</head>\n"
        f'<body style="margin:0;padding:0">\n<div style="{_COLUMN}">\n{body}\n</div>\n</body>\n</html>\n'
    )


def html_of(text: str) -> str:
    """Plain text as HTML: paragraphs, line breaks, addresses of pages as links. Everything else is escaped."""
    paragraphs = [block for block in re.split(r"\n[ \t]*\n", _printable(text).strip("\n")) if block.strip()]
    return "\n".join(f'<p style="{_P}">{_linked(block)}</p>' for block in paragraphs)


def _linked(block: str) -> str:
    pieces, end = [], 0
    for match in _URL.finditer(block):
        url = escape(match.group())
        pieces += [escape(block[end : match.start()]), f'<a href="{url}">{url}</a>']
        end = match.end()
    pieces.append(escape(block[end:]))
    return "".join(pieces).replace("\n", "<br>\n")


def _printable(text: str) -> str:
    """Bodies may not hold control characters either, but lose them silently: they can break nothing there."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"})


def _attachment_type(value: str) -> str:
    """What the part is called. Text and messages travel as bytes too: a mail server must not touch their line ends."""
    value = value.lower().partition(";")[0].strip()
    if not re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+_-]+", value) or value.startswith(("message/", "multipart/")):
        return "application/octet-stream"
    return value


def _file_name(name: str) -> str:
    return _header("name of an attachment", name) or "attachment"
