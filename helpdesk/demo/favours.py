"""Favours of the last weeks: who came to whose desk, how long it took, and how full the queues were meanwhile."""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from helpdesk.demo import hours
from helpdesk.demo.copying import copy
from helpdesk.demo.hours import NOW, utc
from helpdesk.demo.people import Cast, Person
from helpdesk.demo.rows import FIRST_NUMBER
from helpdesk.demo.story import Story
from helpdesk.demo.telling import NUMBER_OF, QUEUES
from tickets.actions.walkups import token_of
from tickets.models import DueState, QueueSnapshot, Status, User, WalkUp
from tickets.models.ticket import AT_RISK

SHARE_OF_SOLVED = 34
"""One of so many solved tickets is a favour for a colleague, besides those of the IT team."""
LENGTHS = (2, 3, 3, 5, 5, 5, 5, 8, 10, 10, 10, 12, 15, 15, 20, 25, 30, 45)
SNAPSHOT_WEEKS = 5
SHOWING = ("Agnieszka Wrona", "Zofia Maj")
"""Who shows their favours by name."""

# Queue, departments that ask, and what for: the subject, then what the helper wrote down.
ASKED = (
    ("billing", "sprzedaż", "Rabat 10 % dla stałego klienta", "Dopisany do abonamentu, korekta wyjdzie w nocy."),
    ("billing", "sprzedaż", "Czy klient zapłacił za luty", "Sprawdzone od ręki, zapłacił w piątek."),
    ("billing", "sprzedaż", "Faktura na inną firmę", "Wystawiona korekta, druga faktura wysłana."),
    ("billing", "finanse", "Zestawienie zaległych wpłat", "Wyciągnięte z systemu i wydrukowane."),
    ("billing", "finanse", "Duplikat faktury dla audytu", "Znaleziony w archiwum, wydrukowany."),
    ("billing", "finanse", "Zwrot za prowizję, podwójnie pobrana", "Zwrot zlecony, potwierdzenie u Haliny."),
    ("billing", "marketing", "Kod rabatowy na targi", "Założony, ważny do końca miesiąca."),
    ("billing", "kadry", "Numer konta do składki", "Podany, zapisany w notatce."),
    ("shops", "marketing", "Baner na stronie głównej", "Wgrany i przycięty, na telefonie też się mieści."),
    ("shops", "marketing", "Ile sklepów ma włączone BLIK", "Policzone: raport leży na wspólnym dysku."),
    ("shops", "marketing", "Sklep pokazowy dla nowego klienta", "Założony z szablonu, hasło przekazane."),
    ("shops", "marketing", "Podmiana zdjęć w szablonie", "Podmienione razem przy biurku."),
    ("shops", "sprzedaż", "Pokaż klientowi import produktów", "Pokazane przez telefon na głośnomówiącym."),
    ("shops", "sprzedaż", "Domena nowego klienta nie działa", "Wpis w DNS poprawiony, ruszy za godzinę."),
    ("shops", "sprzedaż", "Licznik odwiedzin do oferty", "Wyciągnięty i przesłany na czacie."),
    ("shops", "programiści", "Test koszyka na starym telefonie", "Przeklikane na służbowym, błąd w zgłoszeniu."),
    ("deliveries", "magazyn", "Etykiety drukują się na A4", "Ustawiony format A6, próbny wydruk dobry."),
    ("deliveries", "magazyn", "Paczka bez numeru listu", "Numer dopisany, kurier odebrał."),
    ("deliveries", "magazyn", "Skaner nie łączy się z terminalem", "Sparowany na nowo."),
    ("deliveries", "magazyn", "Gdzie jest paczka dla klienta z Ełku", "W sortowni, klient dostał wiadomość."),
    ("deliveries", "sprzedaż", "Kurier na dziś dla ważnego klienta", "Zamówiony na 15:00."),
    ("accounts", "sprzedaż", "Klient nie pamięta hasła", "Link wysłany, klient zalogowany przy telefonie."),
    ("accounts", "sprzedaż", "Drugi użytkownik w sklepie klienta", "Dodany z prawem do zamówień."),
    ("accounts", "marketing", "Dostęp do konta testowego", "Nadany do piątku."),
    ("accounts", "finanse", "Zablokowane konto w panelu", "Odblokowane, nowe hasło ustawione."),
    ("shops", "marketing", "Check the English product page", "Read it together, two words changed."),
    ("deliveries", "magazyn", "Customs form for a parcel to Norway", "Filled in together."),
)

