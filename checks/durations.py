"""Durations as people write them: `250ms`, `10s`, `5m`, `2h`, `14d`, `1 week`."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {
    "ms": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "minutes": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
    "days": 86400.0,
    "w": 604800.0,
    "week": 604800.0,
    "weeks": 604800.0,
}
_WRITTEN = re.compile(r"\s*([0-9]{1,15}(?:\.[0-9]{1,3})?)\s*([a-z]+)\s*")
_LARGEST = timedelta(days=3660)
_HOW = "write it like 250ms, 10s, 5m, 2h, 14d or 1 week"


def parse(value: Any) -> timedelta:
    """Read a duration. Raises ValueError that says how to write one."""
    if isinstance(value, timedelta):
        return value
    match = _WRITTEN.fullmatch(value.lower()) if isinstance(value, str) else None
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"not a duration: {_HOW}")
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds > _LARGEST.total_seconds():
        raise ValueError("longer than ten years")
    return timedelta(seconds=seconds)


def str_of(length: timedelta) -> str:
    """The shortest way to write it: `90s`, `5m`, `2h`, `14d`, `250ms`."""
    milliseconds = round(length.total_seconds() * 1000)
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def rough(length: timedelta) -> str:
    """The largest whole unit, for a sentence: `3 days`, `1 hour`, `5 minutes`."""
    seconds = int(length.total_seconds())
    units = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    size, unit = next((item for item in units if seconds >= item[0]), units[-1])
    count = seconds // size
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse),
    PlainSerializer(str_of, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*[a-zA-Z]+\s*$"}),
]
