"""The audit tells who changed which setting from what to what, and never a secret."""

import json
from pathlib import Path

import pytest
from django.db.models import BinaryField
from django.utils.functional import Promise

import tickets
from tests.factories import AT, make_admin, make_lead, make_queue, make_ticket
from tickets.actions import (
    auditing,
    keeping_fields,
    keeping_macros,
    keeping_rules,
    mail_settings,
    mailboxes,
    retagging,
    ruling,
)
from tickets.actions.auditing import Action, Kind
from tickets.models import AuditEntry, CustomField, Macro, Mailbox, Rule, Tag
from tickets.views.audit import LABELS, UNNAMED

pytestmark = pytest.mark.django_db

SECRET, NEWER = "tajne hasło", "jeszcze tajniejsze"
IMAP = {"name": "Pomoc", "host": "imap.example", "username": "pomoc", "password": SECRET}
SMTP = {"name": "Wyjście", "host": "smtp.example", "username": "pomoc", "password": SECRET}


@pytest.fixture
def admin():
    return make_admin(name="Adam Rój")


@pytest.fixture
def queue():
    return make_queue(name="Zwroty")


def lines():
    """What was written, without what a row was like when it was made or went."""
    entries = AuditEntry.objects.order_by("id")
    return [
        (each.action, each.kind, each.data if each.action in (Action.CHANGED, Action.PAUSED) else None)
        for each in entries
    ]


def written():
    return json.dumps(list(AuditEntry.objects.values("data", "name")), ensure_ascii=False)


def test_a_mailbox_from_its_beginning_to_its_end(admin, queue):
    who = {"by": admin, "at": AT}
    box = mail_settings.create_mailbox(kind="imap", queue=queue, **IMAP, **who)
    mail_settings.change_mailbox(mailbox=box, host="mail.example", password=NEWER, **who)
    mail_settings.change_mailbox(mailbox=box, host="mail.example", **who)
    mailboxes.start_reading(mailbox=box, uidvalidity=1, first_uid=7, **who)
    mail_settings.pause_mailbox(mailbox=box, **who)
    mail_settings.resume_mailbox(mailbox=box, **who)
    mail_settings.remove_mailbox(mailbox=box, **who)

    assert lines() == [
        ("added", "mailbox", None),
        ("changed", "mailbox", {"host": ["imap.example", "mail.example"], "password": "changed"}),
        ("changed", "mailbox", {"is_active": [False, True], "first_uid": [None, 7]}),
        ("changed", "mailbox", {"is_active": [True, False]}),
        ("changed", "mailbox", {"is_active": [False, True]}),
        ("removed", "mailbox", None),
    ]
    added, removed = AuditEntry.objects.earliest("id"), AuditEntry.objects.latest("id")
    assert (added.at, added.actor, added.actor_name, added.name) == (AT, admin, "Adam Rój", "Pomoc")
    assert (added.data["queue"], added.data["password"]) == ([None, "Zwroty"], "changed")
    assert removed.data["host"] == ["mail.example", None]
    assert added.object_id == removed.object_id == str(box.pk)
    assert SECRET not in written()
    assert NEWER not in written()


def test_a_token_is_issued_and_not_told(admin, queue):
    endpoint = Mailbox.objects.create(queue=queue, name="Podane", kind="push")

    first, second = (mailboxes.issue_push_token(mailbox=endpoint, by=admin, at=AT) for _each in range(2))

    assert lines() == [("changed", "mailbox", {"push_token": "changed"})] * 2
    endpoint.refresh_from_db()
    assert endpoint.push_token_sha256 not in written()
    assert not any(token in written() for token in (first, second))


