"""Who may do what. Visibility is `Ticket.objects.visible_to`; here is what may be done with what one sees.

Every function answers from the person and the ticket alone, as of ``at`` (aware). Whether the ticket's state allows the
act is the action's business.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from tickets.models import Channel, Message, Queue, Role, Ticket, User, View, WalkUp
from tickets.models.grant import Scope, consulted_on, grace_of, mentees_of, scopes_of

Person = User | AnonymousUser


def can_work(user: Person, ticket: Ticket, at: datetime) -> bool:
    """The rule of ``Ticket.objects.worked_by`` for one loaded ticket: reading it whole and its notes hang on it."""
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_support and ticket.assignee_id and _is_mentor_of(user, ticket.assignee_id, at):
        return True
    return can_serve(user, ticket, at) or is_consulted(user, ticket, at)


def is_consulted(user: Person, ticket: Ticket, at: datetime) -> bool:
    """Asked or named on it, until a day after that ended: may read it with its notes, note and answer, never reply."""
    return isinstance(user, User) and user.is_active and ticket.pk in consulted_on(user, at)


def can_serve(user: Person, ticket: Ticket, at: datetime) -> bool:
    """Answer the ticket oneself: team, active grant, its grace. Mentors read, note and approve, but do not serve."""
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.role == Role.ADMIN or _is_in_team(user, ticket) or _scope_for(user, ticket, at) is not None:
        return True
    return _grace_for(user, ticket, at) is not None


def can_read_notes(user: Person, ticket: Ticket, at: datetime) -> bool:
    return can_work(user, ticket, at)


def is_only_consulted(user: Person, at: datetime) -> bool:
    """There is a desk for this person only because somebody asked for their advice."""
    if not isinstance(user, User) or user.is_support or not can_use_desk(user, at):
        return False
    return not (scopes_of(user, at) or grace_of(user, at))


def can_ask(user: Person, ticket: Ticket, at: datetime) -> bool:
    """Ask mentors or a colleague, or name somebody in a note, which both let that person look in: whoever serves the
    ticket, not somebody who was let in themselves."""
    return can_serve(user, ticket, at)


def can_let_go(user: Person, ticket: Ticket, let_in_by: Collection[int | None], at: datetime) -> bool:
    """End what lets somebody look in before its time: the team's leads, admins, and whoever alone let them in."""
    if not isinstance(user, User) or not can_ask(user, ticket, at):
        return False
    if user.role == Role.ADMIN or (user.is_lead and _is_in_team(user, ticket)):
        return True
    return set(let_in_by) == {user.pk}


def can_be_asked(person: User, ticket: Ticket) -> bool:
    """Any active employee but the ticket's own requester, who must not read its notes."""
    return person.is_active and person.role != Role.REQUESTER and person.pk != ticket.requester_id


def can_note(user: Person, ticket: Ticket, at: datetime) -> bool:
    return can_work(user, ticket, at)


def can_reply(user: Person, ticket: Ticket, at: datetime) -> bool:
    """Answer in the desk's name. A requester's own answer is not a reply; see `can_write_as_requester`."""
    return can_serve(user, ticket, at)


def can_write_as_requester(user: Person, ticket: Ticket) -> bool:
    return isinstance(user, User) and user.is_active and ticket.requester_id == user.pk


def needs_review(user: User, ticket: Ticket, at: datetime) -> bool:
    """Whether a reply of ``user`` waits for a mentor: only where a reviewed grant is the reason they may reply."""
    if user.role == Role.ADMIN or _is_in_team(user, ticket):
        return False
    scope = _scope_for(user, ticket, at) or _grace_for(user, ticket, at)
    return scope is not None and scope.is_reviewed


def can_approve(user: Person, message: Message, at: datetime) -> bool:
    """The author's mentor at any time; the ticket's team once half of the time left has gone by; never the author."""
    if not isinstance(user, User) or not user.is_active or not user.is_support or message.author_id == user.pk:
        return False
    if user.role == Role.ADMIN:
        return True
    if message.author_id and _is_mentor_of(user, message.author_id, at):
        return True
    opens_at = message.review_opens_at
    is_open_to_team = opens_at is not None and opens_at <= at
    return _is_in_team(user, message.ticket) and (is_open_to_team or user.is_lead)


