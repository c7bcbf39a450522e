"""Hand-written support cases, and the small language they are written in.

A block of text holds its variations, parted by a line `--`; lines of a paragraph are joined, a blank line parts
paragraphs, a line that begins with `- ` stands on its own. A variation that begins with `~` is sent exactly as it
stands, without greeting or signature. Inside a text:

    {order}        a slot, filled once per ticket, so that every message of it names the same order
    {a|b|c}        one of these, drawn anew each time
    [był|była]     by the gender of the person who writes: man | woman
    <Pan|Pani>     by the gender of the person written to (in notes: the requester)

A variation may begin with `=label`: it opens a track, and the texts that follow it in the thread keep to the same
label where they have one, so that an answer fits its question; `=label_more` branches off `=label`. Neighbours in a
thread that have equally many texts, all without labels, are tied one to one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

AGENT, REQUESTER = "agent", "requester"


@dataclass(frozen=True)
class Text:
    """One variation."""

    body: str
    label: str = ""
    bare: bool = False  # sent as it stands: no greeting, no signature


@dataclass(frozen=True)
class Turn:
    """One public message. `after` is in minutes of the writer's time since the one before, from and to."""

    who: str
    texts: tuple[Text, ...]
    after: tuple[int, int]
    asks: bool = False  # an agent's message that leaves the next step to the requester


@dataclass(frozen=True)
class Note:
    """What an agent wrote down for colleagues."""

    texts: tuple[Text, ...]
    after: tuple[int, int]


@dataclass(frozen=True)
class File:
    """A file on the message at `at` (0 is the opening, 1 the first of the thread); `kind` names its maker in files.py."""

    name: str
    kind: str
    at: int = 0
    share: float = 1.0  # part of the tickets that carry it
    label: str = ""  # only with a message of this track


@dataclass(frozen=True)
class Case:
    """One thing that happens to people. Its opening texts say on which channels it can arrive."""

    key: str
    queue: str
    language: str
    audience: str  # who writes: "shop" our customer, "buyer" our customer's customer, "employee" one of us
    subjects: tuple[Text, ...]  # with a label: only for openings of that track
    written: tuple[Text, ...] = ()  # e-mail, web form
    chat: tuple[Text, ...] = ()  # chat, Messenger
    phone: tuple[Text, ...] = ()  # the agent writes down the call
    walk_up: tuple[Text, ...] = ()  # the agent writes down the favour
    thread: tuple[Turn | Note, ...] = ()
    files: tuple[File, ...] = ()
    hold: tuple[str, ...] = ()  # reasons to wait for somebody else
    priorities: tuple[int, int, int, int] = (8, 76, 13, 3)  # weights of low, normal, high, urgent
    weight: float = 1.0
    exactly: int | None = None  # so many open tickets, all since Friday evening: one defect on everybody's mind


def variations(block: str) -> tuple[Text, ...]:
    """The texts of a block, in order. An empty block has none."""
    return tuple(_text(part) for part in re.split(r"^[ \t]*--[ \t]*$", block, flags=re.MULTILINE) if part.strip())


def _text(part: str) -> Text:
    match = re.fullmatch(r"(?:=(\w+)\s+)?(~?)(.*)", _unwrapped(part), flags=re.DOTALL)
    assert match
    return Text(body=match[3], label=match[1] or "", bare=bool(match[2]))


def _unwrapped(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(re.sub(r"\n(?!- )", " ", re.sub(r"\n[ \t]+", "\n", p.strip())) for p in paragraphs)


def lines(block: str) -> tuple[str, ...]:
    """One text per line."""
    return tuple(line.strip() for line in block.splitlines() if line.strip())


def words(block: str) -> tuple[str, ...]:
    """One text per word."""
    return tuple(block.split())


def agent(block: str, *, after: tuple[int, int] = (20, 240), asks: bool = False) -> Turn:
    """The agent answers the requester; with `asks`, the next word is the requester's."""
    return Turn(who=AGENT, texts=variations(block), after=after, asks=asks)


def requester(block: str, *, after: tuple[int, int] = (15, 900)) -> Turn:
    """The requester writes again."""
    return Turn(who=REQUESTER, texts=variations(block), after=after)


def note(block: str, *, after: tuple[int, int] = (5, 45)) -> Note:
    """An internal note."""
    return Note(texts=variations(block), after=after)


def _tied(thread: tuple[Turn | Note, ...]) -> tuple[Turn | Note, ...]:
    """Neighbours without labels that have equally many texts are tied one to one (see the module's docstring)."""
    tied = list(thread)
    start = 0
    for n, item in enumerate(thread):
        if n and len(item.texts) != len(thread[n - 1].texts):
            start = n
        if len(item.texts) > 1 and not any(text.label for text in item.texts):
            texts = tuple(replace(text, label=f"{start}.{k}") for k, text in enumerate(item.texts))
            tied[n] = replace(item, texts=texts)
        else:
            start = n + 1
    return tuple(tied)


def case(
    key: str,
    *,
    queue: str,
    language: str,
    subjects: str,
    audience: str = "shop",
    written: str = "",
    chat: str = "",
    phone: str = "",
    walk_up: str = "",
    thread: tuple[Turn | Note, ...] = (),
    files: tuple[File, ...] = (),
    hold: str = "",
    priorities: tuple[int, int, int, int] = (8, 76, 13, 3),
    weight: float = 1.0,
    exactly: int | None = None,
) -> Case:
    """A case from its blocks of text."""
    return Case(
        key=key,
        queue=queue,
        language=language,
        audience=audience,
        subjects=tuple(_text(line) for line in lines(subjects)),
        written=variations(written),
        chat=variations(chat),
        phone=variations(phone),
        walk_up=variations(walk_up),
        thread=_tied(thread),
        files=files,
        hold=lines(hold),
        priorities=priorities,
        weight=weight,
        exactly=exactly,
    )


def all_cases() -> tuple[Case, ...]:
    """Every case of every queue, in a fixed order."""
    from helpdesk.demo.cases import accounts, billing, deliveries, internal_it, shops

    return billing.CASES + shops.CASES + deliveries.CASES + accounts.CASES + internal_it.CASES
