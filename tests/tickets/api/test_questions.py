"""Asking and answering over the API, with files beside the words."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tickets.models import Consultation, Message


@pytest.fixture
def ticket(desk):
    return desk.ticket()


def a_file(name="log.txt", content=b"Traceback"):
    return SimpleUploadedFile(name, content, content_type="text/plain")


def files_of(message_id):
    return [(file.name, file.size) for file in Message.objects.get(pk=message_id).attachments.order_by("pk")]


def test_a_question_and_its_answer_carry_files(desk, as_, ticket):
    asker, asked = as_(desk.agent), as_(desk.colleague)
    sent = {"text": "What is this?", "to": desk.colleague.pk, "files": [a_file(), a_file("screen.txt", b"Blue")]}

    question = asker.client.post(f"/api/tickets/{ticket.pk}/ask/", sent)
    answered = asked.client.post(
        f"/api/questions/{question.json()['id']}/answer/", {"text": "This.", "files": a_file("fix.txt", b"1")}
    )

    assert (question.status_code, answered.status_code) == (201, 200)
    assert files_of(question.json()["message"]) == [("log.txt", 9), ("screen.txt", 4)]
    assert files_of(answered.json()["answer"]) == [("fix.txt", 1)]


def test_a_file_answers_without_words_but_nothing_does_not(desk, as_, ticket):
    as_(desk.agent).post(f"tickets/{ticket.pk}/ask/", text="The log?", to=desk.colleague.pk)
    address = f"/api/questions/{Consultation.objects.get().pk}/answer/"
    asked = as_(desk.colleague).client

    empty = asked.post(address, {"text": "  "})
    given = asked.post(address, {"files": a_file()})

    assert (empty.status_code, list(empty.json()["errors"])) == (400, ["text"])
    assert given.status_code == 200
    assert files_of(given.json()["answer"]) == [("log.txt", 9)]


def test_more_than_one_message_may_carry_is_refused(desk, as_, ticket, settings):
    settings.MAX_UPLOAD_BYTES = 10
    sent = {"text": "What is this?", "to": desk.colleague.pk, "files": [a_file(), a_file("screen.txt", b"Blue")]}

    response = as_(desk.agent).client.post(f"/api/tickets/{ticket.pk}/ask/", sent)

    assert (response.status_code, list(response.json()["errors"])) == (400, ["files"])
    assert not Consultation.objects.exists()


def test_json_carries_no_files(desk, as_, ticket):
    response = as_(desk.agent).post(f"tickets/{ticket.pk}/ask/", text="?", to=desk.colleague.pk, files=["log.txt"])

    assert (response.status_code, list(response.json()["errors"])) == (400, ["files"])


def test_a_stranger_learns_nothing_of_a_ticket_by_sending_files(desk, as_, ticket):
    sent = {"text": "?", "to": desk.colleague.pk, "files": a_file()}

    assert as_(desk.stranger).client.post(f"/api/tickets/{ticket.pk}/ask/", sent).status_code == 404
