"""What every page repeats is rendered once, and still each reader's own."""

import re

import pytest
from django.test import Client

from tests.factories import make_agent, make_queue


def _page(person) -> str:
    browser = Client()
    browser.force_login(person)
    return browser.get("/queue/").content.decode()


@pytest.fixture
def readers(db):
    queue = make_queue()
    return [
        make_agent(queue.team, language="en"),
        make_agent(queue.team, language="en", own_keys={"keys": "H"}),
        make_agent(queue.team, language="en", uses_keys=False),
        make_agent(queue.team, language="pl"),
    ]


def test_each_has_their_own_keys_and_language(readers):
    for _ in range(2):
        plain, changed, without, polish = map(_page, readers)

        assert "<dt>All keys of this page</dt><dd><kbd>?</kbd>" in plain
        assert "<dt>All keys of this page</dt><dd><kbd>H</kbd>" in changed
        assert 'data-act="next" data-key="J"' in plain
        assert 'data-act="next" data-key-label="Next ticket"' in without
        assert "Single keys are switched off." in without
        assert "<dt>Następne zgłoszenie</dt>" in polish


def test_a_kept_form_carries_the_token_of_its_own_page(readers):
    pages = [_page(readers[0]), _page(readers[0])]

    tokens = [re.findall(r'csrfmiddlewaretoken" value="(\w{64})"', page) for page in pages]

    assert all(len(each) >= 2 for each in tokens)
    assert not set(tokens[0]) & set(tokens[1])
    assert not any("csrf-token-of-this-page" in page for page in pages)
