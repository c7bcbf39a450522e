"""Uploads of strangers: refused by their announced length, before the first byte of them lies on our disk."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class BoundedUploads(FileUploadHandler):
    """Stands first among the handlers. Any address takes files, since the CSRF check reads the form of every POST.

    Twice what a form accepts may come, so that whoever chose one file too many gets the form back with their words.
    """

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        """Raises `RequestDataTooBig`, which is answered with 413."""
        if content_length > 2 * settings.MAX_UPLOAD_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("The request is larger than any form of ours accepts.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data  # for the handlers behind this one

    def file_complete(self, file_size: int) -> None:
        return None
