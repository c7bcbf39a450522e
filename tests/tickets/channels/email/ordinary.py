"""Ordinary mails of many programs and charsets, written out as those programs write them, with what must be read.

Each shape is a function of the words and the charset, so that a new charset is tried in every shape.
"""

import base64
import quopri
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@dataclass(frozen=True)
class Words:
    name: str
    address: str
    subject: str
    text: str


@dataclass(frozen=True)
class Ordinary:
    id: str
    raw: bytes
    name: str
    address: str
    subject: str
    text: str
    files: list[tuple[str, str, bytes]] = field(default_factory=list)
    has_html: bool = False


POLISH = Words(
    "Żaneta Gęślą-Jaźń",
    "zaneta@sklep-zolw.example",
    "Prośba o pomoc: nie działa płatność w sklepie",
    "Dzień dobry,\n\nod wczoraj klienci nie mogą zapłacić. Źle też liczy się „dostawa”.\n\nPozdrawiam\nŻaneta",
)
ENGLISH = Words("Tom O'Brien", "tom@example.org", "Where is my invoice?", "Hello,\n\nI cannot find it.\n\nTom")
CZECH = Words(
    "Jiří Dvořák", "jiri@obchod.example", "Nefunguje přihlášení", "Dobrý den,\n\nnemůžu se přihlásit.\n\nJiří"
)
GERMAN = Words(
    "Jörg Müßig", "joerg@laden.example", "Größe der Lieferung", "Guten Tag,\n\ndie Größe stimmt nicht.\n\nJörg"
)
RUSSIAN = Words(
    "Иван Петров", "ivan@magazin.example", "Не работает оплата", "Здравствуйте,\n\nне могу оплатить заказ.\n\nИван"
)
UKRAINIAN = Words(
    "Олена Їжак", "olena@kramnytsia.example", "Не приходить лист", "Добрий день,\n\nлист не приходить.\n\nОлена"
)
GREEK = Words(
    "Γιώργος", "giorgos@magazi.example", "Δεν λειτουργεί", "Καλημέρα,\n\nη πληρωμή δεν λειτουργεί.\n\nΓιώργος"
)
TURKISH = Words("Ayşe Gül", "ayse@dukkan.example", "Ödeme çalışmıyor", "Merhaba,\n\nödeme çalışmıyor.\n\nAyşe")
CHINESE = Words("王小明", "wang@shangdian.example", "无法付款", "您好，\n\n我无法付款，请帮忙。\n\n王小明")
TAIWANESE = Words("陳美玲", "chen@shangdian.example", "無法付款", "您好，\n\n我無法付款，請幫忙。\n\n陳美玲")
JAPANESE = Words(
    "山田太郎", "yamada@mise.example", "支払いができません", "お世話になっております。\n\n支払いができません。\n\n山田"
)
KOREAN = Words("김철수", "kim@gage.example", "결제가 안 됩니다", "안녕하세요,\n\n결제가 안 됩니다.\n\n김철수")
EMOJI = Words("Ola 🌸", "ola@poczta.example", "Paczka 📦 nie doszła", "Hej! 🙂\n\nPaczka 📦 nie doszła…\n\nOla 🌸")

CHARSETS = [
    (POLISH, "utf-8"),
    (POLISH, "iso-8859-2"),
    (POLISH, "windows-1250"),
    (ENGLISH, "us-ascii"),
    (ENGLISH, "iso-8859-1"),
    (CZECH, "iso-8859-2"),
    (GERMAN, "iso-8859-1"),
    (GERMAN, "iso-8859-15"),
    (GERMAN, "windows-1252"),
    (RUSSIAN, "koi8-r"),
    (RUSSIAN, "windows-1251"),
    (UKRAINIAN, "koi8-u"),
    (GREEK, "iso-8859-7"),
    (TURKISH, "iso-8859-9"),
    (CHINESE, "gb2312"),
    (CHINESE, "gb18030"),
    (TAIWANESE, "big5"),
    (JAPANESE, "iso-2022-jp"),
    (JAPANESE, "shift_jis"),
    (JAPANESE, "euc-jp"),
    (KOREAN, "euc-kr"),
    (EMOJI, "utf-8"),
]


