"""What stands in the lists that `files` gives out. Rows are read while the file leaves, some hundreds at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from helpdesk.lib.list_files import AT_ONCE, Table, number_asked
from helpdesk.lib.pagination import Page, keyset_page
from tickets.accounts import second_factors as factors
from tickets.channels.email import bounce_sentences, troubles
from tickets.forms.audit import AuditForm
from tickets.forms.lists import SearchForm
from tickets.models import BulkChange, BulkItem, CustomField, Rule, RuleFiring, User
from tickets.queries import audit as audit_reading
from tickets.queries import bulk as bulk_reading
from tickets.queries import locks as lock_reading
from tickets.queries import macros as macro_reading
from tickets.queries import mail as mail_reading
from tickets.queries import mail_settings, setup
from tickets.queries import organisations as organisation_reading
from tickets.queries import removed as removed_reading
from tickets.queries import rules as rule_reading
from tickets.queries import tags as tag_reading
from tickets.queries import views as view_reading
from tickets.views.audit import Fact, asked, in_lines
from tickets.views.changes import in_words, span
from tickets.views.restored import label_of_property
from tickets.views.saved_views import audience_in_words
from tickets.views.setup_people import shown_to


def audit(request: HttpRequest) -> Table:
    form = AuditForm(request.POST)
    if not form.is_valid():
        raise Http404
    listed = " ".join(f"{name}:{value}" for name, value in form.cleaned_data.items() if value)
    header = (
        _("When"), _("Who"), _("Network address"), _("What"), _("On what kind of thing"),
        _("What was done"), _("From what to what"),
    )  # fmt: skip
    return Table("", header, _audit_cells(asked(form)), listed)


def bulk_change(request: HttpRequest) -> Table:
    """What became of each ticket; of those out of the reader's sight by now only the number."""
    found = get_object_or_404(bulk_reading.own(request.user), pk=number_asked(request))
    header = (_("Ticket"), _("Subject"), _("What became of it"))
    return Table(f"{_('Changes of many tickets')} {found.pk}", header, _bulk_cells(found, request))


def fields(request: HttpRequest) -> Table:
    header = (_("Field"), _("What searches call it"), _("Type"), _("Choices"), _("Where"), _("State"))
    return Table(_("Fields"), header, map(_field_cells, setup.fields()))


def locked_out(request: HttpRequest) -> Table:
    """All that are in force, however many."""
    words = _words(request)
    header = (
        _("Who"), _("Address"), _("From where"), _("Wrong passwords"), _("The last one"), _("Locked until"),
    )  # fmt: skip
    rows = (
        (each.person or "", each.address, each.client, each.tries, each.last_at, each.until)
        for each in lock_reading.locks(search=words, most=None)
    )
    return Table(_("Locked out"), header, rows, words)


def macros(request: HttpRequest) -> Table:
    found = list(macro_reading.macros_of(request.user))
    header = (
        _("Macro"), _("For whom"), _("It writes"), _("Text"), _("Text in English"), _("What it changes"), _("State"),
    )  # fmt: skip
    phrases = _phrases([each.changes for each in found])
    rows = (
        (
            each.name,
            each.team or _("everybody"),
            (_("internal note") if each.is_note else _("reply")) if each.text or each.text_en else "",
            each.text,
            each.text_en,
            "; ".join(done),
            _("in use") if each.is_active else _("retired"),
        )
        for each, done in zip(found, phrases, strict=True)
    )
    return Table(_("Macros"), header, rows)


def mail(request: HttpRequest) -> Table:
    """What was not understood, what could not be delivered and what waits to leave, as the page has them."""
    header = (
        _("Why it is here"), _("When"), pgettext("mail", "From or to"), _("Subject"), _("Ticket"), _("Reason"),
        _("Way in"), _("Attempts"), _("Next try"),
    )  # fmt: skip
    return Table(_("Mail failures"), header, _mail_cells(request))


