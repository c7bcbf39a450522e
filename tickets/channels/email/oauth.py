"""Access tokens for mailboxes that are signed in to with OAuth 2.0 (RFC 6749 §4.4 and §6, RFC 7628).

With a refresh token a mailbox is read on behalf of the person who gave it, without one as the application itself. No
token is ever logged, and what a server answers is quoted only as far as it is a code.
"""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import connection
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, LoginError

from helpdesk.lib import clock, egress, web_client
from tickets.channels.email import reaching, troubles
from tickets.models import Mailbox

TIMEOUT_S = 15
MARGIN = timedelta(seconds=120)
"""A token is not used any more so long before its end; never more than half of its life."""
DEFAULT_LIFE_S = 3600
_LOCK_CLASS = 0x4F415554  # "OAUT": our half of PostgreSQL's advisory locks
_FIELDS = ["sealed_access_token", "access_token_until", "sealed_refresh_token"]
_CODE = re.compile(r"[a-z_]{1,60}")
_MICROSOFT_CODE = re.compile(r"AADSTS\d{1,10}")


class NoToken(OSError):
    """There is no access token now. str() is a sentence for the admin."""


def sign_in(client: IMAPClient, mailbox: Mailbox) -> None:
    """Authenticate with an access token; one that the mail server refuses is replaced once.

    Raises `NoToken`, imapclient's `LoginError`, and what a broken line raises.
    """
    token = access_token(mailbox)
    try:
        _present(client, mailbox.username, token)
    except IMAPClientAbortError:
        raise
    except LoginError:
        newer = access_token(mailbox, instead_of=token)
        if newer == token:
            raise
        _present(client, mailbox.username, newer)


def _present(client: IMAPClient, username: str, token: str) -> None:
    if client.has_capability("AUTH=XOAUTH2") or not client.has_capability("AUTH=OAUTHBEARER"):
        client.oauth2_login(username, token)
    else:
        client.oauthbearer_login(username, token)


def access_token(mailbox: Mailbox, *, instead_of: str = "") -> str:
    """A token that should work now, from the row or fresh from the token address. Raises `NoToken`.

    `instead_of`: a token that was refused, not to be given out again. One process asks at a time: where refresh tokens
    are used up by asking, two that ask with the same one would end the permission.
    """
    at = clock.real_now()
    if token := _kept(mailbox, at, instead_of):
        return token
    with _alone(mailbox):
        if mailbox.pk is not None:
            mailbox.refresh_from_db(fields=_FIELDS)  # another process may have been here a moment ago
        return _kept(mailbox, at, instead_of) or _fresh(mailbox)


def _kept(mailbox: Mailbox, at: datetime, instead_of: str) -> str:
    until = mailbox.access_token_until
    if until is None or until <= at:
        return ""
    token: str = mailbox.access_token
    return token if token != instead_of else ""


@contextmanager
def _alone(mailbox: Mailbox) -> Iterator[None]:
    if mailbox.pk is None:  # tried before it was saved
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s, %s)", [_LOCK_CLASS, mailbox.pk])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, mailbox.pk])


def _fresh(mailbox: Mailbox) -> str:
    """Ask the token address; what it answers is kept, a new refresh token too."""
    answer = _asked(mailbox)
    token = answer.get("access_token")
    kind = str(answer.get("token_type") or "bearer").lower()
    if not isinstance(token, str) or not token or not token.isprintable() or " " in token or kind != "bearer":
        raise NoToken(troubles.ODD_TOKEN % {"host": _host(mailbox)})
    life = timedelta(seconds=_life_s(answer.get("expires_in")))
    mailbox.access_token = token
    mailbox.access_token_until = clock.real_now() + life - min(MARGIN, life / 2)
    newer = answer.get("refresh_token")
    if mailbox.refresh_token and isinstance(newer, str) and newer:
        mailbox.refresh_token = newer
    if mailbox.pk is not None:
        mailbox.save(update_fields=_FIELDS)
    return token


def _asked(mailbox: Mailbox) -> dict[str, object]:
    fields = {"client_id": mailbox.client_id}
    if refresh_token := mailbox.refresh_token:
        fields |= {"grant_type": "refresh_token", "refresh_token": refresh_token}
    else:
        fields |= {"grant_type": "client_credentials"}
    if secret := mailbox.client_secret:
        fields["client_secret"] = secret
    if mailbox.scope:
        fields["scope"] = mailbox.scope
    host = _host(mailbox)
    try:
        status, body = web_client.post_form(mailbox.token_url, fields, timeout_s=TIMEOUT_S)
    except (egress.Refused, web_client.NotEncrypted, web_client.BadAddress) as error:
        raise NoToken(str(error)) from None
    except (OSError, http.client.HTTPException) as error:
        port = urlsplit(mailbox.token_url).port or 443
        reason = reaching.trouble(error, host=host, port=port, timeout_s=TIMEOUT_S)
        raise NoToken(troubles.TOKEN_SERVER_AWAY % {"host": host, "reason": reason}) from None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if status == 200 and isinstance(answer, dict):
        return answer
    raise NoToken(_refusal(mailbox, status, answer if isinstance(answer, dict) else {}))


def _refusal(mailbox: Mailbox, status: int, answer: dict[str, object]) -> str:
    """The sentence for an error answer (RFC 6749 §5.2)."""
    host = _host(mailbox)
    error = answer.get("error")
    code = error if isinstance(error, str) and _CODE.fullmatch(error) else ""
    if code == "invalid_grant" and mailbox.refresh_token:
        return troubles.SIGN_IN_AGAIN % {"host": host}
    if code in ("invalid_client", "unauthorized_client"):
        return troubles.CLIENT_REFUSED % {"host": host}
    if code == "invalid_scope":
        return troubles.SCOPE_REFUSED % {"host": host}
    details = _MICROSOFT_CODE.findall(str(answer.get("error_description", ""))[:2000])[:1]
    return troubles.TOKEN_REFUSED % {
        "host": host,
        "answer": ", ".join([str(status), *([code] if code else []), *details]),
    }


def _life_s(value: object) -> int:
    """`expires_in`, which some servers write as text and RFC 6749 §5.1 lets them leave out."""
    try:
        life = int(str(value))
    except ValueError:
        return DEFAULT_LIFE_S
    return min(max(life, 0), 7 * 86400)


def _host(mailbox: Mailbox) -> str:
    return urlsplit(mailbox.token_url).hostname or mailbox.token_url[:100]
