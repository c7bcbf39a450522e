"""Tags, fields, snooze and removal below the pages: what is stored, who may, and that events replay to it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import (
    AT,
    HOUR,
    fresh,
    make_agent,
    make_queue,
    make_requester,
    make_requester_message,
    make_team,
    make_ticket,
)
from tickets.actions import attaching, changes, changing, filling, removing, replying, snoozing, tagging
from tickets.actions.assigning import NothingWaits, take_next
from tickets.actions.errors import NotAllowed
from tickets.actions.opening import MailFacts
from tickets.models import Attachment, CustomField, Event, InboundMessage, Kind, Notification, Status, Tag, Ticket
from tickets.models.ticket import has_field, has_tag
from tickets.queries import housekeeping
from tickets.tasks import erase_removed_tickets, wake_snoozed_tickets

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue(make_team())


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


@pytest.fixture
def ticket(queue):
    return make_ticket(queue)


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def replayed(ticket, field):
    """The property as its events alone tell it."""
    value = None
    for event in Event.objects.filter(ticket=ticket).order_by("id"):
        if field in event.data:
            value = event.data[field][1]
    return value


# Tags


def test_tags_are_normal_sorted_and_found(ticket, agent):
    tagging.add_tags(ticket=ticket, tags=["Zwrot", "#VIP", "zwrot", "z\u0307o\u0301łw"], by=agent, at=AT)

    assert now(ticket).tags == ["vip", "zwrot", "żółw"] == replayed(ticket, "tags")
    assert list(Ticket.objects.filter(has_tag("żółw"))) == [ticket]
    assert set(Tag.objects.values_list("name", flat=True)) == {"vip", "zwrot", "żółw"}


def test_two_who_change_tags_both_get_what_they_meant(ticket, agent):
    tagging.set_tags(ticket=ticket, to=["a", "b"], by=agent, at=AT)
    tagging.set_tags(ticket=ticket, to=["a", "b", "theirs"], seen=["a", "b"], by=agent, at=AT)

    tagging.set_tags(ticket=ticket, to=["b", "mine"], seen=["a", "b"], by=agent, at=AT)

    assert now(ticket).tags == ["b", "mine", "theirs"]


def test_no_more_than_twenty_and_only_words(ticket, agent):
    tagging.set_tags(ticket=ticket, to=[f"t{number}" for number in range(20)], by=agent, at=AT)

    with pytest.raises(tagging.TooManyTags):
        tagging.add_tags(ticket=ticket, tags=["one-more"], by=agent, at=AT)
    for wrong in ("a b", "-", "_x", "x" * 51, "<b>"):
        with pytest.raises(tagging.NotATag):
            tagging.add_tags(ticket=ticket, tags=[wrong], by=agent, at=AT)


# Fields


def field_of(type_, **more):
    return CustomField(key="f", label="F", type=type_, **more)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3))
def test_every_number_is_read_in_both_writings_and_reads_back_the_same(number):
    field = field_of("number")
    with translation.override("pl"):
        stored = filling.read(field, f"{number:f}".replace(".", ","))

    assert Decimal(stored) == number
    assert filling.read(field, stored) == stored
    assert ("," not in stored and not stored.endswith("0")) or "." not in stored


@pytest.mark.parametrize(("text", "stored"), [("1 234,50", "1234.5"), ("\u22122", "-2"), ("0,00", "0"), ("7.", None)])
def test_numbers_as_people_write_them(text, stored):
    if stored is None:
        with pytest.raises(filling.WrongValue):
            filling.read(field_of("number"), text)
    else:
        assert filling.read(field_of("number"), text) == stored


def test_a_comma_that_may_mean_thousands_is_asked_again_in_english():
    with translation.override("en"), pytest.raises(filling.WrongValue, match="without commas between thousands"):
        filling.read(field_of("number"), "1,234")
    with translation.override("pl"):
        assert filling.read(field_of("number"), "1,234") == "1.234"


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_date_is_read_in_both_writings(day):
    for written in (day.isoformat(), f"{day.day}.{day.month:02}.{day.year}"):
        assert filling.read(field_of("date"), written) == day.isoformat()


@pytest.mark.parametrize("text", ["31.02.2026", "03/09/2026", "2026-13-01", "jutro", "١٢.٠٣.٢٠٢٦"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(filling.WrongValue):
        filling.read(field_of("date"), text)


def test_a_field_of_another_queue_or_out_of_use_is_none_of_the_tickets(ticket, agent):
    CustomField.objects.create(key="here", label="Here", type="choice", choices=["a"]).queues.add(ticket.queue)
    CustomField.objects.create(key="there", label="There", type="text").queues.add(make_queue())
    CustomField.objects.create(key="old", label="Old", type="text", is_active=False)

    filling.fill(ticket=ticket, key="here", to="a", by=agent, at=AT)

    assert list(Ticket.objects.filter(has_field("here", "a"))) == [ticket]
    for key in ("there", "old", "none"):
        with pytest.raises(filling.UnknownField):
            filling.fill(ticket=ticket, key=key, to="x", by=agent, at=AT)


def test_needed_fields_bind_those_who_work_it_and_not_the_requester(queue, agent):
    CustomField.objects.create(key="cause", label="Cause", type="text", is_required_to_solve=True)
    ticket, own = make_ticket(queue), make_ticket(queue)

    with pytest.raises(filling.FieldsMissing):
        changing.change_status(ticket=ticket, to="solved", by=agent, at=AT)
    with pytest.raises(filling.FieldsMissing):
        replying.reply(ticket=ticket, by=agent, text="Gotowe", next_status="solved", at=AT)
    with pytest.raises(filling.FieldsMissing):
        changes.carry_out(ticket, [{"property": "status", "to": "solved"}], by=agent, at=AT)
    changing.change_status(ticket=own, to="solved", by=own.requester, at=AT)
    changes.carry_out(
        ticket,
        [{"property": "field", "field": "cause", "to": "kabel"}, {"property": "status", "to": "solved"}],
        by=agent,
        at=AT,
    )

    assert now(ticket).status == now(own).status == Status.SOLVED
    assert not now(ticket).messages.filter(text="Gotowe").exists()


# Snooze


def snoozed(ticket, agent, *, hours=2):
    return snoozing.snooze(ticket=ticket, until=AT + hours * HOUR, reason="Kurier", by=agent, at=AT)


def test_it_wakes_at_its_time_and_not_before(queue, agent):
    ticket = snoozed(make_ticket(queue, assignee=agent), agent)

    assert housekeeping.tickets_to_wake(AT + HOUR) == []
    for each in housekeeping.tickets_to_wake(AT + 2 * HOUR):
        snoozing.wake_when_due(ticket=each, at=AT + 2 * HOUR)

    assert now(ticket).snoozed_until is None is replayed(ticket, "snoozed_until")
    assert Notification.objects.get().kind == "woken"


def test_put_off_again_just_before_the_sweep_sleeps_on(ticket, agent):
    snoozed(ticket, agent)
    found = housekeeping.tickets_to_wake(AT + 2 * HOUR)
    snoozing.snooze(ticket=ticket, until=AT + 5 * HOUR, reason="Jeszcze", by=agent, at=AT + HOUR)

    snoozing.wake_when_due(ticket=found[0], at=AT + 2 * HOUR)

    assert now(ticket).snoozed_until == AT + 5 * HOUR


def test_the_requester_wakes_it_and_an_automatic_mail_does_not(ticket, agent):
    snoozed(ticket, agent)
    make_requester_message(ticket, mail=MailFacts(automatic="generated"))
    assert now(ticket).snoozed_until is not None

    make_requester_message(ticket)

    assert now(ticket).snoozed_until is None is replayed(ticket, "snoozed_until")


def test_a_solved_ticket_is_snoozed_no_more_and_take_next_leaves_snoozed_ones(queue, agent):
    ticket = snoozed(make_ticket(queue), agent)
    with pytest.raises(NothingWaits):
        take_next(by=fresh(agent), at=AT)

    changing.change_status(ticket=ticket, to="solved", by=agent, at=AT)

    assert now(ticket).snoozed_until is None
    with pytest.raises(snoozing.NothingToSnooze):
        snoozed(ticket, agent)


# Spam and deleted


def test_nobody_works_on_a_removed_ticket_and_its_requester_sees_it_no_more(ticket, agent):
    removing.remove(ticket=ticket, removed_as="deleted", by=agent, at=AT)

    for act in (
        lambda: changing.change_status(ticket=ticket, to="open", by=agent, at=AT),
        lambda: replying.reply(ticket=ticket, by=agent, text="x", at=AT),
        lambda: tagging.add_tags(ticket=ticket, tags=["x"], by=agent, at=AT),
        lambda: snoozed(ticket, agent),
    ):
        with pytest.raises(removing.TicketIsRemoved):
            act()
    assert not Ticket.objects.visible_to(ticket.requester, AT).exists()
    assert not Ticket.objects.worked_by(agent, AT).unsolved().exists()


def test_the_requesters_mail_brings_a_deleted_ticket_back_and_leaves_spam(queue, agent):
    deleted, spam = make_ticket(queue), make_ticket(queue)
    removing.remove(ticket=deleted, removed_as="deleted", by=agent, at=AT)
    removing.remove(ticket=spam, removed_as="spam", by=agent, at=AT)

    for ticket in (deleted, spam):
        make_requester_message(ticket, at=AT + HOUR)

    assert (now(deleted).removed_as, now(deleted).removed_at, replayed(deleted, "removed_as")) == ("", None, "")
    assert (now(spam).removed_as, spam.messages.count()) == ("spam", 2)


def test_after_thirty_days_it_is_gone_with_its_mail_and_files(queue, agent):
    ticket = make_ticket(queue, at=AT, attachments=[attaching.File("a.txt", b"tajne")])
    path = Attachment.objects.get().path
    mail = InboundMessage.objects.create(
        sha256="0" * 64, raw=b"tajne", size=5, received_at=AT, ticket=ticket, sender="a@b"
    )
    removing.remove(ticket=ticket, removed_as="spam", by=agent, at=AT)
    late = AT + timedelta(days=30)

    with pytest.raises(removing.NotYet):
        removing.erase(ticket=ticket, at=late - HOUR)
    make_requester_message(ticket, at=AT + timedelta(days=20))
    assert housekeeping.tickets_to_erase(late + HOUR - removing.KEPT) == []
    last = AT + timedelta(days=51)
    for found in housekeeping.tickets_to_erase(last - removing.KEPT):
        removing.erase(ticket=found, at=last)

    assert not Ticket.objects.exists() and not Event.objects.exists()
    mail.refresh_from_db()
    assert (bytes(mail.raw), mail.sender, mail.sha256) == (b"", "", "0" * 64)
    attaching.sweep_orphans(at=datetime.now(UTC) + timedelta(days=2))
    assert not default_storage.exists(path)


def test_restored_tickets_are_not_erased(ticket, agent):
    removing.remove(ticket=ticket, removed_as="spam", by=agent, at=AT)
    found = housekeeping.tickets_to_erase(AT + timedelta(days=31))
    removing.restore(ticket=ticket, by=agent, at=AT + HOUR)

    with pytest.raises(removing.NotRemoved):
        removing.erase(ticket=found[0], at=AT + timedelta(days=60))
    assert now(ticket).removed_as == ""


def test_strangers_change_nothing(ticket):
    stranger, other = make_agent(make_team()), make_requester()
    for act in (
        lambda: tagging.add_tags(ticket=ticket, tags=["x"], by=stranger, at=AT),
        lambda: removing.remove(ticket=ticket, removed_as="spam", by=stranger, at=AT),
        lambda: removing.restore(ticket=ticket, by=ticket.requester, at=AT),
        lambda: snoozed(ticket, ticket.requester),
        lambda: changing.change_requester(ticket=ticket, to=other, by=ticket.requester, at=AT),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_the_tasks_find_their_work(queue, agent):
    """Run as beat runs them: everything due long ago is done."""
    sleeping, spam = make_ticket(queue), make_ticket(queue)
    Ticket.objects.filter(pk=sleeping.pk).update(snoozed_until=datetime(2020, 1, 1, tzinfo=UTC), snooze_reason="x")
    Ticket.objects.filter(pk=spam.pk).update(
        removed_as="spam", removed_at=datetime(2020, 1, 1, tzinfo=UTC), updated_at=datetime(2020, 1, 1, tzinfo=UTC)
    )

    wake_snoozed_tickets()
    erase_removed_tickets()

    assert list(Ticket.objects.values_list("pk", "snoozed_until")) == [(sleeping.pk, None)]
    assert Event.objects.filter(kind=Kind.WOKEN).count() == 1
