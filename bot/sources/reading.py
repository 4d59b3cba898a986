"""Reading what others sent: JSON that may be anything, texts that may be hostile. Pure."""

import json
import re
from datetime import UTC, datetime

from bot.hook import BadRequest

_GITLAB_OFFSET = re.compile(r"(:\d\d) ([+-]\d\d:?\d\d)$")
"""GitLab's times look like `2021-04-28 21:50:00 +0200`."""
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Outside is no time of a deployment: a clock that was never set (1970), the calendar's ends."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def json_object(body: bytes) -> dict[str, object]:
    """The body as a JSON object. Raises BadRequest for everything else."""
    value = json_value(body)
    if not isinstance(value, dict):
        raise BadRequest("", "the body is not a JSON object")
    return value


def json_value(body: bytes) -> object:
    """The body as any JSON. Raises BadRequest."""
    try:
        text = body.decode("utf-8-sig")
        value: object = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadRequest("", "the body is not JSON") from None
    return value


def web_address(value: object) -> str | None:
    """A link that is safe to show: http or https only."""
    found = text(value, 1000)
    return found if found and found.lower().startswith(("https://", "http://")) else None


def dig(value: object, *path: str) -> object:
    """The value at a path of keys; None wherever the path breaks off."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def listed(value: object) -> list[object]:
    """The list that was expected; what is none is empty."""
    return value if isinstance(value, list) else []


def text(value: object, longest: int = 500) -> str | None:
    """A clean, bounded text from a string or a number; None for anything else and for blanks."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int) and abs(value) >= 10**18:
        return None
    return clean(str(value), longest).strip() or None


def clean(value: str, longest: int) -> str:
    """Without NUL and other control characters or broken surrogates, cut to `longest`."""
    whole = value.encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub("", whole)[:longest]


def moment(value: object) -> datetime | None:
    """An aware time in UTC from an ISO text with an offset, or a Unix time; else None.

    None also outside `EARLIEST` and `LATEST`: Go, say, writes a time that is not set as year 1.
    """
    try:
        found = _moment(value)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found is not None and EARLIEST <= found < LATEST else None


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    if not isinstance(value, str) or len(value) > 60:
        return None
    found = datetime.fromisoformat(_GITLAB_OFFSET.sub(r"\1\2", value.strip()))
    return found.astimezone(UTC) if found.tzinfo else None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
