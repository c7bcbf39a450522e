"""What callers get: the shapes of people, tickets and messages, with what the caller may not see left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from helpdesk.lib.api_values import InvalidOutput as InvalidOutput
from helpdesk.lib.api_values import ProblemOutput as ProblemOutput
from helpdesk.lib.api_values import RefusalOutput as RefusalOutput
from tickets import access, contact
from tickets.actions.linking import Relation, relation_of
from tickets.api.fields import Identifier, Moment, OwnValues, PriorityName
from tickets.channels.email import identity
from tickets.channels.email.bounce_phrases import Reason
from tickets.models import (
    Channel,
    CustomField,
    DueState,
    Language,
    Message,
    Metric,
    Outbox,
    Role,
    Status,
    Ticket,
    User,
    View,
)
from tickets.models.ticket import RemovedAs
from tickets.queries import joined
from tickets.queries.cases import leads_to
from tickets.queries.joined import Linked


@dataclass(frozen=True)
class Viewer:
    """Who reads, and when: rights hang on both."""

    user: User
    at: datetime


class Named(serializers.Serializer[Any]):
    id = Identifier(source="pk")
    name = serializers.CharField()


class PersonOutput(Named):
    """A member of staff. Who never told us a name is called by the address."""

    name = serializers.CharField(source="__str__")


class RequesterOutput(serializers.Serializer[Any]):
    id = Identifier()
    name = serializers.CharField()
    email = serializers.CharField(allow_null=True, help_text="Masked (`a…@x…`) for people on a duty.")
    phone = serializers.CharField(allow_blank=True, help_text="Masked (`…67`) for people on a duty.")


class PromiseOutput(serializers.Serializer[Any]):
    """The promise to the requester that comes due next."""

    metric = serializers.ChoiceField(choices=Metric.choices)
    state = serializers.ChoiceField(choices=DueState.choices)
    due_at = Moment()


WORKERS_ONLY = "Null for whoever does not work the ticket."


class TicketOutput(serializers.Serializer[Ticket]):
    """A row of the list, and what a change answers."""

    # Context: ``viewer``, and ``is_worker``, whether the viewer works all these tickets.

    id = Identifier(source="pk", help_text="The number people see.")
    subject = serializers.CharField(help_text="Empty where a mail came without one.")
    queue = Identifier(source="queue_id")
    channel = serializers.ChoiceField(choices=Channel.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    priority = PriorityName(allow_null=True, help_text="Null for whoever does not work the ticket.")
    requester = serializers.SerializerMethodField()
    organisation = serializers.SerializerMethodField()
    assignee = serializers.SerializerMethodField(help_text="Null for nobody.")
    promise = serializers.SerializerMethodField(help_text="Null without one, and for whoever does not work the ticket.")
    tags = serializers.ListField(child=serializers.CharField(), allow_null=True, help_text=WORKERS_ONLY)
    fields = OwnValues(allow_null=True, help_text="Values of the desk's own fields by key; null as tags.")
    snoozed_until = Moment(allow_null=True, help_text="Null for a ticket that is awake.")
    opened_at = Moment()
    updated_at = Moment()
    solved_at = Moment(allow_null=True)

    for_workers: tuple[str, ...] = ("priority", "promise", "tags", "fields", "snoozed_until")
    """Fields that are null for readers who may see the ticket but do not work it."""

    def to_representation(self, instance: Ticket) -> Any:
        shown = super().to_representation(instance)
        if not self.context["is_worker"]:
            shown.update(dict.fromkeys(self.for_workers))
        return shown

    @extend_schema_field(RequesterOutput)
    def get_requester(self, ticket: Ticket) -> dict[str, Any]:
        person = ticket.requester
        if is_contact_hidden(ticket, self.context["viewer"]):
            return {
                "id": person.pk,
                "name": contact.mask_name(str(person)),
                "email": contact.mask_email(person.email) if person.email else None,
                "phone": contact.mask_phone(person.phone),
            }
        return {"id": person.pk, "name": str(person), "email": person.email, "phone": person.phone}

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_organisation(self, ticket: Ticket) -> str | None:
        return ticket.organisation.name if ticket.organisation else None

    @extend_schema_field(PersonOutput(allow_null=True))
    def get_assignee(self, ticket: Ticket) -> Any:
        return {"id": ticket.assignee.pk, "name": str(ticket.assignee)} if ticket.assignee else None

    @extend_schema_field(PromiseOutput(allow_null=True))
    def get_promise(self, ticket: Ticket) -> Any:
        if ticket.due_at is None or not ticket.sla_state:
            return None
        due_at = self.fields["opened_at"].to_representation(ticket.due_at)
        return {"metric": ticket.sla_metric, "state": ticket.sla_state, "due_at": due_at}


class RequestOutput(serializers.Serializer[Ticket]):
    """One of the caller's own requests."""

    id = Identifier(source="pk", help_text="The number people see.")
    subject = serializers.CharField(help_text="Empty where a mail came without one.")
    status = serializers.ChoiceField(choices=Status.choices)
    assignee = PersonOutput(allow_null=True)
    opened_at = Moment()
    updated_at = Moment()
    solved_at = Moment(allow_null=True)


