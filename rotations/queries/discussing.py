"""What people say of the rules of a draft."""

from __future__ import annotations

from django.db.models import Count, Prefetch, Q

from rotations.models import Round, RoundRules, RuleComment


def versions(of: Round) -> list[RoundRules]:
    """The newest first, each with its comments in ``said``. Two statements."""
    comments = RuleComment.objects.select_related("author", "settled_by").order_by("at", "pk")
    rows = of.rules.order_by("-number").prefetch_related(Prefetch("comments", comments, to_attr="said"))
    return list(rows)


def discussed() -> list[Round]:
    """Drafts whose rules are open for comments; ``comments`` says how many there are."""
    rows = Round.objects.filter(state=Round.State.DRAFT, discussed_since__isnull=False).select_related("programme")
    return list(rows.annotate(comments=Count("rules__comments")).order_by("starts_on", "pk"))


def tally(of: Round) -> tuple[int, int]:
    """How many comments there are, and how many of them nobody has settled."""
    counted = RuleComment.objects.filter(rules__round=of).aggregate(
        all=Count("pk"), waiting=Count("pk", filter=Q(settled_at=None))
    )
    return counted["all"], counted["waiting"]
