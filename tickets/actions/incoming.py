"""Mail that came in and could not be understood: giving it another try."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tickets import access
from tickets.actions.errors import NotAllowed
from tickets.models import InboundMessage, User


@transaction.atomic
def retry_inbound(*, mail: InboundMessage, by: User, at: datetime) -> InboundMessage:
    """Put a quarantined (or dismissed) mail back among those that wait to be processed. Raises `NotAllowed`."""
    if not access.can_manage_mail(by):
        raise NotAllowed
    mail = InboundMessage.objects.select_for_update().defer("raw").get(pk=mail.pk)
    if mail.state in (InboundMessage.State.QUARANTINED, InboundMessage.State.DISMISSED):
        mail.state, mail.attempts, mail.reason, mail.waits_since = InboundMessage.State.STORED, 0, "", at
        mail.save(update_fields=["state", "attempts", "reason", "waits_since"])
    return mail
