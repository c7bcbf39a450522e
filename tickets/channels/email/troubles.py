"""Why a mail or a mailbox waits for a person, one sentence each.

Rows and logs hold them in English, since whoever writes them does not know who will read; a page says them in its
reader's language (`in_words`), whatever was filled into them.
"""

import re
from functools import cache

from django.utils.translation import gettext, gettext_noop

from helpdesk.lib import egress, secrets, web_client
from tickets.channels.email import building

# Mail that came
NO_SENDER = gettext_noop("The mail names no sender.")
SENDER_TOO_LONG = gettext_noop("The sender's address is longer than any real one.")
NO_QUEUE = gettext_noop("There is no queue yet that could take the mail.")
TOO_LARGE = gettext_noop("The mail is too large: %(size)s, of %(limit)s allowed.")
READ_TOO_OFTEN = gettext_noop("Reading this mail failed %(times)s times.")
UNREADABLE = gettext_noop("The mail could not be read (%(error)s). It is kept as it came.")
HEADERS_TOO_LONG = gettext_noop("The headers of the mail are longer than %(limit)s.")
HEADER_TOO_LONG = gettext_noop("The header %(name)s of the mail is longer than %(limit)s.")
TOO_MANY_ADDRESSES = gettext_noop("The mail names more than %(limit)s addresses.")
TOO_MANY_PARTS = gettext_noop("The mail has more than %(limit)s parts.")
TOO_DEEP = gettext_noop("The mail nests more than %(limit)s levels deep.")
TOOK_TOO_LONG = gettext_noop("Reading the mail took more than %(limit)s s of processor time. It is kept as it came.")
TOOK_TOO_MUCH_MEMORY = gettext_noop("Reading the mail needed more than %(limit)s of memory. It is kept as it came.")
READER_DIED = gettext_noop("The program that reads mail ended twice over this one (%(how)s). It is kept as it came.")
READER_DID_NOT_ANSWER = gettext_noop("Reading the mail did not end within %(limit)s s. It is kept as it came.")

# Mailboxes
CANNOT_REACH = gettext_noop("%(host)s, port %(port)s, cannot be reached: %(error)s")
BAD_CERTIFICATE = gettext_noop("The certificate of %(host)s is not valid: %(error)s")
WRONG_PASSWORD = gettext_noop("%(host)s refused the user name or the password.")
READING_FAILED = gettext_noop("Reading %(folder)s on %(host)s failed: %(error)s")
READABLE = gettext_noop("Signed in at %(host)s. In %(folder)s lie %(messages)s messages, %(unread)s of them unread.")
HOST_UNKNOWN = gettext_noop("No server is known under the name %(host)s.")
PORT_CLOSED = gettext_noop("%(host)s cannot be reached: nothing answers on port %(port)s.")
NO_ANSWER = gettext_noop("%(host)s cannot be reached: no answer on port %(port)s within %(seconds)s seconds.")
NO_TLS = gettext_noop("%(host)s cannot be reached with TLS on port %(port)s. Perhaps it wants STARTTLS there.")
CONTROL_CHARACTER = gettext_noop("Server, user name, password and folders must not contain control characters.")
SIGN_IN_PUT_OFF = gettext_noop("%(host)s does not let us sign in now: %(answer)s")
FOLDER_MISSING = gettext_noop("There is no folder %(folder)s on %(host)s.")
MOVING_FAILED = gettext_noop(
    "Read mail stays in its folder, marked as seen: it could not be moved to %(folder)s (%(error)s)."
)
SIGN_IN_AGAIN = gettext_noop("%(host)s has ended the permission to read this mailbox. Sign in again to renew it.")
BEARER_REFUSED = gettext_noop("%(host)s refused the access token: it is not meant for this mailbox.")
CLIENT_REFUSED = gettext_noop("%(host)s refused the client id or the client secret.")
SCOPE_REFUSED = gettext_noop("%(host)s does not give the scope that is asked for.")
TOKEN_REFUSED = gettext_noop("%(host)s gave no access token: %(answer)s")
ODD_TOKEN = gettext_noop("%(host)s answered without an access token that could be used.")
TOKEN_SERVER_AWAY = gettext_noop("%(host)s, which gives the access token, cannot be reached: %(error)s")

# Mail that leaves
NOBODY_TO_SEND_TO = gettext_noop("The ticket or the person this mail was for is gone.")
CANNOT_BE_MADE = gettext_noop("The mail could not be put together. The log says why.")
CANNOT_WRITE = gettext_noop("The mail could not be written to %(path)s: %(error)s.")
CUT_SHORT = gettext_noop("Sending was cut short %(times)s times.")
LINE_BROKE = gettext_noop("The connection to %(host)s broke while sending.")
SMTP_PASSWORD = gettext_noop("%(host)s refused the user name or the password of SMTP_URL.")
WANTS_SIGN_IN = gettext_noop("%(host)s wants a user name and password, or an encrypted line: %(answer)s")
NO_STARTTLS = gettext_noop("%(host)s, port %(port)s, offers no encryption (STARTTLS). Nothing was sent in the open.")
NOT_TLS = gettext_noop("%(host)s, port %(port)s, does not speak TLS. Is the encryption the right one for this port?")
NO_SIGN_IN = gettext_noop("%(host)s, port %(port)s, offers no way to sign in with a user name and password.")
NO_SUCH_HOST = gettext_noop("There is no server with the name %(host)s.")
NO_SERVER = gettext_noop("The mail server %(host)s, port %(port)s, cannot be used: %(error)s")
NOTHING_NOW = gettext_noop("The mail server takes nothing now: %(answer)s")
REFUSED = gettext_noop("The mail server refused the mail: %(answer)s")
PUT_OFF = gettext_noop("The mail server put the mail off: %(answer)s")

# What modules say that know nothing of rows
_OTHERS = (
    building.NO_ADDRESS,
    building.ODD_LETTERS,
    building.NO_DOMAIN,
    egress.PRIVATE_NETWORK,
    secrets.KEY_CHANGED,
    web_client.NOT_ENCRYPTED,
    web_client.BAD_ADDRESS,
)


def in_words(stored: str) -> str:
    """A stored sentence in the language of the page; what is none of ours (a server's own words) stays as it is."""
    for sentence, pattern in _patterns():
        if found := pattern.fullmatch(stored):
            return gettext(sentence) % found.groupdict()
    return gettext(stored) if stored else ""  # the refusals of actions have nothing filled in


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """The longer sentences first: one may be the beginning of another."""
    sentences = [*_OTHERS, *(value for name, value in globals().items() if name.isupper() and name[0] != "_")]
    return [(sentence, _pattern(sentence)) for sentence in sorted(sentences, key=len, reverse=True)]


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\?\((\w+)\\?\)s", r"(?P<\1>.*)", re.escape(sentence)), re.DOTALL)
