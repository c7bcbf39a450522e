"""Who sees what: the one rule behind every page, count, feed and socket, with all roles and grants."""

import pytest
from django.contrib.auth.models import AnonymousUser

from tests.factories import (
    AT,
    HOUR,
    MICROSECOND,
    MINUTE,
    fresh,
    make_admin,
    make_agent,
    make_colleague,
    make_draft,
    make_grant,
    make_lead,
    make_note,
    make_queue,
    make_reply,
    make_requester,
    make_team,
    make_ticket,
    share,
)
from tickets import access
from tickets.actions.facts import revoke_grant
from tickets.models import Channel, Event, Message, Notification, Status, Ticket

pytestmark = pytest.mark.django_db

DAY = 24 * HOUR


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def queue(team):
    return make_queue(team)


@pytest.fixture
def volunteer():
    return make_colleague()


def sees(user, ticket, at=AT) -> bool:
    return Ticket.objects.visible_to(_loaded(user), at).filter(pk=ticket.pk).exists()


def works(user, ticket, at=AT) -> bool:
    """Both sides of the rule, which must agree: the query and the answer for one loaded ticket."""
    by_query = Ticket.objects.worked_by(_loaded(user), at).filter(pk=ticket.pk).exists()
    assert access.can_work(_loaded(user), Ticket.objects.get(pk=ticket.pk), at) == by_query
    return by_query


def _loaded(user):
    return user if isinstance(user, AnonymousUser) else fresh(user)


# Own and shared


def test_requesters_see_their_own_and_work_nothing(queue):
    own, foreign = make_ticket(queue), make_ticket(queue)

    assert sees(own.requester, own)
    assert not works(own.requester, own)
    assert not sees(own.requester, foreign)


def test_a_shared_ticket_is_seen_by_whom_it_is_shared_with(queue):
    ticket, follower = make_ticket(queue), make_requester()
    assert not sees(follower, ticket)

    share(ticket, follower)

    assert sees(follower, ticket)
    assert not works(follower, ticket)


def test_people_of_every_role_see_what_they_asked_for_themselves(queue):
    for person in (make_colleague(), make_agent(make_team()), make_lead(make_team())):
        own = make_ticket(queue, requester=person)

        assert sees(person, own)
        assert not works(person, own)


def test_the_anonymous_and_the_inactive_see_nothing(queue, team):
    ticket = make_ticket(queue)
    former = make_agent(team)
    assert sees(former, ticket)
    former.is_active = False
    former.save()
    inactive_admin = make_admin(is_active=False)

    for nobody in (AnonymousUser(), former, inactive_admin):
        assert not sees(nobody, ticket)
        assert not works(nobody, ticket)


# Teams


def test_agents_and_leads_work_the_queues_of_their_teams(team, queue):
    ticket = make_ticket(queue)

    for person in (make_agent(team), make_lead(team), make_agent(make_team(), team)):
        assert works(person, ticket)
        assert sees(person, ticket)
    for stranger in (make_agent(), make_agent(make_team()), make_lead(make_team())):
        assert not works(stranger, ticket)
        assert not sees(stranger, ticket)


def test_a_membership_gives_nothing_to_people_outside_support(team, queue):
    ticket = make_ticket(queue)
    assert sees(make_agent(team), ticket)
    odd_colleague, odd_requester = make_colleague(teams=[team]), make_requester(teams=[team])

    for person in (odd_colleague, odd_requester):
        assert not sees(person, ticket)
        assert not works(person, ticket)


def test_admins_work_everything():
    ticket = make_ticket()

    assert works(make_admin(), ticket)
    assert sees(make_admin(), ticket)


# Grants


def test_a_window_begins_with_its_start_and_is_over_at_its_end(queue, volunteer):
    ticket = make_ticket(queue, at=AT - HOUR)
    make_grant(volunteer, queue, start=AT, end=AT + HOUR)

    assert not works(volunteer, ticket, AT - MICROSECOND)
    assert works(volunteer, ticket, AT)
    assert works(volunteer, ticket, AT + HOUR - MICROSECOND)
    assert not works(volunteer, ticket, AT + HOUR)


