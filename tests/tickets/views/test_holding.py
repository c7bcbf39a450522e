"""Send that can be undone, on the pages of the desk."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import AT, SECOND, fresh, make_admin, make_agent, make_queue, make_reply, make_ticket
from tests.tickets.views.conftest import shown
from tickets import signed_links, tasks
from tickets.models import AuditEntry, DeskSettings, Draft, Message, Ticket

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return make_agent(queue.team, language="en")


@pytest.fixture
def desk(agent, sign_in, clock):
    DeskSettings.objects.create(undo_s=10)
    return sign_in(agent)


@pytest.fixture
def ticket(queue):
    return make_ticket(queue)


def send(desk, ticket, **more):
    desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "Już działa.", **more})
    return Message.objects.get(ticket=ticket, text="Już działa.")


def test_a_sent_reply_says_when_it_leaves_and_offers_undo(desk, ticket):
    message = send(desk, ticket, next_status="solved")

    page = shown(desk.get(f"/tickets/{ticket.pk}/"))
    assert (message.state, message.leaves_at) == (Message.State.LEAVING, AT + 10 * SECOND)
    assert f'action="/messages/{message.pk}/unsend/"' in page
    assert "It leaves in 10 seconds." in page
    assert f'data-leaves="{int(message.leaves_at.timestamp())}"' in page
    assert Ticket.objects.get(pk=ticket.pk).status == "new"


def test_the_worker_lets_it_leave(desk, ticket, clock):
    message = send(desk, ticket)
    assert "/unsend/" in shown(desk.get(f"/tickets/{ticket.pk}/"))

    clock.advance(seconds=9)
    tasks.release_replies()
    assert Message.objects.get(pk=message.pk).is_leaving
    clock.advance(seconds=1)
    tasks.release_replies()
    tasks.release_replies()

    assert Message.objects.get(pk=message.pk).state == Message.State.SENT
    assert "/unsend/" not in shown(desk.get(f"/tickets/{ticket.pk}/"))


def test_undo_puts_the_words_into_the_composer(desk, ticket):
    message = send(desk, ticket)

    response = desk.post(f"/messages/{message.pk}/unsend/", follow=True)

    page = shown(response)
    assert "Już działa.</textarea>" in page
    assert "It was not sent." in page
    assert not Message.objects.filter(pk=message.pk).exists()


def test_undo_beside_the_list_brings_the_fragment(desk, ticket):
    message = send(desk, ticket)

    response = desk.post(f"/messages/{message.pk}/unsend/", HTTP_HX_TARGET="preview", **HTMX)

    assert response.status_code == 200
    assert "<html" not in shown(response)
    assert "Już działa.</textarea>" in shown(response)


def test_undo_after_it_has_left_says_so(desk, ticket, agent):
    message = make_reply(ticket, fresh(agent))

    response = desk.post(f"/messages/{message.pk}/unsend/")

    assert response.status_code == 409
    assert "It has left already." in shown(response)


def test_only_a_post_takes_back(desk, ticket):
    assert desk.get(f"/messages/{send(desk, ticket).pk}/unsend/").status_code == 405


def test_the_requester_sees_nothing_of_it(desk, ticket, client):
    send(desk, ticket)
    link = f"/r/{signed_links.token_for(ticket, ticket.requester)}/"
    assert "Od rana nic nie działa." in shown(client.get(link))

    assert "Już działa." not in shown(client.get(link))


def test_another_agent_sees_it_and_cannot_take_it_back(desk, ticket, queue, sign_in):
    message = send(desk, ticket)
    other = sign_in(make_agent(queue.team, language="en"))

    page = shown(other.get(f"/tickets/{ticket.pk}/"))

    assert "Już działa." in page
    assert f"/messages/{message.pk}/unsend/" not in page
    assert other.post(f"/messages/{message.pk}/unsend/").status_code == 403


def test_files_that_came_back_stand_beside_the_draft_and_leave_again(desk, ticket):
    message = send(desk, ticket, files=[SimpleUploadedFile("faktura.pdf", b"%PDF-1.4", "application/pdf")])
    page = shown(desk.post(f"/messages/{message.pk}/unsend/", follow=True))
    kept = Draft.objects.get(ticket=ticket).files.get()
    assert f'name="kept" value="{kept.pk}" checked' in page

    again = send(desk, ticket, kept=[kept.pk])

    assert [file.name for file in again.attachments.all()] == ["faktura.pdf"]


def test_the_time_to_undo_is_a_setting_with_a_line_in_the_audit(sign_in):
    DeskSettings.objects.create(undo_s=10)
    admin = sign_in(make_admin(language="en"))

    admin.post("/mail/senders/undo/", {"undo_s": "0"})

    assert DeskSettings.current().undo_s == 0
    assert 'value="0" selected' in shown(admin.get("/mail/senders/"))
    assert AuditEntry.objects.get(kind="sending").data == {"undo_s": [10, 0]}
    assert admin.post("/mail/senders/undo/", {"undo_s": "7"}).status_code == 404


def test_switched_off_it_leaves_at_once(agent, sign_in, ticket):
    DeskSettings.objects.create(undo_s=0)

    assert send(sign_in(agent), ticket).state == Message.State.SENT


def test_what_could_not_leave_says_so_on_the_page(desk, ticket, clock, agent):
    send(desk, ticket, next_status="waiting")
    Ticket.objects.filter(pk=ticket.pk).update(status="closed", solved_at=AT)
    clock.advance(seconds=10)

    tasks.release_replies()

    assert "is a draft again: This ticket is closed." in shown(desk.get(f"/tickets/{ticket.pk}/"))
