"""How far a share counted on few cases may be off. Pure."""

from __future__ import annotations

import math

Z = 1.959964
"""95 times in 100."""
FEW = 30
"""Below so many cases a share is shown with its interval, and pale."""


def wilson(good: int, whole: int) -> tuple[float, float]:
    """The interval of Wilson (1927) that holds the true share 95 times in 100, both ends from 0 to 1."""
    if whole <= 0:
        return 0.0, 1.0
    share = good / whole
    scale = 1 + Z * Z / whole
    middle = (share + Z * Z / (2 * whole)) / scale
    reach = Z / scale * math.sqrt(share * (1 - share) / whole + Z * Z / (4 * whole * whole))
    return max(0.0, min(share, middle - reach)), min(1.0, max(share, middle + reach))
