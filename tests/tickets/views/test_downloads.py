"""Files and mails as they were laid out: apart from our own pages."""

import io
import quopri
import random
import re
from base64 import b64decode, b64encode, encodebytes
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage

from tests.factories import AT, make_admin, make_note, make_requester_message, make_ticket
from tests.tickets.views.conftest import shown
from tickets import signed_links
from tickets.actions.attaching import File
from tickets.channels.email import identity, masking, reading
from tickets.models import AuditEntry
from tickets.views import attached, downloads
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
    assert "allow-forms" not in policy
    assert pictures_in(response)


def pictures_in(response):
    return re.findall(r'src="(/pictures/[^"]+/)"', shown(response))


def saved(desk, url):
    return b"".join(desk.get(url).streaming_content)


@pytest.mark.parametrize(
    "encode", [bytes, encodebytes, quopri.encodestring, lambda data: encodebytes(encodebytes(data))]
)
def test_what_is_saved_speaks_for_nobody(desk, ticket, encode):
    link = signed_links.url_for(ticket, ticket.requester)
    token = identity.make(ticket.pk, ticket.requester_id, at=AT)
    ours = (
        f"> Zażółć {link}\n> shops+{token}@bursztyn.example, <dz.{token}.5@bursztyn.example>, tel. +48 22 555 01 01\n"
    )
    content = b"Subject: Fwd\n\n" + encode(ours.encode())
    mail = File(name="nasza.eml", content=content, content_type="message/rfc822")
    file = make_requester_message(ticket, attachments=[mail]).attachments.get()

    found = saved(desk, f"/attachments/{file.pk}/")

    assert len(found) == len(content)
    said = decoded(found.removeprefix(b"Subject: Fwd\n\n"), encode)
    assert "Zażółć" in said
    assert "+48 22 555 01 01" in said
    assert identity.read(said, at=AT) is None
    (url,) = re.findall(r"/r/(\S+)/", said)
    with pytest.raises(signed_links.BadLink):
        signed_links.read(url)


def decoded(data, encode):
    if encode is bytes:
        return data.decode()
    if encode is quopri.encodestring:
        return quopri.decodestring(data).decode()
    plain = b64decode(data)
    return plain.decode() if b" " in plain else b64decode(plain).decode()


@pytest.mark.parametrize(
    "encode",
    [
        lambda data: b64encode(data).rstrip(b"="),
        lambda data: b64encode(b"Hello") + b"\n" + b64encode(data),
        lambda data: b64encode(data * 40),
        lambda data: data.replace(b"~", b"=7E").replace(b"+", b"=2b"),
        lambda data: data.replace(b"~", b"&#x7e;").replace(b"+", b"&#x2b;"),
        lambda data: b"\xff\xfe" + data.decode().encode("utf-16-le"),
        lambda data: b"\x00\x01" + data.decode().encode("utf-16-le"),
        lambda data: b"\x00" + data.decode().encode("utf-16-le"),
    ],
)
def test_a_token_is_found_however_programs_write_it(ticket, encode):
    link = signed_links.url_for(ticket, ticket.requester).rpartition("~")[2].rstrip("/")
    token = identity.make(ticket.pk, ticket.requester_id, at=AT)
    words = f"See {signed_links.url_for(ticket, ticket.requester)} or shops+{token}@bursztyn.example now".encode()
    assert encode(words)

    found = masking.masked(encode(words))

    assert len(found) == len(encode(words))
    plain = b"".join(b64decode(line + b"=" * (-len(line) % 4)) for line in found.split()) if is_base64(found) else found
    plain = plain.replace(b"\0", b"")
    assert b"See " in plain
    assert link.encode() not in plain
    assert token.encode() not in plain


def is_base64(data):
    return re.fullmatch(rb"[A-Za-z0-9+/=\s]+", data)


def test_base64_without_a_token_stays_as_it_is():
    """Some of its plus signs stand before 32 letters that may stand in a token, in both cases."""
    content = encodebytes(random.Random(1).randbytes(3_000_000))

    assert re.search(rb"\+[a-zA-Z2-7]{32}(?![a-zA-Z2-7])", content)
    assert masking.masked(content) == content


def test_what_takes_too_long_to_check_is_for_administrators(desk, sign_in, ticket, monkeypatch):
    monkeypatch.setattr(masking, "CPU_S", -1)
    cache.clear()
    content = b"+" * 2_000_000
    file = File(name="a.eml", content=content, content_type="message/rfc822")
    address = f"/attachments/{make_requester_message(ticket, attachments=[file]).attachments.get().pk}/"

    assert desk.get(address).status_code == 403
    monkeypatch.undo()
    assert desk.get(address).status_code == 403  # remembered
    admin = sign_in(make_admin())
    assert b"".join(admin.get(address).streaming_content) == content
    (line,) = AuditEntry.objects.all()
    assert (line.action, line.kind, line.actor.is_admin) == ("read", "raw_mail", True)


