"""Values that will meet a header or a line of a protocol are refused where they are typed, and the field says why."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from helpdesk.lib.one_line import is_one_line, must_be_one_line, one_line
from tests.factories import make_admin, make_agent, make_queue, make_team
from tickets.forms.opening import NewTicketForm
from tickets.models import Mailbox, MailSender, Organisation, Queue, QueueAddress, Ticket, User

BREAKING = [
    "\r\n", "\n", "\r", "\r\n\t", "\x0b", "\x0c", "\x1b", "\x1c", "\x1d", "\x1e", "\x7f", "\x85", "\u2028", "\u2029",
    "\0", "\ud800",
]  # fmt: skip
REFUSAL = "Write this in one line, without control characters."

each = pytest.mark.parametrize("breaking", BREAKING, ids=ascii)


@each
def test_what_breaks_lines_is_found_and_made_a_space(breaking: str) -> None:
    assert not is_one_line(f"a{breaking}b")
    assert one_line(f" a{breaking}b ") == "a b"
    with pytest.raises(ValidationError, match="one line"):
        must_be_one_line(f"a{breaking}b")


@pytest.mark.parametrize("value", ["", "Zażółć gęślą jaźń", "שלום \u200f!", "👩\u200d💻", "a\u00a0b", "%0d%0a"])
def test_what_people_write_is_one_line(value: str) -> None:
    must_be_one_line(value)


FIELDS = [
    (User, "name"), (User, "email"), (Organisation, "name"), (Queue, "name"), (QueueAddress, "address"),
    *((MailSender, name) for name in ("name", "host", "username")),
    *((Mailbox, name) for name in ("name", "host", "username", "folder", "processed_folder", "authserv_id",
                                   "client_id", "scope")),
]  # fmt: skip


@each
@pytest.mark.parametrize(("model", "name"), FIELDS, ids=lambda value: getattr(value, "__name__", value))
def test_every_field_that_meets_a_header_refuses_it(model: Any, name: str, breaking: str) -> None:
    with pytest.raises(ValidationError):
        model._meta.get_field(name).clean(f"jan{breaking}x@x.example", model())


@each
@pytest.mark.parametrize("name", ["name", "phone", "subject", "email"])
def test_the_form_of_a_new_ticket_says_so(name: str, breaking: str) -> None:
    given = {"email": "", "name": "Jan", "phone": "1", "subject": "S", "text": "T", name: f"jan{breaking}x@x.example"}

    form = NewTicketForm(given, desks=[], channels=["phone"])

    assert name in form.errors
    if name != "email" and breaking != "\0":
        assert form.errors[name][0] == REFUSAL


@pytest.fixture
def queue(db: None) -> Queue:
    return make_queue(make_team())


def test_the_api_says_so_by_field(queue: Queue) -> None:
    client = Client()
    client.force_login(make_agent(queue.team, language="en"))
    requester = {"email": "a@b.example", "name": "Jan\r\nBcc: eve@evil.example"}
    given = {"requester": requester, "queue": queue.pk, "subject": "S\x1eBcc: eve", "text": "T"}

    response = client.post("/api/tickets/", given, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["errors"] == {"requester": {"name": [REFUSAL]}, "subject": [REFUSAL]}
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("signature", "refusal"),
    [
        ("Regards\n{agent}, {queue}", ""),
        ("a } and a {\nalone", ""),
        ("{phone}", "{phone} means nothing in a signature: it knows {agent} and {queue}."),
        ("{agent.password}", "{agent.password} means nothing in a signature: it knows {agent} and {queue}."),
        ("{ agent }", "{ agent } means nothing in a signature: it knows {agent} and {queue}."),
    ],
)
def test_a_signature_knows_two_variables(queue: Queue, signature: str, refusal: str) -> None:
    queue.signature = signature
    try:
        queue.full_clean()
    except ValidationError as error:
        assert error.message_dict == {"signature": [refusal]}
    else:
        assert not refusal


def test_administrators_read_it_at_the_field(queue: Queue) -> None:
    client = Client()
    client.force_login(make_admin(language="en"))
    given = {
        "name": "Shops\u2028Bcc", "slug": "shops", "team": queue.team_id, "position": 1, "language": "en",
        "closes_after_days": 28, "signature": "{phone}",
        "addresses-TOTAL_FORMS": "0", "addresses-INITIAL_FORMS": "0",
    }  # fmt: skip

    page = client.post("/admin/tickets/queue/add/", given).content.decode()

    assert REFUSAL in page
    assert "{phone} means nothing in a signature" in page
    assert Queue.objects.count() == 1