def fitting(words: Words, charset: str) -> Words:
    """The words without the few characters that the charset lacks (Polish quotes in ISO-8859-2)."""
    text = words.text.replace("„", '"').replace("”", '"') if charset == "iso-8859-2" else words.text
    return Words(words.name, words.address, words.subject, text)


def b_word(value: str, charset: str) -> str:
    return f"=?{charset}?B?{base64.b64encode(value.encode(charset)).decode()}?="


def q_word(value: str, charset: str) -> str:
    coded = "".join(
        chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else "_" if byte == 32 else f"={byte:02X}"
        for byte in value.encode(charset)
    )
    return f"=?{charset}?Q?{coded}?="


def qp(text: str, charset: str) -> bytes:
    return quopri.encodestring(text.encode(charset)).replace(b"\n", b"\r\n")


def b64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("ascii")


def html_page(text: str) -> str:
    return (
        "<html><body>"
        + "".join(f"<p>{block.replace(chr(10), '<br>')}</p>" for block in text.split("\n\n"))
        + "</body></html>"
    )


def outlook(words: Words, charset: str) -> Ordinary:
    raw = (
        crlf(
            f"From: {b_word(words.name, charset)} <{words.address}>\n"
            "To: Sklepy <sklepy@bursztyn.example>\n"
            f"Subject: {b_word(words.subject, charset)}\n"
            "Thread-Topic: x\nThread-Index: AdqA1b2c3d4e5f==\n"
            "Date: Mon, 9 Mar 2026 07:12:33 +0000\n"
            "Message-ID: <AM0PR01MB1234@AM0PR01MB1234.eurprd01.prod.exchangelabs.com>\n"
            "Accept-Language: pl-PL, en-US\nContent-Language: pl-PL\nX-MS-Has-Attach: \n"
            'Content-Type: multipart/alternative;\n\tboundary="_000_AM0PR01MB1234_"\nMIME-Version: 1.0\n\n'
            f'--_000_AM0PR01MB1234_\nContent-Type: text/plain; charset="{charset}"\n'
            "Content-Transfer-Encoding: quoted-printable\n\n"
        )
        + qp(words.text, charset)
        + crlf(
            f'\n\n--_000_AM0PR01MB1234_\nContent-Type: text/html; charset="{charset}"\n'
            "Content-Transfer-Encoding: quoted-printable\n\n"
        )
        + qp(html_page(words.text), charset)
        + crlf("\n\n--_000_AM0PR01MB1234_--\n")
    )
    return Ordinary("outlook", raw, words.name, words.address, words.subject, words.text, has_html=True)


def gmail(words: Words, charset: str) -> Ordinary:
    raw = (
        crlf(
            f"MIME-Version: 1.0\nDate: Mon, 9 Mar 2026 08:01:02 +0100\nMessage-ID: <CAK+abc=def@mail.gmail.com>\n"
            f"Subject: {q_word(words.subject, charset)}\nFrom: {q_word(words.name, charset)} <{words.address}>\n"
            "To: sklepy@bursztyn.example\n"
            'Content-Type: multipart/mixed; boundary="0000000000009c"\n\n'
            '--0000000000009c\nContent-Type: multipart/alternative; boundary="0000000000009a"\n\n'
            f'--0000000000009a\nContent-Type: text/plain; charset="{charset}"\nContent-Transfer-Encoding: base64\n\n'
        )
        + b64(words.text.encode(charset))
        + crlf(
            f'\n--0000000000009a\nContent-Type: text/html; charset="{charset}"\nContent-Transfer-Encoding: base64\n\n'
        )
        + b64(f'<div dir="ltr">{html_page(words.text)}</div>'.encode(charset))
        + crlf(
            "\n--0000000000009a--\n--0000000000009c\n"
            'Content-Type: application/pdf; name="faktura.pdf"\n'
            'Content-Disposition: attachment; filename="faktura.pdf"\n'
            "Content-Transfer-Encoding: base64\nX-Attachment-Id: f_x\n\n"
        )
        + b64(PDF)
        + crlf("\n--0000000000009c--\n")
    )
    files = [("faktura.pdf", "application/pdf", PDF)]
    return Ordinary("gmail", raw, words.name, words.address, words.subject, words.text, files, has_html=True)


