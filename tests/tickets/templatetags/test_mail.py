import random

import pytest
from django.template.defaultfilters import urlize
from django.utils import timezone, translation

from tickets.templatetags.mail import event, invited, is_mail, linked

PLAIN = {
    "method": "request", "uid": "1", "sequence": 0, "summary": "Przegląd", "location": "Sala 3", "description": "",
    "status": "", "organiser": None, "starts": "2026-03-12T09:00Z", "ends": "2026-03-12T10:30Z", "is_all_day": False,
    "zone": "Europe/Warsaw", "repeats": None, "people": [], "link": "",
}  # fmt: skip


def shown(**changes):
    with translation.override("en"), timezone.override("Europe/Warsaw"):
        return event(PLAIN | changes)


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        ("2026-03-12T09:00Z", "2026-03-12T10:30Z", "Thursday 12 March 2026, 10:00–11:30"),
        ("2026-07-12T09:00Z", "", "Sunday 12 July 2026, 11:00"),
        ("2026-03-12T22:00Z", "2026-03-13T00:00Z", "Thursday 12 March 2026, 23:00 – Friday 13 March 2026, 1:00"),
        ("2026-03-12T09:00", "2026-03-12T10:00", "Thursday 12 March 2026, 9:00–10:00 (Europe/Warsaw)"),
        ("2026-03-12", "", "Thursday 12 March 2026, all day"),
        ("2026-03-12", "2026-03-14", "Thursday 12 March 2026 to Saturday 14 March 2026, all day"),
        ("9999-12-31T23:30Z", "", ""),
        ("0001-01-01T00:00Z", "", "Monday 1 January 0001, 1:24"),
    ],
)
def test_when_in_the_readers_zone(starts, ends, words):
    assert shown(starts=starts, ends=ends).when == words


def test_in_polish_days_are_written_small():
    with translation.override("pl"), timezone.override("UTC"):
        assert event(PLAIN).when == "czwartek 12 marca 2026, 9:00–10:30"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"every": "week", "interval": 1, "count": 5, "until": "", "days": ["MO", "WE"]},
         "every week (Mon, Wed), 5 times"),
        ({"every": "day", "interval": 2, "count": 0, "until": "2026-06-30", "days": []},
         "every 2 days until Tuesday 30 June 2026"),
        ({"every": "month", "interval": 1, "count": 0, "until": "", "days": ["XX"]}, "every month"),
    ],
)  # fmt: skip
def test_how_often(rule, words):
    assert shown(repeats=rule).repeats == words


def test_a_cancelled_one_says_so():
    assert (shown(method="cancel").heading, shown(method="cancel").is_off) == ("Cancelled", True)
    assert shown(status="cancelled").is_off
    assert not shown().is_off


def test_an_answer_says_who_comes():
    people = [{"name": "Ola", "address": "ola@sklep.example", "answer": "declined"}]

    assert shown(method="reply", people=people).answers == [(people[0], "declines")]
    assert shown(method="request", people=people).answers == []


def test_addresses_are_masked_for_whoever_may_not_see_them():
    person = {"name": "Ola", "address": "ola@sklep.example"}

    assert invited(person, True) == "Ola <ola@sklep.example>"
    assert invited(person, False) == "Ola <o…@s…>"
    assert invited({"name": "", "address": ""}, True) == ""


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [("a.eml", "text/plain", True), ("a", "message/rfc822", True), ("a.txt", "text/plain", False)],
)
def test_which_file_is_a_mail(name, kind, expected):
    assert is_mail({"name": name, "content_type": kind}) == expected


def test_links_are_those_of_urlize_whatever_stands_around_them():
    chance = random.Random(1)
    pieces = ["www", "http://", "https:", "//", "a", "Żół", ".", "..", ",", ":", ";", "!", "(", ")", "]", "&", "&amp;"]
    pieces += ["amp", "@", "jan@sklep.example", "sklep.com", "/x?y=1", "<", '"', "'", " ", "\n", "\N{NO-BREAK SPACE}"]

    for _ in range(3000):
        text = "".join(chance.choices(pieces, k=chance.randrange(9)))
        assert linked(text) == urlize(text, autoescape=True), text
