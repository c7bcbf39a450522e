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
CANNOT_REACH = gettext_noop("%(host)s, port %(port)s, cannot be reached. The system says: “%(error)s”")
BAD_CERTIFICATE = gettext_noop("The certificate of %(host)s is not valid. OpenSSL says: “%(error)s”")
CERTIFICATE_TOO_EARLY = gettext_noop("The certificate of %(host)s is not valid yet. Is this machine's clock right?")
CERTIFICATE_EXPIRED = gettext_noop("The certificate of %(host)s has expired. Whoever runs that server must renew it.")
CERTIFICATE_SELF_SIGNED = gettext_noop("The certificate of %(host)s is self-signed: no authority vouches for it.")
CERTIFICATE_UNKNOWN = gettext_noop("The certificate of %(host)s comes from no authority that this machine trusts.")
CERTIFICATE_OF_ANOTHER = gettext_noop(
    "The certificate of %(host)s is made out to another name. Write the server's name as the certificate has it."
)
HUNG_UP = gettext_noop("%(host)s, port %(port)s, ended the connection without a word.")
NO_WAY = gettext_noop("There is no way to %(host)s from here: its network cannot be reached.")
WRONG_PASSWORD = gettext_noop("%(host)s refused the user name or the password.")
READING_FAILED = gettext_noop("%(folder)s on %(host)s cannot be read. The server said: “%(answer)s”")
LINE_CUT = gettext_noop("The connection to %(host)s broke while %(folder)s was read.")
READABLE = gettext_noop("Signed in at %(host)s. In %(folder)s lie %(messages)s messages, %(unread)s of them unread.")
HOST_UNKNOWN = gettext_noop("No server is known under the name %(host)s.")
PORT_CLOSED = gettext_noop("%(host)s cannot be reached: nothing answers on port %(port)s.")
NO_ANSWER = gettext_noop("%(host)s cannot be reached: no answer on port %(port)s within %(seconds)s seconds.")
CONTROL_CHARACTER = gettext_noop("Server, user name, password and folders must not contain control characters.")
SIGN_IN_PUT_OFF = gettext_noop("%(host)s does not let us sign in now. The server said: “%(answer)s”")
FOLDER_MISSING = gettext_noop("There is no folder %(folder)s on %(host)s.")
NO_UIDVALIDITY = gettext_noop("%(host)s gives the mail in %(folder)s no lasting numbers, so it cannot be read safely.")
NOT_HANDED_OUT = gettext_noop(
    "%(host)s did not hand out %(count)s messages in %(folder)s. The server said: “%(answer)s”"
)
MOVING_FAILED = gettext_noop(
    "Read mail stays in its folder, marked as seen: it could not be moved to %(folder)s. The server said: “%(answer)s”"
)
SIGN_IN_AGAIN = gettext_noop("%(host)s has ended the permission to read this mailbox. Sign in again to renew it.")
BEARER_REFUSED = gettext_noop("%(host)s refused the access token: it is not meant for this mailbox.")
CLIENT_REFUSED = gettext_noop("%(host)s refused the client id or the client secret.")
SCOPE_REFUSED = gettext_noop("%(host)s does not give the scope that is asked for.")
TOKEN_REFUSED = gettext_noop("%(host)s gave no access token. The server said: “%(answer)s”")
ODD_TOKEN = gettext_noop("%(host)s answered without an access token that could be used.")
TOKEN_SERVER_AWAY = gettext_noop("There is no access token from %(host)s. %(reason)s")

# Something answers, but not what is wanted
WANTS_TLS = gettext_noop(
    "On %(host)s, port %(port)s, a server answers that wants TLS from the first byte. Choose TLS as the encryption."
)
IMAP_WITHOUT_TLS = gettext_noop(
    "On %(host)s, port %(port)s, an IMAP server answers that does not begin with TLS. Choose STARTTLS as the "
    "encryption, or the port for TLS, mostly 993."
)
SMTP_WITHOUT_TLS = gettext_noop(
    "On %(host)s, port %(port)s, an SMTP server answers that does not begin with TLS. Choose STARTTLS as the "
    "encryption, or the port for TLS, mostly 465."
)
SMTP_THERE = gettext_noop(
    "On %(host)s, port %(port)s, a server answers that takes mail to send (SMTP). Mail is read by IMAP: mostly on port "
    "993 with TLS, or 143 with STARTTLS."
)
IMAP_THERE = gettext_noop(
    "On %(host)s, port %(port)s, a server answers that gives mail to read (IMAP). Mail is sent by SMTP: mostly on port "
    "587 with STARTTLS, or 465 with TLS."
)
POP3_THERE = gettext_noop(
    "On %(host)s, port %(port)s, a POP3 server answers. %(wanted)s is wanted here; it has another port."
)
HTTP_THERE = gettext_noop(
    "On %(host)s, port %(port)s, a web server answers. %(wanted)s is wanted here; it has another port."
)
OTHER_THERE = gettext_noop("On %(host)s, port %(port)s, something else answers than %(wanted)s. It said: “%(answer)s”")

# Mail that leaves
NOBODY_TO_SEND_TO = gettext_noop("The ticket or the person this mail was for is gone.")
CANNOT_BE_MADE = gettext_noop("The mail could not be put together. The log says why.")
CANNOT_WRITE = gettext_noop("The mail could not be written to %(path)s. The system says: “%(error)s”")
CUT_SHORT = gettext_noop("Sending was cut short %(times)s times.")
LINE_BROKE = gettext_noop("The connection to %(host)s broke while sending.")
SMTP_PASSWORD = gettext_noop("%(host)s refused the user name or the password of SMTP_URL.")
WANTS_SIGN_IN = gettext_noop(
    "%(host)s wants a user name and password, or an encrypted line. The server said: “%(answer)s”"
)
NO_STARTTLS = gettext_noop("%(host)s, port %(port)s, offers no encryption (STARTTLS). Nothing was sent in the open.")
NOT_TLS = gettext_noop("%(host)s, port %(port)s, does not speak TLS. Is the encryption the right one for this port?")
NO_SIGN_IN = gettext_noop("%(host)s, port %(port)s, offers no way to sign in with a user name and password.")
NO_SERVER = gettext_noop("%(host)s, port %(port)s, does not let us in. The server said: “%(answer)s”")
NOTHING_NOW = gettext_noop("The mail server takes nothing now. It said: “%(answer)s”")
REFUSED = gettext_noop("The mail server refused the mail. It said: “%(answer)s”")
PUT_OFF = gettext_noop("The mail server put the mail off. It said: “%(answer)s”")

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
            values = found.groupdict()
            if "reason" in values:  # a sentence of ours in another one
                values["reason"] = in_words(values["reason"])
            return gettext(sentence) % values
    return gettext(stored) if stored else ""  # the refusals of actions have nothing filled in


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """The longer sentences first: one may be the beginning of another."""
    sentences = [*_OTHERS, *(value for name, value in globals().items() if name.isupper() and name[0] != "_")]
    return [(sentence, _pattern(sentence)) for sentence in sorted(sentences, key=len, reverse=True)]


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\?\((\w+)\\?\)s", r"(?P<\1>.*)", re.escape(sentence)), re.DOTALL)
