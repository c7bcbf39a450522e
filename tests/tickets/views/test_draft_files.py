"""Files that wait beside a draft: a script brings them while the words are still being written."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import make_agent, make_queue, make_ticket
from tests.tickets.views.conftest import shown
from tickets.actions import attaching
from tickets.models import Attachment, Draft, DraftFile

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def ticket(queue):
    return make_ticket(queue)


@pytest.fixture
def desk(queue, sign_in):
    return sign_in(make_agent(queue.team, language="en"))


def bring(desk, ticket, *names, kind="public", content=b"a"):
    files = [SimpleUploadedFile(name, content) for name in names]
    return desk.post(f"/tickets/{ticket.pk}/draft/files/", {"kind": kind, "files": files})


def test_files_wait_beside_the_draft_and_are_there_on_the_next_visit(desk, ticket):
    response = bring(desk, ticket, "a.txt", "b.txt", kind="note")

    kept = list(DraftFile.objects.order_by("pk"))
    assert [each.name for each in kept] == ["a.txt", "b.txt"]
    assert {each.draft.kind for each in kept} == {"note"}
    page = shown(desk.get(f"/tickets/{ticket.pk}/"))
    for each in kept:
        assert f'value="{each.pk}" checked' in shown(response)
        assert f'value="{each.pk}" checked' in page


def test_what_is_ticked_leaves_with_the_note_and_the_rest_goes(desk, ticket):
    bring(desk, ticket, "a.txt", "b.txt", kind="note")

    desk.post(f"/tickets/{ticket.pk}/note/", {"text": "", "kept": [DraftFile.objects.get(name="b.txt").pk, "x"]})

    assert [each.name for each in Attachment.objects.all()] == ["b.txt"]
    assert not DraftFile.objects.exists()


def test_a_draft_without_words_stays_for_its_files(desk, ticket):
    bring(desk, ticket, "a.txt")

    desk.post(f"/tickets/{ticket.pk}/draft/", {"kind": "public", "text": ""})

    assert Draft.objects.get().files.count() == 1


def test_more_than_a_message_may_carry_is_refused_in_words(desk, ticket, settings):
    settings.MAX_UPLOAD_BYTES = 10
    assert bring(desk, ticket, "a.txt", content=b"a" * 6).status_code == 200

    response = bring(desk, ticket, "b.txt", content=b"b" * 6)

    assert response.status_code == 409
    assert "Together the files may have" in response.json()["error"]
    assert DraftFile.objects.count() == 1
    late = {"text": "x", "kept": [DraftFile.objects.get().pk], "files": [SimpleUploadedFile("c", b"c" * 6)]}
    assert desk.post(f"/tickets/{ticket.pk}/reply/", late).status_code == 409


def test_nothing_to_keep_is_refused(desk, ticket):
    assert bring(desk, ticket).status_code == 400
    assert "error" in bring(desk, ticket).json()


def test_a_stranger_and_a_get_find_nothing(desk, ticket):
    assert bring(desk, make_ticket(), "a.txt").status_code == 404
    assert desk.get(f"/tickets/{ticket.pk}/draft/files/").status_code == 405


def test_the_sweep_leaves_them_alone(desk, ticket, clock):
    bring(desk, ticket, "a.txt")

    attaching.sweep_orphans(at=clock.advance(days=20000))

    assert attaching.default_storage.exists(attaching.storage_path(DraftFile.objects.get().sha256))
