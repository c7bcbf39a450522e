"""Which mail was written by a machine. The answer decides what may follow: automated mail is never answered
automatically and never reopens a ticket (RFC 3834 §2), so an error here makes loops."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    HUMAN = "human"
    AUTO_REPLY = "auto_reply"  # out of office, "we have received your mail"
    GENERATED = "generated"  # sent by a program without a person behind this very mail
    LIST = "list"  # mailing lists and bulk mail
    BOUNCE = "bounce"
    READ_RECEIPT = "read_receipt"
    FEEDBACK = "feedback"  # RFC 5965: somebody pressed "this is spam"
    OWN = "own"  # what this very desk sent


@dataclass(frozen=True)
class Automation:
    """The class, the header that decided, and whether the sender forbids automatic answers to a human mail."""

    kind: Kind
    because: str = ""
    refuses_auto_replies: bool = False

    @property
    def is_automated(self) -> bool:
        return self.kind is not Kind.HUMAN

    @property
    def may_be_auto_answered(self) -> bool:
        return not self.is_automated and not self.refuses_auto_replies


_ROBOT_SENDERS = re.compile(r"^(?:mailer-?daemon|mail-daemon|postmaster|bounces?)(?:[+=-].*)?@", re.IGNORECASE)
_AUTO_REPLY_SUBJECT = re.compile(
    r"^\s*(?:automatic reply|auto[- ]?reply|autoreply|auto[- ]?response|out of (?:the )?office|out-of-office|"
    r"odpowied[zź] automatyczna|automatyczna odpowied[zź]|autoodpowied[zź]|nieobecno[sś][cć] w biurze|"
    r"automatische antwort|abwesenheitsnotiz|abwesenheit|réponse automatique|risposta automatica|"
    r"respuesta automática)\b",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"^\s*(?:undeliver(?:able|ed)|delivery status notification|mail delivery (?:failed|failure|subsystem)|"
    r"returned mail|failure notice|delivery (?:has )?failed|niedostarczon[ay]|nie dostarczono|zwrot wiadomości)",
    re.IGNORECASE,
)
_AUTO_REPLY_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-autoreply-from",
    "x-autoreply-to",
    "x-mail-autoreply",
    "x-vacation",
    "auto-reply",
)
_LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "list-help", "list-owner", "list-archive")
_GENERATED_HEADERS = ("x-fc-machinegenerated", "x-cron-env", "feedback-id")
OWN_HEADER = "x-dyzur-instance"


def classify(
    header: Callable[[str], str],
    *,
    sender: str,
    subject: str,
    content_type: str,
    report_type: str,
    has_delivery_status: bool,
    own_instance: str = "",
) -> Automation:
    """The class of one mail. `header(name)` gives the first value of a header, decoded, or "" when it is absent.

    Order matters: a bounce of a list mail is a bounce, an out-of-office note by a list member an auto-reply.
    """
    if own_instance and header(OWN_HEADER) == own_instance:
        return Automation(Kind.OWN, "our own header")

    if content_type == "multipart/report" or report_type:
        if report_type == "disposition-notification":
            return Automation(Kind.READ_RECEIPT, "multipart/report; disposition-notification")
        if report_type == "feedback-report":
            return Automation(Kind.FEEDBACK, "multipart/report; feedback-report")
        return Automation(Kind.BOUNCE, f"multipart/report; {report_type or 'delivery-status'}")
    if has_delivery_status:
        return Automation(Kind.BOUNCE, "a message/delivery-status part")
    if header("x-failed-recipients"):
        return Automation(Kind.BOUNCE, "X-Failed-Recipients")

    submitted = header("auto-submitted").partition(";")[0].partition("(")[0].strip().lower()
    robot = bool(_ROBOT_SENDERS.match(sender))
    if robot and (_BOUNCE_SUBJECT.match(subject) or header("return-path").strip() == "<>"):
        return Automation(Kind.BOUNCE, "a mailer-daemon with an empty return path or the usual subject")
    if submitted.startswith("auto-replied"):
        return Automation(Kind.AUTO_REPLY, "Auto-Submitted: auto-replied")
    for name in _AUTO_REPLY_HEADERS:
        if (value := header(name)) and value.strip().lower() not in {"no", "none", "false"}:
            return Automation(Kind.AUTO_REPLY, name)
    precedence = header("precedence").strip().lower()
    if precedence in {"auto_reply", "auto-reply"}:
        return Automation(Kind.AUTO_REPLY, f"Precedence: {precedence}")
    if header("x-precedence").strip().lower() in {"auto_reply", "auto-reply"}:
        return Automation(Kind.AUTO_REPLY, "X-Precedence")
    if _AUTO_REPLY_SUBJECT.match(subject):
        return Automation(Kind.AUTO_REPLY, "the subject of an automatic reply")
    if submitted and submitted != "no":
        return Automation(Kind.GENERATED, f"Auto-Submitted: {submitted}")
    if header("x-post-messageclass").replace(" ", "").lower().startswith("9;autoresponder"):
        return Automation(Kind.AUTO_REPLY, "X-POST-MessageClass")
    if header("delivered-to").strip().lower() == "autoresponder":
        return Automation(Kind.AUTO_REPLY, "Delivered-To: Autoresponder")

    for name in (
        "list-id",
        "list-post",
        "list-unsubscribe",
        "list-help",
        "list-owner",
        "list-archive",
        "list-subscribe",
    ):
        if header(name):
            return Automation(Kind.LIST, name)
    if precedence in {"bulk", "junk", "list"}:
        return Automation(Kind.LIST, f"Precedence: {precedence}")
    for name in _GENERATED_HEADERS:
        if header(name):
            return Automation(Kind.GENERATED, name)
    if header("return-path").strip() == "<>":
        return Automation(Kind.GENERATED, "an empty return path")
    if robot:
        return Automation(Kind.GENERATED, "the sender is a mail server")

    suppress = header("x-auto-response-suppress").lower()
    refuses = any(word in suppress for word in ("all", "oof", "autoreply"))
    return Automation(Kind.HUMAN, "X-Auto-Response-Suppress" if refuses else "", refuses)