class RequestList(serializers.Serializer[Any]):
    results = RequestOutput(many=True)


class TicketPage(serializers.Serializer[Any]):
    results = TicketOutput(many=True)
    next = serializers.URLField(allow_null=True, help_text="Address of the next page, null on the last.")
    is_near = serializers.BooleanField(
        required=False, help_text="Of a search: nothing holds exactly these words, so these come near."
    )
    left_out = serializers.IntegerField(
        required=False,
        help_text="Of a search: nothing holds all of the words, so these hold all but at most this many; else 0.",
    )
    searched_to = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Of a search: it went back to this number so far, and goes on at `next`; null when it is complete.",
    )


class FileOutput(serializers.Serializer[Any]):
    id = Identifier()
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    content_type = serializers.CharField()
    is_inline = serializers.BooleanField(help_text="Shown inside the message's HTML.")
    content_id = serializers.CharField(help_text="By this the HTML names it: `cid:…`. Empty for most files.")
    url = serializers.CharField(help_text="Where to download it, with the same session.")


class BounceOutput(serializers.Serializer[Any]):
    """Why a mail came back."""

    at = Moment()
    reason = serializers.ChoiceField(choices=[each.value for each in Reason])
    is_hard = serializers.BooleanField(help_text="Whether the address itself is dead, not this mail or this day.")


class DeliveryOutput(serializers.Serializer[Any]):
    """What became of the mail that carries a reply."""

    state = serializers.ChoiceField(choices=Outbox.State.choices)
    address = serializers.CharField(help_text="Masked for people on a duty.")
    error = serializers.CharField(
        allow_blank=True, help_text="The mail server's last words; empty for people on a duty."
    )
    bounce = BounceOutput(allow_null=True, help_text="Null unless the mail came back.")


class InvitedOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    address = serializers.CharField(help_text="Masked for people on a duty.")


class AttendeeOutput(InvitedOutput):
    answer = serializers.CharField(
        help_text="`accepted`, `declined`, `tentative`, `delegated`, `needs-action` or empty."
    )


class RepetitionOutput(serializers.Serializer[Any]):
    every = serializers.ChoiceField(choices=("day", "week", "month", "year"))
    interval = serializers.IntegerField()
    count = serializers.IntegerField(help_text="How often in all, 0 when it does not say.")
    until = serializers.CharField(help_text="As `starts`; empty when it does not say.")
    days = serializers.ListField(child=serializers.CharField(), help_text="`MO`, `TU`, …")


