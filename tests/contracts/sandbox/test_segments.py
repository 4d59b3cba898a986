"""Segments: GSM-7 and UCS-2 as phones count them."""

import pytest

from bot.sandbox.twilio.segments import encoding, segments


@pytest.mark.parametrize(
    ("body", "kind", "count"),
    [
        ("", "GSM-7", 1),
        ("x" * 160, "GSM-7", 1),
        ("x" * 161, "GSM-7", 2),
        ("x" * 306, "GSM-7", 2),
        ("x" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),  # the euro sign takes two places
        ("€" * 81, "GSM-7", 2),
        ("x" * 152 + "€" + "x" * 152, "GSM-7", 3),  # no character is split across two parts
        ("’" + "x" * 69, "UCS-2", 1),  # one curly apostrophe turns the whole text
        ("’" + "x" * 70, "UCS-2", 2),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
        ("😀" * 67, "UCS-2", 3),  # 66 of 67 places are used in each part
    ],
)
def test_a_text_takes_so_many_segments(body: str, kind: str, count: int) -> None:
    assert (encoding(body), segments(body)) == (kind, count)
