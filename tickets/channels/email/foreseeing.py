"""What mail would become, without keeping any of it: for a mailbox that is read for the first time, and for an archive
before it is imported. Decided by the code that decides later, on what the tables hold now."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from tickets.channels.email import contents, importing, matching, troubles
from tickets.channels.email.parsing import ParsedMail
from tickets.models import Mailbox, Message, User


@dataclass
class Forecast:
    """Each mail is counted once as ticket, join, duplicate or unreadable; ``automated`` says how many of those that
    would be new were written by machines. ``reasons``: why mails would be quarantined."""

    tickets: int = 0
    joins: int = 0
    duplicates: int = 0
    automated: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def unreadable(self) -> int:
        return self.reasons.total()


class Foresight:
    """Looks at one mail after the other, oldest first. Of the ones before only hashes of their ids are remembered."""

    def __init__(self, mailbox: Mailbox | None, *, is_archive: bool) -> None:
        self.forecast = Forecast()
        self._mailbox = mailbox
        self._is_archive = is_archive
        self._seen: set[int] = set()

    def cannot_read(self, reason: str) -> None:
        self.forecast.reasons[reason] += 1

    def came_before(self) -> None:
        self.forecast.duplicates += 1

    def look_at(self, mail: ParsedMail, *, at: datetime) -> None:
        if mail.sender is None:
            self.cannot_read(troubles.NO_SENDER)
            return
        address = User.clean_email(mail.sender.address)
        if matching.is_own(mail, at=at) or self._is_copy(mail, address):
            self.came_before()
            return
        if mail.automation.is_automated:
            self.forecast.automated += 1
        if self._joins(mail, address, at):
            self.forecast.joins += 1
        else:
            self.forecast.tickets += 1

    def _is_copy(self, mail: ParsedMail, address: str | None) -> bool:
        """By Message-ID and sender: the words are not always there to be compared."""
        if not mail.message_id:
            return False
        key = hash((mail.message_id, address))
        if key in self._seen:
            return True
        self._seen.add(key)
        self._seen.add(hash(mail.message_id))
        return Message.objects.filter(mail_id=mail.message_id, author__email=address).exists()

    def _joins(self, mail: ParsedMail, address: str | None, at: datetime) -> bool:
        if self._is_archive and (
            any(hash(mail_id) in self._seen for mail_id in mail.thread_ids) or importing.thread(mail)
        ):
            return True
        sender = User.objects.with_address(address)
        recipients = contents.recipients(mail, "")
        return matching.match(mail, recipients=recipients, sender=sender, mailbox=self._mailbox, at=at) is not None
