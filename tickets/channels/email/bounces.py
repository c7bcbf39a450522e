"""What a mail server says about a mail it could not deliver: to whom, why, for good or for now, and which mail it was.

First the machine-readable report is read (RFC 3464, RFC 3463), then, since half of all bounces have none or an empty
one, the words that were written for people. Pure, linear, bounded, no settings: it reads mail of strangers in a child
that may be killed. What a bounce says is a claim; whether it is about a mail of ours `matching` decides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tickets.channels.email import headers, mime
from tickets.channels.email.bounce_reasons import Reason, decide, is_hard, of_status, of_words
from tickets.channels.email.charsets import decode, tidy

MAX_REPORT = 64 * 1024
MAX_RECIPIENTS = 50
MAX_IDS = 20
MAX_DETAIL = 500


@dataclass(frozen=True)
class Bounce:
    """One failed (or, with ``is_delay``, delayed) delivery; ``original_ids``: Message-IDs of the mail it is about.

    ``addresses`` are all that the report names as failed, in lower case: the recipient, the address the mail was sent
    to at first, X-Failed-Recipients. ``reason`` is one of `bounce_reasons.Reason`.
    """

    address: str
    reason: str
    is_hard: bool
    is_delay: bool = False
    status: str = ""
    detail: str = ""
    original_ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass
class _Failure:
    address: str = ""
    original: str = ""
    action: str = ""
    status: str = ""
    words: str = ""


_STATUS_PARTS = {"message/delivery-status", "message/global-delivery-status"}
_RETURNED_PARTS = {
    "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers",
    "message/partial", "text/rfc822", "message/rfc822headers",
}  # fmt: skip
_FIELD = re.compile(
    r"^[ \t]{0,8}(final-recipient|original-recipient|x-actual-recipient|action|status|"
    r"diagnostic-code)[ \t]{0,4}:(.{0,2000})$",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")
_ADDRESS = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[A-Za-z0-9\u0080-\uffff-][A-Za-z0-9\u0080-\uffff.-]{0,252}")
_AT_LINE_START = re.compile(
    r"^[\s*>-]{0,12}[<\[(\"']{0,2}([^\s<>\"'\[\]()]{1,64}@[^\s<>\"'\[\]():,;]{1,253})[>\])\"']{0,2}\s{0,3}(?::|"
    r"\.\.\.|$|;|,| )",
    re.M,
)
_COMMANDS = (
    ("MAIL", re.compile(r"in reply to mail|after (?:smtp )?mail from|>>> mail from|sent mail from", re.IGNORECASE)),
    ("RCPT", re.compile(r"in reply to rcpt|after rcpt to|>>> rcpt to|sent rcpt to|rcpt to:", re.IGNORECASE)),
    (
        "DATA",
        re.compile(r"in reply to (?:end of )?data|after (?:end of )?data|end of data|>>> data|>>> \.", re.IGNORECASE),
    ),
    ("EHLO", re.compile(r"in reply to (?:ehlo|helo)|after (?:ehlo|helo)|>>> (?:ehlo|helo)", re.IGNORECASE)),
    ("CONN", re.compile(r"after initial connection|while performing the initial|refused to talk to me", re.IGNORECASE)),
)
_RETURNED = re.compile(
    r"^[ \t>|*=_.:-]{0,40}(?:"
    r"(?:this is a copy|below this line is a copy|a copy of|here is a copy|the following is a copy|"
    r"enclosed is a copy)"
    r".{0,40}(?:message|mail|headers?)|"
    r"original (?:message|mail|text)(?: follows| below| headers?| text| body)?[ \t:-]{0,40}$|"
    r"(?:unsent|returned|undelivered|rejected|your original|the original|failed) (?:message|mail|text)"
    r"(?: headers?| text| body)?(?: follows?| below| begins?| is(?: attached)?)?[ \t:.-]{0,40}$|"
    r"(?:the )?(?:message|mail|header)s?(?: headers?| text)?(?: follows?| below)[ \t:.-]{0,40}$|"
    r"(?:received|return-path|message-id|delivered-to|x-original-to)[ \t]{0,4}:)",
    re.IGNORECASE,
)
_MESSAGE_ID = re.compile(
    r"^[ \t>|]{0,8}(?:x-original-)?message-id[ \t]{0,4}:[ \t\r\n]{0,8}(<[^<>\s]{3,500}>)", re.I | re.M
)
_TO = re.compile(r"^[ \t>|]{0,8}(?:to|x-original-to|delivered-to)[ \t]{0,4}:(.{0,500})$", re.I | re.M)
_DELAYED = re.compile(
    r"(?:has|have|is|was) (?:been )?(?:temporarily )?delayed|delivery (?:status notification )?\(?delay|"
    r"warning: (?:could not|message)|"
    r"warning message only|do not need to resend|not need to re-?send|still (?:undelivered|trying)|"
    r"(?:will|shall) (?:continue to )?(?:be )?(?:retry|retried|retrying|try again|keep trying|attempted)|"
    r"will continue (?:to be|trying|attempting)|"
    r"has not yet been delivered|not yet been delivered|not been delivered yet|no action is required|"
    r"could not send message for past|"
    r"nie zosta\w+ jeszcze|opóźnion\w+|op[oó]znion\w+|verzögert|noch nicht zugestellt|retard[eé]|"
    r"delivery attempts will continue",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"permanent|returned to sender|undeliverable|delivery (?:has )?failed|giving up|failed to deliver|"
    r"could not be delivered\b(?! for| yet)|"
    r"fatal errors|(?:was|were) undeliverable|cannot send message for|message has been returned",
    re.IGNORECASE,
)
_ROBOT = re.compile(r"^(?:mailer-?daemon|mail-?daemon|postmaster|daemon|mdaemon|root)@", re.IGNORECASE)


def read_bounce(root: mime.Part, *, subject: str, text: str, sender: str = "") -> Bounce | None:
    """What the bounce `root` says; `subject`, `text` and `sender` are the mail's, decoded.

    The caller has found that it is a bounce (`automated.classify`). None when it tells of a mail that was delivered.
    """
    failures = list(_failures(root))
    if failures and all(each.action in {"delivered", "relayed", "expanded"} for each in failures):
        return None
    told, returned = _split(text[:MAX_REPORT])
    returned = "\n".join([*_returned_parts(root), returned])[:MAX_REPORT]
    names = _mentioned(root, told, sender)
    wrong = [each for each in failures if each.action not in {"delivered", "relayed", "expanded"}]
    failure = next((each for each in wrong if each.action.startswith("fail")), wrong[0] if wrong else _Failure())

    is_delay = failure.action == "delayed" or (
        not failure.action
        and _DELAYED.search(f"{subject}\n{told}") is not None
        and not _FAILED.search(f"{subject}\n{told[:2000]}")
    )
    status, reason = _status_and_reason(failure, subject, told, is_delay=is_delay)
    addresses = _addresses(root, wrong, names, returned)
    return Bounce(
        address=addresses[0] if addresses else "",
        reason=reason.value,
        is_hard=not is_delay and is_hard(reason, status or _reply_code(failure.words)),
        is_delay=is_delay,
        status=status,
        detail=_detail(failure, told),
        original_ids=_original_ids(root, returned, told),
        addresses=tuple(addresses),
    )


# --- The report for machines


def _failures(root: mime.Part) -> Iterator[_Failure]:
    """The recipients of the report, wherever somebody put it: in its own part, or among the text."""
    for part in root.walk():
        if str(part.type) in _STATUS_PARTS:
            text = tidy(decode(part.content()[:MAX_REPORT], None)[0])
        elif part.type.main == "text" and not part.is_multipart:
            text = tidy(decode(part.content()[:MAX_REPORT], part.type.params.get("charset"))[0])
            if "final-recipient" not in text.lower() or "action" not in text.lower():
                continue
        else:
            continue
        found = list(_recipients(text))
        if any(each.address or each.status or each.action for each in found):
            yield from found[:MAX_RECIPIENTS]
            return


def _recipients(text: str) -> Iterator[_Failure]:
    current, last = _Failure(), ""
    for line in text.split("\n"):
        if found := _FIELD.match(line):
            name, value = found.group(1).lower(), found.group(2).strip()
            if (
                name in {"final-recipient", "original-recipient"}
                and (current.action or current.status)
                and (
                    (name == "final-recipient" and current.address)
                    or (name == "original-recipient" and current.original)
                )
            ):
                yield current
                current = _Failure()
            _take(current, name, value)
            last = name
        elif last == "diagnostic-code" and line[:1] in " \t" and line.strip() and len(current.words) < 4000:
            current.words += " " + line.strip()
        elif not line.strip():
            if current.address and current.action:
                yield current
                current = _Failure()
            last = ""
        else:
            last = ""
    if current.address or current.action or current.status:
        yield current


def _take(failure: _Failure, name: str, value: str) -> None:
    if name == "final-recipient":
        failure.address = failure.address or _typed_address(value)
    elif name == "original-recipient" or name == "x-actual-recipient":
        failure.original = failure.original or _typed_address(value)
    elif name == "action":
        failure.action = failure.action or value.split(" ")[0].split("(")[0].strip().lower()
    elif name == "status":
        if found := _STATUS.search(value):
            failure.status = failure.status or found.group(1)
        if len(value) > 12:
            failure.words = f"{value} {failure.words}"
    else:
        failure.words = f"{failure.words} {value}".strip()


def _typed_address(value: str) -> str:
    """Of `rfc822; jan@sklep.example` (RFC 3464 §2.3.2) the address; x400 and unix names count for nothing."""
    kind, semicolon, rest = value.partition(";")
    found = _ADDRESS.search(rest if semicolon else kind)
    return found.group().rstrip(".").lower() if found else ""


# --- The words for people


def _split(text: str) -> tuple[str, str]:
    """What the server says, and the returned mail, in a bounce that has both in one text."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if number and _RETURNED.match(line) and any(each.strip() for each in lines[:number]):
            return "\n".join(lines[:number]), "\n".join(lines[number:])
    return text, ""