class InvitationOutput(serializers.Serializer[Any]):
    """A calendar event that came with a mail, as its sender wrote it (iCalendar, iTIP)."""

    method = serializers.CharField(help_text="`request`, `cancel`, `reply`, `publish`, …")
    uid = serializers.CharField()
    sequence = serializers.IntegerField()
    status = serializers.CharField()
    summary = serializers.CharField()
    description = serializers.CharField()
    location = serializers.CharField()
    link = serializers.CharField(help_text="Where to join, empty when it does not say.")
    starts = serializers.CharField(
        help_text="ISO 8601 in UTC; without a zone when the event means that clock time anywhere; a date when all day."
    )
    ends = serializers.CharField(help_text="As `starts`, or empty. Of an event of whole days its last day.")
    is_all_day = serializers.BooleanField()
    zone = serializers.CharField(help_text="The zone it was planned in, as its sender calls it.")
    repeats = RepetitionOutput(allow_null=True)
    organiser = InvitedOutput(allow_null=True)
    people = AttendeeOutput(many=True)


class NamedInWords(serializers.Serializer[Any]):
    person = Identifier()
    words = serializers.CharField(help_text="As it stands in the text, with its @.")


class MessageOutput(serializers.Serializer[Message]):
    """A public message or a note. Text is as written; only recipient lines are masked for people on a duty."""

    id = Identifier(source="pk")
    kind = serializers.ChoiceField(choices=Message.Kind.choices)
    state = serializers.ChoiceField(
        choices=Message.State.choices,
        help_text="`review`: a mentor reads it first. `returned`: not sent, back with its author.",
    )
    channel = serializers.ChoiceField(choices=Channel.choices)
    is_from_requester = serializers.BooleanField()
    author = serializers.SerializerMethodField()
    text = serializers.CharField()
    named = serializers.SerializerMethodField(help_text="Who is named in a note: these words mean this person.")
    html = serializers.CharField(help_text="Cleaned HTML, empty where there was none. Show it in a sandboxed frame.")
    at = Moment()
    to = serializers.SerializerMethodField(help_text="Recipients of the mail it came in.")
    cc = serializers.SerializerMethodField(help_text="Copies of the mail it came in; of a reply, who gets a copy.")
    files = serializers.SerializerMethodField()
    traits = serializers.ListField(
        child=serializers.CharField(),
        source="mail_traits",
        help_text="What to know of the mail it came in: `signed_smime`, `encrypted_pgp`, `charset_guessed`, …",
    )
    invitation = serializers.SerializerMethodField(help_text="The calendar event in the mail, null without one.")
    delivery = serializers.SerializerMethodField(
        help_text="Null where no mail left, and for whoever does not work the ticket."
    )

    @extend_schema_field(Named(allow_null=True))
    def get_author(self, message: Message) -> dict[str, Any] | None:
        if message.author is None:
            return None
        name = str(message.author)
        is_hidden = message.is_from_requester and self.context["is_contact_hidden"]
        return {"id": message.author_id, "name": contact.mask_name(name) if is_hidden else name}

    @extend_schema_field(NamedInWords(many=True))
    def get_named(self, message: Message) -> list[dict[str, Any]]:
        return [{"person": each["person"], "words": each["as"]} for each in message.named or ()]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_to(self, message: Message) -> list[str]:
        return self._recipients(message.mail_to)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_cc(self, message: Message) -> list[str]:
        return self._recipients(message.mail_cc)

    @extend_schema_field(FileOutput(many=True))
    def get_files(self, message: Message) -> Any:
        files: list[dict[str, Any]] = getattr(message, "files", [])
        return [{**file, "url": reverse("attachment", args=[file["id"]])} for file in files]

    @extend_schema_field(InvitationOutput(allow_null=True))
    def get_invitation(self, message: Message) -> Any:
        if not message.invitation:
            return None
        event: dict[str, Any] = InvitationOutput(message.invitation).data
        if self.context["is_contact_hidden"]:
            for person in [*event["people"], *([event["organiser"]] if event["organiser"] else [])]:
                person["name"] = contact.mask_name(person["name"])
                person["address"] = contact.mask_email(person["address"]) if person["address"] else ""
        return event

    @extend_schema_field(DeliveryOutput(allow_null=True))
    def get_delivery(self, message: Message) -> dict[str, Any] | None:
        delivery: dict[str, Any] | None = getattr(message, "delivery", None)
        if delivery is None or not self.context["is_worker"]:
            return None
        bounced_at = delivery["bounced_at"]
        shown: dict[str, Any] = {name: delivery[name] for name in ("state", "address", "error")} | {"bounce": None}
        if bounced_at:
            bounce = {"at": datetime.fromisoformat(bounced_at), "is_hard": bool(delivery["bounce_is_hard"])}
            shown["bounce"] = dict(BounceOutput(bounce | {"reason": delivery["bounce_reason"]}).data)
        if self.context["is_contact_hidden"]:
            return shown | {"address": contact.mask_email(delivery["address"]), "error": ""}
        return shown

    def to_representation(self, message: Message) -> dict[str, Any]:
        if self.context["is_contact_hidden"]:
            contact.withhold_bounces([message])
        shown: dict[str, Any] = super().to_representation(message)
        if message.mail_id or message.is_from_requester:
            shown |= {name: identity.without_tokens(shown[name]) for name in ("text", "html")}
        return shown

    def _recipients(self, addresses: Sequence[str]) -> list[str]:
        if self.context["is_contact_hidden"]:
            return [contact.mask_email(address) for address in addresses]
        return [identity.without_tokens(address) for address in addresses]


