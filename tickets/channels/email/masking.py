"""Bytes of files without what speaks for one person: tokens of mail and signed links are crossed out, in place.

No byte moves, so that what counts bytes (DER, MIME) still fits, and a file that holds no token is the same to the last
bit. Base64 is looked into, as deep as mails usually hold mails.
"""

import binascii
import re

from tickets import signed_links
from tickets.channels.email import identity

MAX_DEPTH = 3
_LINES_OF_BASE64 = re.compile(rb"(?:^[> ]{0,20}[A-Za-z0-9+/]{4,1000}={0,2}[ ]{0,3}\r?(?:\n|\Z))+", re.MULTILINE)
_CODE = re.compile(rb"[A-Za-z0-9+/=]+")
_LETTER = re.compile(r"[0-9A-Za-z]")


def masked(data: bytes, *, depth: int = 0) -> bytes:
    """``data`` with an "x" for each letter of a token that it holds, in plain, in UTF-16 or in base64."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} and len(data) % 2 == 0:
        codec = "utf-16-le" if data[0] == 0xFF else "utf-16-be"
        return _crossed_out(data.decode(codec, "surrogatepass"), codec) or data
    data = _crossed_out(data.decode("latin-1"), "latin-1") or data
    if depth == MAX_DEPTH or _is_binary(data):
        return data
    return _LINES_OF_BASE64.sub(lambda found: _masked_base64(found[0], depth), data)


def _crossed_out(text: str, codec: str) -> bytes | None:
    """None when there is nothing to cross out: most files hold nothing, and are not written anew."""
    spans = [*signed_links.secrets_in(text), *identity.secrets_in(text)]
    if not spans:
        return None
    letters = list(text)
    for start, end in spans:
        letters[start:end] = _LETTER.sub("x", text[start:end])
    return "".join(letters).encode(codec, "surrogatepass")


def _is_binary(data: bytes) -> bool:
    """A picture, a document, an archive; not the envelope of a signed mail, which begins with a sequence in DER."""
    return data.startswith(b"%PDF") or (b"\0" in data[:4096] and not data.startswith(b"\x30"))


def _masked_base64(lines: bytes, depth: int) -> bytes:
    code = b"".join(_CODE.findall(lines))
    try:
        if _is_binary(binascii.a2b_base64(code[:4096])):
            return lines
        plain = binascii.a2b_base64(code)
    except binascii.Error:
        return lines
    if binascii.b2a_base64(plain, newline=False) != code:
        return lines
    found = masked(plain, depth=depth + 1)
    if found == plain:
        return lines
    letters = iter(binascii.b2a_base64(found, newline=False).decode("ascii"))
    return _CODE.sub(lambda piece: "".join(next(letters) for _ in piece[0]).encode("ascii"), lines)
