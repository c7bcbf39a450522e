"""What a search finds, for whom, and from what alone."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from helpdesk.lib.pagination import BadCursor
from tests.factories import (
    AT,
    HOUR,
    fresh,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_note,
    make_organisation,
    make_queue,
    make_reply,
    make_requester,
    make_requester_message,
    make_team,
    make_ticket,
)
from tickets.actions import indexing, linking, replying
from tickets.models import Attachment, Channel, Priority, SearchBackfill, SearchText, SearchWord, Status, Ticket, User
from tickets.queries.searching import conditions, find, find_own, read
from tickets.queries.searching.hits import worked_snippets
from tickets.searching import QueryError

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team("Shop team")


@pytest.fixture
def queue(team):
    return make_queue(team, name="Faktury i płatności", slug="billing")


@pytest.fixture
def agent(team, queue):
    return make_agent(team, name="Agnieszka Wrona", email="agnieszka@bursztyn.example")


def found(text: str, user: User, **more) -> list[int]:
    return [ticket.pk for ticket in find(read(text), fresh(user), at=AT, **more).rows]


def found_own(text: str, user: User) -> list[int]:
    return [ticket.pk for ticket in find_own(text, fresh(user), at=AT).rows]


@pytest.mark.parametrize(
    "text",
    [
        "faktura",
        "FAKTURAMI",
        "fakture",
        '"pustą fakturę"',
        "fakt*",
        "fakutra",
        "fktura",
        "pusta drukarki",
        "wozniak",
        "Woźniaka",
        "lniana",
        "subject:faktury",
        "requester:woźniak",
        "organisation:lniana",
        "k.wozniak@lniana.example",
        "requester:@lniana.example",
        "FV/12/2026",
        "12/2026",
        "-zwrot faktura",
        "faktura OR zwrot",
        "(zwrot OR pusty) faktur",
    ],
)
def test_words_are_found_in_every_place_and_form_also_mistyped(text, agent, queue):
    person = make_requester(
        name="Krystyna Woźniak", email="k.wozniak@lniana.example", organisation=make_organisation("Pracownia Lniana")
    )
    ticket = make_ticket(queue, requester=person, subject="Puste faktury", text="Mam pustą fakturę FV/12/2026.")
    make_requester_message(ticket, text="Drukarka jest dobra.")
    other = make_ticket(queue, subject="Reset hasła", text="Nie pamiętam.")

    assert found(text, agent) == [ticket.pk]
    assert found("haslo", agent) == [other.pk]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("status:open", True),
        ("status:new,open", True),
        ("-status:open", False),
        ("is:unsolved", True),
        ("is:open", True),
        ("queue:billing", True),
        ("queue:faktury", True),
        ("assignee:me", True),
        ("assignee:nobody", False),
        ("-is:mine", False),
        ('assignee:"Agnieszka Wrona"', True),
        ("assignee:agn", True),
        ("priority:high", True),
        ("priority>normal", True),
        ("priority<high", False),
        ("channel:email", True),
        ("kanal:telefon", False),
        ("team:shop", True),
        ("due<4h", True),
        ("due>4h", False),
        ("due:today", True),
        ("due:none", False),
        ("created:2026-03-09", True),
        ("created:>2026-03-09", False),
        ("created<2h", True),
        ("created>2h", False),
        ("created:2026-03", True),
        ("created:2026-03-01..2026-03-08", False),
        ("has:attachment", False),
        ("has:note", True),
        ("has:reply", True),
        ("is:at_risk", True),
        ("is:overdue", False),
        ("tag:zwrot", True),
        ("tag:ZWROT", True),
        ("-tag:zwrot", False),
        ("has:tag", True),
        ("is:spam", False),
        ("note:premium", True),
        ("note:faktura", False),
        ("is:answered", True),
        ("solved:today", False),
        ("is:snoozed", False),
    ],
)
def test_properties(text, is_found, agent, queue):
    at = AT - HOUR
    ticket = make_ticket(queue, at=at, subject="Faktura", priority=Priority.HIGH, channel=Channel.EMAIL, assignee=agent)
    make_reply(ticket, fresh(agent), at=at)
    make_note(ticket, fresh(agent), at=at, text="Klient premium.")
    Ticket.objects.filter(pk=ticket.pk).update(
        tags=["zwrot"], due_at=AT + HOUR, sla_state="running", status=Status.OPEN
    )

    assert found(text, agent) == ([ticket.pk] if is_found else [])
    of_one = Ticket.objects.filter(pk=ticket.pk).filter(conditions(read(text), fresh(agent), AT))
    assert of_one.exists() == is_found
    assert found(f"#{ticket.pk} number:{ticket.pk}", agent) == [ticket.pk]


@pytest.mark.parametrize(
    "text",
    [
        "㍿" * 400,  # plain, each is four letters: longer than any word that PostgreSQL keeps
        "㍿" * 200 + "-" + "㍿" * 200,
        f"{'㍿' * 400}*",
        f"subject:{'㍿' * 400}",
        f"note:{'㍿' * 400}",
        "subject:㏒",  # no letter as it stands, and letters when it is plain
        'subject:"ﾞ nic"',  # nothing is left of the first one
        "zzq@\x00",
        'requester:"ͺ nikt"',
    ],
)
def test_letters_that_become_many_or_none_find_nothing(text, agent, queue):
    make_ticket(queue)

    assert found(text, agent) == found(text, make_admin()) == found_own(text, make_requester()) == []


def test_names_that_nobody_has_are_mistakes_with_a_place(agent):
    for text, suggestion in (
        ("queue:bilings", "billing"),
        ("x assignee:agniezska", "Agnieszka"),
        ("team:shopp", "Shop"),
    ):
        with pytest.raises(QueryError) as caught:
            find(read(text), fresh(agent), at=AT)
        assert (text[caught.value.start :], caught.value.suggestion) == (text.partition(":")[2], suggestion)


def test_notes_and_foreign_tickets_do_not_exist_for_those_who_may_not_read_them(team, queue, agent):
    requester, mentor = make_requester(), agent
    ticket = make_ticket(queue, requester=requester, subject="Sklep", text="Nie działa.")
    make_note(ticket, mentor, text="Podejrzany o wyłudzenie.")
    foreign = make_ticket(queue, subject="Sklep", text="Wyłudzenie towaru.", channel=Channel.PHONE)
    volunteer = make_colleague()
    make_grant(volunteer, queue, is_reviewed=True)
    waiting = make_reply(ticket, fresh(volunteer), text="Sprawdzamy serwer.")
    stranger = make_agent(make_team())

    assert found("wyłudzenie", agent) == [foreign.pk, ticket.pk]
    assert found("wyłudzenie", volunteer) == [ticket.pk]
    assert found("note:wyłudzenia", volunteer) == [ticket.pk]
    assert found("wyłudzenie", stranger) == found("sklep", stranger) == []
    assert found_own("sklep", requester) == [ticket.pk]
    for text in ("wyłudzenie", "wyludzenie", "wyłudz", "podejrzani", "towaru", "serwer", "note:wyłudzenie", "has:note"):
        assert found_own(text, requester) == [], text

    replying.approve(message=waiting, by=make_lead(team), at=AT)

    assert found_own("serwera", requester) == [ticket.pk]


def test_who_may_not_see_addresses_finds_nothing_by_them(queue, agent):
    person = make_requester(name="tajny@klient.example", email="tajny@klient.example")
    ticket = make_ticket(queue, requester=person, subject="Pytanie")
    volunteer = make_colleague()
    make_grant(volunteer, queue)

    for text in ("tajny@klient.example", "requester:tajny@klient.example", "requester:@klient.example"):
        assert found(text, agent) == [ticket.pk]
        assert found(text, volunteer) == []
    assert found("requester:tajny", volunteer) == found("requester:tajny", agent) == []
    assert found("pytanie", volunteer) == [ticket.pk]


def test_a_search_of_a_requester_or_volunteer_reads_the_texts_in_sight_and_no_others(queue, agent):
    """What others wrote can then change neither the answer nor the time it takes."""
    requester, volunteer = make_requester(), make_colleague()
    make_grant(volunteer, queue)
    make_ticket(queue, requester=requester, subject="Sklep")
    for _each in range(30):
        make_ticket(make_queue(), subject="Sklep")
    with connection.cursor() as cursor:
        cursor.execute("analyze; set local enable_seqscan = off")

    for search in (lambda: found("sklep", volunteer), lambda: found_own("sklep", requester)):
        with CaptureQueriesContext(connection) as captured:
            assert len(search()) == 1
        reads = [each["sql"] for each in captured if "tickets_searchtext" in each["sql"]]
        plans = [_plan(sql) for sql in reads]
        assert plans
        assert not [plan for plan in plans if "public_words" in plan or "internal_words" in plan]
        assert not [plan for plan in plans if re.search(r"Seq Scan on tickets_searchtext", plan)]


def test_a_link_to_a_foreign_ticket_is_none(queue, agent):
    admin, volunteer = make_admin(), make_colleague()
    make_grant(volunteer, queue)
    first, second, third = (make_ticket(queue) for _each in range(3))
    linking.link(ticket=first, other=second, relation=linking.Relation.RELATED, by=fresh(agent), at=AT)
    linking.link(ticket=third, other=make_ticket(make_queue()), relation=linking.Relation.RELATED, by=admin, at=AT)

    assert found(f"has:link number<={third.pk}", admin) == [third.pk, second.pk, first.pk]
    for person in (agent, volunteer):
        assert found("has:link", person) == [second.pk, first.pk]


def test_one_word_or_two_with_a_dash(queue, agent):
    with_dash = make_ticket(queue, subject="Guest Wi-Fi in the room")
    without = make_ticket(queue, subject="Goście i wifi")

    assert found("wi-fi", agent) == [without.pk, with_dash.pk]
    assert found("guest wifi", agent) == found("subject:wifi guest", agent) == [with_dash.pk]
    assert found("wifi", agent) == [without.pk]
    assert found('"wi-fi"', agent) == [with_dash.pk]


def test_a_near_word_tells_a_volunteer_nothing_of_what_others_wrote(queue):
    """A word of one's own that only a foreign word is near to: finding it would say that the foreign word exists."""
    volunteer, requester = make_colleague(), make_requester()
    make_grant(volunteer, queue)
    own = make_ticket(queue, requester=requester, text="Dotyczy Grzegorczykiem i bledkowskiego.")
    foreign = make_ticket(make_queue(), text="Cisza.")
    probes = ("grzagorczyx", "bladkowski")
    before = [[found(text, volunteer), found_own(text, requester)] for text in probes]
    make_note(foreign, make_admin(), text="Zwalniamy Grzegorczyk, skarga na Błądkowski.")
    indexing.learn_words()

    assert found("grzagorczyx", make_admin()) == [foreign.pk, own.pk]
    assert before == [[found(text, volunteer), found_own(text, requester)] for text in probes] == [[[], []]] * 2


