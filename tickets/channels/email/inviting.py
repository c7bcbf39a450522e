"""Our own invitations as iCalendar (RFC 5545): the other direction of `calendar`."""

from datetime import UTC, datetime
from typing import Any

from tickets.channels.email.building import Calendar


def calendar_of(
    invitation: dict[str, Any], *, organiser: tuple[str, str], invited: tuple[str, str], stamp: datetime
) -> Calendar:
    """The event of a message's ``invitation``. `organiser` and `invited` are name and ASCII address. Times are in UTC:
    every calendar shows them by its owner's clock, on both sides of a change to summer time."""
    from icalendar import Calendar as Document  # half a second to import, for the few mails that need it
    from icalendar import Event, vCalAddress, vText

    def address(name: str, address: str, **parameters: str) -> vCalAddress:
        value = vCalAddress(f"mailto:{address}")
        named = {"CN": name.replace('"', "'")} if name else {}
        value.params.update({key: vText(said) for key, said in {**named, **parameters}.items()})
        return value

    method = str(invitation["method"]).upper()
    event = Event()
    event.add("uid", invitation["uid"])
    event.add("sequence", invitation["sequence"])
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", _moment(invitation["starts"]))
    event.add("dtend", _moment(invitation["ends"]))
    event.add("summary", invitation["summary"])
    if invitation["location"]:
        event.add("location", invitation["location"])
    event.add("status", str(invitation["status"]).upper())
    event["organizer"] = address(*organiser)
    event.add("attendee", address(*invited, ROLE="REQ-PARTICIPANT", PARTSTAT="NEEDS-ACTION", RSVP="TRUE"), encode=False)
    document = Document()
    document.add("prodid", "-//Dyzur//Dyzur//EN")
    document.add("version", "2.0")
    document.add("calscale", "GREGORIAN")
    document.add("method", method)
    document.add_component(event)
    return Calendar(method, document.to_ical())


def _moment(said: str) -> datetime:
    return datetime.strptime(said, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
