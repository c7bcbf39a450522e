"""Signing in with access tokens: a real dovecot that asks a real token server, and what that one may answer."""

import logging
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from helpdesk.lib import clock, web_client
from tests.tickets.channels.email import dovecot, token_server
from tests.tickets.channels.email.conftest import raw_mail
from tickets.channels.email import imap, oauth
from tickets.models import InboundMessage, Mailbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def tokens():
    with token_server.running() as running:
        yield running


@pytest.fixture(scope="module", params=["xoauth2", "oauthbearer"])
def server(dovecot_program, tokens, request):
    mechanisms = f"plain login {request.param}"
    url = tokens.introspection_url
    with dovecot.running(dovecot_program, introspection_url=url, mechanisms=mechanisms) as running:
        yield running


@pytest.fixture
def box(committed_desk, tokens, settings):
    """A mailbox with a client secret, and a token server as new."""
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    tokens.user = f"oauth-{time.time_ns()}"
    tokens.refresh_token, tokens.rotates, tokens.life, tokens.error = "refresh-0", False, 3600, None
    tokens.asked.clear()
    tokens.good.clear()
    mailbox = committed_desk.mailbox
    mailbox.login, mailbox.username, mailbox.password = Mailbox.Login.OAUTH2, tokens.user, ""
    mailbox.token_url, mailbox.scope = tokens.token_url, "https://mail.example/IMAP"
    mailbox.client_id, mailbox.client_secret = token_server.CLIENT
    mailbox.save()
    return mailbox


@pytest.fixture
def mailbox(box, server):
    box.port = server.port
    box.save()
    return box


def fetched(mailbox):
    """How many mails a visit brought, and what it complained about."""
    count = imap.fetch(Mailbox.objects.get(pk=mailbox.pk))
    return count, Mailbox.objects.get(pk=mailbox.pk).last_error


def test_the_application_itself_reads_with_a_token_that_is_kept(server, mailbox, tokens):
    server.deliver(mailbox.username, raw_mail())

    assert fetched(mailbox) == (1, "")
    assert fetched(mailbox) == (0, "")

    (asked,) = tokens.asked
    assert asked == {
        "grant_type": "client_credentials",
        "client_id": "dyzur",
        "client_secret": "client-secret-xyzzy",
        "scope": "https://mail.example/IMAP",
    }


def test_on_behalf_of_a_person_the_refresh_token_is_kept_up_to_date(server, mailbox, tokens):
    tokens.rotates = True
    mailbox.refresh_token = "refresh-0"
    mailbox.save()
    server.deliver(mailbox.username, raw_mail())

    assert fetched(mailbox) == (1, "")
    Mailbox.objects.update(access_token_until=clock.real_now())
    assert fetched(mailbox) == (0, "")

    assert [asked["refresh_token"] for asked in tokens.asked] == ["refresh-0", "refresh-1"]
    assert Mailbox.objects.get().refresh_token == "refresh-2"


def test_a_token_that_the_mail_server_refuses_is_replaced_once(server, mailbox, tokens):
    server.deliver(mailbox.username, raw_mail())
    mailbox.access_token, mailbox.access_token_until = "revoked", clock.real_now() + timedelta(hours=1)
    mailbox.save()

    assert fetched(mailbox) == (1, "")
    assert len(tokens.asked) == 1


def test_a_token_that_ends_while_mail_is_read_is_replaced_once_and_reading_goes_on(server, mailbox, tokens):
    server.deliver(mailbox.username, *(raw_mail(message_id=f"<{n}@x>", text=f"Mail {n}.") for n in range(5)))
    line = dovecot.Line(server.port, rewrite=lambda said: ended(said))
    mailbox.port = line.port
    mailbox.access_token, mailbox.access_token_until = "first", clock.real_now() + timedelta(hours=1)
    mailbox.save()
    tokens.good.add("first")

    def ended(said):
        """An hour is over once mail was found, and the server hangs up."""
        if b"RFC822.SIZE" in said and "first" in tokens.good:
            tokens.good.discard("first")
            line.cut()
        return said

    assert fetched(mailbox) == (5, "")

    assert (line.calls, len(tokens.asked)) == (2, 1)
    assert fetched(mailbox) == (0, "")
    assert len(tokens.asked) == 1
    line.close()


