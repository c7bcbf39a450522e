"""Where stories take place: a small desk at Monday, 8:00, and the words its pages use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import translation

from helpdesk.lib import clock as product_clock
from tests.factories import (
    HOUR,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_queue,
    make_requester,
    make_team,
)
from tickets.models import Grant, Queue, Team, User

PASSWORD = "correct horse battery"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def now() -> datetime:
    """The product's time in every process of the story."""
    return product_clock.now()


@dataclass
class Desk:
    """Two queues with addresses, one of them for a volunteer, and everybody who works there."""

    language: str = "en"
    team: Team = field(init=False)
    shops: Queue = field(init=False)
    billing: Queue = field(init=False)
    agent: User = field(init=False)
    other_agent: User = field(init=False)
    lead: User = field(init=False)
    admin: User = field(init=False)
    volunteer: User = field(init=False)
    mentor: User = field(init=False)
    grant: Grant = field(init=False)

    def __post_init__(self) -> None:
        said: dict[str, Any] = {"language": self.language, "password": PASSWORD}
        self.team = make_team("Shop team")
        self.shops = make_queue(
            self.team, name="Shops", slug="shops", position=1, address="shops@bursztyn.example", language="en"
        )
        self.billing = make_queue(
            self.team, name="Faktury", slug="billing", position=2, address="billing@bursztyn.example", language="pl"
        )
        self.agent = make_agent(self.team, name="Agnieszka Wrona", email="agnieszka@bursztyn.example", **said)
        self.other_agent = make_agent(self.team, name="Jan Żak", email="jan@bursztyn.example", **said)
        self.lead = make_lead(self.team, name="Lena Łoś", email="lena@bursztyn.example", **said)
        self.admin = make_admin(name="Adam Admin", email="adam@bursztyn.example", **said)
        self.volunteer = make_colleague(name="Wanda Wolna", email="wanda@bursztyn.example", **said)
        self.mentor = make_agent(make_team("Mentors"), name="Marek Mentor", email="marek@bursztyn.example", **said)
        self.grant = make_grant(
            self.volunteer,
            self.shops,
            mentors=[self.mentor],
            is_reviewed=True,
            start=now() - HOUR,
            end=now() + 8 * HOUR,
        )

    def requester(self, **fields: Any) -> User:
        fields = {"name": "Róża Kowalska", "email": "roza@sklep.example", "language": "en"} | fields
        return make_requester(**fields)


def say(message: str, *, language: str = "en", context: str = "") -> str:
    """What the page says for this message in that language: stories find things by the words people see."""
    with translation.override(language):
        return translation.pgettext(context, message) if context else translation.gettext(message)


def focused(page: Any) -> Any:
    """The element that has the focus."""
    return page.locator(":focus")
