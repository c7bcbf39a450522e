"""The written cases: enough of them, in both languages, and no mark or slot left in any text."""

import random
import re
from collections import Counter
from datetime import datetime

import pytest

from helpdesk.demo import files, people, phrasing
from helpdesk.demo.cases import Case, Text, all_cases

CASES = all_cases()
CAST = people.make_cast(random.Random(5))
LEFT_OVER = re.compile(r"[{}\[\]|]|<[^>]*>|(?<!\S)=\w+ ")
POLISH = re.compile(r"[ąćęłńóśźż]")


def texts_of(case: Case) -> list[Text]:
    openings = [*case.written, *case.chat, *case.phone, *case.walk_up]
    return [*case.subjects, *openings, *(text for item in case.thread for text in item.texts), *map(Text, case.hold)]


def slots_for(case: Case, rng: random.Random) -> dict[str, str]:
    return phrasing.make_slots(
        language=case.language,
        at=datetime(2026, 3, 3, 12, 30),
        requester=CAST.requesters[0],
        agent=CAST.agents[0],
        mate=CAST.agents[1],
        developer=people.DEVELOPERS[0],
        shop=CAST.firms[30],
        rng=rng,
    )


def test_there_are_enough_cases_in_every_queue_and_in_both_languages() -> None:
    languages = Counter(case.language for case in CASES)

    assert len(CASES) >= 66
    assert len({case.key for case in CASES}) == len(CASES)
    assert min(Counter(case.queue for case in CASES).values()) >= 12
    assert set(Counter(case.queue for case in CASES)) == {"billing", "shops", "deliveries", "accounts", "internal_it"}
    assert 0.55 <= languages["pl"] / len(CASES) <= 0.65


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_every_text_can_be_said_by_anybody_to_anybody(case: Case) -> None:
    rng = random.Random(1)

    for text in texts_of(case):
        for writer in (people.MAN, people.WOMAN):
            for reader in (people.MAN, people.WOMAN):
                said = phrasing.fill(text.body, slots_for(case, rng), writer=writer, reader=reader, rng=rng)
                assert said.strip() == said
                assert not LEFT_OVER.search(said), said


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_a_case_has_variations_an_answer_and_files_somebody_can_make(case: Case) -> None:
    openings = [*case.written, *case.chat]

    assert len(case.subjects) >= 4
    assert len(openings) >= 2
    assert any(getattr(item, "who", "") == "agent" for item in case.thread)
    assert {file.kind for file in case.files} <= set(files.MAKERS)
    assert {text.label for text in case.subjects if text.label} <= {
        text.label for text in [*openings, *case.phone, *case.walk_up]
    }


def test_polish_cases_are_written_with_polish_letters() -> None:
    for case in CASES:
        written = " ".join(text.body for text in texts_of(case))
        share = len(POLISH.findall(written)) / len(written)
        assert (share > 0.02) == (case.language == "pl"), case.key


def test_an_answer_keeps_to_the_track_of_its_question() -> None:
    rng = random.Random(2)
    texts = (Text("one", "a"), Text("two", "b"), Text("any"))

    assert phrasing.pick(texts, "a", rng) == (texts[0], "a")
    assert phrasing.pick(texts, "b_more", rng) == (texts[1], "b")
    assert phrasing.pick(texts, "", rng) == (texts[2], "")
    assert phrasing.pick(texts[:2], "elsewhere", rng, is_note=True) is None


def test_a_slot_that_nothing_fills_is_an_error() -> None:
    with pytest.raises(phrasing.UnfilledSlot):
        phrasing.fill("{nothing}", {}, writer=0, reader=0, rng=random.Random(1))


def test_every_file_has_content_of_its_kind() -> None:
    rng = random.Random(3)
    beginnings = {"pdf": b"%PDF-1.4", "png": b"\x89PNG"}

    for case in CASES:
        slots = slots_for(case, rng)
        for file in case.files:
            content = files.make(file.kind, slots, rng)
            assert len(content) > 150
            assert content.startswith(beginnings.get(file.name[-3:], b""))


def test_a_text_that_promises_a_file_has_one() -> None:
    speak_of_others = {("payout_report_en", 1), ("phishing_pl", 2)}
    missing = [
        (case.key, place, text.body)
        for case in CASES
        for place, texts in enumerate([[*case.written, *case.chat, *case.phone], *(item.texts for item in case.thread)])
        for text in texts
        if re.search("załącz|attach", text.body) and (case.key, place) not in speak_of_others
        if not any(file.at == place and text.label.startswith(file.label) for file in case.files)
    ]

    assert missing == []


def test_nobody_is_real() -> None:
    assert len(CAST.agents) == 12
    assert len(CAST.requesters) == 2000
    assert len({person.number for person in CAST.everybody}) == len(CAST.everybody)
    assert all(person.email.endswith(".example") for person in CAST.everybody if person.email)
    assert all(firm.domain.endswith(".example") for firm in CAST.firms)
    assert all(person.phone.startswith(("+48 00", "wewn.")) for person in CAST.everybody if person.phone)
    assert all(person.phone or person.email for person in CAST.everybody)


@pytest.mark.parametrize(
    ("stem", "feminine", "masculine"),
    [("Wiśniewsk-", "Wiśniewska", "Wiśniewski"), ("Konieczn-", "Konieczna", "Konieczny"), ("Nowak", "Nowak", "Nowak")],
)
def test_surnames_follow_their_bearer(stem: str, feminine: str, masculine: str) -> None:
    assert people.surname(stem, people.WOMAN) == feminine
    assert people.surname(stem, people.MAN) == masculine
