"""What callers send, checked. Nothing here reads or saves tickets; the actions decide whether it may be done."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from helpdesk.lib.one_line import must_be_one_line
from tickets.actions import copying
from tickets.actions.linking import Relation
from tickets.api.fields import LARGEST_ID, Identifier, LetIn, Moment, OwnValues, PriorityName, StrictSerializer, Words
from tickets.models import Channel, Priority, Queue, Status, View
from tickets.models.ticket import RemovedAs
from tickets.queries.queue import PAGE_SIZE, VIEWS, Filters

MOST_ROWS = 100

SETTABLE = [choice for choice in Status.choices if choice[0] not in (Status.NEW, Status.CLOSED)]
"""New is where tickets begin and closed where time takes them; nobody sets either by hand."""

AFTER_REPLY = [choice for choice in SETTABLE if choice[0] != Status.ON_HOLD]
"""A hold needs its reason and its own call."""


class ListInput(StrictSerializer):
    """The filters of the list, together: every one given narrows it further."""

    q = serializers.CharField(
        required=False,
        trim_whitespace=True,
        max_length=2000,
        help_text="A search, in the language of the search page: `status:open queue:billing due<4h -tag:spam invoice`. "
        "With it solved tickets are listed too, and the newest first.",
    )
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

    not_filters = ("q", "after", "size")

    @property
    def filters(self) -> Filters:
        return Filters(**{name: value for name, value in self.validated_data.items() if name not in self.not_filters})


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
    fields = OwnValues(
        required=False, default=dict, help_text="Values of the desk's own fields by key, as in `change_field`."
    )


class TextInput(StrictSerializer):
    text = Words()


class NoteInput(TextInput):
    let_in = LetIn()


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
    cc = serializers.ListField(
        child=serializers.CharField(max_length=320),
        required=False,
        default=list,
        max_length=copying.MOST,
        help_text="Addresses that get a copy of this reply by mail, and nothing that was said before. Refused for "
        "people on a duty, who see no addresses, for addresses of this desk and where mail is paused (409).",
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


class TagsInput(StrictSerializer):
    """Either ``tags``, or ``add`` and ``remove``."""

    add = serializers.ListField(child=serializers.CharField(max_length=60), required=False, default=list, max_length=40)
    remove = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, default=list, max_length=40
    )
    tags = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=40, help_text="All tags afterwards."
    )
    seen = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        help_text="The tags you saw, with `tags`. Left out: those you did not know of are taken off.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "tags" in attrs and (attrs["add"] or attrs["remove"]):
            raise serializers.ValidationError({"tags": _("Give either all tags, or those to put on and take off.")})
        return attrs


class FieldInput(StrictSerializer):
    value = serializers.CharField(allow_null=True, allow_blank=True, max_length=2000)
    seen = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=2000,
        help_text="The value you saw, null or empty for none. Left out: not checked.",
    )


class SubjectInput(StrictSerializer):
    subject = serializers.CharField(max_length=300, validators=[must_be_one_line])
    seen = serializers.CharField(
        required=False,
        default=None,
        allow_blank=True,
        trim_whitespace=False,
        help_text="The subject you saw. Left out: not checked.",
    )


class RequesterChangeInput(StrictSerializer):
    requester = RequesterInput(help_text="Whose request it is.")
    seen = Identifier(required=False, default=None, help_text="Number of the requester you saw. Left out: not checked.")


class SnoozeInput(StrictSerializer):
    until = Moment(allow_null=True, help_text="When it wakes; null wakes it now.")
    reason = serializers.CharField(required=False, default="", max_length=300, help_text="Why it can wait; needed.")
    seen = Moment(
        required=False,
        allow_null=True,
        help_text="Until when you saw it snoozed, null for awake. Left out: not checked.",
    )


class RemovalInput(StrictSerializer):
    removed_as = serializers.ChoiceField(choices=[RemovedAs.SPAM.value, RemovedAs.DELETED.value])


class LinkInput(StrictSerializer):
    relation = serializers.ChoiceField(choices=Relation.choices, help_text="What this ticket is to the other one.")
    other = Identifier(help_text="Number of the other ticket. You must work both.")


class MergeInput(StrictSerializer):
    into = Identifier(help_text="Number of the ticket it goes into. You must work both.")
    shows_all = serializers.BooleanField(
        default=False,
        help_text="Let requesters and followers of both read everything but notes. Left out: nobody reads more than "
        "before, words of another requester become notes.",
    )


class SplitInput(StrictSerializer):
    messages = serializers.ListField(
        child=Identifier(), allow_empty=False, max_length=1000, help_text="Numbers of the messages that go."
    )
    subject = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=300, validators=[must_be_one_line]
    )
    requester = Identifier(
        required=False, default=None, allow_null=True, help_text="Who wrote one of them. Left out: the same requester."
    )


class AppointmentInput(StrictSerializer):
    starts_at = Moment()
    ends_at = Moment()
    title = serializers.CharField(max_length=200, validators=[must_be_one_line])
    place = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=200, validators=[must_be_one_line]
    )


class AppointmentMoveInput(AppointmentInput):
    seen = serializers.IntegerField(
        required=False,
        default=None,
        min_value=0,
        max_value=2**31 - 1,
        help_text="The `sequence` you saw. Left out: not checked.",
    )


class PersonMergeInput(StrictSerializer):
    into = Identifier(help_text="Number of the person who stays: a requester or a colleague.")


class ViewInput(StrictSerializer):
    name = serializers.CharField(max_length=60, validators=[must_be_one_line])
    query = serializers.CharField(max_length=500, help_text="A search, in the language of the search page.")
    sort = serializers.ChoiceField(choices=View.Sort.choices, default=View.Sort.NEWEST)
    columns = serializers.ListField(
        child=serializers.CharField(max_length=60),
        default=list,
        max_length=50,
        help_text="What its rows show besides: queue, status, priority, opened, updated, solved, snoozed, or `field.` "
        "and the key of a field. What there is not is left out.",
    )
    team = Identifier(default=None, allow_null=True, help_text="The team that sees it; null for nobody's.")
    is_for_everybody = serializers.BooleanField(default=False)


class ViewChangeInput(StrictSerializer):
    name = serializers.CharField(required=False, max_length=60, validators=[must_be_one_line])
    query = serializers.CharField(required=False, max_length=500)
    sort = serializers.ChoiceField(choices=View.Sort.choices, required=False)
    columns = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=50)
    team = Identifier(required=False, allow_null=True)
    is_for_everybody = serializers.BooleanField(required=False)
    seen = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="The `version` you saw. Left out: not checked."
    )


class MoveInput(StrictSerializer):
    to = serializers.ChoiceField(choices=["up", "down"])


class PageInput(StrictSerializer):
    after = serializers.CharField(
        required=False, max_length=500, help_text="Where the page before ended; the `next` link holds it."
    )
    size = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=PAGE_SIZE, help_text="Rows on a page.")
