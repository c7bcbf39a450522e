"""From written cases to told stories: who wrote, when, which channel, how far it went. Deterministic from its `rng`."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate

from helpdesk.demo import files, hours, people, phrasing
from helpdesk.demo.cases import AGENT, Case, Note, Text, Turn, all_cases
from helpdesk.demo.hours import NOW, add, back
from helpdesk.demo.people import Cast, Firm, Person
from helpdesk.demo.phrasing import fill, letter
from helpdesk.demo.story import Promise, Story
from tickets.models import DueState, Metric, Priority, Status


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

FIRST_TARGET_H = {Priority.LOW: (16,), Priority.NORMAL: (4, 4, 8), Priority.HIGH: (2,), Priority.URGENT: (1,)}
NEXT_TARGET_H = {Priority.LOW: (16,), Priority.NORMAL: (4, 8), Priority.HIGH: (2,), Priority.URGENT: (1,)}
SOLVED_TARGET_H = {Priority.LOW: (40,), Priority.NORMAL: (24, 40), Priority.HIGH: (16,), Priority.URGENT: (8,)}
LONG_TARGET_H = {Priority.LOW: (24, 40), Priority.NORMAL: (8, 16, 16, 24), Priority.HIGH: (8,), Priority.URGENT: (8,)}
"""Targets of answers that are not due this morning."""
PRIORITIES = (Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.URGENT)

OVERDUE, AT_RISK, LATER = "overdue", "at_risk", "later"
NEAR_UNTIL = NOW + timedelta(hours=4)
LATER_FROM = NOW + timedelta(hours=5, minutes=30)
"""Nothing falls due between these two: what came over the weekend would all be due at noon, and the 300 that are about to
breach at eight o'clock would be 660 a minute later."""
BREAKDOWN_AT = datetime(2026, 3, 6, 17, 40)
"""Friday evening: since then invoices come out blank."""
FIRST_AGENT_HOLDS, FIRST_AGENT_RUNS = 23, 15
"""So many open tickets Agnieszka has in hand on that Monday, and so many of them wait for her and for nobody else."""
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


