"""Files and mails as they were laid out: apart from our own pages."""

import io
import re

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage

from tests.factories import AT, make_note, make_requester_message, make_ticket
from tests.tickets.views.conftest import shown
from tickets import signed_links
from tickets.actions.attaching import File
from tickets.channels.email import reading
from tickets.views import attached
from tickets.views.downloads import to_be_saved

INNER = (
    "From: Ola <ola@sklep.example>\nTo: jan@sklep.example\nSubject: Faktura =?utf-8?Q?=C5=BC?=\n"
    "Date: Mon, 2 Mar 2026 09:00:00 +0100\nContent-Type: multipart/mixed; boundary=c\n\n"
    "--c\nContent-Type: text/plain; charset=utf-8\n\nW załączniku.\n"
    "--c\nContent-Type: text/html; name=strona.html\n\n<script>alert(1)</script>\n"
    "--c\nContent-Type: message/rfc822\n\nSubject: najgłębiej\nFrom: x@y.example\n\nNa dnie.\n--c--\n"
).encode()
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
    assert policy.startswith("default-src 'none'; img-src 'self'; style-src 'self';")
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert pictures_in(response)


def pictures_in(response):
    return re.findall(r'src="(/pictures/[^"]+/)"', shown(response))


@pytest.fixture
def letter(ticket):
    picture = File(name="logo.png", content=PNG, content_type="image/png", content_id="logo@sklep", is_inline=True)
    html = '<p>Dzień <img src="cid:logo%40sklep"> <img src="cid:other"></p>'
    return make_requester_message(ticket, html=html, attachments=[picture])


def test_pictures_come_from_our_own_storage_without_a_cookie(desk, letter, client):
    (url,) = pictures_in(desk.get(f"/messages/{letter.pk}/html/"))

    response = client.get(url)

    assert b"".join(response.streaming_content) == PNG
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not response["Content-Disposition"].startswith("attachment")


def test_a_pictures_address_works_as_long_as_its_reader_may_see_it(desk, agent, letter, client):
    (url,) = pictures_in(desk.get(f"/messages/{letter.pk}/html/"))
    assert client.get(url).status_code == 200

    assert client.get(url.replace("/pictures/", "/pictures/9")).status_code == 404
    agent.memberships.all().delete()
    assert client.get(url).status_code == 404


def test_only_pictures_are_shown_as_pictures(agent, ticket, client):
    page = File(name="a.svg", content=b"<svg onload='alert(1)'/>", content_type="image/svg+xml", content_id="a")
    file = make_requester_message(ticket, attachments=[page]).attachments.get()

    assert client.get(f"/pictures/{signed_links.picture_token(file.pk, agent)}/").status_code == 404


def test_pictures_stand_in_the_words_where_the_mail_had_them(desk, ticket, client):
    picture = File(name="ekran.png", content=PNG, content_type="image/png", content_id="ekran@x", is_inline=True)
    text = "Widzę <to>:\n[cid:ekran@x]\n[image: ekran.png] https://x.example/ [cid:nothing]"
    make_requester_message(ticket, text=text, attachments=[picture])

    page = shown(desk.get(ticket.get_absolute_url()))

    pictures = re.findall(r'<img class="picture" src="([^"]+)" alt="ekran.png" loading="lazy">', page)
    assert len(pictures) == 2
    assert client.get(pictures[0]).status_code == 200
    assert "Widzę &lt;to&gt;:" in page
    assert "[cid:nothing]" in page
    assert 'href="https://x.example/"' in page


@pytest.mark.parametrize(
    "name",
    [
        'a"b.pdf',
        "a\r\nSet-Cookie: x=1.pdf",
        "\u202efdp.exe",
        "żółw 🐢.pdf",
        "../../etc/passwd",
        "..",
        "a;b=c'.pdf",
        "x" * 999,
    ],
)
def test_names_are_data_in_the_header_too(desk, ticket, name):
    file = make_requester_message(ticket, attachments=[File(name=name, content=b"x")]).attachments.get()

    response = desk.get(f"/attachments/{file.pk}/")

    disposition = response["Content-Disposition"]
    assert disposition.startswith("attachment; filename")
    assert disposition.isascii()
    assert not set("\r\n/") & set(disposition)
    assert "%E2%80%AE" not in disposition
    assert "Set-Cookie" not in response.headers


@pytest.fixture
def forwarded(ticket):
    file = File(name="Fwd.eml", content=INNER, content_type="message/rfc822")
    return make_requester_message(ticket, attachments=[file]).attachments.get()