def _returned_parts(root: mime.Part) -> Iterator[str]:
    """The header of each returned mail, as text."""
    for part in root.walk():
        if part is not root and str(part.type) in _RETURNED_PARTS:
            content = part.content()[:MAX_REPORT]
            yield (
                tidy(decode(content.replace(b"\r\n", b"\n").partition(b"\n\n")[0] if content.strip() else b"", None)[0])
                .replace("\n ", " ")
                .replace("\n\t", " ")
            )
        elif part is not root and not part.is_multipart and any(name == "message-id" for name, _ in part.headers):
            yield "\n".join(
                f"Message-ID: {tidy(decode(value, None)[0])}" for name, value in part.headers if name == "message-id"
            )


def _mentioned(root: mime.Part, told: str, sender: str) -> list[str]:
    """Addresses in the server's words, those at the start of a line first; not its own and not whom it writes to."""
    own = {sender.lower()}
    own |= {
        one.address.lower()
        for name in ("from", "to", "sender", "return-path", "reply-to", "delivered-to", "x-original-to")
        for value in root.all(name)[:3]
        for one in headers.addresses(value)[:5]
    }
    own = {each for each in own if each}
    head = told[:8000]
    found = [match.group(1) for match in _AT_LINE_START.finditer(head)] + [
        match.group() for match in _ADDRESS.finditer(head)
    ]
    clean = [each.strip(".<>'\"").lower() for each in found[:200]]
    good = [each for each in clean if headers.clean_address(each) and not _ROBOT.match(each)]
    return list(dict.fromkeys(each for each in good if each not in own))


