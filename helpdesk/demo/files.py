"""The files people send: small, real, made here. PDF, PNG, CSV and plain text without any library.

`make(kind, slots, rng)` gives the bytes of a kind named in the cases; the same slots and `rng` give the same bytes.
Pictures come in a few variants each and are drawn once.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from helpdesk.demo.cases import words

Slots = Mapping[str, str]
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "csv": "text/csv",
    "txt": "text/plain",
}


def make(kind: str, slots: Slots, rng: random.Random) -> bytes:
    """The content of a file of this kind. Raises `KeyError` for a kind nobody makes."""
    return MAKERS[kind](slots, rng)


def content_type(name: str) -> str:
    return TYPES[name.rsplit(".", 1)[-1]]


# PDF

_ACUTE, _DOT, _TAIL, _BAR = "acute", "dot", "tail", "bar"
_MARKED = {
    "ą": ("a", _TAIL), "ę": ("e", _TAIL), "Ą": ("A", _TAIL), "Ę": ("E", _TAIL),
    "ć": ("c", _ACUTE), "ń": ("n", _ACUTE), "ś": ("s", _ACUTE), "ź": ("z", _ACUTE),
    "Ć": ("C", _ACUTE), "Ń": ("N", _ACUTE), "Ś": ("S", _ACUTE), "Ź": ("Z", _ACUTE),
    "ż": ("z", _DOT), "Ż": ("Z", _DOT), "ł": ("l", _BAR), "Ł": ("L", _BAR),
}  # fmt: skip
_STROKES = {
    (_ACUTE, False): (0.28, 0.50, 0.40, 0.62),
    (_ACUTE, True): (0.28, 0.61, 0.40, 0.72),
    (_DOT, False): (0.28, 0.54, 0.35, 0.54),
    (_DOT, True): (0.28, 0.65, 0.35, 0.65),
    (_TAIL, False): (0.46, 0.01, 0.40, -0.13),
    (_TAIL, True): (0.50, 0.01, 0.44, -0.13),
    (_BAR, False): (0.18, 0.22, 0.42, 0.38),
    (_BAR, True): (0.06, 0.20, 0.34, 0.38),
}
"""From point to point, in parts of the size, from the letter's left foot; for small letters and for capitals."""


def pdf(lines: Iterable[tuple[int, int, int, str]], *, rules: Iterable[tuple[int, int, int, int]] = ()) -> bytes:
    """One A4 page: `lines` are (x, y, size, text) in points from the lower left, `rules` are lines from point to point.

    In Courier, which every viewer has and whose letters are all equally wide; what a Polish letter has more than the
    font, a stroke adds, since viewers' built-in fonts end with Western Europe.
    """
    drawn = [f"{x1} {y1} m {x2} {y2} l S" for x1, y1, x2, y2 in rules]
    texts = []
    for x, y, size, text in lines:
        plain = ""
        for n, letter in enumerate(text):
            base, mark = _MARKED.get(letter, (letter, ""))
            plain += base
            if mark:
                x1, y1, x2, y2 = (part * size for part in _STROKES[mark, base.isupper()])
                left = x + n * 0.6 * size
                width = size * (0.1 if mark == _DOT else 0.05)
                drawn.append(f"{width:.2f} w {left + x1:.1f} {y + y1:.1f} m {left + x2:.1f} {y + y2:.1f} l S")
        texts.append(f"BT /F1 {size} Tf {x} {y} Td (".encode() + _pdf_text(plain) + b") Tj ET")
    content = "\n".join(drawn).encode() + b"\n" + b"\n".join(texts)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        table,
        size,
        len(out),
    )


def _pdf_text(text: str) -> bytes:
    coded = text.encode("cp1252", "replace")
    return coded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def blank_pdf(slots: Slots, rng: random.Random) -> bytes:
    """The page that everybody complains about: a valid PDF with nothing on it."""
    return pdf([])


def invoice_pdf(slots: Slots, rng: random.Random) -> bytes:
    return pdf(
        [
            (60, 770, 18, f"Faktura {slots['invoice']}"),
            (60, 745, 10, f"Data: {slots['date']}    Dotyczy zamówienia {slots['order']}"),
            (60, 700, 11, "Sprzedawca: Bursztyn sp. z o.o., ul. Składowa 3, Łódź"),
            (60, 684, 11, f"Nabywca: {slots['shop']}, NIP {slots['nip']}"),
            (60, 640, 10, "Pozycja"),
            (420, 640, 10, "Kwota brutto"),
            (60, 618, 11, slots["product"]),
            (420, 618, 11, slots["amount"]),
            (60, 598, 11, "Obsługa i przesyłka"),
            (420, 598, 11, slots["amount2"]),
            (60, 556, 10, "Zapłacono przelewem. Dokument nie wymaga podpisu."),
        ],
        rules=[(60, 634, 535, 634), (60, 586, 535, 586)],
    )


