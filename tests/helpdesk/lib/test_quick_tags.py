"""Addresses and words that templates say again and again: found once, and never somebody else's."""

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch
from django.utils import translation
from django.utils.safestring import SafeString


def _rendered(source: str, **values: object) -> list[str]:
    """As it comes the first time, and when it is known."""
    template = Template(source)
    return [template.render(Context(values)), template.render(Context(values))]


def test_words_are_those_of_the_reader_each_time():
    template = Template('{% translate "Queue" %}, {% translate "Filter" context "verb" %}')

    for _ in range(2):
        with translation.override("pl"):
            assert template.render(Context()) == "Kolejka, Filtruj"
        with translation.override("en"):
            assert template.render(Context()) == "Queue, Filter"


def test_words_of_a_variable_are_looked_up_anew():
    template = Template("{% translate word %}{% translate word as kept %}, {{ kept }}")

    assert template.render(Context({"word": "<b>"})) == "&lt;b&gt;, &lt;b&gt;"
    assert template.render(Context({"word": SafeString("<i>")})) == "<i>, <i>"


def test_words_with_a_filter_or_a_name_are_as_djangos():
    source = (
        '{% translate "Queue"|upper %} {% translate "Queue" as name %}{{ name }} 100 %{% translate "%(number)d min" %}'
    )

    assert _rendered(source) == ["QUEUE Queue 100 %%(number)d min"] * 2


def test_addresses_of_every_kind():
    source = (
        '{% url "queue" %} {% url "ticket" number %} {% url "ticket" number=number %} '
        '{% url "ticket" 7 as there %}{{ there }}'
    )

    assert _rendered(source, number=42) == ["/queue/ /tickets/42/ /tickets/42/ /tickets/7/"] * 2
    assert _rendered(source, number=43) == ["/queue/ /tickets/43/ /tickets/43/ /tickets/7/"] * 2
    assert _rendered('{% url "admin:index" %}') == ["/admin/"] * 2


def test_an_address_that_is_none_is_still_an_error():
    with pytest.raises(NoReverseMatch):
        _rendered('{% url "ticket" number %}', number="x")


def test_sentences_are_those_of_the_reader_each_time_with_the_values_of_each_page():
    template = Template("{% blocktranslate with name=who|upper %}Reply to {{ name }}{% endblocktranslate %}")

    for who, shown in (("ewa", "EWA"), ("<b>", "&lt;B&gt;"), (SafeString("<i>"), "&lt;I&gt;"), (7, "7")):
        with translation.override("pl"):
            assert template.render(Context({"who": who})) == f"Odpowiedź do: {shown}"
        with translation.override("en"):
            assert template.render(Context({"who": who})) == f"Reply to {shown}"


def test_sentences_of_every_kind_are_as_djangos():
    source = (
        "{% blocktranslate %}100 % of {{ missing }}{% endblocktranslate %} "
        "{% blocktranslate %}{{ who }}, {{ who }}{% endblocktranslate %} "
        "{% blocktranslate count number=2 %}one{% plural %}{{ number }} many{% endblocktranslate %} "
        "{% blocktranslate asvar kept %}of {{ who }}{% endblocktranslate %}{{ kept }} "
        '{% blocktranslate context "x" trimmed %}\n  a\n  b {{ who }}{% endblocktranslate %}'
    )

    with translation.override("en"):
        ours = _rendered(source, who=SafeString("<i>"))
        theirs = _rendered("{% load i18n %}" + source, who=SafeString("<i>"))

    assert ours == theirs
    assert ours[0] == "100 % of  <i>, <i> 2 many of <i> a b <i>"
