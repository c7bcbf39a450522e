"""How each part of the product is run, in one place: for `make run`, for containers and for units of systemd.

`python -m helpdesk.launch web` becomes that part; `python -m helpdesk.launch --check web` says whether it is well (exit
code 0, else 1 and the reason). Both go by the same environment, and neither loads Django.
"""

import argparse
import http.client
import os
import sys
from collections.abc import Callable

from helpdesk.lib import alive, env

ENVIRONMENT = {
    "PYTHONUNBUFFERED": "1",
    # glibc gives each thread an arena of its own, which a process with few busy threads pays for in memory only.
    "MALLOC_ARENA_MAX": "2",
    # They load every page into the worker, which shows none; starting checks the product before (`manage.py migrate`).
    "CELERY_SKIP_CHECKS": "1",
    # Celery warns of root at length; whoever is root here knows it, and containers of ours are not.
    "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
}
CHECK_TIMEOUT_S = 5.0


def web_port() -> int:
    return env.number("PORT", 8765, minimum=1, maximum=65534)


def live_port() -> int:
    return env.number("LIVE_PORT", web_port() + 1, minimum=1, maximum=65535)


def _web() -> list[str]:
    # Two web processes for two cores; four threads each, because each keeps a database connection.
    processes, threads = env.number("WEB_PROCESSES", 2, minimum=1), env.number("WEB_THREADS", 4, minimum=1)
    command = ["helpdesk.web", "--interface", "wsgi", "--host", _listen(), "--port", str(web_port())]
    command += ["--workers", str(processes), "--blocking-threads", str(threads), "--no-ws"]
    command += ["--respawn-failed-workers", "--log-level", "warning", "--workers-kill-timeout", "5"]
    return [*command, "helpdesk.wsgi:application"]


def _live() -> list[str]:
    command = ["uvicorn", "--host", _listen(), "--port", str(live_port()), "--lifespan", "off"]
    # Hints of a hundred bytes: to squeeze each of them costs time and 300 KB of memory a page, and saves nothing.
    command += ["--ws-per-message-deflate", "false"]
    return [*command, "--log-level", "warning", "helpdesk.asgi:application"]


def _worker() -> list[str]:
    command = ["celery", "--app", "helpdesk", "--quiet", "worker", "--loglevel", "INFO"]
    command += ["--concurrency", str(env.number("WORKER_PROCESSES", 2, minimum=1))]
    return [*command, "--without-gossip", "--without-mingle"]


def _beat() -> list[str]:
    return ["helpdesk.beat"]


PARTS: dict[str, Callable[[], list[str]]] = {"web": _web, "live": _live, "worker": _worker, "beat": _beat}


def command(part: str) -> list[str]:
    """The program that `part` is, by the environment as it is now."""
    return [sys.executable, "-m", *PARTS[part]()]


def trouble(part: str) -> str:
    """Why `part`, run beside us with the same environment, is not well; empty when it is."""
    if part in ("worker", "beat"):
        return alive.trouble()
    return _not_ready(web_port() if part == "web" else live_port())


def _listen() -> str:
    return env.text("LISTEN", "127.0.0.1")


def _not_ready(port: int) -> str:
    # The site answers to its own names only, also when it is asked from beside.
    name = env.words("ALLOWED_HOSTS", ["localhost"])[0].removeprefix(".")
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=CHECK_TIMEOUT_S)
    try:
        line.request("GET", "/readyz", headers={"Host": name})
        response = line.getresponse()
        body = response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"Nothing answers on port {port}: {error}"
    finally:
        line.close()
    return "" if response.status == 200 else f"/readyz answers {response.status}.\n{body}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m helpdesk.launch", description="Run one part of the product.")
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--check", action="store_true", help="do not run it, say whether it is well")
    options = parser.parse_args()
    try:
        if options.check:
            sys.exit(trouble(options.part) or 0)
        program = command(options.part)
    except env.WrongSetting as error:
        sys.exit(f"dyzur: {error}")
    os.execve(program[0], program, ENVIRONMENT | os.environ)  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main()
