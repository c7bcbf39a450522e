"""A raw mail as plain data. Pure: no models, no settings, no network, and the same answer every time.

It runs in a child (`reading`) that has no Django. `parse` raises only `OverBound`; whatever else is wrong with a mail,
it is read as far as it can be, and what was odd is told in `ParsedMail.problems`.
"""

import mimetypes
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tickets.channels.email import automated, headers, mime, quoting
from tickets.channels.email.automated import Automation
from tickets.channels.email.bounces import Bounce
from tickets.channels.email.bounds import MAX_ADDRESSES, MAX_HEADER_BLOCK, Bound, OverBound
from tickets.channels.email.charsets import decode, tidy
from tickets.channels.email.headers import Address, AuthenticationResults
from tickets.channels.email.html import clean, is_too_large, text_of, without_ballast, words_of

MAX_NAME = 200
_TYPES = mimetypes.MimeTypes()  # what Python knows by itself, not what this machine happens to know
_TRUE_TEXT = {"plain", "html"}


@dataclass(frozen=True)
class ParsedAttachment:
    """A file of a mail. `name` is data for people, never a path; `content_type` is what the bytes are, if they tell."""

    name: str
    content_type: str
    content_id: str
    is_inline: bool
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class ParsedMail:
    sender: Address | None
    sender_is_ambiguous: bool
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    delivered_to: tuple[str, ...]
    subject: str
    sent_at: datetime | None
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    automation: Automation
    text: str
    html: str
    attachments: tuple[ParsedAttachment, ...]
    authentication: AuthenticationResults | None
    language: str
    problems: tuple[str, ...]
    traits: tuple[str, ...] = ()
    invitation: dict[str, Any] | None = None
    bounce: Bounce | None = None

    @property
    def new_words(self) -> str:
        """The text without the quotation around it and without signature."""
        return quoting.new_words(self.text)

    @property
    def thread_ids(self) -> tuple[str, ...]:
        """Message-IDs this mail answers, the nearest first."""
        return tuple(dict.fromkeys((*self.in_reply_to, *reversed(self.references))))


def parse(raw: bytes, *, own_instance: str = "") -> ParsedMail:
    """Read one mail. `own_instance` is what `identity.instance()` says, to know our own mail when it comes back."""
    root = mime.parse_structure(raw)
    body = _collect(root)
    hints = tuple(dict.fromkeys(part.type.params["charset"] for part in root.walk() if part.type.params.get("charset")))

    senders = list(_addresses(root, "from", hints))
    reply_to, to, cc = (_addresses(root, name, hints) for name in ("reply-to", "to", "cc"))
    if len(senders) + len(reply_to) + len(to) + len(cc) > MAX_ADDRESSES:
        raise OverBound(Bound.ADDRESSES, limit=MAX_ADDRESSES)
    problems = [problem for part in root.walk() for problem in part.problems] + body.problems
    sender = senders[0] if senders else None
    if not sender:
        for name in ("sender", "reply-to", "return-path"):
            if found := headers.addresses(root.header(name), hints=hints):
                sender = found[0]
                problems.append(f"From names no address; taken from {name.title()}")
                break
    if not sender:
        problems.append("no header names a sender")

    subject = headers.text(root.header("subject"), hints=hints)
    text = body.text()
    authentication = root.all("authentication-results")[:1]
    return ParsedMail(
        sender=sender,
        sender_is_ambiguous=len(root.all("from")) != 1 or len(senders) != 1,
        reply_to=reply_to,
        to=to,
        cc=cc,
        delivered_to=_delivered_to(root),
        subject=subject[:998],
        sent_at=headers.date(root.header("date")),
        message_id=next(iter(headers.message_ids(root.header("message-id"))), ""),
        in_reply_to=tuple(headers.message_ids(b" ".join(root.all("in-reply-to")))),
        references=tuple(headers.message_ids(b" ".join(root.all("references")))),
        automation=_automation(root, sender.address if sender else "", subject, own_instance),
        text=text,
        html=clean("\n".join(body.htmls)),
        attachments=tuple(body.attachments),
        authentication=headers.authentication_results(authentication[0]) if authentication else None,
        language=headers.text(root.header("content-language"))[:35],
        problems=tuple(dict.fromkeys(problems)),
    )


def glance(head: bytes) -> tuple[str, str]:
    """Sender and subject from the beginning of a mail that could not be read. Raises whatever it meets."""
    fields, _, _ = mime.split_headers(head[:MAX_HEADER_BLOCK])
    first = {name: value[: mime.MAX_HEADER] for name, value in reversed(fields)}
    senders = headers.addresses(first.get("from", b""))
    return senders[0].address if senders else "", headers.text(first.get("subject", b""))


