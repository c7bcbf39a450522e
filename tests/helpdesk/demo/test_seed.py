"""The whole demo, made once for this file, and smaller ones for what needs several."""

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, Q

from helpdesk.demo import guests, people, seed
from helpdesk.demo.rows import Made
from helpdesk.lib import clock as product_clock
from rotations.models import Demand, DutyDay, Finding, Reflection, Round
from rotations.queries.looking_back import looking_back
from tests.conftest import MONDAY_8_00
from tests.helpdesk.demo import invariants
from tickets.models import (
    Appointment,
    Attachment,
    Consultation,
    Draft,
    DueState,
    Event,
    Grant,
    InboundMessage,
    Kind,
    Link,
    Mailbox,
    Merge,
    Message,
    Notification,
    Organisation,
    Outbox,
    Presence,
    Queue,
    QueueSnapshot,
    Role,
    SearchWord,
    Status,
    Team,
    Ticket,
    User,
    WalkUp,
)
from tickets.models.ticket import UNSOLVED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
NOW = MONDAY_8_00
WARSAW = ZoneInfo("Europe/Warsaw")
SMALL = seed.Size(
    unsolved=60,
    at_risk=12,
    overdue=3,
    waiting=10,
    on_hold=4,
    solved=150,
    requesters=160,
    firms=40,
    has_breakdown=False,
)


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Made]:
    """The full demo inside a transaction that is rolled back when the file is done."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield seed.fill()
        transaction.set_rollback(True)


def test_there_is_as_much_as_was_promised(desk: Made) -> None:
    roles = Counter(User.objects.values_list("role", flat=True))

    assert Ticket.objects.unsolved().count() == desk.unsolved == 1546
    assert Ticket.objects.filter(status__in=[Status.SOLVED, Status.CLOSED]).count() == desk.solved == 10_000
    assert Ticket.objects.at_risk(NOW).count() == 300
    assert 30 <= Ticket.objects.overdue(NOW).count() <= 50
    assert roles == {Role.AGENT: 12, Role.LEAD: 2, Role.ADMIN: 1, Role.COLLEAGUE: 60, Role.REQUESTER: 2000}
    assert Queue.objects.count() == 5
    assert Team.objects.count() == 3
    assert Organisation.objects.filter(people__role=Role.REQUESTER).distinct().count() == 400
    assert not User.objects.filter(role=Role.REQUESTER, organisation=None).exists()
    assert Mailbox.objects.filter(is_active=False).count() == Mailbox.objects.count() == 2


def test_the_backlog_is_a_believable_mix(desk: Made) -> None:
    backlog = Ticket.objects.unsolved()
    statuses = Counter(backlog.values_list("status", flat=True))
    channels = Counter(backlog.values_list("channel", flat=True))

    assert set(statuses) == set(UNSOLVED)
    assert statuses[Status.NEW] > statuses[Status.OPEN] > statuses[Status.WAITING] > statuses[Status.ON_HOLD] > 20
    assert 0.5 <= backlog.unassigned().count() / backlog.count() <= 0.7
    assert set(channels) == {"phone", "chat", "messenger", "email", "web", "walk_up"}
    assert channels["email"] > channels["web"] > channels["chat"] > channels["messenger"] > channels["phone"]
    assert min(backlog.values("queue").annotate(n=Count("pk")).values_list("n", flat=True)) >= 50
    assert set(Ticket.objects.exclude(status__in=UNSOLVED).values_list("channel", flat=True)) == set(channels)


def test_no_subject_is_on_more_than_one_ticket_in_a_hundred(desk: Made) -> None:
    most = Ticket.objects.values("subject").annotate(n=Count("pk")).order_by("-n")[0]

    assert most["n"] <= Ticket.objects.count() * 0.01


def test_guests_of_rounds_that_are_over_left_something_behind(desk: Made) -> None:
    for of in Round.objects.filter(state=Round.State.CLOSED):
        back = looking_back(of, NOW)

        assert not back.guests.is_few and back.guests.tickets < back.team.tickets
        assert back.guests.solved and back.team.reopened
        assert 0.5 < back.guests.first_reply_s / back.team.first_reply_s < 2
        assert len(back.by_department) >= 5
        assert 0 < back.coverage.held <= back.coverage.planned <= back.coverage.wanted
        assert Finding.objects.filter(duty__shift__round=of, ticket__isnull=False).exists()
        assert Reflection.objects.filter(duty__shift__round=of).exclude(for_company="").exists()
    assert Finding.objects.filter(settled_at=None).exists()
    assert Finding.objects.exclude(settled_at=None).exists()


def test_what_guests_wrote_they_wrote_on_duty(desk: Made) -> None:
    days = defaultdict(list)
    for day in DutyDay.objects.filter(is_live=True):
        days[day.holder_id].append(day)
    replies = Message.objects.filter(author__role=Role.COLLEAGUE, is_from_requester=False, kind=Message.Kind.PUBLIC)
    written = replies.values_list("author", "at", "ticket__queue__slug")

    assert len(written) > 500
    for author, at, queue in written:
        assert queue in guests.QUEUES
        assert any(day.starts_at <= at < day.ends_at for day in days[author])


def test_the_storm_of_mondays_is_seen_in_what_a_round_wants(desk: Made) -> None:
    of = Round.objects.get(state=Round.State.RUNNING)
    storm = Demand.objects.get(round=of, weekday=0, starts=8 * 60, channel=Demand.Channel.TICKETS)
    others = Demand.objects.filter(round=of, channel=Demand.Channel.TICKETS).exclude(pk=storm.pk)

    assert storm.weight == 3
    assert storm.people > max(others.values_list("people", flat=True))


def test_both_languages_are_written(desk: Made) -> None:
    openings = Message.objects.filter(is_from_requester=True)
    total = openings.count()
    polish = openings.filter(text__regex="[ąćęłńóśźż]").count()

    assert 0.45 <= polish / total <= 0.7
    assert Ticket.objects.filter(requester__language="en").count() > Ticket.objects.count() * 0.3


def test_people_write_most_on_monday_morning(desk: Made) -> None:
    opened = [at.astimezone(WARSAW) for at in Ticket.objects.values_list("opened_at", flat=True)]
    days = Counter(at.weekday() for at in opened)
    morning = Counter(at.weekday() for at in opened if 8 <= at.hour < 11)
    other_days = sum(morning[day] for day in range(1, 5)) / sum(days[day] for day in range(1, 5))

    assert morning[0] / days[0] > 1.5 * other_days
    assert morning[0] > 2 * max(morning[day] for day in range(1, 7))
    assert sum(at.weekday() < 5 and 7 <= at.hour < 19 for at in opened) > 0.75 * len(opened)


def test_the_solved_ones_are_of_the_last_twelve_weeks(desk: Made) -> None:
    over = Ticket.objects.filter(status__in=[Status.SOLVED, Status.CLOSED])

    times = over.aggregate(first=Min("opened_at"), last=Max("solved_at"))
    assert NOW - timedelta(weeks=12) <= times["first"] < NOW - timedelta(weeks=11)
    assert NOW - timedelta(days=5) < times["last"] < NOW
    assert not over.filter(status=Status.CLOSED, solved_at__gt=NOW - timedelta(days=28)).exists()
    assert not over.filter(status=Status.SOLVED, solved_at__lt=NOW - timedelta(days=28, minutes=11)).exists()


def test_nothing_happened_after_monday_eight_o_clock(desk: Made) -> None:
    invariants.nothing_happened_after_monday_eight_o_clock()


def test_nobody_answers_outside_the_desk_s_hours_as_a_rule(desk: Made) -> None:
    answered = [at.astimezone(WARSAW) for at in Event.objects.filter(kind=Kind.REPLIED).values_list("at", flat=True)]

    in_hours = sum(at.weekday() < 5 and 8 <= at.hour < 18 for at in answered)
    assert in_hours > 0.98 * len(answered)


def test_columns_agree_with_messages_and_events(desk: Made) -> None:
    invariants.columns_agree_with_messages_and_events()


def test_numbers_follow_time(desk: Made) -> None:
    assert Ticket.objects.aggregate(first=Min("pk"))["first"] == 40000
    for model, column in ((Ticket, "opened_at"), (Message, "at"), (Event, "at")):
        times = list(model.objects.order_by("pk").values_list(column, flat=True))  # type: ignore[attr-defined]
        assert times == sorted(times)
    fresh = Ticket.objects.create(
        subject="Next", queue_id=1, requester_id=100, channel="web", opened_at=NOW, updated_at=NOW
    )
    assert fresh.pk == 40000 + 11_546
    fresh.delete()


def test_every_property_is_the_last_that_an_event_gave(desk: Made) -> None:
    invariants.every_property_is_the_last_that_an_event_gave()


def test_whoever_has_a_ticket_may_work_it(desk: Made) -> None:
    invariants.whoever_has_a_ticket_may_work_it()

    assert Ticket.objects.filter(assignee__isnull=False).count() > 10_000


def test_the_facts_about_promises_are_whole(desk: Made) -> None:
    invariants.the_facts_about_promises_are_whole()
    invariants.every_clock_is_what_the_events_give()

    running = Ticket.objects.unsolved().filter(sla_state=DueState.RUNNING)
    assert running.values("due_at").distinct().count() > 400


def test_no_text_has_an_unfilled_slot(desk: Made) -> None:
    invariants.no_text_has_an_unfilled_slot()


def test_what_no_mail_said_is_no_value(desk: Made) -> None:
    """The null of JSON is a value: a message with it counts as a returned mail."""
    assert not Message.objects.filter(bounce__isnull=False).exists()


def test_files_are_there_and_are_what_their_names_say(desk: Made) -> None:
    assert Attachment.objects.count() == desk.files > 2000
    for file in random.Random(1).sample(list(Attachment.objects.all()), 40):
        content = default_storage.open(file.path).read()
        assert hashlib.sha256(content).hexdigest() == file.sha256
        assert len(content) == file.size > 100


def test_people_without_an_address_are_answered_by_notes(desk: Made) -> None:
    unreachable = Ticket.objects.filter(requester__email=None)

    assert unreachable.count() > 100
    assert set(unreachable.values_list("channel", flat=True)) <= {"phone", "chat", "messenger"}
    assert not unreachable.filter(first_reply_at__isnull=False).exists()
    assert Message.objects.filter(ticket__in=unreachable, kind="note").count() > 100


def test_every_reply_left_by_mail_but_one(desk: Made) -> None:
    replies = Message.objects.filter(kind="public", is_from_requester=False)
    dead = Outbox.objects.get(state=Outbox.State.DEAD)

    assert Outbox.objects.filter(kind__in=Outbox.PERSONAL).count() == replies.count()
    assert not Outbox.objects.filter(state=Outbox.State.PENDING).exists()
    assert dead.last_error.startswith("550 5.1.1")
    assert Event.objects.filter(kind=Kind.DELIVERY_FAILED, ticket=dead.ticket).count() == 1
    assert Notification.objects.filter(kind=Notification.Kind.DELIVERY_FAILED, ticket=dead.ticket).count() == 1


def test_a_mail_that_nobody_could_take_waits_for_the_admin(desk: Made) -> None:
    mail = InboundMessage.objects.get()

    assert mail.state == InboundMessage.State.QUARANTINED
    assert "BROTHER-MAGAZYN" in mail.subject or b"BROTHER-MAGAZYN" in bytes(mail.raw)
    assert mail.reason


def test_sixty_four_people_met_the_same_breakdown(desk: Made) -> None:
    blank = Q(subject__iregex=r"blank|empty|white page|no content|pust|biał. kartk|every invoice|wychodzą puste")
    friday = datetime(2026, 3, 6, 17, 40, tzinfo=WARSAW)

    met = Ticket.objects.unsolved().filter(blank, queue__slug="billing", opened_at__gte=friday)
    assert met.count() == 64


def test_the_first_agent_sees_the_whole_desk_and_has_her_share(desk: Made) -> None:
    agnieszka = User.objects.get(email="agnieszka.wrona@bursztyn.example")

    assert Ticket.objects.visible_to(agnieszka, NOW).unsolved().count() == 1546
    assert Ticket.objects.unsolved().filter(assignee=agnieszka).count() == 23
    assert Draft.objects.get(author=agnieszka).ticket.assignee == agnieszka
    assert Notification.objects.filter(person=agnieszka).unread().exists()  # type: ignore[attr-defined]


def test_one_person_of_each_role_can_log_in(desk: Made) -> None:
    first = {user.role: user for user in User.objects.filter(email__isnull=False).order_by("-pk")}

    assert first[Role.AGENT].name == people.AGENTS[0][0]
    assert first[Role.COLLEAGUE].name == people.ON_DUTY
    assert all(check_password(seed.PASSWORD, user.password) for user in first.values())
    assert not User.objects.filter(email=None, password__startswith="md5").exists()


def test_the_volunteer_s_desk_is_a_part_of_the_whole(desk: Made) -> None:
    volunteer = User.objects.get(name=people.ON_DUTY)
    grant = Grant.objects.get(user=volunteer)

    desk_of_hers = Ticket.objects.visible_to(volunteer, NOW).unsolved()
    assert 100 < desk_of_hers.count() < 1000
    assert set(desk_of_hers.values_list("channel", flat=True)) == {"chat", "messenger", "email", "web"}
    assert {mentor.name for mentor in grant.mentors.all()} == set(people.MENTORS)
    assert Presence.objects.filter(starts_at__lte=NOW, ends_at__gt=NOW).count() == 10 + 2 + 4


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_data_and_another_makes_other() -> None:
    first, other, first_again, other_again = map(_made, (1, 77, 1, 77))

    assert first == first_again
    assert other == other_again
    assert first != other


@pytest.mark.django_db(transaction=True)
def test_the_command_wants_an_empty_database_and_starts_the_clock(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("helpdesk.management.commands.demo.fill", lambda **options: seed.fill(seed=1, size=SMALL))

    call_command("demo")
    offset = timedelta(seconds=int((settings.DATA_DIR / "clock_offset_s").read_text()))
    with pytest.raises(CommandError, match="--reset"):
        call_command("demo")
    User.objects.filter(name=people.ON_DUTY).update(name="Somebody else")
    call_command("demo", reset=True)

    assert abs(product_clock.real_now() + offset - NOW) < timedelta(minutes=5)
    assert User.objects.filter(name=people.ON_DUTY).exists()
    assert Ticket.objects.count() == SMALL.unsolved + SMALL.solved
    assert "60 open and 150 solved" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_command_refuses_where_there_is_no_demo(settings: Any) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=0"):
        call_command("demo")


def _made(number: int) -> str:
    """A hash over every row of every table that the demo fills. The transaction's number may differ, and in which order
    PostgreSQL came upon new words."""
    digest = hashlib.sha256()
    with transaction.atomic():
        seed.empty()
        seed.fill(seed=number, size=SMALL)
        with connection.cursor() as cursor:
            for table in sorted(connection.introspection.table_names()):
                if table.startswith("tickets_"):
                    left_out = ["xid", "id"] if table == SearchWord._meta.db_table else ["xid"]
                    cursor.execute(f"select to_jsonb(row) - %s from {table} row order by 1", [left_out])  # noqa: S608
                    for (row,) in cursor.fetchall():
                        digest.update(str(row).encode())
        transaction.set_rollback(True)
    return digest.hexdigest()


def test_a_few_tickets_belong_together(desk: Made) -> None:
    merge = Merge.objects.get()
    appointment = Appointment.objects.get()

    assert set(Link.objects.values_list("kind", flat=True)) == {"duplicate"}
    assert Link.objects.count() == seed.SEEN_AS_ONE - 1
    assert merge.source.requester == merge.target.requester
    assert merge.source.removed_as == "merged"
    assert merge.target.messages.filter(pk__in=merge.moved["messages"]).count() == len(merge.moved["messages"]) > 1
    assert appointment.starts_at > NOW
    assert appointment.ticket.status == Status.WAITING
    assert appointment.uid.startswith(f"{appointment.ticket_id}.")


def test_somebody_is_named_somebody_let_in_and_a_question_answered(desk: Made) -> None:
    named, asked = Consultation.objects.order_by("is_mention")[::-1]

    assert named.is_mention and named.people.get().person.name == "Kacper Lis"
    assert asked.answered_by is not None and asked.answered_by.name == "Natalia Sikora"
    assert Message.objects.exclude(named=None).count() == 2
    assert Message.objects.filter(named__0__as="@Agnieszka Wrona").count() == 1


def test_favours_of_every_week_belong_to_their_tickets(desk: Made) -> None:
    favours = WalkUp.objects.all()
    done, queued, asked = (favours.filter(outcome=outcome) for outcome in ("done", "queued", "asked_to_file"))

    assert min(done.count(), queued.count(), asked.count()) >= 5
    assert not done.exclude(ticket__solved_at__isnull=False).exists()
    assert not queued.exclude(ticket__solved_at=None).exists()
    assert not asked.filter(filed_at=None).exclude(ticket=None).exists()
    assert not asked.filter(filed_at__isnull=False).exclude(ticket__opened_at=F("filed_at")).exists()
    assert not favours.exclude(ticket=None).exclude(ticket__requester=F("requester")).exists()
    assert not Ticket.objects.filter(channel="walk_up", walk_up=None).exists()
    weeks = Counter((NOW - at).days // 7 for at in favours.values_list("at", flat=True))
    assert all(weeks[week] >= 5 for week in range(12))
    assert User.objects.filter(shows_favours=True).count() == 2


def test_the_last_picture_of_the_queues_is_what_the_sidebar_counts(desk: Made) -> None:
    last = QueueSnapshot.objects.filter(at=NOW)

    found = {each.queue_id: (each.open, each.at_risk, each.overdue) for each in last}

    unsolved = Ticket.objects.unsolved()
    assert found == {
        queue.pk: (
            unsolved.filter(queue=queue).count(),
            Ticket.objects.at_risk(NOW).filter(queue=queue).count(),
            Ticket.objects.overdue(NOW).filter(queue=queue).count(),
        )
        for queue in Queue.objects.all()
    }
    assert QueueSnapshot.objects.values("at").distinct().count() > 1000
