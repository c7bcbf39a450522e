"""Mboxes in every dialect and Maildirs, written here by hand and by hypothesis; pure but for the files."""

import mailbox
import re
import tracemalloc
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.lib import clock
from tickets.channels.email import archives

LINE = b"From jan@sklep.example Mon Mar  9 08:00:00 2026\n"
MANY = 100_000_000


def mail(number=1, body=b"Words.\n", date="Mon, 9 Mar 2026 08:00:00 +0100", header=b""):
    head = f"From: jan@sklep.example\nSubject: {number}\n" + (f"Date: {date}\n" if date else "")
    return head.encode() + header + b"\n" + body


@pytest.fixture
def read(tmp_path):
    """`read(bytes)`: the mails of an mbox with this content."""

    def mails(content, limit=MANY):
        path = tmp_path / "mbox"
        path.write_bytes(content)
        return [piece.raw for piece in archives.opened(path).pieces(limit=limit)]

    return mails


def test_mails_come_out_as_they_went_in(read):
    first, second = mail(1), mail(2, body=b"No newline at the end")

    assert read(LINE + first + b"\n" + LINE + second) == [first, second]


@pytest.mark.parametrize(
    "line",
    [
        b"From jan@sklep.example Mon Mar  9 08:00:00 2026",
        b"From - Mon Mar 09 08:00:00 2026",
        b"From 1775381223094@xxx Mon Mar 09 08:00:00 +0000 2026",
        b"From jan Mon Mar  9 08:00 2026",
        b"From jan Mon Mar  9 08:00:00 CET 2026",
        b"From jan Mon Mar  9 08:00:00 2026 +0100",
        b"From jan@x Mon, 9 Mar 2026 08:00:00 +0100",
        b'From "jan kowalski"@x Mon Mar  9 08:00:00 2026 remote from uucp',
        b"From MAILER-DAEMON Mon Mar  9 08:00:00 2026 ",
    ],
)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_beginnings_as_programs_write_them(read, line, ending):
    first, second = (mail(n).replace(b"\n", ending) for n in (1, 2))

    assert read(line + ending + first + ending + line + ending + second) == [first, second]


@pytest.mark.parametrize(
    "body",
    [
        b"Dear all,\n\nFrom Monday on we are closed.\n\nSubject: no\n",
        b"\nFrom jan@sklep.example Mon Mar  9 08:00:00 2026\n\nquoted, but no header follows\n",
        b"words\nFrom jan@sklep.example Mon Mar  9 08:00:00 2026\nSubject: no blank line before\n",
        b"From the\n" * 3,
        b"x" * 200_000 + b"\n" + b"y" * archives.LONGEST_LINE + b"\nFrom here on\n",
    ],
)
def test_from_in_a_body_begins_no_mail(read, body):
    mails = [mail(1, body), mail(2)]

    assert read(LINE + mails[0] + b"\n" + LINE + mails[1]) == mails


def test_quoting_is_taken_back_by_one_level(read):
    content = LINE + mail(1, b">From home\n>>From him\n> From nobody\n")

    assert read(content) == [mail(1, b"From home\n>From him\n> From nobody\n")]


def test_content_length_is_believed_where_it_fits_and_nothing_is_unquoted_there(read):
    body = b"\n" + LINE + b"Subject: pasted\n\n>From inside\n"
    first = mail(1, body, header=b"Content-Length: %d\n" % len(body))

    assert read(LINE + first + b"\n" + LINE + mail(2)) == [first, mail(2)]
    assert read(LINE + first + LINE + mail(2)) == [first, mail(2)]
    assert read(LINE + first) == [first]


@pytest.mark.parametrize("length", [0, 3, 9999, 10**11])
def test_a_wrong_content_length_is_not(read, length):
    first = mail(1, header=b"Content-Length: %d\n" % length)

    assert read(LINE + first + b"\n" + LINE + mail(2)) == [first, mail(2)]


def test_mail_comes_in_the_order_of_its_dates_and_undated_mail_stays_with_its_neighbour(read):
    dates = ["Tue, 10 Mar 2026 08:00:00 +0100", "", "Mon, 9 Mar 2026 08:00:00 +0100", "nonsense"]
    content = b"\n".join(LINE + mail(n, date=date) for n, date in enumerate(dates))

    subjects = [re.search(rb"Subject: (\d)", raw)[1] for raw in read(content)]

    assert subjects == [b"2", b"3", b"0", b"1"]


def test_of_a_mail_above_the_limit_only_the_header_is_read(tmp_path):
    (tmp_path / "mbox").write_bytes(LINE + mail(1, b"x" * 5000 + b"\n"))

    (piece,) = archives.opened(tmp_path / "mbox").pieces(limit=1000)

    assert (piece.raw, piece.size) == (mail(1, b""), len(mail(1)) - len(b"Words.\n") + 5001)


