import logging

import pytest
from django.urls import URLResolver, get_resolver

from helpdesk.lib.secretless_logs import WithoutSecretAddresses


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/r/7-3~1vMabc~Sig_na-ture/answer/", "/r/…/answer/"),
        ("/stop/7-question~Sig_na-ture/", "/stop/…/"),
        ("/i/7-3~1vX~Sig_na-ture/", "/i/…/"),
        ("/accounts/password/reset/key/3-d2x-abcdef/", "/accounts/password/reset/key/…/"),
        ("/f/7~Sig_na-ture/", "/f/…/"),
        ("/join/7~Sig_na-ture/", "/join/…/"),
        ("/calendar/Abc-d_e123.ics", "/calendar/…"),
        ("/tickets/42/", "/tickets/42/"),
    ],
)
def test_an_address_that_is_a_secret_stays_out_of_the_log(address, said):
    record = logging.LogRecord("django.request", logging.WARNING, "x.py", 1, "%s: %s", ("Forbidden", address), None)

    assert WithoutSecretAddresses().filter(record)
    assert record.getMessage() == f"Forbidden: {said}"


def test_no_route_with_a_token_is_forgotten():
    tokens = [route for route in routes_below(get_resolver().url_patterns) if "<str:token>" in route]

    for route in tokens:
        record = logging.LogRecord("django.request", logging.WARNING, "x.py", 1, "Gone: /%s", (route,), None)
        WithoutSecretAddresses().filter(record)
        assert "token" not in record.getMessage(), route
    assert len(tokens) > 10


def routes_below(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes_below(pattern.url_patterns, route)
        else:
            yield route


def test_what_is_printed_goes_through_it(settings):
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["secrets"]
