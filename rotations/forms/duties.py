"""Programmes, rounds, wishes and places, as people write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from helpdesk.lib.years import YEARS
from rotations import busy_times
from rotations.actions.signing_up import MOST
from rotations.busy_times import Read
from rotations.forms.hours import date_field
from rotations.models import Demand, Programme, Round, Shift, Wish
from rotations.programme_lines import lines_of, pairs_of
from rotations.queries.demand import GROUPS
from rotations.weekly_hours import DAY, Block, WrongHours, read_day, write_day
from tickets.models import Channel, Queue, Team, User
from tickets.searching.words import plain

OFFERED = [Channel.EMAIL, Channel.WEB, Channel.CHAT, Channel.MESSENGER, Channel.PHONE]
"""Channels that volunteers may answer."""
MOST_AWAY = 60
"""Absences that one sign-up keeps."""
TICKETS = "tickets"
"""What volunteers tick for email and web together."""
PARTNERS = ("partner_1", "partner_2")


def channels_field(channels: list[str], **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        choices=[(each, Channel(each).label) for each in OFFERED if each in channels],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one channel.")},
        **({"label": _("Channels")} | more),
    )


COUNTRIES = {
    "": pgettext_lazy("bank holidays", "None"),
    "PL": _("Poland"),
    "CZ": _("Czechia"),
    "DE": _("Germany"),
    "GB": _("United Kingdom"),
    "LT": _("Lithuania"),
    "SK": _("Slovakia"),
    "UA": _("Ukraine"),
    "US": _("United States"),
}
MOST_PARTS = 8


class ProgrammeForm(forms.ModelForm):
    country = forms.ChoiceField(
        label=_("Bank holidays of"),
        required=False,
        help_text=_("Nobody is wanted on these days, also in rounds that are published or running."),
    )
    parts = forms.CharField(
        label=_("Parts of a day"),
        max_length=120,
        required=False,
        widget=forms.TextInput({"translate": "no", "autocomplete": "off"}),
        help_text=_(
            "The columns of the board, one after another. Rounds whose demand is entered keep the parts that they have;"
            " the others, and those to come, take these."
        ),
    )

    class Meta:
        model = Programme
        fields = (
            "name", "team", "queues", "channels", "signed_off_channels", "rest_h", "newcomers_per_mentor",
            "mentees_per_mentor", "cap", "chat_cap", "is_reviewed", "links", "quiet_tasks", "country",
        )  # fmt: skip
        labels = {
            "name": pgettext_lazy("programme", "Name"),
            "team": _("Team"),
            "queues": _("Queues"),
            "rest_h": _("Hours of rest between two duties"),
            "newcomers_per_mentor": _("People on their first duty, for each mentor"),
            "mentees_per_mentor": _("People whom one mentor looks after on a day"),
            "cap": _("Most tickets in hand"),
            "chat_cap": _("Most chats at once"),
            "is_reviewed": _("A mentor reads replies before they leave"),
            "links": _("To be read on arrival"),
            "quiet_tasks": _("Tasks for quiet hours"),
        }
        help_texts = {
            "links": _("A line each: a name, then an address, such as “Returns https://wiki.example/returns”."),
            "quiet_tasks": _("A line each. They stand on My duty beside those that are always there."),
        }
        widgets = {
            "queues": forms.CheckboxSelectMultiple,
            "links": forms.Textarea({"rows": 3}),
            "quiet_tasks": forms.Textarea({"rows": 3}),
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.order_by("name")
        self.fields["team"].queryset = teams if by.role == "admin" else teams.filter(pk__in=by.team_ids)
        queues = self.fields["queues"].queryset
        if by.role != "admin":
            # What an admin has put there stands to be kept.
            own = Q(team__in=by.team_ids) | Q(programmes=self.instance.pk or 0)
            queues = queues.filter(pk__in=Queue.objects.filter(own).values("pk"))
        self.fields["queues"].queryset = queues
        self.fields["channels"] = channels_field([str(each) for each in OFFERED])
        self.fields["signed_off_channels"] = channels_field(
            [str(each) for each in OFFERED],
            label=_("Channels that need a sign-off"),
            required=False,
            help_text=_("Somebody answers them only when a lead has signed them off for each day of the duty."),
        )
        kept = self.instance.country
        self.fields["country"].choices = [*COUNTRIES.items(), *([] if kept in COUNTRIES else [(kept, kept)])]
        self.fields["parts"].initial = write_day(Block(0, *part) for part in pairwise(self.instance.part_edges))
        for name in ("rest_h", "newcomers_per_mentor", "mentees_per_mentor", "cap", "chat_cap"):
            least = 0 if name == "rest_h" else 1
            self.fields[name].min_value = least
            self.fields[name].validators.append(forms.fields.validators.MinValueValidator(least))
            self.fields[name].widget.attrs |= {"min": least, "max": 99}

    def clean_parts(self) -> list[int]:
        """Where they begin and the last one ends, in minutes; nothing written changes nothing."""
        if not self.cleaned_data["parts"].strip():
            return list(self.instance.part_edges)
        try:
            blocks = sorted(read_day(self.cleaned_data["parts"], 0), key=lambda each: each.starts)
        except WrongHours as error:
            raise forms.ValidationError(str(error)) from error
        if not 1 <= len(blocks) <= MOST_PARTS:
            raise forms.ValidationError(_("A day has between 1 and 8 parts."))
        for one, other in pairwise(blocks):
            if one.ends != other.starts:
                said = _("%(one)s and %(other)s do not meet: each part begins where the one before ends.")
                raise forms.ValidationError(said % {"one": one, "other": other})
        if blocks[-1].ends > DAY:
            raise forms.ValidationError(_("The parts end at midnight at the latest."))
        return [blocks[0].starts, *(each.ends for each in blocks)]

    def clean_links(self) -> str:
        lines = lines_of(self.cleaned_data["links"])
        if any(not pairs_of(line) for line in lines):
            raise forms.ValidationError(_("Each line is a name and, after a space, an address that begins with https."))
        return "\n".join(lines)

    def clean_quiet_tasks(self) -> str:
        lines = lines_of(self.cleaned_data["quiet_tasks"])
        if any(len(line) > 200 for line in lines):
            raise forms.ValidationError(_("A task has 200 characters at most."))
        return "\n".join(lines)


class PatternForm(forms.Form):
    """A run of days: the first weekday, how many, and the hours written as "8-16"."""

    first_weekday = forms.TypedChoiceField(label=_("First day"), coerce=int, choices=list(WEEKDAYS.items()))
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=14, initial=3)
    hours = forms.CharField(
        label=_("Hours"),
        max_length=20,
        initial="8-16",
        widget=forms.TextInput({"translate": "no", "autocomplete": "off"}),
    )
    seats = forms.IntegerField(label=_("Seats"), min_value=1, max_value=99, initial=2)

    def clean_hours(self) -> tuple[int, int]:
        try:
            blocks = read_day(self.cleaned_data["hours"], 0)
        except WrongHours as error:
            raise forms.ValidationError(str(error)) from error
        if len(blocks) != 1:
            raise forms.ValidationError(_("Write one time from and to, like 8-16."))
        return blocks[0].starts, blocks[0].ends


class RoundForm(forms.Form):
    starts_on = date_field(_("First day"), validators=YEARS)
    ends_on = date_field(_("Last day"), validators=YEARS)
    signup_until = date_field(_("People sign up until the end of"), validators=YEARS)
    rules = forms.CharField(
        label=_("Rules"),
        max_length=10_000,
        widget=forms.Textarea({"rows": 8}),
        help_text=_("Whoever signs up has read them. A later change is a new version, which they read again."),
    )

    def signup_ends_at(self, zone: str) -> datetime:
        last = self.cleaned_data["signup_until"] + timedelta(days=1)
        return datetime(last.year, last.month, last.day, tzinfo=ZoneInfo(zone))


class ColleagueField(forms.CharField):
    """Somebody by the whole name, however it is written, or by the address. Nobody is offered to choose from: whoever
    signs up names those they know."""

    def __init__(self, *, colleagues: Sequence[User], **kwargs: Any) -> None:
        widget = forms.TextInput({"autocomplete": "off", "spellcheck": "false", "translate": "no"})
        super().__init__(max_length=254, widget=widget, **kwargs)
        self._colleagues = colleagues

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, User):
            return value
        return str(value) if len(self._called(str(value))) == 1 else value.email

    def clean(self, value: Any) -> User | None:
        text = " ".join(super().clean(value).split())
        found = self._called(text)
        if len(found) > 1:
            said = _("Several colleagues are called %(name)s. Write the address of whom you mean.")
            raise forms.ValidationError(said % {"name": text})
        if text and not found:
            said = _("Nobody who could come is called %(name)s. Write the whole name, or the address.")
            raise forms.ValidationError(said % {"name": text})
        return found[0] if found else None

    def _called(self, text: str) -> list[User]:
        wanted = plain(text)
        return [each for each in self._colleagues if wanted and wanted in (plain(str(each)), plain(each.email))]


def scope_of(programme: Programme, told: set[str]) -> list[tuple[str, str, Any, Any, bool]]:
    """What may be answered, a row each: its value, the channel of its icon, its name, a word on it, and whether it is
    among what is ``told``."""
    chats = ngettext("%(count)d talk at a time.", "At most %(count)d talks at a time.", programme.chat_cap)
    words = {
        TICKETS: _("Calm. You can think and ask first."),
        Channel.CHAT: chats % {"count": programme.chat_cap},
        Channel.MESSENGER: _("Short questions."),
        Channel.PHONE: _("No phones is fine."),
    }
    rows = []
    for group in dict.fromkeys(GROUPS[each] for each in OFFERED if each in programme.channels):
        members = [each for each in OFFERED if GROUPS[each] == group and each in programme.channels]
        label = Demand.Channel(group).label if len(members) > 1 else members[0].label
        rows.append((group, str(members[0]), label, words[group], bool({group, *members} & told)))
    return rows


class SignUpForm(forms.Form):
    """Channels, how many duties, with whom, and a wish per shift (``wish_<number of the shift>``)."""

    quota = forms.IntegerField(
        label=_("How many duties would you take?"),
        min_value=0,
        max_value=MOST,
        initial=1,
        help_text=_("0: do not plan me, but you may ask me when somebody is missing."),
    )
    has_read = forms.IntegerField(widget=forms.HiddenInput)
    calendar = forms.FileField(
        label=_("From a calendar file (.ics)"),
        required=False,
        widget=forms.FileInput({"accept": ".ics,text/calendar"}),
        help_text=_("Only the dates are read, never what an entry is about. You see them before anything is kept."),
        error_messages={"empty": _("This file is empty.")},
    )
    away_from = date_field(_("Away from"), required=False, validators=YEARS)
    away_until = date_field(_("Away until"), required=False, validators=YEARS)

    def __init__(
        self, *args: Any, of: Round, shifts: list[Shift], zone: str, colleagues: Sequence[User], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, label in zip(PARTNERS, (_("With whom?"), _("And with whom else?")), strict=True):
            self.fields[name] = ColleagueField(label=label, colleagues=colleagues, required=False)
        self.shifts, self.zone, self.round = shifts, ZoneInfo(zone), of
        self.read: Read | None = None
        """What the file holds."""
        self.fields["channels"] = channels_field(of.programme.channels)
        self.fields["channels"].choices += [(TICKETS, Demand.Channel.TICKETS.label)]
        for shift in shifts:
            self.fields[f"wish_{shift.pk}"] = forms.ChoiceField(
                label=shift.name,
                choices=Wish.Value.choices,
                initial=Wish.Value.FINE,
                required=False,
                widget=forms.RadioSelect,
            )

    def clean_calendar(self) -> None:
        """Read at once and kept nowhere."""
        file = self.cleaned_data.get("calendar")
        if not file:
            return
        first, last = self._moment(self.round.starts_on), self._moment(self.round.ends_on + timedelta(days=1))
        try:
            self.read = busy_times.read(file.read(busy_times.MAX_BYTES + 1), first=first, last=last, zone=self.zone)
        except busy_times.NoCalendar as error:
            raise forms.ValidationError(
                _("This is no calendar file. Export one from your calendar program (it ends with .ics), or enter days.")
            ) from error

    def clean(self) -> dict[str, Any]:
        first = self.cleaned_data.get("away_from")
        last = self.cleaned_data.get("away_until") or first
        if first is None and last is not None:
            self.add_error("away_from", _("From which day on?"))
        elif first is not None and last is not None and last < first:
            self.add_error("away_until", _("The end lies before the beginning."))
        return self.cleaned_data

    @property
    def is_to_confirm(self) -> bool:
        """Whether there are dates from a file which the person has not seen yet."""
        return self.read is not None

    @property
    def shown(self) -> list[busy_times.Span]:
        """Dates to be kept, as a page showed them: from a file, now or before."""
        found = list(self.read.spans) if self.read is not None else []
        for text in self.data.getlist("away") if self.is_bound else ():
            span = _span(text)
            if span is not None and span not in found:
                found.append(span)
        return sorted(found)[:MOST_AWAY]

    @property
    def away(self) -> list[busy_times.Span]:
        """All that is to be kept, the typed days too."""
        first = self.cleaned_data.get("away_from")
        last = self.cleaned_data.get("away_until") or first
        typed = [(self._moment(first), self._moment(last + timedelta(days=1)))] if first and last else []
        return busy_times.joined([*self.shown, *typed])

    def _moment(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def clean_channels(self) -> list[str]:
        offered, told = self.round.programme.channels, set(self.cleaned_data["channels"])
        if TICKETS in told:
            told |= {each for each in (Channel.EMAIL, Channel.WEB) if each in offered}
        return [each for each in offered if each in told]

    @property
    def scope(self) -> list[tuple[str, str, Any, Any, bool]]:
        """What may be answered, a row each: its value, the channel of its icon, its name, a word on it, and whether it
        is ticked."""
        return scope_of(self.round.programme, set(self["channels"].value() or ()))

    @property
    def has_partners(self) -> bool:
        return any(self[name].value() or self[name].errors for name in PARTNERS)

    @property
    def partners(self) -> list[User]:
        return [person for name in PARTNERS if (person := self.cleaned_data[name])]

    @property
    def wishes(self) -> dict[int, str]:
        said = {shift.pk: self.cleaned_data[f"wish_{shift.pk}"] for shift in self.shifts}
        return {shift: value for shift, value in said.items() if value}

    @property
    def rows(self) -> list[tuple[Shift, forms.BoundField]]:
        return [(shift, self[f"wish_{shift.pk}"]) for shift in self.shifts]


def _span(text: str) -> busy_times.Span | None:
    try:
        start, end = (datetime.fromisoformat(each) for each in text.split("/"))
    except ValueError:
        return None
    return (start, end) if start.tzinfo and end.tzinfo and start < end else None


class MentorsForm(forms.Form):
    """Two mentors of the team; none of them named: whoever has most room."""

    mentor = forms.ModelChoiceField(User.objects.none(), label=_("Mentor"), required=False)
    deputy = forms.ModelChoiceField(User.objects.none(), label=_("Second mentor"), required=False)

    def __init__(self, *args: Any, of: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = User.objects.filter(teams=of.programme.team_id, is_active=True, role__in=["agent", "lead"])
        for name in ("mentor", "deputy"):
            self.fields[name].queryset = team.order_by("sort_key", "id")


class PlaceForm(MentorsForm):
    """Somebody on a shift, with channels of their own wish, and two mentors."""

    person = forms.ModelChoiceField(User.objects.none(), label=pgettext_lazy("duty", "Who"))

    def __init__(self, *args: Any, of: Round, **kwargs: Any) -> None:
        super().__init__(*args, of=of, **kwargs)
        signed_up = of.sign_ups.filter(withdrawn_at=None).values("person")
        self.fields["person"].queryset = User.objects.filter(pk__in=signed_up).order_by("sort_key", "id")
