import gettext
from pathlib import Path

import pytest

from helpdesk.lib import catalogues

CODE = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext, pgettext_lazy
title = gettext_lazy("Queue")
long = _("one "
         "sentence")
counted = ngettext("%(count)d ticket", "%(count)d tickets", 3)
state = pgettext("ticket", "open")
computed = _(title)
"""
PAGE = """{% load i18n %}<main>
    <h1>{% translate "Your tickets" %}</h1>
        <p title="{% translate 'Say "hello"' %}">{{ _("Deep")|upper }}</p>
  {% blocktranslate count n=tickets|length trimmed %}
      {{ n }} ticket waits
  {% plural %}
      {{ n }} tickets wait
  {% endblocktranslate %}{% translate "open" context "door" %}
</main>"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {
        "tickets/words.py": CODE,
        "templates/page.html": PAGE,
        "helpdesk/demo/x.py": '_("not ours")',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def _po(tree: Path) -> Path:
    return tree / "locale" / "pl" / "LC_MESSAGES" / "django.po"


def _translate(tree: Path, words: dict[str, str]) -> None:
    text = _po(tree).read_text()
    for original, translation in words.items():
        before = f'msgid "{original}"\nmsgstr ""'
        assert text.count(before) == 1, original
        text = text.replace(before, f'msgid "{original}"\nmsgstr "{translation}"')
    _po(tree).write_text(text)


def test_messages_of_code_and_templates_are_found(tree: Path) -> None:
    found = {(message.context, message.id) for message in catalogues.extract(tree) if message.id}

    assert found == {
        (None, "Queue"),
        (None, "one sentence"),
        (None, ("%(count)d ticket", "%(count)d tickets")),
        ("ticket", "open"),
        (None, "Your tickets"),
        (None, 'Say "hello"'),
        (None, "Deep"),
        (None, ("%(n)s ticket waits", "%(n)s tickets wait")),
        ("door", "open"),
    }


def test_an_update_keeps_translations_and_drops_what_is_gone(tree: Path) -> None:
    catalogues.update(tree)
    _translate(tree, {"Queue": "Kolejka", "Deep": "Głęboko"})
    (tree / "templates/page.html").unlink()

    catalogues.update(tree)

    text = _po(tree).read_text()
    assert 'msgstr "Kolejka"' in text
    assert "Deep" not in text


def test_an_update_without_changes_changes_no_byte(tree: Path) -> None:
    catalogues.update(tree)
    before = _po(tree).read_bytes()

    catalogues.update(tree)

    assert _po(tree).read_bytes() == before


def test_each_way_to_be_incomplete_is_told(tree: Path) -> None:
    words = ["Queue", "Team", "Portal", "Chat", "Ticket %(number)s", "By {who}"]
    (tree / "templates/page.html").unlink()
    (tree / "tickets/words.py").write_text("\n".join(f'_("{word}")' for word in words))
    catalogues.update(tree)
    _translate(tree, {"Queue": "Kolejka", "Portal": "Portal", "Chat": "Chat"})
    _translate(tree, {"Ticket %(number)s": "Zgłoszenie %(numer)s", "By {who}": "Przez {kto}"})
    _po(tree).write_text(_po(tree).read_text().replace('msgid "Queue"', '#, fuzzy\nmsgid "Queue"'))
    (tree / "locale/same.txt").write_text("# the same word in both\nChat\n")
    with (tree / "tickets/words.py").open("a") as file:
        file.write('\n_("new")')

    problems = catalogues.problems(tree)

    assert problems == [
        "pl: 'Queue' (tickets/words.py) is marked fuzzy",
        "pl: 'Team' (tickets/words.py) is not translated",
        "pl: 'Portal' (tickets/words.py) is the same in both languages and not listed in locale/same.txt",
        "pl: 'Ticket %(number)s' (tickets/words.py): unknown named placeholder 'numer'",
        "pl: 'By {who}' (tickets/words.py) has a placeholder in 'Przez {kto}' that the original lacks",
        "pl: 'new' (tickets/words.py) is not in the catalogue",
    ]


def test_plural_forms_must_all_be_there(tree: Path) -> None:
    (tree / "templates/page.html").unlink()
    (tree / "tickets/words.py").write_text('ngettext("%(n)d ticket", "%(n)d tickets", n)')
    catalogues.update(tree)
    text = _po(tree).read_text()

    _po(tree).write_text(text.replace('msgstr[0] ""', 'msgstr[0] "%(n)d zgłoszenie"'))
    incomplete = catalogues.problems(tree)
    text = text.replace('msgstr[0] ""', 'msgstr[0] "%(n)d zgłoszenie"').replace(
        'msgstr[1] ""', 'msgstr[1] "%(n)d zgłoszenia"'
    )
    _po(tree).write_text(text.replace('msgstr[2] ""', 'msgstr[2] "%(n)d zgłoszeń"'))

    assert len(incomplete) == 1
    assert catalogues.problems(tree) == []


def test_compiled_messages_are_what_gettext_reads(tree: Path) -> None:
    catalogues.update(tree)
    _translate(tree, {"Queue": "Kolejka"})

    written = catalogues.compile_all(tree)

    assert written == [_po(tree).with_suffix(".mo")]
    with written[0].open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Queue") == "Kolejka"
    assert catalogues.compile_all(tree) == []