def can_assign(user: Person, ticket: Ticket, at: datetime) -> bool:
    """Give the ticket to somebody. People on a grant take for themselves and may hand back, but not give away."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.role == Role.ADMIN or _is_in_team(user, ticket)


def can_take(user: Person, ticket: Ticket, at: datetime) -> bool:
    return isinstance(user, User) and can_be_assignee(user, ticket, at)


def can_be_assignee(user: User, ticket: Ticket, at: datetime) -> bool:
    """Whether ``user`` could work the ticket if it were theirs: nobody is given what they cannot open."""
    if not user.is_active:
        return False
    return user.role == Role.ADMIN or _is_in_team(user, ticket) or _scope_for(user, ticket, at) is not None


def can_change_properties(user: Person, ticket: Ticket, at: datetime) -> bool:
    """Status, priority, subject, tags, fields, snooze."""
    return can_serve(user, ticket, at)


def can_change_queue(user: Person, ticket: Ticket, at: datetime) -> bool:
    """Moving to another queue is a transfer: team and admins, not people on a grant."""
    return can_assign(user, ticket, at)


def can_remove(user: Person, ticket: Ticket, at: datetime) -> bool:
    """Spam, delete, restore: team and admins, not people on a grant."""
    return can_assign(user, ticket, at)


def can_change_requester(user: Person, ticket: Ticket, at: datetime) -> bool:
    """It gives somebody the right to read the ticket and takes it from somebody: team and admins."""
    return can_assign(user, ticket, at)


def can_join(user: Person, ticket: Ticket, at: datetime) -> bool:
    """Link, merge and split, asked of both ends: team and admins, not people on a grant."""
    return can_assign(user, ticket, at)


def can_appoint(user: Person, ticket: Ticket, at: datetime) -> bool:
    """Agree a time with the requester: the invitation leaves at once, so not where replies wait for a mentor."""
    return isinstance(user, User) and can_reply(user, ticket, at) and not needs_review(user, ticket, at)


def can_merge_people(user: Person) -> bool:
    """Say that two people are one. Of which people is asked with a ticket of each (`queries.people`)."""
    return isinstance(user, User) and user.is_active and user.is_support


def can_open_in(user: Person, queue: Queue, channel: str, at: datetime) -> bool:
    """Open a ticket for somebody else: in queues of own teams, or for a caller inside an active grant."""
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.role == Role.ADMIN or (user.is_support and queue.pk in user.queue_ids):
        return True
    if user.role == Role.REQUESTER:
        return False
    if channel == Channel.WALK_UP:  # whoever is there is asked, whatever the channels of the duty
        return any(queue.pk in scope.queue_ids for scope in scopes_of(user, at))
    return any(scope.holds(channel=channel, queue_id=queue.pk) for scope in scopes_of(user, at))


def channels_to_open(user: User, channels: Sequence[str], at: datetime) -> list[str]:
    """Those of ``channels`` by which ``user`` may open a ticket in some queue: all for support, else the duty's own."""
    if user.is_support:
        return list(channels)
    own = {channel for scope in scopes_of(user, at) for channel in scope.channels}
    return [channel for channel in channels if channel in own]


def can_see_contact(user: Person, ticket: Ticket, at: datetime) -> bool:
    """A requester's address and phone number: people on a grant see them masked."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.role == Role.ADMIN or ticket.requester_id == user.pk or _is_in_team(user, ticket)


def can_clear_pause(user: Person, ticket: Ticket, at: datetime) -> bool:
    """Let mail go to the requester's address again after it bounced: the team, which sees the address and may know a
    better one. People on a grant and a mentor of another team see it masked."""
    return isinstance(user, User) and user.is_support and can_see_contact(user, ticket, at)


def can_unlock(user: Person, ticket: Ticket, at: datetime) -> bool:
    """See that the requester is locked out by wrong passwords, and from where, and end that: whoever may phone them."""
    return isinstance(user, User) and user.is_support and can_see_contact(user, ticket, at)


def can_use_desk(user: Person, at: datetime) -> bool:
    """Whether there is a queue to work at all: support always, colleagues while a grant is active or in its grace, or
    while somebody asks for their advice."""
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_support:
        return True
    return user.role == Role.COLLEAGUE and bool(scopes_of(user, at) or grace_of(user, at) or consulted_on(user, at))


def can_manage_mail(user: Person) -> bool:
    """Quarantine, dead letters, raw mail."""
    return isinstance(user, User) and user.is_active and user.role == Role.ADMIN


def can_manage_sign_in(user: Person) -> bool:
    """Who is locked out anywhere, whether a second factor is needed, whose factors are taken back."""
    return isinstance(user, User) and user.is_active and user.role == Role.ADMIN


def can_see_removed(user: Person) -> bool:
    """The list of spam and deleted tickets; which ones is the list's own scope."""
    return isinstance(user, User) and user.is_active and user.is_support


def can_see_setup(user: Person) -> bool:
    """How queues, fields, teams and accounts of those who work here are set up: leads look, admins change."""
    return isinstance(user, User) and user.is_active and user.is_lead


