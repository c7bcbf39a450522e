"""Signing up for a round, changing one's mind, and leaving it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations import access
from rotations.actions import being_away
from rotations.models import Round, Shift, SignUp, Wish
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User

MOST = 20
"""Duties in one round that anybody can offer."""


class SignUpClosed(Refused):
    message = _("The sign-up for this round is closed.")


@transaction.atomic
def sign_up(
    *,
    of: Round,
    wishes: Mapping[int, str],
    channels: Collection[str],
    quota: int,
    has_read: int,
    by: User,
    at: datetime,
    partners: Collection[User] = (),
    away: Collection[tuple[datetime, datetime]] = (),
) -> SignUp:
    """What the person wishes from now on, in place of what they wished before. ``wishes``: by number of the shift;
    ``has_read``: the number of the version of the rules that the person had before them; ``away``: absences to be
    kept, of which what is entered already is left as it is.

    Raises `NotAllowed`, `SignUpClosed`, `Refused`.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if not access.can_volunteer(person):
        raise NotAllowed(_("Duties are for colleagues: you work at the desk already."))
    of = Round.objects.select_for_update(of=("self",), no_key=True).select_related("programme").get(pk=of.pk)
    if of.state != Round.State.SIGNUP or of.signup_ends_at <= at:
        raise SignUpClosed
    rules = of.rules.order_by("-number").first()
    if rules is not None and rules.number != has_read:
        raise Refused(_("The rules have changed in the meantime. Read them once more, then sign up."))
    if not channels or not set(channels) <= set(of.programme.channels):
        raise Refused(_("Choose at least one channel."))
    if not 0 <= quota <= MOST:
        raise Refused(_("Offer between 0 and 20 duties."))
    shifts = set(Shift.objects.filter(round=of, cancelled_at=None).values_list("pk", flat=True))
    if not set(wishes) <= shifts or not set(wishes.values()) <= set(Wish.Value.values):
        raise Refused(_("One of the shifts is not part of this round any more. Look again."))
    said, _made = SignUp.objects.update_or_create(
        round=of,
        person=person,
        defaults={
            "channels": sorted(channels),
            "quota": quota,
            "rules": rules,
            "changed_at": at,
            "withdrawn_at": None,
        },
        create_defaults={
            "channels": sorted(channels),
            "quota": quota,
            "rules": rules,
            "changed_at": at,
            "submitted_at": at,
        },
    )
    being_away.add_missing(person=person, spans=away, at=at)
    said.partners.set([each for each in partners if each.pk != person.pk])
    said.wishes.all().delete()
    Wish.objects.bulk_create(Wish(sign_up=said, shift_id=shift, value=value) for shift, value in wishes.items())
    return said


@transaction.atomic
def leave_round(*, of: Round, by: User, at: datetime) -> None:
    """Nobody is placed any more who does not want to be. Duties that are confirmed already are withdrawn from one by
    one. Leaving twice does nothing."""
    SignUp.objects.filter(round=of, person=by, withdrawn_at=None).update(withdrawn_at=at, changed_at=at)
