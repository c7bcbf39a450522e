"""How mail comes in and leaves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from helpdesk.lib.one_line import must_be_one_line
from tickets.forms.fields import PlainSelect, TypedChoiceField
from tickets.forms.rows import RowForm
from tickets.models import Mailbox, MailSender, Queue


class UndoTimeForm(forms.Form):
    undo_s = forms.TypedChoiceField(
        label=_("A reply that was sent can be taken back"), coerce=int, choices=[], widget=PlainSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        within = [(s, ngettext("for %(number)d second", "for %(number)d seconds", s) % {"number": s}) for s in UNDO_S]
        self.fields["undo_s"].choices = [(0, _("never: it leaves at once")), *within]


UNDO_S = (5, 10, 20, 30, 60)


def secret(label: Any, **attributes: Any) -> forms.CharField:
    """Typed in and never shown again; what is kept stays where nothing is typed."""
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})
    return forms.CharField(label=label, required=False, strip=False, max_length=4000, widget=widget, **attributes)


class ImapForm(RowForm):
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


class PushForm(RowForm):
    class Meta:
        model = Mailbox
        fields = ("name", "queue", "authserv_id")
        widgets = {"queue": PlainSelect}


class FolderForm(forms.Form):
    folder = forms.CharField(label=_("Folder"), max_length=254, validators=[must_be_one_line])


class StartForm(forms.Form):
    everything = TypedChoiceField(choices=[("1", ""), ("0", "")], coerce=lambda value: value == "1")


class SenderForm(RowForm):
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


class QueueMailForm(RowForm):
    class Meta:
        model = Queue
        fields = ("signature", "language", "acknowledges")
        widgets = {"language": PlainSelect}
