"""Keeping search ready in the background: other forms of new words, and what was there before search was."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import Max

from tickets.models import SearchBackfill, SearchWord, Ticket
from tickets.searching.words import keys_of

WORDS_AT_ONCE = 2000
TICKETS_AT_ONCE = 200


def learn_words() -> int:
    """Give new words their keys. Returns how many there were; words written twice at once become one."""
    done = 0
    while words := list(SearchWord.objects.filter(keys__isnull=True).order_by("pk")[:WORDS_AT_ONCE]):
        for word in words:
            word.keys = sorted(keys_of(word.text))
        SearchWord.objects.bulk_update(words, ["keys"])
        texts = [word.text for word in words]
        with connection.cursor() as cursor:
            cursor.execute(
                "delete from tickets_searchword as later using tickets_searchword as earlier "
                "where later.text = any(%s) and earlier.text = later.text and earlier.id < later.id",
                [texts],
            )
        done += len(words)
    return done


def begin_backfill() -> None:
    """Have all tickets written anew in the background: after a bulk load with ``dyzur.defers_search``."""
    newest = Ticket.objects.aggregate(newest=Max("pk"))["newest"]
    with transaction.atomic():
        SearchBackfill.objects.all().delete()
        if newest is not None:
            SearchBackfill.objects.create(below=newest + 1)


def backfill(*, batches: int = 1) -> bool:
    """Write the words of the next tickets, newest first, a batch per transaction. Whether there are more.

    Any number of these may run at once: who finds the place taken leaves. Rows that exist already stay.
    """
    return all(_backfill_one() for _batch in range(batches))


@transaction.atomic
def _backfill_one() -> bool:
    place = SearchBackfill.objects.select_for_update(skip_locked=True).first()
    if place is None:
        return False
    numbers = list(
        Ticket.objects.filter(pk__lt=place.below).order_by("-pk").values_list("pk", flat=True)[:TICKETS_AT_ONCE]
    )
    if not numbers:
        place.delete()
        return False
    with connection.cursor() as cursor:
        cursor.execute("select search_fill(%s, %s)", [numbers[-1], place.below])
    place.below = numbers[-1]
    place.save(update_fields=["below"])
    return True
