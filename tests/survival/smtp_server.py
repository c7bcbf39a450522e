"""A mail server in a process of its own that can be told to misbehave, and what a test knows of it.

It keeps each mail that it accepts as a file. `mood.json` in its folder says how it answers, looked at for each mail:
`{"default": "ok", "somebody@x.example": "550 no such user"}`. Besides answers ("4xx ...", "5xx ...") there are `ok`,
`slow`, `drop` (hangs up after DATA without keeping the mail) and `keep and drop` (keeps it, then hangs up).
"""

import asyncio
import json
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

    def mood(self, address: str) -> str:
        moods = json.loads((self.folder / "mood.json").read_text())
        return str(moods.get(address, moods["default"]))

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if (mood := self.mood(address))[0] in "45":
            return mood
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        (recipient,) = envelope.rcpt_tos
        mood = self.mood(recipient)
        if mood == "slow":
            await asyncio.sleep(0.1)
        if mood != "drop":
            self.number += 1
            unfinished = self.folder / f"{self.number:05}.part"
            unfinished.write_bytes(f"X-Envelope-To: {recipient}\r\n".encode() + envelope.content)
            unfinished.rename(self.folder / f"{self.number:05}.eml")
        if mood in ("drop", "keep and drop"):
            server.transport.abort()
        return "250 kept"


class SmtpServer:
    """The test's side: starts and ends the process, sets its mood, reads what it kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.port = processes.free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.be("ok")

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def be(self, default: str, **by_name: str) -> None:
        """`be("ok", jan="550 no")` refuses jan@klient.example."""
        moods = {"default": default} | {f"{name}@klient.example": mood for name, mood in by_name.items()}
        unfinished = self.folder / "mood.part"
        unfinished.write_text(json.dumps(moods))
        unfinished.rename(self.folder / "mood.json")

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.survival.smtp_server", str(self.port), str(self.folder)]
        self.process = subprocess.Popen(
            command, cwd=embedded.PROJECT, stdin=subprocess.DEVNULL, preexec_fn=processes.child()
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
        return [message_from_bytes(file.read_bytes()) for file in sorted(self.folder.glob("*.eml"))]

    def count(self) -> int:
        return len(list(self.folder.glob("*.eml")))

    def by_id(self) -> Counter[str]:
        """How often each Message-ID was kept."""
        return Counter(mail["Message-ID"] for mail in self.kept())


async def serve(port: int, folder: Path) -> None:
    from aiosmtpd.smtp import SMTP

    loop = asyncio.get_running_loop()
    handler = Handler(folder)
    server = await loop.create_server(lambda: SMTP(handler, hostname="mx.klient.example"), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
