"""Three hundred ordinary mails as the programs of our requesters write them, each with what must be read from it.

Some are made by Python's two mail packages, some are written out by hand after mails of real programs and portals. The
same seed gives the same mails.
"""

import base64
import quopri
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import encode_rfc2231, formataddr, formatdate, make_msgid
from html import escape

QUEUE = "sklepy@bursztyn.example"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"

NAMES = [
    "Żaneta Gęślą-Jaźń", "Łukasz Ćwik", "Świętosława Źrebiec", "Jan Kowalski", "Zbigniew Brzęczyszczykiewicz",
    "Anna Nowak", "Krzysztof Żółtko", "O'Neill, Małgorzata", "Biuro Obsługi „Śnieżka”", "ks. Józef Wójcik",
]  # fmt: skip
SUBJECTS = [
    "Nie działa płatność w sklepie",
    "Faktura za styczeń, proszę o korektę",
    "PILNE!!! sklep nie działa",
    "Pytanie",
    "Zamówienie nr 2026/03/0017 – brak paczki",
    "Zażółć gęślą jaźń i źdźbło trawy, czyli długi temat, który program pocztowy musi łamać na wiersze",
    "Re: oferta współpracy",
    "Odp: reklamacja",
    "Hasło",
    "How do I change my address?",
]
TEXTS = [
    "Dzień dobry,\n\nod wczoraj klienci nie mogą zapłacić. Proszę o pilną pomoc.\n\nPozdrawiam\nŁukasz",
    "Witam serdecznie.\nW załączeniu faktura ze złym NIP-em.\n\n-- \nz poważaniem\nŚwiętosława\ntel. 600 100 200",
    "paczka nie doszła :( numer 00012345\n\nkiedy będzie???",
    'Hello,\n\nI cannot log in. The page says "wrong password", but it is right.\n\nThanks,\nJan',
    "Zażółć gęślą jaźń. ZAŻÓŁĆ GĘŚLĄ JAŹŃ.\n\n" + "Bardzo długi wiersz bez żadnego końca, jak piszą go telefony. " * 12,
    "From now on it fails.\n.\nA dot alone on a line, and a line that begins with From.\n\n>to nie jest cytat",
    "Ciąg dalszy: 1 < 2 && 3 > 2, a &amp; to nie encja.\n\ttabulator\n  dwie spacje",
]
FILES = [
    ("faktura.pdf", "application/pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"),
    ("zrzut ekranu.png", "image/png", PNG),
    ("zamówienie łódź.csv", "text/csv", "nr;nazwa\r\n1;Żółw\r\n2;źdźbło\r\n".encode("cp1250")),
    ("umowa (kopia) – wersja podpisana przez obie strony.docx", "application/octet-stream", bytes(range(256)) * 9),
    ("pusty.txt", "text/plain", b""),
    ("raport.xml", "application/xml", b"<?xml version='1.0'?><a>\n</a>"),
]  # fmt: skip


@dataclass(frozen=True)
class Letter:
    """A mail and what a person reads in it. `asks` is whoever must become the requester."""

    kind: str
    raw: bytes
    name: str
    address: str
    subject: str
    text: str
    files: list[tuple[str, bytes]] = field(default_factory=list)


@dataclass(frozen=True)
class Facts:
    """What a program is given to write."""

    number: int
    name: str
    address: str
    subject: str
    text: str
    charset: str
    files: list[tuple[str, str, bytes]]
    dice: random.Random

    @property
    def message_id(self) -> str:
        return f"{uuid.UUID(int=self.dice.getrandbits(128))}@{self.address.partition('@')[2]}"


Writer = Callable[[Facts], bytes]


