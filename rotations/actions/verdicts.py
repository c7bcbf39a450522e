"""What a team makes of a round, and its summary for everybody who took part."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rotations import access
from rotations.actions import mailing
from rotations.models import Round, Verdict
from rotations.queries.looking_back import LookingBack, looking_back, took_part
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User


class TooEarly(Refused):
    message = _("The round is not over yet.")


class MailedAlready(Refused):
    message = _("The summary was mailed already.")


@transaction.atomic
def say_verdict(*, of: Round, word: str, text: str, by: User, at: datetime) -> Verdict:
    """Anew until the round is closed. Raises `NotAllowed`, `Refused`."""
    of = _locked(of, by)
    if of.state == Round.State.CLOSED:
        raise Refused(_("The round is closed, its verdict stays."))
    if of.state != Round.State.REFLECTING:
        raise TooEarly
    if word not in Verdict.Word.values:
        raise Refused(_("Choose repeat, change or stop."))
    said = {"word": word, "text": text.replace("\x00", "").strip()[:5000], "said_by": by, "said_at": at}
    return Verdict.objects.update_or_create(round=of, defaults=said)[0]


@transaction.atomic
def mail_summary(*, of: Round, by: User, at: datetime) -> int:
    """To everybody who took part and their mentors, once; returns to how many. Raises `NotAllowed`, `Refused`."""
    of = _locked(of, by)
    verdict = Verdict.objects.filter(round=of).first()
    if verdict is None:
        raise Refused(_("Say first what becomes of it: repeat, change or stop."))
    if verdict.mailed_at is not None:
        raise MailedAlready
    verdict.mailed_at = at
    verdict.save(update_fields=["mailed_at"])
    back = looking_back(of, at)
    return sum(_mail(of, back, verdict, person, at) for person in took_part(of, at))


def _mail(of: Round, back: LookingBack, verdict: Verdict, person: User, at: datetime) -> bool:
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        name = gettext("%(name)s, round %(number)d") % {"name": of.programme.name, "number": of.number}
        parts = [
            (gettext("Thank you. This is what came of it:"), ""),
            (
                ngettext("%(count)d person took a turn", "%(count)d people took a turn", back.people)
                % {"count": back.people},
                "",
            ),
            (
                ngettext("%(count)d ticket answered by guests", "%(count)d tickets answered by guests", back.answered)
                % {"count": back.answered},
                "",
            ),
            (gettext("Verdict: %(word)s") % {"word": verdict.get_word_display()}, ""),
        ]
        if verdict.text:
            parts.append((verdict.text, ""))
        if access.can_look_back(person, of):
            address = f"{settings.SITE_URL}/duties/rounds/{of.pk}/summary/"
            parts.append((gettext("All figures, and what people wrote:"), address))
        return mailing.send(person, gettext("Looking back: %(name)s") % {"name": name}, parts, at) is not None


def _locked(of: Round, by: User) -> Round:
    of = Round.objects.select_for_update(of=("self",), no_key=True).select_related("programme").get(pk=of.pk)
    if not access.can_plan(by, of.programme):
        raise NotAllowed
    return of
