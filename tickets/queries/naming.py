"""Names of people who are mentioned by id alone, in what events remember."""

from __future__ import annotations

from collections.abc import Iterable

from tickets.models import User


def names_of_people(ids: Iterable[int]) -> dict[int, str]:
    """Id to name; no statement when there is nobody to look up."""
    wanted = set(ids)
    if not wanted:
        return {}
    return {person.pk: str(person) for person in User.objects.filter(pk__in=wanted).only("name", "email")}
