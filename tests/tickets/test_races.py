"""Races, run by real processes with connections of their own.

Where a row lock is what keeps order, the test runs a second time without locks and must then see the disorder: that
proves that it can fail.
"""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from tests.factories import (
    AT,
    MINUTE,
    fresh,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_queue,
    make_reply,
    make_requester,
    make_ticket,
)
from tests.survival.smtp_server import SmtpServer
from tests.tickets import racing
from tests.tickets.racing import Crowd
from tickets.actions import appointing, asking, merging_people, walkups
from tickets.actions.outgoing import AUTOMATIC_PER_DAY
from tickets.models import (
    Attachment,
    CustomField,
    Draft,
    Event,
    JobSlot,
    Kind,
    MailSender,
    Merge,
    Message,
    Outbox,
    PausedAddress,
    Status,
    Ticket,
    User,
    WalkUp,
)
from tickets.queries import live

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

with_and_without_locks = pytest.mark.parametrize("is_locked", [True, False], ids=["locked", "unlocked"])


@pytest.fixture(scope="module")
def start(django_db_setup, django_db_blocker):
    crowds = {}

    def crowd_of(size):
        if size not in crowds:
            crowds[size] = Crowd(size, connection.settings_dict["NAME"])
        return crowds[size]

    yield crowd_of
    for crowd in crowds.values():
        crowd.end()


@pytest.fixture
def two(start):
    return start(2)


@pytest.fixture
def four(start):
    return start(4)


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agents(queue):
    return [make_agent(queue.team) for _ in range(4)]


def ids(rows) -> list[int]:
    return [row.pk for row in rows]


@with_and_without_locks
def test_two_agents_pressing_take_next_200_times_at_once_never_get_the_same_ticket(two, queue, agents, is_locked):
    requester = make_requester()
    tickets = Ticket.objects.bulk_create(
        Ticket(subject="S", queue=queue, requester=requester, channel="email", opened_at=AT, updated_at=AT)
        for _ in range(400)
    )

    rounds = two.press(racing.take_next, *[(ids(agents), AT)] * 200, is_locked=is_locked)

    taken = Counter(ticket for results in rounds for ticket in results)
    twice = [ticket for ticket, times in taken.items() if times > 1]
    if is_locked:
        assert twice == []
        assert set(taken) == set(ids(tickets))
        assert (
            Ticket.objects.filter(assignee=agents[0]).count()
            == Ticket.objects.filter(assignee=agents[1]).count()
            == 200
        )
        assert Event.objects.filter(kind=Kind.TAKEN).values("ticket").distinct().count() == 400
    else:
        assert twice != []


@with_and_without_locks
def test_no_cap_is_passed_by_pressing_several_times_at_once(four, queue, is_locked):
    volunteers = [make_colleague() for _ in range(15)]
    rounds = []
    for volunteer in volunteers:
        make_grant(volunteer, queue, cap=1)
        rounds.append((volunteer.pk, ids(make_ticket(queue) for _ in range(4)), AT))

    results = four.press(racing.take_one, *rounds, is_locked=is_locked)

    in_hand = {Ticket.objects.filter(assignee=volunteer).count() for volunteer in volunteers}
    if is_locked:
        assert in_hand == {1}
        assert all(sorted(map(str, each))[1:] == ["CapReached"] * 3 for each in results)
    else:
        assert max(in_hand) > 1


def test_taking_the_next_one_several_times_at_once_passes_no_cap(four, queue):
    volunteers = [make_colleague() for _ in range(8)]
    for volunteer in volunteers:
        make_grant(volunteer, queue, cap=2)
    for _ in range(32):
        make_ticket(queue)

    results = four.press(racing.take_next, *[([volunteer.pk] * 4, AT) for volunteer in volunteers])

    assert {Ticket.objects.filter(assignee=volunteer).count() for volunteer in volunteers} == {2}
    assert Counter(str(each) for results in results for each in results)["CapReached"] == 16


