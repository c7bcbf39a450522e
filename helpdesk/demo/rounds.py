"""Six rounds of duties: five that are over, and the one whose first Monday is the demo's.

Rows are written as they would stand by now; only what runs or is to come gives rights, through the action that does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from helpdesk.demo import people
from helpdesk.demo.hours import NOW, utc
from helpdesk.demo.people import Cast, Person
from rotations.actions import rights, rounds
from rotations.models import (
    Duty,
    DutyDay,
    DutyEvent,
    Finding,
    Pattern,
    Programme,
    PublishedPlan,
    Reflection,
    Round,
    Shift,
    SignUp,
    Verdict,
)
from rotations.queries.board import quality
from rotations.queries.planning import planning
from rotations.queries.publishing import entries
from tickets.models import Channel, Queue, User

MONDAY = date(2026, 3, 9)
ROUNDS, WEEKS_APART = 6, 4
CHANNELS = [Channel.CHAT, Channel.MESSENGER, Channel.EMAIL, Channel.WEB]
SCOPES = (CHANNELS, [Channel.EMAIL, Channel.WEB], [Channel.EMAIL, Channel.WEB, Channel.CHAT])
LINKS = (
    "Jak odpowiadamy https://wiki.bursztyn.example/jak-odpowiadamy\n"
    "Zwroty i reklamacje https://wiki.bursztyn.example/zwroty\n"
    "Kogo o co zapytać https://wiki.bursztyn.example/kogo-pytac"
)
QUIET = "Przejrzyj artykuł o zwrotach i popraw to, co niejasne\nZadzwoń do sklepu z listy i zapytaj, czego im brakuje"
RULES = (
    "Dyżur bierze się z własnej woli i można z niego zrezygnować w każdej chwili, bez podawania powodu.\n"
    "Każdy ma dwoje opiekunów. Pytanie do nich nigdy nie jest kłopotem.\n"
    "Telefonu nikt nie musi odbierać."
)
NOTES = (
    "Wszystko zamknięte. Najwięcej pytań było o rabaty, odpowiedzi poszły z szablonu.",
    "Jedna sprawa odłożona do piątku, klient odeśle zdjęcie paczki.",
    "",
    "Spokojne trzy dni. Dziękuję za cierpliwość przy pierwszych odpowiedziach.",
)
FOUND = (
    ("bug", "Przycisk „Pobierz etykietę” nic nie robi w wąskim oknie."),
    ("gap", "W dokumentacji nie ma słowa o zwrotach z zagranicy."),
    ("idea", "Na stronie zwrotów przydałby się numer konta, każdy o niego pyta."),
    ("gap", "Opis rabatów mówi jeszcze o starym cenniku."),
)
VOICES = (
    "Klienci piszą o naszych rabatach zupełnie inaczej, niż my o nich mówimy. Zmieniam opis kampanii.",
    "Po trzech dniach wiem, co poprawić w panelu wysyłek. Chętnie wezmę jeszcze jeden dyżur.",
    "Najwięcej nauczyły mnie pytania do opiekunów. Odpowiedź była zawsze po paru minutach.",
)
VERDICTS = (
    ("change", "Za dużo naraz pierwszego dnia. Lista na początek będzie krótsza, a telefon zostaje przy zespole."),
    ("repeat", ""),
    ("repeat", "Opiekunowie odpowiadali szybciej niż poprzednio. Tak samo za cztery tygodnie."),
    ("change", "Kolejka na spokojne chwile była pusta: opiekunowie oznaczą więcej znajomych spraw."),
    ("repeat", "Spostrzeżenia gości trafiły do planu na wiosnę."),
)
GUESTS = ("Kacper Lis", "Filip Rutkowski")
"""A developer and another marketer, later in the round; who leads the company comes with them."""


def write(cast: Cast) -> None:
    lead = User.objects.get(pk=cast.leads[0].number)
    numbers = {person.name: person.number for person in (*cast.agents, *cast.colleagues)}
    mentors = [numbers[name] for name in people.MENTORS]
    programme = _programme()
    others = [person for person in cast.colleagues if person.name != people.ON_DUTY]
    for number in range(1, ROUNDS + 1):
        monday = MONDAY - timedelta(weeks=WEEKS_APART * (ROUNDS - number))
        at = _at(monday) - timedelta(days=35)
        of = rounds.make_round(
            programme=programme,
            starts_on=monday,
            ends_on=monday + timedelta(days=11),
            signup_ends_at=_at(monday) - timedelta(days=14),
            rules=RULES,
            by=lead,
            at=at,
        )
        is_now = number == ROUNDS
        _sign_up(of, cast.colleagues if is_now else others[: 20 + 6 * number])
        of.published_at = _at(monday) - timedelta(days=10)
        of.state = Round.State.RUNNING if is_now else Round.State.CLOSED
        of.save()
        if is_now:
            _run(of, cast, numbers, mentors, lead)
        else:
            _finish(of, others, mentors, lead)
            _judge(of, lead)


def _at(day: date, hour: int = 8) -> datetime:
    return utc(NOW.replace(year=day.year, month=day.month, day=day.day, hour=hour, minute=0))


def _programme() -> Programme:
    queues = Queue.objects.filter(slug__in=["billing", "deliveries"])
    programme = Programme.objects.create(
        team=queues.get(slug="deliveries").team,
        name="Dyżury w obsłudze klienta",
        channels=[*CHANNELS, Channel.PHONE],
        links=LINKS,
        quiet_tasks=QUIET,
        familiar_tags=["faktura", "zwrot"],
    )
    programme.queues.set(queues)
    for name, weekday in (("Pn–Śr", 0), ("Śr–Pt", 2)):
        Pattern.objects.create(
            programme=programme, name=name, first_weekday=weekday, days=3, starts=8 * 60, ends=16 * 60, seats=2
        )
    return programme


def _sign_up(of: Round, colleagues: Sequence[Person]) -> None:
    rules = of.rules.get()
    SignUp.objects.bulk_create(
        SignUp(
            round=of,
            person_id=person.number,
            channels=SCOPES[person.number % len(SCOPES)],
            quota=person.number % 3,
            rules=rules,
            submitted_at=of.made_at + timedelta(days=1, minutes=person.number),
            changed_at=of.made_at + timedelta(days=1, minutes=person.number),
        )
        for person in colleagues
    )


def _run(of: Round, cast: Cast, numbers: dict[str, int], mentors: list[int], lead: User) -> None:
    """Hers runs since this minute; others begin on Wednesday."""
    boss = next(person for person in cast.colleagues if person.organisation.endswith("zarząd"))
    early, late = of.shifts.order_by("starts_at", "pk")[:2]
    duty = _place(early, numbers[people.ON_DUTY], 1, CHANNELS, mentors, Duty.State.ACTIVE)
    _tell(duty, [(DutyEvent.Kind.BEGAN, early.starts_at)])
    rights.give_rights(duty, at=utc(NOW))
    for seat, number in enumerate((numbers[GUESTS[0]], boss.number), 1):
        duty = _place(late, number, seat, SCOPES[seat], mentors, Duty.State.CONFIRMED)
        _tell(duty, [])
        rights.give_rights(duty, at=utc(NOW))
    next_week = of.shifts.order_by("starts_at", "pk")[2]
    duty = _place(next_week, numbers[GUESTS[1]], 1, CHANNELS, mentors, Duty.State.CONFIRMED)
    _tell(duty, [])
    rights.give_rights(duty, at=utc(NOW))
    plan = planning(of, utc(NOW))
    worth = quality(plan)
    PublishedPlan.objects.create(
        round=of,
        number=1,
        made_by=lead,
        made_at=of.published_at or of.made_at,
        placements=entries(plan),
        shortfall=worth.shortfall,
        asked=worth.asked,
    )


def _finish(of: Round, others: Sequence[Person], mentors: list[int], lead: User) -> None:
    """Everybody has come, handed over and gone home; now and then nobody asked for a handover."""
    place = of.number * 7
    for shift in of.shifts.order_by("starts_at", "pk"):
        for seat in (1, 2):
            place += 1
            person = others[place % len(others)]
            duty = _place(shift, person.number, seat, SCOPES[place % len(SCOPES)], mentors, Duty.State.HANDING_OVER)
            ends = shift.ends_at
            duty.is_waived = place % 9 == 0
            duty.handover_note = "" if duty.is_waived else NOTES[place % len(NOTES)]
            duty.offered_at = None if duty.is_waived else ends - timedelta(minutes=20)
            duty.returned_at = ends + timedelta(minutes=10)
            closed_at = ends + timedelta(minutes=25)
            duty.closed_at = duty.ended_at = closed_at
            duty.closed_by = lead if duty.is_waived else User.objects.get(pk=mentors[place % 2])
            duty.state = Duty.State.COMPLETED
            duty.save()
            kind = DutyEvent.Kind.WAIVED if duty.is_waived else DutyEvent.Kind.ACCEPTED
            events = [(DutyEvent.Kind.BEGAN, shift.starts_at), (DutyEvent.Kind.ENDED, ends)]
            _tell(duty, [*events, (kind, closed_at), (DutyEvent.Kind.COMPLETED, closed_at)])
            if place % 3 == 0:
                said = {"for_company": VOICES[place // 3 % len(VOICES)], "for_mentors": "Dziękuję za cierpliwość."}
                Reflection.objects.create(duty=duty, at=closed_at + timedelta(hours=16), **said)
            if place % 2:
                what, text = FOUND[place // 2 % len(FOUND)]
                settled_at = ends + timedelta(days=6) if of.number < ROUNDS - 1 else None
                Finding.objects.create(
                    duty=duty, kind=what, text=text, at=ends - timedelta(hours=2), settled_at=settled_at,
                    settled_by=lead if settled_at else None,
                )  # fmt: skip


def _judge(of: Round, lead: User) -> None:
    word, text = VERDICTS[of.number - 1]
    Verdict.objects.create(round=of, word=word, text=text, said_by=lead, said_at=_at(of.ends_on + timedelta(days=5)))


def _place(shift: Shift, person: int, seat: int, channels: Sequence[str], mentors: list[int], state: str) -> Duty:
    published_at = shift.round.published_at or shift.round.made_at
    duty = Duty.objects.create(
        shift=shift,
        person_id=person,
        seat=seat,
        state=state,
        channels=list(channels),
        mentor_id=mentors[0],
        deputy_id=mentors[1],
        is_first=not Duty.objects.filter(person=person).exists(),
        placed_by=shift.round.made_by,
        placed_at=published_at - timedelta(days=2),
        confirmed_by_id=person,
        confirmed_at=published_at + timedelta(hours=seat),
    )
    DutyDay.objects.bulk_create(
        DutyDay(duty=duty, day=day.day, starts_at=day.starts_at, ends_at=day.ends_at, holder_id=person)
        for day in shift.windows
    )
    return duty


def _tell(duty: Duty, more: Sequence[tuple[DutyEvent.Kind, datetime]]) -> None:
    confirmed_at = duty.confirmed_at or duty.placed_at
    own = [(DutyEvent.Kind.PLACED, duty.placed_at), (DutyEvent.Kind.CONFIRMED, confirmed_at)]
    actors = {
        DutyEvent.Kind.PLACED: duty.placed_by_id,
        DutyEvent.Kind.CONFIRMED: duty.person_id,
        DutyEvent.Kind.ACCEPTED: duty.closed_by_id,
        DutyEvent.Kind.WAIVED: duty.closed_by_id,
        DutyEvent.Kind.COMPLETED: duty.closed_by_id,
    }
    DutyEvent.objects.bulk_create(
        DutyEvent(duty=duty, kind=kind, actor_id=actors.get(kind), at=at) for kind, at in [*own, *more]
    )
