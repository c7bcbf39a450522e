"""What each person sets for themselves."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tickets import keys, notices
from tickets.forms.fields import ChoiceField, TypedChoiceField
from tickets.models import Language, Theme


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
    """A way for each kind of notice, those of other apps too; and the hour of the daily mail."""

    digest_hour = TypedChoiceField(
        label=_("Mail of the day: what waits for you"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[],
        help_text=_("Monday to Friday, in your time zone. No mail where nothing waits."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hours = [(hour, gettext("at %(hour)d:00") % {"hour": hour}) for hour in range(24)]
        self.fields["digest_hour"].choices = [("", gettext("Never")), *hours]
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
