"""The kernel's tables. Other apps import from here, modules of this package from each other's files."""

from tickets.models.audit import AuditEntry
from tickets.models.automation import AssignmentTurn, Macro, Rule, RuleCursor, RuleFiring
from tickets.models.bulk import BulkChange, BulkItem
from tickets.models.call import CallDraft, PersonNumber, PhoneCall
from tickets.models.channel import Channel
from tickets.models.consultation import Consultation, Consulted
from tickets.models.desk import DeskSettings
from tickets.models.event import Event, Kind
from tickets.models.grant import Grant, GrantWindow, Presence
from tickets.models.inbound import InboundMessage
from tickets.models.mailbox import Mailbox
from tickets.models.message import Attachment, Draft, DraftFile, DraftKind, Message
from tickets.models.notification import Notification
from tickets.models.outbox import Outbox
from tickets.models.people import (
    Language,
    ListDensity,
    ListLayout,
    ListOrder,
    Membership,
    Organisation,
    PersonAddress,
    PersonMerge,
    Role,
    Team,
    Theme,
    User,
)
from tickets.models.properties import Appointment, CustomField, Link, Merge, Tag
from tickets.models.queue import Assignment, Queue, QueueAddress
from tickets.models.reset import ResetRequest
from tickets.models.search import SearchBackfill, SearchText, SearchWord
from tickets.models.sender import MailSender, PausedAddress
from tickets.models.slot import JobSlot
from tickets.models.ticket import DueState, Metric, Priority, Share, Status, Ticket
from tickets.models.time_spent import TimeSpent
from tickets.models.view import View, ViewOrder
from tickets.models.walkup import QueueSnapshot, WalkUp

__all__ = [
    "Appointment",
    "Assignment",
    "AssignmentTurn",
    "Attachment",
    "AuditEntry",
    "BulkChange",
    "BulkItem",
    "CallDraft",
    "Channel",
    "Consultation",
    "Consulted",
    "CustomField",
    "DeskSettings",
    "Draft",
    "DraftFile",
    "DraftKind",
    "DueState",
    "Event",
    "Grant",
    "GrantWindow",
    "InboundMessage",
    "JobSlot",
    "Kind",
    "Language",
    "Link",
    "ListDensity",
    "ListLayout",
    "ListOrder",
    "Macro",
    "MailSender",
    "Mailbox",
    "Membership",
    "Merge",
    "Message",
    "Metric",
    "Notification",
    "Organisation",
    "Outbox",
    "PausedAddress",
    "PersonAddress",
    "PersonMerge",
    "PersonNumber",
    "PhoneCall",
    "Presence",
    "Priority",
    "Queue",
    "QueueAddress",
    "QueueSnapshot",
    "ResetRequest",
    "Role",
    "Rule",
    "RuleCursor",
    "RuleFiring",
    "SearchBackfill",
    "SearchText",
    "SearchWord",
    "Share",
    "Status",
    "Tag",
    "Team",
    "Theme",
    "Ticket",
    "TimeSpent",
    "User",
    "View",
    "ViewOrder",
    "WalkUp",
]
