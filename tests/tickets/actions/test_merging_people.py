"""Two requesters become one person."""

from __future__ import annotations

import pytest

from tests.factories import (
    AT,
    HOUR,
    make_agent,
    make_colleague,
    make_grant,
    make_organisation,
    make_queue,
    make_requester,
    make_requester_message,
    make_ticket,
    share,
)
from tickets import signed_links
from tickets.actions import merging_people, opening
from tickets.actions.errors import NotAllowed
from tickets.models import AuditEntry, Event, Kind, Message, PersonAddress, Share, Ticket, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


def test_everything_of_the_one_becomes_the_others(queue, agent, client):
    old = make_requester(name="A. Nowak", email="anna@stara.example", password="secret-words", phone="601")
    new = make_requester(name="Anna Nowak", email="anna@nowa.example")
    old.organisation = make_organisation()
    old.save()
    ticket, own, elsewhere = (
        make_ticket(queue, requester=old),
        make_ticket(queue, requester=new),
        make_ticket(make_queue()),
    )
    make_requester_message(ticket, at=AT + HOUR)
    for shared in (own, elsewhere):
        share(shared, old)
    share(elsewhere, new)
    client.force_login(old)
    link = signed_links.token_for(ticket, old)

    stays = merging_people.merge_people(person=old, into=new, by=agent, at=AT)

    assert stays == new
    assert set(Ticket.objects.filter(requester=new)) == {ticket, own}
    assert not Message.objects.filter(author=old).exists()
    assert list(Share.objects.values_list("ticket", "user")) == [(elsewhere.pk, new.pk)]
    new.refresh_from_db()
    old.refresh_from_db()
    assert (new.email, new.phone, new.organisation) == ("anna@nowa.example", "601", old.organisation)
    assert (old.email, old.is_active, old.merged_into) == (None, False, new)
    assert opening.find_or_create_requester(email=" Anna@Stara.example") == new
    assert client.get("/requests/").status_code == 302
    assert client.get(f"/r/{link}/").context["reader"].person == new
    assert Event.objects.get(kind=Kind.REQUESTER_CHANGED).data["requester"] == [old.pk, new.pk]
    line = AuditEntry.objects.get(action="merged")
    assert (line.actor, line.object_id, line.data["tickets"]) == (agent, str(new.pk), [ticket.pk])


def test_a_third_person_brings_all_addresses_along(queue, agent):
    first, second, third = (make_requester(email=f"{n}@x.example") for n in range(3))
    for person in (first, second, third):
        make_ticket(queue, requester=person)

    merging_people.merge_people(person=first, into=second, by=agent, at=AT)
    merging_people.merge_people(person=second, into=third, by=agent, at=AT)

    assert {User.objects.with_address(f"{n}@x.example") for n in range(3)} == {third}
    assert User.objects.current_id(first.pk) == third.pk
    assert PersonAddress.objects.filter(person=third).count() == 2


def test_without_an_address_the_other_ones_becomes_their_own(queue, agent):
    caller, writer = make_requester(email=None, phone="601"), make_requester(email="w@x.example")
    for person in (caller, writer):
        make_ticket(queue, requester=person)

    merging_people.merge_people(person=writer, into=caller, by=agent, at=AT)

    caller.refresh_from_db()
    assert (caller.email, caller.phone) == ("w@x.example", "601")
    assert not PersonAddress.objects.exists()


def test_who_cannot_be_merged_and_by_whom(queue, agent):
    requester, colleague, volunteer = make_requester(), make_colleague(), make_requester()
    make_grant(volunteer, queue)
    unseen = make_ticket(make_queue()).requester
    for person in (requester, colleague, volunteer, agent):
        make_ticket(queue, requester=person)
    merge = merging_people.merge_people

    with pytest.raises(merging_people.SamePerson):
        merge(person=requester, into=requester, by=agent, at=AT)
    for staff in (colleague, volunteer):
        with pytest.raises(merging_people.NotARequester):
            merge(person=staff, into=requester, by=agent, at=AT)
    with pytest.raises(merging_people.CannotTakeOver):
        merge(person=requester, into=agent, by=agent, at=AT)
    with pytest.raises(NotAllowed):
        merge(person=unseen, into=requester, by=agent, at=AT)
    with pytest.raises(NotAllowed):
        merge(person=requester, into=colleague, by=colleague, at=AT)
    merge(person=requester, into=colleague, by=agent, at=AT)
    assert Ticket.objects.filter(requester=colleague).count() == 2