class RightsOutput(serializers.Serializer[Any]):
    """What the caller may do to the ticket now, as far as rights go; its state may still refuse."""

    write = serializers.BooleanField(
        help_text="Send a public message: as the desk, or as the requester on an own ticket."
    )
    note = serializers.BooleanField()
    take = serializers.BooleanField()
    assign = serializers.BooleanField()
    change = serializers.BooleanField(help_text="Status, priority, subject, tags, fields, snooze.")
    move = serializers.BooleanField(help_text="To another queue.")
    remove = serializers.BooleanField(help_text="Spam, delete, restore.")
    join = serializers.BooleanField(help_text="Link, merge and split.")
    appoint = serializers.BooleanField(help_text="Agree on a time with the requester.")
    is_reviewed = serializers.BooleanField(help_text="A reply waits for a mentor before it leaves.")


class LinkOutput(serializers.Serializer[Any]):
    """A link, seen from the ticket in the context."""

    id = Identifier(source="link.pk")
    relation = serializers.SerializerMethodField(help_text="What this ticket is to the other one.")
    other = Identifier(source="other.pk", help_text="Number of the other ticket.")
    subject = serializers.CharField(source="other.subject")
    status = serializers.ChoiceField(choices=Status.choices, source="other.status")

    @extend_schema_field(serializers.ChoiceField(choices=Relation.choices))
    def get_relation(self, linked: Linked) -> str:
        return relation_of(linked.link, seen_from=self.context["ticket"]).value


class AppointmentOutput(serializers.Serializer[Any]):
    id = Identifier(source="pk")
    title = serializers.CharField()
    place = serializers.CharField(allow_blank=True)
    starts_at = Moment()
    ends_at = Moment()
    sequence = serializers.IntegerField(help_text="One more with each change.")
    cancelled_at = Moment(allow_null=True)