def _addresses(root: mime.Part, name: str, hints: tuple[str, ...]) -> tuple[Address, ...]:
    """All of that name. Raises `OverBound` at the first that is too many: a header may be repeated by the thousand."""
    found: list[Address] = []
    for value in root.all(name):
        found.extend(headers.addresses(value, hints=hints))
        if len(found) > MAX_ADDRESSES:
            raise OverBound(Bound.ADDRESSES, limit=MAX_ADDRESSES)
    return tuple(found)


def _delivered_to(root: mime.Part) -> tuple[str, ...]:
    """Where the mail servers say it went: the way to our own address when To names only a list or nobody."""
    names = ("x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "x-forwarded-to")
    found = [address.address for name in names for value in root.all(name) for address in headers.addresses(value)]
    return tuple(dict.fromkeys(found))


def _automation(root: mime.Part, sender: str, subject: str, own_instance: str) -> Automation:
    return automated.classify(
        lambda name: headers.text(root.header(name)),
        sender=sender,
        subject=subject,
        content_type=str(root.type),
        report_type=root.type.params.get("report-type", "").lower() if str(root.type) == "multipart/report" else "",
        has_delivery_status=any(str(part.type) == "message/delivery-status" for part in root.walk()),
        own_instance=own_instance,
    )


@dataclass
class _Body:
    """What the walk over the parts gathers, in the order of the mail."""

    plains: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    # The text as shown: plain parts, and HTML parts that have no plain sister.
    shown: list[str] = field(default_factory=list)
    attachments: list[ParsedAttachment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def text(self) -> str:
        return "\n\n".join(text for text in self.shown if text.strip()).strip("\n").rstrip()


def _collect(root: mime.Part) -> _Body:
    body = _Body()
    # (part, is it one of several forms, does a plain sister show its words, is it a companion in a multipart/related)
    stack = [(root, False, False, False)]
    while stack:
        part, is_alternative, has_plain_sister, is_related = stack.pop()
        if part.is_multipart:
            stack.extend(reversed(_children(part, is_alternative, has_plain_sister, is_related)))
        elif _is_body(part, root, body):
            _take_text(part, body, has_plain_sister=has_plain_sister)
        elif not (is_alternative and part.type.main == "text" and part.type.sub not in {"calendar", *_TRUE_TEXT}):
            # Other forms of the same words (text/enriched, text/x-amp-html, text/watch-html) add nothing for a reader.
            body.attachments.append(_attachment(part, body, is_related=is_related))
    return body


def _children(
    part: mime.Part, is_alternative: bool, has_plain_sister: bool, is_related: bool
) -> list[tuple[mime.Part, bool, bool, bool]]:
    if part.type.sub == "alternative":
        plain = any(_has_plain_words(child) for child in part.children)
        return [(child, True, plain and not _has_plain_words(child), is_related) for child in part.children]
    if part.type.sub == "related":
        start = part.type.params.get("start", "").strip("<>")
        root = next((c for c in part.children if start and _content_id(c) == start), part.children[0])
        return [(child, is_alternative, has_plain_sister, is_related or child is not root) for child in part.children]
    return [(child, is_alternative, has_plain_sister, is_related) for child in part.children]


def _has_plain_words(part: mime.Part) -> bool:
    return any(
        str(leaf.type) == "text/plain" and leaf.content().strip() and not _file_name(leaf)
        for leaf in part.walk()
        if not leaf.is_multipart
    )


def _is_body(part: mime.Part, root: mime.Part, body: _Body) -> bool:
    """Text meant to be read in place: no file name and not marked as an attachment. (Apple Mail puts text before and
    after each picture; lists append a footer.) A mail that is one single text is its body, whatever name it bears."""
    if part.type.main != "text" or part.type.sub not in _TRUE_TEXT:
        return (
            part is root and part.type.main == "text" and part.type.sub not in {"calendar", "csv", "vcard", "x-vcard"}
        )
    disposition = _disposition(part)
    if part is root:
        return disposition != "attachment"
    if disposition == "attachment":
        return False
    return not _file_name(part) or (disposition == "inline" and not body.shown and part.type.sub == "plain")


def _take_text(part: mime.Part, body: _Body, *, has_plain_sister: bool) -> None:
    text, problem = decode(part.content(), _charset(part))
    if problem:
        body.problems.append(problem)
    text = tidy(text)
    if part.type.sub == "html":
        if text.strip():
            body.htmls.append(without_ballast(text))
            if not has_plain_sister:
                # Together, since five hundred parts just below the limit would take as long as one far above it.
                body.shown.append((words_of if is_too_large(*body.htmls) else text_of)(body.htmls[-1]))
        return
    if part.type.params.get("format", "").lower() == "flowed":
        text = unflowed(text, delete_space=part.type.params.get("delsp", "").lower() == "yes")
    body.plains.append(text)
    body.shown.append(text)


def _charset(part: mime.Part) -> str:
    label = part.type.params.get("charset", "")
    if not label and part.type.sub == "html":
        found = re.search(
            rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_:.-]+)", part.content()[:4096], re.IGNORECASE
        )
        return found.group(1).decode("ascii") if found else ""
    return label


