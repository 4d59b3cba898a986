"""What a plain word in YAML means: the core schema of YAML 1.2, and nothing cleverer.

`on`, `off`, `yes`, `no`, `12:30`, `2026-11-23` and `1_000` stay the text they are (YAML 1.1 turns
them into booleans, seconds and dates). What two readers would read differently is refused.
"""

import math
import re

Scalar = str | int | float | bool | None

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+\Z")
_LONGEST_NUMBER = 30

_STANDARD = "tag:yaml.org,2002:"


class Ambiguous(ValueError):
    """A plain word that cannot be taken at its face; the arguments are `what` and `mend`."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


def plain(text: str) -> Scalar:
    """The meaning of an unquoted word. Raises Ambiguous."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _LEADING_ZERO.match(text):
        raise Ambiguous(
            "a number with a leading zero is octal to some readers of YAML and decimal to others",
            "write it in quotes if it is text, without the zero if it is a number",
        )
    if _INTEGER.match(text) or _BASED.match(text) or _FLOAT.match(text):
        return _number(text)
    return text


def _number(text: str) -> int | float:
    if len(text) > _LONGEST_NUMBER:
        raise Ambiguous("a number with too many digits", "write it in quotes if it is text")
    if _INTEGER.match(text):
        return int(text)
    if _BASED.match(text):
        return int(text, 0)
    value = float(text)
    if math.isinf(value):
        raise Ambiguous("a number too large to be held", "write it in quotes if it is text")
    return value


def tagged(tag: str, text: str) -> Scalar:
    """The meaning of a word with an explicit tag (`!!str 12`). Raises Ambiguous."""
    name = tag.removeprefix(_STANDARD)
    value = text if name in {"str", "!"} else plain(text)
    fits = {
        "!": True,
        "str": True,
        "null": value is None,
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, float),
    }
    if not tag.startswith((_STANDARD, "!")) or name not in fits:
        raise Ambiguous("a tag that is not used here", "write the value without the tag")
    if not fits[name]:
        raise Ambiguous(f"not a value of the type !!{name}", "write the value without the tag")
    return value
