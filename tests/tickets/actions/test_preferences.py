import pytest

from tests.factories import make_agent
from tickets.actions.preferences import set_preferences
from tickets.models import User

pytestmark = pytest.mark.django_db


def test_people_set_their_own_language_theme_and_zone():
    agent, other = make_agent(), make_agent()

    set_preferences(by=agent, language="en", theme="dark", time_zone="Europe/Lisbon")

    stored = User.objects.get(pk=agent.pk)
    assert (stored.language, stored.theme, stored.time_zone) == ("en", "dark", "Europe/Lisbon")
    assert User.objects.get(pk=other.pk).language == "pl"
