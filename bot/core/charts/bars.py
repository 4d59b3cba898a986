"""Lying bars, each with its name before it and its number behind it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.charts.look import EMPTY, Chart, Json, Look, breadth, chart, mark_of_nothing

MOST_BARS = 12
_ROW, _HEAD = 34, 84
_BAR, _NAMES_FROM = 60, 64
"""Pixels of the longest bar, and of names, at least."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`words` is what stands behind it; `harm`: drawn as what took something down.

    `value` None: not known, which is no bar, and `words` says so.
    """

    label: str
    value: float | None
    words: str
    harm: bool = False


def bars(
    name: str,
    title: str,
    below: str,
    rows: Sequence[Bar],
    look: Look,
    nothing: str,
) -> Chart:
    """The rows in their order. Lengths are to scale and begin at nought."""
    shown = rows[:MOST_BARS]
    if not shown:
        return chart(name, title, below, mark_of_nothing(nothing, look), look, EMPTY)
    height = _HEAD + 20 * look.narrow + _ROW * max(len(shown), 2)
    return chart(name, title, below, [_drawn(shown, look)], look, height)


def _labels(rows: Sequence[Bar], limit: float) -> list[str]:
    """Each of its own: bars of one label would be drawn as one. The second Chris is `Chris (2)`."""
    found: list[str] = []
    for row in rows:
        cut = label = _cut(row.label, limit)
        number = 1
        while label in found:
            number += 1
            label = f"{cut} ({number})"
        found.append(label)
    return found


def _cut(text: str, limit: float) -> str:
    """As much as has room. Vega would cut an emoji in two, and then nothing at all is drawn."""
    if _pixels(text) <= limit:
        return text
    while text and _pixels(text) + _pixels("…") > limit:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _pixels(text: str) -> float:
    """About, of the font that is drawn with."""
    return 6.8 * breadth(text)


def _drawn(rows: Sequence[Bar], look: Look) -> Json:
    words = max(len(it.words) for it in rows) * 6.6 + 10
    # A name that is cut stands whole in the table; a number that is cut would be another number.
    limit = max(min(135 if look.narrow else 200, look.width - words - _BAR - 24), _NAMES_FROM)
    labels = _labels(rows, limit)
    values: list[Json] = [
        {"label": label, "value": it.value or 0, "words": it.words, "harm": it.harm}
        for label, it in zip(labels, rows, strict=True)
    ]
    longest = max(float(it["value"]) for it in values) or 1.0
    names = max(map(_pixels, labels)) + 24
    room = max(look.width - names - words, _BAR)
    colours = look.colours
    return {
        "data": {"values": values},
        "encoding": {
            "y": {
                "field": "label",
                "type": "nominal",
                "sort": None,
                "axis": {
                    "title": None,
                    "domain": False,
                    "ticks": False,
                    "labelLimit": 0,
                    "labelFontSize": 13,
                    "labelColor": colours.ink,
                },
            },
            "x": {
                "field": "value",
                "type": "quantitative",
                "axis": None,
                # The room behind the longest bar is for its words.
                "scale": {"domain": [0, longest * (look.width - names) / room]},
            },
        },
        "layer": [
            {
                "mark": {"type": "bar", "height": 18, "cornerRadiusEnd": 2},
                "encoding": {
                    "color": {
                        "condition": {"test": "datum.harm", "value": colours.harm},
                        "value": colours.fine,
                    }
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 13},
                "encoding": {"text": {"field": "words"}},
            },
        ],
    }
