"""Who lives in the demo: an invented company, its staff, its customers and their customers. Pure data and pure functions.

Nobody here exists; every address ends in `.example`, which belongs to nobody (RFC 2606).
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, field, replace

from helpdesk.demo.cases import words

COMPANY = "Bursztyn"
MAIL_DOMAIN = "bursztyn.example"
MAN, WOMAN = 0, 1


@dataclass(frozen=True)
class Person:
    """`vocative` is how a Polish letter begins: "Panie {vocative},"."""

    name: str
    gender: int
    vocative: str
    language: str
    organisation: str
    email: str | None
    phone: str = ""
    role: str = "requester"
    audience: str = "shop"
    teams: tuple[str, ...] = ()
    weight: float = 1.0
    manner: int = 0  # which greeting and which signature this person is used to
    number: int = 0  # place among everybody, from 1; the primary key

    @property
    def first(self) -> str:
        return self.name.split(" ")[0]


@dataclass(frozen=True)
class Firm:
    name: str
    domain: str
    kind: str  # "shop" our customer, "buyer" who buys in our customers' shops, "department" one of ours
    language: str = "pl"


@dataclass(frozen=True)
class Cast:
    """Everybody, in a fixed order: support first, then colleagues, then requesters."""

    agents: tuple[Person, ...]
    leads: tuple[Person, ...]
    admins: tuple[Person, ...]
    colleagues: tuple[Person, ...]
    requesters: tuple[Person, ...]
    firms: tuple[Firm, ...]
    everybody: tuple[Person, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Numbers everybody from 1."""
        everybody: tuple[Person, ...] = ()
        for name in ("agents", "leads", "admins", "colleagues", "requesters"):
            people = tuple(
                replace(person, number=n) for n, person in enumerate(getattr(self, name), len(everybody) + 1)
            )
            object.__setattr__(self, name, people)
            everybody += people
        object.__setattr__(self, "everybody", everybody)


BILLING, SHOP, IT = "Zespół faktur", "Zespół sklepów", "Zespół IT"
TEAMS = (BILLING, SHOP, IT)
SUPPORT_DEPARTMENT = f"{COMPANY}, obsługa klienta"

# Name, gender, vocative, teams. The first agent, lead, admin and colleague are the demo's logins.
AGENTS = (
    ("Agnieszka Wrona", WOMAN, "Agnieszko", TEAMS),
    ("Tomasz Kulesza", MAN, "Tomaszu", (BILLING,)),
    ("Piotr Sowa", MAN, "Piotrze", (BILLING,)),
    ("Katarzyna Ostrowska", WOMAN, "Katarzyno", (BILLING,)),
    ("Michał Żak", MAN, "Michale", (SHOP,)),
    ("Joanna Pawlik", WOMAN, "Joanno", (SHOP,)),
    ("Rafał Dębiński", MAN, "Rafale", (SHOP,)),
    ("Zofia Maj", WOMAN, "Zofio", (SHOP,)),
    ("Paweł Czyż", MAN, "Pawle", (SHOP,)),
    ("Magdalena Lipińska", WOMAN, "Magdaleno", (IT,)),
    ("Bartosz Świątek", MAN, "Bartoszu", (IT,)),
    ("Ewa Jasińska", WOMAN, "Ewo", (IT, SHOP)),
)
LEADS = (
    ("Barbara Majewska", WOMAN, "Barbaro", (BILLING, SHOP)),
    ("Grzegorz Wilk", MAN, "Grzegorzu", (IT,)),
)
ADMINS = (("Iwona Zawadzka", WOMAN, "Iwono", ()),)
AWAY = ("Rafał Dębiński", "Ewa Jasińska")
"""Agents who are not at work on the demo's Monday."""

ON_DUTY, MENTORS = "Ola Nowicka", ("Agnieszka Wrona", "Zofia Maj")
DEVELOPERS = ("Kacper Lis", "Natalia Sikora", "Hubert Wójtowicz")

