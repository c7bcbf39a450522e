"""One ticket's life, told step by step with the same rules the actions follow.

The demo writes rows in bulk instead of calling thirty thousand actions. What an action would have left behind - events
and their data, versions, stamps, the implicit taking - is repeated here, one method per action, and
tests/helpdesk/demo/test_story.py holds both against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from helpdesk.demo.people import Person
from tickets.models import Kind, Message, Priority, Status
from tickets.models.ticket import TRANSITIONS

if TYPE_CHECKING:
    from helpdesk.demo.promises import Kept

PUBLIC, NOTE = Message.Kind.PUBLIC, Message.Kind.NOTE


@dataclass(eq=False)
class Letter:
    """One message and its files: (name, content)."""

    author: Person
    is_from_requester: bool
    kind: str
    channel: str
    text: str
    at: datetime
    files: list[tuple[str, bytes]] = field(default_factory=list)
    mail_id: str = ""
    mail_to: str = ""


@dataclass(eq=False)
class Happening:
    """One event. `letter` becomes data["message"] once it has a number."""

    kind: str
    at: datetime
    actor: Person | None
    data: dict[str, Any]
    letter: Letter | None = None
    tells: Person | None = None  # who gets a notification


@dataclass(eq=False)
class Promise:
    """The facts the kernel stores about what is due next."""

    state: str = ""
    metric: str = ""
    since: datetime | None = None
    target_s: int | None = None
    due_at: datetime | None = None
    breached_at: datetime | None = None


class Story:
    """Times must not go back; each step is at least a second after the one before."""

    def __init__(self, *, requester: Person, queue: int, channel: str, subject: str, opened_at: datetime) -> None:
        self.requester, self.queue, self.channel, self.subject = requester, queue, channel, subject
        self.opened_at = self.updated_at = opened_at
        self.status: str = Status.NEW.value
        self.priority: int = Priority.NORMAL
        self.assignee: Person | None = None
        self.hold_reason = ""
        self.version = 1
        self.first_reply_at: datetime | None = None
        self.solved_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.reopened_at: datetime | None = None
        self.promise = Promise()
        self.kept: Kept | None = None
        """Its clocks, once the story is told (`helpdesk.demo.promises`)."""
        self.is_of_breakdown = False
        self.case_key = self.order = ""
        self.tags: list[str] = []
        self.fields: dict[str, str] = {}
        self.letters: list[Letter] = []
        self.happenings: list[Happening] = []
        self._latest: datetime | None = None

    def opened(self, *, by: Person, text: str, files: list[tuple[str, bytes]], mail_id: str, mail_to: str) -> None:
        letter = self._letter(self.requester, text, self.opened_at, files=files, channel=self.channel)
        letter.is_from_requester, letter.mail_id, letter.mail_to = True, mail_id, mail_to
        self._happened(Kind.OPENED, self.opened_at, by, letter, channel=self.channel)

    def requester_wrote(
        self, at: datetime, text: str, *, channel: str, files: list[tuple[str, bytes]], mail_id: str, mail_to: str
    ) -> None:
        at = self._after(at)
        letter = self._letter(self.requester, text, at, files=files, channel=channel)
        letter.is_from_requester, letter.mail_id, letter.mail_to = True, mail_id, mail_to
        data: dict[str, Any] = {}
        if Status.OPEN in TRANSITIONS[self.status] and self.status != Status.NEW:
            data["status"] = [self.status, Status.OPEN.value]
            self._set_status(Status.OPEN, at)
        self.updated_at = at
        self.version += 1
        self._happened(Kind.REQUESTER_WROTE, at, self.requester, letter, **data)
        self.happenings[-1].tells = self.assignee

    def replied(
        self,
        at: datetime,
        by: Person,
        text: str,
        *,
        next_status: str = "",
        files: list[tuple[str, bytes]] | None = None,
    ) -> None:
        at = self._after(at)
        letter = self._letter(by, text, at, files=files)
        data: dict[str, Any] = {}
        wanted = next_status or (Status.OPEN if self.status == Status.NEW else "")
        if wanted and wanted != self.status:
            data["status"] = [self.status, str(wanted)]
            self._set_status(wanted, at)
        if self.assignee is None and self.status not in (Status.SOLVED, Status.CLOSED):
            self.assignee = by
            data["assignee"] = [None, by.number]
        self.first_reply_at = self.first_reply_at or at
        self.updated_at = at
        self.version += 1
        self._happened(Kind.REPLIED, at, by, letter, **data)

    def noted(self, at: datetime, by: Person, text: str, *, files: list[tuple[str, bytes]] | None = None) -> None:
        at = self._after(at)
        letter = self._letter(by, text, at, kind=NOTE, files=files)
        self.updated_at = at
        self._happened(Kind.NOTED, at, by, letter)

    def taken(self, at: datetime, by: Person) -> None:
        self._given(at, by, by, Kind.TAKEN)

    def assigned(self, at: datetime, by: Person, to: Person | None) -> None:
        self._given(at, by, to, Kind.ASSIGNED)

    def status_changed(self, at: datetime, by: Person | None, to: str, *, reason: str = "") -> None:
        at = self._after(at)
        before = self.status
        self._set_status(to, at)
        data: dict[str, Any] = {"status": [before, str(to)]}
        if to == Status.ON_HOLD:
            self.hold_reason = data["reason"] = reason
        self._saved(Kind.STATUS_CHANGED, at, by, **data)

    def priority_changed(self, at: datetime, by: Person, to: int) -> None:
        before, self.priority = self.priority, to
        self._saved(Kind.PRIORITY_CHANGED, self._after(at), by, priority=[int(before), int(to)])

    def queue_changed(self, at: datetime, by: Person, to: int) -> None:
        before, self.queue = self.queue, to
        self._saved(Kind.QUEUE_CHANGED, self._after(at), by, queue=[before, to])

    def tagged(self, place: int, at: datetime, by: Person | None, tags: list[str]) -> None:
        """Put in at ``place`` among what happened, before what came later."""
        before, self.tags = self.tags, tags
        self._put_in(place, Kind.TAGS_CHANGED, at, by, tags=[before, tags])

    def filled(self, place: int, at: datetime, by: Person | None, key: str, value: str) -> None:
        self.fields = {**self.fields, key: value}
        self._put_in(place, Kind.FIELD_CHANGED, at, by, field=key, value=["", value])

    def _put_in(self, place: int, kind: str, at: datetime, by: Person | None, **data: Any) -> None:
        self.happenings.insert(place, Happening(str(kind), at, by, data))
        self.version += 1
        self.updated_at = max(self.updated_at, at)
        self._latest = max(self.latest, at)

    @property
    def latest(self) -> datetime:
        return self._latest or self.opened_at

    def _given(self, at: datetime, by: Person, to: Person | None, kind: str) -> None:
        before, self.assignee = self.assignee, to
        pair = [before.number if before else None, to.number if to else None]
        self._saved(kind, self._after(at), by, assignee=pair)
        if kind == Kind.ASSIGNED and to is not by:
            self.happenings[-1].tells = to

    def _saved(self, kind: str, at: datetime, by: Person | None, **data: Any) -> None:
        self.updated_at = at
        self.version += 1
        self._happened(kind, at, by, None, **data)

    def _letter(
        self,
        author: Person,
        text: str,
        at: datetime,
        *,
        kind: str = PUBLIC,
        channel: str = "",
        files: list[tuple[str, bytes]] | None = None,
    ) -> Letter:
        letter = Letter(author, False, kind, channel or self.channel, text, at, files or [])
        self.letters.append(letter)
        return letter

    def _happened(self, kind: str, at: datetime, actor: Person | None, letter: Letter | None, **data: Any) -> None:
        self.happenings.append(Happening(str(kind), at, actor, data, letter))
        self._latest = at

    def _after(self, at: datetime) -> datetime:
        return max(at.replace(microsecond=0), self.latest + timedelta(seconds=1))

    def _set_status(self, status: str, at: datetime) -> None:
        """As tickets.actions.transitions.stamp_status."""
        was_solved = self.status == Status.SOLVED
        if status not in TRANSITIONS[self.status]:
            raise ValueError(f"{self.status} cannot become {status}")
        self.status = str(status)
        if status == Status.SOLVED:
            self.solved_at = at
        elif status == Status.CLOSED:
            self.closed_at = at
        elif was_solved:
            self.solved_at, self.reopened_at = None, at
        if status != Status.ON_HOLD:
            self.hold_reason = ""
