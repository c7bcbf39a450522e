import pytest

from tests.factories import AT, HOUR, make_admin, make_agent, make_lead, make_team
from tickets.actions.errors import NotAllowed
from tickets.actions.incoming import retry_inbound
from tickets.models import InboundMessage
from tickets.queries import mail as mail_queries

pytestmark = pytest.mark.django_db


def mail(state: str) -> InboundMessage:
    return InboundMessage.objects.create(
        sha256=state, raw=b"From: ?", size=7, received_at=AT, state=state, attempts=5, reason="no sender"
    )


@pytest.mark.parametrize("state", ["quarantined", "dismissed"])
def test_an_admin_has_failed_mail_read_again(state):
    failed = mail(state)

    retry_inbound(mail=failed, by=make_admin(), at=AT + HOUR)

    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.reason) == ("stored", 0, "")
    assert mail_queries.unread_mail(AT + HOUR) == 0
    assert mail_queries.unread_mail(AT + 2 * HOUR) == 1


@pytest.mark.parametrize("state", ["accepted", "duplicate", "stored"])
def test_what_did_not_fail_is_left_alone(state):
    done = mail(state)

    retry_inbound(mail=done, by=make_admin(), at=AT + HOUR)

    done.refresh_from_db()
    assert (done.state, done.attempts, done.reason) == (state, 5, "no sender")


def test_nobody_else_may():
    failed, team = mail("quarantined"), make_team()

    for somebody in (make_agent(team), make_lead(team)):
        with pytest.raises(NotAllowed):
            retry_inbound(mail=failed, by=somebody, at=AT)

    failed.refresh_from_db()
    assert failed.state == "quarantined"
