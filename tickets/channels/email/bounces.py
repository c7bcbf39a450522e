"""What a mail server says about a mail it could not deliver (RFC 3464, RFC 3463)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounce:
    """One failed (or, with ``is_delay``, delayed) delivery; ``original_ids``: Message-IDs of the mail it is about."""

    address: str
    reason: str
    is_hard: bool
    is_delay: bool = False
    status: str = ""
    detail: str = ""
    original_ids: tuple[str, ...] = ()