@with_and_without_locks
def test_a_reply_held_while_its_pause_ends_is_not_forgotten(two, queue, agents, is_locked):
    tickets = [make_ticket(queue, requester=make_requester(), assignee=agents[0]) for _ in range(100)]
    PausedAddress.objects.bulk_create(
        PausedAddress(address=ticket.requester.email, reason="mailbox_full", paused_at=AT) for ticket in tickets
    )

    two.press(
        racing.reply_or_end_the_pause, *[(ticket.pk, agents[0].pk, AT) for ticket in tickets], is_locked=is_locked
    )

    assert not PausedAddress.objects.in_force().exists()
    forgotten = Outbox.objects.filter(state=Outbox.State.HELD).count()
    if is_locked:
        assert forgotten == 0
    else:
        assert forgotten > 0


@with_and_without_locks
def test_of_replies_sent_at_once_one_leaves_and_the_others_are_held(four, queue, agents, is_locked):
    tickets = [make_ticket(queue, assignee=agents[0]) for _ in range(15)]
    rounds = [(ticket.pk, ids(agents), ticket.messages.get().pk, AT) for ticket in tickets]

    results = four.press(racing.reply, *rounds, is_locked=is_locked)

    sent = {Message.objects.filter(ticket=ticket, is_from_requester=False).count() for ticket in tickets}
    if is_locked:
        assert sent == {1}
        assert Outbox.objects.count() == 15
        assert all(each.count("Crossed") == 3 for each in results)
    else:
        assert max(sent) > 1


@with_and_without_locks
def test_of_changes_made_at_once_one_holds_and_the_others_conflict(four, queue, agents, is_locked):
    wanted = [Status.OPEN, Status.WAITING, Status.SOLVED, Status.OPEN]
    tickets = [make_ticket(queue) for _ in range(15)]

    results = four.press(
        racing.change_status,
        *[(ticket.pk, agents[0].pk, wanted, Status.NEW, AT) for ticket in tickets],
        is_locked=is_locked,
    )

    changes = Counter(Event.objects.filter(kind=Kind.STATUS_CHANGED).values_list("ticket", flat=True))
    if is_locked:
        assert set(changes.values()) == {1}
        for ticket, each in zip(tickets, results, strict=True):
            ticket.refresh_from_db()
            assert set(each) == {ticket.status, "Conflict"}
    else:
        assert max(changes.values()) > 1


@with_and_without_locks
def test_a_reply_is_approved_or_returned_and_never_both(four, queue, is_locked):
    mentor, volunteer = make_agent(), make_colleague()
    make_grant(volunteer, queue, mentors=[mentor], is_reviewed=True, cap=99)
    messages = [make_reply(make_ticket(queue), volunteer) for _ in range(15)]

    results = four.press(
        racing.approve_or_return, *[(message.pk, mentor.pk, AT) for message in messages], is_locked=is_locked
    )

    verdicts = Counter(
        Event.objects.filter(kind__in=[Kind.REPLIED, Kind.REPLY_RETURNED]).values_list("data__message", flat=True)
    )
    if is_locked:
        assert set(verdicts.values()) == {1}
        assert all(each.count("NotAwaitingReview") == 3 for each in results)
    else:
        assert max(verdicts.values()) > 1


@with_and_without_locks
def test_mails_of_one_person_at_once_share_one_budget_and_wait_in_no_circle(four, queue, is_locked):
    requesters = [make_requester() for _ in range(12)]
    for requester in requesters:
        Outbox.objects.bulk_create(
            Outbox(
                kind="acknowledgement",
                address=requester.email,
                is_automatic=True,
                created_at=AT - MINUTE,
                next_at=AT,
            )
            for _ in range(AUTOMATIC_PER_DAY - 1)
        )

    results = four.press(
        racing.open_and_acknowledge, *[(requester.pk, queue.pk, AT) for requester in requesters], is_locked=is_locked
    )

    answered = [each.count(True) for each in results]
    assert all(each.count(True) + each.count(False) == 4 for each in results)
    assert Ticket.objects.count() == 48
    if is_locked:
        assert set(answered) == {1}
    else:
        assert max(answered) > 1