class TicketDetail(TicketOutput):
    """Everything about one ticket, messages included."""

    hold_reason = serializers.CharField(allow_null=True, help_text="Null for whoever does not work the ticket.")
    removed_as = serializers.ChoiceField(
        choices=RemovedAs.choices, allow_blank=True, help_text="Empty for tickets in use."
    )
    removed_at = Moment(allow_null=True, help_text="When it was removed; restorable for 30 days.")
    snooze_reason = serializers.CharField(allow_null=True, help_text="Null for whoever does not work the ticket.")
    follow_up_of = Identifier(source="follow_up_of_id", allow_null=True, help_text="The closed ticket it goes on with.")
    merged_into = serializers.SerializerMethodField(
        help_text="Number of the ticket it is part of now, null for none and for one that you may not see."
    )
    links = serializers.SerializerMethodField(help_text="To tickets that you work; empty for whoever works none.")
    appointments = serializers.SerializerMethodField(help_text="Those not cancelled; empty as links.")
    first_reply_at = Moment(allow_null=True)
    closed_at = Moment(allow_null=True)
    reopened_at = Moment(allow_null=True)
    rights = serializers.SerializerMethodField()
    messages = serializers.SerializerMethodField(help_text="Oldest first; notes only for people who work the ticket.")

    for_workers = (*TicketOutput.for_workers, "hold_reason", "snooze_reason")

    @extend_schema_field(Identifier(allow_null=True))
    def get_merged_into(self, ticket: Ticket) -> int | None:
        viewer = self.context["viewer"]
        return leads_to(ticket, viewer.user, at=viewer.at)

    @extend_schema_field(LinkOutput(many=True))
    def get_links(self, ticket: Ticket) -> Any:
        viewer = self.context["viewer"]
        links = joined.links_of(ticket, viewer.user, at=viewer.at) if self.context["is_worker"] else []
        return LinkOutput(links, many=True, context={"ticket": ticket.pk}).data

    @extend_schema_field(AppointmentOutput(many=True))
    def get_appointments(self, ticket: Ticket) -> Any:
        found = joined.appointments_of(ticket) if self.context["is_worker"] else []
        return AppointmentOutput(found, many=True).data

    @extend_schema_field(RightsOutput)
    def get_rights(self, ticket: Ticket) -> dict[str, bool]:
        user, at = self.context["viewer"].user, self.context["viewer"].at
        can_reply = access.can_reply(user, ticket, at)
        return {
            "write": can_reply or access.can_write_as_requester(user, ticket),
            "note": access.can_note(user, ticket, at),
            "take": access.can_take(user, ticket, at),
            "assign": access.can_assign(user, ticket, at),
            "change": access.can_change_properties(user, ticket, at),
            "move": access.can_change_queue(user, ticket, at),
            "remove": access.can_remove(user, ticket, at),
            "join": access.can_join(user, ticket, at),
            "appoint": access.can_appoint(user, ticket, at),
            "is_reviewed": can_reply and access.needs_review(user, ticket, at),
        }

    @extend_schema_field(MessageOutput(many=True))
    def get_messages(self, ticket: Ticket) -> Any:
        return MessageOutput(self.context["messages"], many=True, context=self.context).data


class ChoicesOutput(serializers.Serializer[Any]):
    """What assigning, moving and changing the status can be given."""

    assignees = PersonOutput(many=True)
    queues = Named(many=True)
    statuses = serializers.ListField(child=serializers.ChoiceField(choices=Status.choices))


class QueueOutput(Named):
    team = Named()
    language = serializers.ChoiceField(choices=Language.choices, help_text="In which automatic answers are written.")


class QueueList(serializers.Serializer[Any]):
    results = QueueOutput(many=True)


class ScopeOutput(serializers.Serializer[Any]):
    """What a duty lets its holder work right now."""

    queues = serializers.ListField(child=Identifier())
    channels = serializers.ListField(child=serializers.ChoiceField(choices=Channel.choices))
    cap = serializers.IntegerField(help_text="Most tickets in hand at once.")
    chat_cap = serializers.IntegerField(help_text="Most chats in hand at once.")
    is_reviewed = serializers.BooleanField(help_text="Replies wait for a mentor before they leave.")


