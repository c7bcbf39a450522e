"""Who works when: the week of those whose job it is, and the duties of those who volunteer."""

from rotations.models.cover import CoverRequest
from rotations.models.demand import Demand, PublishedPlan
from rotations.models.duty import Duty, DutyDay, DutyEvent
from rotations.models.feed import Feed
from rotations.models.handover import HandedTicket
from rotations.models.hours import Absence, WorkingBlock, WorkingHours
from rotations.models.invitation import Invitation
from rotations.models.on_duty import Finding, Tick
from rotations.models.programme import (
    Pattern,
    Programme,
    Qualification,
    QualificationReminder,
    Round,
    RoundRules,
    RuleComment,
)
from rotations.models.reflection import Reflection
from rotations.models.reminder import Reminder
from rotations.models.shift import Shift
from rotations.models.sign_up import SignUp, Wish
from rotations.models.verdict import Verdict
from rotations.models.waiting import WaitlistEntry

__all__ = [
    "Absence",
    "CoverRequest",
    "Demand",
    "Duty",
    "DutyDay",
    "DutyEvent",
    "Feed",
    "Finding",
    "HandedTicket",
    "Invitation",
    "Pattern",
    "Programme",
    "PublishedPlan",
    "Qualification",
    "QualificationReminder",
    "Reflection",
    "Reminder",
    "Round",
    "RoundRules",
    "RuleComment",
    "Shift",
    "SignUp",
    "Tick",
    "Verdict",
    "WaitlistEntry",
    "Wish",
    "WorkingBlock",
    "WorkingHours",
]
