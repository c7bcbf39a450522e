"""The rules of a draft, talked over before they are fixed: comments on a version, and what becomes of each."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations import access
from rotations.actions import telling
from rotations.models import Round, RuleComment
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User

MOST = 30
"""Comments of one person on one round."""


class NotOpenForComments(Refused):
    message = _("The rules of this round are not open for comments any more.")


@transaction.atomic
def open_for_comments(*, of: Round, is_open: bool, by: User, at: datetime) -> Round:
    """Every colleague may read the draft's rules and say what they think, or not any more. Raises `NotAllowed`,
    `NotOpenForComments`."""
    of = _locked(of)
    if not access.can_plan(by, of.programme):
        raise NotAllowed(_("You may not plan this round."))
    if of.state != Round.State.DRAFT:
        raise NotOpenForComments
    if (of.discussed_since is not None) != is_open:
        of.discussed_since = at if is_open else None
        of.save(update_fields=["discussed_since"])
        if is_open:
            telling.tell_of_open_rules(of, by=by, at=at)
    return of


@transaction.atomic
def comment(*, of: Round, has_read: int, text: str, by: User, at: datetime) -> RuleComment:
    """On the version that the person had before them (its number). Raises `NotAllowed`, `NotOpenForComments`,
    `Refused`."""
    of = _locked(of)
    if not access.can_discuss(by, of):
        raise NotAllowed
    if of.state != Round.State.DRAFT or of.discussed_since is None:
        raise NotOpenForComments
    rules = of.rules.order_by("-number").first()
    if rules is None or rules.number != has_read:
        raise Refused(_("The rules have changed in the meantime. Read them once more; your comment is still here."))
    if RuleComment.objects.filter(rules__round=of, author=by).count() >= MOST:
        raise Refused(_("You have written 30 comments on this round. Talk to whoever plans it."))
    return RuleComment.objects.create(rules=rules, author=by, text=text, at=at)


@transaction.atomic
def answer(*, comment: RuleComment, text: str, by: User, at: datetime) -> RuleComment:
    """What whoever plans says to it; it is settled by that. An empty answer settles it without a word. A later answer
    replaces the one before. Raises `NotAllowed`."""
    comment = RuleComment.objects.select_for_update(of=("self",), no_key=True).get(pk=comment.pk)
    if not access.can_plan(by, comment.rules.round.programme):
        raise NotAllowed(_("You may not plan this round."))
    comment.answer, comment.settled_by, comment.settled_at = text, by, at
    comment.save(update_fields=["answer", "settled_by", "settled_at"])
    return comment


def _locked(of: Round) -> Round:
    return Round.objects.select_for_update(of=("self",), no_key=True).select_related("programme").get(pk=of.pk)