def _addresses(root: mime.Part, failures: list[_Failure], names: list[str], returned: str) -> list[str]:
    """Who was not reached, the surest first. The recipient of the returned mail only where nothing else names one."""
    failed = [one.address.lower() for value in root.all("x-failed-recipients") for one in headers.addresses(value)]
    by_report = [each.address for each in failures if each.address] + [
        each.original for each in failures if each.original
    ]
    found = [*(by_report or []), *failed]
    if not found:
        found = names[:1]
    if not found:
        found = [match.group().lower() for line in _TO.findall(returned)[:3] for match in _ADDRESS.finditer(line)][:1]
    return list(dict.fromkeys(found))[:MAX_RECIPIENTS]


def _original_ids(root: mime.Part, returned: str, told: str) -> tuple[str, ...]:
    ids = [found.strip("<>") for found in _MESSAGE_ID.findall(returned)[:MAX_IDS] + _MESSAGE_ID.findall(told)[:MAX_IDS]]
    for name in ("x-original-message-id", "in-reply-to", "references"):
        for value in root.all(name)[:2]:
            ids += headers.message_ids(value)
    own = set(headers.message_ids(root.header("message-id")))
    return tuple(dict.fromkeys(each for each in ids if each not in own))[:MAX_IDS]


def _status_and_reason(failure: _Failure, subject: str, told: str, *, is_delay: bool) -> tuple[str, Reason]:
    words = failure.words
    told = _SUBJECT.sub("", told[:6000])  # the subject of the mail that came back says nothing of why
    status = failure.status
    if (not status or status.endswith(".0.0")) and (found := _STATUS.search(words or told)):
        status = found.group(1)
    command = _command(words) or _command(told)
    if command == "DATA" and _NEEDS_RCPT.search(f"{words}\n{told}"):
        command = "RCPT"  # the refused recipient was the only one, and was told of after DATA
    near = _near(told, failure)
    reason = decide(words, status=status, command=command, is_delayed=is_delay)
    if reason in _UNSURE or (not words.strip() and of_status(status) is not None):
        others = (decide(each, status=status, command=command, is_delayed=is_delay) for each in (near, told) if each)
        better = [each for each in others if each not in {Reason.ON_HOLD, Reason.UNDEFINED}]
        reason = next((each for each in better if each not in _UNSURE), better[0] if better else reason)
    if reason in {Reason.ON_HOLD, Reason.UNDEFINED}:
        reason = of_words(subject) or reason
    return status, reason


