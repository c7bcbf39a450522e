"""Names of properties as undo gives them back (`actions.restoring`)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from tickets.actions.restoring import FIELD
from tickets.views import rail


def label_of_property(name: str) -> str:
    if name.startswith(FIELD):
        return rail.label_of(name.removeprefix(FIELD))
    labels = {
        "status": _("Status"),
        "priority": _("Priority"),
        "queue": _("Queue"),
        "assignee": _("Assignee"),
        "subject": _("Subject"),
        "requester": _("Requester"),
        "tags": _("Tags"),
        "snooze": _("Snooze"),
        "removed_as": _("Removal"),
    }
    return labels.get(name, name)
