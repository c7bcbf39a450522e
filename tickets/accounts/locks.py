"""How django-axes counts wrong passwords: by the address that was typed and the place it came from."""

from __future__ import annotations

from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import truncate_ip
from django.http import HttpRequest

from tickets.models import User


def name_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """One spelling per address, so that capital letters give no further attempts."""
    return (User.clean_email((credentials or {}).get("email")) or "")[:255]


def place_of(request: HttpRequest) -> str | None:
    """The client's address behind our own proxy; of IPv6 the network, of which one client has all addresses."""
    client = get_client_ip(request)
    return truncate_ip(client) if client else None
