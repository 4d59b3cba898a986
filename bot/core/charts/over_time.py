"""What happened when: deployments and the incidents they caused, recoveries, the streak. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.core.charts.look import EMPTY, Chart, Json, Look, chart, mark_of_nothing

_HEIGHT = {"wide": 300, "narrow": 300, "chat": 320}
MOST_POINTS = 500
Within = tuple[datetime, datetime]
"""From when until when a chart goes (wall time, naive), whatever happened in it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A day, week or month that begins on `day`. `caused`: incidents that a deployment caused, as
    people decided; `suspected`: deployments suspected of one, while nobody has decided.
    """

    day: date
    deployments: int
    caused: int
    suspected: int


def deployments(title: str, below: str, spans: Sequence[Span], look: Look, nothing: str) -> Chart:
    """Deployments upward, what they took down downward, on one axis of time."""
    height = _HEIGHT[look.size]
    if not any(it.deployments or it.caused or it.suspected for it in spans):
        return chart("deployments", title, below, mark_of_nothing(nothing, look), look, EMPTY)
    layers = [_deployments(spans, look), *_incidents(spans, look)]
    return chart("deployments", title, below, layers, look, height)


def _deployments(spans: Sequence[Span], look: Look) -> Json:
    values = [{"day": it.day.isoformat(), "deployments": it.deployments} for it in spans]
    most = max(it.deployments for it in spans)
    deepest = max(it.caused + it.suspected for it in spans)
    return {
        "data": {"values": values},
        "mark": {"type": "bar", "color": look.colours.fine},
        "encoding": {
            "x": _days(spans, look),
            "y": {
                "field": "deployments",
                "type": "quantitative",
                "axis": {
                    "title": None,
                    "labelExpr": "format(abs(datum.value), ',d')",
                    "tickMinStep": 1,
                    "tickCount": 5,
                },
                # Below there is room for the marks, which are as big for one incident as for ten.
                "scale": {"domain": [-max(deepest + 0.5, most * 0.12), max(most, 1) * 1.05]},
            },
        },
    }


def _incidents(spans: Sequence[Span], look: Look) -> list[Json]:
    values: list[Json] = []
    for it in spans:
        day = it.day.isoformat()
        if it.caused:
            values.append({"day": day, "top": 0, "down": -it.caused, "n": it.caused, "sure": True})
        if it.suspected:
            low = -it.caused - it.suspected
            values.append(
                {"day": day, "top": -it.caused, "down": low, "n": it.suspected, "sure": False}
            )
    colour = look.colours.harm
    sure: Json = {
        "condition": {"test": "datum.sure", "value": colour},
        "value": look.colours.ground,
    }
    place: Json = {
        "x": {"field": "day", "type": "ordinal"},
        "y": {"field": "down", "type": "quantitative"},
    }
    return [
        {
            "data": {"values": values},
            "mark": {"type": "bar", "stroke": colour, "strokeWidth": 1.5, "width": {"band": 0.2}},
            "encoding": {**place, "y2": {"field": "top"}, "fill": sure},
        },
        {
            "data": {"values": values},
            "mark": {"type": "point", "shape": "diamond", "size": 100, "opacity": 1},
            "encoding": {**place, "fill": sure, "stroke": {"value": colour}},
        },
    ]


def _days(spans: Sequence[Span], look: Look) -> Json:
    months = len(spans) > 1 and (spans[1].day - spans[0].day).days > 7
    shape = "%b %y" if months else "%-d %b"
    return {
        "field": "day",
        "type": "ordinal",
        "axis": {
            "title": None,
            "labelAngle": 0,
            "labelOverlap": "greedy",
            "labelSeparation": 8,
            "labelExpr": f"utcFormat(toDate(datum.value), '{shape}')",
            "domain": False,
            "ticks": False,
        },
        "scale": {"paddingInner": 0.2},
    }


@dataclass(frozen=True, slots=True)
class Recovery:
    """A failed deployment that was over `at` (wall time, naive) after `seconds`."""

    at: datetime
    seconds: float


def recoveries(
    title: str,
    below: str,
    points: Sequence[Recovery],
    median_seconds: float | None,
    median_words: str,
    look: Look,
    nothing: str,
    within: Within,
) -> Chart:
    """One mark each; the higher, the longer it took (on a logarithmic scale)."""
    height = _HEIGHT[look.size]
    shown = sorted(points, key=lambda it: it.at)[-MOST_POINTS:]
    if not shown:
        return chart("recovery", title, below, mark_of_nothing(nothing, look), look, EMPTY)
    layers = [_points(shown, look, within)]
    if median_seconds is not None:
        layers += _level(max(median_seconds / 60, 0.1), median_words, look)
    return chart("recovery", title, below, layers, look, height)


def _points(points: Sequence[Recovery], look: Look, within: Within) -> Json:
    values = [
        {"at": _moment(it.at), "minutes": round(max(it.seconds, 6.0) / 60, 2)} for it in points
    ]
    return {
        "data": {"values": values},
        "mark": {"type": "point", "filled": True, "size": 90, "shape": "diamond", "opacity": 1},
        "encoding": {
            "x": _time("at", within),
            "y": {
                "field": "minutes",
                "type": "quantitative",
                "scale": {"type": "log", "nice": False, "domain": _around(values)},
                "axis": {"title": None, "values": _STEPS, "labelExpr": _IN_WORDS},
            },
            "color": {"value": look.colours.harm},
        },
    }


def _moment(wall: datetime) -> str:
    """As the chart reads it: its scale is UTC, so that no zone is applied a second time."""
    return f"{wall.isoformat(timespec='seconds')}Z"


_STEPS = [0.1, 1, 2, 5, 10, 30, 60, 120, 360, 720, 1440, 4320, 10080, 43200]
_IN_WORDS = (
    "datum.value < 1 ? '6 s' : datum.value < 60 ? datum.value + ' min' : "
    "datum.value < 1440 ? datum.value / 60 + ' h' : datum.value / 1440 + ' d'"
)


def _around(values: Sequence[dict[str, Any]]) -> list[float]:
    """Somewhat below the shortest and above the longest, so that no mark is cut."""
    minutes = [float(it["minutes"]) for it in values]
    return [min(minutes) / 1.7, max(minutes) * 1.7]


def _time(field: str, within: Within) -> Json:
    return {
        "field": field,
        "type": "temporal",
        "scale": {"type": "utc", "domain": [_moment(at) for at in within]},
        "axis": {
            "title": None,
            "format": "%-d %b",
            "grid": False,
            "labelOverlap": "greedy",
            "labelSeparation": 8,
            "tickCount": 6,
        },
    }


def _level(value: float, words: str, look: Look) -> list[Json]:
    """A dashed line across, and what it is."""
    data: Json = {"values": [{"level": value, "words": words}]}
    place: Json = {"y": {"field": "level", "type": "quantitative"}}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "strokeDash": [6, 4], "color": look.colours.ink},
            "encoding": place,
        },
        *(
            {
                "data": data,
                "mark": {
                    "type": "text",
                    "align": "left",
                    "baseline": "bottom",
                    "dx": 4,
                    "dy": -3,
                    **more,
                },
                "encoding": {**place, "x": {"value": 0}, "text": {"field": "words"}},
            }
            for more in (_halo(look), {})
        ),
    ]


def _halo(look: Look) -> Json:
    """Behind words that stand among marks."""
    return {"stroke": look.colours.ground, "strokeWidth": 4, "opacity": 0.9}


def streak(
    title: str,
    below: str,
    days: Sequence[tuple[datetime, int]],
    record: int | None,
    record_words: str,
    look: Look,
    nothing: str,
    within: Within,
) -> Chart:
    """Days since a deployment last took something down: corners of a line (wall time, naive)."""
    height = _HEIGHT[look.size]
    if not days:
        return chart("streak", title, below, mark_of_nothing(nothing, look), look, EMPTY)
    most = max([value for _, value in days] + [record or 0, 1])
    layers: list[Json] = [
        {
            "data": {"values": [{"at": _moment(at), "days": value} for at, value in days]},
            "mark": {
                "type": "area",
                "line": {"color": look.colours.fine, "strokeWidth": 2, "strokeJoin": "bevel"},
                "color": look.colours.fine,
                "opacity": 0.35,
            },
            "encoding": {
                "x": _time("at", within),
                "y": {
                    "field": "days",
                    "type": "quantitative",
                    "scale": {"domain": [0, most * 1.15]},
                    "axis": {"title": None, "tickMinStep": 1, "tickCount": 5},
                },
            },
        }
    ]
    if record:
        layers += _level(record, record_words, look)
    return chart("streak", title, below, layers, look, height)
