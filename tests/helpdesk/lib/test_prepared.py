"""Statements put together once: they find what the queryset finds, and a key that says too little is noticed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Exists, F, Q
from django.db.models.signals import post_init
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from helpdesk.lib import prepared
from tests.factories import make_agent, make_note, make_queue, make_reply, make_requester, make_team, make_ticket
from tickets.models import Message, SearchWord, Ticket, User

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)


def of_ticket(ticket_id):
    return Message.objects.filter(ticket=ticket_id).select_related("author", "ticket__requester").order_by("id")


def test_it_finds_what_the_queryset_finds_with_all_that_hangs_on_it():
    team = make_team()
    first, second = make_ticket(make_queue(team)), make_ticket(make_queue(team))
    for ticket in (first, second):
        make_reply(ticket, make_agent(team))
        make_note(ticket, make_agent(team))

    for ticket in (first, second, first):
        found = prepared.rows("messages", of_ticket, ticket_id=ticket.pk)
        expected = list(of_ticket(ticket.pk))
        assert [vars_of(each) for each in found] == [vars_of(each) for each in expected]
        with CaptureQueriesContext(connection) as sent:
            assert [each.author for each in found] == [each.author for each in expected]
            assert {each.ticket.requester.name for each in found} == {ticket.requester.name}
        assert len(sent) == 0


def vars_of(instance):
    return {name: value for name, value in vars(instance).items() if name != "_state"}


def with_few_columns(ticket_id):
    tickets = Ticket.objects.filter(pk=ticket_id).select_related("requester", "assignee", "organisation")
    return tickets.only("subject", "requester__name", "assignee__name", "organisation__name")


def test_objects_are_those_of_the_orm_with_what_was_not_asked_for_left_out():
    ticket = make_ticket(subject="Drukarka")

    (found,) = prepared.rows("few", with_few_columns, ticket_id=ticket.pk)

    expected = with_few_columns(ticket.pk).get()
    assert vars_of(found) == vars_of(expected)
    assert found.get_deferred_fields() == expected.get_deferred_fields()
    assert vars(found._state).keys() == vars(expected._state).keys()
    assert (found._state.adding, found._state.db) == (False, "default")
    assert found._state.fields_cache == expected._state.fields_cache
    assert found.assignee is None
    with CaptureQueriesContext(connection) as sent:
        assert found.status == ticket.status
    assert len(sent) == 1


def test_a_model_that_does_more_when_it_is_made_is_refused():
    def heard(**kwargs):
        pass

    post_init.connect(heard, sender=Message)
    try:
        with pytest.raises(ValueError, match="Message does more"):
            prepared.rows("heard of", of_ticket, ticket_id=1)
    finally:
        post_init.disconnect(heard, sender=Message)


def test_one_statement_is_put_together_once_and_run_for_each_value(monkeypatch):
    monkeypatch.setattr(prepared, "is_checked", False)
    tickets = [make_ticket() for _ in range(3)]
    built = []

    def build(number):
        built.append(number)
        return Ticket.objects.filter(pk=number)

    found = [prepared.rows("once", build, number=ticket.pk) for ticket in tickets]

    assert found == [[ticket] for ticket in tickets]
    assert len(built) == 1
    assert built[0] not in [ticket.pk for ticket in tickets]


def test_times_are_moved_with_what_is_added_to_them():
    near, far = make_ticket(at=AT), make_ticket(at=AT - timedelta(days=2))

    def since(at):
        return Ticket.objects.filter(opened_at__gt=at - timedelta(days=1), opened_at__lte=at)

    assert prepared.rows("since", since, at=AT) == [near]
    assert prepared.rows("since", since, at=AT - timedelta(days=2)) == [far]
    assert prepared.rows("since", since, at=AT - timedelta(days=1, seconds=1)) == [far]


def test_words_stand_where_they_stood():
    person, other = make_agent(email="ola@x.example"), make_agent(email="ala@x.example")

    def by_address(address):
        return User.objects.filter(email=address)

    assert prepared.rows("people", by_address, address=person.email) == [person]
    assert prepared.rows("people", by_address, address=other.email) == [other]
    assert prepared.rows("people", by_address, address="' or true --") == []


def test_tuples_and_statements_inside_others():
    ticket = make_ticket()

    def numbers(number):
        return Ticket.objects.filter(pk=number).values_list("pk", "subject")

    assert list(prepared.statement("tuples", numbers, number=ticket.pk).objects({"number": ticket.pk})) == [
        (ticket.pk, ticket.subject)
    ]
    statement, parameters = prepared.sql("tuples", numbers, number=ticket.pk)
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from ({statement}) found", parameters)  # noqa: S608
        assert cursor.fetchone() == (1,)


def test_what_can_find_nothing_asks_nothing():
    make_ticket()

    def nothing(number):
        return Ticket.objects.filter(pk__in=[]).filter(pk=number)

    with CaptureQueriesContext(connection) as sent:
        assert prepared.rows("nothing", nothing, number=1) == []
    assert len(sent) == 0
    assert prepared.sql("nothing", nothing, number=1) == prepared.NOTHING


@pytest.mark.parametrize("number", [2**63, 10**30, -(2**63) - 1])
def test_numbers_beyond_every_column_are_found_nowhere(number):
    def build(number):
        return Ticket.objects.filter(pk=number)

    make_ticket()
    assert prepared.rows("beyond", build, number=number) == []


def test_a_key_that_says_too_little_is_noticed():
    mine, theirs = make_ticket(), make_ticket()

    def of_queue(queue):
        def build():
            return Ticket.objects.filter(queue=queue)

        return prepared.rows("says nothing of the queue", build)

    assert of_queue(mine.queue) == [mine]
    with pytest.raises(AssertionError, match="the key says too little"):
        of_queue(theirs.queue)


def test_a_value_that_does_not_reach_the_statement_is_refused():
    def build(number):
        return Ticket.objects.filter(pk=number + 1)

    with pytest.raises(ValueError, match=r"\['number'\] cannot be found"):
        prepared.rows("changed on the way", build, number=1)


def test_a_lock_needs_a_transaction(transactional_db):
    def locked(number):
        return Ticket.objects.select_for_update().filter(pk=number)

    ticket = make_ticket()
    with transaction.atomic():
        assert prepared.rows("locked", locked, number=ticket.pk) == [ticket]
    with pytest.raises(TransactionManagementError, match="outside of a transaction"):
        prepared.rows("locked", locked, number=ticket.pk)


def test_only_the_last_used_ones_are_kept(monkeypatch):
    monkeypatch.setattr(prepared, "KEPT", 2)
    prepared.forget()

    def build(number):
        return Ticket.objects.filter(pk=number)

    for key in ("a", "b", "a", "c"):
        prepared.rows(key, build, number=1)

    assert [key for *_, key in prepared._kept] == ["a", "c"]


def test_lists_of_any_length_stand_in_one_statement():
    tickets = [make_ticket() for _ in range(3)]

    def among(numbers):
        return Ticket.objects.filter(prepared.AnyOf(F("pk"), numbers)).order_by("pk")

    for wanted in (tickets, tickets[:1], tickets[1:], []):
        assert prepared.rows("among", among, numbers=[each.pk for each in wanted]) == wanted


def test_arrays_are_compared_as_the_orm_compares_them():
    SearchWord.objects.bulk_create(
        SearchWord(text=word, plain=word, keys=keys) for word, keys in (("a", ["x", "y"]), ("b", ["z"]), ("c", None))
    )

    def sharing(keys):
        return SearchWord.objects.filter(prepared.Overlaps(F("keys"), keys)).order_by("text").values_list("text")

    for keys in (["x"], ["z", "y"], ["none"], []):
        expected = SearchWord.objects.filter(keys__overlap=keys).order_by("text").values_list("text") if keys else []
        assert prepared.tuples("sharing", sharing, keys=keys) == list(expected)


# Planned once


@prepared.planned_once
def with_plan(number, before, names, words):
    found = Ticket.objects.filter(pk=number, opened_at__lt=before + timedelta(days=1), subject__contains="100%")
    in_queues = Ticket.objects.filter(prepared.AnyOf(F("queue"), names), queue__name=words)
    return found.filter(pk__in=in_queues.values("pk"), removed_as="").order_by("pk")


@prepared.planned_once
def without_values():
    return Ticket.objects.order_by("-pk").values_list("pk")[:1]


def known_plans():
    with connection.cursor() as cursor:
        cursor.execute("select name from pg_prepared_statements where name like 'planned%'")
        return {name for (name,) in cursor.fetchall()}


def test_a_statement_planned_once_finds_the_same_each_time_also_after_a_rollback():
    queue = make_queue()
    tickets = [make_ticket(queue, subject=f"100% {each}") for each in range(3)]
    before = known_plans()

    def found(ticket):
        values = {"before": ticket.opened_at, "names": [queue.pk, 0], "words": queue.name}
        return prepared.rows("plan", with_plan, number=ticket.pk, **values)

    with pytest.raises(RuntimeError), transaction.atomic():
        assert found(tickets[0]) == [tickets[0]]
        raise RuntimeError

    for _each in range(4):
        assert [found(ticket) for ticket in tickets] == [[ticket] for ticket in tickets]
        assert prepared.tuples("plan", without_values) == [(tickets[-1].pk,)]
    assert len(known_plans() - before) == 2


def test_a_connection_knows_no_more_plans_than_it_may(monkeypatch):
    monkeypatch.setattr(prepared, "PLANNED", 2)
    ticket = make_ticket()

    for _turn in range(2):
        for key in range(4):
            assert prepared.tuples(("plans", key), without_values) == [(ticket.pk,)]

    assert len(known_plans()) == 2


def test_what_is_listed_is_the_statement_itself():
    make_ticket()

    with CaptureQueriesContext(connection) as sent:
        prepared.tuples("listed", without_values)

    assert [each["sql"][:6] for each in sent] == ["SELECT"]


# By hand


BY_HAND = """
    select %(word)s || '%%', (select json_agg(one.pk order by one.pk) from ({first}) one),
           (select count(*) from ({second}) other) where %(least)s > 0
