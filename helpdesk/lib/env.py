"""Typed reads of the environment: the only place where a setting becomes a Python value.

A wrong value raises `WrongSetting` with one sentence that names the variable; `manage.py` prints that sentence alone.
An empty value counts as unset, because that is what `NAME=` means in a compose file. Instead of `NAME`, `NAME_FILE` may
name a file that holds the value: that is how containers are given secrets.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, overload
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

Default = TypeVar("Default")

_env = environ.Env()
_environment = FileAwareMapping(cache=False)

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")


class WrongSetting(ImproperlyConfigured):
    """An environment variable is missing or holds a value that cannot be used; str() is one sentence."""


@overload
def text(name: str) -> str: ...
@overload
def text(name: str, default: Default) -> str | Default: ...
def text(name: str, default: Any = "") -> Any:
    """The value as written, without surrounding blanks."""
    return _read(name) or default


def required(name: str, *, why: str = "") -> str:
    """The value; refuses to be absent. `why` completes the sentence: "it signs sessions"."""
    value = _read(name)
    if not value:
        raise WrongSetting(f"{name} is not set{f': {why}' if why else ''}.")
    return value


def flag(name: str, default: bool = False) -> bool:
    """1, true, yes, on or 0, false, no, off, in any case."""
    value = _read(name).lower()
    if not value:
        return default
    if value not in TRUE + FALSE:
        raise WrongSetting(f"{name} is {value!r}, but must be one of {', '.join(TRUE + FALSE)}.")
    return value in TRUE


@overload
def number(name: str, default: int, *, minimum: int | None = None, maximum: int | None = None) -> int: ...
@overload
def number(
    name: str, default: None = None, *, minimum: int | None = None, maximum: int | None = None
) -> int | None: ...
def number(
    name: str, default: int | None = None, *, minimum: int | None = None, maximum: int | None = None
) -> int | None:
    """A whole number between `minimum` and `maximum`, both allowed themselves. The unit belongs into the name."""
    value = _read(name)
    if not value:
        return default
    try:
        result = int(value)
    except ValueError:
        raise WrongSetting(f"{name} is {value!r}, but must be a whole number.") from None
    _check_bounds(name, result, minimum, maximum)
    return result


def words(name: str, default: Iterable[str] = ()) -> list[str]:
    """A comma-separated list; blanks around a word and empty words are dropped."""
    value = _read(name)
    if not value:
        return list(default)
    return [word.strip() for word in value.split(",") if word.strip()]


NAMES_OF_REGISTRIES = frozenset(
    ("ac", "biz", "co", "com", "edu", "go", "gob", "gouv", "gov", "gv", "id", "info", "mil", "ne", "net", "nom", "or",
     "org", "sch", "web")
)  # fmt: skip
"""Under a country these are no company's: .com.pl, .co.uk. The list of all such names is long and changes; whoever
needs subdomains below another one of them names its hosts one by one."""


def is_open_to_anybody(host: str) -> bool:
    """Whether a name of ALLOWED_HOSTS lets in every subdomain of what anybody may register below."""
    labels = host.strip(".").lower().split(".")
    if not host.startswith("."):
        return False
    return len(labels) < 2 or (len(labels) == 2 and len(labels[1]) == 2 and labels[0] in NAMES_OF_REGISTRIES)


def path(name: str, default: str | Path, *, base: Path) -> Path:
    """A path; a relative one counts from `base`, not from wherever the process happens to be started."""
    return (base / (_read(name) or default)).resolve()


@overload
def url(name: str, schemes: Sequence[str]) -> str: ...
@overload
def url(name: str, schemes: Sequence[str], default: Default) -> str | Default: ...
def url(name: str, schemes: Sequence[str], default: Any = "") -> Any:
    """An address whose scheme is one of `schemes`. The sentence never repeats the value: it may hold a password."""
    value = _read(name)
    if not value:
        return default
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise WrongSetting(f"{name} is not an address that can be read.") from None
    if parts.scheme not in schemes:
        raise WrongSetting(f"{name} must start with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
    return value


def database(name: str = "DATABASE_URL") -> dict[str, Any]:
    """A PostgreSQL address as an entry of Django's DATABASES; there is one dialect."""
    value = url(name, ("postgres", "postgresql"))
    if not value:
        raise WrongSetting(
            f"{name} is not set: give a PostgreSQL address, or start with `make run`, which brings its own."
        )
    config: dict[str, Any] = _env.db_url_config(value)
    if not config.get("NAME"):
        raise WrongSetting(f"{name} names no database: it ends like postgresql://user@host:5432/dyzur.")
    # A socket's folder stands percent-encoded where a host does, or as ?host=; Django's dbshell knows only HOST.
    config["HOST"] = unquote(config["HOST"]) or config.get("OPTIONS", {}).pop("host", "")
    return config


def _read(name: str) -> str:
    # Not _env.str(): it would take a password that begins with "$" for the name of another variable.
    value: str = _environment.get(name, "")
    return value.strip()


def _check_bounds(name: str, value: float, minimum: float | None, maximum: float | None) -> None:
    if minimum is not None and value < minimum:
        raise WrongSetting(f"{name} is {value}, but must be at least {minimum}.")
    if maximum is not None and value > maximum:
        raise WrongSetting(f"{name} is {value}, but must be at most {maximum}.")
