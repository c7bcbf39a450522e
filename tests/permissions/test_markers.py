"""A stranger sees no byte of what is not theirs: every text of every object is a word that stands nowhere else, and all
that each column can fetch is searched for words which are not for it.

What is fetched is every row of the matrix that only reads, with the numbers of what is the column's own and of what is
not. So a new route takes part by the row that it must have, and a new text of a model by standing in MARKED or in BARE.
What each column may read is written here once more, from the permission table and not from the product.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import models, transaction
from django.http import HttpResponse

from helpdesk.lib import clock as product_clock
from helpdesk.lib import prepared
from rotations.models import Duty, Finding, Reflection, Round, RoundRules, Tick
from tests import databases
from tests.factories import AT, HOUR, MINUTE, fresh, make_organisation
from tests.permissions.matrix import MATRIX
from tests.permissions.test_routes import Request, client_of, name_of, request_of, send
from tests.permissions.world import COLUMNS, Desk, World
from tickets.actions import asking, attaching, calling, changing, drafting, filling, noting, tagging
from tickets.models import (
    Consultation,
    Membership,
    Message,
    Role,
    Ticket,
    User,
    View,
    WalkUp,
)

STRANGERS = [column for column in COLUMNS if column != "admin"]

MARKED = {
    "rotations.Absence": "note",
    "rotations.Duty": "handover_note",
    "rotations.Finding": "text",
    "rotations.HandedTicket": "text",
    "rotations.Pattern": "name",
    "rotations.Programme": "name",
    "rotations.Reflection": "for_me for_mentors for_company",
    "rotations.RoundRules": "text",
    "rotations.RuleComment": "text answer",
    "rotations.Shift": "name",
    "rotations.Tick": "item",
    "rotations.Verdict": "text",
    "tickets.Appointment": "title place",
    "tickets.Attachment": "name",
    "tickets.BulkChange": "text text_en",
    "tickets.BulkItem": "refused",
    "tickets.Draft": "text cc",
    "tickets.DraftFile": "name",
    "tickets.InboundMessage": "raw reason sender subject why",
    "tickets.Macro": "name text text_en",
    "tickets.Message": "text html",
    "tickets.Organisation": "name",
    "tickets.Outbox": "address last_error",
    "tickets.PersonAddress": "address",
    "tickets.PhoneCall": "number",
    "tickets.Queue": "name signature",
    "tickets.QueueAddress": "address",
    "tickets.Team": "name",
    "tickets.Ticket": "subject hold_reason snooze_reason",
    "tickets.User": "email name phone",
    "tickets.View": "name",
    "tickets.WalkUp": "asker_name what",
}

BARE = {
    "of the desk, seen by admins, partly by leads and in lists of choices": """
        sla.Calendar sla.CalendarVersion sla.Policy sla.PolicyVersion sla.Edit tickets.CustomField tickets.MailSender
        tickets.Mailbox tickets.PausedAddress tickets.Rule tickets.RuleFiring tickets.AuditEntry
    """,
    "words of tickets, marked where they are written": "tickets.Event tickets.SearchWord tickets.Tag",
    "numbers, and names of the product's own": """
        rotations.DutyEvent rotations.PublishedPlan sla.Clock sla.Flag sla.Outlook sla.Standing sla.Tally
        tickets.JobSlot tickets.Merge tickets.PersonMerge tickets.PersonNumber
    """,
    "names, days and an address, each written where it is marked, told to one person alone": "tickets.Notification",
    "never shown": "tickets.CallDraft tickets.ResetRequest",
}

TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField)

FOUND = re.compile(r"zq([a-z0-9]+)qz")

ASKED = {
    "calls/read/": ["name", "number"],
    "queue/": ["q", "tag"],
    "requests/": ["q"],
    "search/": ["q"],
    "search/suggest/": ["q"],
    "palette/": ["q"],
    "setup/organisations/": ["q", "words", "search"],
    "tags/suggestions/": ["add"],
    "tickets/<int:number>/colleagues/": ["to"],
    "tickets/<int:number>/links/": ["other"],
    "tickets/<int:number>/people/": ["q"],
    "walk-ups/read/": ["line"],
}
"""Where words are typed and something is found by them."""


class MarkedWorld:
    """The world of the matrix with more on its tickets, and every text of it marked."""

    def __init__(self) -> None:
        self.world = World()
        self.of: dict[str, tuple[str, int, str]] = {}
        """What each mark stands for: model, row and field."""
        for desk, place in ((self.world.near, "near"), (self.world.far, "far")):
            self._add_to(desk, place)
        for duty in Duty.objects.all():
            said = {"for_me": "Trudno", "for_mentors": "Dziękuję", "for_company": "Warto", "at": AT - MINUTE}
            Reflection.objects.create(duty=duty, **said)
            Finding.objects.create(duty=duty, kind="idea", text="Pomysł", at=AT - MINUTE)
            Tick.objects.create(duty=duty, item="Myszka", at=AT - MINUTE)
        for number, (label, names) in enumerate(MARKED.items()):
            for row in apps.get_model(label)._default_manager.order_by("pk"):
                for place, name in enumerate(names.split()):
                    self._mark(row, name, f"{number}x{row.pk}x{place}")
        self.world.sign_everybody_in()

    def _add_to(self, desk: Desk, place: str) -> None:
        """What the matrix does not need: mentions, files of questions and answers, a call, drafts, tags, fields."""
        ticket, resident = desk.ticket, fresh(desk.resident)
        more = {"ticket": ticket, "by": resident, "at": AT - MINUTE}
        file = attaching.File("pytanie.csv", f"pytanie {place}".encode(), content_type="text/plain")
        adviser = Consultation.objects.get(ticket=ticket).people.get().person
        asked = asking.ask(text="Jeszcze jedno", to=adviser, attachments=[file], **more)
        asking.answer(question=asked, by=fresh(adviser), text="Tak", at=AT - MINUTE, attachments=[file])
        named = fresh(self.world.far.resident if desk is not self.world.far else self.world.side.resident)
        noting.note(text=f"@{named.email} zobacz", let_in=[named.pk], **more)
        mentioning_row = Consultation.objects.get(ticket=ticket, is_mention=True)
        # Being let in is a right; here it would only blur whose things are foreign.
        mentioning_row.people.update(until=AT - HOUR)
        drafting.save_draft(kind="note", text="Szkic", **more)
        drafting.keep_files(kind="note", files=[file], **more)
        tagging.add_tags(tags=[self._word(f"tag{place}")], **more)
        changing.change_subject(to=self._word(f"subject{place}"), **more)
        filling.fill(key="pietro", to=self._word(f"field{place}"), **more)
        said = calling.Said(notes="Dzwonił w tej sprawie.")
        who = calling.Caller(person=ticket.requester, number="+48600100200")
        when = {"began_at": AT - MINUTE, "seconds": 60, "at": AT - MINUTE}
        call = {"said": said, "then": calling.Next(outcome="as_is"), "direction": "in", "key": f"call-{place}", **when}
        calling.log_call(who=who, about=Ticket.objects.get(pk=ticket.pk), by=resident, **call)
        organisation = make_organisation(f"Firma {place}")
        User.objects.filter(pk=ticket.requester_id).update(organisation=organisation)
        Ticket.objects.filter(pk=ticket.pk).update(assignee=None, organisation=organisation, hold_reason="Kurier")
        View.objects.create(name="Zespołu", query="is:unsolved", owner=resident, team=desk.team)

    def _word(self, key: str) -> str:
        """A marked word that is written by an action, so that events and search hold it too."""
        self.of[key] = ("word", 0, key)
        return f"zq{key}qz"

    def _mark(self, row: models.Model, name: str, key: str) -> None:
        value = getattr(row, name)
        if not value:
            return
        self.of[key] = (row._meta.label, row.pk, name)
        word = f"zq{key}qz"
        marked: Any = word
        if name in ("email", "address"):
            marked = f"{word}@k.example"
        elif name == "name" and "@" in value:
            marked = row.email  # called by the address
        elif name == "html":
            marked = f"{value}<p>{word}</p>"
        elif name == "raw":
            marked = bytes(value) + word.encode()
        elif row._meta.label in ("tickets.Attachment", "tickets.DraftFile"):
            marked = word + value[value.rindex(".") :]
        setattr(row, name, marked)
        type(row)._default_manager.filter(pk=row.pk).update(**{name: marked})


class Rights:
    """What one column may read, from the permission table."""

    def __init__(self, world: World, column: str) -> None:
        self.world, self.column = world, column
        person = world.people[column]
        self.me = person.pk if isinstance(person, User) else None
        self.is_inside = column in ("on duty", "agent", "mentor", "lead")

    def may_read(self, label: str, number: int, field: str) -> bool:
        if label == "word":
            return field.endswith("near") and self.world.near.ticket.pk in self.worked | (
                self.own if field.startswith("subject") else set()
            )
        row = apps.get_model(label)._default_manager.get(pk=number)
        reads = getattr(self, f"_{row._meta.model_name}", None)
        return reads is not None and reads(row, field)

    def may_read_on(self, page: str, label: str, number: int) -> bool:
        """What stands on one page alone: the rules of a draft where they are talked over, for whoever might take a turn
        and for the team that plans it."""
        if not page.startswith(DISCUSSION) or label != "rotations.RoundRules":
            return False
        team = RoundRules.objects.get(pk=number).round.programme.team_id
        return self.column in ("on duty", "off duty") or (self.column == "agent" and team == self.team)

    @cached_property
    def own(self) -> set[int]:
        """Requests that are one's own, or that the signed link in hand is for."""
        if self.column == "anonymous":
            return {self.world.near.ticket.pk}
        return set(Ticket.objects.filter(requester=self.me).values_list("pk", flat=True))

    @cached_property
    def worked(self) -> set[int]:
        if not self.is_inside:
            return set()
        desk = self.world.side if self.column == "mentor" else self.world.near
        found = set(Ticket.objects.filter(queue__team=desk.team).values_list("pk", flat=True))
        if self.column == "on duty":
            found -= set(Ticket.objects.filter(queue=desk.second).values_list("pk", flat=True))
        return found | ({self.world.held.pk} if self.column == "mentor" else set())

    @cached_property
    def team(self) -> int | None:
        desk = self.world.side if self.column == "mentor" else self.world.near
        return desk.team.pk if self.is_inside else None

    @cached_property
    def sees_contact_of(self) -> set[int]:
        """Requesters of one's own team's tickets, with those who were merged into them."""
        if self.column not in ("agent", "lead", "mentor"):
            return set()
        askers = set(Ticket.objects.filter(queue__team=self.team).values_list("requester", flat=True))
        return askers | set(User.objects.filter(merged_into__in=askers).values_list("pk", flat=True))

    def _ticket(self, row: Any, field: str) -> bool:
        return row.pk in self.worked or (row.pk in self.own and field == "subject")

    def _message(self, row: Any, field: str) -> bool:
        is_public = row.kind == Message.Kind.PUBLIC and row.state == Message.State.SENT
        return row.ticket_id in self.worked or (row.ticket_id in self.own and is_public)

    def _attachment(self, row: Any, field: str) -> bool:
        return self._message(row.message, "text")

    def _appointment(self, row: Any, field: str) -> bool:
        return row.ticket_id in self.worked | self.own

    def _draft(self, row: Any, field: str) -> bool:
        return row.ticket_id in self.worked

    def _draftfile(self, row: Any, field: str) -> bool:
        return row.draft.author_id == self.me

    def _inboundmessage(self, row: Any, field: str) -> bool:
        return field in ("why", "reason") and row.ticket_id in self.worked

    def _outbox(self, row: Any, field: str) -> bool:
        return row.ticket_id in self.worked and self.column in ("agent", "lead")

    def _phonecall(self, row: Any, field: str) -> bool:
        return row.ticket_id in self.worked and row.person_id in self.sees_contact_of

    def _personaddress(self, row: Any, field: str) -> bool:
        return row.person_id in self.sees_contact_of

    def _user(self, row: Any, field: str) -> bool:
        if self.column == "anonymous" and row.pk == self.world.near.ticket.requester_id:
            return True
        if row.pk == self.me or (row.role != Role.REQUESTER and self.is_inside and field != "phone"):
            return True
        if row.pk in self.sees_contact_of:
            return True
        if field == "name" and self.column == "off duty" and row.duties.filter(reflection__isnull=False).exists():
            return True  # who wrote for the company
        if field != "name" or "@" in row.name:
            return False
        asked_for_favours = {self._favour.requester_id, *(each.requester_id for each in self._favours)}
        asking = set(Ticket.objects.filter(pk__in=self.worked).values_list("requester", flat=True))
        writers = Message.objects.filter(ticket__in=self.own, kind="public", state="sent").values_list(
            "author", flat=True
        )
        helpers = Ticket.objects.filter(pk__in=self.own).values_list("assignee", flat=True)
        return row.pk in {*asked_for_favours, *asking, *writers, *helpers, self._favour.agent_id}

    @property
    def _favour(self) -> WalkUp:
        """The one whose signed link to file it everybody holds."""
        own = WalkUp.objects.filter(agent=self.me).first() if self.is_inside else None
        return own or WalkUp.objects.get(agent=self.world.person("agent"))

    @cached_property
    def _favours(self) -> list[WalkUp]:
        if self.column == "lead":
            return list(WalkUp.objects.filter(queue__team=self.team))
        return list(WalkUp.objects.filter(agent=self.me)) if self.is_inside else []

    def _walkup(self, row: Any, field: str) -> bool:
        return row == self._favour or row in self._favours

    def _queue(self, row: Any, field: str) -> bool:
        if field != "name":
            return self.column == "lead" or row.team_id == self.team
        if self.column in ("agent", "mentor", "lead"):
            return True  # a ticket may be given to any of them
        served = Ticket.objects.filter(pk__in=self.worked | self.own).values_list("queue", flat=True)
        return row.pk in {*served, self.world.near.queue.pk}  # the near one stands on the favour's page

    def _queueaddress(self, row: Any, field: str) -> bool:
        return self.column == "lead"

    def _team(self, row: Any, field: str) -> bool:
        return self.column == "lead" or row.pk == self.team

    def _macro(self, row: Any, field: str) -> bool:
        return self.is_inside and row.team_id in (None, self.team)

    def _organisation(self, row: Any, field: str) -> bool:
        if self.column == "lead":
            return True  # the directory of organisations; their people and tickets are another matter
        asking = Ticket.objects.filter(pk__in=self.worked | self.own)
        return asking.filter(models.Q(organisation=row) | models.Q(requester__organisation=row)).exists()

    def _view(self, row: Any, field: str) -> bool:
        return row.owner_id == self.me or (row.team_id is not None and row.team_id == self.team)

    def _bulkchange(self, row: Any, field: str) -> bool:
        return row.by_id == self.me

    def _bulkitem(self, row: Any, field: str) -> bool:
        return row.change.by_id == self.me

    def _absence(self, row: Any, field: str) -> bool:
        if row.person_id == self.me:
            return True
        return self.column == "lead" and Membership.objects.filter(user=row.person_id, team=self.team).exists()

    def _programme(self, row: Any, field: str) -> bool:
        # Every colleague may sign up for every team's duties, and agents look after those of their own team.
        return self.column in ("on duty", "off duty") or row.team_id == self.team

    def _tick(self, row: Any, field: str) -> bool:
        return row.duty.person_id == self.me

    def _finding(self, row: Any, field: str) -> bool:
        return self._tick(row, field) or self.me in (row.duty.mentor_id, row.duty.deputy_id) or self._plans(row.duty)

    def _reflection(self, row: Any, field: str) -> bool:
        if field == "for_company":
            return self.is_inside or self.column == "off duty"
        is_mentor = self.me in (row.duty.mentor_id, row.duty.deputy_id)
        return self._tick(row, field) or (field == "for_mentors" and is_mentor)

    def _plans(self, duty: Duty) -> bool:
        return self.column == "lead" and duty.shift.round.programme.team_id == self.team

    def _duty(self, row: Any, field: str) -> bool:
        if row.person_id == self.me or self.me in (row.mentor_id, row.deputy_id):
            return True
        return self.column == "lead" and row.shift.round.programme.team_id == self.team

    def _handedticket(self, row: Any, field: str) -> bool:
        return row.ticket_id in self.worked or self._duty(row.duty, field)

    def _pattern(self, row: Any, field: str) -> bool:
        return self.column == "lead" and row.programme.team_id == self.team

    def _roundrules(self, row: Any, field: str) -> bool:
        if self.column in ("on duty", "off duty"):
            return row.round.state != Round.State.DRAFT
        return self.column == "lead" and row.round.programme.team_id == self.team

    def _shift(self, row: Any, field: str) -> bool:
        return self._roundrules(row, field)


