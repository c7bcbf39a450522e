"""What search reads: the words of each ticket and message as vectors, and every word ever written once.

Triggers write both (migration 0011_search), so that nothing that writes a ticket or a message has to know of search.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from tickets.models.message import Message
from tickets.models.ticket import Ticket

SHELVES = (10, 13, 16, 19)
"""Each vector also says on which shelves its ticket stands: its number without the last 10, 13, 16 and 19 bits. A word
together with a shelf is found without reading the word's other places, so the newest tickets can be searched alone."""


class SearchText(models.Model):
    """The words of one message, or of a ticket's head (``message`` is null): subject with weight A, the requester's
    name B, the organisation C. Words are without accents and in lower case, and not stemmed.

    ``public`` holds what the requester may read and nothing else, ``internal`` notes and replies that were not sent.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="search_texts")
    message = models.OneToOneField(Message, models.CASCADE, null=True, related_name="search_text")
    public = SearchVectorField(null=True)
    internal = SearchVectorField(null=True)
    is_withheld = models.BooleanField(default=False)
    """A returned mail: it names addresses, so only those who see contact data find it."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(message=None), name="one_head_of_a_ticket")
        ]
        indexes = [
            GinIndex(fields=["public"], name="public_words"),
            GinIndex(fields=["internal"], name="internal_words", condition=Q(internal__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"words of message {self.message_id}" if self.message_id else f"words of ticket {self.ticket_id}"


class SearchWord(models.Model):
    """A word somebody wrote, with its accents; ``plain`` without. Words with digits and very long ones are left out.

    Two transactions may each write the same new word: a unique constraint would make one wait for the other. `keys`
    are what its other forms share with it (`searching.words.keys_of`); null until the task gave them.
    """

    text = models.CharField(max_length=40, db_collation="C")
    plain = models.CharField(max_length=80, db_collation="C")
    keys = ArrayField(models.CharField(max_length=80), null=True)

    class Meta:
        indexes = [
            models.Index(fields=["text"], name="word_by_text"),
            models.Index(fields=["plain"], name="word_by_plain"),
            models.Index(fields=["id"], name="word_without_keys", condition=Q(keys__isnull=True)),
            GinIndex(fields=["keys"], name="word_by_keys"),
            GinIndex(fields=["plain"], opclasses=["gin_trgm_ops"], name="word_by_trigrams"),
        ]

    def __str__(self) -> str:
        return self.text


class SearchBackfill(models.Model):
    """While this row exists, tickets with numbers below ``below`` are not searchable by their words yet."""

    below = models.BigIntegerField()

    def __str__(self) -> str:
        return f"below #{self.below}"
