"""Changes as data (`actions.changes`) on pages: one form to choose them, and what they are in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from helpdesk.lib.one_line import must_be_one_line
from tickets.actions import filling, tagging
from tickets.actions.changes import Change
from tickets.actions.errors import Refused
from tickets.forms.fields import ChoiceField, own_field
from tickets.models import CustomField, Priority, Status, User
from tickets.models.ticket import RemovedAs
from tickets.queries import directory
from tickets.queries.custom_fields import custom_fields
from tickets.queries.naming import names_of_people
from tickets.templatetags.ui import full_moment
from tickets.views import rail

MINUTES = (60, 240, 24 * 60, 2 * 24 * 60, 7 * 24 * 60)
_LEAVE = ("", pgettext_lazy("change", "leave as it is"))
_BY_HAND = (Status.OPEN, Status.WAITING, Status.ON_HOLD, Status.SOLVED)


class ChangesForm(forms.Form):
    """Every property of `actions.changes`; what is left empty is left alone. Adding, the form says what it means in
    `chosen`: words before whereabouts, and what ends the work last."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"), required=False, max_length=300, validators=[must_be_one_line]
    )
    priority = ChoiceField(label=gettext_lazy("Priority"), required=False, choices=[_LEAVE, *Priority.choices])
    tags = forms.CharField(label=gettext_lazy("These tags alone"), required=False, max_length=1000)
    add_tags = forms.CharField(label=gettext_lazy("Add tags"), required=False, max_length=1000)
    remove_tags = forms.CharField(label=gettext_lazy("Take off tags"), required=False, max_length=1000)
    requester = forms.EmailField(label=gettext_lazy("Requester's email"), required=False)
    queue = ChoiceField(label=gettext_lazy("Queue"), required=False)
    assignee = ChoiceField(label=gettext_lazy("Assignee"), required=False)
    status = ChoiceField(
        label=gettext_lazy("Status"), required=False, choices=[_LEAVE, *((each.value, each.label) for each in _BY_HAND)]
    )
    hold_reason = forms.CharField(
        label=gettext_lazy("What does it wait for?"), required=False, max_length=300, validators=[must_be_one_line]
    )
    snooze = ChoiceField(label=gettext_lazy("Snooze"), required=False)
    snooze_reason = forms.CharField(
        label=gettext_lazy("Why can it wait?"), required=False, max_length=300, validators=[must_be_one_line]
    )
    removed_as = ChoiceField(label=gettext_lazy("Remove"), required=False)

    def __init__(self, *args: Any, has_me: bool = True, by: User | None = None, **kwargs: Any) -> None:
        """``by`` is who will make the changes, where that is known: people on a duty are offered what they may do. The
        field for an address would tell them whose it is."""
        super().__init__(*args, **kwargs)
        desks = directory.desks()
        people = [(str(each.pk), each.name) for each in directory.people_of(desks)]
        me = [("me", _("whoever makes the change"))] if has_me else []
        self._choices("queue", [(str(each.pk), each.name) for each in desks])
        self._choices("assignee", [*me, ("nobody", _("Nobody")), *people])
        self._choices("snooze", [*((str(each), span(each)) for each in MINUTES), ("wake", _("wake it"))])
        self._choices(
            "removed_as",
            [("spam", _("as spam")), ("deleted", _("as deleted")), ("restore", pgettext("change", "restore it"))],
        )
        for each in custom_fields():
            if each.is_active:
                self.fields[f"field-{each.key}"] = own_field(each)
        if by is not None and not by.is_support:
            for name in ("requester", "queue", "removed_as"):
                del self.fields[name]
            self._choices("assignee", [("nobody", _("Nobody"))])  # they take one by one, up to their cap

    def _choices(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [_LEAVE, *choices]

    @property
    def own(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("field-")]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name in ("tags", "add_tags", "remove_tags"):
            try:
                values[name] = sorted(tagging.normalised(_apart(values.get(name, ""))))
            except Refused as refusal:
                self.add_error(name, str(refusal))
        for each in custom_fields():
            try:
                if text := values.get(f"field-{each.key}"):
                    values[f"field-{each.key}"] = filling.read(CustomField.objects.get(pk=each.pk), text)
            except Refused as refusal:
                self.add_error(f"field-{each.key}", str(refusal))
        if email := values.get("requester"):
            person = User.objects.filter(email=email.lower(), is_active=True).first()
            if person is None:
                self.add_error("requester", _("Nobody has this address."))
            else:
                values["requester"] = person.pk
        if values.get("status") == Status.ON_HOLD and not values.get("hold_reason"):
            self.add_error("hold_reason", _("Say what the ticket waits for: a hold needs a reason."))
        if values.get("snooze") not in ("", None, "wake") and not values.get("snooze_reason"):
            self.add_error("snooze_reason", _("Say why it can wait: whoever finds it later wants to know."))
        return values

    @property
    def chosen(self) -> list[Change]:
        """The changes, in the order in which they are made. Valid forms only."""
        values = self.cleaned_data
        found: list[Change] = []

        def add(name: str, to: Any, **more: Any) -> None:
            found.append({"property": name, "to": to, **more})

        if values["subject"]:
            add("subject", values["subject"])
        if values["priority"]:
            add("priority", int(values["priority"]))
        for name in ("tags", "add_tags", "remove_tags"):
            if values[name]:
                add(name, values[name])
        for each in custom_fields():
            if values.get(f"field-{each.key}"):
                add("field", values[f"field-{each.key}"], field=each.key)
        if values.get("requester"):
            add("requester", values["requester"])
        if values.get("queue"):
            add("queue", int(values["queue"]))
        if who := values["assignee"]:
            add("assignee", None if who == "nobody" else "me" if who == "me" else int(who))
        if values["status"]:
            reason = {"reason": values["hold_reason"]} if values["status"] == Status.ON_HOLD else {}
            add("status", values["status"], **reason)
        if values["snooze"] == "wake":
            add("snooze", None)
        elif values["snooze"]:
            add("snooze", int(values["snooze"]), reason=values["snooze_reason"])
        if values.get("removed_as"):
            add("removed_as", "" if values["removed_as"] == "restore" else values["removed_as"])
        return found


def initial_of(changes: Sequence[Change]) -> dict[str, Any]:
    """What the form shows for changes that were chosen before."""
    values: dict[str, Any] = {}
    for each in changes:
        name, to = str(each["property"]), each["to"]
        if name in ("tags", "add_tags", "remove_tags"):
            values[name] = " ".join(to)
        elif name == "field":
            values[f"field-{each['field']}"] = to
        elif name == "requester":
            values[name] = User.objects.filter(pk=to).values_list("email", flat=True).first()
        elif name == "assignee":
            values[name] = "nobody" if to is None else str(to)
        elif name == "snooze":
            values |= {"snooze": "wake" if to is None else str(to), "snooze_reason": each.get("reason", "")}
        elif name == "removed_as":
            values[name] = to or "restore"
        else:
            values[name] = to
            if each.get("reason"):
                values["hold_reason"] = each["reason"]
    return values


def in_words(changes: Sequence[Change]) -> list[str]:
    """One phrase per change, in its order."""
    people = names_of_people(
        each["to"]
        for each in changes
        if each.get("property") in ("assignee", "requester") and isinstance(each["to"], int)
    )
    queues = {desk.pk: desk.name for desk in directory.desks()}
    return [_phrase(each, people, queues) for each in changes]


def _phrase(change: Change, people: dict[int, str], queues: dict[int, str]) -> str:
    name, to = str(change.get("property")), change.get("to")
    reason = f" ({change['reason']})" if change.get("reason") else ""
    tags = ", ".join(to) if isinstance(to, list) else ""
    phrases = {
        "subject": lambda: (_("Subject"), str(to)),
        "priority": lambda: (_("Priority"), Priority(to).label),
        "tags": lambda: (_("These tags alone"), tags),
        "add_tags": lambda: (_("Add tags"), tags),
        "remove_tags": lambda: (_("Take off tags"), tags),
        "field": lambda: (
            rail.label_of(change["field"]),
            rail.value_in_words(change["field"], to) if to else pgettext("value", "empty"),
        ),
        "requester": lambda: (_("Requester"), people.get(to, "?")),
        "queue": lambda: (_("Queue"), queues.get(to, "?")),
        "assignee": lambda: (_("Assignee"), _who(to, people)),
        "status": lambda: (_("Status"), f"{Status(to).label}{reason}"),
        "snooze": lambda: (_("Snooze"), f"{_until(to)}{reason}"),
        "removed_as": lambda: (_("Remove"), str(RemovedAs(to).label) if to else pgettext("change", "restore it")),
    }
    if name not in phrases:
        return _("This change is not known.")
    label, value = phrases[name]()
    return f"{label}: {value}"


def _who(to: Any, people: dict[int, str]) -> str:
    if to == "me":
        return _("whoever makes the change")
    return _("Nobody") if to is None else people.get(to, "?")


def _until(to: Any) -> str:
    if to is None:
        return _("wake it")
    return span(to) if isinstance(to, int) else full_moment(datetime.fromisoformat(to))


def span(minutes: int) -> str:
    """In the largest unit that holds it exactly."""
    if minutes % 1440:
        return _("%(number)d h") % {"number": minutes // 60} if not minutes % 60 else f"{minutes} min"
    return _("%(number)d d") % {"number": minutes // 1440}


def _apart(text: str) -> list[str]:
    return text.replace(",", " ").replace(";", " ").split()