COLLEAGUES = {
    "marketing": (
        ("Ola Nowicka", WOMAN, "Olu"),
        ("Filip Rutkowski", MAN, "Filipie"),
        ("Karolina Bąk", WOMAN, "Karolino"),
        ("Jakub Olszewski", MAN, "Jakubie"),
        ("Weronika Głowacka", WOMAN, "Weroniko"),
        ("Szymon Adamczyk", MAN, "Szymonie"),
        ("Julia Kubiak", WOMAN, "Julio"),
    ),
    "programiści": (
        ("Kacper Lis", MAN, "Kacprze"),
        ("Natalia Sikora", WOMAN, "Natalio"),
        ("Hubert Wójtowicz", MAN, "Hubercie"),
        ("Dawid Kozłowski", MAN, "Dawidzie"),
        ("Alicja Sroka", WOMAN, "Alicjo"),
        ("Wojciech Mróz", MAN, "Wojciechu"),
        ("Patrycja Zięba", WOMAN, "Patrycjo"),
        ("Marcin Gołąb", MAN, "Marcinie"),
        ("Oskar Błaszczyk", MAN, "Oskarze"),
        ("Daria Konieczna", WOMAN, "Dario"),
        ("Igor Szulc", MAN, "Igorze"),
        ("Emilia Tomczak", WOMAN, "Emilio"),
        ("Maciej Czajka", MAN, "Macieju"),
        ("Sebastian Ptak", MAN, "Sebastianie"),
    ),
    "sprzedaż": (
        ("Marek Zieliński", MAN, "Marku"),
        ("Dorota Kaczmarek", WOMAN, "Doroto"),
        ("Robert Sadowski", MAN, "Robercie"),
        ("Beata Michalska", WOMAN, "Beato"),
        ("Kamil Wrzosek", MAN, "Kamilu"),
        ("Sylwia Pietrzak", WOMAN, "Sylwio"),
        ("Artur Borowski", MAN, "Arturze"),
        ("Monika Gajda", WOMAN, "Moniko"),
        ("Damian Cichy", MAN, "Damianie"),
        ("Ilona Walczak", WOMAN, "Ilono"),
    ),
    "finanse": (
        ("Halina Kowal", WOMAN, "Halino"),
        ("Jerzy Laskowski", MAN, "Jerzy"),
        ("Urszula Bednarz", WOMAN, "Urszulo"),
        ("Renata Chmiel", WOMAN, "Renato"),
        ("Krystian Wolny", MAN, "Krystianie"),
        ("Teresa Żurek", WOMAN, "Tereso"),
    ),
    "magazyn": (
        ("Stanisław Górka", MAN, "Stanisławie"),
        ("Mariusz Kłos", MAN, "Mariuszu"),
        ("Wiesława Kot", WOMAN, "Wiesławo"),
        ("Zbigniew Rak", MAN, "Zbigniewie"),
        ("Andrzej Słowik", MAN, "Andrzeju"),
        ("Danuta Brzoza", WOMAN, "Danuto"),
        ("Leszek Dudek", MAN, "Leszku"),
    ),
    "kadry": (
        ("Elżbieta Nowak-Król", WOMAN, "Elżbieto"),
        ("Kinga Stępień", WOMAN, "Kingo"),
        ("Adam Krupa", MAN, "Adamie"),
    ),
    "produkt": (
        ("Anna Świerczyńska", WOMAN, "Anno"),
        ("Konrad Jaworski", MAN, "Konradzie"),
        ("Gabriela Lach", WOMAN, "Gabrielo"),
        ("Mateusz Polak", MAN, "Mateuszu"),
        ("Izabela Mazurek", WOMAN, "Izabelo"),
    ),
    "prawny": (
        ("Małgorzata Czarnecka", WOMAN, "Małgorzato"),
        ("Witold Sobczak", MAN, "Witoldzie"),
    ),
    "biuro": (
        ("Bożena Cieślak", WOMAN, "Bożeno"),
        ("Tadeusz Janik", MAN, "Tadeuszu"),
        ("Jolanta Wrońska", WOMAN, "Jolanto"),
    ),
    "zarząd": (
        ("Krzysztof Bielawski", MAN, "Krzysztofie"),
        ("Hanna Ostaszewska", WOMAN, "Hanno"),
        ("Ryszard Lipski", MAN, "Ryszardzie"),
    ),
}
"""Sixty people outside support, by department. Krzysztof Bielawski is the boss who asks about the figures."""

