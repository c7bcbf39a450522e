"""The list, opening, one ticket."""

from datetime import UTC, datetime, timedelta

import pytest

from tickets.actions import replying
from tickets.actions.attaching import File
from tickets.models import Channel, Draft, Message, Organisation, Outbox, Priority, Role, Share, Status, Ticket, User


def numbers(response):
    return [row["id"] for row in response.json()["results"]]


# The list


def test_the_list_holds_what_the_caller_works(desk, as_):
    mine = desk.ticket()
    other = desk.ticket(queue=desk.shops)

    assert numbers(as_(desk.agent).get("tickets/")) == [mine.pk]
    assert numbers(as_(desk.stranger).get("tickets/")) == [other.pk]
    assert numbers(as_(desk.admin).get("tickets/")) == [mine.pk, other.pk]
    assert numbers(as_(desk.colleague).get("tickets/")) == []
    assert numbers(as_(desk.requester).get("tickets/")) == []


def test_a_row_says_everything_in_utc(desk, as_):
    due_at = desk.at + timedelta(hours=1)
    ticket = desk.ticket(priority=Priority.HIGH)
    Ticket.objects.filter(pk=ticket.pk).update(
        assignee=desk.agent, due_at=due_at, sla_state="running", sla_metric="first_response", tags=["zwrot"]
    )

    (row,) = as_(desk.agent).get("tickets/").json()["results"]

    assert row == {
        "id": ticket.pk,
        "subject": "Invoice twice",
        "queue": desk.billing.pk,
        "channel": "email",
        "status": "new",
        "priority": "high",
        "requester": {
            "id": desk.requester.pk,
            "name": "Roza",
            "email": "roza@bursztyn.example",
            "phone": "+48 601 234 567",
        },
        "organisation": "Łubin sp. z o.o.",
        "assignee": {"id": desk.agent.pk, "name": "Agata"},
        "promise": {"metric": "first_response", "state": "running", "due_at": "2026-03-09T08:00:00Z"},
        "opened_at": "2026-03-09T07:00:00Z",
        "updated_at": "2026-03-09T07:00:00Z",
        "solved_at": None,
        "snoozed_until": None,
        "tags": ["zwrot"],
        "fields": {},
    }


@pytest.mark.parametrize(
    "query",
    [
        {"view": "mine"},
        {"status": "open"},
        {"channel": "phone"},
        {"priority": "urgent"},
        {"assignee": "me"},
        {"assignee": "nobody", "view": "nobody", "subject_id": True},
    ],
)
def test_filters_narrow_the_list(desk, as_, query):
    is_about_nobody = query.pop("subject_id", False)
    fitting = desk.ticket(channel=Channel.PHONE, priority=Priority.URGENT)
    other = desk.ticket()
    Ticket.objects.filter(pk=fitting.pk).update(assignee=desk.agent, status=Status.OPEN)
    caller = as_(desk.agent)
    assert len(numbers(caller.get("tickets/"))) == 2

    assert numbers(caller.get("tickets/", **query)) == [other.pk if is_about_nobody else fitting.pk]


def test_filters_by_queue_and_person(desk, as_):
    first, second = desk.ticket(), desk.ticket(queue=desk.shops)
    Ticket.objects.filter(pk=second.pk).update(assignee=desk.stranger)
    caller = as_(desk.admin)
    assert numbers(caller.get("tickets/")) == [first.pk, second.pk]

    assert numbers(caller.get("tickets/", queue=desk.billing.pk)) == [first.pk]
    assert numbers(caller.get("tickets/", assignee=desk.stranger.pk)) == [second.pk]
    assert numbers(caller.get("tickets/", queue=987654321)) == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"view": "everything"}, "view"),
        ({"queue": "billing"}, "queue"),
        ({"queue": 10**30}, "queue"),
        ({"priority": "3"}, "priority"),
        ({"assignee": "meandnobody"}, "assignee"),
        ({"size": 101}, "size"),
        ({"after": "made-up"}, "after"),
        ({"asignee": "me"}, "asignee"),
    ],
)
def test_a_filter_that_is_not_understood_is_refused_instead_of_ignored(desk, as_, query, name):
    response = as_(desk.agent).get("tickets/", **query)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert list(response.json()["errors"]) == [name]


@pytest.mark.parametrize("view", ["all", "solved"])
def test_following_next_shows_every_ticket_once(desk, as_, view):
    made = [desk.ticket(f"Case {number}").pk for number in range(5)]
    Ticket.objects.filter(pk__in=made[:3]).update(due_at=desk.at, sla_state="running")
    if view == "solved":
        Ticket.objects.update(status=Status.SOLVED, solved_at=desk.at)
    caller = as_(desk.agent)

    seen, response = [], caller.get("tickets/", view=view, size=2)
    while True:
        seen += numbers(response)
        following = response.json()["next"]
        if following is None:
            break
        assert following.startswith("http://testserver/api/tickets/?")
        response = caller.client.get(following)

    assert seen == (made if view == "all" else made[::-1])


