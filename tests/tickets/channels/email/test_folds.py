"""What a mail quotes is folded when the desk has it already, and stays in sight when this is the only copy."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.lib import clock
from tests.tickets.channels.email.conftest import raw_mail
from tests.tickets.channels.email.test_quoting import LINES
from tickets.channels.email import identity, quoting
from tickets.views.timeline import said

BELOW = (
    "Proszę zobaczyć poniżej.\n\n-- \nJan\n\nOd: Dostawca <biuro@dostawca.example>\nWysłano: 2 marca 2026 10:00\n"
    "Do: Jan Kowalski\nTemat: Awaria\n\nWymieniamy zasilacz w środę.\n"
)


def mail(subject, headers="", message_id="<second@sklep.example>"):
    return raw_mail(subject=subject, text=BELOW, headers=headers, message_id=message_id)


def kinds(message):
    return [part.kind for part in said(message).parts]


@pytest.mark.parametrize("prefix", ["FW: ", "Fwd: ", "PD: ", "WG: ", "TR: ", "RV: ", "I: ", "[Fwd: ", "Fw: Re: "])
def test_a_forwarded_mail_stays_in_sight(receive, prefix):
    message = receive(mail(f"{prefix}Awaria")).message

    assert message.folds
    assert kinds(message) == ["words", "signature", "words"]


@pytest.mark.parametrize("subject", ["Re: FW: Awaria", "Issue: Awaria", "In: Awaria", "Przypomnienie: Awaria", ""])
def test_other_subjects_pass_nothing_on(subject):
    assert not quoting.is_forward(subject)


def test_what_answers_nothing_of_ours_is_shown_whole(receive):
    message = receive(mail("Re: Awaria", "In-Reply-To: <elsewhere@dostawca.example>\n")).message

    assert kinds(message) == ["words", "signature", "words"]


@pytest.fixture
def ours(receive):
    """The Message-ID of our answer to the requester's first mail."""
    ticket = receive(raw_mail()).ticket
    token = identity.make(ticket.pk, ticket.requester_id, at=clock.now())
    return identity.message_id(token, 5, "bursztyn.example")


def test_an_answer_to_us_is_folded(receive, ours):
    message = receive(mail("Re: Awaria", f"In-Reply-To: <{ours}>\n")).message

    assert kinds(message) == ["words", "signature", "quote"]


def test_an_answer_to_somebody_in_between_brings_their_words(receive, ours):
    between = "<between@dostawca.example>"
    headers = f"In-Reply-To: {between}\nReferences: <first@sklep.example> <{ours}> {between}\n"

    message = receive(mail("Re: Awaria", headers)).message

    assert kinds(message) == ["words", "signature", "words"]


@given(st.lists(LINES, max_size=25).map("\n".join), st.booleans())
def test_stored_folds_are_the_pieces(text, is_new):
    found = quoting.pieces(text, quotes_are_new=is_new)

    assert quoting.folded(text, quoting.folds(text, quotes_are_new=is_new)) == found
    assert "".join(piece.text for piece in found) == text
    assert all(one.kind != other.kind for one, other in pairwise(found))
    assert not is_new or all(piece.kind != "quote" for piece in found)


def test_folds_of_another_text_are_found_anew():
    assert quoting.folded("Tak.\n> a", [["quote", 4]]) == quoting.pieces("Tak.\n> a")
