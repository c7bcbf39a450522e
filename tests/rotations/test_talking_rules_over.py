"""The rules of a draft are talked over before they are fixed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from rotations.actions import discussing, rounds
from rotations.models import Round, RuleComment
from rotations.queries import discussing as queries
from tests.factories import AT, HOUR, MINUTE, make_lead, make_requester, make_team
from tests.rotations.duties import make_programme, make_round, volunteer
from tests.rotations.test_covers import client_of, text_of
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Team, User


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def of(team: Team, lead: User) -> Round:
    return make_round(make_programme(team), lead)


@pytest.fixture
def guest(db: None) -> User:
    return volunteer(name="Ola Nowicka")


def url(of: Round) -> str:
    return f"/duties/rounds/{of.pk}/rules/discussion/"


def said(of: Round, by: User, text: str = "Dwa czaty to za dużo.", has_read: int = 1, at: Any = AT) -> RuleComment:
    return discussing.comment(of=of, has_read=has_read, text=text, by=by, at=at)


def opened(of: Round, by: User) -> Round:
    return discussing.open_for_comments(of=of, is_open=True, by=by, at=AT)


def test_a_draft_is_nobodys_to_read_until_it_is_opened_for_comments(of: Round, lead: User, guest: User) -> None:
    reader, planner = client_of(guest), client_of(lead)
    before = (reader.get(url(of)).status_code, text_of(reader.get("/duties/")))

    planner.post(f"/duties/rounds/{of.pk}/rules/open/", {"is_open": "1"})
    seen, listed = reader.get(url(of)), text_of(reader.get("/duties/"))
    planner.post(f"/duties/rounds/{of.pk}/rules/open/", {"is_open": "0"})

    assert before[0] == 404
    assert "talked over" not in before[1]
    assert "Pytaj opiekuna." in text_of(seen)
    assert "Read and comment" in listed
    assert reader.get(url(of)).status_code == 404
    assert client_of(make_requester()).get(url(of)).status_code == 404
    assert Client().get(url(of)).status_code == 302


def test_a_comment_is_read_answered_and_settled(of: Round, lead: User, guest: User) -> None:
    opened(of, lead)
    reader, planner = client_of(guest), client_of(lead)

    thanks = reader.post(url(of), {"text": "Dwa czaty <b>to</b> za dużo.", "has_read": "1"}, follow=True)
    board = text_of(planner.get(f"/duties/rounds/{of.pk}/"))
    row = RuleComment.objects.get()
    planner.post(f"/duties/rules/comments/{row.pk}/answer/", {"text": "Zgoda, jeden."})
    other = text_of(client_of(volunteer()).get(url(of)))

    assert "Thank you." in text_of(thanks)
    assert "1 waits for an answer" in board
    assert "Dwa czaty &lt;b&gt;to&lt;/b&gt; za dużo." in other
    assert "Zgoda, jeden." in other
    assert "settled" in other
    assert queries.tally(of) == (1, 0)
    row.refresh_from_db()
    assert (row.rules.number, row.settled_by) == (1, lead)


def test_comments_stay_with_the_version_that_they_are_about(of: Round, lead: User, guest: User) -> None:
    opened(of, lead)
    said(of, guest)
    rounds.write_rules(of=of, text="Jeden czat naraz.", by=lead, at=AT + MINUTE)

    page = client_of(guest)
    late = page.post(url(of), {"text": "Moja dłuższa myśl.", "has_read": "1"})
    said(of, guest, "Teraz dobrze.", has_read=2, at=AT + HOUR)

    assert late.status_code == 400
    assert "The rules have changed in the meantime." in text_of(late)
    assert "Moja dłuższa myśl." in text_of(late)  # nothing typed is lost
    assert [(each.number, [one.text for one in each.said]) for each in queries.versions(of)] == [  # type: ignore[attr-defined]
        (2, ["Teraz dobrze."]),
        (1, ["Dwa czaty to za dużo."]),
    ]


def test_comments_end_with_the_draft_and_can_still_be_read(of: Round, lead: User, guest: User) -> None:
    opened(of, lead)
    said(of, guest)
    rounds.move_on(of=of, to=Round.State.SIGNUP, by=lead, at=AT)

    late = client_of(guest).post(url(of), {"text": "Jeszcze jedno.", "has_read": "1"})

    assert late.status_code == 400
    assert "not open for comments any more" in text_of(late)
    assert "Jeszcze jedno." in text_of(late)
    assert "Dwa czaty to za dużo." in text_of(late)
    with pytest.raises(discussing.NotOpenForComments):
        discussing.open_for_comments(of=of, is_open=False, by=lead, at=AT)


def test_who_may_not_open_comment_or_answer(of: Round, lead: User, guest: User, agent: User) -> None:
    stranger = make_lead(make_team("Other"))
    with pytest.raises(NotAllowed):
        said(of, guest)  # not open yet
    for by in (guest, agent, stranger):
        with pytest.raises(NotAllowed):
            opened(of, by)
    opened(of, lead)
    row = said(of, guest)

    for by in (guest, agent, stranger):
        with pytest.raises(NotAllowed):
            discussing.answer(comment=row, text="Nie.", by=by, at=AT)
    with pytest.raises(NotAllowed):
        said(of, stranger)

    assert said(of, agent).author == agent  # the team talks with them
    assert client_of(stranger).get(url(of)).status_code == 404


def test_nothing_said_and_too_much_said_is_refused(
    of: Round, lead: User, guest: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(of, lead)
    monkeypatch.setattr(discussing, "MOST", 1)

    empty = client_of(guest).post(url(of), {"text": "  \x00", "has_read": "x"})
    said(of, guest)

    assert empty.status_code == 400
    assert "Write your comment first." in text_of(empty)
    with pytest.raises(Refused, match="30 comments"):
        said(of, guest)


@pytest.mark.parametrize("number", [1, 4])
def test_the_page_costs_the_same_for_few_and_for_many(
    of: Round, lead: User, number: int, django_assert_num_queries: Any
) -> None:
    opened(of, lead)
    for _each in range(number):
        said(of, volunteer())

    with django_assert_num_queries(2):
        assert [len(each.said) for each in queries.versions(of)] == [number]  # type: ignore[attr-defined]
