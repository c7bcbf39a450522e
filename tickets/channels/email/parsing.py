"""A raw mail as plain data. Pure: no models, no settings, no network, and the same answer every time.

It runs in a child (`reading`) that has no Django. `parse` raises only `OverBound`; whatever else is wrong with a mail,
it is read as far as it can be, and what was odd is told in `ParsedMail.problems`.
"""

import mimetypes
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from tickets.channels.email import (
    automated,
    bounces,
    calendar,
    headers,
    mime,
    quoting,
    signed,
    tnef,
    traits,
    uuencoded,
)
from tickets.channels.email.automated import Automation
from tickets.channels.email.bounces import Bounce
from tickets.channels.email.bounds import MAX_ADDRESSES, MAX_HEADER_BLOCK, Bound, OverBound
from tickets.channels.email.charsets import decode, tidy
from tickets.channels.email.headers import Address, AuthenticationResults
from tickets.channels.email.html import clean, is_too_large, text_of, with_pictures_in_place, without_ballast, words_of

MAX_NAME = 200
MAX_ENVELOPES = 3
MAX_CALENDARS = 5
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
        return quoting.new_words(self.text, quotes_are_new=quoting.is_forward(self.subject))

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
    if len(reply_to) + len(to) + len(cc) > MAX_ADDRESSES:
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
    automation, bounce = _automation(root, sender, subject, text, own_instance)
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
        automation=automation,
        text=text,
        html=clean("\n".join(body.htmls)),
        attachments=tuple(body.attachments),
        authentication=headers.authentication_results(authentication[0]) if authentication else None,
        language=headers.text(root.header("content-language"))[:35],
        problems=tuple(dict.fromkeys(problems)),
        traits=_traits(root, body, text, problems),
        invitation=body.invitation,
        bounce=bounce,
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


def _automation(
    root: mime.Part, sender: Address | None, subject: str, text: str, own_instance: str
) -> tuple[Automation, Bounce | None]:
    address = sender.address if sender else ""
    reply_to = next(iter(headers.addresses(root.header("reply-to"))), None)
    types = [(str(part.type), part.type.params) for part in root.walk()]
    automation = automated.classify(
        lambda name: headers.text(root.header(name)),
        sender=address,
        sender_name=sender.name if sender else "",
        reply_to=reply_to.address if reply_to else "",
        subject=subject,
        content_type=types[0][0],
        report_type=types[0][1].get("report-type", "").lower() if types[0][0] == "multipart/report" else "",
        has_delivery_status=any(each == "message/delivery-status" for each, _ in types),
        text=text,
        new_words=quoting.new_words(text[: automated.MAX_WORDS]),
        calendar_method=next((params.get("method", "") for each, params in types if each == "text/calendar"), ""),
        own_instance=own_instance,
    )
    if automation.kind is not automated.Kind.BOUNCE:
        return automation, None
    bounce = bounces.read_bounce(root, subject=subject, text=text, sender=address)
    if bounce is None:
        return Automation(automated.Kind.GENERATED, "a report of a mail that was delivered"), None
    return automation, bounce


