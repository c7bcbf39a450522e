"""Reading JSON that strangers made. Its length is bounded by DATA_UPLOAD_MAX_MEMORY_SIZE, its depth here."""

import json
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BoundedJSONParser(JSONParser):
    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Raises `ParseError`, also for JSON nested deeper than Python can follow and for halves of characters
        ("\\ud800"): an answer that quotes one could not be written."""
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False).encode()
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None
        except UnicodeEncodeError:
            raise ParseError(_("The JSON holds half a character.")) from None
        return data