@pytest.fixture(scope="module")
def marked_world(django_db_setup, django_db_blocker) -> Iterator[MarkedWorld]:
    with django_db_blocker.unblock(), product_clock.moved_to(AT):
        marked = MarkedWorld()
    yield marked
    with django_db_blocker.unblock():
        databases.empty_tables()


@pytest.fixture
def marked(marked_world: MarkedWorld, db: None, clock: object, monkeypatch: pytest.MonkeyPatch) -> MarkedWorld:
    # The routes' own tests send the same requests, with every kept statement compared.
    monkeypatch.setattr(prepared, "is_checked", False)
    return marked_world


READS = [
    row
    for row in MATRIX["route"]
    if not row.get("prefix") and (row.get("method", "GET") == "GET" or "200=" in row["own"])
]
"""Rows that only read: every GET, and what answers a POST with a page or a file and changes nothing."""


@pytest.mark.parametrize("column", STRANGERS)
def test_nobody_reads_what_is_not_theirs(marked: MarkedWorld, column: str) -> None:
    rights = Rights(marked.world, column)
    of_links = {path: Rights(marked.world, holder) for path, holder in LINKS.items()}

    read = read_by(marked, column)

    foreign = {
        mark: where
        for mark, where in read.items()
        if not rights.may_read(*mark)
        and not all(rights.may_read_on(each, *mark[:2]) for each in where)
        and not all(
            any(each.startswith(path) and of.may_read(*mark) for path, of in of_links.items()) for each in where
        )
    }
    assert foreign == {}
    assert read, "nothing was read at all"


