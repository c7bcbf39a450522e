"""Replies, notes, drafts and replies under review, as the pages send them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import (
    AT,
    make_admin,
    make_agent,
    make_colleague,
    make_draft,
    make_grant,
    make_reply,
    make_requester,
    make_requester_message,
    make_team,
    make_ticket,
)
from tests.tickets.views.conftest import HTMX, shown
from tickets.actions.opening import MailFacts
from tickets.models import Draft, Message, Outbox, Status, Ticket


@pytest.fixture
def ticket(queue):
    return make_ticket(queue, requester=make_requester(name="Halina Dębska"))


@pytest.fixture
def volunteer(queue):
    person = make_colleague(language="en")
    make_grant(person, queue, is_reviewed=True)
    return person


def newest_of(ticket):
    return ticket.messages.order_by("-pk").first()


def test_a_reply_leaves_and_leads_back_to_the_ticket(desk, ticket, agent):
    response = desk.post(
        f"/tickets/{ticket.pk}/reply/",
        {"text": "Już działa.", "seen": newest_of(ticket).pk, "next_status": "waiting"},
        follow=True,
    )

    reply = newest_of(ticket)
    assert response.redirect_chain == [(f"/tickets/{ticket.pk}/#message-{reply.pk}", 302)]
    assert (reply.text, reply.author, reply.state) == ("Już działa.", agent, Message.State.SENT)
    assert Ticket.objects.get(pk=ticket.pk).status == Status.WAITING
    assert Outbox.objects.get(message=reply).address == ticket.requester.email
    assert f"Sent. #{ticket.pk} now waits for Halina Dębska." in shown(response)


def test_a_reply_beside_the_list_answers_with_the_fragment(desk, ticket):
    response = desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "Już działa."}, HTTP_HX_TARGET="preview", **HTMX)

    page = shown(response)
    assert response.status_code == 200
    assert "<html" not in page
    assert "Już działa." in page
    assert 'id="toasts" role="status" hx-swap-oob="true"' in page


def test_a_file_leaves_with_the_reply(desk, ticket):
    files = [SimpleUploadedFile("faktura.pdf", b"%PDF-1.4", "application/pdf"), SimpleUploadedFile("a.txt", b"a")]

    desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "W załączniku.", "files": files})

    assert [file.name for file in newest_of(ticket).attachments.order_by("pk")] == ["faktura.pdf", "a.txt"]


def test_too_many_bytes_are_refused_and_the_text_is_kept(desk, ticket, settings):
    settings.MAX_UPLOAD_BYTES = 10
    data = {"text": "W załączniku.", "files": [SimpleUploadedFile("a.txt", b"a" * 11)]}

    response = desk.post(f"/tickets/{ticket.pk}/reply/", data)

    assert response.status_code == 400
    assert "Together the files may have" in shown(response)
    assert "W załączniku.</textarea>" in shown(response)
    assert ticket.messages.count() == 1


def test_an_empty_reply_says_so(desk, ticket):
    response = desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "  "})

    assert response.status_code == 409
    assert "Write something first." in shown(response)


def test_a_reply_that_crosses_a_message_is_held_with_both_texts(desk, ticket):
    seen = newest_of(ticket).pk
    crossing = make_requester_message(ticket, text="Już niepotrzebne, <działa>.")

    response = desk.post(
        f"/tickets/{ticket.pk}/reply/", {"text": "Proszę o numer.", "seen": seen, "next_status": "waiting"}
    )

    page = shown(response)
    assert response.status_code == 409
    assert "Już niepotrzebne, &lt;działa&gt;." in page
    assert "Proszę o numer.</textarea>" in page
    assert f'name="seen" value="{crossing.pk}"' in page
    assert 'name="next_status" value="waiting"' in page
    assert newest_of(ticket) == crossing


def test_a_held_reply_leaves_when_it_is_sent_again(desk, ticket):
    crossing = make_requester_message(ticket)

    desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "Proszę o numer.", "seen": crossing.pk})

    assert newest_of(ticket).text == "Proszę o numer."


def test_what_crosses_beside_the_list_is_shown_there(desk, ticket):
    seen = newest_of(ticket).pk
    make_requester_message(ticket)

    response = desk.post(
        f"/tickets/{ticket.pk}/reply/", {"text": "Tak.", "seen": seen}, HTTP_HX_TARGET="preview", **HTMX
    )

    assert response.status_code == 409
    assert "<html" not in shown(response)
    assert 'hx-target="#preview"' in shown(response)


def test_a_note_stays_inside(desk, ticket, agent):
    response = desk.post(f"/tickets/{ticket.pk}/note/", {"text": "Padł serwer."})

    note = newest_of(ticket)
    assert response["Location"] == f"/tickets/{ticket.pk}/#message-{note.pk}"
    assert (note.kind, note.author) == (Message.Kind.NOTE, agent)
    assert not Outbox.objects.exists()


def test_an_empty_note_says_so_in_the_note(desk, ticket):
    response = desk.post(f"/tickets/{ticket.pk}/note/", {"text": ""})

    assert response.status_code == 409
    assert 'id="note-text"' in shown(response)
    assert shown(response).index('id="note-text"') < shown(response).index('id="problem"')


def test_a_draft_is_kept_and_discarded(desk, ticket, agent):
    address = f"/tickets/{ticket.pk}/draft/"

    assert desk.post(address, {"kind": "note", "text": "Zaczynam"}).status_code == 204
    assert Draft.objects.get(ticket=ticket, author=agent).text == "Zaczynam"
    assert desk.post(address, {"kind": "note", "text": ""}).status_code == 204
    assert not Draft.objects.exists()
    assert desk.post(address, {"kind": "poem", "text": "x"}).status_code == 400


def test_a_nul_that_came_along_is_left_out_and_no_word_is_lost(desk, ticket, agent):
    too_long = desk.post(f"/tickets/{ticket.pk}/note/", {"text": "a\0b" * 100_001})
    refused = desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "Już\0 działa.", "next_status": "closed"})
    assert (too_long.status_code, refused.status_code) == (400, 400)
    assert Draft.objects.get(ticket=ticket, author=agent).text == "Już działa."
    assert "Już działa.</textarea>" in shown(refused)
    assert "ab" * 100_001 in shown(too_long)

    desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "Już\0 działa."})

    assert newest_of(ticket).text == "Już działa."


def test_a_reply_ends_its_draft(desk, ticket, agent):
    make_draft(ticket, agent)

    desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "Już działa."})

    assert not Draft.objects.exists()


def test_a_volunteers_reply_waits_and_says_so(sign_in, volunteer, ticket):
    response = sign_in(volunteer).post(f"/tickets/{ticket.pk}/reply/", {"text": "Dzień dobry"}, follow=True)

    assert newest_of(ticket).state == Message.State.AWAITING_REVIEW
    assert "A mentor reads it first." in shown(response)
    assert "Waits for a mentor" in shown(response)


def test_a_mentor_approves_with_other_words(sign_in, volunteer, queue):
    mentor = make_agent(make_team(), language="en")
    make_grant(volunteer, queue, mentors=[mentor], is_reviewed=True)
    ticket = make_ticket(queue, assignee=volunteer)
    waiting = make_reply(ticket, volunteer, text="Dzien dobry")

    page = shown(sign_in(mentor).get(ticket.get_absolute_url()))
    response = sign_in(mentor).post(f"/messages/{waiting.pk}/approve/", {"text": "Dzień dobry"})

    waiting.refresh_from_db()
    assert f'action="/messages/{waiting.pk}/approve/"' in page
    assert response["Location"] == f"/tickets/{ticket.pk}/#message-{waiting.pk}"
    assert (waiting.state, waiting.text, waiting.approved_by) == (Message.State.SENT, "Dzień dobry", mentor)


def test_a_returned_reply_becomes_a_draft_with_the_reason_on_the_ticket(sign_in, volunteer, ticket):
    waiting = make_reply(ticket, volunteer, text="Dzien dobry")
    admin = make_admin(language="en")

    empty = sign_in(admin).post(f"/messages/{waiting.pk}/return/", {"comment": ""})
    sign_in(admin).post(f"/messages/{waiting.pk}/return/", {"comment": "Napisz, kiedy."})

    assert empty.status_code == 400
    assert "Say in a sentence what should change." in shown(empty)
    assert Draft.objects.get(author=volunteer).text == "Dzien dobry"
    assert "returned the reply: Napisz, kiedy." in shown(sign_in(volunteer).get(ticket.get_absolute_url()))


def test_the_author_cannot_approve(sign_in, volunteer, ticket):
    waiting = make_reply(ticket, volunteer)

    response = sign_in(volunteer).post(f"/messages/{waiting.pk}/approve/", {"text": "Tak"})

    assert response.status_code == 403
    assert 'action="/messages/' not in shown(sign_in(volunteer).get(ticket.get_absolute_url()))


@pytest.mark.parametrize("path", ["reply", "note", "draft"])
def test_strangers_and_requesters_write_nothing(sign_in, stranger, ticket, path):
    data = {"text": "x", "kind": "note"}

    for person in (stranger, ticket.requester, make_requester()):
        assert sign_in(person).post(f"/tickets/{ticket.pk}/{path}/", data).status_code == 404
    assert ticket.messages.count() == 1


@pytest.mark.parametrize("path", ["reply", "note", "draft"])
def test_writing_is_no_link(desk, ticket, path):
    assert desk.get(f"/tickets/{ticket.pk}/{path}/").status_code == 405


def test_a_strangers_review_finds_nothing(sign_in, stranger, volunteer, ticket):
    waiting = make_reply(ticket, volunteer, at=AT)

    assert sign_in(stranger).post(f"/messages/{waiting.pk}/approve/", {"text": "x"}).status_code == 404
    assert sign_in(stranger).post(f"/messages/{waiting.pk}/return/", {"comment": "x"}).status_code == 404
    assert sign_in(stranger).get(f"/messages/{waiting.pk}/approve/").status_code == 405


def test_copies_leave_with_the_reply_and_stand_below_it(desk, ticket):
    answer = desk.post(
        f"/tickets/{ticket.pk}/reply/", {"text": "Już.", "cc": "Biuro <biuro@lniana.example>; szef@x.pl"}
    )

    assert answer.status_code == 302
    assert Message.objects.get(text="Już.").copied_to == ["biuro@lniana.example", "szef@x.pl"]
    assert "biuro@lniana.example, szef@x.pl" in shown(desk.get(ticket.get_absolute_url()))


def test_a_copy_that_cannot_be_sent_is_said_and_all_that_was_typed_stays(desk, ticket):
    answer = desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "Już.", "cc": "biuro, szef@x.pl"})

    page = shown(answer)
    assert answer.status_code == 409
    assert "biuro is no email address." in page
    assert 'value="biuro, szef@x.pl"' in page
    assert not Message.objects.filter(text="Już.").exists()
    assert Draft.objects.get().cc == "biuro, szef@x.pl"


def test_whoever_had_a_copy_is_offered_for_the_next_one_as_long_as_nothing_else_is_typed(desk, ticket, agent):
    make_reply(ticket, agent, cc=["biuro@lniana.example"])
    offered = 'value="biuro@lniana.example"' in shown(desk.get(ticket.get_absolute_url()))

    desk.post(f"/tickets/{ticket.pk}/draft/", {"kind": "public", "text": "Zaczynam", "cc": ""})

    assert offered
    assert 'value="biuro@lniana.example"' not in shown(desk.get(ticket.get_absolute_url()))


def test_whom_the_requester_copied_is_offered_but_for_addresses_of_ours(desk, queue, agent):
    address = queue.sender_address
    cc = [address.upper(), "szef@lniana.example"]
    ticket = make_ticket(queue, mail=MailFacts(mail_id="x@lniana.example", to=[address], cc=cc))

    assert 'value="szef@lniana.example"' in shown(desk.get(ticket.get_absolute_url()))


def test_send_and_next_leads_to_the_next_ticket_of_the_list_or_to_the_list(desk, ticket, queue):
    other = make_ticket(queue)

    first = desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "Już.", "next": str(other.pk)})
    second = desk.post(f"/tickets/{other.pk}/reply/", {"text": "Też.", "next": ""})
    refused = desk.post(f"/tickets/{other.pk}/reply/", {"text": "", "next": str(ticket.pk)})

    assert (first["Location"], second["Location"]) == (other.get_absolute_url(), "/queue/")
    assert refused.status_code == 409
    assert Message.objects.filter(text__in=["Już.", "Też."]).count() == 2
