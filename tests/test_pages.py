"""What holds for every page: the statements a list costs, how long it may be, and who gets at the POST routes at all.

Rows may be many, statements may not: each page is asked with 1, 3 and 50 rows and empty caches, by all who may open it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
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
from tickets import signed_links, urls
from tickets.actions import assigning, changing, facts, outgoing
from tickets.actions.attaching import File
from tickets.models import (
    Grant,
    InboundMessage,
    Mailbox,
    Membership,
    Message,
    Notification,
    Outbox,
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


def statements(url: str, person: User | None, *, status: int = 200) -> int:
    """How many statements the page runs with nothing in the caches."""
    client = Client() if person is None else signed_in(person)
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == status, f"{url} answered {response.status_code} to {person}"
    return len(captured)


def counted(make: Callable[[int], object], pages: dict[str, tuple[str, User | None]]) -> dict[str, list[int]]:
    """Statements of each page with 1, 3 and 50 rows; ``make(n)`` makes the n-th row."""
    counts: dict[str, list[int]] = {name: [] for name in pages}
    number = 0
    for rows in ROWS:
        while number < rows:
            number += 1
            make(number)
        for name, (url, person) in pages.items():
            counts[name].append(statements(url, person))
    return counts


def uneven(counts: dict[str, list[int]]) -> dict[str, list[int]]:
    return {name: each for name, each in counts.items() if len(set(each)) > 1}


def over(counts: dict[str, list[int]], limit: int) -> dict[str, list[int]]:
    return {name: each for name, each in counts.items() if max(each) > limit}


# Lists


def test_the_queue_runs_the_same_few_statements_for_any_number_of_rows(desk):
    url = reverse("queue")
    pages = {name: (url, person) for name, person in desk.workers.items()}
    pages |= {
        f"agent, {query}": (f"{url}?{query}", desk.agent)
        for query in ("view=at_risk", f"queue={desk.shops.pk}&channel=email&assignee=nobody", "priority=4&status=open")
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
    assert statements(reverse("queue") + more, desk.agent) <= QUEUE_STATEMENTS


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


def test_the_ticket_page_runs_the_same_few_statements_for_any_number_of_messages(desk):
    ticket = desk.ticket(requester=desk.requester)
    file = File(name="obraz.png", content=b"\x89PNG\r\n\x1a\n", content_type="image/png")
    happenings: list[Callable[[Any], object]] = [
        lambda at: make_requester_message(ticket, at=at, attachments=[file]),
        lambda at: make_reply(ticket, make_agent(desk.team), at=at),
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
    cases = {
        "own case": (reverse("own_case", args=[ticket.pk]), desk.requester),
        "by link": (f"/r/{signed_links.token_for(ticket, desk.requester)}/", None),
        "solve by link": (f"/r/{signed_links.token_for(ticket, desk.requester)}/solved/", None),
    }
    counts = counted(happened, pages | cases)

    assert uneven(counts) == {}
    assert over(counts, TICKET_STATEMENTS) == {}


# The routes that change something

POSTS: dict[str, Callable[[Desk], list[Any]]] = {
    "take_next": lambda desk: [],
    "reply": lambda desk: [waiting_ticket(desk).pk],
    "note": lambda desk: [waiting_ticket(desk).pk],
    "draft": lambda desk: [waiting_ticket(desk).pk],
    "take": lambda desk: [waiting_ticket(desk).pk],
    "assign": lambda desk: [waiting_ticket(desk).pk],
    "change_status": lambda desk: [waiting_ticket(desk).pk],
    "change_priority": lambda desk: [waiting_ticket(desk).pk],
    "change_queue": lambda desk: [waiting_ticket(desk).pk],
    "approve": lambda desk: [reply_in_review(desk).pk],
    "return_reply": lambda desk: [reply_in_review(desk).pk],
    "open_notification": lambda desk: [notification_of(desk.admin, desk).pk],
    "read_all": lambda desk: [],
    "read_again": lambda desk: [quarantined().pk],
    "dismiss_inbound": lambda desk: [quarantined().pk],
    "send_again": lambda desk: [dead_letter().pk],
    "dismiss_outgoing": lambda desk: [dead_letter().pk],
    "own_answer": lambda desk: [make_ticket(desk.shops, requester=desk.admin).pk],
    "signed_answer": lambda desk: [signed_links.token_for(make_ticket(desk.shops), desk.admin)],
}
"""Every route that only takes POST, and the arguments of something that the admin may change by it."""

GETS = {
    "home", "settings", "queue", "news", "rows", "nav", "new_ticket", "ticket", "ticket_news", "preview",
    "message_html", "attachment", "notifications", "mail_failures", "raw_mail",
    "signed_case", "signed_solve", "signed_file", "own_cases", "own_case", "own_solve", "own_file",
}  # fmt: skip
"""Routes that can be read."""

WITHOUT_SIGNING_IN = {"signed_case", "signed_answer", "signed_solve", "signed_file"}
FOR_EVERYBODY_SIGNED_IN = {"take_next", "read_all"}


def waiting_ticket(desk: Desk) -> Ticket:
    return make_ticket(desk.shops)


def reply_in_review(desk: Desk) -> Message:
    return make_reply(make_ticket(desk.shops, assignee=desk.volunteer), desk.volunteer, at=AT)


def notification_of(person: User, desk: Desk) -> Notification:
    assigning.assign(ticket=make_ticket(desk.shops), to=person, by=desk.lead, at=AT)
    return Notification.objects.get(person=person)


def quarantined() -> InboundMessage:
    return InboundMessage.objects.create(sha256="0" * 64, raw=b"?", size=1, received_at=AT, state="quarantined")


def dead_letter() -> Outbox:
    mail = outgoing.send_account_mail(address="jan@sklep.example", subject="Hi", text="x", html="", at=AT)
    return outgoing.give_up(mail=mail, reason="550", at=AT)


def address(name: str, desk: Desk) -> str:
    return reverse(name, args=POSTS[name](desk))


def names(patterns: Iterable[Any]) -> set[str]:
    return {pattern.name for pattern in patterns}


def test_this_file_knows_every_route():
    assert names(urls.urlpatterns) == GETS | set(POSTS)
    assert GETS & set(POSTS) == set()


@pytest.mark.parametrize("name", POSTS)
def test_what_changes_something_is_no_page_to_look_at(desk, name):
    url = address(name, desk)

    response = signed_in(desk.admin).get(url)

    assert response.status_code == 405
    assert response["Allow"] == "POST"


@pytest.mark.parametrize("name", sorted(GETS | set(POSTS)))
def test_nobody_passes_without_signing_in(desk, name):
    if name in WITHOUT_SIGNING_IN:
        return
    given = POSTS[name](desk) if name in POSTS else [1] * _arguments_of(name)
    url = reverse(name, args=given)

    response = Client().post(url) if name in POSTS else Client().get(url)

    assert response.status_code == 302
    assert response["Location"] == f"{reverse(settings.LOGIN_URL)}?next={url}"


def _arguments_of(name: str) -> int:
    return len(next(pattern for pattern in urls.urlpatterns if pattern.name == name).pattern.converters)


@pytest.mark.parametrize("name", sorted(set(POSTS) - WITHOUT_SIGNING_IN - FOR_EVERYBODY_SIGNED_IN))
def test_strangers_find_nothing_there(desk, name):
    url = address(name, desk)
    strangers = [make_agent(make_team()), make_lead(make_team()), make_colleague(), make_requester()]

    answers = {
        person.role: signed_in(person).post(url, {"text": "x", "comment": "x"}).status_code for person in strangers
    }

    assert answers == dict.fromkeys(answers, 404)


@pytest.mark.parametrize("name", ["read_again", "dismiss_inbound", "send_again", "dismiss_outgoing"])
def test_mail_is_managed_by_administrators_alone(desk, name):
    url = address(name, desk)

    answers = {name: signed_in(person).post(url).status_code for name, person in desk.workers.items()}

    assert answers.pop("admin") == 302
    assert answers == dict.fromkeys(answers, 404)


REFUSED_TO_VOLUNTEERS: dict[str, Callable[[Desk], dict[str, Any]]] = {
    "assign": lambda desk: {"assignee": desk.agent.pk},
    "change_queue": lambda desk: {"queue": desk.billing.pk},
    "approve": lambda desk: {"text": "So be it."},
    "return_reply": lambda desk: {"comment": "Kinder, please."},
}


@pytest.mark.parametrize("name", REFUSED_TO_VOLUNTEERS)
def test_a_volunteer_is_refused_what_only_the_team_may_do(desk, name):
    url, values = address(name, desk), REFUSED_TO_VOLUNTEERS[name](desk)

    assert signed_in(desk.volunteer).post(url, values).status_code == 403
    assert signed_in(desk.lead).post(url, values).status_code == 302


REFUSED_TO_MENTORS: dict[str, dict[str, Any]] = {
    "reply": {"text": "I answer for you."},
    "change_status": {"status": "solved"},
    "change_priority": {"priority": 4},
}


@pytest.mark.parametrize("name", REFUSED_TO_MENTORS)
def test_a_mentor_does_not_serve_the_mentees_tickets(desk, name):
    ticket = make_ticket(desk.shops, assignee=desk.volunteer)
    url, values = reverse(name, args=[ticket.pk]), REFUSED_TO_MENTORS[name]

    assert signed_in(desk.mentor).post(url, values).status_code == 403
    assert signed_in(desk.agent).post(url, values).status_code == 302


def test_nobody_without_a_desk_takes_the_next_one(desk):
    ticket = waiting_ticket(desk)

    for person in (make_requester(), make_colleague()):
        signed_in(person).post(reverse("take_next"))

    ticket.refresh_from_db()
    assert ticket.assignee is None
