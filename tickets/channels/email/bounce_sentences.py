"""Why a mail came back, in plain words for the people of the desk."""

from django.utils.translation import gettext_lazy as _

from tickets.channels.email.bounce_reasons import Reason

_SENTENCES = {
    Reason.USER_UNKNOWN: _("The mailbox does not exist."),
    Reason.HOST_UNKNOWN: _("The domain of the address does not exist or has no mail server."),
    Reason.HAS_MOVED: _("The mailbox has moved and mail is not passed on."),
    Reason.NOT_ACCEPT: _("The domain of the address takes no mail."),
    Reason.MAILBOX_FULL: _("The mailbox is full."),
    Reason.SUSPEND: _("The mailbox is switched off or suspended."),
    Reason.FILTERED: _("The mailbox does not exist or does not take this mail."),
    Reason.MESG_TOO_BIG: _("The mail is too large for the recipient's server."),
    Reason.EXCEED_LIMIT: _("The mail is larger than the recipient's mailbox allows."),
    Reason.EXPIRED: _("The recipient's server did not answer for too long."),
    Reason.NETWORK_ERROR: _("The recipient's server could not be reached."),
    Reason.SYSTEM_ERROR: _("The recipient's mail server has a fault of its own."),
    Reason.SYSTEM_FULL: _("The recipient's mail server has run out of room."),
    Reason.MAILER_ERROR: _("A program that takes mail for the recipient failed."),
    Reason.TOO_MANY_CONN: _("The recipient's server had too many connections from ours."),
    Reason.SPEEDING: _("The recipient's server got too much mail from ours at once."),
    Reason.BLOCKED: _("The recipient's server refuses mail from our mail server."),
    Reason.BAD_REPUTATION: _("The recipient's server does not trust our mail server."),
    Reason.REQUIRE_PTR: _("Our mail server has no valid name in DNS, and the recipient's server wants one."),
    Reason.AUTH_FAILURE: _("The recipient's server could not verify our address (SPF, DKIM, DMARC)."),
    Reason.REJECTED: _("The recipient's server refuses mail from our address."),
    Reason.NO_RELAYING: _("The mail server takes no mail for this domain."),
    Reason.SPAM_DETECTED: _("The recipient's server took the mail for spam."),
    Reason.VIRUS_DETECTED: _("The recipient's server found something dangerous in the mail."),
    Reason.POLICY_VIOLATION: _("The mail breaks a rule of the recipient's server."),
    Reason.SECURITY_ERROR: _("The recipient's server refused the mail for security reasons."),
    Reason.FAILED_STARTTLS: _("No encrypted connection to the recipient's server was possible."),
    Reason.CONTENT_ERROR: _("The recipient's server did not like how the mail is built."),
    Reason.NOT_COMPLIANT_RFC: _("The recipient's server found the mail against the standards."),
    Reason.SYNTAX_ERROR: _("The two mail servers did not understand each other."),
    Reason.SUPPRESSED: _("Our mail provider no longer sends to this address."),
    Reason.ON_HOLD: _("The mail came back without a clear reason."),
    Reason.UNDEFINED: _("The mail came back without saying why."),
}


def sentence(reason: str) -> str:
    """The reason in plain words, in the reader's language."""
    return str(_SENTENCES[Reason(reason) if reason in list(Reason) else Reason.UNDEFINED])
