"""Secrets of other systems (mailbox passwords) as they lie in the database: sealed with a key made from SECRET_KEY.

Whoever has only the database has no passwords. Nothing here is ever logged, and errors never quote what was sealed.
"""

import base64
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes
from django.utils.translation import gettext_noop

KEY_CHANGED = gettext_noop("The stored password cannot be read: SECRET_KEY has changed. Enter the password again.")


class CannotUnseal(ValueError):
    """The secret was sealed with a SECRET_KEY that is neither the current one nor one of the fallbacks."""


def seal(secret: str) -> bytes:
    return _box().encrypt(secret.encode())


def unseal(sealed: bytes) -> str:
    """Raises `CannotUnseal` when SECRET_KEY was changed without keeping the old one in SECRET_KEY_FALLBACKS."""
    try:
        return _box().decrypt(sealed).decode()
    except InvalidToken:
        raise CannotUnseal(KEY_CHANGED) from None


def sealed_in(column: str) -> property:
    """A property of a model that reads and writes plain text and keeps it sealed in the binary field ``column``."""

    def read(row: Any) -> str:
        sealed = bytes(getattr(row, column))
        return unseal(sealed) if sealed else ""

    def write(row: Any, secret: str) -> None:
        setattr(row, column, seal(secret) if secret else b"")

    return property(read, write)


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str | bytes) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"dyzur.secrets")
    return base64.urlsafe_b64encode(kdf.derive(force_bytes(secret)))
