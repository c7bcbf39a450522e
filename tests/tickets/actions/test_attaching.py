"""Files: names that are only data, types that the bytes decide, bytes under their hash, orphans swept."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.lib import clock as product_clock
from tests.factories import make_ticket
from tickets.actions.attaching import File, attach, safe_name, sniff, sweep_orphans
from tickets.models import Attachment
from tickets.models.message import storage_path

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    """Other tests leave bytes behind whose rows were rolled back."""
    default = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": default}


# Names


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("umowa.pdf", "umowa.pdf"),
        ("Żółta łódź.jpeg", "Żółta łódź.jpeg"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\cmd.exe", "cmd.exe"),
        ("C:\\Users\\Ewa\\skan.pdf", "skan.pdf"),
        ("/etc/shadow", "shadow"),
        ("a\r\nContent-Type: text/html.txt", "html.txt"),
        ("faktura\x00.pdf", "faktura.pdf"),
        ("\u202egpj.exe", "gpj.exe"),
        (".htaccess", "htaccess"),
        ("...", "attachment"),
        ("", "attachment"),
        ("/", "attachment"),
        ("folder/", "folder"),
        ("tar.gz.", "tar.gz"),
    ],
)
def test_a_name_is_its_last_part_without_tricks(given_name, kept):
    assert safe_name(given_name) == kept


@given(st.text(max_size=400))
def test_no_name_is_a_path_or_too_long_or_empty(name):
    kept = safe_name(name)

    assert 0 < len(kept) <= 200
    assert Path(kept).name == kept
    assert "\\" not in kept
    assert kept.isprintable()
    assert kept not in (".", "..")
    assert safe_name(kept) == kept


def test_a_long_name_keeps_its_ending():
    assert safe_name("a" * 300 + ".pdf") == "a" * 180 + ".pdf"
    assert len(safe_name("a" * 300)) == 200


# Types


@pytest.mark.parametrize(
    ("content", "claimed", "told"),
    [
        (PNG, "image/png", "image/png"),
        (PNG, "text/html", "image/png"),
        (b"%PDF-1.7 ...", "application/octet-stream", "application/pdf"),
        ("Zażółć gęślą jaźń".encode(), "text/plain; charset=utf-8", "text/plain"),
        (b"", "text/plain", "text/plain"),
        (b"a;b\n1;2\n", "TEXT/CSV", "text/csv"),
        (b"\x00\x01\x02", "", "application/octet-stream"),
        (b"words", "text/html\nX-Injected: 1", "application/octet-stream"),
        (b"words", "text/\x00plain", "application/octet-stream"),
    ],
)
def test_the_bytes_decide_where_they_can(content, claimed, told):
    assert sniff(File(name="plik", content=content, content_type=claimed)) == told


@given(st.binary(max_size=64), st.text(max_size=200))
def test_every_file_gets_a_type_that_fits(content, claimed):
    assert 0 < len(sniff(File(name="plik", content=content, content_type=claimed))) <= 127


# Bytes


@pytest.fixture
def message(db):
    return make_ticket().messages.get()


def test_files_lie_under_their_hash_and_nowhere_else(message):
    content = b"Protok\xc3\xb3\xc5\x82 odbioru"
    digest = hashlib.sha256(content).hexdigest()

    (attachment,) = attach(message=message, files=[File(name="../protokół.txt", content=content, content_id="<1@x>")])

    assert (attachment.name, attachment.size, attachment.sha256) == ("protokół.txt", len(content), digest)
    assert attachment.path == f"attachments/{digest[:2]}/{digest}"
    assert default_storage.open(attachment.path).read() == content
    assert [path.name for path in Path(default_storage.path(attachment.path)).parent.iterdir()] == [digest]


def test_the_same_bytes_are_kept_once(message):
    first, second = attach(message=message, files=[File(name="a.txt", content=b"x"), File(name="b.txt", content=b"x")])

    assert first.path == second.path
    assert Attachment.objects.count() == 2


def test_a_file_that_could_not_be_written_leaves_nothing_behind():
    class Broken(ContentFile):
        def chunks(self, chunk_size=None):
            yield b"half"
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        default_storage.save("attachments/zz/broken", Broken(b"half of it"))

    assert list(Path(default_storage.path("attachments/zz")).iterdir()) == []


# Orphans


@pytest.fixture
def old_orphan(db):
    """Bytes that no attachment names, written two days ago."""
    return stored(b"orphan", age=2 * DAY)


def stored(content: bytes, *, age: timedelta) -> str:
    path = storage_path(hashlib.sha256(content).hexdigest())
    default_storage.save(path, ContentFile(content))
    moment = (product_clock.real_now() - age).timestamp()
    os.utime(default_storage.path(path), (moment, moment))
    return path


def test_the_sweep_removes_old_orphans_only(message, old_orphan):
    young = stored(b"young", age=timedelta(hours=23))
    (used,) = attach(message=message, files=[File(name="a.txt", content=b"in use")])
    stored(b"in use", age=2 * DAY)

    removed = sweep_orphans(at=product_clock.real_now())

    assert removed == 1
    assert not default_storage.exists(old_orphan)
    assert default_storage.exists(young)
    assert default_storage.exists(used.path)


def test_attaching_the_same_bytes_again_makes_an_orphan_young(message, old_orphan):
    default_storage.save(old_orphan, ContentFile(b"orphan"))

    assert sweep_orphans(at=product_clock.real_now()) == 0
    assert default_storage.exists(old_orphan)


def test_what_a_killed_writer_left_is_swept_too(db):
    beside = Path(default_storage.path(stored(b"whole", age=timedelta(0)))).with_name(".tmp1234")
    beside.write_bytes(b"half")
    moment = (product_clock.real_now() - 2 * DAY).timestamp()
    os.utime(beside, (moment, moment))

    sweep_orphans(at=product_clock.real_now())

    assert not beside.exists()