"""


def of_subject(least, word):
    found = Ticket.objects.filter(pk__gte=least, requester__name=word, subject__startswith="100%")
    return found.order_by().values("pk")


def opened_since(before):
    found = Ticket.objects.filter(opened_at__gt=before - timedelta(days=1), opened_at__lte=before)
    return found.order_by().values("pk")


def never_found():
    return Ticket.objects.none().values("pk")


def by_hand(word, least, before=None):
    values = {"word": word, "least": least} | ({"before": before} if before else {})
    first = prepared.statement("by hand", of_subject, least=least, word=word)
    second = prepared.statement("by hand", opened_since, before=before) if before else None
    return prepared.written(BY_HAND, values, first=first, second=second)


def test_a_statement_by_hand_holds_compiled_ones_and_is_planned_once():
    ewa, jan = make_requester(name="ewa"), make_requester(name="jan")
    rows = (("100% a", ewa), ("b", ewa), ("100% c", jan), ("100% d", ewa))
    tickets = [make_ticket(subject=subject, requester=person) for subject, person in rows]
    ewas, before = [tickets[0].pk, tickets[3].pk], known_plans()

    for _each in range(7):
        assert by_hand("ewa", tickets[0].pk) == [("ewa%", ewas, 0)]
        assert by_hand("ewa", tickets[1].pk) == [("ewa%", ewas[1:], 0)]
        assert by_hand("jan", tickets[0].pk) == [("jan%", [tickets[2].pk], 0)]

    assert len(known_plans() - before) == 1


def test_values_of_its_parts_are_moved_as_they_move_them():
    ticket = make_ticket()

    found = [by_hand("ewa", 1, ticket.opened_at + timedelta(hours=hours))[0][2] for hours in (-1, 0, 23, 24, 25)]

    assert found == [0, 1, 1, 0, 0]


def test_a_statement_by_hand_is_listed_as_it_is_and_finds_the_same():
    ticket = make_ticket(subject="100% a", requester=make_requester(name="ewa"))

    with CaptureQueriesContext(connection) as sent:
        listed = by_hand("ewa", 1, ticket.opened_at)

    assert "planned" not in sent[0]["sql"]
    assert listed == by_hand("ewa", 1, ticket.opened_at) == [("ewa%", [ticket.pk], 1)]


def test_a_part_in_which_nothing_can_be_found():
    part = prepared.statement("by hand", never_found)

    assert prepared.written("select count(*) from ({part}) one", {}, part=part) == [(0,)]


def test_plain_conditions_say_all_they_hold_as_a_key():
    tagged, urgent = Q(tags__contains=["a"]), Q(priority=4)
    alike = {prepared.key_of(each) for each in (tagged & urgent, Q(tags__contains=["a"]) & Q(priority=4))}
    others = (tagged | urgent, ~tagged & urgent, tagged & ~urgent, ~(tagged & urgent), tagged & Q(priority="4"), tagged)
    keys = alike | {prepared.key_of(each) for each in (*others, Q(), Q(fields__contains={"a": 1}))}

    assert len(alike) == 1
    assert len(keys) == 1 + len(others) + 2
    assert None not in keys


def test_what_differs_from_call_to_call_is_no_key():
    for told in (AT, F("id"), Ticket.objects.all(), [AT], {"a": AT}):
        assert prepared.key_of(Q(priority=4) & ~Q(pk=told)) is None
    assert prepared.key_of(Q(Exists(Ticket.objects.all()))) is None
