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
from tickets.actions import appointing, merging_people, opening
from tickets.actions.errors import NotAllowed
from tickets.models import (
    Appointment,
    AuditEntry,
    Event,
    Kind,
    Message,
    PersonAddress,
    PersonMerge,
    PersonNumber,
    PhoneCall,
    Share,
    Ticket,
    User,
    WalkUp,
)

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

    merging_people.merge_people(person=old, into=new, by=agent, at=AT)

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


# Two people after all

COUNTERS = ("version", "session_epoch")
"""What only ever goes up."""


def everything():
    """Every row that a merge of people could touch, but for what only counts on."""
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in COUNTERS}
            for row in model.objects.order_by("pk").values()
        ]
        for model in (User, PersonAddress, PersonNumber, PhoneCall, Ticket, Message, Share, Appointment, WalkUp)
    }


@pytest.fixture
def two(queue, agent):
    """A person with a password, two addresses, requests, words, an appointment and shares of all sorts; and another."""
    old = make_requester(name="A. Nowak", email="anna@stara.example", password="secret-words", phone="601")
    new = make_requester(name="Anna Nowak", email="anna@nowa.example")
    old.organisation = make_organisation()
    old.save()
    PersonAddress.objects.create(person=old, address="druga@stara.example", added_at=AT)
    PersonNumber.objects.create(person=old, number="602 222 222", added_at=AT)
    own, theirs, both = make_ticket(queue, requester=old), make_ticket(queue, requester=new), make_ticket(queue)
    make_requester_message(own, at=AT + HOUR)
    for ticket, person in ((theirs, old), (own, new), (both, old), (both, new), (make_ticket(queue), old)):
        share(ticket, person)
    time = {"starts_at": AT + HOUR, "ends_at": AT + 2 * HOUR, "title": "T"}
    appointing.appoint(ticket=own, by=agent, at=AT, **time)
    return old, new


def test_undone_everything_is_as_it_was(two, agent, client):
    old, new = two
    before = everything()

    merge = merging_people.merge_people(person=old, into=new, by=agent, at=AT)
    assert everything() != before
    back = merging_people.unmerge_people(merge=merge, by=agent, at=AT + 29 * 24 * HOUR)

    assert everything() == before
    assert back == old and back.check_password("secret-words")
    assert User.objects.with_address("anna@stara.example") == old
    assert User.objects.current_id(old.pk) == old.pk
    line = AuditEntry.objects.get(action="unmerged")
    assert (line.actor, line.data["person"], line.data["address"]) == (agent, old.pk, "anna@stara.example")
    assert merging_people.merge_people(person=old, into=new, by=agent, at=AT).pk != merge.pk  # and once more


def test_undone_the_one_without_an_address_has_none_again(queue, agent):
    caller, writer = make_requester(email=None, phone="601"), make_requester(email="w@x.example", phone="602")
    for person in (caller, writer):
        make_ticket(queue, requester=person)
    before = everything()

    merge = merging_people.merge_people(person=writer, into=caller, by=agent, at=AT)
    merging_people.unmerge_people(merge=merge, by=agent, at=AT)

    assert everything() == before


def test_merged_through_a_third_and_back_in_order(queue, agent):
    first, second, third = (make_requester(email=f"{n}@x.example") for n in range(3))
    for person in (first, second, third):
        make_ticket(queue, requester=person)
    start = everything()
    inner = merging_people.merge_people(person=first, into=second, by=agent, at=AT)
    between = everything()
    outer = merging_people.merge_people(person=second, into=third, by=agent, at=AT)

    with pytest.raises(merging_people.MergedOn):
        merging_people.unmerge_people(merge=inner, by=agent, at=AT)
    merging_people.unmerge_people(merge=outer, by=agent, at=AT)
    assert everything() == between
    merging_people.unmerge_people(merge=inner, by=agent, at=AT)
    assert everything() == start


def test_what_came_since_stays_where_it_came(two, queue, agent):
    old, new = two
    own = Ticket.objects.filter(requester=old).get()
    merge = merging_people.merge_people(person=old, into=new, by=agent, at=AT)
    since = make_ticket(queue, requester=new)
    said = make_requester_message(Ticket.objects.get(pk=own.pk), at=AT + HOUR, author=new)
    User.objects.filter(pk=new.pk).update(phone="777")

    merging_people.unmerge_people(merge=merge, by=agent, at=AT + HOUR)

    own.refresh_from_db()
    since.refresh_from_db()
    said.refresh_from_db()
    new.refresh_from_db()
    assert (own.requester, since.requester, said.author, new.phone) == (old, new, new, "777")


def test_who_may_undo_and_until_when(two, queue, agent):
    old, new = two
    merge = merging_people.merge_people(person=old, into=new, by=agent, at=AT)
    undo = merging_people.unmerge_people

    with pytest.raises(NotAllowed):
        undo(merge=merge, by=make_agent(make_queue().team), at=AT)
    with pytest.raises(NotAllowed):
        undo(merge=merge, by=new, at=AT)
    with pytest.raises(merging_people.TooLateToUndo):
        undo(merge=merge, by=agent, at=AT + 31 * 24 * HOUR)
    undo(merge=merge, by=agent, at=AT)
    with pytest.raises(merging_people.AlreadyUndone):
        undo(merge=merge, by=agent, at=AT)
    assert PersonMerge.objects.get().undone_by == agent


def test_an_address_that_is_somebody_elses_by_now_is_not_taken_away(two, agent):
    old, new = two
    merge = merging_people.merge_people(person=old, into=new, by=agent, at=AT)
    PersonAddress.objects.filter(address="anna@stara.example").delete()
    make_requester(email="anna@stara.example")
    before = everything()

    with pytest.raises(merging_people.AddressTaken):
        merging_people.unmerge_people(merge=merge, by=agent, at=AT)

    assert everything() == before
