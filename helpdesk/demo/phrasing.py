"""Turning the written cases into what one person wrote to another: slots, gender, greeting and signature. Pure."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from helpdesk.demo.cases import Text, lines, words
from helpdesk.demo.people import COMPANY, MAN, SURNAMES, WOMAN, Firm, Person, surname

_BRACES = re.compile(r"\{([^{}]*)\}")
_WRITER = re.compile(r"(\w*)\[([^\[\]|]*)\|([^\[\]|]*)\]")
_READER = re.compile(r"<([^<>|]*)\|([^<>|]*)>")


class UnfilledSlot(ValueError):
    """A text names a slot that nothing fills."""


def fill(text: str, slots: Mapping[str, str], *, writer: int, reader: int, rng: random.Random) -> str:
    """The text with its marks resolved; `writer` and `reader` are genders. Raises `UnfilledSlot`."""

    def brace(match: re.Match[str]) -> str:
        inside = match[1]
        if "|" in inside:
            return rng.choice(inside.split("|"))
        if inside in slots:
            return slots[inside]
        if inside[:1].isupper() and inside.lower() in slots:
            value = slots[inside.lower()]
            return value[:1].upper() + value[1:]
        raise UnfilledSlot(inside)

    while "{" in text:
        text, replaced = _BRACES.subn(brace, text)
        if not replaced:
            raise UnfilledSlot(text)
    if "[" in text:
        text = _WRITER.sub(lambda match: match[1] + match[2 if writer == MAN else 3], text)
    if "<" in text:
        text = _READER.sub(lambda match: match[1 if reader == MAN else 2], text)
    return text


def pick(texts: tuple[Text, ...], track: str, rng: random.Random, *, is_note: bool = False) -> tuple[Text, str] | None:
    """One of the texts that fit the track of the thread, and the track from then on.

    Texts of the same label come first, then of its branches and stems, then those without a label, then all (which
    opens a new track). A note whose labels all belong to other tracks is left out: None.
    """
    labels = [track, *(track.rsplit("_", n)[0] for n in range(1, track.count("_") + 1))] if track else []
    for label in labels:
        fitting = [text for text in texts if text.label == label or text.label.startswith(f"{label}_")]
        if fitting:
            chosen = rng.choice(fitting)
            return chosen, chosen.label
    unlabelled = [text for text in texts if not text.label]
    if unlabelled:
        return rng.choice(unlabelled), track
    tied = [text for text in texts if "." in text.label]
    if is_note and not tied:
        return None
    chosen = rng.choice(tied or list(texts))
    return chosen, chosen.label


def letter(
    text: str, *, writer: Person, reader: Person | None, channel: str, is_first: bool, language: str, rng: random.Random
) -> str:
    """The text as this person sends it on this channel: chats are bare, letters have a greeting and mostly a name."""
    if channel in ("chat", "messenger"):
        return text
    if writer.role in ("agent", "lead", "admin"):
        return answer(text, writer=writer, reader=reader, language=language)
    return _request(text, writer=writer, channel=channel, is_first=is_first, language=language, rng=rng)


def address_of(person: Person | None) -> str:
    """How a Polish letter names its reader: "Pani Halino", "Panie Tomaszu"; by the first name alone among colleagues."""
    if person is None:
        return ""
    if person.audience == "employee":
        return person.vocative
    return f"{'Pani' if person.gender == WOMAN else 'Panie'} {person.vocative}"


def answer(text: str, *, writer: Person, reader: Person | None, language: str) -> str:
    """As the desk writes, whoever does it."""
    is_colleague = reader is not None and reader.audience == "employee"
    if language == "pl":
        greeting = f"Cześć {address_of(reader)},\n\n" if is_colleague else f"Dzień dobry {address_of(reader)},\n\n"
        ending = writer.first if is_colleague else f"Pozdrawiam\n{writer.name}\n{COMPANY}"
        return f"{greeting}{text}\n\n{ending}"
    first = reader.first if reader else ""
    greeting = f"{'Hi' if is_colleague else 'Hello'} {first},\n\n"
    ending = writer.first if is_colleague else f"Kind regards,\n{writer.name}\n{COMPANY}"
    return f"{greeting}{text}\n\n{ending}"


def _request(text: str, *, writer: Person, channel: str, is_first: bool, language: str, rng: random.Random) -> str:
    if not is_first and rng.random() < 0.55:
        return text
    is_polish = language == "pl"
    name, firm = writer.name, writer.organisation
    if writer.audience == "employee":
        greetings = ["Cześć,\n\n", "Hej,\n\n", ""] if is_polish else ["Hi,\n\n", "Hi all,\n\n", ""]
        endings = (
            [writer.first, f"Dzięki\n{writer.first}", ""]
            if is_polish
            else [writer.first, f"Thanks,\n{writer.first}", ""]
        )
    elif is_polish:
        greetings = ["Dzień dobry,\n\n", "Dzień dobry,\n\n", "Witam,\n\n", "Szanowni Państwo,\n\n", ""]
        endings = [
            f"Pozdrawiam\n{name}",
            f"Z poważaniem\n{name}\n{firm}",
            f"Pozdrawiam serdecznie\n{name}\n{firm}" + (f"\ntel. {writer.phone}" if writer.phone else ""),
            f"Z góry dziękuję\n{writer.first}",
            "",
        ]
    else:
        greetings = ["Hello,\n\n", "Hello,\n\n", "Hi there,\n\n", "Dear support,\n\n", ""]
        endings = [
            f"Kind regards,\n{name}",
            f"Best regards\n{name}\n{firm}",
            f"Regards,\n{name}\n{firm}" + (f"\nphone {writer.phone}" if writer.phone else ""),
            f"Thanks,\n{writer.first}",
            "",
        ]
    greeting = greetings[writer.manner % len(greetings)]
    ending = endings[(writer.manner // 2) % len(endings)]
    if channel == "web":  # the form asked for the name already
        ending = ""
    return greeting + text + (f"\n\n{ending}" if ending else "")


WEEKDAYS_PL = (
    ("w poniedziałek", "od poniedziałku"),
    ("we wtorek", "od wtorku"),
    ("w środę", "od środy"),
    ("w czwartek", "od czwartku"),
    ("w piątek", "od piątku"),
    ("w sobotę", "od soboty"),
    ("w niedzielę", "od niedzieli"),
)
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_PL = (
    ("styczeń", "stycznia"),
    ("luty", "lutego"),
    ("marzec", "marca"),
    ("kwiecień", "kwietnia"),
    ("maj", "maja"),
    ("czerwiec", "czerwca"),
    ("lipiec", "lipca"),
    ("sierpień", "sierpnia"),
    ("wrzesień", "września"),
    ("październik", "października"),
    ("listopad", "listopada"),
    ("grudzień", "grudnia"),
)
MONTHS_EN = words("January February March April May June July August September October November December")
PRODUCTS_PL = lines(
    """
    Kubek Bałtyk 300 ml
    Obrus lniany 140×240
    Świeca sojowa, figa
    Lampka rowerowa tylna
    Zestaw pędzli, 12 sztuk
    Herbata z malwą, 100 g
    Skarpety wełniane 39-42
    Notes szyty, A5
    Miska kamionkowa duża
    Plecak turystyczny 28 l
    Łopatka drewniana
    Poduszka Żółta łąka
    Dzwonek rowerowy mosiężny
    Zegar ścienny Mróz
    Puzzle Żubry, 500 elementów
    Kolczyki z bursztynem
    Deska do krojenia, dąb
    Mydło z szałwią
    Koc w jodełkę
    Latawiec Jaskółka
    """
)
PRODUCTS_EN = lines(
    """
    Baltic mug, 300 ml
    Linen tablecloth 140×240
    Soy candle, fig
    Rear bicycle lamp
    Brush set, 12 pieces
    Mallow tea, 100 g
    Wool socks 39-42
    Stitched notebook, A5
    Large stoneware bowl
    Hiking backpack 28 l
    Wooden spatula
    Herringbone blanket
    Brass bicycle bell
    Oak cutting board
    Amber earrings
    Swallow kite
    """
)
COURIERS = ("Sokół Kurier", "Jaskółka Express", "Paczka24", "Wózek i Spółka", "Bocian Logistyka")
LAPTOPS = ("Latitude 5440", "ThinkPad T14", "EliteBook 840", "ProBook 450", "ThinkPad X1")
PHONE_MODELS = ("iPhone 14", "iPhone SE", "Galaxy A54", "Galaxy S23", "Pixel 8")
PRINTERS = ("HP-2P-KUCHNIA", "HP-1P-RECEPCJA", "BROTHER-MAGAZYN", "CANON-3P-FINANSE")
BROWSERS = ("Chrome", "Firefox", "Edge", "Safari")
NETWORKS = ("Fala", "Zasięg24", "Halo Mobile")
CITIES = ("Łódź", "Gdańsk", "Wrocław", "Poznań", "Kraków", "Lublin", "Białystok", "Rzeszów", "Szczecin", "Katowice")
FIRST_NAMES_OF_OTHERS = (("Anna", WOMAN), ("Marcin", MAN), ("Ewelina", WOMAN), ("Karol", MAN), ("Zuzanna", WOMAN))


def make_slots(
    *,
    language: str,
    at: datetime,
    requester: Person,
    agent: Person,
    mate: Person,
    developer: str,
    shop: Firm,
    rng: random.Random,
) -> dict[str, str]:
    """What the slots of one ticket stand for. `at` is the local time the ticket was opened."""
    is_polish = language == "pl"
    order = rng.randint(1200, 98000)
    earlier = at - timedelta(days=rng.randint(1, 3))
    while earlier.weekday() > 4 and rng.random() < 0.8:
        earlier -= timedelta(days=1)
    dated = at - timedelta(days=rng.randint(2, 12))
    last_month = at.replace(day=1) - timedelta(days=1)
    first, gender = rng.choice(FIRST_NAMES_OF_OTHERS)
    zloty = max(19, min(1900, int(rng.lognormvariate(4.8, 0.7))))
    if is_polish:
        day, since = WEEKDAYS_PL[earlier.weekday()]
        date = f"{dated.day} {MONTHS_PL[dated.month - 1][1]}"
        month = MONTHS_PL[last_month.month - 1][0]
    else:
        day, since = f"on {WEEKDAYS_EN[earlier.weekday()]}", f"since {WEEKDAYS_EN[earlier.weekday()]}"
        date = f"{dated.day} {MONTHS_EN[dated.month - 1]}"
        month = MONTHS_EN[last_month.month - 1]
    minutes = rng.randint(8 * 60, max(8 * 60 + 1, min(19 * 60, at.hour * 60 + at.minute)))
    return {
        "order": str(order),
        "order2": str(order + rng.randint(1, 6)),
        "order3": str(order + rng.randint(7, 19)),
        "invoice": f"FV/{rng.randint(11, 4800)}/{last_month.month:02d}/{last_month.year}",
        "nip": _nip(rng),
        "amount": _money(zloty, is_polish, rng),
        "amount2": _money(zloty + rng.randint(5, 80), is_polish, rng),
        "just_over": _money(rng.randint(201, 260), is_polish, rng),
        "sum": _money(rng.randint(900, 14000), is_polish, rng),
        "product": rng.choice(PRODUCTS_PL if is_polish else PRODUCTS_EN),
        "shop": shop.name,
        "domain": shop.domain,
        "city": rng.choice(CITIES),
        "courier": rng.choice(COURIERS),
        "parcel": str(rng.randint(6 * 10**9, 7 * 10**9)),
        "parcel2": str(rng.randint(6 * 10**9, 7 * 10**9)),
        "month": month,
        "date": date,
        "day": day,
        "since": since,
        "time": f"{minutes // 60}:{minutes % 60:02d}",
        "customer": f"{first} {surname(rng.choice(SURNAMES), gender)}",
        "count": str(rng.randint(5, 21)),  # in Polish all of these take the genitive plural
        "percent": str(rng.randint(11, 98)),
        "pin": f"{rng.randint(1000, 9999)}",
        "laptop": rng.choice(LAPTOPS),
        "phone_model": rng.choice(PHONE_MODELS),
        "printer": rng.choice(PRINTERS),
        "browser": rng.choice(BROWSERS),
        "network": rng.choice(NETWORKS),
        "room": f"{rng.randint(1, 3)}.{rng.randint(1, 24):02d}",
        "mate": mate.name,
        "dev": developer,
        "org": requester.organisation,
        "to_name": requester.name,
        "to_first": requester.first,
    }


def _money(zloty: int, is_polish: bool, rng: random.Random) -> str:
    grosz = rng.choice(("00", "00", "50", "90", "99"))
    return f"{zloty},{grosz} zł" if is_polish else f"PLN {zloty}.{grosz}"


def _nip(rng: random.Random) -> str:
    """Ten digits in the shape of a Polish tax number whose check digit is wrong, so that it is nobody's."""
    digits = [rng.randint(1, 9) for _ in range(9)]
    check = sum(digit * weight for digit, weight in zip(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=True)) % 11
    text = "".join(map(str, digits)) + str((check + 1) % 10)
    return f"{text[:3]}-{text[3:6]}-{text[6:8]}-{text[8:]}"


