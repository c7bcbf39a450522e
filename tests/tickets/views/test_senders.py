"""The pages on which administrators say how mail leaves."""

import pytest
from django.core.cache import cache

from tests.factories import AT, make_admin, make_lead, make_queue
from tests.tickets.views.conftest import shown, statements
from tickets.models import MailSender

PASSWORD = "tajne hasło"


@pytest.fixture
def admin(sign_in):
    return sign_in(make_admin(language="en"))


def settings_of(desk, **changes):
    return {
        "name": "Main",
        "queue": desk.pk,
        "host": "smtp.bursztyn.example",
        "port": "587",
        "security": "starttls",
        "username": "help",
        "password": PASSWORD,
        "per_minute": "30",
        "is_active": "on",
        **changes,
    }


def make_sender(queue, **fields):
    fields = {"name": "Main", "host": "smtp.bursztyn.example", "username": "help"} | fields
    sender = MailSender(queue=queue, **fields)
    sender.password = PASSWORD
    sender.save()
    return sender


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_for_any_number(admin, number):
    for each in range(number):
        make_sender(make_queue(address=f"queue-{each}@bursztyn.example"), name=f"Sender {each}")
    cache.clear()

    with statements() as sent:
        page = shown(admin.get("/mail/senders/"))

    assert page.count("smtp.bursztyn.example:587") == number
    assert len(sent) == 9


def test_a_new_sender_is_the_last_of_its_queue_and_keeps_its_password_to_itself(admin, queue):
    make_sender(queue, position=4)

    response = admin.post("/mail/senders/new/", settings_of(queue, name="Second"))

    sender = MailSender.objects.get(name="Second")
    assert response["Location"] == f"/mail/senders/{sender.pk}/"
    assert (sender.position, sender.password, sender.per_minute) == (5, PASSWORD, 30)
    page = shown(admin.get(response["Location"]))
    assert PASSWORD not in page
    assert "One is kept, sealed." in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password": ""}, "With a user name the mail server asks for a password."),
        ({"host": "smtp\nexample"}, "Write this in one line"),
        ({"per_minute": "0"}, "Leave it empty for no limit."),
        ({"port": "0"}, "A port is a number from 1 to 65535."),
        ({"queue": ""}, "This field is required."),
    ],
)
def test_what_cannot_work_is_said_beside_its_field(admin, queue, changes, sentence):
    assert sentence in shown(admin.post("/mail/senders/new/", settings_of(queue, **changes)))
    assert not MailSender.objects.exists()


def test_an_empty_password_keeps_the_stored_one_for_the_same_server_only(admin, queue):
    sender = make_sender(queue)

    admin.post(f"/mail/senders/{sender.pk}/", settings_of(queue, password="", per_minute=""))
    page = shown(admin.post(f"/mail/senders/{sender.pk}/", settings_of(queue, password="", host="smtp.evil.example")))

    assert "enter the password again" in page
    sender.refresh_from_db()
    assert (sender.host, sender.password, sender.per_minute) == ("smtp.bursztyn.example", PASSWORD, None)


def test_a_changed_sender_is_tried_anew(admin, queue):
    sender = make_sender(queue, failing_since=AT, away_until=AT, last_error="?")

    admin.post(f"/mail/senders/{sender.pk}/", settings_of(queue))

    sender.refresh_from_db()
    assert (sender.failing_since, sender.away_until, sender.last_error) == (None, None, "")


def test_senders_change_places(admin, queue):
    first, second = make_sender(queue, name="First"), make_sender(queue, name="Second")

    admin.post(f"/mail/senders/{second.pk}/move/", {"to": "up"})
    assert list(MailSender.objects.values_list("name", flat=True)) == ["Second", "First"]

    admin.post(f"/mail/senders/{second.pk}/move/", {"to": "down"})
    admin.post(f"/mail/senders/{second.pk}/move/", {"to": "down"})
    assert list(MailSender.objects.values_list("name", flat=True)) == ["First", "Second"]
    assert first.pk < second.pk


def test_a_test_answers_in_a_plain_sentence(admin, queue):
    sender = make_sender(queue, host="127.0.0.1", port=1)

    page = shown(admin.post(f"/mail/senders/{sender.pk}/test/"))
    part = shown(admin.post(f"/mail/senders/{sender.pk}/test/", HTTP_HX_REQUEST="true"))

    assert "127.0.0.1 cannot be reached: nothing answers on port 1." in page
    assert "127.0.0.1 cannot be reached: nothing answers on port 1." in part
    assert "<html" in page
    assert "<html" not in part


def test_a_sender_is_removed(admin, queue):
    admin.post(f"/mail/senders/{make_sender(queue).pk}/remove/")

    assert not MailSender.objects.exists()


def test_the_row_of_the_sites_own_server_is_shown_and_not_edited(admin):
    site = MailSender.objects.create(
        queue=None,
        name="SMTP_URL",
        host="smtp.example",
        failing_since=AT,
        last_error="The mail server takes nothing now: 4",
    )

    assert "The site&#x27;s own server fails" in shown(admin.get("/mail/senders/")).replace("'", "&#x27;")
    assert admin.get(f"/mail/senders/{site.pk}/").status_code == 404


def test_the_mail_of_a_queue(admin, queue):
    values = {"signature": "{agent}\nShops", "language": "en"}

    admin.post(f"/mail/queues/{queue.pk}/", values)

    queue.refresh_from_db()
    assert (queue.signature, queue.language, queue.acknowledges) == ("{agent}\nShops", "en", False)


def test_a_signature_knows_its_variables(admin, queue):
    page = shown(admin.post(f"/mail/queues/{queue.pk}/", {"signature": "{adres}", "language": "en"}))

    assert "{adres} means nothing in a signature" in page
    queue.refresh_from_db()
    assert queue.signature == ""


def test_nobody_else_finds_anything(sign_in, admin, team, queue, agent):
    number = make_sender(queue).pk

    for path in ("senders/", "senders/new/", f"senders/{number}/", f"queues/{queue.pk}/"):
        assert admin.get(f"/mail/{path}").status_code == 200
        for person in (agent, make_lead(team)):
            assert sign_in(person).get(f"/mail/{path}").status_code == 404
            assert sign_in(person).post(f"/mail/{path}").status_code == 404
    for path in ("test", "move", "remove"):
        assert sign_in(agent).post(f"/mail/senders/{number}/{path}/").status_code == 404
        assert admin.get(f"/mail/senders/{number}/{path}/").status_code == 405