@dataclass
class _Body:
    """What the walk over the parts gathers, in the order of the mail."""

    plains: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    # The text as shown: plain parts, and HTML parts that have no plain sister.
    shown: list[str] = field(default_factory=list)
    attachments: list[ParsedAttachment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    traits: list[str] = field(default_factory=list)
    invitation: dict[str, Any] | None = None
    calendars: int = 0
    # The mail itself, and each mail that an envelope held.
    roots: list[mime.Part] = field(default_factory=list)
    # What winmail.dat files said: it counts where the mail says nothing itself.
    unpacked: list[tnef.Unpacked] = field(default_factory=list)
    # Content-ID of each picture that the mail has by an address (RFC 2557).
    places: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        return "\n\n".join(text for text in self.shown if text.strip()).strip("\n").rstrip()


def _collect(root: mime.Part) -> _Body:
    body = _Body(roots=[root], places=_places(root))
    # (part, is it one of several forms, does a plain sister show its words, is it a companion in a multipart/related)
    stack = [(root, False, False, False)]
    while stack:
        part, is_alternative, has_plain_sister, is_related = stack.pop()
        if part.is_multipart:
            body.traits.append(signed.trait_of_multipart(part.type.sub, part.type.params.get("protocol", "")))
            stack.extend(reversed(_children(part, is_alternative, has_plain_sister, is_related)))
        elif inner := _out_of_its_envelope(part, body):
            stack.append((inner, False, False, False))
        elif _is_tnef(part):
            _take_tnef(part, body)
        elif _is_body(part, body):
            _take_text(part, body, has_plain_sister=has_plain_sister)
        elif not (is_alternative and part.type.main == "text" and part.type.sub not in {"calendar", *_TRUE_TEXT}):
            # Other forms of the same words (text/enriched, text/x-amp-html, text/watch-html) add nothing for a reader.
            body.attachments.append(_attachment(part, body, is_related=is_related))
            _take_invitation(part, body)
    for packed in body.unpacked:
        _take_unpacked_words(packed, body)
    return body


def _out_of_its_envelope(part: mime.Part, body: _Body) -> mime.Part | None:
    """The mail that an S/MIME envelope holds, or None for any other part. The envelope stays a file: in it is the
    signature, for whoever wants to check it."""
    if not signed.is_smime(part.type.main, part.type.sub, _file_name(part)):
        return None
    envelope = signed.opened(part.content())
    if envelope.kind == "encrypted" or part.type.params.get("smime-type", "").lower() == "enveloped-data":
        body.traits.append(traits.ENCRYPTED_SMIME)
    if envelope.content is None or len(body.roots) > MAX_ENVELOPES:
        return None
    if envelope.kind == "signed":
        body.traits.append(traits.SIGNED_SMIME)
    body.attachments.append(_attachment(part, body, is_related=False))
    inner = mime.parse_structure(envelope.content)
    body.problems.extend(problem for each in inner.walk() for problem in each.problems)
    body.roots.append(inner)
    body.places |= _places(inner)
    return inner


def _is_tnef(part: mime.Part) -> bool:
    is_named_so = _file_name(part).lower() in {"winmail.dat", "win.dat"}
    return part.type.main == "application" and (part.type.sub in {"ms-tnef", "vnd.ms-tnef"} or is_named_so)


def _take_tnef(part: mime.Part, body: _Body) -> None:
    """The files in a winmail.dat instead of it. It stays a file itself when something in it could not be read."""
    packed = tnef.unpacked(part.content())
    body.traits.append(traits.TNEF if packed.is_whole else traits.TNEF_UNREADABLE)
    if not packed.is_whole:
        body.attachments.append(_attachment(part, body, is_related=False))
    for file in packed.files:
        name = _plain_name(file.name) or f"file-{len(body.attachments) + 1}.bin"
        body.attachments.append(
            ParsedAttachment(
                name=name[:MAX_NAME],
                content_type=sniffed_type(file.content, declared=file.content_type, name=name),
                content_id=file.content_id[:250],
                is_inline=bool(file.content_id) and f"cid:{file.content_id}" in packed.html,
                content=file.content,
            )
        )
    body.unpacked.append(packed)
    body.invitation = body.invitation or packed.invitation


def _take_unpacked_words(packed: tnef.Unpacked, body: _Body) -> None:
    html, text = tidy(packed.html), tidy(packed.text)
    if html.strip() and not body.htmls:
        body.htmls.append(without_ballast(html))
        text = text if text.strip() else text_of(html)
    if not body.text():
        body.shown.append(text)


def _take_invitation(part: mime.Part, body: _Body) -> None:
    """The first invitation among the calendars of the mail; senders like to put the same one in twice."""
    is_calendar = str(part.type) in {"text/calendar", "application/ics"} or _file_name(part).lower().endswith(".ics")
    if is_calendar and body.invitation is None and body.calendars < MAX_CALENDARS:
        body.calendars += 1
        params = part.type.params
        body.invitation = calendar.read_invitation(
            part.content(), charset=params.get("charset", ""), method=params.get("method", "")
        )


def _traits(root: mime.Part, body: _Body, text: str, problems: list[str]) -> tuple[str, ...]:
    found = [*body.traits, signed.trait_of_text(text)]
    if mime.NO_BOUNDARY in problems:
        found.append(traits.DAMAGED)
    elif mime.NO_LAST_BOUNDARY in problems:
        found.append(traits.CUT_OFF)
    if any(len({headers.unfolded(value) for value in root.all(name)}) > 1 for name in ("from", "date", "subject")):
        found.append(traits.REPEATED_HEADERS)
    if is_too_large(*body.htmls):
        found.append(traits.NO_LAYOUT)
    return tuple(dict.fromkeys(trait for trait in found if trait))


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


def _is_body(part: mime.Part, body: _Body) -> bool:
    """Text meant to be read in place: no file name and not marked as an attachment. (Apple Mail puts text before and
    after each picture; lists append a footer.) A mail that is one single text is its body, whatever name it bears."""
    is_root = any(part is root for root in body.roots)
    if part.type.main != "text" or part.type.sub not in _TRUE_TEXT:
        return is_root and part.type.main == "text" and part.type.sub not in {"calendar", "csv", "vcard", "x-vcard"}
    disposition = _disposition(part)
    if is_root and _file_name(part) and b"\0" in part.content()[:4096] and "16" not in _charset(part):
        return False  # bytes under the label of a text
    if is_root:
        return disposition != "attachment"
    if disposition == "attachment":
        return False
    return not _file_name(part) or (disposition == "inline" and not body.shown and part.type.sub == "plain")


def _take_text(part: mime.Part, body: _Body, *, has_plain_sister: bool) -> None:
    text, problem = decode(part.content(), _charset(part))
    if problem:
        body.problems.append(problem)
        body.traits.append(traits.CHARSET_BROKEN if "\ufffd" in text else traits.CHARSET_GUESSED)
    text = tidy(text)
    if part.type.sub == "html":
        if text.strip():
            body.htmls.append(_with_pictures(without_ballast(text), part, body))
            if not has_plain_sister:
                # Together, since five hundred parts just below the limit would take as long as one far above it.
                body.shown.append((words_of if is_too_large(*body.htmls) else text_of)(body.htmls[-1]))
        return
    text = _without_files(text, body)
    if part.type.params.get("format", "").lower() == "flowed":
        text = unflowed(text, delete_space=part.type.params.get("delsp", "").lower() == "yes")
    body.plains.append(text)
    body.shown.append(text)


def _without_files(text: str, body: _Body) -> str:
    """The text, with the files in it among the attachments."""
    text, files = uuencoded.taken_out(text)
    for said, content in files:
        name = _plain_name(said) or f"file-{len(body.attachments) + 1}.bin"
        kind = sniffed_type(content, declared="application/octet-stream", name=name)
        body.attachments.append(ParsedAttachment(name[:MAX_NAME], kind, "", is_inline=False, content=content))
    return text


def _places(root: mime.Part) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in root.walk():
        if part.type.main == "image" and (place := _place(part)) and (content_id := _content_id(part)):
            found.setdefault(place, content_id)
    return found


def _place(part: mime.Part) -> str:
    """The address of a part; a long one is folded at any letter."""
    return "".join(headers.text(part.header("content-location")).split())


def _with_pictures(html: str, part: mime.Part, body: _Body) -> str:
    if not body.places:
        return html
    base = _place(part)

    def content_id(source: str) -> str:
        try:
            return body.places.get(source) or body.places.get(urljoin(base, source), "")
        except ValueError:
            return ""  # no address at all

    return with_pictures_in_place(html, content_id)


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
    return _plain_name(params.get("filename") or part.type.params.get("name") or "")


def _plain_name(name: str) -> str:
    return headers._INVISIBLE.sub("", re.sub(r"[\x00-\x1f\x7f]", "", name)).strip()


def _content_id(part: mime.Part) -> str:
    """Its Content-ID; a picture without one is known by its place."""
    said = headers.text(part.header("content-id")).strip().strip("<>").strip()
    if not said and part.type.main == "image":
        said = _place(part)
    return said