def test_senders_and_the_mail_of_a_queue(admin, queue):
    who = {"by": admin, "at": AT}
    one, two = (
        mail_settings.create_sender(queue=queue, **{**SMTP, "name": name}, **who) for name in ("Pierwszy", "Drugi")
    )
    mail_settings.change_sender(sender=one, password=NEWER, per_minute=30, **who)
    mail_settings.move_sender(sender=two, is_up=True, **who)
    mail_settings.move_sender(sender=two, is_up=True, **who)
    mail_settings.remove_sender(sender=one, **who)
    mail_settings.change_queue_mail(queue=queue, signature="{agent}", language="pl", acknowledges=False, **who)

    assert lines() == [
        ("added", "sender", None),
        ("added", "sender", None),
        ("changed", "sender", {"password": "changed", "per_minute": [None, 30]}),
        ("changed", "sender", {"position": [1, 0]}),
        ("removed", "sender", None),
        ("changed", "queue", {"acknowledges": [True, False], "signature": ["", "{agent}"]}),
    ]
    assert SECRET not in written()


def test_macros_rules_and_tags(admin, queue):
    who = {"by": admin, "at": AT}
    urgent, low = ([{"property": "priority", "to": to}] for to in (4, 1))
    macro = keeping_macros.save(macro=Macro(name="Zwrot", text="Dzień dobry"), changes=[], **who)
    macro.text = "Witam"
    keeping_macros.save(macro=macro, changes=urgent, **who)
    keeping_macros.move(macro=macro, is_up=True, **who)
    rule = keeping_rules.save(rule=Rule(name="Pilne", trigger="opened"), changes=urgent, **who)
    keeping_rules.save(rule=rule, changes=low, **who)
    keeping_rules.switch(rule=rule, is_on=True, **who)
    tag = Tag.objects.create(name="zwrot")
    retagging.rename_everywhere(tag=tag, to="zwroty", **who)
    retagging.rename_everywhere(tag=tag, to="", **who)

    assert lines() == [
        ("added", "macro", None),
        ("changed", "macro", {"text": ["Dzień dobry", "Witam"], "changes": [[], urgent]}),
        ("added", "rule", None),
        ("changed", "rule", {"changes": [urgent, low]}),
        ("changed", "rule", {"is_active": [False, True]}),
        ("changed", "tag", {"name": ["zwrot", "zwroty"]}),
        ("removed", "tag", None),
    ]


def test_a_rule_that_pauses_itself_is_the_desks_own_doing(queue):
    made = Rule.objects.create(name="Dawna", trigger="time", after_minutes=1, conditions="queue:inna", is_active=True)
    make_ticket(queue)

    ruling.run_time(at=AT)

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_name, entry.action, entry.object_id) == (None, "", "paused", str(made.pk))
    assert "inna" in entry.data["paused_because"][1]


def test_what_is_refused_is_not_written(admin, queue):
    with pytest.raises(mail_settings.WrongSettings):
        mail_settings.create_sender(queue=queue, **{**SMTP, "host": ""}, by=admin, at=AT)
    with pytest.raises(mail_settings.NotAllowed):
        mail_settings.create_sender(queue=queue, **SMTP, by=make_lead(), at=AT)

    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("model", auditing.KINDS)
def test_every_column_is_told_under_a_name_or_is_a_secret(model):
    columns = {field.name: field for field in model._meta.concrete_fields if auditing._is_told(field)}
    closed = {name for name in columns if isinstance(columns[name], BinaryField) or "password" in name}

    assert closed <= auditing.SECRETS
    for name in columns.keys() - auditing.SECRETS:
        named = LABELS[name] if name in UNNAMED else columns[name].verbose_name
        assert isinstance(named, Promise), f"{model.__name__}.{name} has no name that could be translated"


def test_another_order_is_told_whatever_numbers_the_rows_had(admin):
    for name in ("b", "a"):
        CustomField.objects.create(key=name, label=name, type=CustomField.Type.TEXT, position=1)
    moved = CustomField.objects.order_by("position", "id").last()

    for _press in range(2):
        keeping_fields.move(field=moved, by=admin, is_up=True, at=AT)

    assert [line.data for line in AuditEntry.objects.all()] == [{"position": [2, 1]}]


def test_every_kind_and_act_has_a_word():
    words = [*Kind.labels, *Action.labels]

    assert len(set(words)) == len(words)
    assert set(auditing.KINDS.values()) <= set(Kind)


def test_there_is_one_writer():
    root = Path(tickets.__file__).parent
    writers = [path.name for path in root.rglob("*.py") if "AuditEntry.objects.create" in path.read_text()]

    assert writers == ["auditing.py"]
