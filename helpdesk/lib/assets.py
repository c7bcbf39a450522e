"""Static files, joined at collectstatic: one file per component in the source, one request per page in production.

`css/app.css` and `js/app.js` only list the files they are made of, as the browser's own `@import` and `import`, so they
also work unjoined (DEBUG, tests). No tool chain: the source is what runs.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

_CSS_IMPORT = re.compile(r'^@import "(?P<name>[\w./-]+)"(?: layer\((?P<layer>[\w-]+)\))?;$', re.MULTILINE)
_JS_IMPORT = re.compile(r'^import "(?P<name>[\w./-]+)";$', re.MULTILINE)


def join_css(text: str, read: Callable[[str], str]) -> str:
    """Put each imported sheet in its place, inside the layer the import names."""

    def place(match: re.Match[str]) -> str:
        body = read(match["name"]).strip()
        return f"@layer {match['layer']} {{\n{body}\n}}" if match["layer"] else body

    return _CSS_IMPORT.sub(place, text)


def join_js(text: str, read: Callable[[str], str]) -> str:
    """Put each imported module in its place as a block: module code is strict, so its names stay inside the braces.

    Only for modules that neither import nor export; ours talk to each other by events of the document.
    """

    def place(match: re.Match[str]) -> str:
        body = read(match["name"]).strip()
        if re.search(r"^(?:import|export)\b", body, re.MULTILINE):
            raise ValueError(f"{match['name']} imports or exports, so it cannot be joined; let it talk by events")
        return f"{{\n{body}\n}}"

    return _JS_IMPORT.sub(place, text)


class JoinedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Joins the two entry files, then hashes and compresses everything ahead (whitenoise)."""

    joined = {"css/app.css": join_css, "js/app.js": join_js}

    @cached_property
    def _addresses(self) -> dict[str, str]:
        return {}

    def url(self, name: str, force: bool = False) -> str:
        """Looked up once: every page asks for the same few, and they change with a new version of the product alone."""
        address = self._addresses.get(name)
        if address is None:
            address = self._addresses[name] = super().url(name, force)
        return address

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            self._addresses.clear()
            for entry, join in self.joined.items():
                if entry in paths:
                    # Always from the sources: the copy in STATIC_ROOT may be yesterday's joined one.
                    text = join(self._source(paths, entry), partial(self._part, paths, entry))
                    self.delete(entry)
                    self._save(entry, ContentFile(text.encode()))
                    paths[entry] = (self, entry)
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def _part(self, paths: dict[str, Any], entry: str, name: str) -> str:
        return self._source(paths, posixpath.normpath(posixpath.join(posixpath.dirname(entry), name)))

    @staticmethod
    def _source(paths: dict[str, Any], name: str) -> str:
        storage, path = paths[name]
        with storage.open(path) as source:
            text: str = source.read().decode()
            return text