def test_what_a_server_keeps_for_itself_is_left_out(tmp_path):
    own = b"From: Mail System\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\n\nText.\n"
    (tmp_path / "mbox").write_bytes(LINE + own + b"\n" + LINE + mail(1))
    archive = archives.opened(tmp_path / "mbox")

    assert [piece.raw for piece in archive.pieces(limit=MANY)] == [mail(1)]
    assert archive.skipped == 1


@pytest.mark.parametrize("content", [b"PK\x03\x04zip", b"Subject: one mail\n\nText\n", b"From nowhere\n\n"])
def test_what_is_no_mbox_is_told_so(tmp_path, content):
    (tmp_path / "file").write_bytes(content)

    with pytest.raises(archives.NotAnArchive):
        archives.opened(tmp_path / "file")


def test_an_empty_file_is_an_empty_archive(read):
    assert read(b"") == []


def test_the_size_of_the_archive_is_not_the_size_in_memory(tmp_path):
    path = tmp_path / "mbox"
    with path.open("wb") as file:
        for number in range(3000):
            file.write(LINE + mail(number, b"y" * 9998 + b"\n\n") + b"\n")
    assert path.stat().st_size > 30_000_000

    tracemalloc.start()
    count = sum(1 for _ in archives.opened(path).pieces(limit=MANY))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 3000
    assert peak < 3_000_000


@given(bodies=st.lists(st.text(st.sampled_from("From >\n\r:aż"), max_size=60), min_size=1, max_size=5))
def test_what_the_standard_library_quotes_we_read_back(tmp_path_factory, bodies):
    """Python's own mbox quotes "From " by one ">" and not more (mboxo)."""
    path = tmp_path_factory.mktemp("mbox") / "mbox"
    box = mailbox.mbox(path)
    date = format_datetime(clock.real_now())
    for number, body in enumerate(bodies):
        message = mailbox.mboxMessage(mail(number, date=date))
        message.set_payload(body.replace("\r", "").encode())
        box.add(message)
    box.flush()

    pieces = [piece.raw for piece in archives.opened(path).pieces(limit=MANY)]

    expected = [bytes(message) for message in box]
    box.close()
    assert len(pieces) == len(bodies)
    for piece, theirs in zip(pieces, expected, strict=True):
        assert unquoted(piece).rstrip(b"\n") == unquoted(theirs).rstrip(b"\n")


def unquoted(raw):
    return re.sub(rb"(?m)^>*From ", b"From ", raw)


@given(data=st.data())
def test_any_bytes_are_split_without_losing_any(tmp_path_factory, data):
    """Each line of the file lies in exactly one mail, whatever it holds."""
    pieces = st.sampled_from(
        [LINE, b"From x\n", b"\n", b"\r\n", b"Subject: a\n", b"Content-Length: 12\n", b"text\n", b">From y\n", b"z"]
    )
    content = LINE + b"Subject: first\n" + b"".join(data.draw(st.lists(pieces, max_size=25)))
    path = tmp_path_factory.mktemp("mbox") / "mbox"
    path.write_bytes(content)

    archive = archives.Mbox(path)

    spans = sorted(zip(archive._begins, archive._ends, strict=True))
    place = 0
    for begin, end in spans:
        assert begin <= end
        between = content[place:begin]
        assert re.fullmatch(rb"(?:\r?\n)*From [^\n]*\n", between), between
        place = end
    assert content[place:].strip() == b""


@pytest.fixture
def maildir(tmp_path):
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_a_maildir_is_read_without_its_drafts_and_its_trash(maildir):
    files = {
        "new/1000.a.host": mail(1),
        "cur/1001.b.host:2,S": mail(2),
        "cur/1002.c.host:2,DS": mail(3),
        "cur/1003.d.host:2,ST": mail(4),
        "tmp/1004.e.host": mail(5),
    }
    for name, content in files.items():
        (maildir / name).write_bytes(content)
    archive = archives.opened(maildir)

    assert [piece.raw for piece in archive.pieces(limit=MANY)] == [mail(1), mail(2)]
    assert archive.skipped == 2


def test_a_mail_that_was_moved_meanwhile_is_found_and_one_that_is_gone_is_told(maildir):
    (maildir / "new/1000.a.host").write_bytes(mail(1))
    (maildir / "new/1001.b.host").write_bytes(mail(2))
    archive = archives.opened(maildir)
    (maildir / "new/1000.a.host").rename(maildir / "cur/1000.a.host:2,S")
    (maildir / "new/1001.b.host").unlink()

    first, second = archive.pieces(limit=MANY)

    assert first.raw == mail(1)
    assert second is None


def test_a_folder_without_cur_and_new_is_no_maildir(tmp_path):
    with pytest.raises(archives.NotAnArchive):
        archives.opened(tmp_path)
