"""Duties of volunteers, and the hours and absences of everybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from playwright.sync_api import expect

from rotations import answer_links
from rotations.actions import (
    being_away,
    covering,
    discussing,
    handing_over,
    inviting,
    keeping_hours,
    leaving,
    placing,
    qualifying,
    reflecting,
    rounds,
    signing_up,
    verdicts,
    waiting,
)
from rotations.models import CoverRequest, Duty, DutyDay, Finding, HandedTicket, Pattern, Programme, Round, Shift
from rotations.weekly_hours import read_day
from tests.e2e.desk import Desk, now, say
from tests.e2e.pages.looking import Scene, check_page, for_desk
from tests.factories import HOUR, fresh, make_colleague, make_ticket
from tickets.actions import facts
from tickets.models import Ticket, User


def hours(desk: Desk) -> User:
    """A week of long days for the agent, a shorter one to come, and absences of all lengths."""
    zone = "Europe/Warsaw"
    for person, days, since in (
        (desk.agent, ["6:30-10:15, 11-14:30, 15:15-19:45"] * 5, 0),
        (desk.agent, ["22-6"] * 3, 14),
        (desk.other_agent, ["8-16"] * 5, 0),
        (desk.lead, ["0-24"] * 7, 0),
    ):
        blocks = [block for day, text in enumerate(days) for block in read_day(text, day)]
        day = (now() + since * 24 * HOUR).date()
        who = {"by": fresh(desk.admin), "at": now()}
        keeping_hours.set_hours(person=fresh(person), zone=zone, blocks=blocks, valid_from=day, **who)
    for kind, start, long in (("sick", -30, 10), ("other", 26, 2), ("holiday", 40, 24 * 9)):
        being_away.add_absence(
            person=fresh(desk.agent),
            kind=kind,
            starts_at=now() + start * HOUR,
            ends_at=now() + (start + long) * HOUR,
            zone=zone,
            note="Powód tak długi, że w jednym wierszu telefonu się nie zmieści, a w dwóch już prędzej",
            by=fresh(desk.lead),
            at=now(),
        )
    return desk.agent


def duties(desk: Desk, state: str = "published") -> Round:
    """A programme with a round in ``state`` and another that is open for sign-up; somebody is placed where there is a
    plan, and has been asked where it is published."""
    programme = Programme.objects.create(
        team=desk.team, name="Dyżury sklepów", channels=["email", "web", "chat", "phone"]
    )
    programme.queues.set([desk.shops])
    for name, weekday, starts, seats in (("Mon–Wed", 0, 8, 2), ("Wed–Fri", 2, 12, 3)):
        hours = {"starts": starts * 60, "ends": (starts + 8) * 60}
        Pattern.objects.create(programme=programme, name=name, first_weekday=weekday, days=3, seats=seats, **hours)
    who = {"by": fresh(desk.lead), "at": now()}
    monday = (now() + 240 * HOUR).date()
    monday -= timedelta(days=monday.weekday())
    made = []
    for wanted in (state, "signup"):
        told = {"starts_on": monday, "ends_on": monday + timedelta(days=11), "signup_ends_at": now() + 72 * HOUR}
        of = rounds.make_round(
            programme=programme, rules="Pytaj opiekuna o wszystko.\nTelefonu nikt nie musi.", **told, **who
        )
        for step in ("signup", "planning", "published"):
            if of.state != wanted:
                of = rounds.move_on(of=of, to=step, **who)
            if step == "signup" and wanted != "draft":
                said = {"channels": ["email", "chat"], "quota": 2, "has_read": 1, "at": now()}
                signing_up.sign_up(of=of, wishes={}, by=fresh(desk.volunteer), **said)
            if step == of.state == "planning":
                shift = of.shifts.order_by("starts_at")[0]
                mentors = {"mentor": fresh(desk.agent), "deputy": fresh(desk.other_agent)}
                placing.propose(shift=shift, person=fresh(desk.volunteer), channels=["email", "chat"], **mentors, **who)
        made.append(of)
    return made[0]


def offered(desk: Desk) -> Duty:
    return duties(desk).shifts.order_by("starts_at")[0].duties.get()


def confirmed(desk: Desk) -> Duty:
    return placing.confirm(duty=offered(desk), by=fresh(desk.volunteer), at=now())


def covers(desk: Desk) -> None:
    """Of each kind one: a swap that waits for the volunteer, one and a gift that they may take, and one that is
    settled."""
    told = {"at": now()}
    duty = confirmed(desk)
    first, second, third, fourth = duty.shift.round.shifts.order_by("starts_at", "id")

    def held(name: str, shift: Shift) -> Duty:
        person = make_colleague(name=name, language=desk.language)
        return placing.take_seat(shift=shift, channels=["email", "chat"], by=person, **told)

    def asked(of: Duty, kind: str, days: slice = slice(None)) -> CoverRequest:
        numbers = list(of.days.order_by("starts_at").values_list("pk", flat=True))[days]
        return covering.ask_cover(duty=of, days=numbers, kind=kind, by=fresh(of.person), **told)

    swap = held("Krystyna Przepiórkowska-Wiśniewska", third)
    request = asked(duty, "swap", slice(0, 2))
    covering.take_cover(request=request, offered=swap, by=fresh(swap.person), **told)
    asked(held("Ola Nowicka", first), "give")
    asked(held("Iza Mała", second), "swap")
    taken = asked(held("Jerzy Bury", fourth), "give", slice(0, 1))
    taken = covering.take_cover(request=taken, by=fresh(desk.volunteer), **told)
    covering.undo(request=taken, by=fresh(taken.duty.person), **told)


def left_in_part(desk: Desk) -> Round:
    """Of a seat that two share one has left: the days are nobody's."""
    duty, told = confirmed(desk), {"at": now()}
    tuesday = [duty.days.order_by("starts_at")[1].pk]
    request = covering.ask_cover(duty=duty, days=tuesday, kind="give", by=fresh(desk.volunteer), **told)
    covering.take_cover(request=request, by=make_colleague(name="Iza Mała", language=desk.language), **told)
    leaving.withdraw(duty=duty, by=fresh(desk.volunteer), **told)
    return duty.shift.round


