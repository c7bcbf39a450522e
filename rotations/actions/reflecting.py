"""Looking back on one's own duty."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations.models import Duty, Reflection
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User

OVER = (Duty.State.HANDING_OVER, Duty.State.COMPLETED)


class NotOver(Refused):
    message = _("The duty is not over yet.")


@transaction.atomic
def reflect(*, duty: Duty, for_me: str, for_mentors: str, for_company: str, by: User, at: datetime) -> Reflection:
    """Write it, or write it anew. Raises `NotAllowed`, `NotOver`."""
    if duty.person_id != by.pk:
        raise NotAllowed
    if duty.state not in OVER:
        raise NotOver
    said = {"for_me": for_me.strip(), "for_mentors": for_mentors.strip(), "for_company": for_company.strip()}
    return Reflection.objects.update_or_create(duty=duty, defaults=said | {"at": at})[0]
