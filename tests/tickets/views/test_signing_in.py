"""Second factors on every way in, one's own sessions, wrong passwords and what helps, and pages that tell nobody who is
known here."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axes.models import AccessAttempt
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse

from tests.factories import AT, fresh, make_admin, make_agent, make_colleague, make_grant, make_requester, make_ticket
from tests.tickets.views.conftest import shown
from tickets import signed_links, tasks
from tickets.accounts import second_factors
from tickets.actions import securing
from tickets.consumers import groups_now
from tickets.models import AuditEntry, DeskSettings, Outbox, ResetRequest, User

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOGIN = "/accounts/login/"
SET_UP = "/accounts/login/second-factor/"
CODES = "/accounts/login/second-factor/codes/"


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def agent(agent):
    return with_password(agent)


@pytest.fixture
def admin():
    return with_password(make_admin(name="Iwona Zawadzka", language="en"))


@pytest.fixture
def required():
    DeskSettings.objects.create(requires_second_factor=True)


def code(secret: str = SECRET, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def with_app(user: User) -> User:
    from allauth.mfa.adapter import get_adapter

    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": get_adapter().encrypt(SECRET)}
    )
    return user


def sign_in_by_password(client: Client, user: User, password: str = PASSWORD, **more: Any) -> Any:
    return client.post(LOGIN, {"login": user.email, "password": password}, **more)


def is_signed_in(client: Client) -> bool:
    return SESSION_KEY in client.session and client.get("/settings/").status_code == 200


def signed_in(user: User) -> Client:
    """A session as it comes about by password and, where there is one, the code."""
    client = Client()
    if sign_in_by_password(client, user)["Location"].endswith("/security/code/"):
        client.post("/accounts/security/code/", {"code": code()})
    assert is_signed_in(client)
    return client


# Ways in, with a second factor required


def test_by_password_a_person_without_a_factor_sets_one_up_before_there_is_a_session(client, agent, required):
    response = sign_in_by_password(client, agent)

    assert response["Location"] == SET_UP
    for path in ("/queue/", "/settings/", "/accounts/security/", "/api/tickets/", "/admin/"):
        assert client.get(path).status_code in (302, 403), path
    assert SESSION_KEY not in client.session
    page = shown(client.get(SET_UP))
    secret = re.search(r'<code class="code" translate="no">(\w+)</code>', page)[1]
    refused = client.post(SET_UP, {"code": "000000"})
    assert "This does not fit" in shown(refused)
    assert secret in shown(refused)
    assert client.post(SET_UP, {"code": code(secret)})["Location"] == CODES
    assert SESSION_KEY not in client.session
    assert len(re.findall(r"<code>\d{8}</code>", shown(client.get(CODES)))) == 10
    assert client.post(CODES)["Location"] == "/"
    assert is_signed_in(client)
    told = Outbox.objects.get(address=agent.email).payload
    assert told["subject"] == "Codes from an app were set up as a second factor"
    assert "From where: 127.0.0.1" in told["text"]


def test_a_factor_set_up_in_one_browser_does_not_let_the_other_in(agent, required):
    """Somebody who knows the password waits at the page that sets a factor up, while the person does so elsewhere."""
    stranger = Client()
    sign_in_by_password(stranger, agent)
    assert stranger.get(SET_UP).status_code == 200
    with_app(agent)

    for response in (stranger.get(SET_UP, follow=True), stranger.get(CODES, follow=True), stranger.post(CODES)):
        assert "<code>" not in response.content.decode()
    assert SESSION_KEY not in stranger.session


def test_by_password_the_code_is_asked_for_and_works_once(client, agent, required):
    with_app(agent)
    used = code()

    assert sign_in_by_password(client, agent)["Location"] == "/accounts/security/code/"
    assert client.get("/queue/").status_code == 302
    client.post("/accounts/security/code/", {"code": "000000"})
    assert SESSION_KEY not in client.session
    assert client.post("/accounts/security/code/", {"code": used})["Location"] == "/"
    assert is_signed_in(client)

    other = Client()
    sign_in_by_password(other, agent)
    assert "This does not fit" in shown(other.post("/accounts/security/code/", {"code": used}))
    assert SESSION_KEY not in other.session


def test_codes_cannot_be_guessed_from_many_places(agent):
    with_app(agent)
    for place in range(5):
        client = Client(REMOTE_ADDR=f"203.0.113.{place}")
        sign_in_by_password(client, agent)
        client.post("/accounts/security/code/", {"code": "000000"})

    client = Client(REMOTE_ADDR="203.0.113.99")
    sign_in_by_password(client, agent)
    response = client.post("/accounts/security/code/", {"code": code()})

    assert "Too many wrong codes" in shown(response)
    assert SESSION_KEY not in client.session


def test_a_recovery_code_works_once(client, agent, required):
    with_app(agent)
    spare = second_factors.recovery_codes_of(agent)[0]

    sign_in_by_password(client, agent)
    client.post("/accounts/security/code/", {"code": spare})
    assert is_signed_in(client)

    other = Client()
    sign_in_by_password(other, agent)
    other.post("/accounts/security/code/", {"code": spare})
    assert SESSION_KEY not in other.session


def test_a_new_password_by_mail_opens_nothing_by_itself(client, agent, required):
    with_app(agent)
    link = reset_link(client, agent)
    form = client.get(link, follow=True)

    client.post(form.redirect_chain[-1][0], {"password1": "nowe trudne hasło", "password2": "nowe trudne hasło"})

    assert SESSION_KEY not in client.session
    assert sign_in_by_password(client, agent, "nowe trudne hasło")["Location"] == "/accounts/security/code/"


def reset_link(client: Client, user: User) -> str:
    client.post("/accounts/password/reset/", {"email": user.email})
    tasks.answer_resets()
    return "/accounts/" + Outbox.objects.get(address=user.email).payload["text"].split("/accounts/")[1].split()[0]


def test_sessions_that_exist_already_end(agent, sign_in):
    open_already = sign_in(agent)
    assert open_already.get("/queue/").status_code == 200

    DeskSettings.objects.create(requires_second_factor=True)

    assert open_already.get("/queue/")["Location"] == "/accounts/login/?next=/queue/"
    assert "signs in with a second factor now" in shown(open_already.get(LOGIN))
    assert SESSION_KEY not in open_already.session


def test_a_session_opened_with_a_factor_goes_on(agent):
    browser = signed_in(with_app(agent))

    DeskSettings.objects.create(requires_second_factor=True)

    assert browser.get("/queue/").status_code == 200
    assert browser.get("/api/tickets/").status_code == 200


def test_requesters_need_none(client, required):
    requester = with_password(make_requester())

    assert sign_in_by_password(client, requester)["Location"] == "/"
    assert is_signed_in(client)


def test_who_begins_to_work_here_needs_one_at_once(client, required):
    person = with_password(make_requester())
    sign_in_by_password(client, person)
    User.objects.filter(pk=person.pk).update(role="agent")

    assert client.get("/settings/").status_code == 302


@pytest.mark.parametrize(
    ("path", "answer"), [("/admin/", 302), ("/api/tickets/", 403), ("/queue/news/", 302), ("/attachments/1/", 302)]
)
def test_administration_api_and_fragments_do_not_know_a_session_without_one(admin, sign_in, required, path, answer):
    assert sign_in(admin).get(path).status_code == answer


def test_neither_does_a_socket(agent, sign_in, required):
    without, with_one = sign_in(agent), signed_in(with_app(agent))

    assert not groups_now([(agent.pk, without.session.session_key)])
    assert groups_now([(agent.pk, with_one.session.session_key)])


def test_a_signed_link_opens_its_case_and_no_session(client, queue, required):
    volunteer = make_colleague()
    ticket = make_ticket(queue, requester=volunteer)
    make_grant(volunteer, queue)

    response = client.get(f"/r/{signed_links.token_for(ticket, volunteer)}/")

    assert response.status_code == 200
    assert SESSION_KEY not in client.session
    assert client.get("/queue/").status_code == 302


def test_the_last_factor_stays_while_one_is_needed(agent, required):
    browser = signed_in(with_app(agent))
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    response = browser.post("/accounts/security/app/remove/")

    assert "Set up another one before you remove this one" in shown(response)
    assert second_factors.has_one(agent)


def test_a_code_stored_before_the_key_changed_lets_nobody_in(client, agent, settings):
    with_app(agent)
    settings.SECRET_KEY = "another one that is long enough for everybody"

    sign_in_by_password(client, agent)
    for guess in (code(), code("")):
        client.post("/accounts/security/code/", {"code": guess})

    assert SESSION_KEY not in client.session


# The rule, and help for those who lost a factor


def again(browser: Client) -> Client:
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def test_an_admin_requires_it_after_proving_who_they_are_and_it_is_written_down(admin):
    browser = signed_in(with_app(admin))
    rule = reverse("require_second_factor")

    assert browser.post(rule, {"required": "yes"})["Location"].startswith("/accounts/reauthenticate/")
    assert not DeskSettings.current().requires_second_factor
    again(browser).post(rule, {"required": "yes"})

    assert DeskSettings.current().requires_second_factor
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.at) == (admin, "changed", AT)
    assert entry.data == {"requires_second_factor": [False, True]}
    assert browser.get("/sign-in/second-factor/").status_code == 200


def test_who_has_none_does_not_require_it_of_others(admin):
    browser = again(signed_in(admin))

    browser.post(reverse("require_second_factor"), {"required": "yes"})

    assert not DeskSettings.current().requires_second_factor
    assert "set up your own" in shown(browser.get("/sign-in/second-factor/"))


def test_an_admin_takes_lost_factors_back_and_all_sessions_end(admin, agent):
    with_app(agent)
    second_factors.recovery_codes_of(agent)
    lost = signed_in(agent)
    page = reverse("reset_second_factor", args=[agent.pk])

    browser = again(signed_in(admin))
    assert "Make sure that it is really the person" in shown(browser.get(page))
    browser.post(page)

    assert not Authenticator.objects.filter(user=agent).exists()
    assert lost.get("/queue/").status_code == 302
    entry = AuditEntry.objects.get(action="reset")
    assert (entry.object_id, entry.data) == (str(agent.pk), {"factors": ["recovery_codes", "totp"]})


# Sessions


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(agent):
    here, there, elsewhere = (signed_in(agent) for _ in range(3))
    windows = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0")
    sign_in_by_password(windows, agent)
    page = shown(here.get("/accounts/sessions/"))
    ends = re.findall(r'action="(/accounts/sessions/\d+/end/)"', page)
    assert "Firefox, Windows" in page
    assert "127.0.0.1" in page
    assert len(ends) == 3

    here.post(ends[0])
    assert [is_signed_in(each) for each in (here, there, elsewhere, windows)].count(False) == 1
    here.post("/accounts/sessions/others/end/")

    assert [is_signed_in(each) for each in (here, there, elsewhere, windows)] == [True, False, False, False]
    assert not groups_now([(agent.pk, there.session.session_key or "")])


def test_nobody_ends_a_session_of_somebody_else(agent, stranger):
    browser = signed_in(agent)
    from allauth.usersessions.models import UserSession

    theirs = UserSession.objects.get(user=agent)
    response = signed_in(with_password(stranger)).post(reverse("end_session", args=[theirs.pk]))

    assert response.status_code == 404
    assert is_signed_in(browser)


def test_a_new_password_ends_the_others_and_keeps_this_one(agent):
    here, there = signed_in(agent), signed_in(agent)

    here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "nowe trudne hasło", "password2": "nowe trudne hasło"},
    )

    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert Outbox.objects.get(address=agent.email).payload["subject"] == "The password was changed"


def test_pages_do_not_write_when_they_were_opened(agent, django_assert_num_queries):
    browser = signed_in(agent)
    browser.get("/accounts/security/")

    with django_assert_num_queries(4) as asked:  # the session, the person, two for the page
        browser.get("/accounts/security/")

    assert not [each for each in asked.captured_queries if not each["sql"].startswith("SELECT")]


# Wrong passwords


def lock_out(user_or_address: Any, *, client: Client | None = None) -> Any:
    address = getattr(user_or_address, "email", user_or_address)
    client = client or Client()
    for _try in range(5):
        response = client.post(LOGIN, {"login": address, "password": "wrong"})
    return response


def test_five_wrong_passwords_lock_this_place_and_say_so_plainly(client, agent):
    page = shown(lock_out(agent, client=client))

    assert "Wrong passwords were typed here for agnieszka@bursztyn.example, 5 in a row." in page
    assert "you can try again" in page
    assert sign_in_by_password(client, agent).status_code == 429
    assert "5 in a row" in shown(sign_in_by_password(client, agent)), (
        "a try during the lock neither counts nor prolongs"
    )
    assert SESSION_KEY not in client.session
    elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    assert sign_in_by_password(elsewhere, agent).status_code == 302


def test_capital_letters_are_no_further_tries(client, agent):
    for address in ("Agnieszka@bursztyn.example", " agnieszka@bursztyn.example", "AGNIESZKA@BURSZTYN.EXAMPLE"):
        client.post(LOGIN, {"login": address, "password": "wrong"})

    assert AccessAttempt.objects.get().failures_since_start == 3


def test_behind_our_proxy_the_visitors_address_counts(agent, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    lock_out(agent, client=Client(HTTP_X_FORWARDED_FOR="203.0.113.7"))

    assert sign_in_by_password(Client(HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.7"), agent).status_code == 429
    assert sign_in_by_password(Client(HTTP_X_FORWARDED_FOR="203.0.113.8"), agent).status_code == 302


def test_a_new_password_by_mail_opens_the_lock(client, agent):
    lock_out(agent, client=client)
    form = client.get(reset_link(client, agent), follow=True)

    client.post(form.redirect_chain[-1][0], {"password1": "nowe trudne hasło", "password2": "nowe trudne hasło"})

    assert sign_in_by_password(client, agent, "nowe trudne hasło").status_code == 302


def test_the_agent_on_the_phone_sees_why_and_unlocks_with_one_click(client, desk, queue):
    customer = with_password(make_requester(email="k.wozniak@klient.example"))
    ticket = make_ticket(queue, requester=customer)
    assert "Sign-in locked" not in shown(desk.get(f"/tickets/{ticket.pk}/"))
    lock_out(customer, client=client)

    page = shown(desk.get(f"/tickets/{ticket.pk}/"))
    assert "Sign-in locked until" in page
    assert "5 wrong passwords from 127.0.0.1" in page
    desk.post(f"/tickets/{ticket.pk}/unlock/")

    assert "Sign-in locked" not in shown(desk.get(f"/tickets/{ticket.pk}/"))
    assert sign_in_by_password(client, customer).status_code == 302
    entry = AuditEntry.objects.get(action="unlocked")
    assert (entry.object_id, entry.data) == (str(customer.pk), {"tries": 5, "ticket": ticket.pk})


def test_a_volunteer_neither_sees_it_nor_unlocks(client, sign_in, queue):
    customer = with_password(make_requester())
    ticket = make_ticket(queue, requester=customer)
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue)
    lock_out(customer, client=client)
    browser = sign_in(volunteer)

    assert "Sign-in locked" not in shown(browser.get(f"/tickets/{ticket.pk}/"))
    assert browser.post(f"/tickets/{ticket.pk}/unlock/").status_code == 403
    assert AccessAttempt.objects.exists()


def test_the_admin_sees_everybody_who_is_locked_out_and_strangers_too(client, admin, agent):
    lock_out(agent, client=client)
    lock_out("nobody@nowhere.example", client=client)
    browser = signed_in(admin)

    page = shown(browser.get("/sign-in/"))
    assert "Agnieszka Wrona" in page
    assert "Nobody here has this address." in page
    assert "nobody@nowhere.example" not in shown(browser.get("/sign-in/", {"q": "agnieszka"}))
    browser.post("/sign-in/unlock/", {"address": agent.email})

    assert sign_in_by_password(client, agent).status_code == 302


def test_a_team_may_unlock_its_own_requesters_only(agent, stranger, queue, client):
    customer = make_requester(email="anna@klient.example")
    ticket = make_ticket(queue, requester=customer)
    lock_out(customer, client=client)

    for by, address in ((stranger, customer.email), (agent, "somebody.else@klient.example")):
        with pytest.raises(securing.NotAllowed):
            securing.unlock(address=address, by=fresh(by), at=AT, ticket=ticket)
    assert securing.unlock(address=customer.email, by=fresh(agent), at=AT, ticket=ticket)


# Nobody learns whose addresses are known


def without_what_is_new(response: Any, address: str) -> tuple[int, dict[str, str], str]:
    """The answer without what is new in each: the form's token, the address itself, the moment, when a lock ends."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|<b>At \d+:\d+</b>', "", response.content.decode())
    headers = {name: value for name, value in response.headers.items() if name != "Expires"}  # the second of the answer
    return response.status_code, headers, body.replace(address, "")


