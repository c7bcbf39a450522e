"""The page of a telephone call: who is meant while one types, what is known of them, and nothing typed is lost."""

import pytest

from tests.factories import (
    AT,
    MINUTE,
    make_colleague,
    make_grant,
    make_organisation,
    make_requester,
    make_ticket,
)
from tests.tickets.views.conftest import shown, statements
from tickets.models import CallDraft, PersonNumber, PhoneCall, Ticket

KEY = "k" * 16


@pytest.fixture
def halina(queue):
    person = make_requester(
        name="Halina Dębska",
        email="halina@lniana.example",
        phone="+48 601 234 567",
        organisation=make_organisation("Pracownia Lniana"),
    )
    make_ticket(queue, requester=person, subject="Pusta faktura")
    return person


@pytest.fixture
def volunteer(sign_in, queue):
    colleague = make_colleague(language="en")
    make_grant(colleague, queue, channels=["phone", "email"])
    return sign_in(colleague)


def read(client, **typed):
    return shown(client.get("/calls/read/", typed))


def keep(client, **fields):
    values = {"key": KEY, "began": AT.isoformat(), "length": "4:00", "outcome": "open", "direction": "in"}
    return client.post("/calls/new/", values | {"subject": "Faktura", "notes": "Pusta."} | fields)


@pytest.mark.parametrize("typed", ["601", "6012", "+48 601 23", "601-234-567", "0048601234567", "601 234 567 wew. 3"])
def test_the_caller_is_found_while_the_number_is_typed(desk, halina, typed):
    answer = read(desk, number=typed)

    assert ("Halina Dębska" in answer) == (typed != "601")


@pytest.mark.parametrize(("typed", "says_so"), [("601", False), ("700", False), ("7001", True)])
def test_nobody_is_called_unknown_before_they_are_looked_for(desk, halina, typed, says_so):
    assert ("Nobody the desk knows" in read(desk, number=typed)) == says_so


def test_a_whole_number_chooses_the_caller_and_shows_what_is_known(desk, halina, queue):
    neighbour = make_requester(name="Ewa Lis", organisation=halina.organisation)
    make_ticket(queue, requester=neighbour, subject="Nie drukuje")

    answer = read(desk, number="601 234 567")

    assert f'value="{halina.pk}" checked' in answer
    assert "Pusta faktura" in answer
    assert "Nie drukuje" in answer


def test_of_two_with_one_number_nobody_is_chosen(desk, halina, queue):
    other = make_requester(name="Jan Dębski", phone="601234567")
    make_ticket(queue, requester=other)

    answer = read(desk, number="601234567")

    assert "Jan Dębski" in answer
    assert "checked" not in answer
    assert keep(desk, number="601234567").status_code == 400


def test_by_another_number_of_theirs(desk, halina):
    PersonNumber.objects.create(person=halina, number="(22) 123 45 67", added_at=AT)

    assert "Halina Dębska" in read(desk, number="22 123 45 67")


@pytest.mark.parametrize("typed", [{"name": "debs"}, {"name": "halina dęb"}, {"email": "halina@lni"}])
def test_by_name_and_by_address(desk, halina, typed):
    assert "Halina Dębska" in read(desk, **typed)


def test_nobody_finds_people_of_another_team(sign_in, stranger, halina):
    client = sign_in(stranger)

    for typed in ({"number": "601234567"}, {"name": "Halina"}, {"email": "halina@lniana.example"}, {"who": halina.pk}):
        assert "Halina" not in read(client, **typed)


def test_on_a_duty_the_contact_is_masked_and_no_number_is_guessed_digit_by_digit(volunteer, halina):
    whole = read(volunteer, number="601 234 567")
    part = read(volunteer, number="601 234 56")

    assert "Halina Dębska" in whole
    assert "601 234 567" not in whole
    assert "…67" in whole
    assert "Halina" not in part
    assert "Halina" not in read(volunteer, email="halina@lni")
    assert "Halina" in read(volunteer, email="halina@lniana.example")


