"""Why a mail is on its ticket: rows hold it in a few words of English, a page says it as a sentence of its reader.

What stands here is what `accepting`, `contents`, `importing`, `matching` and `receiving` write into
`InboundMessage.why`.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext, gettext_noop

_WHYS = {
    r"token in the recipient address": gettext_noop("It was sent to the reply address that this ticket gave out."),
    r"token in the message it answers": gettext_noop("It answers a message of this ticket that we had sent."),
    r"answers a mail sent to this address": gettext_noop(
        "It answers a mail of this ticket that we had sent to this very address."
    ),
    r"written to (?P<address>.+)": gettext_noop(
        "It answered no ticket that we know, so it opened one. The queue was chosen by the address it was written to: "
        "%(address)s."
    ),
    r"read from mailbox (?P<mailbox>.+)": gettext_noop(
        "It answered no ticket that we know, so it opened one. None of its recipients is an address of a queue; the "
        "queue was chosen by the mailbox: %(mailbox)s."
    ),
    r"no queue has the recipient's address; the first queue took it": gettext_noop(
        "It answered no ticket that we know, so it opened one. None of its recipients is an address of a queue, so the "
        "first queue took it."
    ),
    r"imported into (?P<queue>.+)": gettext_noop("It was carried over from an archive into the queue %(queue)s."),
    r"answers a mail of the archive": gettext_noop("It answers a mail of the same archive."),
    r"bounce of a mail we sent, by its Message-ID": gettext_noop(
        "It tells that a mail of this ticket came back, and names that mail."
    ),
    r"bounce of a mail we sent, by the token it was sent with": gettext_noop(
        "It tells that a mail of this ticket came back: it was sent to the address that this very mail left from."
    ),
    r"bounce from an address we wrote to lately; it proves nothing": gettext_noop(
        "It claims that a mail to this address came back. It proves nothing, so nothing followed from it."
    ),
    r"the same mail came before": gettext_noop("The same mail had come before. This copy added nothing."),
    r"sent by this desk itself": gettext_noop("This desk had sent it itself, so it added nothing."),
}
_ENDINGS = {
    ", authenticated": gettext_noop("The mail server vouches for its sender, so it counts as the agent's own reply."),
    "; it is closed": gettext_noop("That ticket is closed, so this one was opened for it."),
}
_PATTERNS = [(re.compile(pattern), sentence) for pattern, sentence in _WHYS.items()]


def in_words(why: str) -> str:
    """One or two sentences in the language of the page; words that an older version wrote stay as they are."""
    return " ".join(_sentences(why))


def _sentences(why: str) -> Iterator[str]:
    endings: list[str] = []
    for ending, sentence in reversed(_ENDINGS.items()):
        if why.endswith(ending):
            why = why.removesuffix(ending)
            endings.insert(0, gettext(sentence))
    for pattern, sentence in _PATTERNS:
        if found := pattern.fullmatch(why):
            yield gettext(sentence) % found.groupdict()
            break
    else:
        yield why
    yield from endings
