"""Message catalogues without the gettext tools, which a bare machine lacks: Babel extracts, checks and compiles.

`python -m helpdesk.lib.catalogues extract` brings locale/pl up to date with the code and templates, `check` fails when
a message is missing, fuzzy, untranslated or the same in both languages without standing in locale/same.txt, and
`compile` writes the .mo files that Django reads. English needs no catalogue: it is what stands in the source.
"""

import argparse
import io
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PROJECT = Path(__file__).resolve().parents[2]
LANGUAGES = ("pl",)
SOURCES = ("helpdesk", "tickets", "rotations", "sla", "templates")
NOT_SHOWN = ("helpdesk/demo/", "/migrations/")

KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    **{f"gettext_{way}": None for way in ("lazy", "noop")},
    **{f"ngettext_{way}": (1, 2) for way in ("lazy", "noop")},
    **{f"pgettext_{way}": ((1, "c"), 2) for way in ("lazy", "noop")},
    **{f"npgettext_{way}": ((1, "c"), 2, 3) for way in ("lazy", "noop")},
}


def extract(root: Path = PROJECT) -> Catalog:
    """Every message of the Python code and the templates below `root`, in the order of files."""
    found = Catalog(charset="utf-8", fuzzy=False)
    for path in _sources(root):
        name = path.relative_to(root).as_posix()
        for _, function, messages, comments in _messages_of(path):
            context, id = _context_and_id(function, messages)
            if id:
                found.add(id, locations=[(name, 0)], auto_comments=comments, context=context)
    return found


def update(root: Path = PROJECT) -> None:
    """Bring each language's catalogue up to date: new messages come empty, those no longer used go."""
    found = extract(root)
    for language in LANGUAGES:
        catalogue = _read(root, language)
        catalogue.update(found, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        path = _po(root, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=100, omit_header=False, include_lineno=False, ignore_obsolete=True)


def compile_all(root: Path = PROJECT) -> list[Path]:
    """Write each .mo that is missing or older than its .po; returns the written ones."""
    written = []
    for language in LANGUAGES:
        source, target = _po(root, language), _po(root, language).with_suffix(".mo")
        if not source.exists() or (target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns):
            continue
        compiled = io.BytesIO()
        write_mo(compiled, _read(root, language))
        half_made = target.with_suffix(".mo.new")  # several processes may do this at the same moment
        half_made.write_bytes(compiled.getvalue())
        half_made.replace(target)
        written.append(target)
    return written


def problems(root: Path = PROJECT) -> list[str]:
    """What keeps a language from being complete, one sentence each; empty when nothing does."""
    found = extract(root)
    same = _exceptions(root)
    return [problem for language in LANGUAGES for problem in _problems_of(_read(root, language), found, same, language)]


def _problems_of(catalogue: Catalog, found: Catalog, same: frozenset[str], language: str) -> Iterator[str]:
    for wanted in found:
        if not wanted.id:
            continue
        words = _texts(wanted.id)
        label = f"{language}: {words[0]!r} ({wanted.locations[0][0]})"
        message = catalogue.get(wanted.id, wanted.context)
        if message is None or _plural(message) != _plural(wanted):
            yield f"{label} is not in the catalogue"
            continue
        translated = _texts(message.string)
        if message.fuzzy:
            yield f"{label} is marked fuzzy"
        elif not all(translated) or (_plural(wanted) and len(translated) != catalogue.num_plurals):
            yield f"{label} is not translated"
        elif translated[0] == words[0] and words[0] not in same:
            yield f"{label} is the same in both languages and not listed in locale/same.txt"
        for error in message.check(catalogue):
            yield f"{label}: {error}"
        for translation in translated:
            if set(_placeholders(translation)) - set(_placeholders(" ".join(words))):
                yield f"{label} has a placeholder in {translation!r} that the original lacks"


def _sources(root: Path) -> list[Path]:
    found = []
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            is_template = path.suffix in (".html", ".txt") and "templates" in path.relative_to(root).parts
            if (path.suffix == ".py" or is_template) and not any(part in name for part in NOT_SHOWN):
                found.append(path)
    return found


def _messages_of(path: Path) -> Iterable[tuple[int, Any, Any, list[str]]]:
    text = path.read_text()
    if path.suffix != ".py":
        text = _template_as_python(text, str(path))
    source = io.BytesIO(text.encode())
    found: Iterable[Any] = extract_python(source, KEYWORDS, ["Translators:"], {"encoding": "utf-8"})
    return ((line, function, messages, comments) for line, function, messages, comments in found)


def _template_as_python(text: str, origin: str) -> str:
    """Django's own rendering of a template for xgettext; it keeps the page's indentation, which Python would refuse."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure(USE_I18N=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rendered = templatize(text, origin=origin)
    return "\n".join(line.strip() for line in rendered.splitlines())


def _context_and_id(function: str, messages: Any) -> tuple[str | None, str | tuple[str, str] | None]:
    """Babel hands over a call's string arguments; the keyword table says which is context, singular and plural."""
    arguments = messages if isinstance(messages, tuple) else (messages,)
    context: str | None = None
    ids: list[str] = []
    for place in KEYWORDS[function] or (1,):
        index, is_context = (place[0], True) if isinstance(place, tuple) else (place, False)
        if len(arguments) < index or not isinstance(arguments[index - 1], str):
            return None, None  # the message is computed, as in gettext(variable): nothing to extract
        if is_context:
            context = arguments[index - 1]
        else:
            ids.append(arguments[index - 1])
    return context, (ids[0], ids[1]) if len(ids) == 2 else ids[0]


def _read(root: Path, language: str) -> Catalog:
    path = _po(root, language)
    if not path.exists():
        return Catalog(
            locale=language,
            project="Dyżur",
            version="1",
            header_comment="# `make messages` keeps the originals up to date; the translations are written by people.",
            msgid_bugs_address="-",
            last_translator="-",
            language_team="-",
            charset="utf-8",
            fuzzy=False,
        )
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _po(root: Path, language: str) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def _exceptions(root: Path) -> frozenset[str]:
    """Messages that are rightly equal in both languages, one a line; `#` begins a comment, `\\n` is a line break."""
    path = root / "locale" / "same.txt"
    if not path.exists():
        return frozenset()
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return frozenset(line.replace("\\n", "\n") for line in lines)


def _texts(value: str | Sequence[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ("",))


def _plural(message: Message) -> bool:
    return not isinstance(message.id, str)


def _placeholders(text: str) -> list[str]:
    """Those of str.format, `{name}`; Babel itself checks the `%(name)s` kind."""
    return re.findall(r"\{\w*\}", text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m helpdesk.lib.catalogues")
    parser.add_argument("action", choices=["extract", "check", "compile"])
    action = parser.parse_args().action
    if action == "extract":
        update()
    elif action == "compile":
        compile_all()
    else:
        found = problems()
        for problem in found:
            print(problem)
        if found:
            sys.exit(
                f"{len(found)} messages need a translator: `make messages`, then edit locale/pl/LC_MESSAGES/django.po."
            )


if __name__ == "__main__":
    main()
