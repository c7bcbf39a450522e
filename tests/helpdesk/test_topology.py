"""docker-compose.yml without Docker: every command and health check of ours runs as it is written there."""

import http.cookiejar
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from websockets.sync.client import connect

from helpdesk.lib import embedded, processes
from tests.databases import empty_database, rows

COMPOSE = yaml.safe_load((embedded.PROJECT / "docker-compose.yml").read_text())
OURS = ("web", "live", "worker", "beat")
WITHOUT = ("CLOCK_OFFSET_S", "DJANGO_SETTINGS_MODULE", "PYTEST_CURRENT_TEST", "MAKELEVEL", "STATIC_ROOT")
ENV_FILE = {
    "SITE_HOST": "localhost",
    "SECRET_KEY": "0123456789abcdef" * 4,
    "POSTGRES_PASSWORD": "5d1",
    "REDIS_PASSWORD": "5d2",
    "SMTP_URL": "smtp://localhost:2525",
    "DEFAULT_FROM_EMAIL": "desk@localhost",
}


def filled_in(value: str, given: dict[str, str]) -> str:
    """The value as Compose reads it: ${NAME}, ${NAME:-default} and ${NAME:?what to do}."""

    def one(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if given.get(name):
            return given[name]
        if kind == ":?":
            raise KeyError(rest)
        return rest or ""

    return re.sub(r"\$\{(\w+)(:[?-])?([^}]*)\}", one, str(value))


class Containers:
    """The services as processes of this machine: what differs is where the database, Redis and the data are."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.database = database
        self.port = processes.free_port()
        self.live_port = processes.free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def environment(self, name: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in (*WITHOUT, *ENV_FILE)}
        written = {key: filled_in(value, ENV_FILE) for key, value in COMPOSE["services"][name]["environment"].items()}
        here = {
            "PATH": f"{Path(sys.executable).parent}:{inherited['PATH']}",
            "DATABASE_URL": self.database,
            "REDIS_URL": os.environ["REDIS_URL"],
            "DATA_DIR": str(self.folder / "data"),
            "PORT": str(self.port),
            "LIVE_PORT": str(self.live_port),
            "ALIVE_FILE": str(self.folder / f"{name}.alive"),
        }
        return inherited | written | here

    def start(self, name: str) -> None:
        self.running[name] = self._spawn(name, COMPOSE["services"][name]["command"], self.environment(name))

    def start_proxy(self, *, http_port: int, https_port: int, admin_port: int) -> None:
        given = {
            "XDG_DATA_HOME": str(self.folder / "certificates"),
            "XDG_CONFIG_HOME": str(self.folder / "proxy"),
            "CADDY_ADMIN": f"127.0.0.1:{admin_port}",
            "HTTP_PORT": str(http_port),
            "HTTPS_PORT": str(https_port),
            "WEB": f"127.0.0.1:{self.port}",
            "LIVE": f"127.0.0.1:{self.live_port}",
        }
        written = COMPOSE["services"]["proxy"]["environment"]
        environment = os.environ | {key: filled_in(value, ENV_FILE) for key, value in written.items()} | given
        command = [word.replace("/etc/caddy/", "deploy/") for word in COMPOSE["services"]["proxy"]["command"]]
        self.running["proxy"] = self._spawn("proxy", command, environment)

    def run(self, name: str, *command: str, **more: str) -> None:
        """The service's own command, or another in its place like `docker compose run`, to its end."""
        program = list(command) or COMPOSE["services"][name]["command"]
        environment = self.environment(name) | more
        subprocess.run(program, cwd=embedded.PROJECT, env=environment, check=True, capture_output=True, timeout=900)

    def check(self, name: str) -> subprocess.CompletedProcess[str]:
        kind, *command = COMPOSE["services"][name]["healthcheck"]["test"]
        assert kind == "CMD"
        return subprocess.run(
            command, cwd=embedded.PROJECT, env=self.environment(name), capture_output=True, text=True, timeout=120
        )

    def is_healthy(self, name: str) -> bool:
        assert self.running[name].poll() is None, self.said(name)
        return self.check(name).returncode == 0

    def trouble(self, name: str) -> str:
        return self.check(name).stderr + self.said(name)

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def stop(self) -> dict[str, int]:
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        return {name: process.wait(40) for name, process in self.running.items()}

    def _spawn(self, name: str, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=embedded.PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=processes.child(),
            )


@pytest.fixture
def containers(tmp_path: Path, redis: Any) -> Iterator[Containers]:
    with empty_database() as database:
        containers = Containers(tmp_path, database)
        try:
            yield containers
        finally:
            containers.stop()


@pytest.fixture(scope="session")
def caddy() -> str:
    """The proxy's program. Without it tests are skipped, with REQUIRE_CADDY=1 they fail."""
    found = shutil.which("caddy")
    if found is None:
        if os.environ.get("REQUIRE_CADDY") == "1":
            pytest.fail("REQUIRE_CADDY=1, but there is no caddy: install the package caddy")
        pytest.skip("no caddy: install the package caddy")
    return found


def wait_for(happened: Callable[[], Any], *, within_s: float, otherwise: Callable[[], Any]) -> None:
    until = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < until, otherwise()
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_service_runs_as_written_and_serves_the_site_over_tls(containers: Containers, caddy: str) -> None:
    not_ready_yet = containers.check("web")
    containers.run("prepare")
    for name in OURS:
        containers.start(name)
    https_port = processes.free_port()
    containers.start_proxy(http_port=processes.free_port(), https_port=https_port, admin_port=processes.free_port())

    assert not_ready_yet.returncode == 1
    assert "Nothing answers on port" in not_ready_yet.stderr
    for name in OURS:
        wait_for(lambda: containers.is_healthy(name), within_s=180, otherwise=lambda: containers.trouble(name))  # noqa: B023

    # The first administrator, as docs/operating.md says, signs in through the proxy and hears live news.
    who = {"DJANGO_SUPERUSER_PASSWORD": "tajne-haslo-17", "DJANGO_SUPERUSER_EMAIL": "adam@firma.example"}
    containers.run("web", "python", "manage.py", "createsuperuser", "--no-input", "--name", "Adam", **who)
    authority = containers.folder / "certificates/caddy/pki/authorities/local/root.crt"
    wait_for(authority.exists, within_s=120, otherwise=lambda: containers.said("proxy"))
    site = Visitor(f"https://localhost:{https_port}", ssl.create_default_context(cafile=str(authority)))
    assert site.get("/healthz") == (200, "ok")
    assert site.get("/readyz")[0] == 404
    status, page = site.sign_in(who["DJANGO_SUPERUSER_EMAIL"], who["DJANGO_SUPERUSER_PASSWORD"])
    assert status == 200
    assert "Adam" in page
    assert all(cookie.secure for cookie in site.cookies)
    assert "max-age=31536000" in site.headers["Strict-Transport-Security"]
    header = "; ".join(f"{cookie.name}={cookie.value}" for cookie in site.cookies)
    address = f"wss://localhost:{https_port}/live/"
    with connect(address, ssl=site.tls, origin="https://localhost", additional_headers={"Cookie": header}) as socket:
        assert socket.recv(timeout=60)

    # Beat asks, Redis carries, a worker does: a slot of a regular task is taken.
    taken = "select count(*) from tickets_jobslot"
    wait_for(
        lambda: rows(containers.database, taken)[0][0] > 0, within_s=120, otherwise=lambda: containers.said("worker")
    )

    assert set(containers.stop().values()) <= {0, -signal.SIGTERM}
    assert "Nothing answers" in containers.check("live").stderr


class Visitor:
    """A browser as far as urllib goes: it keeps cookies and trusts the proxy's own authority."""

    def __init__(self, url: str, tls: ssl.SSLContext) -> None:
        self.url, self.tls = url, tls
        self.cookies = http.cookiejar.CookieJar()
        jar = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=tls), jar)
        self.headers: Any = None

    def get(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        data = urlencode(form).encode() if form is not None else None
        request = urllib.request.Request(self.url + path, data, {"Origin": "https://localhost"})  # noqa: S310
        try:
            with self.opener.open(request, timeout=120) as response:
                self.headers = response.headers
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def sign_in(self, email: str, password: str) -> tuple[int, str]:
        self.get("/accounts/login/")
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        return self.get("/accounts/login/", {"csrfmiddlewaretoken": token, "login": email, "password": password})


@pytest.mark.parametrize("name", ["SITE_HOST", "SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "SMTP_URL"])
def test_a_missing_variable_stops_compose_with_a_sentence(name: str) -> None:
    given = {key: value for key, value in ENV_FILE.items() if key != name}
    written = COMPOSE["services"]["web"]["environment"].values()

    with pytest.raises(KeyError, match=f"set {name} in .env to"):
        [filled_in(value, given) for value in written]


def test_no_container_of_ours_may_write_outside_its_volumes_or_gain_rights() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    for name in (*OURS, "prepare", "backup"):
        assert COMPOSE["services"][name]["cap_drop"] == ["ALL"]
    dockerfile = (embedded.PROJECT / "Dockerfile").read_text()
    assert dockerfile.rindex("\nUSER dyzur\n") > dockerfile.rindex("\nFROM ")


def test_images_are_pinned_and_secrets_come_from_outside() -> None:
    text = (embedded.PROJECT / "docker-compose.yml").read_text()
    images = re.findall(r"^ +image: (.+)$", text, re.MULTILINE)
    images += re.findall(r"^FROM (\S+)", (embedded.PROJECT / "Dockerfile").read_text(), re.MULTILINE)

    assert len(images) == 6
    assert all(re.search(r":\d+\.\d+\.\d+|:\d+\.\d+-|:\$\{DYZUR_VERSION", image) for image in images), images
    example = dict(re.findall(r"^#?(\w+)=(.*)$", (embedded.PROJECT / ".env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"\$\{(\w+)", text)) == example.keys() | {"DYZUR_VERSION"}
    assert all(example[name] == "" for name in ENV_FILE)