def test_giving_and_taking_at_once_wait_in_no_circle(four, queue, agents):
    lead = make_lead(queue.team)
    tickets = [make_ticket(queue) for _ in range(25)]

    results = four.press(racing.take_or_give, *[(ticket.pk, agents[0].pk, lead.pk, AT) for ticket in tickets])

    assert all(set(each) == {agents[0].pk} for each in results)
    assert Event.objects.filter(kind__in=[Kind.TAKEN, Kind.ASSIGNED]).count() == 25


def test_one_address_makes_one_person_however_many_mails_come_at_once(four):
    addresses = [f"Nowa-{number}@klient.example" for number in range(20)]

    results = four.press(racing.find_or_create, *[(address,) for address in addresses])

    assert all(len(set(each)) == 1 and isinstance(each[0], int) for each in results)
    assert User.objects.count() == 20


def test_two_windows_saving_one_draft_at_once_keep_one(four, queue, agents):
    tickets = [make_ticket(queue) for _ in range(10)]

    results = four.press(racing.save_draft, *[(ticket.pk, agents[0].pk, AT) for ticket in tickets])

    assert all(len(set(each)) == 1 and isinstance(each[0], int) for each in results)
    assert Draft.objects.count() == 10


@pytest.mark.parametrize("is_whole", [True, False], ids=["whole", "in-place"])
def test_a_file_stored_again_is_whole_for_whoever_reads_it_meanwhile(four, queue, is_whole):
    message = make_ticket(queue).messages.get()
    size = 2_000_000
    racing.attach_or_read(1, message.pk, size, True)

    results = four.press(racing.attach_or_read, *[(message.pk, size, is_whole)] * 4)

    read = {each[0] for each in results}
    assert {stored for each in results for stored in each[1:]} == {"stored"}
    assert Attachment.objects.count() == 10 + 4 * 3 * 10
    assert (read == {"whole"}) == is_whole


def test_a_periodic_job_runs_once_in_its_slot_however_many_beats_tick(four):
    slots = [AT + timedelta(minutes=number) for number in range(10)]

    results = four.press(racing.run_in_slot, *[(slot,) for slot in slots])

    assert all(sorted(each) == [False, False, False, True] for each in results)
    assert JobSlot.objects.count() == 10


def test_a_reader_of_the_feed_meets_every_event_once_while_others_write(four, queue, agents):
    tickets = [make_ticket(queue) for _ in range(4)]
    older = set(Event.objects.values_list("id", flat=True))  # unsettled ones among them may still come
    cursor = live.newest_cursor()
    met = []

    four.begin(racing.write_notes, *[(ids(tickets), agents[0].pk, AT)] * 15)
    while not four.is_done():
        cursor = _read_on(cursor, met)
    written = [event for results in four.results() for each in results for event in each]
    while not set(written) <= set(met):
        cursor = _read_on(cursor, met)

    assert len(written) == 15 * (1 + 2 + 3 + 4)
    assert sorted(event for event in met if event not in older) == sorted(written)


def _read_on(cursor, met):
    rows = list(Event.objects.settled_after(*cursor).values_list("xid", "id"))
    met += [event for _, event in rows]
    return rows[-1] if rows else cursor