def transfer_pdf(slots: Slots, rng: random.Random) -> bytes:
    return pdf(
        [
            (60, 770, 16, "Potwierdzenie operacji"),
            (60, 735, 11, f"Kwota: {slots['amount']}"),
            (60, 717, 11, f"Data księgowania: {slots['date']}, {slots['time']}"),
            (60, 699, 11, f"Nadawca: {slots['org']}"),
            (60, 681, 11, "Odbiorca: Bursztyn sp. z o.o."),
            (60, 663, 11, f"Tytuł: {slots['invoice']} / zamówienie {slots['order']}"),
            (60, 630, 9, f"Numer operacji {slots['parcel']}{slots['pin']}"),
        ],
        rules=[(60, 760, 535, 760), (60, 650, 535, 650)],
    )


def label_pdf(slots: Slots, rng: random.Random) -> bytes:
    """A parcel label in the corner of an A4 page, bars and all."""
    bars, x = [], 60
    for digit in slots["parcel"]:
        for step in (2 + int(digit) % 4, 3, 2 + int(digit) // 3):
            bars.append((x, 640, x, 700))
            x += step
    return pdf(
        [
            (60, 790, 14, slots["courier"]),
            (60, 766, 11, f"Nadawca: {slots['shop']}"),
            (60, 748, 11, f"Odbiorca: {slots['customer']}, {slots['city']}"),
            (60, 724, 10, f"Zamówienie {slots['order']}    2,4 kg"),
            (60, 622, 12, slots["parcel"]),
        ],
        rules=[*bars, (50, 810, 350, 810), (350, 810, 350, 600), (350, 600, 50, 600), (50, 600, 50, 810)],
    )


def form_pdf(slots: Slots, rng: random.Random) -> bytes:
    return pdf(
        [
            (60, 770, 16, "Bursztyn sp. z o.o."),
            (60, 735, 11, f"Sklep: {slots['shop']} ({slots['domain']})"),
            (60, 717, 11, f"NIP: {slots['nip']}"),
            (60, 685, 11, "1. Strony potwierdzają dane podane wyżej."),
            (60, 667, 11, "2. Zmiana wchodzi w życie pierwszego dnia następnego miesiąca."),
            (60, 649, 11, "3. Pozostałe postanowienia umowy nie zmieniają się."),
            (60, 560, 10, "................................        ................................"),
            (60, 546, 9, "podpis zgłaszającego                        podpis przyjmującego"),
        ]
    )


# PNG

_FONT = dict(
    zip(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        words(
            "0000000000 00005F0000 0007000700 147F147F14 242A7F2A12 2313086462 3649552250 0005030000 001C224100 "
            "0041221C00 082A1C2A08 08083E0808 0050300000 0808080808 0060600000 2010080402 3E5149453E 00427F4000 "
            "4261514946 2141454B31 1814127F10 2745454539 3C4A494930 0171090503 3649494936 064949291E 0036360000 "
            "0056360000 0008142241 1414141414 4122140800 0201510906 324979413E 7E1111117E 7F49494936 3E41414122 "
            "7F4141221C 7F49494941 7F09090101 3E41415132 7F0808087F 00417F4100 2040413F01 7F08142241 7F40404040 "
            "7F0204027F 7F0408107F 3E4141413E 7F09090906 3E4151215E 7F09192946 4649494931 01017F0101 3F4040403F "
            "1F2040201F 7F2018207F 6314081463 0304780403 6151494543"
        ),
        strict=True,
    )
)
"""Five columns of seven dots per letter, the lowest bit on top: the font of every small display since 1975."""

WHITE, INK, GREY, LIGHT, BLUE, RED, GREEN, AMBER, BROWN, TAN = range(10)
_PALETTE = (
    (255, 255, 255), (32, 33, 36), (150, 152, 158), (236, 236, 232), (40, 80, 160),
    (196, 43, 43), (36, 128, 74), (226, 160, 40), (120, 84, 52), (204, 172, 130),
)  # fmt: skip


class Picture:
    """A canvas of palette colours with rectangles and letters, written as PNG."""

    def __init__(self, width: int, height: int, ground: int = WHITE) -> None:
        self.width, self.height = width, height
        self.rows = [bytearray([ground]) * width for _ in range(height)]

    def box(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        left, right = max(0, x), min(self.width, x + width)
        for row in self.rows[max(0, y) : y + height]:
            row[left:right] = bytes([colour]) * (right - left)

    def write(self, x: int, y: int, text: str, colour: int = INK, scale: int = 2) -> None:
        for letter in text.upper():
            columns = bytes.fromhex(_FONT.get(letter, _FONT["?"]))
            for dx, column in enumerate(columns):
                for dy in range(7):
                    if column >> dy & 1:
                        self.box(x + dx * scale, y + dy * scale, scale, scale, colour)
            x += 6 * scale

    def png(self) -> bytes:
        raw = b"".join(b"\0" + bytes(row) for row in self.rows)
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0)
        palette = bytes(value for colour in _PALETTE for value in colour)
        chunks = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(raw, 6)), (b"IEND", b"")]
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
            for name, data in chunks
        )


