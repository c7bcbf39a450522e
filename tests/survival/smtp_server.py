"""A mail server in a process of its own that can be told to misbehave, and what a test knows of it.

It keeps each mail that it accepts as a file. `mood.json` in its folder says how it answers, looked at for each mail:
`{"default": "ok", "somebody@x.example": "550 no such user"}`. Besides answers to RCPT ("4xx ...", "5xx ...") there are
`ok`, `slow`, `data 452 full` (the answer after the mail), `drop` (hangs up after DATA without keeping the mail), `keep
and drop` (keeps it, then hangs up) and `last` (keeps it, answers, and ends the line). A list is worked off, one entry a
mail: `["451 come back", "ok"]`. "from" is the answer to MAIL.

Options: `tls` (starttls or tls) with `certificate`, and `login` ("name:password"), without which it takes nothing.
"""

import asyncio
import json
import ssl
import subprocess
import sys
import time
from collections import Counter
from email import message_from_bytes
from email.message import Message as Mail
from pathlib import Path
from typing import Any

from helpdesk.lib import embedded, processes


class Handler:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = len(list(folder.glob("*.eml")))
        self.asked: Counter[str] = Counter()

    def mood(self, address: str) -> str:
        moods = json.loads((self.folder / "mood.json").read_text())
        mood = moods.get(address, moods["default"] if "@" in address else "ok")
        if isinstance(mood, list):
            mood = mood[min(self.asked[address], len(mood) - 1)]
            self.asked[address] += 1
        return str(mood)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if getattr(session, "had_its_share", False):
            return "421 4.3.2 One mail a line"
        if (mood := self.mood("from"))[0] in "45":
            return mood
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        session.mood = self.mood(address)
        if session.mood[0] in "45":
            return session.mood
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        (recipient,) = envelope.rcpt_tos
        mood = session.mood
        if mood == "slow":
            await asyncio.sleep(0.1)
        if mood.startswith("data "):
            return mood.removeprefix("data ")
        if mood != "drop":
            self.number += 1
            unfinished = self.folder / f"{self.number:05}.part"
            envelope_lines = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {recipient}\r\n"
            unfinished.write_bytes(envelope_lines.encode() + envelope.content)
            unfinished.rename(self.folder / f"{self.number:05}.eml")
        if mood in ("drop", "keep and drop"):
            server.transport.abort()
        if mood == "last":
            # Whoever is quicker than the end of the line is told so, and no second mail is cut in its middle.
            session.had_its_share = True
            asyncio.get_running_loop().call_later(0.02, server.transport.close)
        return "250 kept"


class SmtpServer:
    """The test's side: starts and ends the process, sets its mood, reads what it kept."""

    def __init__(self, folder: Path, **options: str) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.options = options
        self.port = processes.free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.be("ok")

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def be(self, default: str | list[str], *, to_senders: str | list[str] = "ok", **by_name: str | list[str]) -> None:
        """`be("ok", jan="550 no")` refuses jan@klient.example."""
        moods = {"default": default, "from": to_senders}
        moods |= {f"{name}@klient.example": mood for name, mood in by_name.items()}
        unfinished = self.folder / "mood.part"
        unfinished.write_text(json.dumps(moods))
        unfinished.rename(self.folder / "mood.json")

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.survival.smtp_server", str(self.port), str(self.folder)]
        self.process = subprocess.Popen(
            [*command, json.dumps(self.options)],
            cwd=embedded.PROJECT,
            stdin=subprocess.DEVNULL,
            preexec_fn=processes.child(),
        )
        deadline = time.monotonic() + 30
        while processes.is_free(self.port):
            assert time.monotonic() < deadline and self.process.poll() is None
            time.sleep(0.05)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def kept(self) -> list[Mail]:
        return [message_from_bytes(raw) for raw in self.raw()]

    def raw(self) -> list[bytes]:
        return [file.read_bytes() for file in sorted(self.folder.glob("*.eml"))]

    def count(self) -> int:
        return len(list(self.folder.glob("*.eml")))

    def by_id(self) -> Counter[str]:
        """How often each Message-ID was kept."""
        return Counter(mail["Message-ID"] for mail in self.kept())


async def serve(port: int, folder: Path, options: dict[str, str]) -> None:
    from aiosmtpd.smtp import SMTP, AuthResult

    loop = asyncio.get_running_loop()
    handler = Handler(folder)
    context = None
    if "tls" in options:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options["certificate"])
    starttls = {"tls_context": context, "require_starttls": True} if options.get("tls") == "starttls" else {}

    def signs_in(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> Any:
        is_known = f"{login.login.decode()}:{login.password.decode()}" == options["login"]
        return AuthResult(success=is_known, handled=False)

    login = {"authenticator": signs_in, "auth_required": True, "auth_require_tls": False} if "login" in options else {}
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="mx.klient.example", **starttls, **login),
        "127.0.0.1",
        port,
        ssl=context if options.get("tls") == "tls" else None,
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])))
