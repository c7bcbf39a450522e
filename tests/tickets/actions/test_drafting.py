import pytest

from tests.factories import AT, HOUR, make_agent, make_draft, make_queue, make_team, make_ticket
from tickets.actions.drafting import DraftElsewhere, save_draft
from tickets.actions.errors import NotAllowed
from tickets.models import Draft, Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket():
    return make_ticket(make_queue())


@pytest.fixture
def agent(ticket):
    return make_agent(ticket.queue.team)


def test_one_draft_of_a_kind_is_kept_and_brought_up_to_date(ticket, agent):
    make_draft(ticket, agent, text="Dzień")
    make_draft(ticket, agent, text="Uwaga", kind="note")

    save_draft(ticket=ticket, by=agent, kind="public", text="Dzień dobry", at=AT + HOUR)

    assert sorted(Draft.objects.values_list("kind", "text")) == [("note", "Uwaga"), ("public", "Dzień dobry")]
    assert Draft.objects.get(kind="public").saved_at == AT + HOUR


def test_an_empty_text_discards_the_draft(ticket, agent):
    make_draft(ticket, agent)

    assert save_draft(ticket=ticket, by=agent, kind="public", text=" ", at=AT) is None

    assert not Draft.objects.exists()


def test_a_draft_is_no_event(ticket, agent):
    events = Event.objects.count()

    make_draft(ticket, agent)

    assert Event.objects.count() == events


def test_everybody_has_their_own(ticket, agent):
    colleague = make_agent(ticket.queue.team)

    make_draft(ticket, agent, text="Moje")
    make_draft(ticket, colleague, text="Twoje")

    assert set(Draft.objects.values_list("author", "text")) == {(agent.pk, "Moje"), (colleague.pk, "Twoje")}


def test_strangers_draft_nothing(ticket, agent):
    for stranger in (ticket.requester, make_agent(make_team())):
        with pytest.raises(NotAllowed):
            make_draft(ticket, stranger)

    assert not Draft.objects.exists()
    assert make_draft(ticket, agent)


def test_another_window_overwrites_nothing_and_one_that_goes_on_may(ticket, agent):
    begun = make_draft(ticket, agent, text="Dzień dobry", at=AT)
    save_draft(ticket=ticket, by=agent, kind="public", text="Dzień dobry, już", at=AT + HOUR, seen=begun.saved_at)

    for text in ("Zupełnie co innego", ""):
        with pytest.raises(DraftElsewhere) as clash:
            save_draft(ticket=ticket, by=agent, kind="public", text=text, at=AT + 2 * HOUR, seen=begun.saved_at)
        assert clash.value.draft.text == "Dzień dobry, już"
    save_draft(ticket=ticket, by=agent, kind="public", text="Dzień dobry, już sprawdzam", at=AT + 2 * HOUR, seen=None)

    assert Draft.objects.get().text == "Dzień dobry, już sprawdzam"