SCREENS = {
    "screen_500": ("HTTP 500", "INTERNAL SERVER ERROR", RED),
    "screen_ksef": ("KSEF: 440", "DUPLICATE", RED),
    "screen_ssl": ("NOT SECURE", "ERR_CERT_DATE_INVALID", AMBER),
    "screen_slow": ("LOADING...", "14.8 S", GREY),
    "screen_locked": ("LOCKED", "TRY AGAIN IN 24:00", RED),
    "screen_checkout": ("DO KASY", "CHOOSE PAYMENT", BLUE),
    "screen_theme": ("", "SPRING SALE", GREEN),
    "screen_java": ("JAVA", "RUNTIME NOT FOUND", AMBER),
}


@cache
def _screenshot(kind: str, variant: int) -> bytes:
    title, words, colour = SCREENS[kind]
    picture = Picture(640, 400, LIGHT)
    picture.box(0, 0, 640, 34, GREY)
    for n, light in enumerate((RED, AMBER, GREEN)):
        picture.box(12 + n * 20, 12, 10, 10, light)
    picture.box(84, 7, 460, 20, WHITE)
    picture.write(92, 13, "HTTPS://SKLEP.EXAMPLE/KOSZYK", GREY, 1)
    picture.box(40, 60, 560, 300, WHITE)
    picture.box(40, 60, 560, 6, colour)
    picture.write(70, 110, title, colour, 5)
    picture.write(70, 170, words, INK, 2)
    for n in range(5):
        picture.box(70, 220 + n * 24, 420 - (variant * 37 + n * 61) % 200, 10, LIGHT)
    return picture.png()


@cache
def _phone(variant: int) -> bytes:
    picture = Picture(300, 560, WHITE)
    picture.box(0, 0, 300, 40, BLUE)
    picture.write(16, 14, "SKLEP", WHITE, 2)
    for n in range(3):
        picture.box(20, 60 + n * 110, 260, 96, LIGHT)
        picture.write(34, 76 + n * 110, f"{(n + 2 + variant) * 19},90 ZL", INK, 2)
    picture.box(0, 330, 300, 230, INK)
    picture.write(20, 360, "COOKIES", WHITE, 3)
    picture.write(20, 400, "OK", AMBER, 4)
    return picture.png()


@cache
def _product(variant: int) -> bytes:
    picture = Picture(360, 480, LIGHT)
    colour = (BLUE, GREEN, AMBER, BROWN)[variant % 4]
    picture.box(70, 200, 200, 180, colour)
    picture.box(270, 240, 50, 20, colour)
    picture.box(300, 240, 20, 90, colour)
    picture.box(270, 310, 50, 20, colour)
    picture.box(70, 180, 200, 24, WHITE)
    picture.box(40, 380, 280, 8, GREY)
    return picture.png()


@cache
def _parcel(variant: int) -> bytes:
    picture = Picture(520, 380, GREY)
    picture.box(70, 80, 380, 240, TAN)
    picture.box(70, 180, 380, 26, BROWN)
    picture.box(300, 100, 130, 66, WHITE)
    picture.write(308, 110, "FRAGILE", RED, 2)
    for n in range(9):
        picture.box(90 + (n * 53 + variant * 31) % 250, 214 + (n * 29) % 90, 22 + n % 4 * 7, 5, INK)
    picture.box(70 + variant % 5 * 30, 292, 90, 28, GREY)
    return picture.png()


def _screen(kind: str) -> Callable[[Slots, random.Random], bytes]:
    return lambda slots, rng: _screenshot(kind, rng.randrange(4))


def _drawn(draw: Callable[[int], bytes], variants: int) -> Callable[[Slots, random.Random], bytes]:
    return lambda slots, rng: draw(rng.randrange(variants))


# CSV and text


def products_csv(slots: Slots, rng: random.Random) -> bytes:
    rows = [f"{slots['order']}-{n};{slots['product']};{rng.randint(9, 400)},{rng.choice(('00', '50', '90'))};{rng.randint(0, 80)}"
            for n in range(1, 13)]  # fmt: skip
    return "\r\n".join(["indeks;nazwa;cena;stan", *rows, ""]).encode("utf-8-sig")


