"""A POST that does one thing and goes back: what stands in its way is said there, else that it is done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest

from tickets.actions.errors import Refused


class said_if_refused:
    """The block is the act. A refusal ends it and is said as an error; else ``sentence`` is said, with the way back
    under ``undo`` if there is one."""

    def __init__(self, request: HttpRequest, sentence: str = "", *, undo: str = "") -> None:
        self.request, self.sentence, self.undo = request, sentence, undo

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: Any) -> bool:
        if isinstance(error, Refused):
            toasts.error(self.request, str(error))
            return True
        if error is None and self.sentence:
            toasts.success(self.request, self.sentence, extra_tags=self.undo)
        return False