def mailboxes(request: HttpRequest) -> Table:
    header = (
        _("Mailbox"), _("Default queue"), _("Way in"), pgettext("mail", "Server"), _("User name"), _("Folder"),
        _("Last read"), _("State"), _("Failing since"), _("Reason"),
    )  # fmt: skip
    rows = (
        (
            each.name, each.queue, each.get_kind_display(), each.host, each.username, each.folder, each.last_fetch_at,
            _switch(each.is_active), each.failing_since, troubles.in_words(each.last_error),
        )
        for each in mail_settings.mailboxes()
    )  # fmt: skip
    return Table(_("Mailboxes"), header, rows)


def organisations(request: HttpRequest) -> Table:
    """With the people and unsolved tickets that the reader sees of each, as on the page."""
    user, at, words = request.user, request.at, _words(request)

    def page(cursor: str | None) -> Page[organisation_reading.Listed]:
        return Page(*organisation_reading.organisations(user, words, at=at, cursor=cursor, size=AT_ONCE))

    rows = ((str(each.organisation), each.people, each.unsolved) for each in _all_of(page))
    return Table("", (_("Organisation"), _("People"), _("Unsolved tickets")), rows, words)


def paused_addresses(request: HttpRequest) -> Table:
    """Those on pause, or with ``shown`` the pauses that are over."""
    is_ended, words = request.POST.get("shown") == "ended", _words(request)
    read = mail_reading.ended_pauses if is_ended else mail_reading.paused_addresses
    header = (
        _("Address"), _("Why"), _("What the mail server said"), _("Since"), _("Ticket"), _("Ended"), _("Ended by"),
    )  # fmt: skip
    rows = (
        (
            each.address, bounce_sentences.sentence(each.reason), each.detail, each.paused_at,
            each.message.ticket_id if each.message else "", each.cleared_at, each.cleared_by if is_ended else "",
        )
        for each in _all_of(lambda cursor: read(search=words, cursor=cursor, size=AT_ONCE))
    )  # fmt: skip
    return Table(_("Pauses that are over") if is_ended else _("Addresses on pause"), header, rows, words)


def people(request: HttpRequest) -> Table:
    """The people that the page shows to this reader, with the words they were searched by."""
    shown, words = shown_to(request.user, request.POST.get("shown", "")), _words(request)
    header = (_("Name"), _("Address"), _("Role"), _("Teams"), _("Organisation"), _("State"))
    found = _all_of(lambda cursor: setup.people(shown, words, cursor=cursor, size=AT_ONCE))
    return Table("", header, map(_person_cells, found), f"{shown} {words}".strip())


def queues(request: HttpRequest) -> Table:
    header = (
        _("Queue"), _("What searches call it"), _("Team"), _("Automatic assignment"), _("At most in hand"),
        _("Mail addresses"), _("Closes after (days)"),
    )  # fmt: skip
    rows = (
        (
            each.name, each.slug, each.team, each.get_assignment_display(), each.assignment_cap,
            ", ".join(map(str, each.addresses.all())), each.closes_after_days,
        )
        for each in setup.queues()
    )  # fmt: skip
    return Table(_("Queues"), header, rows)


def removed(request: HttpRequest) -> Table:
    """Spam and deleted tickets that this reader may restore."""
    user, at = request.user, request.at
    header = (
        _("Ticket"), _("Subject"), _("Requester"), _("Queue"), _("Removed"), _("When"), pgettext("removed", "By"),
    )  # fmt: skip
    rows = (
        (
            each.pk, each.subject, each.requester, each.queue, each.get_removed_as_display(), each.removed_at,
            ", ".join(name for name in each.removers if name),
        )
        for each in _all_of(lambda cursor: removed_reading.removed_page(user, at=at, cursor=cursor, size=AT_ONCE))
    )  # fmt: skip
    return Table(_("Spam and deleted"), header, rows)


def rule_log(request: HttpRequest) -> Table:
    rule = get_object_or_404(Rule, pk=number_asked(request))
    header = (_("When"), _("Ticket"), _("Subject"), _("Why"), _("Conditions"), _("What it did"), _("What was refused"))
    return Table(rule.name, header, _firing_cells(rule))


