"""What people type, checked. Forms validate and never save; the actions decide whether it may be done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from helpdesk.lib.one_line import must_be_one_line
from tickets import keys, notices
from tickets.actions.attaching import File, TooLarge
from tickets.actions.linking import Relation
from tickets.models import (
    Assignment,
    AuditEntry,
    Channel,
    CustomField,
    Language,
    Mailbox,
    MailSender,
    Priority,
    Queue,
    Role,
    Status,
    Team,
    Theme,
    User,
)
from tickets.queries.custom_fields import Field
from tickets.queries.directory import Colleague, Desk, people_of
from tickets.queries.queue import VIEWS, Filters
from tickets.queries.searching.writing import as_query


def options(choices: Iterable[tuple[Any, Any]], *chosen: Any) -> SafeString:
    """The options of a select, the chosen ones marked."""
    marked = {str(each) for each in chosen}
    return SafeString(
        "".join(
            f'<option value="{escape(value)}"{" selected" if str(value) in marked else ""}>{escape(label)}</option>'
            for value, label in choices
        )
    )


class PlainSelect(forms.Select):
    """A select written in one go: Django renders a template per option, dearer than fifty rows of a list."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        attributes = flatatt({**self.build_attrs(self.attrs, attrs), "name": name})
        return format_html("<select{}>{}</select>", attributes, options(self.choices, *self.format_value(value)))


class ChoiceField(forms.ChoiceField):
    widget = PlainSelect


class TypedChoiceField(forms.TypedChoiceField):
    widget = PlainSelect


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, together no more than one message may carry."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if self.required and not given:
            raise forms.ValidationError(self.error_messages["required"])
        files = [super(FilesField, self).clean(each, initial) for each in given]
        if sum(file.size for file in files) > settings.MAX_UPLOAD_BYTES:
            raise forms.ValidationError(str(TooLarge()))
        return files


def as_attachments(files: list[UploadedFile]) -> list[File]:
    """Uploaded files as the actions take them."""
    return [
        File(name=file.name or "", content=file.read(), content_type=file.content_type or "application/octet-stream")
        for file in files
    ]


MAX_WORDS = 200_000
TOO_LONG = {"max_length": _("This text is too long to read here. Attach it as a file instead.")}


class WordsField(forms.CharField):
    """A text just as it was typed. A NUL, which some programs copy along, is no part of it: nobody sees it, and the
    database holds none."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, max_length=MAX_WORDS, error_messages=TOO_LONG, **kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\0", "")

    def bound_data(self, data: Any, initial: Any) -> str:
        """What the page shows again."""
        return self.to_python(data)


class NumbersField(forms.Field):
    """Ids that stand in the form under one name; what is no number is left out."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[int]:
        return [int(each) for each in value or [] if each.isascii() and each.isdecimal() and len(each) < 19]


class NoteForm(forms.Form):
    """``kept`` are the files beside the draft that leave with it."""

    text = WordsField(required=False)
    files = FilesField(required=False)
    kept = NumbersField(required=False)


class ReplyForm(NoteForm):
    """``seen`` is the newest public message the writer saw; ``next_status`` is empty to leave the status alone."""

    next_status = ChoiceField(required=False, choices=[])
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, next_statuses: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["next_status"].choices = next_statuses


class AnswerForm(NoteForm):
    """The requester's own answer."""


class AskForm(forms.Form):
    """``to`` is a colleague by name or address; empty for one's own mentors."""

    text = WordsField(required=False)
    to = forms.CharField(required=False, max_length=300)


class QuestionAnswerForm(forms.Form):
    text = WordsField()


class DraftForm(forms.Form):
    """``draft_seen`` is when the draft was saved that the page began with, empty for none."""

    kind = ChoiceField(choices=[("public", ""), ("note", ""), ("ask", "")])
    text = WordsField(required=False)
    draft_seen = forms.CharField(required=False, max_length=40)

    def clean_draft_seen(self) -> datetime | None:
        return _moment(self.cleaned_data["draft_seen"])


class DraftFilesForm(forms.Form):
    kind = ChoiceField(choices=[("public", ""), ("note", "")])
    files = FilesField()


