"""What allauth remembers of addresses. It looks there at sign-in and reset too."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from tickets.models import User


def forget_old(person: User) -> None:
    """An address that is not the person's any more must open nothing."""
    EmailAddress.objects.filter(user_id=person.pk).exclude(email=person.email or "").delete()
