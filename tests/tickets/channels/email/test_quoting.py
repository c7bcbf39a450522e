from tickets.channels.email.quoting import pieces


def test_together_the_pieces_are_the_text():
    text = "Dziękuję.\n\nOn Mon, 9 Mar 2026 at 08:00, Jan <jan@x.example> wrote:\n> stare\n\n-- \nAga\n"

    assert [piece.kind for piece in pieces(text)] == ["words", "quote", "signature"]
    assert "".join(piece.text for piece in pieces(text)) == text