def can_change_setup(user: Person) -> bool:
    return isinstance(user, User) and user.is_active and user.role == Role.ADMIN


def can_manage_tags(user: Person) -> bool:
    """Rename, merge and delete tags on every ticket of the desk."""
    return isinstance(user, User) and user.is_active and user.role == Role.ADMIN


def can_manage_macros(user: Person) -> bool:
    """See all macros of one's teams, retired ones too. Which of them may be changed says `can_change_macro`."""
    return isinstance(user, User) and user.is_active and user.is_lead


def can_change_macro(user: Person, team_id: int | None) -> bool:
    """Admins all of them; leads those of their own teams, not those that everybody has."""
    if not isinstance(user, User) or not can_manage_macros(user):
        return False
    return user.role == Role.ADMIN or (team_id is not None and team_id in user.team_ids)


def can_share_view(user: Person, *, team_id: int | None) -> bool:
    """Give a view to a team and keep those it has: its leads, admins. Without a team it is for everybody: admins."""
    if not isinstance(user, User) or not user.is_active or not user.is_lead:
        return False
    return user.role == Role.ADMIN or (team_id is not None and team_id in user.team_ids)


def can_change_view(user: Person, view: View) -> bool:
    """One's own; shared ones as they may be shared, whoever made them."""
    if view.is_shared:
        return can_share_view(user, team_id=view.team_id)
    return isinstance(user, User) and user.is_active and view.owner_id == user.pk


def can_export(user: Person) -> bool:
    """Take lists of tickets out of the desk as a file: leads those of their teams' queues, admins all."""
    return isinstance(user, User) and user.is_active and user.is_lead


def can_log_walk_ups(user: Person, at: datetime) -> bool:
    """Whoever has a desk is asked for favours: support always, colleagues while a duty's window runs."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.is_support or (user.role == Role.COLLEAGUE and bool(scopes_of(user, at)))


def can_log_calls(user: Person, at: datetime) -> bool:
    """Whoever has a telephone at the desk: support always, colleagues while a duty with phones runs."""
    if not isinstance(user, User) or not user.is_active or user.role == Role.REQUESTER:
        return False
    return user.is_support or any(Channel.PHONE in scope.channels for scope in scopes_of(user, at))


def can_change_walk_up(user: Person, walk_up: WalkUp) -> bool:
    """Minutes and words of a favour are its helper's own; leads see them and correct nothing."""
    return isinstance(user, User) and user.is_active and walk_up.agent_id == user.pk


def can_see_helper(user: Person, helper: User) -> bool:
    """Whose favours these are by name: one's own, and those of whoever chose to show them."""
    return isinstance(user, User) and (user.pk == helper.pk or helper.shows_favours)


def can_see_favours_of_team(user: Person) -> bool:
    """The sums of everybody in one's teams; everybody else sees their own alone."""
    return isinstance(user, User) and user.is_active and user.is_lead


def can_read_audit(user: Person) -> bool:
    """Who changed which setting and who looked at what, of everybody."""
    return isinstance(user, User) and user.is_active and user.role == Role.ADMIN


def can_manage_rules(user: Person) -> bool:
    """Rules act on every ticket of the desk."""
    return isinstance(user, User) and user.is_active and user.role == Role.ADMIN


def caps_of(user: User, ticket: Ticket, at: datetime) -> Scope | None:
    """The caps that bind ``user`` on this ticket; None for people of its team."""
    if user.role == Role.ADMIN or _is_in_team(user, ticket):
        return None
    return _scope_for(user, ticket, at)


def _is_in_team(user: User, ticket: Ticket) -> bool:
    return user.is_support and ticket.queue_id in user.queue_ids


def _scope_for(user: User, ticket: Ticket, at: datetime) -> Scope | None:
    return None if user.role == Role.REQUESTER else _freest(scopes_of(user, at), ticket)


def _is_mentor_of(user: User, mentee_id: int, at: datetime) -> bool:
    return mentee_id in mentees_of(user, at)


def _grace_for(user: User, ticket: Ticket, at: datetime) -> Scope | None:
    """The duty just over in which the person was writing on this ticket of theirs."""
    if user.role != Role.COLLEAGUE or ticket.assignee_id != user.pk:
        return None
    scope = _freest(grace_of(user, at), ticket)
    return scope if scope is not None and user.drafts.filter(ticket=ticket).exists() else None


def _freest(scopes: tuple[Scope, ...], ticket: Ticket) -> Scope | None:
    fitting = [scope for scope in scopes if scope.holds(channel=ticket.channel, queue_id=ticket.queue_id)]
    return min(fitting, key=lambda scope: (scope.is_reviewed, -scope.cap), default=None)