def letters(count: int = 300, seed: int = 20260309) -> Iterator[Letter]:
    dice = random.Random(seed)
    for number in range(count):
        kind, write, with_files = WRITERS[number % len(WRITERS)]
        charset = dice.choice(["utf-8", "utf-8", "iso-8859-2", "windows-1250"])
        name, subject, text = dice.choice(NAMES), dice.choice(SUBJECTS), dice.choice(TEXTS)
        if charset == "iso-8859-2":  # it has no Polish quotes and no dash
            name, subject, text = (
                part.translate({0x201E: "'", 0x201D: "'", 0x2013: "-"}) for part in (name, subject, text)
            )
        files = dice.sample(FILES, dice.randint(1, 3)) if with_files else []
        facts = Facts(number, name, f"klient.{number}@firma-{number % 17}.example", subject, text, charset, files, dice)
        yield Letter(
            f"{number}-{kind}-{charset}",
            write(facts),
            name,
            facts.address,
            subject,
            text,
            [(f[0], f[2]) for f in files],
        )


# By Python's packages


def modern(facts: Facts) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(facts.name, addr_spec=facts.address)
    mail["To"], mail["Subject"] = QUEUE, facts.subject
    mail["Date"], mail["Message-ID"] = formatdate(localtime=True), f"<{facts.message_id}>"
    cte = facts.dice.choice(["quoted-printable", "base64", "8bit"])
    if cte == "8bit" and max(map(len, facts.text.encode(facts.charset).split(b"\n"))) > 900:
        cte = "base64"
    mail.set_content(facts.text, charset=facts.charset, cte=cte)
    if facts.dice.random() < 0.5:
        mail.add_alternative(page(facts.text), subtype="html", charset=facts.charset, cte="quoted-printable")
    for name, kind, content in facts.files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def old_style(facts: Facts) -> bytes:
    """The older package, with headers encoded as it did by default and names of files as RFC 2231."""
    text = MIMEText(facts.text, "plain", facts.charset)
    mail = MIMEMultipart() if facts.files else text
    if facts.files:
        mail.attach(text)
    for name, _kind, content in facts.files:
        part = MIMEApplication(content)
        part.add_header("Content-Disposition", "attachment", filename=("utf-8", "pl", name))
        mail.attach(part)
    mail["Subject"] = Header(facts.subject, facts.charset)
    mail["From"] = formataddr((str(Header(facts.name, facts.charset)), facts.address))
    mail["To"], mail["Date"], mail["Message-ID"] = QUEUE, formatdate(), f"<{facts.message_id}>"
    return mail.as_bytes()


# By hand


def page(text: str) -> str:
    return "<html><head></head><body>" + "<br>\r\n".join(map(escape, text.split("\n"))) + "</body></html>"


def word(text: str, charset: str, how: str = "B") -> str:
    """Encoded words, each whole letters and at most 75 characters, as RFC 2047 wants them."""
    if text.isascii():
        return text
    words, rest = [], text
    while rest:
        size = len(rest)
        while len(encoded := _encoded(rest[:size], charset, how)) > 75 - len(charset) - 7:
            size -= 1
        words.append(f"=?{charset}?{how}?{encoded}?=")
        rest = rest[size:]
    return "\r\n ".join(words)


def _encoded(text: str, charset: str, how: str) -> str:
    data = text.encode(charset)
    if how == "B":
        return base64.b64encode(data).decode()
    return "".join(chr(b) if chr(b).isascii() and chr(b).isalnum() else "_" if b == 32 else f"={b:02X}" for b in data)


def sender(facts: Facts, how: str = "B") -> str:
    name = facts.name
    if name.isascii():
        return f'"{name}" <{facts.address}>'
    return f"{word(name, facts.charset, how)} <{facts.address}>"


def qp(text: str, charset: str) -> bytes:
    return (
        quopri.encodestring(text.replace("\n", "\r\n").encode(charset)).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    )


def b64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def bit8(text: str, charset: str) -> bytes:
    return text.encode(charset).replace(b"\n", b"\r\n")


def lines(*rows: str) -> bytes:
    return "".join(f"{row}\r\n" for row in rows).encode("ascii")