def test_tokens_for_somebody_else_are_refused_in_words_after_one_more_try(server, mailbox, tokens):
    tokens.user = "somebody-else"

    count, error = fetched(mailbox)

    assert (count, len(tokens.asked)) == (0, 2)
    assert "refused the access token" in error


def test_a_permission_that_has_ended_asks_to_sign_in_again(server, mailbox):
    mailbox.refresh_token = "withdrawn-refresh-token"
    mailbox.save()

    count, error = fetched(mailbox)

    assert count == 0
    assert error == "127.0.0.1 has ended the permission to read this mailbox. Sign in again to renew it."
    assert Mailbox.objects.get().failing_since is not None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, {"error": "invalid_client"}), "refused the client id or the client secret"),
        ((400, {"error": "unauthorized_client"}), "refused the client id or the client secret"),
        ((400, {"error": "invalid_scope"}), "does not give the scope"),
        ((400, {"error": "x", "error_description": "AADSTS700016: no app s3cret"}), "400, x, AADSTS700016"),
        ((400, {"error": "<b>s3cret</b>"}), "gave no access token. The server said: “400"),
        ((500, b"s3cret"), "gave no access token. The server said: “500"),
        ((302, {"access_token": "s3cret"}), "gave no access token. The server said: “302"),
        ((200, b"no json s3cret"), "gave no access token. The server said: “200"),
        ((200, ["s3cret"]), "gave no access token. The server said: “200"),
        ((200, {"access_token": ""}), "without an access token"),
        ((200, {"access_token": "a\r\nb s3cret"}), "without an access token"),
        ((200, {"access_token": "s3cret", "token_type": "mac"}), "without an access token"),
        ((200, b"[" * 100_000), "gave no access token. The server said: “200"),
        ((200, b" " * (web_client.MAX_ANSWER + 1)), "The answer is too long"),
    ],
)
def test_what_a_token_server_may_answer(box, tokens, answer, words):
    tokens.error = answer

    with pytest.raises(oauth.NoToken) as refusal:
        oauth.access_token(box)

    assert words in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1/token", "cannot be reached"),
        ("https://127.0.0.1:{port}/token", "does not speak TLS"),
        ("http://10.0.0.1/token", "EGRESS_ALLOW"),
        ("ftp://127.0.0.1/token", "no address of a web server"),
        ("http://127.0.0.1:{port}/a b\r\nX: y", "no address of a web server"),
        ("https://", "no address of a web server"),
    ],
)
def test_addresses_that_give_no_token(box, tokens, url, words):
    box.token_url = url.format(port=tokens.port)

    with pytest.raises(oauth.NoToken, match=words):
        oauth.access_token(box)
    assert tokens.asked == []


@pytest.mark.parametrize(("life", "seconds"), [(3600, 3480), ("3600", 3480), (100, 50), (None, 3480), ("soon", 3480)])
def test_a_token_is_used_until_shortly_before_its_end(box, tokens, life, seconds):
    tokens.life = life

    oauth.access_token(box)

    left = Mailbox.objects.get().access_token_until - clock.real_now()
    assert timedelta(seconds=seconds - 20) < left <= timedelta(seconds=seconds)


def test_ten_at_once_ask_once_so_that_no_refresh_token_is_used_up_twice(box, tokens):
    tokens.rotates = True
    box.refresh_token = "refresh-0"
    box.save()
    barrier = threading.Barrier(10)
    given = []

    def ask():
        mine = Mailbox.objects.get(pk=box.pk)
        barrier.wait()
        try:
            given.append(oauth.access_token(mine))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(given) == 10
    assert len(set(given)) == len(tokens.asked) == 1


def test_neither_logs_nor_the_table_hold_a_token(server, mailbox, tokens, caplog):
    mailbox.refresh_token = "refresh-0"
    mailbox.save()
    server.deliver(mailbox.username, raw_mail())
    caplog.set_level(logging.DEBUG)

    assert fetched(mailbox) == (1, "")
    (token,) = tokens.good
    tokens.good.clear()
    tokens.error = (400, {"error": "invalid_grant", "error_description": f"{token} client-secret-xyzzy refresh-0"})
    fetched(mailbox)

    with connection.cursor() as cursor:
        cursor.execute("select to_json(m)::text, encode(sealed_access_token, 'escape') from tickets_mailbox m")
        everything = caplog.text + str(cursor.fetchall())
    for secret in (token, "client-secret-xyzzy", "refresh-0"):
        assert secret not in everything
    assert InboundMessage.objects.count() == 1
