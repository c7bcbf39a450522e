"""Reading mailboxes."""

from tickets.models import Mailbox


def fetch(mailbox: Mailbox) -> int:
    raise NotImplementedError
