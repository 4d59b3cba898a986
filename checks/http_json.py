"""JSON from strangers: read without surprises, looked into by dotted paths. Pure."""

import json
from collections.abc import Mapping
from typing import Any

VERSION = "$version"
"""As an expected value: the version that the probe was told to look for."""


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING = _Missing()


def parse(text: str) -> Any:
    """The document. Raises ValueError for whatever cannot be read: also for one nested so deeply,
    or with a number so long, that Python gives up.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def at(document: Any, path: str) -> Any:
    """What stands at `checks.db.0.status`; MISSING if nothing does.

    A key with dots in it is found too: the longest key that fits is taken first.
    """
    parts = path.split(".")
    return _walk(document, parts)


def _walk(found: Any, parts: list[str]) -> Any:
    if not parts:
        return found
    if isinstance(found, list):
        index = parts[0]
        fits = index.isascii() and index.isdigit() and len(index) < 9 and int(index) < len(found)
        return _walk(found[int(index)], parts[1:]) if fits else MISSING
    if not isinstance(found, dict):
        return MISSING
    for end in range(len(parts), 0, -1):
        key = ".".join(parts[:end])
        if key in found:
            below = _walk(found[key], parts[end:])
            if below is not MISSING:
                return below
    return MISSING


def same(expected: Any, found: Any) -> bool:
    """Equal as JSON has it: `1` is `1.0`, but `true` is not `1` and `"1"` is not `1`."""
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(
            same(value, found[key]) for key, value in expected.items()
        )
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    return bool(expected == found)


def first_difference(document: Any, expected: Mapping[str, Any], version: str | None) -> str | None:
    """The first path that is not as expected, in words; None if all are.

    `$version` stands for `version`; where that is not known, something must stand there.
    """
    for path, wanted in expected.items():
        found = at(document, path)
        if wanted == VERSION and version is None and found is not MISSING:
            continue
        value = version if wanted == VERSION and version is not None else wanted
        if found is MISSING:
            return f"{path} is missing"
        if not same(value, found):
            return f"{path} is {shown(found)}, not {shown(value)}"
    return None


def shown(value: Any, at_most: int = 40) -> str:
    """A value as it may stand in a sentence."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = str(value) if abs(value) < 10**20 else "a huge number"
    else:
        text = json.dumps(value, ensure_ascii=False) if value is not MISSING else "missing"
    return text if len(text) <= at_most else text[: at_most - 1] + "…"
