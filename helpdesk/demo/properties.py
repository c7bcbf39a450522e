"""Tags and the desk's own fields on the demo's tickets.

They are told when everything else is, with chance of their own: so the stories are the same with and without them.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TypeVar

from helpdesk.demo import promises
from helpdesk.demo.hours import NOW
from helpdesk.demo.story import Story
from helpdesk.demo.telling import NUMBER_OF
from tickets.models import CustomField, Kind, Tag

TAGS = {
    "blank_invoice": ["faktura", "awaria-6-marca"],
    "ksef": ["faktura", "ksef"],
    "blik": ["płatność", "zwrot"],
    "card_refund": ["płatność", "zwrot"],
    "wrong_nip": ["faktura", "korekta"],
    "two_plans": ["płatność", "abonament"],
    "payout": ["wypłata"],
    "vat": ["faktura", "vat"],
    "proforma": ["płatność", "abonament"],
    "reminder_paid": ["płatność", "windykacja"],
    "cash_register": ["paragon", "integracja"],
    "import": ["import"],
    "shop_slow": ["wydajność"],
    "cart_500": ["koszyk", "błąd"],
    "discount": ["koszyk", "promocje"],
    "domain": ["domena"],
    "certificate": ["domena", "certyfikat"],
    "stock": ["magazyn", "błąd"],
    "price_feed": ["integracja"],
    "omnibus": ["prawo"],
    "cookie": ["prawo"],
    "theme": ["wygląd"],
    "mail_to_spam": ["poczta"],
    "labels": ["etykiety"],
    "where_is_parcel": ["kurier", "zaginiona"],
    "no_pickup": ["kurier"],
    "damaged": ["kurier", "reklamacja"],
    "cod": ["pobranie", "kurier"],
    "locker": ["automat"],
    "return_label": ["etykiety", "zwrot"],
    "customs": ["cło"],
    "locked": ["hasło", "blokada"],
    "reset_mail": ["hasło", "poczta"],
    "sms": ["hasło", "sms"],
    "two_factor": ["hasło"],
    "erase_data": ["rodo"],
    "phishing": ["bezpieczeństwo", "phishing"],
    "owner_change": ["umowa"],
    "api_key": ["integracja", "api"],
    "java": ["instalacja"],
    "vpn": ["vpn"],
    "printer": ["drukarka"],
    "new_person": ["nowa-osoba"],
    "phone_mail": ["telefon", "poczta"],
}
"""By how the keys of their cases begin."""

TAGGED_SHARE = 0.55
FILLED_SHARE = 0.7

DEVICES = ("Laptop", "Telefon", "Drukarka", "Monitor lub stacja", "Konto i dostęp", "Inne")
PLATFORMS = ("Bursztyn Sklep", "WooCommerce", "PrestaShop", "Magento")
DEVICE_OF = {
    "phone_mail": "Telefon", "printer": "Drukarka", "monitor": "Monitor lub stacja", "java": "Laptop",
    "slow_laptop": "Laptop", "spilled": "Laptop", "vpn": "Laptop", "shared_drive": "Konto i dostęp",
    "password_manager": "Konto i dostęp", "windows_locked": "Konto i dostęp", "new_person": "Konto i dostęp",
}  # fmt: skip


def tell(stories: Iterable[Story], *, seed: int | str) -> None:
    """Let whoever first took a ticket up tag it and fill its fields in. What nobody has touched yet has neither."""
    rng = random.Random(f"properties {seed}")
    for story in stories:
        place = next((n for n, each in enumerate(story.happenings) if _is_by_the_desk(story, n)), None)
        if place is None:
            continue
        first, rest = story.happenings[place], story.happenings[place + 1 :]
        room_until = rest[0].at if rest else NOW
        if first.at + timedelta(seconds=4) >= room_until:
            continue
        tags = sorted(_begins(TAGS, story.case_key) or [])
        if tags and rng.random() < TAGGED_SHARE:
            place += 1
            story.tagged(place, first.at + timedelta(seconds=2), first.actor, tags)
        for key, value in _values(story, rng):
            place += 1
            story.filled(place, first.at + timedelta(seconds=3), first.actor, key, value)


def write(used: Iterable[str]) -> None:
    """The fields, and the tags that were used. The people and the queues are there."""
    order = CustomField.objects.create(key="zamowienie", label="Numer zamówienia", type="text", position=1)
    order.queues.set([NUMBER_OF["billing"], NUMBER_OF["deliveries"]])
    platform = CustomField.objects.create(
        key="platforma", label="Platforma sklepu", type="choice", choices=list(PLATFORMS), position=2
    )
    platform.queues.set([NUMBER_OF["shops"]])
    device = CustomField.objects.create(
        key="urzadzenie",
        label="Urządzenie",
        type="choice",
        choices=list(DEVICES),
        position=3,
        is_required_to_solve=True,
    )
    device.queues.set([NUMBER_OF["internal_it"]])
    promises.write_field()
    Tag.objects.bulk_create(Tag(name=name) for name in sorted(set(used)))


def _is_by_the_desk(story: Story, place: int) -> bool:
    happening = story.happenings[place]
    return happening.kind != Kind.OPENED and happening.actor not in (None, story.requester)


def _values(story: Story, rng: random.Random) -> Iterable[tuple[str, str]]:
    if story.queue == NUMBER_OF["internal_it"]:
        yield "urzadzenie", _begins(DEVICE_OF, story.case_key) or "Inne"
    elif story.queue == NUMBER_OF["shops"] and rng.random() < FILLED_SHARE:
        yield "platforma", rng.choices(PLATFORMS, weights=(8, 1, 1, 0.5))[0]
    elif story.queue in (NUMBER_OF["billing"], NUMBER_OF["deliveries"]) and story.order and rng.random() < FILLED_SHARE:
        yield "zamowienie", story.order


Value = TypeVar("Value")


def _begins(table: Mapping[str, Value], key: str) -> Value | None:
    return next((value for beginning, value in table.items() if key.startswith(beginning)), None)
