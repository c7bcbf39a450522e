"""How mail comes in and leaves: mailboxes, senders, and what the mail of a queue is like. For those who manage mail.

A secret that is left empty stays as it is. A kept one is only ever sent where it was meant for when it was typed in:
whoever changes the server types it again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.lib.one_line import is_one_line
from tickets import access
from tickets.actions import auditing, mailboxes
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import DeskSettings, Mailbox, MailSender, Queue, User


class WrongSettings(Refused):
    """``errors``: what to do, by field. Nothing was changed."""

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors
        super().__init__(next(iter(errors.values())))


class NotStarted(Refused):
    message = gettext_lazy("Test the connection first, then choose which mail to read.")


class HoldsMail(Refused):
    message = gettext_lazy("Mail has come in by this mailbox, and stays. Pause the mailbox instead of removing it.")


class MailboxSettings(TypedDict, total=False):
    name: str
    queue: Queue
    host: str
    port: int
    security: str
    username: str
    login: str
    folder: str
    processed_folder: str
    uses_idle: bool
    authserv_id: str
    token_url: str
    client_id: str
    scope: str
    password: str
    client_secret: str
    refresh_token: str
    forgets_refresh_token: bool


class SenderSettings(TypedDict, total=False):
    name: str
    queue: Queue
    host: str
    port: int
    security: str
    username: str
    password: str
    per_minute: int | None
    is_active: bool


# Mailboxes

_SERVER = ("host", "port", "security", "username")
_TOKENS_FROM = ("token_url", "client_id")
_SECRETS = ("password", "client_secret", "refresh_token")
_MAIL_IS_IN = ("host", "username", "folder")


@transaction.atomic
def create_mailbox(*, by: User, at: datetime, kind: str, **settings: Unpack[MailboxSettings]) -> Mailbox:
    """An IMAP folder waits for `mailboxes.start_reading`; an endpoint takes mail as soon as it has a token.

    Raises `NotAllowed`, `WrongSettings`.
    """
    _require_rights(by)
    mailbox = Mailbox(kind=kind, is_active=kind == Mailbox.Kind.PUSH)
    _fill_mailbox(mailbox, settings)
    mailbox.save()
    auditing.record_change(mailbox, before=None, by=by, at=at)
    return mailbox


@transaction.atomic
def change_mailbox(*, mailbox: Mailbox, by: User, at: datetime, **settings: Unpack[MailboxSettings]) -> Mailbox:
    """Where other mail is to be read, reading stops until somebody says where to begin (`mailboxes.start_reading`).

    Raises `NotAllowed`, `WrongSettings`.
    """
    _require_rights(by)
    mailbox = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
    before, place = auditing.told(mailbox), _values(mailbox, _MAIL_IS_IN)
    _fill_mailbox(mailbox, settings)
    if mailbox.kind == Mailbox.Kind.IMAP and _values(mailbox, _MAIL_IS_IN) != place:
        mailbox.is_active = False
        mailbox.uidvalidity = mailbox.last_uid = mailbox.first_uid = None
        mailbox.last_read_at = mailbox.reading_since = mailbox.lag_s = None
        mailboxes.forget_numbers(mailbox)
    mailbox.last_error, mailbox.failing_since = "", None
    mailbox.save()
    auditing.record_change(mailbox, before=before, by=by, at=at)
    return mailbox


@transaction.atomic
def pause_mailbox(*, mailbox: Mailbox, by: User, at: datetime) -> Mailbox:
    """Leave its mail where it is until somebody resumes. Raises `NotAllowed`."""
    _require_rights(by)
    mailbox = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
    before = auditing.told(mailbox)
    mailbox.is_active, mailbox.last_error, mailbox.failing_since = False, "", None
    mailbox.save(update_fields=["is_active", "last_error", "failing_since"])
    auditing.record_change(mailbox, before=before, by=by, at=at)
    return mailbox


@transaction.atomic
def resume_mailbox(*, mailbox: Mailbox, by: User, at: datetime) -> Mailbox:
    """Go on where it was paused: what came meanwhile is read too. Raises `NotAllowed`, `NotStarted`."""
    _require_rights(by)
    mailbox = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
    if mailbox.kind == Mailbox.Kind.IMAP and mailbox.uidvalidity is None:
        raise NotStarted
    before = auditing.told(mailbox)
    mailbox.is_active, mailbox.reading_since = True, at
    mailbox.save(update_fields=["is_active", "reading_since"])
    auditing.record_change(mailbox, before=before, by=by, at=at)
    return mailbox


@transaction.atomic
def remove_mailbox(*, mailbox: Mailbox, by: User, at: datetime) -> None:
    """Raises `NotAllowed`, and `HoldsMail` where any mail came in by it."""
    _require_rights(by)
    mailbox = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
    if mailbox.inbound.exists():
        raise HoldsMail
    auditing.record_removal(mailbox, by=by, at=at)
    mailbox.delete()


def _fill_mailbox(mailbox: Mailbox, settings: MailboxSettings) -> None:
    """Everything but the secrets, then those that were typed. Raises `WrongSettings` before anything is stored."""
    given: dict[str, Any] = dict(settings)
    secrets = {name: given.pop(name, "") for name in _SECRETS}
    forgets_refresh_token = given.pop("forgets_refresh_token", False)
    had = _values(mailbox, (*_SERVER, *_TOKENS_FROM, "login"))
    for name, value in given.items():
        setattr(mailbox, name, value)
    moved = {name for name in had if getattr(mailbox, name) != had[name]}
    errors = {**_problems(mailbox), **_unusable(secrets)}
    if mailbox.kind == Mailbox.Kind.IMAP:
        for name, sentence in {**_missing(mailbox), **_missing_secrets(mailbox, secrets, moved)}.items():
            errors.setdefault(name, sentence)
    if errors:
        raise WrongSettings(errors)
    for name in _SECRETS:
        if secrets[name]:
            setattr(mailbox, name, secrets[name])
    if forgets_refresh_token and not secrets["refresh_token"]:
        mailbox.refresh_token = ""
    if moved or any(secrets.values()) or "scope" in given:
        mailbox.access_token, mailbox.access_token_until = "", None
    _drop_unused_secrets(mailbox)


def _missing(mailbox: Mailbox) -> dict[str, str]:
    errors = {}
    if not mailbox.host:
        errors["host"] = _("Write the name of the IMAP server, such as imap.example.org.")
    if not mailbox.username:
        errors["username"] = _("Write the name the mailbox is signed in with, mostly its address.")
    if mailbox.login == Mailbox.Login.OAUTH2:
        if not mailbox.token_url:
            errors["token_url"] = _("Write the address that gives access tokens. It begins with https://.")
        if not mailbox.client_id:
            errors["client_id"] = _("Write the client id that the mail provider gave to this application.")
    return errors


def _missing_secrets(mailbox: Mailbox, secrets: dict[str, str], moved: set[str]) -> dict[str, str]:
    """A kept secret goes nowhere but where it was meant for; and without any nobody gets in."""
    if mailbox.login == Mailbox.Login.PASSWORD:
        if secrets["password"]:
            return {}
        if not mailbox.sealed_password:
            return {"password": _("The mail server asks for a password.")}
        if moved & {*_SERVER, "login"}:
            return {"password": _("Server or user name have changed: enter the password again.")}
        return {}
    errors = {}
    if moved & {*_SERVER, *_TOKENS_FROM}:
        for name in ("client_secret", "refresh_token"):
            if getattr(mailbox, f"sealed_{name}") and not secrets[name]:
                errors[name] = _("The server or the application have changed: enter this again.")
    kept_or_typed = [mailbox.sealed_client_secret, mailbox.sealed_refresh_token, *secrets.values()]
    return errors if any(kept_or_typed) else {"client_secret": _("Enter the client secret, a refresh token, or both.")}


def _drop_unused_secrets(mailbox: Mailbox) -> None:
    if mailbox.login == Mailbox.Login.PASSWORD:
        mailbox.client_secret = mailbox.refresh_token = ""
        mailbox.access_token, mailbox.access_token_until = "", None
    else:
        mailbox.password = ""


# Senders


@transaction.atomic
def create_sender(*, by: User, at: datetime, **settings: Unpack[SenderSettings]) -> MailSender:
    """The last in the order of its queue. Raises `NotAllowed`, `WrongSettings`."""
    _require_rights(by)
    sender = MailSender()
    _fill_sender(sender, settings)
    last = MailSender.objects.filter(queue=sender.queue).aggregate(last=Max("position"))["last"]
    sender.position = 0 if last is None else last + 1
    sender.save()
    auditing.record_change(sender, before=None, by=by, at=at)
    return sender


@transaction.atomic
def change_sender(*, sender: MailSender, by: User, at: datetime, **settings: Unpack[SenderSettings]) -> MailSender:
    """Whatever it was away for, it is tried anew. Raises `NotAllowed`, `WrongSettings`."""
    _require_rights(by)
    sender = _own_sender(sender)
    before = auditing.told(sender)
    _fill_sender(sender, settings)
    sender.away_until, sender.failing_since, sender.last_error = None, None, ""
    sender.save()
    auditing.record_change(sender, before=before, by=by, at=at)
    return sender


@transaction.atomic
def move_sender(*, sender: MailSender, by: User, is_up: bool, at: datetime) -> None:
    """One place up or down in the order of its queue; at the end of the order nothing happens. Raises `NotAllowed`."""
    _require_rights(by)
    rows = list(MailSender.objects.select_for_update().filter(queue=sender.queue).order_by("position", "id"))
    place = [row.pk for row in rows].index(sender.pk)
    moved, before = rows[place], auditing.told(rows[place])
    other = place - 1 if is_up else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for position, row in enumerate(rows):
        row.position = position
    MailSender.objects.bulk_update(rows, ["position"])
    auditing.record_change(moved, before=before, by=by, at=at)


@transaction.atomic
def remove_sender(*, sender: MailSender, by: User, at: datetime) -> None:
    """Its mail goes out by the others, or by the site's own server. Raises `NotAllowed`."""
    _require_rights(by)
    sender = _own_sender(sender)
    auditing.record_removal(sender, by=by, at=at)
    sender.delete()


