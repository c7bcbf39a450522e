"""Addresses that are secrets (a requester's link, a password reset) do not stand in logs: Django names the address of
whatever it refuses."""

import logging
import re

_SECRET = re.compile(r"(/r/|/d/|/f/|/i/|/join/|/stop/|/pictures/|/calendar/|/password/reset/key/)[^/\s]+")


class WithoutSecretAddresses(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        hidden = _SECRET.sub(r"\1…", said)
        if hidden != said:
            record.msg, record.args = hidden, ()
        return True