def attached(facts: Facts, boundary: str, *, style: str) -> bytes:
    out = b""
    for name, kind, content in facts.files:
        in_words = f'filename="{word(name, "utf-8", "Q").replace(chr(13) + chr(10), "")}"'
        by_rfc = f"filename*={encode_rfc2231(name, 'utf-8')}"
        named = {"2047": in_words, "2231": by_rfc, "both": f"{in_words}; {by_rfc}"}[style]
        out += lines(f"--{boundary}", f"Content-Type: {kind}", f"Content-Disposition: attachment; {named}")
        out += lines("Content-Transfer-Encoding: base64", "") + b64(content)
    return out


def gmail(facts: Facts) -> bytes:
    alternative = (
        lines('Content-Type: multipart/alternative; boundary="000000000000aa"', "")
        + lines("--000000000000aa", f'Content-Type: text/plain; charset="{facts.charset}"')
        + lines("Content-Transfer-Encoding: base64", "")
        + b64(bit8(facts.text + "\n", facts.charset))
        + lines("", "--000000000000aa", f'Content-Type: text/html; charset="{facts.charset}"')
        + lines("Content-Transfer-Encoding: quoted-printable", "")
        + qp(f'<div dir="ltr">{page(facts.text)}</div>', facts.charset)
        + lines("", "--000000000000aa--")
    )
    head = lines(
        "MIME-Version: 1.0", f"From: {sender(facts)}", "Date: Mon, 9 Mar 2026 08:01:02 +0100",
        f"Message-ID: <CA+{facts.message_id.replace('-', '')}>", f"Subject: {word(facts.subject, facts.charset)}",
        f"To: {QUEUE}",
    )  # fmt: skip
    if not facts.files:
        return head + alternative
    return (
        head
        + lines('Content-Type: multipart/mixed; boundary="000000000000bb"', "", "--000000000000bb")
        + alternative
        + attached(facts, "000000000000bb", style="2231")
        + lines("--000000000000bb--")
    )


def outlook(facts: Facts) -> bytes:
    head = lines(
        f"From: {sender(facts, 'Q')}", f'To: "{QUEUE}" <{QUEUE}>',
        f"Subject: {word(facts.subject, facts.charset, 'Q')}",
        "Thread-Topic: x", "Thread-Index: AdqA1b2c3d4e5fGgHhIiJj==", "Date: Mon, 9 Mar 2026 07:12:33 +0000",
        f"Message-ID: <AM0PR0{facts.message_id}>", "Accept-Language: pl-PL, en-US", "Content-Language: pl-PL",
        "X-MS-Has-Attach:", "X-MS-TNEF-Correlator:",
        'Content-Type: multipart/mixed; boundary="_004_AM0PR"', "MIME-Version: 1.0", "",
        "--_004_AM0PR", 'Content-Type: multipart/alternative; boundary="_000_AM0PR"', "",
        "--_000_AM0PR", f'Content-Type: text/plain; charset="{facts.charset}"',
        "Content-Transfer-Encoding: quoted-printable", "",
    )  # fmt: skip
    return (
        head
        + qp(facts.text + "\n", facts.charset)
        + lines("", "--_000_AM0PR", f'Content-Type: text/html; charset="{facts.charset}"')
        + lines("Content-Transfer-Encoding: quoted-printable", "")
        + qp(page(facts.text), facts.charset)
        + lines("", "--_000_AM0PR--", "")
        + attached(facts, "_004_AM0PR", style="both")
        + lines("--_004_AM0PR--")
    )


