"""What came in a mail, in the words of the reader: its traits, its invitation, which of its files is a mail itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from django import template
from django.template.defaultfilters import urlize
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from tickets import contact, signed_links
from tickets.channels.email import bounce_sentences, traits

register = template.Library()

SHOWN_INLINE = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"}
MAX_PICTURES = 200
_PICTURE = re.compile(r"\[cid:([^\]\s]{1,250})\]|\[image: ([^\]\n]{1,200})\]", re.IGNORECASE)
"""As Outlook and Gmail write it into the plain form of a mail."""
_WORD = re.compile(r"""[^\s<>"']+""")
"""What `urlize` looks at by itself."""
_REPORT_PARTS = {
    "message/delivery-status": gettext_noop("The mail server's report"),
    "message/disposition-notification": gettext_noop("The mail server's report"),
    "text/rfc822-headers": gettext_noop("Its header lines"),
}
_MAILS = {"message/rfc822", "message/global"}
_HEADINGS = {
    "request": gettext_noop("Invitation"),
    "add": gettext_noop("Invitation"),
    "cancel": gettext_noop("Cancelled"),
    "reply": gettext_noop("Answer to an invitation"),
    "counter": gettext_noop("Another time is proposed"),
    "declinecounter": gettext_noop("The other time is refused"),
    "publish": gettext_noop("Date"),
    "refresh": gettext_noop("Asks for the newest dates"),
}
_ANSWERS = {
    "accepted": gettext_noop("accepts"),
    "declined": gettext_noop("declines"),
    "tentative": gettext_noop("accepts with reserve"),
    "delegated": gettext_noop("sends somebody else"),
}
_DAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_A_MONDAY = date(2024, 1, 1)


@register.filter
def sentences(codes: Sequence[str]) -> list[str]:
    """Traits of a mail for whoever works the ticket."""
    return traits.sentences(codes)


@register.filter
def own_sentences(codes: Sequence[str]) -> list[str]:
    """Traits of a mail for the requester: only what became of the words."""
    return traits.sentences(code for code in codes if code in traits.FOR_THE_REQUESTER)


@register.filter
def is_mail(file: Mapping[str, Any]) -> bool:
    """Whether an attachment (name, content_type) is a mail that can be opened and read."""
    return file["content_type"] in _MAILS or file["name"].lower().endswith(".eml")


@register.simple_tag(takes_context=True)
def words(
    context: template.Context, text: str, files: Sequence[Mapping[str, Any]], named: Sequence[Mapping[str, Any]] | None
) -> SafeString:
    """The words of a message with links, the pictures where the mail program left its mark for one, and ``named``
    people marked where they stand."""
    person = context["reader"].person if "reader" in context else getattr(context.get("request"), "user", None)
    shown: list[str] = []
    end = 0
    for start, after, html in sorted([*_picture_marks(text, files, person), *_name_marks(text, named or (), person)]):
        shown.append(linked(text[end:start]))
        shown.append(html)
        end = after
    shown.append(linked(text[end:]))
    return SafeString("".join(shown))


def linked(text: str) -> SafeString:
    """Exactly as `urlize` has it, which takes ten times as long for words that no link can begin with."""
    shown: list[str] = []
    end = 0
    for word in _WORD.finditer(text):
        bare = word[0].rstrip(".,:;!")
        if "." in bare or "@" in bare or ":" in bare:
            shown += [escape(text[end : word.start()]), urlize(word[0], autoescape=True)]
            end = word.end()
    shown.append(escape(text[end:]))
    return SafeString("".join(shown))


def _picture_marks(text: str, files: Sequence[Mapping[str, Any]], person: Any) -> Iterator[tuple[int, int, SafeString]]:
    for mark, picture in _pictures(text, files) if person is not None else ():
        url = reverse("picture", args=[signed_links.picture_token(picture["id"], person)])
        html = format_html('<img class="picture" src="{}" alt="{}" loading="lazy">', url, picture["name"])
        yield mark.start(), mark.end(), html


def _name_marks(text: str, named: Sequence[Mapping[str, Any]], person: Any) -> Iterator[tuple[int, int, SafeString]]:
    """Each place where somebody is named; the reader's own stand out. Of two names the longer one stands there."""
    meant = {each["as"]: each["person"] for each in named}
    if not meant:
        return
    names = "|".join(re.escape(name) for name in sorted(meant, key=len, reverse=True))
    for mark in re.finditer(rf"(?<![\w@.+/-])(?:{names})(?!\w)", text):
        is_reader = person is not None and meant[mark[0]] == person.pk
        tag = "mark" if is_reader else "span"
        yield mark.start(), mark.end(), format_html('<{} class="named">{}</{}>', tag, mark[0], tag)