@with_and_without_locks
def test_four_drainers_send_200_mails_once_and_never_pass_the_rates(four, queue, agents, tmp_path, is_locked):
    rates = {"a": 20, "b": 30}
    servers = [SmtpServer(tmp_path / name) for name in rates]
    for position, server in enumerate(servers):
        server.start()
        MailSender.objects.create(
            queue=queue,
            name=server.folder.name,
            position=position,
            host="127.0.0.1",
            port=server.port,
            security="plain",
            per_minute=rates[server.folder.name],
        )
    ticket = make_ticket(queue)
    Outbox.objects.bulk_create(
        Outbox(
            kind="acknowledgement", ticket=ticket, recipient=ticket.requester, address=f"k{number}@klient.example",
            created_at=AT, next_at=AT,
        )
        for number in range(200)
    )  # fmt: skip

    # As beat does it, a little later each time; the moment of a round is each drainer's clock.
    moments = [AT + timedelta(seconds=seconds) for seconds in range(0, 300, 19)]
    sent = four.press(racing.drain_outbox, *((at,) for at in moments), is_locked=is_locked)
    for server in servers:
        server.kill()

    copies = Counter(mail["X-Envelope-To"] for server in servers for mail in server.kept())
    at_once = [most_in_a_minute(sender) for sender in MailSender.objects.order_by("position")]
    if is_locked:
        assert (len(copies), set(copies.values())) == (200, {1})
        assert sum(map(sum, sent)) == 200
        assert sum(len(set(round_)) > 1 or min(round_) > 0 for round_ in sent) >= 4  # several really worked at once
        assert at_once == [20, 30]
    else:
        assert max(copies.values()) > 1 or at_once > [20, 30]


def most_in_a_minute(sender: MailSender) -> int:
    """The most mails of any 60 seconds that begin with a mail."""
    moments = sorted(Outbox.objects.filter(sender=sender).values_list("sent_at", flat=True))
    return max(sum(first <= moment < first + MINUTE for moment in moments) for first in moments)


@with_and_without_locks
def test_of_two_values_of_one_field_one_holds_and_two_fields_keep_both(two, queue, agents, is_locked):
    CustomField.objects.bulk_create(CustomField(key=key, label=key, type="text") for key in ("a", "b"))
    one, other = ([make_ticket(queue) for _ in range(20)] for _ in range(2))
    same = [(ticket.pk, agents[0].pk, ["a", "a"], "", AT) for ticket in one]
    apart = [(ticket.pk, agents[0].pk, ["a", "b"], "", AT) for ticket in other]

    clashes = two.press(racing.fill_field, *same, is_locked=is_locked)
    two.press(racing.fill_field, *apart, is_locked=is_locked)

    fields = list(Ticket.objects.filter(pk__in=ids(other)).values_list("fields", flat=True))
    if is_locked:
        assert all(sorted(results)[1] == "Conflict" for results in clashes)
        assert fields == [{"a": "1", "b": "2"}] * 20
    else:
        assert any("Conflict" not in results for results in clashes)
        assert {"a": "1", "b": "2"} not in fields or len({str(each) for each in fields}) > 1


@with_and_without_locks
def test_of_two_mentors_who_answer_at_once_one_counts(two, queue, is_locked):
    mentors = [make_agent(make_queue().team) for _each in range(2)]
    holder = make_colleague()
    make_grant(holder, queue, mentors=mentors)
    rounds = 25
    asked = [
        asking.ask(ticket=make_ticket(queue), by=fresh(holder), to=None, text="Jak?", at=AT).pk
        for _each in range(rounds)
    ]

    results = two.press(racing.answer, *[(number, ids(mentors), AT + MINUTE) for number in asked], is_locked=is_locked)

    is_clean = all(sorted(type(each).__name__ for each in pair) == ["int", "str"] for pair in results)
    assert is_clean == is_locked
    if is_locked:
        assert {each for pair in results for each in pair if isinstance(each, str)} == {"AnsweredAlready"}
        assert Message.objects.filter(text="Wiem!").count() == rounds


@with_and_without_locks
def test_two_workers_at_once_write_one_mail_of_the_day(two, queue, is_locked):
    people = [make_agent(queue.team, digest_hour=0) for _each in range(25)]
    for person in people:
        make_ticket(queue, assignee=person)

    results = two.press(racing.digest, *[(person.pk, AT) for person in people], is_locked=is_locked)

    assert all(sorted(pair) == [False, True] for pair in results) == is_locked
    written = Outbox.objects.filter(recipient__in=people).count()
    assert (written == len(people)) == is_locked


