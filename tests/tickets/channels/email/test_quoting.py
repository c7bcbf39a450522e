import pytest

from tickets.channels.email.quoting import quote_start

QUOTE = "> Dzień dobry,\n> proszę o pomoc.\n"
INTRODUCTIONS = [
    "On Mon, 9 Mar 2026 at 08:00, Jan Kowalski <jan@x.example> wrote:\n\n",
    "On Mon, 9 Mar 2026 at 08:00, Jan Kowalski via Some Long List Name\n<jan@x.example> wrote:\n",
    "W dniu 09.03.2026 o 08:00, Jan Kowalski pisze:\n",
    "W dniu 9 marca 2026 08:00 użytkownik Jan Kowalski <jan@x.example>\nnapisał:\n\n",
    "pon., 9 mar 2026 o 08:00 Jan Kowalski <jan@x.example> napisał(a):\n\n",
    "Dnia 9 marca 2026 08:00 Jan Kowalski <jan@x.example> napisał(a):\n\n",
    "Wiadomość napisana przez Jan Kowalski <jan@x.example> w dniu 09.03.2026, o godz. 08:00:\n\n",
    "Am 09.03.26 um 08:00 schrieb Jan Kowalski:\n",
    "Am Mo., 9. März 2026 um 08:00 Uhr schrieb Jan <jan@x.example>:\n\n",
    "Le lun. 9 mars 2026 à 08:00, Jan <jan@x.example> a écrit :\n\n",
    "9 marca 2026 08:00, Jan Kowalski napisał(a):\n",
]
OUTLOOK = [
    "________________________________\nOd: Jan Kowalski <jan@x.example>\nWysłane: poniedziałek, 9 marca 2026 08:00\n"
    "Do: Sklepy\nTemat: Pomoc\n\nDzień dobry",
    "From: Jan Kowalski <jan@x.example>\nSent: Monday, March 9, 2026 8:00 AM\nTo: Shops\nSubject: Help\n\nHello",
    "-----Original Message-----\nFrom: Jan\nSent: Monday\n\nHello",
    "-----Wiadomość oryginalna-----\nFrom: Jan\n\nDzień dobry",
    "*Od:* Jan <jan@x.example>\n*Wysłano:* poniedziałek\n*Do:* Sklepy\n\nDzień dobry",
    "Von: Jan <jan@x.example>\nGesendet: Montag, 9. März 2026\nAn: Shops\n\nGuten Tag",
    "---- Wiadomość przekazana ----\nOd: Jan\n\nx",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_the_quotation_below_starts_at_its_introduction(introduction):
    new = "Dziękuję, działa.\n\nPozdrawiam\n\n"

    assert quote_start(new + introduction + QUOTE) == len(new)


@pytest.mark.parametrize("quotation", OUTLOOK)
def test_outlook_quotes_without_marks(quotation):
    new = "Dziękuję.\n\n"

    assert quote_start(new + quotation) == len(new)


def test_bare_marks_at_the_end():
    assert quote_start("New.\n\n" + QUOTE) == len("New.\n\n")


@pytest.mark.parametrize(
    "text",
    [
        "No quotation at all.",
        "> old\nmy answer between\n> old\nand below",
        QUOTE + "\nAnswer below the quotation.",
        INTRODUCTIONS[0] + QUOTE + "\nAnswer below the quotation.",
        INTRODUCTIONS[0] + QUOTE,
        "On Monday I wrote:\nthis and that, and he answered.\n> x\nSo?",
        "",
    ],
)
def test_new_words_are_never_behind_the_start(text):
    assert quote_start(text) is None