def test_a_mail_that_came_as_a_file_is_opened_and_read(desk, ticket, forwarded):
    assert f'href="/attachments/{forwarded.pk}/mail/"' in shown(desk.get(ticket.get_absolute_url()))

    page = shown(desk.get(f"/attachments/{forwarded.pk}/mail/"))

    assert "Faktura ż" in page
    assert "Ola &lt;ola@sklep.example&gt;" in page
    assert "W załączniku." in page
    assert "2 March 2026, 9:00" in page
    assert f'href="{ticket.get_absolute_url()}#message-{forwarded.message_id}"' in page


def test_its_files_are_saved_and_its_mails_opened(desk, forwarded):
    html = desk.get(f"/attachments/{forwarded.pk}/mail/0/")
    inner = desk.get(f"/attachments/{forwarded.pk}/mail/1/")
    saved = desk.get(f"/attachments/{forwarded.pk}/mail/1/?download")

    assert html["Content-Disposition"] == 'attachment; filename="strona.html"'
    assert html["Content-Type"] == "application/octet-stream"
    assert "Na dnie." in shown(inner)
    assert b"".join(saved.streaming_content).endswith(b"Na dnie.")
    for place in ("2", "0-0", "1-0", "-1", "x", "1-0-0-0-0-0", "9" * 30):
        assert desk.get(f"/attachments/{forwarded.pk}/mail/{place}/").status_code == 404


def test_what_is_no_mail_is_not_opened(desk, file):
    assert desk.get(f"/attachments/{file.pk}/mail/").status_code == 404


def test_a_mail_beyond_all_bounds_can_still_be_saved(desk, ticket):
    bomb = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n\n" * 2_000
    eml = File(name="bomb.eml", content=bomb, content_type="message/rfc822")
    file = make_requester_message(ticket, attachments=[eml]).attachments.get()

    page = shown(desk.get(f"/attachments/{file.pk}/mail/"))

    assert "This mail cannot be read." in page
    assert f'href="/attachments/{file.pk}/" download' in page


def test_strangers_open_no_mail(sign_in, stranger, forwarded):
    assert sign_in(stranger).get(f"/attachments/{forwarded.pk}/mail/").status_code == 404


def test_the_page_frames_the_mail_without_rights(desk, ticket):
    message = make_requester_message(ticket, html="<p>Dzień dobry</p>")

    page = shown(desk.get(ticket.get_absolute_url()))

    assert f'sandbox="allow-popups allow-popups-to-escape-sandbox" src="/messages/{message.pk}/html/"' in page


def test_words_without_pictures_are_escaped_once(desk, ticket):
    make_requester_message(ticket, text="a < b & https://x.example/?a=1&b=2 <script>")

    page = shown(desk.get(ticket.get_absolute_url()))

    assert 'a &lt; b &amp; <a href="https://x.example/?a=1&amp;b=2"' in page
    assert "&lt;script&gt;" in page
    assert "&amp;lt;" not in page


def test_a_message_without_a_layout_has_no_frame(desk, ticket):
    assert desk.get(f"/messages/{ticket.messages.get().pk}/html/").status_code == 404


def test_strangers_get_no_mail(sign_in, stranger, ticket, agent):
    message = make_requester_message(ticket, html="<p>x</p>")
    note = make_note(ticket, agent, at=AT)

    assert sign_in(stranger).get(f"/messages/{message.pk}/html/").status_code == 404
    assert sign_in(ticket.requester).get(f"/messages/{note.pk}/html/").status_code == 404


def test_a_mail_is_read_once_however_often_it_is_looked_at(desk, ticket, forwarded, monkeypatch):
    asked = []
    ask = reading.pool.ask
    monkeypatch.setattr(reading.pool, "ask", lambda job, blobs: asked.append(job) or ask(job, blobs))
    bomb = b"Content-Type: multipart/mixed; boundary=c\n\n" + b"--c\n\n\n" * 2_000
    eml = File(name="bomb.eml", content=bomb, content_type="message/rfc822")
    unreadable = make_requester_message(ticket, attachments=[eml]).attachments.get()
    cache.clear()

    for file, words in ((forwarded, "Faktura ż"), (unreadable, "This mail cannot be read.")):
        assert words in shown(desk.get(f"/attachments/{file.pk}/mail/"))
        before = len(asked)
        assert words in shown(desk.get(f"/attachments/{file.pk}/mail/"))
        assert before == len(asked) > 0


def test_those_who_look_at_mails_take_turns(desk, forwarded, monkeypatch):
    cache.clear()
    monkeypatch.setattr(attached, "PATIENCE_S", 0.01)
    with attached._turn:
        response = desk.get(f"/attachments/{forwarded.pk}/mail/")

    assert response.status_code == 503
    assert "Faktura ż" in shown(desk.get(f"/attachments/{forwarded.pk}/mail/"))


def test_a_type_of_two_lines_becomes_no_header():
    response = to_be_saved(io.BytesIO(b"x"), name="x", content_type="image/png\r\nSet-Cookie: a=b")

    assert response["Content-Type"] == "application/octet-stream"
