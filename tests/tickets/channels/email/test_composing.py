"""What a mail says and in which language: signature, fixed words, thread, and the headers of automatic mail."""

import email
import email.policy

import pytest

from tests.factories import AT, HOUR, make_agent, make_queue, make_reply, make_requester, make_ticket
from tickets.actions import outgoing
from tickets.channels.email import composing
from tickets.channels.email.parsing import parse
from tickets.models import Channel, Message, Outbox, QueueAddress, Ticket

pytestmark = pytest.mark.django_db

LIST_HEADERS = {"list-id", "list-unsubscribe", "list-unsubscribe-post", "list-post", "list-help"}


@pytest.fixture
def queue():
    return make_queue(address="shops@bursztyn.example", name="Shops", slug="shops", language="pl")


@pytest.fixture
def agent(queue):
    return make_agent(queue.team, name="Agnieszka Wrona")


def opened(queue, language="en", **fields):
    return make_ticket(
        queue, requester=make_requester(name="Jan", language=language, email="jan@klient.example"), **fields
    )


def composed(row):
    row.mail_id = row.mail_id or composing.mail_id_for(row)
    row.save(update_fields=["mail_id"])
    raw = composing.compose(row).mail.as_bytes()
    return email.message_from_bytes(raw, policy=email.policy.default)


def reply_to(ticket, agent, text="Please try again."):
    return composed(Outbox.objects.get(message=make_reply(ticket, agent, text=text)))


def acknowledgement_of(ticket):
    return composed(outgoing.acknowledge(ticket=ticket, message=ticket.messages.get(), at=AT))


