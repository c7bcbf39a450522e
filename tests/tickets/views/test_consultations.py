"""Questions on the page: asked, answered and closed there, and no byte of anything to who was not asked."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories import (
    AT,
    fresh,
    make_agent,
    make_colleague,
    make_grant,
    make_note,
    make_queue,
    make_requester,
    make_ticket,
)
from tickets.actions import asking
from tickets.models import Consultation, Draft, DraftFile, Message

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return make_agent(queue.team, language="en")


@pytest.fixture
def developer():
    return make_colleague(name="Dawid Programista", email="dawid@bursztyn.example", language="en")


@pytest.fixture
def ticket(queue):
    requester = make_requester(name="klientka@k.example", email="klientka@k.example")
    return make_ticket(queue, subject="Temat-marker", text="Tresc-marker", requester=requester)


@pytest.fixture
def question(clock, ticket, agent, developer):
    return asking.ask(ticket=ticket, by=fresh(agent), to=developer, text="Pytanie-marker", at=AT)


def test_a_question_is_asked_by_a_name(clock, ticket, agent, developer):
    response = signed_in(agent).post(f"/tickets/{ticket.pk}/ask/", {"text": "Czemu?", "to": "dawid programista"})

    question = Consultation.objects.get()
    assert response.status_code == 302
    assert response["Location"].endswith(f"#message-{question.message_id}")
    assert [row.person for row in question.people.all()] == [developer]


@pytest.mark.parametrize("to", ["Dawid Programista <dawid@bursztyn.example>", "dawid@bursztyn.example", "Dawid"])
def test_and_by_an_address_or_the_beginning_of_one_name(clock, ticket, agent, developer, to):
    signed_in(agent).post(f"/tickets/{ticket.pk}/ask/", {"text": "Czemu?", "to": to})

    assert [row.person for row in Consultation.objects.get().people.all()] == [developer]


def test_a_name_of_several_is_not_guessed_and_the_words_stay(clock, ticket, agent, developer):
    make_colleague(name="Dawid Testerski")

    response = signed_in(agent).post(f"/tickets/{ticket.pk}/ask/", {"text": "Czemu-marker", "to": "Dawid"})

    page = response.content.decode()
    assert response.status_code == 409
    assert "dawid@bursztyn.example" in page
    assert "Czemu-marker" in page
    assert not Consultation.objects.exists()
    assert Draft.objects.get().kind == "ask"


def test_nobody_to_ask_says_so(clock, ticket, agent):
    response = signed_in(agent).post(f"/tickets/{ticket.pk}/ask/", {"text": "Czemu?", "to": ""})

    assert response.status_code == 409
    assert "Choose whom you ask." in response.content.decode()


def test_a_volunteer_asks_the_mentors_without_naming_them(clock, queue, ticket):
    mentor, holder = make_agent(make_queue().team, name="Maria Opiekunka"), make_colleague(language="en")
    make_grant(holder, queue, mentors=[mentor])
    client = signed_in(holder)

    page = client.get(f"/tickets/{ticket.pk}/").content.decode()
    client.post(f"/tickets/{ticket.pk}/ask/", {"text": "Jak?", "to": ""})

    assert "your mentors: Maria Opiekunka" in page
    assert [row.person for row in Consultation.objects.get().people.all()] == [mentor]


def test_the_asked_reads_notes_without_contact_data_and_answers_in_place(clock, question, ticket, agent, developer):
    make_note(ticket, agent, text="Notatka-marker")
    client = signed_in(developer)

    page = client.get(f"/tickets/{ticket.pk}/").content.decode()
    response = client.post(f"/questions/{question.pk}/answer/", {"text": "To dysk."})

    assert {"Tresc-marker", "Notatka-marker", "Pytanie-marker"} <= set(page.replace("<", " ").replace(">", " ").split())
    assert "klientka@k.example" not in page
    assert f"/tickets/{ticket.pk}/reply/" not in page
    assert response.status_code == 302
    question.refresh_from_db()
    assert (question.answered_by, question.answer.text) == (developer, "To dysk.")


def test_a_note_of_the_asked_is_left_on_the_page_and_a_reply_is_not(clock, question, ticket, developer):
    client = signed_in(developer)

    noted = client.post(f"/tickets/{ticket.pk}/note/", {"text": "Jeszcze jedno"})
    replied = client.post(f"/tickets/{ticket.pk}/reply/", {"text": "Dzień dobry"})

    assert (noted.status_code, replied.status_code) == (302, 403)
    assert Message.objects.filter(text="Jeszcze jedno").exists()
    assert not Message.objects.filter(text="Dzień dobry").exists()


def test_a_stranger_finds_no_byte_of_it_anywhere(clock, question, ticket, queue):
    stranger = signed_in(make_agent(make_queue().team))
    paths = [
        "/queue/",
        "/questions/",
        "/notifications/",
        "/search/?q=Tresc",
        "/nav/",
        "/api/questions/",
        "/api/tickets/",
    ]

    pages = "".join(stranger.get(path).content.decode() for path in paths)

    assert "-marker" not in pages
    assert stranger.get(f"/tickets/{ticket.pk}/").status_code == 404
    assert stranger.post(f"/questions/{question.pk}/answer/", {"text": "x"}).status_code == 404
    assert stranger.post(f"/questions/{question.pk}/close/").status_code == 404
    assert stranger.get(f"/api/tickets/{ticket.pk}/").status_code == 404


def test_the_lists_the_search_and_the_api_of_the_asked_hold_this_ticket(clock, question, ticket, queue, developer):
    make_ticket(queue, subject="Inny-marker")
    client = signed_in(developer)

    for path in ("/questions/", "/queue/", "/notifications/", "/search/?q=Temat-marker", "/api/tickets/"):
        page = client.get(path).content.decode()
        assert str(ticket.pk) in page, path
        assert "Inny-marker" not in page, path
    assert client.get("/").headers["Location"] == "/questions/"


def test_everything_ends_a_day_after_the_question(clock, question, ticket, agent, developer):
    client = signed_in(developer)
    assert client.get(f"/tickets/{ticket.pk}/").status_code == 200
    asking.close(question=question, by=fresh(agent), at=AT)

    clock.advance(hours=23, minutes=59, seconds=59)
    before = client.get(f"/tickets/{ticket.pk}/").status_code
    clock.advance(seconds=1)

    assert before == 200
    assert client.get(f"/tickets/{ticket.pk}/").status_code == 404
    assert client.get("/questions/").status_code == 404
    assert "Temat-marker" not in client.get("/notifications/").content.decode()


def test_the_answer_is_accepted_by_a_press(clock, question, ticket, agent, developer):
    asking.answer(question=question, by=fresh(developer), text="To dysk.", at=AT)
    client = signed_in(agent)
    page = client.get(f"/tickets/{ticket.pk}/").content.decode()

    response = client.post(f"/questions/{question.pk}/close/")

    question.refresh_from_db()
    assert "That answers it" in page
    assert response.status_code == 302
    assert question.closed_at


def test_a_late_answer_stays_in_the_composer_as_a_note(clock, question, ticket, agent, developer):
    asking.close(question=question, by=fresh(agent), at=AT)

    response = signed_in(developer).post(f"/questions/{question.pk}/answer/", {"text": "Spozniona-odpowiedz"})

    assert response.status_code == 409
    assert "Spozniona-odpowiedz" in response.content.decode()
    assert Draft.objects.get(author=developer).kind == "note"


@pytest.mark.parametrize("path", ["answer", "close"])
def test_only_posts(clock, question, agent, path):
    assert signed_in(agent).get(f"/questions/{question.pk}/{path}/").status_code == 405


def test_ways_of_notices_are_chosen_on_their_page(clock, developer):
    client = signed_in(developer)

    page = client.get("/settings/notifications/").content.decode()
    response = client.post("/settings/notifications/", {"question": "page", "assigned": "page"})

    developer.refresh_from_db()
    assert "A question for you" in page
    assert response.status_code == 302
    assert developer.notice_ways == {"question": "page"}


def a_file(name, content=b"a"):
    return SimpleUploadedFile(name, content)


def test_files_chosen_and_kept_leave_with_the_question_and_its_people_may_load_them(clock, ticket, agent, developer):
    client = signed_in(agent)
    client.post(f"/tickets/{ticket.pk}/draft/files/", {"kind": "ask", "files": [a_file("kept.txt"), a_file("no.txt")]})
    kept = DraftFile.objects.get(name="kept.txt")
    page = client.get(f"/tickets/{ticket.pk}/").content.decode()
    words = {"text": "Czemu?", "to": "Dawid", "kept": kept.pk, "files": a_file("new.txt", b"Plik-marker")}

    client.post(f"/tickets/{ticket.pk}/ask/", words)

    assert f'value="{kept.pk}" checked' in page
    files = {each.name: each for each in Consultation.objects.get().message.attachments.all()}
    assert set(files) == {"kept.txt", "new.txt"}
    assert not Draft.objects.exists()
    address = f"/attachments/{files['new.txt'].pk}/"
    assert b"".join(signed_in(developer).get(address).streaming_content) == b"Plik-marker"
    assert signed_in(ticket.requester).get(address).status_code == 404
    assert signed_in(make_colleague()).get(address).status_code == 404


def test_files_of_a_refused_question_wait_beside_its_words(clock, ticket, agent):
    response = signed_in(agent).post(
        f"/tickets/{ticket.pk}/ask/", {"text": "Czemu-marker", "to": "Nikt", "files": a_file("a.txt")}
    )

    file, page = DraftFile.objects.get(), response.content.decode()
    assert response.status_code == 409
    assert (file.draft.kind, file.draft.text) == ("ask", "Czemu-marker")
    assert f'value="{file.pk}" checked' in page


def test_files_leave_with_the_answer_even_without_words(clock, question, ticket, developer):
    client = signed_in(developer)
    client.post(f"/tickets/{ticket.pk}/draft/files/", {"kind": "answer", "files": [a_file("a.txt"), a_file("b.txt")]})
    kept = DraftFile.objects.get(name="b.txt")
    page = client.get(f"/tickets/{ticket.pk}/").content.decode()

    client.post(f"/questions/{question.pk}/answer/", {"text": "", "kept": kept.pk, "files": a_file("c.txt")})

    question.refresh_from_db()
    assert f'value="{kept.pk}" checked' in page
    assert {each.name for each in question.answer.attachments.all()} == {"b.txt", "c.txt"}
    assert not Draft.objects.exists()


def test_files_beside_another_answer_that_still_waits_stay(clock, question, ticket, agent, developer):
    asking.ask(ticket=ticket, by=fresh(agent), to=developer, text="I jeszcze?", at=AT)
    client = signed_in(developer)
    client.post(f"/tickets/{ticket.pk}/draft/files/", {"kind": "answer", "files": [a_file("a.txt"), a_file("b.txt")]})

    client.post(f"/questions/{question.pk}/answer/", {"text": "", "kept": DraftFile.objects.get(name="a.txt").pk})

    assert [each.name for each in DraftFile.objects.all()] == ["b.txt"]


def test_an_answer_that_comes_second_keeps_its_files_as_a_notes(clock, queue, ticket, agent, question, developer):
    asking.close(question=question, by=fresh(agent), at=AT)
    client = signed_in(developer)
    client.post(f"/tickets/{ticket.pk}/draft/files/", {"kind": "answer", "files": a_file("a.txt")})

    response = client.post(f"/questions/{question.pk}/answer/", {"text": "Dysk.", "files": a_file("b.txt")})

    files, page = list(DraftFile.objects.order_by("pk")), response.content.decode()
    assert response.status_code == 409
    assert {(each.draft.kind, each.draft.text) for each in files} == {("note", "Dysk.")}
    assert [each.name for each in files] == ["a.txt", "b.txt"]
    assert all(f'value="{each.pk}" checked' in page for each in files)


def test_an_empty_answer_keeps_its_place(clock, question, developer):
    response = signed_in(developer).post(f"/questions/{question.pk}/answer/", {"text": " "})

    assert response.status_code == 400
    assert 'aria-describedby="problem"' in response.content.decode()
    assert not Draft.objects.exists()
