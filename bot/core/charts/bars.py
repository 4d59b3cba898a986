"""Lying bars, each with its name before it and its number behind it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.charts.look import EMPTY, Chart, Json, Look, chart, mark_of_nothing

MOST_BARS = 12
_ROW, _HEAD = 34, 84


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


def _drawn(rows: Sequence[Bar], look: Look) -> Json:
    values: list[Json] = [
        {"label": it.label, "value": it.value or 0, "words": it.words, "harm": it.harm}
        for it in rows
    ]
    longest = max(float(it["value"]) for it in values) or 1.0
    words = max(len(it.words) for it in rows) * 6.6 + 10
    names = min(max(len(it.label) for it in rows) * 6.8, 135 if look.narrow else 200) + 24
    room = max(look.width - names - words, 60.0)
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
                    "labelLimit": 135 if look.narrow else 200,
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