def rules(request: HttpRequest) -> Table:
    found = list(rule_reading.rules(request.at))
    header = (
        _("Rule"), _("When"), pgettext("rule", "After"), _("Conditions"), _("What it does"),
        _("no further rules after it"), _("State"), _("Fired in the last day"),
    )  # fmt: skip
    rows = (
        (
            each.name, each.get_trigger_display(), span(each.after_minutes) if each.after_minutes else "",
            each.conditions, "; ".join(does), _("yes") if each.stops else _("no"),
            each.paused_because or (pgettext("rule", "on") if each.is_active else pgettext("rule", "off")), each.fired,
        )
        for each, does in zip(found, _phrases([each.changes for each in found]), strict=True)
    )  # fmt: skip
    return Table(_("Rules"), header, rows)


def second_factors(request: HttpRequest) -> Table:
    words = _words(request)
    header = (
        _("Person"), _("Address"), _("Role"), pgettext("second factor", "app"), _("Passkeys"), _("Last used"),
    )  # fmt: skip
    rows = (
        (each, each.email, each.get_role_display(), _("yes") if each.apps else _("no"), each.passkeys, each.used_at)
        for each in _all_of(lambda cursor: factors.people(search=words, cursor=cursor, size=AT_ONCE))
    )
    return Table(_("Second factor"), header, rows, words)


def senders(request: HttpRequest) -> Table:
    header = (
        _("Queue"), _("Sender"), pgettext("mail", "Server"), _("User name"), _("At most a minute"), _("State"),
        _("Failing since"), _("Reason"),
    )  # fmt: skip
    rows = (
        (
            queue.name, each.name, f"{each.host}:{each.port}", each.username, each.per_minute, _switch(each.is_active),
            each.failing_since, troubles.in_words(each.last_error),
        )
        for queue in mail_settings.queues_with_senders()
        for each in queue.senders.all()
    )  # fmt: skip
    return Table(_("Senders"), header, rows)


def tags(request: HttpRequest) -> Table:
    words = _words(request)
    found = tag_reading.tags(words)
    rows = (
        (each.name, each.becomes or (_("is taken off everywhere") if each.becomes == "" else ""))
        for each in _all_of(lambda cursor: keyset_page(found, by=("name", "id"), size=AT_ONCE, cursor=cursor))
    )
    return Table(_("Tags"), (_("Tag"), _("New name")), rows, words)


def teams(request: HttpRequest) -> Table:
    rows = (
        (each.name, ", ".join(queue.name for queue in each.queues.all()), ", ".join(map(str, each.people)))
        for each in setup.teams()
    )
    return Table(_("Teams"), (_("Team"), _("Queues"), _("Members")), rows)


def views(request: HttpRequest) -> Table:
    """Those that this reader has, in their own order."""
    rows = (
        (each.name, each.query, each.get_sort_display(), audience_in_words(each), each.owner)
        for each, _is_listed in view_reading.listed(request.user)
    )
    return Table(_("Saved views"), (_("View"), _("Search"), _("Order"), _("Who sees it"), _("Made by")), rows)


def _words(request: HttpRequest) -> str:
    form = SearchForm(request.POST)
    return form.cleaned_data["q"].strip() if form.is_valid() else ""


def _all_of(page: Callable[[str | None], Page[Any]]) -> Iterator[Any]:
    """Every row, read a page at a time while the file leaves."""
    cursor: str | None = None
    while True:
        found = page(cursor)
        yield from found.rows
        if (cursor := found.next_cursor) is None:
            return


def _phrases(changes: list[list[Any]]) -> list[list[str]]:
    """The changes of each in words; people and queues are looked up once for all."""
    words = iter(in_words([change for each in changes for change in each]))
    return [[next(words) for _change in each] for each in changes]


def _switch(is_active: bool) -> str:
    return pgettext("mailbox", "Active") if is_active else pgettext("mailbox", "Paused")


