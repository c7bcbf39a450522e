"""The kernel's tables. Other apps import from here, modules of this package from each other's files."""

from tickets.models.channel import Channel
from tickets.models.event import Event, Kind
from tickets.models.grant import Grant, GrantWindow, Presence
from tickets.models.inbound import InboundMessage
from tickets.models.mailbox import Mailbox
from tickets.models.message import Attachment, Draft, Message
from tickets.models.notification import Notification
from tickets.models.outbox import Outbox
from tickets.models.people import Language, Membership, Organisation, Role, Team, Theme, User
from tickets.models.queue import Queue, QueueAddress
from tickets.models.sender import MailSender, PausedAddress
from tickets.models.slot import JobSlot
from tickets.models.ticket import DueState, Metric, Priority, Share, Status, Ticket

__all__ = [
    "Attachment",
    "Channel",
    "Draft",
    "DueState",
    "Event",
    "Grant",
    "GrantWindow",
    "InboundMessage",
    "JobSlot",
    "Kind",
    "Language",
    "MailSender",
    "Mailbox",
    "Membership",
    "Message",
    "Metric",
    "Notification",
    "Organisation",
    "Outbox",
    "PausedAddress",
    "Presence",
    "Priority",
    "Queue",
    "QueueAddress",
    "Role",
    "Share",
    "Status",
    "Team",
    "Theme",
    "Ticket",
    "User",
]
