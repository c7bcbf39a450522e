"""What was solved in the last twelve weeks: each ticket worked through from its opening to its end."""

from __future__ import annotations

from datetime import datetime, timedelta

from helpdesk.demo import hours, phrasing
from helpdesk.demo.cases import AGENT
from helpdesk.demo.guests import Guests
from helpdesk.demo.hours import NOW, add, back
from helpdesk.demo.story import Promise, Story
from helpdesk.demo.telling import QUEUES, SOLVED_TARGET_H, Line, Subject, Teller
from tickets.models import DueState, Metric, Priority, Status


class Past:
    """Tells solved and closed tickets, as many as asked for. Of those that come while guests are on duty they answer
    some."""

    def __init__(self, teller: Teller, guests: Guests | None = None) -> None:
        self.teller, self.rng, self.guests = teller, teller.rng, guests

    def solved(self, arrivals: hours.Arrivals) -> Story | None:
        """A ticket of the last weeks that was solved before now; None when this one would not have been in time."""
        rng = self.rng
        subject = self.teller.begin(arrivals.draw(rng))
        story = subject.story
        if story.channel == "walk_up":
            story.taken(story.opened_at + timedelta(seconds=5), subject.agent)
            story.status_changed(story.opened_at + timedelta(seconds=9), subject.agent, Status.SOLVED)
        else:
            self._work_through(subject)
        if story.solved_at is None or story.latest >= NOW - timedelta(minutes=1):
            self.teller.forget(story)
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
            self._go_home(subject, at)
            is_last = n == len(lines) - 1
            next_status = ""
            if line.who == "agent":
                if line.asks:
                    next_status = Status.WAITING
                elif is_last and rng.random() < 0.7:
                    next_status = Status.SOLVED
                    if story.assignee is None:
                        story.taken(at - timedelta(seconds=rng.randint(20, 300)), subject.agent)
            self.teller.perform(subject, line, at, next_status=next_status)
            at = max(at, story.latest)
        if story.status != Status.SOLVED:
            if story.status == Status.WAITING:
                at = add(story.latest, rng.uniform(7, 36) * 3600)  # no answer is one, too
            elif story.requester.email and rng.random() < 0.7:
                thanks = self.teller.pool_line("requester", phrasing.THANKS, subject.language)
                at = hours.daylight(at + timedelta(minutes=rng.randint(8, 600)), rng)
                self.teller.perform(subject, thanks, at)
            elif not story.requester.email:
                note = self.teller.pool_line("note", phrasing.CONFIRMED, subject.language)
                at = add(at, rng.randint(600, 9000))
                self._go_home(subject, at)
                self.teller.perform(subject, note, at)
            at = add(max(at, story.latest), rng.randint(60, 5400))
            self._go_home(subject, at)
            story.status_changed(at, subject.agent, Status.SOLVED)
        elif story.requester.email and rng.random() < 0.07:
            self._come_back(subject)

    def _until_solved(self, subject: Subject) -> list[Line]:
        """The thread up to one of the agent's answers; where the requester has the last word, a goodbye follows."""
        lines = self.teller.thread(subject)
        answers = [n for n, line in enumerate(lines) if line.who == AGENT]
        if not answers:
            return [self.teller.pool_line("agent", phrasing.LOOKING, subject.language)]
        if self.rng.random() < 0.3:
            return lines[: answers[0] + 1]
        if answers[-1] < len(lines) - 1:
            return [*lines, self.teller.pool_line("agent", phrasing.CLOSERS, subject.language)]
        return lines

    def _come_back(self, subject: Subject) -> None:
        """A late thank-you reopens a ticket as well as a defect that is not gone."""
        rng, story = self.rng, subject.story
        at = hours.daylight(story.latest + timedelta(minutes=rng.randint(20, 3000)), rng)
        if rng.random() < 0.6:
            self.teller.perform(subject, self.teller.pool_line("requester", phrasing.THANKS, subject.language), at)
            at = add(at, rng.randint(300, 14000))
            self._go_home(subject, at)
            story.status_changed(at, subject.agent, Status.SOLVED)
        else:
            self.teller.perform(subject, self.teller.pool_line("requester", phrasing.REOPENED, subject.language), at)
            at = add(at, rng.randint(1200, 20000))
            self._go_home(subject, at)
            answer = self.teller.pool_line("agent", phrasing.FIXED_AGAIN, subject.language)
            self.teller.perform(subject, answer, at, next_status=Status.SOLVED)

    def _sort_out(self, subject: Subject, at: datetime) -> datetime:
        """What happens before the first answer: the right queue, the priority, somebody takes it. Returns when."""
        rng, story = self.rng, subject.story
        start = add(story.opened_at, min(600.0, hours.elapsed(story.opened_at, at) * 0.5))
        if subject.story.channel in ("email", "web") and rng.random() < 0.04:
            self._misroute(subject, start)
        self.teller.prioritise(subject, start)
        at = self._let_a_guest(subject, at)
        if rng.random() < 0.7:
            moment = back(at, rng.randint(30, 900))
            moment = max(moment, start)
            if rng.random() < 0.18:
                story.assigned(moment, self.teller.lead_of(subject.case.queue), subject.agent)
            else:
                story.taken(moment, subject.agent)
        return max(at, story.latest + timedelta(seconds=30))

    def _let_a_guest(self, subject: Subject, at: datetime) -> datetime:
        """Somebody on duty takes it instead of the agent, who goes on with it afterwards. Returns when it is answered."""
        guest = self.guests.takes(subject.story, at) if self.guests else None
        if guest is None or self.guests is None:
            return at
        later = at + self.guests.read_first()
        subject.agent, subject.behind = guest, subject.agent
        return later

    def _go_home(self, subject: Subject, at: datetime) -> None:
        """Where a guest has it and is not on duty any more at ``at``, the agent has taken it over by then."""
        if subject.behind is None or self.guests is None or self.guests.is_there(subject.agent, at):
            return
        if subject.story.assignee is subject.agent:
            subject.story.taken(at - timedelta(minutes=2), subject.behind)
        subject.agent, subject.behind = subject.behind, None

    def _misroute(self, subject: Subject, at: datetime) -> None:
        """It came to another queue; somebody there passed it on."""
        story = subject.story
        others = [n for n, plan in enumerate(QUEUES[:4], 1) if n != story.queue]
        right, wrong = story.queue, self.rng.choice(others)
        story.queue = wrong
        for one in story.letters:
            one.mail_to = QUEUES[wrong - 1].address if one.mail_to else ""
        mover = self.teller.agents_for(QUEUES[wrong - 1].slug)[0]
        story.queue_changed(at, mover, right)

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
