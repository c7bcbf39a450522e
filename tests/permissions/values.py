"""What stands for ``{name}`` in addresses and bodies of the matrix."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from tests.factories import (
    AT,
    MINUTE,
    fresh,
)
from tickets import signed_links, stop_links
from tickets.actions import letting_go, walkups
from tickets.models import (
    Appointment,
    Attachment,
    BulkChange,
    Consultation,
    Consulted,
    CustomField,
    Link,
    Macro,
    Merge,
    Message,
    Notification,
    PausedAddress,
    Ticket,
    User,
    View,
    WalkUp,
)

if TYPE_CHECKING:
    from tests.permissions.world import World
from tests.permissions.values_of_duties import OfDuties
from tests.permissions.values_of_promises import OfPromises


class Values(OfDuties, OfPromises):
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