THANKS = {
    "pl": lines(
        """
        Dziękuję, wszystko działa.
        Super, dzięki za szybką pomoc!
        Bardzo dziękuję. Miłego dnia!
        Działa. Dziękuję.
        Dziękuję za cierpliwość i za wytłumaczenie.
        Rozwiązane, można zamknąć.
        Ok, dzięki.
        Dziękuję, nie spodziewa[łem|łam] się odpowiedzi tak szybko.
        """
    ),
    "en": lines(
        """
        Thank you, it works now.
        Great, thanks for the quick help!
        All good, you can close this.
        Thanks, that was easier than I thought.
        Works. Thank you.
        Many thanks, have a good day!
        """
    ),
}
NUDGES = {
    "pl": lines(
        """
        Czy coś już wiadomo w tej sprawie?
        Przypominam się uprzejmie.
        Dalej bez zmian. Proszę o informację, kiedy mogę liczyć na odpowiedź.
        Halo, jest tam kto?
        Dopisuję, że sprawa zrobiła się pilniejsza. Proszę o kontakt.
        Proszę o choć jedno zdanie odpowiedzi.
        """
    ),
    "en": lines(
        """
        Is there any news?
        Just a friendly reminder.
        Still the same here. When can I expect an answer?
        Hello, is anybody there?
        It has become more urgent on our side, please have a look.
        """
    ),
}
CLOSERS = {
    "pl": lines(
        """
        dziękuję za informację, w takim razie zamykam zgłoszenie. W razie czego wystarczy odpisać.
        cieszę się, że pomogło. Gdyby coś wróciło, proszę po prostu odpowiedzieć na tę wiadomość.
        dziękuję za potwierdzenie. Miłego dnia!
        """
    ),
    "en": lines(
        """
        Thank you for letting us know, I am closing this one. If it comes back, just reply.
        Glad it is sorted. Have a good day!
        Good to hear. Reply here if anything else comes up.
        """
    ),
}
LOOKING = {
    "pl": lines(
        """
        dziękuję za wiadomość. Sprawdzam to i wrócę z odpowiedzią jeszcze dziś.
        [przyjąłem|przyjęłam], zajmuję się tym. Odezwę się, gdy będę wiedzieć więcej.
        dziękuję za zgłoszenie. Muszę to dokładnie sprawdzić, proszę o chwilę cierpliwości.
        """
    ),
    "en": lines(
        """
        Thank you for writing. I am looking into it and will come back to you today.
        Got it, I am on it. I will write as soon as I know more.
        Thank you. I want to check this properly first, please bear with me.
        """
    ),
}
CALLED = {
    "pl": lines(
        """
        Telefon do klient<a|ki>, przekaza[łem|łam]: {said}
        Oddzwoni[łem|łam]. Powiedzia[łem|łam] tak: {said}
        Rozmowa telefoniczna, 4 minuty. Odpowiedź: {said}
        """
    ),
    "en": lines(
        """
        Called back. Told <him|her>: {said}
        Phone call, 4 minutes. My answer: {said}
        """
    ),
}
WRITTEN_BACK = {
    "pl": lines(
        """
        Adresu brak, odpowiedzia[łem|łam] w komunikatorze: {said}
        Odpisane w komunikatorze: {said}
        """
    ),
    "en": lines(
        """
        No address, answered in the messenger: {said}
        Answered in the messenger: {said}
        """
    ),
}
CONFIRMED = {
    "pl": lines(
        """
        <Potwierdził|Potwierdziła>, że jest dobrze. Zamykam.
        Sprawdzone razem z klient<em|ką>, działa.
        """
    ),
    "en": lines(
        """
        Confirmed, all good. Closing.
        Checked together, it works.
        """
    ),
}
REOPENED = {
    "pl": lines(
        """
        Jednak wróciło. Dziś rano to samo.
        Cieszy[łem|łam] się za wcześnie, znowu jest tak jak było.
        """
    ),
    "en": lines(
        """
        Sorry, it came back this morning.
        I spoke too soon, the same thing again.
        """
    ),
}
FIXED_AGAIN = {
    "pl": lines(
        """
        przepraszam, poprawka nie objęła Państwa konta. Dopisa[łem|łam] je i sprawdzi[łem|łam] dwa razy.
        rzeczywiście, zostało stare ustawienie w pamięci podręcznej. Wyczyszczone, proszę odświeżyć stronę.
        """
    ),
    "en": lines(
        """
        I am sorry, the fix had not reached your account. It has now, and I checked twice.
        You are right, an old setting was still cached. It is cleared now, please reload the page.
        """
    ),
}
