"""What pages, searches and counts cost, for the first agent, who works every queue, a lead and a requester."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from bench.measuring import NO_LIMIT, Budget, Row, expect, measured

AGENT = "agnieszka.wrona@bursztyn.example"
LEAD = "barbara.majewska@bursztyn.example"
QUEUE, TICKET = Budget(cpu_ms=15, statements=8), Budget(cpu_ms=15, statements=10)
COMMON, RARE = Budget(cpu_ms=15), Budget(cpu_ms=10)


@dataclass(frozen=True)
class Work:
    """One piece of reading and the part of a page that shows that it was done."""

    name: str
    call: Callable[[], None]
    budget: Budget = NO_LIMIT
    keeps_nothing: bool = False


def calibration(rounds: int) -> list[Row]:
    from django.db import connection
    from django.test import Client

    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_ENCODING="gzip")

    def select_one() -> None:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
            assert cursor.fetchone() == (1,)

    return [
        measured("calibration: bare view", lambda: expect(client.get("/healthz"), b"ok"), rounds * 5),
        measured("calibration: SELECT 1", select_one, rounds * 20),
    ]


def rows(rounds: int) -> list[Row]:
    return [measured(work.name, work.call, rounds, work.budget, keeps_nothing=work.keeps_nothing) for work in works()]


def works() -> list[Work]:
    """Everything that is read, each as a call that checks its answer."""
    from django.test import Client

    from helpdesk.lib import clock
    from sla.actions import looking_ahead, tallying
    from tickets.models import Ticket, User
    from tickets.queries import sidebar

    agent = User.objects.get(email=AGENT)
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_ENCODING="gzip")
    client.force_login(agent)
    own = Client(HTTP_HOST="localhost", HTTP_ACCEPT_ENCODING="gzip")
    own.force_login(User.objects.filter(role="requester", requests__isnull=False).order_by("pk")[0])
    # As the scheduled tasks keep them.
    looking_ahead.look_ahead(at=clock.now())
    tallying.count_all(at=clock.now())
    lead = Client(HTTP_HOST="localhost", HTTP_ACCEPT_ENCODING="gzip")
    lead.force_login(User.objects.get(email=LEAD))
    worked = Ticket.objects.worked_by(agent, clock.now())
    ticket = worked.unsolved().filter(messages__kind="note").in_work_order()[0]
    subject = ticket.subject.split("&")[0].split("'")[0].split('"')[0].encode()[:12]

    def page(path: str, *parts: bytes, by: Client = client) -> Callable[[], None]:
        return lambda: expect(by.get(path), *parts)

    def found(query: str) -> Callable[[], None]:
        return page(f"/search/?{urlencode({'q': query})}", b'class="row')

    def unwritten() -> None:
        """As it is an hour after the last of the tasks."""
        with clock.moved_to(an_hour_later):
            expect(lead.get("/dashboard/"), b"<svg")

    an_hour_later = clock.now() + timedelta(hours=1)

    def counted() -> None:
        assert sidebar.counts(agent, clock.now()).all > 0

    searches = [
        Work(f"search, {name}: {query}", found(query), budget)
        for name, query, budget in (
            ("common word", "faktura", COMMON),
            ("rare word", rare_word(), RARE),
            ("two common words", "faktura klient", COMMON),
            ("phrase", '"nie działa"', COMMON),
            ("a word and properties", "status:open faktura queue:billing", COMMON),
            ("a property of texts", "has:attachment", COMMON),
            ("a tag", "tag:zwrot is:unsolved", COMMON),
        )
    ]
    return [
        Work("queue page, 50 rows", page("/queue/", b'class="row'), QUEUE),
        Work("queue page, the next", page(next_page(client, "/queue/"), b'class="row'), QUEUE),
        Work("queue page, about to breach", page("/queue/?view=at_risk", b'class="row'), QUEUE),
        Work("queue page, solved", page("/queue/?view=solved", b'class="row'), QUEUE),
        Work("counts of views, none kept", counted, keeps_nothing=True),
        Work("ticket page", page(f"/tickets/{ticket.pk}/", subject), TICKET),
        *searches,
        Work("search that finds nothing", page("/search/?q=zzyzxqq", b"<form"), COMMON),
        Work("dashboard, a lead", page("/dashboard/", b"<svg", by=lead), Budget(cpu_ms=15)),
        Work("dashboard, tasks dead for an hour", unwritten, Budget(cpu_ms=15)),
        Work("dashboard, the same, first in a minute", unwritten, keeps_nothing=True),
        Work("own requests, a requester", page("/requests/", b"<a", by=own), Budget(cpu_ms=15)),
    ]


def next_page(client: Any, path: str) -> str:
    import gzip
    import html
    import re

    content = gzip.decompress(client.get(path).content).decode()
    found = re.search(r'[?&]cursor=[^"&]+', html.unescape(content))
    assert found, f"{path} has no next page"
    return f"{path}?{found[0].lstrip('?&')}"


def rare_word() -> str:
    """The number of a parcel that one ticket speaks of."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            r"select substring(text from '\m6\d{9}\M') from tickets_message "
            r"where id > (select max(id) / 2 from tickets_message) and text ~ '\m6\d{9}\M' order by id limit 1"
        )
        return str(cursor.fetchone()[0])
