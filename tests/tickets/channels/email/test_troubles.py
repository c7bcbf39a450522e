"""Rows hold English sentences; pages say them in the language of whoever reads."""

import pytest
from django.utils import translation

from helpdesk.lib import egress
from tickets.actions.replying import TicketIsClosed
from tickets.channels.email import troubles


@pytest.mark.parametrize(
    ("stored", "polish"),
    [
        (troubles.NO_SENDER, "Wiadomość nie podaje nadawcy."),
        (troubles.TOO_DEEP % {"limit": 50}, "Wiadomość ma ponad 50 poziomów zagnieżdżenia."),
        (egress.PRIVATE_NETWORK % {"host": "10.0.0.7"}, "10.0.0.7 to adres w sieci prywatnej."),
        (
            troubles.CANNOT_REACH % {"host": "imap.x.example", "port": 993, "error": "[Errno 111] refused: 100 %"},
            "imap.x.example, port 993: brak połączenia. Komunikat systemu: „[Errno 111] refused: 100 %”",
        ),
        (str(TicketIsClosed()), "To zgłoszenie jest zamknięte."),
    ],
)
def test_a_stored_sentence_is_said_in_the_language_of_the_page(stored: str, polish: str) -> None:
    with translation.override("pl"):
        said = troubles.in_words(stored)

    assert said.startswith(polish)


def test_of_two_sentences_that_fit_the_one_that_says_more_is_meant() -> None:
    with translation.override("pl"):
        said = troubles.in_words(troubles.SMTP_PASSWORD % {"host": "smtp.x.example"})

    assert said == "Serwer smtp.x.example odrzucił nazwę użytkownika albo hasło z SMTP_URL."


@pytest.mark.parametrize("stored", ["", "550 5.1.1 <jan@x.example>: User unknown in virtual mailbox table"])
def test_what_a_server_said_stays_as_it_is(stored: str) -> None:
    with translation.override("pl"):
        assert troubles.in_words(stored) == stored
