"""CSV that a spreadsheet shows and does not run. Pure.

RFC 4180: commas, CRLF, quotes doubled. A cell that a spreadsheet would take for a formula gets an
apostrophe before it. Source: OWASP, "CSV Injection".
"""

import csv
import io
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: object) -> object:
    """Text made harmless; numbers stay numbers, None is empty."""
    if not isinstance(value, str):
        return "" if value is None else value
    bare = value.lstrip(" \u00a0\ufeff\0")
    return f"'{value}" if value.startswith(_FORMULA) or bare.startswith(_FORMULA) else value


def line(values: Iterable[object]) -> str:
    """One line, with its CRLF."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([cell(value) for value in values])
    return out.getvalue()