DISCUSSION = "GET /duties/rounds/<int:number>/rules/discussion/"

LINKS = {"GET /r/": "anonymous", "GET /d/": "on duty", "GET /i/": "on duty", "GET /join/": "off duty"}
"""Whoever holds a signed link is answered as the one it was made for: the requester, the person on duty, any colleague
who is invited."""


def test_there_is_something_to_see(marked: MarkedWorld) -> None:
    """An admin, who may read everything, meets marks of both desks and of nearly every kind."""
    read = read_by(marked, "admin")

    assert {("word", 0, f"{what}{place}") for what in ("tag", "subject", "field") for place in ("near", "far")} <= {
        *read
    }
    unseen = {f"{label}.{field}" for label, _row, field in marked.of.values()} - {
        f"{label}.{field}" for label, _row, field in read
    }
    on_no_page_yet = {"rotations.Shift.name", "tickets.PhoneCall.number"}
    for_others_alone = {"rotations.Reflection.for_me", "rotations.Reflection.for_mentors", "rotations.Tick.item"}
    assert unseen == on_no_page_yet | for_others_alone


def read_by(marked: MarkedWorld, column: str) -> dict[tuple[str, int, str], list[str]]:
    """Every mark that stands in an answer to the column, with where."""
    found: dict[tuple[str, int, str], list[str]] = defaultdict(list)
    for row in READS:
        for which, answer in answers(marked.world, column, row).items():
            for key in set(FOUND.findall(answer)):
                found[marked.of[key]].append(f"{name_of(row)} ({which})")
    return dict(found)