def thunderbird(facts: Facts) -> bytes:
    """8 bit, format=flowed: long lines are broken after a space and come back as one."""
    flowed = "\n".join(_flow(line) for line in facts.text.split("\n"))
    return (
        lines(
            f"Message-ID: <{facts.message_id}>", "Date: Mon, 9 Mar 2026 08:20:00 +0100", "MIME-Version: 1.0",
            "User-Agent: Mozilla Thunderbird", "Content-Language: pl", f"To: {QUEUE}", f"From: {sender(facts)}",
            f"Subject: {word(facts.subject, facts.charset)}",
            f"Content-Type: text/plain; charset={facts.charset}; format=flowed", "Content-Transfer-Encoding: 8bit", "",
        )
        + bit8(flowed + "\n", facts.charset)
    )  # fmt: skip


def _flow(line: str) -> str:
    if line == "-- ":
        return line
    stuffed = f" {line}" if line.startswith((" ", ">", "From ")) else line.rstrip(" ")
    if len(stuffed) < 78:
        return stuffed
    out, row = [], ""
    for piece in stuffed.split(" "):
        if len(row) + len(piece) > 72:
            out.append(f"{row} ")
            row = piece
        else:
            row = f"{row} {piece}" if row else piece
    return "\n".join([*out, row])


def apple(facts: Facts) -> bytes:
    return (
        lines(
            "Content-Type: multipart/mixed;", '\tboundary="Apple-Mail=_0A-B"', f"From: {sender(facts, 'Q')}",
            "Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3774.600.62\\))", "Date: Mon, 9 Mar 2026 08:05:00 +0100",
            f"Subject: {word(facts.subject, facts.charset, 'Q')}", f"Message-Id: <{facts.message_id}>", f"To: {QUEUE}",
            "X-Mailer: Apple Mail (2.3774.600.62)", "", "",
            "--Apple-Mail=_0A-B", "Content-Transfer-Encoding: quoted-printable",
            "Content-Type: text/plain;", f"\tcharset={facts.charset}", "",
        )
        + qp(facts.text + "\n", facts.charset)
        + lines("")
        + attached(facts, "Apple-Mail=_0A-B", style="2047")
        + lines("--Apple-Mail=_0A-B--")
    )  # fmt: skip


def iphone(facts: Facts) -> bytes:
    return (
        lines(
            f"Content-Type: text/plain; charset={facts.charset}", "Content-Transfer-Encoding: quoted-printable",
            f"From: {sender(facts)}", "Mime-Version: 1.0 (1.0)", "Date: Mon, 9 Mar 2026 08:30:00 +0100",
            f"Subject: {word(facts.subject, facts.charset)}", f"Message-Id: <{facts.message_id}>", f"To: {QUEUE}",
            "X-Mailer: iPhone Mail (21D61)", "",
        )
        + qp(facts.text + "\n", facts.charset)
    )  # fmt: skip


def portal(facts: Facts) -> bytes:
    """Polish free mail in the browser: HTML alone, base64, bare line ends, the charset in capitals."""
    return (
        f"Received: by poczta.example; Mon, 09 Mar 2026 08:40:00 +0100\nFrom: {sender(facts).replace(chr(13), '')}\n"
        f"To: {QUEUE}\nSubject: {word(facts.subject, facts.charset).replace(chr(13), '')}\n"
        f"Date: Mon, 09 Mar 2026 08:40:00 +0100\nMessage-Id: <{facts.message_id}>\nMIME-Version: 1.0\nX-Priority: 3\n"
        f"Content-Type: text/html; charset={facts.charset.upper()}\nContent-Transfer-Encoding: base64\n\n"
    ).encode("ascii") + base64.encodebytes(
        "".join(f"<div>{escape(line) or '&nbsp;'}</div>" for line in facts.text.split("\n")).encode(facts.charset)
    )


def portal_8bit(facts: Facts) -> bytes:
    """Raw letters in the headers, as an old web mail and many scripts leave them."""
    head = (
        f'From: "{facts.name}" <{facts.address}>\nTo: {QUEUE}\nSubject: {facts.subject}\n'
        f"Date: Mon, 9 Mar 2026 08:41:00 +0100 (CET)\nMessage-ID: <{facts.message_id}>\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset={facts.charset}\nContent-Transfer-Encoding: 8bit\n\n"
    )
    return (head + facts.text + "\n").encode(facts.charset)


