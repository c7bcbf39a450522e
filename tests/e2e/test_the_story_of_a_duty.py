"""A turn of duty from the invitation to the verdict, in Polish, by four people at once in browsers of their own: the
planner at a desk, a volunteer on a phone, two mentors, the first of whom falls ill on the last day.

The clock is moved from day to day. Invitations and the plan are mailed by a real worker, and on the first day of the
duty open pages hear of what happens by a live process of that day.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from playwright.sync_api import expect

from helpdesk.lib import clock as product_clock
from rotations import tasks
from rotations.actions import keeping_hours, presence, signing_up
from rotations.models import Duty, Finding, Round, SignUp
from rotations.weekly_hours import read_day
from tests.e2e import serving
from tests.e2e.desk import DESKTOP, PASSWORD, PHONE, Desk, now, say
from tests.e2e.post import Mail
from tests.factories import fresh, make_colleague, make_ticket
from tests.survival.desk import Desk as Processes
from tickets import tasks as desk_tasks
from tickets.models import Message, Ticket, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(1200)]

ZONE = ZoneInfo("Europe/Warsaw")
MONDAY, WEDNESDAY = date(2026, 3, 23), date(2026, 3, 25)
"""The first duty. The second week of the round comes after the night in which the clocks change."""
DELIVERED_S = 120
PATIENT_MS = 60_000


def pl(message: str, **values: Any) -> str:
    said = say(message, language="pl", context=values.pop("context", ""))
    return said % values if values else said


@dataclass
class Story:
    desk: Desk
    mail: Mail
    live: str
    planner: Any
    phone: Any
    first: Any
    second: Any
    colleagues: list[User]

    @property
    def volunteer(self) -> User:
        return fresh(self.desk.volunteer)

    @property
    def duty(self) -> Duty:
        return Duty.objects.get(person=self.desk.volunteer, state__in=(*Duty.LIVE, Duty.State.COMPLETED))

    def letters(self, user: User) -> list[str]:
        """Subjects of all that was mailed to this person, the oldest first."""
        return [mail["Subject"] for mail in self.mail.office.taken_for(user.email)]

    def link(self, user: User, kind: str) -> str:
        """The path of the newest link of this kind that the person was mailed."""
        for mail in reversed(self.mail.office.taken_for(user.email)):
            found = re.search(rf"(/{kind}/\S+/)", mail.get_body(("plain",)).get_content())
            if found:
                return found[1]
        raise AssertionError(f"no mail with a link /{kind}/")


def offset_to(day: date, hour: int, minute: int = 0) -> timedelta:
    moment = datetime.combine(day, time(hour, minute), tzinfo=ZONE)
    return product_clock.offset_from(moment.astimezone(UTC), datetime.now(UTC))


def move_to(day: date, hour: int, minute: int = 0) -> None:
    """All pages and tasks of this process live at that time of Warsaw from now on."""
    settings.CLOCK_OFFSET = offset_to(day, hour, minute)


def pass_time() -> None:
    """What beat does every few seconds."""
    tasks.move_duties()
    tasks.remind_of_duties()
    presence.write_everybody(at=now())
    desk_tasks.drain_outbox()


def press(page: Any, message: str, *, within: Any = None, **values: Any) -> None:
    (within or page).get_by_role("button", name=pl(message, **values), exact=True).first.click()


def toast(page: Any, message: str, **values: Any) -> None:
    expect(page.locator(".toast")).to_contain_text(pl(message, **values))


@contextmanager
def worker(folder, mail):
    """Worker and beat in processes of their own, at the time at which the story is."""
    processes = Processes(folder, folder / "no-static")
    processes.settings |= {
        "CLOCK_OFFSET_S": str(int(settings.CLOCK_OFFSET.total_seconds())),
        "SITE_URL": settings.SITE_URL,
        "SMTP_URL": f"smtp://127.0.0.1:{mail.office.port}",
    }
    try:
        processes.start("worker", "beat")
        yield processes
    finally:
        processes.stop()


@pytest.fixture
def live_on_the_day(surroundings):
    """A process that tells open pages what changes on the first day of the duty. It ends after the pages."""
    port = serving.free_port()
    env = {
        "DATABASE_URL": serving.database_url(connection.settings_dict["NAME"]),
        "CLOCK_OFFSET_S": str(int(offset_to(MONDAY, 8, 1).total_seconds())),
        "SITE_URL": settings.SITE_URL,
        "LOG_LEVEL": "WARNING",
    }
    arguments = ("-m", "uvicorn", "helpdesk.asgi:application", "--port", str(port), "--log-level", "warning")
    with serving.running(*arguments, port=port, **env):
        yield f"ws://localhost:{port}/live/"


def listen_to(address):
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**policy, "connect-src": ["'self'", address]}}
    settings.LIVE_URL = address


@pytest.fixture
def story(desk, mail, live_on_the_day, open_page, settings):
    """Nobody is on duty, and nobody has heard of a round. The mentors work from 8 to 16."""
    desk.grant.delete()
    for person in (desk.agent, desk.other_agent):
        blocks = [block for day in range(5) for block in read_day("8-16", day)]
        who = {"by": fresh(person), "at": now()}
        keeping_hours.set_hours(person=fresh(person), zone=str(ZONE), blocks=blocks, valid_from=now().date(), **who)
    told = {"locale": "pl-PL"}
    return Story(
        desk=desk,
        mail=mail,
        live=live_on_the_day,
        planner=open_page(fresh(desk.lead), viewport=DESKTOP, **told),
        phone=open_page(viewport=PHONE, has_touch=True, is_mobile=True, **told),
        first=open_page(fresh(desk.agent), viewport=DESKTOP, **told),
        second=open_page(fresh(desk.other_agent), viewport=DESKTOP, **told),
        colleagues=[make_colleague(name=name, language="pl", password=PASSWORD) for name in ("Ola Nowicka", "Jan Kot")],
    )


@pytest.mark.parametrize("desk", ["pl"], indirect=True)
def test_from_the_invitation_to_the_verdict(story, tmp_path):
    a_programme_and_a_round_are_made(story)
    with worker(tmp_path, story.mail) as processes:
        people_are_invited(story, processes)
        she_signs_up_on_the_phone(story)
        a_plan_is_made_on_the_board(story)
        it_is_published_and_she_says_yes(story, processes)
    she_is_reminded_three_times(story)
    she_arrives(story)
    she_takes_a_familiar_ticket_and_asks(story)
    her_replies_are_read_before_they_leave(story)
    it_is_quiet(story)
    between_two_days_there_is_nothing(story)
    the_first_mentor_is_ill_and_the_second_takes_over(story)
    she_leaves_no_loose_end(story)
    she_looks_back(story)
    the_round_is_judged(story)


def a_programme_and_a_round_are_made(story):
    page, desk = story.planner, story.desk
    page.goto("/duties/")
    page.get_by_role("link", name=pl("New programme")).click()
    page.locator("[name=name]").fill("Dyżury w obsłudze")
    page.locator("[name=team]").select_option(label=desk.team.name)
    page.get_by_label(desk.shops.name, exact=True).check()
    for channel in ("email", "web", "chat", "phone"):
        page.locator(f"[name=channels][value={channel}]").check()
    page.locator("[name=links]").fill(
        "Zwroty https://wiki.example/zwroty\nFaktury https://wiki.example/faktury\nKogo pytać https://wiki.example/kto"
    )
    page.locator("[name=quiet_tasks]").fill("Przejrzyj artykuł o zwrotach")
    press(page, "Save")
    for weekday, days in ((0, 3), (3, 2)):
        page.locator("[name=first_weekday]").select_option(str(weekday))
        page.locator("[name=days]").fill(str(days))
        page.locator("[name=hours]").fill("8-16")
        press(page, "Add the pattern")
        expect(page.locator(".duties-placed li")).to_have_count(1 if weekday == 0 else 2)

    page.goto("/duties/")
    page.get_by_role("link", name=pl("New round")).click()
    page.locator("[name=starts_on]").fill("2026-03-23")
    page.locator("[name=ends_on]").fill("2026-04-03")
    page.locator("[name=signup_until]").fill("2026-03-12")
    page.locator("[name=rules]").fill("Pytaj opiekuna o wszystko.\nTelefonu nikt nie musi.")
    press(page, "Make the draft")
    expect(page.locator("h1").first).to_contain_text("Dyżury w obsłudze")
    page.get_by_role("link", name=pl("Demand")).click()
    for field in page.locator("input[name^='people-0-']").all()[:2]:
        field.fill("1")
    press(page, "Save")
    toast(page, "Saved.")


def people_are_invited(story, processes):
    page, of = story.planner, Round.objects.get()
    page.goto(reverse("round", args=[of.pk]))
    press(page, "Open the sign-up", context="round")
    page.get_by_role("link", name=pl("Invite people")).click()
    code = page.locator("#join-url").input_value()
    assert "/join/" in code
    page.locator("[name=everybody]").check()
    press(page, "See whom it reaches")
    page.locator("button[name=send]").click()
    everybody = [story.desk.volunteer, *story.colleagues]
    wait_for(lambda: all(map(story.letters, everybody)), page, processes)
    assert [len(story.letters(each)) for each in everybody] == [1, 1, 1]
    assert story.letters(story.desk.agent) == story.letters(story.desk.lead) == []


def wait_for(happened, page, processes):
    """Until a process of its own has done it: mail that has arrived, not a time that has gone by."""
    for _look in range(DELIVERED_S * 10):
        if happened():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"nothing came: {processes.logs()}")


def she_signs_up_on_the_phone(story):
    page, desk, of = story.phone, story.desk, Round.objects.get()
    page.goto(story.link(desk.volunteer, "i"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Wanda Wolna")
    page.get_by_role("link", name=pl("Say when I can")).tap()
    page.locator("input[type=email], [name=username]").first.fill(desk.volunteer.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(pl("Sign up for duties"))
    body = page.locator("body")
    expect(body).to_contain_text(pl("You may leave at any time, without a reason."))
    expect(body).to_contain_text("Telefonu nikt nie musi.")
    phone = page.locator("[name=channels][value=phone]")
    expect(phone).not_to_be_checked()  # left out unless she wants it
    expect(page.locator("[name=channels]:checked")).to_have_count(2)  # tickets (mail and form), chat

    gladly, rather_not = pl("gladly", context="wish"), pl("rather not", context="wish")
    wishes = page.locator(".duties-wish")
    expect(wishes).to_have_count(4)
    for number, wish in ((0, gladly), (1, rather_not), (2, rather_not), (3, rather_not)):
        wishes.nth(number).get_by_text(wish, exact=True).tap()
    page.locator("summary").filter(has_text=pl("With somebody you know")).tap()
    page.locator("[name=partner_1]").fill("Ola Nowicka")
    page.locator("summary").filter(has_text=pl("Days when I am away")).tap()
    page.locator("[name=away_from]").fill("2026-04-03")
    page.get_by_role("button", name=pl("Sign up"), exact=True).tap()
    toast(page, "You are signed up. You can change it until the sign-up ends.")

    said = SignUp.objects.get(person=desk.volunteer)
    assert (said.quota, said.channels) == (1, ["chat", "email", "web"])
    assert [each.name for each in said.partners.all()] == ["Ola Nowicka"]
    assert sorted(said.wishes.values_list("value", flat=True)) == ["rather_not"] * 3 + ["want"]
    second = of.shifts.order_by("starts_at", "id")[1]
    for person, wishes in zip(story.colleagues, ({second.pk: "cannot"}, {}), strict=True):
        told = {"channels": ["chat", "email"], "quota": 1, "has_read": 1, "at": now()}
        signing_up.sign_up(of=of, by=person, wishes=wishes, **told)


def a_plan_is_made_on_the_board(story):
    page, desk, of = story.planner, story.desk, Round.objects.get()
    a, b, _c, _d = of.shifts.order_by("starts_at", "id")
    page.goto(reverse("round", args=[of.pk]))
    press(page, "Close the sign-up and plan", context="round")
    press(page, "Propose a plan")
    expect(page.locator(".duty[data-state=proposed]")).to_have_count(3)
    assert Duty.objects.get(person=desk.volunteer).shift == a  # her wish

    # Nothing of that is told to anybody yet
    story.phone.goto("/duties/")
    expect(story.phone.locator("body")).to_contain_text(pl("You have no duty. Below you see what you could do."))

    # By the mouse, and why not
    ola, jan = story.colleagues
    for person in (ola, jan):
        shift = Duty.objects.get(person=person, state=Duty.State.PROPOSED).shift
        page.goto(f"{reverse('round', args=[of.pk])}?shift={shift.pk}")
        press(page, "Take %(person)s off", person=person)
        expect(page.locator(f".duty[data-state]:has-text('{person}')")).to_have_count(0)
    page.goto(reverse("round", args=[of.pk]))
    expect(page.locator(f"[data-person='{desk.volunteer.pk}']")).to_have_count(0)  # has as many as she offered
    seat, person = page.locator(f"[data-shift='{b.pk}']"), page.locator(f"[data-person='{ola.pk}']")
    person.hover()
    page.mouse.down()
    seat.hover()
    expect(seat).to_have_attribute("data-fit", "no")
    expect(seat).to_have_attribute("title", pl("This person said that they cannot then."))
    page.mouse.move(5, 5)
    page.mouse.up()
    page.goto(reverse("round", args=[of.pk]))
    page.locator(f"[data-person='{ola.pk}']").drag_to(page.locator(f"[data-shift='{a.pk}']"))
    toast(page, "%(person)s is proposed for %(shift)s.", person="Ola Nowicka", shift=a.name)

    # By the keys
    page.locator(f"[data-person='{jan.pk}']").focus()
    page.keyboard.press("Enter")
    button = page.locator("#beside").get_by_role("button", name=pl("Propose"), exact=True).first
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".duty[data-state=proposed]")).to_have_count(3)
    assert set(Duty.objects.filter(state=Duty.State.PROPOSED).values_list("person__name", "shift")) == {
        ("Wanda Wolna", a.pk),
        ("Ola Nowicka", a.pk),
        ("Jan Kot", b.pk),
    }


def it_is_published_and_she_says_yes(story, processes):
    page, desk, of = story.planner, story.desk, Round.objects.get()
    page.get_by_role("link", name=pl("Publish the plan", context="round")).click()
    expect(page.locator("#added + ul li, .duties-placed li")).to_have_count(3)
    before = len(story.letters(desk.volunteer))
    press(page, "Publish the plan", context="round")
    toast(page, "The plan is published.")
    everybody = [desk.volunteer, *story.colleagues]
    wait_for(lambda: all(len(story.letters(each)) > before for each in everybody), page, processes)
    wait_for(lambda: story.letters(desk.agent) and story.letters(desk.other_agent), page, processes)
    assert Duty.objects.filter(state=Duty.State.CONFIRMED).count() == 0

    phone = story.phone
    phone.goto(story.link(desk.volunteer, "d"))
    assert story.duty.state == Duty.State.PROPOSED  # opening the link says nothing
    phone.get_by_role("button", name=pl("I will be there")).tap()
    toast(phone, "Confirmed. Thank you.")
    duty = story.duty
    assert (duty.state, duty.confirmed_by) == (Duty.State.CONFIRMED, desk.volunteer)
    assert {duty.mentor, duty.deputy} == {desk.agent, desk.other_agent}
    Duty.objects.filter(pk=duty.pk).update(mentor=desk.agent, deputy=desk.other_agent)

    page.goto(reverse("round", args=[of.pk]))
    expect(page.locator(".duty[data-state=confirmed]")).to_have_count(1)
    expect(page.locator(".duty[data-state=confirmed]")).to_contain_text("Wanda Wolna")
    press(page, "The round has begun", context="round")


def she_is_reminded_three_times(story):
    """A week before, a day before, in the morning: once each, whatever runs twice."""
    said = []
    for day, hour in ((date(2026, 3, 16), 9), (date(2026, 3, 22), 9), (MONDAY, 7)):
        before = len(story.letters(story.desk.volunteer))
        move_to(day, hour, 1)
        pass_time()
        pass_time()
        said += story.letters(story.desk.volunteer)[before:]
    name = "Dyżury w obsłudze"
    assert said == [f"Twój dyżur za 7 dni: {name}", f"Twój dyżur jutro: {name}", f"Twój dyżur dzisiaj: {name}"]


def she_arrives(story):
    """Three of her seven steps; the desk is open to her since 8:00, and holds what is in her scope."""
    page, desk = story.phone, story.desk
    move_to(MONDAY, 8, 1)
    pass_time()
    listen_to(story.live)
    for subject, channel, tags in (
        ("Sklep nie działa", "email", []),
        ("Gdzie jest faktura", "email", ["faktura"]),
        ("Zmiana adresu", "web", []),
        ("Reklamacja", "chat", []),
        ("Rozmowa", "phone", []),
    ):
        ticket = make_ticket(desk.shops, subject=subject, channel=channel, at=now() - timedelta(hours=1))
        Ticket.objects.filter(pk=ticket.pk).update(tags=tags)
    make_ticket(desk.billing, subject="Poza zakresem", at=now() - timedelta(hours=1))

    story.first.goto("/mentoring/")
    story.first.locator("[name=tags]").fill("faktura")
    press(story.first, "Save")
    toast(story.first, "Saved. Guests get tickets with these tags first.")
    expect(story.first.locator("main")).to_contain_text("Wanda Wolna")

    page.goto("/")
    expect(page).to_have_url(re.compile("/duty/$"))
    main = page.locator("main")
    expect(main).to_contain_text(pl("without: %(channel)s", channel=say("Phone", language="pl")))
    for person in (desk.agent, desk.other_agent):
        expect(main).to_contain_text(person.name)
    expect(main.locator("#arrival ~ ul li, [aria-labelledby=arrival] li")).to_have_count(7)
    for item in ("mouse", "accounts", "headset"):
        page.locator(f"form:has([name=item][value={item}]) button").tap()
        expect(page.locator(f"form:has([name=item][value={item}]) button")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[aria-labelledby=arrival] a[href='https://wiki.example/zwroty']")).to_be_visible()


def she_takes_a_familiar_ticket_and_asks(story):
    phone, first = story.phone, story.first
    first.goto("/mentoring/")
    expect(first.locator("[data-live-state]")).to_have_text(pl("Live"), timeout=PATIENT_MS)
    familiar = ticket_of("Gdzie jest faktura")
    phone.goto("/duty/")
    phone.get_by_role("button", name=pl("Next ticket")).tap()
    expect(phone).to_have_url(re.compile(familiar.get_absolute_url()))
    assert fresh_ticket(familiar).assignee == story.desk.volunteer

    phone.goto("/duty/")
    phone.locator("#ask-text").fill("Czy wysłać duplikat?")
    phone.get_by_role("button", name=pl("Ask my mentors")).tap()
    toast(phone, "Your mentors are asked. The answer comes on the ticket.")
    news = first.locator("a[href='/notifications/'] .count").first
    expect(news).to_be_visible(timeout=PATIENT_MS)  # the page was not loaded anew

    for mentor in (story.first, story.second):
        mentor.goto("/mentoring/")
        expect(mentor.locator("[aria-labelledby=asked]")).to_contain_text("Czy wysłać duplikat?")
    story.first.get_by_role("link", name="Czy wysłać duplikat?").click()
    question = story.first.locator("form[data-kind=answer]")
    question.locator("textarea").fill("Tak, jest w panelu.")
    question.locator("button:not([formaction])").last.click()
    expect(story.first.locator(".timeline")).to_contain_text("Tak, jest w panelu.")
    story.second.goto("/mentoring/")
    expect(story.second.locator("[aria-labelledby=asked]")).to_have_count(0)
    phone.goto(familiar.get_absolute_url())
    expect(phone.locator(".timeline")).to_contain_text("Tak, jest w panelu.")


def ticket_of(subject):
    return Ticket.objects.get(subject=subject)


def fresh_ticket(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def reply(page, ticket, text):
    page.goto(ticket.get_absolute_url())
    expect(page.locator("main")).to_contain_text(
        pl("Your reply goes to a mentor first and leaves when they approve it.")
    )
    page.locator("#reply-text").fill(text)
    page.get_by_role("button", name=pl("Send to the mentor")).tap()
    expect(page.locator(".msg[data-kind=public]").last).to_contain_text(pl("Waits for a mentor"))


def her_replies_are_read_before_they_leave(story):
    """As it is, in better words, and back with a comment."""
    phone, mentor = story.phone, story.first
    tickets = [ticket_of(each) for each in ("Gdzie jest faktura", "Sklep nie działa", "Zmiana adresu", "Reklamacja")]
    for _left in tickets[1:]:
        phone.goto("/duty/")
        phone.get_by_role("button", name=pl("Next ticket")).tap()
        expect(phone).to_have_url(re.compile(r"/tickets/\d+/$"))
    assert set(Ticket.objects.filter(assignee=story.desk.volunteer)) == set(tickets)
    for path in (ticket_of("Rozmowa").get_absolute_url(), ticket_of("Poza zakresem").get_absolute_url()):
        assert phone.goto(path).status == 404

    as_it_is, better, returned, _later = tickets
    reply(phone, as_it_is, "Wysyłam duplikat.")
    reply(phone, better, "Juz dziala.")
    reply(phone, returned, "Nie da się.")
    assert not sent(story)

    for ticket, text in ((as_it_is, None), (better, "Już działa.")):
        mentor.goto("/mentoring/")
        mentor.locator("[aria-labelledby=drafts]").get_by_role("link", name=ticket.subject).click()
        if text:
            mentor.get_by_label(pl("The reply as it will leave")).fill(text)
        press(mentor, "Approve and send")
        toast(mentor, "The reply is on its way.")
    mentor.goto(returned.get_absolute_url())
    mentor.get_by_label(pl("What should change")).fill("Zacznij od tego, co się da.")
    press(mentor, "Return it")
    expect(mentor.locator(".timeline")).to_contain_text("Zacznij od tego, co się da.")
    assert sent(story) == {as_it_is.pk: "Wysyłam duplikat.", better.pk: "Już działa."}

    phone.goto("/duty/")
    phone.locator("li").filter(has_text=pl("Came back with a comment")).get_by_role("link").tap()
    expect(phone.locator(".timeline")).to_contain_text("Zacznij od tego, co się da.")
    expect(phone.locator("#reply-text")).to_have_value("Nie da się.")
    reply(phone, returned, "Adres zmienimy jeszcze dziś.")
    mentor.goto("/mentoring/")
    mentor.locator("[aria-labelledby=drafts]").get_by_role("link", name=returned.subject).click()
    press(mentor, "Approve and send")
    toast(mentor, "The reply is on its way.")
    assert sent(story)[returned.pk] == "Adres zmienimy jeszcze dziś."


def sent(story):
    """What her requesters were sent, by ticket; each thing is in a mail too."""
    rows = Message.objects.filter(author=story.desk.volunteer, kind="public", state=Message.State.SENT)
    return dict(rows.values_list("ticket", "text"))


def it_is_quiet(story):
    phone = story.phone
    phone.goto("/duty/")
    phone.locator("button[name=minutes][value='15']").tap()
    toast(phone, "Have a good break. Nothing new comes to you meanwhile.")
    expect(phone.locator("#clock")).to_contain_text("Przerwa do")
    phone.get_by_role("button", name=pl("I am back")).tap()
    toast(phone, "Welcome back.")
    phone.locator("[aria-labelledby=quiet]").get_by_role("button", name="Przejrzyj artykuł o zwrotach").tap()
    done = phone.locator("[aria-labelledby=quiet]").get_by_role("button", name="Przejrzyj artykuł o zwrotach")
    expect(done).to_have_attribute("aria-pressed", "true")
    phone.locator("[name=kind][value=bug]").check()
    phone.locator("#finding-text").fill("Link do płatności wygasa po godzinie.")
    phone.locator("#finding-ticket").select_option(str(ticket_of("Sklep nie działa").pk))
    press(phone, "Write it down")
    toast(phone, "Written down. Thank you.")
    expect(phone).to_have_url(re.compile("/duty/#findings$"))
    expect(phone.get_by_role("heading", level=1)).to_be_in_viewport()  # the page has not slipped away above
    found = Finding.objects.get()
    assert (found.kind, found.ticket) == ("bug", ticket_of("Sklep nie działa"))
    story.first.goto("/mentoring/")
    expect(story.first.locator("[aria-labelledby=found]")).to_contain_text("Link do płatności wygasa po godzinie.")


def between_two_days_there_is_nothing(story):
    phone = story.phone
    move_to(MONDAY, 20)
    pass_time()
    for subject in ("Gdzie jest faktura", "Reklamacja"):
        assert phone.goto(ticket_of(subject).get_absolute_url()).status == 404
    phone.goto("/queue/")
    expect(phone).to_have_url(re.compile("/requests/$"))
    phone.goto("/duty/")
    expect(phone.locator("main")).to_contain_text(
        pl("Outside the hours of your duty you see no tickets. They wait for you.")
    )
    assert "Reklamacja" not in phone.content()
    assert ticket_of("Reklamacja").assignee == story.desk.volunteer
    story.first.goto(ticket_of("Reklamacja").get_absolute_url())  # the mentor sees them at all times
    expect(story.first.locator("h1").first).to_contain_text("Reklamacja")


def the_first_mentor_is_ill_and_the_second_takes_over(story):
    phone, first, second, desk = story.phone, story.first, story.second, story.desk
    move_to(WEDNESDAY, 7, 30)
    first.goto("/settings/hours/")
    form = first.locator("#absence-form")
    form.locator("[name=kind]").select_option("sick")
    form.locator("[name=first]").fill(WEDNESDAY.isoformat())
    press(first, "Enter the absence", within=form)
    expect(first.locator(".hours-absences")).to_be_visible()
    move_to(WEDNESDAY, 8, 5)
    pass_time()

    phone.goto("/duty/")
    there = phone.locator("[aria-labelledby=mentors] .person")
    expect(there.filter(has_text=desk.agent.name)).to_contain_text(pl("not at work now"))
    expect(there.filter(has_text=desk.other_agent.name)).to_contain_text(pl("at work now"))
    later = ticket_of("Reklamacja")
    reply(phone, later, "Proszę o zdjęcie paczki.")
    second.goto("/mentoring/")
    second.locator("[aria-labelledby=drafts]").get_by_role("link", name=later.subject).click()
    press(second, "Approve and send")
    toast(second, "The reply is on its way.")
    assert Message.objects.get(text="Proszę o zdjęcie paczki.").approved_by == desk.other_agent


def she_leaves_no_loose_end(story):
    phone, second, desk = story.phone, story.second, story.desk
    move_to(WEDNESDAY, 15, 30)
    phone.goto("/duty/")
    phone.get_by_role("link", name=pl("Start handover")).tap()
    expect(phone.locator("#loose")).to_have_text("4 niedomknięte sprawy")
    assert phone.get_by_role("button", name=pl("Hand over"), exact=True).count() == 0  # the gate is shut

    def end(subject):
        return phone.locator(f"article:has(#end-{ticket_of(subject).pk})")

    press(phone, "It is solved", within=end("Gdzie jest faktura"))
    expect(phone.locator("#loose")).to_have_text("3 niedomknięte sprawy")
    of = end("Sklep nie działa")
    of.locator("summary").filter(has_text=pl("Put off, with a reason")).tap()
    of.locator("[name=text]").first.fill("Dostawca odpowie jutro")
    press(phone, "Put it off", within=of)
    expect(phone.locator("#loose")).to_have_text("2 niedomknięte sprawy")
    assert ticket_of("Sklep nie działa").assignee == desk.other_agent  # the first mentor is not there
    of = end("Zmiana adresu")
    of.locator("summary").filter(has_text=pl("Back to the queue")).tap()
    of.locator("textarea").first.fill("Adres sprawdzony, zostało wpisać.")
    press(phone, "Give it back", within=of)
    expect(phone.locator("#loose")).to_have_text("1 niedomknięta sprawa")
    of = end("Reklamacja")
    of.locator("summary").filter(has_text=pl("Hand to a person")).tap()
    of.locator("[name=to]").select_option(str(desk.other_agent.pk))
    press(phone, "Ask them to take it", within=of)
    expect(phone.locator("main")).to_contain_text(
        pl("%(name)s is asked to take it. Until then it is yours.", name=desk.other_agent.name)
    )
    second.goto("/mentoring/")
    press(second, "I take it")
    toast(second, "The ticket is yours.")

    phone.goto("/duty/handover/")
    phone.locator("#handover-note").fill("Dziękuję za te trzy dni.")
    press(phone, "Hand over")
    desk_tasks.drain_outbox()
    assert any("Wanda Wolna" in each for each in story.letters(desk.other_agent)[1:])
    assert not any("przekazuje" in each for each in story.letters(desk.agent))
    second.goto("/mentoring/")
    expect(second.locator("main")).to_contain_text("Dziękuję za te trzy dni.")
    press(second, "Accept the handover")
    toast(second, "Accepted. Thank you for looking after them.")
    phone.goto("/duty/handover/")
    expect(phone.locator("main")).to_contain_text(
        pl("%(name)s has accepted your handover. Thank you.", name=desk.other_agent.name)
    )
    move_to(WEDNESDAY, 16, 11)
    pass_time()
    pass_time()
    duty = story.duty
    assert (duty.state, duty.closed_by) == (Duty.State.COMPLETED, desk.other_agent)
    assert phone.goto(ticket_of("Reklamacja").get_absolute_url()).status == 404


def she_looks_back(story):
    phone = story.phone
    phone.goto("/duty/")
    phone.get_by_role("link", name=pl("Look back on it")).tap()
    phone.locator("[name=for_company]").fill("Klienci są milsi, niż myślałam.")
    phone.locator("[name=for_mentors]").fill("Dziękuję za cierpliwość.")
    phone.locator("[name=for_me]").fill("Następnym razem pytam wcześniej.")
    press(phone, "Save")
    for mentor in (story.first, story.second):
        mentor.goto("/mentoring/")
        expect(mentor.locator("main")).to_contain_text("Dziękuję za cierpliwość.")
        assert "pytam wcześniej" not in mentor.content()


def the_round_is_judged(story):
    page, of = story.planner, Round.objects.get()
    move_to(date(2026, 4, 7), 9)
    pass_time()
    page.goto(reverse("round", args=[of.pk]))
    press(page, "The round is over", context="round")
    page.goto(reverse("round_summary", args=[of.pk]))
    main = page.locator("main")
    for said in ("1 osoba wzięła dyżur", "Klienci są milsi, niż myślałam.", "Link do płatności wygasa po godzinie."):
        expect(main).to_contain_text(said)
    for private in ("Dziękuję za cierpliwość.", "pytam wcześniej"):
        assert private not in page.content()
    page.locator("[name=word][value=repeat]").check()
    page.locator("#text").fill("Powtarzamy, z większą liczbą miejsc w poniedziałek.")
    press(page, "Say so")
    expect(page.locator("[aria-labelledby=verdict]")).to_contain_text("Powtarzamy")
    press(page, "Mail it to everybody who took part")
    expect(page.locator("[aria-labelledby=verdict]")).to_contain_text("Wysłano")
    desk_tasks.drain_outbox()
    for person in (story.desk.volunteer, story.desk.agent, story.desk.other_agent):
        assert "tura 1" in story.letters(person)[-1]
    page.get_by_role("link", name=pl("Draft the next round after this one")).click()
    expect(page.locator("[name=rules]")).to_have_value(re.compile("Pytaj opiekuna o wszystko."))
    press(page, "Make the draft")
    expect(page.locator("h1").first).to_contain_text("Dyżury w obsłudze")
    following = Round.objects.get(number=of.number + 1)
    assert (following.state, following.starts_on) == (Round.State.DRAFT, date(2026, 4, 6))
