"""What a page costs: the statements of every list and of the ticket, whoever asks and whatever they hold.

Rows may be many, statements may not: each page is asked with 1, 3 and 50 rows, with empty caches and once more, by all
who may open it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import (
    AT,
    HOUR,
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
from tickets import signed_links
from tickets.actions import assigning, changing, facts, outgoing
from tickets.actions.attaching import File
from tickets.models import (
    Grant,
    InboundMessage,
    Mailbox,
    MailSender,
    Membership,
    Message,
    Notification,
    Outbox,
    PausedAddress,
    Priority,
    Queue,
    Status,
    Team,
    Ticket,
    User,
)

pytestmark = pytest.mark.django_db

ROWS = (1, 3, 50)
QUEUE_STATEMENTS = 8
TICKET_STATEMENTS = 10
"""The person and their session included."""
KEPT = 3
"""What pages keep for seconds, for everybody: the desks, the desk's own fields, macros, counts."""


@dataclass
class Desk:
    """Two queues of one team, and one person of each kind that works there."""

    team: Team = field(default_factory=lambda: make_team("Shop team"))
    shops: Queue = field(init=False)
    billing: Queue = field(init=False)
    agent: User = field(init=False)
    lead: User = field(init=False)
    admin: User = field(init=False)
    volunteer: User = field(init=False)
    mentor: User = field(init=False)
    requester: User = field(init=False)
    grant: Grant = field(init=False)
    made: int = 0

    def __post_init__(self) -> None:
        self.shops = make_queue(self.team, name="Shops", position=1, address="shops@bursztyn.example")
        self.billing = make_queue(self.team, name="Billing", position=2)
        self.agent, self.lead, self.admin = make_agent(self.team), make_lead(self.team), make_admin()
        self.volunteer = make_colleague()
        self.mentor = make_agent(make_team("Another team"))
        self.grant = make_grant(
            self.volunteer, self.shops, self.billing, mentors=[self.mentor], cap=1000, is_reviewed=True
        )
        self.requester = make_requester(organisation=make_organisation(), phone="+48 601 234 567")
        facts.store_presence(self.agent, [(AT - HOUR, AT + 8 * HOUR)], after=AT - HOUR)

    @property
    def workers(self) -> dict[str, User]:
        return {
            "agent": self.agent,
            "colleague on a grant": self.volunteer,
            "mentor": self.mentor,
            "lead": self.lead,
            "admin": self.admin,
        }

    def ticket(self, *, requester: User | None = None, **fields: Any) -> Ticket:
        """The next ticket: other people and organisations, other states, promises and priorities in turn.

        In the volunteer's hands, so that the mentor sees it as well.
        """
        self.made += 1
        number = self.made
        requester = requester or make_requester(organisation=make_organisation())
        fields = {"priority": (Priority.NORMAL, Priority.HIGH, Priority.URGENT)[number % 3]} | fields
        queue = (self.shops, self.billing)[number % 2]
        ticket = make_ticket(queue, requester=requester, assignee=self.volunteer, **fields)
        due = AT + timedelta(minutes=37 * (number % 20) - 90)
        facts.store_promise(
            ticket.pk, due_at=due, sla_state="running", sla_metric="first_response", sla_since=AT - HOUR,
            sla_target_s=7200,
        )  # fmt: skip
        return ticket


@pytest.fixture
def desk(clock: Any) -> Desk:
    cache.clear()  # what is kept for seconds, another test's queues among it
    return Desk()


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@dataclass(frozen=True)
class Cost:
    """Statements of a page with nothing in the caches, and of the next request, within seconds: the usual one."""

    cold: int
    warm: int


def cost(url: str, person: User | None, *, status: int = 200) -> Cost:
    client = Client() if person is None else signed_in(person)
    client.get(reverse("healthz"))  # the first request of a session has it listed among the person's
    cache.clear()
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url)
        assert response.status_code == status, f"{url} answered {response.status_code} to {person}"
        counts.append(len(captured))
    return Cost(*counts)


def counted(make: Callable[[int], object], pages: dict[str, tuple[str, User | None]]) -> dict[str, list[Cost]]:
    """Costs of each page with 1, 3 and 50 rows; ``make(n)`` makes the n-th row."""
    counts: dict[str, list[Cost]] = {name: [] for name in pages}
    number = 0
    for rows in ROWS:
        while number < rows:
            number += 1
            make(number)
        for name, (url, person) in pages.items():
            counts[name].append(cost(url, person))
    return counts