COLLEAGUES_IN_ENGLISH = frozenset({"Emilia Tomczak", "Igor Szulc", "Konrad Jaworski", "Artur Borowski", "Julia Kubiak"})


def _between_bars(block: str) -> tuple[str, ...]:
    return tuple(block.split("|"))


WOMEN = {
    "Anna": "Anno", "Maria": "Mario", "Katarzyna": "Katarzyno", "Małgorzata": "Małgorzato", "Barbara": "Barbaro",
    "Ewa": "Ewo", "Krystyna": "Krystyno", "Elżbieta": "Elżbieto", "Magdalena": "Magdaleno", "Joanna": "Joanno",
    "Halina": "Halino", "Monika": "Moniko", "Zofia": "Zofio", "Jadwiga": "Jadwigo", "Danuta": "Danuto",
    "Irena": "Ireno", "Teresa": "Tereso", "Grażyna": "Grażyno", "Beata": "Beato", "Dorota": "Doroto",
    "Renata": "Renato", "Iwona": "Iwono", "Aleksandra": "Aleksandro", "Justyna": "Justyno", "Aneta": "Aneto",
    "Sylwia": "Sylwio", "Marta": "Marto", "Paulina": "Paulino", "Natalia": "Natalio", "Wiktoria": "Wiktorio",
    "Klaudia": "Klaudio", "Weronika": "Weroniko", "Patrycja": "Patrycjo", "Edyta": "Edyto", "Bogumiła": "Bogumiło",
    "Helena": "Heleno", "Łucja": "Łucjo", "Żaneta": "Żaneto", "Róża": "Różo", "Urszula": "Urszulo",
    "Wanda": "Wando", "Alina": "Alino", "Kinga": "Kingo", "Lidia": "Lidio", "Milena": "Mileno",
    "Bożena": "Bożeno", "Celina": "Celino", "Dominika": "Dominiko", "Emilia": "Emilio", "Kamila": "Kamilo",
}  # fmt: skip
MEN = {
    "Piotr": "Piotrze", "Krzysztof": "Krzysztofie", "Andrzej": "Andrzeju", "Tomasz": "Tomaszu", "Jan": "Janie",
    "Paweł": "Pawle", "Michał": "Michale", "Marcin": "Marcinie", "Stanisław": "Stanisławie", "Jakub": "Jakubie",
    "Adam": "Adamie", "Marek": "Marku", "Łukasz": "Łukaszu", "Grzegorz": "Grzegorzu", "Mateusz": "Mateuszu",
    "Wojciech": "Wojciechu", "Mariusz": "Mariuszu", "Dariusz": "Dariuszu", "Zbigniew": "Zbigniewie",
    "Jerzy": "Jerzy", "Maciej": "Macieju", "Rafał": "Rafale", "Robert": "Robercie", "Kamil": "Kamilu",
    "Józef": "Józefie", "Jacek": "Jacku", "Henryk": "Henryku", "Ryszard": "Ryszardzie", "Kazimierz": "Kazimierzu",
    "Bartosz": "Bartoszu", "Przemysław": "Przemysławie", "Bogdan": "Bogdanie", "Wiesław": "Wiesławie",
    "Leszek": "Leszku", "Zdzisław": "Zdzisławie", "Mirosław": "Mirosławie", "Sławomir": "Sławomirze",
    "Włodzimierz": "Włodzimierzu", "Witold": "Witoldzie", "Bogusław": "Bogusławie", "Dawid": "Dawidzie",
    "Szymon": "Szymonie", "Filip": "Filipie", "Radosław": "Radosławie", "Norbert": "Norbercie",
    "Cezary": "Cezary", "Eryk": "Eryku", "Gabriel": "Gabrielu", "Hubert": "Hubercie", "Ignacy": "Ignacy",
}  # fmt: skip
SURNAMES = words(
    "Kowalsk- Wiśniewsk- Kamińsk- Lewandowsk- Zielińsk- Szymańsk- Dąbrowsk- Kozłowsk- Jankowsk- Wojciechowsk- "
    "Kwiatkowsk- Piotrowsk- Grabowsk- Pawłowsk- Michalsk- Nowick- Jabłońsk- Majewsk- Olszewsk- Jaworsk- "
    "Malinowsk- Stępniewsk- Górsk- Witkowsk- Rutkowsk- Ostrowsk- Sikorsk- Pietrowsk- Zawadzk- Głowack- Zakrzewsk- "
    "Krajewsk- Wróblewsk- Maciejewsk- Czarneck- Sadowsk- Bielsk- Urbańsk- Sobolewsk- Wysock- Kalinowsk- Borkowsk- "
    "Lipińsk- Kucharsk- Gajewsk- Kołodziejsk- Brzozowsk- Dębsk- Domańsk- Konieczn- Śliwińsk- Szczepańsk- Leśniewsk- "
    "Makowsk- Orzechowsk- Żukowsk- Łuczyńsk- Źródlańsk- Świątkowsk- Ćwiklińsk- "
    "Nowak Wójcik Woźniak Mazur Krawczyk Kaczmarek Król Wieczorek Wróbel Stępień Pawlak Walczak Dudek Adamczyk Duda "
    "Zając Sikora Baran Szewczyk Tomaszek Pietrzak Marciniak Bąk Włodarczyk Jakubiak Chmiel Wilk Lis Kot Mróz "
    "Kubiak Kozioł Gołębiowsk- Cieślak Szulc Kania Bielak Żak Błaszczyk Kłos Gwóźdź Skiba Stolarz Rybak Młynarczyk "
    "Bednarz Ślusarczyk Piekarz Wrona Czajka Gil Kulik Jeż Borsuk Łoś Dzik Żbik Sum Karaś Szczepaniak Jędrzejczak "
    "Łapińsk- Różańsk- Ciesielsk- Mączyńsk- Bąkowsk- Kępińsk- Żebrowsk- Węgrzyn Świder Żurawsk-"
)

