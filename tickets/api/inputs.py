"""What callers send, checked. Nothing here reads or saves tickets; the actions decide whether it may be done."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from helpdesk.lib.one_line import must_be_one_line
from tickets.api.fields import LARGEST_ID, Identifier, PriorityName, StrictSerializer, Words
from tickets.models import Channel, Priority, Queue, Status
from tickets.queries.queue import PAGE_SIZE, VIEWS, Filters

MOST_ROWS = 100

SETTABLE = [choice for choice in Status.choices if choice[0] not in (Status.NEW, Status.CLOSED)]
"""New is where tickets begin and closed where time takes them; nobody sets either by hand."""

AFTER_REPLY = [choice for choice in SETTABLE if choice[0] != Status.ON_HOLD]
"""A hold needs its reason and its own call."""


class ListInput(StrictSerializer):
    """The filters of the list, together: every one given narrows it further."""

    view = serializers.ChoiceField(
        choices=VIEWS,
        default="all",
        help_text="What the list holds: all unsolved, your own, nobody's, about to breach (due within 4 hours), "
        "overdue, waiting for the requester, or solved.",
    )
    queue = Identifier(required=False, help_text="Number of a queue.")
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    channel = serializers.ChoiceField(choices=Channel.choices, required=False)
    priority = PriorityName(required=False)
    assignee = serializers.RegexField(
        r"^(me|nobody|[1-9][0-9]{0,17})$",
        required=False,
        help_text="`me`, `nobody` or a person's number.",
        error_messages={"invalid": gettext_lazy("Write me, nobody or a person's number.")},
    )
    after = serializers.CharField(
        required=False, max_length=500, help_text="Where the page before ended; the `next` link holds it."
    )
    size = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=PAGE_SIZE, help_text="Rows on a page.")

    @property
    def filters(self) -> Filters:
        return Filters(**{name: value for name, value in self.validated_data.items() if name not in ("after", "size")})


class RequesterInput(StrictSerializer):
    email = serializers.EmailField(
        required=False,
        default=None,
        allow_null=True,
        max_length=254,
        validators=[must_be_one_line],
        help_text="A known address finds its person, a new one makes a new requester.",
    )
    name = serializers.CharField(
        required=False,
        default="",
        max_length=200,
        validators=[must_be_one_line],
        help_text="Used for new requesters only.",
    )
    phone = serializers.CharField(
        required=False,
        default="",
        max_length=40,
        validators=[must_be_one_line],
        help_text="Needed when there is no email.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["email"] and not attrs["phone"]:
            raise serializers.ValidationError(
                {"email": _("Write an email address or a phone number: without either nobody can answer.")}
            )
        return attrs


class OpenInput(StrictSerializer):
    requester = RequesterInput(help_text="Whose ticket it is.")
    queue = serializers.PrimaryKeyRelatedField(
        queryset=Queue.objects.all(),
        pk_field=Identifier(),
        help_text="Number of a queue in which you may open tickets.",
    )
    channel = serializers.ChoiceField(choices=Channel.choices, default=Channel.WEB, help_text="How the request came.")
    subject = serializers.CharField(max_length=300, validators=[must_be_one_line])
    text = Words(help_text="The requester's words.")
    priority = PriorityName(default=Priority.NORMAL)


class TextInput(StrictSerializer):
    text = Words()


class ReplyInput(TextInput):
    next_status = serializers.ChoiceField(
        choices=AFTER_REPLY,
        required=False,
        default="",
        help_text="The status afterwards. Left out: a new ticket becomes open, any other stays as it is.",
    )
    seen_message = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST_ID,
        required=False,
        default=None,
        allow_null=True,
        help_text="Number of the newest public message the writer saw, 0 for none. When a newer one exists the reply "
        "is not sent (409, `newer` holds what crossed it). Left out: sent whatever was written meanwhile.",
    )


class AssignInput(StrictSerializer):
    assignee = Identifier(allow_null=True, help_text="A person's number, or null to give the ticket back to nobody.")
    seen = Identifier(
        allow_null=True,
        required=False,
        help_text="Who had the ticket when you looked, null for nobody. Left out: not checked.",
    )


class StatusInput(StrictSerializer):
    status = serializers.ChoiceField(choices=SETTABLE)
    seen = serializers.ChoiceField(
        choices=Status.choices, required=False, default=None, help_text="The status you saw. Left out: not checked."
    )
    reason = serializers.CharField(
        required=False, default="", max_length=300, help_text="What the ticket waits for; needed for `on_hold`."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["status"] == Status.ON_HOLD and not attrs["reason"]:
            raise serializers.ValidationError({"reason": _("Say what the ticket waits for: a hold needs a reason.")})
        return attrs


class PriorityInput(StrictSerializer):
    priority = PriorityName()
    seen = PriorityName(required=False, help_text="The priority you saw. Left out: not checked.")


class QueueInput(StrictSerializer):
    queue = serializers.PrimaryKeyRelatedField(
        queryset=Queue.objects.all(), pk_field=Identifier(), help_text="Number of the queue it moves to."
    )
    seen = Identifier(required=False, help_text="Number of the queue you saw it in. Left out: not checked.")