def _person_cells(person: User) -> list[object]:
    state = "" if person.is_active else pgettext("person", "deactivated")
    teams = ", ".join(team.name for team in person.teams.all())
    return [person.name, person.email, person.get_role_display(), teams, person.organisation or "", state]


def _field_cells(field: CustomField) -> list[object]:
    where = ", ".join(queue.name for queue in field.queues.all()) or _("everywhere")
    in_use = _("required to solve") if field.is_required_to_solve else _("in use")
    state = in_use if field.is_active else _("retired")
    return [field.label, field.key, field.get_type_display(), ", ".join(field.choices), where, state]


def _mail_cells(request: HttpRequest) -> Iterator[list[object]]:
    for came in _all_of(lambda cursor: mail_reading.quarantined(cursor=cursor, size=AT_ONCE)):
        way = _("an archive") if came.is_imported else came.mailbox or _("the mail server on this machine")
        reason = troubles.in_words(came.reason)
        yield [_("Not understood"), came.received_at, came.sender, came.subject, "", reason, way, came.attempts, None]
    for dead in _all_of(lambda cursor: mail_reading.dead_letters(cursor=cursor, size=AT_ONCE)):
        yield [_("Not delivered"), *_leaving(dead), None]
    for stuck in mail_reading.stuck_mail(request.at, size=None):
        yield [_("Waiting for more than an hour"), *_leaving(stuck), stuck.next_at]


def _leaving(mail: Any) -> list[object]:
    subject = mail.ticket.subject if mail.ticket else mail.get_kind_display()
    reason = troubles.in_words(mail.last_error)
    return [mail.created_at, mail.address, subject, mail.ticket_id or "", reason, "", mail.attempts]


def _firing_cells(rule: Rule) -> Iterator[list[object]]:
    cursor: str | None = None
    while True:
        page = keyset_page(rule_reading.firings(rule), by=("-at", "-id"), size=AT_ONCE, cursor=cursor)
        phrases = _phrases([[each["change"] for each in firing.done] for firing in page.rows])
        for firing, words in zip(page.rows, phrases, strict=True):
            yield _firing(firing, rule, words)
        if (cursor := page.next_cursor) is None:
            return


def _firing(firing: RuleFiring, rule: Rule, words: list[str]) -> list[object]:
    refused = "; ".join(
        f"{what}: {each['refused']}" for what, each in zip(words, firing.done, strict=True) if each.get("refused")
    )
    conditions, why = firing.why.get("conditions", ""), rule.get_trigger_display()
    return [firing.at, firing.ticket_id, firing.ticket.subject, why, conditions, "; ".join(words), refused]


def _bulk_cells(change: BulkChange, request: HttpRequest) -> Iterator[list[object]]:
    after = 0
    while items := bulk_reading.items_after(change, request.user, request.at, after):
        for item in items:
            yield [item.ticket_id, item.seen.subject if item.seen else "", _became(item)]
        after = items[-1].pk


def _became(item: BulkItem) -> str:
    if item.refused:
        return item.refused
    if left := [label_of_property(each) for each in item.before.get("left", [])]:
        return _("changed since, left as it is: %(names)s") % {"names": ", ".join(left)}
    return pgettext("bulk change", "done") if item.done_at else pgettext("bulk change", "not done")


def _audit_cells(wanted: audit_reading.Asked) -> Iterator[list[object]]:
    cursor: str | None = None
    while True:
        found = audit_reading.entries(wanted, cursor=cursor, size=AT_ONCE)
        for line in in_lines(found.rows):
            entry = line.entry
            who = entry.actor_name or _("The desk itself")
            facts = "; ".join(map(_fact, line.facts))
            kind, act = entry.kind_in_words, entry.action_in_words
            yield [entry.at, who, entry.address or "", entry.name, kind, act, facts]
        if (cursor := found.next_cursor) is None:
            return


def _fact(fact: Fact) -> str:
    if fact.is_change:
        return f"{fact.label}: {fact.old} → {fact.new}"
    return f"{fact.label}: {fact.new or pgettext('audit', 'changed')}"
