"""From written cases to told stories: who wrote, when, which channel, how far it went. Deterministic from its `rng`."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate

from helpdesk.demo import files, hours, people, phrasing
from helpdesk.demo.cases import Case, Note, Text, Turn, all_cases
from helpdesk.demo.people import Cast, Firm, Person
from helpdesk.demo.phrasing import fill, letter
from helpdesk.demo.story import Story
from tickets.models import Priority


@dataclass(frozen=True)
class QueuePlan:
    slug: str
    name: str
    team: str
    share: float
    address: str


QUEUES = (
    QueuePlan("billing", "Faktury i płatności", people.BILLING, 0.25, f"faktury@{people.MAIL_DOMAIN}"),
    QueuePlan("shops", "Sklepy", people.SHOP, 0.26, f"sklepy@{people.MAIL_DOMAIN}"),
    QueuePlan("deliveries", "Dostawy", people.SHOP, 0.25, f"dostawy@{people.MAIL_DOMAIN}"),
    QueuePlan("accounts", "Konta i logowanie", people.SHOP, 0.17, f"konta@{people.MAIL_DOMAIN}"),
    QueuePlan("internal_it", "Wewnętrzne IT", people.IT, 0.07, f"it@{people.MAIL_DOMAIN}"),
)
NUMBER_OF = {plan.slug: number for number, plan in enumerate(QUEUES, 1)}

CHANNELS = (("email", 0.58), ("web", 0.23), ("chat", 0.2), ("messenger", 0.13), ("phone", 0.2), ("walk_up", 0.6))
"""How likely a channel is among those a case has texts for."""

SOLVED_TARGET_H = {Priority.LOW: (40,), Priority.NORMAL: (24, 40), Priority.HIGH: (16,), Priority.URGENT: (8,)}
PRIORITIES = (Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.URGENT)

BREAKDOWN_AT = datetime(2026, 3, 6, 17, 40)
"""Friday evening: since then invoices come out blank."""
PROMISED = "later"
"""The track of favours that were asked in passing and are still to be done."""

_PROMISES_A_FILE = re.compile(r"załącz|attach", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One step of a thread before it has a time."""

    who: str  # "agent", "requester", "note"
    text: Text
    place: int  # 0 the opening, n the nth of the thread; files hang on it
    after: tuple[int, int] = (20, 240)
    asks: bool = False


@dataclass
class Subject:
    """What one ticket is about: its case, its people and what its slots mean."""

    case: Case
    story: Story
    agent: Person
    mate: Person
    slots: dict[str, str]
    track: str
    firm: Firm
    lines: list[Line] = field(default_factory=list)
    behind: Person | None = None
    """Who takes it over from `agent`, a guest on duty, when they have gone home."""

    @property
    def language(self) -> str:
        return self.case.language


class Crowd:
    """People to draw from, each with a weight."""

    def __init__(self, persons: Sequence[Person]) -> None:
        self.persons = list(persons)
        self._sums = list(accumulate(person.weight for person in persons))

    def draw(self, rng: random.Random) -> Person:
        return rng.choices(self.persons, cum_weights=self._sums)[0]

    def __bool__(self) -> bool:
        return bool(self.persons)


MakeFile = Callable[[str, dict[str, str], random.Random], bytes]


