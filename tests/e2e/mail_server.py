"""A mail server in a process of its own: aiosmtpd with a Maildir. It refuses the addresses that a file names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiosmtpd.handlers import Mailbox

REFUSED = "refused"
"""The file in the Maildir, one address a line."""


class Refusing(Mailbox):
    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        refused = Path(self.mail_dir) / REFUSED
        if refused.exists() and address in refused.read_text().split():
            return "550 5.1.1 No such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"