def test_the_list_takes_as_many_statements_for_three_rows_as_for_one(desk, as_):
    desk.ticket()
    caller = as_(desk.agent)
    assert len(numbers(caller.get("tickets/"))) == 1
    for_one = caller.statements

    for name in ("Ewa", "Ola"):
        person = desk.person(name.lower(), organisation=Organisation.objects.create(name=name))
        other = desk.ticket(requester=person)
        Ticket.objects.filter(pk=other.pk).update(assignee=desk.lead)

    assert len(numbers(caller.get("tickets/"))) == 3
    assert caller.statements == for_one


def test_the_list_of_a_duty_takes_constant_statements_too(desk, as_):
    desk.duty(desk.colleague)
    desk.ticket()
    caller = as_(desk.colleague)
    assert len(numbers(caller.get("tickets/"))) == 1
    for_one = caller.statements

    desk.ticket(requester=desk.person("ewa"))
    desk.ticket(requester=desk.person("ola"))

    assert len(numbers(caller.get("tickets/"))) == 3
    assert caller.statements == for_one


def test_the_list_in_the_grace_after_a_duty_takes_constant_statements_too(desk, as_, clock):
    desk.duty(desk.colleague)

    def half_answered():
        ticket = desk.ticket()
        Ticket.objects.filter(pk=ticket.pk).update(assignee=desk.colleague)
        Draft.objects.create(ticket=ticket, author=desk.colleague, text="Almost", saved_at=desk.at)

    half_answered()
    clock.advance(minutes=65)
    caller = as_(desk.colleague)
    assert len(numbers(caller.get("tickets/"))) == 1
    for_one = caller.statements

    half_answered(), half_answered()

    assert len(numbers(caller.get("tickets/"))) == 3
    assert caller.statements == for_one


def test_people_on_a_duty_see_contact_data_masked(desk, as_):
    desk.duty(desk.colleague)
    nameless = User.objects.create(email="jan.kos@dom.example", name="jan.kos@dom.example")
    desk.ticket()
    desk.ticket(requester=nameless)
    shown_to_agent = [row["requester"] for row in as_(desk.agent).get("tickets/").json()["results"]]
    assert shown_to_agent[0]["email"] == "roza@bursztyn.example"
    assert shown_to_agent[1]["name"] == "jan.kos@dom.example"

    rows = as_(desk.colleague).get("tickets/").json()["results"]

    assert [row["requester"] for row in rows] == [
        {"id": desk.requester.pk, "name": "Roza", "email": "r…@b…", "phone": "…67"},
        {"id": nameless.pk, "name": "j…@d…", "email": "j…@d…", "phone": ""},
    ]


# Opening


def test_an_agent_opens_a_ticket_for_a_new_requester(desk, as_):
    response = as_(desk.agent).post(
        "tickets/",
        requester={"email": "Nowa@Dom.example", "name": "Nowa Osoba", "phone": "22 555 00 11"},
        queue=desk.billing.pk,
        channel="phone",
        subject="Invoice",
        text="  She called.\n",
        priority="urgent",
    )

    assert response.status_code == 201
    ticket = Ticket.objects.get(pk=response.json()["id"])
    assert response["Location"] == f"/api/tickets/{ticket.pk}/"
    assert (ticket.requester.email, ticket.requester.name, ticket.requester.phone) == (
        "nowa@dom.example",
        "Nowa Osoba",
        "22 555 00 11",
    )
    assert (ticket.channel, ticket.priority, ticket.status) == (Channel.PHONE, Priority.URGENT, Status.NEW)
    assert ticket.messages.get().text == "  She called.\n"
    assert ticket.events.get().actor == desk.agent
    assert not Outbox.objects.exists()


def test_a_known_address_finds_its_person(desk, as_):
    response = as_(desk.agent).post(
        "tickets/", requester={"email": "ROZA@bursztyn.example"}, queue=desk.billing.pk, subject="Again", text="Hello"
    )

    assert response.json()["requester"]["id"] == desk.requester.pk
    assert response.json()["priority"] == "normal"
    assert response.json()["channel"] == "web"


def test_somebody_without_an_address_is_known_by_the_phone_number(desk, as_):
    given = {"requester": {"phone": "600 700 800"}, "queue": desk.billing.pk, "subject": "Phone", "text": "Call back"}

    first, second = (as_(desk.agent).post("tickets/", **given).json()["requester"] for _ in range(2))

    assert first == second
    assert first["email"] is None


