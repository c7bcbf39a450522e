"""Small pieces of HTML that every page repeats: icons, people, fields, times. No queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django import template
from django.forms import BoundField, CheckboxInput, FileInput, RadioSelect, Select, Textarea
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext

from helpdesk.lib import clock
from tickets.channels.email import troubles
from tickets.contact import mask_email, mask_name, mask_phone
from tickets.models import Channel

if TYPE_CHECKING:
    from tickets.models import User

register = template.Library()

CHANNEL_ICONS = {
    Channel.PHONE: "phone",
    Channel.CHAT: "chat",
    Channel.MESSENGER: "messenger",
    Channel.EMAIL: "mail",
    Channel.WEB: "globe",
    Channel.WALK_UP: "walk",
}


@cache
def _svg(name: str, size: str, channel: str, tone: str, is_inline: bool) -> SafeString:
    parts = [
        format_html(' data-size="{}"', size) if size else "",
        format_html(' data-ch="{}"', channel) if channel else "",
        format_html(' data-tone="{}"', tone) if tone else "",
        SafeString(" data-inline") if is_inline else "",
    ]
    return format_html(
        '<svg class="icon"{} aria-hidden="true"><use href="{}#{}"/></svg>',
        format_html("{}{}{}{}", *parts),
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def icon(name: str, size: str = "", ch: str = "", tone: str = "", inline: bool = False) -> SafeString:
    """A line icon of the sprite. It is decoration: words stand beside it, or a label on the button around it."""
    return _svg(name, size, str(ch), tone, inline)


@register.simple_tag
def channel_icon(channel: str, size: str = "", inline: bool = False) -> SafeString:
    """The icon of a channel in its hue, for use beside the channel's name."""
    return _svg(CHANNEL_ICONS.get(channel, "inbox"), size, str(channel), "", inline)


@register.simple_tag
def channel_mark(channel: str) -> SafeString:
    """The icon of a channel where its name is not written: then the icon says it."""
    label = Channel(channel).label
    return format_html(
        '<svg class="icon" data-ch="{}" role="img" aria-label="{}"><use href="{}#{}"/></svg>',
        channel,
        label,
        static("img/icons.svg"),
        CHANNEL_ICONS.get(channel, "inbox"),
    )


@register.simple_tag
def avatar(person: User | None, size: str = "", is_on_duty: bool = False, named: bool = True) -> SafeString:
    """Initials on the person's hue; a dashed ring for nobody. ``named=False`` where the name is written beside it."""
    if person is None:
        return format_html('<span class="avatar" data-none role="img" aria-label="{}"></span>', gettext("Nobody yet"))
    extra = format_html(' data-size="{}"', size) if size else SafeString()
    extra += SafeString(" data-on") if is_on_duty else SafeString()
    if named:
        extra += format_html(' role="img" aria-label="{0}" title="{0}"', str(person))
    else:
        extra += SafeString(' aria-hidden="true"')
    return format_html('<span class="avatar hue-{}"{}>{}</span>', person.hue, extra, person.initials)


@register.inclusion_tag("components/_field.html")
def field(
    bound: BoundField,
    label: str = "",
    size: str = "",
    autofocus: bool = False,
    rows: int = 0,
    hint: bool = True,
    optional: bool = True,
) -> dict[str, object]:
    """A labelled control with its hint and its errors. ``hint`` and ``optional`` off leave those words out."""
    if not hint:
        bound.help_text = ""
    widget = bound.field.widget
    attributes: dict[str, object] = {"class": "check" if isinstance(widget, CheckboxInput | RadioSelect) else "input"}
    if size:
        attributes["data-size"] = size
    if autofocus:
        attributes["autofocus"] = True
    if rows and isinstance(widget, Textarea):
        attributes["rows"] = rows
    # The file control has no placeholder, and a placeholder that repeats the label only disappears when it is needed.
    widget.attrs.pop("placeholder", None)
    return {
        "field": bound,
        "label": label or bound.label,
        "control": bound.as_widget(attrs=attributes),
        "is_check": isinstance(widget, CheckboxInput),
        "is_choices": isinstance(widget, RadioSelect),
        "is_optional": optional
        and not bound.field.required
        and not isinstance(widget, CheckboxInput | FileInput | Select),
    }


@register.simple_tag
def control(bound: BoundField, size: str = "", label: str = "") -> SafeString:
    """The control alone, for places where its label stands elsewhere or is only spoken."""
    attributes = {"class": "input"}
    if size:
        attributes["data-size"] = size
    if label:
        attributes["aria-label"] = label
    return bound.as_widget(attrs=attributes)


@register.filter
def count(value: int) -> str:
    """1,546, and 9,999+ where counting stopped."""
    if value > 9999:
        return formats.number_format(9999, force_grouping=True) + "+"
    return formats.number_format(value, force_grouping=True)


@register.filter
def shown(stamp: datetime | None) -> datetime | None:
    """A real stamp, of a factor or a sign-in, by the product's clock: the demo has one of its own."""
    return clock.as_shown(stamp) if stamp else None


@register.filter
def moment(value: datetime | None, at: datetime) -> str:
    """A time as people say it, seen from ``at``: 7:58 today, Fri 17:58 in the last week, else 2 Mar or 2 Mar 2025."""
    if value is None:
        return ""
    local, now = timezone.localtime(value), timezone.localtime(at)
    if local.date() == now.date():
        return formats.date_format(local, "G:i")
    if abs(local.date() - now.date()) < timedelta(days=7):
        return _inside(formats.date_format(local, "D G:i"))
    return _inside(formats.date_format(local, "j M" if local.year == now.year else "j M Y"))


@register.filter
def full_moment(value: datetime) -> str:
    """Friday 6 March 2026, 17:58."""
    return _inside(formats.date_format(timezone.localtime(value), "l j E Y, G:i"))


def _inside(name: str) -> str:
    """A date inside a sentence: Polish writes days and months small there, Django's names are for the beginning."""
    return name.lower() if get_language() == "pl" else name


@register.filter
def day(value: datetime, at: datetime) -> str:
    """Friday 6 March; today and yesterday by name."""
    local, now = timezone.localtime(value), timezone.localtime(at)
    name = formats.date_format(local, "l j E" if local.year == now.year else "j E Y")
    if local.date() == now.date():
        return pgettext("a day in a conversation", "Today, %(day)s") % {"day": _inside(name)}
    if local.date() == now.date() - timedelta(days=1):
        return pgettext("a day in a conversation", "Yesterday, %(day)s") % {"day": _inside(name)}
    return name


@register.filter
def stamp(value: datetime) -> str:
    """For <time datetime>."""
    return value.isoformat(timespec="minutes")


@register.filter
def file_size(value: int) -> str:
    """84 KB, 2.1 MB: whole kilobytes, tenths of a megabyte."""
    if value < 1_000_000:
        return f"{max(1, round(value / 1000))} KB"
    return f"{formats.number_format(value / 1_000_000, 1)} MB"


@register.filter
def in_words(stored: str) -> str:
    """Why a mail or a mailbox waits: rows hold it in English, the page says it in its own language."""
    return troubles.in_words(stored)


@register.filter
def contact(value: str, may_see: bool) -> str:
    """An address or a phone number, masked for people on a grant."""
    if may_see or not value:
        return value
    return mask_email(value) if "@" in value else mask_phone(value)


@register.filter
def called(person: User, may_see: bool) -> str:
    """A requester's name, masked where it is an address or a number."""
    return str(person) if may_see else mask_name(str(person))
