import pytest

from tickets.channels.email.automated import Kind
from tickets.channels.email.parsing import parse

PEOPLE = "From: Jan <jan@x.example>\nTo: shops@bursztyn.example\n"
REPORT = "Content-Type: multipart/report; report-type={}; boundary=b\n\n--b\n\nx\n--b--\n"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("Subject: Help\n", Kind.HUMAN),
        ("Subject: Out of milk\n", Kind.HUMAN),
        ("Subject: Undelivered parcel\nReturn-Path: <jan@x.example>\n", Kind.HUMAN),
        ("Auto-Submitted: no\nPrecedence: normal\nX-Autoreply: no\n", Kind.HUMAN),
        ("Subject: Re: Automatic reply: Help\n", Kind.HUMAN),
        ("Auto-Submitted: auto-replied\n", Kind.AUTO_REPLY),
        ("Auto-Submitted: auto-replied (vacation); owner-email=x\n", Kind.AUTO_REPLY),
        ("AUTO-SUBMITTED: Auto-Replied\n", Kind.AUTO_REPLY),
        ("Auto-Submitted: auto-generated\n", Kind.GENERATED),
        ("Auto-Submitted: auto-notified\n", Kind.GENERATED),
        ("Auto-Submitted: auto-generated\nSubject: Automatic reply: Help\n", Kind.AUTO_REPLY),
        ("X-Autoreply: yes\n", Kind.AUTO_REPLY),
        ("X-Autorespond: Help\n", Kind.AUTO_REPLY),
        ("Precedence: auto_reply\n", Kind.AUTO_REPLY),
        ("X-POST-MessageClass: 9; Autoresponder\n", Kind.AUTO_REPLY),
        ("Delivered-To: Autoresponder\n", Kind.AUTO_REPLY),
        ("Subject: Automatic reply: Help\n", Kind.AUTO_REPLY),
        ("Subject: Autoodpowiedź: urlop\n", Kind.AUTO_REPLY),
        ("Subject: Odpowiedź automatyczna: Faktura\n", Kind.AUTO_REPLY),
        ("Subject: Automatische Antwort: Rechnung\n", Kind.AUTO_REPLY),
        ("List-Id: <news.x.example>\n", Kind.LIST),
        ("List-Unsubscribe: <mailto:x@x.example>\n", Kind.LIST),
        ("Precedence: bulk\n", Kind.LIST),
        ("Precedence: junk\n", Kind.LIST),
        ("Return-Path: <>\n", Kind.GENERATED),
        ("X-Failed-Recipients: a@x.example\n", Kind.BOUNCE),
        (REPORT.format("delivery-status"), Kind.BOUNCE),
        (REPORT.format('"disposition-notification"'), Kind.READ_RECEIPT),
        (REPORT.format("feedback-report"), Kind.FEEDBACK),
    ],
)
def test_classes(raw, kind):
    assert parse((PEOPLE + raw).encode()).automation.kind is kind


@pytest.mark.parametrize(
    ("sender", "headers", "kind"),
    [
        ("MAILER-DAEMON@mx.example", "Subject: Undelivered Mail Returned to Sender\n", Kind.BOUNCE),
        ("MAILER-DAEMON@mx.example", "Subject: x\nReturn-Path: <>\n", Kind.BOUNCE),
        ("postmaster@mx.example", "Subject: Delivery Status Notification (Failure)\n", Kind.BOUNCE),
        ("postmaster@mx.example", "Subject: Please fix your DNS\n", Kind.GENERATED),
        ("bounces+jan=x@list.example", "Subject: x\n", Kind.GENERATED),
    ],
)
def test_mail_servers(sender, headers, kind):
    assert parse(f"From: {sender}\n{headers}\n".encode()).automation.kind is kind


def test_our_own_mail_is_known_by_its_header():
    raw = (PEOPLE + "X-Dyzur-Instance: ours\nAuto-Submitted: auto-replied\n\n").encode()

    assert parse(raw, own_instance="ours").automation.kind is Kind.OWN
    assert parse(raw, own_instance="another").automation.kind is Kind.AUTO_REPLY


@pytest.mark.parametrize("value", ["All", "OOF, AutoReply", "DR, OOF"])
def test_a_person_may_refuse_automatic_answers(value):
    automation = parse(f"{PEOPLE}X-Auto-Response-Suppress: {value}\n\n".encode()).automation

    assert not automation.is_automated
    assert not automation.may_be_auto_answered


