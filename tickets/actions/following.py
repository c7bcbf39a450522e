"""Where words for a merged ticket go: to the ticket it was merged into."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from tickets.actions.locking import locked
from tickets.models import Ticket

Result = TypeVar("Result")


class _WentOn(Exception):
    def __init__(self, into: int) -> None:
        self.into = into


def locked_or_went_on(ticket: Ticket) -> Ticket:
    """The locked row of a ticket that is not merged, for actions under `follows_merges` alone."""
    found = locked(ticket)
    if found.merged_into_id is not None:
        raise _WentOn(found.merged_into_id)
    return found


def follows_merges(action: Callable[..., Result]) -> Callable[..., Result]:
    """Do it on the ticket into which this one went, however often.

    The merged row's lock is given back before the next one is taken, with the transaction or savepoint of the action:
    two locks at once are only ever taken in the order of their numbers (`locked_pair`).
    """

    @functools.wraps(action)
    def followed(*, ticket: Ticket, **kwargs: Any) -> Result:
        while True:
            try:
                return action(ticket=ticket, **kwargs)
            except _WentOn as went_on:
                ticket = Ticket(pk=went_on.into)

    return followed