@pytest.mark.parametrize("role", [Role.AGENT, Role.COLLEAGUE, Role.REQUESTER])
def test_nobody_opens_tickets_outside_the_own_queues_and_nobody_is_made_by_trying(desk, as_, role):
    caller = {Role.AGENT: desk.stranger, Role.COLLEAGUE: desk.colleague, Role.REQUESTER: desk.requester}[role]
    people = User.objects.count()

    response = as_(caller).post(
        "tickets/", requester={"email": "new@dom.example"}, queue=desk.billing.pk, subject="Invoice", text="Hello"
    )

    assert response.status_code == 403
    assert response.json()["code"] == "not_allowed"
    assert response.json()["detail"] == "You may not open tickets in this queue."
    assert (Ticket.objects.count(), User.objects.count()) == (0, people)


def test_naming_oneself_as_requester_opens_no_queue(desk, as_):
    response = as_(desk.requester).post(
        "tickets/", requester={"email": desk.requester.email}, queue=desk.billing.pk, subject="Me", text="Mine"
    )

    assert response.status_code == 403
    assert not Ticket.objects.exists()


def test_a_colleague_opens_for_a_caller_inside_the_duty_only(desk, as_):
    desk.duty(desk.colleague, Channel.PHONE)
    caller = as_(desk.colleague)
    given = {"requester": {"email": "roza@bursztyn.example"}, "queue": desk.billing.pk, "subject": "S", "text": "T"}

    inside, outside = (
        caller.post("tickets/", **given, channel="phone"),
        caller.post("tickets/", **given, channel="email"),
    )

    assert (inside.status_code, outside.status_code) == (201, 403)
    assert inside.json()["requester"]["email"] == "r…@b…"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"requester": {}}, "requester"),
        ({"requester": {"name": "Only a name"}}, "requester"),
        ({"requester": {"email": "no address"}}, "requester"),
        ({"requester": None}, "requester"),
        ({"queue": 987654321}, "queue"),
        ({"queue": 10**40}, "queue"),
        ({"queue": "billing"}, "queue"),
        ({"channel": "fax"}, "channel"),
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 301}, "subject"),
        ({"text": ""}, "text"),
        ({"text": "zero \x00 byte"}, "text"),
        ({"text": "x" * 200_001}, "text"),
        ({"priority": 3}, "priority"),
        ({"prioritaet": "high"}, "prioritaet"),
    ],
)
def test_what_cannot_be_opened_is_said_by_field(desk, as_, change, name):
    given = {"requester": {"email": "a@b.example"}, "queue": desk.billing.pk, "subject": "S", "text": "T"}

    response = as_(desk.agent).post("tickets/", **{**given, **change})

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [name]
    assert not Ticket.objects.exists()


# One ticket


def test_people_who_work_a_ticket_read_everything(desk, as_):
    ticket = desk.ticket()
    desk.note(ticket)
    replying.reply(ticket=ticket, by=desk.agent, text="We look.", at=desk.at)

    shown = as_(desk.lead).get(f"tickets/{ticket.pk}/").json()

    assert [(each["kind"], each["text"]) for each in shown["messages"]] == [
        ("public", "Why?"),
        ("note", "She is right."),
        ("public", "We look."),
    ]
    assert shown["messages"][0]["author"] == {"id": desk.requester.pk, "name": "Roza"}
    assert shown["messages"][0]["is_from_requester"] is True
    assert shown["messages"][2]["delivery"] == {
        "state": "pending",
        "address": "roza@bursztyn.example",
        "error": "",
        "bounce": None,
    }
    assert shown["status"] == "open"
    assert shown["first_reply_at"] == "2026-03-09T07:00:00Z"
    assert shown["rights"] == {
        "write": True, "note": True, "take": True, "assign": True, "change": True, "move": True, "remove": True,
        "join": True, "appoint": True, "is_reviewed": False,
    }  # fmt: skip


def test_a_requester_reads_the_public_messages_and_nothing_of_the_desk(desk, as_):
    ticket = desk.ticket()
    desk.note(ticket)
    replying.reply(ticket=ticket, by=desk.agent, text="We look.", at=desk.at)
    Ticket.objects.filter(pk=ticket.pk).update(
        status=Status.ON_HOLD,
        hold_reason="The bank is slow",
        due_at=desk.at,
        sla_state="running",
        sla_metric="resolution",
    )
    works = as_(desk.agent).get(f"tickets/{ticket.pk}/").json()
    assert (len(works["messages"]), works["hold_reason"]) == (3, "The bank is slow")
    assert works["promise"] and works["priority"]

    shown = as_(desk.requester).get(f"tickets/{ticket.pk}/").json()

    assert [each["text"] for each in shown["messages"]] == ["Why?", "We look."]
    assert [each["delivery"] for each in shown["messages"]] == [None, None]
    assert shown["assignee"] == {"id": desk.agent.pk, "name": "Agata"}
    hidden = ("hold_reason", "priority", "promise")
    assert {name: shown[name] for name in hidden} == dict.fromkeys(hidden)
    assert shown["requester"]["email"] == "roza@bursztyn.example"
    assert [name for name, has in shown["rights"].items() if has] == ["write"]


