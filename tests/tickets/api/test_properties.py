"""Tags, own fields, snooze, subject, requester, spam and deletion."""

from datetime import timedelta

from django.core.cache import cache

from tickets.models import CustomField, Ticket, User


def test_tags_go_on_and_off_and_others_changes_stay(desk, as_):
    ticket = desk.ticket()
    caller = as_(desk.agent)
    path = f"tickets/{ticket.pk}/tags/"

    caller.post(path, add=["Zwrot", "vip"])
    caller.post(path, add=["pilne"], remove=["vip"])
    merged = caller.post(path, tags=["zwrot", "faktura"], seen=["zwrot", "vip"])

    assert merged.json()["tags"] == ["faktura", "pilne", "zwrot"]
    assert caller.post(path, add=["dwa słowa"]).json()["code"] == "not_a_tag"
    assert caller.post(path, tags=[], add=["x"]).status_code == 400
    assert caller.get("tags/?q=f").json() == {"results": ["faktura"]}


def test_a_field_is_filled_in_and_needed_to_solve(desk, as_):
    CustomField.objects.create(key="cost", label="Cost", type="number", is_required_to_solve=True)
    cache.clear()
    ticket = desk.ticket()
    caller = as_(desk.agent)
    path = f"tickets/{ticket.pk}/fields/cost/"

    unsolved = caller.post(f"tickets/{ticket.pk}/status/", status="solved")
    wrong = caller.post(path, value="dwa")
    filled = caller.post(path, value="12,50", seen=None)
    clash = caller.post(path, value="3", seen="")
    solved = caller.post(f"tickets/{ticket.pk}/status/", status="solved")

    assert (unsolved.status_code, unsolved.json()["code"], unsolved.json()["fields"]) == (
        409, "fields_missing", ["cost"],
    )  # fmt: skip
    assert wrong.json()["code"] == "wrong_value"
    assert filled.json()["fields"] == {"cost": "12.5"}
    assert (clash.json()["theirs"], clash.json()["yours"]) == ("12.5", "3")
    assert solved.status_code == 200
    assert caller.get("fields/").json()["results"][0]["key"] == "cost"
    assert caller.post(f"tickets/{ticket.pk}/fields/nothing/", value="1").json()["code"] == "unknown_field"


def test_a_ticket_is_opened_with_its_fields(desk, as_):
    CustomField.objects.create(key="model", label="Model", type="choice", choices=["A4", "A3"])
    cache.clear()
    given = {
        "requester": {"email": "anna@klient.example"}, "queue": desk.ticket().queue_id, "subject": "x", "text": "y",
    }  # fmt: skip

    opened = as_(desk.agent).post("tickets/", **given, fields={"model": "A3"})
    wrong = as_(desk.agent).post("tickets/", **given, fields={"model": "A5"})

    assert opened.json()["fields"] == {"model": "A3"}
    assert wrong.json()["detail"] == "Model: choose one of: A4, A3."


def test_it_is_snoozed_and_woken(desk, as_):
    ticket = desk.ticket()
    caller = as_(desk.agent)
    path = f"tickets/{ticket.pk}/snooze/"

    past = caller.post(path, until=desk.at.isoformat(), reason="x")
    snoozed = caller.post(path, until=(desk.at + timedelta(hours=2)).isoformat(), reason="Kurier", seen=None)
    clash = caller.post(path, until=(desk.at + timedelta(hours=3)).isoformat(), reason="Kurier", seen=None)
    listed = caller.get("tickets/?view=snoozed").json()["results"]
    woken = caller.post(path, until=None)

    assert past.json()["code"] == "not_ahead"
    assert snoozed.json()["snoozed_until"] == "2026-03-09T09:00:00Z"
    assert (clash.status_code, clash.json()["field"]) == (409, "snooze")
    assert [each["id"] for each in listed] == [ticket.pk]
    assert woken.json()["snoozed_until"] is None


def test_it_is_removed_and_restored(desk, as_):
    ticket = desk.ticket()
    caller = as_(desk.agent)

    caller.post(f"tickets/{ticket.pk}/remove/", removed_as="spam")
    worked = caller.post(f"tickets/{ticket.pk}/priority/", priority="high")
    seen = caller.get(f"tickets/{ticket.pk}/").json()
    restored = caller.post(f"tickets/{ticket.pk}/restore/")

    assert worked.json()["code"] == "ticket_is_removed"
    assert (seen["removed_as"], seen["removed_at"]) == ("spam", "2026-03-09T07:00:00Z")
    assert restored.status_code == 200
    assert Ticket.objects.get(pk=ticket.pk).removed_at is None


def test_subject_and_requester_change(desk, as_):
    ticket = desk.ticket()
    caller = as_(desk.agent)

    subject = caller.post(f"tickets/{ticket.pk}/subject/", subject="Skaner", seen=ticket.subject)
    requester = caller.post(f"tickets/{ticket.pk}/requester/", requester={"email": "nowa@klient.example"})

    assert subject.json()["subject"] == "Skaner"
    assert requester.json()["requester"]["email"] == "nowa@klient.example"
    assert User.objects.filter(email="nowa@klient.example").count() == 1


def test_a_requester_sees_none_of_it(desk, as_):
    ticket = desk.ticket()
    as_(desk.agent).post(f"tickets/{ticket.pk}/tags/", add=["vip"])

    shown = as_(ticket.requester).get(f"tickets/{ticket.pk}/").json()

    assert (shown["tags"], shown["fields"], shown["snoozed_until"], shown["snooze_reason"]) == (None,) * 4
    assert as_(ticket.requester).post(f"tickets/{ticket.pk}/tags/", add=["x"]).status_code == 403
