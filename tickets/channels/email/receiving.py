"""From raw bytes to a ticket."""

from datetime import datetime


def process(inbound_id: int, *, at: datetime) -> None:
    raise NotImplementedError