@with_and_without_locks
def test_tags_put_on_at_once_are_all_there(four, queue, agents, is_locked):
    tickets = [make_ticket(queue) for _ in range(10)]

    four.press(racing.tag, *[(ticket.pk, agents[0].pk, AT) for ticket in tickets], is_locked=is_locked)

    numbers = [len(tags) for tags in Ticket.objects.filter(pk__in=ids(tickets)).values_list("tags", flat=True)]
    if is_locked:
        assert numbers == [4] * 10
    else:
        assert min(numbers) < 4


@with_and_without_locks
def test_a_snoozed_ticket_wakes_once_however_many_sweep(four, queue, agents, is_locked):
    tickets = [make_ticket(queue) for _ in range(10)]
    Ticket.objects.filter(pk__in=ids(tickets)).update(snoozed_until=AT - MINUTE, snooze_reason="x")

    four.press(racing.wake, *[(ticket.pk, AT) for ticket in tickets], is_locked=is_locked)

    woken = Event.objects.filter(kind=Kind.WOKEN).count()
    assert woken == 10 if is_locked else woken > 10


@with_and_without_locks
def test_two_administrators_who_deactivate_each_other_leave_one(two, is_locked):
    left = []
    for _each in range(20):
        User.objects.filter(role="admin").update(is_active=False)
        admins = [make_admin(), make_admin()]
        two.press(racing.depose, (ids(admins), AT), is_locked=is_locked)
        left.append(User.objects.filter(pk__in=ids(admins), is_active=True).count())

    if is_locked:
        assert set(left) == {1}
    else:
        assert 0 in left


def merged_people(queue, agent, number):
    """So many pairs of requesters with a ticket each, made one."""
    made = []
    for _each in range(number):
        old, new = make_requester(email=None, phone="601"), make_requester()
        for person in (old, new):
            make_ticket(queue, requester=person)
        made.append(merging_people.merge_people(person=old, into=new, by=agent, at=AT))
    return made


@with_and_without_locks
def test_two_undoing_a_merge_of_people_at_once_undo_it_once(two, queue, agents, is_locked):
    merges = merged_people(queue, agents[0], 30)

    rounds = two.press(racing.unmerge_people, *[(each.pk, agents[0].pk, AT) for each in merges], is_locked=is_locked)

    changes = Event.objects.filter(kind=Kind.REQUESTER_CHANGED).count()
    if is_locked:
        assert {tuple(sorted(each)) for each in rounds} == {("AlreadyUndone", "done")}
        assert changes == 2 * len(merges)  # there, and back once
    else:
        assert ["done", "done"] in rounds


def test_undoing_a_merge_of_people_while_it_is_merged_on(two, queue, agents):
    merges = merged_people(queue, agents[0], 30)
    thirds = [make_ticket(queue).requester for _each in merges]

    rounds = two.press(
        racing.unmerge_or_merge_on,
        *[(merge.pk, third.pk, agents[0].pk, AT) for merge, third in zip(merges, thirds, strict=True)],
    )

    for (undone, went_on), merge, third in zip(rounds, merges, thirds, strict=True):
        assert went_on == "done" and undone in ("done", "MergedOn")
        owner = Ticket.objects.filter(requester=merge.person if undone == "done" else third)
        assert owner.count() == (1 if undone == "done" else 3)
        merge.person.refresh_from_db()
        assert merge.person.merged_into_id == (None if undone == "done" else third.pk)


def test_two_merges_crosswise_end_in_one_ticket_and_never_in_a_deadlock(two, queue, agents):
    pairs = [[make_ticket(queue).pk, make_ticket(queue).pk] for _ in range(30)]

    rounds = two.press(racing.merge_crosswise, *[(pair, agents[0].pk, AT) for pair in pairs])

    for pair, results in zip(pairs, rounds, strict=True):
        assert sorted(map(type, results), key=str) == [int, str]
        assert "TicketIsRemoved" in results
        assert Ticket.objects.filter(pk__in=pair, removed_as="merged").count() == 1
        assert Merge.objects.filter(source__in=pair).count() == 1