def said(subject, text, *, sender="jan@x.example", headers=""):
    head = f"From: {sender}\nTo: desk@d.example\nSubject: {subject}\n{headers}Content-Type: text/plain; charset=utf-8\n"
    return parse(f"{head}\n{text}\n".encode()).automation


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Out of office does not work in Outlook", "Hi, when I set my out of office, nobody gets it."),
        ("Out of office", "How do I set an out of office reply? I am on vacation from Monday."),
        ("Autoreply", "Please set an automatic reply on my mailbox: I am on leave until 5 May."),
        ("Urlop", "Dzień dobry,\nproszę o zablokowanie mojego konta, od jutra jestem na urlopie."),
        ("Abwesenheit", "Ich bin ab Montag im Urlaub. Können Sie meine Mails an Frau Müller weiterleiten?"),
        ("Re: The shop is down", "I am out of office until Monday, will check when I am back. Is it fixed?"),
        ("Re: The shop is down", "Thanks! I am on vacation, please contact Anna for access."),
        ("Re: x", "What now?\n\n> This is an automated message, please do not reply to this email."),
        ("Fwd: Undelivered Mail Returned to Sender", "Why?\n\nThis is the mail system at host mx.example.\n550 5.1.1"),
        ("Undelivered mail", "Hi, my mails to a client come back: could not be delivered. Please check."),
        ("Mail delivery problem", "None of my mails are delivered. User unknown, it says, for bob@x.example."),
        ("Delivery failed", "The courier says the delivery of my order 1234 failed. What now?"),
        ("Mailbox full", "My mailbox is full, can you make it larger?"),
        ("Nie dostarczono paczki", "Paczka nie została dostarczona, proszę o kontakt."),
        ("Confirmation required", "Please confirm that you are going to deliver the printers on Monday."),
        ("Re: Ticket #1234", "We have received your logs and will respond within two days. Could you send more?"),
        ("Mail server", "Hi, our mail server rejects your mails, 550 5.7.1. Can you fix SPF?"),
        ("Re: Mail [#4]", "Hello,\n\nit still says: Your message could not be delivered. What can I do?"),
        ("Re: Mail [#4]", "Your message could not be delivered - this is what we see since Monday."),
        ("Re: x", "Yes.\n\nOn Mon, 9 Mar 2026 Agnieszka wrote:\n> Do you see: Your message could not be delivered?"),
        ("Problem", "Wiadomość do klienta nie została dostarczona, 12 zamówień czeka."),
        ("Mail delivery problem", "Our staff gets nothing: 550 mailbox unavailable for kowal@klient.example, failed."),
        ("Mailbox full", "Hello, mailbox kowal@klient.example is over quota, 552 5.2.2. Increase it."),
        ("Address", "Address not found in your form when I type ul. Długa 5."),
        ("Paczka", "Wiadomość od kuriera: paczka nie może zostać dostarczona."),
        ("Auto: nowe opony", "Dzień dobry, szukam opon do samochodu firmowego."),
        ("Auto - serwis", "Auto stoi w serwisie, koszt 500 zł."),
        ("Urlop - wniosek", "Dzień dobry,\nproszę o ustawienie w kalendarzu."),
        ("Nieobecność", "Dzień dobry,\nbędę nieobecny w piątek, proszę przełożyć wizytę serwisu."),
        ("Re: x", "Dziękuję za wiadomość. Jestem na urlopie, odpowiem po powrocie. Ale sklep dalej nie działa."),
        ("Rezygnacja", "Nie odpowiadaj na tę wiadomość tylko zadzwoń 600 100 200. Awaria serwera!"),
    ],
)
def test_people_write_about_automatic_mail(subject, text):
    assert said(subject, text).kind is Kind.HUMAN


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Nieobecność w biurze", "Jestem nieobecny do piątku, odpowiem po powrocie."),
        (
            "Re: [#12] x",
            "Dziękuję za wiadomość. Przebywam na urlopie do 5 maja. W sprawach pilnych proszę pisać do Anny.",
        ),
        ("Re: [#12] x", "Thank you for your email. I am currently out of the office and will return on Monday."),
        ("AW: x", "Vielen Dank für Ihre Nachricht. Ich bin bis zum 5.5. nicht im Büro. Meine Vertretung ist Frau X."),
        ("Ticket #2024 received", "Your request has been received. Our ticket number is 2024. We will reply soon."),
        ("Potwierdzenie zgłoszenia 123", "Twoje zgłoszenie zostało zarejestrowane. Odpowiemy w ciągu 24 godzin."),
        ("自動返信: x", ""),
        ("Auto: Re: Faktura", "Wracam w poniedziałek."),
        ("AUTO: Jan Kowalski is out of the office. (returning 05/01/2026)", "This is the only notification."),
        ("Urlop: do 5 maja", "Przebywam na urlopie, w pilnych sprawach proszę o kontakt z Anną Nowak."),
    ],
)
def test_automatic_answers_without_a_header(subject, text):
    assert said(subject, text).kind is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("automation", "kind"),
    [
        (said("Your order", "It is on its way.", sender="no-reply@shop.example"), Kind.GENERATED),
        (
            said("x", "To have your message delivered click http://x.example to be added to the guest list"),
            Kind.CHALLENGE,
        ),
        (said("x", "x", headers="X-Apple-Action: vacation\n"), Kind.AUTO_REPLY),
        # A form on somebody's site: the visitor is a person.
        (said("x", "Help!", sender="noreply@site.example", headers="Reply-To: jan@x.example\n"), Kind.HUMAN),
        # Amazon marks each mail that it relays, also people's.
        (said("x", "Help!", headers="Feedback-ID: 1.eu:AmazonSES\n"), Kind.HUMAN),
    ],
)
def test_other_machines(automation, kind):
    assert automation.kind is kind


@pytest.mark.parametrize(("method", "kind"), [("REPLY", Kind.CALENDAR), ("REQUEST", Kind.HUMAN)])
def test_a_calendar_answers_by_itself_and_a_person_invites(method, kind):
    raw = f"{PEOPLE}Subject: Meeting\nContent-Type: text/calendar; method={method}\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"

    assert parse(raw.encode()).automation.kind is kind


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("MAILER-DAEMON@mx.example", ""),
        ("Mail Delivery System <mail@mx.example>", ""),
        ("jan@x.example", "Return-Path: <>\n"),
    ],
)
def test_the_words_of_a_bounce_are_one_from_a_server(sender, headers):
    words = "Your message could not be delivered.\n\n<kowal@klient.example>: 550 5.1.1 user unknown"

    assert said("Note", words, sender=sender, headers=headers).kind is Kind.BOUNCE


def test_a_postmaster_who_answers_is_a_machine_at_most_and_no_bounce():
    automation = said("Re: [#4] Mail", "It bounces since Monday, user unknown.", sender="postmaster@klient.example")

    assert automation.kind is not Kind.BOUNCE
