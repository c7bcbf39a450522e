"""Two people who were made one, and two again, through the API."""

from tickets.models import Ticket, User


def test_two_people_become_one_and_two_again(desk, as_):
    twin = desk.person("blizniaczka")
    own, other = desk.ticket(), desk.ticket(requester=twin)
    caller = as_(desk.agent)
    assert caller.post(f"people/{twin.pk}/merge/", into=desk.requester.pk).status_code == 200
    assert Ticket.objects.get(pk=other.pk).requester == desk.requester

    back = caller.post(f"people/{twin.pk}/unmerge/")

    assert back.json() == {"id": twin.pk, "name": "Blizniaczka"}
    assert Ticket.objects.get(pk=other.pk).requester == twin
    assert Ticket.objects.get(pk=own.pk).requester == desk.requester
    assert User.objects.get(pk=twin.pk).merged_into is None
    assert caller.post(f"people/{twin.pk}/unmerge/").status_code == 409
    assert caller.post(f"people/{desk.requester.pk}/unmerge/").status_code == 404


def test_a_stranger_finds_no_merge_and_a_month_later_it_stands(desk, as_, clock):
    twin = desk.person("drugi")
    desk.ticket()
    desk.ticket(requester=twin)
    as_(desk.agent).post(f"people/{twin.pk}/merge/", into=desk.requester.pk)

    assert as_(desk.stranger).post(f"people/{twin.pk}/unmerge/").status_code == 404
    assert as_(desk.requester).post(f"people/{twin.pk}/unmerge/").status_code == 404
    clock.advance(days=31)
    assert as_(desk.agent).post(f"people/{twin.pk}/unmerge/").status_code == 409
    assert Ticket.objects.filter(requester=twin).count() == 0
