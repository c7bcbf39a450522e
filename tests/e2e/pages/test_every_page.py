"""Every page has its scene in one of the files beside this one, or is named here."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

from django.urls import resolve

from rotations import urls as rotations_urls
from sla import urls as sla_urls
from tests.e2e.pages.looking import Scene
from tickets import account_urls, urls

SEEN_ELSEWHERE = {
    "ask", "colleagues", "people_to_name", "answer_question", "close_question", "let_go", "let_back",
    "remove_view", "restore_view", "move_view", "export", "list_file", "promise_list_file", "duty_list_file",
    "name_mentors",
    "suggest", "insert_macro", "move_macro", "new_bulk_change", "cancel_bulk_change", "undo_bulk_change", "move_rule",
    "switch_rule", "reset_keys", "move_queue", "activate_person", "mail_password_link", "move_field", "retire_field",
    "restore_field", "remove_queue", "remove_team", "remove_organisation",
    "home", "healthz", "readyz", "set_language", "nav", "news", "rows", "preview", "ticket_news", "message_html",
    "attachment", "raw_mail", "own_file", "signed_file", "take_next", "reply", "note", "draft", "take", "assign",
    "change_status", "change_priority", "change_queue", "approve", "return_reply", "open_notification", "read_all",
    "read_again", "dismiss_inbound", "send_again", "dismiss_outgoing", "own_answer", "signed_answer",
    "account_set_password", "test_mailbox", "choose_folder", "start_mailbox", "pause_mailbox", "resume_mailbox",
    "push_token", "remove_mailbox", "test_sender", "move_sender", "remove_sender", "end_pause",
    "mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_edit_webauthn", "mfa_remove_webauthn",
    "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_download_recovery_codes", "mfa_list_webauthn",
    "mfa_login_webauthn",
    "second_factor_passkey", "second_factor_codes", "end_session", "end_other_sessions", "unlock", "unlock_requester",
    "require_second_factor", "own_mail", "signed_mail", "own_html", "signed_html", "picture", "clear_pause",
    "change_subject", "change_requester", "change_field", "change_tags", "snooze", "wake", "remove", "restore",
    "dashboard_file", "want_report",
    "favours_file", "read_walk_up", "undo_walk_up", "mail_walk_up", "export_own", "suggest_tags", "unlink",
    "unmerge", "unsplit", "cancel_appointment", "unsend", "draft_files", "set_undo_time",
    "revoke_feed", "calendar_feed",
    "next_ticket", "ask_mentors", "take_break", "tick", "add_finding", "mark_familiar", "settle_finding",
    "say_done", "hand_ticket", "accept_handover", "waive_handover", "accept_offer", "decline_offer",
    "wait_for_seat", "accept_seat", "leave_waitlist",
    "take_cover", "agree_cover", "turn_down_cover", "take_back_cover", "undo_cover",
    "step_round", "round_fits", "propose_plan", "take_back_proposals", "demand_from_history",
    "write_rules", "leave_round", "decline_round", "remind_invited",
    "place", "take_seat", "confirm_duty", "decline_duty", "withdraw_duty",
    "say_verdict", "mail_summary",
    "take_back_qualification", "open_rules", "answer_comment",
    "call_off_duty", "add_pattern", "remove_pattern", "save_hours", "add_absence", "remove_hours", "restore_hours",
    "remove_absence", "restore_absence", "palette",
    "undo_change", "read_call", "draft_call", "discard_call", "apply_edit", "drop_edit", "count_edit", "renew_edit",
    "order_policies", "make_default_policy", "check_conditions", "remove_policy", "remove_calendar", "time_measured",
    "correct_time",
}  # fmt: skip
"""Fragments, files and what forms lead to; a page for people who never had a password, and a page by its other ways."""


def scenes() -> Iterator[Scene]:
    """Of all files beside this one, under names that are each used once."""
    seen: set[str] = set()
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        if file != Path(__file__):
            found = importlib.import_module(f"tests.e2e.pages.{file.stem}").SCENES
            assert not seen & found.keys()
            seen |= found.keys()
            yield from found.values()


def test_every_page_has_its_scene():
    """A new page is looked at here; what is none is named above."""
    shown = {resolve(scene.path.split("?")[0].format(number=1, token="x", key="x")).url_name for scene in scenes()}
    names = {
        pattern.name
        for pattern in [
            *urls.urlpatterns,
            *account_urls.urlpatterns,
            *rotations_urls.urlpatterns,
            *sla_urls.urlpatterns,
        ]
    }

    assert names - SEEN_ELSEWHERE == shown
