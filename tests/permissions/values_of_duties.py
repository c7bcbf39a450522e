"""What stands for names of duties in addresses and bodies of the matrix."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rotations import answer_links
from rotations.actions import covering, inviting, leaving, placing, waiting
from rotations.models import (
    CoverRequest,
    Duty,
    Feed,
    Finding,
    HandedTicket,
    Invitation,
    Pattern,
    Round,
    RoundRules,
    RuleComment,
    Shift,
    Verdict,
)
from tests.factories import (
    AT,
    HOUR,
    fresh,
    make_colleague,
)
from tickets.models import (
    Ticket,
    User,
)

if TYPE_CHECKING:
    from tests.permissions.world import Desk, World


class OfDuties:
    """Rounds, seats, covers, feeds."""

    world: World
    column: str
    which: str
    of_ticket: Ticket
    desk: Desk

    @property
    def duties(self) -> dict[str, Any]:
        return self.world.duties["far" if self.which == "foreign" else "near"]

    @property
    def programme(self) -> int:
        return self.duties["programme"].pk

    @property
    def pattern(self) -> int:
        return Pattern.objects.get(programme=self.programme).pk

    @property
    def draft_round(self) -> int:
        return self.duties["draft"].pk

    @property
    def draft_round_choice(self) -> str:
        return f"round-{self.draft_round}"

    @property
    def programme_choice(self) -> str:
        return f"programme-{self.programme}"

    @property
    def feed(self) -> int:
        """A calendar of whoever is on duty, under an address that is always the same."""
        said = {"owner": self.world.person("on duty"), "kind": "own", "made_at": AT}
        token_sha256 = hashlib.sha256(self.feed_token.encode()).hexdigest()
        return Feed.objects.get_or_create(token_sha256=token_sha256, defaults=said)[0].pk

    feed_token = "x" * 43

    @property
    def answer_token(self) -> str:
        """Of the mail to whoever is on duty."""
        duty = Duty.objects.get(person=self.world.person("on duty"))
        return answer_links.url_for(duty.pk, duty.person_id).split("/")[-2]

    @property
    def join_token(self) -> str:
        return answer_links.round_url(self.open_round).split("/")[-2]

    @property
    def invited_round(self) -> int:
        """Open for sign-up; everybody who can have a turn is invited and has looked at it."""
        people = User.objects.filter(role="colleague", is_active=True)
        inviting.invite(of=self.duties["signup"], people=people, by=self.world.person("admin"), at=AT)
        Invitation.objects.filter(round=self.open_round).update(opened_at=AT, is_waiting=False)
        return self.open_round

    @property
    def invitation_token(self) -> str:
        """Of the mail to whoever is on duty."""
        return answer_links.invitation_url(self.invited_round, self.world.person("on duty").pk).split("/")[-2]

    @property
    def open_round(self) -> int:
        return self.duties["signup"].pk

    @property
    def signed_up_round(self) -> int:
        return self.duties["planning"].pk

    @property
    def published_round(self) -> int:
        return self.duties["published"].pk

    @property
    def round_that_is_over(self) -> int:
        self.duties["planning"].state = "reflecting"
        self.duties["planning"].save(update_fields=["state"])
        return self.signed_up_round

    @property
    def judged_round(self) -> int:
        Verdict.objects.get_or_create(round_id=self.round_that_is_over, defaults={"word": "stop", "said_at": AT})
        return self.signed_up_round

    @property
    def planned_shift(self) -> int:
        return Shift.objects.get(round=self.duties["planning"]).pk

    @property
    def open_shift(self) -> int:
        """A later one of the same round, on which nobody has a place."""
        return self._later_shift(60)

    def _later_shift(self, days: int) -> int:
        starts_at = AT + days * 24 * HOUR
        shifts = Shift.objects.filter(round=self.duties["published"])
        if made := shifts.filter(first_day=starts_at.date()).first():
            return made.pk
        shift = shifts.earliest("first_day")
        shift.pk = None
        shift.starts_at, shift.ends_at = starts_at, starts_at + HOUR
        shift.first_day = starts_at.date()
        shift.save()
        return shift.pk

    @property
    def volunteer(self) -> int:
        return self.world.person("off duty").pk

    @property
    def duty(self) -> int:
        """The person's own, or that of whoever is off duty; the foreign one is somebody else's."""
        person = self.world.people[self.column]
        is_own = self.which != "foreign" and self.column in ("on duty", "off duty")
        other = self.world.person("on duty" if self.column == "off duty" else "off duty")
        return Duty.objects.get(person=person if is_own else other).pk

    @property
    def confirmed_duty(self) -> int:
        duty = Duty.objects.get(pk=self.duty)
        placing.confirm(duty=duty, by=fresh(duty.person), at=AT)
        return duty.pk

    @property
    def left_duty(self) -> int:
        duty = Duty.objects.get(pk=self.confirmed_duty)
        leaving.withdraw(duty=duty, by=fresh(duty.person), at=AT)
        return duty.pk

    @property
    def running_duty(self) -> int:
        """Their first day has begun, by the books; nobody's rights hang on it here."""
        number = self.confirmed_duty
        Duty.objects.filter(pk=number).update(state=Duty.State.HANDING_OVER)
        return number

    @property
    def finding(self) -> int:
        said = {"duty_id": self.duty, "kind": "idea", "at": AT}
        return Finding.objects.get_or_create(text="Krótszy formularz", defaults=said)[0].pk

    @property
    def offer(self) -> int:
        """A ticket that the agent is asked to take over."""
        said = {"duty_id": self.duty, "ticket": self.world.near.ticket, "to": self.world.person("agent"), "at": AT}
        return HandedTicket.objects.get_or_create(step=HandedTicket.Step.OFFERED, defaults=said)[0].pk

    @cached_property
    def full_shift(self) -> int:
        return self._filled(61).shift_id

    def _filled(self, days: int) -> Duty:
        """One place on a shift that has no more."""
        shift = self._later_shift(days)
        Shift.objects.filter(pk=shift).update(capacity=1)
        return self._newcomer(shift)

    @cached_property
    def offered_seat(self) -> int:
        """A seat that the person is offered; the foreign one is somebody else's."""
        person = self.world.people[self.column]
        is_own = self.which == "own" and self.column in ("on duty", "off duty")
        duty = self._filled(62)
        who = fresh(person) if is_own and isinstance(person, User) else make_colleague()
        entry = waiting.wait(shift=duty.shift, channels=["email"], by=who, at=AT)
        leaving.withdraw(duty=duty, by=fresh(duty.person), at=AT)
        return entry.pk

    @property
    def qualification(self) -> int:
        """Somebody's, for a channel that programmes of both teams ask a sign-off for."""
        return self.duties["qualification"].pk

    @property
    def discussed_round(self) -> int:
        """A draft whose rules are open for comments."""
        Round.objects.filter(pk=self.draft_round, discussed_since=None).update(discussed_since=AT)
        return self.draft_round

    @property
    def rule_comment(self) -> int:
        rules = RoundRules.objects.get(round=self.discussed_round)
        said = {"author": self.world.person("off duty"), "text": "Za dużo", "at": AT}
        return RuleComment.objects.get_or_create(rules=rules, defaults=said)[0].pk

    @property
    def days_of_duty(self) -> list[int]:
        return list(Duty.objects.get(pk=self.duty).days.values_list("pk", flat=True))

    @cached_property
    def wanted_cover(self) -> int:
        """Of somebody else, for everybody; the foreign one asks somebody else."""
        giver = self._newcomer()
        to = None if self.which == "own" else make_colleague()
        return self._asked(giver, kind="give", to=to).pk

    @cached_property
    def offered_cover(self) -> int:
        """A swap of the person's own that somebody has offered a duty for; the foreign one is of others."""
        duty = Duty.objects.get(pk=self.confirmed_duty)
        request = self._asked(duty, kind="swap")
        shift = Shift.objects.get(pk=self.open_shift)
        told = {"shift": shift, "channels": ["email"], "at": AT}
        self.offered_duty = placing.take_seat(by=make_colleague(), **told).pk
        offered = Duty.objects.get(pk=self.offered_duty)
        return covering.take_cover(request=request, offered=offered, by=offered.person, at=AT).pk

    offered_duty = 0

    @cached_property
    def applied_cover(self) -> int:
        duty = Duty.objects.get(pk=self.confirmed_duty)
        if duty.covers.exists():  # of another row that is looked at together with this one
            duty = self._newcomer()
        request = self._asked(duty, kind="give")
        return covering.take_cover(request=request, by=make_colleague(), at=AT).pk

    def _newcomer(self, number: int = 0) -> Duty:
        shift = Shift.objects.get(pk=number or self.open_shift)
        return placing.take_seat(shift=shift, channels=["email"], by=make_colleague(), at=AT)

    def _asked(self, duty: Duty, **told: Any) -> CoverRequest:
        days = list(duty.days.values_list("pk", flat=True))
        return covering.ask_cover(duty=duty, days=days, by=fresh(duty.person), at=AT, **told)
