"""Logging a favour in a page and in the dialog, and the form behind the kind link."""

import re

import pytest

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_colleague,
    make_grant,
    make_lead,
    make_organisation,
    make_queue,
    make_requester,
    make_ticket,
)
from tests.tickets.views.conftest import HTMX, shown, statements
from tickets.actions import walkups
from tickets.models import Outbox, Ticket, User, WalkUp
from tickets.queries import askers


@pytest.fixture
def anna(queue):
    person = make_requester(name="Anna Kowal", email="anna@b.example", organisation=make_organisation("Sprzedaż"))
    make_ticket(queue, requester=person)
    return person


def log(desk, line, **more):
    return desk.post("/walk-ups/new/", {"line": line, "key": "k" * 16, **more})


def test_one_line_logs_a_favour_that_has_just_ended(desk, agent, anna, queue):
    answer = log(desk, "anna kow java 15")

    found = WalkUp.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, "/walk-ups/new/")
    assert (found.requester, found.what, found.minutes, found.queue) == (anna, "java", 15, queue)
    assert (found.at, found.logged_at, found.outcome) == (AT - 15 * MINUTE, AT, "done")


def test_with_its_real_time_after_the_fact(desk, anna, clock):
    clock.move_to(AT + 4 * HOUR)

    log(desk, "anna java 15 od 9:40")

    assert WalkUp.objects.get().at == AT + 100 * MINUTE


def test_a_time_to_come_is_refused_and_nothing_typed_is_lost(desk, anna):
    answer = log(desk, "anna java 15 od 9:40")

    assert answer.status_code == 400
    assert 'value="anna java 15 od 9:40"' in shown(answer)
    assert not WalkUp.objects.exists()


@pytest.mark.parametrize("line", ["", "anna", "anna 10"])
def test_who_without_what_is_refused(desk, anna, line):
    answer = log(desk, line)

    assert answer.status_code == 400
    assert "Write" in shown(answer)


def test_of_two_whom_the_line_may_mean_somebody_chooses(desk, queue):
    people = [make_colleague(name=name) for name in ("Anna Bąk", "Anna Cis")]

    asked = log(desk, "anna java 5")
    assert asked.status_code == 400
    assert "Several people may be meant" in shown(asked)
    assert re.findall(r'name="who" value="(\d+)"', shown(asked)) == [*(str(each.pk) for each in people), "0"]

    log(desk, "anna java 5", who=people[1].pk)

    assert WalkUp.objects.get().requester == people[1]


def test_whoever_asked_more_lately_is_meant(desk, agent, queue):
    often, seldom = make_colleague(name="Anna Cis"), make_colleague(name="Anna Bąk")
    for number, person in enumerate((often, often, seldom)):
        walkups.log_walk_up(
            who=walkups.Asker(person), what="x", minutes=5, outcome="done", queue=queue, by=agent, at=AT - HOUR,
            logged_at=AT, key=f"key-{number:05}",
        )  # fmt: skip

    read = askers.read("anna java", agent, at=AT)

    assert [each.person for each in read.candidates] == [often, seldom]
    assert read.who.person == often


def test_a_department_tells_two_apart_and_is_no_part_of_what(desk, agent, queue):
    there = make_colleague(name="Marek Cis", organisation=make_organisation("Bursztyn, Sprzedaż"))
    make_colleague(name="Marek Bąk", organisation=make_organisation("Bursztyn, Kadry"))

    read = askers.read("marek sprz vpn 10", agent, at=AT)

    assert (read.who.person, read.what) == (there, "vpn")


def test_requesters_of_other_teams_are_found_by_nobody(desk, agent, stranger, anna, sign_in):
    colleague = make_colleague(name="Anna Nowak")

    own = askers.read("anna", agent, at=AT)
    foreign = askers.read("anna", stranger, at=AT)

    assert {each.person for each in own.candidates} == {anna, colleague}
    assert {each.person for each in foreign.candidates} == {colleague}
    assert "Kowal" not in shown(sign_in(stranger).get("/walk-ups/read/", {"line": "anna"}))


def test_who_is_called_by_an_address_gives_it_to_nobody(desk, agent, queue):
    make_ticket(queue, requester=make_requester(name="anna@skryte.example", email="anna@skryte.example"))

    assert "skryte" not in shown(desk.get("/walk-ups/read/", {"line": "ann"}))


def test_somebody_else_of_the_same_first_name_is_somebody_new(desk, anna):
    offered = shown(desk.get("/walk-ups/read/", {"line": "anna java"}))
    assert 'name="who" value="0"' in offered
    assert 'value="0"' not in shown(desk.get("/walk-ups/read/", {"line": "ann java"}))

    log(desk, "Anna java 5", who=askers.SOMEBODY_NEW)

    found = WalkUp.objects.get()
    assert found.requester != anna
    assert (found.requester.name, found.what) == ("Anna", "java")