FOREIGN = {
    WOMAN: words("Oksana Lena Sofia Iryna Emma Clara Hanne Nora Ilse Kateřina Zuzana Réka Giulia Inês Aoife Olga"),
    MAN: words("Jonas Taras Oliver Lukas Mikael Henrik Bohdan Tomáš Matteo Gergő Diogo Conor Andrei Emil Stefan Ruben"),
}
FOREIGN_SURNAMES = words(
    "Melnyk Shevchenko Koval Bondarenko Schuster Berg Lindqvist Novák Dvořák Horváth Kovács Rossi Conti Ferreira "
    "Almeida Walsh O'Brien Byrne Müller Hoffmann Keller Jansen de-Vries Petersen Nilsson Virtanen Popescu Ionescu "
    "Rosenberg Larsen Bauer Weiss Marini Costa Kaur Murphy"
)

KINDS_OF_SHOP = _between_bars(
    "Pracownia|Galeria|Piekarnia|Księgarnia|Herbaciarnia|Palarnia Kawy|Kwiaciarnia|Rowery|Ceramika|Świece|Mydlarnia|"
    "Wędzarnia|Pasieka|Winnica|Stolarnia|Drukarnia|Introligatornia|Meble|Zabawki|Sklep Wędkarski|Sklep Żeglarski|"
    "Sklep Zoologiczny|Papiernia|Tkaniny|Szkółka Roślin|Zielarnia|Optyk|Jubiler|Antykwariat|Cukiernia|Serowarnia|"
    "Olejarnia|Farby|Narzędzia|Lampy|Obuwie|Kapelusze|Plecaki|Przyprawy|Biżuteria|Kuchnia|Ramy|Wełna|Gry"
)
NAMES_OF_SHOPS = _between_bars(
    "Sowa|Malwa|Rosa|Jaskółka|Wrzos|Kaszuby|Pod Lipą|Dwa Koty|Zielony Kot|Cztery Pory|Leśny Zakątek|Na Rogu|Trzy Sosny|"
    "Kropka|Jarzębina|Kalina|Dzięcioł|Bocian|Żuraw|Perkoz|Wilga|Skowronek|Makówka|Chaber|Mięta|Tymianek|Lawenda|Szałwia|"
    "Pod Arkadami|U Basi|U Zbyszka|Nad Stawem|Za Rzeką|Bez Pośpiechu|Dobra Nuta|Złota Rybka|Błękitny Żagiel|Pod Kasztanem|"
    "Święty Spokój|Biały Kamień|Rudy Lis|Ćma|Łąka|Źródełko|Żabka i Syn|Stara Szopa|Ósemka|Piąta Strona|Pogoda|Polana"
)
WELL_KNOWN_SHOPS = _between_bars(
    "Pracownia Lniana|Rowery Kółko|Ceramika Bolimów|Zielony Parapet|Dom Herbaty Malwa|Introligatornia Sowa|"
    "Miody Puszczańskie|Galeria Szkło i Len|Spółdzielnia Tkacka|Wędzarnia Kaszuby|Kawa z Kominem|Świece Rosa|"
    "Bursztyn i Srebro|Łyżwy Zakopane|Żelazo i Dąb|Ćwierć Beczki|Ogród Babci Heli|Sery znad Bugu|Góralskie Kapcie|"
    "Latawce Łeba|Szachy Wojnowice|Nalewki Kresowe|Koronki Koniaków|Porcelana z Pieca|Kajaki Brda|"
    "Gęsie Pióro|Zegary Świdnica|Wino i Ser|Skarpety do Pary|Słoik na Wszystko|Tort na Piątek|Książki po Przejściach|"
    "Pierwsza Pomoc Rowerowa|Psia Wachta|Kocie Sprawy|Nici i Guziki|Hamaki Jurata|Struny Warmii|Łódzkie Płótna|"
    "Drewniane Klocki|Mydło Szare|Oliwa i Sól|Zioła Podlasia|Nowa Huta Plakatów|Kolej na Zabawki|Mapy i Kompasy|"
    "Pędzel i Wałek|Ryby Suwałki|Jabłka Grójec|Śledź w Oleju"
)
TOWNS = words(
    "Sieradz Kutno Augustów Sandomierz Zamość Cieszyn Chojnice Ełk Lębork Mielec Nysa Oława Pułtusk Rypin Sanok Turek "
    "Ustka Wadowice Żary Łomża Śrem Głogów Kępno Bochnia Jarosław Krosno Leszno Piła Racibórz Świdnik Łańcut Żnin"
)
BUYERS = _between_bars(
    "Przedszkole „Słoneczko”, {town}|Szkoła Podstawowa nr {n}, {town}|Biblioteka Miejska, {town}|Urząd Gminy, {town}|"
    "Biuro Rachunkowe Saldo, {town}|Gabinet Stomatologiczny, {town}|Dom Kultury, {town}|Klub Sportowy, {town}|"
    "Hotel Pod Różą, {town}|Pensjonat Jantar, {town}|Kancelaria Notarialna, {town}|Przychodnia Zdrowie, {town}|"
    "Parafia św. Anny, {town}|Stowarzyszenie Mieszkańców, {town}|Restauracja Spiżarnia, {town}"
)
POST_BOXES = ("poczta.example", "skrzynka.example", "listonosz.example", "mailbox.example")