TO_FILE = (
    ("internal_it", "sprzedaż", "Nowy laptop dla stażystki"),
    ("internal_it", "marketing", "Drugi monitor"),
    ("internal_it", "finanse", "Drukarka miesza strony"),
    ("billing", "sprzedaż", "Inna stawka VAT u trzech klientów"),
    ("shops", "marketing", "Nowy układ strony z promocjami"),
    ("deliveries", "magazyn", "Umowa z drugim kurierem w panelu"),
)


def tell(cast: Cast, *, solved: int, seed: int) -> list[Story]:
    """Favours for colleagues that other teams than IT did on the spot. Of chance of its own."""
    rng = random.Random(f"favours {seed}")
    arrivals = hours.Arrivals(hours.BEGINNING + timedelta(hours=8), NOW - timedelta(hours=1))
    stories: list[Story] = []
    while len(stories) < solved // SHARE_OF_SOLVED:
        at = arrivals.draw(rng)
        # Word gets round that one only has to ask: there are more of them every week.
        if not hours.is_open(at) or rng.random() > 0.45 + 0.55 * (at - hours.BEGINNING) / (NOW - hours.BEGINNING):
            continue
        slug, department, subject, text = rng.choice(ASKED)
        requester = rng.choice(_of(cast, department))
        agent = _helper(cast, slug, rng)
        story = Story(requester=requester, queue=NUMBER_OF[slug], channel="walk_up", subject=subject, opened_at=at)
        story.opened(by=agent, text=f"{requester.name}: {subject}. {text}", files=[], mail_id="", mail_to="")
        story.taken(at + timedelta(seconds=5), agent)
        story.status_changed(at + timedelta(seconds=9), agent, Status.SOLVED)
        closed_at = at + timedelta(days=28, minutes=11)
        if closed_at < NOW:
            story.status_changed(closed_at, None, Status.CLOSED)
        stories.append(story)
    return stories


def _of(cast: Cast, department: str) -> list[Person]:
    return [person for person in cast.colleagues if person.organisation.endswith(department)]


def _helper(cast: Cast, slug: str, rng: random.Random) -> Person:
    """Of the queue's team; half of the favours are asked of whoever sits nearest to the door."""
    team = next(plan.team for plan in QUEUES if plan.slug == slug)
    agents = [agent for agent in cast.agents if team in agent.teams]
    return agents[0] if rng.random() < 0.4 else rng.choice(agents)


def write(stories: Sequence[Story], cast: Cast, *, seed: int) -> None:
    """The favours of the told stories, and how full the queues were. Tickets and people are there."""
    rng = random.Random(f"lengths {seed}")
    numbered = list(enumerate(stories, FIRST_NUMBER))
    favours = [*_with_tickets(numbered, rng), *_filed(numbered, cast, rng), *_to_file(cast, rng)]
    organisation = dict(User.objects.values_list("pk", "organisation_id"))
    favours.sort(key=lambda row: (row.logged_at, row.key))
    for row in favours:
        row.organisation_id = organisation[row.requester_id or 0]
        if row.outcome == WalkUp.Outcome.ASKED_TO_FILE:
            row.token_sha256 = hashlib.sha256(token_of(row).encode()).hexdigest()
    WalkUp.objects.bulk_create(favours, batch_size=500)
    User.objects.filter(name__in=SHOWING).update(shows_favours=True)
    copy(QueueSnapshot, ("queue", "at", "open", "at_risk", "overdue"), _snapshots(stories))


def _with_tickets(numbered: Iterable[tuple[int, Story]], rng: random.Random) -> Iterator[WalkUp]:
    for number, story in numbered:
        if story.channel != "walk_up":
            continue
        is_done = story.solved_at is not None
        minutes = rng.choice(LENGTHS) if is_done else rng.choice((1, 2, 2, 3))
        helper = story.happenings[0].actor
        assert helper is not None
        yield _favour(
            f"demo-{number}", story.requester, helper, story.queue, story.subject, minutes,
            outcome=WalkUp.Outcome.DONE if is_done else WalkUp.Outcome.QUEUED,
            logged_at=story.opened_at, ticket_id=number,
        )  # fmt: skip


