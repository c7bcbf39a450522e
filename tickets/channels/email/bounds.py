"""How much of everything a mail may hold. Each bound lies far above honest mail, and what lies above it waits for a
person, with the bound named, instead of being read.

Three kinds of header may be longer than `MAX_HEADER`, because honest mail has such ones: lists of addresses, whose own
bound is their number; References, of which only the newest ids count; and whatever nobody here reads, like a public key
in Autocrypt. None of them is ever read beyond its bound.
"""

from enum import StrEnum

KB = 1024
MAX_HEADER_BLOCK = 256 * KB
"""Of the mail, and of each of its parts."""
MAX_HEADER_BLOCKS = 1024 * KB
"""Of the mail and all its parts together."""
MAX_HEADER = 8 * KB
MAX_ADDRESS_HEADER = 64 * KB
MAX_ADDRESSES = 200
MAX_PARTS = 500
MAX_DEPTH = 50
GLANCE_BYTES = 64 * KB
"""Of a mail that is not read, for its sender and subject."""

ADDRESS_HEADERS = frozenset({"from", "sender", "reply-to", "to", "cc", "bcc"})
DECISIVE_HEADERS = frozenset(
    {
        "authentication-results", "auto-submitted", "content-disposition", "content-id", "content-transfer-encoding",
        "content-type", "date", "message-id", "return-path", "subject",
    }
)  # fmt: skip
"""Half of one would say something else than the whole."""


class Bound(StrEnum):
    HEADER_BLOCK = "header_block"
    HEADER = "header"
    ADDRESSES = "addresses"
    PARTS = "parts"
    DEPTH = "depth"


class OverBound(ValueError):
    """A mail beyond a bound; `of` is the header that is too long."""

    def __init__(self, bound: Bound, *, limit: int, of: str = "") -> None:
        super().__init__(f"{bound} {limit} {of}".strip())
        self.bound, self.limit, self.of = bound, limit, of


def check_header(name: str, length: int) -> None:
    """Raises `OverBound` for a header (unfolded, in bytes) that is too long to be read."""
    if name in ADDRESS_HEADERS:
        limit = MAX_ADDRESS_HEADER
    elif name in DECISIVE_HEADERS:
        limit = MAX_HEADER
    else:
        return
    if length > limit:
        raise OverBound(Bound.HEADER, limit=limit, of=name)