def test_somebody_a_ticket_is_shared_with_reads_it_without_contact_data(desk, as_):
    ticket = desk.ticket()
    desk.note(ticket)
    Message.objects.filter(kind="public").update(mail_to=["billing@bursztyn.example"], mail_cc=["szef@dom.example"])
    follower = desk.person("fela")
    assert as_(follower).get(f"tickets/{ticket.pk}/").status_code == 404
    Share.objects.create(ticket=ticket, user=follower, added_by=desk.agent, added_at=desk.at)

    shown = as_(follower).get(f"tickets/{ticket.pk}/").json()

    assert shown["requester"]["email"] == "r…@b…"
    assert [(each["text"], each["to"], each["cc"]) for each in shown["messages"]] == [("Why?", ["b…@b…"], ["s…@d…"])]
    assert not any(shown["rights"].values())


def test_a_colleague_on_duty_sees_recipient_lines_masked_and_no_mail_server_words(desk, as_):
    ticket = desk.ticket()
    replying.reply(ticket=ticket, by=desk.agent, text="We look.", at=desk.at)
    Outbox.objects.update(
        state=Outbox.State.DEAD,
        last_error="550 roza@bursztyn.example unknown",
        bounced_at=desk.at,
        bounce_reason="user_unknown",
        bounce_is_hard=True,
    )
    desk.duty(desk.colleague)
    delivery = as_(desk.agent).get(f"tickets/{ticket.pk}/").json()["messages"][1]["delivery"]
    assert delivery == {
        "state": "dead",
        "address": "roza@bursztyn.example",
        "error": "550 roza@bursztyn.example unknown",
        "bounce": {"at": "2026-03-09T07:00:00Z", "reason": "user_unknown", "is_hard": True},
    }

    response = as_(desk.colleague).get(f"tickets/{ticket.pk}/")

    masked = response.json()["messages"][1]["delivery"]
    assert masked == delivery | {"address": "r…@b…", "error": ""}
    assert "roza@" not in response.content.decode()
    assert response.json()["rights"]["is_reviewed"] is True


def test_the_ticket_takes_as_many_statements_for_three_messages_as_for_one(desk, as_):
    ticket = desk.ticket()
    caller = as_(desk.agent)
    caller.get(f"tickets/{ticket.pk}/")
    for_one = caller.statements

    desk.note(ticket)
    replying.reply(ticket=ticket, by=desk.agent, text="We look.", at=desk.at)

    assert len(caller.get(f"tickets/{ticket.pk}/").json()["messages"]) == 3
    assert caller.statements == for_one <= 8


def test_choices_are_the_team_the_queues_and_the_next_statuses(desk, as_):
    ticket = desk.ticket()

    shown = as_(desk.agent).get(f"tickets/{ticket.pk}/choices/").json()

    assert shown == {
        "assignees": [{"id": desk.agent.pk, "name": "Agata"}, {"id": desk.lead.pk, "name": "Lena"}],
        "queues": [{"id": desk.billing.pk, "name": "Billing"}, {"id": desk.shops.pk, "name": "Shops"}],
        "statuses": ["open", "waiting", "on_hold", "solved"],
    }


def test_choices_are_for_people_who_may_assign(desk, as_):
    ticket = desk.ticket()
    desk.duty(desk.colleague)

    assert as_(desk.colleague).get(f"tickets/{ticket.pk}/choices/").status_code == 403
    assert as_(desk.requester).get(f"tickets/{ticket.pk}/choices/").status_code == 403
    assert as_(desk.stranger).get(f"tickets/{ticket.pk}/choices/").status_code == 404


def test_times_are_utc_in_every_time_zone(desk, as_):
    desk.agent.time_zone = "Asia/Tokyo"
    desk.agent.save()
    ticket = desk.ticket()

    shown = as_(desk.agent).get(f"tickets/{ticket.pk}/").json()

    assert datetime.fromisoformat(shown["opened_at"]) == desk.at
    assert datetime.fromisoformat(shown["opened_at"]).tzinfo == UTC


def test_files_come_with_the_address_to_download_them(desk, as_):
    ticket = desk.ticket(attachments=[File(name="faktura.pdf", content=b"%PDF-1.4", content_type="application/pdf")])

    (message,) = as_(desk.requester).get(f"tickets/{ticket.pk}/").json()["messages"]

    (file,) = message["files"]
    assert (file["name"], file["size"], file["is_inline"]) == ("faktura.pdf", 8, False)
    assert as_(desk.requester).client.get(file["url"]).getvalue() == b"%PDF-1.4"
    assert as_(desk.stranger).client.get(file["url"]).status_code == 404