class UndoTimeForm(forms.Form):
    undo_s = forms.TypedChoiceField(
        label=_("A reply that was sent can be taken back"), coerce=int, choices=[], widget=PlainSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        within = [(s, ngettext("for %(number)d second", "for %(number)d seconds", s) % {"number": s}) for s in UNDO_S]
        self.fields["undo_s"].choices = [(0, _("never: it leaves at once")), *within]


UNDO_S = (5, 10, 20, 30, 60)


class ApprovalForm(forms.Form):
    text = WordsField()


class ReturnForm(forms.Form):
    comment = forms.CharField(max_length=2000, widget=forms.Textarea)


class StatusForm(forms.Form):
    """``seen`` in this and the next forms is the value the person had in sight when choosing."""

    name = "status"

    status = ChoiceField(label=_("Status"))
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("What does it wait for?"), required=False, max_length=300)

    def __init__(self, *args: Any, statuses: Iterable[Status], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = [(each, each.label) for each in statuses]


class PriorityForm(forms.Form):
    name = "priority"

    priority = TypedChoiceField(label=_("Priority"), choices=Priority.choices, coerce=int)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class QueueForm(forms.Form):
    name = "queue"

    queue = TypedChoiceField(label=_("Queue"), coerce=int)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, desks: Iterable[Desk], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["queue"].choices = [(desk.pk, desk.name) for desk in desks]


class AssigneeForm(forms.Form):
    """``seen`` is 0 for nobody."""

    name = "assignee"

    assignee = TypedChoiceField(label=_("Assignee"), required=False, coerce=int, empty_value=None)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: Iterable[Colleague], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [("", _("Nobody")), *((person.pk, person.name) for person in people)]


class SubjectForm(forms.Form):
    name = "subject"

    subject = forms.CharField(label=_("Subject"), max_length=300, validators=[must_be_one_line])
    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)


class RequesterForm(forms.Form):
    """``full_name`` is for an address that nobody has yet."""

    name = "email"

    email = forms.EmailField(label=_("Requester's email"), validators=[must_be_one_line])
    full_name = forms.CharField(label=_("Name"), required=False, max_length=200, validators=[must_be_one_line])
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class TagsForm(forms.Form):
    """Tags to put on, apart by blanks or commas, or one to take off."""

    add = forms.CharField(required=False, max_length=1000)
    remove = forms.CharField(required=False, max_length=60)


class FieldValueForm(forms.Form):
    value = forms.CharField(required=False, max_length=2000)
    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)