def test_a_grant_holds_its_queues_and_channels_only(queue, volunteer):
    second = make_queue()
    make_grant(volunteer, queue, second, channels=[Channel.EMAIL, Channel.CHAT])

    assert works(volunteer, make_ticket(queue, channel=Channel.EMAIL))
    assert works(volunteer, make_ticket(second, channel=Channel.CHAT))
    assert not sees(volunteer, make_ticket(queue, channel=Channel.PHONE))
    assert not sees(volunteer, make_ticket(make_queue(queue.team), channel=Channel.EMAIL))


def test_two_grants_do_not_lend_each_other_channels(queue, volunteer):
    second = make_queue()
    make_grant(volunteer, queue, channels=[Channel.EMAIL])
    make_grant(volunteer, second, channels=[Channel.CHAT])

    assert works(volunteer, make_ticket(queue, channel=Channel.EMAIL))
    assert works(volunteer, make_ticket(second, channel=Channel.CHAT))
    assert not sees(volunteer, make_ticket(queue, channel=Channel.CHAT))
    assert not sees(volunteer, make_ticket(second, channel=Channel.EMAIL))


def test_between_the_days_of_a_duty_tickets_stay_assigned_and_unseen(queue, volunteer):
    days = [(AT, AT + 8 * HOUR), (AT + DAY, AT + DAY + 8 * HOUR)]
    make_grant(volunteer, queue, windows=days)
    ticket = make_ticket(queue, assignee=volunteer)
    make_draft(ticket, fresh(volunteer))
    assert works(volunteer, ticket, AT + 8 * HOUR - MICROSECOND)

    assert not sees(volunteer, ticket, AT + 8 * HOUR)
    assert not sees(volunteer, ticket, AT + 8 * HOUR + MINUTE)
    assert not sees(volunteer, ticket, AT + DAY - MICROSECOND)

    assert works(volunteer, ticket, AT + DAY)
    assert Ticket.objects.get().assignee == volunteer


def test_a_withdrawn_grant_ends_at_once_without_grace(queue, volunteer):
    grant = make_grant(volunteer, queue, end=AT + HOUR)
    ticket = make_ticket(queue, assignee=volunteer)
    make_draft(ticket, fresh(volunteer))
    assert works(volunteer, ticket, AT + MINUTE)

    revoke_grant(grant, at=AT + MINUTE)

    assert not sees(volunteer, ticket, AT + MINUTE)
    assert not sees(volunteer, ticket, AT + HOUR + MINUTE)


def test_a_grant_gives_nothing_to_a_requester(queue):
    ticket, requester = make_ticket(queue), make_requester()
    make_grant(requester, queue)
    helper = make_colleague()
    make_grant(helper, queue)

    assert works(helper, ticket)
    assert not sees(requester, ticket)


def test_an_agents_grant_elsewhere_counts_too(queue):
    ticket, agent = make_ticket(queue), make_agent(make_team())
    assert not sees(agent, ticket)

    make_grant(agent, queue, end=AT + HOUR)

    assert works(agent, ticket)
    assert not sees(agent, ticket, AT + HOUR)


# Grace


@pytest.fixture
def over(queue, volunteer):
    """A duty that ended at AT, with a ticket in hand and a draft on it."""
    make_grant(volunteer, queue, start=AT - 8 * HOUR, end=AT)
    ticket = make_ticket(queue, assignee=volunteer, at=AT - HOUR)
    make_draft(ticket, fresh(volunteer), at=AT - HOUR)
    return ticket


def test_an_own_open_draft_keeps_the_ticket_for_ten_minutes(over, volunteer):
    assert works(volunteer, over, AT)
    assert works(volunteer, over, AT + 10 * MINUTE - MICROSECOND)
    assert not sees(volunteer, over, AT + 10 * MINUTE)


def test_the_grace_shows_nothing_else(over, queue, volunteer):
    free = make_ticket(queue, at=AT - HOUR)
    undrafted = make_ticket(queue, assignee=volunteer, at=AT - HOUR)
    handed_on = make_ticket(queue, assignee=volunteer, at=AT - HOUR)
    make_draft(handed_on, fresh(volunteer), at=AT - HOUR)
    Ticket.objects.filter(pk=handed_on.pk).update(assignee=make_agent(queue.team))
    for ticket in (free, undrafted, handed_on):
        assert works(volunteer, ticket, AT - MICROSECOND)

    for ticket in (free, undrafted, handed_on):
        assert not sees(volunteer, ticket, AT)


