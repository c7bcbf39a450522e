"""A mail server hands over mail: kept before the answer, once however often it comes, by the token of a mailbox."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from tickets.actions import mailboxes
from tickets.actions.errors import NotAllowed
from tickets.models import InboundMessage, Mailbox, User

ADDRESS = "/api/mail/in/"
RAW = (
    b"From: Jan <jan@sklep.example>\r\nTo: billing@bursztyn.example\r\nSubject: Faktura\r\n"
    b"Message-ID: <1@sklep.example>\r\n\r\nDwa razy \xb3\xf3.\r\n"
)


@pytest.fixture
def mailbox(desk: Any) -> Mailbox:
    return Mailbox.objects.create(name="mx", kind=Mailbox.Kind.PUSH, queue=desk.billing)


@pytest.fixture
def token(desk: Any, mailbox: Mailbox) -> str:
    return mailboxes.issue_push_token(mailbox=mailbox, by=desk.admin, at=desk.at)


@pytest.fixture
def hand_over(token: str) -> Callable[..., Any]:
    """`hand_over(raw, bearer=..., address=..., **headers)`: as a mail server does, without cookies and CSRF token."""

    def send(raw: bytes = RAW, *, bearer: str = token, address: str = ADDRESS, **headers: Any) -> Any:
        client = Client(enforce_csrf_checks=True)
        headers = {"Authorization": f"Bearer {bearer}", **headers}
        return client.post(address, raw, content_type="message/rfc822", headers=headers)

    return send


def test_a_mail_is_kept_as_it_came_before_the_answer(hand_over, mailbox):
    response = hand_over(address=ADDRESS + "?recipient=shops%2Bx@bursztyn.example")

    row = InboundMessage.objects.get()
    assert (response.status_code, response.json()) == (202, {"id": row.pk, "state": "stored"})
    assert bytes(row.raw) == RAW
    assert (row.mailbox, row.envelope_to) == (mailbox, "shops+x@bursztyn.example")
    mailbox.refresh_from_db()
    assert mailbox.last_fetch_at == row.received_at


def test_the_same_mail_again_is_answered_the_same_and_kept_once(hand_over):
    first, again = hand_over(), hand_over()

    assert (again.status_code, again.json()) == (202, first.json())
    assert InboundMessage.objects.count() == 1


def test_the_envelope_may_stand_in_a_header(hand_over):
    hand_over(**{"X-Envelope-To": "<shops@bursztyn.example>"})
    hand_over(RAW + b"2", **{"X-Envelope-To": "no address"})

    assert list(InboundMessage.objects.order_by("pk").values_list("envelope_to", flat=True)) == [
        "shops@bursztyn.example",
        "",
    ]


@pytest.mark.parametrize("as_file", [True, False], ids=["file", "field"])
def test_a_form_brings_the_same_bytes(token, as_file):
    message: Any = SimpleUploadedFile("mail.eml", RAW, "message/rfc822") if as_file else b""
    boundary = "b"
    if as_file:
        body = {"message": message, "recipient": "shops@bursztyn.example"}
        response = Client().post(ADDRESS, body, headers={"Authorization": f"Bearer {token}"})
    else:
        raw = b'--b\r\nContent-Disposition: form-data; name="message"\r\n\r\n' + RAW
        raw += b'\r\n--b\r\nContent-Disposition: form-data; name="recipient"\r\n\r\nshops@bursztyn.example\r\n--b--\r\n'
        kind = f"multipart/form-data; boundary={boundary}"
        response = Client().post(ADDRESS, raw, content_type=kind, headers={"Authorization": f"Bearer {token}"})

    row = InboundMessage.objects.get()
    assert response.status_code == 202
    assert (bytes(row.raw), row.envelope_to) == (RAW, "shops@bursztyn.example")


def test_a_large_mail_in_a_text_field_is_not_called_too_large(token):
    raw = RAW + b"x" * 6_000_000
    headers = {"Authorization": f"Bearer {token}"}
    field = b'--b\r\nContent-Disposition: form-data; name="message"\r\n\r\n' + raw + b"\r\n--b--\r\n"
    refused = Client().post(ADDRESS, field, content_type="multipart/form-data; boundary=b", headers=headers)
    assert (refused.status_code, InboundMessage.objects.count()) == (400, 0)
    assert "Send it as the body of the request or as a file." in refused.content.decode()

    body = {"message": SimpleUploadedFile("mail.eml", raw, "message/rfc822")}
    assert Client().post(ADDRESS, body, headers=headers).status_code == 202
    assert bytes(InboundMessage.objects.get().raw) == raw


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", "Basic {token}", "Bearer {token}x", "Bearer x{token}", "Bearer zł"],
)
def test_without_the_token_nothing_is_read(token, authorization):
    header = authorization.format(token=token)
    response = Client().post(
        ADDRESS, RAW, content_type="message/rfc822", headers={"Authorization": header} if header else {}
    )

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/problem+json"
    assert InboundMessage.objects.count() == 0


def test_a_person_who_is_signed_in_is_nobody_here(desk, token):
    client = Client()
    client.force_login(desk.admin)

    assert client.post(ADDRESS, RAW, content_type="message/rfc822").status_code == 401


def test_the_token_ends_with_its_mailbox(hand_over, mailbox):
    assert hand_over().status_code == 202
    Mailbox.objects.update(kind="imap")

    assert hand_over(RAW + b"2").status_code == 401


def test_a_paused_mailbox_has_the_mail_server_keep_its_mail(hand_over, mailbox):
    Mailbox.objects.update(is_active=False)

    response = hand_over()

    assert (response.status_code, response["Retry-After"]) == (503, "300")
    assert not InboundMessage.objects.exists()
    assert hand_over(bearer="dzm_wrong").status_code == 401


def test_a_new_token_ends_the_old_one_and_only_hashes_are_kept(desk, hand_over, mailbox, token):
    newer = mailboxes.issue_push_token(mailbox=mailbox, by=desk.admin, at=desk.at)

    assert hand_over().status_code == 401
    assert hand_over(bearer=newer).status_code == 202
    mailbox.refresh_from_db()
    assert newer not in str(vars(mailbox))
    assert len(mailbox.push_token_sha256) == 64


def test_tokens_are_issued_by_admins_for_mailboxes_that_take_pushed_mail(desk, mailbox):
    with pytest.raises(NotAllowed):
        mailboxes.issue_push_token(mailbox=mailbox, by=desk.lead, at=desk.at)
    mailbox.kind = Mailbox.Kind.IMAP
    with pytest.raises(mailboxes.NotByPush):
        mailboxes.issue_push_token(mailbox=mailbox, by=desk.admin, at=desk.at)

    mailbox.refresh_from_db()
    assert mailbox.push_token_sha256 is None


def test_a_mail_above_the_limit_is_refused_with_the_limit_in_words(hand_over, settings):
    settings.MAIL_MAX_BYTES = 1000

    response = hand_over(RAW + b"x" * 1000)

    assert response.status_code == 413
    assert "1000 bytes" in response.json()["detail"].replace("\xa0", " ")
    assert InboundMessage.objects.count() == 0


def test_the_largest_mail_allowed_is_kept_whole(hand_over, settings):
    raw = RAW + b"x" * (settings.MAIL_MAX_BYTES - len(RAW))

    assert hand_over(raw).status_code == 202

    assert InboundMessage.objects.get().size == settings.MAIL_MAX_BYTES


def test_an_empty_body_is_no_mail(hand_over):
    assert hand_over(b" \r\n").status_code == 400


def test_more_than_a_minute_may_bring_is_put_off(hand_over, monkeypatch):
    monkeypatch.setattr("tickets.api.mail.PER_MINUTE", 2)

    answers = [hand_over(RAW + bytes([n])) for n in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[2]["Retry-After"] == "60"
    assert InboundMessage.objects.count() == 2


@pytest.mark.django_db(transaction=True)
class TestOverTheWire:
    """What only a real connection shows."""

    def test_half_a_mail_is_not_kept(self, live_server, token):
        line = http.client.HTTPConnection(live_server.thread.host, live_server.thread.port, timeout=20)
        line.putrequest("POST", ADDRESS)
        for name, value in [("Authorization", f"Bearer {token}"), ("Content-Type", "message/rfc822")]:
            line.putheader(name, value)
        line.putheader("Content-Length", str(len(RAW) + 10))
        line.endheaders(RAW)
        line.sock.shutdown(1)

        answer = line.getresponse()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")  # 400 would make the mail server give up
        line.close()
        assert InboundMessage.objects.count() == 0

    def test_without_a_length_the_mail_server_is_told_so(self, live_server, token):
        line = http.client.HTTPConnection(live_server.thread.host, live_server.thread.port, timeout=20)
        line.request(
            "POST",
            ADDRESS,
            body=iter([RAW]),
            headers={"Authorization": f"Bearer {token}", "Transfer-Encoding": "chunked"},
            encode_chunked=True,
        )

        assert line.getresponse().status == 411
        line.close()

    def test_twenty_copies_at_once_are_kept_once(self, live_server, token):
        barrier = threading.Barrier(20)
        answers = []

        def send() -> None:
            line = http.client.HTTPConnection(live_server.thread.host, live_server.thread.port, timeout=60)
            barrier.wait()
            line.request("POST", ADDRESS, RAW, {"Authorization": f"Bearer {token}", "Content-Type": "message/rfc822"})
            answer = line.getresponse()
            answers.append((answer.status, answer.read()))
            line.close()

        threads = [threading.Thread(target=send) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(answers) == 20
        assert {status for status, _ in answers} == {202}
        assert InboundMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_asks_the_mail_server_to_come_back(hand_over):
    assert hand_over().status_code == 202
    port = connection.settings_dict["PORT"]
    host = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict.update({"HOST": "127.0.0.1", "PORT": "1"})
    try:
        response = hand_over(RAW + b"2")
    finally:
        connection.close()
        connection.settings_dict.update({"HOST": host, "PORT": port})

    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert InboundMessage.objects.count() == 1
    assert User.objects.exists()