def web_form(facts: Facts) -> bytes:
    """A form on a customer's page: written in our own name, the visitor stands in Reply-To."""
    return (
        f"To: {QUEUE}\r\nSubject: {word(facts.subject, facts.charset)}\r\nFrom: Formularz <{QUEUE}>\r\n"
        f"Reply-To: {sender(facts)}\r\nX-PHP-Originating-Script: 1000:class-phpmailer.php\r\n"
        f"Message-ID: <{facts.message_id}>\r\nX-Mailer: PHPMailer 6.9.1\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset={facts.charset}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode("ascii") + qp(facts.text, facts.charset)


WRITERS: list[tuple[str, Writer, bool]] = [
    ("modern", modern, False),
    ("modern-files", modern, True),
    ("old", old_style, False),
    ("old-files", old_style, True),
    ("gmail", gmail, False),
    ("gmail-files", gmail, True),
    ("outlook", outlook, False),
    ("outlook-files", outlook, True),
    ("thunderbird", thunderbird, False),
    ("apple-files", apple, True),
    ("iphone", iphone, False),
    ("portal", portal, False),
    ("portal-8bit", portal_8bit, False),
    ("form", web_form, False),
]


# Replies


@dataclass(frozen=True)
class Received:
    """Our mail, as the requester's program knows it."""

    message_id: str
    references: str
    reply_to: str
    subject: str
    text: str


def reply_gmail(got: Received, words: str, address: str) -> bytes:
    quoted = "\n".join(f"> {line}".rstrip() for line in got.text.split("\n"))
    text = f"{words}\n\npon., 9 mar 2026 o 09:00 Agnieszka Wrona (Shops) <{QUEUE}> napisał(a):\n\n{quoted}\n"
    return _reply(got, address, text, to=got.reply_to, references=True)


def reply_outlook(got: Received, words: str, address: str) -> bytes:
    """It keeps In-Reply-To, drops nothing, quotes without marks."""
    text = (
        f"{words}\n\n________________________________\nOd: Agnieszka Wrona (Shops) <{QUEUE}>\n"
        f"Wysłane: poniedziałek, 9 marca 2026 09:00\nDo: Klient <{address}>\nTemat: {got.subject}\n\n{got.text}\n"
    )
    return _reply(got, address, text, to=got.reply_to, references=True)


def reply_phone(got: Received, words: str, address: str) -> bytes:
    """To the address of the queue, picked from the address book: only the threading headers lead to the ticket."""
    quoted = "\n".join(f"> {line}".rstrip() for line in got.text.split("\n"))
    introduction = "> Wiadomość napisana przez Agnieszka Wrona w dniu 09.03.2026, o godz. 09:00:\n> "
    text = f"{words}\n\nWysłane z iPhone’a\n\n{introduction}\n{quoted}\n"
    return _reply(got, address, text, to=QUEUE, references=True)


def reply_web(got: Received, words: str, address: str) -> bytes:
    """An old web mail without any threading headers: only the address it answers leads to the ticket."""
    text = f"{words}\n\nDnia 9 marca 2026 09:00 Agnieszka Wrona <{QUEUE}> napisał(a):\n\n{got.text}\n"
    return _reply(got, address, text, to=got.reply_to.upper(), references=False)


def _reply(got: Received, address: str, text: str, *, to: str, references: bool) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = address, to, f"Odp: {got.subject}"
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain="klient.example")
    if references:
        mail["In-Reply-To"] = got.message_id
        mail["References"] = f"{got.references} {got.message_id}".strip()
    mail.set_content(text, charset="utf-8", cte="quoted-printable")
    return mail.as_bytes()


REPLIES = [reply_gmail, reply_outlook, reply_phone, reply_web]
