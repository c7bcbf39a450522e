"""What lies in the folder of a backup, and whether it is still what was written.

database.dump   pg_dump's custom format
files/ab/abcd…  attachments under their SHA-256
manifest.json   when, by what, and the figures a restore must arrive at
SHA256SUMS      of all of the above; `sha256sum --check SHA256SUMS` reads it too
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

DUMP = "database.dump"
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
FORMAT = 1
CHUNK_BYTES = 1 << 20
_LINE = re.compile(r"([0-9a-f]{64})  (database\.dump|manifest\.json|files/([0-9a-f]{2})/([0-9a-f]{64}))")


class Broken(RuntimeError):
    """The folder is not a whole backup; str() says what is wrong with it."""


@dataclass
class Manifest:
    """What the database held in the moment of the dump."""

    made_at: str
    is_demo: bool
    key_mark: str
    postgres: int
    migrations: list[tuple[str, str]]
    rows: dict[str, int]
    events: str
    """A digest of all events in the order of the feed."""
    files: int
    bytes: int
    lost: list[str] = field(default_factory=list)
    """Attachments that were missing or damaged in the storage already."""
    clock_offset_s: str = ""
    format: int = FORMAT


def write_manifest(folder: Path, manifest: Manifest) -> None:
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))


def file_path(sha256: str) -> str:
    return f"files/{sha256[:2]}/{sha256}"


def digest(file: BinaryIO) -> str:
    result = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        result.update(chunk)
    return result.hexdigest()


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return digest(file)


def write_sums(folder: Path, hashes: Iterator[str]) -> None:
    """Last of all: `hashes` are the attachments', which were computed while they were copied."""
    with (folder / SUMS).open("w") as sums:
        for name in (DUMP, MANIFEST):
            sums.write(f"{digest_of(folder / name)}  {name}\n")
        for sha256 in hashes:
            sums.write(f"{sha256}  {file_path(sha256)}\n")


def attachments(folder: Path) -> list[str]:
    """The hashes of all attachments in the backup."""
    return [sha256 for sha256, name in _sums(folder) if name.startswith("files/")]


def check(folder: Path) -> Manifest:
    """Read every byte; raises `Broken` with what is wrong, else returns the manifest."""
    if folder.name.endswith(".unfinished"):
        raise Broken(f"{folder} is a backup that was interrupted: it is not whole.")
    return check_content(folder)


def check_content(folder: Path) -> Manifest:
    if not (folder / SUMS).is_file():
        raise Broken(f"{folder} is not a backup: it has no {SUMS}.")
    listed = list(_sums(folder))
    troubles = [trouble for sha256, name in listed if (trouble := _trouble(folder / name, sha256))]
    if troubles:
        more = f", and {len(troubles) - 3} more" if len(troubles) > 3 else ""
        raise Broken(f"The backup {folder} is damaged: {'; '.join(troubles[:3])}{more}.")
    names = {name for _, name in listed}
    manifest = _manifest(folder)
    if not {DUMP, MANIFEST} <= names or len(names) != len(listed) or len(listed) != manifest.files + 2:
        raise Broken(f"The backup {folder} is damaged: {SUMS} does not name what {MANIFEST} counts.")
    return manifest


def _manifest(folder: Path) -> Manifest:
    facts = json.loads((folder / MANIFEST).read_text())
    if facts.get("format") != FORMAT:
        raise Broken(f"{folder} was made by another version: its format is {facts.get('format')}, not {FORMAT}.")
    manifest = Manifest(**facts)
    manifest.migrations = [(app, name) for app, name in manifest.migrations]
    return manifest


def _sums(folder: Path) -> Iterator[tuple[str, str]]:
    with (folder / SUMS).open(errors="replace") as sums:
        for number, line in enumerate(sums, start=1):
            found = _LINE.fullmatch(line.removesuffix("\n"))
            # An attachment's name is its hash; a line that says otherwise was not written by us.
            if found is None or (found[4] and not (found[1] == found[4] and found[4].startswith(found[3]))):
                raise Broken(f"The backup {folder} is damaged: line {number} of {SUMS} cannot be read.")
            yield found[1], found[2]


def _trouble(path: Path, sha256: str) -> str:
    name = path.name if path.parent.name != path.name[:2] else f"the attachment {path.name[:16]}…"
    try:
        return "" if digest_of(path) == sha256 else f"{name} is not what was written (its checksum differs)"
    except FileNotFoundError:
        return f"{name} is missing"
    except OSError as error:
        return f"{name} cannot be read ({error.strerror})"
