"""What a plan would change for those in it, against the plan that was published last."""

from __future__ import annotations

from dataclasses import dataclass

from rotations.models import Duty, PublishedPlan, Shift
from rotations.queries.planning import Planning
from tickets.models import User


@dataclass(frozen=True)
class Diff:
    last: PublishedPlan | None
    added: list[Duty]
    changed: list[Duty]
    """With other mentors than before."""
    removed: list[tuple[User, Shift]]
    same: int

    @property
    def is_empty(self) -> bool:
        return self.last is not None and not (self.added or self.changed or self.removed)


def entries(plan: Planning) -> list[dict[str, int | None]]:
    return [
        {"shift": each.shift_id, "person": each.person_id, "mentor": each.mentor_id, "deputy": each.deputy_id}
        for each in plan.duties
    ]


def diff(plan: Planning) -> Diff:
    """Three statements beside the plan's."""
    last = plan.round.published_plans.order_by("-number").first()
    before = {(each["shift"], each["person"]): each for each in last.placements} if last else {}
    now = {(each["shift"], each["person"]): each for each in entries(plan)}
    duties = {(each.shift_id, each.person_id): each for each in plan.duties}
    gone = [pair for pair in before if pair not in now]
    shifts = Shift.objects.in_bulk([shift for shift, _person in gone])
    people = User.objects.in_bulk([person for _shift, person in gone])
    return Diff(
        last=last,
        added=[duties[pair] for pair in duties if pair not in before],
        changed=[duties[pair] for pair in duties if pair in before and before[pair] != now[pair]],
        removed=[(people[person], shifts[shift]) for shift, person in gone if shift in shifts and person in people],
        same=sum(before.get(pair) == each for pair, each in now.items()),
    )