def plain(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html(mail):
    return mail.get_body(("html",)).get_content()


def test_the_signature_stands_between_the_words_and_ours(queue, agent):
    queue.signature = "Kind regards\n{agent}\n{queue}, Bursztyn <sp. z o.o.>\n"
    queue.save()

    mail = reply_to(opened(queue), agent)

    lines = plain(mail).splitlines()
    assert lines[:7] == [
        "Please try again.", "", "-- ", "Kind regards", "Agnieszka Wrona", "Shops, Bursztyn <sp. z o.o.>", "",
    ]  # fmt: skip
    assert lines[7].startswith("Request #")
    assert [line for line in lines if line == "-- "] == ["-- "]
    assert lines.index("-- ") < next(number for number, line in enumerate(lines) if line.startswith("On "))
    page = html(mail)
    assert "Bursztyn &lt;sp. z o.o.&gt;" in page
    assert page.index("Please try again.") < page.index("gmail_signature") < page.index("gmail_quote")


def test_without_a_signature_only_our_line_stands_below(queue, agent):
    assert "Please try again.\n\n-- \nRequest #" in plain(reply_to(opened(queue), agent))


def test_the_signature_of_whoever_is_gone_names_the_queue(queue):
    queue.signature = "{agent} {nobody knows}"

    assert queue.signature_of("") == "Shops {nobody knows}"


def test_acknowledgements_are_not_signed(queue):
    queue.signature = "{agent}"
    queue.save()

    assert "-- " not in plain(acknowledgement_of(opened(queue)))


@pytest.mark.parametrize(("language", "words"), [("en", "On "), ("pl", "W dniu ")])
def test_fixed_words_are_in_the_readers_language(queue, agent, language, words):
    mail = reply_to(opened(queue, language=language), agent)

    assert mail["Content-Language"] == language
    assert f"\n{words}" in plain(mail)
    assert f'<html lang="{language}"' in html(mail)


def test_a_row_without_a_person_is_in_the_language_of_the_queue(queue, settings):
    settings.LANGUAGE_CODE = "en"

    assert composing._language(Outbox(ticket=opened(queue))) == "pl"
    assert composing._language(Outbox()) == "en"


def test_an_automatic_mail_says_so_and_which_stream_it_belongs_to(queue):
    mail = acknowledgement_of(opened(queue))

    assert mail["Auto-Submitted"].startswith("auto-")
    assert mail["List-Id"] == "<shops.queues.bursztyn.example>"
    assert "NDR" not in mail["X-Auto-Response-Suppress"].split(", ")
    assert "All" not in mail["X-Auto-Response-Suppress"]
    assert {name.lower() for name in mail} & LIST_HEADERS == {"list-id"}


def test_a_persons_reply_is_no_list_and_not_automatic(queue, agent):
    mail = reply_to(opened(queue), agent)

    names = {name.lower() for name in mail}
    assert not names & (LIST_HEADERS | {"auto-submitted", "precedence", "x-auto-response-suppress"})
    assert not parse(mail.as_bytes()).automation.is_automated


def test_account_mail_is_generated_and_belongs_to_no_list(queue):
    mail = composed(
        outgoing.send_account_mail(address="jan@klient.example", subject="Hi", text="Words", html="", at=AT)
    )

    assert mail["Auto-Submitted"] == "auto-generated"
    assert not {name.lower() for name in mail} & (LIST_HEADERS | {"precedence"})


@pytest.mark.parametrize("foreign", ["with space@x", "zażółć@x.example", "a" * 600 + "@x.example", "a<b>c@x.example"])
def test_a_message_id_that_no_header_can_hold_stops_no_reply(queue, agent, foreign):
    ticket = opened(queue)
    Message.objects.filter(ticket=ticket).update(mail_id=foreign)

    mail = reply_to(ticket, agent)

    assert mail["In-Reply-To"] is None
    assert mail["References"] is None


def test_the_thread_names_what_the_person_sent_and_got(queue, agent):
    ticket = opened(queue)
    Message.objects.filter(ticket=ticket).update(mail_id="first@klient.example")
    first = reply_to(ticket, agent)
    make_reply(ticket, agent, at=AT + HOUR, text="And this.")

    second = composed(Outbox.objects.latest("id"))

    assert first["In-Reply-To"] == second["In-Reply-To"] == "<first@klient.example>"
    assert second["References"].split() == [first["Message-ID"], "<first@klient.example>"]


def test_an_address_of_ours_with_polish_letters_makes_an_ascii_id(agent):
    queue = make_queue(agent.teams.get(), name="Żółwie", slug="zolwie")
    QueueAddress.objects.create(queue=queue, address="pomoc@żółw.example", is_sender=True)

    mail = reply_to(opened(queue), agent)

    assert mail["Message-ID"].endswith("@xn--w-uga1v8h.example>")
    assert mail["From"].addresses[0].domain == "xn--w-uga1v8h.example"


def test_an_agents_html_stays_and_gets_signature_and_quotes(queue, agent):
    ticket = opened(queue)
    message = make_reply(ticket, agent)
    Message.objects.filter(pk=message.pk).update(html="<p>Please <b>try</b> again.</p>")

    page = html(composed(Outbox.objects.get(message=message)))

    assert "<p>Please <b>try</b> again.</p>" in page
    assert page.index("again.</p>") < page.index("/r/") < page.index('<blockquote type="cite"')


@pytest.mark.parametrize(
    ("channel", "introduction"),
    [
        (Channel.EMAIL, "On 9 March 2026, 8:00, Jan wrote:"),
        (Channel.PHONE, "On 9 March 2026, 8:00 we noted what was said:"),
    ],
)
def test_what_we_noted_of_a_call_is_not_quoted_as_the_callers_writing(queue, agent, channel, introduction):
    words = plain(reply_to(opened(queue, text="Nothing works.", channel=channel), agent))

    assert f"{introduction}\n> Nothing works." in words


def test_a_mail_about_none_says_so_in_the_words_of_its_reader(queue, agent):
    ticket = opened(queue, language="pl")
    Ticket.objects.update(subject="")

    assert reply_to(ticket, agent)["Subject"] == f"Re: (bez tematu) [#{ticket.pk}]"


def test_a_copy_says_this_reply_and_nothing_from_before(queue, agent):
    ticket = opened(queue, text="My password is rabarbar.")
    message = make_reply(ticket, agent, text="Please try again.", cc=["biuro@lniana.example"])
    copy = Outbox.objects.get(message=message, kind=Outbox.Kind.COPY)
    reply = Outbox.objects.get(message=message, kind=Outbox.Kind.REPLY)

    mail, original = composed(copy), composed(reply)

    assert "rabarbar" in plain(original)
    assert "Please try again." in plain(mail)
    assert "rabarbar" not in plain(mail) + html(mail)
    assert "/r/" in plain(original)
    assert "/r/" not in plain(mail) + html(mail)
    for each in (mail, original):
        assert [one.addr_spec for one in each["To"].addresses] == ["jan@klient.example"]
        assert each["Cc"] == "biuro@lniana.example"
    assert mail["Reply-To"] != original["Reply-To"]
    assert composing.compose(copy).recipient == "biuro@lniana.example"
    assert composing.compose(reply).recipient == "jan@klient.example"