def pictures_in(text: str, files: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The files that `words` shows in the text."""
    return (picture for _mark, picture in _pictures(text, files))


def _pictures(text: str, files: Sequence[Mapping[str, Any]]) -> Iterator[tuple[re.Match[str], Mapping[str, Any]]]:
    """The first marks that name a picture of the message, each with it."""
    pictures: dict[str, Mapping[str, Any]] = {}
    for file in reversed(files):
        if file["content_type"] in SHOWN_INLINE:
            pictures |= {key: file for key in (file["name"], file["content_id"]) if key}
    if pictures:
        marks = ((mark, pictures.get(mark[1] or mark[2])) for mark in _PICTURE.finditer(text))
        yield from islice(((mark, picture) for mark, picture in marks if picture), MAX_PICTURES)


@register.filter
def report_part(file: Mapping[str, Any]) -> str:
    """What a file of a bounce is; its name was made up by us, or by a machine."""
    if is_mail(file):
        return _("The mail that came back")
    known = _REPORT_PARTS.get(file["content_type"])
    return _(known) if known else file["name"]


@dataclass(frozen=True)
class Event:
    """An invitation as the page shows it. ``people`` are those who answered, as (person, what they answer)."""

    heading: str
    is_off: bool
    summary: str
    when: str
    repeats: str
    where: str
    link: str
    organiser: dict[str, str] | None
    answers: list[tuple[dict[str, str], str]]


@register.filter
def event(invitation: Mapping[str, Any]) -> Event:
    """What `channels.email.calendar` read, in the reader's language and time zone."""
    is_off = invitation["method"] == "cancel" or invitation["status"] == "cancelled"
    answers = [
        (person, _(_ANSWERS[person["answer"]]))
        for person in invitation["people"]
        if invitation["method"] == "reply" and person["answer"] in _ANSWERS
    ]
    return Event(
        heading=_(_HEADINGS["cancel"] if is_off else _HEADINGS.get(invitation["method"], "Date")),
        is_off=is_off,
        summary=invitation["summary"] or _("(no subject)"),
        when=_when(invitation),
        repeats=_repeats(invitation["repeats"]) if invitation["repeats"] else "",
        where=invitation["location"],
        link=invitation["link"],
        organiser=invitation["organiser"],
        answers=answers,
    )


@register.filter
def invited(person: Mapping[str, str], may_see: bool) -> str:
    """Jan Kowalski <jan@sklep.example>, masked for whoever may not see contact data."""
    name, address = person["name"], person["address"]
    if not may_see:
        name, address = contact.mask_name(name), contact.mask_email(address) if address else ""
    return f"{name} <{address}>" if name and address and name != address else name or address


def _when(invitation: Mapping[str, Any]) -> str:
    """Thursday 12 March 2026, 10:00-11:30; a moment without a zone means that clock time wherever one is."""
    starts, ends = _read(invitation["starts"]), _read(invitation["ends"])
    if starts is None:
        return ""
    if not isinstance(starts, datetime):
        if ends is None or ends == starts:
            return _("%(day)s, all day") % {"day": _day(starts)}
        return _("%(first)s to %(last)s, all day") % {"first": _day(starts), "last": _day(ends)}
    said = f"{_day(starts)}, {_hour(starts)}"
    if isinstance(ends, datetime) and ends != starts:
        said += f"–{_hour(ends)}" if ends.date() == starts.date() else f" – {_day(ends)}, {_hour(ends)}"
    if not invitation["starts"].endswith("Z") and invitation["zone"]:
        said += f" ({invitation['zone']})"  # a zone that we do not know: its hours are not the reader's
    return said


def _read(value: str) -> date | None:
    """A stored date or moment in the reader's zone; None for none, and for one at the edge of all calendars."""
    try:
        if "T" not in value:
            return date.fromisoformat(value) if value else None
        if not value.endswith("Z"):
            return datetime.fromisoformat(value)
        return timezone.localtime(datetime.fromisoformat(value[:-1]).replace(tzinfo=UTC)).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _day(value: date) -> str:
    name = formats.date_format(value, "l j E Y")
    return name.lower() if get_language() == "pl" else name


def _hour(value: datetime) -> str:
    return formats.date_format(value, "G:i")


def _repeats(rule: Mapping[str, Any]) -> str:
    number = rule["interval"]
    said = {
        "day": ngettext("every day", "every %(number)s days", number),
        "week": ngettext("every week", "every %(number)s weeks", number),
        "month": ngettext("every month", "every %(number)s months", number),
        "year": ngettext("every year", "every %(number)s years", number),
    }[rule["every"]] % {"number": number}
    days = [formats.date_format(_A_MONDAY.replace(day=1 + _DAYS[day]), "D") for day in rule["days"] if day in _DAYS]
    if days and rule["every"] == "week":
        said += f" ({', '.join(days)})"
    if rule["count"]:
        times = ngettext("%(number)s time", "%(number)s times", rule["count"]) % {"number": rule["count"]}
        return f"{said}, {times}"
    if (until := _read(rule["until"])) is not None:
        return _("%(said)s until %(day)s") % {"said": said, "day": _day(until)}
    return said


@register.filter
def bounce_reason(reason: str) -> str:
    """Why a mail came back, in a sentence."""
    return bounce_sentences.sentence(reason)
