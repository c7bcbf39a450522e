"""What of a parsed mail goes into the tables: who asks, which queue it is for, its words and files. The same for mail
as it comes, for archives and for what is only foreseen."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.lib import clock
from tickets.actions import opening, pausing
from tickets.actions.attaching import File
from tickets.channels.email import identity, quoting, traits, troubles
from tickets.channels.email.bounces import Bounce
from tickets.channels.email.parsing import ParsedMail
from tickets.models import Language, Mailbox, Message, Queue, QueueAddress

MAX_TEXT = 200_000
BEHIND = 5000
"""Letters behind the last one kept, so that no token is cut and not known again."""
MAX_HTML = 1_000_000


class CannotAccept(ValueError):
    """The mail is kept and waits for a person. str() is a sentence for them."""


def identity_of(mail: ParsedMail) -> str | None:
    """Equal for copies of one mail, whatever way they came: Message-ID, sender, and the words and files themselves."""
    if not mail.message_id or not mail.sender:
        return None
    digest = hashlib.sha256()
    for value in (mail.message_id, mail.sender.address.lower(), mail.subject, mail.text, mail.html):
        digest.update(value.encode("utf-8", "surrogatepass") + b"\0")
    for file in mail.attachments:
        digest.update(hashlib.sha256(file.content).digest())
    return digest.hexdigest()


def copy_of(mail: ParsedMail) -> Message | None:
    key = identity_of(mail)
    found = Message.objects.filter(identity=key).values_list("pk", flat=True).first() if key else None
    return Message.objects.select_related("ticket").get(pk=found) if found else None


def mail_facts(mail: ParsedMail, text: str, *, quotes_are_new: bool = False) -> opening.MailFacts:
    """What a message remembers of its mail. `text` is what it holds of the words; `quotes_are_new` when what they quote
    may stand nowhere else on the desk."""
    return opening.MailFacts(
        mail_id=mail.message_id,
        to=[address.address for address in mail.to],
        cc=[address.address for address in mail.cc],
        automatic=mail.automation.kind.value if mail.automation.is_automated else "",
        identity=identity_of(mail),
        traits=[*mail.traits, *traits.of_date(mail.sent_at, now=clock.real_now())],
        invitation=invitation_of(mail),
        # A text in armour is not the one that is shown.
        folds=None if traits.SIGNED_PGP in mail.traits else quoting.folds(text, quotes_are_new=quotes_are_new),
    )


def said(mail: ParsedMail, queue: Queue, *, quotes_are_new: bool) -> dict[str, Any]:
    """Words, files and facts, as the actions take them."""
    words = text(mail, queue)
    facts = mail_facts(mail, words, quotes_are_new=quotes_are_new)
    return {"text": words, "html": html(mail), "attachments": files(mail), "mail": facts}


def invitation_of(mail: ParsedMail) -> dict[str, Any] | None:
    """As people may read it: whoever plans a call about a mail of ours quotes it."""
    if mail.invitation is None:
        return None
    return {
        name: identity.without_tokens(value) if isinstance(value, str) else value
        for name, value in mail.invitation.items()
    }


def requester(mail: ParsedMail, own_addresses: frozenset[str]) -> tuple[str, str]:
    """Address and name of who asks. A form on our own site writes from our address, with the visitor in Reply-To."""
    assert mail.sender is not None
    asks = mail.sender
    if identity.without_plus(asks.address) in own_addresses:
        strangers = [one for one in mail.reply_to if identity.without_plus(one.address) not in own_addresses]
        asks = strangers[0] if strangers else asks
    if len(asks.address) > 254:
        raise CannotAccept(troubles.SENDER_TOO_LONG)
    return asks.address, asks.name


def own_addresses(mail: ParsedMail) -> frozenset[str]:
    """Those of the mail's senders that are addresses of our queues."""
    senders = [mail.sender, *mail.reply_to] if mail.sender else list(mail.reply_to)
    candidates = {identity.without_plus(one.address) for one in senders}
    return frozenset(QueueAddress.objects.filter(address__in=candidates).values_list("address", flat=True))


def recipients(mail: ParsedMail, envelope_to: str) -> list[str]:
    """Every address it may have been sent to us by, the surest first: envelope, delivery headers, To, Cc."""
    found = [envelope_to, *mail.delivered_to, *(one.address for one in (*mail.to, *mail.cc))]
    return [address for address in dict.fromkeys(found) if "@" in address]


def queue_of(recipients: Sequence[str], mailbox: Mailbox | None) -> tuple[Queue, str]:
    """The queue whose address is the first among the recipients, else the mailbox's, else the first queue of all:
    mail that nobody expected is seen by somebody instead of waiting in a list."""
    plain = [identity.without_plus(address) for address in recipients]
    rows = QueueAddress.objects.select_related("queue").filter(address__in=plain)
    by_address = {row.address: row.queue for row in rows}
    for address in plain:
        if queue := by_address.get(address):
            return queue, f"written to {address}"[:200]
    if mailbox:
        return mailbox.queue, f"read from mailbox {mailbox.name}"[:200]
    first = Queue.objects.order_by("position", "id").first()
    if first is None:
        raise CannotAccept(troubles.NO_QUEUE)
    return first, "no queue has the recipient's address; the first queue took it"


def language(mail: ParsedMail, queue: Queue) -> str:
    said = mail.language.lower().partition("-")[0]
    return said if said in Language.values else queue.language


def text(mail: ParsedMail, queue: Queue) -> str:
    """What people read. A quoted mail of ours speaks for nobody any more; the raw mail is kept as it came."""
    text = identity.without_tokens(mail.text[: MAX_TEXT + BEHIND])
    if len(mail.text) > MAX_TEXT:
        return text[:MAX_TEXT] + " […]"
    if text.strip():
        return text
    if mail.invitation and (words := mail.invitation["description"]):
        return identity.without_tokens(str(words))
    with translation.override(queue.language):
        if {traits.ENCRYPTED_PGP, traits.ENCRYPTED_SMIME}.intersection(mail.traits):
            return _("(The mail is encrypted. Only the key it was written for opens it.)")
        return _("(The mail has no text.)")


def html(mail: ParsedMail) -> str:
    return identity.without_tokens(mail.html) if len(mail.html) <= MAX_HTML else ""


def failure(bounce: Bounce) -> pausing.Failure:
    return pausing.Failure(
        address=bounce.address[:320],
        reason=bounce.reason,
        is_hard=bounce.is_hard,
        is_delay=bounce.is_delay,
        status=bounce.status[:20],
        detail=identity.without_tokens(bounce.detail),
    )


def files(mail: ParsedMail) -> list[File]:
    """Attachments; and a text too long for a page, so that nothing of it is out of reach."""
    files = [
        File(
            name=file.name,
            content=file.content,
            content_type=file.content_type,
            content_id=file.content_id,
            is_inline=file.is_inline,
            is_sniffed=True,
        )
        for file in mail.attachments
    ]
    if len(mail.text) > MAX_TEXT:
        content = mail.text.encode("utf-8", "replace")  # loses its tokens when it is saved
        files.append(File(name="message.txt", content=content, content_type="text/plain"))
    return files
