"""A reader of mail that misbehaves as the mail asks it to: what the pool must survive, whatever parser causes it."""

import os
import signal
import time
from typing import Any

from tickets.channels.email import reader, wire


def answer(job: wire.Json, blobs: list[bytes]) -> Any:
    said = blobs[0][:1000].decode()
    what, _, argument = said.partition(" ")
    if what == "burn":
        while True:
            pass
    if what == "fill":
        kept = []
        while True:
            kept.append(bytes(10_000_000))  # never touched: it costs memory and no processor time
    if what == "sleep":
        time.sleep(3600)
    if what == "die":
        os.kill(os.getpid(), getattr(signal, argument))
    if what == "die_once" and not os.path.exists(argument):  # noqa: PTH110
        os.close(os.open(argument, os.O_CREAT))
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "leave":
        os._exit(int(argument))
    if what == "babble":
        os.write(0, b"\xff" * 100)
    if what in ("shape", "good"):
        return {"mail": {"sender": 1}}, []
    echo = blobs if len(blobs[0]) < 1_000_000 else []
    return {"pid": os.getpid(), "environment": dict(os.environ), "said": said}, echo


if __name__ == "__main__":
    reader.CPU_S, reader.IDLE_S = 1, int(os.environ.get("READER_IDLE_S", 60))
    reader.serve(answer)
