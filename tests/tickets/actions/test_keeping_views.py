"""Keeping views: who may share with whom, what is refused, undo, each person's own order."""

import threading

import pytest
from django.db import connection

from tests.factories import (
    AT,
    SECOND,
    fresh,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_queue,
    make_requester,
    make_team,
)
from tickets.actions import keeping_views as keeping
from tickets.models import AuditEntry, View, ViewOrder
from tickets.queries import sidebar
from tickets.searching import QueryError

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue(make_team())


@pytest.fixture
def lead(queue):
    return make_lead(queue.team)


def save(by, view=None, seen=None, at=AT, **fields) -> View:
    view = view or View(**{"name": "Zwroty", "query": "is:unsolved", **fields})
    return keeping.save(view=view, by=fresh(by), at=at, seen=seen)


def beside(person) -> list[View]:
    return sidebar.counts(fresh(person), AT).views


def as_shared(view: View, *, team=None, everybody=False) -> View:
    view = View.objects.get(pk=view.pk)
    view.team, view.is_for_everybody = team, everybody
    return view


def test_who_may_share_with_whom(queue, lead):
    agent, admin, colleague = make_agent(queue.team), make_admin(), make_colleague()
    make_grant(colleague, queue)
    other = make_team()

    def may(by, **audience) -> bool:
        try:
            save(by, **audience)
        except keeping.MayNotShare:
            return False
        return True

    audiences = ({}, {"team": queue.team}, {"team": other}, {"is_for_everybody": True})
    assert [may(colleague, **each) for each in audiences] == [True, False, False, False]
    assert [may(agent, **each) for each in audiences] == [True, False, False, False]
    assert [may(lead, **each) for each in audiences] == [True, True, False, False]
    assert [may(admin, **each) for each in audiences] == [True, True, True, True]


@pytest.mark.parametrize("make", [make_requester, make_colleague])
def test_without_a_desk_there_are_no_views(make):
    with pytest.raises(keeping.MayNotChange):
        save(make())


def test_shared_ones_are_kept_by_those_who_may_share_them(queue, lead):
    agent, second, admin = make_agent(queue.team), make_lead(queue.team), make_admin()
    team = save(lead, team=queue.team)
    own, everybody = save(agent), save(admin, is_for_everybody=True)

    def may(by, view) -> bool:
        try:
            save(by, View.objects.get(pk=view.pk))
        except keeping.MayNotChange:
            return False
        return True

    assert [may(each, team) for each in (agent, second, admin, make_lead(make_team()))] == [False, True, True, False]
    assert [may(each, own) for each in (agent, second, admin)] == [True, False, False]
    assert [may(each, everybody) for each in (agent, second, admin)] == [False, False, True]
    for act in (keeping.remove, keeping.restore):
        for by, view in ((agent, team), (second, own), (second, everybody)):
            with pytest.raises(keeping.MayNotChange):
                act(view=view, by=by, at=AT)


def test_what_is_taken_back_for_oneself_is_ones_own(queue, lead):
    second = make_lead(queue.team)
    view = save(lead, team=queue.team)

    taken = save(second, as_shared(view))

    assert taken.owner == second
    assert taken in View.objects.visible_to(second)
    assert taken not in View.objects.visible_to(lead)


def test_a_search_that_cannot_be_read_is_not_saved(lead):
    for text in ("status:", "queue:nigdzie", "due<"):
        with pytest.raises(QueryError):
            save(lead, query=text)
    for wrong in ({"name": ""}, {"name": "dwa\nwiersze"}, {"query": ""}, {"sort": "random"}):
        with pytest.raises(keeping.WrongView):
            save(lead, **wrong)

    assert not View.objects.exists()


def test_columns_that_there_are_not_are_left_out(lead):
    assert save(lead, columns=["status", "nic", "field.brak", "status", "queue"]).columns == ["status", "queue"]


def test_nobody_overwrites_what_they_have_not_seen(queue, lead):
    view = save(lead, team=queue.team)
    mine, theirs = View.objects.get(pk=view.pk), View.objects.get(pk=view.pk)
    mine.name, theirs.name = "Moja", "Ich"
    save(lead, theirs, seen=1)

    with pytest.raises(keeping.ChangedMeanwhile):
        save(lead, mine, seen=1)
    assert View.objects.get().name == "Ich"

    assert save(lead, mine, seen=2).version == 3
    assert View.objects.get().name == "Moja"