def _own_sender(sender: MailSender) -> MailSender:
    """The row of the site's own server is not to be changed here: it says what SMTP_URL says."""
    return MailSender.objects.select_for_update(of=("self",)).filter(queue__isnull=False).get(pk=sender.pk)


def _fill_sender(sender: MailSender, settings: SenderSettings) -> None:
    given: dict[str, Any] = dict(settings)
    password = given.pop("password", "")
    had = _values(sender, _SERVER)
    for name, value in given.items():
        setattr(sender, name, value)
    errors = {**_problems(sender), **_unusable({"password": password})}
    if sender.username and not password:
        if not sender.sealed_password:
            errors.setdefault("password", _("With a user name the mail server asks for a password."))
        elif _values(sender, _SERVER) != had:
            errors.setdefault("password", _("Server or user name have changed: enter the password again."))
    if errors:
        raise WrongSettings(errors)
    if password or not sender.username:
        sender.password = password if sender.username else ""


# Queues


@transaction.atomic
def change_queue_mail(
    *, queue: Queue, by: User, signature: str, language: str, acknowledges: bool, at: datetime
) -> Queue:
    """What the mail of a queue is like. Raises `NotAllowed`, `WrongSettings`."""
    _require_rights(by)
    queue = Queue.objects.select_for_update().get(pk=queue.pk)
    before = auditing.told(queue)
    queue.signature, queue.language, queue.acknowledges = signature, language, acknowledges
    if errors := _problems(queue):
        raise WrongSettings(errors)
    queue.save(update_fields=["signature", "language", "acknowledges"])
    auditing.record_change(queue, before=before, by=by, at=at)
    return queue