@pytest.mark.parametrize("typed", ["kalorifar", "kalorifer", "kaloryfr"])
def test_a_near_word_tells_an_agent_nothing_of_what_other_teams_wrote(queue, agent, typed):
    """The nearest word may be a foreign one, which finds nothing: the agent's own is found all the same."""
    ticket = make_ticket(queue, subject="Kaloryfer przecieka")
    before = found(typed, agent)

    foreign = make_ticket(make_queue(make_team("Foreign")), subject="Kalorifer tajny")
    indexing.learn_words()

    assert found("kalorifer", make_agent(foreign.queue.team)) == [foreign.pk]
    assert before == found(typed, agent) == [ticket.pk]


def test_a_volunteer_finds_other_forms_and_mistyped_words_of_what_is_in_sight(queue):
    volunteer = make_colleague()
    make_grant(volunteer, queue)
    ticket = make_ticket(queue, subject="Faktury z paczki, błąd")
    make_note(ticket, make_admin(), text="Serwer fakturowania stoi.")

    for text in ("fakturze", "fakutra", "paczek", "note:serwera", "paczk", "błędów"):
        assert found(text, volunteer) == [ticket.pk], text


def _plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"explain {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())


def test_pages_in_parts_hold_every_ticket_once(queue, agent, monkeypatch):
    numbers = [make_ticket(queue, subject=f"Sklep {each}").pk for each in range(7)]
    monkeypatch.setattr("tickets.queries.searching.finding.FEW", -1)  # as if the word were everywhere

    pages, cursor = [], None
    while True:
        page = find(read("sklep"), fresh(agent), at=AT, size=3, cursor=cursor)
        pages += [ticket.pk for ticket in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert pages == sorted(numbers, reverse=True)


QUERIES = (
    "faktura",
    "faktura zwrot",
    "faktura -zwrot",
    "zwrot OR paczka",
    "zwrot OR is:unassigned",
    "faktura (zwrot OR paczka)",
    '"faktura pusta" zwrot',
    "NUMBER",
    "NUMBER faktura",
    "#NUMBER",
    "anna@lniana.example",
    "anna@lniana.example faktura",
    "has:attachment",
    "-has:attachment faktura",
    "has:note zwrot",
    "-has:note",
    "subject:faktura zwrot",
)


@pytest.mark.parametrize("way", ["at once", "from a rare word", "in parts", "in large parts"])
def test_every_way_of_finding_finds_the_same(queue, agent, monkeypatch, way):
    """Asked ticket by ticket, without any index of words, is what all of them must come to."""
    anna = make_requester(name="Anna", email="anna@lniana.example")
    tickets = [
        make_ticket(queue, requester=anna, subject="Faktura pusta", text="Proszę o zwrot"),
        make_ticket(queue, subject="Faktura", text="Dziękuję"),
        make_ticket(queue, subject="Zwrot", text="paczka nie przyszła"),
        make_ticket(queue, subject="Paczka", text="Napisała anna@lniana.example"),
        make_ticket(queue, subject="Faktura i nic więcej"),
    ]
    make_note(tickets[1], by=agent, text="zwrot już był")
    make_note(tickets[2], by=agent, text=f"jak w {tickets[0].pk}")
    file = {"name": "a.pdf", "content_type": "application/pdf", "size": 1, "sha256": "0" * 64}
    for ticket in (tickets[0], tickets[3]):
        Attachment.objects.create(message=ticket.messages.get(is_from_requester=True), **file)
    monkeypatch.setattr("tickets.queries.searching.finding.FEW", 10**9 if way == "from a rare word" else -1)
    if way == "at once":
        monkeypatch.setattr("tickets.queries.searching.finding.COST_OF_A_TICKET", 10**9)
    if way == "in large parts":
        monkeypatch.setattr("tickets.queries.searching.meaning.ASKED_IN_TURN", 0)
    person = fresh(agent)

    for text in (query.replace("NUMBER", str(tickets[0].pk)) for query in QUERIES):
        wanted = Ticket.objects.worked_by(person, AT).filter(conditions(read(text), person, AT)).order_by("-pk")
        assert found(text, agent) == [ticket.pk for ticket in wanted] != [], text


def test_words_numbers_and_addresses_are_found_without_reading_all_tickets(queue, agent):
    make_ticket(queue, requester=make_requester(email="anna@lniana.example"), text="paczka 6833094991")
    with connection.cursor() as cursor:
        cursor.execute("analyze; set local enable_seqscan = off")

    for text in ("6833094991", "anna@lniana.example", "paczka OR zwrot", "paczka 6833094991"):
        with CaptureQueriesContext(connection) as captured:
            found(text, agent)
        plans = [
            _plan(each["sql"]) for each in captured if each["sql"].startswith("SELECT") and "to_tsquery" in each["sql"]
        ]
        assert plans
        assert not [plan for plan in plans if "Seq Scan on tickets_ticket" in plan], text


def test_vectors_follow_what_changes(queue, agent):
    person = make_requester(name="Anna Nowak")
    ticket = make_ticket(queue, requester=person, subject="Dawny temat", text="Dawna treść")
    Ticket.objects.filter(pk=ticket.pk).update(subject="Nowiutki temat")
    person.name = "Anna Kowalewska"
    person.save()
    ticket.messages.update(text="Zmieniona wiadomość")

    assert found("nowiutki kowalewska zmieniona", agent) == [ticket.pk]
    assert found('"dawny temat"', agent) == found("requester:nowak", agent) == found('"dawna treść"', agent) == []


def test_what_was_there_before_is_filled_in_newest_first(queue, agent):
    ticket = make_ticket(queue, subject="Archiwum", text="Stare sprawy")
    SearchText.objects.all().delete()
    SearchWord.objects.all().delete()
    indexing.begin_backfill()

    before = find(read("stary"), fresh(agent), at=AT)
    while indexing.backfill(batches=3):
        pass
    indexing.learn_words()

    assert (before.rows, before.not_indexed_below) == ([], ticket.pk + 1)
    assert found("archiwum stara", agent) == [ticket.pk]
    assert not SearchBackfill.objects.exists()
    assert not SearchWord.objects.filter(keys__isnull=True).exists()


def test_snippets_show_the_words_where_they_stand(queue, agent):
    ticket = make_ticket(queue, subject="Pytanie", text="Dzień dobry, proszę o fakturę za marzec.")
    page = find(read("faktury"), fresh(agent), at=AT)

    pieces = worked_snippets(page.rows, page.words, fresh(agent), AT, readable=str)[ticket.pk]

    assert ("fakturę", True) in pieces


def test_spam_is_found_only_by_those_who_ask_for_it(queue):
    ticket = make_ticket(queue, subject="Wygrana")
    Ticket.objects.filter(pk=ticket.pk).update(removed_as="spam", removed_at=AT)
    admin = make_admin()

    assert found("wygrana", admin) == []
    assert found("wygrana is:spam", admin) == [ticket.pk]


def found_with_missing(text: str, user: User, **more) -> tuple[list[int], int]:
    page = find(read(text), fresh(user), at=AT, **more)
    return [ticket.pk for ticket in page.rows], page.left_out


def test_when_nothing_holds_all_words_most_of_them_are_enough(queue, agent):
    invoice = make_ticket(queue, subject="Pusta faktura", text="Wydruk jest biały.")
    make_note(invoice, agent, text="Klient premium.")
    make_ticket(queue, subject="Faktura", text="Korekta.")
    toner = make_ticket(queue, subject="Toner", text="Wydruk jest blady.")

    for text in (
        "pusta faktura zielonkawa",
        "fakturę pustą zielonkawa wydruk",
        "fakutra pusta zielonkawa",
        "queue:billing pusta faktura zielonkawa",
        "premium faktura zielonkawa",
    ):
        assert found_with_missing(text, agent) == ([invoice.pk], 1), text
    assert found_with_missing("pusta faktura wydruk", agent) == ([invoice.pk], 0)
    assert found_with_missing("zielonkawa fioletowa toner wydruk", agent) == ([toner.pk], 2)


def test_of_two_words_the_rarer_one_counts_when_nothing_holds_both(queue, agent):
    toner = make_ticket(queue, subject="Toner")
    invoices = [make_ticket(queue, subject="Faktura").pk for _each in range(3)]

    assert found_with_missing("faktura zielonkawa", agent) == (sorted(invoices, reverse=True), 1)
    assert found_with_missing("zielonkawa toner", agent) == ([toner.pk], 1)
    assert found_with_missing("toner zielonkawa niebieskawa", agent) == ([toner.pk], 2)


def test_which_of_two_words_counts_follows_from_nothing_but_what_the_reader_sees(queue, agent):
    toner = make_ticket(queue, subject="Toner")
    for _each in range(3):
        make_ticket(queue, subject="Drukarka")
    elsewhere = make_queue(name="Kadry")
    for _each in range(40):
        make_ticket(elsewhere, subject="Toner", text="Toner się skończył.")
    with connection.cursor() as cursor:
        cursor.execute("analyze tickets_searchtext")

    assert found_with_missing("drukarka toner", agent) == ([toner.pk], 1)
    assert toner.pk not in found("drukarka toner", make_admin())


@pytest.mark.parametrize(
    "text",
    [
        "pusta AND faktura AND zielonkawa",
        '"pusta faktura" zielonkawa',
        "pusta faktura -biały zielonkawa",
        "(pusta faktura) zielonkawa",
        "zielonkawa faktura (pusta OR toner)",
        "NOT toner faktura zielonkawa",
        "faktura status:solved",
        "faktura #99999",
        "zielonkawa niebieskawa",
    ],
)
def test_what_is_joined_or_quoted_is_meant_as_it_stands(queue, agent, text):
    make_ticket(queue, subject="Pusta faktura", text="Wydruk jest biały.")

    assert found_with_missing(text, agent) == ([], 0)
    assert found_with_missing("pusta faktura zielonkawa", agent)[1] == 1


def test_pages_of_most_words_go_on_as_they_began(queue, agent):
    numbers = [make_ticket(queue, subject="Pusta faktura", text="Biała.").pk for _each in range(4)]
    make_ticket(queue, subject="Faktura")
    text = "biała faktura zielonkawa pusta"

    pages, cursor, missing = [], None, set()
    while True:
        page = find(read(text), fresh(agent), at=AT, size=3, cursor=cursor)
        pages += [ticket.pk for ticket in page.rows]
        missing.add(page.left_out)
        cursor = page.next_cursor
        if cursor is None:
            break

    assert (pages, missing) == (sorted(numbers, reverse=True), {1})


def test_a_mark_of_another_search_is_refused(queue, agent):
    for _each in range(2):
        make_ticket(queue, subject="Pusta faktura")
    cursor = find(read("pusta faktura zielonkawa"), fresh(agent), at=AT, size=1).next_cursor

    with pytest.raises(BadCursor):
        find(read("toner"), fresh(agent), at=AT, cursor=cursor)


@pytest.mark.parametrize("way", ["at once", "in parts"])
def test_most_words_are_the_same_however_they_are_found(queue, agent, monkeypatch, way):
    person = make_requester(name="Anna", email="anna@lniana.example")
    by_anna = make_ticket(queue, requester=person, subject="Pusta faktura")
    numbered = make_ticket(queue, subject=f"Pusta jak {by_anna.pk}", text="wydruk")
    make_ticket(queue, subject="Pusta")
    make_reply(by_anna, fresh(agent), text="Wysłaliśmy wydruk.")
    monkeypatch.setattr("tickets.queries.searching.finding.COST_OF_A_TICKET", 10**9 if way == "at once" else -1)

    assert found_with_missing(f"pusta zielonkawa {by_anna.pk} anna@lniana.example", agent) == ([by_anna.pk], 1)
    assert found_with_missing(f"pusta wydruk {by_anna.pk} zielonkawa", agent) == ([numbered.pk, by_anna.pk], 1)


def test_most_of_the_words_tells_nobody_of_texts_out_of_sight(queue, agent):
    """Words that stand in a note or a foreign ticket alone are missing words like any other: neither what is found nor
    how many words may be missing changes with them."""
    volunteer, requester = make_colleague(), make_requester()
    make_grant(volunteer, queue)
    own = make_ticket(queue, requester=requester, subject="Sklep stoi", text="Od rana.")
    foreign = make_ticket(make_queue(), subject="Cisza")
    probes = ("sklep stoi wyłudzenie", "sklep wyłudzenie", "wyłudzenie oszust", "wyludzenia stoi sklep")

    def answers():
        return [
            [(page.rows, page.left_out, page.words) for page in pages]
            for text in probes
            for pages in [
                (find(read(text), fresh(volunteer), at=AT), find_own(text, fresh(requester), at=AT)),
            ]
        ]

    before = answers()
    make_note(foreign, make_admin(), text="Wyłudzenie, oszust.")
    indexing.learn_words()
    assert answers() == before
    assert [[each.pk for each in rows] for rows, *_more in before[0]] == [[own.pk]] * 2

    make_note(own, fresh(agent), text="Podejrzane wyłudzenie.")

    assert found_with_missing("sklep stoi wyłudzenie", volunteer) == ([own.pk], 0)
    page = find_own("sklep stoi wyłudzenie", fresh(requester), at=AT)
    assert ([each.pk for each in page.rows], page.left_out) == ([own.pk], 1)


def test_the_same_words_find_everybody_what_is_theirs_whoever_asked_before(queue, agent):
    """Statements are kept by rights: numbers, marked words and words of no weight have their own."""
    other_queue = make_queue()
    ours, theirs = make_ticket(queue, subject="Zwrot paczki"), make_ticket(other_queue, subject="Zwrot paczki")
    hidden = make_ticket(make_queue(), subject="Zwrot paczki")
    beside, other, both, admin = make_agent(queue.team), make_agent(other_queue.team), make_agent(), make_admin()
    for team in (queue.team, other_queue.team):
        team.memberships.create(user=both)
    expected = [
        (agent, [ours]), (other, [theirs]), (both, [theirs, ours]), (beside, [ours]), (admin, [hidden, theirs, ours]),
    ]  # fmt: skip

    for _turn in range(2):
        for person, tickets in expected:
            numbers = [ticket.pk for ticket in tickets]
            for text in ("zwrot", "zwrot paczki", "paczki i zwrot", '"zwrot paczki"', "zwrot zwrot"):
                assert found(text, person) == numbers, text
            for ticket in (ours, theirs, hidden):
                only = [ticket.pk] if ticket in tickets else []
                for text in (f"{ticket.pk}", f"#{ticket.pk}", f"#{ticket.pk} zwrot", f"zwrot #{ticket.pk}"):
                    assert found(text, person) == only, text