def test_looking_somebody_up_costs_few_statements(desk, halina, queue):
    def looked_up():
        with statements() as counted:
            read(desk, number="6012")
        return len(counted)

    looked_up()
    one = looked_up()
    for number in range(3):
        make_ticket(queue, requester=make_requester(phone=f"6012345{number}0"))

    assert looked_up() <= one


def test_a_call_is_kept_and_leads_to_its_ticket(desk, agent, halina):
    answer = keep(desk, number="601 234 567", length="4:30", mine="on")

    made = PhoneCall.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/tickets/{made.ticket_id}/")
    assert (made.person, made.seconds, made.ticket.assignee) == (halina, 270, agent)
    assert "took a call of 5 min" in shown(desk.get(answer["Location"]))


@pytest.mark.parametrize(("written", "seconds"), [("5", 300), ("5:30", 330), ("1:00:05", 3605), ("", 600)])
def test_the_length_may_be_written_or_left_to_the_clock(desk, halina, clock, written, seconds):
    clock.move_to(AT + 10 * MINUTE)

    keep(desk, number="601 234 567", length=written)

    assert PhoneCall.objects.get().seconds == seconds


def test_a_length_that_is_none_is_refused_and_nothing_typed_is_lost(desk, halina):
    answer = keep(desk, number="601 234 567", length="long")

    assert answer.status_code == 400
    assert "Pusta." in shown(answer)
    assert not PhoneCall.objects.exists()


def test_refused_by_the_action_everything_typed_stays(desk, halina):
    answer = keep(desk, number="601 234 567", outcome="call_back", back_at="2020-01-01T08:00")

    assert answer.status_code == 409
    assert "Pusta." in shown(answer)
    assert Ticket.objects.count() == 1


def test_on_a_ticket_that_is_there(desk, halina):
    ticket = Ticket.objects.get()

    answer = keep(desk, number="601 234 567", ticket=ticket.pk)

    assert answer["Location"] == f"/tickets/{ticket.pk}/"
    assert Ticket.objects.count() == 1


def test_from_a_ticket_its_requester_is_on_the_phone(desk, halina):
    ticket = Ticket.objects.get()

    page = shown(desk.get(f"/calls/new/?ticket={ticket.pk}"))

    assert f'value="{ticket.pk}" checked' in page
    assert f'value="{halina.pk}" checked' in page
    keep(desk, ticket=ticket.pk, outcome="as_is", direction="out")
    assert PhoneCall.objects.get().person == halina
    assert "called and talked for 4 min" in shown(desk.get(ticket.get_absolute_url()))


def test_a_ticket_out_of_sight_is_none(desk, stranger, sign_in, halina):
    ticket = Ticket.objects.get()

    assert sign_in(stranger).get(f"/calls/new/?ticket={ticket.pk}").status_code == 404
    assert keep(sign_in(stranger), ticket=ticket.pk).status_code == 404


def test_a_draft_is_kept_found_again_and_thrown_away(desk, agent):
    desk.post("/calls/draft/", {"key": KEY, "began": AT.isoformat(), "notes": "Zepsuty", "number": "601", "queue": ""})

    assert "601" in shown(desk.get("/calls/new/"))
    assert "Zepsuty" in shown(desk.get(f"/calls/new/?draft={KEY}"))
    desk.post("/calls/discard/", {"key": KEY})
    assert not CallDraft.objects.exists()


def test_a_draft_is_nobody_elses(desk, sign_in, stranger):
    desk.post("/calls/draft/", {"key": KEY, "began": AT.isoformat(), "notes": "Zepsuty"})
    other = sign_in(stranger)

    assert "Zepsuty" not in shown(other.get(f"/calls/new/?draft={KEY}"))
    other.post("/calls/discard/", {"key": KEY})
    assert CallDraft.objects.exists()


def test_without_a_script_the_caller_is_looked_up_by_a_button(desk, halina):
    answer = keep(desk, number="601 234 567", act="find")

    assert answer.status_code == 200
    assert f'value="{halina.pk}" checked' in shown(answer)
    assert not PhoneCall.objects.exists()


def test_no_telephone_no_page(sign_in, queue):
    colleague = make_colleague(language="en")
    make_grant(colleague, queue, channels=["email"])

    assert sign_in(colleague).get("/calls/new/").status_code == 404
