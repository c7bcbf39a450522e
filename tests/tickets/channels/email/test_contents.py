"""What a mail held is kept with its message: traits, the invitation, words where the mail itself had none."""

from datetime import timedelta

from helpdesk.lib import clock
from tests.tickets.channels.email.conftest import raw_mail
from tests.tickets.channels.email.test_calendar import calendar
from tests.tickets.channels.email.test_tnef import attribute, file, winmail
from tickets.channels.email import traits


def with_part(kind, content):
    raw = raw_mail(text="").partition(b"Content-Type")[0]
    return raw + f"Content-Type: {kind}\n\n".encode() + content


def test_an_invitation_alone_says_its_description(receive):
    event = "SUMMARY:Przegląd\nDTSTART:20260312T100000Z\nDESCRIPTION:Omówimy płatności."

    message = receive(with_part("text/calendar; method=REQUEST; charset=utf-8", calendar(event))).message

    assert message.text == "Omówimy płatności."
    assert message.invitation["summary"] == "Przegląd"
    assert [each.name for each in message.attachments.all()] == ["text-1.ics"]


def test_an_encrypted_mail_says_why_there_is_nothing_to_read(receive):
    body = (
        b"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
        b"--b\nContent-Type: application/octet-stream\n\nx\n--b--"
    )

    message = receive(with_part("multipart/encrypted; protocol=application/pgp-encrypted; boundary=b", body)).message

    assert message.text == "(The mail is encrypted. Only the key it was written for opens it.)"
    assert message.mail_traits == [traits.ENCRYPTED_PGP]
    assert message.attachments.count() == 2


def test_a_mail_from_the_future_is_marked(receive):
    message = receive(raw_mail(date=clock.real_now() + timedelta(days=400))).message

    assert message.mail_traits == [traits.DATED_AHEAD]


def test_files_of_a_winmail_dat_are_files_of_the_message(receive):
    packed = winmail(file("umowa.pdf", b"%PDF-1.4"), body="Treść")

    message = receive(with_part("application/ms-tnef; name=winmail.dat", packed)).message

    assert [(each.name, each.content_type) for each in message.attachments.all()] == [("umowa.pdf", "application/pdf")]
    assert message.text == "Treść"
    assert message.mail_traits == [traits.TNEF]


def test_words_that_no_database_holds_do_not_stop_a_mail(receive):
    packed = winmail(file("a\0b.txt", b"x"), attribute(1, 0x0002800C, b"a\0b\x07c"))
    event = "SUMMARY:a\x00b\x07\nDTSTART:20260312T100000Z"

    assert receive(with_part("application/ms-tnef", packed)).state == "accepted"
    row = receive(with_part("text/calendar", calendar(event)))
    assert (row.state, row.message.invitation["summary"]) == ("accepted", "ab")