def answers(world: World, column: str, row: dict[str, Any]) -> dict[str, str]:
    """What is said to a request for the column's own and to one for what is foreign. Where the row names nothing that
    could be anybody's, both are one request, and it is sent once."""
    said: dict[str, str] = {}
    sent: list[Request] = []
    for which in ("own", "foreign"):
        with transaction.atomic():
            asked = request_of(row, world.values(column, which))
            if asked not in sent:
                said[which] = text_of(send(client_of(world, column), asked))
            sent.append(asked)
            transaction.set_rollback(True)
    return said


def text_of(response: HttpResponse) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return f"{response.headers}\n{content.decode(errors='replace')}"


@pytest.mark.parametrize("path", ASKED)
def test_a_foreign_word_is_answered_like_a_word_that_nobody_wrote(marked: MarkedWorld, path: str) -> None:
    """In searches, suggestions and counts. What is typed comes back, so both words are made one to be compared."""
    row = next(each for each in READS if each["path"] == path)
    far = marked.world.far
    words = {
        str(getattr(apps.get_model(label)._default_manager.get(pk=number), field))
        if label != "word"
        else f"zq{field}qz"
        for label, number, field in marked.of.values()
        if (label, number) in (("tickets.Ticket", far.ticket.pk), ("tickets.User", far.ticket.requester_id))
        or (label == "word" and field.endswith("far"))
    }
    assert len(words) >= 5
    told: dict[str, str] = {}

    for column in (each for each in STRANGERS if each not in ("anonymous", "requester", "off duty")):
        client = client_of(marked.world, column)
        for word in words:
            unknown = re.sub(r"zq\w+?qz", lambda mark: "zq" + "v" * (len(mark[0]) - 4) + "qz", word)
            for name in ASKED[path]:
                answers = []
                for each in (word, unknown):
                    cache.clear()
                    typed = each + (" 5" if name == "line" else "")
                    if each in (word, unknown) and "tag" in word and path == "search/":
                        typed = f"tag:{each}"
                    asked = {**row, "query": {**row.get("query", {}), name: typed}}
                    text = text_of(send(client, request_of(asked, marked.world.values(column, "own"))))
                    answers.append(re.sub(r"(?i)zq\w+?qz", "WORD", re.sub(r"[A-Za-z0-9]{64}|nonce-[^'\"]+", "", text)))
                if answers[0] != answers[1]:
                    told[f"{column} {name}"] = word

    assert told == {}


def test_every_text_is_marked_or_says_why_not() -> None:
    texts = {
        model._meta.label
        for app in ("tickets", "rotations", "sla")
        for model in apps.get_app_config(app).get_models()
        if any(isinstance(field, TEXT) and is_free(field) for field in model._meta.concrete_fields)
    }
    bare = {label for labels in BARE.values() for label in labels.split()}

    assert texts - bare == set(MARKED)
    assert bare <= texts


# What a person cannot write: kinds, zones, digests, keys.
CLOSED = re.compile(r"(^|_)(key|kind|zone|channel|sha256|content_type|content_id|country|language|uid|password|slug)$")


def is_free(field: models.Field[Any, Any]) -> bool:
    return not field.choices and not CLOSED.search(field.name)