def unflowed(text: str, *, delete_space: bool = False) -> str:
    """format=flowed (RFC 3676) as lines of any length: a line that ends in a space goes on in the next of its depth."""
    lines: list[list[str]] = []  # each in pieces: joined one by one, each would copy all pieces before it
    goes_on, depth = False, 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        quotes = len(line) - len(content)
        content = content.removeprefix(" ")
        is_signature = content == "-- "
        flows = content.endswith(" ") and not is_signature
        if flows and delete_space:
            content = content[:-1]
        if goes_on and quotes == depth and not is_signature:
            lines[-1].append(content)
        else:
            lines.append([">" * quotes + " " * bool(quotes) + content])
        goes_on, depth = flows, quotes
    whole = map("".join, lines)
    return "\n".join(line if line.endswith("-- ") else line.rstrip(" ") for line in whole)


def _attachment(part: mime.Part, body: _Body, *, is_related: bool) -> ParsedAttachment:
    content = part.content()
    name = _file_name(part)
    declared = str(part.type)
    if declared in {"message/rfc822", "message/global"} and not name:
        inner, _, _ = mime.split_headers(content[:MAX_HEADER_BLOCK])
        subject = headers.text(next((value for key, value in inner if key == "subject"), b""))
        name = f"{subject or 'message'}.eml"
    kind = sniffed_type(content, declared=declared, name=name)
    if not name:
        extension = {
            "text/calendar": ".ics",
            "message/delivery-status": ".txt",
            "application/pgp-signature": ".asc",
        }.get(kind, _TYPES.guess_extension(kind) or (".txt" if part.type.main in {"text", "message"} else ".bin"))
        name = f"{part.type.main}-{len(body.attachments) + 1}{extension}"
    content_id = _content_id(part)
    is_inline = (
        _disposition(part) != "attachment" and (is_related or _disposition(part) == "inline") and bool(content_id)
    )
    return ParsedAttachment(
        name=name[:MAX_NAME], content_type=kind, content_id=content_id[:250], is_inline=is_inline, content=content
    )


def sniffed_type(content: bytes, *, declared: str, name: str) -> str:
    """The media type of the bytes: what the label or the name claims if the bytes may be that, else what they show."""
    import puremagic  # its table of signatures takes 2 MB, and most mail brings no file

    by_name = _TYPES.guess_type(name.lower().replace("/", "_"))[0] or ""
    claims = [claim for claim in (declared.lower(), by_name) if claim and claim != "application/octet-stream"]
    try:
        matches = [match for match in puremagic.magic_string(content) if match.mime_type]
        # Office files all begin as zip: among equals the ending of the name decides.
        ending = "." + name.lower().rpartition(".")[2]
        shown = [match.mime_type for match in sorted(matches, key=lambda match: match.extension != ending)]
    except (puremagic.PureError, ValueError):
        shown = []
    for claim in claims:
        if claim in shown:
            return claim
    # Text, messages and office files in zip carry no sign of their own; a picture or a PDF that shows none is none.
    has_own_sign = ("image/", "video/", "audio/", "application/pdf")
    for claim in claims:
        if not claim.startswith(has_own_sign) or claim == "image/svg+xml":
            if shown and shown[0].startswith(has_own_sign):
                continue
            return claim
    if shown:
        return shown[0]
    return claims[0] if claims else "application/octet-stream"


def _disposition(part: mime.Part) -> str:
    return headers.parameters(part.header("content-disposition"))[0].lower()


def _file_name(part: mime.Part) -> str:
    """The name as the sender wrote it, without control characters and the marks that turn reading direction."""
    _, params = headers.parameters(part.header("content-disposition"))
    name = params.get("filename") or part.type.params.get("name") or ""
    return headers._INVISIBLE.sub("", re.sub(r"[\x00-\x1f\x7f]", "", name)).strip()


def _content_id(part: mime.Part) -> str:
    raw = headers.text(part.header("content-id"))
    return raw.strip().strip("<>").strip()
