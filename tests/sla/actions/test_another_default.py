"""Another policy becomes the default: in one act, foreseen and applied like any edit."""

from __future__ import annotations

import pytest

from sla.actions import editing, keeping
from sla.models import Agreement, Calendar, Clock, Edit, Policy, PolicyVersion
from tests.factories import AT, HOUR, MINUTE, make_admin, make_agent, make_queue, make_reply, make_ticket
from tests.sla.actions.test_editing import OFFICE, TARGETS, applied, assert_clocks_are_what_events_say, counted
from tickets.actions import tagging
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import AuditEntry, Ticket, User
from tickets.searching import QueryError

pytestmark = pytest.mark.django_db
FAST = {2: {"first_response": 3600, "resolution": 2 * 3600}}


@pytest.fixture
def admin() -> User:
    return make_admin()


@pytest.fixture
def calendar() -> Calendar:
    return keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, at=AT - 30 * HOUR)


@pytest.fixture
def default(calendar: Calendar) -> Policy:
    return keeping.make_policy(name="Reszta", calendar=calendar, targets=TARGETS, is_default=True, at=AT - 30 * HOUR)


@pytest.fixture
def vip(calendar: Calendar, default: Policy) -> Policy:
    return keeping.make_policy(
        name="VIP", calendar=calendar, targets=FAST, conditions="tag:vip", position=1, at=AT - 30 * HOUR
    )


def proposed(policy: Policy, conditions: str, by: User, at: object = AT, base: str = "") -> Edit:
    base = base or editing.fingerprint(editing.current("default", policy.pk))
    wanted = {"default": policy.pk, "own_conditions": "", "conditions": conditions}
    return editing.propose(kind="default", target=policy.pk, base=base, proposed=wanted, by=by, at=at)  # type: ignore[arg-type]


def test_what_fits_no_other_policy_has_the_new_default(admin: User, vip: Policy, default: Policy) -> None:
    plain, tagged, old = (make_ticket(make_queue(), at=AT) for _each in range(3))
    answered = make_ticket(make_queue(), at=AT)
    make_reply(answered, admin, at=AT + MINUTE)
    tagging.add_tags(ticket=tagged, tags=["vip"], by=admin, at=AT)
    tagging.add_tags(ticket=old, tags=["stare"], by=admin, at=AT)
    at = AT + HOUR / 2

    edit = counted(proposed(vip, "tag:stare", admin, at), at)
    assert (edit.changed, edit.overdue) == (3, 0)  # two promises of the plain one, the solution of the answered one
    assert Ticket.objects.get(pk=plain.pk).due_at == AT + 4 * HOUR
    applied(edit, admin, at, at)

    first = Clock.objects.filter(metric="first_response")
    policies = {
        clock.ticket_id: clock.policy_version.policy for clock in first.select_related("policy_version__policy")
    }
    assert policies[plain.pk] == vip and first.get(ticket=plain).due_at == AT + HOUR
    assert policies[tagged.pk] == vip and policies[old.pk] == default
    assert policies[answered.pk] == default  # over: it stays as it was
    assert Clock.objects.get(ticket=answered, metric="resolution").policy_version.policy == vip
    for policy, is_default, conditions in ((vip, True, ""), (default, False, "tag:stare")):
        policy.refresh_from_db()
        assert (policy.is_default, policy.conditions) == (is_default, conditions)
        assert list(policy.versions.order_by("number").values_list("number", "replaced_at")) == [(1, at), (2, None)]
    assert keeping.order_now() == [default.pk]
    assert Policy.objects.filter(is_default=True).count() == 1
    assert_clocks_are_what_events_say()

    later = make_ticket(make_queue(), at=at + MINUTE)
    assert Clock.objects.get(ticket=later, metric="first_response").target_s == 3600


def test_both_are_in_the_audit(admin: User, vip: Policy, default: Policy) -> None:
    applied(proposed(vip, "tag:stare", admin), admin, AT, AT)

    rows = AuditEntry.objects.filter(kind="policy", action="changed").order_by("id")
    assert [(row.object_id, row.actor_name, row.data) for row in rows] == [
        (str(default.pk), str(admin), {"is_default": [True, False], "conditions": ["", "tag:stare"]}),
        (str(vip.pk), str(admin), {"is_default": [False, True], "conditions": ["tag:vip", ""]}),
    ]


@pytest.mark.parametrize(("conditions", "refusal"), [("", ValueError), ("status:opne", QueryError)])
def test_the_old_one_must_say_which_tickets_it_is_for(
    admin: User, vip: Policy, default: Policy, conditions: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        proposed(vip, conditions, admin)

    assert not Edit.objects.exists()
    assert Policy.objects.get(is_default=True) == default
    assert PolicyVersion.objects.count() == 2


def test_what_cannot_become_the_default(admin: User, vip: Policy, default: Policy) -> None:
    with pytest.raises(keeping.NothingChanged):
        proposed(default, "tag:stare", admin)
    keeping.remove_policy(policy=vip, by=admin, at=AT)
    with pytest.raises(keeping.AlreadyRemoved):
        proposed(vip, "tag:stare", admin)
    with pytest.raises(NotAllowed):
        proposed(vip, "tag:stare", make_agent(make_queue().team))


def test_who_changed_the_same_meanwhile_is_not_overwritten(admin: User, vip: Policy, default: Policy) -> None:
    mine = proposed(vip, "tag:stare", admin)
    values = keeping.values_of_policy(vip)
    Policy.objects.filter(pk=vip.pk).update(conditions="tag:nowe")
    assert keeping.values_of_policy(Policy.objects.get(pk=vip.pk)) != values

    with pytest.raises(editing.ChangedMeanwhile):
        editing.apply(edit=mine, by=admin, at=AT)
    assert Policy.objects.get(is_default=True) == default


def test_the_old_default_can_be_removed_afterwards(admin: User, vip: Policy, default: Policy) -> None:
    applied(proposed(vip, "tag:stare", admin), admin, AT, AT)
    default.refresh_from_db()
    keeping.remove_policy(policy=default, by=admin, at=AT)

    with pytest.raises(Refused):
        keeping.remove_policy(policy=Policy.objects.get(pk=vip.pk), by=admin, at=AT)
    ticket = make_ticket(make_queue(), at=AT + MINUTE)
    assert Agreement.objects.filter(ticket=ticket).last().policy_version.policy == vip  # type: ignore[union-attr]
