"""Whose request it is, before any page is asked."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from tests.factories import make_agent, make_team
from tickets.models import User

pytestmark = pytest.mark.django_db


def test_a_request_has_the_person_and_no_stand_in(client):
    agent = make_agent(make_team())
    client.force_login(agent)

    request = client.get("/queue/").wsgi_request

    assert type(request.user) is User
    assert request.user == agent


def test_a_stranger_is_asked_for_nowhere(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        request = client.get("/healthz").wsgi_request

    assert type(request.user) is AnonymousUser


def test_who_signs_in_and_out_is_somebody_else_at_once(client):
    agent = make_agent(make_team())
    agent.set_password("kraków-1257")
    agent.save()

    came = client.post("/accounts/login/", {"login": agent.email, "password": "kraków-1257"}).wsgi_request
    went = client.post("/accounts/logout/").wsgi_request

    assert came.user == agent
    assert type(went.user) is AnonymousUser
    assert client.get("/queue/").status_code == 302


def test_a_changed_password_ends_the_sessions_of_before(client):
    agent = make_agent(make_team())
    client.force_login(agent)
    agent.set_password("kraków-1257")
    agent.save()

    response = client.get("/queue/")

    assert response.status_code == 302
    assert type(response.wsgi_request.user) is AnonymousUser


def test_a_session_of_somebody_who_left_is_nobodys():
    agent = make_agent(make_team())
    client = Client()
    client.force_login(agent)
    User.objects.filter(pk=agent.pk).update(is_active=False)

    assert type(client.get("/queue/").wsgi_request.user) is AnonymousUser