def test_somebody_elses_draft_gives_no_grace(over, queue, volunteer):
    ticket = make_ticket(queue, assignee=volunteer, at=AT - HOUR)
    make_draft(ticket, make_agent(queue.team), at=AT - HOUR)
    assert works(volunteer, over, AT)

    assert not sees(volunteer, ticket, AT)


def test_the_grace_of_one_duty_does_not_cover_a_withdrawn_one(over, volunteer):
    second = make_queue()
    withdrawn = make_grant(volunteer, second, end=AT + HOUR)
    ticket = make_ticket(second, assignee=volunteer, at=AT - HOUR)
    make_draft(ticket, fresh(volunteer), at=AT - HOUR)
    assert works(volunteer, ticket, AT - HOUR)

    revoke_grant(withdrawn, at=AT - MINUTE)

    assert not sees(volunteer, ticket, AT + MINUTE)
    assert works(volunteer, over, AT + MINUTE)


def test_the_grace_of_one_duty_does_not_bridge_the_days_of_another(over, volunteer):
    second = make_queue()
    make_grant(volunteer, second, windows=[(AT - HOUR, AT), (AT + DAY, AT + DAY + HOUR)])
    ticket = make_ticket(second, assignee=volunteer, at=AT - HOUR)
    make_draft(ticket, fresh(volunteer), at=AT - HOUR)
    assert works(volunteer, ticket, AT - MICROSECOND)

    assert not sees(volunteer, ticket, AT + MINUTE)


# Mentors


@pytest.fixture
def mentor():
    return make_agent(make_team())


def test_mentors_see_what_is_in_their_mentees_hands_and_nothing_else(queue, volunteer, mentor):
    make_grant(volunteer, queue, mentors=[mentor])
    held, free = make_ticket(queue, assignee=volunteer), make_ticket(queue)
    others = make_ticket(queue, assignee=make_agent(queue.team))

    assert works(mentor, held)
    assert not sees(mentor, free)
    assert not sees(mentor, others)
    assert not sees(make_agent(make_team()), held)


def test_mentors_see_it_between_the_days_and_in_the_grace_but_not_longer(queue, volunteer, mentor):
    days = [(AT, AT + 8 * HOUR), (AT + DAY, AT + DAY + 8 * HOUR)]
    make_grant(volunteer, queue, windows=days, mentors=[mentor])
    held = make_ticket(queue, assignee=volunteer)
    end = AT + DAY + 8 * HOUR

    assert works(mentor, held, AT + 12 * HOUR)
    assert works(mentor, held, end + 10 * MINUTE - MICROSECOND)
    assert not sees(mentor, held, end + 10 * MINUTE)


def test_a_withdrawn_duty_has_no_mentors(queue, volunteer, mentor):
    grant = make_grant(volunteer, queue, mentors=[mentor])
    held = make_ticket(queue, assignee=volunteer)
    assert works(mentor, held)

    revoke_grant(grant, at=AT)

    assert not sees(mentor, held)


def test_only_support_can_mentor(queue, volunteer):
    colleague, requester = make_colleague(), make_requester()
    helper = make_agent()
    make_grant(volunteer, queue, mentors=[colleague, requester, helper])
    held = make_ticket(queue, assignee=volunteer)
    assert works(helper, held)

    assert not sees(colleague, held)
    assert not sees(requester, held)


def test_what_a_mentor_may_do_with_a_mentees_ticket(queue, volunteer, mentor):
    make_grant(volunteer, queue, mentors=[mentor], is_reviewed=True)
    ticket = make_ticket(queue, assignee=volunteer)
    message = make_reply(ticket, volunteer)
    mentor = fresh(mentor)

    assert access.can_read_notes(mentor, ticket, AT)
    assert access.can_note(mentor, ticket, AT)
    assert access.can_approve(mentor, message, AT)
    assert not access.can_reply(mentor, ticket, AT)
    assert not access.can_assign(mentor, ticket, AT)
    assert not access.can_take(mentor, ticket, AT)
    assert not access.can_change_properties(mentor, ticket, AT)
    assert not access.can_change_queue(mentor, ticket, AT)
    assert not access.can_see_contact(mentor, ticket, AT)


