"""The web part: granian, with all that a page needs loaded before its processes are forked, so that they share it."""

import gc
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")


def load() -> None:
    """The application, its addresses, both languages. What runs for one process only, as a connection, stays out."""
    from django.conf import settings
    from django.db import connections
    from django.template.loader import get_template
    from django.urls import get_resolver
    from django.utils import translation

    import helpdesk.wsgi  # noqa: F401
    from tickets.searching import words

    get_resolver()._populate()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("")
    for name in ("tickets/queue.html", "tickets/ticket.html", "tickets/search.html", "tickets/own_cases.html"):
        get_template(name)
    words.keys_of("word")
    connections.close_all()
    # The collector would write into what is shared, and so make a copy of it in each process.
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    from helpdesk.lib import env

    try:
        load()
    except env.WrongSetting as error:
        sys.exit(f"dyzur: {error}")

    from granian.cli import entrypoint

    entrypoint()
