"""What one of us learnt about Redis all others in the process know: who waited in vain lets the next not wait as well.

A request may need Redis several times, for limits on attempts, for counts, to hint at work, and while Redis is frozen
each would wait for its own time limit. After one failure it is left alone for `SILENCE_S`, by everybody who asks here.
"""

import time

SILENCE_S = 5.0
_until = 0.0


def is_kept() -> bool:
    """Whether Redis failed a moment ago; who asks goes on without it."""
    return time.monotonic() < _until


def begin() -> None:
    """Redis did not answer."""
    global _until
    _until = time.monotonic() + SILENCE_S


def end() -> None:
    """The next who needs Redis asks it."""
    global _until
    _until = 0.0