class Teller:
    """Tells stories until somebody has enough. `total` is how many there will be: no subject takes 0.6 % of them."""

    def __init__(self, cast: Cast, rng: random.Random, *, total: int, make_file: MakeFile = files.make) -> None:
        self.cast, self.rng, self._make_file = cast, rng, make_file
        self._cap = max(3, int(total * 0.006))
        self._subjects: Counter[str] = Counter()
        self._firm = {firm.name: firm for firm in cast.firms}
        self._shops = [firm for firm in cast.firms if firm.kind == "shop"]
        support = [*cast.agents, *cast.leads]
        self._team = {plan.slug: [p for p in support if plan.team in p.teams] for plan in QUEUES}
        self._team_weights = {slug: [_diligence(p, slug) for p in team] for slug, team in self._team.items()}
        self._leads = {plan.slug: next(p for p in cast.leads if plan.team in p.teams) for plan in QUEUES}
        self._crowds: dict[tuple[str, str, str], Crowd] = {}
        for audience, persons in (("employee", cast.colleagues), ("shop", cast.requesters), ("buyer", cast.requesters)):
            for language in ("pl", "en"):
                fitting = [p for p in persons if p.audience == audience and p.language == language]
                self._crowds[audience, language, "any"] = Crowd(fitting)
                self._crowds[audience, language, "address"] = Crowd([p for p in fitting if p.email])
                self._crowds[audience, language, "phone"] = Crowd([p for p in fitting if p.phone])
                self._crowds[audience, language, "no_address"] = Crowd([p for p in fitting if not p.email])
        cases = [case for case in all_cases() if case.exactly is None]
        weight_of_queue = Counter[str]()
        for case in cases:
            weight_of_queue[case.queue] += case.weight  # type: ignore[assignment]
        share = {plan.slug: plan.share for plan in QUEUES}
        self._cases = cases
        self._case_weights = [share[case.queue] * case.weight / weight_of_queue[case.queue] for case in cases]
        self._outside = [
            0.0 if case.audience == "employee" else weight
            for case, weight in zip(cases, self._case_weights, strict=True)
        ]

    def begin_anew(self, rng: random.Random) -> None:
        """Go on with other chance, as if nothing had been told yet."""
        self.rng = rng
        self._subjects.clear()

    # Beginnings

    def begin(self, opened_at: datetime, *, case: Case | None = None, is_backlog: bool = False) -> Subject:
        """A ticket with its opening message. What waits in the backlog was not done on the spot."""
        rng = self.rng
        if case is None:
            in_office = hours.is_working_day(opened_at.date()) and 7 <= opened_at.hour < 18
            case = rng.choices(self._cases, weights=self._case_weights if in_office else self._outside)[0]
        favours = tuple(text for text in case.walk_up if (text.label == PROMISED) == is_backlog)
        channel = self._channel(case, opened_at, favours)
        requester = self._requester(case, channel)
        agent, mate = self.agents_for(case.queue)
        shop = self._firm[requester.organisation]
        firm = shop if case.audience == "shop" else rng.choice(self._shops)
        slots = phrasing.make_slots(
            language=case.language,
            at=opened_at,
            requester=requester,
            agent=agent,
            mate=mate,
            developer=rng.choice(people.DEVELOPERS),
            shop=firm,
            rng=rng,
        )
        texts = {"chat": case.chat, "messenger": case.chat, "phone": case.phone, "walk_up": favours}.get(
            channel, case.written
        )
        if case.exactly is not None:
            evening = "friday" if opened_at.date() == BREAKDOWN_AT.date() else "weekend"
            texts = tuple(text for text in texts if text.label in ("", evening)) or texts
        opening = rng.choice(texts)
        story = Story(
            requester=requester,
            queue=NUMBER_OF[case.queue],
            channel=channel,
            subject="",
            opened_at=opened_at,
        )
        subject = Subject(case, story, agent, mate, slots, opening.label, firm)
        story.subject = self._subject(subject)
        story.is_of_breakdown = case.exactly is not None
        story.case_key, story.order = case.key, slots.get("order", "")
        self._open(subject, Line("requester", opening, 0))
        return subject

    def _channel(self, case: Case, opened_at: datetime, favours: tuple[Text, ...]) -> str:
        is_open = hours.is_open(opened_at)
        possible = {
            "email": case.written,
            "web": case.written,
            "chat": case.chat,
            "messenger": case.chat if case.audience != "employee" else (),
            "phone": case.phone if is_open else (),
            "walk_up": favours if is_open else (),
        }
        names = [(name, weight) for name, weight in CHANNELS if possible[name]]
        return self.rng.choices([name for name, _ in names], weights=[weight for _, weight in names])[0]

    def _requester(self, case: Case, channel: str) -> Person:
        kind = "address"
        if channel == "phone":
            kind = "phone"
        elif channel == "messenger" and self.rng.random() < 0.4:
            kind = "no_address"
        crowd = self._crowds[case.audience, case.language, kind] or self._crowds[case.audience, case.language, "any"]
        return crowd.draw(self.rng)

    def agents_for(self, queue: str) -> tuple[Person, Person]:
        team, weights = self._team[queue], self._team_weights[queue]
        agent = self.rng.choices(team, weights=weights)[0]
        mate = self.rng.choice([person for person in team if person is not agent])
        return agent, mate

    def _subject(self, subject: Subject) -> str:
        """The case's subject lines in turn, those least used first once one is worn out."""
        fitting = [
            text for text in subject.case.subjects if not text.label or subject.track.startswith(text.label)
        ] or list(subject.case.subjects)
        for _attempt in range(12):
            words = self._say(subject, self.rng.choice(fitting), subject.story.requester, subject.agent)
            if self._subjects[words] < self._cap:
                break
        else:
            words = min((self._say(subject, text, subject.story.requester, subject.agent) for text in fitting),
                        key=lambda text: self._subjects[text])  # fmt: skip
            if self._subjects[words] >= self._cap:
                words = f"{words} ({subject.slots['order']})"
        self._subjects[words] += 1
        return words

    def _open(self, subject: Subject, line: Line) -> None:
        story, requester = subject.story, subject.story.requester
        if story.channel in ("phone", "walk_up"):
            by, text = subject.agent, self._say(subject, line.text, subject.agent, requester)
        else:
            by, text = requester, self._say(subject, line.text, requester, subject.agent)
            if not line.text.bare:
                text = letter(
                    text,
                    writer=requester,
                    reader=None,
                    channel=story.channel,
                    is_first=True,
                    language=subject.language,
                    rng=self.rng,
                )
        story.opened(
            by=by,
            text=text,
            files=self._files(subject, line),
            mail_id=self._mail_id(story) if story.channel == "email" else "",
            mail_to=QUEUES[story.queue - 1].address if story.channel == "email" else "",
        )

    # Threads

    def thread(self, subject: Subject) -> list[Line]:
        """The whole written thread, on the opening's track."""
        lines = []
        track = subject.track
        for place, item in enumerate(subject.case.thread, 1):
            picked = phrasing.pick(item.texts, track, self.rng, is_note=isinstance(item, Note))
            if picked is None:
                continue
            text, track = picked
            if isinstance(item, Turn):
                lines.append(Line(item.who, text, place, item.after, item.asks))
            elif self.rng.random() < 0.75:
                lines.append(Line("note", text, place, item.after))
        return lines

    def pool_line(self, who: str, pool: dict[str, tuple[str, ...]], language: str) -> Line:
        return Line(who, Text(self.rng.choice(pool[language])), place=-1)

    def perform(self, subject: Subject, line: Line, at: datetime, *, next_status: str = "") -> None:
        """Let one line happen at `at`. Who cannot be reached by mail is called or written to, and a note tells of it."""
        story, agent = subject.story, subject.agent
        if line.who == "requester":
            self._requester_writes(subject, line, at)
        elif line.who == "note":
            author = subject.mate if self.rng.random() < 0.2 else agent
            slots = {**subject.slots, "mate": agent.name} if author is subject.mate else subject.slots
            text = self._say(subject, line.text, author, story.requester, slots=slots)
            story.noted(at, author, capital(text), files=self._files(subject, line))
        elif story.requester.email:
            text = self._say(subject, line.text, agent, story.requester)
            text = phrasing.answer(text, writer=agent, reader=story.requester, language=subject.language)
            story.replied(at, agent, text, next_status=next_status, files=self._files(subject, line))
        else:
            pool = phrasing.CALLED if story.channel == "phone" else phrasing.WRITTEN_BACK
            said = capital(self._say(subject, line.text, agent, story.requester))
            frame = Text(self.rng.choice(pool[subject.language]))
            text = self._say(subject, frame, agent, story.requester, slots={**subject.slots, "said": said})
            story.noted(at, agent, text, files=self._files(subject, line))
            if next_status:
                story.status_changed(at + timedelta(seconds=20), agent, next_status)

    def _requester_writes(self, subject: Subject, line: Line, at: datetime) -> None:
        story, rng = subject.story, self.rng
        if not story.requester.email and story.channel == "phone":
            return  # calls back; the agent's next note tells
        channel = story.channel
        if story.requester.email:
            channel = "web" if story.channel == "web" and rng.random() < 0.3 else "email"
        text = self._say(subject, line.text, story.requester, subject.agent)
        if not line.text.bare:
            text = letter(
                text,
                writer=story.requester,
                reader=subject.agent,
                channel=channel,
                is_first=False,
                language=subject.language,
                rng=rng,
            )
        story.requester_wrote(
            at,
            text,
            channel=channel,
            files=self._files(subject, line),
            mail_id=self._mail_id(story) if channel == "email" else "",
            mail_to=QUEUES[story.queue - 1].address if channel == "email" else "",
        )

    def _say(
        self, subject: Subject, text: Text, writer: Person, reader: Person, *, slots: dict[str, str] | None = None
    ) -> str:
        return fill(text.body, slots or subject.slots, writer=writer.gender, reader=reader.gender, rng=self.rng)

    def _files(self, subject: Subject, line: Line) -> list[tuple[str, bytes]]:
        """Files of this place of the case: always where the words promise one, else as often as the case says."""
        made = []
        for file in subject.case.files:
            if file.at != line.place or (file.label and not line.text.label.startswith(file.label)):
                continue
            if self.rng.random() < file.share or _PROMISES_A_FILE.search(line.text.body):
                name = fill(file.name, subject.slots, writer=0, reader=0, rng=self.rng)
                made.append((name, self._make_file(file.kind, subject.slots, self.rng)))
        return made

    def _mail_id(self, story: Story) -> str:
        domain = (story.requester.email or "").rpartition("@")[2]
        return f"{self.rng.getrandbits(64):016x}.{self.rng.getrandbits(24):06x}@{domain}"

    def prioritise(self, subject: Subject, at: datetime, wanted: int | None = None) -> None:
        """By the weights of the case, or as wanted; somebody of the team or its lead set it."""
        priority = wanted or self.rng.choices(PRIORITIES, weights=subject.case.priorities)[0]
        if priority != Priority.NORMAL:
            who = subject.agent if self.rng.random() < 0.6 else self._leads[subject.case.queue]
            subject.story.priority_changed(at, who, priority)

    def forget(self, story: Story) -> None:
        """The story is not told after all: its subject is free again."""
        self._subjects[story.subject] -= 1

    def lead_of(self, queue: str) -> Person:
        return self._leads[queue]

    def team_of(self, queue: str) -> list[Person]:
        return self._team[queue]


def _diligence(person: Person, queue: str) -> float:
    """How much of a queue's work a person does: leads a little, people of several teams less in each."""
    if person.role == "lead":
        return 0.25
    if len(person.teams) > 1:
        return 1.0 if queue == "billing" or person.teams[0] == people.IT else 0.2
    return 1.0


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
