"""Trying a mailbox before it is read: a plain answer, and for a first connection what would become of the mail that is
there. Nothing is marked, moved or kept."""

from dataclasses import dataclass, field
from datetime import datetime

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from helpdesk.lib import egress, secrets
from tickets.actions import mailboxes
from tickets.channels.email import connecting, reaching, reading, troubles
from tickets.channels.email.connecting import CannotConnect, Folder
from tickets.channels.email.foreseeing import Forecast, Foresight
from tickets.models import Mailbox, User

TIMEOUT_S = 10
"""How long a server may be silent while somebody waits for the answer."""
SAMPLE = 500
_AT_ONCE = 50
MAX_HEADER_BYTES = 64 * 1024


class CannotStart(OSError):
    """Reading was not begun. str() is a sentence for the admin."""


@dataclass(frozen=True)
class Probe:
    """What a try showed. ``sentence``: what is wrong, or what was found (stored English, see `troubles.in_words`).

    ``messages`` lie in the folder, ``unread`` of them would be read. Of those the newest ``looked_at`` were looked at:
    ``tickets`` would open one, ``joins`` would join one, ``duplicates`` are here already, ``unreadable`` would wait for
    a person; ``automated`` of the new ones were written by machines. Without a dry run ``looked_at`` is 0.
    """

    ok: bool
    sentence: str = ""
    folders: tuple[Folder, ...] = ()
    messages: int = 0
    unread: int = 0
    looked_at: int = 0
    tickets: int = 0
    joins: int = 0
    automated: int = 0
    duplicates: int = 0
    unreadable: int = 0
    can_idle: bool = False
    can_move: bool = False

    @property
    def is_sample(self) -> bool:
        """Whether the counts are of a part only."""
        return self.looked_at < self.unread


@dataclass
class _Found:
    folders: tuple[Folder, ...] = ()
    messages: int = 0
    unread: int = 0
    looked_at: int = 0
    forecast: Forecast = field(default_factory=Forecast)
    can_idle: bool = False
    can_move: bool = False


def probe(mailbox: Mailbox, at: datetime) -> Probe:
    """Connect, sign in, list the folders, open the folder; with a dry run while the mailbox was never read. Works for a
    row that is not saved yet. Whatever fails is a sentence in the answer."""
    found = _Found()
    sentence = ""
    try:
        with connecting.session(mailbox, timeout_s=TIMEOUT_S) as client:
            _look(client, mailbox, found, at)
    except (egress.Refused, CannotConnect, secrets.CannotUnseal) as reason:
        sentence = str(reason)
    except (IMAPClientError, OSError) as reason:
        sentence = reaching.why_unread(reason, folder=mailbox.folder, host=mailbox.host)
    forecast = found.forecast
    said = {"host": mailbox.host, "folder": mailbox.folder, "messages": found.messages, "unread": found.unread}
    return Probe(
        ok=not sentence,
        sentence=sentence or troubles.READABLE % said,
        folders=found.folders,
        messages=found.messages,
        unread=found.unread,
        looked_at=found.looked_at,
        tickets=forecast.tickets,
        joins=forecast.joins,
        automated=forecast.automated,
        duplicates=forecast.duplicates,
        unreadable=forecast.unreadable,
        can_idle=found.can_idle,
        can_move=found.can_move,
    )


def start_reading(mailbox: Mailbox, *, by: User, at: datetime, everything: bool) -> Mailbox:
    """Read the mailbox from now on: with `everything` the unread mail that is there already too, else only what comes
    from this moment. What was read before by somebody is history in either case; `import_mbox` carries that over.

    Raises `CannotStart` when the mail server cannot be asked where the folder ends; `NotAllowed`, `NotByImap`.
    """
    mailboxes.require_imap(mailbox=mailbox, by=by)
    try:
        with connecting.session(mailbox, timeout_s=TIMEOUT_S) as client:
            folder = connecting.open_folder(client, mailbox, readonly=True)
            uidvalidity, uid_next = connecting.numbers(folder, mailbox)
            uid_next = max(uid_next, connecting.uid_after(client))  # not every server says the former rightly
    except (egress.Refused, CannotConnect, secrets.CannotUnseal) as reason:
        raise CannotStart(str(reason)) from reason
    except (IMAPClientError, OSError) as reason:
        raise CannotStart(reaching.why_unread(reason, folder=mailbox.folder, host=mailbox.host)) from reason
    return mailboxes.start_reading(
        mailbox=mailbox,
        by=by,
        at=at,
        uidvalidity=uidvalidity,
        first_uid=None if everything else uid_next,
    )


def _look(client: IMAPClient, mailbox: Mailbox, found: _Found, at: datetime) -> None:
    found.can_idle = client.has_capability("IDLE")
    found.can_move = client.has_capability("MOVE")
    found.folders = tuple(folder for folder in connecting.folders(client) if folder.is_selectable)
    folder = connecting.open_folder(client, mailbox, readonly=True)
    found.messages = int(folder.get(b"EXISTS", 0))
    unread = sorted(int(uid) for uid in client.search(["UNSEEN", "UNDELETED"]))
    found.unread = len(unread)
    if mailbox.uidvalidity is None:
        _foresee(client, mailbox, unread[-SAMPLE:], found, at)


def _foresee(client: IMAPClient, mailbox: Mailbox, uids: list[int], found: _Found, at: datetime) -> None:
    """Classify by the header alone, with the code that decides later. Oldest first, as they would be read."""
    foresight = Foresight(mailbox, is_archive=False)
    found.forecast = foresight.forecast
    item = f"BODY.PEEK[HEADER]<0.{MAX_HEADER_BYTES}>"
    for start in range(0, len(uids), _AT_ONCE):
        some = uids[start : start + _AT_ONCE]
        answers = client.fetch(some, [item])
        for uid in some:
            head = answers.get(uid, {}).get(b"BODY[HEADER]<0>")
            if head is None:
                continue
            found.looked_at += 1
            try:
                mail = reading.read(head)
            except reading.Unreadable as reason:
                foresight.cannot_read(str(reason))
            else:
                foresight.look_at(mail, at=at)