# For all of them


def _values(row: Mailbox | MailSender, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _problems(row: Mailbox | MailSender | Queue) -> dict[str, str]:
    errors = {}
    try:
        row.full_clean(validate_constraints=False)
    except ValidationError as error:
        errors = {
            "" if name == NON_FIELD_ERRORS else name: " ".join(sentences)
            for name, sentences in error.message_dict.items()
        }
    if not isinstance(row, Queue) and not 0 < row.port < 65536:
        errors["port"] = _("A port is a number from 1 to 65535.")
    if isinstance(row, MailSender) and row.per_minute == 0:
        errors["per_minute"] = _("Write how many, at least 1. Leave it empty for no limit.")
    return errors


def _unusable(secrets: dict[str, str]) -> dict[str, str]:
    """Secrets stand in lines of protocols and in headers."""
    sentence = _("Write this in one line, without control characters.")
    return {name: sentence for name, value in secrets.items() if not is_one_line(value)}


def _require_rights(by: User) -> None:
    if not access.can_manage_mail(by):
        raise NotAllowed(_("Only administrators change how mail comes and goes."))


@transaction.atomic
def set_undo_time(*, undo_s: int, by: User, at: datetime) -> DeskSettings:
    """How many seconds a reply sent from the desk's pages can be taken back; 0 lets it leave at once. What is held
    already keeps its time. Raises `NotAllowed`."""
    if not access.can_manage_mail(by):
        raise NotAllowed
    settings, _created = DeskSettings.objects.select_for_update().get_or_create(pk=1)
    if settings.undo_s != undo_s:
        changed = {"undo_s": [settings.undo_s, undo_s]}
        settings.undo_s = undo_s
        settings.save(update_fields=["undo_s"])
        auditing.record_audit(action=auditing.Action.CHANGED, kind=auditing.Kind.SENDING, by=by, at=at, data=changed)
    return settings
