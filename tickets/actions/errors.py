"""What an action answers when the right or the state forbids it. str() is a sentence for the person who tried."""

from typing import Any

from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """The base of every refusal: nothing was changed."""

    message: Any = _("This cannot be done.")

    def __init__(self, message: Any = None) -> None:
        super().__init__(message or self.message)

    def __str__(self) -> str:
        return str(self.args[0])


class NotAllowed(Refused):
    """The person has no right to do this to this ticket now."""

    message = _("You may not do this to this ticket.")


class Conflict(Refused):
    """Somebody else changed the same property since the person looked at it."""

    def __init__(self, *, field: str, theirs: Any, yours: Any) -> None:
        self.field, self.theirs, self.yours = field, theirs, yours
        super().__init__(_("Somebody changed this in the meantime. Nothing was overwritten: choose which one holds."))