_UNSURE = {
    Reason.ON_HOLD, Reason.UNDEFINED, Reason.SYSTEM_ERROR, Reason.SECURITY_ERROR, Reason.NETWORK_ERROR,
    Reason.MAILER_ERROR,
}  # fmt: skip


_SUBJECT = re.compile(r"^[ \t]{0,20}(?:subject|betreff|temat|objet|asunto|oggetto)[ \t]{0,4}:.{0,400}$", re.I | re.M)
_NEEDS_RCPT = re.compile(r"need rcpt|rcpt .{0,20}(?:first|required)|no valid recipients|expected rcpt", re.IGNORECASE)


def _near(told: str, failure: _Failure) -> str:
    """What stands around the failed address: around it, not in a disclaimer above, the cause is told."""
    found = _AT_LINE_START.search(told) if not failure.address else re.search(re.escape(failure.address), told, re.I)
    return told[max(found.start() - 400, 0) : found.end() + 900] if found else ""


def _command(words: str) -> str:
    return next((name for name, pattern in _COMMANDS if pattern.search(words)), "")


def _reply_code(words: str) -> str:
    found = _REPLY_CODE.search(words)
    return found.group(1) if found else ""


def _detail(failure: _Failure, told: str) -> str:
    """The server's own words for the page: of the report, else the lines that tell most."""
    if failure.words.strip():
        return " ".join(failure.words.split())[:MAX_DETAIL]
    lines = [" ".join(line.split()) for line in told.split("\n") if line.strip()]
    telling = [line for line in lines if _STATUS.search(line) or _REPLY_CODE.search(line) or of_words(line)]
    return " ".join((telling or lines)[:3])[:MAX_DETAIL]
