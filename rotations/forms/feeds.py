"""Which calendar somebody wants to read elsewhere."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rotations import access
from rotations.models import Feed, Programme, Round
from rotations.queries import feeds
from tickets.models import User


class FeedForm(forms.Form):
    what = forms.ChoiceField(label=gettext_lazy("Which calendar"))
    alarm_minutes = forms.TypedChoiceField(label=gettext_lazy("Reminder"), coerce=int, choices=Feed.Alarm.choices)
    is_busy = forms.BooleanField(label=gettext_lazy("Show me as busy at these times"), required=False, initial=True)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.things: dict[str, tuple[str, Round | Programme | None]] = {}
        choices = []
        if access.can_volunteer(by):
            self.things["own"] = (Feed.Kind.OWN, None)
            choices.append(("own", _("My duties")))
        for programme in feeds.programmes_in_sight(by):
            self.things[f"programme-{programme.pk}"] = (Feed.Kind.ON_DUTY, programme)
            choices.append((f"programme-{programme.pk}", _("On duty: %(programme)s") % {"programme": programme}))
        for each in feeds.rounds_in_sight(by):
            self.things[f"round-{each.pk}"] = (Feed.Kind.ROUND, each)
            told = {"programme": each.programme, "number": each.number}
            choices.append((f"round-{each.pk}", _("%(programme)s, round %(number)s") % told))
        self.fields["what"].choices = choices

    @property
    def thing(self) -> tuple[str, Round | Programme | None]:
        return self.things[self.cleaned_data["what"]]