def test_a_whole_name_that_nobody_has_is_somebody_new_though_a_longer_first_name_begins_like_it(desk, queue):
    """Bogumił is the beginning of Bogumiła, and there was no way to say that he is meant."""
    for name in ("Bogumiła Kłos", "Bogumiła Kozioł"):
        make_ticket(queue, requester=make_requester(name=name))

    answer = log(desk, "Bogumił Nowosielski drukarka 5")

    found = WalkUp.objects.get()
    assert answer.status_code == 302
    assert (str(found.requester or found.asker_name), found.what) == ("Bogumił Nowosielski", "drukarka")


def test_whoever_comes_time_and_again_is_meant_before_somebody_new(desk, agent, queue):
    regular = make_requester(name="Bogumiła Kłos")
    make_ticket(queue, requester=regular)
    log(desk, "bogumiła toner 5")

    read = askers.read("Bogumił Excel wykres 5", agent, at=AT)

    assert (read.who and read.who.person, read.what) == (regular, "Excel wykres")
    assert read.new_name == "Bogumił"


def test_what_is_written_with_a_capital_letter_is_no_surname(desk):
    log(desk, "Kuba Excel nie działa 5")

    found = WalkUp.objects.get()
    assert (str(found.requester or found.asker_name), found.what) == ("Kuba", "Excel nie działa")


def test_where_the_name_of_somebody_new_ends_can_be_said(desk):
    line = "Kuba Wniosek do podpisu 5"
    read = shown(desk.get("/walk-ups/read/", {"line": line}))
    assert re.findall(r'name="who" value="(.*?)" id="asker(.*?)"( checked)?', read) == [
        ("", "", " checked"),
        ("-1", "-1", ""),
    ]
    chosen = shown(desk.get("/walk-ups/read/", {"line": line, "who": "-1"}))
    assert '<b class="breakable">Wniosek do podpisu</b>' in chosen

    log(desk, line, who=-1)

    found = WalkUp.objects.get()
    assert (str(found.requester or found.asker_name), found.what) == ("Kuba", "Wniosek do podpisu")


@pytest.mark.parametrize("who", [-3, -2])
def test_a_name_longer_than_it_can_be_is_not_taken(desk, who):
    log(desk, "kuba toner 5", who=who)

    found = WalkUp.objects.get()
    assert (str(found.requester or found.asker_name), found.what) == ("Kuba", "toner")


def test_the_page_without_a_script_tells_the_sum_of_the_day_once(desk, anna):
    log(desk, "anna java 10")

    assert shown(desk.get("/walk-ups/new/")).count("Today: 1 walk-up, 10 min.") == 1


def test_taken_back_on_its_own_page_it_leads_to_the_sums(desk, anna):
    log(desk, "anna java 10")
    url = f"/walk-ups/{WalkUp.objects.get().pk}/"

    answer = desk.post(f"{url}undo/", HTTP_REFERER=f"http://testserver{url}")

    assert answer["Location"] == "/favours/"
    assert desk.get(url).status_code == 404


def test_a_chosen_person_who_does_not_fit_the_line_is_not_taken(desk, anna):
    other = make_colleague(name="Jan Lis")

    log(desk, "anna java 5", who=other.pk)

    assert WalkUp.objects.get().requester == anna


def test_reading_says_what_would_be_logged_in_few_statements(desk, anna, queue):
    desk.get("/queue/")
    with statements() as first:
        said = shown(desk.get("/walk-ups/read/", {"line": "anna java 1h30"}))
    for _ in range(20):
        make_colleague(name="Anna Nowak")
    with statements() as second:
        desk.get("/walk-ups/read/", {"line": "anna java 1h30"})

    assert "Anna Kowal" in said and "1 h 30" in said and "java" in said
    assert len(second) == len(first) <= 9


def test_the_dialog_is_answered_by_a_toast_with_a_way_back(desk, anna):
    answer = desk.post("/walk-ups/new/", {"line": "anna java 10", "key": "k" * 16}, **HTMX)

    number = WalkUp.objects.get().pk
    assert answer["HX-Trigger"] == "walk-up-logged"
    assert f'action="/walk-ups/{number}/undo/"' in shown(answer)

    back = desk.post(f"/walk-ups/{number}/undo/", HTTP_REFERER="http://testserver/queue/?view=mine")

    assert (back.status_code, back["Location"]) == (302, "/queue/?view=mine")
    assert Ticket.objects.get(subject="java").removed_as == "deleted"


def test_pressed_twice_it_is_logged_once(desk, anna):
    log(desk, "anna java 10")
    log(desk, "anna java 10")

    assert WalkUp.objects.count() == 1


def test_the_next_one_goes_where_the_last_one_went(desk, agent, team, queue, anna):
    second = make_queue(team, name="Second")

    log(desk, "anna java 10", queue=second.pk)
    log(desk, "anna java 10", key="l" * 16)

    assert [each.queue for each in WalkUp.objects.order_by("pk")] == [second, second]