def uneven(counts: dict[str, list[Cost]]) -> dict[str, list[Cost]]:
    return {name: each for name, each in counts.items() if len(set(each)) > 1}


def over(counts: dict[str, list[Cost]], limit: int) -> dict[str, list[Cost]]:
    """Whatever costs more than ``limit`` usually, or ``KEPT`` more than that with nothing kept."""
    return {
        name: each
        for name, each in counts.items()
        if max(one.warm for one in each) > limit or max(one.cold for one in each) > limit + KEPT
    }


# Lists


def test_the_queue_runs_the_same_few_statements_for_any_number_of_rows(desk):
    url, first = reverse("queue"), make_ticket().pk + 1
    pages = {name: (url, person) for name, person in desk.workers.items()}
    pages |= {
        f"agent, {query}": (f"{url}?{query}", desk.agent)
        for query in ("view=at_risk", f"queue={desk.shops.pk}&channel=email&assignee=nobody", "priority=4&status=open")
    }

    pages |= {
        "news": (f"{reverse('news')}?newest=1", desk.agent),
        "changed rows": (f"{reverse('rows')}?numbers={','.join(map(str, range(first, first + 50)))}", desk.agent),
        "sidebar": (f"{reverse('nav')}?path={url}", desk.agent),
    }

    counts = counted(lambda number: desk.ticket(), pages)

    assert uneven(counts) == {}
    assert over(counts, QUEUE_STATEMENTS) == {}


def test_there_was_something_in_the_queue_to_count(desk):
    ticket = desk.ticket()

    for person in desk.workers.values():
        assert f"#{ticket.pk}" in signed_in(person).get(reverse("queue")).content.decode()


def test_solved_tickets_and_further_pages_cost_the_same(desk):
    def solved(number: int) -> None:
        changing.change_status(ticket=desk.ticket(), to=Status.SOLVED, by=desk.admin, at=AT + timedelta(minutes=number))

    url = f"{reverse('queue')}?view=solved"
    counts = counted(solved, {"agent": (url, desk.agent), "mentor": (url, desk.mentor), "admin": (url, desk.admin)})
    solved(51)
    more = signed_in(desk.agent).get(url).context["more_url"]

    assert uneven(counts) == {}
    assert over(counts, QUEUE_STATEMENTS) == {}
    assert cost(reverse("queue") + more, desk.agent).warm <= QUEUE_STATEMENTS


def test_many_queues_and_people_in_the_filters_cost_no_statement(desk):
    def bigger(number: int) -> None:
        queue = make_queue(desk.team)
        make_agent(desk.team)
        desk.grant.queues.add(queue)

    ticket = desk.ticket()
    pages = {f"queue, {name}": (reverse("queue"), person) for name, person in desk.workers.items()}
    pages |= {f"ticket, {name}": (ticket.get_absolute_url(), person) for name, person in desk.workers.items()}
    pages |= {
        "new, agent": (reverse("new_ticket"), desk.agent),
        "new, volunteer": (reverse("new_ticket"), desk.volunteer),
    }
    counts = counted(bigger, pages)

    assert uneven(counts) == {}
    assert over(counts, TICKET_STATEMENTS) == {}


def test_notifications_cost_the_same_for_any_number(desk):
    def notified(number: int) -> None:
        ticket = make_ticket(desk.shops)
        assigning.assign(ticket=ticket, to=desk.agent, by=desk.lead, at=AT)

    url = reverse("notifications")

    assert uneven(counted(notified, {"agent": (url, desk.agent)})) == {}
    assert Notification.objects.filter(person=desk.agent).count() == ROWS[-1]


def test_mail_failures_cost_the_same_for_any_number(desk):
    mailbox = Mailbox(name="all", queue=desk.shops, host="127.0.0.1", port=1, security="plain", username="desk")
    mailbox.password = "secret"
    mailbox.save()

    def failed(number: int) -> None:
        InboundMessage.objects.create(
            mailbox=mailbox, sha256=f"{number:064}", raw=b"?", size=1, received_at=AT, state="quarantined", reason="?"
        )
        ticket = desk.ticket()
        make_reply(ticket, desk.admin, at=AT)
        outgoing.give_up(mail=Outbox.objects.get(ticket=ticket), reason="550 no such user", at=AT)

    assert uneven(counted(failed, {"admin": (reverse("mail_failures"), desk.admin)})) == {}