def test_words_that_cross_a_merge_are_on_the_target_or_were_refused(four, queue, agents):
    requester = make_requester()
    pairs = [[make_ticket(queue, requester=requester).pk for _ in range(2)] for _ in range(20)]

    rounds = four.press(racing.merge_or_speak, *[(pair, agents[0].pk, AT + MINUTE) for pair in pairs])

    for (source, target), (merged, heard, answered, noted) in zip(pairs, rounds, strict=True):
        assert (merged, heard) == ("done", "done")
        assert {answered, noted} <= {"done", "TicketIsRemoved"}
        assert not Message.objects.filter(ticket=source).exists()
        said = 3 + [answered, noted].count("done")
        assert Message.objects.filter(ticket=target).count() == said
        assert Outbox.objects.filter(ticket__in=[source, target], kind="reply").count() == (answered == "done")


@with_and_without_locks
def test_an_appointment_wakes_its_ticket_once_whoever_sweeps(four, queue, agents, is_locked):
    made = [
        appointing.appoint(
            ticket=make_ticket(queue), starts_at=AT + MINUTE, ends_at=AT + 9 * MINUTE, title="T", by=agents[0], at=AT
        )
        for _ in range(20)
    ]

    rounds = four.press(racing.wake_appointment, *[(each.pk, AT + MINUTE) for each in made], is_locked=is_locked)

    woken = [results.count(True) for results in rounds]
    if is_locked:
        assert woken == [1] * 20
        assert Event.objects.filter(kind=Kind.WOKEN).count() == 20
    else:
        assert max(woken) > 1


@with_and_without_locks
def test_enter_pressed_twice_logs_a_favour_once(two, queue, agents, is_locked):
    keys = [f"key-{number:04}" for number in range(40)]

    rounds = two.press(racing.log_favour, *[(agents[0].pk, queue.pk, key, AT) for key in keys], is_locked=is_locked)

    if is_locked:
        assert all(one == other for one, other in rounds)
        assert Ticket.objects.count() == WalkUp.objects.count() == len(keys)
    else:  # the constraint holds, but the second press is answered with an error
        assert any("IntegrityError" in answers for answers in rounds)


@with_and_without_locks
def test_a_kind_link_opened_twice_files_one_ticket(two, queue, agents, is_locked):
    asker = make_requester()
    tokens = []
    for number in range(40):
        walk_up = walkups.log_walk_up(
            who=walkups.Asker(asker), what="toner", minutes=5, outcome="asked_to_file", queue=queue, by=agents[0],
            at=AT, logged_at=AT, key=f"key-{number:04}",
        )  # fmt: skip
        tokens.append(walkups.token_of(walk_up))

    rounds = two.press(racing.file_favour, *[(token, AT) for token in tokens], is_locked=is_locked)

    if is_locked:
        assert all(answers.count("FiledAlready") == 1 for answers in rounds)
        assert Ticket.objects.count() == len(tokens)
    else:
        assert Ticket.objects.count() > len(tokens)


@with_and_without_locks
def test_a_held_reply_is_taken_back_or_leaves_once_and_never_both(four, queue, agents, is_locked):
    tickets = [make_ticket(queue) for _ in range(40)]
    held = [make_reply(ticket, agents[0], hold_s=10) for ticket in tickets]

    rounds = four.press(
        racing.take_back_or_release, *[(each.pk, agents[0].pk, AT + MINUTE) for each in held], is_locked=is_locked
    )

    won = [sum(result in ("back", "left") for result in results) for results in rounds]
    if is_locked:
        assert set(won) == {1}
        backs = sum("back" in results for results in rounds)
        assert Draft.objects.count() == backs
        assert Outbox.objects.count() == Event.objects.filter(kind=Kind.REPLIED).count() == 40 - backs
        assert Message.objects.filter(is_from_requester=False, state="sent").count() == 40 - backs
    else:
        assert max(won) > 1