@pytest.fixture
def pairs(team) -> list[tuple[str, str]]:
    """Addresses that are known in each way there is, and one of the same length that is not."""
    inactive = with_password(make_agent(team, email="inactive@klient.example", is_active=False))
    without_one = make_requester(email="no-password@klient.example")
    known = [with_password(make_agent(team, email="known@klient.example")), inactive, without_one]
    return [(person.email, f"{'x' * person.email.index('@')}@klient.example") for person in known]


def test_reset_sign_in_and_lock_answer_known_and_unknown_addresses_with_the_same_bytes(pairs):
    def answers(act: Callable[[Client, str], Any]) -> list[list[Any]]:
        return [[without_what_is_new(act(Client(), address), address) for address in pair] for pair in pairs]

    for act in (
        lambda client, address: client.post("/accounts/password/reset/", {"email": address}),
        lambda client, address: client.post("/accounts/password/reset/", {"email": address}, follow=True),
        lambda client, address: client.post(LOGIN, {"login": address, "password": "wrong"}),
        lambda client, address: lock_out(address, client=client),
    ):
        for known, unknown in answers(act):
            assert known == unknown


def test_a_request_for_a_new_password_does_the_same_work_for_everybody(pairs, django_assert_num_queries):
    for address in sum(pairs, ()):
        with django_assert_num_queries(1):
            Client().post("/accounts/password/reset/", {"email": address})
    assert ResetRequest.objects.count() == 6

    tasks.answer_resets()

    assert not ResetRequest.objects.exists()
    assert set(Outbox.objects.values_list("address", flat=True)) == {
        "known@klient.example",
        "no-password@klient.example",
    }


def test_three_links_an_hour_go_to_one_address_and_the_page_says_so(client, agent):
    asked = [client.post("/accounts/password/reset/", {"email": agent.email}, follow=True) for _ in range(5)]

    assert ResetRequest.objects.count() == 3
    assert "At most three links an hour" in shown(asked[0])
    assert len({without_what_is_new(each, agent.email)[2] for each in asked}) == 1