def _filed(numbered: Iterable[tuple[int, Story]], cast: Cast, rng: random.Random) -> Iterator[WalkUp]:
    """Requests of colleagues who were asked to file what they came for."""
    it = [agent for agent in cast.agents if QUEUES[NUMBER_OF["internal_it"] - 1].team in agent.teams]
    for number, story in numbered:
        is_ours = story.requester.role == "colleague" and story.channel in ("web", "email")
        if not is_ours or not hours.is_open(story.opened_at) or rng.random() > 0.12:
            continue
        logged_at = story.opened_at - timedelta(minutes=rng.randint(4, 50))
        if not hours.is_open(logged_at):
            continue
        yield _favour(
            f"demo-{number}", story.requester, rng.choice(it), story.queue, story.subject, rng.choice((1, 1, 2)),
            outcome=WalkUp.Outcome.ASKED_TO_FILE, logged_at=logged_at, ticket_id=number,
            filed_at=utc(story.opened_at), mailed_at=utc(logged_at) if rng.random() < 0.5 else None,
        )  # fmt: skip


def _to_file(cast: Cast, rng: random.Random) -> Iterator[WalkUp]:
    """Asked to file in the last two weeks, and nothing came yet."""
    for number, (slug, department, subject) in enumerate(TO_FILE):
        logged_at = hours.back(NOW, rng.randint(1, 60) * 3600)
        yield _favour(
            f"demo-asked-{number}", rng.choice(_of(cast, department)), _helper(cast, slug, rng), NUMBER_OF[slug],
            subject, 1, outcome=WalkUp.Outcome.ASKED_TO_FILE, logged_at=logged_at,
        )  # fmt: skip


def _favour(
    key: str,
    requester: Person,
    helper: Person,
    queue: int,
    what: str,
    minutes: int,
    *,
    logged_at: datetime,
    **more: object,
) -> WalkUp:
    at = utc(logged_at)
    return WalkUp(
        key=key,
        requester_id=requester.number,
        agent_id=helper.number,
        queue_id=queue,
        what=what,
        minutes=minutes,
        at=at - timedelta(minutes=minutes),
        logged_at=at,
        **more,
    )


# How full the queues were


def _snapshots(stories: Sequence[Story]) -> Iterator[tuple[int, datetime, int, int, int]]:
    """Every five minutes of the desk's days, counted from the tickets as they were then."""
    begun: dict[int, _Spans] = {}
    at_risk: dict[int, _Spans] = {}
    overdue: dict[int, _Spans] = {}
    for number in NUMBER_OF.values():
        begun[number], at_risk[number], overdue[number] = _Spans(), _Spans(), _Spans()
    far = NOW + timedelta(days=365)
    for story in stories:
        end = story.solved_at or far
        begun[story.queue].add(story.opened_at, end)
        promise = story.promise
        if promise.due_at is None or (story.solved_at is None and promise.state != DueState.RUNNING):
            continue
        due = promise.due_at
        at_risk[story.queue].add(max(story.opened_at, due - AT_RISK), min(end, due))
        overdue[story.queue].add(max(story.opened_at, due), end)
    for spans in (*begun.values(), *at_risk.values(), *overdue.values()):
        spans.sort()
    for moment in _moments():
        for queue in NUMBER_OF.values():
            counts = (begun[queue].at(moment), at_risk[queue].at(moment), overdue[queue].at(moment))
            yield (queue, utc(moment), *counts)


class _Spans:
    """Spans of time, and how many of them hold a moment."""

    def __init__(self) -> None:
        self.begins: list[datetime] = []
        self.ends: list[datetime] = []

    def add(self, begin: datetime, end: datetime) -> None:
        if begin < end:
            self.begins.append(begin)
            self.ends.append(end)

    def sort(self) -> None:
        self.begins.sort()
        self.ends.sort()

    def at(self, moment: datetime) -> int:
        second = timedelta(seconds=1)
        return bisect_left(self.begins, moment + second) - bisect_left(self.ends, moment + second)


def _moments() -> Iterator[datetime]:
    day: date = NOW.date() - timedelta(weeks=SNAPSHOT_WEEKS)
    while day <= NOW.date():
        if hours.is_working_day(day):
            moment = datetime.combine(day, time(7))
            while moment < datetime.combine(day, time(19)) and moment <= NOW:
                yield moment
                moment += timedelta(minutes=5)
        day += timedelta(days=1)
