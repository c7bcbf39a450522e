"""Setting mailboxes going, and the token by which a mail server hands over its mail."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from tickets import access
from tickets.actions import auditing
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Mailbox, User

TOKEN_PREFIX = "dzm_"  # noqa: S105  so that programs that look for leaked secrets know it


class NotByPush(Refused):
    message = _("Only a mailbox that a mail server hands its mail to has a token.")


class NotByImap(Refused):
    message = _("Only an IMAP folder is read.")


@transaction.atomic
def start_reading(*, mailbox: Mailbox, by: User, at: datetime, uidvalidity: int, first_uid: int | None) -> Mailbox:
    """Let the mailbox be visited from now on. Mail with a number below ``first_uid`` is left alone for ever; with None
    what is unread there is read too. ``at``: when the server was asked for them. Raises `NotAllowed`, `NotByImap`."""
    require_imap(mailbox=mailbox, by=by)
    mailbox = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
    before = auditing.told(mailbox, first_uid=mailbox.first_uid)
    mailbox.is_active, mailbox.first_uid = True, first_uid
    mailbox.uidvalidity = uidvalidity
    mailbox.last_uid = first_uid - 1 if first_uid else None
    mailbox.last_read_at = mailbox.reading_since = at
    mailbox.save(update_fields=["is_active", "first_uid", "uidvalidity", "last_uid", "last_read_at", "reading_since"])
    auditing.record_change(mailbox, before=before, by=by, at=at, first_uid=first_uid)
    return mailbox


def forget_numbers(mailbox: Mailbox) -> None:
    """Its mail came from a folder that it reads no more: the numbers would name other mail in the new one. What comes
    twice is still known by its hash."""
    mailbox.inbound.filter(uid__isnull=False).update(uid=None, uidvalidity=None)


def require_imap(*, mailbox: Mailbox, by: User) -> None:
    """Raises `NotAllowed`, `NotByImap`."""
    _require_rights(by)
    if mailbox.kind != Mailbox.Kind.IMAP:
        raise NotByImap


@transaction.atomic
def issue_push_token(*, mailbox: Mailbox, by: User, at: datetime) -> str:
    """A new token for the mail server, shown this once: only its SHA-256 is kept. The one before ends at once.

    Raises `NotAllowed`, `NotByPush`.
    """
    _require_rights(by)
    if mailbox.kind != Mailbox.Kind.PUSH:
        raise NotByPush
    before = auditing.told(mailbox)
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    mailbox.push_token_sha256 = _digest(token)
    mailbox.save(update_fields=["push_token_sha256"])
    auditing.record_change(mailbox, before=before, by=by, at=at)
    return token


def find_by_push_token(token: str) -> Mailbox | None:
    """The mailbox whose token this is, paused or not. What is looked for is a hash: how long that takes tells nothing
    of it."""
    digest = _digest(token)
    found = Mailbox.objects.filter(push_token_sha256=digest, kind=Mailbox.Kind.PUSH).first()
    if found is None or not constant_time_compare(found.push_token_sha256 or "", digest):
        return None
    return found


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _require_rights(by: User) -> None:
    if not access.can_manage_mail(by):
        raise NotAllowed
