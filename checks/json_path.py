"""JSON from outside: read without trusting it, looked into by a dotted path. Pure."""

import json
import math
from typing import Any

_DIGITS = 400


class NotJson(ValueError):
    """The text is not JSON that can be used; the message is for people."""


MISSING = object()
"""What `find` answers where there is nothing."""


def parse(text: str) -> Any:
    """A JSON document. Raises NotJson, whatever the text is. A byte order mark is ignored."""
    try:
        return json.loads(text.removeprefix("\ufeff"), parse_int=_integer)
    except RecursionError:
        raise NotJson("JSON nested too deeply") from None
    except ValueError:
        raise NotJson("not JSON") from None


def _integer(digits: str) -> int | float:
    """Integers of thousands of digits are valid JSON, and slow or refused in Python."""
    return int(digits) if len(digits) <= _DIGITS else math.copysign(math.inf, float(digits[:2]))


def find(document: Any, path: str) -> Any:
    """The value at `components.db.status` or `items.0.name`; MISSING where there is none.

    A key that contains dots is found too: the longest key wins.
    """
    if not path:
        return document
    if isinstance(document, list):
        index, _, rest = path.partition(".")
        fits = index.isascii() and index.isdigit() and len(index) < 10
        found = fits and int(index) < len(document)
        return find(document[int(index)], rest) if found else MISSING
    if not isinstance(document, dict):
        return MISSING
    segments = path.split(".")
    for size in range(len(segments), 0, -1):
        key = ".".join(segments[:size])
        if key in document:
            return find(document[key], ".".join(segments[size:]))
    return MISSING


def same(found: object, wanted: object) -> bool:
    """Equal as JSON values: `true` is not 1, but 1 is 1.0."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, list) and isinstance(wanted, list | tuple):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(same(found[k], wanted[k]) for k in found)
    return found == wanted


def shown(value: object, at_most: int = 40) -> str:
    """A JSON value in a sentence."""
    if isinstance(value, str):
        return f'"{value[:at_most]}…"' if len(value) > at_most else f'"{value}"'
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int | float) and not math.isfinite(value):
        return "a huge number"
    return json.dumps(value)[:at_most]
