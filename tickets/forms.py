"""What people type, checked. Forms validate and never save; the actions decide whether it may be done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import flatatt
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.lib.one_line import must_be_one_line
from tickets.actions.attaching import File
from tickets.models import Channel, Language, Mailbox, MailSender, Priority, Queue, Status, Theme
from tickets.queries.directory import Colleague, Desk, people_of
from tickets.queries.queue import VIEWS, Filters


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
        files = [super(FilesField, self).clean(each, initial) for each in given]
        if sum(file.size for file in files) > settings.MAX_UPLOAD_BYTES:
            megabytes = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
            raise forms.ValidationError(
                _("Together the files may have %(megabytes)d MB. Leave one out, or send a link to it."),
                params={"megabytes": megabytes},
            )
        return files


def as_attachments(files: list[UploadedFile]) -> list[File]:
    """Uploaded files as the actions take them."""
    return [
        File(name=file.name or "", content=file.read(), content_type=file.content_type or "application/octet-stream")
        for file in files
    ]


MAX_WORDS = 200_000
TOO_LONG = {"max_length": _("This text is too long to read here. Attach it as a file instead.")}


class NoteForm(forms.Form):
    text = forms.CharField(
        widget=forms.Textarea, required=False, strip=False, max_length=MAX_WORDS, error_messages=TOO_LONG
    )
    files = FilesField(required=False)


class ReplyForm(NoteForm):
    """``seen`` is the newest public message the writer saw; ``next_status`` is empty to leave the status alone."""

    next_status = ChoiceField(required=False, choices=[])
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, next_statuses: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["next_status"].choices = next_statuses


class AnswerForm(NoteForm):
    """The requester's own answer."""


class DraftForm(forms.Form):
    kind = ChoiceField(choices=[("public", ""), ("note", "")])
    text = forms.CharField(required=False, strip=False, max_length=MAX_WORDS)


class ApprovalForm(forms.Form):
    text = forms.CharField(widget=forms.Textarea, strip=False, max_length=MAX_WORDS)


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
    text = forms.CharField(
        label=_("What is it about?"),
        widget=forms.Textarea,
        strip=False,
        max_length=MAX_WORDS,
        error_messages=TOO_LONG,
    )
    files = FilesField(label=_("Files"), required=False)

    def __init__(self, *args: Any, desks: Iterable[Desk], channels: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["queue"].choices = [(desk.pk, desk.name) for desk in desks]
        self.fields["channel"].choices = [(each, Channel(each).label) for each in channels]

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
        widget=PlainSelect({"data-key": "F", "data-key-label": _("Filter the list")}),
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]


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


class SearchForm(forms.Form):
    q = forms.CharField(label=_("Address"), required=False, max_length=320)
