"""The one place where a mail is made. Every value that meets a header passes through here and may hold no control
character: a line break in a name or a subject would let its writer add headers and recipients."""

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

MAX_REFERENCES = 20
MAX_QUOTED = 20_000
NO_ADDRESS = gettext_noop("%(address)s is not an address that mail can be sent to.")
ODD_LETTERS = gettext_noop("%(address)s has letters before the @ that most mail servers cannot deliver.")
NO_DOMAIN = gettext_noop("%(address)s has no valid domain.")
_ID_HEADERS = {"message-id", "in-reply-to", "references"}
_BREAKING = {"Cc", "Cs", "Zl", "Zp"}
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


class _MailPolicy(policy.EmailPolicy):
    """Message-IDs are folded between ids and never encoded: Python 3.11 writes a long one as an encoded word, which no
    mail program compares as an id."""

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
    reply_to: str = "",
    in_reply_to: str = "",
    references: Sequence[str] = (),
    quotes: Sequence[Quote] = (),
    attachments: Iterable[File] = (),
    is_automatic: bool = False,
    language: str = "",
    instance: str = "",
) -> EmailMessage:
    """One mail to one person, as text and as HTML. Ids come without brackets, `at` is aware, `quotes` newest first.

    `html`, when given, must be clean already; without it the text is shown as HTML. Raises `ValueError` with a sentence
    when a value cannot stand in a header.
    """
    if at.tzinfo is None:
        raise ValueError("The time of a mail must name its zone.")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address("sender", sender_name, sender_address)
    mail["To"] = _address("recipient", to_name, to_address)
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
        mail["X-Auto-Response-Suppress"] = "All"
    if instance:
        mail["X-Dyzur-Instance"] = _header("instance", instance)

    quotes = _short(quotes)
    mail.set_content(_plain(text, quotes), charset="utf-8", cte="quoted-printable")
    mail.add_alternative(
        _page(html or html_of(text), quotes, language), subtype="html", charset="utf-8", cte="quoted-printable"
    )
    for file in attachments:
        main, _, sub = _attachment_type(file.content_type).partition("/")
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=_file_name(file.name))
    if language:
        mail["Content-Language"] = _header("language", language)  # last: setting a content drops Content-* headers
    return mail


def one_line(value: str) -> str:
    """Words of people made fit for a header: control characters and line breaks become spaces."""
    return " ".join("".join(" " if unicodedata.category(char) in _BREAKING else char for char in value).split())


def _header(what: str, value: str) -> str:
    for char in value:
        if unicodedata.category(char) in _BREAKING:
            raise ValueError(f"The {what} holds a control character, and nothing like that may enter a mail's header.")
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
    if not value or len(value) > 500 or not value.isascii() or re.search(r"[\s<>]", value):
        raise ValueError(f"{value[:80]!r} is not a message id.")
    return f"<{value}>"


def _bounded(references: Sequence[str]) -> list[str]:
    """The first, by which clients find the thread, and the newest; foreign ids that are none are left out."""
    good = [value for value in dict.fromkeys(references) if value and value.isascii() and len(value) <= 500]
    good = [value for value in good if not re.search(r"[\s<>\x00-\x1f\x7f]", value)]
    return good if len(good) <= MAX_REFERENCES else [good[0], *good[-(MAX_REFERENCES - 1) :]]


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


def _plain(text: str, quotes: Sequence[Quote]) -> str:
    lines = [_printable(text).rstrip("\n")]
    for depth, quote in enumerate(quotes):
        mark = "> " * depth
        body = _printable(quote.text).strip("\n").split("\n")
        lines += [mark.rstrip(), mark + _printable(quote.introduction)]
        lines += [f"> {mark}{line}".rstrip() for line in body]
    return "\n".join(lines) + "\n"


def _page(html: str, quotes: Sequence[Quote], language: str) -> str:
    quoted, closing = "", ""
    for quote in quotes:
        quoted += (
            f"<p>{escape(_printable(quote.introduction))}</p>\n"
            '<blockquote type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">\n'
            f"{html_of(quote.text)}\n"
        )
        closing += "</blockquote>\n"
    lang = f' lang="{escape(language)}"' if language else ""
    return (
        f'<!DOCTYPE html>\n<html{lang}><head><meta charset="utf-8"></head>\n'
        '<body style="font-family:sans-serif;font-size:15px;line-height:1.5">\n'
        f"{html}\n{quoted}{closing}</body></html>\n"
    )


def html_of(text: str) -> str:
    """Plain text as HTML: paragraphs, line breaks, addresses of pages as links. Everything else is escaped."""
    paragraphs = [block for block in re.split(r"\n[ \t]*\n", _printable(text).strip("\n")) if block.strip()]
    return "\n".join(f"<p>{_linked(block)}</p>" for block in paragraphs)


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
