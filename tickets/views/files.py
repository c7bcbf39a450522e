"""Lists of the desk's setup, mail, sign-in and audit as files for a spreadsheet; the apps above give their own lists,
and tickets, favours and figures have pages of their own that give them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST

from helpdesk.lib import list_files
from helpdesk.lib.list_files import Offered
from tickets import access
from tickets.actions import exporting
from tickets.models import AuditEntry
from tickets.views import tables

Kind = AuditEntry.Kind


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
    return list_files.given(request, name, LISTS, may_take=access.can_export, note=exporting.note_list)
