"""The requester's own page: behind a signed link, and after signing in."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import (
    AT,
    MINUTE,
    fresh,
    make_note,
    make_reply,
    make_requester,
    make_requester_message,
    make_ticket,
    share,
)
from tests.tickets.views.conftest import shown, statements
from tickets.actions.attaching import File
from tickets.actions.noting import note
from tickets.models import Channel, Message, Status, Ticket
from tickets.queries import cases
from tickets.signed_links import url_for


@pytest.fixture
def ticket(queue):
    requester = make_requester(name="Halina Dębska", language="en", password="correct horse")
    return make_ticket(queue, requester=requester, subject="Pusta faktura")


@pytest.fixture
def link(ticket, settings):
    return url_for(ticket, ticket.requester).removeprefix(settings.SITE_URL)


def test_a_link_opens_the_own_case_and_signs_nobody_in(client, ticket, link, agent):
    make_reply(ticket, agent, text="Już sprawdzam.")

    page = shown(client.get(link))

    assert "Pusta faktura" in page
    assert "Już sprawdzam." in page
    assert "sessionid" not in client.cookies
    assert 'name="robots" content="noindex"' in page


def test_notes_and_other_requests_stay_inside(client, ticket, link, agent, queue):
    make_note(ticket, agent, text="Tylko dla nas.")
    make_ticket(queue, requester=ticket.requester, subject="Druga sprawa")

    page = shown(client.get(link))

    assert "Od rana nic nie działa." in page
    assert "Tylko dla nas." not in page
    assert "Druga sprawa" not in page


@pytest.mark.parametrize("number", [1, 30])
def test_the_case_costs_the_same_whatever_it_holds(client, ticket, link, number):
    for each in range(number):
        make_requester_message(ticket, at=AT + each * MINUTE)

    with statements() as sent:
        client.get(link)

    assert len(sent) == 3


def test_a_forged_link_opens_nothing(client, link):
    other = re.sub(r"/r/\d+", "/r/9999", link)

    for address in (other, link[:-3] + "/", "/r/nonsense/"):
        assert client.get(address).status_code == 410
    assert client.post(f"{other}answer/", {"text": "x"}).status_code == 410


def test_a_link_ends_after_ninety_days(client, link, settings, monkeypatch):
    monkeypatch.setattr("tickets.signed_links.MAX_AGE_S", -1)

    response = client.get(link)

    assert response.status_code == 410
    assert "This link does not work any more" in shown(response)


def test_an_answer_arrives_with_its_file(client, ticket, link, agent):
    make_reply(ticket, agent, next_status=Status.WAITING)
    data = {"text": "Numer 2231.", "files": [SimpleUploadedFile("zrzut.png", b"\x89PNG\r\n\x1a\n")]}

    response = client.post(f"{link}answer/", data, follow=True)

    answer = ticket.messages.order_by("-pk").first()
    assert response.redirect_chain[-1][0] == link
    assert (answer.text, answer.author, answer.is_from_requester) == ("Numer 2231.", ticket.requester, True)
    assert answer.channel == Channel.WEB
    assert answer.attachments.get().name == "zrzut.png"
    assert Ticket.objects.get(pk=ticket.pk).status == Status.OPEN
    assert "The answer has reached us." in shown(response)


def test_an_empty_answer_says_so(client, link, ticket):
    response = client.post(f"{link}answer/", {"text": " "})

    assert response.status_code == 409
    assert "Write something first." in shown(response)


def test_ending_a_case_asks_once(client, ticket, link):
    page = shown(client.get(f"{link}solved/"))
    assert "Is it solved?" in page
    assert Ticket.objects.get(pk=ticket.pk).status == Status.NEW

    response = client.post(f"{link}solved/", follow=True)

    assert Ticket.objects.get(pk=ticket.pk).status == Status.SOLVED
    assert "The case is solved." in shown(response)
    assert "It is solved, thank you" not in shown(response)


def test_a_closed_case_takes_no_answer(client, queue, settings):
    ticket = make_ticket(queue, requester=make_requester(language="en"), status=Status.CLOSED)
    link = url_for(ticket, ticket.requester).removeprefix(settings.SITE_URL)

    assert "This case is closed." in shown(client.get(link))
    assert client.post(f"{link}answer/", {"text": "Halo"}).status_code == 409


def test_a_person_with_whom_it_is_shared_reads_and_does_not_write(client, ticket, settings):
    reader = make_requester(language="en")
    share(ticket, reader)
    link = url_for(ticket, reader).removeprefix(settings.SITE_URL)

    page = shown(client.get(link))

    assert "Od rana nic nie działa." in page
    assert "<textarea" not in page


def test_the_page_speaks_the_requesters_language(client, ticket, link):
    assert '<html lang="en"' in shown(client.get(link))

    ticket.requester.language = "pl"
    ticket.requester.save()

    assert '<html lang="pl"' in shown(client.get(link))


def test_files_of_the_case_and_no_others(client, ticket, link, agent, queue):
    own = make_requester_message(ticket, attachments=[File(name="own.txt", content=b"mine")]).attachments.get()
    inner = note(
        ticket=ticket, by=agent, text="", at=AT, attachments=[File(name="note.txt", content=b"inner")]
    ).attachments.get()
    foreign = make_ticket(queue, attachments=[File(name="foreign.txt", content=b"foreign")])

    response = client.get(f"{link}files/{own.pk}/")

    assert b"".join(response.streaming_content) == b"mine"
    assert client.get(f"{link}files/{inner.pk}/").status_code == 404
    assert client.get(f"{link}files/{foreign.messages.get().attachments.get().pk}/").status_code == 404


def test_signed_in_requesters_see_their_requests_and_nobody_elses(sign_in, ticket, queue):
    foreign = make_ticket(queue, subject="Cudza")
    browser = sign_in(fresh(ticket.requester))

    page = shown(browser.get("/requests/"))
    assert "Pusta faktura" in page
    assert "Cudza" not in page
    assert browser.get(f"/requests/{ticket.pk}/").status_code == 200
    assert browser.get(f"/requests/{foreign.pk}/").status_code == 404
    assert browser.get("/", follow=True).redirect_chain[-1][0] == "/requests/"


def test_a_signed_in_requester_answers_and_ends_the_case(sign_in, ticket):
    browser = sign_in(fresh(ticket.requester))

    browser.post(f"/requests/{ticket.pk}/answer/", {"text": "Dziękuję."})
    browser.post(f"/requests/{ticket.pk}/solved/")

    assert Message.objects.filter(ticket=ticket, text="Dziękuję.").exists()
    assert Ticket.objects.get(pk=ticket.pk).status == Status.SOLVED


def test_answering_is_no_link(client, link):
    assert client.get(f"{link}answer/").status_code == 405


def test_the_mail_as_it_was_laid_out_with_its_pictures(client, ticket, link):
    png = File(name="a.png", content=b"\x89PNG\r\n\x1a\n", content_type="image/png", content_id="a@x", is_inline=True)
    message = make_requester_message(ticket, html='<p>Zrzut <img src="cid:a@x"></p>', attachments=[png])
    frame = f"{link}messages/{message.pk}/html/"
    sandbox = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    assert f'sandbox="{sandbox}" src="{frame}"' in shown(client.get(link))

    response = client.get(frame)

    (picture,) = re.findall(r'src="(/pictures/[^"]+/)"', shown(response))
    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src 'self';")
    assert "script" not in policy  # so none may run
    assert policy.endswith(f"; sandbox {sandbox}")
    assert client.get(picture).status_code == 200


def test_a_note_is_never_laid_out_for_the_requester(client, ticket, link, agent):
    message = make_note(ticket, agent, text="x")
    Message.objects.filter(pk=message.pk).update(html="<p>x</p>")

    assert client.get(f"{link}messages/{message.pk}/html/").status_code == 404


def test_a_forwarded_mail_is_opened_behind_the_link(client, ticket, link):
    eml = b"Subject: Stara sprawa\nFrom: x@y.example\nContent-Type: application/pdf; name=a.pdf\n\n%PDF-1.4"
    file = File(name="Fwd.eml", content=eml, content_type="message/rfc822")
    number = make_requester_message(ticket, attachments=[file]).attachments.get().pk
    assert f'href="{link}files/{number}/mail/"' in shown(client.get(link))

    page = shown(client.get(f"{link}files/{number}/mail/"))

    assert "Stara sprawa" in page
    assert f'href="{link}files/{number}/mail/0/"' in page
    assert client.get(f"{link}files/{number}/mail/0/")["Content-Disposition"] == 'attachment; filename="a.pdf"'


def test_the_page_says_what_became_of_the_words_and_no_more(client, ticket, link):
    Message.objects.filter(ticket=ticket).update(mail_traits=["encrypted_pgp", "dated_ahead"])

    page = shown(client.get(link))

    assert "Encrypted (PGP): we cannot read it" in page
    assert "Dated in the future" not in page


def test_all_own_requests_page_by_page_and_by_state(sign_in, queue, monkeypatch):
    requester = make_requester(language="en")
    tickets = [make_ticket(queue, requester=requester, subject=f"Sprawa {number}") for number in range(5)]
    make_ticket(queue, requester=requester, subject="Zrobione", status="solved")
    make_ticket(queue, subject="Cudza")
    monkeypatch.setattr(cases.own_page, "__kwdefaults__", {**cases.own_page.__kwdefaults__, "size": 2})
    browser = sign_in(requester)

    seen, url = [], "/requests/"
    while url:
        page = browser.get(url)
        seen += [ticket.subject for ticket in page.context["cases"]]
        url = page.context["more_url"] and f"/requests/{page.context['more_url']}"

    assert seen == ["Zrobione", *(ticket.subject for ticket in reversed(tickets))]
    assert [each.subject for each in browser.get("/requests/?state=solved").context["cases"]] == ["Zrobione"]
    assert [each.subject for each in browser.get("/requests/?state=open").context["cases"]] == ["Sprawa 4", "Sprawa 3"]
    more = browser.get("/requests/?state=open").context["more_url"]
    assert [each.subject for each in browser.get(f"/requests/{more}").context["cases"]] == ["Sprawa 2", "Sprawa 1"]
    assert len(browser.get("/requests/?state=nonsense&before=nonsense").context["cases"]) == 2


def test_a_search_among_own_requests_keeps_to_its_state(sign_in, queue):
    requester = make_requester(language="en")
    for status in ("new", "solved"):
        make_ticket(queue, requester=requester, subject=f"Koszyk {status}", status=status)
    browser = sign_in(requester)

    def found(query):
        return [ticket.subject for ticket in browser.get(f"/requests/?{query}").context["cases"]]

    assert found("q=koszyk") == ["Koszyk solved", "Koszyk new"]
    assert (found("q=koszyk&state=open"), found("q=koszyk&state=solved")) == (["Koszyk new"], ["Koszyk solved"])
    page = shown(browser.get("/requests/?q=koszyk&state=open"))
    assert 'name="state" value="open"' in page and 'href="?q=koszyk&amp;state=solved"' in page


def test_own_requests_cost_the_same_for_one_and_three(sign_in, queue):
    requester = make_requester(language="en")
    make_ticket(queue, requester=requester)
    browser = sign_in(requester)
    browser.get("/requests/")
    with statements() as one:
        browser.get("/requests/")
    for _each in range(2):
        make_ticket(queue, requester=requester)
    with statements() as three:
        browser.get("/requests/")

    assert len(one) == len(three)