class Teller:
    """Tells stories until somebody has enough. `total` is how many there will be: no subject takes 0.6 % of them."""

    def __init__(self, cast: Cast, rng: random.Random, *, total: int) -> None:
        self.cast, self.rng = cast, rng
        self._cap = max(3, int(total * 0.006))
        self._subjects: Counter[str] = Counter()
        self._in_hand: Counter[int] = Counter()
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
        agent, mate = self._agents(case.queue)
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

    def _agents(self, queue: str) -> tuple[Person, Person]:
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

    def perform(
        self, subject: Subject, line: Line, at: datetime, *, next_status: str = "", by: Person | None = None
    ) -> None:
        """Let one line happen at `at`. Who cannot be reached by mail is called or written to, and a note tells of it."""
        story, agent = subject.story, by or subject.agent
        if line.who == "requester":
            self._requester_writes(subject, line, at)
        elif line.who == "note":
            author = subject.mate if self.rng.random() < 0.2 else agent
            slots = {**subject.slots, "mate": agent.name} if author is subject.mate else subject.slots
            text = self._say(subject, line.text, author, story.requester, slots=slots)
            story.noted(at, author, _capital(text), files=self._files(subject, line))
        elif story.requester.email:
            text = letter(
                self._say(subject, line.text, agent, story.requester),
                writer=agent,
                reader=story.requester,
                channel="email",
                is_first=story.first_reply_at is None,
                language=subject.language,
                rng=self.rng,
            )
            story.replied(at, agent, text, next_status=next_status, files=self._files(subject, line))
        else:
            pool = phrasing.CALLED if story.channel == "phone" else phrasing.WRITTEN_BACK
            said = _capital(self._say(subject, line.text, agent, story.requester))
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
                made.append((name, files.make(file.kind, subject.slots, self.rng)))
        return made

    def _mail_id(self, story: Story) -> str:
        domain = (story.requester.email or "").rpartition("@")[2]
        return f"{self.rng.getrandbits(64):016x}.{self.rng.getrandbits(24):06x}@{domain}"

    # The past

    def solved(self, arrivals: hours.Arrivals) -> Story | None:
        """A ticket of the last weeks that was solved before now; None when this one would not have been in time."""
        rng = self.rng
        subject = self.begin(arrivals.draw(rng))
        story = subject.story
        if story.channel == "walk_up":
            story.taken(story.opened_at + timedelta(seconds=5), subject.agent)
            story.status_changed(story.opened_at + timedelta(seconds=9), subject.agent, Status.SOLVED)
        else:
            self._work_through(subject)
        if story.solved_at is None or story.latest >= NOW - timedelta(minutes=1):
            self._subjects[story.subject] -= 1
            return None
        self._close(story)
        self._keep_promise(story)
        return story

    def _work_through(self, subject: Subject) -> None:
        rng, story = self.rng, subject.story
        lines = self._until_solved(subject)
        at = add(story.opened_at, self._first_minutes(story.channel) * 60)
        at = self._sort_out(subject, at)
        for n, line in enumerate(lines):
            if n:
                at = self._next_time(at, line, story.channel)
            is_last = n == len(lines) - 1
            next_status = ""
            if line.who == "agent":
                if line.asks:
                    next_status = Status.WAITING
                elif is_last and rng.random() < 0.7:
                    next_status = Status.SOLVED
                    if story.assignee is None:
                        story.taken(at - timedelta(seconds=rng.randint(20, 300)), subject.agent)
            self.perform(subject, line, at, next_status=next_status)
            at = max(at, story.latest)
        if story.status != Status.SOLVED:
            if story.status == Status.WAITING:
                at = add(story.latest, rng.uniform(7, 36) * 3600)  # no answer is one, too
            elif story.requester.email and rng.random() < 0.7:
                thanks = self.pool_line("requester", phrasing.THANKS, subject.language)
                at = hours.daylight(at + timedelta(minutes=rng.randint(8, 600)), rng)
                self.perform(subject, thanks, at)
            elif not story.requester.email:
                note = self.pool_line("note", phrasing.CONFIRMED, subject.language)
                at = add(at, rng.randint(600, 9000))
                self.perform(subject, note, at)
            at = add(max(at, story.latest), rng.randint(60, 5400))
            story.status_changed(at, subject.agent, Status.SOLVED)
        elif story.requester.email and rng.random() < 0.07:
            self._come_back(subject)

    def _until_solved(self, subject: Subject) -> list[Line]:
        """The thread up to one of the agent's answers; where the requester has the last word, a goodbye follows."""
        lines = self.thread(subject)
        answers = [n for n, line in enumerate(lines) if line.who == AGENT]
        if not answers:
            return [self.pool_line("agent", phrasing.LOOKING, subject.language)]
        if self.rng.random() < 0.3:
            return lines[: answers[0] + 1]
        if answers[-1] < len(lines) - 1:
            return [*lines, self.pool_line("agent", phrasing.CLOSERS, subject.language)]
        return lines

    def _come_back(self, subject: Subject) -> None:
        """A late thank-you reopens a ticket as well as a defect that is not gone."""
        rng, story = self.rng, subject.story
        at = hours.daylight(story.latest + timedelta(minutes=rng.randint(20, 3000)), rng)
        if rng.random() < 0.6:
            self.perform(subject, self.pool_line("requester", phrasing.THANKS, subject.language), at)
            story.status_changed(add(at, rng.randint(300, 14000)), subject.agent, Status.SOLVED)
        else:
            self.perform(subject, self.pool_line("requester", phrasing.REOPENED, subject.language), at)
            at = add(at, rng.randint(1200, 20000))
            answer = self.pool_line("agent", phrasing.FIXED_AGAIN, subject.language)
            self.perform(subject, answer, at, next_status=Status.SOLVED)

    def _sort_out(self, subject: Subject, at: datetime) -> datetime:
        """What happens before the first answer: the right queue, the priority, somebody takes it. Returns when."""
        rng, story = self.rng, subject.story
        start = add(story.opened_at, min(600.0, hours.elapsed(story.opened_at, at) * 0.5))
        if subject.story.channel in ("email", "web") and rng.random() < 0.04:
            self._misroute(subject, start)
        self._prioritise(subject, start)
        if rng.random() < 0.7:
            moment = back(at, rng.randint(30, 900))
            moment = max(moment, start)
            if rng.random() < 0.18:
                story.assigned(moment, self._leads[subject.case.queue], subject.agent)
            else:
                story.taken(moment, subject.agent)
        return max(at, story.latest + timedelta(seconds=30))

    def _misroute(self, subject: Subject, at: datetime) -> None:
        """It came to another queue; somebody there passed it on."""
        story = subject.story
        others = [n for n, plan in enumerate(QUEUES[:4], 1) if n != story.queue]
        right, wrong = story.queue, self.rng.choice(others)
        story.queue = wrong
        for one in story.letters:
            one.mail_to = QUEUES[wrong - 1].address if one.mail_to else ""
        mover = self._agents(QUEUES[wrong - 1].slug)[0]
        story.queue_changed(at, mover, right)

    def _prioritise(self, subject: Subject, at: datetime, wanted: int | None = None) -> None:
        priority = wanted or self.rng.choices(PRIORITIES, weights=subject.case.priorities)[0]
        if priority != Priority.NORMAL:
            who = subject.agent if self.rng.random() < 0.6 else self._leads[subject.case.queue]
            subject.story.priority_changed(at, who, priority)

    def _first_minutes(self, channel: str) -> float:
        if channel == "phone":
            return self.rng.uniform(4, 90)
        if channel in ("chat", "messenger"):
            return self.rng.lognormvariate(2.1, 0.8)
        return min(1400.0, self.rng.lognormvariate(4.4, 0.95))

    def _next_time(self, at: datetime, line: Line, channel: str) -> datetime:
        low, high = line.after
        minutes = self.rng.uniform(low, high)
        if line.who == "requester":
            return hours.daylight(at + timedelta(minutes=minutes), self.rng)
        return add(at, minutes * 60)

    def _close(self, story: Story) -> None:
        """Solved tickets close by themselves after 28 days, when the job comes round."""
        assert story.solved_at
        due = story.solved_at + timedelta(days=28)
        at = due.replace(minute=due.minute // 10 * 10, second=0, microsecond=0) + timedelta(minutes=10, seconds=3)
        if at < NOW:
            story.status_changed(at, None, Status.CLOSED)

    def _keep_promise(self, story: Story) -> None:
        if story.channel == "walk_up":
            return
        assert story.solved_at
        target = self.rng.choice(SOLVED_TARGET_H[Priority(story.priority)]) * 3600
        due = add(story.opened_at, target)
        missed = story.solved_at > due
        story.promise = Promise(
            state="" if missed else DueState.MET,
            metric=Metric.RESOLUTION,
            since=story.opened_at,
            target_s=target,
            due_at=due,
            breached_at=due if missed else None,
        )

    # Monday's backlog

    def new(self, when: str, due: Callable[[], datetime], *, case: Case | None = None, is_taken: bool = False) -> Story:
        """Nobody has answered yet: the first reply is what is due."""
        rng = self.rng
        opened_at, target, priority = self._since(when, due, FIRST_TARGET_H, case)
        subject = self.begin(opened_at, case=case, is_backlog=True)
        story = subject.story
        if priority != Priority.NORMAL:
            self._prioritise(subject, self._triage_time(opened_at), priority)
        if is_taken:
            agent = self._holder(subject)
            at = self._triage_time(story.latest)
            if rng.random() < 0.3:
                story.assigned(at, self._leads[subject.case.queue], agent)
            else:
                story.taken(at, agent)
            if rng.random() < 0.5:
                self._note_if_any(subject, self._triage_time(story.latest))
        elif rng.random() < 0.08 and NOW - opened_at > timedelta(hours=20) and self._can_write(story):
            at = hours.daylight(_between(rng, max(opened_at, story.latest), NOW, 0.5, 0.95), rng)
            if at < NOW:
                self.perform(subject, self.pool_line("requester", phrasing.NUDGES, subject.language), at)
        self._promise(story, when, Metric.FIRST_RESPONSE, opened_at, target)
        return story

    def answered(self, when: str, due: Callable[[], datetime], *, case: Case | None = None, is_held: bool) -> Story:
        """Open, and the requester waits for the next answer (or, now and then, for the solution)."""
        rng = self.rng
        if case is None and rng.random() < 0.25:
            return self._in_work(when, due, is_held=is_held)
        since, target, priority = self._since(when, due, NEXT_TARGET_H, case)
        while True:
            opened_at = self._opening_before(since, case)
            subject = self.begin(opened_at, case=case, is_backlog=True)
            story = subject.story
            if story.requester.email:
                break
            self._subjects[story.subject] -= 1
        lines = self._until_question(subject)
        times = self._times(rng, opened_at, since, len(lines) - 1)
        subject.agent = self._holder(subject) if is_held else subject.agent
        if priority != Priority.NORMAL:
            self._prioritise(subject, min(times[0], opened_at + timedelta(minutes=2)), priority)
        for line, at in zip(lines, [*times, since], strict=True):
            status = Status.WAITING if line.who == "agent" and line.asks else ""
            self.perform(subject, line, at, next_status=status)
        if not is_held:
            self._hand_back(subject)
        self._promise(story, when, Metric.NEXT_RESPONSE, since, target)
        return story

    def _in_work(self, when: str, due: Callable[[], datetime], *, is_held: bool) -> Story:
        """Open, answered with "I am looking into it"; the solution is due."""
        rng = self.rng
        opened_at, target, priority = self._since(when, due, SOLVED_TARGET_H, None)
        subject = self.begin(opened_at, is_backlog=True)
        story = subject.story
        subject.agent = self._holder(subject) if is_held else subject.agent
        first = add(opened_at, rng.randint(600, 9000))
        limit = back(NOW, 1800)
        if first >= limit:
            first = opened_at + (limit - opened_at) / 2 if opened_at < limit else opened_at + timedelta(seconds=30)
        if priority != Priority.NORMAL:
            self._prioritise(subject, min(first, opened_at + timedelta(minutes=4)), priority)
        self.perform(subject, self.pool_line("agent", phrasing.LOOKING, subject.language), first)
        if story.status == Status.NEW:  # called back instead of mailed
            story.status_changed(story.latest + timedelta(seconds=15), subject.agent, Status.OPEN)
        if story.assignee is None and is_held:
            story.taken(story.latest + timedelta(seconds=10), subject.agent)
        note_at = add(story.latest, rng.randint(900, 5400))
        if note_at < NOW:
            self._note_if_any(subject, note_at)
        if not is_held and story.assignee is not None:
            self._hand_back(subject)
        self._promise(story, when, Metric.RESOLUTION, opened_at, target)
        return story

    def paused(self, status: str) -> Story:
        """Waiting for the requester, or on hold for somebody else: answered, and no promise runs."""
        rng = self.rng
        last = back(NOW, rng.uniform(0.2, 95) * 3600)
        while True:
            opened_at = back(last, rng.uniform(0.5, 14) * 3600) - timedelta(minutes=rng.randint(0, 50))
            subject = self.begin(opened_at, is_backlog=True)
            story = subject.story
            lines = self._until_pause(subject, status)
            if lines and story.requester.email:
                break
            self._subjects[story.subject] -= 1
        subject.agent = self._holder(subject, most=FIRST_AGENT_HOLDS)
        times = self._times(rng, opened_at, last, len(lines) - 1)
        self._prioritise(subject, min((times or [last])[0], opened_at + timedelta(minutes=5)))
        for n, (line, at) in enumerate(zip(lines, [*times, last], strict=True)):
            is_last = n == len(lines) - 1
            waits = line.who == "agent" and (line.asks or (is_last and status == Status.WAITING))
            self.perform(subject, line, at, next_status=Status.WAITING if waits else "")
        if status == Status.ON_HOLD:
            reason = fill(rng.choice(subject.case.hold), subject.slots, writer=0, reader=0, rng=rng)
            story.status_changed(add(story.latest, rng.randint(20, 400)), subject.agent, Status.ON_HOLD, reason=reason)
        target = rng.choice(SOLVED_TARGET_H[Priority(story.priority)]) * 3600
        story.promise = Promise(DueState.PAUSED, Metric.RESOLUTION, opened_at, target)
        return story

    def _until_question(self, subject: Subject) -> list[Line]:
        """Up to the requester's answer in the written thread; else a nudge after a first word."""
        lines = self.thread(subject)
        ends = next((n for n, line in enumerate(lines) if line.who == "requester"), None)
        if ends is not None and any(line.who == AGENT for line in lines[:ends]):
            return lines[: ends + 1]
        return [
            self.pool_line("agent", phrasing.LOOKING, subject.language),
            self.pool_line("requester", phrasing.NUDGES, subject.language),
        ]

    def _until_pause(self, subject: Subject, status: str) -> list[Line]:
        lines = self.thread(subject)
        if status == Status.ON_HOLD:
            notes = [line for line in lines[:2] if line.who == "note"][:1]
            return [self.pool_line("agent", phrasing.LOOKING, subject.language), *notes] if subject.case.hold else []
        question = next((n for n, line in enumerate(lines) if line.who == AGENT and line.asks), None)
        return [] if question is None else lines[: question + 1]

    def _since(
        self, when: str, due: Callable[[], datetime], targets: dict[Priority, tuple[int, ...]], case: Case | None
    ) -> tuple[datetime, int, int]:
        """When the running promise began, its target in seconds and the priority behind it."""
        rng = self.rng
        weights = case.priorities if case else (8, 70, 19, 3)
        is_first, is_long = targets is FIRST_TARGET_H, targets is SOLVED_TARGET_H
        if when == LATER and not is_long:
            targets = LONG_TARGET_H
        for attempt in itertools.count():
            if attempt % 25 == 0:  # long enough that the rare priorities are not the ones that fit most easily
                priority = rng.choices(PRIORITIES, weights=weights)[0]
            target = rng.choice(targets[priority]) * 3600
            if case is not None:
                since = self._since_breakdown(is_first, when)
                due_at = add(since, target)
                is_wanted = due_at < NEAR_UNTIL if when == AT_RISK else due_at >= LATER_FROM
                if is_wanted:
                    return since, target, priority
            elif when == LATER:
                since = back(NOW, rng.uniform(0.1, 36) * 3600) if is_long else self._recent.draw(rng)
                if add(since, target) >= LATER_FROM:
                    return since, target, priority
            else:
                since = back(due(), target)
                if since < NOW - timedelta(minutes=3):
                    return since, target, priority
        raise AssertionError("unreachable")

    _recent = hours.Arrivals(datetime(2026, 3, 4, 12), NOW - timedelta(minutes=3))

    def _since_breakdown(self, is_first: bool, when: str) -> datetime:
        """Blank invoices: many noticed before the desk closed on Friday, the others over the weekend."""
        rng = self.rng
        if is_first and rng.random() < (0.8 if when == AT_RISK else 0.2):
            return BREAKDOWN_AT + timedelta(seconds=rng.randint(60, 1190))
        start = BREAKDOWN_AT + timedelta(minutes=rng.randint(19, 240))
        weekend = hours.Arrivals(start, NOW - timedelta(minutes=3))
        return weekend.draw(rng)

    def _opening_before(self, since: datetime, case: Case | None) -> datetime:
        if case is not None:
            return min(BREAKDOWN_AT + timedelta(seconds=self.rng.randint(40, 500)), since - timedelta(minutes=9))
        return back(since, self.rng.uniform(1, 16) * 3600) - timedelta(minutes=self.rng.randint(0, 240))

    def _times(self, rng: random.Random, start: datetime, end: datetime, count: int) -> list[datetime]:
        """`count` moments of desk time between two others, in order."""
        open_s = hours.elapsed(start, end)
        if open_s < 240:
            return [start + (end - start) * (n + 1) / (count + 1) for n in range(count)]
        moments = sorted(rng.uniform(0.05, 0.95) * open_s for _ in range(count))
        return [add(start, seconds) for seconds in moments]

    def _triage_time(self, earliest: datetime) -> datetime:
        """Soon after, in desk hours; what came over the weekend was looked at from half past seven on Monday."""
        at = add(earliest, self.rng.randint(60, 2400))
        if at < NOW:
            return at
        return _between(self.rng, max(earliest, NOW - timedelta(minutes=30)), NOW, 0.05, 0.5)

    def _holder(self, subject: Subject, *, most: int = FIRST_AGENT_RUNS) -> Person:
        """Who has it in hand: somebody at work today, Agnieszka until she has her share."""
        queue = subject.case.queue
        first = self.cast.agents[0]
        if queue == "billing" and self._in_hand[first.number] < most and self.rng.random() < 0.45:
            holder = first
        else:
            team = [p for p in self._team[queue] if p.name not in people.AWAY and p is not first and p.role == "agent"]
            holder = self.rng.choice(team)
        self._in_hand[holder.number] += 1
        return holder

    def _hand_back(self, subject: Subject) -> None:
        """Given back to the queue after the last answer, as at the end of a day."""
        story = subject.story
        holder = story.assignee
        assert holder is not None
        at = min(add(story.latest, self.rng.randint(300, 5400)), NOW - timedelta(seconds=self.rng.randint(30, 900)))
        story.assigned(max(at, story.latest + timedelta(seconds=2)), holder, None)

    def _note_if_any(self, subject: Subject, at: datetime) -> None:
        note = next((line for line in self.thread(subject) if line.who == "note"), None)
        if note is not None:
            self.perform(subject, note, at)

    def _can_write(self, story: Story) -> bool:
        return bool(story.requester.email) or story.channel != "phone"

    def _promise(self, story: Story, when: str, metric: str, since: datetime, target: int) -> None:
        due_at = add(since, target)
        story.promise = Promise(DueState.RUNNING, metric, since, target, due_at, due_at if when == OVERDUE else None)


def _diligence(person: Person, queue: str) -> float:
    """How much of a queue's work a person does: leads a little, people of several teams less in each."""
    if person.role == "lead":
        return 0.25
    if len(person.teams) > 1:
        return 1.0 if queue == "billing" or person.teams[0] == people.IT else 0.2
    return 1.0


def _between(rng: random.Random, start: datetime, end: datetime, low: float, high: float) -> datetime:
    return start + (end - start) * rng.uniform(low, high)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
