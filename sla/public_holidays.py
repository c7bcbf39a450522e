"""Public holidays of a country and its regions, as a suggestion. Pure: the library `holidays` knows them by heart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

from babel import Locale


@cache
def countries(language: str) -> list[tuple[str, str]]:
    """Codes and names, in the order of the names."""
    import holidays  # 14 MB of countries: for whoever asks, not for every process

    names = Locale(language).territories
    found = [(code, names[code]) for code in holidays.list_supported_countries(include_aliases=False) if code in names]
    return sorted(found, key=lambda country: country[1].casefold())


def regions(country: str) -> list[tuple[str, str]]:
    """Codes of its regions with their names where the library has them; none for a country that it does not know."""
    import holidays

    found = holidays.list_supported_countries(include_aliases=False).get(country, [])
    names = {code: name for name, code in getattr(holidays, country).subdivisions_aliases.items()} if found else {}
    return [(code, f"{names[code]} ({code})" if code in names else code) for code in found]


def suggested(country: str, region: str, years: Iterable[int], language: str) -> dict[date, str]:
    """The days off of these years with their names, in the reader's language where the library speaks it. Raises
    KeyError for a country or a region that is not known."""
    import holidays

    if country not in holidays.list_supported_countries(include_aliases=False):
        raise KeyError(country)
    if region and region not in dict(regions(country)):
        raise KeyError(region)
    spoken = getattr(holidays, country).supported_languages
    wanted = next((each for each in spoken if each.split("_")[0] == language), None)
    found = holidays.country_holidays(country, subdiv=region or None, years=list(years), language=wanted)
    return dict(sorted(found.items()))