def test_large_files_are_checked_one_after_the_other(desk, ticket, monkeypatch):
    monkeypatch.setattr(downloads, "PATIENCE_S", 0.01)
    file = File(name="a.eml", content=b"words " * 400_000, content_type="message/rfc822")
    address = f"/attachments/{make_requester_message(ticket, attachments=[file]).attachments.get().pk}/"
    with downloads._turn:
        assert desk.get(address).status_code == 503

    assert desk.get(address).status_code == 200


def test_what_holds_no_token_is_saved_to_the_last_bit(desk, ticket):
    content = bytes(range(256)) * 40 + encodebytes(b"12-34 ~ dz. help+abc@x.example " * 400)
    files = [File(name="a.eml", content=content, content_type="message/rfc822")]
    file = make_requester_message(ticket, attachments=files).attachments.get()

    assert saved(desk, f"/attachments/{file.pk}/") == content


def test_a_picture_in_the_words_is_no_file_below_them(desk, ticket):
    shown_one = File(name="ekran.png", content=PNG, content_type="image/png", content_id="ekran@x", is_inline=True)
    other = File(name="inny.png", content=PNG + b"1", content_type="image/png", content_id="inny@x", is_inline=True)
    make_requester_message(ticket, text="Widzę:\n[cid:ekran@x]", attachments=[shown_one, other])

    page = shown(desk.get(ticket.get_absolute_url()))

    assert re.findall(r'<span class="clip">(.*?png)</span>', page) == ["inny.png"]


def test_a_picture_known_by_its_place_is_shown_in_place(desk, ticket):
    place = "http://sklep.example/a%20b/logo.png?x=1&y=2"
    picture = File(name="logo.png", content=PNG, content_type="image/png", content_id=place, is_inline=True)
    html = f'<p><img src="cid:{quote(place, safe="")}"></p>'
    message = make_requester_message(ticket, html=html, attachments=[picture])

    assert pictures_in(desk.get(f"/messages/{message.pk}/html/"))


def test_a_mail_that_takes_too_long_to_read_can_be_saved(desk, ticket, monkeypatch):
    monkeypatch.setattr(reading, "QUICK_S", 0.001)
    part = b"--c\nContent-Type: text/plain\n\n" + "Zażółć gęślą jaźń. ".encode("cp1250") * 600 + b"\n"
    content = b"Content-Type: multipart/mixed; boundary=c\n\n" + part * 450 + b"--c--\n"  # tenths of a second to read
    mail = File(name="wolna.eml", content=content, content_type="message/rfc822")
    file = make_requester_message(ticket, attachments=[mail]).attachments.get()

    page = shown(desk.get(f"/attachments/{file.pk}/mail/"))

    assert "Reading this mail takes too long. It can be saved as it came." in page
    assert f'href="/attachments/{file.pk}/"' in page


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

    sandbox = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    assert f'sandbox="{sandbox}" src="/messages/{message.pk}/html/"' in page


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

    assert (response.status_code, response["Retry-After"]) == (503, "10")
    page = shown(response)
    assert "This mail waits its turn: others are being read. Try again in a moment." in page
    assert f'href="/attachments/{forwarded.pk}/mail/">Try again</a>' in page
    assert f'href="/attachments/{forwarded.pk}/" download' in page
    assert "cannot be read" not in page
    assert "Faktura ż" in shown(desk.get(f"/attachments/{forwarded.pk}/mail/"))


def test_a_type_of_two_lines_becomes_no_header(rf):
    response = to_be_saved(rf.get("/"), io.BytesIO(b"x"), name="x", content_type="image/png\r\nSet-Cookie: a=b", size=1)

    assert response["Content-Type"] == "application/octet-stream"


def test_what_a_bounce_returned_stands_in_one_place_by_what_it_is(desk, ticket):
    report = File(name="message-1.txt", content=b"Action: failed", content_type="message/delivery-status")
    came_back = File(name="Re.eml", content=INNER, content_type="message/rfc822")
    message = make_requester_message(ticket, attachments=[report, came_back])
    message.bounce = {"reason": "unknown", "is_hard": True, "is_delay": False, "address": "x@y.example", "detail": ""}
    message.save(update_fields=["bounce"])

    page = shown(desk.get(ticket.get_absolute_url()))

    (returned,) = re.findall(r"<summary[^>]*>The returned mail</summary>(.*?)</details>", page, re.DOTALL)
    assert re.findall(r'<span class="clip">(.*?)</span>', returned) == [
        "The mail server&#x27;s report",
        "The mail that came back",
    ]
    assert "message-1.txt" not in page
