"""What a reader should know of a mail besides its words. `parsing` finds the codes, a page says them as sentences.

The codes are found in a process without Django: only who says the sentences needs it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final


def gettext_noop(message: str) -> str:
    """Django's mark for the translators, without Django."""
    return message


SIGNED_SMIME: Final = "signed_smime"
SIGNED_PGP: Final = "signed_pgp"
ENCRYPTED_SMIME: Final = "encrypted_smime"
ENCRYPTED_PGP: Final = "encrypted_pgp"
TNEF: Final = "tnef"
TNEF_UNREADABLE: Final = "tnef_unreadable"
CHARSET_GUESSED: Final = "charset_guessed"
CHARSET_BROKEN: Final = "charset_broken"
DAMAGED: Final = "damaged"
CUT_OFF: Final = "cut_off"
REPEATED_HEADERS: Final = "repeated_headers"
NO_LAYOUT: Final = "no_layout"
DATED_AHEAD: Final = "dated_ahead"
DATED_ABSURDLY: Final = "dated_absurdly"

SENTENCES: Final = {
    SIGNED_SMIME: gettext_noop("Signed (S/MIME), signature not checked"),
    SIGNED_PGP: gettext_noop("Signed (PGP), signature not checked"),
    ENCRYPTED_SMIME: gettext_noop("Encrypted (S/MIME): we cannot read it"),
    ENCRYPTED_PGP: gettext_noop("Encrypted (PGP): we cannot read it"),
    TNEF: gettext_noop("Unpacked from winmail.dat"),
    TNEF_UNREADABLE: gettext_noop("winmail.dat could not be unpacked whole"),
    CHARSET_GUESSED: gettext_noop("Its letters were guessed: the character set is wrong or missing"),
    CHARSET_BROKEN: gettext_noop("Some letters could not be read"),
    DAMAGED: gettext_noop("Damaged on its way: something may be missing"),
    CUT_OFF: gettext_noop("It ends too early: something may be missing"),
    REPEATED_HEADERS: gettext_noop("It names a sender, date or subject more than once; the first one counts"),
    NO_LAYOUT: gettext_noop("Too large to be shown as it was laid out"),
    DATED_AHEAD: gettext_noop("Dated in the future"),
    DATED_ABSURDLY: gettext_noop("Its date cannot be right"),
}
FOR_THE_REQUESTER: Final = (SIGNED_SMIME, SIGNED_PGP, ENCRYPTED_SMIME, ENCRYPTED_PGP, TNEF_UNREADABLE, CHARSET_BROKEN)
"""What the requester's page says too: what became of their words. The rest is between us and the mail."""

CLOCKS_DIFFER_BY = timedelta(hours=26)
"""A clock set to the local time of the wrong zone is nearly a day wrong, and nobody's fault."""
FIRST_MAIL = datetime(1982, 1, 1, tzinfo=UTC)
"""RFC 821 and 822 are of August 1982."""


def sentences(codes: Iterable[str]) -> list[str]:
    """The traits as sentences in the reader's language; codes that an older version stored and we do not know: none."""
    from django.utils.translation import gettext

    return [gettext(SENTENCES[code]) for code in codes if code in SENTENCES]


def of_date(sent_at: datetime | None, *, now: datetime) -> list[str]:
    """What is odd about the date a mail claims. `now` is real time, not that of a demo."""
    if sent_at is None:
        return []
    if sent_at < FIRST_MAIL:
        return [DATED_ABSURDLY]
    return [DATED_AHEAD] if sent_at > now + CLOCKS_DIFFER_BY else []
