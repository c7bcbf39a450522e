"""`python -m bench.enumeration`: whether answers take as long for addresses that are known as for those that are not.

200 known and 200 unknown addresses, one after the other in turn, at sign-in with a wrong password, at the request for a
new password, and at the lock. Medians in milliseconds by the clock and of this process's processor time, which a busy
machine does not disturb; their gap; and whether status and bytes were equal (without the token of the form and the
address itself). A gap below 5 ms is lost in any network.
"""

import argparse
import os
import re
import statistics
import time
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
os.environ.setdefault("LOG_LEVEL", "CRITICAL")

PEOPLE = 200
LIMIT_MS = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    count = parser.parse_args().people
    django.setup()
    from django.conf import settings
    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command

    from tickets.models import User

    settings.ALLOWED_HOSTS = ["*"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    call_command("migrate", verbosity=0)
    password = make_password("correct horse battery")
    User.objects.bulk_create(
        User(email=f"known-{number:04}@klient.example", name=f"Osoba {number}", password=password)
        for number in range(count)
    )
    print(f"{count} known and {count} unknown addresses\n")
    print(f"{'':44}{'known':>10}{'unknown':>10}{'gap':>9}   same answers")
    for name, ask in (("sign-in, wrong password", sign_in), ("request for a new password", reset)):
        report(name, ask, count)
    lock_all(count)
    report("sign-in while it is locked", sign_in, count)


def sign_in(client: Any, address: str) -> Any:
    return client.post("/accounts/login/", {"login": address, "password": "wrong"})


def reset(client: Any, address: str) -> Any:
    return client.post("/accounts/password/reset/", {"email": address}, follow=False)


def lock_all(count: int) -> None:
    from axes.models import AccessAttempt
    from django.conf import settings

    AccessAttempt.objects.update(failures_since_start=settings.AXES_FAILURE_LIMIT)
    assert AccessAttempt.objects.count() == 2 * count


def report(name: str, ask: Callable[[Any, str], Any], count: int) -> None:
    from django.test import Client

    took: dict[str, list[float]] = {"known": [], "other": []}
    worked: dict[str, list[float]] = {"known": [], "other": []}
    answers: dict[str, set[tuple[int, str]]] = {"known": set(), "other": set()}
    for number in range(count):
        for kind in ("known", "other") if number % 2 else ("other", "known"):
            address = f"{kind}-{number:04}@klient.example"
            client = Client()
            begun, busy = time.perf_counter(), time.process_time()
            response = ask(client, address)
            took[kind].append((time.perf_counter() - begun) * 1000)
            worked[kind].append((time.process_time() - busy) * 1000)
            answers[kind].add((response.status_code, without_token(response.content.decode(), address)))
    is_same = answers["known"] == answers["other"]
    verdict = "yes" if is_same else f"NO: {len(answers['known'])} and {len(answers['other'])} kinds"
    for what, measured in (("by the clock", took), ("processor", worked)):
        known, unknown = (statistics.median(measured[kind]) for kind in ("known", "other"))
        gap = abs(known - unknown)
        too_large = "" if gap < LIMIT_MS else "   GAP TOO LARGE"
        print(f"{name + ', ' + what:44}{known:10.2f}{unknown:10.2f}{gap:9.2f}   {verdict}{too_large}", flush=True)


def without_token(body: str, address: str) -> str:
    """The form's token is new in each answer, and the time of a lock differs by what came before."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body)
    return re.sub(r"<b>[^<]*\d+:\d\d</b>", "", body.replace(address, ""))


if __name__ == "__main__":
    main()