# What is removed


@pytest.mark.parametrize("removed_as", ["spam", "deleted"])
def test_removed_tickets_are_gone_for_requesters_and_stay_for_the_team(queue, team, removed_as):
    ticket, follower = make_ticket(queue), make_requester()
    share(ticket, follower)
    assert sees(ticket.requester, ticket)
    assert sees(follower, ticket)

    Ticket.objects.update(removed_as=removed_as, removed_at=AT)

    assert not sees(ticket.requester, ticket)
    assert not sees(follower, ticket)
    assert works(make_agent(team), ticket)
    assert not Ticket.objects.visible_to(make_agent(team), AT).present().exists()


def test_a_merged_ticket_still_leads_its_requester_on(queue):
    ticket = make_ticket(queue)

    Ticket.objects.update(removed_as="merged", removed_at=AT)

    assert sees(ticket.requester, ticket)


def test_closed_tickets_stay_visible(queue, team):
    ticket = make_ticket(queue, status=Status.CLOSED)

    assert sees(ticket.requester, ticket)
    assert works(make_agent(team), ticket)


# What hangs on tickets


def test_messages_follow_their_ticket_and_notes_the_work(queue, team, volunteer, mentor):
    make_grant(volunteer, queue, is_reviewed=True, mentors=[mentor])
    ticket = make_ticket(queue, assignee=volunteer)
    agent, follower = make_agent(team), make_requester()
    share(ticket, follower)
    question = ticket.messages.get()
    answer, note = make_reply(ticket, agent), make_note(ticket, agent)
    waiting = make_reply(ticket, fresh(volunteer))
    returned = make_reply(ticket, fresh(volunteer))
    Message.objects.filter(pk=returned.pk).update(state="returned")

    everything, public = {question, answer, note, waiting, returned}, {question, answer}
    for worker in (agent, volunteer, mentor, make_admin()):
        assert set(Message.objects.visible_to(fresh(worker), AT)) == everything
    for reader in (ticket.requester, follower):
        assert set(Message.objects.visible_to(fresh(reader), AT)) == public
    for stranger in (make_requester(), make_colleague(), make_agent(make_team()), AnonymousUser()):
        assert not Message.objects.visible_to(_loaded(stranger), AT).exists()


def test_notes_on_ones_own_request_stay_hidden_from_a_colleague(queue, team):
    asking = make_colleague()
    ticket = make_ticket(queue, requester=asking)
    note = make_note(ticket, make_agent(team))
    assert note in Message.objects.visible_to(make_agent(team), AT)

    assert note not in Message.objects.visible_to(fresh(asking), AT)


def test_events_are_for_people_who_work_the_ticket(queue, team):
    ticket = make_ticket(queue)
    assert Event.objects.visible_to(make_agent(team), AT).exists()

    for reader in (ticket.requester, make_agent(make_team()), AnonymousUser()):
        assert not Event.objects.visible_to(_loaded(reader), AT).exists()


def test_a_notification_is_its_persons_and_only_while_the_ticket_is(queue, volunteer):
    make_grant(volunteer, queue, end=AT + HOUR)
    ticket = make_ticket(queue, assignee=volunteer)
    for person in (volunteer, make_agent(queue.team)):
        Notification.objects.create(
            person=person, kind="assigned", ticket=ticket, event=ticket.events.first(), created_at=AT
        )

    assert Notification.objects.visible_to(fresh(volunteer), AT).get().person == volunteer
    assert not Notification.objects.visible_to(fresh(volunteer), AT + HOUR).exists()


# Contact data


def test_contact_data_is_for_the_team_and_the_person(queue, team, volunteer):
    make_grant(volunteer, queue)
    ticket = make_ticket(queue)

    for person in (make_agent(team), make_lead(team), make_admin(), ticket.requester):
        assert access.can_see_contact(fresh(person), ticket, AT)
    for person in (volunteer, make_colleague(), make_agent(make_team()), make_requester()):
        assert not access.can_see_contact(fresh(person), ticket, AT)
    assert not access.can_see_contact(AnonymousUser(), ticket, AT)
