"""A sign of life for processes that answer no HTTP: a file that is touched as long as their loop turns.

ALIVE_FILE names it; without it nothing is written. `python -m helpdesk.launch --check worker` reads how old it is.
"""

import time
from pathlib import Path

from helpdesk.lib import env

SILENCE_S = 60.0
"""The worker's loop turns every 2 s and beat's every few; silent for so long, they hang or have lost Redis."""


def touch() -> None:
    name = env.text("ALIVE_FILE")
    if name:
        Path(name).touch(mode=0o600)


def trouble() -> str:
    """One sentence on what is wrong; empty when the last sign of life is young enough."""
    path = Path(env.required("ALIVE_FILE", why="the process shows by it that it lives"))
    try:
        age_s = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return f"There is no {path}: the process has not begun its work."
    if age_s > SILENCE_S:
        return f"The last sign of life is {age_s:.0f} s old."
    return ""
