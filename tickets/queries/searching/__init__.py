"""Search: what a query means for tickets, and pages of what was found.

The seam for saved searches, policies and rules: ``read(text)`` gives the query or raises `QueryError`, and
``conditions(query, user, at)`` a `Q`: ``Ticket.objects.worked_by(user, at).filter(conditions(...))``, or for one ticket
``Ticket.objects.filter(pk=ticket.pk).filter(conditions(...)).exists()``.
"""

from tickets.queries.searching.finding import Found, everything, find, find_own, in_turn, vocabulary_for
from tickets.queries.searching.meaning import conditions, read

__all__ = ["Found", "conditions", "everything", "find", "find_own", "in_turn", "read", "vocabulary_for"]
