"""The small world on which every row of the matrix is tried: eight people, what is theirs, and what is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Model
from django.test import Client

from rotations.actions import placing, rounds, signing_up
from rotations.models import (
    Absence,
    Pattern,
    Programme,
    Qualification,
    Shift,
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
from tests.permissions.values import Values
from tickets.accounts import sessions  # noqa: F401  each sign-in is seen, and so not again by each request
from tickets.actions import asking, attaching, linking, merging, merging_people, splitting, walkups
from tickets.models import (
    Appointment,
    BulkChange,
    CustomField,
    Event,
    InboundMessage,
    Macro,
    Mailbox,
    MailSender,
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
            signed = {"person": make_colleague(), "channel": "phone", "signed_off_at": AT}
            held["qualification"] = Qualification.objects.create(**signed)
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
        return Ticket.objects.select_related("queue").get(pk=self._tickets_of(column)[which].pk)

    def _tickets_of(self, column: str) -> dict[str, Ticket]:
        return {"own": self.own[column], "foreign": self.far.ticket, "team": self.side.ticket}

    def desk_of(self, ticket: Ticket) -> Desk:
        return next(desk for desk in (self.near, self.side, self.far) if desk.team.pk == ticket.queue.team_id)

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
        ticket = self._tickets_of(column)[which]  # as the world was made, whatever the request has changed
        secrets = set()
        if column != "admin":
            secrets |= {f"kolejki {queue.pk}" for queue in (self.far.queue, self.far.second)}
            secrets.add(str(self.far.ticket.requester.email))
        if column in ("anonymous", "requester", "off duty"):
            secrets |= {f"Notatka kolejki {ticket.queue_id}", "Czeka na opiekuna."}
        if column in ("on duty", "mentor") and which == "own":
            secrets.add(str(ticket.requester.email))
        return secrets


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