def choose_a_left_day(page: Any) -> None:
    page.locator(".duty[data-left]").first.click()
    expect(page.get_by_role("button", name=say("Nobody is needed")).first).to_be_visible()


def sign_offs(desk: Desk) -> Round:
    """For good, soon over, and one that ends before a duty: the volunteer's."""
    of = duties(desk)
    told = {"channel": "phone", "by": fresh(desk.lead), "at": now()}
    for name, days in (("Krystyna Przepiórkowska-Wiśniewska", None), ("Ola Nowicka", 400)):
        person = make_colleague(name=name, language=desk.language)
        expires_on = (now() + timedelta(days=days)).date() if days else None
        qualifying.sign_off(person=person, expires_on=expires_on, **told)
    qualifying.sign_off(person=fresh(desk.volunteer), expires_on=None, **told)
    shift = of.shifts.order_by("starts_at", "id")[2]
    taken = {"channels": ["email", "phone"], "by": fresh(desk.volunteer), "at": now()}
    placing.take_seat(shift=shift, **taken)
    qualifying.sign_off(person=fresh(desk.volunteer), expires_on=shift.first_day, **told)
    return of


def choose_an_unsigned_duty(page: Any) -> None:
    page.locator(".duty:has([data-tone='red'])").first.click()
    expect(page.locator("a.chip[data-tone='red']")).to_be_visible()


def talked_over(desk: Desk) -> Round:
    """A draft's rules in two versions: something that was answered, something long, and a comment that waits."""
    of, who = duties(desk, "draft"), {"at": now()}
    discussing.open_for_comments(of=of, is_open=True, by=fresh(desk.lead), **who)
    said = discussing.comment(of=of, has_read=1, text="Dwa czaty naraz?", by=fresh(desk.volunteer), **who)
    discussing.answer(comment=said, text="Jeden wystarczy.", by=fresh(desk.lead), **who)
    rounds.write_rules(of=of, text="Pytaj opiekuna o wszystko.\nJeden czat naraz.", by=fresh(desk.lead), **who)
    for name, text in (("Ola Nowicka", "Dobrze."), ("Krystyna Przepiórkowska-Wiśniewska", "Telefon " * 40)):
        person = make_colleague(name=name, language=desk.language)
        discussing.comment(of=of, has_read=2, text=text, by=person, **who)
    return of


