"""The pages on which administrators say where mail comes in."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache

from tests.factories import AT, make_admin, make_lead
from tests.tickets.views.conftest import shown, statements
from tickets.models import InboundMessage, Mailbox

SECRETS = ("tajne hasło", "client-secret-1", "refresh-token-1")


@pytest.fixture
def administrator():
    return make_admin(language="en")


@pytest.fixture
def admin(sign_in, administrator):
    return sign_in(administrator)


def settings_of(queue, **changes):
    """The form as a browser sends it."""
    return {
        "name": "Help",
        "queue": queue.pk,
        "host": "imap.bursztyn.example",
        "port": "993",
        "security": "tls",
        "username": "help@bursztyn.example",
        "login": "password",
        "password": SECRETS[0],
        "folder": "INBOX",
        "uses_idle": "on",
        **changes,
    }


def oauth_of(queue, **changes):
    values = settings_of(queue, login="oauth2", password="", token_url="https://login.example/token", client_id="desk")
    return values | {"client_secret": SECRETS[1], "refresh_token": SECRETS[2]} | changes


def make_mailbox(queue, *, password=SECRETS[0], **fields):
    fields = {"name": "Help", "host": "imap.bursztyn.example", "username": "help@bursztyn.example"} | fields
    mailbox = Mailbox(queue=queue, **fields)
    mailbox.password = password
    mailbox.save()
    return mailbox


def make_endpoint(queue, **fields):
    return Mailbox.objects.create(queue=queue, **({"name": "Pushed", "kind": "push"} | fields))


# The list


def test_no_mailbox_says_what_to_do(admin):
    page = shown(admin.get("/mail/mailboxes/"))

    assert "No mailbox yet" in page
    assert "/mail/mailboxes/new/imap/" in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_for_any_number(admin, queue, number):
    for each in range(number):
        make_mailbox(queue, name=f"Box {each}", uidvalidity=1, last_fetch_at=AT, lag_s=42)
    cache.clear()

    with statements() as sent:
        page = shown(admin.get("/mail/mailboxes/"))

    assert page.count("newest mail here after 42 s") == number
    assert len(sent) == 5


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"is_active": False}, "Not started"),
        ({"is_active": False, "uidvalidity": 1, "last_fetch_at": AT}, "Paused"),
        ({"uidvalidity": 1, "last_fetch_at": AT}, "Active"),
        ({"uidvalidity": 1, "last_fetch_at": AT - timedelta(hours=1)}, "Nobody reads it"),
        ({"last_error": "imap.example refused the user name or the password.", "failing_since": AT}, "since 8:00"),
    ],
)
def test_each_state_is_named_in_the_list_and_on_the_page(admin, queue, fields, state):
    mailbox = make_mailbox(queue, **fields)

    assert state in shown(admin.get("/mail/mailboxes/"))
    assert admin.get(f"/mail/mailboxes/{mailbox.pk}/").status_code == 200


# A new one


def test_a_new_mailbox_waits_for_its_test(admin, queue):
    response = admin.post("/mail/mailboxes/new/imap/", settings_of(queue))

    mailbox = Mailbox.objects.get()
    assert response["Location"] == f"/mail/mailboxes/{mailbox.pk}/"
    assert (mailbox.password, mailbox.is_active) == (SECRETS[0], False)
    assert "Nothing is read yet." in shown(admin.get(response["Location"]))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password": ""}, "The mail server asks for a password."),
        ({"host": "imap\r\nexample"}, "Write this in one line"),
        ({"password": "a\r\nb"}, "Write this in one line"),
        ({"port": "99999"}, "A port is a number from 1 to 65535."),
        ({"login": "oauth2", "password": ""}, "Write the address that gives access tokens."),
    ],
)
def test_what_cannot_work_is_said_beside_its_field(admin, queue, changes, sentence):
    page = shown(admin.post("/mail/mailboxes/new/imap/", settings_of(queue, **changes)))

    assert sentence in page
    assert not Mailbox.objects.exists()


def test_a_name_is_used_once(admin, queue):
    make_mailbox(queue)

    assert "already exists" in shown(admin.post("/mail/mailboxes/new/imap/", settings_of(queue)))


def test_there_are_two_ways_in(admin):
    assert admin.get("/mail/mailboxes/new/pop3/").status_code == 404


# Secrets


def test_no_page_gives_a_secret_back(admin, queue):
    admin.post("/mail/mailboxes/new/imap/", oauth_of(queue))
    mailbox = Mailbox.objects.get()
    assert (mailbox.client_secret, mailbox.refresh_token) == SECRETS[1:]

    pages = [
        shown(admin.get(f"/mail/mailboxes/{mailbox.pk}/")),
        shown(admin.get("/mail/mailboxes/")),
        shown(admin.post(f"/mail/mailboxes/{mailbox.pk}/", oauth_of(queue, name=""))),
    ]

    for page in pages:
        assert not any(secret in page for secret in SECRETS)
    assert "One is kept, sealed." in pages[0]


def test_an_empty_password_keeps_the_stored_one(admin, queue):
    mailbox = make_mailbox(queue)

    admin.post(f"/mail/mailboxes/{mailbox.pk}/", settings_of(queue, password="", authserv_id="mx.example"))

    mailbox.refresh_from_db()
    assert (mailbox.password, mailbox.authserv_id) == (SECRETS[0], "mx.example")


@pytest.mark.parametrize("change", [{"host": "imap.evil.example"}, {"security": "plain"}, {"port": "143"}])
def test_a_kept_password_is_not_sent_to_another_server(admin, queue, change):
    mailbox = make_mailbox(queue)

    page = shown(admin.post(f"/mail/mailboxes/{mailbox.pk}/", settings_of(queue, password="", **change)))

    assert "enter the password again" in page
    mailbox.refresh_from_db()
    assert (mailbox.host, mailbox.security, mailbox.port) == ("imap.bursztyn.example", "tls", 993)


# Where it reads


def test_another_folder_is_not_read_before_somebody_says_where_to_begin(admin, queue):
    mailbox = make_mailbox(queue, uidvalidity=7, last_uid=40, last_fetch_at=AT)

    admin.post(f"/mail/mailboxes/{mailbox.pk}/folder/", {"folder": "Faktury"})

    mailbox.refresh_from_db()
    assert (mailbox.folder, mailbox.is_active, mailbox.uidvalidity, mailbox.last_uid) == ("Faktury", False, None, None)
    assert mailbox.password == SECRETS[0]


def test_pausing_and_resuming(admin, queue):
    mailbox = make_mailbox(queue, uidvalidity=7, last_uid=40)

    admin.post(f"/mail/mailboxes/{mailbox.pk}/pause/")
    mailbox.refresh_from_db()
    assert not mailbox.is_active

    admin.post(f"/mail/mailboxes/{mailbox.pk}/resume/")
    mailbox.refresh_from_db()
    assert (mailbox.is_active, mailbox.last_uid) == (True, 40)


def test_what_never_started_cannot_be_resumed(admin, queue):
    mailbox = make_mailbox(queue, is_active=False)

    response = admin.post(f"/mail/mailboxes/{mailbox.pk}/resume/")

    assert response.status_code == 409
    assert "Test the connection first" in shown(response)


def test_a_mailbox_goes_as_long_as_no_mail_hangs_on_it(admin, queue):
    mailbox = make_mailbox(queue)
    mail = InboundMessage.objects.create(mailbox=mailbox, sha256="0" * 64, raw=b"?", size=1, received_at=AT)

    response = admin.post(f"/mail/mailboxes/{mailbox.pk}/remove/")
    assert response.status_code == 409
    assert "Pause the mailbox instead" in shown(response)

    mail.delete()
    admin.post(f"/mail/mailboxes/{mailbox.pk}/remove/")
    assert not Mailbox.objects.exists()


# An endpoint


def test_a_token_is_shown_exactly_once(admin, queue):
    admin.post("/mail/mailboxes/new/push/", {"name": "Pushed", "queue": queue.pk})
    mailbox = Mailbox.objects.get()

    response = admin.post(f"/mail/mailboxes/{mailbox.pk}/token/")

    (token,) = re.findall(r"data-token>([^<]+)<", shown(response))
    assert "no-store" in response["Cache-Control"]
    assert f"Authorization: Bearer {token}" in shown(response)
    assert token not in shown(admin.get(f"/mail/mailboxes/{mailbox.pk}/"))
    taken = admin.post(
        "/api/mail/in/",
        b"From: a@b.example\r\n\r\nx",
        content_type="message/rfc822",
        HTTP_AUTHORIZATION=f"Bearer {token}",
    )
    assert taken.status_code == 202


def test_an_imap_folder_has_no_token(admin, queue):
    assert admin.post(f"/mail/mailboxes/{make_mailbox(queue).pk}/token/").status_code == 409


# Nobody else

GETS = ["", "new/imap/", "{number}/"]
POSTS = ["test", "folder", "start", "pause", "resume", "token", "remove"]


def test_nobody_else_finds_anything(sign_in, admin, team, queue, agent):
    number = make_mailbox(queue).pk

    for path in GETS:
        assert admin.get(f"/mail/mailboxes/{path.format(number=number)}").status_code == 200
        for person in (agent, make_lead(team)):
            assert sign_in(person).get(f"/mail/mailboxes/{path.format(number=number)}").status_code == 404
    for path in POSTS:
        assert sign_in(agent).post(f"/mail/mailboxes/{number}/{path}/").status_code == 404
        assert admin.get(f"/mail/mailboxes/{number}/{path}/").status_code == 405
        assert admin.post(f"/mail/mailboxes/999999/{path}/").status_code == 404
