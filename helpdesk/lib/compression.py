"""Pages leave compressed, also where no proxy does it. Static files are compressed ahead (helpdesk/lib/assets.py)."""

import gzip
import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

LEVEL = 3
"""Half the processor time of the usual 6 for a tenth more bytes."""

LEAST_BYTES = 500
MOST_PADDING = 100
_HAS_NAME = b"\x08"

_TEXT = re.compile(r"text/|application/(?:[\w.]+\+)?json\b")


class CompressionMiddleware:
    """gzip for whole texts. Files and exports are streamed, and stay as they are.

    Each answer is longer by a random number of bytes, as in Django's own middleware: from the length of a page that
    also says what was asked for, nobody can guess its secrets letter by letter (BREACH).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.streaming or "Content-Encoding" in response or not _TEXT.match(response.get("Content-Type", "")):
            return response
        if len(response.content) < LEAST_BYTES:
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if re.search(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", request.META.get("HTTP_ACCEPT_ENCODING", "")):
            response.content = packed(response.content)
            response["Content-Encoding"] = "gzip"
            if "Content-Length" in response:
                response["Content-Length"] = str(len(response.content))
            if response.get("ETag", "").startswith('"'):
                response["ETag"] = f"W/{response['ETag']}"
        return response


def packed(content: bytes) -> bytes:
    """As gzip, with a file name of random length in its head."""
    whole = gzip.compress(content, compresslevel=LEVEL, mtime=0)
    named = whole[:3] + _HAS_NAME + whole[4:10]
    return named + b"a" * secrets.randbelow(MOST_PADDING) + b"\0" + whole[10:]
