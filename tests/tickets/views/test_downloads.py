"""Files and mails as they were laid out: apart from our own pages."""

import base64

import pytest
from django.core.files.storage import default_storage

from tests.factories import AT, make_note, make_requester_message, make_ticket
from tests.tickets.views.conftest import shown
from tickets.actions.attaching import File

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def ticket(queue):
    return make_ticket(queue)


@pytest.fixture
def file(ticket):
    page = File(name="zły plik.html", content=b"<script>alert(1)</script>", content_type="text/html")
    return make_requester_message(ticket, attachments=[page]).attachments.get()


def test_a_file_is_saved_and_never_shown(desk, file):
    response = desk.get(f"/attachments/{file.pk}/")

    assert b"".join(response.streaming_content) == b"<script>alert(1)</script>"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_file_whose_bytes_are_gone_is_not_found(desk, file):
    default_storage.delete(file.path)

    assert desk.get(f"/attachments/{file.pk}/").status_code == 404


def test_strangers_get_no_file(sign_in, stranger, file, client):
    assert sign_in(stranger).get(f"/attachments/{file.pk}/").status_code == 404
    assert client.get(f"/attachments/{file.pk}/").status_code == 302


def test_a_mail_stands_in_a_frame_without_rights(desk, ticket):
    picture = File(name="logo.png", content=PNG, content_type="image/png", content_id="logo@sklep", is_inline=True)
    message = make_requester_message(ticket, html='<p>Dzień <img src="cid:logo@sklep"></p>', attachments=[picture])

    response = desk.get(f"/messages/{message.pk}/html/")

    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'self';")
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert f"data:image/png;base64,{base64.b64encode(PNG).decode()}" in shown(response)


def test_the_page_frames_the_mail_without_rights(desk, ticket):
    message = make_requester_message(ticket, html="<p>Dzień dobry</p>")

    page = shown(desk.get(ticket.get_absolute_url()))

    assert f'sandbox="allow-popups allow-popups-to-escape-sandbox" src="/messages/{message.pk}/html/"' in page


def test_a_message_without_a_layout_has_no_frame(desk, ticket):
    assert desk.get(f"/messages/{ticket.messages.get().pk}/html/").status_code == 404


def test_strangers_get_no_mail(sign_in, stranger, ticket, agent):
    message = make_requester_message(ticket, html="<p>x</p>")
    note = make_note(ticket, agent, at=AT)

    assert sign_in(stranger).get(f"/messages/{message.pk}/html/").status_code == 404
    assert sign_in(ticket.requester).get(f"/messages/{note.pk}/html/").status_code == 404
