"""Every route of the matrix, tried by the eight columns on their own and on foreign things, through the real pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.sites import AdminSite
from django.core.cache import cache
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.permissions.matrix import MATRIX, columns_of
from tests.permissions.world import World, our_tables, rows_written, state_of, state_of_everything
from tickets import admin
from tickets.models import AuditEntry

ROWS = MATRIX["route"]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

SETTINGS = {
    apps.get_model(app, name)._meta.db_table
    for app, names in {
        "tickets": [
            "CustomField", "CustomField_queues", "DeskSettings", "Macro", "MailSender", "Mailbox", "Membership",
            "Organisation", "PausedAddress", "PersonAddress", "Queue", "QueueAddress", "Rule", "Tag", "Team",
            "User", "View",
        ],
        "rotations": [
            "Absence", "Pattern", "Programme", "Programme_queues", "Qualification", "WorkingBlock", "WorkingHours",
        ],
        "sla": ["Agreement", "Calendar", "CalendarVersion", "Policy", "PolicyVersion"],
    }.items()
    for name in names
}  # fmt: skip
"""Tables that no request changes without a line in the audit, except what a row names as ``no_setting``."""

DEFAULT_ARGUMENTS = {"number": "ticket", "token": "token"}


def name_of(row: dict[str, Any]) -> str:
    return " ".join(filter(None, [row.get("method", "GET"), "/" + row["path"], row.get("case", "")]))


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_row(world: World, row: dict[str, Any]) -> None:
    expected = {("own", column): answer for column, answer in columns_of(row["own"]).items()}
    if "foreign" in row:
        expected |= {("foreign", column): answer for column, answer in columns_of(row["foreign"]).items()}
    if not row.get("prefix"):
        expected["team", "mentor"] = row.get("team", expected["own", "agent"])

    answers = {tried: try_row(world, row, *tried, expected[tried]) for tried in expected}

    assert answers == expected


def try_row(world: World, row: dict[str, Any], which: str, column: str, expected: str) -> str:
    """The answer as the matrix writes it. Everything the request did is taken back afterwards."""
    with transaction.atomic():
        values = world.values(column, which)
        if row.get("after_half"):
            world.review_on(world.ticket(column, which), is_old=True)
        if held := row.get("held"):
            getattr(values, held)
        client = client_of(world, column)
        is_audited = row.get("is_audited", False)
        lines, written_before = AuditEntry.objects.count(), rows_written()
        asked = transaction.savepoint()
        if row.get("prefix"):
            responses = [client.get(url, follow=True) for url in urls_below(row["path"])]
            answer = "/".join(sorted({answer_of(response) for response in responses}))
        else:
            response = send(client, request_of(row, values))
            answer = answer_of(response)
            assert_gives_nothing_away(world, column, which, response, is_link=row["path"].startswith("r/"))
        written = AuditEntry.objects.count() - lines
        changed = changed_since(asked, written_before, without=AuditEntry if is_audited else None)
        has_changed = bool(changed)
        transaction.set_rollback(True)
    if settings := sorted(changed & SETTINGS - set(row.get("no_setting", ()))):
        assert written, f"{column} {which}: answered {answer}, changed {settings}, and the audit does not tell"
    if is_audited:
        assert written == (answer == "200"), f"{column} {which}: answered {answer} and wrote {written} lines"
    if row.get("method", "GET") == "GET" or answer == "login" or answer[0] in "45":
        assert not has_changed, f"{column} {which}: answered {answer} and changed something all the same"
    elif not has_changed:
        answer += "="
    return answer


def changed_since(asked: str, written_before: dict[str, int], *, without: type[Model] | None) -> set[str]:
    """Which tables hold something else than at the savepoint, to which it goes back. Only those are compared that
    were written to since: most requests write nothing."""
    written = rows_written()
    tables = [name for name in our_tables(without=without) if written.get(name, 0) != written_before.get(name, 0)]
    if not tables:
        return set()
    after = state_of(tables)
    transaction.savepoint_rollback(asked)
    return {table for table, old, new in zip(tables, state_of(tables), after, strict=True) if old != new}


def client_of(world: World, column: str) -> Client:
    cache.clear()
    client = Client(raise_request_exception=True)
    if column in world.sessions:
        client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[column]
    elif column != "anonymous":
        client.force_login(world.person(column))
    return client


class Request(NamedTuple):
    method: str
    url: str
    body: dict[str, Any]
    query: dict[str, Any]


def request_of(row: dict[str, Any], values: dict[str, Any]) -> Request:
    """What the row asks with these values."""
    url = row.get("url") or url_of(row["path"], DEFAULT_ARGUMENTS | row.get("args", {}), values)
    method = row.get("method", "GET")
    body, query = (filled(row.get(part, {}), values) for part in ("body", "query"))
    return Request(method, url, {} if method == "GET" else body, query if method == "GET" else {})


def send(client: Client, asked: Request) -> HttpResponse:
    if asked.method == "GET":
        return client.get(asked.url, asked.query)
    if asked.url.startswith("/api/"):
        return client.post(asked.url, asked.body, content_type="application/json")
    return client.post(asked.url, asked.body)


def url_of(path: str, arguments: dict[str, str], values: dict[str, Any]) -> str:
    return "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(values[arguments[found[1]]]), path)


def filled(body: Any, values: dict[str, Any]) -> Any:
    """The body with ``{name}`` replaced by what the world has under this name, numbers as numbers."""
    if isinstance(body, dict):
        return {key: filled(value, values) for key, value in body.items()}
    if isinstance(body, str) and (found := re.fullmatch(r"\{(\w+)\}", body)):
        return values[found[1]]
    return body


def answer_of(response: HttpResponse) -> str:
    if response.wsgi_request.path == reverse("account_logout"):
        return str(response.status_code)
    steps = [url for url, _ in getattr(response, "redirect_chain", [])] or [response.headers.get("Location", "")]
    return "login" if any(step.startswith(reverse("account_login")) for step in steps) else str(response.status_code)


def assert_gives_nothing_away(world: World, column: str, which: str, response: HttpResponse, *, is_link: bool) -> None:
    """No answer holds words of tickets outside, of notes where none may be read, or contact data that is masked.

    Whoever opens a requester's link is answered as the requester, who sees their own address.
    """
    content = b"".join(response.streaming_content) if response.streaming else response.content
    text = content.decode(errors="replace")
    own_address = {str(world.ticket(column, which).requester.email)} if is_link else set()
    for secret in world.secrets_from(column, which) - own_address:
        assert secret not in text, f"{column} {which}: the answer {response.status_code} gives away {secret!r}"


def urls_below(path: str) -> list[str]:
    """The index of the admin site, and the list and the form of everything registered there."""
    site: AdminSite = admin.site
    names = [f"{model._meta.app_label}_{model._meta.model_name}" for model in site._registry]
    return [f"/{path}", *(reverse(f"admin:{name}_{page}") for name in names for page in ("changelist", "add"))]


# The matrix is whole


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path, pattern
        elif not any(row.get("prefix") and row["path"] == path for row in ROWS):
            yield from routes(pattern.url_patterns, path)


def missing_rows() -> set[str]:
    known = {(row["path"], row.get("method", "GET")) for row in ROWS}
    return {
        f"{method} {path}"
        for path, pattern in routes(get_resolver().url_patterns)
        for method in methods_of(pattern) or {"GET", "POST"}
        if (path, method) not in known and (methods_of(pattern) or not any((path, other) in known for other in METHODS))
    }


def methods_of(pattern: URLPattern) -> set[str]:
    """The methods an API view handles; empty for pages, whose views do not tell."""
    view = getattr(pattern.callback, "cls", None)
    return {method for method in METHODS if hasattr(view, method.lower())}


def test_every_route_has_a_row() -> None:
    assert missing_rows() == set()


def test_every_row_has_a_route() -> None:
    found = {path for path, _ in routes(get_resolver().url_patterns)}

    assert {row["path"] for row in ROWS if not row.get("prefix")} - found == set()
    for row in ROWS:
        if row.get("prefix"):
            assert any(str(pattern.pattern) == row["path"] for pattern in get_resolver().url_patterns)


def test_a_row_is_written_once() -> None:
    names = [name_of(row) for row in ROWS]

    assert sorted(names) == sorted(set(names))


def test_a_method_without_a_row_does_nothing(world: World) -> None:
    """Tried by an admin, who may do everything. What only takes a POST answers 405 to a GET, and 401 where a person's
    session counts for nothing."""
    client = client_of(world, "admin")
    values = world.values("admin", "own")
    by_path = {row["path"]: [each for each in ROWS if each["path"] == row["path"]] for row in ROWS}
    # Some values are made when they are asked for.
    urls = {
        path: rows[0].get("url") or url_of(path, DEFAULT_ARGUMENTS | rows[0].get("args", {}), values)
        for path, rows in by_path.items()
    }
    before = state_of_everything()
    answered = {}

    for path, rows in by_path.items():
        known = {row.get("method", "GET") for row in rows}
        url = urls[path]
        for method in set(METHODS) - known:
            if path == "accounts/logout/":
                continue
            response = client.generic(method, url, b"text=x", content_type="application/x-www-form-urlencoded")
            if method == "GET" and response.status_code not in (401, 405):
                answered[url] = response.status_code

    assert answered == {}
    assert state_of_everything() == before