class OwnFieldOutput(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()
    type = serializers.ChoiceField(choices=CustomField.Type.choices)
    choices = serializers.ListField(child=serializers.CharField())
    queues = serializers.ListField(
        child=Identifier(), source="queue_ids", help_text="Where tickets have it; empty for everywhere."
    )
    is_required_to_solve = serializers.BooleanField()
    is_active = serializers.BooleanField()


class FieldList(serializers.Serializer[Any]):
    results = OwnFieldOutput(many=True)


class TagList(serializers.Serializer[Any]):
    results = serializers.ListField(child=serializers.CharField())


class ViewOutput(Named):
    """A saved search. Context: ``number``, how many tickets it holds, and ``may_change``."""

    query = serializers.CharField()
    sort = serializers.ChoiceField(choices=View.Sort.choices)
    columns = serializers.ListField(child=serializers.CharField())
    team = Identifier(source="team_id", allow_null=True)
    is_for_everybody = serializers.BooleanField()
    version = serializers.IntegerField()
    may_change = serializers.SerializerMethodField()
    count = serializers.SerializerMethodField(help_text="10000 means more than 9,999; null: not known.")
    problem = serializers.SerializerMethodField(help_text="What is wrong with its search now; empty when it is right.")

    def get_may_change(self, view: View) -> bool:
        return self.context["may_change"]

    def get_count(self, view: View) -> int | None:
        return self.context["number"].value

    def get_problem(self, view: View) -> str:
        return self.context["number"].problem


class ViewList(serializers.Serializer[Any]):
    results = ViewOutput(many=True)


class MeOutput(serializers.Serializer[Any]):
    id = Identifier()
    name = serializers.CharField()
    email = serializers.CharField(allow_null=True)
    role = serializers.ChoiceField(choices=Role.choices)
    language = serializers.ChoiceField(choices=Language.choices)
    time_zone = serializers.CharField()
    can_use_desk = serializers.BooleanField(help_text="Whether there is a queue to work now.")
    scopes = ScopeOutput(many=True)


class QueryMistake(serializers.Serializer[Any]):
    start = serializers.IntegerField(help_text="Where in `q`, in characters.")
    end = serializers.IntegerField()
    suggestion = serializers.CharField(help_text="What could stand there instead; empty when nothing comes near.")


class InvalidListOutput(InvalidOutput):
    mistake = QueryMistake(required=False, help_text="Of a search that cannot be read.")


class ConflictOutput(RefusalOutput):
    """With `code` = `conflict`: the property was changed since the caller looked. Nothing was overwritten."""

    field = serializers.CharField(required=False)
    theirs = serializers.JSONField(required=False, help_text="The value it has now.")
    yours = serializers.JSONField(required=False, help_text="The value that was asked for.")


class CrossedOutput(RefusalOutput):
    """With `code` = `crossed`: somebody wrote in the meantime. The reply was not sent."""

    newer = MessageOutput(many=True, required=False)


def is_contact_hidden(ticket: Ticket, viewer: Viewer) -> bool:
    return not access.can_see_contact(viewer.user, ticket, viewer.at)


def rows_shown(tickets: Sequence[Ticket], viewer: Viewer) -> Any:
    """Tickets that the viewer works."""
    return TicketOutput(tickets, many=True, context={"viewer": viewer, "is_worker": True}).data


def ticket_shown(ticket: Ticket, viewer: Viewer) -> Any:
    """One ticket that the viewer sees."""
    return TicketOutput(ticket, context=_context(ticket, viewer)).data


def detail_shown(ticket: Ticket, messages: Sequence[Message], viewer: Viewer) -> Any:
    return TicketDetail(ticket, context=_context(ticket, viewer) | {"messages": messages}).data


def messages_shown(messages: Sequence[Message], ticket: Ticket, viewer: Viewer) -> Any:
    """Rights are asked once per ticket, not once per message."""
    return MessageOutput(messages, many=True, context=_context(ticket, viewer)).data


def _context(ticket: Ticket, viewer: Viewer) -> dict[str, Any]:
    return {
        "viewer": viewer,
        "is_worker": access.can_work(viewer.user, ticket, viewer.at),
        "is_contact_hidden": is_contact_hidden(ticket, viewer),
    }