def apple_mail(words: Words, charset: str) -> Ordinary:
    """Text, a picture, text again: three parts side by side, the words around the picture belong together."""
    raw = (
        crlf(
            f"From: {q_word(words.name, charset)} <{words.address}>\nMime-Version: 1.0 (Mac OS X Mail 16.0)\n"
            'Content-Type: multipart/mixed;\n\tboundary="Apple-Mail=_0A"\n'
            f"Subject: {b_word(words.subject, charset)}\nMessage-Id: <0A1B2C@icloud.com>\n"
            "Date: Mon, 9 Mar 2026 08:05:00 +0100\nTo: Sklepy <sklepy@bursztyn.example>\n"
            "X-Mailer: Apple Mail (2.3774)\n\n\n"
            f"--Apple-Mail=_0A\nContent-Transfer-Encoding: 8bit\nContent-Type: text/plain;\n\tcharset={charset}\n\n"
        )
        + words.text.encode(charset).replace(b"\n", b"\r\n")
        + crlf(
            "\n--Apple-Mail=_0A\nContent-Disposition: inline;\n\tfilename=ekran.png\n"
            'Content-Type: image/png;\n\tx-unix-mode=0644;\n\tname="ekran.png"\nContent-Transfer-Encoding: base64\n\n'
        )
        + b64(PNG)
        + crlf(
            "\n--Apple-Mail=_0A\nContent-Transfer-Encoding: 7bit\n"
            "Content-Type: text/plain;\n\tcharset=us-ascii\n\n\nEnd.\n"
        )
        + crlf("--Apple-Mail=_0A--\n")
    )
    text = words.text + "\n\nEnd."
    return Ordinary("apple", raw, words.name, words.address, words.subject, text, [("ekran.png", "image/png", PNG)])


def thunderbird(words: Words, charset: str) -> Ordinary:
    """One part, 8 bit, format=flowed, the charset's encoded words cut over two lines inside one header."""
    middle = len(words.subject) // 2
    first, second = words.subject[:middle], words.subject[middle:]
    raw = (
        crlf(
            "Message-ID: <2e0d2d6c-1111-4222-8333-944455556666@example.org>\nDate: Mon, 9 Mar 2026 08:20:00 +0100\n"
            "MIME-Version: 1.0\nUser-Agent: Mozilla Thunderbird\n"
            f"From: {b_word(words.name, charset)}\n <{words.address}>\nTo: sklepy@bursztyn.example\n"
            f"Subject: {b_word(first, charset)}\n {b_word(second, charset)}\n"
            f"Content-Type: text/plain; charset={charset}; format=flowed\nContent-Transfer-Encoding: 8bit\n\n"
        )
        + words.text.encode(charset).replace(b"\n", b"\r\n")
        + b"\r\n"
    )
    return Ordinary("thunderbird", raw, words.name, words.address, words.subject, words.text)


def phone(words: Words, charset: str) -> Ordinary:
    """HTML alone, as many phone and web mail programs send it; line ends are bare."""
    raw = (
        f"From: {b_word(words.name, charset)} <{words.address}>\nTo: sklepy@bursztyn.example\n"
        f"Subject: {q_word(words.subject, charset)}\nDate: Mon, 09 Mar 2026 08:30 +0100\n"
        "Message-ID: <phone.1@example.org>\n"
        f"MIME-Version: 1.0\nContent-Type: text/html; charset={charset}\nContent-Transfer-Encoding: base64\n\n"
    ).encode() + base64.encodebytes(html_page(words.text).encode(charset))
    return Ordinary("phone", raw, words.name, words.address, words.subject, words.text, has_html=True)


SHAPES: list[Callable[[Words, str], Ordinary]] = [outlook, gmail, apple_mail, thunderbird, phone]


def mails() -> Iterator[Ordinary]:
    for words, charset in CHARSETS:
        for shape in SHAPES:
            if shape in {apple_mail, thunderbird} and charset == "iso-2022-jp" and shape is apple_mail:
                continue  # its "8bit" part would be 7-bit: another program's mail
            mail = shape(fitting(words, charset), charset)
            yield Ordinary(
                f"{mail.id}-{charset}-{words.address}", *[getattr(mail, f) for f in list(mail.__dataclass_fields__)[1:]]
            )
