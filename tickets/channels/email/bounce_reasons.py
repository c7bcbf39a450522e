"""Why a mail came back: one word for each cause, and what it means for the address; in words in `bounce_sentences`.

The vocabulary is Sisimai's (https://libsisimai.org/en/reason/, version 5, BSD-2-Clause), written as words: without
the underscores each value is Sisimai's own name. So are the order in which causes are looked for, the meaning of status
codes where RFC 3463 leaves it open, and which causes are hard: the address is gone (`user_unknown`, `host_unknown`,
`has_moved`) or its server takes no mail at all and says so for good (`not_accept`). All others are soft: the same
address may work another day, or for another mail. The phrases are our own, from what mail servers say.

Pure, no settings. Every pattern runs in time linear in the text, of which at most `MAX_TEXT` letters are looked at.
"""

import re
from collections.abc import Iterable

from tickets.channels.email.bounce_phrases import PHRASES, PLAINLY_UNKNOWN, Reason

MAX_TEXT = 6000


_HARD = {Reason.USER_UNKNOWN, Reason.HOST_UNKNOWN, Reason.HAS_MOVED}


def is_hard(reason: Reason, status: str) -> bool:
    """Whether the address itself is dead. `status`: the enhanced or the reply code, as far as it is known."""
    return reason in _HARD or (reason is Reason.NOT_ACCEPT and not status.startswith("4"))


# What status codes say by themselves (RFC 3463 and the IANA registry). Those of no one cause are left out.
_EITHER = {
    "1.0": Reason.USER_UNKNOWN, "1.1": Reason.USER_UNKNOWN, "1.2": Reason.HOST_UNKNOWN, "1.3": Reason.USER_UNKNOWN,
    "1.4": Reason.FILTERED, "1.6": Reason.HAS_MOVED, "1.7": Reason.REJECTED, "1.8": Reason.REJECTED,
    "1.9": Reason.SYSTEM_ERROR, "1.10": Reason.NOT_ACCEPT,
    "2.0": Reason.FILTERED, "2.1": Reason.FILTERED, "2.2": Reason.MAILBOX_FULL, "2.3": Reason.EXCEED_LIMIT,
    "2.4": Reason.FILTERED,
    "3.0": Reason.SYSTEM_ERROR, "3.1": Reason.SYSTEM_FULL, "3.2": Reason.NOT_ACCEPT, "3.3": Reason.SYSTEM_ERROR,
    "3.4": Reason.MESG_TOO_BIG, "3.5": Reason.SYSTEM_ERROR,
    "4.0": Reason.NETWORK_ERROR, "4.1": Reason.EXPIRED, "4.2": Reason.NETWORK_ERROR, "4.3": Reason.SYSTEM_ERROR,
    "4.4": Reason.HOST_UNKNOWN, "4.5": Reason.SYSTEM_FULL, "4.6": Reason.NETWORK_ERROR, "4.7": Reason.EXPIRED,
    "4.312": Reason.NETWORK_ERROR, "4.316": Reason.EXPIRED,
    "5.3": Reason.TOO_MANY_CONN, "5.4": Reason.SYSTEM_ERROR, "5.5": Reason.SYSTEM_ERROR, "5.6": Reason.SECURITY_ERROR,
    "7.12": Reason.SECURITY_ERROR, "7.13": Reason.SUSPEND, "7.16": Reason.MESG_TOO_BIG, "7.17": Reason.HAS_MOVED,
    "7.18": Reason.HAS_MOVED, "7.20": Reason.AUTH_FAILURE, "7.21": Reason.AUTH_FAILURE, "7.22": Reason.AUTH_FAILURE,
    "7.23": Reason.AUTH_FAILURE, "7.24": Reason.AUTH_FAILURE, "7.25": Reason.REQUIRE_PTR, "7.26": Reason.AUTH_FAILURE,
    "7.27": Reason.NOT_ACCEPT,
}  # fmt: skip
_TRANSIENT = {
    "2.1": Reason.SUSPEND, "4.4": Reason.NETWORK_ERROR, "4.0": None, "4.3": None, "3.0": None, "1.0": None,
    "1.1": None, "1.2": None, "1.3": None, "2.0": None, "7.1": Reason.BLOCKED, "7.2": Reason.BLOCKED,
    "5.3": Reason.SYSTEM_ERROR,
}  # fmt: skip
_VAGUE = {
    None, Reason.USER_UNKNOWN, Reason.HOST_UNKNOWN, Reason.NETWORK_ERROR, Reason.SYSTEM_ERROR, Reason.SECURITY_ERROR,
    Reason.EXPIRED, Reason.FILTERED,
}  # fmt: skip
"""Codes that servers give for want of a better one: the words beside them are believed first."""


