"""Links between tickets."""

from __future__ import annotations

import pytest

from tests.factories import AT, make_agent, make_queue, make_ticket
from tickets.actions import linking, merging
from tickets.actions.removing import TicketIsRemoved
from tickets.models import Event, Kind, Link

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


def link(ticket, other, relation, by):
    return linking.link(ticket=ticket, other=other, relation=relation, by=by, at=AT)


@pytest.mark.parametrize("relation", linking.Relation.values)
def test_a_link_reads_right_from_both_ends_and_is_there_once(queue, agent, relation):
    ticket, other = make_ticket(queue), make_ticket(queue)

    made = link(ticket, other, relation, agent)

    opposite = linking.OPPOSITE[linking.Relation(relation)]
    assert linking.relation_of(made, seen_from=ticket.pk) == relation
    assert linking.relation_of(made, seen_from=other.pk) == opposite
    with pytest.raises(linking.AlreadyLinked):
        link(other, ticket, opposite, agent)
    linking.unlink(link=made, by=agent, at=AT)
    linking.unlink(link=made, by=agent, at=AT)
    told = Event.objects.filter(ticket=ticket, kind__in=[Kind.LINKED, Kind.UNLINKED]).order_by("id")
    assert [(event.kind, event.data["relation"]) for event in told] == [("linked", relation), ("unlinked", relation)]


def test_parents_make_no_circle_and_nobody_has_two(queue, agent):
    a, b, c, d = (make_ticket(queue) for _ in range(4))
    link(a, b, "parent_of", agent)
    link(b, c, "parent_of", agent)

    for child, parent in ((a, c), (a, b)):
        with pytest.raises(linking.Circle):
            link(child, parent, "child_of", agent)
    with pytest.raises(linking.HasParent):
        link(c, d, "child_of", agent)
    with pytest.raises(linking.LinkedToItself):
        link(a, a, "related", agent)


def test_a_merge_closes_no_circle_either(queue, agent):
    a, b, c = (make_ticket(queue) for _ in range(3))
    link(a, b, "parent_of", agent)
    link(b, c, "parent_of", agent)
    before = list(Link.objects.order_by("pk").values_list())

    made = merging.merge(ticket=c, into=a, by=agent, at=AT)

    assert set(Link.objects.values_list("ticket", "other")) == {(a.pk, b.pk), (b.pk, c.pk)}
    with pytest.raises(TicketIsRemoved):
        link(c, b, "related", agent)
    merging.unmerge(merge=made, by=agent, at=AT)
    assert list(Link.objects.order_by("pk").values_list()) == before
