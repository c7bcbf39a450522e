import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from helpdesk.lib import embedded, processes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

UP = (
    "import sys\n"
    "from helpdesk import supervisor\n"
    "supervisor.PREPARE.append('--no-demo')\n"
    "supervisor.STOP_GRACE_S = float(sys.argv[1])\n"
    "raise SystemExit(supervisor.run())\n"
)


class Desk:
    """`manage.py up` with an empty demo, in a data folder and on ports of its own."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.data = data
        self.port = _two_free_ports()
        self.log = folder / "up.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.family: list[psutil.Process] = []

    def start(self, *, grace_s: int = 60) -> None:
        """``grace_s``: how long its parts have for their end. On a busy machine an orderly one takes seconds."""
        given = {"DATA_DIR": str(self.data), "PORT": str(self.port)}
        without = ("DATABASE_URL", "REDIS_URL", "CLOCK_OFFSET_S", "MAKELEVEL", "DJANGO_SETTINGS_MODULE")
        environment = {name: value for name, value in os.environ.items() if name not in without}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", UP, str(grace_s)],
                cwd=embedded.PROJECT,
                env=environment | given,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=processes.child(death_signal=signal.SIGTERM),
            )
        wait_for(lambda: "Ctrl-C stops it" in self.said() or self.process.poll() is not None, within_s=300)
        assert self.process.poll() is None, self.said()
        self.family = psutil.Process(self.process.pid).children(recursive=True)

    def said(self) -> str:
        return self.log.read_text()

    def answers(self, port: int) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def main_process(self, word: str) -> psutil.Process:
        assert self.process is not None
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if word in " ".join(child.cmdline()))

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(120)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whichever test is first makes the database; migrating takes longer than all that is tested here."""
    return tmp_path_factory.mktemp("up") / "data"


@pytest.fixture
def desk(tmp_path: Path, data: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, data)
    yield desk
    desk.end()


def wait_for(happened: Callable[[], bool], *, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _two_free_ports() -> int:
    while True:
        port = processes.free_port()
        if port < 65535 and processes.is_free(port + 1):
            return port


def test_everything_runs_comes_back_after_a_kill_and_is_gone_after_ctrl_c(desk: Desk) -> None:
    desk.start()
    assert desk.process is not None

    assert desk.answers(desk.port)
    assert desk.answers(desk.port + 1)
    for name in ("helpdesk.web", "uvicorn", "worker", "beat", "redis", "postgres"):
        assert os.getpgid(desk.main_process(name).pid) == desk.process.pid

    desk.main_process("helpdesk.web").kill()
    wait_for(lambda: "web was ended by SIGKILL; starting it again" in desk.said(), within_s=300)
    wait_for(lambda: desk.answers(desk.port), within_s=300)
    desk.main_process("postgres").kill()
    wait_for(lambda: "postgres was ended by SIGKILL; starting it again" in desk.said(), within_s=300)
    wait_for(lambda: desk.answers(desk.port), within_s=300)

    family = psutil.Process(desk.process.pid).children(recursive=True)
    os.killpg(desk.process.pid, signal.SIGINT)  # as a terminal sends Ctrl-C
    assert desk.process.wait(120) == 0
    assert psutil.wait_procs(family, timeout=20)[1] == []
    assert "is killed" not in desk.said()

    desk.start(grace_s=5)  # the data is still there, and so are the ports
    desk.main_process("beat").suspend()  # a child that hears no SIGTERM
    desk.process.send_signal(signal.SIGTERM)
    assert desk.process.wait(60) == 0
    assert "beat did not stop within 5 s and is killed." in desk.said()
    assert psutil.wait_procs(desk.family, timeout=20)[1] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_nothing_is_left_when_the_supervisor_itself_is_killed(desk: Desk) -> None:
    desk.start()
    assert desk.process is not None

    desk.process.kill()

    assert psutil.wait_procs(desk.family, timeout=20)[1] == []


def test_a_taken_port_is_named_with_its_holder_and_another_choice(desk: Desk, tmp_path: Path) -> None:
    desk.data = tmp_path / "data"  # nothing is there yet
    with socket.create_server(("127.0.0.1", desk.port + 1)), pytest.raises(AssertionError):
        desk.start()

    assert desk.process is not None
    assert desk.process.returncode == 1
    assert f"Port {desk.port + 1} is taken by" in desk.said()
    assert f"(process {os.getpid()})" in desk.said()
    assert "choose another: PORT=" in desk.said()
    assert not desk.data.exists()
