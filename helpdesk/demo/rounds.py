"""Six rounds of duties: five that are over, and the one whose first Monday is the demo's.

Rows are written as they would stand by now; only what runs or is to come gives rights, through the action that does.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from helpdesk.demo import guests, people
from helpdesk.demo.guests import CHANNELS, ROUNDS, Turn, scope_of
from helpdesk.demo.hours import NOW, utc
from helpdesk.demo.people import Cast, Person
from rotations.actions import covering, discussing, rights, rounds, wanting
from rotations.models import (
    Duty,
    DutyDay,
    DutyEvent,
    Finding,
    Invitation,
    Pattern,
    Programme,
    PublishedPlan,
    Qualification,
    QualificationReminder,
    Reflection,
    Round,
    RuleComment,
    Shift,
    SignUp,
    Verdict,
    Wish,
)
from rotations.queries import demand as demands
from rotations.queries.board import quality
from rotations.queries.planning import planning
from rotations.queries.publishing import entries
from tickets.models import Channel, Message, Outbox, Queue, Role, User

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
    "Dwie sprawy o pobrania idą dalej z Zofią, reszta zamknięta.",
)
# What it is, its words, and what the subject of a ticket of which one learns it has in it.
FOUND = (
    (
        "bug",
        "Mail ze śledzeniem ma w treści „null”, gdy przewoźnik nie nadał jeszcze numeru.",
        "null|śledzeni|przesyłek",
    ),
    ("gap", "W pomocy nie ma ani słowa o tym, kiedy wraca podwójnie pobrany BLIK.", "BLIK|Podwójna|dwa razy"),
    ("idea", "Klient mógłby sam poprawić adres, dopóki paczka nie wyjdzie z magazynu.", "adres"),
    ("bug", "Etykieta A6 drukuje się na A4, jeśli drukarka ma tak ustawione. Panel nie ostrzega.", "tykiet"),
    ("gap", "Artykuł o KSeF pokazuje jeszcze stary ekran ustawień.", "KSeF"),
    ("idea", "Wezwanie do zapłaty mogłoby poczekać na wpłaty z ostatniej nocy.", "Wezwanie|opłacon|straszycie"),
    ("gap", "Brakuje numerów do oddziałów przewoźników na dni, kiedy kurier nie przyjedzie.", "odbi|kurier|Kurier"),
    ("bug", "Darmowa dostawa nie nalicza się, gdy dwie reguły mają ten sam próg.", "Darmowa|darmowej|reguły"),
    ("idea", "Przy reklamacji przydałby się gotowy przycisk „Proszę o zdjęcie paczki”.", "szkodzon|Reklamacja|tłuczon"),
    ("gap", "Nigdzie nie piszemy, po ilu dniach przewoźnik rozlicza pobrania.", "obra"),
    ("bug", "Korekta faktury gubi numer lokalu, gdy NIP zostaje ten sam.", "Korekt|korekt|NIP"),
)
VOICES = {
    "Karolina Bąk": "Klienci piszą o naszych rabatach zupełnie inaczej, niż my o nich mówimy. Zmieniam opis kampanii.",
    "Kacper Lis": "Ten błąd w etykietach wisiał u nas jako drobiazg. Po dwunastu listach od klientów nie jest już drobiazgiem.",
    "Marek Zieliński": "W ofertach obiecujemy wypłatę następnego dnia. Teraz wiem, kto potem tłumaczy, co z piątkami.",
    "Halina Kowal": "Połowa próśb o korektę bierze się z jednego pola w formularzu. Wystarczy je inaczej podpisać.",
    "Krzysztof Bielawski": "Przez trzy dni nikt nie pytał o strategię, wszyscy pytali o paczki. Polecam całemu zarządowi.",
    "Stanisław Górka": "Z magazynu widać paczkę, a nie człowieka, który na nią czeka. Szkło fotografujemy odtąd przed wysyłką.",
    "Natalia Sikora": "Pytanie do opiekunów nigdy nie było kłopotem. Odpowiedź przychodziła po paru minutach.",
    "Mariusz Kłos": "Drugiego dnia odpowiedzi wychodziły już prawie bez poprawek. Chętnie wezmę jeszcze jeden dyżur.",
    "Konrad Jaworski": "Mam trzy pomysły na ekran dostaw i wszystkie są z listów klientów.",
    "Hubert Wójtowicz": "„Null” w mailu ze śledzeniem zniknął jeszcze tego samego popołudnia. Krótszej drogi do poprawki nie znam.",
    "Hanna Ostaszewska": "Najwięcej kosztuje nas nie trudna sprawa, tylko ta sama łatwa po raz czterdziesty.",
    "Leszek Dudek": "Spokojniej, niż się zapowiadało. Opiekunowie siedzieli obok i to wystarczyło.",
    "Gabriela Lach": "Warsztaty z klientami robimy raz na kwartał. Tu ma się je codziennie od ósmej.",
    "Dawid Kozłowski": "Zgłoszenia bez numeru zamówienia zjadają najwięcej czasu. Dopisuję takie pole do formularza.",
    "Adam Krupa": "Jeden dzień tutaj wpisuję do planu wdrożenia każdej nowej osoby.",
    "Szymon Adamczyk": "Słowo „abonament” znaczy dla klientów co innego niż w naszych reklamach. Poprawiam stronę z cennikiem.",
    "Renata Chmiel": "Po trzech dniach wiem, dlaczego ludzie mylą proformę z fakturą. Nazwijmy je wreszcie inaczej.",
    "Izabela Mazurek": "Klienci opisują nasz panel lepiej niż nasza dokumentacja. Biorę od nich dwa zdania do pomocy.",
}
THANKS = (
    "Dziękuję za cierpliwość.",
    "Uwagi do odpowiedzi były krótkie i konkretne, tak trzymać.",
    "W poniedziałek rano przydałby się ktoś trzeci, we dwoje trudno nadążyć z pytaniami.",
)
FOR_ONESELF = "Najpierw zapytać, o które zamówienie chodzi, dopiero potem szukać."
VERDICTS = (
    ("change", "Za dużo naraz pierwszego dnia. Lista na początek będzie krótsza, a telefon zostaje przy zespole."),
    ("repeat", ""),
    ("repeat", "Opiekunowie odpowiadali szybciej niż poprzednio. Tak samo za dwa tygodnie."),
    ("change", "Kolejka na spokojne chwile była pusta: opiekunowie oznaczą więcej znajomych spraw."),
    ("repeat", "Spostrzeżenia gości trafiły do planu na wiosnę."),
)
SIGNED_OFF = ("Marek Zieliński", "Dorota Kaczmarek", "Robert Sadowski")
"""Who may answer the telephone: they call customers every day."""
ENDS_SOON = date(2026, 4, 1)
COVERS = (("Halina Kowal", date(2026, 3, 13), "Jerzy Laskowski"), ("Filip Rutkowski", date(2026, 3, 18), ""))
SAID_OF_RULES = (
    ("Dopiszmy, że na czacie prowadzi się najwyżej dwie rozmowy naraz.", "Słusznie, dopiszę w następnej wersji."),
    ("Czy można przyjść na jeden dzień zamiast trzech?", "Tak: resztę dni możesz oddać w zastępstwach."),
    ("Kto decyduje, że odpowiedź nie czeka już na opiekuna?", ""),
)
"""Comments on the rules of the draft, and what was answered."""
OTHER_MENTORS = ("Michał Żak", "Joanna Pawlik")
WISHES = (Wish.Value.WANT, Wish.Value.FINE, Wish.Value.FINE, Wish.Value.RATHER_NOT, Wish.Value.CANNOT)


@dataclass(frozen=True)
class Team:
    """Who of support has to do with it."""

    lead: User
    mentors: tuple[tuple[int, int], tuple[int, int]]
    """Of shifts that begin on Mondays, and of the others."""

    def of(self, turn: Turn) -> tuple[int, int]:
        first, second = self.mentors[turn.shift % 2]
        return (first, second) if turn.seat % 2 else (second, first)


def write(cast: Cast) -> None:
    numbers = {person.name: person.number for person in (*cast.agents, *cast.colleagues)}
    pairs = tuple((numbers[one], numbers[other]) for one, other in (people.MENTORS, OTHER_MENTORS))
    team = Team(User.objects.get(pk=cast.leads[0].number), (pairs[0], pairs[1]))
    programme = _programme()
    _sign_off(cast, team.lead)
    wanted = demands.suggested(demands.history(programme, utc(NOW), range(5)))
    turns: defaultdict[int, list[Turn]] = defaultdict(list)
    for turn in guests.turns(cast):
        turns[turn.round].append(turn)
    answered = _answered([turn for of_round in turns.values() for turn in of_round])
    for number in range(1, ROUNDS + 1):
        is_now = number == ROUNDS
        of = _round(programme, number, team.lead)
        _want(of, wanted, team.lead, is_now=is_now)
        _sign_up(of, _people(cast, turns[number], number))
        shifts = list(of.shifts.order_by("starts_at", "pk"))
        if is_now:
            _run(of, shifts, turns[number], team)
        else:
            _finish(of, shifts, turns[number], team, answered)
            _judge(of, team.lead)
    _ask(_round_to_come(programme, ROUNDS + 1, team.lead), cast, team.lead)
    _talk_over(_round_to_come(programme, ROUNDS + 2, team.lead), cast, team.lead)


def _round_to_come(programme: Programme, number: int, lead: User) -> Round:
    monday = guests.monday_of(number)
    return rounds.make_round(
        programme=programme,
        starts_on=monday,
        ends_on=monday + timedelta(days=11),
        signup_ends_at=_at(monday) - timedelta(days=5),
        rules=RULES,
        by=lead,
        at=utc(NOW) - timedelta(days=4),
    )


def _ask(of: Round, cast: Cast, lead: User) -> None:
    """The next round: people are invited since Friday; some have looked, three are signed up, one said no."""
    of.state = Round.State.SIGNUP
    of.save(update_fields=["state"])
    asked = [person for person in cast.colleagues if person.name != people.ON_DUTY][:24]
    at = utc(NOW) - timedelta(days=3)
    Invitation.objects.bulk_create(
        Invitation(
            round=of,
            person_id=person.number,
            invited_by=lead,
            invited_at=at,
            is_waiting=False,
            mailed_at=at + timedelta(seconds=place),
            mails=1,
            opened_at=at + timedelta(hours=place) if place % 3 else None,
            declined_at=at + timedelta(hours=9) if place == 7 else None,
        )
        for place, person in enumerate(asked)
    )
    _sign_up(of, asked[:3], at=at)


def _talk_over(of: Round, cast: Cast, lead: User) -> None:
    """The one after it is a draft: its rules are open for comments, one is answered."""
    at = utc(NOW) - timedelta(days=3)
    discussing.open_for_comments(of=of, is_open=True, by=lead, at=at)
    rules = of.rules.get()
    for place, (said, answer) in enumerate(SAID_OF_RULES):
        RuleComment.objects.create(
            rules=rules,
            author_id=cast.colleagues[3 * place].number,
            text=said,
            at=at + timedelta(hours=5 * place + 1),
            answer=answer,
            settled_by=lead if answer else None,
            settled_at=at + timedelta(hours=5 * place + 3) if answer else None,
        )


def _at(day: date, hour: int = 8, minute: int = 0) -> datetime:
    return utc(NOW.replace(year=day.year, month=day.month, day=day.day, hour=hour, minute=minute))


def _programme() -> Programme:
    queues = Queue.objects.filter(slug__in=guests.QUEUES)
    programme = Programme.objects.create(
        team=queues.get(slug="deliveries").team,
        name="Dyżury w obsłudze klienta",
        channels=[*CHANNELS, Channel.PHONE],
        links=LINKS,
        quiet_tasks=QUIET,
        familiar_tags=["faktura", "zwrot"],
    )
    programme.queues.set(queues)
    for name, weekday, seats in guests.PATTERNS:
        Pattern.objects.create(
            programme=programme, name=name, first_weekday=weekday, days=3, starts=8 * 60, ends=16 * 60, seats=seats
        )
    return programme


def _sign_off(cast: Cast, lead: User) -> None:
    at = _at(guests.monday_of(1)) - timedelta(days=20)
    Qualification.objects.bulk_create(
        Qualification(
            person_id=person.number,
            channel=Channel.PHONE,
            signed_off_by=lead,
            signed_off_at=at,
            expires_on=ENDS_SOON if person.name == SIGNED_OFF[-1] else date(2026, 12, 31),
        )
        for person in cast.colleagues
        if person.name in SIGNED_OFF
    )
    soon = Qualification.objects.get(expires_on=ENDS_SOON)
    month = QualificationReminder.Kind.MONTH
    QualificationReminder.objects.create(qualification=soon, kind=month, at=utc(NOW) - timedelta(days=3))


def _round(programme: Programme, number: int, lead: User) -> Round:
    monday = guests.monday_of(number)
    of = rounds.make_round(
        programme=programme,
        starts_on=monday,
        ends_on=monday + timedelta(days=11),
        signup_ends_at=_at(monday) - timedelta(days=14),
        rules=RULES,
        by=lead,
        at=_at(monday) - timedelta(days=35),
    )
    of.published_at = _at(monday) - timedelta(days=10)
    of.state = Round.State.RUNNING
    of.save()
    return of


def _want(of: Round, wanted: Mapping[demands.Place, demands.Wanted], lead: User, *, is_now: bool) -> None:
    """From the history; before there was enough of it by hand, and by and by what it says, too."""
    if not any(each.people for each in wanted.values()):
        return
    if is_now:
        wanting.take_from_history(of=of, by=lead, at=utc(NOW))
    else:
        wanting.set_demand(of=of, wanted=wanted, by=lead)


def _people(cast: Cast, turns: Sequence[Turn], number: int) -> list[Person]:
    """Everybody in the last round; before it more in each."""
    if number == ROUNDS:
        return list(cast.colleagues)
    own = [turn.person for turn in turns]
    others = [person for person in cast.colleagues if person not in own and person.name != people.ON_DUTY]
    random.Random(f"round {number}").shuffle(others)
    return [*own, *others[: 12 + 6 * number]]


def _sign_up(of: Round, colleagues: Sequence[Person], *, at: datetime | None = None) -> None:
    rng = random.Random(f"wishes {of.number}")
    rules = of.rules.get()
    at = at or of.made_at + timedelta(days=1)
    rows = SignUp.objects.bulk_create(
        SignUp(
            round=of,
            person_id=person.number,
            channels=_scope(person),
            quota=rng.choice((0, 0, 0, 1, 1)),
            rules=rules,
            submitted_at=at + timedelta(minutes=17 * place),
            changed_at=at + timedelta(minutes=17 * place),
        )
        for place, person in enumerate(colleagues)
    )
    shifts = list(of.shifts.order_by("starts_at", "pk"))
    Wish.objects.bulk_create(
        Wish(sign_up=row, shift=shift, value=rng.choice(WISHES)) for row in rows for shift in shifts
    )


def _scope(person: Person) -> list[Channel]:
    return [*scope_of(person), *([Channel.PHONE] if person.name in SIGNED_OFF else [])]


def _run(of: Round, shifts: Sequence[Shift], turns: Sequence[Turn], team: Team) -> None:
    """Four run since this minute; others begin on Wednesday, one has not answered yet, some seats are free."""
    for turn in turns:
        state = Duty.State.CONFIRMED
        if turn.shift == 0:
            state = Duty.State.ACTIVE
        elif turn.shift == len(shifts) - 1:
            state = Duty.State.PROPOSED
        shift = shifts[turn.shift]
        channels = CHANNELS if turn.person.name == people.ON_DUTY else _scope(turn.person)
        duty = _place(shift, turn, team, state, channels)
        _tell(duty, [(DutyEvent.Kind.BEGAN, shift.starts_at)] if state == Duty.State.ACTIVE else [])
        if state != Duty.State.PROPOSED:
            rights.give_rights(duty, at=utc(NOW))
    _publish(of, team.lead)
    _pass_on(of)


def _pass_on(of: Round) -> None:
    """Somebody has taken a day over, and somebody else looks for one who would."""
    at = utc(NOW) - timedelta(minutes=40)
    for number, (name, day, taker) in enumerate(COVERS):
        duty = Duty.objects.get(shift__round=of, person__name=name)
        days = duty.days.filter(day=day).values_list("pk", flat=True)
        asked_at = at + timedelta(minutes=10 * number)
        request = covering.ask_cover(duty=duty, days=list(days), kind="give", by=duty.person, at=asked_at)
        if taker:
            by = User.objects.get(name=taker, role=Role.COLLEAGUE)
            covering.take_cover(request=request, by=by, at=asked_at + timedelta(minutes=6))
    Outbox.objects.filter(state=Outbox.State.PENDING, created_at__gte=at).update(
        state=Outbox.State.SENT, sent_at=utc(NOW) - timedelta(minutes=10), attempts=1
    )


def _publish(of: Round, lead: User) -> None:
    plan = planning(of, of.published_at or of.made_at)
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


Answered = Mapping[tuple[int, date], Sequence[tuple[int, str]]]
"""By guest and day the tickets that they answered, with their subjects."""


def _answered(turns: Sequence[Turn]) -> Answered:
    found: defaultdict[tuple[int, date], list[tuple[int, str]]] = defaultdict(list)
    replies = Message.objects.filter(
        author__in={turn.person.number for turn in turns}, kind=Message.Kind.PUBLIC, is_from_requester=False
    )
    for author, at, ticket, subject in replies.order_by("at", "pk").values_list(
        "author", "at", "ticket", "ticket__subject"
    ):
        found[author or 0, at.date()].append((ticket, subject))
    return found


def _finish(of: Round, shifts: Sequence[Shift], turns: Sequence[Turn], team: Team, answered: Answered) -> None:
    """Everybody has come, handed over and gone home; now and then nobody asked for a handover. Somebody left before."""
    duties = [
        _place(shifts[turn.shift], turn, team, Duty.State.CONFIRMED, _scope(turn.person), keeps=turn.days)
        for turn in turns
    ]
    _publish(of, team.lead)
    found: set[int] = set()
    for place, (turn, duty) in enumerate(zip(turns, duties, strict=True), of.number):
        if turn.has_left:
            _leave(duty)
            continue
        closed_at = _complete(duty, place, team.lead)
        said = VOICES.get(turn.person.name, "")
        if said or place % 3 == 0:
            Reflection.objects.create(
                duty=duty,
                at=closed_at + timedelta(minutes=40),
                for_company=said,
                for_mentors=THANKS[place % len(THANKS)],
                for_me=FOR_ONESELF if place % 2 else "",
            )
        tickets = [each for day in turn.days for each in answered.get((turn.person.number, day), ())]
        _find(duty, tickets, found, place, team.lead)
    of.state = Round.State.CLOSED
    of.save(update_fields=["state"])


def _leave(duty: Duty) -> None:
    at = duty.shift.starts_at - timedelta(days=3)
    duty.state, duty.ended_at = Duty.State.WITHDRAWN, at
    duty.save()
    duty.days.update(is_live=False)
    _tell(duty, [(DutyEvent.Kind.WITHDRAWN, at)])


def _complete(duty: Duty, place: int, lead: User) -> datetime:
    ends = duty.shift.ends_at
    duty.is_waived = place % 9 == 0
    duty.handover_note = "" if duty.is_waived else NOTES[place % len(NOTES)]
    duty.offered_at = None if duty.is_waived else ends - timedelta(minutes=20)
    duty.returned_at = ends + timedelta(minutes=10)
    closed_at = ends + timedelta(minutes=25)
    duty.closed_at = duty.ended_at = closed_at
    duty.closed_by_id = lead.pk if duty.is_waived else duty.mentor_id
    duty.state = Duty.State.COMPLETED
    duty.save()
    kind = DutyEvent.Kind.WAIVED if duty.is_waived else DutyEvent.Kind.ACCEPTED
    events = [(DutyEvent.Kind.BEGAN, duty.shift.starts_at), (DutyEvent.Kind.ENDED, ends)]
    _tell(duty, [*events, (kind, closed_at), (DutyEvent.Kind.COMPLETED, closed_at)])
    return closed_at


def _find(duty: Duty, tickets: Sequence[tuple[int, str]], found: set[int], place: int, lead: User) -> None:
    """What one learns of a ticket; once in a round. The newest are not settled yet."""
    order = [(place + n) % len(FOUND) for n in range(len(FOUND))]
    about = [
        (number, ticket)
        for number in order
        if number not in found
        for ticket, subject in tickets
        if any(word in subject for word in FOUND[number][2].split("|"))
    ]
    left = [number for number in order if number not in found]
    if not left or (not about and place % 2):
        return
    number, ticket = about[0] if about else (left[0], None)
    found.add(number)
    kind, text, _words = FOUND[number]
    is_settled = duty.shift.round.number < ROUNDS - 2 or (duty.shift.round.number == ROUNDS - 2 and place % 2 == 0)
    ends = duty.shift.ends_at
    Finding.objects.create(
        duty=duty,
        kind=kind,
        ticket_id=ticket,
        text=text,
        at=ends - timedelta(hours=2),
        settled_at=ends + timedelta(days=6) if is_settled else None,
        settled_by=lead if is_settled else None,
    )


def _judge(of: Round, lead: User) -> None:
    """On the Wednesday after; of the last one on its evening."""
    word, text = VERDICTS[of.number - 1]
    at = min(_at(of.ends_on + timedelta(days=5)), _at(guests.MONDAY - timedelta(days=3), 17, 10))
    Verdict.objects.create(round=of, word=word, text=text, said_by=lead, said_at=at)


def _place(
    shift: Shift,
    turn: Turn,
    team: Team,
    state: str,
    channels: Sequence[str],
    *,
    keeps: Sequence[date] | None = None,
) -> Duty:
    """Days that are not among those it ``keeps`` turned out to be holidays."""
    published_at = shift.round.published_at or shift.round.made_at
    person, is_asked = turn.person.number, state == Duty.State.PROPOSED
    mentor, deputy = team.of(turn)
    duty = Duty.objects.create(
        shift=shift,
        person_id=person,
        seat=turn.seat,
        state=state,
        channels=list(channels),
        mentor_id=mentor,
        deputy_id=deputy,
        is_first=not Duty.objects.filter(person=person, state=Duty.State.COMPLETED).exists(),
        placed_by=shift.round.made_by,
        placed_at=published_at - timedelta(days=2),
        confirmed_by_id=None if is_asked else person,
        confirmed_at=None if is_asked else published_at + timedelta(hours=turn.seat),
    )
    DutyDay.objects.bulk_create(
        DutyDay(
            duty=duty,
            day=day.day,
            starts_at=day.starts_at,
            ends_at=day.ends_at,
            holder_id=person,
            is_live=keeps is None or day.day in keeps,
        )
        for day in shift.windows
    )
    return duty


def _tell(duty: Duty, more: Sequence[tuple[DutyEvent.Kind, datetime]]) -> None:
    own = [(DutyEvent.Kind.PLACED, duty.placed_at)]
    if duty.confirmed_at is not None:
        own.append((DutyEvent.Kind.CONFIRMED, duty.confirmed_at))
    actors = {
        DutyEvent.Kind.PLACED: duty.placed_by_id,
        DutyEvent.Kind.CONFIRMED: duty.person_id,
        DutyEvent.Kind.WITHDRAWN: duty.person_id,
        DutyEvent.Kind.ACCEPTED: duty.closed_by_id,
        DutyEvent.Kind.WAIVED: duty.closed_by_id,
        DutyEvent.Kind.COMPLETED: duty.closed_by_id,
    }
    DutyEvent.objects.bulk_create(
        DutyEvent(duty=duty, kind=kind, actor_id=actors.get(kind), at=at) for kind, at in [*own, *more]
    )
