"""An address as a QR code, drawn as one SVG path: no picture file, no style, sharp on paper and on any screen."""

from __future__ import annotations

from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET = 4
"""Empty modules around the code, which readers need (ISO/IEC 18004)."""


@dataclass(frozen=True)
class Code:
    """``path`` draws the dark modules inside a square of ``size`` by ``size`` units."""

    size: int
    path: str


def code_of(text: str) -> Code:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(text)
    rows = code.get_matrix()
    pieces = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            width = 0
            while x + width < len(row) and row[x + width]:
                width += 1
            if width:
                pieces.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width or 1
    return Code(len(rows), "".join(pieces))