def idle_talk(desk: Desk) -> Round:
    of = talked_over(desk)
    off_duty(desk)
    return of


def waitlist(desk: Desk) -> None:
    """A seat that is offered, one that is waited for, and a shift that is full."""
    shifts = list(duties(desk).shifts.order_by("starts_at", "id"))[1:]
    for shift, is_waited_for, is_left in zip(shifts, (False, True, True), (False, True, False), strict=True):
        Shift.objects.filter(pk=shift.pk).update(capacity=1)
        who = {"shift": shift, "channels": ["email", "chat"], "at": now()}
        duty = placing.take_seat(by=make_colleague(), **who)
        if is_waited_for:
            waiting.wait(by=fresh(desk.volunteer), **who)
        if is_left:
            leaving.withdraw(duty=duty, by=fresh(duty.person), at=now())


def idle_waitlist(desk: Desk) -> None:
    waitlist(desk)
    off_duty(desk)


def idle_covers(desk: Desk) -> None:
    covers(desk)
    off_duty(desk)


def say_yes(page: Any) -> None:
    page.get_by_role("button", name=say("I will be there")).click()
    expect(page.get_by_role("button", name=say("I will be there"))).to_have_count(0)


def planned(desk: Desk) -> Round:
    return duties(desk, "planning")


def judged(desk: Desk) -> Round:
    """A round that is over, with a duty that was held."""
    of = duties(desk)
    who = {"by": fresh(desk.admin), "at": now()}
    duty = of.shifts.order_by("starts_at")[0].duties.get()
    placing.confirm(duty=duty, by=fresh(desk.volunteer), at=now())
    week = timedelta(days=14)
    duty.days.update(starts_at=F("starts_at") - week, ends_at=F("ends_at") - week)
    for step in ("running", "reflecting"):
        rounds.move_on(of=of, to=step, **who)
    verdicts.say_verdict(of=of, word="change", text="Mniej telefonu, więcej czatu.", **who)
    return of


def open_round(desk: Desk) -> Round:
    return duties(desk, "signup")


def invited(desk: Desk) -> Round:
    """Four people, of whom one said no and one is written to; the volunteer is one of them and has not signed up."""
    of = duties(desk, "signup")
    of.sign_ups.all().delete()
    people = [make_colleague(name=name, language=desk.language) for name in ("Ola Nowicka", "Iza Mała", "Jan Bury")]
    who = {"of": of, "at": now()}
    inviting.invite(people=[*people[:2], fresh(desk.volunteer)], by=fresh(desk.lead), **who)
    inviting.send_all(at=now())
    inviting.decline(person=people[0], **who)
    inviting.invite(people=people, by=fresh(desk.lead), **who)
    return of


def invitation(desk: Desk) -> str:
    return answer_links.invitation_url(invited(desk).pk, desk.volunteer.pk).split("/")[-2]


def link_for_everybody(desk: Desk) -> str:
    return answer_links.round_url(invited(desk).pk).split("/")[-2]


def choose_everybody(page: Any) -> None:
    page.locator("[name=everybody]").check()
    page.get_by_role("button", name=say("See whom it reaches")).click()
    expect(page.locator("#preview")).to_be_visible()


def left(desk: Desk) -> Duty:
    return leaving.withdraw(duty=confirmed(desk), by=fresh(desk.volunteer), at=now())


def idle_left(desk: Desk) -> Duty:
    duty = left(desk)
    off_duty(desk)
    return duty


def read_a_calendar(page: Any) -> None:
    """Of the days of the round one is free."""
    first = page.locator("[name=away_from]")
    page.locator("summary", has_text=say("Days when I am away")).click()
    expect(first).to_be_visible()
    day = f"{now() + 260 * HOUR:%Y%m%d}"
    event = f"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{day}\r\nEND:VEVENT\r\n"
    data = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}END:VCALENDAR\r\n".encode()
    page.locator("[name=calendar]").set_input_files({"name": "urlop.ics", "mimeType": "text/calendar", "buffer": data})
    page.get_by_role("button", name=say("Read the file")).click()
    expect(page.locator("[name=away]")).to_have_count(1)


