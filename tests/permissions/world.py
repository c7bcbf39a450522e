"""The small world on which every row of the matrix is tried: eight people, what is theirs, and what is not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Model, Q
from django.test import Client

from rotations import answer_links
from rotations.actions import covering, inviting, leaving, placing, rounds, signing_up, waiting
from rotations.models import (
    Absence,
    CoverRequest,
    Duty,
    Feed,
    Finding,
    HandedTicket,
    Invitation,
    Pattern,
    Programme,
    Shift,
    Verdict,
    WorkingHours,
)
from sla.actions import editing, keeping
from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    fresh,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_note,
    make_organisation,
    make_queue,
    make_reply,
    make_requester,
    make_requester_message,
    make_team,
    make_ticket,
)
from tickets import signed_links, stop_links
from tickets.actions import asking, attaching, letting_go, linking, merging, merging_people, splitting, walkups
from tickets.models import (
    Appointment,
    Attachment,
    BulkChange,
    Consultation,
    Consulted,
    CustomField,
    Event,
    InboundMessage,
    Link,
    Macro,
    Mailbox,
    MailSender,
    Merge,
    Message,
    Notification,
    Outbox,
    PausedAddress,
    Queue,
    Role,
    Rule,
    Tag,
    Team,
    Ticket,
    User,
    View,
    WalkUp,
)

COLUMNS = ("anonymous", "requester", "on duty", "off duty", "agent", "mentor", "lead", "admin")

SEEN = AT - 30 * MINUTE
"""When replies that wait for review were submitted; AT is before the half of the time left."""


@dataclass
class Desk:
    """A team with its people and two queues, and one ticket waiting in the first."""

    team: Team = field(default_factory=make_team)

    def __post_init__(self) -> None:
        self.queue, self.second = make_queue(self.team), make_queue(self.team)
        self.resident = make_agent(self.team)
        self.ticket = full_ticket(self.queue)
        self.sibling, self.part, self.former = self._joined()
        other = make_ticket(self.queue, at=AT - HOUR, subject=f"Trzecia sprawa kolejki {self.queue.pk}").requester
        of = {"person": other, "into": self.sibling.requester}
        self.people_merged = merging_people.merge_people(by=self.resident, at=AT - HOUR, **of)

    def _joined(self) -> tuple[Ticket, Ticket, Ticket]:
        """Another ticket of the queue, one that was split off it, and one that was merged into it."""
        subject = f"Druga sprawa kolejki {self.queue.pk}"
        sibling = make_ticket(self.queue, at=AT - HOUR, subject=subject)
        more = make_requester_message(sibling, at=AT - HOUR)
        part = splitting.split(ticket=sibling, messages=[more.pk], by=self.resident, at=AT - HOUR)
        former = make_ticket(self.queue, at=AT - HOUR, subject=subject)
        merging.merge(ticket=former, into=sibling, by=self.resident, at=AT - HOUR)
        return sibling, part, former


def full_ticket(queue: Queue, **fields: Any) -> Ticket:
    """A ticket with everything on it that a page could give away."""
    fields = {"subject": f"Sprawa kolejki {queue.pk}", "text": f"Treść kolejki {queue.pk}"} | fields
    if "requester" not in fields:
        # Somebody who told no name is called by the address: then the name is contact data too.
        address = f"klient-{queue.pk}@k.example"
        fields["requester"] = make_requester(email=address, name=address)
    ticket = make_ticket(queue, at=AT - HOUR, **fields)
    picture = attaching.File("zrzut.png", b"\x89PNG\r\n\x1a\n", content_type="image/png", content_id="zrzut")
    mail = b"Subject: Przekazane\nContent-Type: application/pdf; name=a.pdf\n\n%PDF-1.4"
    forwarded = attaching.File("przekazane.eml", mail, content_type="message/rfc822")
    files = [_file("zrzut.txt"), picture, forwarded]
    html = '<p>Zrzut <img src="cid:zrzut"></p>'
    written = make_requester_message(ticket, at=AT - HOUR, html=html, attachments=files)
    raw = f"From: {ticket.requester.email}\r\nTo: desk@bursztyn.example\r\n\r\nx".encode()
    InboundMessage.objects.create(
        sha256=f"{written.pk:064}",
        raw=raw,
        size=len(raw),
        received_at=AT - HOUR,
        state=InboundMessage.State.ACCEPTED,
        why=f"written to {ticket.requester.email}",
        ticket=ticket,
        message=written,
    )
    resident = User.objects.filter(role=Role.AGENT, teams=queue.team).first()
    assert resident is not None
    make_reply(ticket, resident, at=AT - HOUR, text="Już sprawdzamy.")
    Ticket.objects.filter(pk=ticket.pk).update(assignee=None)
    note = make_note(ticket, resident, at=AT - HOUR, text=f"Notatka kolejki {queue.pk}")
    attaching.attach(message=note, files=[_file("wewnętrzne.txt")])
    return Ticket.objects.get(pk=ticket.pk)


def _file(name: str) -> attaching.File:
    return attaching.File(name=name, content=name.encode(), content_type="text/plain")


class World:
    def __init__(self) -> None:
        self.near, self.side, self.far = Desk(), Desk(), Desk()
        mentor, helper = make_agent(self.side.team), make_colleague()
        self.sessions: dict[str, str] = {}
        self.people: dict[str, User | AnonymousUser] = {
            "anonymous": AnonymousUser(),
            "requester": self.near.ticket.requester,
            "on duty": make_colleague(),
            "off duty": make_colleague(),
            "agent": make_agent(self.near.team),
            "mentor": mentor,
            "lead": make_lead(self.near.team),
            "admin": make_admin(),
        }
        for person in self.people.values():
            if isinstance(person, User):
                person.set_password("dyzur-demo")
                person.save()
        make_grant(self.person("on duty"), self.near.queue, mentors=[mentor], is_reviewed=True, end=AT + 2 * HOUR)
        make_grant(self.person("off duty"), self.near.queue, self.far.queue, start=AT + 24 * HOUR, end=AT + 25 * HOUR)
        self.asked = full_ticket(self.near.queue, requester=self.person("off duty"))
        self.held = full_ticket(self.near.queue, requester=self.near.ticket.requester)
        Ticket.objects.filter(pk=self.held.pk).update(assignee=self.person("on duty"))
        self.own = dict.fromkeys(COLUMNS, self.near.ticket) | {"off duty": self.asked, "mentor": self.held}

        self._plan_duties()

        # Somebody else's replies under review: of another volunteer on the near and the far desk.
        for ticket in (self.near.ticket, self.asked, self.held, self.far.ticket, self.side.ticket):
            author = self.person("on duty") if ticket == self.held else helper
            make_grant(author, ticket.queue, is_reviewed=True, end=AT + 2 * HOUR)
            self._submit(ticket, author)

        self.quarantined = InboundMessage.objects.create(
            sha256="0" * 64, raw=b"From: ?", size=7, received_at=AT, state=InboundMessage.State.QUARANTINED
        )
        self.dead = Outbox.objects.create(
            kind="reply", ticket=self.far.ticket, address="a@k.example", state="dead", created_at=AT, next_at=AT
        )

        make_agent(self.near.team, name="Dawna osoba", is_active=False)
        self.organisations = [make_organisation(name) for name in ("Pracownia", "Pracownia 2")]
        self.unused_queue, self.unused_team = make_queue(self.far.team), make_team("Nieużywany")
        self.tag = Tag.objects.create(name="vip")
        CustomField.objects.create(key="dawne", label="Dawne", type="text", is_active=False)
        CustomField.objects.create(key="pietro", label="Piętro", type="text", position=1)

        server = {"queue": self.near.queue, "host": "127.0.0.1", "port": 1, "security": "plain"}
        self.mailbox = Mailbox.objects.create(name="read", username="desk", uidvalidity=1, **server)
        self.mailbox.password = "secret"
        self.mailbox.save()
        self.paused = Mailbox.objects.create(name="paused", username="desk", uidvalidity=1, is_active=False, **server)
        self.endpoint = Mailbox.objects.create(name="pushed", kind=Mailbox.Kind.PUSH, queue=self.near.queue)
        self.sender = MailSender.objects.create(name="first", **server)
        MailSender.objects.create(name="second", position=1, **server)

        self.macro = Macro.objects.create(name="Dla wszystkich", text="Dzień dobry", position=1)
        self.rules = [Rule.objects.create(name=name, trigger="opened", is_active=True) for name in ("a", "b")]
        for desk in (self.near, self.side, self.far):
            Macro.objects.create(name="Zespołu", text="Dzień dobry", team=desk.team, position=desk.team.pk + 1)
        for person in (
            *(self.person(each) for each in ("on duty", "agent", "mentor", "lead", "admin")),
            self.far.resident,
        ):
            self._change_many(person)
            self._save_views(person)
            self._help(person)
        for person in (*filter(lambda each: isinstance(each, User), self.people.values()), self.far.resident):
            self._keep_hours(person)

        tickets = (self.near.ticket, self.asked, self.held, self.side.ticket, self.far.ticket)
        for address in {str(ticket.requester.email) for ticket in tickets}:
            PausedAddress.objects.create(address=address, reason="user_unknown", paused_at=AT)

        advisor = make_colleague(name="Doradca")
        for ticket in tickets:
            desk = self.desk_of(ticket)
            words = {"text": f"Pytanie kolejki {ticket.queue_id}", "to": advisor, "at": AT - HOUR}
            asking.ask(ticket=ticket, by=fresh(desk.resident), **words)
            linking.link(ticket=ticket, other=desk.sibling, relation="related", by=desk.resident, at=AT)
            time = {"starts_at": AT + HOUR, "ends_at": AT + 2 * HOUR, "made_at": AT}
            Appointment.objects.create(ticket=ticket, person=ticket.requester, title="T", uid=str(ticket.pk), **time)

        for column, person in self.people.items():
            for told, ticket in ((person, self.own[column]), (self.far.resident, self.far.ticket)):
                if isinstance(told, User):
                    self._tell(told, ticket)
        self._tell(mentor, self.side.ticket)
        self._promise()

    def sign_everybody_in(self) -> None:
        """One session of each person, for all requests of a world that is there to stay."""
        for column, person in self.people.items():
            if isinstance(person, User):
                client = Client()
                client.force_login(person)
                self.sessions[column] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def _change_many(self, person: User) -> None:
        """A change of many that waits, and one that is done."""
        BulkChange.objects.create(by=person, at=AT, total=1).items.create(ticket=self.near.ticket)
        done = BulkChange.objects.create(by=person, at=AT, total=1, state=BulkChange.State.DONE)
        done.items.create(
            ticket=self.near.ticket, done_at=AT, before={"changed": {"priority": [[2], [3]]}, "version": 1}
        )

    def _save_views(self, person: User) -> None:
        """Two that the person keeps and one that was removed."""
        for name, removed_at in (("pierwszy", None), ("drugi", None), ("dawny", AT)):
            View.objects.create(name=name, query="is:unsolved", owner=person, removed_at=removed_at)

    def _help(self, person: User) -> None:
        """A favour of the person's, asked for by a requester in sight, who was asked to file it."""
        near = person.role in (Role.COLLEAGUE, Role.AGENT, Role.LEAD, Role.ADMIN) and person.pk != self.far.resident.pk
        desk = self.side if person == self.people["mentor"] else self.near if near else self.far
        asker = make_requester(name=f"Proszący kolejki {desk.queue.pk}", email=f"prosi-{person.pk}@k.example")
        walkups.log_walk_up(
            who=walkups.Asker(person=asker),
            what=f"Przysługa kolejki {desk.queue.pk}",
            minutes=5,
            outcome="asked_to_file",
            queue=desk.queue,
            at=AT - MINUTE,
            by=fresh(person),
            logged_at=AT,
            key=f"favour-{person.pk}",
        )

    def _plan_duties(self) -> None:
        """Of the near and the far team each: a round open for sign-up, one being planned, one that is published, with
        a duty of the person on duty."""
        self.duties: dict[str, dict[str, Any]] = {}
        start = (AT + 7 * 24 * HOUR).date()
        for name, desk in (("near", self.near), ("far", self.far)):
            lead = self.person("lead") if name == "near" else make_lead(desk.team)
            name_of = f"Dyżury zespołu {desk.team.pk}"
            programme = Programme.objects.create(team=desk.team, name=name_of, channels=["email"])
            programme.queues.set([desk.queue])
            Pattern.objects.create(programme=programme, name="Mon", first_weekday=0, starts=480, ends=960, seats=4)
            held: dict[str, Any] = {"programme": programme}
            for number, state in enumerate(("draft", "signup", "planning", "published")):
                day = start + timedelta(weeks=number)
                made = rounds.make_round(
                    programme=programme, starts_on=day, ends_on=day, signup_ends_at=AT + HOUR, rules="Z", by=lead, at=AT
                )
                for step in ("signup", "planning", "published")[:number]:
                    if step == "planning":
                        for person in (self.person("on duty"), self.person("off duty")):
                            told = {"channels": ["email"], "quota": 1, "has_read": 1}
                            signing_up.sign_up(of=made, wishes={}, by=person, at=AT, **told)
                    made = rounds.move_on(of=made, to=step, by=lead, at=AT)
                held[state] = made
            self.duties[name] = held
        shift = Shift.objects.get(round=self.duties["near"]["published"])
        told = {"shift": shift, "channels": ["email"], "by": self.person("lead"), "at": AT}
        for column in ("on duty", "off duty"):
            placing.propose(person=self.person(column), **told)

    def _keep_hours(self, person: User) -> None:
        """A week to come and an absence, and one of each that was taken back."""
        said = {"person": person, "zone": "Europe/Warsaw", "added_at": AT}
        for place, removed_at in enumerate((None, AT)):
            starts = AT + (3 + place) * 24 * HOUR
            day = (starts + 24 * HOUR).date()
            WorkingHours.objects.create(valid_from=day, removed_at=removed_at, **said)
            about = {"starts_at": starts, "ends_at": starts + HOUR, "kind": "other"}
            note = f"Powód: {'sprawa kolejki ' + str(self.far.queue.pk) if person == self.far.resident else 'własny'}"
            Absence.objects.create(removed_at=removed_at, note=note, **about, **said)

    def _promise(self) -> None:
        """Hours, and a change of them that waits for a decision. No ticket has clocks."""
        hours = {day: [("08:00", "16:00")] for day in range(5)}
        self.calendar = keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=hours, at=AT)
        targets = {2: {"resolution": 3600}}
        self.policies = [
            keeping.make_policy(
                name=name, conditions=f"tag:{name}", position=place, calendar=self.calendar, targets=targets, at=AT
            )
            for place, name in enumerate(("vip", "reszta"))
        ]
        values = keeping.values_of_calendar(self.calendar)
        self.edit = editing.propose(
            kind="calendar",
            target=self.calendar.pk,
            base=editing.fingerprint(values),
            proposed={**values, "zone": "UTC"},
            by=fresh(self.person("admin")),
            at=AT,
        )

    def _tell(self, person: User, ticket: Ticket) -> None:
        event = Event.objects.filter(ticket=ticket).earliest("id")
        told = {"kind": "assigned", "ticket": ticket, "created_at": AT}
        Notification.objects.get_or_create(person=person, event=event, defaults=told)

    def _submit(self, ticket: Ticket, author: User) -> Message:
        had = ticket.assignee_id
        message = make_reply(ticket, fresh(author), at=SEEN, text="Czeka na opiekuna.")
        if had is None:
            Ticket.objects.filter(pk=ticket.pk).exclude(pk=self.held.pk).update(assignee=None)
        return message

    def person(self, column: str) -> User:
        person = self.people[column]
        assert isinstance(person, User)
        return person

    def loaded(self, column: str) -> User | AnonymousUser:
        """As a new request would load them."""
        person = self.people[column]
        return fresh(person) if isinstance(person, User) else person

    def ticket(self, column: str, which: str) -> Ticket:
        """own: what the column's right reaches; foreign: another team's; team: that of the mentor's own team."""
        found = {"own": self.own[column], "foreign": self.far.ticket, "team": self.side.ticket}[which]
        return Ticket.objects.get(pk=found.pk)

    def desk_of(self, ticket: Ticket) -> Desk:
        return next(desk for desk in (self.near, self.side, self.far) if desk.team == ticket.queue.team)

    def review_on(self, ticket: Ticket, *, is_old: bool = False) -> Message:
        message = Message.objects.get(ticket=ticket, state=Message.State.AWAITING_REVIEW)
        if is_old:
            message.review_opens_at = AT
            message.save()
        return message

    def values(self, column: str, which: str) -> Values:
        return Values(self, column, which)

    def secrets_from(self, column: str, which: str) -> set[str]:
        """Words that no answer to this column may hold: of tickets outside, of notes, and masked contact data."""
        ticket = self.ticket(column, which)
        secrets = set()
        if column != "admin":
            secrets |= {f"kolejki {queue.pk}" for queue in (self.far.queue, self.far.second)}
            secrets.add(str(self.far.ticket.requester.email))
        if column in ("anonymous", "requester", "off duty"):
            secrets |= {f"Notatka kolejki {ticket.queue_id}", "Czeka na opiekuna."}
        if column in ("on duty", "mentor") and which == "own":
            secrets.add(str(ticket.requester.email))
        return secrets


