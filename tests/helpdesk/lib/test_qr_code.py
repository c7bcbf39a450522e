"""The path of a QR code draws exactly its dark modules."""

import re

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from helpdesk.lib.qr_code import QUIET, code_of

ADDRESS = "https://pomoc.bursztyn.example/f/aTzr5kaBGSbp8wwH1VS3jlwU/"


def test_every_dark_module_is_drawn_and_no_light_one():
    matrix = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    matrix.add_data(ADDRESS)
    expected = {(x, y) for y, row in enumerate(matrix.get_matrix()) for x, dark in enumerate(row) if dark}

    code = code_of(ADDRESS)

    drawn = {
        (int(x) + step, int(y))
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", code.path)
        for step in range(int(width))
    }
    assert drawn == expected
    assert code.size == len(matrix.get_matrix())
    assert all(QUIET <= x < code.size - QUIET and QUIET <= y < code.size - QUIET for x, y in drawn)