def test_mail_pages_cost_the_same_for_any_number(desk):
    def one_more(number: int) -> None:
        server = {"host": "mail.example", "username": "desk", "queue": desk.shops}
        Mailbox.objects.create(name=f"Box {number}", last_fetch_at=AT, uidvalidity=1, **server)
        MailSender.objects.create(name=f"Sender {number}", position=number, **server)
        make_queue(desk.team, address=f"queue-{number}@bursztyn.example")
        message = make_reply(desk.ticket(), desk.admin, at=AT)
        facts = {"reason": "user_unknown", "paused_at": AT, "message": message}
        PausedAddress.objects.create(address=f"person-{number}@sklep.example", **facts)
        PausedAddress.objects.create(
            address=f"person-{number}@firma.example", cleared_at=AT, cleared_by=desk.admin, **facts
        )

    addresses = reverse("paused_addresses")
    pages = {name: (reverse(name), desk.admin) for name in ("mailboxes", "senders", "paused_addresses")}

    counts = counted(one_more, {**pages, "pauses over": (f"{addresses}?ended", desk.admin)})

    assert uneven(counts) == {}


def test_a_requesters_own_list_costs_the_same_for_any_number(desk):
    counts = counted(
        lambda number: desk.ticket(requester=desk.requester), {"requester": (reverse("own_cases"), desk.requester)}
    )

    assert uneven(counts) == {}
    assert over(counts, QUEUE_STATEMENTS) == {}


ADMINISTERED = {
    "user": lambda number: make_user_in_a_team(),
    "team": lambda number: make_team(),
    "organisation": lambda number: make_organisation(),
    "queue": lambda number: make_queue(address=f"queue-{number}@bursztyn.example"),
}


def make_user_in_a_team() -> None:
    person = make_agent(make_team(), organisation=make_organisation())
    Membership.objects.create(user=person, team=make_team())


@pytest.mark.parametrize("model", ADMINISTERED)
def test_lists_of_the_administration_cost_the_same_for_any_number(desk, model):
    url = reverse(f"admin:tickets_{model}_changelist")

    assert uneven(counted(ADMINISTERED[model], {model: (url, desk.admin)})) == {}


# One ticket


def came_by_mail(message: Message) -> InboundMessage:
    facts = {"state": "accepted", "why": "written to shops@bursztyn.example", "received_at": AT, "size": 1}
    return InboundMessage.objects.create(sha256=f"{message.pk:064}", raw=b"?", message=message, **facts)


def test_the_ticket_page_runs_the_same_few_statements_for_any_number_of_messages(desk):
    ticket = desk.ticket(requester=desk.requester)
    file = File(name="obraz.png", content=b"\x89PNG\r\n\x1a\n", content_type="image/png")
    happenings: list[Callable[[Any], object]] = [
        lambda at: make_requester_message(ticket, at=at, attachments=[file]),
        lambda at: make_reply(ticket, make_agent(desk.team), at=at),
        lambda at: came_by_mail(make_requester_message(ticket, at=at)),
        lambda at: make_note(ticket, make_agent(desk.team), at=at),
        lambda at: make_reply(ticket, desk.volunteer, at=at, text="A mentor reads this first."),
        lambda at: assigning.assign(ticket=ticket, to=make_agent(desk.team), by=desk.lead, at=at),
        lambda at: assigning.assign(ticket=ticket, to=desk.volunteer, by=desk.lead, at=at),
        lambda at: desk.ticket(requester=desk.requester),  # one more in the person's history
    ]

    def happened(number: int) -> None:
        """Everything once, then one after the other."""
        for happen in happenings if number == 1 else [happenings[number % len(happenings)]]:
            happen(AT + timedelta(minutes=number))

    pages = {f"page, {name}": (ticket.get_absolute_url(), person) for name, person in desk.workers.items()}
    pages |= {f"preview, {name}": (reverse("preview", args=[ticket.pk]), p) for name, p in desk.workers.items()}
    pages |= {
        "news": (f"{reverse('ticket_news', args=[ticket.pk])}?newest=0", desk.agent),
        "news shown": (f"{reverse('ticket_news', args=[ticket.pk])}?show", desk.agent),
    }
    cases = {
        "own case": (reverse("own_case", args=[ticket.pk]), desk.requester),
        "by link": (f"/r/{signed_links.token_for(ticket, desk.requester)}/", None),
        "solve by link": (f"/r/{signed_links.token_for(ticket, desk.requester)}/solved/", None),
    }
    counts = counted(happened, pages | cases)

    assert uneven(counts) == {}
    assert over(counts, TICKET_STATEMENTS) == {}
