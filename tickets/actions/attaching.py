"""Keeping files: bytes under their SHA-256 in storage, written before the transaction commits, names only as data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath, PureWindowsPath

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext as _

from tickets.actions.errors import Refused
from tickets.models import Attachment, Draft, DraftFile, Message, Ticket, User
from tickets.models.message import storage_path

ORPHAN_AFTER = timedelta(hours=24)
SNIFFED_BYTES = 8192
SWEEP_LOCK = 0x5EEB  # of pg_advisory_lock: a sweep has it alone, backups share it
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")


class TooLarge(Refused):
    """Together the files are more than one message may carry."""

    def __init__(self) -> None:
        megabytes = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
        said = _("Together the files may have %(megabytes)d MB. Leave one out, or send a link to it.")
        super().__init__(said % {"megabytes": megabytes})


@dataclass(frozen=True)
class File:
    """A file to attach. ``content_type`` is what the sender claims; what is stored is what the bytes say."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"
    content_id: str = ""
    is_inline: bool = False
    is_sniffed: bool = False
    """Whoever made this has looked at the bytes: `content_type` is what they say."""


def attach(*, message: Message, files: Iterable[File]) -> list[Attachment]:
    """Store ``files`` and hang them on ``message``. If the transaction fails the bytes are left to the sweep."""
    rows = []
    for file in files:
        digest = hashlib.sha256(file.content).hexdigest()
        default_storage.save(storage_path(digest), ContentFile(file.content))
        rows.append(
            Attachment(
                message=message,
                name=safe_name(file.name),
                content_type=sniff(file),
                size=len(file.content),
                sha256=digest,
                content_id=file.content_id[:255],
                is_inline=file.is_inline,
            )
        )
    return Attachment.objects.bulk_create(rows)


def keep_beside(*, draft: Draft, files: Collection[File]) -> list[DraftFile]:
    """Store ``files`` beside a draft until it is sent or discarded. Raises `TooLarge`."""
    _refuse_too_large(draft.files.all(), files)
    rows = []
    for file in files:
        digest = hashlib.sha256(file.content).hexdigest()
        default_storage.save(storage_path(digest), ContentFile(file.content))
        name, kind = safe_name(file.name), sniff(file)
        rows.append(DraftFile(draft=draft, name=name, content_type=kind, size=len(file.content), sha256=digest))
    return DraftFile.objects.bulk_create(rows)


def kept_by(
    person: User, ticket: Ticket, kind: str, wanted: Collection[int], *, beside: Iterable[File] = ()
) -> list[DraftFile]:
    """Those of the ``wanted`` files (ids) that wait beside the person's own draft here, to leave together with the
    files ``beside`` them. Raises `TooLarge`."""
    if not wanted:
        return []
    mine = DraftFile.objects.filter(draft__ticket=ticket, draft__author=person, draft__kind=kind, pk__in=wanted)
    kept = list(mine.order_by("pk"))
    _refuse_too_large(kept, beside)
    return kept


def _refuse_too_large(kept: Iterable[DraftFile], files: Iterable[File]) -> None:
    if sum(file.size for file in kept) + sum(len(file.content) for file in files) > settings.MAX_UPLOAD_BYTES:
        raise TooLarge


def attach_kept(*, message: Message, files: Iterable[DraftFile]) -> None:
    """Hang on ``message`` what waited beside its draft; the bytes are stored already."""
    Attachment.objects.bulk_create(
        Attachment(message=message, name=file.name, content_type=file.content_type, size=file.size, sha256=file.sha256)
        for file in files
    )


def put_beside(*, draft: Draft, message: Message) -> None:
    """The files of a message that is taken back, beside the draft that it becomes again."""
    DraftFile.objects.bulk_create(
        DraftFile(draft=draft, name=file.name, content_type=file.content_type, size=file.size, sha256=file.sha256)
        for file in message.attachments.order_by("pk")
    )


def safe_name(name: str) -> str:
    """The last part of a name from outside, without control characters; never empty, never a path."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    printable = "".join(letter for letter in last if letter.isprintable()).strip(". ")
    if len(printable) > 200:
        stem, dot, ending = printable.rpartition(".")
        printable = f"{stem[:180]}.{ending[:19]}" if dot else printable[:200]
    return printable or "attachment"


def safe_type(claimed: str) -> str:
    """A type from outside as a header may carry it, since it becomes one of the answer that serves the file."""
    plain = claimed.split(";")[0].strip().lower()
    return plain if len(plain) <= 127 and _TYPE.fullmatch(plain) else "application/octet-stream"


def sniff(file: File) -> str:
    """The type the bytes have; the claimed one only for text and for what no signature tells."""
    claimed = safe_type(file.content_type)
    if file.is_sniffed:
        return claimed
    import puremagic  # its table of signatures takes 2 MB in each process that keeps a file of its own

    try:
        found = puremagic.magic_string(file.content[:SNIFFED_BYTES])
    except (puremagic.PureError, ValueError):
        return claimed
    known = [match.mime_type for match in found if match.mime_type and match.confidence >= 0.4]
    if claimed in known or not known:
        return claimed
    return str(known[0])[:127]


@contextmanager
def without_sweeping() -> Iterator[None]:
    """Inside the block no sweep deletes anything: a backup copies what its snapshot names, deleted since or not."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock_shared(%s)", [SWEEP_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock_shared(%s)", [SWEEP_LOCK])


def sweep_orphans(*, at: datetime) -> int:
    """Delete stored bytes that no attachment names and that were written more than a day ago. Returns how many.

    Saving the same bytes again refreshes their time, so a file that is just being attached is never old enough.
    """
    if not default_storage.exists("attachments"):
        return 0
    return sum(_sweep(folder, at) for folder in default_storage.listdir("attachments")[0])


@transaction.atomic
def _sweep(folder: str, at: datetime) -> int:
    """Nothing as long as a backup runs; tomorrow is another day."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [SWEEP_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    removed = 0
    names = default_storage.listdir(f"attachments/{folder}")[1]
    used = set(Attachment.objects.filter(sha256__in=names).values_list("sha256", flat=True))
    used |= set(DraftFile.objects.filter(sha256__in=names).values_list("sha256", flat=True))
    for name in names:
        path = f"attachments/{folder}/{name}"
        if name not in used and default_storage.get_modified_time(path) < at - ORPHAN_AFTER:
            default_storage.delete(path)
            removed += 1
    return removed