def say_no(page: Any) -> None:
    page.get_by_role("button", name=say("Not this time")).click()
    expect(page.get_by_role("button", name=say("Not this time"))).to_have_count(0)


def a_programme(desk: Desk) -> Programme:
    return duties(desk).programme


def idle_duties(desk: Desk) -> None:
    duties(desk)
    off_duty(desk)


def choose_a_seat(page: Any) -> None:
    page.goto(page.url.split("#")[0] + page.locator("[data-place]").first.get_attribute("href"))


def a_full_shift(desk: Desk) -> None:
    """The last one, far from what the volunteer has."""
    shift = duties(desk).shifts.order_by("starts_at", "id").last()
    Shift.objects.filter(pk=shift.pk).update(capacity=1)
    placing.take_seat(shift=shift, channels=["email"], by=make_colleague(), at=now())


def choose_a_full_shift(page: Any) -> None:
    page.goto(page.url.split("?")[0] + page.locator("[data-state=full]").first.get_attribute("href"))
    expect(page.get_by_role("button", name=say("Wait for a seat"))).to_be_visible()


def choose_a_person(page: Any) -> None:
    page.goto(page.url.split("#")[0] + page.locator(".board-person").first.get_attribute("href"))


def off_duty(desk: Desk) -> None:
    facts.revoke_grant(desk.grant, at=now())


def make_a_feed(page: Any) -> None:
    page.get_by_role("button", name=say("Make the address")).click()
    expect(page.locator("[readonly]")).to_be_visible()


def refuse_hours(page: Any) -> None:
    page.locator("[name=day_1]").fill("8-25")
    page.get_by_role("button", name=say("Save the week")).click()
    expect(page.locator(".error")).to_be_visible()


def on_duty(desk: Desk) -> Duty:
    """The volunteer's duty runs since yesterday, with tickets in hand; another of theirs is to be handed over."""
    programme = duties(desk).programme
    of = programme.rounds.order_by("number").first()
    today = now().replace(minute=0, second=0, microsecond=0)
    told = {"round": of, "name": "Mon–Wed", "zone": "Europe/Warsaw", "days": 3, "capacity": 3}
    made = []
    for days_ago, state in ((1, "active"), (8, "handing_over")):
        starts = today - timedelta(days=days_ago, hours=2)
        begins = starts.astimezone(ZoneInfo("Europe/Warsaw"))
        minutes = {"starts": begins.hour * 60, "ends": begins.hour * 60 + 8 * 60}
        span = {"starts_at": starts, "ends_at": starts + timedelta(days=2, hours=8)}
        shift = Shift.objects.create(first_day=begins.date(), **told, **minutes, **span)
        duty = Duty.objects.create(
            shift=shift, person=desk.volunteer, state=state, seat=1, channels=["email", "web", "chat"],
            mentor=desk.mentor, deputy=desk.agent, is_first=True, placed_at=starts, confirmed_by=desk.volunteer,
            confirmed_at=starts, grant=desk.grant if state == "active" else None,
            offered_at=now() if state == "handing_over" else None, handover_note="Sklep „Róża” czeka na paczkę.",
        )  # fmt: skip
        for n in range(3):
            day = {"starts_at": starts + timedelta(days=n), "ends_at": starts + timedelta(days=n, hours=8)}
            DutyDay.objects.create(duty=duty, day=begins.date() + timedelta(days=n), holder=desk.volunteer, **day)
        made.append(duty)
    running, over = made
    Finding.objects.create(duty=running, kind="gap", text="Nigdzie nie ma słowa o zwrotach z zagranicy.", at=now())
    programme.links = "Jak odpowiadamy https://wiki.example/odpowiedzi\nZwroty https://wiki.example/zwroty"
    programme.familiar_tags = ["faktura", "zwrot"]
    programme.save()
    for number in range(2):
        ticket = make_ticket(desk.shops, subject=f"Logo jest niewyraźne na fakturze, na wydruku też {number}")
        Ticket.objects.filter(pk=ticket.pk).update(assignee=desk.volunteer)
    HandedTicket.objects.create(duty=over, ticket=ticket, step="left", at=now())
    who = {"by": fresh(desk.volunteer), "at": now()}
    handing_over.offer(duty=running, ticket=ticket, to=fresh(desk.agent), text="Znasz ten sklep.", **who)
    return running


