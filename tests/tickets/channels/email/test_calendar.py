import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.channels.email.calendar import read_invitation
from tickets.channels.email.parsing import parse

OUTLOOK_ZONE = """BEGIN:VTIMEZONE
TZID:(UTC+01:00) Sarajevo\\, Skopje\\, Warsaw\\, Zagreb
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar(event, *, method="REQUEST", zones=""):
    head = f"BEGIN:VCALENDAR\nMETHOD:{method}\nPRODID:x\nVERSION:2.0\n{zones}"
    return f"{head}BEGIN:VEVENT\nUID:1@x\n{event}\nEND:VEVENT\nEND:VCALENDAR\n".replace("\n", "\r\n").encode()


def when(event, **more):
    found = read_invitation(calendar(f"SUMMARY:x\n{event}", **more))
    return found["starts"], found["ends"], found["is_all_day"]


def test_an_invitation_says_what_when_where_and_who():
    event = (
        "SUMMARY:Przegląd płatności\\, marzec\nDTSTART;TZID=Europe/Warsaw:20260312T100000\n"
        "DTEND;TZID=Europe/Warsaw:20260312T113000\nLOCATION:Sala 3\\; parter\n"
        "DESCRIPTION:Dzień dobry\\,\\n\\nzaprasz\n am.\n"
        'ORGANIZER;CN="Kowalski, Jan":mailto:jan@sklep.example\nSEQUENCE:2\nURL:https://spotkanie.example/1\n'
        "ATTENDEE;CN=Ola;PARTSTAT=ACCEPTED:MAILTO:ola@sklep.example\nATTENDEE:mailto:shops@bursztyn.example\n"
        "BEGIN:VALARM\nTRIGGER:-PT15M\nDESCRIPTION:alarm\nEND:VALARM"
    )

    found = read_invitation(calendar(event))

    assert found == {
        "method": "request",
        "uid": "1@x",
        "sequence": 2,
        "summary": "Przegląd płatności, marzec",
        "location": "Sala 3; parter",
        "description": "Dzień dobry,\n\nzapraszam.",
        "status": "",
        "organiser": {"name": "Kowalski, Jan", "address": "jan@sklep.example"},
        "starts": "2026-03-12T09:00Z",
        "ends": "2026-03-12T10:30Z",
        "is_all_day": False,
        "zone": "Europe/Warsaw",
        "repeats": None,
        "people": [
            {"name": "Ola", "address": "ola@sklep.example", "answer": "accepted"},
            {"name": "", "address": "shops@bursztyn.example", "answer": ""},
        ],
        "link": "https://spotkanie.example/1",
    }


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:20260312T100000Z\nDURATION:PT45M", ("2026-03-12T10:00Z", "2026-03-12T10:45Z", False)),
        ("DTSTART:20260312T100000\nDTEND:20260312T110000", ("2026-03-12T10:00", "2026-03-12T11:00", False)),
        ("DTSTART;VALUE=DATE:20260312\nDTEND;VALUE=DATE:20260315", ("2026-03-12", "2026-03-14", True)),
        ("DTSTART;VALUE=DATE:20260312", ("2026-03-12", "", True)),
        ("DTSTART;TZID=Central European Standard Time:20260712T100000", ("2026-07-12T08:00Z", "", False)),
        ("DTSTART;TZID=Nowhere/Land:20260712T100000", ("2026-07-12T10:00", "", False)),
        ("DTSTART:20260312T100000Z\nDTEND:20260312T090000Z", ("2026-03-12T10:00Z", "", False)),
        ("DTSTART:20260312T100000Z\nDTEND;VALUE=DATE:20260312", ("2026-03-12T10:00Z", "", False)),
        ("DTSTART:20260312T100000Z\nDTEND:junk", ("2026-03-12T10:00Z", "", False)),
        ("DTSTART:99991231T235959Z", ("9999-12-31T23:59Z", "", False)),
    ],
)
def test_when(event, expected):
    assert when(event) == expected


@pytest.mark.parametrize(("day", "hour"), [("20260112", "09:00"), ("20260712", "08:00")])
def test_zones_with_names_of_their_own_follow_their_rules(day, hour):
    event = f'DTSTART;TZID="(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb":{day}T100000'

    assert when(event, zones=OUTLOOK_ZONE)[0].endswith(f"T{hour}Z")


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=YEARLY;BYSECOND=1,2,3;BYMINUTE=1,2,3;BYHOUR=1,2,3"])
def test_zones_with_rules_that_never_end_are_left_out(rule):
    zone = OUTLOOK_ZONE.replace("FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3", rule)
    event = 'DTSTART;TZID="(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb":20260712T100000'

    assert when(event, zones=zone)[0] == "2026-07-12T10:00"


def test_what_comes_again_says_how_often():
    found = read_invitation(
        calendar(
            "SUMMARY:x\nDTSTART:20260312T100000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20260630T000000Z;BYDAY=MO,-1WE"
        )
    )

    assert found["repeats"] == {
        "every": "week",
        "interval": 2,
        "count": 0,
        "until": "2026-06-30T00:00Z",
        "days": ["MO", "WE"],
    }


def test_a_series_says_more_than_its_exceptions():
    exception = "SUMMARY:moved\nRECURRENCE-ID:20260319T100000Z\nDTSTART:20260320T100000Z"
    series = "SUMMARY:series\nDTSTART:20260312T100000Z\nRRULE:FREQ=WEEKLY"

    found = read_invitation(calendar(f"{exception}\nEND:VEVENT\nBEGIN:VEVENT\nUID:1@x\n{series}"))

    assert found["summary"] == "series"
    assert read_invitation(calendar(exception))["summary"] == "moved"


@pytest.mark.parametrize(("said", "method"), [("CANCEL", "cancel"), ("reply", "reply"), ("NONSENSE", "publish")])
def test_methods(said, method):
    assert read_invitation(calendar("DTSTART:20260312T100000Z", method=said))["method"] == method


def test_links_are_only_links():
    assert read_invitation(calendar("DTSTART:20260312T100000Z\nURL:javascript:alert(1)"))["link"] == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"BEGIN:VCALENDAR\nEND:VCALENDAR",
        calendar("SUMMARY:never"),
        b"BEGIN:VEVENT\n" * 50_000,
        b"\xff\x00" * 1_000,
        b"A" * 3_000_000,
    ],
)
def test_what_tells_no_time_is_no_invitation(raw):
    assert read_invitation(raw) is None


def test_a_calendar_cut_off_is_read_as_far_as_it_goes():
    assert read_invitation(calendar("SUMMARY:x\nDTSTART:20260312T100000Z")[:-20])["starts"] == "2026-03-12T10:00Z"


LINES = [
    "DTSTART:20260312T100000Z", "DTSTART;TZID=x:2026", "DTEND:1", "RRULE:FREQ=", "RRULE:FREQ=DAILY;COUNT=x",
    "ATTENDEE:", "ORGANIZER;CN=:x", "SUMMARY", "SUMMARY;x=:y", "DURATION:-P1D", "DURATION:P99999999W", "SEQUENCE:x",
    "BEGIN:VEVENT", "END:VEVENT", "DTSTART;VALUE=DATE:20261399", "RDATE:x", "EXDATE;TZID=:", " folded",
    "DTSTART:00010101T000000", "DTEND;TZID=Europe/Warsaw:00010101T000000",
]  # fmt: skip


@given(st.lists(st.sampled_from(LINES), max_size=8).map("\n".join) | st.text(max_size=60))
def test_no_lines_raise(lines):
    read_invitation(calendar(lines))


def mail(*parts):
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f"From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n{body}--b--\n".encode()


def test_the_invitation_of_a_mail_is_read_and_stays_a_file():
    ics = calendar("SUMMARY:x\nDTSTART:20260312T100000Z").decode()

    parsed = parse(
        mail(
            "Content-Type: text/plain\n\nwords",
            f"Content-Type: text/calendar; charset=utf-8; method=CANCEL\n\n{ics.replace('METHOD:REQUEST', 'X:y')}",
            f"Content-Type: application/ics; name=invite.ics\n\n{ics}",
        )
    )

    assert parsed.text == "words"
    assert parsed.invitation["method"] == "cancel"
    assert [file.name for file in parsed.attachments] == ["text-1.ics", "invite.ics"]


def test_a_mail_without_a_calendar_has_no_invitation():
    assert parse(mail("Content-Type: text/plain\n\nBEGIN:VCALENDAR")).invitation is None
