"""How every chart looks: colours, sizes, fonts. Pure.

Colours are of the set of Okabe and Ito ("Color Universal Design", 2008), which people with any kind
of colour vision can tell apart; wherever two stand beside each other, place or shape tells them
apart as well. The font is the one that the drawing library brings with it, so that a chart is the
same on every machine; in a browser any font of its measures (Arial) will do.
"""

import json
import re
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Theme = Literal["light", "dark"]
Size = Literal["wide", "narrow", "chat"]
Json = dict[str, Any]

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


@dataclass(frozen=True, slots=True)
class Colours:
    """`fine` is what happened without harm, `harm` what took something down."""

    ground: str
    ink: str
    soft: str
    line: str
    fine: str
    harm: str


_COLOURS = {
    "light": Colours("#ffffff", "#17202b", "#5a6675", "#d9dee5", "#0072b2", "#d55e00"),
    "dark": Colours("#18212b", "#e8edf3", "#a3b0bf", "#2d3946", "#56b4e9", "#e69f00"),
}
EMPTY = 170
"""Pixels of height of a chart that has nothing to draw."""
_WIDTH = {"wide": 720, "narrow": 340, "chat": 520}
_LINE = {"wide": 80, "narrow": 36, "chat": 57}
"""Characters of a title in one line; of the smaller text below it a quarter more."""
_SLACK = 1.06
"""So much broader than planned a line may be: a capital or two change nothing."""
_UNIT = re.compile(r"(\d) (s|min|h|d|%|days?|nights?|deployments?)(?!\w)")


@dataclass(frozen=True, slots=True)
class Look:
    """`wide` is for a desk, `narrow` for a phone, `chat` for Slack, which shows pictures at most
    360 pixels high: each as big as it is shown, so that letters keep their size.
    """

    theme: Theme = "light"
    size: Size = "wide"

    @property
    def colours(self) -> Colours:
        """Those of the theme."""
        return _COLOURS[self.theme]

    @property
    def width(self) -> int:
        """Pixels, all included."""
        return _WIDTH[self.size]

    @property
    def narrow(self) -> bool:
        """Whether there is room for little."""
        return self.size == "narrow"


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart, ready to be drawn. `title` is a sentence that says the answer, `below` tells how
    to read it. `spec` is Vega-Lite as JSON.
    """

    name: str
    title: str
    below: str
    spec: str
    width: int
    height: int


def chart(
    name: str,
    title: str,
    below: str,
    layers: Sequence[Json],
    look: Look,
    height: int,
) -> Chart:
    """Put a chart together. `below` is the smaller text under its title, `height` all included."""
    colours, line = look.colours, _LINE[look.size]
    spec: Json = {
        "$schema": SCHEMA,
        "description": title,
        "background": colours.ground,
        "padding": {"left": 4, "right": 12, "top": 6, "bottom": 4},
        "width": look.width,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "title": {
            "text": wrapped(title, line),
            "subtitle": wrapped(below, line + line // 4),
        },
        "layer": list(layers),
        "config": _config(colours),
    }
    text = json.dumps(spec, ensure_ascii=False, sort_keys=True)
    return Chart(name, title, below, text, look.width, height)


def wrapped(text: str, line: int) -> list[str]:
    """In lines, a number and its unit kept together (by a no-break space)."""
    left, lines = _UNIT.sub("\\1\u00a0\\2", text).strip(), []
    while left:
        for room in range(line, line // 3, -1):
            first = textwrap.wrap(left, room)[0]
            if breadth(first) <= line * _SLACK:
                break
        lines.append(first)
        left = left[len(first) :].lstrip(" ")
    return lines


def breadth(text: str) -> float:
    """In letters of usual breadth. Capitals are broader, and emoji as broad as two."""
    return sum(1.9 if _is_wide(it) else 1.3 if it.isupper() else 1.0 for it in text)


def _is_wide(char: str) -> bool:
    return char == "…" or unicodedata.east_asian_width(char) in "WF"


def _config(colours: Colours) -> Json:
    return {
        "font": FONT,
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            "frame": "bounds",
            "font": FONT,
            "fontSize": 16,
            "fontWeight": "bold",
            "lineHeight": 20,
            "color": colours.ink,
            "subtitleFont": FONT,
            "subtitleFontSize": 13,
            "subtitleLineHeight": 17,
            "subtitleColor": colours.soft,
            "subtitlePadding": 4,
            "offset": 14,
        },
        "axis": {
            "labelFont": FONT,
            "labelFontSize": 12,
            "labelColor": colours.soft,
            "titleFont": FONT,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titleColor": colours.soft,
            "gridColor": colours.line,
            "domainColor": colours.soft,
            "tickColor": colours.line,
        },
        "text": {"font": FONT, "fontSize": 12, "color": colours.ink},
    }


def mark_of_nothing(words: str, look: Look) -> list[Json]:
    """Where there is nothing to draw the chart says so; an empty frame would look like zero."""
    return [
        {
            "data": {"values": [{"words": wrapped(words, _LINE[look.size])}]},
            "mark": {"type": "text", "fontSize": 14, "color": look.colours.soft, "lineHeight": 18},
            "encoding": {"text": {"field": "words"}},
        }
    ]