def test_asked_to_file_shows_the_sentence_the_code_and_the_mail(desk, agent, anna):
    answer = desk.post("/walk-ups/new/", {"line": "anna java 1", "outcome": "asked_to_file", "key": "k" * 16}, **HTMX)
    walk_up = WalkUp.objects.get()
    said = shown(answer)
    assert answer["HX-Retarget"] == "#walk-up-link"
    assert walkups.url_of(walk_up) in said and "<path d=" in said and "Do me a favour and file it" in said

    mailed = desk.post(f"/walk-ups/{walk_up.pk}/mail/", **HTMX)

    assert mailed["HX-Trigger"] == "walk-up-logged"
    assert Outbox.objects.get().address == "anna@b.example"
    assert "mailed" in shown(desk.get(f"/walk-ups/{walk_up.pk}/"))


def test_a_favour_is_corrected_by_its_helper_and_only_seen_by_the_lead(desk, agent, team, anna, sign_in):
    log(desk, "anna java 10")
    url = f"/walk-ups/{WalkUp.objects.get().pk}/"
    right = {"what": "Java 21", "minutes": "25", "day": "2026-03-09", "began": "07:30"}
    lead = sign_in(make_lead(team, language="en"))

    assert desk.post(url, right).status_code == 302
    seen = lead.get(url)

    found = WalkUp.objects.get()
    assert (found.what, found.minutes, found.at) == ("Java 21", 25, AT - 30 * MINUTE)
    assert seen.status_code == 200
    assert agent.name not in shown(seen) and "Correct it" not in shown(seen)
    assert lead.post(url, right).status_code == 404
    User.objects.filter(pk=agent.pk).update(shows_favours=True)
    assert agent.name in shown(lead.get(url))
    assert desk.post(url, right | {"minutes": "0"}).status_code == 400


@pytest.mark.parametrize("url", ["/walk-ups/new/", "/walk-ups/read/"])
def test_whoever_has_no_desk_finds_nothing(sign_in, anna, queue, url):
    off_duty, on_duty = make_colleague(), make_colleague()
    make_grant(off_duty, queue, start=AT + HOUR, end=AT + 2 * HOUR)
    make_grant(on_duty, queue)

    assert sign_in(off_duty).get(url).status_code == 404
    assert sign_in(anna).get(url).status_code == 404
    assert sign_in(on_duty).get(url).status_code == 200


@pytest.mark.parametrize("url", ["/walk-ups/1/undo/", "/walk-ups/1/mail/"])
def test_what_changes_something_takes_a_post(desk, url):
    assert desk.get(url).status_code == 405


# The form behind the link


@pytest.fixture
def link(desk, agent, anna):
    desk.post("/walk-ups/new/", {"line": "anna java 1", "outcome": "asked_to_file", "key": "k" * 16})
    return "/f/" + walkups.token_of(WalkUp.objects.get()) + "/"


def test_the_form_is_prefilled_and_files_once(client, link, anna):
    form = shown(client.get(link))
    assert 'value="java"' in form and "Agnieszka Wrona" in form and 'name="email"' not in form
    assert "anna@b.example" not in form

    answer = client.post(link, {"subject": "Java na laptopie", "text": "Od rana"}, follow=True)
    again = client.post(link, {"subject": "Java", "text": "Od rana"}, follow=True)

    ticket = Ticket.objects.get(channel="web")
    assert (ticket.requester, ticket.subject, ticket.walk_up.filed_at) == (anna, "Java na laptopie", AT)
    assert f"#{ticket.pk}" in shown(answer) and f"#{ticket.pk}" in shown(again)
    assert Outbox.objects.get().kind == "acknowledgement"
    assert "sessionid" not in client.cookies


def test_somebody_nobody_knows_tells_the_address(client, desk, agent, queue):
    desk.post("/walk-ups/new/", {"line": "Zofia druk 1", "outcome": "asked_to_file", "key": "k" * 16})
    link = "/f/" + walkups.token_of(WalkUp.objects.get()) + "/"

    refused = client.post(link, {"subject": "druk", "text": "", "name": "Zofia"})
    client.post(link, {"subject": "druk", "text": "", "name": "Zofia Lis", "email": "zofia@b.example"})

    assert refused.status_code == 400
    assert WalkUp.objects.get().requester.name == "Zofia Lis"


def test_a_link_that_is_over_says_so(client, link, clock):
    clock.advance(days=31)

    assert client.get(link).status_code == 410
    assert client.get("/f/nonsense/").status_code == 410
    assert client.post(link, {"subject": "x"}).status_code == 410


def test_agents_of_other_teams_log_nothing_here(sign_in, stranger, queue, anna):
    answer = sign_in(stranger).post("/walk-ups/new/", {"line": "x y 5", "queue": queue.pk, "key": "k" * 16})

    assert answer.status_code == 400
    assert not WalkUp.objects.exists()
