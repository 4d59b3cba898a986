"""Lying bars, each with its name before it and its number behind it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.charts.look import EMPTY, Chart, Json, Look, chart, mark_of_nothing

MOST_BARS = 12
_ROW, _HEAD = 34, 84
_LETTER, _BAR, _NAMES_FROM = 6.8, 60, 64
"""Pixels: of a letter, of the longest bar at least, and of names at least."""


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
    shown = _told_apart(rows[:MOST_BARS])
    if not shown:
        return chart(name, title, below, mark_of_nothing(nothing, look), look, EMPTY)
    height = _HEAD + 20 * look.narrow + _ROW * max(len(shown), 2)
    return chart(name, title, below, [_drawn(shown, look)], look, height)


def _told_apart(rows: Sequence[Bar]) -> list[Bar]:
    """Bars of one label would be drawn as one: the second Chris is `Chris (2)`."""
    taken: set[str] = set()
    found = []
    for row in rows:
        label, number = row.label, 1
        while label in taken:
            number += 1
            label = f"{row.label} ({number})"
        taken.add(label)
        found.append(replace(row, label=label))
    return found


def _drawn(rows: Sequence[Bar], look: Look) -> Json:
    values: list[Json] = [
        {"label": it.label, "value": it.value or 0, "words": it.words, "harm": it.harm}
        for it in rows
    ]
    longest = max(float(it["value"]) for it in values) or 1.0
    words = max(len(it.words) for it in rows) * 6.6 + 10
    # A name that is cut stands whole in the table; a number that is cut would be another number.
    limit = max(min(135 if look.narrow else 200, look.width - words - _BAR - 24), _NAMES_FROM)
    names = min(max(len(it.label) for it in rows) * _LETTER, limit) + 24
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
                    "labelLimit": limit,
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
