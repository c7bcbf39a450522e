"""A told story leaves the rows that the actions leave."""

import random
from datetime import datetime, timedelta

import pytest

from helpdesk.demo import hours, people, rows, seed
from helpdesk.demo.story import Story
from tickets.actions import assigning, changing, noting, opening, outgoing, replying
from tickets.models import Event, Message, Outbox, Priority, Queue, Status, Ticket, User

CAST = people.make_cast(random.Random(1), requesters=40, firms=12)
REQUESTER = next(person for person in CAST.requesters if person.email)
AGENT, MATE = CAST.agents[1], CAST.agents[2]
START = datetime(2026, 3, 2, 9, 0)
COLUMNS = (
    "subject", "queue_id", "requester_id", "organisation_id", "channel", "status", "priority", "assignee_id",
    "hold_reason", "version", "opened_at", "updated_at", "first_reply_at", "solved_at", "closed_at", "reopened_at",
)  # fmt: skip


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def told() -> Story:
    story = Story(requester=REQUESTER, queue=2, channel="web", subject="Pusta faktura", opened_at=START)
    story.opened(by=REQUESTER, text="Jest pusta.", files=[], mail_id="", mail_to="")
    story.priority_changed(at(1), CAST.leads[0], Priority.HIGH)
    story.queue_changed(at(2), CAST.leads[0], 1)
    story.noted(at(3), AGENT, "Znane.")
    story.replied(at(4), AGENT, "Sprawdzam.", next_status=Status.WAITING)
    story.requester_wrote(at(5), "I co?", channel="web", files=[], mail_id="", mail_to="")
    story.status_changed(at(6), AGENT, Status.ON_HOLD, reason="Czekamy na dział")
    story.assigned(at(7), AGENT, None)
    story.taken(at(8), MATE)
    story.replied(at(9), MATE, "Już.", next_status=Status.SOLVED)
    story.requester_wrote(at(10), "Jednak nie.", channel="web", files=[], mail_id="", mail_to="")
    story.assigned(at(11), MATE, AGENT)
    story.status_changed(at(12), AGENT, Status.SOLVED)
    story.status_changed(at(13), None, Status.CLOSED)
    return story


def acted() -> Ticket:
    requester, agent, mate, lead = (
        User.objects.get(pk=person.number) for person in (REQUESTER, AGENT, MATE, CAST.leads[0])
    )
    when = [hours.utc(at(minute)) for minute in range(14)]
    ticket = opening.open_ticket(
        requester=requester,
        queue=Queue.objects.get(pk=2),
        channel="web",
        subject="Pusta faktura",
        text="Jest pusta.",
        by=requester,
        at=when[0],
    )
    changing.change_priority(ticket=ticket, to=Priority.HIGH, by=lead, at=when[1])
    changing.change_queue(ticket=ticket, to=Queue.objects.get(pk=1), by=lead, at=when[2])
    noting.note(ticket=ticket, by=agent, text="Znane.", at=when[3])
    replying.reply(ticket=ticket, by=agent, text="Sprawdzam.", at=when[4], next_status=Status.WAITING)
    replying.requester_wrote(ticket=ticket, author=requester, text="I co?", at=when[5], channel="web")
    changing.change_status(ticket=ticket, to=Status.ON_HOLD, by=agent, at=when[6], reason="Czekamy na dział")
    assigning.assign(ticket=ticket, to=None, by=agent, at=when[7])
    assigning.assign_me(ticket=ticket, by=mate, at=when[8])
    replying.reply(ticket=ticket, by=mate, text="Już.", at=when[9], next_status=Status.SOLVED)
    replying.requester_wrote(ticket=ticket, author=requester, text="Jednak nie.", at=when[10], channel="web")
    assigning.assign(ticket=ticket, to=agent, by=mate, at=when[11])
    changing.change_status(ticket=ticket, to=Status.SOLVED, by=agent, at=when[12])
    changing.close(ticket=ticket, at=when[13])
    return ticket


def events_of(ticket: Ticket) -> list[tuple[object, ...]]:
    """Kind, time, actor and data, the message by its text: the two tickets have different numbers for it."""
    texts = dict(Message.objects.filter(ticket=ticket).values_list("pk", "text"))
    rows = Event.objects.filter(ticket=ticket).order_by("at", "id")
    return [
        (
            row.kind,
            row.at,
            row.actor_id,
            {key: texts.get(value) if key == "message" else value for key, value in row.data.items()},
        )
        for row in rows
    ]


def messages_of(ticket: Ticket) -> list[tuple[object, ...]]:
    columns = ("text", "html", "kind", "state", "channel", "author_id", "is_from_requester", "at", "mail_to", "mail_cc")
    return list(Message.objects.filter(ticket=ticket).order_by("at", "id").values_list(*columns))


@pytest.mark.django_db
def test_a_told_story_is_what_the_actions_would_have_written() -> None:
    seed.write_company(CAST, random.Random(1))

    rows.write_stories([told()], rows.silent)
    ticket = acted()

    story = Ticket.objects.get(pk=rows.FIRST_NUMBER)
    ticket.refresh_from_db()
    assert [getattr(story, name) for name in COLUMNS] == [getattr(ticket, name) for name in COLUMNS]
    assert events_of(story) == events_of(ticket)
    assert messages_of(story) == messages_of(ticket)
    mails = [
        list(
            Outbox.objects.filter(ticket=one)
            .order_by("pk")
            .values_list("kind", "address", "message__text", "created_at")
        )
        for one in (story, ticket)
    ]
    assert mails[0] == mails[1]
    assert outgoing.AUTOMATIC_PER_DAY == rows.ACKNOWLEDGED_PER_DAY