def slug(text: str) -> str:
    """Letters of Polish folded to ASCII, words joined by hyphens: a plausible part of a domain name."""
    plain = unicodedata.normalize("NFD", text.replace("ł", "l").replace("Ł", "L")).encode("ascii", "ignore").decode()
    words = "".join(letter if letter.isalnum() else " " for letter in plain.lower()).split()
    return "-".join(words)


def make_cast(rng: random.Random, *, requesters: int = 2000, firms: int = 400, more_agents: int = 0) -> Cast:
    """The same people for the same `rng`. The staff is fixed but for `more_agents`; they and customers are drawn."""
    drawn = _more_agents(rng, more_agents)
    shops, buyers = _firms(rng, firms)
    colleagues = _colleagues()
    departments = tuple(Firm(f"{COMPANY}, {name}", MAIL_DOMAIN, "department") for name in COLLEAGUES)
    support = Firm(SUPPORT_DEPARTMENT, MAIL_DOMAIN, "department")
    return Cast(
        agents=tuple(_staff(person, "agent") for person in (*AGENTS, *drawn)),
        leads=tuple(_staff(person, "lead") for person in LEADS),
        admins=tuple(_staff(person, "admin") for person in ADMINS),
        colleagues=colleagues,
        requesters=tuple(_requesters(rng, requesters, shops, buyers)),
        firms=(support, *departments, *shops, *buyers),
    )