def test_what_is_removed_can_be_brought_back_as_it_was(queue, lead):
    view = save(lead, team=queue.team, columns=["status"])
    before = View.objects.filter(pk=view.pk).values().get()

    keeping.remove(view=view, by=lead, at=AT)
    keeping.remove(view=view, by=lead, at=AT + SECOND)
    assert not View.objects.visible_to(lead).exists()
    assert beside(lead) == []
    with pytest.raises(keeping.MayNotChange):
        save(lead, view)
    keeping.restore(view=view, by=lead, at=AT)
    keeping.restore(view=view, by=lead, at=AT)

    assert View.objects.filter(pk=view.pk).values().get() == before


def test_what_was_removed_long_ago_is_gone(lead):
    old, young, other = (save(lead) for _each in range(3))
    keeping.remove(view=old, by=lead, at=AT)
    keeping.remove(view=young, by=lead, at=AT + keeping.KEPT)
    assert View.objects.count() == 3

    keeping.remove(view=other, by=lead, at=AT + keeping.KEPT + SECOND)

    assert set(View.objects.all()) == {young, other}


def test_the_audit_tells_of_shared_views_alone(queue, lead):
    private = save(lead)
    private.name = "Inna"
    save(lead, private)
    keeping.remove(view=private, by=lead, at=AT)
    assert not AuditEntry.objects.exists()

    shared = save(lead, team=queue.team)
    shared.query = "is:overdue"
    save(lead, shared)
    save(lead, as_shared(shared))
    keeping.remove(view=save(lead, team=queue.team), by=lead, at=AT)

    entries = AuditEntry.objects.filter(kind="view").order_by("id")
    assert [entry.action for entry in entries] == ["added", "changed", "changed", "added", "removed"]
    assert entries[1].data == {"query": ["is:unsolved", "is:overdue"]}


def test_there_is_an_end_to_how_many_one_may_have(lead):
    View.objects.bulk_create(View(owner=lead, name="W", query="x") for _each in range(keeping.MOST))

    with pytest.raises(keeping.TooManyViews):
        save(lead)


def test_everybody_has_their_own_order(queue, lead):
    agent = make_agent(queue.team)
    a, b, c = save(lead, team=queue.team), save(lead, team=queue.team), save(agent)
    assert beside(agent) == [a, b, c]

    for view, is_up in ((c, True), (a, True), (a, False), (b, False), (b, False)):
        keeping.move(view=view, by=agent, is_up=is_up)

    assert beside(agent) == [c, a, b]
    assert beside(lead) == [a, b]
    with pytest.raises(keeping.MayNotChange):
        keeping.move(view=c, by=lead, is_up=True)
    keeping.remove(view=a, by=lead, at=AT)
    assert keeping.move(view=b, by=agent, is_up=True) == [b.pk, c.pk]


@pytest.mark.django_db(transaction=True)
def test_two_windows_moving_at_once_lose_no_view(queue, lead):
    saved = [save(lead) for _each in range(4)]
    ready = threading.Barrier(4)

    def move(view: View) -> None:
        try:
            ready.wait(10)
            keeping.move(view=view, by=lead, is_up=True)
        finally:
            connection.close()

    threads = [threading.Thread(target=move, args=(view,)) for view in saved]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(ViewOrder.objects.get(person=lead).views) == sorted(view.pk for view in saved)
    assert {each.pk for each in beside(lead)} == {view.pk for view in saved}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_is_told(queue, lead):
    view = save(lead, team=queue.team)
    ready = threading.Barrier(2)
    answers = []

    def change(name: str) -> None:
        try:
            mine = View.objects.get(pk=view.pk)
            mine.name = name
            ready.wait(10)
            answers.append(save(lead, mine, seen=1).name)
        except keeping.ChangedMeanwhile:
            answers.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(name,)) for name in ("A", "B")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(answers) in (["A", "told"], ["B", "told"])
    assert View.objects.get(pk=view.pk).name in answers
