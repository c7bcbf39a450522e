import re

import pytest

from tests.tickets.channels.email import ordinary
from tickets.channels.email.parsing import parse

MAILS = list(ordinary.mails())


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("mail", MAILS, ids=[mail.id for mail in MAILS])
def test_ordinary_mail_is_read_right(mail):
    parsed = parse(mail.raw)

    assert parsed.sender is not None
    assert (parsed.sender.name, parsed.sender.address) == (mail.name, mail.address)
    assert parsed.subject == mail.subject
    assert squeezed(parsed.text) == squeezed(mail.text)
    assert [(file.name, file.content_type, file.content) for file in parsed.attachments] == mail.files
    assert bool(parsed.html) == mail.has_html
    assert parsed.sent_at is not None
    assert parsed.message_id
    assert not parsed.automation.is_automated
    assert parsed.problems == ()


def test_there_are_more_than_a_hundred_ordinary_mails():
    assert len(MAILS) > 100
