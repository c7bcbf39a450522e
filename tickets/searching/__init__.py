"""The search language: reading a query, and what words have in common. Pure: no query, no clock, no request.

`parse` turns what somebody typed into a `Query`, a small tree (`tree`) in which every part knows where it stood, or
raises `QueryError` with a sentence and a place. What can be asked stands in `fields`. `tickets.queries.search` turns
the tree into conditions on tickets: for pages, saved searches, policies and rules alike.
"""

from tickets.searching.fields import Field, register
from tickets.searching.parsing import parse, plain_query
from tickets.searching.tree import Query, QueryError

__all__ = ["Field", "Query", "QueryError", "parse", "plain_query", "register"]
