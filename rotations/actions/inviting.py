"""Inviting people to a round, and the answer that is no sign-up.

Whoever invites only writes down whom; `send_all` writes the mails, each in a transaction of its own that also takes
the person off the list, so that any number of workers, killed at any moment, write to everybody once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rotations import access, answer_links
from rotations.actions import mailing
from rotations.actions.signing_up import SignUpClosed
from rotations.models import Invitation, Round, SignUp
from rotations.queries import inviting as queries
from tickets.actions.errors import NotAllowed
from tickets.models import Outbox, User


@transaction.atomic
def invite(*, of: Round, people: Collection[User], by: User, at: datetime) -> int:
    """Those of them who can take a turn, have an address, were not invited and have not signed up. Returns how many.

    Raises `NotAllowed`, `SignUpClosed`."""
    of = _locked(of, by, at)
    able = queries.eligible().filter(pk__in=[each.pk for each in people])
    chosen = queries.preview(of, list(able)).people
    Invitation.objects.bulk_create(
        [Invitation(round=of, person=each, invited_by=by, invited_at=at) for each in chosen], ignore_conflicts=True
    )
    return len(chosen)


@transaction.atomic
def remind(*, of: Round, by: User, at: datetime) -> int:
    """Write once more to those who have not answered, and to nobody twice a day. Returns to how many.

    Raises `NotAllowed`, `SignUpClosed`."""
    of = _locked(of, by, at)
    return queries.unanswered(of).filter(queries.may_be_reminded(at)).update(is_waiting=True)


def send_all(*, at: datetime) -> int:
    """How many mails were written. One statement when nobody waits for one."""
    return sum(send_one(number=number, at=at) is not None for number in queries.to_mail())


@transaction.atomic
def send_one(*, number: int, at: datetime) -> Outbox | None:
    """The mail, if it is still wanted: not after an answer, and not when the sign-up is over."""
    rows = Invitation.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    row = rows.select_related("person", "round__programme").filter(pk=number, is_waiting=True).first()
    if row is None:
        return None
    is_answered = row.declined_at or SignUp.objects.filter(round=row.round, person=row.person).exists()
    is_wanted = queries.is_open(row.round, at) and access.can_volunteer(row.person) and not is_answered
    mail = _mail(row, at) if is_wanted else None
    row.is_waiting = False
    if mail is not None:
        row.mailed_at, row.mails = at, row.mails + 1
    row.save(update_fields=["is_waiting", "mailed_at", "mails"])
    return mail


def note_opened(*, of: Round, person: User, at: datetime) -> None:
    """The first time. Mail programs that look at links before their reader count too; they are not told apart."""
    Invitation.objects.filter(round=of, person=person, opened_at=None).update(opened_at=at)


def decline(*, of: Round, person: User, at: datetime) -> None:
    """No reason, and signing up stays possible as long as it is for everybody. Twice does nothing."""
    Invitation.objects.filter(round=of, person=person, declined_at=None).update(declined_at=at)


def _mail(row: Invitation, at: datetime) -> Outbox | None:
    person, of = row.person, row.round
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        name = of.programme.name
        dates = f"{date_format(of.starts_on, 'j E')} – {date_format(of.ends_on, 'j E Y')}"
        until = date_format(timezone.localtime(of.signup_ends_at), "j E, H:i")
        parts = [
            (gettext("Would you take a turn of duty? %(name)s, %(dates)s.") % {"name": name, "dates": dates}, ""),
            (
                gettext(
                    "You say when you can and what you would like to answer. Mentors are there for you,"
                    " and you may leave at any time, without a reason."
                ),
                "",
            ),
            (
                gettext("Say when you can, or that you would rather not, until %(until)s:") % {"until": until},
                answer_links.invitation_url(of.pk, person.pk),
            ),
        ]
        subject = gettext("Would you take a turn of duty? %(name)s") % {"name": name}
        return mailing.send(person, subject, parts, at)


def _locked(of: Round, by: User, at: datetime) -> Round:
    of = Round.objects.select_for_update(of=("self",), no_key=True).select_related("programme").get(pk=of.pk)
    if not access.can_plan(by, of.programme):
        raise NotAllowed(_("You may not plan this round."))
    if not queries.is_open(of, at):
        raise SignUpClosed
    return of
