"""Links, merges and splits on the pages."""

from __future__ import annotations

import re

import pytest
from django.utils.html import strip_tags

from tests.factories import AT, HOUR, MINUTE, make_admin, make_agent, make_queue, make_requester_message, make_ticket
from tests.tickets.views.conftest import shown as whole
from tickets import signed_links
from tickets.actions import linking, merging
from tickets.models import Event, Link, Merge, Message, Ticket


def shown(response):
    """The words of a page."""
    return " ".join(strip_tags(whole(response)).split())


@pytest.fixture
def ticket(queue):
    return make_ticket(queue, subject="Faktura")


@pytest.fixture
def other(queue):
    return make_ticket(queue, subject="Korekta faktury")


@pytest.fixture
def foreign():
    return make_ticket(make_queue(), subject="Cudza sprawa")


def test_a_number_links_at_once_and_both_pages_say_so(desk, ticket, other):
    response = desk.post(f"/tickets/{ticket.pk}/links/", {"relation": "child_of", "other": f"#{other.pk}"})

    assert response["Location"] == f"/tickets/{ticket.pk}/#links"
    link = Link.objects.get()
    assert (link.ticket_id, link.other_id, link.kind) == (other.pk, ticket.pk, "parent")
    here, there = shown(desk.get(f"/tickets/{ticket.pk}/")), shown(desk.get(f"/tickets/{other.pk}/"))
    assert "Part of" in here
    assert "Korekta faktury" in here
    assert "Has the part" in there
    assert f"linked it: has the part #{ticket.pk}" in there


def test_words_lead_to_a_page_to_choose_from(desk, ticket, other, foreign):
    response = desk.post(f"/tickets/{ticket.pk}/links/", {"relation": "duplicate_of", "other": "faktury korekta"})

    assert f'name="other" value="{other.pk}"' in response.content.decode()
    assert f'name="other" value="{foreign.pk}"' not in response.content.decode()
    assert not Link.objects.exists()


def test_of_a_ticket_out_of_sight_not_even_its_number_is_told(desk, ticket, foreign, agent):
    linking.link(ticket=ticket, other=foreign, relation="related", by=make_admin(), at=AT)

    page = shown(desk.get(f"/tickets/{ticket.pk}/"))
    refused = desk.post(f"/tickets/{ticket.pk}/links/", {"relation": "related", "other": foreign.pk})
    unlinked = desk.post(f"/tickets/{ticket.pk}/links/{Link.objects.get().pk}/remove/")

    assert "Cudza sprawa" not in page
    assert f"#{foreign.pk}" not in page
    assert refused.status_code == 404
    assert unlinked.status_code == 404


def test_taking_a_link_away(desk, ticket, other, agent):
    link = linking.link(ticket=ticket, other=other, relation="related", by=agent, at=AT)

    desk.post(f"/tickets/{ticket.pk}/links/{link.pk}/remove/")

    assert not Link.objects.exists()
    assert "took the link away: related to" in shown(desk.get(f"/tickets/{other.pk}/"))


def test_a_merge_shows_both_and_what_will_happen(desk, ticket, other):
    preview = shown(desk.get(f"/tickets/{ticket.pk}/merge/?into={other.pk}"))

    assert f"Merge #{ticket.pk} into #{other.pk}?" in preview
    assert f"what was said on #{ticket.pk} becomes internal notes, which {other.requester} cannot see" in preview
    assert not Merge.objects.exists()


def test_a_merge_leads_to_the_target_and_is_undone_from_there(desk, ticket, other):
    response = desk.post(f"/tickets/{ticket.pk}/merge/", {"into": other.pk})

    assert response["Location"] == other.get_absolute_url()
    page = desk.get(other.get_absolute_url())
    undo = f"/merges/{Merge.objects.get().pk}/undo/"
    assert page.content.decode().count(f'action="{undo}"') == 2  # in the toast and in the timeline
    assert desk.get(f"/tickets/{ticket.pk}/")["Location"] == other.get_absolute_url()
    assert desk.post(undo)["Location"] == ticket.get_absolute_url()
    assert undo not in desk.get(other.get_absolute_url()).content.decode()
    assert f"took #{ticket.pk} out of it again" in shown(desk.get(other.get_absolute_url()))


def test_a_refused_merge_says_why_on_its_page(desk, queue, ticket):
    closed = make_ticket(queue, status="closed")

    response = desk.post(f"/tickets/{ticket.pk}/merge/", {"into": closed.pk})

    assert response.status_code == 409
    assert "closed for good" in shown(response)


def test_the_requester_keeps_their_page_until_they_may_see_the_target(client, queue, ticket, other, team):
    agent = make_agent(team)
    theirs = f"/r/{signed_links.token_for(ticket, ticket.requester)}/"
    made = merging.merge(ticket=ticket, into=other, by=agent, at=AT)

    page = shown(client.get(theirs))
    answered = client.post(theirs + "answer/", {"text": "Halo, halo"})

    assert "Od rana nic nie działa." in page
    assert answered.status_code == 302
    heard = Message.objects.get(text="Halo, halo")
    assert (heard.ticket_id, heard.kind) == (other.pk, "note")
    merging.unmerge(merge=made, by=agent, at=AT)
    merging.merge(ticket=ticket, into=other, by=agent, at=AT, shows_all=True)
    assert client.get(client.get(theirs)["Location"]).context["ticket"] == other


def test_a_split_from_a_message_on_and_back(desk, ticket, agent):
    second = make_requester_message(ticket, at=AT + MINUTE, text="A druga rzecz")
    make_requester_message(ticket, at=AT + HOUR, text="I jeszcze do drugiej")

    page = desk.get(f"/tickets/{ticket.pk}/split/?from={second.pk}").content.decode()
    chosen = [each.pk for each in ticket.messages.filter(pk__gte=second.pk)]
    form = {"messages": chosen, "subject": "Druga rzecz", "requester": ticket.requester_id}
    response = desk.post(f"/tickets/{ticket.pk}/split/", form)

    assert len(re.findall(r'name="messages" value="\d+" checked', page)) == 2
    new = Ticket.objects.latest("pk")
    assert response["Location"] == new.get_absolute_url()
    assert new.messages.count() == 2
    assert f'action="/tickets/{new.pk}/unsplit/"' in desk.get(new.get_absolute_url()).content.decode()
    assert f"split messages off into #{new.pk}" in shown(desk.get(ticket.get_absolute_url()))
    desk.post(f"/tickets/{new.pk}/unsplit/")
    assert ticket.messages.count() == 3


def test_a_split_of_nothing_keeps_what_was_typed(desk, ticket, other):
    form = {"subject": "Nowy temat", "requester": ticket.requester_id}

    response = desk.post(f"/tickets/{ticket.pk}/split/", form)

    assert response.status_code == 409
    assert "Choose the messages" in shown(response)
    assert 'value="Nowy temat"' in response.content.decode()
    assert not Event.objects.filter(kind="split").exists()