def _more_agents(rng: random.Random, count: int) -> list[tuple[str, int, str, tuple[str, ...]]]:
    """For a larger desk, each of one team, each with a name and an address of their own."""
    at_work = (*AGENTS, *LEADS, *ADMINS, *(person for people in COLLEAGUES.values() for person in people))
    taken = {staff_address(str(person[0])) for person in at_work}
    drawn: list[tuple[str, int, str, tuple[str, ...]]] = []
    while len(drawn) < count:
        name, gender, vocative = _name(rng, "pl")
        if staff_address(name) not in taken:
            taken.add(staff_address(name))
            drawn.append((name, gender, vocative, ((BILLING, SHOP, SHOP, SHOP)[len(drawn) % 4],)))
    return drawn


def staff_address(name: str) -> str:
    return f"{slug(name).replace('-', '.', 1)}@{MAIL_DOMAIN}"


def _staff(entry: tuple[str, int, str, tuple[str, ...]], role: str) -> Person:
    name, gender, vocative, teams = entry
    return Person(
        name=name,
        gender=gender,
        vocative=vocative,
        language="pl",
        organisation=SUPPORT_DEPARTMENT,
        email=staff_address(name),
        role=role,
        audience="employee",
        teams=teams,
    )


def _colleagues() -> tuple[Person, ...]:
    return tuple(
        Person(
            name=name,
            gender=gender,
            vocative=vocative,
            language="en" if name in COLLEAGUES_IN_ENGLISH else "pl",
            organisation=f"{COMPANY}, {department}",
            email=staff_address(name),
            phone=f"wewn. {300 + n}",
            role="colleague",
            audience="employee",
            weight=2.5 if name in ("Marek Zieliński", "Bożena Cieślak", "Krzysztof Bielawski") else 1.0,
            manner=n,
        )
        for n, (department, name, gender, vocative) in enumerate(
            (department, *person) for department, people in COLLEAGUES.items() for person in people
        )
    )


