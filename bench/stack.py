"""The running stack from outside: what a browser loads for its first page, and the memory of all parts."""

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.measuring import Budget, Row
from bench.reading import AGENT

PATIENCE_S = 120.0
REQUESTS = 40
"""To each part before its memory is read."""


def rows() -> list[Row]:
    from helpdesk.lib import processes

    port = next(port for port in range(18800, 19800, 2) if processes.is_free(port) and processes.is_free(port + 1))
    with _parts(port) as running:
        cookie = _sign_in()
        sizes = _first_page(port, cookie)
        for _ in range(REQUESTS):
            _get(port, "/queue/", cookie)
        mib = sum(_pss_mib(part.pid) for part in running)
    return [
        Row("queue page cold", Budget(bytes=120_000, requests=12), bytes=sum(sizes), requests=len(sizes)),
        Row("memory: web, live, worker, beat", Budget(mib=400), mib=mib),
    ]


@contextmanager
def _parts(port: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    from helpdesk import launch
    from helpdesk.lib import processes

    given = {"PORT": str(port), "LIVE_PORT": str(port + 1), "ALIVE_FILE": f"{os.environ['DATA_DIR']}/alive"}
    environment = {**launch.ENVIRONMENT, **os.environ, **given}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "helpdesk.launch", part],
            env={**environment, "ALIVE_FILE": f"{os.environ['DATA_DIR']}/{part}.alive"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=processes.child(),
        )
        for part in launch.PARTS
    ]
    try:
        until = time.monotonic() + PATIENCE_S
        for part in (port, port + 1):
            while not _answers(part):
                assert time.monotonic() < until, f"nothing answers on port {part}"
                time.sleep(0.2)
        while _workers(running) < 2 and time.monotonic() < until:
            time.sleep(0.2)
        yield running
    finally:
        for process in running:
            processes.stop(process)


def _answers(port: int) -> bool:
    try:
        return _ask(port, "/healthz", {})[0] < 500
    except OSError:
        return False


def _workers(running: list["subprocess.Popen[bytes]"]) -> int:
    import psutil

    return len(psutil.Process(running[2].pid).children())


def _sign_in() -> str:
    from django.conf import settings
    from django.test import Client

    from tickets.models import User

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(email=AGENT))
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _first_page(port: int, cookie: str) -> list[int]:
    """Bytes of each answer, heads included: the page and every style, script, picture and font it names."""
    size, page = _get(port, "/queue/", cookie)
    text = page.decode()
    named = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', text))
    sizes = [size]
    for path in sorted(named):
        size, content = _get(port, path, cookie)
        sizes.append(size)
        if path.endswith(".css"):
            fonts = set(re.findall(r'url\("?\.\./([^")]+\.woff2)"?\)', content.decode(errors="replace")))
            sizes += [_get(port, f"/static/{font}", cookie)[0] for font in sorted(fonts)]
    return sizes


def _get(port: int, path: str, cookie: str) -> tuple[int, bytes]:
    """Bytes of the answer as sent, compressed where it can be, and the plain content."""
    status, head, sent, content = _ask(port, path, {"Cookie": cookie})
    assert status == 200, f"{path} answers {status}"
    return head + sent, content


def _ask(port: int, path: str, headers: dict[str, str]) -> tuple[int, int, int, bytes]:
    import gzip

    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request("GET", path, headers={"Host": "localhost", "Accept-Encoding": "gzip", **headers})
        response = line.getresponse()
        body = response.read()
    finally:
        line.close()
    head = sum(len(name) + len(value) + 4 for name, value in response.getheaders()) + 17
    is_packed = response.getheader("Content-Encoding") == "gzip"
    return response.status, head, len(body), gzip.decompress(body) if is_packed else body


def _pss_mib(pid: int) -> float:
    """Of the process and all below it; what several share counts once."""
    import psutil

    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return float(sum(process.memory_full_info().pss for process in family)) / 2**20