class Values:
    """What stands for ``{name}`` in addresses and bodies of the matrix, looked up when it is asked for."""

    def __init__(self, world: World, column: str, which: str) -> None:
        self.world, self.column, self.which = world, column, which
        self.of_ticket = world.ticket(column, which)
        self.desk = world.desk_of(self.of_ticket)

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    @property
    def ticket(self) -> int:
        return self.of_ticket.pk

    @property
    def question(self) -> int:
        return Consultation.objects.get(ticket=self.of_ticket).pk

    @property
    def adviser(self) -> int:
        return Consulted.objects.get(ticket=self.of_ticket).person_id

    @property
    def let_go(self) -> None:
        """The adviser, so that they can be let back."""
        person = User.objects.get(pk=self.adviser)
        letting_go.let_go(ticket=self.of_ticket, person=person, by=fresh(self.world.person("admin")), at=AT)

    @property
    def sibling(self) -> int:
        return self.desk.sibling.pk

    @property
    def part(self) -> int:
        return self.desk.part.pk

    @property
    def former(self) -> int:
        return self.desk.former.pk

    @property
    def merged(self) -> int:
        return Merge.objects.get(source=self.desk.former).pk

    @property
    def link(self) -> int:
        return Link.objects.get(Q(ticket=self.of_ticket) | Q(other=self.of_ticket)).pk

    @property
    def appointment(self) -> int:
        return Appointment.objects.get(ticket=self.of_ticket).pk

    @property
    def chosen(self) -> list[int]:
        return [self.html_message]

    @property
    def asker(self) -> int:
        return self.of_ticket.requester_id

    @property
    def twin(self) -> int:
        return self.desk.sibling.requester_id

    @property
    def people_merged(self) -> int:
        return self.desk.people_merged.pk

    @property
    def merged_person(self) -> int:
        return self.desk.people_merged.person_id

    @property
    def team(self) -> int:
        return self.desk.team.pk

    @property
    def macro(self) -> int:
        return self.world.macro.pk

    @property
    def team_macro(self) -> int:
        return Macro.objects.get(team=self.desk.team).pk

    @property
    def rule(self) -> int:
        return self.world.rules[1].pk

    @property
    def resident(self) -> int:
        return self.desk.resident.pk

    @property
    def organisation(self) -> int:
        return self.world.organisations[0].pk

    @property
    def other_organisation(self) -> int:
        return self.world.organisations[1].pk

    @property
    def unused_queue(self) -> int:
        return self.world.unused_queue.pk

    @property
    def unused_team(self) -> int:
        return self.world.unused_team.pk

    @property
    def former_colleague(self) -> int:
        return User.objects.get(name="Dawna osoba").pk

    @property
    def used_field(self) -> int:
        return CustomField.objects.get(key="pietro").pk

    @property
    def retired_field(self) -> int:
        return CustomField.objects.get(key="dawne").pk

    @property
    def bulk(self) -> int:
        """The person's own change of many; the foreign one, and that of whoever has none, is somebody else's."""
        return self._bulk_in(BulkChange.State.WAITING)

    @property
    def done_bulk(self) -> int:
        return self._bulk_in(BulkChange.State.DONE)

    def _bulk_in(self, state: str) -> int:
        person = self.world.people[self.column]
        own = BulkChange.objects.filter(by=person, state=state) if isinstance(person, User) else None
        if self.which != "foreign" and own and own.exists():
            return own.get().pk
        return BulkChange.objects.get(by=self.world.far.resident, state=state).pk

    @property
    def view(self) -> int:
        """The person's own; the foreign one, and that of whoever has none, is somebody else's."""
        return self._view(is_removed=False)

    @property
    def removed_view(self) -> int:
        return self._view(is_removed=True)

    def _view(self, *, is_removed: bool) -> int:
        person = self.world.people[self.column]
        views = View.objects.filter(removed_at__isnull=not is_removed, team=None)
        own = views.filter(owner=person) if isinstance(person, User) else None
        if self.which != "foreign" and own and own.exists():
            return own.latest("id").pk
        return views.filter(owner=self.world.far.resident).latest("id").pk

    @property
    def walk_up(self) -> int:
        """The person's own favour; the foreign one, and that of whoever has none, is somebody else's."""
        return self._walk_up.pk

    @property
    def _walk_up(self) -> WalkUp:
        person = self.world.people[self.column]
        own = WalkUp.objects.filter(agent=person).first() if isinstance(person, User) else None
        return own if own and self.which != "foreign" else WalkUp.objects.get(agent=self.world.far.resident)

    @property
    def team_walk_up(self) -> int:
        """Somebody else's of the near team: the lead's of the agent, everybody else's of the lead."""
        helper = "agent" if self.column in ("lead", "admin") else "lead"
        return WalkUp.objects.get(agent=self.world.person(helper)).pk

    @property
    def keeper(self) -> int:
        """Whose hours: one's own, for leads and admins those of an agent of the near team; the foreign ones are of
        another team."""
        return self._keeper.pk

    @property
    def _keeper(self) -> User:
        person = self.world.people[self.column]
        if self.which == "foreign" or not isinstance(person, User):
            return self.world.far.resident
        return self.world.person("agent") if self.column in ("lead", "admin") else person

    @property
    def duties(self) -> dict[str, Any]:
        return self.world.duties["far" if self.which == "foreign" else "near"]

    @property
    def programme(self) -> int:
        return self.duties["programme"].pk

    @property
    def pattern(self) -> int:
        return Pattern.objects.get(programme=self.programme).pk

    @property
    def draft_round(self) -> int:
        return self.duties["draft"].pk

    @property
    def draft_round_choice(self) -> str:
        return f"round-{self.draft_round}"

    @property
    def programme_choice(self) -> str:
        return f"programme-{self.programme}"

    @property
    def feed(self) -> int:
        """A calendar of whoever is on duty, under an address that is always the same."""
        said = {"owner": self.world.person("on duty"), "kind": "own", "made_at": AT}
        token_sha256 = hashlib.sha256(self.feed_token.encode()).hexdigest()
        return Feed.objects.get_or_create(token_sha256=token_sha256, defaults=said)[0].pk

    feed_token = "x" * 43

    @property
    def answer_token(self) -> str:
        """Of the mail to whoever is on duty."""
        duty = Duty.objects.get(person=self.world.person("on duty"))
        return answer_links.url_for(duty.pk, duty.person_id).split("/")[-2]

    @property
    def join_token(self) -> str:
        return answer_links.round_url(self.open_round).split("/")[-2]

    @property
    def invited_round(self) -> int:
        """Open for sign-up; everybody who can have a turn is invited and has looked at it."""
        people = User.objects.filter(role="colleague", is_active=True)
        inviting.invite(of=self.duties["signup"], people=people, by=self.world.person("admin"), at=AT)
        Invitation.objects.filter(round=self.open_round).update(opened_at=AT, is_waiting=False)
        return self.open_round

    @property
    def invitation_token(self) -> str:
        """Of the mail to whoever is on duty."""
        return answer_links.invitation_url(self.invited_round, self.world.person("on duty").pk).split("/")[-2]

    @property
    def open_round(self) -> int:
        return self.duties["signup"].pk

    @property
    def signed_up_round(self) -> int:
        return self.duties["planning"].pk

    @property
    def published_round(self) -> int:
        return self.duties["published"].pk

    @property
    def round_that_is_over(self) -> int:
        self.duties["planning"].state = "reflecting"
        self.duties["planning"].save(update_fields=["state"])
        return self.signed_up_round

    @property
    def judged_round(self) -> int:
        Verdict.objects.get_or_create(round_id=self.round_that_is_over, defaults={"word": "stop", "said_at": AT})
        return self.signed_up_round

    @property
    def planned_shift(self) -> int:
        return Shift.objects.get(round=self.duties["planning"]).pk

    @property
    def open_shift(self) -> int:
        """A later one of the same round, on which nobody has a place."""
        return self._later_shift(60)

    def _later_shift(self, days: int) -> int:
        starts_at = AT + days * 24 * HOUR
        shifts = Shift.objects.filter(round=self.duties["published"])
        if made := shifts.filter(first_day=starts_at.date()).first():
            return made.pk
        shift = shifts.earliest("first_day")
        shift.pk = None
        shift.starts_at, shift.ends_at = starts_at, starts_at + HOUR
        shift.first_day = starts_at.date()
        shift.save()
        return shift.pk

    @property
    def volunteer(self) -> int:
        return self.world.person("off duty").pk

    @property
    def duty(self) -> int:
        """The person's own, or that of whoever is off duty; the foreign one is somebody else's."""
        person = self.world.people[self.column]
        is_own = self.which != "foreign" and self.column in ("on duty", "off duty")
        other = self.world.person("on duty" if self.column == "off duty" else "off duty")
        return Duty.objects.get(person=person if is_own else other).pk

    @property
    def confirmed_duty(self) -> int:
        duty = Duty.objects.get(pk=self.duty)
        placing.confirm(duty=duty, by=fresh(duty.person), at=AT)
        return duty.pk

    @property
    def left_duty(self) -> int:
        duty = Duty.objects.get(pk=self.confirmed_duty)
        leaving.withdraw(duty=duty, by=fresh(duty.person), at=AT)
        return duty.pk

    @property
    def running_duty(self) -> int:
        """Their first day has begun, by the books; nobody's rights hang on it here."""
        number = self.confirmed_duty
        Duty.objects.filter(pk=number).update(state=Duty.State.HANDING_OVER)
        return number

    @property
    def finding(self) -> int:
        said = {"duty_id": self.duty, "kind": "idea", "at": AT}
        return Finding.objects.get_or_create(text="Krótszy formularz", defaults=said)[0].pk

    @property
    def offer(self) -> int:
        """A ticket that the agent is asked to take over."""
        said = {"duty_id": self.duty, "ticket": self.world.near.ticket, "to": self.world.person("agent"), "at": AT}
        return HandedTicket.objects.get_or_create(step=HandedTicket.Step.OFFERED, defaults=said)[0].pk

    @cached_property
    def full_shift(self) -> int:
        return self._filled(61).shift_id

    def _filled(self, days: int) -> Duty:
        """One place on a shift that has no more."""
        shift = self._later_shift(days)
        Shift.objects.filter(pk=shift).update(capacity=1)
        return self._newcomer(shift)

    @cached_property
    def offered_seat(self) -> int:
        """A seat that the person is offered; the foreign one is somebody else's."""
        person = self.world.people[self.column]
        is_own = self.which == "own" and self.column in ("on duty", "off duty")
        duty = self._filled(62)
        who = fresh(person) if is_own and isinstance(person, User) else make_colleague()
        entry = waiting.wait(shift=duty.shift, channels=["email"], by=who, at=AT)
        leaving.withdraw(duty=duty, by=fresh(duty.person), at=AT)
        return entry.pk

    @property
    def days_of_duty(self) -> list[int]:
        return list(Duty.objects.get(pk=self.duty).days.values_list("pk", flat=True))

    @cached_property
    def wanted_cover(self) -> int:
        """Of somebody else, for everybody; the foreign one asks somebody else."""
        giver = self._newcomer()
        to = None if self.which == "own" else make_colleague()
        return self._asked(giver, kind="give", to=to).pk

    @cached_property
    def offered_cover(self) -> int:
        """A swap of the person's own that somebody has offered a duty for; the foreign one is of others."""
        duty = Duty.objects.get(pk=self.confirmed_duty)
        request = self._asked(duty, kind="swap")
        shift = Shift.objects.get(pk=self.open_shift)
        told = {"shift": shift, "channels": ["email"], "at": AT}
        self.offered_duty = placing.take_seat(by=make_colleague(), **told).pk
        offered = Duty.objects.get(pk=self.offered_duty)
        return covering.take_cover(request=request, offered=offered, by=offered.person, at=AT).pk

    offered_duty = 0

    @cached_property
    def applied_cover(self) -> int:
        duty = Duty.objects.get(pk=self.confirmed_duty)
        if duty.covers.exists():  # of another row that is looked at together with this one
            duty = self._newcomer()
        request = self._asked(duty, kind="give")
        return covering.take_cover(request=request, by=make_colleague(), at=AT).pk

    def _newcomer(self, number: int = 0) -> Duty:
        shift = Shift.objects.get(pk=number or self.open_shift)
        return placing.take_seat(shift=shift, channels=["email"], by=make_colleague(), at=AT)

    def _asked(self, duty: Duty, **told: Any) -> CoverRequest:
        days = list(duty.days.values_list("pk", flat=True))
        return covering.ask_cover(duty=duty, days=days, by=fresh(duty.person), at=AT, **told)

    @property
    def week(self) -> int:
        return WorkingHours.objects.get(person=self._keeper, removed_at=None).pk

    @property
    def removed_week(self) -> int:
        return WorkingHours.objects.get(person=self._keeper, removed_at__isnull=False).pk

    @property
    def absence(self) -> int:
        return Absence.objects.get(person=self._keeper, removed_at=None).pk

    @property
    def removed_absence(self) -> int:
        return Absence.objects.get(person=self._keeper, removed_at__isnull=False).pk

    @property
    def calendar(self) -> int:
        return self.world.calendar.pk

    @property
    def calendar_base(self) -> str:
        return editing.fingerprint(keeping.values_of_calendar(self.world.calendar))

    @property
    def policy(self) -> int:
        return self.world.policies[0].pk

    @property
    def policy_base(self) -> str:
        return editing.fingerprint(keeping.values_of_policy(self.world.policies[0]))

    @property
    def turned_order(self) -> list[int]:
        return [each.pk for each in reversed(self.world.policies)]

    @property
    def default_base(self) -> str:
        return editing.fingerprint(keeping.default_now(self.world.policies[0].pk))

    @property
    def other_order(self) -> str:
        return ",".join(str(each.pk) for each in reversed(self.world.policies))

    @property
    def order_base(self) -> str:
        return editing.fingerprint({"order": keeping.order_now()})

    @property
    def near_queue(self) -> int:
        return self.world.near.queue.pk

    @property
    def edit(self) -> int:
        return self.world.edit.pk

    @property
    def shown_helper(self) -> int:
        """Themselves: of others nobody has chosen to be shown."""
        person = self.world.people[self.column]
        return person.pk if isinstance(person, User) else 1

    @property
    def stop_token(self) -> str:
        """Of a mail to the agent; the foreign one is forged."""
        token = stop_links.url_for(self.world.person("agent").pk, "question").split("/")[-2]
        return token[:-3] + "AAA" if self.which == "foreign" else token

    @property
    def filing_token(self) -> str:
        """The link of a favour to file; the foreign one is forged."""
        person = self.world.people[self.column]
        own = WalkUp.objects.filter(agent=person).first() if isinstance(person, User) else None
        token = walkups.token_of(own or WalkUp.objects.get(agent=self.world.person("agent")))
        return token[:-3] + "AAA" if self.which == "foreign" else token

    @property
    def tag(self) -> int:
        return self.world.tag.pk

    @property
    def field(self) -> str:
        return "pietro"

    @property
    def public_file(self) -> int:
        return self._file_of(Message.Kind.PUBLIC)

    @property
    def internal_file(self) -> int:
        return self._file_of(Message.Kind.NOTE)

    def _file_of(self, kind: str) -> int:
        return self._file_named(kind, ".txt").pk

    def _file_named(self, kind: str, ending: str) -> Attachment:
        return Attachment.objects.get(message__ticket=self.of_ticket, message__kind=kind, name__endswith=ending)

    @property
    def attached_mail(self) -> int:
        return self._file_named(Message.Kind.PUBLIC, ".eml").pk

    @property
    def first_file(self) -> str:
        """Its place in the attached mail."""
        return "0"

    @property
    def picture(self) -> str:
        """The address of a picture made for the requester; the foreign one is forged."""
        file = self._file_named(Message.Kind.PUBLIC, ".png")
        token = signed_links.picture_token(file.pk, self.of_ticket.requester)
        return token[:-3] + "AAA" if self.which == "foreign" else token

    @property
    def html_message(self) -> int:
        return Message.objects.exclude(html="").get(ticket=self.of_ticket).pk

    @property
    def review(self) -> int:
        return self.world.review_on(self.of_ticket).pk

    @cached_property
    def leaving(self) -> int:
        """Somebody else's reply that can still be taken back."""
        return self._leaving(self.desk.resident)

    @cached_property
    def own_leaving(self) -> int:
        person = self.world.people[self.column]
        return self._leaving(person if isinstance(person, User) else self.desk.resident)

    def _leaving(self, author: User) -> int:
        row = {"author": author, "channel": "email", "text": "Już", "at": AT, "leaves_at": AT + MINUTE}
        return Message.objects.create(ticket=self.of_ticket, state=Message.State.LEAVING, **row).pk

    @property
    def token(self) -> str:
        """A signed link to the ticket; for the foreign one a forged one."""
        token = signed_links.token_for(self.of_ticket, self.of_ticket.requester)
        return token[:-3] + "AAA" if self.which == "foreign" else token

    @property
    def resident_name(self) -> str:
        return f"{self.desk.resident.name} <{self.desk.resident.email}>"

    @property
    def queue(self) -> int:
        return self.desk.queue.pk

    @property
    def second_queue(self) -> int:
        return self.desk.second.pk

    @property
    def far_queue(self) -> int:
        return self.world.far.second.pk

    @property
    def inbound(self) -> int:
        return self.world.quarantined.pk

    @property
    def outgoing(self) -> int:
        return self.world.dead.pk

    @property
    def mailbox(self) -> int:
        return self.world.mailbox.pk

    @property
    def paused_mailbox(self) -> int:
        return self.world.paused.pk

    @property
    def endpoint(self) -> int:
        return self.world.endpoint.pk

    @property
    def sender(self) -> int:
        return self.world.sender.pk

    @property
    def pause(self) -> int:
        return PausedAddress.objects.earliest("id").pk

    @property
    def notification(self) -> int:
        """The person's own, of their ticket; the foreign one is somebody else's."""
        person = self.world.people[self.column]
        if self.which == "foreign" or not isinstance(person, User):
            return self._first(self.world.far.resident)
        return self._first(person, ticket=self.of_ticket)

    def _first(self, person: User, **ticket: Ticket) -> int:
        return Notification.objects.filter(person=person, **ticket).earliest("id").pk


def our_tables(*, without: type[Model] | None = None) -> list[str]:
    ours = [each for each in apps.get_app_configs() if each.name in ("tickets", "rotations", "sla")]
    models = [model for app in ours for model in app.get_models(include_auto_created=True)]
    return [model._meta.db_table for model in models if model is not without]


def state_of_everything() -> tuple[str, ...]:
    """A digest of every row of every table of the product: what no refused request may change."""
    return state_of(our_tables())


def state_of(tables: list[str]) -> tuple[str, ...]:
    digest = "(select md5(string_agg(row::text, '' order by row::text)) from {} as row)"
    with connection.cursor() as cursor:
        cursor.execute("select " + ", ".join(digest.format(table) for table in tables))
        return tuple(cursor.fetchone())


def rows_written() -> dict[str, int]:
    """By table, how many rows this transaction has written so far, whatever it wrote. Cheap, where a digest is not."""
    with connection.cursor() as cursor:
        cursor.execute("select relname, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_xact_user_tables")
        return dict(cursor.fetchall())