def of_status(status: str) -> Reason | None:
    """What an enhanced status code (5.1.1) says by itself; None where it says nothing of the cause."""
    family, _, detail = status.partition(".")
    if family == "4" and detail in _TRANSIENT:
        return _TRANSIENT[detail]
    if found := _EITHER.get(detail):
        return found
    subject = detail.partition(".")[0]
    return {"6": Reason.CONTENT_ERROR, "7": Reason.SECURITY_ERROR}.get(subject) if family in {"4", "5"} else None


_FIRST = (
    Reason.SUPPRESSED, Reason.MAILBOX_FULL, Reason.MESG_TOO_BIG, Reason.EXCEED_LIMIT, Reason.SUSPEND, Reason.HAS_MOVED,
    Reason.NO_RELAYING, Reason.USER_UNKNOWN, Reason.FILTERED, Reason.REJECTED, Reason.HOST_UNKNOWN,
    Reason.SPAM_DETECTED, Reason.AUTH_FAILURE, Reason.REQUIRE_PTR, Reason.BAD_REPUTATION, Reason.TOO_MANY_CONN,
    Reason.SPEEDING, Reason.VIRUS_DETECTED, Reason.BLOCKED, Reason.FAILED_STARTTLS, Reason.POLICY_VIOLATION,
    Reason.NOT_COMPLIANT_RFC, Reason.SECURITY_ERROR, Reason.SYSTEM_FULL, Reason.CONTENT_ERROR, Reason.NOT_ACCEPT,
    Reason.MAILER_ERROR, Reason.NETWORK_ERROR, Reason.SYSTEM_ERROR, Reason.EXPIRED,
)  # fmt: skip
"""The order in which the words are looked for: what is said plainly before what is said in passing."""

_SYNTAX = re.compile(
    r"angle-brackets nested|expected word or|source-routed address|malformed address|(?:^|[\s:])50[0-7][ -]"
)
_REFUSES_ALL = re.compile(r"(?:^|[\s:])(?:521|556)[ -]")


def of_words(text: str, among: Iterable[Reason] = _FIRST) -> Reason | None:
    """What a server's words say; None when they say nothing we know."""
    text = " ".join(text[:MAX_TEXT].split())
    return next((reason for reason in among if PHRASES[reason].search(text)), None)


def decide(words: str, *, status: str = "", command: str = "", is_delayed: bool = False) -> Reason:
    """The reason from the server's words, its enhanced status code, and the SMTP command it refused (if known)."""
    by_status = of_status(status)
    said = of_words(words)
    if by_status is not None and by_status not in _VAGUE:
        # A plain code is believed before words, but for the words that are plainer still.
        plainer = {Reason.MAILBOX_FULL, Reason.SPAM_DETECTED, Reason.SUSPEND, Reason.NO_RELAYING}
        return said if said in plainer and by_status is not Reason.MAILBOX_FULL else by_status
    if said is Reason.USER_UNKNOWN and by_status is not said and (command != "RCPT" or by_status is Reason.FILTERED):
        # Servers that know an address to be wrong say so when it is named, or by a status: else it may be the mail.
        return (
            said if PLAINLY_UNKNOWN.search(words[:MAX_TEXT]) and by_status is not Reason.FILTERED else Reason.FILTERED
        )
    if said is Reason.NETWORK_ERROR and by_status is Reason.EXPIRED:
        return by_status
    if said is not None:
        return said
    if by_status is not None:
        return by_status
    if _REFUSES_ALL.search(words[:MAX_TEXT]):
        return Reason.NOT_ACCEPT
    if _SYNTAX.search(words[:MAX_TEXT]):
        return Reason.SYNTAX_ERROR
    if is_delayed:
        return Reason.EXPIRED
    if command in {"EHLO", "HELO", "CONN"}:
        return Reason.BLOCKED
    return Reason.ON_HOLD if words.strip() else Reason.UNDEFINED