def nothing_in_hand(desk: Desk) -> Duty:
    duty = on_duty(desk)
    Ticket.objects.filter(assignee=desk.volunteer).update(assignee=None)
    return duty


def nothing_begun(desk: Desk) -> None:
    """Between the days of a duty, with everything ticked off."""
    duty = on_duty(desk)
    DutyDay.objects.filter(duty=duty, starts_at__lte=now(), ends_at__gt=now()).delete()
    facts.revoke_grant(desk.grant, at=now())


def a_duty_over(desk: Desk) -> Duty:
    on_duty(desk)
    over = Duty.objects.get(person=desk.volunteer, state="handing_over")
    texts = {"for_me": "Da się.", "for_mentors": "Dziękuję.", "for_company": "Klienci są mili, a pytania ciekawe."}
    reflecting.reflect(duty=over, by=fresh(desk.volunteer), at=now(), **texts)
    return over


SCENES = {
    "reflection": Scene("/duties/{number}/reflection/", "volunteer", for_desk(a_duty_over)),
    "duties with what guests say": Scene("/duties/", "lead", for_desk(a_duty_over)),
    "my duty": Scene("/duty/", "volunteer", for_desk(on_duty)),
    "my duty, nothing in hand": Scene("/duty/", "volunteer", for_desk(nothing_in_hand)),
    "my duty, between the days": Scene("/duty/", "volunteer", for_desk(nothing_begun)),
    "my duty, none": Scene("/duty/", "volunteer"),
    "handover": Scene("/duty/handover/", "volunteer", for_desk(on_duty)),
    "handover, nothing left": Scene("/duty/handover/", "volunteer", for_desk(nothing_in_hand)),
    "mentoring": Scene("/mentoring/", "agent", for_desk(on_duty)),
    "mentoring, none": Scene("/mentoring/", "agent"),
    "duties of a volunteer": Scene("/duties/", "volunteer", for_desk(duties)),
    "duties of a volunteer, off duty": Scene("/duties/", "volunteer", for_desk(idle_duties)),
    "open seats": Scene("/duties/seats/", "volunteer", for_desk(idle_duties)),
    "open seats, one that is full": Scene("/duties/seats/", "volunteer", for_desk(a_full_shift), choose_a_full_shift),
    "open seats, none": Scene("/duties/seats/", "volunteer"),
    "duties, none": Scene("/duties/", "volunteer"),
    "programmes": Scene("/duties/", "lead", for_desk(duties)),
    "programmes, none": Scene("/duties/", "lead"),
    "new programme": Scene("/duties/programmes/new/", "lead"),
    "programme": Scene("/duties/programmes/{number}/", "lead", for_desk(a_programme)),
    "new round": Scene("/duties/programmes/{number}/rounds/new/", "lead", for_desk(a_programme)),
    "round being planned": Scene("/duties/rounds/{number}/", "lead", for_desk(planned)),
    "round being planned, a seat": Scene("/duties/rounds/{number}/", "lead", for_desk(planned), choose_a_seat),
    "round being planned, a person": Scene("/duties/rounds/{number}/", "lead", for_desk(planned), choose_a_person),
    "demand of a round": Scene("/duties/rounds/{number}/demand/", "lead", for_desk(planned)),
    "plan about to be published": Scene("/duties/rounds/{number}/publish/", "lead", for_desk(planned)),
    "round": Scene("/duties/rounds/{number}/", "admin", for_desk(duties)),
    "looking back on a round": Scene("/duties/rounds/{number}/summary/", "lead", for_desk(judged)),
    "sign-up for duties": Scene("/duties/rounds/{number}/sign-up/", "volunteer", for_desk(open_round)),
    "sign-up for duties, a calendar file": Scene(
        "/duties/rounds/{number}/sign-up/", "volunteer", for_desk(open_round), read_a_calendar
    ),
    "sign-up for duties, invited": Scene("/duties/rounds/{number}/sign-up/", "volunteer", for_desk(invited)),
    "inviting to a round": Scene("/duties/rounds/{number}/invite/", "lead", for_desk(invited)),
    "inviting to a round, a choice": Scene(
        "/duties/rounds/{number}/invite/", "lead", for_desk(invited), choose_everybody
    ),
    "a sign-up that has closed": Scene("/duties/rounds/{number}/sign-up/", "volunteer", for_desk(planned)),
    "inviting when the sign-up has closed": Scene("/duties/rounds/{number}/invite/", "lead", for_desk(planned)),
    "round open for sign-up": Scene("/duties/rounds/{number}/", "lead", for_desk(invited)),
    "an invitation": Scene("/i/{token}/", "", for_desk(invitation)),
    "an invitation, declined": Scene("/i/{token}/", "", for_desk(invitation), say_no),
    "the link for everybody": Scene("/join/{token}/", "", for_desk(link_for_everybody)),
    "answer to a duty from a mail": Scene("/d/{token}/", "", for_desk(offered)),
    "answer to a duty from a mail, given": Scene("/d/{token}/", "", for_desk(offered), say_yes),
    "after a withdrawal": Scene("/duties/{number}/left/", "volunteer", for_desk(left)),
    "after a withdrawal, off duty": Scene("/duties/{number}/left/", "volunteer", for_desk(idle_left)),
    "somebody instead of oneself": Scene("/duties/{number}/cover/", "volunteer", for_desk(confirmed)),
    "somebody instead of another": Scene("/duties/{number}/cover/", "lead", for_desk(confirmed)),
    "covers and swaps": Scene("/duties/covers/", "volunteer", for_desk(covers)),
    "covers and swaps, off duty": Scene("/duties/covers/", "volunteer", for_desk(idle_covers)),
    "days that somebody has left": Scene("/duties/covers/", "volunteer", for_desk(left_in_part)),
    "round, a day that nobody has": Scene(
        "/duties/rounds/{number}/", "lead", for_desk(left_in_part), choose_a_left_day
    ),
    "sign-offs": Scene("/duties/sign-offs/", "lead", for_desk(sign_offs)),
    "sign-offs, none": Scene("/duties/sign-offs/", "admin", for_desk(duties)),
    "sign-offs, nothing asked": Scene("/duties/sign-offs/", "lead"),
    "own sign-offs": Scene("/duties/", "volunteer", for_desk(sign_offs)),
    "round, a duty without a sign-off": Scene(
        "/duties/rounds/{number}/", "lead", for_desk(sign_offs), choose_an_unsigned_duty
    ),
    "rules talked over": Scene("/duties/rounds/{number}/rules/discussion/", "volunteer", for_desk(talked_over)),
    "rules talked over, off duty": Scene("/duties/rounds/{number}/rules/discussion/", "volunteer", for_desk(idle_talk)),
    "rules talked over, planner": Scene("/duties/rounds/{number}/rules/discussion/", "lead", for_desk(talked_over)),
    "round being drafted": Scene("/duties/rounds/{number}/", "lead", for_desk(talked_over)),
    "duties, rules to talk over": Scene("/duties/", "volunteer", for_desk(talked_over)),
    "covers and swaps, none": Scene("/duties/covers/", "volunteer"),
    "waitlist": Scene("/duties/waiting/", "volunteer", for_desk(waitlist)),
    "waitlist, off duty": Scene("/duties/waiting/", "volunteer", for_desk(idle_waitlist)),
    "waitlist, none": Scene("/duties/waiting/", "volunteer"),
    "calendar subscriptions": Scene("/settings/subscriptions/", "volunteer", for_desk(duties), make_a_feed),
    "calendar subscriptions, off duty": Scene("/settings/subscriptions/", "volunteer", for_desk(idle_duties)),
    "calendar subscriptions of an agent": Scene("/settings/subscriptions/", "agent", for_desk(duties), make_a_feed),
    "calendar subscriptions, none": Scene("/settings/subscriptions/", "mentor"),
    "own hours": Scene("/settings/hours/", "agent", for_desk(hours)),
    "own hours, refused": Scene("/settings/hours/", "agent", for_desk(hours), refuse_hours),
    "own absences, off duty": Scene("/settings/hours/", "volunteer", for_desk(off_duty)),
    "hours of a person": Scene("/hours/{number}/", "lead", for_desk(hours)),
    "hours of teams": Scene("/hours/", "lead", for_desk(hours)),
    "hours of teams, none": Scene("/hours/?week=2026-05-04", "admin"),
}


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    check_page(SCENES[name], desk, mail, open_page)
