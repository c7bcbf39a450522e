"""What a list is asked for."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.forms.fields import ChoiceField, TypedChoiceField
from tickets.models import Channel, Priority, Status
from tickets.queries.directory import Desk, people_of
from tickets.queries.queue import VIEWS, Filters
from tickets.queries.searching.writing import NAMES, as_query


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the lists of the filters show: equal ones look the same, so pages need not put them together anew."""

    values: tuple[tuple[str, Hashable], ...]
    desks: tuple[Desk, ...]

    @classmethod
    def of(cls, data: Any, desks: Iterable[Desk]) -> Chosen:
        return cls(tuple((name, data[name]) for name in NAMES if data.get(name)), tuple(desks))

    @property
    def selects(self) -> list[forms.BoundField]:
        form = FilterForm(dict(self.values), desks=self.desks)
        return [form[name] for name in NAMES]


class FilterForm(forms.Form):
    """The filters of the list. Each is optional; a value that nobody knows is left out instead of refused."""

    view = ChoiceField(required=False, choices=[(view, view) for view in VIEWS], widget=forms.HiddenInput)
    queue = TypedChoiceField(
        label=_("Queue"),
        required=False,
        coerce=int,
        empty_value=None,
    )
    channel = ChoiceField(
        label=_("Channel"), required=False, choices=[("", pgettext_lazy("filter", "Channels")), *Channel.choices]
    )
    status = ChoiceField(
        label=_("Status"), required=False, choices=[("", pgettext_lazy("filter", "Statuses")), *Status.choices]
    )
    priority = TypedChoiceField(
        label=_("Priority"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", pgettext_lazy("filter", "Priorities")), *Priority.choices],
    )
    assignee = ChoiceField(label=_("Assignee"), required=False)

    def __init__(self, data: Any, *, desks: Iterable[Desk]) -> None:
        super().__init__(data)
        self.desks = tuple(desks)
        self.fields["queue"].choices = [
            ("", pgettext_lazy("filter", "Queues")),
            *((desk.pk, desk.name) for desk in self.desks),
        ]
        self.fields["assignee"].choices = [
            ("", pgettext_lazy("filter", "People")),
            ("me", pgettext_lazy("assignee filter", "Me")),
            ("nobody", _("Nobody")),
            *((str(person.pk), person.name) for person in people_of(self.desks)),
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
    def chosen(self) -> Chosen:
        return Chosen.of(self.data, self.desks)


class NewsForm(forms.Form):
    """What an open page has in sight: the newest number it knows, and the rows it shows, as 1,2,3."""

    newest = forms.IntegerField(required=False, min_value=0)
    version = forms.IntegerField(required=False, min_value=0)
    numbers = forms.RegexField(r"^[\d,]*$", required=False, max_length=4000)
    until = forms.CharField(required=False, max_length=300)
    """The mark where the next page begins; empty when the whole list is in sight."""

    def clean_newest(self) -> int:
        return self.cleaned_data["newest"] or 0

    def clean_numbers(self) -> list[int]:
        return [int(number) for number in self.cleaned_data["numbers"].split(",") if number]


class SearchForm(forms.Form):
    q = forms.CharField(label=_("Address"), required=False, max_length=320)
