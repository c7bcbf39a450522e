"""A real IMAP server for tests: dovecot with a configuration of its own in a temporary folder, and a line to cut."""

import contextlib
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PASSWORD = "secret"

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 50
first_valid_uid = 1
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
{more}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


OAUTH = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
"""

INTROSPECTION = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""


@dataclass
class Dovecot:
    port: int
    program: str
    folder: Path
    process: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

    def start(self) -> None:
        self.process = _started(self.program, self.folder)
        _wait_for(self.port, self.process, self.folder)

    def renumber(self, user: str, to: int | None = None) -> None:
        """Make the server forget the numbers of its mail: it begins with another UIDVALIDITY, as after a restore."""
        mail = self.folder / "mail" / user
        last = to - 1 if to else self.uidvalidity(user) + 1
        for path in mail.glob("dovecot*"):
            path.unlink()
        # It believes the number in the file only beside a file named by it; else it takes the time, perhaps the same.
        (mail / "dovecot-uidvalidity").write_text(f"{last:08x}")
        (mail / f"dovecot-uidvalidity.{last:08x}").touch()

    def uidvalidity(self, user: str) -> int:
        return int((self.folder / "mail" / user / "dovecot-uidlist").read_text().split()[1][1:])

    @contextlib.contextmanager
    def client(self, user: str) -> Iterator[imaplib.IMAP4]:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        client.login(user, PASSWORD)
        try:
            yield client
        finally:
            client.logout()

    def deliver(
        self, user: str, *mails: bytes, flags: str = "", folder: str = "INBOX", came_at: datetime | None = None
    ) -> None:
        with self.client(user) as client:
            if folder != "INBOX":
                client.create(folder)
            for mail in mails:
                date = imaplib.Time2Internaldate(came_at) if came_at else None
                answer, _ = client.append(folder, flags, date, mail)
                assert answer == "OK"

    def unseen(self, user: str, folder: str = "INBOX") -> int:
        return self.count(user, folder, "UNSEEN")

    def count(self, user: str, folder: str = "INBOX", which: str = "ALL") -> int:
        """How many mails of a folder match; 0 without the folder."""
        with self.client(user) as client:
            answer, _ = client.select(folder, readonly=True)
            return len(client.search(None, which)[1][0].split()) if answer == "OK" else 0


@contextlib.contextmanager
def running(
    program: str, *, introspection_url: str = "", mechanisms: str = "plain login", more: str = ""
) -> Iterator[Dovecot]:
    """A server of its own. `introspection_url`: where it asks about access tokens; `more`: lines of configuration."""
    folder = Path(tempfile.mkdtemp(prefix="dyzur-dovecot-"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    is_root = os.geteuid() == 0
    me = pwd.getpwuid(os.geteuid())
    owner = pwd.getpwnam("nobody") if is_root else me
    os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
    port = free_port()
    if introspection_url:
        more += OAUTH.format(folder=folder)
        (folder / "oauth2.conf").write_text(INTROSPECTION.format(url=introspection_url))
    (folder / "dovecot.conf").write_text(
        CONFIGURATION.format(
            folder=folder,
            internal="dovecot" if is_root else me.pw_name,
            group="dovecot" if is_root else str(me.pw_gid),
            login="dovenull" if is_root else me.pw_name,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            password=PASSWORD,
            port=port,
            mechanisms=mechanisms,
            more=more,
        )
    )
    server = Dovecot(port, program, folder, _started(program, folder))
    try:
        _wait_for(port, server.process, folder)
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _started(program: str, folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")], stdin=subprocess.DEVNULL)


def _wait_for(port: int, server: "subprocess.Popen[bytes]", folder: Path) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
            if probe.recv(4) == b"* OK":
                return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    log = (folder / "log").read_text() if (folder / "log").exists() else ""
    raise RuntimeError(f"dovecot did not start: {log}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Line:
    """A connection to the server that breaks after so many bytes from it; `None` lets everything through. `rewrite`
    changes what the server says."""

    def __init__(self, port: int, *, rewrite: Callable[[bytes], bytes] = bytes) -> None:
        self.target = port
        self._rewrite = rewrite
        self.breaks_after: int | None = None
        self.broken = 0
        self.calls = self.said = self.ended = 0  # calls made, pieces that clients sent, directions that are closed
        self._open: list[socket.socket] = []
        self._turn = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def cut(self) -> None:
        """Break what is open now; new calls get through, also one that comes while the last are breaking."""
        with self._turn:
            broken, self._open = self._open, []
        for each in broken:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                self.calls += 1
                with self._turn:
                    self._open += [near, far]
                limit, self.breaks_after = self.breaks_after, None
                threading.Thread(target=self._copy, args=(near, far, None), daemon=True).start()
                threading.Thread(target=self._copy, args=(far, near, limit), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket, limit: int | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                self.said += sink.getpeername()[1] == self.target
                if limit is not None and len(data) >= limit:
                    sink.sendall(data[:limit])
                    self.broken += 1
                    break
                limit = limit - len(data) if limit is not None else None
                is_said = source.getpeername()[1] == self.target
                sink.sendall(self._rewrite(data) if is_said else data)
        self.ended += 1
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