class SnoozeForm(forms.Form):
    """``when`` is a time, or "own" for the one in ``until``. ``seen`` is empty for a ticket that was awake."""

    when = forms.CharField(max_length=40)
    until = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
    reason = forms.CharField(label=_("Why can it wait?"), required=False, max_length=300)
    seen = forms.CharField(required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("when") == "own":
            values["moment"] = values.get("until")
        else:
            values["moment"] = _moment(values.get("when"))
        if not values["moment"] and "until" not in self.errors:
            self.add_error("until", _("Choose until when."))
        return values

    def clean_seen(self) -> datetime | None:
        return _moment(self.cleaned_data["seen"])


def _moment(text: str | None) -> datetime | None:
    """An aware time from a page of ours; None for anything else."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


class RemovalForm(forms.Form):
    removed_as = ChoiceField(choices=[("spam", ""), ("deleted", "")])


class TagNameForm(forms.Form):
    """What a tag becomes on every ticket; empty to take it off."""

    becomes = forms.CharField(label=_("New name"), required=False, max_length=60)


def own_field(each: Field) -> forms.Field:
    """The form's field for one of the desk's own. What its value means is for the action to say."""
    if each.type == CustomField.Type.CHOICE:
        return ChoiceField(
            label=each.label, required=False, choices=[("", "–"), *((choice, choice) for choice in each.choices)]
        )
    attributes = {CustomField.Type.DATE: {"type": "date"}, CustomField.Type.NUMBER: {"inputmode": "decimal"}}
    widget = forms.TextInput({"autocomplete": "off", **attributes.get(CustomField.Type(each.type), {})})
    return forms.CharField(label=each.label, required=False, max_length=500, widget=widget)


class NewTicketForm(forms.Form):
    email = forms.EmailField(
        label=_("Requester's email"),
        required=False,
        validators=[must_be_one_line],
        help_text=_("A new address makes a new requester."),
    )
    name = forms.CharField(label=_("Name"), required=False, max_length=200, validators=[must_be_one_line])
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40, validators=[must_be_one_line])
    queue = TypedChoiceField(label=_("Queue"), coerce=int)
    channel = ChoiceField(label=_("It came by"))
    priority = TypedChoiceField(label=_("Priority"), choices=Priority.choices, coerce=int, initial=Priority.NORMAL)
    subject = forms.CharField(label=_("Subject"), max_length=300, validators=[must_be_one_line])
    text = WordsField(label=_("What is it about?"))
    files = FilesField(label=_("Files"), required=False)

    def __init__(
        self, *args: Any, desks: Iterable[Desk], channels: Iterable[str], own: Iterable[Field] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        desks = list(desks)
        self.fields["queue"].choices = [(desk.pk, desk.name) for desk in desks]
        self.fields["channel"].choices = [(each, Channel(each).label) for each in channels]
        self._own = [each for each in own if any(each.is_on(desk.pk) for desk in desks)]
        for each in self._own:
            self.fields[f"field-{each.key}"] = own_field(each)

    @property
    def own_fields(self) -> list[tuple[Field, forms.BoundField]]:
        """The desk's own fields of any queue that can be chosen; the page hides those of the others."""
        return [(each, self[f"field-{each.key}"]) for each in self._own]

    @property
    def own_values(self) -> dict[str, str]:
        """What was typed into those of the chosen queue, by key."""
        typed = {each.key: self.cleaned_data.get(f"field-{each.key}", "") for each in self._own}
        queue = self.cleaned_data["queue"]
        return {each.key: typed[each.key] for each in self._own if each.is_on(queue) and typed[each.key]}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("email") and "email" not in self.errors:
            if not values.get("name"):
                self.add_error("email", _("Write an email address, or a name and a phone number."))
            elif not values.get("phone"):
                self.add_error("phone", _("Without an email address a phone number is needed, to call back."))
        return values


class FilterForm(forms.Form):
    """The filters of the list. Each is optional; a value that nobody knows is left out instead of refused."""

    view = ChoiceField(required=False, choices=[(view, view) for view in VIEWS], widget=forms.HiddenInput)
    queue = TypedChoiceField(
        label=_("Queue"),
        required=False,
        coerce=int,
        empty_value=None,
    )
    channel = ChoiceField(label=_("Channel"), required=False, choices=[("", _("Any channel")), *Channel.choices])
    status = ChoiceField(label=_("Status"), required=False, choices=[("", _("Any status")), *Status.choices])
    priority = TypedChoiceField(
        label=_("Priority"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Any priority")), *Priority.choices],
    )
    assignee = ChoiceField(label=_("Assignee"), required=False)

    def __init__(self, data: Any, *, desks: Iterable[Desk]) -> None:
        super().__init__(data)
        desks = list(desks)
        self.fields["queue"].choices = [("", _("Any queue")), *((desk.pk, desk.name) for desk in desks)]
        self.fields["assignee"].choices = [
            ("", _("Anybody")),
            ("me", pgettext_lazy("assignee filter", "Me")),
            ("nobody", _("Nobody")),
            *((str(person.pk), person.name) for person in people_of(desks)),
        ]

    @property
    def filters(self) -> Filters:
        self.is_valid()
        values = {name: value for name, value in self.cleaned_data.items() if value}
        return Filters(**values)

    @property
    def as_query(self) -> str:
        """The same as a search."""
        return as_query(self.filters)

    @property
    def selects(self) -> list[forms.BoundField]:
        return [self[name] for name in ("queue", "channel", "status", "priority", "assignee")]


class NewsForm(forms.Form):
    """What an open page has in sight: the newest number it knows, and the rows it shows, as 1,2,3."""

    newest = forms.IntegerField(required=False, min_value=0)
    version = forms.IntegerField(required=False, min_value=0)
    numbers = forms.RegexField(r"^[\d,]*$", required=False, max_length=4000)

    def clean_newest(self) -> int:
        return self.cleaned_data["newest"] or 0

    def clean_numbers(self) -> list[int]:
        return [int(number) for number in self.cleaned_data["numbers"].split(",") if number]


class SettingsForm(forms.Form):
    language = ChoiceField(label=_("Language"), choices=Language.choices)
    theme = ChoiceField(label=_("Appearance"), choices=Theme.choices, required=False)
    time_zone = ChoiceField(label=_("Time zone"), choices=[])
    shows_favours = forms.BooleanField(
        label=_("Leads see my favours by name"),
        required=False,
        help_text=_(
            "Off, your hours count in the sum of the team and your name stands nowhere on the page of favours."
        ),
    )

    def __init__(self, *args: Any, has_favours: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_favours:
            del self.fields["shows_favours"]
        zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]


class NoticeWaysForm(forms.Form):
    """A way for each kind of notice, those of other apps too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in notices.kinds():
            self.fields[kind.name] = ChoiceField(label=kind.label, choices=notices.Way.choices, required=False)


class KeyField(forms.CharField):
    """A key as `tickets.keys` writes it."""

    def to_python(self, value: Any) -> str:
        try:
            return keys.read(super().to_python(value))
        except keys.NotAKey as error:
            raise forms.ValidationError(_("This is no key. Examples: J, Shift J, G Q.")) from error


class KeysForm(forms.Form):
    """The keys of every action. Two in each other's way are both named, and nothing is stored."""

    uses_keys = forms.BooleanField(label=_("Single keys do something, outside fields"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", "translate": "no"}
        for name, action in keys.ACTIONS.items():
            widget = forms.TextInput(attrs=plain)
            self.fields[name] = KeyField(label=action.label, required=False, max_length=20, widget=widget)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        chosen = {name: values[name] for name in keys.ACTIONS if name in values}
        for name, others in keys.conflicts(chosen).items():
            labels = ", ".join(str(keys.ACTIONS[each].label) for each in others)
            self.add_error(name, _("In the way of: %(actions)s.") % {"actions": labels})
        return values


# How mail comes in and leaves


def secret(label: Any, **attributes: Any) -> forms.CharField:
    """Typed in and never shown again; what is kept stays where nothing is typed."""
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})
    return forms.CharField(label=label, required=False, strip=False, max_length=4000, widget=widget, **attributes)


class MailSettingsForm(forms.ModelForm):
    """What was typed, field by field. What may stand together is for the action to say, and it says it here."""

    kept = _("One is kept, sealed. Leave this empty to keep it.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "queue" in self.fields:
            self.fields["queue"].empty_label = _("Choose a queue")

    def _post_clean(self) -> None:
        """The row stays as it is stored: the action checks and changes it."""

    def say_kept(self, *names: str) -> None:
        for name in names:
            if getattr(self.instance, f"sealed_{name}"):
                self.fields[name].help_text = self.kept

    def refuse(self, errors: dict[str, str]) -> None:
        for name, sentence in errors.items():
            self.add_error(name if name in self.fields else None, sentence)


class ImapForm(MailSettingsForm):
    password = secret(_("Password"))
    token_url = forms.URLField(label=_("Token address"), required=False, max_length=500, assume_scheme="https")
    client_secret = secret(_("Client secret"))
    refresh_token = secret(
        _("Refresh token"),
        help_text=_("With one, the mailbox is read on behalf of the person who gave it; without, as the application."),
    )
    forgets_refresh_token = forms.BooleanField(label=_("Forget the kept refresh token"), required=False)

    class Meta:
        model = Mailbox
        fields = (
            "name", "queue", "host", "port", "security", "username", "login", "token_url", "client_id", "scope",
            "folder", "processed_folder", "uses_idle", "authserv_id",
        )  # fmt: skip
        widgets = {"login": forms.RadioSelect({"class": "check"}), "queue": PlainSelect, "security": PlainSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].choices = Mailbox.Login.choices
        self.fields["host"].required = self.fields["username"].required = True
        self.say_kept("password", "client_secret", "refresh_token")
        if not self.instance.sealed_refresh_token:
            del self.fields["forgets_refresh_token"]


class PushForm(MailSettingsForm):
    class Meta:
        model = Mailbox
        fields = ("name", "queue", "authserv_id")
        widgets = {"queue": PlainSelect}


class FolderForm(forms.Form):
    folder = forms.CharField(label=_("Folder"), max_length=254, validators=[must_be_one_line])


class StartForm(forms.Form):
    everything = TypedChoiceField(choices=[("1", ""), ("0", "")], coerce=lambda value: value == "1")


class SenderForm(MailSettingsForm):
    password = secret(_("Password"))

    class Meta:
        model = MailSender
        fields = ("name", "queue", "host", "port", "security", "username", "per_minute", "is_active")
        labels = {"is_active": pgettext_lazy("sender of mail", "Active")}
        widgets = {"queue": PlainSelect, "security": PlainSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["queue"].required = True
        self.say_kept("password")


class QueueMailForm(MailSettingsForm):
    class Meta:
        model = Queue
        fields = ("signature", "language", "acknowledges")
        widgets = {"language": PlainSelect}


class QueueSetupForm(MailSettingsForm):
    """``sure``: whoever fills it in has read what follows from it."""

    addresses = forms.CharField(
        label=_("Mail addresses"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=_("One on each line. Mail to them lands here; what the queue sends leaves from the first."),
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Queue
        fields = ("name", "team", "assignment", "assignment_cap", "closes_after_days")
        widgets = {"team": PlainSelect, "assignment": forms.RadioSelect({"class": "check"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignment"].choices = Assignment.choices
        self.fields["assignment_cap"].widget.attrs["min"] = self.fields["closes_after_days"].widget.attrs["min"] = 1
        if self.instance.pk:
            rows = sorted(self.instance.addresses.all(), key=lambda row: (not row.is_sender, row.address))
            self.initial["addresses"] = "\n".join(row.address for row in rows)

    def clean_addresses(self) -> list[str]:
        return str(self.cleaned_data["addresses"]).split()


class FieldSetupForm(MailSettingsForm):
    """One of the desk's own fields. Its type is chosen once: values are stored in the form of the type."""

    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One on each line. Tickets keep a choice that is taken off here."),
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = CustomField
        fields = ("label", "type", "queues", "is_required_to_solve")
        labels = {"is_required_to_solve": _("A ticket cannot be solved while it is empty")}
        widgets = {
            "type": forms.RadioSelect({"class": "check"}),
            "queues": forms.CheckboxSelectMultiple({"class": "check"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(self.instance.choices)
        if self.instance.pk:
            del self.fields["type"]
        else:
            self.fields["type"].choices = CustomField.Type.choices
            self.initial["type"] = CustomField.Type.TEXT

    def clean_choices(self) -> list[str]:
        return str(self.cleaned_data["choices"]).splitlines()


class PersonSetupForm(MailSettingsForm):
    """An account. ``mails_link`` belongs to a new one; later there is a button for it."""

    organisation = forms.CharField(
        label=_("Organisation"),
        required=False,
        max_length=200,
        help_text=_("A name that is new here makes a new organisation."),
    )
    time_zone = ChoiceField(
        label=_("Time zone"), choices=lambda: [(zone, zone) for zone in sorted(available_timezones())]
    )
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"),
        queryset=Team.objects.order_by("name", "id"),
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "check"}),
    )
    mails_link = forms.BooleanField(
        label=_("Mail a link to choose a password"),
        required=False,
        initial=True,
        help_text=_("Valid for three days. Whoever missed it asks for another one on the sign-in page."),
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = User
        fields = ("name", "email", "phone", "role", "language")
        widgets = {"role": PlainSelect, "language": PlainSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = Role.choices
        if self.instance.pk:
            del self.fields["mails_link"]
            self.initial["organisation"] = self.instance.organisation.name if self.instance.organisation else ""
            self.initial["teams"] = [team.pk for team in self.instance.teams.all()]
        else:
            self.initial["role"] = Role.AGENT
        self.initial["time_zone"] = self.instance.time_zone


class TeamSetupForm(MailSettingsForm):
    members = forms.ModelMultipleChoiceField(
        label=_("Members"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple({"class": "check"})
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Team
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True, role__in=[Role.AGENT, Role.LEAD, Role.ADMIN])
        self.fields["members"].queryset = people.order_by("sort_key", "id")
        if self.instance.pk:
            self.initial["members"] = list(self.instance.memberships.values_list("user", flat=True))

    def clean_members(self) -> list[User]:
        """Whoever is not offered, being away from the desk for now, stays in the team."""
        offered = self.fields["members"].queryset
        stays = User.objects.filter(memberships__team=self.instance.pk).exclude(pk__in=offered.values("pk"))
        return [*self.cleaned_data["members"], *(stays if self.instance.pk else ())]


class SearchForm(forms.Form):
    q = forms.CharField(label=_("Address"), required=False, max_length=320)


class AuditForm(forms.Form):
    """What of the audit is asked for; everything may be left empty."""

    _years = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1)))

    person = forms.CharField(label=pgettext_lazy("audit", "By whom (name or address)"), required=False, max_length=200)
    kind = ChoiceField(
        label=pgettext_lazy("audit", "On what"),
        required=False,
        choices=lambda: [("", pgettext_lazy("audit", "Everything")), *AuditEntry.Kind.choices],
    )
    since = forms.DateField(
        label=pgettext_lazy("audit", "From"),
        required=False,
        validators=_years,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=pgettext_lazy("audit", "To"),
        required=False,
        validators=_years,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )


class AddressToUnlockForm(forms.Form):
    address = forms.CharField(max_length=255)


class SecondFactorRuleForm(forms.Form):
    required = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])


# Tickets and people that belong together


class LinkForm(forms.Form):
    """``other`` is a number, or words to find the ticket by."""

    relation = ChoiceField(label=_("This ticket is"), choices=Relation.choices)
    other = forms.CharField(label=_("Number or words of the subject"), max_length=300)


class SplitForm(forms.Form):
    """``requester`` is the id of whoever the new ticket belongs to: this one's requester or an author of a message."""

    subject = forms.CharField(label=_("Subject of the new ticket"), max_length=300, validators=[must_be_one_line])
    requester = TypedChoiceField(label=_("Whose ticket it is"), coerce=int)
    messages = forms.TypedMultipleChoiceField(label=_("Messages"), coerce=int, required=False)

    def __init__(self, *args: Any, people: Iterable[tuple[int, str]], messages: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["requester"].choices = list(people)
        self.fields["messages"].choices = [(each, "") for each in messages]


LENGTHS = [15, 30, 45, 60, 90, 120, 180, 240, 480]


class AppointmentForm(forms.Form):
    """When is by the clock of whoever fills it in. A time that a change to summer time skips reads later, one that
    comes twice is the first."""

    title = forms.CharField(label=_("What"), max_length=200, validators=[must_be_one_line])
    day = forms.DateField(
        label=pgettext_lazy("day", "Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    start = forms.TimeField(label=_("Start"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    minutes = TypedChoiceField(label=_("Length"), coerce=int, initial=30)
    place = forms.CharField(label=_("Where"), required=False, max_length=200, validators=[must_be_one_line])
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, length: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minutes"].choices = [(each, _length(each)) for each in sorted({*LENGTHS, length} - {0})]

    @property
    def span(self) -> tuple[datetime, datetime]:
        values = self.cleaned_data
        starts_at = datetime.combine(values["day"], values["start"], tzinfo=timezone.get_current_timezone())
        starts_at = starts_at.astimezone(UTC)
        return starts_at, starts_at + timedelta(minutes=values["minutes"])


def _length(minutes: int) -> str:
    if minutes % 60:
        return ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}
    return ngettext("%(number)d hour", "%(number)d hours", minutes // 60) % {"number": minutes // 60}
