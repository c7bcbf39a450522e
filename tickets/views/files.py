"""Lists of the desk's setup, mail, sign-in and audit as files for a spreadsheet; tickets, favours and figures have
pages of their own that give them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST

from tickets import access
from tickets.actions import exporting
from tickets.models import AuditEntry
from tickets.views import tables
from tickets.views.exporting import as_file
from tickets.views.tables import Table

Kind = AuditEntry.Kind


@dataclass(frozen=True)
class Offered:
    """Who gets a list, which is who may open its page, and how it is made."""

    may_see: Callable[[Any], bool]
    table: Callable[[HttpRequest], Table]
    kind: Kind = Kind.LIST


LISTS = {
    "audit": Offered(access.can_read_audit, tables.audit, Kind.AUDIT),
    "bulk-change": Offered(access.can_export, tables.bulk_change),
    "fields": Offered(access.can_see_setup, tables.fields),
    "locked-out": Offered(access.can_manage_sign_in, tables.locked_out),
    "macros": Offered(access.can_manage_macros, tables.macros),
    "mail": Offered(access.can_manage_mail, tables.mail),
    "mailboxes": Offered(access.can_manage_mail, tables.mailboxes),
    "organisations": Offered(access.can_see_setup, tables.organisations, Kind.ORGANISATIONS),
    "paused-addresses": Offered(access.can_manage_mail, tables.paused_addresses),
    "people": Offered(access.can_see_setup, tables.people, Kind.PEOPLE),
    "queues": Offered(access.can_see_setup, tables.queues),
    "removed": Offered(access.can_see_removed, tables.removed),
    "rule-log": Offered(access.can_manage_rules, tables.rule_log),
    "rules": Offered(access.can_manage_rules, tables.rules),
    "second-factors": Offered(access.can_manage_sign_in, tables.second_factors),
    "senders": Offered(access.can_manage_mail, tables.senders),
    "tags": Offered(access.can_manage_tags, tables.tags),
    "teams": Offered(access.can_see_setup, tables.teams),
    "views": Offered(access.can_export, tables.views),
}


@login_required
@require_POST
def list_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """The list as its page shows it to this reader, narrowed as there, all of it."""
    offered = LISTS.get(name)
    if offered is None or not offered.may_see(request.user) or not access.can_export(request.user):
        raise Http404
    table = offered.table(request)
    exporting.note_list(kind=offered.kind, name=table.name, listed=table.listed, by=request.user, at=request.at)
    return as_file(request, name, table.header, table.rows)