def broken_csv(slots: Slots, rng: random.Random) -> bytes:
    """The same list as Excel saved it: in Windows-1250."""
    names = (
        "Poduszka żółta",
        "Świeca łąkowa",
        "Ćwierć funta kłaków",
        "Źródło, 0,5 l",
        "Gęś z wełny",
        "Kubek „Ślązaczka”",
    )
    rows = [
        f"{slots['order']}-{n};{name};{rng.randint(9, 400)},00;{rng.randint(0, 80)}" for n, name in enumerate(names)
    ]
    return "\r\n".join(["indeks;nazwa;cena;stan", *rows, ""]).encode("cp1250")


def payouts_csv(slots: Slots, rng: random.Random) -> bytes:
    rows = []
    for n in range(14):
        gross = rng.randint(1900, 90000)
        fee = round(gross * 0.0119)
        rows.append(f"{int(slots['order']) + n};{gross / 100:.2f};{fee / 100:.2f};{(gross - fee) / 100:.2f}")
    return "\n".join(["order;gross;fee;net", *rows, ""]).encode()


def prices_csv(slots: Slots, rng: random.Random) -> bytes:
    rows = [f"2025-11-{day:02d};{slots['product']};{rng.randint(39, 45)},90" for day in range(1, 31, 3)]
    return "\n".join(["data;produkt;cena_brutto", *rows, ""]).encode("utf-8-sig")


def browser_log(slots: Slots, rng: random.Random) -> bytes:
    return (
        f"{slots['time']}:04 GET https://{slots['domain']}/koszyk 200 (412 ms)\n"
        f"{slots['time']}:09 POST https://{slots['domain']}/koszyk/dostawa 500 (61 ms)\n"
        f"{slots['time']}:09 Uncaught (in promise) Error: Request failed with status code 500\n"
        f"    at checkout.{rng.randint(1000, 9999)}.js:1:{rng.randint(1000, 90000)}\n"
    ).encode()


def feed_log(slots: Slots, rng: random.Random) -> bytes:
    rows = [f"item {int(slots['order']) + n}: missing identifier (gtin)" for n in range(int(slots["count"]))]
    return "\n".join([f"Feed of https://{slots['domain']}/feed.xml", *rows, f"{len(rows)} items rejected", ""]).encode()


def api_log(slots: Slots, rng: random.Random) -> bytes:
    return (
        f"{slots['time']}:00 GET /api/v2/products?page=1 200 88ms\n"
        f"{slots['time']}:01 GET /api/v2/orders?status=new 403 11ms\n"
        f'{slots["time"]}:01 body: {{"title": "Forbidden", "status": 403}}\n'
        f"{slots['time']}:31 retry 1 of 3: 403\n{slots['time']}:59 retry 2 of 3: 403\n"
    ).encode()


def dns_txt(slots: Slots, rng: random.Random) -> bytes:
    key = "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", k=216))
    return (
        f'{slots["domain"]}.  TXT  "v=spf1 include:mail.bursztyn.example include:poczta.example ~all"\n'
        f'sklep._domainkey.{slots["domain"]}.  TXT  "v=DKIM1; k=rsa; p={key}"\n'
        f'_dmarc.{slots["domain"]}.  TXT  "v=DMARC1; p=none; rua=mailto:dmarc@{slots["domain"]}"\n'
    ).encode()


def phishing_txt(slots: Slots, rng: random.Random) -> bytes:
    return (
        'From: "Bursztyn Support" <no-reply@bursztyn-pay.example>\n'
        f"Subject: Your shop {slots['shop']} will be suspended\n\n"
        "Dear customer,\nwe noticed a unusual payment. Confirm you're card in 24 hours or the shop close:\n"
        f"hxxps://bursztyn-pay.example/secure?id={slots['order']}\n\nBursztyn Security Departament\n"
    ).encode()


MAKERS: dict[str, Callable[[Slots, random.Random], bytes]] = {
    "blank_pdf": blank_pdf,
    "invoice_pdf": invoice_pdf,
    "transfer_pdf": transfer_pdf,
    "label_pdf": label_pdf,
    "form_pdf": form_pdf,
    **{kind: _screen(kind) for kind in SCREENS},
    "phone_png": _drawn(_phone, 3),
    "product_png": _drawn(_product, 4),
    "parcel_png": _drawn(_parcel, 5),
    "products_csv": products_csv,
    "broken_csv": broken_csv,
    "payouts_csv": payouts_csv,
    "prices_csv": prices_csv,
    "browser_log": browser_log,
    "feed_log": feed_log,
    "api_log": api_log,
    "dns_txt": dns_txt,
    "phishing_txt": phishing_txt,
}