def _firms(rng: random.Random, count: int) -> tuple[list[Firm], list[Firm]]:
    """Shops and buyers, `count` in all, each name and each domain once."""
    buyers = [template.format(town=town, n=rng.randint(2, 18)) for template in BUYERS for town in TOWNS]
    buyers = rng.sample(buyers, max(4, count // 6))
    shops = list(WELL_KNOWN_SHOPS[: count - len(buyers)])
    drawn = [f"{kind} {name}" for kind in KINDS_OF_SHOP for name in NAMES_OF_SHOPS]
    rng.shuffle(drawn)
    drawn = [name for name in drawn if name not in WELL_KNOWN_SHOPS]
    shops += drawn[: count - len(buyers) - len(shops)]
    made: list[Firm] = []
    domains: set[str] = set()
    for name in [*shops, *buyers]:
        domain = f"{slug(name)}.example"
        while domain in domains:
            domain = f"{slug(name)}-{len(domains)}.example"
        domains.add(domain)
        kind = "shop" if len(made) < len(shops) else "buyer"
        made.append(Firm(name, domain, kind, "en" if rng.random() < 0.3 else "pl"))
    return made[: len(shops)], made[len(shops) :]


def _requesters(rng: random.Random, count: int, shops: list[Firm], buyers: list[Firm]) -> list[Person]:
    """People of the firms: three quarters of shops, each firm at least one. About one in sixteen has no address."""
    firms = [*shops, *buyers]
    for_buyers = count // 4 - len(buyers)
    firms += rng.choices(buyers, k=max(0, for_buyers))
    firms += rng.choices(shops, weights=[rng.paretovariate(1.6) for _ in shops], k=max(0, count - len(firms)))
    addresses: set[str] = set()
    names: set[tuple[str, str]] = set()
    people = []
    for n, firm in enumerate(firms[:count]):
        language = firm.language if rng.random() < 0.85 else ("en" if firm.language == "pl" else "pl")
        name, gender, vocative = _name(rng, language)
        while (name, firm.name) in names:
            name, gender, vocative = _name(rng, language)
        names.add((name, firm.name))
        has_address = rng.random() > 0.06
        email = _address(rng, name, firm, addresses) if has_address else None
        phone = _phone(rng) if not has_address or rng.random() < 0.45 else ""
        people.append(
            Person(
                name=name,
                gender=gender,
                vocative=vocative,
                language=language,
                organisation=firm.name,
                email=email,
                phone=phone,
                audience=firm.kind,
                weight=min(8.0, rng.paretovariate(1.4)),
                manner=n + rng.randint(0, 9),
            )
        )
    return people


def _name(rng: random.Random, language: str) -> tuple[str, int, str]:
    gender = WOMAN if rng.random() < 0.56 else MAN
    if language == "en" and rng.random() < 0.5:
        first = rng.choice(FOREIGN[gender])
        return f"{first} {rng.choice(FOREIGN_SURNAMES).replace('-', ' ')}", gender, first
    first, vocative = rng.choice(list((WOMEN if gender == WOMAN else MEN).items()))
    return f"{first} {surname(rng.choice(SURNAMES), gender)}", gender, vocative


def surname(stem: str, gender: int) -> str:
    """Adjective-like surnames (marked by a hyphen or ending in -ski, -cki) have a feminine form; the others have one."""
    if stem.endswith("-"):
        bare = stem[:-1]
        ending = "y" if bare.endswith("n") else "i"
        return bare + ("a" if gender == WOMAN else ending)
    if gender == WOMAN and stem.endswith(("ski", "cki", "dzki")):
        return stem[:-1] + "a"
    return stem


def _address(rng: random.Random, name: str, firm: Firm, taken: set[str]) -> str:
    first, _, last = slug(name).partition("-")
    is_private = firm.kind == "buyer" and rng.random() < 0.6
    domain = rng.choice(POST_BOXES) if is_private else firm.domain
    forms = [f"{first}.{last}", f"{first[0]}.{last}", f"{first}", f"{first}{last}"]
    if domain == firm.domain:
        forms += ["biuro", "sklep", "kontakt"] if firm.kind == "shop" else ["sekretariat"]
    form = rng.choice(forms)
    if f"{form}@{domain}" in taken:
        form = f"{first}.{last}"
    while f"{form}@{domain}" in taken:
        form = f"{first}.{last}{rng.randint(2, 99)}"
    taken.add(f"{form}@{domain}")
    return f"{form}@{domain}"


def _phone(rng: random.Random) -> str:
    """In the shape of a Polish mobile number, beginning with 00: no such number can be given to anybody."""
    return f"+48 00{rng.randint(1, 9)} {rng.randint(100, 999)} {rng.randint(100, 999)}"
