"""Starting, watching and ending child processes so that none outlives the one that started it."""

import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def child(*, death_signal: signal.Signals = signal.SIGTERM, deaf_to_ctrl_c: bool = False) -> Callable[[], None]:
    """A `preexec_fn` for a child that must not outlive us.

    The kernel sends it `death_signal` when we die, by kill -9 too (Linux only). A child that is deaf to Ctrl-C, which
    the terminal sends to the whole process group at once, is ended by us in order instead.
    """
    libc = _libc()
    parent = os.getpid()

    def prepare() -> None:
        if deaf_to_ctrl_c:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:  # we died before the kernel was asked
                os._exit(1)

    return prepare


def die_with_parent(death_signal: signal.Signals = signal.SIGTERM) -> None:
    """The same for the running process itself."""
    libc = _libc()
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)


def adopt_orphans() -> None:
    """Make this process the parent of grandchildren whose own parent dies, so that it can see and end them (Linux)."""
    libc = _libc()
    if libc is not None:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def stop(process: subprocess.Popen[bytes], *, ask: signal.Signals = signal.SIGTERM, grace_s: float = 10.0) -> None:
    """End one child: ask, wait `grace_s` seconds, then kill. Returns when it is gone and reaped."""
    if process.poll() is not None:
        return
    process.send_signal(ask)
    try:
        process.wait(grace_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end(processes: Iterable[psutil.Process], *, ask: signal.Signals, grace_s: float = 5.0) -> None:
    """End processes that are not our children: ask, wait `grace_s` seconds, kill what is left."""
    processes = list(processes)
    for process in processes:
        _send(process, ask)
    _, alive = psutil.wait_procs(processes, timeout=grace_s)
    for process in alive:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=grace_s)


def working_in(folder: Path, name: str) -> list[psutil.Process]:
    """Running processes called `name` whose working folder is `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == name and Path(process.cwd()) == folder and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):  # it ended meanwhile, or is somebody else's
            continue
    return found


def free_port() -> int:
    """A port of the loopback that is free now; somebody else may still take it before it is used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of both loopbacks, since a browser may try either for `localhost`.

    A port whose last connections are only fading counts as free.
    """
    return all(
        _could_listen(family, host, port) for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
    )


def holder_of(port: int) -> str:
    """Who listens on the port, like "python (process 4242)"; empty when the system does not tell."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.Error:  # macOS tells only root
        return ""
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            if connection.pid is None:
                return ""
            try:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.Error:
                return f"process {connection.pid}"
    return ""


def _could_listen(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        probe = socket.socket(family)
    except OSError:  # a machine without IPv6
        return True
    with probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            return error.errno == errno.EADDRNOTAVAIL
    return True


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:
        pass


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
